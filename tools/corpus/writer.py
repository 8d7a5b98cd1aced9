"""Writes pickles with the interpreter that runs it. Runs on 2.7 and 3.6-3.13.

    python writer.py CASE PICKLER PROTOCOL FILE

tools/corpus.py starts it, once for each file. A case is a function below; it
returns what is to be pickled, or writes the stream itself where that takes
more than one call of dump. The pickler is c, py, or the name of a package.

Nothing here may do anything when it is loaded but import modules and build
objects.
"""

import io
import marshal
import pickle
import struct
import sys

import zoo

PY2 = sys.version_info[0] == 2
if PY2:
    import cPickle
    import copy_reg as copyreg
else:
    import copyreg

# What a prompt's __main__ doesn't have, and cloudpickle would store.
del __file__

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Job(object):
    """Where a case writes to, and with what."""

    def __init__(self, pickler, protocol):
        self.kind = pickler
        self.protocol = protocol
        self.stream = io.BytesIO()

    def pickler(self, persistent_id=None, **options):
        # What a package writes with pickle itself, the pickler in C writes.
        if PY2:
            make = pickle.Pickler if self.kind == "py" else cPickle.Pickler
        else:
            make = pickle._Pickler if self.kind == "py" else pickle.Pickler
            if persistent_id:
                # 3.13's C pickler takes it from a subclass only; 2.7's is no class, and takes it as an attribute.
                make = type("Pickler", (make,), {"persistent_id": staticmethod(persistent_id)})
        pickler = make(self.stream, self.protocol, **options)
        if PY2 and persistent_id:
            pickler.persistent_id = persistent_id
        return pickler

    def write(self, data):
        self.stream.write(data)

    def out_of_band(self, value):
        """The value without its buffers."""
        self.pickler(buffer_callback=lambda buffer: None).dump(value)


class Passenger(object):
    """A class of the program itself: its module is __main__."""

    def __init__(self, seat):
        self.seat = seat


# Plain data.


@case
def everyday(job):
    """What programs store: nested containers, text, bytes, numbers, sharing."""
    tags = [u"new", u"caf\xe9"]
    return {
        u"id": 70000,
        u"name": u"Zo\xeb \u20ac \U0001f600",
        u"text": u"a 'quote', a \\ and a\nnewline; \x00\x1a",
        u"surrogate": u"\ud83d?",
        u"bytes": [b"", b"\x00\xff\r\n", b"bytes " * 43],
        u"bytearray": bytearray(b"mutable"),
        u"flags": (True, False, None),
        u"numbers": [0, -1, 255, 256, -129, 65536, 2**40, 1.5, -0.0],
        u"tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        u"nested": {u"list": [[], [[]]], u"dict": {(1, u"k"): {}}},
        u"sets": [set(), {7}, frozenset([7]), frozenset()],
        u"tags": tags,
        u"again": tags,
    }


@case
def numbers(job):
    ints = []
    for bits in (7, 8, 15, 16, 31, 32, 63, 64, 127):
        ints += [2**bits - 1, 2**bits, -(2**bits), -(2**bits) - 1]
    # The longest that LONG1 holds, and the shortest that needs LONG4.
    ints += [2**2038, 2**2039]
    infinity = float("inf")
    floats = [0.0, -0.0, 0.1, 1e100, 5e-324, -1.7976931348623157e308, infinity, -infinity, float("nan")]
    return [ints, floats, [3 + 4j]] + ([[long(0), long(7), -long(7)]] if PY2 else [])


@case
def strings(job):
    """2.7's str: bytes or text, as its reader likes."""
    return [
        "plain",
        "caf\xc3\xa9",
        "caf\xe9 \x00\x7f\x80\xff",
        "it's",
        'both \' and "',
        "tab\tnewline\nbackslash\\ return\r",
        "long " * 60,
        u"unicode",
        u"escaped \n \\ \xe9 \u20ac \U0001f600 \ud800",
    ]


@case
def recursive(job):
    """Containers that hold themselves. The tuple makes the pickler drop what it had (POP, POP_MARK)."""
    inner = []
    pair = (inner, 1)
    inner.append(pair)
    ring = []
    quad = (ring, 1, 2, 3)
    ring.append(quad)
    loop = []
    loop.append(loop)
    table = {}
    table[u"self"] = table
    animal = zoo.Animal(u"ouroboros")
    animal.tail = animal
    return [pair, quad, loop, table, animal]


@case
def memo(job):
    """More than 256 memo entries, and entries beyond 255 read again (LONG_BINPUT, LONG_BINGET)."""
    rows = [[n] for n in range(260)]
    return rows + [rows[0], rows[259]]


@case
def frames(job):
    """Two frames of some 64 KiB between which a large object stands outside of any."""
    blocks = [struct.pack("B", n) * 1000 for n in range(70)]
    return [blocks, b"large " * 11000, u"after"]


@case
def small_frames(job):
    """Frames of 64 bytes, so that a small file has many."""
    pickler = job.pickler()
    pickler.framer._FRAME_SIZE_TARGET = 64
    pickler.dump([[u"row %d" % n, n] for n in range(12)] + [b"outside of a frame " * 5, u"end"])


@case
def several(job):
    """Three pickles in a row, each with a memo of its own."""
    for value in ([1, 2], u"second", {u"third": None}):
        job.pickler().dump(value)


@case
def several_one_memo(job):
    """Two pickles by one pickler: the second reads what the first kept in the memo."""
    pickler = job.pickler()
    shared = [u"shared"]
    pickler.dump({u"first": shared})
    pickler.dump({u"second": shared})


# Classes, instances, names.


@case
def old_style(job):
    """Old-style classes of 2.7, and a new-style one beside them."""
    return [zoo.Cage(), zoo.Keeper("Ada", 3), zoo.Keeper, zoo.Animal("cat")]


@case
def instances(job):
    keywords = zoo.Keywords(1, high=9)
    stack = zoo.Stack([1, 2])
    stack.depth = 2
    registry = zoo.Registry(a=1)
    registry.owner = u"me"
    values = [zoo.Animal(u"cat"), zoo.Reduced(u"r"), zoo.NewArgs(1, 2), zoo.Point(3, 4), stack, registry, object()]
    if job.protocol >= 2:
        both = zoo.SlottedWithDict(1, 2)
        both.z = 3
        values += [zoo.Slotted(1, 2), both]
        if not PY2:
            values.append(keywords)
    if zoo.enum:
        values += [zoo.Colour.RED, zoo.Colour.GREEN, zoo.Access.READ | zoo.Access.WRITE]
    if zoo.dataclasses:
        values += [zoo.Recipe(u"tea", [u"boil", u"pour"]), zoo.Frozen(1, 2)]
    return values


@case
def stdlib(job):
    import array
    import collections
    import datetime
    import decimal
    import fractions
    import functools
    import re
    import uuid

    values = [
        datetime.datetime(2024, 2, 29, 12, 30, 5, 123456),
        datetime.date(1999, 12, 31),
        datetime.time(23, 59),
        datetime.timedelta(days=-1, seconds=30),
        decimal.Decimal("1.10"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=7),
        collections.OrderedDict([(u"b", 1), (u"a", 2)]),
        collections.defaultdict(list, {u"k": [1]}),
        collections.deque([1, 2, 3], 5),
        collections.Counter([u"x", u"x"]),
        array.array("i", [1, 2, 3]),
    ]
    if not PY2:
        import ipaddress
        import pathlib
        import types

        values += [
            datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc),
            pathlib.PurePosixPath("data/file.txt"),
            pathlib.PureWindowsPath("C:/data"),
            ipaddress.ip_address("192.0.2.1"),
            types.SimpleNamespace(a=1),
            collections.ChainMap({u"a": 1}, {}),
            range(1, 10, 2),
            re.compile(u"a+", re.I),
            functools.partial(int, base=2),
        ]
    return values


@case
def functions(job):
    """Functions, methods and classes by reference."""
    import collections
    import math

    values = [len, math.sqrt, zoo.feed, zoo.Animal, int, collections.OrderedDict]
    if not PY2:
        cat = zoo.Animal(u"cat")
        values += [cat.speak, zoo.Animal.named, zoo.Animal.Ear, zoo.Animal.speak, u"abc".upper, [].append, str.join]
        values += [dict.fromkeys, type(None), type(Ellipsis), Ellipsis, NotImplemented]
    return values


@case
def main_class(job):
    return [Passenger(12), Passenger]


@case
def methods(job):
    """Bound methods on 2.7, which it can't pickle by itself: the two registrations that programs do."""
    import __builtin__
    import types

    cat = zoo.Animal("cat")
    copyreg.pickle(types.MethodType, lambda m: (getattr, (m.im_self, m.__func__.__name__)))
    job.pickler().dump(cat.speak)
    cat.eat = types.MethodType(zoo.feed, cat)
    # The type calls itself __builtin__.instancemethod, which is nowhere until someone puts it there.
    __builtin__.instancemethod = types.MethodType
    copyreg.pickle(types.MethodType, lambda m: (types.MethodType, (m.__func__, m.im_self)))
    try:
        job.pickler().dump(cat)
    finally:
        del copyreg.dispatch_table[types.MethodType]
        del __builtin__.instancemethod


@case
def moved(job):
    """Names that Python 3 has elsewhere, as 2.7 writes them."""
    import ConfigParser
    import Cookie
    import Queue
    import StringIO
    import UserDict
    import htmlentitydefs
    import itertools
    import urllib2

    by_name = [Queue.Queue, ConfigParser.RawConfigParser, StringIO.StringIO, Cookie.Morsel, urllib2.Request]
    by_name += [itertools.izip, cPickle.UnpicklingError, cPickle.loads, unicode, long, raw_input, reduce]
    return by_name + [xrange(3), set([1]), object(), UserDict.UserDict(a=1), ValueError("v"), htmlentitydefs.name2codepoint["lt"]]


def moved_values():
    import collections
    import functools
    import queue

    return [queue.Queue, collections.UserDict, functools.reduce, str, {1}, object(), ValueError("v"), range(2)]


@case
def renamed(job):
    """Python 3 at protocols 0 to 2: it writes the names of Python 2."""
    return moved_values()


@case
def not_renamed(job):
    """The same with fix_imports=False."""
    job.pickler(fix_imports=False).dump(moved_values())


@case
def exceptions(job):
    cage = zoo.CageError(u"north", u"open")
    cage.seen = True
    values = [ValueError("bad"), KeyError(u"k"), cage, StopIteration()]
    values += [IOError(2, "No such file or directory", "missing.txt"), UnicodeDecodeError("ascii", b"\xff", 0, 1, "why")]
    if sys.version_info >= (3, 11):
        values[0].add_note("a note")
        values.append(ExceptionGroup("several", [TypeError("t")]))
    return values


@case
def task(job):
    """What multiprocessing's Pool.map sends: the function goes by reference."""
    import multiprocessing.pool

    return (0, 1, multiprocessing.pool.mapstar, ((zoo.feed, (zoo.Animal(u"cat"), zoo.Animal(u"dog"))),), {})


@case
def log_record(job):
    """What logging's SocketHandler sends, without the length before it. It always takes protocol 1."""
    import logging
    import logging.handlers

    record = logging.makeLogRecord({
        "name": "app.db", "levelno": 30, "levelname": "WARNING", "msg": "took %d ms", "args": (250,),
        "pathname": "app/db.py", "filename": "db.py", "module": "db", "funcName": "query", "lineno": 17,
        "created": 1700000000.25, "msecs": 250.0, "relativeCreated": 1234.5,
        "process": 4242, "processName": "MainProcess", "thread": 1, "threadName": "MainThread",
    })
    handler = logging.handlers.SocketHandler("localhost", 0)
    job.write(handler.makePickle(record)[4:])


# What needs a loader's help.


@case
def persistent(job):
    """Ids that the loader's persistent_load must know; protocol 0 has only text for them."""

    def persistent_id(obj):
        if isinstance(obj, zoo.Animal):
            return "animal:" + str(obj.name) if job.protocol == 0 else ("animal", obj.name, 7)
        return None

    job.pickler(persistent_id).dump([zoo.Animal("cat"), [zoo.Animal("dog")], "no id"])


@case
def extensions(job):
    """Extension codes of one, two and four bytes, from the private range of PEP 307."""
    codes = [("zoo", "Animal", 0xF0), ("zoo", "Slotted", 0x0F00), ("zoo", "Point", 0x00F00000)]
    for code in codes:
        copyreg.add_extension(*code)
    try:
        job.pickler().dump([zoo.Animal(u"cat"), zoo.Slotted(1, 2), zoo.Point(3, 4), zoo.Slotted])
    finally:
        for code in codes:
            copyreg.remove_extension(*code)


@case
def buffers_out_of_band(job):
    """Buffers that are passed beside the stream; one is read-only, one is kept in the stream."""
    inside = bytearray(b"in-band")

    def keep_inside(buffer):
        return buffer.raw().obj is inside

    buffers = [bytearray(b"writable"), b"read-only", inside]
    job.pickler(buffer_callback=keep_inside).dump([pickle.PickleBuffer(b) for b in buffers])


@case
def buffers_in_band(job):
    """The same buffers without a callback: all in the stream."""
    shared = bytearray(b"twice")
    return [pickle.PickleBuffer(bytearray(b"writable")), pickle.PickleBuffer(b"read-only"), bytearray(), shared, shared]


@case
def rare(job):
    """Opcodes that no pickler writes for data of this size, by a pickler of its own."""

    class Rare(pickle._Pickler):
        dispatch = dict(pickle._Pickler.dispatch)

        def counted(self, opcode, form, data, obj):
            self.write(opcode + struct.pack(form, len(data)) + data)
            self.memoize(obj)

        def save_str(self, obj):
            self.counted(pickle.BINUNICODE8, "<Q", obj.encode("utf-8", "surrogatepass"), obj)

        def save_bytes(self, obj):
            self.counted(pickle.BINBYTES8, "<Q", obj, obj)

        def save_int(self, obj):
            data = pickle.encode_long(obj)
            self.write(pickle.LONG4 + struct.pack("<i", len(data)) + data)

        def save_list(self, obj):
            """Pairs of the same object by DUP, not by the memo."""
            self.write(pickle.EMPTY_LIST)
            self.memoize(obj)
            for item in obj:
                self.write(pickle.MARK)
                self.save(item)
                self.write(pickle.DUP + pickle.APPENDS)

        dispatch[str], dispatch[bytes], dispatch[int], dispatch[list] = save_str, save_bytes, save_int, save_list

    Rare(job.stream, job.protocol).dump([u"text \U0001f600 \ud800", b"bytes", 0, -1, 1000])


# Code stored by value, and arrays: with the packages that tools/corpus.py installs.

SQUARED = """\
def squared(x):
    return x**2
"""
CLOSURE = """\
def scaler(n):
    seen = []
    def scale(x, y=2, *rest):
        seen.append(x)
        return (x + y) * n
    return scale
"""
CLASS = """\
class Account(object):
    rate = 2
    def __init__(self, owner):
        self.owner = owner
    @property
    def label(self):
        return self.owner + '!'
"""


def typed(source, name):
    """The name that a statement typed into a prompt leaves in __main__."""
    space = sys.modules["__main__"].__dict__
    exec(compile(source, "<stdin>", "single"), space)
    return space[name]


# What a function needs that is typed in after these.
NEEDS = [
    ("import math\n", "math"),
    ("PI = 3.14\n", "PI"),
    ("def half(x): return x / 2.0\n", "half"),
    ("def area(r, digits=2):\n    return round(PI * r ** 2 + math.sqrt(half(r)), digits)\n", "area"),
]

ENUM = """import enum
class Color(enum.Enum):
    RED = 1
    def shout(self):
        return self.name + '!'
"""


def packaged(job, value, **options):
    if job.kind == "dill":
        import dill as package
    else:
        import uuid

        import cloudpickle as package

        # A class gets a random id, by which loaders tell that they have had it: the same one every time here.
        uuid.uuid4 = lambda: uuid.UUID(int=7)
    job.write(package.dumps(value, job.protocol, **options))


@case
def needs(job):
    packaged(job, [typed(*line) for line in NEEDS][-1])


@case
def needs_stored(job):
    """With what the function needs, which dill stores when told to."""
    packaged(job, [typed(*line) for line in NEEDS][-1], recurse=True)


@case
def typed_enum(job):
    space = sys.modules["__main__"].__dict__
    exec(compile(ENUM, "<stdin>", "exec"), space)
    packaged(job, space["Color"])


@case
def squared(job):
    packaged(job, typed(SQUARED, "squared"))


@case
def closure(job):
    packaged(job, typed(CLOSURE, "scaler")(3))


@case
def typed_class(job):
    account = typed(CLASS, "Account")
    packaged(job, [account, account(u"me")])


def arrays():
    import numpy

    record = numpy.dtype([("id", "<i4"), ("name", "U3")])
    return [
        numpy.arange(6.0).reshape(2, 3),
        numpy.asfortranarray(numpy.arange(6, dtype="<i2").reshape(2, 3)),
        numpy.array([(1, "a"), (2, "b")], dtype=record),
        numpy.array([u"mixed", None, 1], dtype=object),
        numpy.array(["2024-02-29"], dtype="M8[D]"),
        numpy.array(True),
        numpy.float64(1.5),
    ]


@case
def numpy_arrays(job):
    return arrays()


@case
def numpy_out_of_band(job):
    job.out_of_band(arrays()[:2])


# No pickles.


def code():
    return compile(SQUARED, "squared.py", "exec")


@case
def pyc(job):
    """A module's byte code file, with the time 0 (and from 3.7 on the flags 0: by time and size)."""
    if PY2:
        import imp

        job.write(imp.get_magic() + struct.pack("<I", 0))
    else:
        import importlib.util

        job.write(importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, 0, len(SQUARED)))
    job.write(marshal.dumps(code()))


@case
def marshalled(job):
    job.write(marshal.dumps(code()))


def main():
    name, pickler, protocol, path = sys.argv[1:]
    job = Job(pickler, int(protocol))
    if name not in CASES:
        # Not above: dill and cloudpickle see which modules there are.
        import idioms

        CASES.update(idioms.CASES)
    value = CASES[name](job)
    if value is not None:
        job.pickler().dump(value)
    with open(path, "wb") as file:
        file.write(job.stream.getvalue())


if __name__ == "__main__":
    main()
