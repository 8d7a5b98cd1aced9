"""Writes pickles of what the idioms know, as this Python and its libraries write them.

    PYTHONPATH=folder python samples.py LIBRARIES

Prints a line a stream: case, who wrote it, protocol, the bytes as hexadecimal
text. LIBRARIES are some of stdlib, numpy, pandas, torch. Run for each Python
and release by samples.sh, which keeps the first of equal streams.
"""
from __future__ import print_function

import array
import collections
import datetime
import decimal
import fractions
import functools
import itertools
import operator
import pickle
import platform
import re
import sys
import uuid

PY2 = sys.version_info[0] == 2
CASES = {}


def case(name, make, protocols=range(6)):
    CASES[name] = (make, protocols)


class Plain(object):
    def method(self):
        pass

    @classmethod
    def build(cls):
        pass

    class Inner(object):
        class Deep(object):
            def method(self):
                pass


def plain():
    it = Plain()
    it.a = 1
    return it


class Slots(object):
    __slots__ = ["x", "y"]


def slots():
    it = Slots()
    it.x = 1
    it.y = "two"
    return it


class Dictionary(dict):
    pass


class Liste(list):
    pass


class Number(int):
    pass


class Keywords(object):
    def __new__(cls, a, b=None):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return (1,), {"b": 2}


Point = collections.namedtuple("Point", "x y")
Point.__module__ = "__main__"


class Ordered(collections.OrderedDict):
    pass


def ordered_with_attribute():
    it = Ordered([("a", 1)])
    it.extra = 5
    return it


class Zone(datetime.tzinfo):
    pass


def with_notes():
    it = ValueError("bad")
    it.extra = 1
    return it


def exceptions():
    """One of each that is built in; those that can't be made without arguments are made with some."""
    import importlib

    builtin = importlib.import_module("exceptions" if PY2 else "builtins")
    found = []
    for name in sorted(dir(builtin)):
        own = getattr(builtin, name)
        if isinstance(own, type) and issubclass(own, BaseException) and own.__name__ == name:
            if name.startswith("Unicode") and name not in ("UnicodeError", "UnicodeWarning"):
                text = u"a" if name == "UnicodeEncodeError" else b"a"
                arguments = ("ascii", text, 0, 1, "why")
                if name == "UnicodeTranslateError":
                    arguments = (u"a", 0, 1, "why")
            elif name.endswith("ExceptionGroup"):
                inner = KeyboardInterrupt() if name.startswith("Base") else ValueError()
                arguments = ("group", [inner])
            else:
                arguments = ()
            found.append(own(*arguments))
    return found


def stdlib():
    case("plain", plain)
    case("slots", slots, range(2, 6))
    case("dict-subclass", lambda: Dictionary(a=1))
    case("list-subclass", lambda: Liste([1, 2]))
    case("int-subclass", lambda: Number(5))
    case("bytes", lambda: b"a\xff\x00")
    case("bytes-empty", lambda: b"")
    case("bytearray", lambda: bytearray(b"a\xff\x00"))
    case("bytearray-empty", lambda: bytearray())
    case("set", lambda: {5})
    case("set-empty", set)
    case("frozenset", lambda: frozenset([5]))
    case("frozenset-empty", frozenset)
    case("complex", lambda: complex(1.5, -2))
    case("reversed", lambda: reversed([1, 2]))
    case("nested", lambda: [Plain, None])
    case("ordered-dict", lambda: collections.OrderedDict([("a", 1), ("b", [2])]))
    case("ordered-dict-attribute", ordered_with_attribute)
    case("defaultdict", lambda: collections.defaultdict(list, a=[1]))
    case("defaultdict-none", lambda: collections.defaultdict(None, a=1))
    case("deque", lambda: collections.deque([1, 2]))
    case("deque-maxlen", lambda: collections.deque([1, 2], 5))
    case("deque-empty-maxlen", lambda: collections.deque([], 3))
    case("counter", lambda: collections.Counter("aab"))
    case("point", lambda: Point(1, 2))
    case("partial", lambda: functools.partial(int, "12", base=3))
    case("partial-plain", lambda: functools.partial(len))
    case("datetime", lambda: datetime.datetime(2024, 1, 31, 12, 0, 0))
    case("datetime-micro", lambda: datetime.datetime(2024, 1, 31, 12, 5, 6, 789))
    case("datetime-high", lambda: datetime.datetime(2000, 12, 31, 23, 59, 59, 999999))
    case("datetime-zone", lambda: datetime.datetime(2024, 1, 31, tzinfo=Zone()))
    case("date", lambda: datetime.date(2024, 2, 29))
    case("time", lambda: datetime.time(1, 2, 3, 4))
    case("timedelta", lambda: datetime.timedelta(1, 2, 3))
    case("timedelta-negative", lambda: datetime.timedelta(-1, 5))
    case("timedelta-plain", lambda: datetime.timedelta(0, 90))
    case("decimal", lambda: decimal.Decimal("-1.50"))
    case("decimal-nan", lambda: decimal.Decimal("NaN"))
    case("fraction", lambda: fractions.Fraction(-3, 4))
    case("uuid", lambda: uuid.UUID("12345678-9abc-def0-1234-56789abcdef0"))
    case("array", lambda: array.array("h", [1, -2]))
    case("array-empty", lambda: array.array("d"))
    case("re", lambda: re.compile("a+", re.I))
    case("re-bytes", lambda: re.compile(b"a+"))
    case("exception", lambda: ValueError("bad", 5))
    case("exception-state", with_notes)
    case("exceptions", exceptions, [2, 4])
    case("oserror", lambda: OSError(2, "No such file", "x"))
    case("type-none", lambda: type(None), range(2, 6) if PY2 else range(6))
    case("itemgetter", lambda: operator.itemgetter(1, "a"))
    case("attrgetter", lambda: operator.attrgetter("a.b"))
    case("methodcaller", lambda: operator.methodcaller("run", 1))
    case("methodcaller-keywords", lambda: operator.methodcaller("run", 1, fast=True))
    case("count", lambda: itertools.count(5))
    case("repeat", lambda: itertools.repeat("a", 3))
    if PY2:
        case("range", lambda: xrange(1, 10, 2))  # noqa: F821
        import UserDict

        case("user-dict", lambda: UserDict.UserDict(a=1))
        return
    import enum
    import ipaddress
    import pathlib
    import types

    class Colour(enum.Enum):
        RED = 1
        BLUE = "b"

    class Flags(enum.Flag):
        A = 1
        B = 2

    class Level(enum.IntEnum):
        LOW = 1

    for own in (Colour, Flags, Level):
        own.__module__ = "__main__"
        own.__qualname__ = own.__name__
        globals()[own.__name__] = own
    case("object", object)
    case("range", lambda: range(1, 10, 2))
    case("slice", lambda: slice(1, None, 2))
    case("ellipsis", lambda: Ellipsis)
    case("not-implemented", lambda: NotImplemented)
    case("bound-method", lambda: plain().method)
    case("class-method", lambda: Plain.build)
    case("list-method", lambda: [1].append)
    case("str-method", lambda: "a".join)
    case("builtin-class-method", lambda: dict.fromkeys)
    case("unbound-method", lambda: Plain.method)
    case("type-method", lambda: list.append)
    case("slot-wrapper", lambda: int.__add__)
    case("nested-class", lambda: Plain.Inner)
    case("nested-deep", lambda: Plain.Inner.Deep)
    case("nested-function", lambda: Plain.Inner.Deep.method)
    case("keywords", lambda: Keywords(1))
    case("iterator", lambda: iter([1, 2]))
    case("range-iterator", lambda: iter(range(3)))
    case("tuple-iterator", lambda: iter((1, 2)))
    case("dict-iterator", lambda: iter({"a": 1}))
    case("set-iterator", lambda: iter({1}))
    case("str-iterator", lambda: iter("ab"))
    case("enumerate", lambda: enumerate([1, 2]))
    case("zip", lambda: zip([1, 2], (3, 4)))
    case("map", lambda: map(len, ["a"]))
    case("filter", lambda: filter(None, [1]))
    case("dict-keys", lambda: {"a": 1}.items())
    case("chain-map", lambda: collections.ChainMap({"a": 1}, {"b": 2}))
    case("user-dict", lambda: collections.UserDict(a=1))
    case("datetime-utc", lambda: datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.timezone.utc))
    case("datetime-fold", lambda: datetime.datetime(2024, 10, 27, 2, 30, fold=1))
    case("time-fold", lambda: datetime.time(2, 30, fold=1))
    case("time-utc", lambda: datetime.time(2, 30, tzinfo=datetime.timezone.utc))
    case("timezone", lambda: datetime.timezone(datetime.timedelta(hours=2), "CEST"))
    case("timezone-plain", lambda: datetime.timezone(datetime.timedelta(hours=-2)))
    case("utc", lambda: datetime.timezone.utc)
    case("pure-posix-path", lambda: pathlib.PurePosixPath("/usr/lib/x.py"))
    case("posix-path", lambda: pathlib.Path("a/b"))
    case("pure-windows-path", lambda: pathlib.PureWindowsPath("C:\\a\\b"))
    case("path-empty", lambda: pathlib.PurePosixPath(""))
    case("enum", lambda: Colour.RED)
    case("enum-text", lambda: Colour.BLUE)
    case("flag", lambda: Flags.A | Flags.B)
    case("int-enum", lambda: Level.LOW)
    case("ipv4", lambda: ipaddress.ip_address("192.0.2.1"))
    case("ipv6", lambda: ipaddress.ip_address("2001:db8::1"))
    case("ipv4-network", lambda: ipaddress.ip_network("192.0.2.0/24"))
    case("ipv6-network", lambda: ipaddress.ip_network("2001:db8::/32"))
    case("ipv4-interface", lambda: ipaddress.ip_interface("192.0.2.1/24"))
    case("ipv6-interface", lambda: ipaddress.ip_interface("2001:db8::1/32"))
    case("namespace", lambda: types.SimpleNamespace(a=1))
    case("mapping-proxy", lambda: types.MappingProxyType({"a": 1}))
    case("uuid-safe", lambda: uuid.UUID(int=5, is_safe=uuid.SafeUUID.safe))
    case("uuid-one", lambda: uuid.UUID(int=1))
    case("oserror-builtin", lambda: FileNotFoundError(2, "No such file", "x"))
    if sys.version_info >= (3, 9):
        case("generic-alias", lambda: list[int])
        import zoneinfo

        case("zone-info", lambda: zoneinfo.ZoneInfo("UTC"))
    if sys.version_info >= (3, 10):
        case("union", lambda: int | None)


def numpy():
    def case(name, make, protocols=(0, 2, 4, 5)):
        CASES[name] = (make, protocols)

    import numpy as np

    def structured():
        return np.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", ">f8")])

    def fortran():
        return np.asfortranarray(np.arange(6, dtype="<i2").reshape(2, 3))

    case("np-float", lambda: np.arange(12, dtype="<f8").reshape(3, 4))
    case("np-int", lambda: np.array([1, 2, 3], dtype="<i8"))
    case("np-fortran", fortran)
    case("np-empty", lambda: np.zeros((0, 3), dtype="<f4"))
    case("np-scalar-array", lambda: np.array(5, dtype="<u1"))
    case("np-big-endian", lambda: np.array([1, 2], dtype=">i4"))
    case("np-bool", lambda: np.array([True, False]))
    case("np-complex", lambda: np.array([1j], dtype="<c16"))
    case("np-text", lambda: np.array([u"ab", u"c"], dtype="<U2"))
    case("np-bytes", lambda: np.array([b"ab", b"c"], dtype="S2"))
    case("np-void", lambda: np.array([b"ab"], dtype="V2"))
    case("np-datetime", lambda: np.array(["2024-01-31"], dtype="<M8[ns]"))
    case("np-timedelta", lambda: np.array([5], dtype="<m8[25s]"))
    case("np-object", lambda: np.array([None, [1], "a"], dtype=object))
    case("np-structured", structured)
    case("np-subarray", lambda: np.zeros(2, dtype=[("p", "<i2", (3,))]))
    case("np-sliced", lambda: np.arange(10, dtype="<i2")[::2])
    case("np-masked", lambda: np.ma.array(np.array([1, 2], dtype="<i8"), mask=[True, False]))
    case("np-matrix", lambda: np.matrix(np.array([[1, 2]], dtype="<i4")))
    case("np-recarray", lambda: structured().view(np.recarray))
    case("np-dtype", lambda: np.dtype("<f8"))
    case("np-dtype-big", lambda: np.dtype(">i4"))
    case("np-dtype-text", lambda: np.dtype("<U5"))
    case("np-dtype-datetime", lambda: np.dtype("<M8[us]"))
    case("np-dtype-structured", lambda: structured().dtype)
    case("np-dtype-aligned", lambda: np.dtype([("a", "i1"), ("b", "<i4")], align=True))
    case("np-dtype-titles", lambda: np.dtype([(("title", "a"), "<i4")]))
    case("np-dtype-sub", lambda: np.dtype(("<i2", (2, 3))))
    case("np-dtype-metadata", lambda: np.dtype("<i4", metadata={"a": 1}))
    case("np-float64", lambda: np.float64(1.5))
    case("np-float32", lambda: np.float32(0.1))
    case("np-float16", lambda: np.float16(0.5))
    case("np-int64", lambda: np.int64(-5))
    case("np-uint8", lambda: np.uint8(200))
    case("np-bool-scalar", lambda: np.bool_(True))
    case("np-complex128", lambda: np.complex128(1 - 2j))
    case("np-complex64", lambda: np.complex64(1 + 0.5j))
    case("np-str", lambda: (np.str_ if not PY2 else np.unicode_)(u"ab"))
    case("np-bytes-scalar", lambda: (np.bytes_ if not PY2 else np.string_)(b"ab"))
    case("np-datetime64", lambda: np.datetime64("2024-01-31T12:00:00"))
    case("np-datetime64-nat", lambda: np.datetime64("NaT"))
    case("np-timedelta64", lambda: np.timedelta64(90, "s"))
    case("np-void-scalar", lambda: structured()[0])
    case("np-longdouble", lambda: np.longdouble(1))
    # Its key is long.
    case("np-random-state", lambda: np.random.RandomState(5), [2])
    if hasattr(np.random, "Generator"):
        case("np-generator", lambda: np.random.Generator(np.random.PCG64(5)))
        case("np-bit-generator", lambda: np.random.Philox(5))
        case("np-seed-sequence", lambda: np.random.SeedSequence(5))
    case("np-ufunc", lambda: np.add)
    case("np-type", lambda: np.float32)
    case("np-function", lambda: np.sum)
    case("np-poly", lambda: np.poly1d(np.array([1, 2], dtype="<i8")))
    if int(np.__version__.split(".")[0]) >= 2:
        case("np-string-dtype", lambda: np.dtypes.StringDType())


def pandas():
    def case(name, make):
        CASES[name] = (make, [2, 4, 5])

    import numpy as np
    import pandas as pd

    case("pd-index", lambda: pd.Index([u"a", u"b"], name="n"))
    case("pd-index-int", lambda: pd.Index(np.array([1, 2], dtype="<i8")))
    case("pd-index-float", lambda: pd.Index(np.array([1.5], dtype="<f8")))
    case("pd-range-index", lambda: pd.RangeIndex(1, 10, 3, name="r"))
    case("pd-datetime-index", lambda: pd.DatetimeIndex(["2024-01-31", "2024-02-01"]))
    case("pd-datetime-index-utc", lambda: pd.DatetimeIndex(["2024-01-31"], tz="UTC"))
    case("pd-timedelta-index", lambda: pd.TimedeltaIndex(["1 days"]))
    case("pd-period-index", lambda: pd.PeriodIndex(["2024-01"], freq="M"))
    case("pd-interval-index", lambda: pd.interval_range(0, 2))
    case("pd-categorical-index", lambda: pd.CategoricalIndex([u"a", u"b", u"a"]))
    case("pd-multi-index", lambda: pd.MultiIndex.from_tuples([(1, u"a"), (2, u"b")], names=["x", "y"]))
    case("pd-series", lambda: pd.Series(np.array([1, 2], dtype="<i8"), name="s"))
    case("pd-series-text", lambda: pd.Series([u"a", u"b"]))
    case("pd-series-categorical", lambda: pd.Series(pd.Categorical([u"a", u"b"])))
    case("pd-frame", lambda: pd.DataFrame({"a": np.array([1, 2, 3], dtype="<i8"), "b": [1.5, 2.5, 3.5]}, columns=["a", "b"]))
    case("pd-frame-mixed", lambda: pd.DataFrame({"a": [1, 2], "b": [u"x", u"y"], "c": [True, False]}, columns=["a", "b", "c"]))
    case("pd-frame-empty", lambda: pd.DataFrame())
    case("pd-frame-dates", lambda: pd.DataFrame({"t": pd.to_datetime(["2024-01-31"])}))
    case("pd-categorical", lambda: pd.Categorical([u"a", u"b", u"a"], ordered=True))
    case("pd-timestamp", lambda: pd.Timestamp("2024-01-31 12:00:00"))
    case("pd-timestamp-nano", lambda: pd.Timestamp(1706702400123456789))
    case("pd-timestamp-utc", lambda: pd.Timestamp("2024-01-31", tz="UTC"))
    case("pd-timedelta", lambda: pd.Timedelta(90, unit="s"))
    case("pd-period", lambda: pd.Period("2024-01", freq="M"))
    case("pd-interval", lambda: pd.Interval(0, 1))
    case("pd-nat", lambda: pd.NaT)
    case("pd-offset", lambda: pd.offsets.MonthEnd())
    case("pd-day", lambda: pd.offsets.Day(2))
    case("pd-dtype-categorical", lambda: pd.api.types.CategoricalDtype([u"a"], ordered=True))
    if hasattr(pd, "NA"):
        case("pd-na", lambda: pd.NA)
        case("pd-array-int", lambda: pd.array([1, None], dtype="Int64"))
        case("pd-array-string", lambda: pd.array(["a"], dtype="string[python]" if pd.__version__ > "1.3" else "string"))
    if hasattr(pd, "Int64Dtype"):
        case("pd-dtype-int", lambda: pd.Int64Dtype())


def torch():
    import torch as t

    def case(name, make, protocols=(2, 4)):
        CASES[name] = (make, protocols)

    case("pt-tensor", lambda: t.arange(6, dtype=t.float32).reshape(2, 3))
    case("pt-parameter", lambda: t.nn.Parameter(t.zeros(2)))
    case("pt-size", lambda: t.zeros(2, 3).shape)
    case("pt-dtype", lambda: t.float16)
    case("pt-dtypes", lambda: [t.bfloat16, t.bool, t.complex128, t.complex64, t.float16, t.float32, t.float64, t.int16, t.int32, t.int64, t.int8, t.qint32, t.qint8, t.quint8, t.uint8], [2, 4])
    case("pt-device", lambda: t.device("cpu"))
    case("pt-device-index", lambda: t.device("cuda", 1))
    case("pt-sparse", lambda: t.eye(2).to_sparse())
    case("pt-quantized", lambda: t.quantize_per_tensor(t.zeros(2), 0.1, 0, t.quint8))
    case("pt-layout", lambda: t.strided)
    case("pt-storage", lambda: t.zeros(2).storage())


def torch_saved(emit):
    """Streams out of torch.save: data.pkl of the zip form, the fourth pickle of the old one."""
    import io
    import zipfile

    import torch as t

    values = {
        "pt-saved": t.arange(6, dtype=t.float32).reshape(2, 3),
        "pt-saved-int": t.arange(3),
        "pt-saved-bfloat": t.zeros(2, dtype=t.bfloat16),
        "pt-saved-strided": t.arange(6, dtype=t.float32).reshape(2, 3).t(),
        "pt-saved-grad": t.zeros(2, requires_grad=True),
        "pt-saved-parameter": t.nn.Parameter(t.zeros(2)),
        "pt-saved-storage": t.zeros(2).storage(),
        "pt-saved-sparse": t.eye(2).to_sparse(),
        "pt-saved-quantized": t.quantize_per_tensor(t.zeros(2), 0.1, 0, t.quint8),
        "pt-saved-module": t.nn.Linear(1, 1),
        "pt-saved-state": t.nn.Linear(1, 1).state_dict(),
    }
    if hasattr(t, "uint16"):
        values["pt-saved-uint16"] = t.zeros(2, dtype=t.uint16)
    for name, value in values.items():
        file = io.BytesIO()
        t.save(value, file)
        with zipfile.ZipFile(file) as archive:
            (pkl,) = [n for n in archive.namelist() if n.endswith("data.pkl")]
            emit(name, 2, archive.read(pkl))
        file = io.BytesIO()
        t.save(value, file, _use_new_zipfile_serialization=False)
        file.seek(0)
        for _ in range(3):
            pickle.load(file)
        start = file.tell()
        up = pickle.Unpickler(file)
        up.persistent_load = lambda pid: pid[1](0) if pid[0] == "storage" else pid[1]
        end = None
        import pickletools

        for op, _, at in pickletools.genops(file):
            end = file.tell()
        emit(name + "-old", 2, file.getvalue()[start:end])


def main(libraries):
    by = "%s %d.%d.%d" % ((platform.python_implementation(),) + sys.version_info[:3])
    for library in libraries:
        globals()[library]()
        if library != "stdlib":
            by += ", %s %s" % (library, __import__(library).__version__.split("+")[0])
    picklers = [pickle]
    if PY2:
        import cPickle

        picklers.append(cPickle)

    def emit(name, protocol, stream):
        print("\t".join([name, by, str(protocol), "".join("%02x" % b for b in bytearray(stream))]))

    for name, (make, protocols) in sorted(CASES.items()):
        for protocol in protocols:
            if protocol > pickle.HIGHEST_PROTOCOL:
                continue
            for pickler in picklers:
                try:
                    stream = pickler.dumps(make(), protocol)
                except Exception as error:
                    print(name, by, protocol, type(error).__name__, error, file=sys.stderr)
                    continue
                emit(name, protocol, stream)
    if "torch" in libraries:
        torch_saved(emit)


main(sys.argv[1:])
