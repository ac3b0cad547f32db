"""Holds Terraform's files below a folder against what its providers and modules know (`terraform-known.json`).

For each folder `terraform/`: valid JSON without a key twice, the structure of Terraform's JSON syntax, every argument and
block known and every required one there, every variable of a module known to the very names of fields, and every reference
to something that is there. Where `terraform` is installed, it validates each folder itself, with `terraform_stand_in.py`
in the providers' places and the modules' variables and outputs in theirs.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOTS = {"//", "terraform", "provider", "locals", "data", "module", "resource", "variable", "output"}
VARIABLE = {"//", "type", "description", "default", "sensitive", "nullable", "validation", "ephemeral"}
OUTPUT = {"//", "value", "description", "sensitive", "depends_on", "precondition"}
META = {"//", "count", "for_each", "depends_on", "lifecycle", "provider", "provisioner", "connection"}
MODULE = {"//", "source", "version", "providers", "count", "for_each", "depends_on"}


def unique(pairs: list) -> dict:
    keys = collections.Counter(key for key, _ in pairs)
    twice = [key for key, count in keys.items() if count > 1]
    if twice:
        raise ValueError(f"a key stands twice: {twice}")
    return dict(pairs)


class Folder:
    def __init__(self, path: pathlib.Path, known: dict):
        self.path, self.known, self.faults, self.blocks = path, known, [], 0
        self.root = {section: {} for section in ROOTS}
        for file in sorted(path.glob("*.tf.json")):
            root = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=unique)
            for section, value in root.items():
                if section not in ROOTS:
                    self.fault(f"{file.name}: `{section}` is no section")
                elif section != "//":
                    merge(self.root[section], value)

    def fault(self, what: str) -> None:
        self.faults.append(f"{self.path}: {what}")

    def check(self) -> None:
        for section, known in (("resource", self.known["resources"]), ("data", self.known["data"])):
            for kind, named in self.root[section].items():
                for name, body in named.items():
                    self.blocks += 1
                    place = f"{section}.{kind}.{name}"
                    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
                        self.fault(f"{place}: no name")
                    if kind not in known:
                        self.fault(f"{place}: not among the kinds that are known")
                        continue
                    self.body(place, body, known[kind], META)
        for name, body in self.root["module"].items():
            self.blocks += 1
            self.module(f"module.{name}", body)
        for name, body in self.root["variable"].items():
            self.only(f"variable.{name}", body, VARIABLE)
            if body.get("sensitive") and "default" in body:
                self.fault(f"variable.{name}: a secret with a default")
        for name, body in self.root["output"].items():
            self.only(f"output.{name}", body, OUTPUT)
        for name, body in self.root["provider"].items():
            own = self.known["providers"].get(name, {}).get("configuration", {})
            self.body(f"provider.{name}", body, own, {"//", "alias"})
        required = self.root["terraform"].get("required_providers", {})
        for name, entry in required.items():
            version = self.known["providers"][name]["version"]
            if entry["version"] != f"~> {'.'.join(version.split('.')[:2])}":
                self.fault(f"{name}: {entry['version']} was not checked; {version} was")
        kinds = {kind.split("_")[0] for kind in [*self.root["resource"], *self.root["data"]]}
        for missing in kinds - set(required):
            self.fault(f"the provider {missing} is not required")
        self.references(self.root, "")
        self.scripts()

    def scripts(self) -> None:
        """What servers run when they start: the shell has to read each of its scripts, whatever is filled in."""
        for name, value in self.root["locals"].items():
            for file in value.get("write_files", []) if isinstance(value, dict) else []:
                if not file["content"].startswith("#!/bin/bash"):
                    continue
                text = re.sub(r"(?<!\$)\$\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\}", "x", file["content"]).replace("$${", "${")
                done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
                if done.returncode:
                    self.fault(f"{name}: {file['path']}: {done.stderr.strip()}")

    def only(self, place: str, body: dict, allowed: set) -> None:
        for key in set(body) - allowed:
            self.fault(f"{place}: no argument `{key}`")

    def body(self, place: str, body: dict, known: dict, also: set) -> None:
        arguments, blocks = known.get("arguments", {}), known.get("blocks", {})
        for key, value in body.items():
            if key in also:
                continue
            if key in arguments:
                self.value(f"{place}.{key}", value, arguments[key])
            elif key in blocks:
                inner = blocks[key]
                items = value if isinstance(value, list) else [value]
                if len(items) > 1 and not inner.get("many"):
                    self.fault(f"{place}.{key}: only one may be")
                for item in items:
                    if isinstance(item, dict):
                        self.body(f"{place}.{key}", item, inner, {"//"} if not inner.get("attribute") else set())
                    elif not (inner.get("attribute") and isinstance(item, str)):
                        self.fault(f"{place}.{key}: no block")
            else:
                self.fault(f"{place}: no argument `{key}`")
        for key, type_ in arguments.items():
            if type_.endswith("!") and key not in body:
                self.fault(f"{place}: `{key}` is required")
        for key, inner in blocks.items():
            if inner.get("required") and key not in body:
                self.fault(f"{place}: a block `{key}` is required")

    def value(self, place: str, value: object, type_: str) -> None:
        """Whether a value may be of a type; expressions may be of any."""
        type_ = type_.rstrip("!")
        if isinstance(value, str) and "${" in value:
            return
        shape = re.match(r"(list|set|map)\(", type_)
        wants = {"list": list, "set": list, "map": dict}[shape[1]] if shape else None
        if wants and not isinstance(value, wants):
            self.fault(f"{place}: no {shape[1]}")
        if type_ == "number" and not (isinstance(value, int) or re.fullmatch(r"-?\d+(\.\d+)?", str(value))):
            self.fault(f"{place}: {value!r} is no number")
        if type_ == "bool" and not isinstance(value, bool):
            self.fault(f"{place}: {value!r} is neither true nor false")
        if type_ == "string" and isinstance(value, (list, dict)):
            self.fault(f"{place}: no text")

    def module(self, place: str, body: dict) -> None:
        known = self.known["modules"].get(body.get("source"))
        if known is None:
            self.fault(f"{place}: the module {body.get('source')} is not known")
            return
        if body.get("version") != known["version"]:
            self.fault(f"{place}: version {body.get('version')} was not checked; {known['version']} was")
        for key, value in body.items():
            if key in MODULE:
                continue
            if key not in known["variables"]:
                self.fault(f"{place}: no variable `{key}`")
            else:
                self.fields(f"{place}.{key}", value, known["variables"][key]["type"])
        for key, variable in known["variables"].items():
            if variable["required"] and key not in body:
                self.fault(f"{place}: `{key}` is required")

    def fields(self, place: str, value: object, type_: str) -> None:
        """Terraform drops a field that an object's type does not have without a word: they are looked for here."""
        shape = re.match(r"\s*(?:optional\()?\s*(map|list|set)\((.*)\)\s*$", type_, re.S)
        if shape:
            items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
            for item in items:
                self.fields(place, item, shape[2])
            return
        shape = re.match(r"\s*(?:optional\()?\s*object\(\{(.*)\}\)", type_, re.S)
        if shape and isinstance(value, dict):
            own = dict(top_level(shape[1]))
            for key, inner in value.items():
                if key not in own:
                    self.fault(f"{place}: no field `{key}`")
                else:
                    self.fields(f"{place}.{key}", inner, own[key])

    def references(self, node: object, place: str) -> None:
        if isinstance(node, dict):
            for key, inner in node.items():
                if key != "//":
                    self.references(inner, f"{place}.{key}")
        elif isinstance(node, list):
            for inner in node:
                self.references(inner, place)
        elif isinstance(node, str):
            plain = node.replace("$${", "").replace("%%{", "")
            for text in re.findall(r"\$\{(.*?)\}", plain):
                text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
                for found in re.findall(r"(?<![\w.])([a-z]\w*(?:\.[\w-]+)+)", text):
                    self.reference(place, found.split("."))

    def reference(self, place: str, words: list) -> None:
        head, rest = words[0], words[1:]
        if head in ("path", "count"):
            there = True
        elif head == "var":
            there = rest[0] in self.root["variable"]
        elif head == "local":
            there = rest[0] in self.root["locals"]
        elif head == "module":
            source = self.root["module"].get(rest[0], {}).get("source")
            there = source in self.known["modules"] and rest[1] in self.known["modules"][source]["outputs"]
        elif head == "data":
            there = self.attribute("data", self.known["data"], rest)
        else:
            there = self.attribute("resource", self.known["resources"], words)
        if not there:
            self.fault(f"{place}: there is no {'.'.join(words)}")

    def attribute(self, section: str, known: dict, words: list) -> bool:
        kind, name, *path = words
        own = known.get(kind)
        if own is None or name not in self.root[section].get(kind, {}):
            return False
        names = {"id", *own.get("arguments", {}), *own.get("blocks", {}), *own.get("reads", {})}
        return not path or path[0] in names


def top_level(text: str) -> list:
    """The fields of an object's type: name and type of each."""
    found, depth, name, start = [], 0, None, 0
    text += "\n"
    for at, c in enumerate(text):
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(c, 0)
        if depth == 0 and c == "=" and name is None:
            name, start = text[:at].split()[-1], at + 1
        if depth == 0 and c in "\n," and name:
            found.append((name, text[start:at].strip()))
            name = None
    return found


def merge(into: dict, more: dict) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def stubs(known: dict, folder: pathlib.Path) -> dict:
    """Modules that have the variables and outputs of the real ones and make nothing: their folders by source."""
    folders = {}
    for source, module in known["modules"].items():
        own = folder / source.replace("/", "-")
        own.mkdir()
        variables = {}
        for name, variable in module["variables"].items():
            variables[name] = {"type": variable["type"]} | ({} if variable["required"] else {"default": None})
        outputs = {name: {"value": "${terraform_data.unknown.output}"} for name in module["outputs"]}
        root = {"variable": variables, "output": outputs, "resource": {"terraform_data": {"unknown": {"input": "x"}}}}
        (own / "main.tf.json").write_text(json.dumps(root), encoding="utf-8")
        folders[source] = own
    return folders


def by_terraform(paths: list, known: dict) -> list:
    """What Terraform itself says of the folders."""
    import terraform_stand_in

    faults = []
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        modules = stubs(known, place)
        attached, servers = terraform_stand_in.serve(known, place)
        environment = os.environ | attached | {"TF_CLI_ARGS": "-no-color", "CHECKPOINT_DISABLE": "1"}
        for number, path in enumerate(paths):
            own = place / f"folder-{number}"
            shutil.copytree(path, own)
            main = own / "main.tf.json"
            root = json.loads(main.read_text(encoding="utf-8"))
            for body in root.get("module", {}).values():
                body["source"] = os.path.relpath(modules[body["source"]], own)
                body.pop("version")
            main.write_text(json.dumps(root, indent=1), encoding="utf-8")
            for command in (["init", "-backend=false", "-input=false"], ["validate", "-json"]):
                done = subprocess.run(["terraform", *command], cwd=own, env=environment, capture_output=True, text=True, check=False)
            try:
                said = json.loads(done.stdout)
            except json.JSONDecodeError:
                faults.append(f"{path}: terraform: {done.stdout}{done.stderr}")
                continue
            for one in said["diagnostics"]:
                snippet = (one.get("snippet") or {}).get("code", "")
                faults.append(f"{path}: terraform: {one['severity']}: {one['summary']}: {one.get('detail', '')} {snippet.strip()[:200]}")
        for server in servers:
            server.stop(None)
    return faults


def main() -> int:
    known = json.loads((HERE / "terraform-known.json").read_text(encoding="utf-8"))
    faults, kinds, blocks = [], collections.Counter(), 0
    paths = sorted({file.parent for file in pathlib.Path(sys.argv[1]).rglob("*.tf.json")})
    # A folder takes Terraform a second or two: of thousands it gets one in so many, and all whose names are hostile.
    one_in = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for path in paths:
        try:
            folder = Folder(path, known)
        except (ValueError, KeyError) as error:
            faults.append(f"{path}: {error}")
            continue
        folder.check()
        faults += folder.faults
        blocks += folder.blocks
        kinds.update({kind: len(named) for kind, named in folder.root["resource"].items()})
    really = shutil.which("terraform") is not None
    if really:
        faults += by_terraform([path for number, path in enumerate(paths) if number % one_in == 0 or "hostile" in str(path)], known)
    for line in faults[:50]:
        print(line)
    print(f"{len(paths)} folders of Terraform, {blocks} blocks, {len(faults)} faults; {'validated by terraform, too' if really else 'terraform is not installed'}")
    print(", ".join(f"{count} {name}" for name, count in sorted(kinds.items())))
    return 1 if faults or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
