#!/usr/bin/env bash
# Counts the instructions of the hot paths under callgrind and holds them against the recorded ones.
#   benches/instructions.sh check     fails where a path needs over 5 % more than recorded
#   benches/instructions.sh record    records what they need now; the change of the file is reviewed like code
# Instructions, unlike seconds, are the same on a busy machine. They still depend on the compiler (a new toolchain
# wants a new record) and on which memcpy the C library picks for the processor. Valgrind shows it a processor
# without AVX-512, and the tunables below take away what makes the choice differ between the others; what is left
# of it is a few instructions a thousand requests.
set -euo pipefail
cd "$(dirname "$0")/.."
mode="${1:-check}"
case "$mode" in check | record) ;; *) echo "usage: benches/instructions.sh [check|record]" >&2; exit 2 ;; esac
recorded=benches/instructions.tsv
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind; } >/dev/null
cargo build --release --quiet -p crossover-testkit --example instructions
program="${CARGO_TARGET_DIR:-target}/release/examples/instructions"
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX2_Usable,-AVX2,-AVX_Fast_Unaligned_Load,-ERMS

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*instructions*measured*' \
    "$program" "$1" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

now=$(mktemp)
trap 'rm -f "$now"' EXIT
"$program" | xargs -P "$(nproc)" -L 1 bash -c "$(declare -f count)
  program='$program'"'
  n=$(count "$0")
  [ "${n:-0}" -gt 0 ] || { echo "error: nothing was counted for $0" >&2; exit 255; }
  printf "%s\t%s\n" "$0" "$(awk -v n="$n" -v of="$1" "BEGIN { printf \"%.1f\", n / of }")"' | sort >"$now"

if [ "$mode" = record ]; then
  { printf '# instructions for each request (log: line), by benches/instructions.sh record\n'; cat "$now"; } >"$recorded"
  cat "$recorded"
  exit
fi
awk -F '\t' '
  BEGIN { printf "%-26s %9s %9s %9s\n", "per request", "recorded", "now", "change" }
  /^#/ { next }
  NR == FNR { was[$1] = $2; next }
  {
    if (!($1 in was)) { printf "%-26s %9s %9.1f  not recorded\n", $1, "-", $2; bad = 1; next }
    change = ($2 / was[$1] - 1) * 100
    printf "%-26s %9.1f %9.1f %+7.1f %%%s\n", $1, was[$1], $2, change, (change > 5 ? "  too many" : "")
    if (change > 5) bad = 1
    seen[$1] = 1
  }
  END {
    for (name in was) if (!(name in seen)) { printf "%-26s is recorded but not measured\n", name; bad = 1 }
    if (bad) print "hint: make it faster again, or `benches/instructions.sh record` and say why"
    exit bad
  }' "$recorded" "$now"
