"""Writes tests/facts/messages.tsv and messages.txt: errors of pickle and multiprocessing, provoked on real interpreters.

    python3 tools/messages.py            # writes
    python3 tools/messages.py --check    # says how the interpreters differ from what stands there

Each case is a small program and the cause that it shows. The wording that a message is of is found here with
regular expressions made from src/lookup/message/templates.tsv, a second reading of that table beside pickscope's own.
See interpreters.py for the Pythons that are asked.
"""

import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import interpreters

ROOT = pathlib.Path(__file__).parent.parent
FACTS = ROOT / "tests/facts"

# Runs every case with every pickler and protocol: what it gives is a list of [case, stage, implementation, exception, message].
ASK = r'''
from __future__ import print_function
import json, sys, os, io, re, types, signal, struct
PY2 = sys.version_info[0] == 2
question = json.loads(io.open(sys.argv[1], encoding="utf-8").read())
KEPT = [sys.modules["__main__"]]  # Python 2 empties a module that nobody holds.
main = types.ModuleType("__main__")
rows = []
import pickle
if PY2:
    import cPickle
    DUMPS = [("c", cPickle.dumps), ("py", pickle.dumps)]
    LOADS = [("c", cPickle.loads), ("py", pickle.loads)]
else:
    import _pickle
    DUMPS = [("c", _pickle.dumps), ("py", pickle._dumps)]
    LOADS = [("c", _pickle.loads), ("py", pickle._loads)]

def note(case, stage, implementation, error):
    name = type(error).__name__
    message = str(error) if not isinstance(error, KeyError) or not error.args else repr(error.args[0])
    if PY2 and isinstance(message, bytes):
        message = message.decode("utf-8", "replace")
    message = re.sub("0x[0-9a-f]{6,}", "0x7f0000000000", message)
    notes = ["when serializing" + own.split("when serializing")[1] for own in getattr(error, "__notes__", []) if "when serializing" in own]
    rows.append([case, stage, implementation, name, message, notes])

class Away(Exception):
    pass

def alarmed(*_):
    raise Away()

if hasattr(signal, "alarm"):
    signal.signal(signal.SIGALRM, alarmed)

for case, program in question["dump"] + question["load"]:
    stage = "dump" if [case, program] in question["dump"] else "load"
    for implementation, call in DUMPS if stage == "dump" else LOADS:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1) if stage == "dump" else [None]:
            made = sys.modules["__main__"] = types.ModuleType("__main__")
            KEPT.append(made)
            space = made.__dict__
            space.update(__name__="__main__", PY2=PY2, struct=struct, protocol=protocol, pickle=pickle, call=call)
            try:
                exec(program, space)
                if "obj" not in space and "run" not in space:
                    break
            except Exception:
                break  # Not for this Python.
            try:
                if hasattr(signal, "alarm"):
                    signal.alarm(20)
                if "run" in space:
                    space["run"]()
                elif stage == "dump":
                    call(space["obj"], protocol)
                else:
                    call(space["obj"])
            except Away:
                pass
            except Exception as error:
                note(case, stage, implementation, error)
            finally:
                if hasattr(signal, "alarm"):
                    signal.alarm(0)

if hasattr(os, "fork") and question["pool"]:
    sys.modules["__main__"] = main
    import multiprocessing
    context = multiprocessing if PY2 else multiprocessing.get_context("fork")
    for case, program in question["pool"]:
        space = main.__dict__
        space.update(__name__="__main__", PY2=PY2)
        pool = None
        try:
            space.pop("run", None)
            exec(program, space)
            if "run" not in space:
                continue
            pool = context.Pool(1)
            space["pool"] = pool
            signal.alarm(20)
            space["run"]()
        except Away:
            pass
        except Exception as error:
            note(case, "dump", "mp", error)
        finally:
            signal.alarm(0)
            if pool:
                pool.terminate()
with io.open(sys.argv[2], "w", encoding="utf-8") as out:
    said = json.dumps(rows)
    out.write(said if not isinstance(said, bytes) else said.decode("utf-8"))
os._exit(0) if hasattr(os, "fork") and question["pool"] else None
'''

# case: (cause, program that makes `obj`). A cause may be a list of (what is in the message, cause): the first counts.
DUMP = {
    "lambda": ([("local object", "local-object"), ("function'>: attribute lookup __builtin__", "hidden-function-python-2"),
                ("function objects", "hidden-function-python-2"), ("", "lambda")], "obj = lambda: 0"),
    "lambda in a list": ([("function'>: attribute", "hidden-function-python-2"), ("function objects", "hidden-function-python-2"),
                          ("", "lambda")], "obj = [lambda: 0]"),
    "local function": ([("function'>: attribute", "hidden-function-python-2"), ("function objects", "hidden-function-python-2"),
                        ("__main__.inner", "not-found-by-name"), ("", "local-object")],
                       "def make():\n    def inner(): pass\n    return inner\nobj = make()"),
    "decorator": ([("function'>: attribute", "hidden-function-python-2"), ("function objects", "hidden-function-python-2"),
                   ("__main__.wrapper", "not-found-by-name"), ("", "decorated-without-wraps")],
                  "def deco(f):\n    def wrapper(*a): return f(*a)\n    return wrapper\n@deco\ndef f(): pass\nobj = f"),
    "local class": ([("<locals>", "local-object"), ("", "not-found-by-name")],
                    "def make():\n    class L(object): pass\n    return L\nobj = make()()"),
    "nested class": ("not-found-by-name", "class Outer(object):\n    class Inner(object): pass\nobj = Outer.Inner()"),
    "other name": ("not-found-by-name", "import collections\nPoint = collections.namedtuple('P', 'x y')\nobj = Point(1, 2)"),
    "deleted": ("not-found-by-name", "class K(object): pass\nobj = K()\ndel K"),
    "redefined": ("not-same-object", "class K(object): pass\nobj = K()\nclass K(object): pass"),
    "function redefined": ([("function'>: attribute", "hidden-function-python-2"), ("function objects", "hidden-function-python-2"),
                            ("", "not-same-object")], "def f(): pass\nobj = f\ndef f(): pass"),
    "no module": ([("not found as", "not-found-by-name"), ("", "function-module-broken")], "obj = type('K', (object,), {'__module__': 'no_such_module'})"),
    "module not text": ([("function'>", "hidden-function-python-2"), ("function objects", "hidden-function-python-2"), ("", "function-module-broken")],
                        "def f(): pass\nf.__module__ = 42\nobj = f"),
    "reduce to no name": ("not-found-by-name", "class G(object):\n    def __reduce__(self): return 'nope'\nobj = G()"),
    "not ASCII": ([("function'>", "hidden-function-python-2"), ("function objects", "hidden-function-python-2"), ("", "not-found-by-name")],
                  "if not PY2:\n    exec(u'def \\xe9t\\xe9(): pass\\nobj = \\xe9t\\xe9')"),
    "method": ("bound-method-python-2", "class C(object):\n    def f(self): pass\nif PY2: obj = C().f"),
    "class method": ("bound-method-python-2", "class C(object):\n    @classmethod\n    def f(cls): pass\nif PY2: obj = C.f"),
    "lock": ([("not found as thread.lock", "resource-lock"), ("", "resource-lock")], "import threading\nobj = threading.Lock()"),
    "rlock": ("resource-lock", "import threading\nif not PY2: obj = threading.RLock()"),
    "lock in an object": ("resource-lock", "import threading\nclass H(object):\n    def __init__(self): self.lock = threading.Lock()\nobj = H()"),
    "local of threads": ("thread-or-event-loop", "import threading\nobj = threading.local()"),
    "file": ("resource-file-or-socket", "import tempfile\nobj = tempfile.TemporaryFile('w')"),
    "binary file": ("resource-file-or-socket", "import tempfile\nif not PY2: obj = tempfile.TemporaryFile('wb')"),
    "socket": ([("<class 'socket.socket'>", "not-found-by-name"), ("", "resource-file-or-socket")], "import socket\nif not PY2: obj = socket.socket()"),
    "mmap": ([("Can't pickle <type", "not-found-by-name"), ("", "resource-file-or-socket")], "import mmap\nif not PY2: obj = mmap.mmap(-1, 10)"),
    "generator": ("resource-generator-or-frame", "obj = (x for x in ())"),
    "coroutine": ("resource-generator-or-frame", "if not PY2:\n    exec('async def f(): pass\\nobj = f()')"),
    "frame": ("resource-generator-or-frame", "import sys\nobj = sys._getframe()"),
    "traceback": ("resource-generator-or-frame", "import sys\ntry: 1/0\nexcept Exception: obj = sys.exc_info()[2]"),
    "module": ("module-object", "import os\nobj = os"),
    "code": ([("attribute lookup", "unreachable-type"), ("not found as", "unreachable-type"), ("", "c-type-without-recipe")], "obj = compile('1', '', 'eval')"),
    "memoryview": ("c-type-without-recipe", "if not PY2: obj = memoryview(b'a')"),
    "dict keys": ("c-type-without-recipe", "if not PY2: obj = {}.keys()"),
    "weak reference": ([("attribute lookup", "unreachable-type"), ("not found as", "unreachable-type"), ("", "c-type-without-recipe")],
                       "import weakref\nclass K(object): pass\nk = K()\nif not PY2: obj = weakref.ref(k)"),
    "mapping proxy": ([("attribute lookup", "unreachable-type"), ("not found as", "unreachable-type"), ("", "c-type-without-recipe")],
                      "import types\nif not PY2: obj = types.MappingProxyType({})"),
    "regular expression's match": ([("attribute lookup", "c-type-without-recipe"), ("", "c-type-without-recipe")], "import re\nif not PY2: obj = re.match('a', 'a')"),
    "csv dialect": ("c-type-without-recipe", "import csv, _csv\nif not PY2: obj = _csv.Dialect()"),
    "slots": ("slots-old-protocol", "class S(object):\n    __slots__ = 'a',\nobj = S()"),
    "pointer": ("ctypes-pointer", "import ctypes\nobj = ctypes.c_char_p(b'a')"),
    "system's random": ("not-picklable-on-purpose", "import random\nobj = random.SystemRandom()"),
    "deep": ("recursion", "import sys\nobj = []\n# It ends the interpreter in a browser.\nfor i in range(0 if sys.platform == 'emscripten' else 100000): obj = [obj]"),
    "reduce gives a number": ("reduce-broken", "class R(object):\n    def __reduce__(self): return 1\nobj = R()"),
    "reduce gives one": ("reduce-broken", "class R(object):\n    def __reduce__(self): return (int,)\nobj = R()"),
    "reduce's callable": ("reduce-broken", "class R(object):\n    def __reduce__(self): return 1, ()\nobj = R()"),
    "reduce's arguments": ("reduce-broken", "class R(object):\n    def __reduce__(self): return int, []\nobj = R()"),
    "reduce's items": ("reduce-broken", "class R(list):\n    def __reduce__(self): return list, (), None, 1\nobj = R()"),
    "reduce's pairs": ("reduce-broken", "class R(dict):\n    def __reduce__(self): return dict, (), None, None, iter([1])\nobj = R()"),
    "new arguments": ("reduce-broken", "class R(object):\n    def __getnewargs__(self): return 1\nobj = R()"),
    "buffer": ("picklebuffer-protocol", "import pickle\nobj = pickle.PickleBuffer(b'a')"),
    "protocol too high": ("protocol-out-of-range", "import pickle\ndef run(): call(1, 9)"),
    "file that isn't one": ("api-misuse", "import pickle\ndef run(): pickle.dump(1, 'path')"),
    "text file": ("api-misuse", "import pickle, io\ndef run(): pickle.dump(1, io.StringIO())\nif PY2: del run"),
    "pickler without init": ("pickler-not-initialised", "import pickle\nclass P(pickle.Pickler):\n    def __init__(self): pass\ndef run(): P().dump(1)\nif PY2: del run"),
    "shrinking dict": ("changed-while-pickling", "d = {}\nclass K(object):\n    def __reduce__(self):\n        d[object()] = 1\n        return int, ()\nd[0], d[1] = K(), K()\nobj = d"),
}

# Packages that are there, and empty.
PARENTS = ("import sys, types\nparts = '%s'.split('.')[:-1]\nfor end in range(len(parts)):\n"
           "    name = '.'.join(parts[:end + 1])\n    sys.modules[name] = types.ModuleType(name)\n    sys.modules[name].__path__ = []\n")
GLOBAL = "obj = b'c%s\\n%s\\n.'"
LOAD = {
    "no module": ("not-installed", GLOBAL % ("no_such_module", "f")),
    "no submodule": ("not-installed", GLOBAL % ("os.path.nope", "f")),
    "library's old module": ([("named tree$", "not-installed"), ("", "library-changed")], PARENTS % "sklearn.tree.tree" + GLOBAL % ("sklearn.tree.tree", "T")),
    "numpy's new module": ([("named _core", "not-installed"), ("", "library-moved")], PARENTS % "numpy._core" + GLOBAL % ("numpy._core.multiarray", "_reconstruct")),
    "pandas' old index": ([("named numeric$", "not-installed"), ("", "library-moved")], PARENTS % "pandas.core.indexes.numeric" + GLOBAL % ("pandas.core.indexes.numeric", "Int64Index")),
    "Python 2's module": ("python-2-name", "if not PY2: obj = b'\\x80\\x04c__builtin__\\neval\\n.'"),
    "Python 3's module": ("python-3-name", "if PY2: obj = b'cbuiltins\\nset\\n.'"),
    "carriage return in a module": ("carriage-return", "if not PY2: obj = b'cos\\r\\ngetcwd\\r\\n.'"),
    "no attribute": ([("'module' object", "main-module"), ("", "not-a-standard-name")], GLOBAL % ("os", "no_such_name")),
    "attribute that moved": ("attribute-moved", GLOBAL % ("collections", "Mapping")),
    "main": ("main-module", GLOBAL % ("__main__", "Model")),
    "worker's main": ("worker-cannot-import", "import sys\nimport types\nsys.modules['__mp_main__'] = types.ModuleType('__mp_main__')\nif not PY2: obj = b'c__mp_main__\\nf\\n.'"),
    "method's type": ([("'module' object", "main-module"), ("", "bound-method-python-2")], GLOBAL % ("__builtin__", "instancemethod")),
    "Python 2's file": ("mapping-hole", "if not PY2:\n    " + GLOBAL % ("__builtin__", "file")),
    "local": ("local-object", "if not PY2: obj = b'\\x80\\x04c__main__\\nf.<locals>.g\\n.'"),
    "dotted": ([("'module' object", "main-module"), ("", "dotted-name")], GLOBAL % ("os", "path.join")),
    "lambda": ([("'module' object", "main-module"), ("", "lambda")], GLOBAL % ("os", "<lambda>")),
    "protocol of nobody": ("corrupted", "obj = b'\\x80\\x09N.'"),
    "protocol": ("protocol-too-new", "obj = b'\\x80\\x05N.'"),
    "empty": ("truncated", "obj = b''"),
    "cut": ("truncated", "obj = b'\\x80\\x02]q\\x00(K\\x01X\\x03\\x00'"),
    "cut frame": ([("pop from empty", "corrupted"), ("", "truncated")], "if not PY2: obj = b'\\x80\\x04\\x95\\x20\\0\\0\\0\\0\\0\\0\\0abc'"),
    "HTML": ("not-a-pickle", "obj = b'<html>'"),
    "zlib": ("not-a-pickle", "obj = b'x\\x9c\\x00'"),
    "no opcode": ("not-a-pickle", "obj = b'\\xff.'"),
    "underflow": ("corrupted", "obj = b'\\x80\\x02a.'"),
    "no mark": ("corrupted", "obj = b'\\x80\\x02t.'"),
    "memo": ("memo-missing", "obj = b'\\x80\\x02h\\x28.'"),
    "persistent id": ("persistent-id", "obj = b'\\x80\\x02K\\x01Q.'"),
    "extension": ("extension-code", "obj = b'\\x80\\x02\\x82\\x2a.'"),
    "buffers": ("out-of-band-buffers", "import pickle\npickle.PickleBuffer\nobj = b'\\x80\\x05\\x97.'"),
    "stack global": ("corrupted", "if not PY2: obj = b'\\x80\\x04K\\x01K\\x02\\x93.'"),
    "not a class": ([("", "constructor-mismatch"),], "obj = b'\\x80\\x02K\\x01)\\x81.'"),
    "unhashable": ("unhashable", "obj = b'\\x80\\x02}]K\\x01s.'"),
    "unquoted": ("corrupted", "obj = b\"S'abc\\n.\""),
    "bytes of Python 2": ("python-2-text-encoding", "if not PY2: obj = b'\\x80\\x02U\\x01\\xe9.'"),
    "exception": ("exception-cannot-be-rebuilt",
                  "class JobError(Exception):\n    def __init__(self, code, text): Exception.__init__(self, text)\nimport pickle\nobj = pickle.dumps(JobError(1, 'a'), 2)"),
    "new": ("constructor-mismatch", "import pickle\nclass K(object): pass\nobj = pickle.dumps(K(), 2)\nclass K(object):\n    def __new__(cls, a): return object.__new__(cls)"),
    "state": ("state-mismatch", "obj = b'\\x80\\x02c__main__\\nK\\n)\\x81K\\x05b.'\nclass K(object): pass"),
    "private method": ("private-method", "class C(object):\n    def __m(self): pass\nif not PY2:\n    import pickle\n    obj = pickle.dumps(C()._C__m, 2)"),
    "enum": ("enum-value-gone", "import enum, pickle\nclass E(enum.Enum): a = 1\nobj = pickle.dumps(E.a, 2).replace(b'K\\x01', b'K\\x03')"),
    "abstract": ("constructor-mismatch", "obj = b'c__main__\\nK\\n)R.'\nimport abc\nK = abc.ABCMeta('K', (object,), {'f': abc.abstractmethod(lambda self: 0)})"),
    "code": ("code-of-another-python", "obj = b'ctypes\\nCodeType\\n)R.'"),
    "function": ("code-of-another-python", "obj = b'ctypes\\nFunctionType\\n(K\\x01}tR.'"),
    "text in place of bytes": ("api-misuse", "import pickle\ndef run(): pickle.loads(u'abc')\nif PY2: del run"),
    "path in place of a file": ("api-misuse", "import pickle\ndef run(): pickle.load('path')"),
    "file opened as text": ([("invalid start byte", "api-misuse"), ("", "api-misuse")],
                            "import pickle, tempfile\nif not PY2:\n    def run():\n        f = tempfile.NamedTemporaryFile()\n        f.write(pickle.dumps(1)); f.flush()\n        pickle.load(open(f.name, encoding='utf-8'))"),
    "random's state": ("state-mismatch", "obj = b'crandom\\nRandom\\n)R(K\\x09NNtb.'"),
    "unfinished class": ("module-import-fails", "import sys\nsys.modules['gone_module'] = None\nif not PY2: obj = b'cgone_module\\nf\\n.'"),
}

POOL = {
    "pool: method": ("bound-method-python-2", "class C(object):\n    def f(self, x): return x\ndef run(): pool.map(C().f, range(10))\nif not PY2: del run"),
    "pool: lambda": ([("function'>", "hidden-function-python-2"), ("", "lambda")], "f = lambda x: x\ndef run(): pool.map(f, [1])"),
    "pool: local lambda": ([("function'>", "hidden-function-python-2"), ("", "local-object")], "def run(): pool.map(lambda x: x, [1])"),
    "pool: local": ([("function'>", "hidden-function-python-2"), ("", "local-object")], "def run():\n    def g(x): return x\n    pool.map(g, [1])"),
    "pool: pool": ("pool-object", "def f(x): return x\ndef run(): pool.map(f, [pool])"),
    "pool: lock": ("inheritance-only", "import multiprocessing\ndef f(x): return x\ndef run(): pool.map(f, [multiprocessing.Lock()])"),
    "pool: queue": ("inheritance-only", "import multiprocessing\ndef f(x): return x\ndef run(): pool.map(f, [multiprocessing.Queue()])"),
    "pool: thread's lock": ("resource-lock", "import threading\ndef f(x): return x\ndef run(): pool.map(f, [threading.Lock()])"),
    "pool: result with a lock": ([("generator", "resource-generator-or-frame"), ("", "resource-lock")], "import threading\ndef f(x): return threading.Lock()\ndef run(): pool.map(f, [1])"),
    "pool: result with a generator": ("resource-generator-or-frame", "def f(x): return (i for i in ())\ndef run(): pool.map(f, [1])"),
    "pool: result with a lambda": ([("function'>", "hidden-function-python-2"), ("", "local-object")], "def f(x): return lambda: 0\ndef run(): pool.map(f, [1])"),
}

# Whole programs, whose tracebacks are kept as they are: name, Python, cause, program.
TRACEBACKS = [
    ("Pool.map of a method", "2.7", "bound-method-python-2", """
        import multiprocessing
        class Job(object):
            def f(self, x):
                return x * x
            def start(self):
                pool = multiprocessing.Pool(2)
                return pool.map(self.f, range(10))
        if __name__ == '__main__':
            print(Job().start())
    """),
    ("a lambda for a process pool", "3.8", "lambda", """
        from concurrent.futures import ProcessPoolExecutor
        if __name__ == '__main__':
            with ProcessPoolExecutor(1) as pool:
                print(pool.submit(lambda: 1).result())
    """),
    ("a result with a lock", "3.11", "resource-lock", """
        import multiprocessing, threading
        def work(x):
            return {'lock': threading.Lock()}
        if __name__ == '__main__':
            with multiprocessing.Pool(1) as pool:
                pool.map(work, [1])
    """),
    ("a result with a lock, in a process pool", "3.12", "resource-lock", """
        from concurrent.futures import ProcessPoolExecutor
        import threading
        def work():
            return threading.Lock()
        if __name__ == '__main__':
            with ProcessPoolExecutor(1) as pool:
                pool.submit(work).result()
    """),
    ("an exception that can't be made again", "3.13", "exception-cannot-be-rebuilt", """
        from concurrent.futures import ProcessPoolExecutor
        class JobError(Exception):
            def __init__(self, code, text):
                super().__init__(text)
        def work():
            raise JobError(1, 'a')
        if __name__ == '__main__':
            with ProcessPoolExecutor(1) as pool:
                pool.submit(work).result()
    """),
    ("an exception that can't be made again, Python 3.7", "3.7", "exception-cannot-be-rebuilt", """
        from concurrent.futures import ProcessPoolExecutor
        class JobError(Exception):
            def __init__(self, code, text):
                super().__init__(text)
        def work():
            raise JobError(1, 'a')
        if __name__ == '__main__':
            with ProcessPoolExecutor(1) as pool:
                pool.submit(work).result()
    """),
    ("an error while another is handled", "3.6", "not-a-pickle", """
        import pickle
        def load(data):
            try:
                return pickle.loads(data)
            except pickle.UnpicklingError as error:
                raise RuntimeError('the cache is broken') from error
        load(b'<html>')
    """),
    ("a class of another program", "3.10", "main-module", """
        import pickle
        pickle.loads(b'c__main__\\nModel\\n.')
    """),
    ("a key that is missing", "3.9", "not-a-pickle", """
        import pickle
        pickle._loads(b'x')
    """),
    ("a shell of Python 2.7", "2.7", "main-module", """
        import pickle
        pickle.loads(b'c__main__\\nModel\\n.')
    """),
    ("started without a guard", "3.12", "bootstrap-spawn", """
        import multiprocessing
        multiprocessing.set_start_method('spawn')
        with multiprocessing.Pool(1) as pool:
            pool.map(abs, [1])
    """),
]

DIGITS = "protocol max code index count given".split()
WORDS = "f base member".split()


def expression(pattern):
    """A wording as a regular expression."""
    whole, text = pattern.endswith("$"), pattern[:-1] if pattern.endswith("$") else pattern
    parts = re.split(r"\{([a-z_]+)\}", text)
    made = re.escape(parts[0])
    for place, literal in zip(parts[1::2], parts[2::2]):
        kind = r"-?\d+" if place in DIGITS else r"[\w.<>-]+" if place in WORDS else r"[\s\S]*" + ("?" if literal else "")
        made += "(?:%s)%s" % (kind, re.escape(literal))
    return re.compile(made + (r"(?:\Z|\n)" if whole else ""))


def wordings():
    for line in (ROOT / "src/lookup/message/templates.tsv").read_text().splitlines():
        cells = line.split("\t")
        own = any(re.match(re.escape(one) + r"[:$]", cells[8]) for one in cells[7].split())
        yield cells[0], cells[7].split(), expression(cells[8]), own


def template(exception, message, table):
    line = exception + (": " + message if message else "")
    for name, exceptions, compiled, own in table:
        if exception in exceptions and compiled.match(line if own else message):
            reason = re.search(r"Reason: '(\w+)\([\"'](.*)[\"'],?\)'$", message)
            inner = name == "mp.maybeencoding" and reason and template(*reason.groups(), table)
            return inner or name
    return None


def cause_of(case, message):
    cause = case[0]
    if isinstance(cause, str):
        return cause
    return next(own for part, own in cause if re.search(part, message))


def escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def messages(table):
    found = collections.defaultdict(set)
    for version in interpreters.VERSIONS:
        question = {
            "dump": [[name, case[1]] for name, case in DUMP.items()],
            "load": [[name, case[1]] for name, case in LOAD.items()],
            "pool": [] if version in interpreters.PYODIDE else [[name, case[1]] for name, case in POOL.items()],
        }
        for name, stage, implementation, exception, message, notes in interpreters.ask(version, ASK, question):
            case = POOL.get(name) or (DUMP if stage == "dump" else LOAD)[name]
            message = re.sub(r"/\S*/(lib/python[\d.]+|site-packages)/", r"/usr/\1/", message)
            message = re.sub(r"'/tmp/[^']*'", "'/tmp/file'", message)
            found[name, stage, implementation, exception, message, "; ".join(notes), cause_of(case, message)].add(version)
    lines, lost = [], []
    for (name, stage, implementation, exception, message, notes, cause), versions in sorted(found.items()):
        own = template(exception, message, table)
        if own is None:
            lost.append((name, exception, message))
        lines.append("\t".join([format(interpreters.mask(versions), "x"), implementation, stage, name, own or "-", cause, exception,
                                escaped(message), escaped(notes)]))
    for one in lost:
        print("no wording fits:", one)
    return "\n".join(lines) + "\n", not lost


def tracebacks():
    kept = []
    for name, version, cause, program in TRACEBACKS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "job.py"
            path.write_text(textwrap.dedent(program).lstrip())
            try:
                done = subprocess.run([interpreters.cpython(version), path], cwd=folder, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=8)
                text = done.stderr.decode()
            except subprocess.TimeoutExpired as late:
                text = (late.stderr or b"").decode()
        text = re.sub("0x[0-9a-f]{6,}", "0x7f0000000000", text.replace(folder, "/home/me"))
        text = re.sub(r"/\S*/versions/[\d.]+/lib/", "/usr/lib/", text)
        text = re.sub(r"(?m)^Process \S+:$", "Process Worker-1:", text)
        # A pool starts its processes again and again.
        kept.append("=== %s\t%s\t%s\n%s\n" % (name, version, cause, "\n".join(text.splitlines()[:80])))
    return "".join(kept)


def main():
    check = "--check" in sys.argv[1:]
    table = list(wordings())
    text, good = messages(table)
    good = interpreters.put(FACTS / "messages.tsv", text, check) and good
    if not check:
        interpreters.put(FACTS / "messages.txt", tracebacks(), check)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
