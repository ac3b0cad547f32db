"""Stands in for Terraform's providers: tells Terraform what `terraform-known.json` says that they know, and does nothing.

Terraform itself then checks a folder as it would with the real plugins: names and types of arguments, what is required,
references, functions, and where blocks and where expressions stand. It speaks version 6 of the plugin protocol
(`tfplugin6.proto`); Terraform is told of it by `TF_REATTACH_PROVIDERS`, which is meant for providers in a debugger.
"""

import concurrent.futures
import json
import os
import pathlib
import re

import grpc

NESTING_SINGLE, NESTING_LIST = 1, 2
SOURCES = {"aws": "hashicorp/aws", "google": "hashicorp/google", "azurerm": "hashicorp/azurerm", "hcloud": "hetznercloud/hcloud"}


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, value: bytes | str | int) -> bytes:
    """A field of a message in the wire format of protocol buffers."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def kind(text: str) -> bytes:
    """A type as Terraform writes it in JSON."""
    found = re.match(r"(list|set|map)\((\w+)\)$", text)
    if found:
        return json.dumps([found[1], "dynamic" if found[2] == "any" else found[2]]).encode()
    return json.dumps("dynamic" if text == "any" else text).encode()


def attribute(name: str, type_: str, computed: bool) -> bytes:
    required = type_.endswith("!")
    out = field(1, name) + field(2, kind(type_.rstrip("!")))
    if computed:
        return out + field(6, 1)
    if required:
        return out + field(4, 1)
    if name.endswith("_wo"):
        return out + field(5, 1) + field(11, 1)
    return out + field(5, 1) + field(6, 1)


def block(known: dict) -> bytes:
    out = b""
    for name, type_ in known.get("arguments", {}).items():
        out += field(2, attribute(name, type_, False))
    for name, type_ in known.get("reads", {}).items():
        out += field(2, attribute(name, type_, True))
    for name, inner in known.get("blocks", {}).items():
        if inner.get("attribute"):
            # Objects in an argument: their fields are checked by the script, not here.
            out += field(2, attribute(name, "any" + ("!" if inner.get("required") else ""), False))
            continue
        nested = field(1, name) + field(2, block(inner)) + field(3, NESTING_LIST)
        if inner.get("required"):
            nested += field(4, 1)
        if not inner.get("many"):
            nested += field(5, 1)
        out += field(3, nested)
    return out


def schema(known: dict) -> bytes:
    return field(2, block(known))


def answer(provider: str, known: dict) -> bytes:
    """The response to `GetProviderSchema`."""
    out = field(1, schema(known["providers"][provider].get("configuration", {})))
    for number, section in ((2, "resources"), (3, "data")):
        for name, body in known[section].items():
            if name.split("_")[0] == provider:
                out += field(number, field(1, name) + field(2, schema(body)))
    return out


class Stand(grpc.GenericRpcHandler):
    """Every method of one provider: its schema, or nothing to say."""

    def __init__(self, response: bytes):
        self.response = response

    def service(self, call):
        method = call.method.rsplit("/", 1)[1]
        if not call.method.startswith("/tfplugin6.Provider/") or method == "GetMetadata":
            return None
        data = self.response if method == "GetProviderSchema" else b""
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: data)


def serve(known: dict, folder: pathlib.Path) -> tuple[dict, list]:
    """Starts a server a provider, on a socket in the folder: the environment for Terraform, and the servers."""
    attached, servers = {}, []
    for provider, source in SOURCES.items():
        if provider not in known["providers"]:
            continue
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
        server.add_generic_rpc_handlers((Stand(answer(provider, known)),))
        socket = folder / f"{provider}.sock"
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        servers.append(server)
        address = {"Network": "unix", "String": str(socket)}
        attached[f"registry.terraform.io/{source}"] = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
    return {"TF_REATTACH_PROVIDERS": json.dumps(attached)}, servers
