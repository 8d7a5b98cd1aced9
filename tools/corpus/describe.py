"""Loads one of the project's own pickles and says what is in it. Runs on 2.7 and 3.6-3.13.

    python describe.py PICKLE PICKLER CASE OUT

tools/idiom_facts.py starts it, with the interpreter and the packages that
wrote the file; its documentation tells what the rows mean. Loading runs what
the pickle says: this is for files of corpus/ only.
"""

import io
import pickle
import sys
import types
import warnings

import zoo  # noqa: F401

PY2 = sys.version_info[0] == 2
text_type = type(u"")
if PY2:
    integers = (int, long)  # noqa: F821
else:
    integers = (int,)


def plain(value):
    """A value in one line, the same on all Pythons."""
    if isinstance(value, type) or callable(value):
        return named(value)
    if type(value) is text_type:
        return u"'%s'" % value
    if type(value) in integers:
        return u"%d" % value
    if PY2 and type(value) is str:
        ascii = all(" " <= letter <= "~" for letter in value)
        return u"'%s'" % value if ascii else u"b" + text_type(repr(value))
    if type(value) is list:
        return u"[%s]" % u", ".join(map(plain, value))
    if type(value) is tuple:
        return u"(%s%s)" % (u", ".join(map(plain, value)), u"," * (len(value) == 1))
    if type(value) is dict:
        return u"{%s}" % u", ".join(sorted(u"%s: %s" % (plain(k), plain(v)) for k, v in value.items()))
    return text_type(repr(value))


def named(value):
    """A class or function with its module: what it calls itself."""
    module = getattr(value, "__module__", None)
    owner = getattr(value, "__objclass__", None) or getattr(value, "im_class", None)
    if PY2 and owner and not isinstance(value, type):
        return u"%s.%s" % (named(owner), value.__name__)
    if module is None:
        owner = owner or getattr(value, "__self__", None)
        module = owner.__module__ if isinstance(owner, type) else None
    if module is None:
        module = "__builtin__" if PY2 else "builtins"
    name = getattr(value, "__qualname__", None) or value.__name__
    return u"%s.%s" % (module, name)


def hexed(data):
    return u"".join(u"%02x" % byte for byte in bytearray(data)) or u"-"


def joined(items):
    return u",".join(items) or u"-"


def attributes(value):
    if hasattr(value, "_fields"):
        # 2.7's named tuples have a __dict__ that is made when it is asked for.
        return u"-"
    names = set(getattr(value, "__dict__", {}))
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if hasattr(value, name) and not name.startswith("__"):
                names.add(name)
    return joined(sorted(names))


def seconds(delta):
    return None if delta is None else delta.days * 86400 + delta.seconds


def zone(tzinfo):
    return u"-" if tzinfo is None else named(type(tzinfo))


def fold(value):
    return getattr(value, "fold", 0)


KINDS = []


def kind(*classes):
    """What describes instances of these classes, given as names of modules and classes; subclasses after them."""

    def keep(function):
        for name in classes:
            KINDS.append((name, function))
        return function

    return keep


def is_a(value, name):
    """Whether its very class is this; a class of a module that isn't there is nobody's."""
    return named(type(value)) == name


# The standard library: by the class's name, exactly.


@kind("builtins.bytes", "builtins.bytearray", "__builtin__.bytearray")
def of_bytes(value):
    return type(value).__name__, hexed(value), len(value)


@kind("builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset")
def of_set(value):
    return type(value).__name__, len(value)


@kind("builtins.complex", "__builtin__.complex")
def of_complex(value):
    return "complex", repr(value.real), repr(value.imag)


@kind("builtins.range", "builtins.slice", "__builtin__.slice")
def of_range(value):
    return type(value).__name__, plain(value.start), plain(value.stop), plain(value.step)


@kind("__builtin__.xrange")
def of_xrange(value):
    # It keeps its ends to itself, but writes them.
    return ("range",) + value.__reduce__()[1]


@kind("builtins.NotImplementedType", "builtins.ellipsis", "types.EllipsisType", "types.NotImplementedType")
def of_singleton(value):
    return "singleton", repr(value)


@kind("functools.partial")
def of_partial(value):
    return "partial", named(value.func), plain(value.args), plain(value.keywords or {})


@kind("operator.attrgetter", "operator.itemgetter", "operator.methodcaller")
def of_getter(value):
    # With keywords a methodcaller is a call of a partial of its own class.
    made, arguments = value.__reduce__()[:2]
    if type(made) is not type:
        return type(value).__name__, plain(made.args + arguments), plain(made.keywords)
    return type(value).__name__, plain(arguments)


@kind("collections.OrderedDict", "collections.Counter")
def of_ordered(value):
    return "dict-of", named(type(value)), len(value), joined(value)


@kind("collections.defaultdict")
def of_default(value):
    return "defaultdict", plain(value.default_factory), len(value), joined(value)


@kind("collections.deque")
def of_deque(value):
    return "deque", len(value), plain(value.maxlen), plain(list(value))


@kind("datetime.date")
def of_date(value):
    return "date", value.isoformat()


@kind("datetime.time", "datetime.datetime")
def of_time(value):
    stamp = value.replace(tzinfo=None).isoformat()
    return type(value).__name__, stamp.replace("T", " "), zone(value.tzinfo), fold(value)


@kind("datetime.timedelta")
def of_timedelta(value):
    return "timedelta", value.days, value.seconds, value.microseconds


@kind("datetime.timezone")
def of_timezone(value):
    made = value.__getinitargs__()
    return "timezone", seconds(value.utcoffset(None)), made[1] if len(made) > 1 else "-"


@kind("zoneinfo.ZoneInfo")
def of_zone(value):
    return "zoneinfo", value.key


@kind("decimal.Decimal", "fractions.Fraction", "uuid.UUID")
def of_exact(value):
    return type(value).__name__.lower(), str(value)


@kind("re.Pattern", "_sre.SRE_Pattern")
def of_pattern(value):
    text = type(value.pattern) is text_type
    return "pattern", value.pattern if text else hexed(value.pattern), "text" if text else "bytes", int(value.flags)


@kind("array.array")
def of_array(value):
    return "typed-array", value.typecode, len(value), value.itemsize


@kind("types.SimpleNamespace")
def of_namespace(value):
    return "namespace", joined(sorted(vars(value)))


@kind("_io.BytesIO", "_io.StringIO")
def of_file(value):
    content = value.getvalue()
    return named(type(value)).split(".")[1], content if type(content) is text_type else hexed(content), value.tell()


def of_path(value):
    return "path", type(value).__name__, str(value)


def of_address(value):
    return "address", type(value).__name__, str(value)


def of_member(value):
    return "enum", named(type(value)), plain(value.value), value.name or "-"


def of_exception(value):
    return "exception", named(type(value)), plain(value.__reduce__()[1]), attributes(value)


def of_class(value):
    return "class", named(value)


def of_function(value):
    return "function", named(value)


def of_method(value):
    owner = value.__self__
    if isinstance(owner, type):
        return "bound-method", named(owner), value.__name__, "class"
    return "bound-method", named(type(owner)), value.__name__, "instance"


def of_iterator(value):
    return "iterator", named(type(value))


def of_instance(value):
    for base in (dict, list, tuple, set, float, text_type) + integers:
        if isinstance(value, base):
            return "instance", named(type(value)), attributes(value), base.__name__
    return "instance", named(type(value)), attributes(value)


# Packages.


def dtype_text(dtype):
    """As numpy prints it, but what is within it in a way that doesn't change from release to release."""
    if dtype.names:
        return u"{%s}" % u", ".join(u"%s: %s" % (name, dtype_text(dtype.fields[name][0])) for name in dtype.names)
    if dtype.subdtype:
        return u"%s %s" % (dtype_text(dtype.subdtype[0]), plain(dtype.subdtype[1]))
    return str(dtype)


def scalar_text(value):
    if value.dtype.char in "Mm":
        return str(value)
    if value.dtype.char == "S" or value.dtype.char == "V" and not value.dtype.names:
        return hexed(value.tobytes())
    return plain(value.tolist())


def of_numpy(value):
    import numpy

    if isinstance(value, numpy.ma.MaskedArray):
        if value is numpy.ma.masked:
            return "masked-constant", dtype_text(value.dtype)
        return "masked-array", dtype_text(value.dtype), value.shape, int(numpy.ma.count_masked(value))
    if isinstance(value, numpy.ndarray):
        if type(value) is numpy.ndarray:
            return "array", dtype_text(value.dtype), value.shape, value.nbytes
        return "array-of", named(type(value)), dtype_text(value.dtype), value.shape
    if isinstance(value, numpy.dtype):
        return "dtype", dtype_text(value), value.itemsize
    if isinstance(value, numpy.generic):
        return "scalar", dtype_text(value.dtype), scalar_text(value)
    if isinstance(value, numpy.ufunc):
        return "ufunc", value.__name__
    if isinstance(value, numpy.random.RandomState):
        # A tuple for the Mersenne twister, a dict for others.
        state = value.get_state()
        return "random-state", state["bit_generator"] if isinstance(state, dict) else state[0]
    name = type(value).__name__
    if name == "Generator":
        return "generator", type(value.bit_generator).__name__
    if name in ("PCG64", "SFC64", "Philox", "MT19937"):
        return "bit-generator", name
    if name == "SeedSequence":
        return "seed-sequence", value.entropy
    return None


def of_pandas(value):
    import pandas

    if value is pandas.NaT:
        return ("nat",)
    if value is getattr(pandas, "NA", pandas.NaT):
        return ("na",)
    if isinstance(value, pandas.DataFrame):
        dtypes = [str(dtype) for dtype in value.dtypes]
        return "frame", value.shape, joined(map(str, value.columns)), joined(dtypes)
    if isinstance(value, pandas.Series):
        return "series", str(value.dtype), len(value), value.name or "-"
    if isinstance(value, pandas.RangeIndex):
        ends = (value.start, value.stop, value.step) if hasattr(value, "step") else (value._start, value._stop, value._step)
        return ("range-index",) + ends
    if isinstance(value, pandas.MultiIndex):
        return "multi-index", joined(value.names), len(value)
    if isinstance(value, pandas.Index):
        return "index", type(value).__name__, str(value.dtype), len(value)
    if isinstance(value, pandas.Timestamp):
        return "timestamp", value.tz_localize(None).isoformat().replace("T", " "), str(value.tz) if value.tz else "-"
    if isinstance(value, pandas.Timedelta):
        return "pandas-timedelta", int(value.total_seconds()), value.nanoseconds
    if isinstance(value, pandas.Period):
        return "period", str(value), value.freqstr
    if isinstance(value, pandas.Interval):
        return "interval", plain(value.left), plain(value.right), value.closed
    if isinstance(value, pandas.Categorical):
        return "categorical", len(value), joined(map(str, value.categories)), value.ordered
    if isinstance(value, pandas.api.extensions.ExtensionArray):
        return "extension-array", type(value).__name__, str(value.dtype), len(value)
    if isinstance(value, pandas.api.extensions.ExtensionDtype):
        return "extension-dtype", type(value).__name__, str(value)
    if isinstance(value, pandas.tseries.offsets.DateOffset):
        return "offset", type(value).__name__, value.n
    return None


def of_torch(value):
    import torch

    if isinstance(value, torch.Tensor):
        name = "parameter" if isinstance(value, torch.nn.Parameter) else "tensor"
        if value.layout != torch.strided:
            return str(value.layout).split(".")[1].replace("_", "-") + "-tensor", str(value.dtype), plain(tuple(value.shape))
        return name, str(value.dtype), plain(tuple(value.shape)), plain(value.stride())
    if isinstance(value, torch.Size):
        return "torch-size", plain(tuple(value))
    for class_ in (torch.dtype, torch.device, torch.layout, torch.memory_format):
        if isinstance(value, class_):
            return "torch-" + class_.__name__.replace("_", "-"), str(value)
    if isinstance(value, torch.nn.Module):
        return "instance", named(type(value)), attributes(value)
    if hasattr(value, "data_ptr") and not isinstance(value, type):
        return "storage", str(value.dtype), len(value)
    return None


def describe(value, package):
    if package:
        found = package(value)
        if found:
            return found
    for name, function in KINDS:
        if is_a(value, name):
            return function(value)
    for module, base, function in [
        ("pathlib", "PurePath", of_path),
        ("ipaddress", "_IPAddressBase", of_address),
        ("enum", "Enum", of_member),
    ]:
        there = sys.modules.get(module)
        if there and isinstance(value, getattr(there, base)):
            return function(value)
    if isinstance(value, BaseException):
        return of_exception(value)
    if isinstance(value, type):
        return of_class(value)
    # Arrays of numpy have functions of a type of their own.
    if isinstance(value, types.MethodType) and value.__self__ is not None:
        return of_method(value)
    if isinstance(value, types.BuiltinFunctionType) and not isinstance(value.__self__, (types.ModuleType, type(None))):
        return of_method(value)
    if callable(value) and hasattr(value, "__name__"):
        return of_function(value)
    if type(value) in (list, dict, tuple, text_type) + integers:
        return "plain", type(value).__name__, plain(value)
    if hasattr(value, "__next__"):
        return of_iterator(value)
    if PY2 and type(value) is types.InstanceType:
        return "instance", "%s.%s" % (value.__module__, value.__class__.__name__), attributes_of_old(value)
    return of_instance(value)


def attributes_of_old(value):
    return joined(sorted(vars(value)))


def load(path, pickler, case):
    if pickler == "joblib":
        import joblib

        return joblib.load(path)
    with open(path, "rb") as file:
        if "out-of-band" in case:
            import idioms

            return pickle.load(file, buffers=idioms.buffers_of_case(case))
        if pickler == "torch":
            return load_torch(file)
        return pickle.load(file)


def load_torch(file):
    """The data.pkl of a zip without its storages: they are zeros here."""
    import torch

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, key):
            _, class_, _, _, length = key
            untyped = getattr(torch, "UntypedStorage", None) or torch._UntypedStorage
            dtype = getattr(class_, "dtype", torch.uint8)
            if isinstance(dtype, property) or class_ is untyped:
                return untyped(length)
            bytes_each = torch.empty(0, dtype=dtype).element_size()
            typed = getattr(torch.storage, "TypedStorage", None) or torch.storage._TypedStorage
            return typed(wrap_storage=untyped(length * bytes_each), dtype=dtype, **({"_internal": True} if typed.__name__[0] != "_" else {}))

    return Unpickler(file).load()


def main():
    path, pickler, case, out = sys.argv[1:]
    warnings.simplefilter("ignore")
    package = {"numpy": of_numpy, "joblib": of_numpy, "pandas": of_pandas, "torch": of_torch}.get(pickler)
    rows = []
    for label, value in load(path, pickler, case).items():
        facts = [text_type(plain(fact) if type(fact) is tuple else fact) for fact in describe(value, package)]
        rows.append(u"\t".join([text_type(label)] + facts + [u"-"] * (4 - len(facts))))
    for row in rows:
        if row.count(u"\t") != 4 or u"\n" in row:
            sys.exit("not a row: %r" % row)
    with io.open(out, "w", encoding="utf-8") as file:
        file.write(u"".join(row + u"\n" for row in rows))


if __name__ == "__main__":
    main()
