#!/usr/bin/env bash
# Times the reference plan (ten services, a month, every platform, every flip) and says how much memory it took.
#   benches/reference.sh [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-5}"
cargo build --release --quiet
program="${CARGO_TARGET_DIR:-target}/release/crossover"
for _ in $(seq "$runs"); do
  python3 - "$program" <<'PY'
import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run([sys.argv[1], "plan", "scenarios/reference"], stdout=subprocess.DEVNULL, check=True)
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{wall:.2f} s wall, {used.ru_utime + used.ru_stime:.2f} s CPU, {used.ru_maxrss / 1024:.0f} MiB")
PY
done
