#!/usr/bin/env bash
# Makes up an EC2 offer of the AWS Price List and reads it: wall time, rate, rows, peak memory; products first and terms first.
#   benches/feeds.sh [MEGABYTES] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
megabytes="${1:-300}"
runs="${2:-3}"
cargo build --release --quiet -p crossover-catalog --example ec2_feed
program="${CARGO_TARGET_DIR:-target}/release/examples/ec2_feed"
folder="$(mktemp -d)"
trap 'rm -r "$folder"' EXIT
for order in products-first terms-first; do
  feed="$folder/$order.json"
  "$program" write "$feed" "$megabytes" $([ "$order" = terms-first ] && echo terms-first)
  for _ in $(seq "$runs"); do
    printf '%s: ' "$order"
    "$program" read "$feed" | paste -sd ' '
  done
  rm "$feed"
done
