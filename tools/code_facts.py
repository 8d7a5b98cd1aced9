#!/usr/bin/env python3
"""Writes what tests of src/code are held to:

    tests/facts/marshal.tsv     what each Python's marshal makes of short data: hexadecimal, Pythons, `ok` and the repr or the error
    tests/facts/code.jsonl      samples that each Python compiles: marshal data of each version, and each code object's facts

    python3 tools/code_facts.py [--check]

It asks CPython 2.7 and 3.6 to 3.13 of pyenv, and 3.14 and 3.15 of pyodide: see interpreters.py.
"""

import json
import pathlib
import sys

import interpreters

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROBE = ROOT / "tools/code_probe.py"

# Each letter, whole and broken.
DATA = """
4e ce 46 54 d4 2e 53 d3 30 3f 9f 00
69ffffffff 6900 e900000080 49ffffffffffffffff 4900000000000000
6c00000000 6c01000000ffff 6c01000000 6c0200000001000000 6c00000080 6cffffffff0500 6c03000000ff7fff7f0100 6cfbffffff010002000300 6cfdffffff010002000300
6603312e35 66053165393939 6603202031 6605315f302e30 66006e 6603313233 660461626364 6703 67000000000000f03f
7803312e300131 78013101 790000000000000000000000000000f03f 79000000000000f8ff0000000000000080
7302000000c3a9 73ffffffff 73ffffff7f78 f30100000061 7402000000c3a9 7402000000ff61 5200000000 28020000007401000000615200000000 2802000000740100000061520100000000
7502000000c3a9 7503000000eda080 7506000000eda080edb080 7504000000f09f9880 7501000000ff 6101000000e9 7a01e9 5a01e9 4101000000e9 7a02e9 da0161 fa01c3
2900 2901f34e 2901 28010000004e 28ffffffff 5b010000004e 5bffffffff db00000000
7b4e4e30 7b4e30 7b4e304e4e30 7b30 7b4e 7b69010000006902000000694e00000069ff00000030 7d4e4e30 7d4e30 7d30 fd690100000069020000003030
3c00000000 3c01000000 3c0100000069010000005300 3c010000004e 3e010000004e 3e00000000 3cffffffff 3c0100000030
3a4e4e4e ba4e4e4e 3a4e4e30 3a30 fa69010000004e4e
db010000007200000000 a9017200000000 be010000007200000000 fb7200000000 fb4e720000000030 fb4e4e30
290130 5b0100000030 7200000000 72ffffff7f f200000000 2902ce7200000000 290269010000007200000000 2902e9010000007200000000
2902f301000000617200000000 2903f4010000006172000000007200000000 2902be01000000e9010000007200000000 2903be01000000e90100000072000000007201000000
2902ba4e4e4e7200000000 fd69010000007200000000 290253d3 ec00000000 6300000000
""".split()

SOURCES = {
    "squared": "def squared(x):\n    return x ** 2\n",
    "closure": "def outer(a, b=2, *args, **rest):\n    n = a\n    def inner(x):\n        return n + x + b, args\n    return inner, [i for i in rest]\n",
    "keywords": "def f(a, /, b, *, c=1, d: int = 2):\n    while a:\n        try:\n            a -= len(b)\n        except (ValueError, TypeError) as e:\n            print(e)\n    return c\n",
    "keywords3": "async def f(a, *, c=1):\n    async with a as b:\n        yield c\n\nclass C(object):\n    x = 1\n    def m(self):\n        return __class__\n",
    "constants": "def f(x):\n    return (1, -1, 2147483647, 2147483648, -9223372036854775809, 123456789012345678901234567890, 1.5, -0.0, 1e300, 2j, b'a\\xff', u'\\xe9', u'\\u20ac',\n"
    "        'plain', u'\\U0001f600', None, True, ..., x in {1, 2}, x in ('a', ('b',)), x[1:2], x[:5])\n",
    "surrogate": "f = u'\\ud800'\n",
    "old": "def f((a, b), c):\n    print a, 5L, 10**18, `c`\n    exec c in {}\n    return set([1]), 12345678901234567890, 'bytes \\xe9'\n",
}


def main():
    check = "--check" in sys.argv[1:]
    question = {"data": DATA, "sources": SOURCES}
    answers = {version: interpreters.ask(version, PROBE.read_text(), question) for version in interpreters.VERSIONS}
    rows = []
    for at, data in enumerate(DATA):
        said = {}
        for version, answer in answers.items():
            said.setdefault(answer["loaded"][at], []).append(version)
        rows += ["\t".join((data, " ".join(versions), what)) for what, versions in said.items()]
    lines = []
    for version, answer in answers.items():
        lines += [json.dumps({"python": version, **sample}, sort_keys=True) for sample in answer["samples"]]
    fine = [
        interpreters.put(ROOT / "tests/facts/marshal.tsv", "\n".join(rows) + "\n", check),
        interpreters.put(ROOT / "tests/facts/code.jsonl", "\n".join(lines) + "\n", check),
    ]
    sys.exit(0 if all(fine) else 1)


main()
