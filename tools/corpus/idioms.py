"""What libraries write, a label for each object: what the idioms are tested on. Runs on 2.7 and 3.6-3.13.

A case returns a dict; its keys are the labels of tests/facts/idioms.tsv. The
libraries are imported by the cases that need them.
"""

import array
import collections
import datetime
import decimal
import fractions
import functools
import itertools
import operator
import pickle
import re
import sys
import uuid
import warnings

import zoo

PY2 = sys.version_info[0] == 2
if PY2:
    range, map, zip = xrange, itertools.imap, itertools.izip  # noqa: A001, F821

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


# The standard library.


@case
def builtin_types(job):
    """What has no opcode below protocol 3, 4 or 5, or never got one."""
    values = {
        u"bytearray": bytearray(b"\x00\xff!"),
        u"bytearray empty": bytearray(),
        u"set": set([7]),
        u"set empty": set(),
        u"frozenset": frozenset([7]),
        u"frozenset empty": frozenset(),
        u"complex": 3 - 4.5j,
        u"range": range(1, 10, 2),
        u"slice": slice(None, 8, -1),
        u"object": object,
        u"type": type,
    }
    if not PY2:
        values[u"bytes"] = b"a\x00\xff"
        values[u"bytes empty"] = b""
        values[u"none type"] = type(None)
        values[u"ellipsis"] = Ellipsis
        values[u"not implemented"] = NotImplemented
    return values


@case
def callables(job):
    """Functions, methods and classes within classes: names with dots, or getattr."""
    cat = zoo.Animal(u"cat")
    if PY2:
        # 2.7 itself can't pickle methods; multiprocessing can, by a pickler of its own.
        import copy_reg
        import multiprocessing.forking as forking

        copy_reg.pickle(type(cat.speak), forking._reduce_method)
        copy_reg.pickle(type(str.join), forking._reduce_method_descriptor)
        return {
            u"function": zoo.feed,
            u"builtin": len,
            u"class": zoo.Animal,
            u"method of an instance": cat.speak,
            u"method of a class": zoo.Animal.named,
            u"method as a function": zoo.Animal.speak,
            u"method descriptor": str.join,
        }
    return {
        u"function": zoo.feed,
        u"builtin": len,
        u"method of an instance": cat.speak,
        u"method of a class": zoo.Animal.named,
        u"static method": zoo.Animal.is_edible,
        u"method as a function": zoo.Animal.speak,
        u"method of a nested class": zoo.Animal.Ear().hear,
        u"class": zoo.Animal,
        u"nested class": zoo.Animal.Ear,
        u"class nested twice": zoo.Animal.Ear.Drum,
        u"method of a str": u"abc".upper,
        u"method of a list": [1].append,
        u"method of a builtin class": dict.fromkeys,
        u"method descriptor": str.join,
        u"attrgetter": operator.attrgetter("name", "ear.drum"),
        u"itemgetter": operator.itemgetter(1),
        u"methodcaller": operator.methodcaller("speak", 1),
        u"methodcaller with keywords": operator.methodcaller("speak", loud=True),
    }


@case
def partials(job):
    named = functools.partial(zoo.feed, u"cat")
    named.why = u"hungry"
    return {
        u"with arguments": functools.partial(pow, 2, 3),
        u"with keywords": functools.partial(int, base=2),
        u"with both": functools.partial(zoo.feed, u"cat", amount=2),
        u"bare": functools.partial(len),
        u"with an attribute": named,
    }


@case
def collection_types(job):
    ordered = collections.OrderedDict([(u"b", 1), (u"a", 2)])
    noted = collections.OrderedDict([(u"k", 1)])
    noted.note = u"attribute"
    values = {
        u"ordered": ordered,
        u"ordered empty": collections.OrderedDict(),
        u"ordered with an attribute": noted,
        u"default": collections.defaultdict(list, {u"k": [1]}),
        u"default of none": collections.defaultdict(None, {u"k": 1}),
        u"default of a function": collections.defaultdict(zoo.feed),
        u"deque": collections.deque([1, 2, 3]),
        u"deque of five": collections.deque([1, 2, 3], 5),
        u"deque empty": collections.deque(),
        u"deque empty of five": collections.deque([], 5),
        u"counter": collections.Counter({u"x": 2}),
        u"namedtuple": zoo.Point(3, 4),
    }
    if not PY2:
        values[u"chain"] = collections.ChainMap({u"a": 1}, {})
        values[u"user list"] = collections.UserList([1, 2])
    return values


@case
def dates(job):
    """A fold is written from protocol 4 on."""
    zone = zoo.Zone(90)
    values = {
        u"date": datetime.date(1999, 12, 31),
        u"time": datetime.time(23, 59, 1),
        u"time with microseconds": datetime.time(1, 2, 3, 456789),
        u"datetime": datetime.datetime(2024, 1, 31, 12, 0),
        u"datetime with microseconds": datetime.datetime(2024, 2, 29, 12, 30, 5, 123456),
        u"datetime with a zone of its own": datetime.datetime(2024, 2, 29, 12, 30, tzinfo=zone),
        u"time with a zone of its own": datetime.time(12, 30, tzinfo=zone),
        u"first": datetime.datetime.min,
        u"last": datetime.datetime.max,
        u"timedelta": datetime.timedelta(days=-1, seconds=30, microseconds=7),
    }
    if not PY2:
        utc = datetime.timezone.utc
        west = datetime.timezone(datetime.timedelta(hours=-5))
        values.update({
            u"utc": utc,
            u"timezone": west,
            u"timezone with a name": datetime.timezone(datetime.timedelta(hours=1, minutes=30), "Here"),
            u"datetime in utc": datetime.datetime(2024, 2, 29, tzinfo=utc),
            u"datetime with a timezone": datetime.datetime(2024, 2, 29, tzinfo=west),
            u"datetime in a fold": datetime.datetime(2024, 10, 27, 2, 30, fold=1),
            u"time in a fold": datetime.time(2, 30, fold=1),
        })  # fmt: skip
    return values


@case
def zones(job):
    import zoneinfo

    vienna = zoneinfo.ZoneInfo("Europe/Vienna")
    return {
        u"zone": vienna,
        u"zone not cached": zoneinfo.ZoneInfo.no_cache("Europe/Vienna"),
        u"datetime": datetime.datetime(2024, 7, 1, 12, tzinfo=vienna),
        u"datetime in a fold": datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=vienna),
    }


@case
def exact_numbers(job):
    return {
        u"decimal": decimal.Decimal("1.10"),
        u"decimal with an exponent": decimal.Decimal("-1.5E+400"),
        u"decimal nan": decimal.Decimal("NaN"),
        u"fraction": fractions.Fraction(-1, 3),
        u"uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
        u"uuid small": uuid.UUID(int=7),
    }


@case
def uuids(job):
    """What says whether it was made safely, as uuid1 sets it; 3.7 has it since, 3.8 writes it only where it is known."""
    return {
        u"uuid": uuid.UUID(int=7),
        u"uuid safe": uuid.UUID(int=8, is_safe=uuid.SafeUUID.safe),
    }


@case
def paths(job):
    import pathlib

    return {
        u"posix": pathlib.PurePosixPath("data/file.txt"),
        u"posix from the root": pathlib.PurePosixPath("/usr/lib"),
        u"posix here": pathlib.PurePosixPath(),
        u"posix real": pathlib.PosixPath("data"),
        u"windows": pathlib.PureWindowsPath("C:/data/file.txt"),
        u"windows share": pathlib.PureWindowsPath("//server/share/x"),
    }


@case
def enums(job):
    import http
    import signal

    values = {
        u"member": zoo.Colour.RED,
        u"member of a text": zoo.Colour.GREEN,
        u"member of a tuple": zoo.Colour.MIXED,
        u"int": zoo.Size.LARGE,
        u"flag": zoo.Habit.SINGS,
        u"flags": zoo.Habit.SINGS | zoo.Habit.SLEEPS,
        u"no flag": zoo.Habit(0),
        u"int flag": zoo.Access.WRITE,
        u"int flags": zoo.Access.READ | zoo.Access.WRITE,
        u"int flags unknown": zoo.Access(12),
        u"nested": zoo.Animal.Mood.CALM,
        u"status": http.HTTPStatus.NOT_FOUND,
        u"signal": signal.SIGINT,
        u"regex flag": re.IGNORECASE,
        u"regex flags": re.IGNORECASE | re.MULTILINE,
    }
    if zoo.Word:
        values[u"text"] = zoo.Word.YES
    return values


@case
def addresses(job):
    import ipaddress

    return {
        u"v4": ipaddress.ip_address("192.0.2.1"),
        u"v6": ipaddress.ip_address("2001:db8::1"),
        u"v4 network": ipaddress.ip_network("192.0.2.0/24"),
        u"v6 network": ipaddress.ip_network("2001:db8::/32"),
        u"v4 interface": ipaddress.ip_interface("192.0.2.1/24"),
        u"v6 interface": ipaddress.ip_interface("2001:db8::1/64"),
    }


@case
def patterns(job):
    return {
        u"text": re.compile(u"a+(b)?"),
        u"text with flags": re.compile(u"a+ # x", re.I | re.X),
        u"bytes": re.compile(b"\x00+"),
    }


@case
def typed_arrays(job):
    values = dict((u"array " + code, array.array(str(code), [1, 2, 3])) for code in (u"b", u"B", u"h", u"i", u"d"))
    values[u"array empty"] = array.array("f")
    if PY2:
        values[u"array c"] = array.array("c", "abc")
    return values


@case
def namespaces(job):
    import argparse
    import io
    import types

    return {
        u"namespace": types.SimpleNamespace(a=1, b=u"two"),
        u"namespace empty": types.SimpleNamespace(),
        u"arguments": argparse.Namespace(verbose=True),
        u"bytes file": io.BytesIO(b"data"),
        u"text file": io.StringIO(u"text"),
    }


@case
def iterators(job):
    if sys.version_info >= (3, 12):
        warnings.simplefilter("ignore", DeprecationWarning)
    half = iter([1, 2, 3])
    next(half)
    count = itertools.count(5)
    cycle = itertools.cycle([1, 2])
    next(cycle)
    return {
        u"list": iter([1, 2]),
        u"list begun": half,
        u"list at its end": iter([]),
        u"tuple": iter((1, 2)),
        u"text": iter(u"ab"),
        u"range": iter(range(3)),
        u"reversed": reversed([1, 2]),
        u"enumerate": enumerate([7, 8], 1),
        u"zip": zip([1], (2,)),
        u"map": map(len, [u"a"]),
        u"filter": filter(None, [0, 1]),
        u"count": count,
        u"count by two": itertools.count(1, 2),
        u"cycle": cycle,
        u"repeat": itertools.repeat(1, 3),
        u"chain": itertools.chain([1], [2]),
        u"islice": itertools.islice([1, 2, 3], 1, 2),
        u"product": itertools.product([1, 2], [3]),
        u"permutations": itertools.permutations([1, 2]),
        u"combinations": itertools.combinations([1, 2], 1),
        u"accumulate": itertools.accumulate([1, 2]),
    }


@case
def labelled_exceptions(job):
    cage = zoo.CageError(u"north", u"open")
    cage.seen = True
    values = {
        u"plain": ValueError(u"bad"),
        u"without arguments": StopIteration(),
        u"of a key": KeyError(u"k"),
        u"with attributes": cage,
        u"of the system": IOError(2, u"No such file or directory", u"missing.txt"),
        u"unicode": UnicodeDecodeError("ascii", b"\xff", 0, 1, "why"),
    }
    if not PY2:
        values[u"of an import"] = ImportError(u"no", name="missing")
        values[u"system exit"] = SystemExit(3)
    if sys.version_info >= (3, 11):
        values[u"with a note"] = ValueError(u"noted")
        values[u"with a note"].add_note(u"a note")
        values[u"group"] = ExceptionGroup(u"several", [TypeError(u"t")])  # noqa: F821
    return values


@case
def objects(job):
    """Instances: how they are made, and what their state is. Slots want protocol 2."""
    stack = zoo.Stack([1, 2])
    stack.depth = 2
    registry = zoo.Registry(a=1)
    registry.owner = u"me"
    values = {
        u"object": object(),
        u"plain": zoo.Animal(u"cat"),
        u"without attributes": zoo.Empty(),
        u"list with attributes": stack,
        u"dict with attributes": registry,
        u"subclass of str": zoo.Name(u"ada"),
        u"subclass of int": zoo.Count(7),
        u"subclass of float": zoo.Ratio(0.5),
        u"subclass of tuple": zoo.Pair((1, 2)),
        u"subclass of set": zoo.Bag([7]),
        u"arguments of new": zoo.NewArgs(1, 2),
        u"reduced to a name": zoo.THE_ONE,
        u"reduced to a call": zoo.Called(u"r"),
        u"reduced with a state": zoo.WithState(u"r"),
        u"reduced with items": zoo.WithItems(u"r"),
        u"reduced with pairs": zoo.WithPairs(u"r"),
        u"reduced with all": zoo.Reduced(u"r"),
        u"state of a tuple": zoo.StateTuple(),
        u"state of an int": zoo.StateInt(),
        u"state of a list": zoo.StateList(),
        u"state that is empty": zoo.StateEmpty(),
    }
    if job.protocol >= 2:
        both = zoo.SlottedWithDict(1, 2)
        both.z = 3
        partly = zoo.Slotted(1, 2)
        del partly.y
        values[u"slots"] = zoo.Slotted(1, 2)
        values[u"one slot of two"] = partly
        values[u"slots and attributes"] = both
        if not PY2:
            values[u"keywords of new"] = zoo.Keywords(1, high=9)
    if PY2:
        values[u"old"] = zoo.Cage()
        values[u"old with arguments"] = zoo.Keeper("Ada", 3)
    if zoo.dataclasses:
        values[u"dataclass"] = zoo.Recipe(u"tea", [u"boil"])
        values[u"dataclass frozen"] = zoo.Frozen(1, 2)
    if sys.version_info >= (3, 10) and job.protocol >= 2:
        values[u"dataclass with slots"] = zoo.Narrow(1, 2)
    return values


# numpy.


def quiet():
    """Warnings of a library about itself."""
    warnings.simplefilter("ignore")


@case
def nd_arrays(job):
    import numpy

    return nd_array_values(numpy)


def nd_array_values(numpy):
    record = numpy.dtype([("id", "<i4"), ("name", "U3")])
    nested = numpy.dtype([("at", "<f4", (2,)), ("flag", "?")], align=True)
    grid = numpy.arange(12.0).reshape(3, 4)
    values = {
        u"c order": numpy.arange(6.0).reshape(2, 3),
        u"fortran order": numpy.asfortranarray(numpy.arange(6, dtype="<i2").reshape(2, 3)),
        u"every second": grid[::2, ::2],
        u"transposed": numpy.arange(6, dtype="u1").reshape(2, 3).T,
        u"of one dimension": numpy.arange(3, dtype="<i8"),
        u"of three dimensions": numpy.zeros((1, 2, 3), dtype="<f4"),
        u"big endian": numpy.array([1, 2], dtype=">i4"),
        u"float16": numpy.array([1.5], dtype="<f2"),
        u"complex": numpy.array([1 + 2j], dtype="<c16"),
        u"bool": numpy.array([True, False]),
        u"object": numpy.array([u"mixed", None, 1], dtype=object),
        u"object in fortran order": numpy.array([[1, u"a"], [None, 2]], dtype=object, order="F"),
        u"structured": numpy.array([(1, u"a"), (2, u"b")], dtype=record),
        u"structured and nested": numpy.zeros(2, dtype=nested),
        u"structured with objects": numpy.array([(1, None)], dtype=[("a", "<i4"), ("b", "O")]),
        u"text": numpy.array([u"ab", u"c"]),
        u"bytes": numpy.array([b"ab", b"c"]),
        u"void": numpy.zeros(1, dtype="V3"),
        u"dates": numpy.array(["2024-02-29", "NaT"], dtype="M8[D]"),
        u"nanoseconds": numpy.array([0, 1], dtype="M8[ns]"),
        u"durations": numpy.array([90], dtype="m8[s]"),
        u"of no dimension": numpy.array(7.0),
        u"empty": numpy.zeros((0, 3)),
    }
    return values


@case
def nd_arrays_out_of_band(job):
    import numpy

    values = {
        u"c order": numpy.arange(6.0).reshape(2, 3),
        u"fortran order": numpy.asfortranarray(numpy.arange(6, dtype="<i2").reshape(2, 3)),
        u"object": numpy.array([u"mixed", None], dtype=object),
        u"read only": numpy.arange(3, dtype="<i4"),
        u"empty": numpy.zeros((0, 3)),
    }
    values[u"read only"].flags.writeable = False
    job.out_of_band(values)


@case
def nd_dtypes(job):
    import numpy

    values = {
        u"float64": numpy.dtype("f8"),
        u"int8": numpy.dtype("i1"),
        u"big endian": numpy.dtype(">i4"),
        u"bool": numpy.dtype("?"),
        u"object": numpy.dtype("O"),
        u"text": numpy.dtype("<U5"),
        u"bytes": numpy.dtype("S3"),
        u"void": numpy.dtype("V10"),
        u"dates": numpy.dtype("M8[D]"),
        u"quarters": numpy.dtype("M8[25s]"),
        u"durations": numpy.dtype("m8[ns]"),
        u"structured": numpy.dtype([("id", "<i4"), ("name", "<U3")]),
        u"structured and big endian": numpy.dtype([("id", ">i4")]),
        u"aligned": numpy.dtype([("a", "u1"), ("b", "<f8")], align=True),
        u"with offsets": numpy.dtype({"names": ["a"], "formats": ["<i4"], "offsets": [4], "itemsize": 12}),
        u"with a title": numpy.dtype([(("the title", "a"), "<i4")]),
        u"of arrays": numpy.dtype(("<f4", (2, 3))),
        u"nested": numpy.dtype([("at", [("x", "<f4"), ("y", "<f4", (2,))])]),
        u"with metadata": numpy.dtype("<i4", metadata={"unit": "m"}),
        u"class of scalars": numpy.float32,
    }
    if int(numpy.__version__.split(".")[0]) >= 2:
        values[u"strings"] = numpy.dtypes.StringDType()
        values[u"strings with nan"] = numpy.dtypes.StringDType(na_object=float("nan"), coerce=False)
        values[u"class of dtypes"] = numpy.dtypes.Float64DType
    return values


@case
def nd_scalars(job):
    import numpy

    record = numpy.array([(1, u"a")], dtype=[("id", "<i4"), ("name", "<U3")])
    return {
        u"float64": numpy.float64(1.5),
        u"float32": numpy.float32(0.25),
        u"float16": numpy.float16(2),
        u"int8": numpy.int8(-3),
        u"int64": numpy.int64(-(2**40)),
        u"uint64": numpy.uint64(2**63),
        u"bool": numpy.bool_(True),
        u"complex64": numpy.complex64(1 + 2j),
        u"text": numpy.array([u"ab"])[0],
        u"bytes": numpy.array([b"ab"])[0],
        u"date": numpy.datetime64("2024-02-29"),
        u"moment": numpy.datetime64("2024-02-29T12:00:00.000000001"),
        u"not a time": numpy.datetime64("NaT"),
        u"duration": numpy.timedelta64(90, "s"),
        u"record": record[0],
        u"void": numpy.void(b"\x00\xff"),
    }


@case
def nd_others(job):
    import numpy

    quiet()
    records = numpy.rec.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", "<f8")])
    masked = numpy.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
    return {
        u"matrix": numpy.matrix([[1, 2], [3, 4]], dtype="<i4"),
        u"records": records,
        u"record of records": records[0],
        u"masked": masked,
        u"masked without a mask": numpy.ma.array([1, 2], dtype="<i4"),
        u"masked itself": numpy.ma.masked,
        u"ufunc": numpy.add,
        u"ufunc of a method": numpy.logical_and,
        u"function": numpy.linalg.norm,
        u"polynomial": numpy.poly1d([1.0, 2.0]),
        u"characters": numpy.char.array([u"ab", u"c"]),
        u"class": numpy.ndarray,
    }


@case
def nd_random_state(job):
    """numpy 2 writes the 2.5 KB of a Mersenne twister twice, so a smaller generator stands under it there."""
    import numpy

    small = int(numpy.__version__.split(".")[0]) >= 2
    return {u"random state": numpy.random.RandomState(numpy.random.PCG64(7) if small else 7)}


@case
def nd_generators(job):
    import numpy

    generator = numpy.random.default_rng(7)
    values = {
        u"generator": generator,
        u"bit generator": numpy.random.PCG64(7),
        u"sfc64": numpy.random.SFC64(7),
        u"philox": numpy.random.Philox(7),
        u"seeds": numpy.random.SeedSequence(7),
    }
    return values


# joblib: arrays stand between the opcodes.


@case
def joblib_arrays(job):
    import joblib
    import numpy

    values = {
        u"c order": numpy.arange(6.0).reshape(2, 3),
        u"fortran order": numpy.asfortranarray(numpy.arange(6, dtype="<i2").reshape(2, 3)),
        u"object": numpy.array([u"mixed", None], dtype=object),
        u"empty": numpy.zeros((0, 3)),
        u"scalar": numpy.float64(1.5),
        u"behind": [1, u"text"],
    }
    joblib.dump(values, job.stream, protocol=job.protocol)


# pandas.


@case
def frames_of_pandas(job):
    import numpy
    import pandas

    mixed = pandas.DataFrame(
        collections.OrderedDict([
            (u"number", [1.5, None]),
            (u"count", numpy.array([1, 2], dtype="<i8")),
            (u"word", [u"a", u"b"]),
            (u"at", pandas.to_datetime(["2024-02-29", None])),
            (u"kind", pandas.Categorical([u"x", u"y"])),
            (u"flag", [True, False]),
        ])
    )  # fmt: skip
    return {
        u"mixed": mixed,
        u"numbers": pandas.DataFrame(numpy.arange(6.0).reshape(3, 2), columns=[u"a", u"b"], index=[u"x", u"y", u"z"]),
        u"empty": pandas.DataFrame(),
    }


@case
def series_of_pandas(job):
    import numpy
    import pandas

    return {
        u"floats": pandas.Series([1.5, 2.5], name=u"price"),
        u"integers": pandas.Series(numpy.array([1, 2], dtype="<i8"), index=[u"a", u"b"]),
        u"words": pandas.Series([u"a", None], dtype=object),
        u"dates in a zone": pandas.Series(pandas.to_datetime(["2024-02-29"]).tz_localize("UTC")),
        u"categories": pandas.Series([u"x", u"y"], dtype="category"),
    }


@case
def indexes_of_pandas(job):
    import pandas

    return {
        u"range": pandas.RangeIndex(0, 10, 2, name=u"n"),
        u"words": pandas.Index([u"a", u"b"], dtype=object, name=u"w"),
        u"floats": pandas.Index([0.5, 1.5]),
        u"pairs": pandas.MultiIndex.from_tuples([(u"a", 1), (u"b", 2)], names=[u"letter", u"digit"]),
        u"dates": pandas.DatetimeIndex(["2024-02-29", "2024-03-01"], name=u"day"),
        u"dates with a frequency": pandas.date_range("2024-01-31", periods=2, freq="D"),
        u"dates in a zone": pandas.DatetimeIndex(["2024-02-29"]).tz_localize("UTC"),
        u"durations": pandas.to_timedelta([90], unit="s"),
        u"periods": pandas.period_range("2024-01", periods=2, freq="M"),
        u"intervals": pandas.interval_range(0, 2),
        u"categories": pandas.CategoricalIndex([u"x", u"y"]),
    }


@case
def scalars_of_pandas(job):
    import pandas

    return {
        u"timestamp": pandas.Timestamp("2024-02-29 12:30:00.000000001"),
        u"timestamp in utc": pandas.Timestamp("2024-02-29", tz="UTC"),
        u"timedelta": pandas.Timedelta(days=1, seconds=30),
        u"period": pandas.Period("2024-02", freq="M"),
        u"interval": pandas.Interval(0, 1, closed="left"),
        u"not a time": pandas.NaT,
        u"offset": pandas.offsets.MonthEnd(2),
    }


@case
def arrays_of_pandas(job):
    import numpy
    import pandas

    values = {
        u"categories": pandas.Categorical([u"x", u"y", u"x"], ordered=True),
        u"integers with gaps": pandas.array([1, None], dtype="Int64"),
        u"intervals": pandas.arrays.IntervalArray.from_breaks([0, 1, 2]),
        u"sparse": pandas.arrays.SparseArray([0.0, 0.0, 1.0]),
        u"dtype of categories": pandas.CategoricalDtype([u"x"], ordered=False),
        u"dtype of a zone": pandas.DatetimeTZDtype("ns", "UTC"),
        u"dtype of intervals": pandas.IntervalDtype("int64"),
    }
    if not PY2:
        values[u"strings"] = pandas.array([u"a", None], dtype=pandas.StringDtype("python") if hasattr(pandas.StringDtype(), "storage") else "string")
        values[u"booleans"] = pandas.array([True, None], dtype="boolean")
        values[u"missing"] = pandas.NA
        values[u"dtype of strings"] = values[u"strings"].dtype
    if not hasattr(pandas, "StringDtype"):
        values[u"dates"] = pandas.array(numpy.array([0, 1], dtype="M8[ns]"))
    return values


# torch.


def seeded_tensor(torch):
    return torch.arange(6, dtype=torch.float32).reshape(2, 3)


def numbered_storages(torch):
    """The oldest layout names a storage by where it lies in memory: here by its turn."""
    turns = {}

    class Text(type):
        def __call__(cls, value):
            return str(turns.setdefault(value, 1000 + len(turns))) if type(value) is int else str(value)

        def __instancecheck__(cls, value):
            return isinstance(value, str)

    torch.serialization.str = Text("str", (), {})


@case
def tensors(job):
    """By pickle itself, where a storage is a file of torch.save in bytes."""
    import torch

    numbered_storages(torch)
    return {
        u"tensor": seeded_tensor(torch),
        u"parameter": torch.nn.Parameter(torch.ones(2), requires_grad=False),
    }


@case
def torch_values(job):
    import torch

    values = {
        u"size": torch.Size([2, 3]),
        u"dtype": torch.float32,
        u"dtype half": torch.bfloat16,
        u"device": torch.device("cpu"),
        u"device with a number": torch.device("cuda", 1),
        u"class": torch.nn.Linear,
        u"function": torch.nn.functional.relu,
        u"class of tensors": torch.Tensor,
    }
    if int(torch.__version__.split(".")[0]) >= 2:
        values[u"layout"] = torch.strided
        values[u"memory format"] = torch.channels_last
    return values


def saved(job, value):
    """The data.pkl that torch.save puts into its zip."""
    import io
    import zipfile

    import torch

    stream = io.BytesIO()
    torch.save(value, stream, pickle_protocol=job.protocol)
    archive = zipfile.ZipFile(stream)
    (name,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    job.write(archive.read(name))


@case
def torch_state_dict(job):
    import torch

    quiet()
    torch.manual_seed(7)
    saved(job, torch.nn.Linear(3, 2).state_dict())


@case
def torch_saved(job):
    import torch

    quiet()
    grid = seeded_tensor(torch)
    sparse = torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3))
    values = {
        u"tensor": grid,
        u"view": grid[:, 1],
        u"transposed": grid.t(),
        u"integers": torch.tensor([1, 2, 3]),
        u"halves": torch.ones(2, dtype=torch.float16),
        u"bfloats": torch.ones(2, dtype=torch.bfloat16),
        u"bool": torch.tensor([True, False]),
        u"complex": torch.ones(1, dtype=torch.complex64),
        u"of no dimension": torch.tensor(7.0),
        u"empty": torch.zeros((0, 3)),
        u"with a gradient": torch.ones(2, requires_grad=True),
        u"parameter": torch.nn.Parameter(torch.ones(2)),
        u"sparse": sparse,
        u"compressed rows": torch.eye(2).to_sparse_csr(),
        u"quantized": torch.quantize_per_tensor(torch.ones(2), 0.5, 1, torch.quint8),
        u"size": grid.size(),
        u"storage": grid.storage(),
    }
    saved(job, values)


@case
def torch_module(job):
    """A module as a whole, by reference to its class."""
    import torch

    quiet()
    torch.manual_seed(7)
    saved(job, {u"module": torch.nn.Linear(3, 2, bias=False)})


def buffers_of_case(name):
    """What a case whose stream is without its buffers left outside."""
    buffers = []

    class Elsewhere(object):
        def out_of_band(self, values):
            pickle.dumps(values, 5, buffer_callback=buffers.append)

    CASES[name](Elsewhere())
    return buffers
