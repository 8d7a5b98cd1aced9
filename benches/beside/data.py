"""The files that are read: made here from a seed, so that anyone's are the same, and so that what runs a pickle runs none but these."""

import dataclasses
import datetime
import decimal
import hashlib
import json
import os
import pickle
import pickletools
import random


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a file is like. `marker` is text that stands in its last value: who prints all of a file prints it."""

    name: str
    says: str
    make: object
    marker: str = ""


@dataclasses.dataclass(frozen=True)
class File:
    """A file that was made; `opcodes` and `pickles` as pickletools.genops counts them."""

    shape: Shape
    path: str
    size: int
    opcodes: int
    pickles: int


def record(r, i):
    return {
        "id": i,
        "name": "user-%08d" % i,
        "email": "u%d@example.org" % (i * 7919 % 10**7),
        "score": r.random() * 1000,
        "balance": r.uniform(-1e6, 1e6),
        "count": r.randrange(1 << 31),
        "big": r.randrange(1 << 62),
        "active": bool(i & 1),
        "note": None,
        "tags": ["t%d" % r.randrange(1000) for _ in range(3)],
        "pos": (r.random(), r.random()),
        "text": "lorem ipsum dolor sit amet " * r.randrange(1, 4),
    }


def records(count, protocol):
    def make(f):
        r = random.Random(20260101)
        pickle.dump([record(r, i) for i in range(count)], f, protocol)

    return make


def many(count):
    def make(f):
        r = random.Random(20260101)
        for i in range(count):
            pickle.dump({"id": i, "name": "user-%08d" % i, "score": r.random(), "tags": ["a", "b", str(i)]}, f, 4)

    return make


def blob(count, each):
    def make(f):
        r = random.Random(20260101)
        layers = {"w%d" % i: r.randbytes(each) for i in range(count)}
        pickle.dump({**layers, "closing": "the-closing-value"}, f, 5)

    return make


def memo(count):
    def make(f):
        shared = ["shared-%04d" % i for i in range(1000)]
        pickle.dump([shared[i * 7 % 1000] for i in range(count)], f, 4)

    return make


def deep(levels):
    def make(f):
        # By hand: pickle.dump goes down one call a level.
        f.write(b"\x80\x04" + b"]" * levels + b"a" * (levels - 1) + b".")

    return make


def small(f):
    made = {
        "when": datetime.date(2026, 1, 2),
        "price": decimal.Decimal("12.50"),
        "pos": (0.5, 1.5),
        "names": ["user-0", "user-1"],
    }
    pickle.dump(made, f, 4)


def shapes(quick):
    """All shapes by name; with `quick` so little of each that a run is over soon."""
    cut = 200 if quick else 1
    last = lambda count: "user-%08d" % (count // cut - 1)
    listed = [
        Shape("records", "one list of dicts of short strings, ints, floats, lists and tuples, protocol 4", records(300000 // cut, 4), last(300000)),
        Shape("records-cut", "the same, fewer of them: below the limits of every peer", records(10000 // cut, 4), last(10000)),
        Shape("blob", "a dict of eight bytes objects and a string, protocol 5", blob(8, (8 << 20) // cut), "the-closing-value"),
        Shape("text", "the same records in protocol 0", records(5000 // cut, 0), last(5000)),
        Shape("many", "pickles of one small dict each, in a row, protocol 4", many(20000 // cut), last(20000)),
        Shape("memo", "one list that holds 1,000 strings again and again, from the memo", memo(400000 // cut), "shared-%04d" % ((400000 // cut - 1) * 7 % 1000)),
        Shape("deep", "a list in a list in a list", deep(100000 // cut)),
        Shape("small", "one dict with a date, a Decimal, floats and strings, protocol 4", small, "user-1"),
    ]
    return {shape.name: shape for shape in listed}


def counted(path):
    opcodes = pickles = 0
    with open(path, "rb") as f:
        while f.peek(1):
            opcodes += sum(1 for _ in pickletools.genops(f))
            pickles += 1
    return opcodes, pickles


def folder(cache, quick):
    """Where the files of this program lie; those of another text of it are others."""
    with open(__file__, "rb") as f:
        told = hashlib.sha256(f.read()).hexdigest()[:12]
    return os.path.join(cache, ("quick-" if quick else "data-") + told)


def made(folder, shape):
    """The file of a shape, made if it isn't there yet."""
    os.makedirs(folder, exist_ok=True)
    path, facts = os.path.join(folder, shape.name + ".pkl"), os.path.join(folder, shape.name + ".json")
    if not os.path.exists(facts):
        with open(path, "wb") as f:
            shape.make(f)
        opcodes, pickles = counted(path)
        with open(facts, "w") as f:
            json.dump({"opcodes": opcodes, "pickles": pickles}, f)
    with open(facts) as f:
        return File(shape=shape, path=path, size=os.path.getsize(path), **json.load(f))
