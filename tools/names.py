"""Writes src/lookup/names.tsv and modules.tsv: what the standard library of each Python has.

    python3 tools/names.py                 ask all interpreters, write both tables
    python3 tools/names.py --check         ask, and compare with what is checked in
    python3 tools/names.py --npm FOLDER    where npm installs pyodide, kept for the next time; else PYODIDE in the
                                           environment, else ~/.cache/pickscope-pyodide, as tools/interpreters.py has it
    python3 tools/names.py --raw FOLDER    keep the interpreters' answers there, and use those that are there

Needs the CPythons of PYTHONS under pyenv, and node with npm for 3.14 and 3.15, which the npm package `pyodide` has as
WebAssembly; itself runs on 3.9 and newer. Takes a quarter of an hour on two cores. The tables don't depend on the day,
but on the builds: an extension module that a build lacks is unknown there, not absent.

Each module is asked in a process of its own that has imported nothing else (tools/names/probe.py; under WebAssembly with
all of sys.modules dropped before). Asked for are the modules that files and sys.builtin_module_names tell of, those that
show up in sys.modules besides (os.path), and all of another Python's. A module with a `__getattr__` is asked for every
name that any module on any Python has, and for every word in its strings.

What can't be asked is `unknown`:
- modules that act when imported, tests, `X.__main__` (probe.py, `asked`), whose names are then unknown as well;
- modules of another system or of a library that the build lacks: sys.stdlib_module_names tells of them from 3.10 on, and
  ELSEWHERE before; whose import ends for such a reason (SYSTEM);
- some names that modules have on another system (ELSEWHERE_NAMES);
- in WebAssembly, what 3.13 has and that build lacks, if it is the system's part (WASM_SYSTEM) or the module's source there
  still binds the name.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROBE = ROOT / "tools/names/probe.py"
WASM = ROOT / "tools/names/wasm.mjs"
NAMES = ROOT / "src/lookup/names.tsv"
MODULES = ROOT / "src/lookup/modules.tsv"
sys.path.insert(0, str(PROBE.parent))

import probe  # noqa: E402

# In the order of src/python.rs: the place is the bit in a mask.
PYTHONS = {"2.7": "2.7.18", "3.6": "3.6.15", "3.7": "3.7.16", "3.8": "3.8.18", "3.9": "3.9.18", "3.10": "3.10.13",
           "3.11": "3.11.7", "3.12": "3.12.1", "3.13": "3.13.0"}
PYODIDE = {"3.14": "314.0.7", "3.15": "315.0.0-alpha.2"}
ALL = list(PYTHONS) + list(PYODIDE)

# Modules before 3.10 that only another system or a library brings, by their first and last Python here: the module index of
# the documentation of 2.7 and 3.9, and PC/config.c and setup.py of those.
ELSEWHERE = {
    "2.7 2.7": "_winreg _subprocess _bsddb bsddb185 dbm gdbm os2 riscos ce imageop sunaudiodev dl MacOS Carbon EasyDialogs "
               "FrameWork MiniAEFrame aepack aetools aetypes autoGIL ColorPicker findertools gensuitemodule ic macostools "
               "PixMapWrapper macpath buildtools cfmfile icopen macerrors macresource Nav W al AL cd fl FL flp fm gl GL DEVICE "
               "imgfile jpeg SUNAUDIODEV _gestalt _Ctl _Dlg _Evt _File _Fm _Folder _Help _IBCarbon _Icn _Launch _List _Menu "
               "_Mlte _OSA _Qd _Qdoffs _Qt _Res _Scrap _Snd _TE _Win _CF _CG _AE _AH _App _Cm _Alias",
    "2.7 3.9": "msvcrt winsound msilib _msi nt _scproxy",
    # sys.stdlib_module_names leaves it out, and so does pyodide.
    "3.14 3.15": "test",
    "3.6 3.9": "winreg _winapi _overlapped _dbm _gdbm",
}
# Modules that pyodide leaves out of a package that it has.
WASM_LEFT_OUT = ["zoneinfo._zoneinfo"]
# What stands in WebAssembly for another build's C, and libraries in whose place a module has something else.
STUBS = ["_ssl"]
LIBRARIES = ["_ssl", "_hashlib", "_uuid"]
# Names that another system has in a module that this one has too: kind, first and last Python, module: names. From the
# documentation's notes on availability and the sources' conditions; the better known, not all.
ELSEWHERE_NAMES = """
b 2.7 3.15 os: startfile
f 3.8 3.15 os: add_dll_directory
b 2.7 3.15 os: chflags lchflags
b 2.7 3.15 posix: chflags lchflags
k 2.7 3.15 os: O_BINARY O_NOINHERIT O_SHORT_LIVED O_TEMPORARY O_RANDOM O_SEQUENTIAL O_TEXT P_DETACH P_OVERLAY
e 2.7 2.7 __builtin__: WindowsError
e 2.7 2.7 exceptions: WindowsError
e 3.6 3.15 builtins: WindowsError
c 2.7 3.15 subprocess: STARTUPINFO
c 3.6 3.15 subprocess: Handle
k 2.7 3.15 subprocess: CREATE_NEW_CONSOLE CREATE_NEW_PROCESS_GROUP STARTF_USESHOWWINDOW STARTF_USESTDHANDLES STD_ERROR_HANDLE STD_INPUT_HANDLE STD_OUTPUT_HANDLE SW_HIDE
k 3.7 3.15 subprocess: ABOVE_NORMAL_PRIORITY_CLASS BELOW_NORMAL_PRIORITY_CLASS CREATE_BREAKAWAY_FROM_JOB CREATE_DEFAULT_ERROR_MODE CREATE_NO_WINDOW DETACHED_PROCESS HIGH_PRIORITY_CLASS IDLE_PRIORITY_CLASS NORMAL_PRIORITY_CLASS REALTIME_PRIORITY_CLASS
k 2.7 3.15 signal: CTRL_BREAK_EVENT CTRL_C_EVENT SIGBREAK SIGEMT SIGINFO
c 2.7 3.15 select: kevent kqueue
c 2.7 3.15 ctypes: HRESULT OleDLL WinDLL
b 2.7 3.15 ctypes: FormatError GetLastError get_last_error set_last_error
f 2.7 3.15 ctypes: DllCanUnloadNow DllGetClassObject WINFUNCTYPE WinError
k 2.7 3.15 ctypes: oledll windll
b 2.7 3.15 codecs: mbcs_decode mbcs_encode
b 3.6 3.15 codecs: code_page_decode code_page_encode oem_decode oem_encode
b 2.7 3.15 _codecs: mbcs_decode mbcs_encode
b 3.6 3.15 _codecs: code_page_decode code_page_encode oem_decode oem_encode
b 2.7 3.15 sys: getwindowsversion
b 3.6 3.15 sys: _enablelegacywindowsfsencoding
k 2.7 3.15 sys: dllhandle winver
c 3.6 3.15 asyncio: IocpProactor ProactorEventLoop
c 3.7 3.15 asyncio: WindowsProactorEventLoopPolicy WindowsSelectorEventLoopPolicy
b 3.6 3.15 ssl: enum_certificates enum_crls
c 2.7 3.15 webbrowser: MacOSX MacOSXOSAScript WindowsDefault
c 3.6 3.15 multiprocessing.connection: PipeConnection PipeListener
f 3.6 3.15 multiprocessing.connection: PipeClient
f 3.6 3.15 multiprocessing.reduction: duplicate steal_handle
c 3.6 3.15 multiprocessing.reduction: DupHandle
f 3.6 3.15 socket: fromshare
k 2.7 3.15 socket: RCVALL_OFF RCVALL_ON RCVALL_SOCKETLEVELONLY SIO_KEEPALIVE_VALS SIO_RCVALL SO_EXCLUSIVEADDRUSE
"""
# Why an import ends that would go well elsewhere.
SYSTEM = re.compile(r"win32 only|mbcs_encode|oem_encode|only available on Windows|_type_ 'v'|ObjC|lib(tk|tcl|X11)")
# Modules of which WebAssembly lacks the system's part.
WASM_SYSTEM = set("posix _socket select _signal errno time _locale resource termios fcntl mmap _posixsubprocess _thread _ssl "
                  "_hashlib faulthandler _ctypes sys _multiprocessing _uuid socket ssl os signal".split())


def bit(python):
    return 1 << ALL.index(python)


def pyenv():
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    return pathlib.Path(root) / "versions"


class Interpreters:
    def __init__(self, npm, raw):
        self.npm, self.raw, self.turn = npm, raw, 0

    def install(self):
        for python, version in PYODIDE.items():
            folder = self.npm / python
            there = folder / "node_modules/pyodide/package.json"
            if not there.exists() or json.loads(there.read_text())["version"] != version:
                folder.mkdir(parents=True, exist_ok=True)
                subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder),
                                "pyodide@" + version], check=True, cwd=folder, stdout=sys.stderr)

    def command(self, python):
        if python in PYODIDE:
            return ["node", str(WASM), str(self.npm / python), str(PROBE)]
        code = "exec(compile(open(%r).read(), 'probe', 'exec'))" % str(PROBE)
        return [str(pyenv() / PYTHONS[python] / "bin/python"), "-S", "-E", "-c", code]

    def ask(self, python, jobs):
        """Answers to jobs, in their order."""
        if not jobs:
            return []
        text = "".join("\t".join(job) + "\n" for job in jobs).encode()
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "SETUPTOOLS_USE_DISTUTILS": "stdlib",
               "PYTHONHASHSEED": "0"}
        run = subprocess.run(self.command(python), input=text, stdout=subprocess.PIPE, env=env, check=True, cwd="/")
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        assert len(answers) == len(jobs), (python, len(answers), len(jobs))
        return answers

    def ask_all(self, jobs):
        """The same of several: {python: jobs} to {python: answers}, the slow ones first."""
        self.turn += 1
        kept = self.raw and self.raw / ("%d.json" % self.turn)
        asked = json.loads(json.dumps(jobs))
        if kept and kept.exists():
            was = json.loads(kept.read_text())
            if was["jobs"] == asked:
                return was["answers"]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            running = {p: pool.submit(self.ask, p, jobs[p]) for p in sorted(jobs, key=ALL.index, reverse=True)}
            answers = {p: running[p].result() for p in jobs}
        if kept:
            self.raw.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps({"jobs": asked, "answers": answers}))
        return answers


def harvest(interpreters):
    """What all say: {python: its listing}, {python: {module: answer}}, {python: {module: what its source tells}}."""
    lists = {p: a[0] for p, a in interpreters.ask_all({p: [["list"]] for p in ALL}).items()}
    for python, version in PYTHONS.items():
        assert lists[python]["version"].startswith(version), (python, lists[python]["version"])
    said = {p: {} for p in ALL}
    wanted = set(m for p in ALL for part in ("modules", "loaded") for m in lists[p][part] if probe.asked(m))
    # Modules without a file of their own come up while others are asked.
    while True:
        jobs = {p: [["look", m] for m in sorted(wanted - set(said[p]))] for p in ALL}
        if not any(jobs.values()):
            break
        for p, answers in interpreters.ask_all(jobs).items():
            said[p].update((job[1], answer) for job, answer in zip(jobs[p], answers))
            wanted.update(m for a in answers for m in a.get("loaded", ()) if probe.asked(m))

    sources = {p: a[0] for p, a in interpreters.ask_all({p: [["sources"]] for p in ALL}).items()}
    every = set(n for p in ALL for a in said[p].values() for n in a.get("names", ()) if "." not in n)
    jobs = {}
    for p in ALL:
        jobs[p] = []
        for module, answer in sorted(said[p].items()):
            if answer.get("dynamic"):
                names = (every | set(sources[p].get(module, {}).get("words", ()))) - set(answer["names"])
                names = sorted(n for n in names if not (n.startswith("__") and n.endswith("__")))
                jobs[p] += [["ask", module, " ".join(names[at:at + 2000])] for at in range(0, len(names), 2000)]
    hits = interpreters.ask_all(jobs)
    # In a process of its own each, for giving one may import what another is.
    jobs = {p: [["ask", job[1], n] for job, a in zip(jobs[p], hits[p]) for n in a.get("hits", ())] for p in ALL}
    for p, answers in interpreters.ask_all(jobs).items():
        for (_, module, name), answer in zip(jobs[p], answers):
            said[p][module]["names"].update(answer.get("names", {}))
    # What is a class in one Python may be something else in another.
    inner = {}
    for p in ALL:
        for module, answer in said[p].items():
            inner.setdefault(module, set()).update(n for n in answer.get("names", ()) if "." in n)
    jobs = {}
    for p in ALL:
        jobs[p] = []
        for module, names in sorted(inner.items()):
            has = said[p].get(module, {}).get("names", {})
            names = sorted(n for n in names if n not in has and n.split(".")[0] in has)
            jobs[p] += [["walk", module, " ".join(names)]] if names else []
    for p, answers in interpreters.ask_all(jobs).items():
        for job, answer in zip(jobs[p], answers):
            said[p][job[1]]["names"].update((n, ["w"]) for n in answer.get("hits", ()))
    return lists, said, sources


class Tables:
    """The answers, weighed."""

    def __init__(self, lists, said, sources):
        self.lists, self.said, self.sources = lists, said, sources
        for p in PYODIDE:
            self.drop_stubs(p)
        self.elsewhere = {p: set() for p in ALL}
        for span, modules in ELSEWHERE.items():
            first, last = map(ALL.index, span.split())
            for p in ALL[first:last + 1]:
                self.elsewhere[p].update(modules.split())
        for p in ALL:
            self.elsewhere[p].update(lists[p]["known"])
        self.modules = self.weigh_modules()
        self.names = self.weigh_names()

    def drop_stubs(self, p):
        """Where WebAssembly has Python in the place of C, or the fallback for a library that it lacks, other builds differ."""
        stubs = set(m for m in STUBS if m in self.sources[p])
        for m in stubs:
            self.said[p][m] = {"error": "a stub"}
        lacks = set(m for m in LIBRARIES if "names" not in self.said[p].get(m, {}))
        for module, answer in self.said[p].items():
            was = self.said["3.13"].get(module, {}).get("names", {})
            names = answer.get("names", {})
            for name in list(names):
                home = names[name][1][0] if names[name][0] in "cefb" and len(names[name]) > 1 else None
                home_was = was[name][1][0] if name in was and was[name][0] in "cefb" and len(was[name]) > 1 else None
                if home_was in lacks:
                    names[name] = was[name]
                elif home in stubs:
                    del names[name]

    # Modules.

    def module_state(self, p, module):
        """Whether a Python has a module: "has", "unknown", "absent"."""
        answer = self.said[p].get(module)
        top, parent = module.split(".")[0], module.rpartition(".")[0]
        listed = module in self.lists[p]["modules"]
        if answer is None:
            # Not asked. What has a file is there; whether its import goes well isn't known.
            return "unknown" if listed or module in self.elsewhere[p] else "absent"
        if "names" in answer:
            return "has"
        if listed or module in self.elsewhere[p]:
            return "unknown" if self.for_the_system(p, answer["error"]) else "absent"
        if p in PYODIDE and module in self.lists["3.13"]["modules"]:
            if module in WASM_LEFT_OUT or parent and top in self.lists[p]["known"] and parent not in self.lists[p]["modules"]:
                return "unknown"
        return "absent"

    def for_the_system(self, p, error):
        if p in PYODIDE or SYSTEM.search(error):
            return True
        missing = re.search(r"No module named '?([\w.]+)'?", error)
        return bool(missing) and missing.group(1).split(".")[0] in self.elsewhere[p]

    def weigh_modules(self):
        every = set(m for p in ALL for m in self.lists[p]["modules"]) | set(m for p in ALL for m in self.said[p])
        every |= set(m for p in ALL for m in self.elsewhere[p])
        rows = {}
        for module in sorted(every):
            parts = module.split(".")
            if parts[0] == "__main__":
                continue
            if not probe.asked(module):
                # Of what isn't asked, the packages: their modules go without saying.
                if parts[0].startswith(("_sysconfigdata", "pyodide", "_pyodide", "config-")) or "-" in module:
                    continue
                if "test" in parts[:-1] or "tests" in parts[:-1] or parts[0] in ("idlelib", "turtledemo") and len(parts) > 1:
                    continue
            states = {p: self.module_state(p, module) for p in ALL}
            has = sum(bit(p) for p in ALL if states[p] == "has")
            unknown = sum(bit(p) for p in ALL if states[p] == "unknown")
            if has | unknown:
                rows[module] = (has, unknown, 0 if probe.asked(module) else 1)
        return rows

    # Names.

    def name_unknown(self, p, module, name):
        """Whether a name that WebAssembly lacks may be there on another system."""
        first = name.split(".")[0]
        if self.modules.get(module + "." + name, (0, 0))[1] & bit(p):
            return True
        was = self.said["3.13"].get(module, {}).get("names", {})
        if name not in was or first != name and first in self.said[p][module]["names"]:
            return False
        if module in WASM_SYSTEM and module not in self.sources[p]:
            return True
        if module not in self.sources[p]:
            return False
        source = self.sources[p][module]
        return first in source["bound"] or any(
            first in self.said["3.13"].get(m, {}).get("names", ()) and self.system(p, m) for m in source["stars"])

    def system(self, p, module):
        """Whether another build may have more in a module than WebAssembly."""
        return module in WASM_SYSTEM or bool(self.modules.get(module, (0, 0))[1] & bit(p))

    def names_elsewhere(self):
        """{(module, name): (kind, mask)}."""
        out = {}
        for line in ELSEWHERE_NAMES.strip().splitlines():
            told, names = line.split(": ")
            kind, first, last, module = told.split(" ")
            span = sum(bit(p) for p in ALL[ALL.index(first):ALL.index(last) + 1])
            out.update(((module, name), (kind, span & self.modules[module][0])) for name in names.split(" "))
        return out

    def weigh_names(self):
        rows = {}
        elsewhere = self.names_elsewhere()
        own = {}
        for p in ALL:
            answers = [a["names"] for a in self.said[p].values() if "names" in a]
            always = set(n for n in probe.MODULE_OWN if all(n in a for a in answers)) | set(self.lists[p]["own"])
            always |= {"__dict__", "__doc__"}
            sometimes = set(n for n in probe.MODULE_OWN if any(n in a for a in answers)) - always
            for n in always | sometimes:
                has, unknown = own.get(n, (0, 0))
                own[n] = (has | bit(p) * (n in always), unknown | bit(p) * (n in sometimes))
        for n, (has, unknown) in own.items():
            rows["*", n] = (has, unknown, "k" if n in probe.MODULE_OWN else "o", {})
        for module in sorted(self.modules):
            every = set(n for p in ALL for n in self.said[p].get(module, {}).get("names", ()))
            every |= set(n for m, n in elsewhere if m == module)
            for name in sorted(every):
                if name in probe.MODULE_OWN:
                    continue
                facts = {p: self.said[p].get(module, {}).get("names", {}).get(name) for p in ALL}
                has = sum(bit(p) for p in ALL if facts[p])
                if name in own:
                    has |= own[name][0] & self.modules[module][0]
                unknown = sum(bit(p) for p in PYODIDE if not facts[p] and self.modules[module][0] & bit(p)
                              and self.name_unknown(p, module, name))
                kind, span = elsewhere.get((module, name), ("", 0))
                unknown |= span & ~has
                # Below a class that lives elsewhere, the names are told there.
                if "." in name and self.told_elsewhere(module, name, facts):
                    continue
                kind = [facts[p][0] for p in ALL if facts[p] and facts[p][0] != "w"][-1:] or kind
                kind = kind[0]
                rows[module, name] = (has, unknown, kind, self.homes(module, name, kind, facts))
        return rows

    def told_elsewhere(self, module, name, facts):
        outer, _, inner = name.rpartition(".")
        for p in ALL:
            if facts[p]:
                above = self.said[p][module]["names"].get(outer)
                home = above[1] if above and len(above) > 1 else [module, outer]
                there = self.said[p].get(home[0], {}).get("names", {})
                if home == [module, outer] or home[1] + "." + inner not in there:
                    return False
        return True

    @staticmethod
    def homes(module, name, kind, facts):
        """What a pickler writes, and the mask of those that write it; or, for a module, which one it is.

        Nothing for a class or a function that is written as it is called, for another thing that isn't written by name, for a
        module that the name is of. "-" for a class or function that isn't written by name, "." for a module of this package.
        """
        out = {}
        for p in ALL:
            if not facts[p]:
                continue
            home = facts[p][1] if len(facts[p]) > 1 else None
            if kind == "m":
                text = "" if facts[p][0] != "m" or home == name else "." if home == module + "." + name else home
            elif home is None or facts[p][0] == "m":
                text = "-" if kind in "cefb" else ""
            elif home == [module, name]:
                text = "" if kind in "cefb" else module
            else:
                text = home[0] if home[1] == name else " ".join(home)
            if text and not set(text) & set("\t;=\n"):
                out[text] = out.get(text, 0) | bit(p)
        return out

    # Text.

    def header(self, what):
        versions = ", ".join(list(PYTHONS.values()) + ["%s (pyodide %s)" % (self.lists[p]["version"].split(" ")[0], v)
                                                      for p, v in PYODIDE.items()])
        return ["# Written by tools/names.py from CPython %s." % versions, "# " + what]

    def names_text(self):
        lines = self.header("Columns: module; name; mask of those that resolve it; kind; what picklers write; mask of those where it isn't known.")
        for (module, name), (has, unknown, kind, homes) in self.names.items():
            written = ";".join(t if m == has else "%x=%s" % (m, t) for t, m in sorted(homes.items()))
            columns = [module, name, "%x" % has, kind, written, "%x" % unknown if unknown else ""]
            lines.append("\t".join(columns).rstrip("\t"))
        return self.sorted(lines)

    @staticmethod
    def sorted(lines):
        """By their columns: a tab comes before whatever a name has."""
        return "\n".join(sorted(lines, key=str.encode)) + "\n"

    def modules_text(self):
        lines = self.header("Columns: module; mask of those that have it; mask of those where it isn't known; * where its names aren't asked for.")
        for module, (has, unknown, skipped) in self.modules.items():
            columns = [module, "%x" % has, "%x" % unknown if unknown or skipped else "", "*" if skipped else ""]
            lines.append("\t".join(columns).rstrip("\t"))
        return self.sorted(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--check", action="store_true", help="compare with what is checked in")
    options.add_argument("--npm", type=pathlib.Path, help="where pyodide is installed")
    options.add_argument("--raw", type=pathlib.Path, help="where the interpreters' answers are kept")
    options = options.parse_args()
    npm = options.npm or pathlib.Path(os.environ.get("PYODIDE") or "~/.cache/pickscope-pyodide").expanduser()
    interpreters = Interpreters(npm.resolve(), options.raw)
    interpreters.install()
    tables = Tables(*harvest(interpreters))
    differ = 0
    for path, text in ((NAMES, tables.names_text()), (MODULES, tables.modules_text())):
        print("%s: %d lines, %d bytes" % (path.name, text.count("\n"), len(text.encode())), file=sys.stderr)
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
            continue
        was = path.read_text(encoding="utf-8") if path.exists() else ""
        old, new = set(was.splitlines()), set(text.splitlines())
        for sign, lines in (("-", old - new), ("+", new - old)):
            for line in sorted(lines):
                print(sign, line)
        differ += was != text
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
