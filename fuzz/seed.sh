#!/usr/bin/env bash
# Writes the inputs that runs begin with to fuzz/corpus/, of corpus/ and tests/facts/.
set -euo pipefail
cd "$(dirname "$0")"
cargo run --quiet --release --example seeds -- corpus
