"""Records what Terraform providers and modules know, for `.ci/validate_terraform.py`: names and types of arguments.

    record_terraform.py PROVIDERS MODULES > .ci/terraform-known.json

PROVIDERS holds the unpacked npm packages `@cdktn/provider-aws`, `@cdktf/provider-google` and `@cdktf/provider-azurerm` (as
`aws/package` and so on), whose types are made from the providers' own schemas; MODULES holds clones of the modules' repositories (`terraform-aws-eks`,
`terraform-aws-vpc`) and of providers that no such package is made of, whose own pages say their arguments
(`terraform-provider-hcloud`). Only what `terraform-wanted.txt` names is recorded.
"""

import json
import pathlib
import re
import subprocess
import sys

WANTED = pathlib.Path(__file__).with_name("terraform-wanted.txt")
SIMPLE = {"string": "string", "number": "number", "boolean": "bool", "any": "any"}
# Of a provider's own configuration, what is written; Azure wants its block `features`, and an empty one will do.
KEPT = {"region", "project", "subscription_id", "features", "default_tags", "tags"}
GETTERS = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": "list(string)",
    "NumberList": "list(number)",
    "StringMap": "map(string)",
    "NumberMap": "map(number)",
    "BooleanMap": "map(bool)",
    "AnyMap": "any",
}


def camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def required(types: str, interface: str) -> dict[str, bool]:
    """Whether each argument of an interface has to be given, by its name in Terraform."""
    found = re.search(rf"export interface {interface}\b[^{{]*\{{(.*?)^\}}", types, re.S | re.M)
    if not found:
        return {}
    own = {}
    for name, optional in re.findall(r"^    readonly (\w+)(\??):", found[1], re.M):
        own[name] = not optional
    return own


def lower_camel(name: str) -> str:
    whole = camel(name)
    return whole[:1].lower() + whole[1:]


def kind(entry: dict) -> str:
    stored = entry["storageClassType"]
    if entry["type"] == "simple":
        return SIMPLE.get(stored, "any")
    inner = re.match(r"(string|number|boolean|any)(List|Map)$", stored)
    if inner and entry["type"] in ("list", "set", "map"):
        return f"{entry['type']}({SIMPLE[inner[1]]})"
    return "any"


def body(script: str, types: str, struct: str, interface: str, hcl: str) -> dict:
    """The arguments and blocks of one body."""
    needed = required(types, interface)
    own = {"arguments": {}, "blocks": {}}
    pattern = r"^            (\w+): \{\s*value: (.*?),\s*isBlock: (\w+),\s*type: \"(\w+)\",\s*storageClassType: \"(\w+)\""
    if struct:
        pattern = pattern.replace("^            ", "^        ")
    for name, value, block, type_, stored in re.findall(pattern, hcl, re.S | re.M):
        must = needed.get(lower_camel(name), needed.get(lower_camel(name) + "Attribute", False))
        entry = {"type": type_, "storageClassType": stored}
        nested = re.search(r"(\w+)ToHclTerraform\b", value)
        plain = nested and nested[1] in ("string", "number", "boolean", "any")
        if nested and not plain:
            inner = nested[1]
            found = re.search(rf"^function {inner}ToHclTerraform\(struct\) \{{(.*?)^\}}", script, re.S | re.M)
            below = body(script, types, inner, inner[:1].upper() + inner[1:], found[1] if found else "")
            below["required"] = must
            below["many"] = "apper" in value
            if block == "true":
                own["blocks"][name] = below
            else:
                # An attribute that holds objects: written with `=`, so that Terraform's JSON takes it for an expression.
                below["attribute"] = True
                own["blocks"][name] = below
            continue
        own["arguments"][name] = kind(entry) + ("!" if must else "")
    return own


def resource(package: pathlib.Path, name: str, data: bool) -> dict:
    provider, short = name.split("_", 1)
    folder = package / "lib" / ((f"data-{provider}-" if data else "") + short.replace("_", "-"))
    script = (folder / "index.js").read_text(encoding="utf-8")
    types = (folder / "index.d.ts").read_text(encoding="utf-8")
    classes = re.findall(r"^class (\w+) extends cdkt[fn]\.Terraform(?:Resource|DataSource)", script, re.M)
    own = re.search(rf"^class {classes[0]} extends.*?^\}}", script, re.S | re.M)[0]
    synthesis = own[own.index("synthesizeHclAttributes") :]
    # Of a large resource the blocks stand in files beside it.
    for beside in sorted((folder / "index-structs").glob("structs*.js")):
        script += beside.read_text(encoding="utf-8")
        types += beside.with_suffix(".d.ts").read_text(encoding="utf-8")
    found = body(script, types, "", f"{classes[0]}Config", synthesis)
    reads = {}
    for getter, attribute in re.findall(r"return this\.get(\w+?)Attribute\('(\w+)'\)", own):
        reads[attribute] = GETTERS.get(getter, "any")
    for attribute in re.findall(r"this\._\w+ = new \w+\(this, \"(\w+)\"", own):
        reads.setdefault(attribute, "any")
    for attribute in [*found["arguments"], *found["blocks"]]:
        reads.pop(attribute, None)
    found["reads"] = {key: reads[key] for key in sorted(reads)}
    return found


def tidy(node: dict) -> dict:
    """Without what is empty."""
    out = {}
    for key, value in node.items():
        if key == "blocks":
            value = {name: tidy(inner) for name, inner in sorted(value.items())}
        if key == "arguments":
            value = dict(sorted(value.items()))
        if value not in ({}, False):
            out[key] = value
    return out


def module(folder: pathlib.Path, version: str) -> dict:
    """The variables of a module with their types, and its outputs."""

    def show(path: str) -> str:
        return subprocess.run(["git", "show", f"v{version}:{path}"], cwd=folder, capture_output=True, text=True, check=True).stdout

    variables = {}
    for name, text in re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', show("variables.tf"), re.S | re.M):
        type_ = re.search(r"^  type\s+= (.*?)(?=^  \w+\s+=|^  validation|\Z)", text, re.S | re.M)
        variables[name] = {"type": re.sub(r"\s*#.*", "", type_[1]).strip() if type_ else "any", "required": not re.search(r"^  default\s", text, re.M)}
    outputs = re.findall(r'^output "(\w+)"', show("outputs.tf"), re.M)
    return {"version": version, "variables": variables, "outputs": sorted(outputs)}


PAGES = {"string": "string", "int": "number", "bool": "bool", "map": "map(string)", "list": "list(any)"}


def documented(folder: pathlib.Path, version: str, name: str) -> dict:
    """The arguments of a resource as its provider's page lists them, and those of its blocks."""
    path = f"docs/resources/{name.split('_', 1)[1]}.md"
    page = subprocess.run(["git", "show", f"v{version}:{path}"], cwd=folder, capture_output=True, text=True, check=True).stdout
    text, _, exported = page.partition("## Argument Reference")[2].partition("## Attributes Reference")
    parts = re.split(r"^`(\w+)` support the following fields:", text, flags=re.M)
    below = dict(zip(parts[1::2], parts[2::2]))

    def fields(text: str) -> dict:
        own = {"arguments": {}, "blocks": {}}
        for found in re.finditer(r"^- `(\w+)` -? ?\((.*?)\)(.*(?:\n  .*)*)", text, re.M):
            argument, words, about = found[1], [word.strip().lower() for word in found[2].split(",")], found[3]
            # "Required when …" is required at times only, which a schema cannot say.
            must = "required" in words and not re.search(r"\bwhen\b", about)
            if argument in below and argument not in own["blocks"]:
                own["blocks"][argument] = fields(below[argument]) | {"many": True, "required": must}
                continue
            own["arguments"][argument] = next((PAGES[word] for word in words if word in PAGES), "any") + ("!" if must else "")
        return own

    own = fields(parts[0])
    reads = {attribute: "any" for attribute in re.findall(r"^- `(\w+)`", re.split(r"^`\w+`|^a single", exported, flags=re.M)[0], re.M)}
    own["reads"] = {key: reads[key] for key in sorted(reads) if key not in own["arguments"] and key not in own["blocks"]}
    return own


def main() -> None:
    providers, modules = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    known = {"providers": {}, "resources": {}, "data": {}, "modules": {}}
    pages = {}
    for line in WANTED.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "module":
            known["modules"][words[1]] = module(modules / words[2], words[3])
            continue
        if words[0] == "pages":
            pages[words[1]] = (modules / words[2], words[3])
            known["providers"][words[1]] = {"version": words[3], "source": f"pages of {words[2]}", "configuration": {}}
            continue
        what, name = words
        if name.split("_")[0] in pages:
            known["resources"][name] = tidy(documented(*pages[name.split("_")[0]], name))
            continue
        if what == "provider":
            package = providers / name / "package"
            own = json.loads((package / "package.json").read_text(encoding="utf-8"))
            script = (package / "lib" / "provider" / "index.js").read_text(encoding="utf-8")
            types = (package / "lib" / "provider" / "index.d.ts").read_text(encoding="utf-8")
            synthesis = script[script.rindex("synthesizeHclAttributes") :]
            found = body(script, types, "", f"{camel(name)}ProviderConfig", synthesis)
            kept = {"arguments": {k: v for k, v in found["arguments"].items() if k in KEPT}, "blocks": {k: v for k, v in found["blocks"].items() if k in KEPT}}
            known["providers"][name] = {"version": own["cdktf"]["provider"]["version"], "source": f"npm {own['name']} {own['version']}", "configuration": tidy(kept)}
            continue
        found = resource(providers / name.split("_")[0] / "package", name, what == "data")
        known["data" if what == "data" else "resources"][name] = tidy(found)
    text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    # A line a resource: a change shows where it is.
    print(re.sub(r'(?<=[}{]),?(?="(?:aws|google|azurerm|hcloud)_\w+":|"terraform-aws-)', lambda m: m[0] + "\n", text))


if __name__ == "__main__":
    main()
