"""What one Python says of its standard library: run by tools/names.py, on 2.7 and 3.6 to 3.15.

Nothing is imported here before a module is asked for but what every process has anyway (sys, site and what it brings) and
C modules that no package holds: what a module shows is what a process shows that imported it and nothing else.
"""
import sys

SKIPPED = ("antigravity", "this", "idlelib", "turtledemo", "test", "__main__", "__mp_main__", "site-packages",
           "dist-packages", "lib-dynload", "lib-tk", "plat-linux2", "__pycache__", "pyodide_js")
PY2 = sys.version_info[0] == 2


def asked(module):
    """Whether a module is asked: not what acts when it is imported, tests, or what one build alone has."""
    parts = module.split(".")
    return not (parts[0] in SKIPPED or parts[-1] == "__main__" or "test" in parts or "tests" in parts or "idle_test" in parts
                or parts[0].startswith(("_sysconfigdata", "_pyodide", "pyodide", "config-")) or "-" in module
                or parts[0] in ("sitecustomize", "usercustomize", "pip", "setuptools", "pkg_resources")
                or parts[0].startswith(("_test", "_xxtest", "_ctypes_test", "xxlimited", "xxsubtype", "_missing_stdlib")))


def listing(folders):
    """Every module that files here tell of, tests and all: what is asked is a choice of these."""
    import os
    found = set(sys.builtin_module_names)

    def walk(folder, prefix):
        for entry in sorted(os.listdir(folder)):
            path = os.path.join(folder, entry)
            stem = entry.split(".")[0]
            if os.path.isdir(path):
                # Every package in the library has a file of that name.
                if "." not in entry and os.path.exists(os.path.join(path, "__init__.py")):
                    found.add(prefix + entry)
                    walk(path, prefix + entry + ".")
            elif entry.endswith(".py") and entry.count(".") == 1 and stem != "__init__" or entry.endswith(".so"):
                found.add(prefix + stem)

    for folder in folders:
        if os.path.isdir(folder):
            walk(folder, "")
    return sorted(m for m in found if m.split(".")[0] not in ("site-packages", "dist-packages"))


def sources(folders):
    """Of every module that is asked and has source: what that binds, whatever the condition, outside of functions and classes;
    the modules of which it binds all; and every word in its strings, if it gives names when asked."""
    import ast
    import io
    import os
    import re
    out = {}
    for module in listing(folders):
        for folder in folders:
            for end in (".py", os.sep + "__init__.py"):
                path = os.path.join(folder, module.replace(".", os.sep) + end)
                if not asked(module) or module in out or not os.path.isfile(path):
                    continue
                with io.open(path, "rb") as f:
                    text = f.read()
                try:
                    tree = ast.parse(text)
                except (SyntaxError, ValueError):
                    continue
                bound, stars, todo = set(), set(), list(tree.body)
                while todo:
                    node = todo.pop()
                    kind = type(node).__name__
                    if kind in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
                        bound.add(node.name)
                        continue
                    tested = [getattr(n, "id", None) for n in ast.walk(node.test)] if kind == "If" else []
                    if "__name__" in tested or "TYPE_CHECKING" in tested:
                        continue
                    if kind in ("Import", "ImportFrom"):
                        for alias in node.names:
                            if alias.name == "*":
                                stars.add(node.module or ".")
                            bound.add((alias.asname or alias.name).split(".")[0])
                    elif kind == "Name" and type(node.ctx).__name__ == "Store":
                        bound.add(node.id)
                    todo.extend(ast.iter_child_nodes(node))
                words = set()
                if "__getattr__" in bound or b"ModuleType" in text or b"__getattr__" in text:
                    for node in ast.walk(tree):
                        kind = type(node).__name__
                        string = node.value if kind == "Constant" else node.s if kind == "Str" else None
                        if isinstance(string, type(u"")) or is_text(string):
                            words.update(re.findall("[A-Za-z_][A-Za-z_0-9]*", string))
                out[module] = {"bound": sorted(bound), "stars": sorted(stars), "words": sorted(words)}
    return out


def is_text(value):
    return isinstance(value, str)


def get(value, name):
    """In a tuple, for what is there may be None."""
    try:
        return (getattr(value, name),)
    except BaseException:
        return None


def kind_of(value):
    import types
    if isinstance(value, types.ModuleType):
        return "m"
    if isinstance(value, type) or PY2 and isinstance(value, types.ClassType):
        try:
            return "e" if issubclass(value, BaseException) else "c"
        except TypeError:
            return "c"
    if isinstance(value, types.FunctionType):
        return "f"
    if isinstance(value, types.BuiltinFunctionType):
        return "b"
    return "o" if callable(value) else "k"


def written(value):
    """What a pickle of it looks up, if it is one lookup and nothing else."""
    import pickle
    import pickletools
    try:
        if PY2:
            import cPickle
            stream = cPickle.dumps(value, 2)
        else:
            stream = pickle.dumps(value, 4)
        strings, looked_up = [], None
        for op, arg, _ in pickletools.genops(stream):
            if op.name in ("SHORT_BINUNICODE", "BINUNICODE"):
                strings.append(arg)
            elif op.name == "STACK_GLOBAL":
                looked_up = strings
            elif op.name == "GLOBAL":
                looked_up = arg.split(" ", 1)
            elif op.name not in ("PROTO", "FRAME", "MEMOIZE", "BINPUT", "STOP"):
                return None
        return looked_up if looked_up and len(looked_up) == 2 else None
    except BaseException:
        return None


PLAIN = (int, float, complex, bytes, str, list, tuple, dict, set, frozenset, bytearray, type(None), bool)


# What a module has because it is one, and not what it is about.
MODULE_OWN = ("__builtins__", "__cached__", "__dict__", "__doc__", "__file__", "__loader__", "__name__", "__package__",
              "__path__", "__spec__")


def fact(value, constants):
    kind = kind_of(value)
    if kind == "m":
        return [kind, get(value, "__name__")[0]]
    if kind in "cefb" or constants and type(value) not in PLAIN:
        home = written(value)
        return [kind, home] if home else [kind]
    return [kind]


def classes_in(name, value, out, above):
    """Classes that are attributes of a class, and so on down."""
    # An Enum's dir() leaves some out.
    listed = set(dir(value)).union(*[vars(base) for base in getattr(value, "__mro__", ())])
    for inner in sorted(n for n in listed if is_text(n) and not (n.startswith("__") and n.endswith("__"))):
        got = get(value, inner)
        if got and kind_of(got[0]) in "ce" and not any(got[0] is a for a in above) and len(above) < 4:
            out.append((name + "." + inner, got[0]))
            classes_in(name + "." + inner, got[0], out, above + [got[0]])


def look(module, extra=None, constants=True):
    """All that a module has, or of `extra`, names that it doesn't list, which it gives when asked."""
    before = set(sys.modules)
    try:
        __import__(module)
        found = sys.modules[module]
        if found is None:
            raise ImportError("None in sys.modules")
    except BaseException as e:
        return {"error": "%s: %s" % (type(e).__name__, e)}
    # What is imported from here on changes what modules show: first take all of it.
    if extra is not None:
        hits = []
        for name in extra:
            got = get(found, name)
            if got:
                hits.append((name, got[0]))
        if len(extra) > 1:
            return {"hits": [name for name, _ in hits]}
        names = hits
    else:
        listed = set(n for n in dir(found) if is_text(n)) | set(n for n in getattr(found, "__dict__", ()) if is_text(n))
        names = [(n, get(found, n)) for n in sorted(listed)]
        names = [(n, got[0]) for n, got in names if got]
    others = sorted(m for m in set(sys.modules) - before if sys.modules[m] is not None and is_text(m))
    import types
    type_own = set(dir(types.ModuleType))
    dynamic = type(found) is not types.ModuleType or get(found, "__getattr__") is not None and not PY2
    inner = []
    for name, value in names:
        if kind_of(value) in "ce":
            classes_in(name, value, inner, [value])
    facts = {}
    for name, value in names + inner:
        if name in type_own and (name in MODULE_OWN or name not in getattr(found, "__dict__", ())):
            continue
        if name and not set(name) & set(" \t\n\r"):
            # An importer that waits (email on 2.7) is no module yet, but stands for one.
            inside = sys.modules.get(module + "." + name)
            facts[name] = ["m", module + "." + name] if inside is not None and inside is value else fact(value, constants)
    return {"names": facts, "loaded": others, "dynamic": dynamic, "as": (get(found, "__name__") or (module,))[0],
            "file": (get(found, "__file__") or (None,))[0]}


def main():
    sys.path[:] = [p for p in sys.path if p]
    import posix
    if PY2:
        import signal
    else:
        import _signal as signal
    # What every Python that is started the usual way has.
    import site
    if not PY2:
        site.setquit(), site.setcopyright(), site.sethelper(), site.enablerlcompleter()
        sys._home = None
    import _warnings
    sys.path[:] = [p for p in sys.path if p and "site-packages" not in p and "dist-packages" not in p]
    sys.argv = ["probe"]
    text = b""
    while True:
        part = posix.read(0, 1 << 20)
        if not part:
            break
        text += part
    jobs = [line.split("\t") for line in (text if PY2 else text.decode("utf-8")).split("\n") if line]
    out, devnull = posix.dup(1), posix.open("/dev/null", posix.O_RDWR)
    for fd in (0, 1, 2):
        posix.dup2(devnull, fd)
    for job in jobs:
        answer = None
        for constants in (True, False):
            r, w = posix.pipe()
            pid = posix.fork()
            if not pid:
                signal.alarm(60)
                _filters(_warnings)
                if job[0] == "list":
                    said = {"modules": listing(sys.path), "loaded": loaded(),
                            "known": sorted(getattr(sys, "stdlib_module_names", ())),
                            "version": sys.version.split("\n")[0].strip(), "own": own()}
                elif job[0] == "sources":
                    said = sources(sys.path)
                elif job[0] == "look":
                    said = look(job[1], None, constants)
                elif job[0] == "walk":
                    said = walk(job[1], job[2].split(" "))
                else:
                    said = look(job[1], job[2].split(" "), constants)
                import json
                data = json.dumps(said, sort_keys=True).encode("utf-8")
                while data:
                    data = data[posix.write(w, data):]
                posix._exit(0)
            posix.close(w)
            answer = b""
            while True:
                part = posix.read(r, 1 << 20)
                if not part:
                    break
                answer += part
            posix.close(r)
            posix.waitpid(pid, 0)
            if answer:
                break
        line = (answer or b'{"error": "died"}') + b"\n"
        while line:
            line = line[posix.write(out, line):]


def walk(module, names):
    """Those of some names with dots that lead to something."""
    try:
        __import__(module)
    except BaseException:
        return {"hits": []}
    hits = []
    for name in names:
        at = (sys.modules[module],)
        for part in name.split("."):
            at = at and get(at[0], part)
        if at:
            hits.append(name)
    return {"hits": hits}


def _filters(_warnings):
    """Every warning off, without importing `warnings`."""
    _warnings.filters[:] = [("ignore", None, Warning, None, 0)]


def loaded():
    """Modules that are there from the beginning: some have no file."""
    return sorted(m for m in sys.modules if sys.modules[m] is not None)


def own():
    """What any module has because it is one."""
    import types
    m = types.ModuleType("m")
    return sorted(set(dir(types.ModuleType)) | set(dir(m)) | set(n for n in dir(type(m)) if get(m, n)))


if __name__ == "__main__":
    main()
