"""Holds the manifests in each `kubernetes` below a folder against the schemas of Kubernetes: every property known, every type right.

Kinds of others (KEDA, Knative, Karpenter, Kustomize) have no schema there; they are counted and named.
"""

import collections
import functools
import pathlib
import sys

import kubernetes_validate
import kubernetes_validate.utils
import yaml

VERSION = "1.37"
OTHERS = {
    "gateway.networking.k8s.io/v1/GRPCRoute",
    "gateway.networking.k8s.io/v1/Gateway",
    "gateway.networking.k8s.io/v1/HTTPRoute",
    "keda.sh/v1alpha1/ScaledObject",
    "keda.sh/v1alpha1/TriggerAuthentication",
    "serving.knative.dev/v1/Service",
    "karpenter.sh/v1/NodePool",
    "kustomize.config.k8s.io/v1beta1/Kustomization",
}
# PyYAML's own reader in C is ten times as fast, where it is built in.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# The validator reads its files of schemas again for each object: once is enough.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)


def main() -> int:
    kinds, others, wrong, files = collections.Counter(), collections.Counter(), [], 0
    for path in sorted(pathlib.Path(sys.argv[1]).rglob("kubernetes/**/*.yaml")):
        files += 1
        for resource in yaml.load_all(path.read_text(encoding="utf-8"), LOADER):
            name = f"{resource['apiVersion']}/{resource['kind']}"
            if name in OTHERS:
                others[name] += 1
                continue
            try:
                kubernetes_validate.validate(resource, VERSION, strict=True)
                kinds[name] += 1
            except kubernetes_validate.ValidationError as error:
                place = ".".join(str(part) for part in error.path)
                wrong.append(f"{path}: {name} {resource['metadata']['name']}: {place}: {error.message}")
            except kubernetes_validate.SchemaNotFoundError as error:
                wrong.append(f"{path}: {error.message}")
    for line in wrong[:50]:
        print(line)
    valid = sum(kinds.values())
    print(f"{files} files, {valid} objects valid, {len(wrong)} not; without a schema: {dict(others)}")
    print(", ".join(f"{count} {name}" for name, count in sorted(kinds.items())))
    return 1 if wrong or not valid else 0


if __name__ == "__main__":
    sys.exit(main())
