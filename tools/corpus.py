"""Writes corpus/ and its manifest, with the Pythons that pyenv has.

    python tools/corpus.py              write all of it again
    python tools/corpus.py --check      write into a temporary folder, compare

A file whose Python or package can't be had stays as it is checked in, and is
named. --packages FOLDER keeps what pip installs for the next time. torch is
several GB: its files are written with --large only.

Runs on 3.11 and newer, with the standard library only. The pickles come from
tools/corpus/writer.py and idioms.py, run by the interpreter that the manifest
names; streams made by hand and what is no pickle come from assembled.py and
others.py beside it. The bytes don't depend on the machine: hashes are seeded,
dates fixed. tools/idiom_facts.py then asks what is in the files of IDIOMS.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
WRITER = ROOT / "tools" / "corpus" / "writer.py"
sys.path.insert(0, str(WRITER.parent))

import assembled  # noqa: E402
import others  # noqa: E402

PYTHONS = {
    "2.7": "2.7.18",
    "3.6": "3.6.15",
    "3.7": "3.7.16",
    "3.8": "3.8.18",
    "3.9": "3.9.18",
    "3.10": "3.10.13",
    "3.11": "3.11.7",
    "3.12": "3.12.1",
    "3.13": "3.13.0",
}
PICKLERS = {"c": "_pickle", "py": "pickle.py"}
# Releases that lay functions and arrays out differently, each on a Python that it supports.
PACKAGES = {
    "dill": {
        "2.7": "0.2.4",
        "3.6": "0.2.5",
        "3.7": "0.3.1.1",
        "3.8": "0.3.4",
        "3.9": "0.3.5.1",
        "3.10": "0.3.6",
        "3.11": "0.3.8",
        "3.13": "0.4.1",
    },
    "cloudpickle": {
        "2.7": "0.2.2",
        "3.6": "0.5.3",
        "3.7": "1.3.0",
        "3.8": "2.2.1",
        "3.9": "1.6.0",
        "3.11": "3.0.0",
        "3.13": "3.1.2",
    },
    "numpy": {"2.7": "1.16.6", "3.6": "1.19.5", "3.11": "1.26.4", "3.12": "2.5.5", "3.13": "2.2.6"},
    "pandas": {"2.7": "0.24.2", "3.6": "1.1.5", "3.11": "2.2.3", "3.12": "3.1.1", "3.13": "3.0.0"},
    "joblib": {"3.11": "1.1.1", "3.13": "1.4.2"},
    "torch": {"3.8": "1.12.1", "3.13": "2.15.0"},
    "pytz": {"2.7": "2019.3", "3.6": "2019.3", "3.11": "2019.3"},
    "python-dateutil": dict.fromkeys(["2.7", "3.6", "3.11", "3.12", "3.13"], "2.8.2"),
    "six": dict.fromkeys(["2.7", "3.6", "3.11", "3.12", "3.13"], "1.16.0"),
    "typing_extensions": {"3.8": "4.7.1"},
    # Not every system has the zones that zoneinfo reads.
    "tzdata": {"3.9": "2024.1", "3.13": "2024.1"},
}
# What a package imports; where a Python isn't in PACKAGES for it, the package there does without.
NEEDS = {
    "pandas": ["numpy", "pytz", "python-dateutil", "six"],
    "joblib": ["numpy"],
    "torch": ["typing_extensions"],
}
LARGE = {"torch"}
# From 2.0 on torch for Linux loads CUDA's libraries to start, without a GPU too: pip takes what it names.
WITH_DEPENDENCIES = {"torch==2.15.0"}


def alike(*pythons):
    """Both picklers of these Pythons: they write the same bytes, which is asserted."""
    return [(python, pickler) for python in pythons for pickler in PICKLERS]


def everywhere(package, *pythons):
    """This package on these Pythons, whose releases of it write the same bytes."""
    return [(python, package) for python in pythons]


PY27 = [("2.7", "c")]
PY27_PY = [("2.7", "py")]
PY36 = alike("3.6")
PY38 = alike("3.8")
PY313 = alike("3.13")
SINCE_36 = alike("3.6", "3.8", "3.11", "3.13")
SINCE_38 = alike("3.8", "3.11", "3.13")
SINCE_311 = alike("3.11", "3.13")
# 3.8's pickle.py keeps no bytearray in the memo, and so writes a shared one twice (save_bytearray has no memoize).
P5 = [("3.8", "c")] + SINCE_311

EVERYDAY = "nested containers, text with and beyond ASCII, bytes, numbers, sharing"
NUMBERS = "integers around every width up to 256 bytes, floats with nan and the infinities"
STRINGS = "str with bytes above 0x7f, quotes and escapes, one longer than 255 bytes; unicode"
RECURSIVE = "containers and an instance that hold themselves"
SEVERAL = "three pickles in a row"
INSTANCES = "instances: attributes, __slots__, __reduce__, __getnewargs__, subclasses of list and dict"
STDLIB = "instances of the standard library: dates, Decimal, collections, pathlib, re and others"
FUNCTIONS = "functions, methods and classes by reference"
MAIN = "an instance and a class of __main__"
MOVED = "names that Python 3 has elsewhere: Queue, ConfigParser, UserDict, cPickle, __builtin__, copy_reg"
EXCEPTIONS = "exceptions with arguments and attributes"
TASK = "a task as Pool.map of multiprocessing sends it, its function by reference"
RECORD = "a log record as SocketHandler of logging sends it"
PERSISTENT = "persistent ids"
EXTENSIONS = "extension codes of one, two and four bytes"
FUNCTION = "the function squared(x), typed into a prompt, by value"
CLOSURE = "a function with a closure, a default and *rest, by value"
CLASS = "a class and an instance of it, by value"
NEEDS_OF = "a function that needs a module, a number and another function"
ENUM = "an enum with a method, by value"
ARRAYS = "arrays: float, Fortran order, structured, object, datetime64; a scalar"

# File, case of writer.py, protocol, who writes it (Python, and pickler or package), what is in it.
PICKLES = [
    ("everyday-py27-cpickle-p0", "everyday", 0, PY27, EVERYDAY),
    ("everyday-py27-cpickle-p1", "everyday", 1, PY27, EVERYDAY),
    ("everyday-py27-cpickle-p2", "everyday", 2, PY27, EVERYDAY),
    ("everyday-py27-python-p0", "everyday", 0, PY27_PY, EVERYDAY),
    ("everyday-py27-python-p1", "everyday", 1, PY27_PY, EVERYDAY),
    ("everyday-py27-python-p2", "everyday", 2, PY27_PY, EVERYDAY),
    ("everyday-py36-p0", "everyday", 0, PY36, EVERYDAY),
    ("everyday-py36-p1", "everyday", 1, PY36, EVERYDAY),
    ("everyday-py36-p2", "everyday", 2, PY36, EVERYDAY),
    ("everyday-p0", "everyday", 0, SINCE_38, EVERYDAY),
    ("everyday-p1", "everyday", 1, SINCE_38, EVERYDAY),
    ("everyday-p2", "everyday", 2, SINCE_38, EVERYDAY),
    ("everyday-p3", "everyday", 3, SINCE_36, EVERYDAY),
    ("everyday-p4", "everyday", 4, SINCE_36, EVERYDAY),
    ("everyday-p5", "everyday", 5, P5, EVERYDAY),
    ("everyday-py38-python-p5", "everyday", 5, [("3.8", "py")], EVERYDAY),
    ("numbers-py27-p0", "numbers", 0, PY27, NUMBERS),
    ("numbers-py27-p2", "numbers", 2, PY27, NUMBERS),
    ("numbers-p0", "numbers", 0, SINCE_38, NUMBERS),
    ("numbers-p1", "numbers", 1, SINCE_36, NUMBERS),
    ("numbers-p4", "numbers", 4, SINCE_36, NUMBERS),
    ("strings-py27-p0", "strings", 0, PY27, STRINGS),
    ("strings-py27-p1", "strings", 1, PY27, STRINGS),
    ("strings-py27-p2", "strings", 2, PY27, STRINGS),
    ("recursive-py27-p0", "recursive", 0, PY27, RECURSIVE),
    ("recursive-p0", "recursive", 0, SINCE_38, RECURSIVE),
    ("recursive-p1", "recursive", 1, SINCE_36, RECURSIVE),
    ("recursive-p4", "recursive", 4, SINCE_36, RECURSIVE),
    ("memo-p1", "memo", 1, PY27_PY + SINCE_36, "more than 256 memo entries: LONG_BINPUT, LONG_BINGET"),
    ("memo-p4", "memo", 4, SINCE_36, "more than 256 memo entries: MEMOIZE, LONG_BINGET"),
    ("frames-p4", "frames", 4, SINCE_38, "two frames, and a large bytes object outside of any"),
    ("frames-small-p4", "small-frames", 4, [("3.13", "py")], "frames of 64 bytes, by a pickler told so"),
    ("several-p0", "several", 0, PY27_PY + SINCE_38, SEVERAL),
    ("several-p4", "several", 4, SINCE_36, SEVERAL),
    ("several-one-memo-p2", "several-one-memo", 2, PY27_PY + SINCE_36, "two pickles by one pickler: the second needs the first's memo"),
    ("old-style-py27-p0", "old-style", 0, PY27, "instances of old-style classes: INST"),
    ("old-style-py27-p1", "old-style", 1, PY27, "instances of old-style classes: OBJ"),
    ("old-style-py27-p2", "old-style", 2, PY27, "instances of old-style classes: OBJ, and NEWOBJ beside it"),
    ("instances-py27-p2", "instances", 2, PY27, INSTANCES),
    ("instances-p0", "instances", 0, SINCE_38, INSTANCES + ", enum, dataclass"),
    ("instances-py313-p2", "instances", 2, PY313, INSTANCES + ", enum, dataclass; __newobj_ex__ by name"),
    ("instances-p4", "instances", 4, SINCE_38, INSTANCES + ", enum, dataclass; NEWOBJ_EX"),
    ("stdlib-py27-p2", "stdlib", 2, PY27, STDLIB),
    ("stdlib-py313-p0", "stdlib", 0, PY313, STDLIB),
    ("stdlib-py38-p4", "stdlib", 4, alike("3.6", "3.8"), STDLIB),
    ("stdlib-py311-p4", "stdlib", 4, alike("3.11"), STDLIB),
    ("stdlib-py313-p4", "stdlib", 4, PY313, STDLIB + "; pathlib._local"),
    ("functions-py27-p2", "functions", 2, PY27, FUNCTIONS),
    ("functions-py311-p2", "functions", 2, alike("3.6", "3.8", "3.11"), FUNCTIONS + ": getattr"),
    ("functions-p4", "functions", 4, SINCE_36, FUNCTIONS + ": getattr, names with dots"),
    ("main-py27-p2", "main-class", 2, PY27, MAIN),
    ("main-p4", "main-class", 4, SINCE_36, MAIN),
    ("methods-py27-p1", "methods", 1, PY27, "bound methods as getattr, and as __builtin__.instancemethod, which is nowhere; two pickles"),
    ("moved-py27-p0", "moved", 0, PY27, MOVED),
    ("moved-py27-p2", "moved", 2, PY27, MOVED),
    ("renamed-p2", "renamed", 2, SINCE_36, "names of Python 3 written as Python 2 has them"),
    ("not-renamed-p2", "not-renamed", 2, SINCE_36, "names of Python 3 as they are, with fix_imports=False"),
    ("exceptions-py27-p2", "exceptions", 2, PY27, EXCEPTIONS),
    ("exceptions-py38-p4", "exceptions", 4, alike("3.6", "3.8"), EXCEPTIONS),
    ("exceptions-p4", "exceptions", 4, SINCE_311, EXCEPTIONS + ", a note, a group"),
    ("task-py27-p2", "task", 2, PY27, TASK),
    ("task-p4", "task", 4, SINCE_36, TASK),
    ("log-record-py27-p1", "log-record", 1, PY27, RECORD),
    ("log-record-py313-p1", "log-record", 1, [("3.13", "c")], RECORD),
    ("persistent-py27-p0", "persistent", 0, PY27, PERSISTENT + " as text: PERSID"),
    ("persistent-p0", "persistent", 0, SINCE_36, PERSISTENT + " as text: PERSID"),
    ("persistent-p2", "persistent", 2, SINCE_36, PERSISTENT + ": BINPERSID of a tuple"),
    ("persistent-p4", "persistent", 4, SINCE_36, PERSISTENT + ": BINPERSID of a tuple"),
    ("extensions-py27-p2", "extensions", 2, PY27, EXTENSIONS),
    ("extensions-p4", "extensions", 4, SINCE_36, EXTENSIONS),
    ("buffers-out-of-band-p5", "buffers-out-of-band", 5, P5, "buffers outside of the stream, one read-only, and one inside"),
    ("buffers-in-band-p5", "buffers-in-band", 5, P5, "buffers and bytearrays in the stream"),
    ("rare-p4", "rare", 4, [("3.13", "py")], "BINUNICODE8, BINBYTES8, LONG4 and DUP for small data, by a pickler of its own"),
    ("squared", "squared", 2, [("2.7", "dill")], FUNCTION),
    ("dill-closure-py27-p2", "closure", 2, [("2.7", "dill")], CLOSURE),
    ("dill-class-py27-p2", "typed-class", 2, [("2.7", "dill")], CLASS),
    ("dill-closure-py38-p4", "closure", 4, [("3.8", "dill")], CLOSURE),
    ("dill-closure-py311-p4", "closure", 4, [("3.11", "dill")], CLOSURE),
    ("dill-closure-py313-p4", "closure", 4, [("3.13", "dill")], CLOSURE),
    ("dill-class-py38-p2", "typed-class", 2, [("3.8", "dill")], CLASS),
    ("dill-class-py313-p4", "typed-class", 4, [("3.13", "dill")], CLASS),
    ("dill-squared-py313-p0", "squared", 0, [("3.13", "dill")], FUNCTION),
    ("dill-closure-py36-p2", "closure", 2, [("3.6", "dill")], CLOSURE),
    ("dill-closure-py37-p3", "closure", 3, [("3.7", "dill")], CLOSURE),
    ("dill-closure-py39-p4", "closure", 4, [("3.9", "dill")], CLOSURE),
    ("dill-closure-py310-p4", "closure", 4, [("3.10", "dill")], CLOSURE),
    ("dill-class-py37-p2", "typed-class", 2, [("3.7", "dill")], CLASS),
    ("dill-needs-py38-p4", "needs", 4, [("3.8", "dill")], NEEDS_OF),
    ("dill-needs-py313-p4", "needs", 4, [("3.13", "dill")], NEEDS_OF),
    ("dill-needs-stored-py313-p4", "needs-stored", 4, [("3.13", "dill")], NEEDS_OF + ", by value too"),
    ("cloudpickle-closure-py27-p2", "closure", 2, [("2.7", "cloudpickle")], CLOSURE),
    ("cloudpickle-closure-py36-p2", "closure", 2, [("3.6", "cloudpickle")], CLOSURE),
    ("cloudpickle-closure-py37-p4", "closure", 4, [("3.7", "cloudpickle")], CLOSURE),
    ("cloudpickle-class-py36-p2", "typed-class", 2, [("3.6", "cloudpickle")], CLASS),
    ("cloudpickle-class-py39-p4", "typed-class", 4, [("3.9", "cloudpickle")], CLASS),
    ("cloudpickle-enum-py313-p5", "typed-enum", 5, [("3.13", "cloudpickle")], ENUM),
    ("cloudpickle-needs-py37-p4", "needs", 4, [("3.7", "cloudpickle")], NEEDS_OF),
    ("cloudpickle-needs-py313-p5", "needs", 5, [("3.13", "cloudpickle")], NEEDS_OF),
    ("cloudpickle-squared-py311-p2", "squared", 2, [("3.11", "cloudpickle")], FUNCTION),
    ("cloudpickle-closure-py38-p4", "closure", 4, [("3.8", "cloudpickle")], CLOSURE),
    ("cloudpickle-closure-py311-p4", "closure", 4, [("3.11", "cloudpickle")], CLOSURE),
    ("cloudpickle-closure-py313-p5", "closure", 5, [("3.13", "cloudpickle")], CLOSURE),
    ("cloudpickle-class-py38-p4", "typed-class", 4, [("3.8", "cloudpickle")], CLASS),
    ("cloudpickle-class-py313-p5", "typed-class", 5, [("3.13", "cloudpickle")], CLASS),
    ("numpy1-p2", "numpy-arrays", 2, [("3.11", "numpy")], ARRAYS),
    ("numpy1-p5", "numpy-arrays", 5, [("3.11", "numpy")], ARRAYS),
    ("numpy2-p4", "numpy-arrays", 4, [("3.13", "numpy")], ARRAYS),
    ("numpy2-p5", "numpy-arrays", 5, [("3.13", "numpy")], ARRAYS),
    ("numpy2-out-of-band-p5", "numpy-out-of-band", 5, [("3.13", "numpy")], "two arrays whose data is outside of the stream"),
]  # fmt: skip

# The same, of files that are no pickles.
CODE = [
    ("other/squared-py27.pyc", "pyc", PY27, "a module's byte code file"),
    ("other/squared-py311.pyc", "pyc", [("3.11", "c")], "a module's byte code file"),
    ("other/squared-py27.marshal", "marshalled", PY27, "a module's code, marshalled"),
    ("other/squared-py313.marshal", "marshalled", [("3.13", "c")], "a module's code, marshalled"),
]

BUILTIN_TYPES = "labelled: bytes, bytearray, sets, complex, range, slice, as the protocol has them"
CALLABLES = "labelled: functions, methods, nested classes"
PARTIALS = "labelled: functools.partial with arguments, keywords, an attribute"
COLLECTIONS = "labelled: OrderedDict, defaultdict, deque, Counter, a namedtuple and others"
DATES = "labelled: date, time, datetime, timedelta, timezones, a fold"
EXACT = "labelled: Decimal, Fraction, UUID"
PATHS = "labelled: paths of pathlib"
ENUMS = "labelled: members of enums, flags"
ADDRESSES = "labelled: addresses, networks and interfaces of ipaddress"
PATTERNS = "labelled: compiled patterns of re"
TYPED = "labelled: array.array"
NAMESPACES = "labelled: SimpleNamespace, argparse.Namespace, BytesIO, StringIO"
ITERATORS = "labelled: iterators of builtins and of itertools"
LABELLED_EXCEPTIONS = "labelled: exceptions"
OBJECTS = "labelled: instances by every way of making them, states of every shape"
ND_ARRAYS = "labelled: arrays of numpy: orders, byte orders, structured, object, text, dates"
ND_DTYPES = "labelled: dtypes of numpy"
ND_SCALARS = "labelled: scalars of numpy"
ND_OTHERS = "labelled: of numpy: matrix, records, masked array, ufunc, poly1d, chararray"
ND_STATE = "labelled: RandomState of numpy"
ND_GENERATORS = "labelled: Generator and bit generators of numpy"
ND_OUTSIDE = "labelled: arrays of numpy whose data is outside of the stream"
FRAMES = "labelled: DataFrames of pandas"
SERIES = "labelled: Series of pandas"
INDEXES = "labelled: indexes of pandas"
SCALARS = "labelled: Timestamp, Timedelta, Period, Interval, NaT, an offset of pandas"
PANDAS_ARRAYS = "labelled: arrays and dtypes of pandas' own"
TENSORS = "labelled: a tensor and a parameter, by pickle itself"
TORCH_VALUES = "labelled: Size, dtype, device, layout, class and function of torch"
TORCH_SAVED = "data.pkl of torch.save, labelled: tensors, views, a parameter, sparse and quantized tensors, a storage"
TORCH_MODULE = "data.pkl of torch.save of a whole nn.Linear"
TORCH_STATE = "data.pkl of torch.save of the state_dict of an nn.Linear"
JOBLIB = "what joblib.dump writes, labelled: the data of arrays stands between the opcodes"

ZONES = everywhere("tzdata", "3.9", "3.13")
TO_312 = alike("3.6", "3.12")
TO_310 = alike("3.6", "3.10")
NUMPY_1 = everywhere("numpy", "3.6", "3.11")
NUMPY_2 = everywhere("numpy", "3.13", "3.12")
TORCHES = everywhere("torch", "3.8", "3.13")

# The same, of cases of idioms.py: each layout once, by the first and the last of those that write the same bytes.
IDIOMS = [
    ("builtin-types-py27-p0", "builtin-types", 0, PY27, BUILTIN_TYPES),
    ("builtin-types-py27-p2", "builtin-types", 2, PY27, BUILTIN_TYPES),
    ("builtin-types-py37-p2", "builtin-types", 2, alike("3.6", "3.7"), BUILTIN_TYPES),
    ("builtin-types-p0", "builtin-types", 0, alike("3.8", "3.13"), BUILTIN_TYPES),
    ("builtin-types-p2", "builtin-types", 2, alike("3.8", "3.13"), BUILTIN_TYPES),
    ("builtin-types-p3", "builtin-types", 3, SINCE_36, BUILTIN_TYPES),
    ("builtin-types-p4", "builtin-types", 4, SINCE_36, BUILTIN_TYPES),
    ("builtin-types-p5", "builtin-types", 5, P5, BUILTIN_TYPES),
    ("callables-py27-p2", "callables", 2, PY27, CALLABLES + ", with the reducers of multiprocessing"),
    ("callables-py312-p2", "callables", 2, TO_312, CALLABLES),
    ("callables-py313-p2", "callables", 2, PY313, CALLABLES),
    ("callables-py39-p4", "callables", 4, alike("3.6", "3.9"), CALLABLES),
    ("callables-p4", "callables", 4, alike("3.10", "3.13"), CALLABLES),
    ("partials-py27-p2", "partials", 2, PY27, PARTIALS),
    ("partials-p2", "partials", 2, SINCE_36, PARTIALS),
    ("partials-p4", "partials", 4, SINCE_36, PARTIALS),
    ("collection-types-py27-p0", "collection-types", 0, PY27, COLLECTIONS),
    ("collection-types-py27-p2", "collection-types", 2, PY27, COLLECTIONS),
    ("collection-types-p2", "collection-types", 2, SINCE_36, COLLECTIONS),
    ("collection-types-py311-p4", "collection-types", 4, alike("3.6", "3.11"), COLLECTIONS),
    ("collection-types-p4", "collection-types", 4, alike("3.12", "3.13"), COLLECTIONS),
    ("dates-py27-p0", "dates", 0, PY27, DATES),
    ("dates-py27-p2", "dates", 2, PY27, DATES),
    ("dates-p0", "dates", 0, SINCE_38, DATES),
    ("dates-p2", "dates", 2, SINCE_36, DATES),
    ("dates-p3", "dates", 3, SINCE_36, DATES),
    ("dates-p4", "dates", 4, SINCE_36, DATES),
    ("zones-p2", "zones", 2, ZONES, "labelled: zones of zoneinfo"),
    ("zones-p4", "zones", 4, ZONES, "labelled: zones of zoneinfo"),
    ("exact-numbers-py27-p0", "exact-numbers", 0, PY27, EXACT),
    ("exact-numbers-py27-p2", "exact-numbers", 2, PY27, EXACT),
    ("exact-numbers-py310-p2", "exact-numbers", 2, TO_310, EXACT),
    ("exact-numbers-p2", "exact-numbers", 2, SINCE_311, EXACT),
    ("exact-numbers-py310-p4", "exact-numbers", 4, TO_310, EXACT),
    ("exact-numbers-py312-p4", "exact-numbers", 4, alike("3.11", "3.12"), EXACT),
    ("exact-numbers-py313-p4", "exact-numbers", 4, PY313, EXACT),
    ("uuids-p2", "uuids", 2, alike("3.7", "3.13"), "labelled: UUIDs with and without is_safe"),
    ("uuids-p4", "uuids", 4, alike("3.7", "3.13"), "labelled: UUIDs with and without is_safe"),
    ("paths-py312-p2", "paths", 2, TO_312, PATHS),
    ("paths-py313-p2", "paths", 2, PY313, PATHS + ", of pathlib._local"),
    ("paths-py312-p4", "paths", 4, TO_312, PATHS),
    ("paths-py313-p4", "paths", 4, PY313, PATHS + ", of pathlib._local"),
    ("enums-py310-p2", "enums", 2, TO_310, ENUMS),
    ("enums-py312-p2", "enums", 2, alike("3.11", "3.12"), ENUMS),
    ("enums-py313-p2", "enums", 2, PY313, ENUMS),
    ("enums-py310-p4", "enums", 4, TO_310, ENUMS),
    ("enums-p4", "enums", 4, SINCE_311, ENUMS),
    ("addresses-py310-p2", "addresses", 2, TO_310, ADDRESSES),
    ("addresses-p2", "addresses", 2, SINCE_311, ADDRESSES),
    ("addresses-py310-p4", "addresses", 4, TO_310, ADDRESSES),
    ("addresses-p4", "addresses", 4, SINCE_311, ADDRESSES),
    ("patterns-py27-p2", "patterns", 2, PY27, PATTERNS),
    ("patterns-p2", "patterns", 2, SINCE_36, PATTERNS),
    ("patterns-p4", "patterns", 4, SINCE_36, PATTERNS),
    ("typed-arrays-py27-p0", "typed-arrays", 0, PY27, TYPED),
    ("typed-arrays-py27-p2", "typed-arrays", 2, PY27, TYPED),
    ("typed-arrays-p2", "typed-arrays", 2, SINCE_36, TYPED),
    ("typed-arrays-p3", "typed-arrays", 3, SINCE_36, TYPED),
    ("typed-arrays-p4", "typed-arrays", 4, alike("3.10", "3.13"), TYPED),
    ("namespaces-p2", "namespaces", 2, SINCE_36, NAMESPACES),
    ("namespaces-py311-p4", "namespaces", 4, alike("3.6", "3.11"), NAMESPACES),
    ("namespaces-p4", "namespaces", 4, alike("3.12", "3.13"), NAMESPACES),
    ("iterators-py38-p2", "iterators", 2, alike("3.6", "3.8"), ITERATORS),
    ("iterators-py311-p2", "iterators", 2, alike("3.9", "3.11"), ITERATORS),
    ("iterators-p2", "iterators", 2, alike("3.12", "3.13"), ITERATORS),
    ("iterators-py38-p4", "iterators", 4, alike("3.6", "3.8"), ITERATORS),
    ("iterators-py311-p4", "iterators", 4, alike("3.9", "3.11"), ITERATORS),
    ("iterators-p4", "iterators", 4, alike("3.12", "3.13"), ITERATORS),
    ("labelled-exceptions-py27-p2", "labelled-exceptions", 2, PY27, LABELLED_EXCEPTIONS),
    ("labelled-exceptions-py310-p2", "labelled-exceptions", 2, TO_310, LABELLED_EXCEPTIONS),
    ("labelled-exceptions-p2", "labelled-exceptions", 2, SINCE_311, LABELLED_EXCEPTIONS),
    ("labelled-exceptions-py310-p4", "labelled-exceptions", 4, TO_310, LABELLED_EXCEPTIONS),
    ("labelled-exceptions-p4", "labelled-exceptions", 4, SINCE_311, LABELLED_EXCEPTIONS),
    ("objects-py27-p0", "objects", 0, PY27, OBJECTS),
    ("objects-py27-p1", "objects", 1, PY27, OBJECTS),
    ("objects-py27-p2", "objects", 2, PY27, OBJECTS),
    ("objects-py36-p4", "objects", 4, PY36, OBJECTS),
    ("objects-py39-p0", "objects", 0, alike("3.7", "3.9"), OBJECTS),
    ("objects-py39-p1", "objects", 1, alike("3.7", "3.9"), OBJECTS),
    ("objects-py39-p2", "objects", 2, alike("3.7", "3.9"), OBJECTS + "; __newobj_ex__ by name"),
    ("objects-py39-p4", "objects", 4, alike("3.7", "3.9"), OBJECTS),
    ("objects-py310-p4", "objects", 4, alike("3.10"), OBJECTS),
    ("objects-py312-p2", "objects", 2, alike("3.11", "3.12"), OBJECTS + "; __newobj_ex__ by name"),
    ("objects-py313-p0", "objects", 0, PY313, OBJECTS),
    ("objects-py313-p2", "objects", 2, PY313, OBJECTS + "; __newobj_ex__ by name"),
    ("objects-py313-p3", "objects", 3, PY313, OBJECTS + "; __newobj_ex__ by name"),
    ("objects-p4", "objects", 4, SINCE_311, OBJECTS),
    ("numpy116-arrays-p0", "nd-arrays", 0, [("2.7", "numpy")], ND_ARRAYS),
    ("numpy116-arrays-p2", "nd-arrays", 2, [("2.7", "numpy")], ND_ARRAYS),
    ("numpy119-arrays-p2", "nd-arrays", 2, [("3.6", "numpy")], ND_ARRAYS),
    ("numpy1-arrays-p2", "nd-arrays", 2, [("3.11", "numpy")], ND_ARRAYS),
    ("numpy1-arrays-p3", "nd-arrays", 3, [("3.11", "numpy")], ND_ARRAYS),
    ("numpy1-arrays-p4", "nd-arrays", 4, NUMPY_1, ND_ARRAYS),
    ("numpy1-arrays-p5", "nd-arrays", 5, [("3.11", "numpy")], ND_ARRAYS),
    ("numpy1-arrays-out-of-band-p5", "nd-arrays-out-of-band", 5, [("3.11", "numpy")], ND_OUTSIDE),
    ("numpy2-arrays-p2", "nd-arrays", 2, [("3.13", "numpy")], ND_ARRAYS),
    ("numpy2-arrays-p4", "nd-arrays", 4, [("3.13", "numpy")], ND_ARRAYS),
    ("numpy2-arrays-p5", "nd-arrays", 5, [("3.13", "numpy")], ND_ARRAYS),
    ("numpy25-arrays-p5", "nd-arrays", 5, [("3.12", "numpy")], ND_ARRAYS),
    ("numpy2-arrays-out-of-band-p5", "nd-arrays-out-of-band", 5, NUMPY_2, ND_OUTSIDE),
    ("numpy116-dtypes-p2", "nd-dtypes", 2, [("2.7", "numpy")], ND_DTYPES),
    ("numpy1-dtypes-p4", "nd-dtypes", 4, NUMPY_1, ND_DTYPES),
    ("numpy2-dtypes-p2", "nd-dtypes", 2, [("3.13", "numpy")], ND_DTYPES),
    ("numpy2-dtypes-p4", "nd-dtypes", 4, [("3.13", "numpy")], ND_DTYPES),
    ("numpy25-dtypes-p4", "nd-dtypes", 4, [("3.12", "numpy")], ND_DTYPES),
    ("numpy116-scalars-p2", "nd-scalars", 2, [("2.7", "numpy")], ND_SCALARS),
    ("numpy1-scalars-p2", "nd-scalars", 2, NUMPY_1, ND_SCALARS),
    ("numpy1-scalars-p4", "nd-scalars", 4, NUMPY_1, ND_SCALARS),
    ("numpy2-scalars-p4", "nd-scalars", 4, [("3.13", "numpy")], ND_SCALARS),
    ("numpy25-scalars-p4", "nd-scalars", 4, [("3.12", "numpy")], ND_SCALARS),
    ("numpy116-others-p2", "nd-others", 2, [("2.7", "numpy")], ND_OTHERS),
    ("numpy119-others-p4", "nd-others", 4, [("3.6", "numpy")], ND_OTHERS),
    ("numpy1-others-p4", "nd-others", 4, [("3.11", "numpy")], ND_OTHERS),
    ("numpy2-others-p4", "nd-others", 4, NUMPY_2, ND_OTHERS),
    ("numpy2-others-p5", "nd-others", 5, NUMPY_2, ND_OTHERS),
    ("numpy116-random-state-p2", "nd-random-state", 2, [("2.7", "numpy")], ND_STATE),
    ("numpy119-random-state-p4", "nd-random-state", 4, [("3.6", "numpy")], ND_STATE),
    ("numpy1-random-state-p4", "nd-random-state", 4, [("3.11", "numpy")], ND_STATE),
    ("numpy2-random-state-p4", "nd-random-state", 4, NUMPY_2, ND_STATE),
    ("numpy119-generators-p4", "nd-generators", 4, [("3.6", "numpy")], ND_GENERATORS),
    ("numpy1-generators-p4", "nd-generators", 4, [("3.11", "numpy")], ND_GENERATORS),
    ("numpy2-generators-p2", "nd-generators", 2, NUMPY_2, ND_GENERATORS),
    ("numpy2-generators-p5", "nd-generators", 5, NUMPY_2, ND_GENERATORS),
    ("pandas024-frames-p2", "frames-of-pandas", 2, [("2.7", "pandas")], FRAMES),
    ("pandas1-frames-p4", "frames-of-pandas", 4, [("3.6", "pandas")], FRAMES),
    ("pandas2-frames-p2", "frames-of-pandas", 2, [("3.11", "pandas")], FRAMES),
    ("pandas2-frames-p5", "frames-of-pandas", 5, [("3.11", "pandas")], FRAMES),
    ("pandas3-frames-p5", "frames-of-pandas", 5, [("3.13", "pandas")], FRAMES),
    ("pandas31-frames-p5", "frames-of-pandas", 5, [("3.12", "pandas")], FRAMES),
    ("pandas024-series-p2", "series-of-pandas", 2, [("2.7", "pandas")], SERIES),
    ("pandas1-series-p4", "series-of-pandas", 4, [("3.6", "pandas")], SERIES),
    ("pandas2-series-p5", "series-of-pandas", 5, [("3.11", "pandas")], SERIES),
    ("pandas3-series-p5", "series-of-pandas", 5, [("3.13", "pandas")], SERIES),
    ("pandas024-indexes-p2", "indexes-of-pandas", 2, [("2.7", "pandas")], INDEXES),
    ("pandas1-indexes-p4", "indexes-of-pandas", 4, [("3.6", "pandas")], INDEXES),
    ("pandas2-indexes-p2", "indexes-of-pandas", 2, [("3.11", "pandas")], INDEXES),
    ("pandas2-indexes-p5", "indexes-of-pandas", 5, [("3.11", "pandas")], INDEXES),
    ("pandas3-indexes-p5", "indexes-of-pandas", 5, [("3.13", "pandas")], INDEXES),
    ("pandas31-indexes-p5", "indexes-of-pandas", 5, [("3.12", "pandas")], INDEXES),
    ("pandas024-scalars-p2", "scalars-of-pandas", 2, [("2.7", "pandas")], SCALARS),
    ("pandas1-scalars-p4", "scalars-of-pandas", 4, [("3.6", "pandas")], SCALARS),
    ("pandas2-scalars-p5", "scalars-of-pandas", 5, [("3.11", "pandas")], SCALARS),
    ("pandas3-scalars-p5", "scalars-of-pandas", 5, everywhere("pandas", "3.13", "3.12"), SCALARS),
    ("pandas024-arrays-p2", "arrays-of-pandas", 2, [("2.7", "pandas")], PANDAS_ARRAYS),
    ("pandas1-arrays-p4", "arrays-of-pandas", 4, [("3.6", "pandas")], PANDAS_ARRAYS),
    ("pandas2-arrays-p5", "arrays-of-pandas", 5, [("3.11", "pandas")], PANDAS_ARRAYS),
    ("pandas3-arrays-p5", "arrays-of-pandas", 5, everywhere("pandas", "3.13", "3.12"), PANDAS_ARRAYS),
    ("torch1-tensors-p2", "tensors", 2, [("3.8", "torch")], TENSORS),
    ("torch2-tensors-p4", "tensors", 4, [("3.13", "torch")], TENSORS),
    ("torch1-values-p2", "torch-values", 2, [("3.8", "torch")], TORCH_VALUES),
    ("torch2-values-p2", "torch-values", 2, [("3.13", "torch")], TORCH_VALUES),
    ("torch2-values-p4", "torch-values", 4, [("3.13", "torch")], TORCH_VALUES),
    ("torch-state-dict-p2", "torch-state-dict", 2, TORCHES, TORCH_STATE),
    ("torch-state-dict-p4", "torch-state-dict", 4, TORCHES, TORCH_STATE),
    ("torch1-saved-p2", "torch-saved", 2, [("3.8", "torch")], TORCH_SAVED),
    ("torch2-saved-p2", "torch-saved", 2, [("3.13", "torch")], TORCH_SAVED),
    ("torch1-module-p2", "torch-module", 2, [("3.8", "torch")], TORCH_MODULE),
    ("torch2-module-p2", "torch-module", 2, [("3.13", "torch")], TORCH_MODULE),
    # No stream of opcodes to its end, so not among those that are.
    ("joblib/joblib11-numpy1-p4", "joblib-arrays", 4, [("3.11", "joblib")], JOBLIB + ", not aligned"),
    ("joblib/joblib14-numpy2-p2", "joblib-arrays", 2, [("3.13", "joblib")], JOBLIB + ", aligned"),
    ("joblib/joblib14-numpy2-p5", "joblib-arrays", 5, [("3.13", "joblib")], JOBLIB + ", aligned"),
]  # fmt: skip
OWN_EXTENSIONS = "labelled: objects by extension codes that the stream itself registers"
# Streams made by hand that load: tools/idiom_facts.py asks what is in them too.
ASSEMBLED_IDIOMS = [
    ("own-extensions-p2", 2, assembled.own_extensions_p2, OWN_EXTENSIONS),
    ("own-extensions-p4", 4, assembled.own_extensions_p4, OWN_EXTENSIONS),
]

BY_HAND = "assembled by tools/corpus.py"
SEEDED = {"PYTHONHASHSEED": "0"}


def say(text):
    print(text, file=sys.stderr)


class Interpreters:
    """The Pythons of pyenv, and packages for them, installed when first asked for."""

    def __init__(self, packages, large):
        self.packages = packages
        self.large = large
        self.versions = pyenv_root() / "versions"
        self.missing = {}

    def python(self, short):
        """The interpreter, or None where pyenv doesn't have it."""
        full = PYTHONS[short]
        path = self.versions / full / "bin" / "python"
        if path.exists():
            return str(path)
        if full not in self.missing:
            self.missing[full] = True
            say(f"no CPython {full} under {self.versions}: skipped")
        return None

    def package(self, short, name):
        """The folder that holds the package, or None where it can't be had."""
        requirement = f"{name}=={PACKAGES[name][short]}"
        folder = self.packages / f"{short}-{requirement}"
        if requirement + short in self.missing:
            return None
        if not folder.exists():
            if name in LARGE and not self.large:
                self.missing[requirement + short] = True
                say(f"{requirement} for CPython {PYTHONS[short]} is installed with --large only: skipped")
                return None
            partial = folder.with_name(folder.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            command = [self.python(short), "-m", "pip", "install", "--quiet", "--target", str(partial), requirement]
            if requirement not in WITH_DEPENDENCIES:
                command.insert(-1, "--no-deps")
            installed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if installed.returncode:
                self.missing[requirement + short] = True
                say(f"no {requirement} for CPython {PYTHONS[short]}: skipped; pip said:\n{installed.stdout.strip()}")
                return None
            partial.rename(folder)
        return folder

    def folders(self, short, name):
        """The folders of a package and of what it needs, or None where one of them can't be had."""
        names = [name] + [need for need in NEEDS.get(name, []) if short in PACKAGES[need]]
        found = [self.package(short, each) for each in names]
        return None if None in found else [str(folder) for folder in found]

    def run(self, short, pickler, script, *arguments):
        """What the script writes into a file, with this Python and this pickler or package; None where they can't be had."""
        python = self.python(short)
        if python is None:
            return None
        environment = dict(SEEDED, PATH=os.environ.get("PATH", ""))
        if pickler in PACKAGES:
            folders = self.folders(short, pickler)
            if folders is None:
                return None
            environment["PYTHONPATH"] = os.pathsep.join(folders)
            # torch warns where there is no numpy.
            environment["PYTHONWARNINGS"] = "ignore"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "out")
            # -S: dill and others look at which packages there are, so none but those asked for.
            command = [python, "-B", "-s", "-S", str(script), *arguments, path]
            subprocess.run(command, env=environment, check=True)
            return pathlib.Path(path).read_bytes()

    def write(self, case, protocol, short, pickler):
        """What the case gives with this Python and this pickler or package; None where they can't be had."""
        return self.run(short, pickler, WRITER, case, pickler, str(protocol))


def pyenv_root():
    root = os.environ.get("PYENV_ROOT")
    if not root and shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True).stdout.strip()
    return pathlib.Path(root or pathlib.Path.home() / ".pyenv")


def written_by(writers):
    """In words: `CPython 3.8.18, 3.11.7 _pickle and pickle.py`."""
    by_python = {}
    for short, pickler in writers:
        by_python.setdefault(short, []).append(pickler)
    groups = {}
    packages = []
    for short, picklers in by_python.items():
        if picklers[0] in PACKAGES:
            packages.append(written_with(short, picklers[0]))
            continue
        names = [("cPickle" if short == "2.7" and p == "c" else PICKLERS[p]) for p in picklers]
        groups.setdefault(" and ".join(names), []).append(PYTHONS[short])
    return "; ".join(packages + [f"CPython {', '.join(pythons)} {names}" for names, pythons in groups.items()])


def written_with(short, package):
    """In words: `pandas 2.2.3 (numpy 1.26.4) on CPython 3.11.7`."""
    text = f"{package} {PACKAGES[package][short]}"
    if "numpy" in NEEDS.get(package, []):
        text += f" (numpy {PACKAGES['numpy'][short]})"
    return f"{text} on CPython {PYTHONS[short]}"


class Corpus:
    """The folder that is being written, and the manifest's rows."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = {}
        self.kept = []

    def add(self, name, writer, protocol, data, what):
        """One file. Without data it is kept as it is checked in."""
        if data is None:
            self.kept.append(name)
            try:
                data = (CORPUS / name).read_bytes()
            except FileNotFoundError:
                sys.exit(f"{name} can neither be written nor is it there")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.rows[name] = (name, writer, str(protocol), str(len(data)), hashlib.sha256(data).hexdigest(), what)
        return data

    def finish(self):
        header = ("file", "written by", "protocol", "bytes", "sha256", "what is in it")
        lines = ["\t".join(row) + "\n" for row in [header] + sorted(self.rows.values())]
        (self.folder / "MANIFEST.tsv").write_bytes("".join(lines).encode())


def agreed(name, case, protocol, writers, interpreters):
    """What all of the writers give, which must be the same; None where none of them can be had."""
    results = {}
    for short, pickler in writers:
        data = interpreters.write(case, protocol, short, pickler)
        if data is not None:
            results.setdefault(data, []).append((short, pickler))
    if len(results) > 1:
        sys.exit(f"{name}: writers disagree: " + " | ".join(written_by(w) for w in results.values()))
    return next(iter(results), None)


def build(folder, interpreters):
    corpus = Corpus(folder)
    for stem, case, protocol, writers, what in PICKLES + IDIOMS:
        name = stem + ".pkl"
        data = agreed(name, case, protocol, writers, interpreters)
        data = corpus.add(name, written_by(writers), protocol, data, what)
        if stem == "squared":
            squared = data
        if stem == "torch-state-dict-p2":
            state = data
    for name, case, writers, what in CODE:
        data = agreed(name, case, 0, writers, interpreters)
        corpus.add(name, f"CPython {PYTHONS[writers[0][0]]} marshal", "-", data, what)
    whole = "all 68 opcodes; it loads with a persistent_load, two buffers and three extension codes"
    corpus.add("every-opcode.pkl", BY_HAND, 5, assembled.every_opcode(), whole)
    for stem, protocol, make, what in ASSEMBLED_IDIOMS:
        corpus.add(f"{stem}.pkl", BY_HAND, protocol, make(), what)
    for stem, protocol, data, what in assembled.broken(squared):
        corpus.add(f"broken/{stem}.pkl", BY_HAND, protocol, data, what)
    for name, data, what in others.others(squared):
        corpus.add(f"other/{name}", "tools/corpus.py", "-", data, what)
    for name, data, what in others.containers(squared, state):
        corpus.add(f"containers/{name}", "tools/corpus.py", "-", data, what)
    corpus.finish()
    return corpus


def files(folder):
    """All files but .gitattributes, which is no part of what is written."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != ".gitattributes"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def compare(new, old):
    """Says how they differ, and whether they do."""
    differing = False
    for name in sorted(new.keys() | old.keys()):
        if new.get(name) != old.get(name):
            differing = True
            say(f"{name}: " + ("not checked in" if name not in old else "not written" if name not in new else "differs"))
    return differing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with corpus/, and write nothing there; exit 1 on a difference")
    parser.add_argument("--large", action="store_true", help="install also what takes several GB: torch")
    parser.add_argument("--packages", type=pathlib.Path, metavar="FOLDER", help="where packages are installed and kept (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        packages = (options.packages or temporary / "packages").resolve()
        packages.mkdir(parents=True, exist_ok=True)
        folder = temporary / "corpus"
        corpus = build(folder, Interpreters(packages, options.large))
        for name in corpus.kept:
            say(f"{name}: not written, kept as it is checked in")
        new, old = files(folder), files(CORPUS)
        if options.check:
            differing = compare(new, old)
            print(f"{len(new)} files, {len(corpus.kept)} of them not checked: " + ("they differ" if differing else "the same bytes"))
            return differing
        for name in old.keys() - new.keys():
            (CORPUS / name).unlink()
        shutil.copytree(folder, CORPUS, dirs_exist_ok=True)
        total = sum(map(len, new.values()))
        print(f"{len(new)} files, {total} bytes, {len(corpus.kept)} of them kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
