#!/usr/bin/env bash
# Instructions that decoding takes, an opcode, by shape of stream: counts of valgrind's callgrind, which repeat exactly
# for the same program and toolchain, unlike times. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "valgrind is not installed: nothing was counted" >&2; exit 1; }
program=$(cargo bench --no-run --bench instructions --message-format=json 2>/dev/null |
  grep '"name":"instructions"' | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# instructions of a run
count() {
  valgrind --tool=callgrind --callgrind-out-file="$scratch/callgrind" "$program" "$@" >"$scratch/output" 2>"$scratch/log"
  sed -n 's/^.*Collected : \([0-9]*\).*$/\1/p' "$scratch/log"
}

for shape in small memo text; do
  opcodes=$("$program" "$shape" 1000000 count)
  instructions=$(($(count "$shape" 1000000 decode) - $(count "$shape" 1000000 nothing)))
  awk -v s="$shape" -v i="$instructions" -v n="$opcodes" \
    'BEGIN { printf "%-6s %5.1f instructions an opcode (%d opcodes)\n", s, i / n, n }'
done
for payload in 16 1000000; do
  instructions=$(($(count blob "$payload" decode) - $(count blob "$payload" nothing)))
  echo "blob   $instructions instructions in all for one payload of $((payload * 64)) bytes"
done
