#!/usr/bin/env python3
"""Writes src/code/fit/fates.tsv: what became of functions that one Python stored and another loaded.

    python3 tools/fates.py RECORDS [--check]

RECORDS is a list of loads in JSON (gzip), each with the library and version that stored the function and the Python it ran on (`lib`,
`src_ver`, `src_py`), the Python that loaded and called it (`load_py`), which function it was (`case`), and the `outcome`:
`OK` and what the call gave, `LOADERR` or `CALLERR` and the exception, or `CRASH` (a signal). Five functions were stored by every
CPython from 2.7 to 3.13 with cloudpickle 1.2.2 to 3.1.2 and dill 0.2.4 to 0.4.1, and loaded with the newest release of the
same library that the loading Python has.

Columns: what makes the code object, the Python that stored it, the one that loaded it, loads, and of these refused at load,
failed at call, crashed, gave another result, gave the right one; then a message of a refusal. Sorted.
"""

import collections
import gzip
import json
import pathlib
import re
import sys

import interpreters

ROOT = pathlib.Path(__file__).resolve().parent.parent


def maker(record):
    """Which call of the stream makes the code object: it decides what a wrong number of arguments becomes."""
    version = tuple(map(int, record["src_ver"].split(".")))
    if record["lib"] == "cloudpickle":
        return "CodeType"
    if version <= (0, 2, 4):
        return "_unmarshal"
    return "CodeType" if version < (0, 3, 2) else "_create_code"


def main():
    with gzip.open(sys.argv[1], "rt") as file:
        records = json.load(file)
    right = {}
    for record in records:
        if record["src_py"] == record["load_py"] and record["outcome"].startswith("OK"):
            right.setdefault(record["case"], collections.Counter())[record["outcome"]] += 1
    right = {case: outcomes.most_common(1)[0][0] for case, outcomes in right.items()}
    fates = {}
    for record in records:
        if record["src_py"] == record["load_py"]:
            continue
        fate = fates.setdefault((maker(record), record["src_py"], record["load_py"]), [0, 0, 0, 0, 0, 0, ""])
        outcome = record["outcome"]
        what = outcome.split(" ")[0]
        fate[0] += 1
        if what == "LOADERR":
            fate[1] += 1
            message = re.sub(r"\s+", " ", re.sub(r" from '[^']*'", "", outcome[8:]))
            fate[6] = min(filter(None, (fate[6], message)))
        elif what == "CALLERR":
            fate[2] += 1
        elif what == "CRASH":
            fate[3] += 1
        else:
            fate[5 if outcome == right[record["case"]] else 4] += 1
    rows = sorted("\t".join(key + tuple(map(str, fate))) for key, fate in fates.items())
    text = "\n".join(rows) + "\n"
    sys.exit(0 if interpreters.put(ROOT / "src/code/fit/fates.tsv", text, "--check" in sys.argv[2:]) else 1)


main()
