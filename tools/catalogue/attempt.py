# coding: utf-8
"""Makes objects, dumps them, loads them elsewhere: the half of tools/catalogue.py that runs in each Python, 2 and 3 at once.

    run("dump", question, answer)    makes each object and dumps it
    run("load", question, answer)    loads what a dump gave, in a process that never made it

Each attempt has a child process of its own, with a time limit, except where there is no fork (WebAssembly): there all run in
one process, and modules of a case are forgotten after it. A case's code stands in a module `script`, which both sides can
import, or is run in `__main__`, which on the other side is empty.
"""

import base64
import json
import os
import re
import shutil
import sys
import tempfile
import types

SECONDS = 15
TEXT = 160
DIED = "the process dies or hangs"

# Imported before there are children, so that thousands of them needn't; what loads has them as well.
USUAL = """collections contextlib copy ctypes datetime decimal fractions functools hashlib io itertools logging multiprocessing
multiprocessing.pool multiprocessing.managers operator random re socket sqlite3 ssl string struct subprocess tempfile
threading traceback types uuid weakref xml.dom.minidom xml.etree.ElementTree zipfile asyncio concurrent.futures dataclasses
enum email.message http.cookiejar inspect ipaddress pathlib queue selectors statistics typing unittest.mock urllib.request
urllib2 cookielib Queue UserDict StringIO cStringIO xml.etree.cElementTree""".split()

KEPT = None


def clean(text):
    text = text.strip().split("\n")[0] if text.strip() else ""
    text = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…" if sys.version_info[0] > 2 else u"0x\u2026", text)
    text = re.sub(r"(from |file |\()'?(?:/[^'/ ]*)+/([^'/ ]*)", r"\1'\2", text)
    text = "".join(c if c.isprintable() else "?" for c in text) if sys.version_info[0] > 2 else text
    return text[:TEXT]


def said(error):
    """An exception's type and first line."""
    try:
        text = str(error)
    except Exception:
        text = repr(error)
    if sys.version_info[0] == 2 and isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    name = type(error).__name__
    text = clean(text)
    return name + ": " + text if text else name


def type_of(x):
    own = type(x)
    # Not __qualname__: cloudpickle leaves out of it the function that a class was made in.
    name = own.__name__
    return name if own.__module__ in ("builtins", "__builtin__") else "%s.%s" % (own.__module__, name)


def text_of(x):
    text = repr(x)
    if sys.version_info[0] == 2:
        text = text.decode("utf-8", "replace")
    return text


def plain(x):
    """What tells two objects apart where a kind doesn't say how."""
    text = text_of(x)
    own = getattr(x, "__dict__", None)
    if type(own) is dict and not isinstance(x, (type, types.ModuleType)):
        text += " " + text_of(sorted(own.items(), key=lambda item: repr(item[0])))
    return text


def look(case, x, names):
    """What is seen of an object: its type, and a text."""
    if case["look"]:
        names = dict(names)
        names["x"] = x
        text = text_of(eval(case["look"], names))
    else:
        text = plain(x)
    return [type_of(x), re.sub(r" at 0x[0-9a-fA-F]+", "", text)]


def namespace(case):
    """Where a case's code has run."""
    if case["main"]:
        names = sys.modules["__main__"].__dict__
        exec(compile(case["code"], "main.py", "exec"), names)
        return names
    import script
    return script.__dict__


def writer(tool):
    if tool in ("dill", "cloudpickle"):
        module = __import__(tool)
        return lambda x, protocol: module.dumps(x)
    if sys.version_info[0] == 2:
        import cPickle as pickle
    else:
        import pickle
    return pickle.dumps


def reader(tool):
    if tool == "dill":
        import dill
        return dill.loads
    if sys.version_info[0] == 2:
        import cPickle as pickle
    else:
        import pickle
    return pickle.loads


def dumped(case, tool, tell):
    """Dumps a case's object by each protocol that is asked for; `tell` is given what is known so far."""
    found = {"look": None, "made": None, "dumps": {}}
    try:
        names = namespace(case)
        x = eval(case["object"], names)
    except BaseException as error:
        found["made"] = said(error)
        return tell(found)
    dumps = writer(tool)
    for protocol in case["protocols"]:
        found["dumps"][str(protocol)] = [None, DIED]
        tell(found)
        try:
            data = dumps(x, protocol)
            found["dumps"][str(protocol)] = [base64.b64encode(data).decode("ascii"), None]
        except BaseException as error:
            found["dumps"][str(protocol)] = [None, said(error)]
    tell(found)
    try:
        found["look"] = look(case, x, names)
    except BaseException as error:
        found["made"] = "look: " + said(error)
    tell(found)


def loaded(case, tool, tell):
    found = {"look": None, "error": DIED}
    tell(found)
    if case["before"]:
        import script
    try:
        x = reader(tool)(base64.b64decode(case["data"]))
    except BaseException as error:
        found["error"] = said(error)
        return tell(found)
    found["error"] = None
    tell(found)
    try:
        names = dict(sys.modules["__main__"].__dict__)
        if case["main"]:
            exec(compile(case["imports"], "imports", "exec"), names)
        else:
            import script
            names.update(script.__dict__)
    except BaseException as error:
        found["look"] = [type_of(x), said(error)]
        return tell(found)
    try:
        found["look"] = look(case, x, names)
    except BaseException as error:
        found["look"] = [type_of(x), said(error)]
    tell(found)


def prepare(case, folder):
    os.chdir(folder)
    with open("script.py", "wb") as file:
        file.write(b"# coding: utf-8\n" + case["code"].encode("utf-8"))
    sys.path.insert(0, folder)


def put(path, found):
    text = json.dumps(found)
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def forked(job, case, tool, folder):
    import signal
    own = tempfile.mkdtemp(dir=folder)
    answer = os.path.join(own, "answer")
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            import resource
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            null = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(null, stream)
            # The default: what hangs in C is ended as well.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(SECONDS)
            work = os.path.join(own, "work")
            os.mkdir(work)
            prepare(case, work)
            job(case, tool, lambda found: put(answer, found))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    try:
        os.killpg(child, 9)
    except OSError:
        pass
    found = None
    if os.path.exists(answer):
        with open(answer) as file:
            found = json.load(file)
    shutil.rmtree(own, ignore_errors=True)
    return found


def inline(job, case, tool, folder):
    """For where there is no fork."""
    global KEPT
    if KEPT is None:
        KEPT = set(sys.modules)
    answer = [None]
    own = tempfile.mkdtemp(dir=folder)
    before = list(sys.path)
    names = sys.modules["__main__"].__dict__
    main = dict(names)
    try:
        import copyreg
        table = dict(copyreg.dispatch_table)
        prepare(case, own)
        job(case, tool, lambda found: answer.__setitem__(0, json.loads(json.dumps(found))))
    except BaseException as error:
        if answer[0] is None:
            answer[0] = {"made": said(error)}
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(table)
    sys.path[:] = before
    sys.path_importer_cache.pop(own, None)
    sys.modules.pop("script", None)
    names.clear()
    names.update(main)
    os.chdir("/")
    return answer[0]


def run(what, question, answer):
    names = sys.modules["__main__"].__dict__
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    # As of a script.
    names["__file__"] = "main.py"
    names.pop("__loader__", None)
    sys.dont_write_bytecode = True
    with open(question) as file:
        asked = json.load(file)
    tool = asked["tool"]
    sys.path[:0] = asked["packages"]
    forks = hasattr(os, "fork") and sys.platform != "emscripten"
    for module in USUAL:
        try:
            __import__(module)
        except ImportError:
            pass
    versions = {}
    if tool in ("dill", "cloudpickle"):
        versions[tool] = __import__(tool).__version__
    folder = tempfile.mkdtemp()
    job = {"dump": dumped, "load": loaded}[what]
    attempt = forked if forks else inline
    with open(answer, "w") as file:
        tell = lambda one: (file.write(json.dumps(one) + "\n"), file.flush())
        tell(versions)
        for case in asked["cases"]:
            one = attempt(job, case, tool, folder)
            lost = [p for p, (data, why) in one["dumps"].items() if why == DIED] if what == "dump" and one else []
            if lost and len(case["protocols"]) > 1 and one["made"] is None:
                # What died took the protocols after it along.
                for protocol in case["protocols"]:
                    alone = attempt(job, dict(case, protocols=[protocol]), tool, folder)
                    one["dumps"].update((alone or {}).get("dumps", {}))
                    one["look"] = one["look"] or (alone or {}).get("look")
            tell(one)
    shutil.rmtree(folder, ignore_errors=True)
