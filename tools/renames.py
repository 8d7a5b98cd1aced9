"""Asks Pythons how they rename what is looked up, and writes src/lookup/renames/*.tsv.

    python3 tools/renames.py [--check]

`python3.tsv`: the Python 2 names that a Python 3 looks up under another name
where a stream's protocol is below 3 (`_compat_pickle.NAME_MAPPING`, and
`IMPORT_MAPPING` with the name `*`); `python2.tsv`: the reverse, by which it
writes such a stream. A row is module, name, the module and name in their
place, and the Pythons that do so, as a mask.

`holes.tsv`: names that Python 2.7 has in the modules that the mapping speaks
of, and in a few others, and that its mapping doesn't lead to: module, name,
the Pythons on which find_class fails, those where that isn't known, and what
there is instead, which is written down here.

`homes.tsv`: public names that Pythons write under different names: module and
name as written, the public module and name, the Pythons that write it so, and
those that have the public name and can't find the written one.

Needs the Pythons of tools/interpreters.py; about 80 seconds. --check compares
with what stands there, and writes nothing.
"""

import argparse
import sys

from interpreters import PYODIDE, VERSIONS, ask, mask, put

FOLDER = "src/lookup/renames/"

MAPPING = r"""
import json, sys
try:
    import _compat_pickle as c
    answer = {
        "python3": [[m, n, a, b] for (m, n), (a, b) in c.NAME_MAPPING.items()] + [[m, "*", a, "*"] for m, a in c.IMPORT_MAPPING.items()],
        "python2": [[m, n, a, b] for (m, n), (a, b) in c.REVERSE_NAME_MAPPING.items()] + [[m, "*", a, "*"] for m, a in c.REVERSE_IMPORT_MAPPING.items()],
    }
except ImportError:
    answer = {"python3": [], "python2": []}
with open(sys.argv[2], "w") as file:
    json.dump(answer, file)
"""

# What modules of Python 2 have: dir() after an import.
MEMBERS = r"""
import json, sys
answer = {}
for module in json.load(open(sys.argv[1])):
    try:
        __import__(module)
        answer[module] = [name for name in dir(sys.modules[module])]
    except ImportError:
        pass
with open(sys.argv[2], "w") as file:
    json.dump(answer, file)
"""

# find_class, given [module, name, protocol].
FIND = r"""
import io, json, sys, warnings
warnings.simplefilter("ignore")
import pickle
class Find(pickle.Unpickler):
    pass
def find(module, name, protocol):
    unpickler = Find(io.BytesIO(b""))
    if sys.version_info[0] > 2:
        # The unpickler keeps a stream's protocol, by which it maps: so it reads one.
        stream = bytes(bytearray([0x80, protocol])) if protocol else b""
        if protocol < 4:
            stream += b"c" + module.encode() + b"\n" + name.encode() + b"\n."
        else:
            for text in (module, name):
                text = text.encode()
                stream += b"\x8c" + bytes(bytearray([len(text)])) + text
            stream += b"\x93."
        return Find(io.BytesIO(stream)).load()
    return pickle.Unpickler(io.BytesIO(b"")).find_class(module, name)
answer = []
for module, name, protocol in json.load(open(sys.argv[1])):
    try:
        find(str(module), str(name), protocol)
        answer.append("found")
    except ImportError:
        answer.append("module")
    except (AttributeError, KeyError):
        answer.append("name")
    except Exception as error:
        answer.append(repr(error))
with open(sys.argv[2], "w") as file:
    json.dump(answer, file)
"""

# All of the standard library, imported: also what tools/homeless.py begins with.
IMPORT = r"""
import json, os, pkgutil, sys, warnings
warnings.simplefilter("ignore")
OTHER = set('''antigravity this idlelib turtledemo test tests lib2to3 pip setuptools pkg_resources wheel _distutils_hack
    pyodide _pyodide pyodide_js js micropip webbrowser_pyodide site sitecustomize usercustomize _emscripten_info
    __phello__ __hello__ distutils ensurepip ctypes_test sqlite3_test script'''.split())
def wanted(name):
    parts = name.split(".")
    return not (set(parts) & OTHER or parts[-1] == "__main__" or parts[0].startswith(("_test", "xx", "_xx", "_pyrepl"))
                or ".test" in name or name.startswith("_sysconfigdata"))
def walk(path, prefix=""):
    for _, name, package in pkgutil.iter_modules(path, prefix):
        if not wanted(name):
            continue
        yield name
        if package:
            try:
                __import__(name)
                below = list(sys.modules[name].__path__)
            except BaseException:
                continue
            for inner in walk(below, name + "."):
                yield inner
path = [folder for folder in sys.path if folder and "site-packages" not in folder and os.path.exists(folder)]
names = set(walk(path)) | set(name for name in sys.builtin_module_names if wanted(name))
home = os.getcwd()
sys.stdout = open(os.devnull, "w")
for name in sorted(names):
    try:
        __import__(name)
    except BaseException:
        pass
def public(name):
    return not any(part.startswith("_") and part != "__builtin__" for part in name.split("."))
stdlib = {}
for name, module in list(sys.modules.items()):
    if (name in names or name in ("os.path", "collections.abc")) and type(module) is type(sys):
        stdlib[name] = module
"""

# The names that public names are written under.
WRITTEN = IMPORT + r"""
import pickle, pickletools
protocol = 2 if sys.version_info[0] == 2 else 4
def written(value):
    try:
        stream = pickle.dumps(value, protocol)
    except BaseException:
        return None
    # Where it is looked for then depends on what is imported.
    if getattr(value, "__module__", None) is None:
        return None
    ops = [(op.name, argument) for op, argument, _ in pickletools.genops(stream)]
    ops = [(name, argument) for name, argument in ops if name not in ("PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "STOP")]
    if len(ops) == 1 and ops[0][0] == "GLOBAL":
        return ops[0][1].split(" ", 1)
    if len(ops) == 3 and ops[2][0] == "STACK_GLOBAL":
        # `copy copy`: the second is the first, from the memo.
        return [ops[0][1], ops[0][1] if ops[1][0] == "BINGET" else ops[1][1]]
    return None
answer = []
def members():
    for name in sorted(stdlib):
        if public(name):
            for member in sorted(getattr(stdlib[name], "__all__", dir(stdlib[name]))):
                yield name, member
# First what each module lists; then, for some give names that they don't list, what any Python's does.
for name, member in json.load(open(sys.argv[1])) or members():
    if member.startswith("_") or name not in stdlib:
        continue
    try:
        value = getattr(stdlib[name], member)
    except BaseException:
        continue
    if callable(value):
        home = written(value)
        if home and "<locals>" not in home[1]:
            answer.append([name, member] + home)
with open(sys.argv[2], "w") as file:
    json.dump(answer, file)
if sys.platform != "emscripten":
    os._exit(0)
"""

# Modules whose Python 2 names are looked at beside those that the mapping names.
BESIDE = "exceptions types string itertools operator os sys time math collections functools urllib new sets UserDict UserList UserString".split()

# Modules in which the build of PYODIDE differs from others: it is of 32 bits, and runs on no system.
SYSTEM = {"ctypes", "hashlib", "ntpath", "os", "selectors", "socket", "ssl", "sys"}
# Built without OpenSSL, which others have.
PLAIN = {("2.7", "hashlib"), ("3.6", "hashlib")}

# What there is in Python 3 instead of a name of Python 2. Sources: docs.python.org/3/whatsnew/3.0.html, PEP 3100, PEP 3108,
# and lib2to3's fixers.
INSTEAD = {
    "__builtin__": dict(
        StandardError="builtins.Exception", apply="function(*arguments, **keywords)", buffer="builtins.memoryview",
        cmp="(a > b) - (a < b)", coerce="", execfile="exec(open(path).read())", file="io.open", raw_input="builtins.input",
        reload="importlib.reload",
    ),
    "types": dict(
        BooleanType="builtins.bool", BufferType="builtins.memoryview", ClassType="builtins.type", ComplexType="builtins.complex",
        DictProxyType="types.MappingProxyType", DictType="builtins.dict", DictionaryType="builtins.dict",
        EllipsisType="type(Ellipsis)", FileType="io.TextIOWrapper", FloatType="builtins.float", InstanceType="builtins.object",
        IntType="builtins.int", ListType="builtins.list", LongType="builtins.int", NoneType="type(None)",
        NotImplementedType="type(NotImplemented)", ObjectType="builtins.object", SliceType="builtins.slice",
        StringType="builtins.bytes", StringTypes="builtins.str", TupleType="builtins.tuple", TypeType="builtins.type",
        UnboundMethodType="types.FunctionType", UnicodeType="builtins.str", XRangeType="builtins.range",
    ),
    "new": dict(
        classobj="builtins.type", code="types.CodeType", function="types.FunctionType", instance="builtins.object",
        instancemethod="types.MethodType", module="types.ModuleType",
    ),
    "string": dict(
        letters="string.ascii_letters", lowercase="string.ascii_lowercase", uppercase="string.ascii_uppercase",
        maketrans="str.maketrans", **{name: f"str.{name}" for name in
        "capitalize center count expandtabs find index join ljust lower lstrip replace rfind rindex rjust rsplit rstrip split strip swapcase translate upper zfill".split()},
        atof="builtins.float", atoi="builtins.int", atol="builtins.int", joinfields="str.join", splitfields="str.split",
    ),
    "itertools": dict(),
    "operator": dict(
        div="operator.truediv", idiv="operator.itruediv", isCallable="builtins.callable", sequenceIncludes="operator.contains",
        delslice="operator.delitem", getslice="operator.getitem", setslice="operator.setitem", repeat="operator.mul",
        irepeat="operator.imul", isSequenceType="collections.abc.Sequence", isMappingType="collections.abc.Mapping",
        isNumberType="numbers.Number",
    ),
    "os": dict(getcwdu="os.getcwd", tmpfile="tempfile.TemporaryFile", tempnam="tempfile.mkstemp",
               tmpnam="tempfile.mkstemp", popen2="subprocess.Popen", popen3="subprocess.Popen", popen4="subprocess.Popen"),
    "sys": dict(maxint="sys.maxsize", exc_clear="", exc_type="sys.exc_info", exc_value="sys.exc_info", exc_traceback="sys.exc_info"),
    "collections": {name: f"collections.abc.{name}" for name in
        "Callable Container Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet Sequence Set Sized ValuesView".split()},
    "StringIO": dict(),
    "UserDict": dict(DictMixin="collections.abc.MutableMapping"),
    "UserString": dict(MutableString=""),
    "commands": dict(mkarg="shlex.quote", mk2arg="", getstatus=""),
    "urllib": dict(localhost="", thishost=""),
}


def mapping(answers, which):
    rows = {}
    for version, answer in answers.items():
        for row in answer[which]:
            rows.setdefault(tuple(row), []).append(version)
    return "".join("\t".join(row) + f"\t{mask(versions):x}\n" for row, versions in sorted(rows.items()))


def holes(answers):
    modules = {row[0] for answer in answers.values() for row in answer["python3"]} | set(BESIDE)
    modules.discard("test.test_support")
    members = ask("2.7", MEMBERS, sorted(modules))
    names = [[module, name, 2] for module in sorted(members) for name in sorted(members[module])
             if not (name.startswith("__") and name.endswith("__") and name != "__import__")]
    found = {version: ask(version, FIND, names) for version in VERSIONS[1:]}
    used = set()
    text = ""
    for place, (module, name, _) in enumerate(names):
        what = {version: answer[place] for version, answer in found.items()}
        odd = {answer for answer in what.values()} - {"found", "module", "name"}
        if odd:
            sys.exit(f"{module}.{name}: {odd}")
        # A build that lacks the module, or a name of another system, tells nothing where its neighbour finds it.
        unknown = {version for version in PYODIDE if what[version] != "found" and what["3.13"] == "found"}
        fails = {version for version, answer in what.items() if answer != "found"} - unknown
        if not fails:
            continue
        instead = INSTEAD.get(module, {}).get(name, "")
        used.add((module, name))
        text += f"{module}\t{name}\t{mask(fails):x}\t{mask(unknown):x}\t{instead}\n"
    for module, names in INSTEAD.items():
        for name in names:
            if (module, name) not in used:
                print(f"{module}.{name} is no hole")
    return text


def homes():
    listed = {(module, name) for version in VERSIONS for module, name, *_ in ask(version, WRITTEN, None)}
    written = {}
    for version in VERSIONS:
        for module, name, home, member in ask(version, WRITTEN, sorted(listed)):
            top = module.split(".")[0]
            if version in PYODIDE and top in SYSTEM or (version, top) in PLAIN:
                continue
            written.setdefault((module, name), {})[version] = (home, member)
    changed = {public: at for public, at in written.items() if len(set(at.values())) > 1}
    forms = sorted({form for at in changed.values() for form in at.values()})
    old = {form for at in changed.values() for version, form in at.items() if version == "2.7"}
    new = {form for at in changed.values() for version, form in at.items() if version != "2.7"}
    # What only Python 2 writes is of protocol 2 at most, and so is renamed.
    asked = [[*form, 2 if form in old and form not in new else 4] for form in forms]
    finds = {version: dict(zip(forms, ask(version, FIND, asked))) for version in VERSIONS}
    rows = []
    for public, at in changed.items():
        for form in set(at.values()):
            writers = {version for version, one in at.items() if one == form}
            lost = {version for version in at if finds[version][form] != "found"}
            rows.append((*form, *public, mask(writers), mask(lost)))
    print(len(changed), "public names are written under several names")
    return "".join("\t".join(row[:4]) + f"\t{row[4]:x}\t{row[5]:x}\n" for row in sorted(rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    answers = {version: ask(version, MAPPING, None) for version in VERSIONS[1:]}
    good = [
        put(FOLDER + "python3.tsv", mapping(answers, "python3"), check),
        put(FOLDER + "python2.tsv", mapping(answers, "python2"), check),
        put(FOLDER + "holes.tsv", holes(answers), check),
        put(FOLDER + "homes.tsv", homes(), check),
    ]
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
