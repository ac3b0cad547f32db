"""Holds what is written for AWS Lambda against the programs that deploy it, without an account.

SAM templates go through SAM's own transform. A serverless.yml is packaged by `osls` (an archive and the variables of the shell are
made up, Docker is a stand-in, and AWS is moto on the loopback); the CloudFormation that comes out goes through cfn-lint. Both are then
deployed into moto, and what moto says is there must be what the template has.

Usage: validate_functions.py OSLS FOLDER…; an empty OSLS packages nothing.
"""

import collections
import io
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import warnings
import zipfile

os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
warnings.filterwarnings("ignore")
# What SAM measures of itself, and each request that moto serves.
logging.disable(logging.WARNING)

import boto3
import yaml
from moto import mock_aws
from moto.cloudformation import parsing
from moto.server import ThreadedMotoServer
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:planned"
# What moto says of each kind: the call, where its answer stands, and what names one.
LISTED = {
    "AWS::Lambda::Function": ("lambda", "list_functions", "Functions"),
    "AWS::SQS::Queue": ("sqs", "list_queues", "QueueUrls"),
    "AWS::Events::Rule": ("events", "list_rules", "Rules"),
    "AWS::DynamoDB::Table": ("dynamodb", "list_tables", "TableNames"),
    "AWS::SNS::Topic": ("sns", "list_topics", "Topics"),
    "AWS::Kinesis::Stream": ("kinesis", "list_streams", "StreamNames"),
    "AWS::Lambda::EventSourceMapping": ("lambda", "list_event_source_mappings", "EventSourceMappings"),
}
# What is given at deployment, by the end of its name: of this form, and in moto what is really there.
GIVEN = {
    "subnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "securitygroups": "sg-0123456789abcdef0",
    "vpc": "vpc-0123456789abcdef0",
    "clusterarn": "arn:aws:kafka:us-east-1:123456789012:cluster/events/01234567-89ab-cdef-0123-456789abcdef-1",
    "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
    "host": "shop.example.com",
}
# What of a resource is there at Amazon and not in moto.
UNKNOWN = {"MasterUserSecret.SecretArn"}
# What calls a function by a version or an alias has nothing to call where moto makes none.
CALLERS = {"AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping"}


class NoPolicies:
    """Managed policies by name: none are used."""

    def load(self):
        return {}


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as entries:
        entries.writestr("index.js", "exports.handler = async () => 1\n")
    return made.getvalue()


def given(name: str) -> str:
    """A value for a parameter or a variable of the shell."""
    plain = name.replace("_", "").lower()
    return next((value for end, value in GIVEN.items() if plain.endswith(end)), "given")


def there() -> dict:
    """What stands for values that are given, in moto."""
    ec2 = boto3.client("ec2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"][:2]]
    return {
        GIVEN["subnets"]: ",".join(subnets),
        GIVEN["vpc"]: ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
        GIVEN["securitygroups"]: ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"],
        GIVEN["certificate"]: boto3.client("acm").request_certificate(DomainName=GIVEN["host"])["CertificateArn"],
    }


def references(node) -> set:
    """Ids that a tree names."""
    found = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                found.add(value)
            elif key == "Fn::GetAtt":
                found.add((value if isinstance(value, list) else value.split("."))[0])
            elif key == "Fn::Sub":
                text = value[0] if isinstance(value, list) else value
                found.update(name.split(".")[0] for name in re.findall(r"\$\{([A-Za-z0-9.]+)\}", text))
            if key != "DependsOn":
                found |= references(value)
    elif isinstance(node, list):
        for item in node:
            found |= references(item)
    return found


def without(node, gone: set):
    """The same tree with a word in place of what is not there."""
    if isinstance(node, list):
        return [without(item, gone) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("Fn::GetAtt"), list) and node["Fn::GetAtt"][1] in UNKNOWN:
        return "not-here"
    if len(node) == 1 and next(iter(node)) in ("Ref", "Fn::GetAtt", "Fn::Sub") and references(node) & gone:
        return "not-here"
    return {key: without(value, gone) for key, value in node.items()}


def for_moto(template: dict, left_out: collections.Counter) -> dict:
    """What moto can make of a template; the rest is counted."""
    resources = template["Resources"]
    gone = {name for name, one in resources.items() if one["Type"] not in parsing.get_model_map()}
    for name, one in resources.items():
        after = one.get("DependsOn", [])
        properties = one.get("Properties", {})
        needs = references([properties.get("FunctionName"), properties.get("EventSourceArn")]) | set([after] if isinstance(after, str) else after)
        # moto reads no topics of Kafka.
        if one["Type"] in CALLERS and (needs & gone or "Topics" in properties):
            gone.add(name)
    left_out.update(resources[name]["Type"] for name in gone)
    kept = {}
    for name, one in resources.items():
        if name in gone:
            continue
        one = without({key: value for key, value in one.items() if key != "DependsOn"}, gone)
        properties = one.get("Properties", {})
        if one["Type"] == "AWS::Lambda::Function" and "ImageUri" not in properties["Code"]:
            properties["Code"] = {"S3Bucket": "code", "S3Key": "code.zip"}
        kept[name] = one
    return {**{key: value for key, value in template.items() if key not in ("Outputs", "Conditions")}, "Resources": kept}


def deployed(template: dict, left_out: collections.Counter) -> list[str]:
    """Deploys into moto; what is not there as the template has it, a line each."""
    wanted, wrong = for_moto(template, left_out), []
    with mock_aws(config={"lambda": {"use_docker": False}}):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="code")
        s3.put_object(Bucket="code", Key="code.zip", Body=archive())
        stacks = boto3.client("cloudformation")
        real, body = there(), json.dumps(wanted)
        parameters = [
            {"ParameterKey": name, "ParameterValue": real.get(given(name), given(name))}
            for name in wanted.get("Parameters", {})
        ]
        for value, found in real.items():
            body = body.replace(value, found)
        stacks.create_stack(StackName="app", TemplateBody=body, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
        status = stacks.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"]
        if status != "CREATE_COMPLETE":
            wrong.append(f"the stack is {status}")
        pages = stacks.get_paginator("list_stack_resources").paginate(StackName="app")
        listed = [one for page in pages for one in page["StackResourceSummaries"]]
        found = {(one["LogicalResourceId"], one["ResourceType"]) for one in listed}
        expected = {(name, one["Type"]) for name, one in wanted["Resources"].items()}
        wrong += [f"{name} ({kind}) is not there" for name, kind in sorted(expected - found)]
        wrong += [f"{name} ({kind}) is there and was not asked for" for name, kind in sorted(found - expected)]
        counts = collections.Counter(kind for _, kind in expected)
        for kind, (service, call, key) in LISTED.items():
            client = boto3.client(service)
            operation = client.get_paginator(call).paginate() if client.can_paginate(call) else [getattr(client, call)()]
            found = [one for page in operation for one in page.get(key, [])]
            if len(found) != counts[kind]:
                wrong.append(f"{len(found)} of {counts[kind]} {kind}")
        wrong += functions(wanted)
    return wrong


def functions(template: dict) -> list[str]:
    """Sizes and names of functions and schedules of rules as moto has them."""
    wrong = []
    wanted = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    pages = boto3.client("lambda").get_paginator("list_functions").paginate()
    found = [one for page in pages for one in page["Functions"]]
    # Architectures do not arrive: moto's CloudFormation does not read them.
    facts = lambda one: (one["MemorySize"], one["Timeout"], one["Handler"] if "Handler" in one else "")
    if collections.Counter(map(facts, wanted)) != collections.Counter(map(facts, found)):
        wrong.append(f"functions are {sorted(map(facts, found))}, not {sorted(map(facts, wanted))}")
    names = {one["FunctionName"] for one in wanted if "FunctionName" in one}
    if missing := names - {one["FunctionName"] for one in found}:
        wrong.append(f"no functions of the names {sorted(missing)}")
    rules = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Events::Rule"]
    found = boto3.client("events").list_rules()["Rules"]
    clocks = lambda rules: collections.Counter(rule.get("ScheduleExpression") for rule in rules)
    if clocks(rules) != clocks(found):
        wrong.append(f"schedules are {clocks(found)}, not {clocks(rules)}")
    return wrong


def translated(path: pathlib.Path) -> dict:
    """A SAM template as CloudFormation; `sam build` puts in where code and images are."""
    template = yaml.safe_load(path.read_text(encoding="utf-8"))
    for one in template["Resources"].values():
        if one["Type"] == "AWS::Serverless::Function":
            properties = one["Properties"]
            if properties.get("PackageType") == "Image":
                properties["ImageUri"] = IMAGE
            else:
                properties["CodeUri"] = "s3://code/code.zip"
    return transform(template, {}, NoPolicies())


def packaged(folder: pathlib.Path, osls: str, endpoint: str, tools: pathlib.Path) -> dict:
    """A serverless.yml as CloudFormation, by the framework itself."""
    text = (folder / "serverless.yml").read_text(encoding="utf-8")
    service = yaml.safe_load(text)
    for function in service["functions"].values():
        if artifact := function.get("package", {}).get("artifact"):
            place = folder / artifact
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(archive())
    shell = {name: given(name) for name in re.findall(r"(?<!\\)\$\{env:([A-Za-z0-9_]+)\}", text)}
    environment = {
        **os.environ,
        **shell,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": endpoint,
        "SLS_TELEMETRY_DISABLED": "1",
    }
    ran = subprocess.run([osls, "package"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr
    if ran.returncode:
        raise RuntimeError(f"osls package ended with {ran.returncode}:\n{said}")
    for line in said.splitlines():
        if line.startswith("Warning: "):
            print(f"{folder}: osls: {line}")
    return json.loads((folder / ".serverless/cloudformation-template-update-stack.json").read_text(encoding="utf-8"))


def stand_in_for_docker(tools: pathlib.Path) -> None:
    """Builds and pushes nothing, and says that it did."""
    tools.mkdir(parents=True, exist_ok=True)
    docker = tools / "docker"
    digest = "sha256:" + "0" * 63 + "1"
    docker.write_text(f"#!/bin/sh\ncase \"$1\" in push) echo 'planned: digest: {digest} size: 1' ;; *) echo done ;; esac\n")
    docker.chmod(0o755)


def main() -> int:
    osls, folders = sys.argv[1], [pathlib.Path(folder) for folder in sys.argv[2:]]
    below = lambda name: sorted(path for folder in folders for path in folder.rglob(name))
    wrong, left_out, count, made = [], collections.Counter(), collections.Counter(), 0

    def look(path, how):
        nonlocal made
        try:
            template = how()
            made += len(template["Resources"])
            count[path.name] += 1
            wrong.extend(f"{path}: {line}" for line in deployed(template, left_out))
        except InvalidDocumentException as error:
            wrong.extend(f"{path}: {cause.message}" for cause in error.causes)
        except Exception as error:  # whatever a program says against a file is said of the file
            wrong.append(f"{path}: {type(error).__name__}: {error}")

    for path in below("template.yaml"):
        look(path, lambda: translated(path))
    if osls:
        tools = pathlib.Path(__file__).resolve().parent.parent / "target/validators/stand-ins"
        stand_in_for_docker(tools)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        address, port = server.get_host_and_port()
        for path in below("serverless.yml"):
            look(path, lambda: packaged(path.parent, osls, f"http://{address}:{port}", tools))
        server.stop()
        stacks = below("cloudformation-template-update-stack.json")
        lint = pathlib.Path(sys.executable).parent / "cfn-lint"
        if stacks and subprocess.run([lint, "--non-zero-exit-code", "error", "--ignore-checks", "W3005", "--", *stacks], check=False).returncode:
            wrong.append("cfn-lint finds errors in what osls made")
    for line in wrong[:50]:
        print(line)
    files = ", ".join(f"{number} {name}" for name, number in sorted(count.items()))
    print(f"{files}: {made} resources; moto does not make {dict(sorted(left_out.items()))}; {len(wrong)} faults")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
