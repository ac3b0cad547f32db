#!/usr/bin/env bash
# Reads made-up logs with `crossover traffic`, with `goaccess` (Debian) where it is installed and reads the format, and with
# `wc -l` as the floor; says wall time, CPU time, rate and memory of each, best of RUNS.
#   benches/logs.sh [GIGABYTES] [RUNS] [FORMAT…]
set -euo pipefail
cd "$(dirname "$0")/.."
gigabytes="${1:-2}"
runs="${2:-3}"
shift $(($# < 2 ? $# : 2))
formats=("$@")
[ ${#formats[@]} -gt 0 ] || formats=(combined alb json caddy)
cargo build --release --quiet
cargo build --release --quiet -p crossover-traffic --example log_speed
built="${CARGO_TARGET_DIR:-target}/release"
folder="$(mktemp -d)"
trap 'rm -r "$folder"' EXIT
for format in "${formats[@]}"; do
  log="$folder/$format.log"
  "$built/examples/log_speed" "$format" "$gigabytes" --write "$log"
  python3 - "$runs" "$format" "$log" "$built/crossover" <<'PY'
import os, shutil, subprocess, sys, time
runs, form, log, program = int(sys.argv[1]), *sys.argv[2:]
presets = {"combined": "COMBINED", "alb": "AWSALB", "caddy": "CADDY"}
commands = {"wc -l": ["wc", "-l", log], "crossover traffic": [program, "traffic", log, "--format", "json"]}
if form in presets and shutil.which("goaccess"):
    commands["goaccess"] = ["goaccess", log, f"--log-format={presets[form]}", "--no-progress", "-o", log + ".json"]
size = os.path.getsize(log)
for name, command in commands.items():
    best = None
    for _ in range(runs):
        begin = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        if os.waitstatus_to_exitcode(status) not in (0, 2):
            sys.exit(f"{' '.join(command)} failed")
        row = (wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        best = min(best or row, row)
    wall, cpu, memory = best
    print(f"{form:10} {name:18} {size / 1e6 / wall:6.0f} MB/s  {wall:6.2f} s wall  {cpu:6.2f} s CPU  {memory:5.0f} MiB")
PY
  rm -f "$log" "$log.json"
done
