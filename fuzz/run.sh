#!/usr/bin/env bash
# Runs a fuzz target: fuzz/run.sh TARGET SECONDS [option of libFuzzer…]. Needs the nightly toolchain and cargo-fuzz.
#
# Inputs begin with seeds of corpus/ and tests/facts/ (fuzz/seed.sh) and are kept in fuzz/corpus/TARGET; what fails is kept in
# fuzz/artifacts/TARGET. SANITIZER=address runs with AddressSanitizer; COMPARES=1 lets libFuzzer see what is compared, which
# finds magic numbers and takes a multiple of the time.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 seconds=$2
shift 2
# Short inputs where runs are cheap, longer ones where it takes more to get deep.
case $target in
    decode) length=32 ;;
    bytes | marshal | opcodes) length=64 ;;
    messages | growth) length=128 ;;
    *) length=512 ;;
esac
[ -d "fuzz/corpus/$target" ] || fuzz/seed.sh
words=fuzz/dictionaries/$target.txt
[ -e "$words" ] && set -- "-dict=$words" "$@"
build=(-s "${SANITIZER:-none}")
[ -n "${COMPARES:-}" ] || build+=(--no-trace-compares)
exec cargo +nightly fuzz run "${build[@]}" "$target" -- \
    -max_total_time="$seconds" -max_len="$length" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "$@"
