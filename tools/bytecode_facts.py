"""Records what the `dis` of each Python says of code that uses what that Python has.

    python3 tools/bytecode_facts.py [--check]               tests/facts/bytecode/X.Y.txt
    python3 tools/bytecode_facts.py --library DIR X.Y NTH   DIR/X.Y.txt: every NTH module of its standard library (0: all)

The second is for 3.14 and 3.15, which the tests can't ask: PICKSCOPE_BYTECODE=DIR makes a test compare what is there, too. tools/bytecode_probe.py
tells what the lines are.
"""

import argparse
import pathlib
import sys

from interpreters import VERSIONS, ask, put

HERE = pathlib.Path(__file__).resolve().parent
FACTS = HERE.parent / "tests/facts/bytecode"

# What the first of these Pythons brought; a later one has all before it, but for what only 2.7 has.
SOURCES = {
    "2.7": r'''
def loops(rows, limit=3, *rest, **more):
    """Sums."""
    total = 0
    for i, row in enumerate(rows):
        if row is None or not row and i != limit:
            continue
        try:
            total += row[i] ** 2 // -limit
        except (KeyError, IndexError) as fault:
            more.setdefault("fault", fault)
            raise
        finally:
            del rest
        while total > 1000 and i in (1, 2.5, "é", b"\x00", None):
            total -= 1j
    return lambda: [total, {1: total, "a": -0.0}, {x for x in rows if x}]


class Shape(object):
    sides = 4

    def area(self, other=None):
        global counted
        counted = self.sides if other is None else other.sides
        with self.lock:
            self.w, (h, self.deep.h) = counted, (1, 2)
            import os.path as path
            from os import sep as s, linesep
            yield s[1:-1], linesep
        del counted


wide = lambda f: f(*[1], **{"k": 1 << 70})
''' + "\ndef far(x):\n    if x:\n" + "        x.a, x.b = x.b(1), x.a\n" * 6 + "    return x\n",
    "old": r'''
def printed(out, a, b):
    print >>out, `a`, a <> b, 5L, u"\xe9"
    exec "a" in {}
    return a[1:], a[:b], (lambda (x, y): x)
''',
    "3.6": r'''
async def gather(it, *, key: int = 1):
    async with it as a:
        async for x in a:
            await x
    return [y async for y in it if await y]


def formatted(a, b, *c):
    nonlocal_ = 0

    def inner():
        nonlocal nonlocal_
        nonlocal_ += 1
        return super, __class__
    x: int = f"{a!r:>{b}} {b!s} {a}{{}}"
    first, *middle, last = *c, *a
    yield from inner()
    return {**a, **b}, a @ b, print(a, *b, key=1, **c), a.method(b).other


class Kid(dict):
    def get(self, *args):
        return super().get(*args), super().name
''',
    "3.8": r'''
def positional(a, /, b, *, c):
    while (n := a(b)) is not None:
        if n < c <= b:
            return n
''',
    "3.10": r'''
def matched(command):
    match command:
        case [x, 1, *rest] if rest:
            return x
        case {"a": 1, **others}:
            return others
        case dict(k=3) | None:
            pass
''',
    "3.11": r'''
def grouped(f):
    try:
        f()
    except* (OSError, ValueError) as group:
        print(group)
    return f(a=1, b=2)
''',
    "3.12": r'''
type Pair[T: int] = tuple[T, T]


def first[T](xs: list[T]) -> T:
    return [x for x in xs][0]


class Box[T]:
    value: T
''',
    "3.14": r'''
def template(name, xs):
    t = t"{name!r:>3} {xs}"
    return all(x for x in xs), any(x for x in xs), tuple(x for x in xs), 300, 5
''',
    "3.15": r'''
lazy import json
lazy from os import path
''',
}


def source(version):
    at = VERSIONS.index(version)
    parts = [SOURCES["2.7"]] + ([SOURCES["old"]] if version == "2.7" else [])
    parts += [text for first, text in SOURCES.items() if first in VERSIONS[1:at + 1]]
    head = "# -*- coding: utf-8 -*-\n"
    return head + "\n".join(parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--library", nargs=3, metavar=("DIR", "X.Y", "NTH"))
    options = parser.parse_args()
    probe = (HERE / "bytecode_probe.py").read_text()
    if options.library:
        folder, version, nth = options.library
        lines = ask(version, probe, {"library": True, "nth": int(nth)})
        with open(pathlib.Path(folder) / f"{version}.txt", "w", encoding="utf-8", errors="surrogatepass") as f:
            f.writelines(line + "\n" for line in lines)
        return
    done = []
    # Those between are as these, and the tests ask them where they are.
    for version in (v for v in VERSIONS if v not in ("3.7", "3.9")):
        lines = ask(version, probe, {"source": source(version)})
        done.append(put(FACTS / f"{version}.txt", "".join(line + "\n" for line in lines), options.check))
    sys.exit(0 if all(done) else 1)


if __name__ == "__main__":
    main()
