"""Gives every manifest below folders, and what Kustomize makes of their overlays, to an API server behind `kubectl proxy`: a server-side
apply of the text as it stands, as a dry run that takes no field which it does not know (`fieldValidation=Strict`).

An object goes into a namespace of the pod security level that its application's own namespace enforces; a warning that its pods would
violate that level counts as a refusal, as they would not be let in.
"""

import collections
import concurrent.futures
import http.client
import json
import pathlib
import re
import subprocess
import sys
import threading
import urllib.parse

import yaml
from validate_emitted import LOADER, OTHERS

LEVEL = "pod-security.kubernetes.io/"
# What Kustomize reads; no server knows it.
LIST = "Kustomization"
AT_ONCE = 8
SHOWN = 50
QUERY = "?fieldManager=crossover&force=true&fieldValidation=Strict"


class Server:
    """The API behind the proxy's port; each thread has its own connection."""

    def __init__(self, port: int) -> None:
        self.port, self.local = port, threading.local()
        self.kinds: dict[str, dict[str, dict]] = {}
        self.spaces: set[str] = set()

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, dict, list[str]]:
        """The status, the object or the server's refusal, and its warnings."""
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/apply-patch+yaml"} if body else {})
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request(method, path, body.encode() if body else None, headers)
                answer = connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                if last:
                    raise
        warnings = re.findall(r'\b299 \S+ "((?:[^"\\]|\\.)*)"', ", ".join(answer.headers.get_all("Warning") or []))
        warnings = [text.replace('\\"', '"') for text in warnings]
        try:
            return answer.status, json.loads(text), warnings
        except ValueError:
            # The proxy's own words, where nothing is behind it.
            raise ConnectionError(text.decode(errors="replace").strip()) from None

    def kind(self, version: str, kind: str) -> dict | None:
        """What the server calls the objects of a kind, and whether they stand in namespaces; `None` if it has none."""
        if version not in self.kinds:
            status, found, _ = self.ask("GET", f"/apis/{version}" if "/" in version else f"/api/{version}")
            if status not in (200, 404):
                sys.exit(f"the server does not say what it has of {version}: {status} {found.get('message')}")
            whole = [one for one in found.get("resources", []) if "/" not in one["name"]]
            self.kinds[version] = {one["kind"]: one for one in whole}
        return self.kinds[version].get(kind)

    def apply(self, version: str, kind: dict, namespace: str, name: str, text: str, more: str = "&dryRun=All") -> tuple[str, list[str]]:
        """Why the object is refused, nothing if it is not; and the warnings."""
        place = f"namespaces/{namespace}/" if kind["namespaced"] else ""
        root = "apis" if "/" in version else "api"
        path = f"/{root}/{version}/{place}{kind['name']}/{urllib.parse.quote(name, safe='')}{QUERY}{more}"
        status, answer, warnings = self.ask("PATCH", path, text)
        return "" if status in (200, 201) else f"{status}: {answer.get('message')}", warnings

    def space(self, level: str) -> str:
        """The namespace of a pod security level, which is made if it is not there."""
        name = f"crossover-dry-run-{level}"
        if name in self.spaces:
            return name
        labels = {f"{LEVEL}enforce": level, f"{LEVEL}warn": level}
        text = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        refused, _ = self.apply("v1", {"name": "namespaces", "namespaced": False}, "", name, text, "")
        if refused:
            sys.exit(f"the namespace {name} cannot be made: {refused}")
        self.spaces.add(name)
        return name


def objects(text: str) -> list[tuple[str, dict]]:
    """The objects of a file, each with its own text, in which it is in no namespace."""
    loader, found = LOADER(text), []
    while loader.check_node():
        node = loader.get_node()
        tree = loader.construct_document(node)
        if tree is None:
            continue
        start, end = node.start_mark.index, node.end_mark.index
        own = text[start:end]
        space = child(child(node, "metadata"), "namespace")
        if space is not None:
            # The server takes an empty one as the one of the path.
            own = own[: space.start_mark.index - start] + '""' + own[space.end_mark.index - start :]
        found.append((own, tree))
    return found


def head(tree: dict) -> tuple[str, str, str, dict]:
    """The version, kind, name and labels of an object."""
    if tree["kind"] == LIST:
        return tree["apiVersion"], LIST, "", {}
    meta = tree["metadata"]
    return tree["apiVersion"], tree["kind"], str(meta["name"]), meta.get("labels") or {}


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def built(overlay: pathlib.Path) -> tuple[str, str]:
    """What Kustomize makes of an overlay, and why it does not."""
    done = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=False)
    return done.stdout, "" if done.returncode == 0 else done.stderr.strip()


class Given:
    """What was given below one folder, and what became of it."""

    def __init__(self, server: Server, pool: concurrent.futures.Executor) -> None:
        self.server, self.pool = server, pool
        self.files = self.overlays = 0
        self.taken, self.skipped, self.warned = collections.Counter(), collections.Counter(), collections.Counter()
        # The kind, and the line that says why.
        self.refused: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str, concurrent.futures.Future]] = []

    def read(self, path: pathlib.Path, text: str) -> list[tuple]:
        """The objects of a text, each with its head."""
        try:
            return [(path, own, *head(tree)) for own, tree in objects(text)]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            self.refused.append(("no object", f"{path}: it is no object of Kubernetes: {error!r}"))
            return []

    def give(self, found: list[tuple], level: str) -> None:
        for path, own, version, kind, name, _ in found:
            full = f"{version}/{kind}"
            known = self.server.kind(version, kind)
            if known:
                job = self.pool.submit(self.server.apply, version, known, self.server.space(level), name, own)
                self.asked.append((full, f"{path}: {full} {name}", job))
            elif full in OTHERS:
                self.skipped[full] += 1
            else:
                self.refused.append((full, f"{path}: {full} {name}: the server has no such kind"))

    def below(self, root: pathlib.Path) -> None:
        """Everything below a folder: first the files, then what the overlays are built to."""
        overlays = []
        for one in [path for path in [root, *sorted(root.rglob("kubernetes"))] if path.name == "kubernetes"]:
            paths = sorted(one.rglob("*.yaml"))
            self.files += len(paths)
            every = [found for path in paths for found in self.read(path, path.read_text(encoding="utf-8"))]
            levels = (labels.get(f"{LEVEL}enforce") for *_, kind, _, labels in every if kind == "Namespace")
            level = next(filter(None, levels), "privileged")
            # A part may be called so, too: its file of this name holds something else.
            lists = [path.parent for path, _, _, kind, _, _ in every if kind == LIST]
            overlays += [(path, level, self.pool.submit(built, path)) for path in lists if path.name != "base"]
            self.give([found for found in every if found[3] != LIST], level)
        for path, level, job in overlays:
            self.overlays += 1
            text, failed = job.result()
            if failed:
                self.refused.append((LIST, f"{path}: kubectl kustomize: {failed}"))
            self.give(self.read(path, text), level)
        for full, place, job in self.asked:
            refused, warnings = job.result()
            refused = refused or next((text for text in warnings if "would violate PodSecurity" in text), "")
            if refused:
                self.refused.append((full, f"{place}: {refused}"))
            else:
                self.taken[full] += 1
                self.warned.update(f"{full}: {text}" for text in warnings)

    def report(self, folder: str) -> None:
        for _, line in self.refused[:SHOWN]:
            print(line)
        if len(self.refused) > SHOWN:
            print(f"and {len(self.refused) - SHOWN} more")
        what = f"{folder}: {self.files} files and {self.overlays} overlays"
        print(f"{what}: {self.taken.total()} objects taken, {len(self.refused)} refused, {self.skipped.total()} not given")
        for what, counter in (
            ("taken", self.taken),
            ("refused", collections.Counter(kind for kind, _ in self.refused)),
            ("not given, as the cluster has no such kind", self.skipped),
            ("warned", self.warned),
        ):
            if counter:
                print(f"  {what}: {', '.join(f'{count} {name}' for name, count in sorted(counter.items()))}")


def main() -> int:
    server, empty, refused = Server(int(sys.argv[1])), [], 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for folder in sys.argv[2:]:
            given = Given(server, pool)
            try:
                given.below(pathlib.Path(folder))
            except (OSError, http.client.HTTPException) as error:
                pool.shutdown(cancel_futures=True)
                print(f"{folder}: not all of it was given, as the server did not answer: {error}")
                return 2
            given.report(folder)
            refused += len(given.refused)
            if given.taken.total() + len(given.refused) == 0:
                empty.append(folder)
    if empty:
        print(f"nothing was checked of {', '.join(empty)}")
    return 1 if refused else 2 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
