#!/usr/bin/env bash
# Instructions that decoding takes, and reading with machine and reader, an opcode, by shape of stream: counts of valgrind's callgrind, which repeat exactly
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
  nothing=$(count "$shape" 1000000 nothing)
  decode=$(($(count "$shape" 1000000 decode) - nothing))
  read=$(($(count "$shape" 1000000 read) - nothing))
  awk -v s="$shape" -v d="$decode" -v r="$read" -v n="$opcodes" \
    'BEGIN { printf "%-6s %6.1f instructions an opcode to decode, %6.1f to read (%d opcodes)\n", s, d / n, r / n, n }'
done
for payload in 16 1000000; do
  instructions=$(($(count blob "$payload" decode) - $(count blob "$payload" nothing)))
  echo "blob   $instructions instructions in all for one payload of $((payload * 64)) bytes"
done
