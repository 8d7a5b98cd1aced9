#!/bin/sh
# Writes samples.tsv again: what each Python and release writes, the first of equal streams.
#
#     sh samples.sh PYENV PACKAGES
#
# PYENV is pyenv's folder of versions. PACKAGES is a folder in which each folder below was filled with
# `pip install --target`, as the names in the table say.
set -eu
cd "$(dirname "$0")"
run() {
    PYTHONWARNINGS=ignore PYTHONHASHSEED=0 PYTHONPATH="$2" "$1/bin/python" samples.py "$3" 2>/dev/null
}
{
    for python in 3.13.0 3.11.7 3.8.18 3.6.15 2.7.18; do
        run "$1/$python" "" stdlib
    done
    while read -r python folder libraries; do
        for library in $libraries; do
            run "$1/$python" "$2/$folder" "$library"
        done
    done <<TABLE
3.12.1 np2 numpy
3.11.7 np126 numpy pandas
3.8.18 np124 pandas
3.6.15 np119 numpy pandas
3.6.15 pd025 pandas
3.6.15 pd020 pandas
2.7.18 np116 numpy pandas
3.13.0 pd3 pandas
3.12.1 np2 pandas
3.10.13 torch112 torch
TABLE
} | awk -F '\t' '!seen[$1 FS $4]++' | LC_ALL=C sort -t "$(printf '\t')" -k1,1 -s > samples.tsv
