#!/usr/bin/env bash
# Times plans of large drawn applications (70 % HTTP services, 20 % workers, 10 % stores) and prints the gap to what is proven.
#   benches/large.sh [COMPONENTS…]
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
program="${CARGO_TARGET_DIR:-target}/release/crossover"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
for components in "${@:-200}"; do
  python3 - "$program" "$folder" "$components" <<'PY'
import json, os, random, resource, subprocess, sys, time

program, folder, components = sys.argv[1], sys.argv[2], int(sys.argv[3])
draw = random.Random(7)
stores = max(1, components // 10)
lines = ["name: large", "region: aws/us-east-1", "components:"]
for at in range(stores):
    engine = draw.choice(["postgres", "redis"])
    lines.append(f"  store{at:03}: {{ kind: stateful, engine: {engine}, memory: {draw.choice([2, 4, 8])} GB, storage: {draw.choice([10, 50, 100])} GB }}")
for at in range(components - stores):
    kind = "worker" if draw.random() < 2 / 9 else "http"
    runtime = draw.choice(["nodejs24", "python3.13", "java21", "go"])
    keys = [f"kind: {kind}", f"runtime: {runtime}", f"memory: {draw.choice([256, 512, 1024, 2048])} MB",
            f"cpu: {draw.choice([5, 20, 60, 200])} ms", f"wait: {draw.choice([0, 20, 100])} ms",
            f"load: {{ rate: {draw.choice(['200k', '1M', '5M', '20M'])}/month, shape: {draw.choice(['flat', 'day-night', 'weekly'])} }}"]
    if kind == "http" and draw.random() < 0.5:
        keys.append("slo: { p99: 2 s }")
    if draw.random() < 0.6:
        keys.append(f"calls: [store{draw.randrange(stores):03}]")
    lines.append(f"  part{at:03}: {{ {', '.join(keys)} }}")
path = os.path.join(folder, f"{components}")
os.makedirs(path, exist_ok=True)
with open(os.path.join(path, "crossover.yaml"), "w") as file:
    file.write("\n".join(lines) + "\n")
start = time.monotonic()
done = subprocess.run([program, "plan", path, "--format", "json"], stdout=subprocess.PIPE, check=True)
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
decision = json.loads(done.stdout)
gap = [f["message"] for f in decision.get("findings", []) if f.get("id") == "DE003"] or ["proven"]
print(f"{components} components: {wall:.1f} s wall, {used.ru_utime + used.ru_stime:.1f} s CPU, {used.ru_maxrss / 1024:.0f} MiB; {gap[0]}")
PY
done
