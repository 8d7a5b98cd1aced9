#!/usr/bin/env bash
# Instructions that each operation takes on each shape of stream, an opcode, and whole processes in all: counts of valgrind's
# callgrind, which repeat exactly for the same program, unlike times. They are compared with benches/instructions.tsv: exit
# status 1 where one differs by more than 3 %, to the better or to the worse. BLESS=1 benches/instructions.sh writes them.
#
# Counts of another toolchain, libc, valgrind or processor (which memcpy is taken) are other counts. Where this host isn't as
# the figures' first line says, they are printed, nothing is compared, and that is said aloud; exit status 0.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
figures=benches/instructions.tsv

not_compared() {
  printf '\n!!! %s: NOTHING WAS COMPARED: %s\n\n' "$figures" "$1" >&2
  [ -z "${BLESS:-}" ] || exit 1
  exit 0
}
[ "$(uname -sm)" = "Linux x86_64" ] || not_compared "they are of Linux on x86-64, and this is $(uname -sm)"
command -v valgrind >/dev/null || not_compared "valgrind is not installed"
libc=$(getconf GNU_LIBC_VERSION) || not_compared "the C library is not glibc"
grep -qw avx2 /proc/cpuinfo && simd="with AVX2" || simd="without AVX2"
made_with="# Made with $(rustc --version | cut -d' ' -f1,2), $(valgrind --version), $libc, x86-64 $simd."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# This builds the command, too, as `cargo build --release` does.
cargo bench --quiet --no-run --bench instructions --message-format=json >"$scratch/built"
executable() { sed -n 's/.*"executable":"\([^"]*\/'"$1"'\)".*/\1/p' "$scratch/built" | tail -n 1; }
program=$(executable 'instructions-[0-9a-f]*')
command=$(executable pickscope)

# std seeds the hashes of HashMap by this function: with other seeds, other keys collide.
cc -shared -nostdlib -fno-builtin -O1 -x c -o "$scratch/seeds.so" - <<'C'
long getrandom(unsigned char *out, unsigned long length, unsigned flags) {
  (void)flags;
  for (unsigned long at = 0; at < length; at++) out[at] = (unsigned char)at;
  return (long)length;
}
C

# cell OPERATION SHAPE OPCODES: prints these and the instructions, an opcode if there are several.
cell() {
  local log="$scratch/log.$1.$2" only=(--collect-atstart=no '--toggle-collect=*instructions*measured*')
  local run=("$program" "$1" "$2") status=0
  case "$1 $2" in
    "process dump") run=("$command" dump corpus/squared.pkl) only=() ;;
    "process explain") run=("$command" explain "ModuleNotFoundError: No module named 'numpy._core.numeric'") only=() ;;
  esac
  # An environment of our own: its length moves the stack.
  env -i LD_PRELOAD="$scratch/seeds.so" "$(command -v valgrind)" --tool=callgrind --callgrind-out-file=/dev/null \
    --log-file="$log" "${only[@]}" "${run[@]}" >/dev/null 2>"$log.error" </dev/null || status=$?
  local instructions
  instructions=$(sed -n 's/^.*Collected : \([1-9][0-9]*\)$/\1/p' "$log")
  # 1 is the command's bad answer; a benchmark that panics has 101.
  if [ "$status" -gt 1 ] || [ -z "$instructions" ]; then
    echo "$1 $2: ${run[*]}: exit status $status, no count" >&2
    cat "$log" "$log.error" >&2
    return 255
  fi
  awk -v o="$1" -v s="$2" -v n="$3" -v i="$instructions" \
    'BEGIN { printf "%s\t%s\t%d\t" (n > 1 ? "%.1f" : "%d") "\n", o, s, n, i / n }'
}
export -f cell
export program command scratch
{
  "$program"
  printf 'process\t%s\t1\n' dump explain
} | tr '\t\n' '  ' | xargs -n 3 -P 2 bash -c 'cell "$@"' cell >"$scratch/cells"
{
  cat <<HEADER
$made_with
# Instructions an opcode, counted by benches/instructions.sh, which writes this file with BLESS=1. Of a message and of a process, all.
operation	shape	opcodes	instructions
HEADER
  sort "$scratch/cells"
} >"$scratch/figures"

if [ -n "${BLESS:-}" ]; then
  cp "$scratch/figures" "$figures"
  echo "$figures is written: read its diff"
  exit
fi
theirs=$(head -n 1 "$figures")
if [ "$made_with" != "$theirs" ]; then
  cat "$scratch/figures"
  not_compared "they were m${theirs#\# M}; these here were m${made_with#\# M}"
fi
status=0
awk -F '\t' -v tolerance=3 '
  /^#/ || $1 == "operation" { next }
  { cell = sprintf("%-16s %-9s", $1, $2) }
  FILENAME == ARGV[1] { was[cell] = $4; opcodes[cell] = $3; next }
  !(cell in was) { print cell, $4, "is new"; changed = 1; next }
  {
    change = ($4 / was[cell] - 1) * 100
    verdict = ""
    if (change > tolerance || change < -tolerance) { verdict = change > 0 ? "  WORSE" : "  better"; changed = 1 }
    if (opcodes[cell] != $3) { verdict = verdict "  OF " $3 " OPCODES, NOT " opcodes[cell]; changed = 1 }
    printf "%s %10s, was %10s: %+6.2f %%%s\n", cell, $4, was[cell], change, verdict
    delete was[cell]
  }
  END { for (cell in was) { print cell, "is gone"; changed = 1 } exit changed }
' "$figures" "$scratch/figures" || status=$?
if [ "$status" -ne 0 ]; then
  echo "$figures: what is marked changed by more than 3 %; if that is meant: BLESS=1 benches/instructions.sh" >&2
  exit 1
fi
echo "$figures: all within 3 %"
