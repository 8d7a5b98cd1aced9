#!/usr/bin/env bash
# Runs a fuzz target: fuzz/run.sh TARGET SECONDS [option of libFuzzer…]. Needs the nightly toolchain and cargo-fuzz.
#
# Inputs begin with seeds of corpus/ and tests/facts/ (fuzz/seed.sh) and are kept in fuzz/corpus/TARGET; what fails is kept in
# fuzz/artifacts/TARGET. SANITIZER=address runs with AddressSanitizer: the crate has no unsafe code but to map files, so runs
# are without one, which is several times faster; assertions and checks of overflow are on.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 seconds=$2
shift 2
# Short inputs where runs are cheap, longer ones where it takes more to get deep.
case $target in
    decode) length=32 ;;
    bytes) length=64 ;;
    marshal | messages) length=256 ;;
    opcodes | growth) length=128 ;;
    *) length=1024 ;;
esac
[ -d "fuzz/corpus/$target" ] || fuzz/seed.sh
words=fuzz/dictionaries/$target.txt
[ -e "$words" ] && set -- "-dict=$words" "$@"
exec cargo +nightly fuzz run -s "${SANITIZER:-none}" "$target" -- \
    -max_total_time="$seconds" -max_len="$length" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "$@"
