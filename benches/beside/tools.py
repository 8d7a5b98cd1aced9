"""What is compared: pickscope's commands and the peers, how each is installed and called, and how to tell that it read all of a file."""

import dataclasses
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Newest on PyPI on 2026-11-21. fickling 0.1.12 imports typing_extensions before Python 3.12, and doesn't ask for it.
PINS = {
    "fickling": ["fickling==0.1.12", 'typing_extensions==4.15.0; python_version < "3.12"'],
    "picklescan": ["picklescan==1.0.5"],
    "modelscan": ["modelscan==0.8.8"],
    "modelaudit-picklescan": ["modelaudit-picklescan==0.1.12"],
    "peekle": ["peekle==0.0.5"],
}

LOAD = """import os, pickle, sys
count = 0
with open(sys.argv[1], "rb") as f:
    while f.peek(1):
        value = pickle.load(f)
        count += 1
print(count, flush=True)
os._exit(0)"""

GENOPS = """import collections, pickletools, sys
with open(sys.argv[1], "rb") as f:
    while f.peek(1):
        collections.deque(pickletools.genops(f), 0)
    print(f.tell())"""

# `python -m pickletools` shows the first pickle of a file alone.
DIS = """import pickletools, sys
with open(sys.argv[1], "rb") as f:
    while f.peek(1):
        pickletools.dis(f)"""

AUDIT = """import sys, modelaudit_picklescan
report = modelaudit_picklescan.scan_file(sys.argv[1])
print(report.status.value, report.verdict.value)
print(*(notice.message for notice in report.notices), sep="; ")"""


@dataclasses.dataclass
class Tool:
    """`command` makes the arguments for a File; `whole` says of it and a heard Run why not all was read, or nothing;
    `against` is the pickscope command that answers the nearest question; `package` what must be installed."""

    name: str
    command: object
    whole: object
    against: str = ""
    package: str = ""
    ours: bool = False
    # Where a run of the long stream takes long: so many runs of it, and whether it does its work is looked at on the cut one alone.
    long: int = 0
    # Files that it isn't given, and why.
    skips: dict = dataclasses.field(default_factory=dict)
    missing: str = ""
    # Not of the long stream's table and picture: another build of one that is.
    aside: bool = False


def line(errors):
    """The last thing that was said, as a cell of a table has room for it."""
    lines = [said.strip() for said in errors.strip().splitlines() if said.strip()]
    said = lines[-1] if lines else "no message"
    return said if len(said) <= 90 else said[:89] + "…"


def ended(run):
    return "" if run.status == 0 else "exit status %d: %s" % (run.status, line(run.errors))


def lists(file, run, more=0):
    """A line an opcode."""
    wanted = file.opcodes + more
    # pickletools, and who prints as it does, stops after the first.
    if file.pickles > 1 and run.status == 0 and run.lines < file.opcodes // 2:
        return "reads the first of %d pickles" % file.pickles
    return ended(run) or ("" if run.lines >= wanted else "%d of %d lines" % (run.lines, wanted))


def says(text):
    return lambda file, run: ended(run) or ("" if run.tail.strip().endswith(text(file)) else "said %s" % line(run.tail))


def prints(file, run):
    """The last value's own text."""
    if file.pickles > 1 and run.status == 0 and file.shape.marker not in run.tail:
        return "reads the first of %d pickles" % file.pickles
    if not file.shape.marker and run.wrote < file.opcodes // 2:
        return ended(run) or "wrote %d bytes" % run.wrote
    return ended(run) or ("" if file.shape.marker in run.tail else "the last value isn't in its output")


def whole(file, run):
    told = run.found["read whole"]
    return ended(run) or ("" if told == file.pickles else "%d of %d pickles read whole" % (told, file.pickles))


def checked(file, run):
    if "Resource limits were exceeded" in run.tail:
        return "stops at its limits of resources"
    # 1 is a verdict.
    return "" if run.status in (0, 1) and run.wrote else ended(run)


def scanned(file, run):
    return ended(run) or ("" if re.search(r"^Scanned files: 1$", run.tail, re.M) else "it wasn't scanned")


def model_scanned(file, run):
    wrong = re.search(r"^--- (Errors|Skipped)", run.tail, re.M) or "Summary" not in run.tail
    return ended(run) or (line(run.tail) if wrong else "")


def audited(file, run):
    told = run.tail.splitlines() or [""]
    return ended(run) or ("" if told[0].startswith("complete ") else "%s: %s" % (told[0].replace(" ", ", verdict "), line(told[-1])))


def classes(file, run):
    return ended(run) or ("reads the first of %d pickles" % file.pickles if file.pickles > 1 else "")


def ours(program):
    def of(*arguments):
        return lambda file: [program, *arguments, file.path]

    full = lambda file, run: whole(file, run)
    return [
        Tool("refs", of("refs"), full, ours=True),
        Tool("dump", of("dump"), lambda file, run: lists(file, run) or whole(file, run), ours=True),
        Tool("dump --format pickletools", of("dump", "--format", "pickletools"), lambda file, run: lists(file, run, file.pickles), ours=True),
        Tool("dump --format json", of("dump", "--format", "json"), lambda file, run: lists(file, run, 2 * file.pickles + 1), ours=True),
        Tool("tree", of("tree"), full, ours=True),
        Tool("tree --format json", of("tree", "--format", "json"), prints, ours=True),
    ]


def cpythons(pythons):
    """What CPython itself has; `pythons` is (version, path), the first of them the one that runs the peers."""
    tools = []
    for version, python in pythons:
        tools.append(Tool("pickle.load %s" % version, lambda file, python=python: [python, "-c", LOAD, file.path], says(lambda file: str(file.pickles)), "refs"))
    for version, python in pythons:
        listing = lambda file, python=python: [python, *(["-m", "pickletools"] if file.pickles == 1 else ["-c", DIS]), file.path]
        tools.append(Tool("pickletools %s" % version, listing, lambda file, run: lists(file, run, file.pickles), "dump", long=3))
        if version != pythons[0][0]:
            tools[-1].aside, tools[-1].skips = True, {"records": "not run: it takes long, and `records-cut` tells"}
    version, python = pythons[0]
    tools.append(Tool("pickletools.genops %s" % version, lambda file: [python, "-c", GENOPS, file.path], says(lambda file: str(file.size)), "dump"))
    return tools


def rust(loader):
    return [Tool("serde-pickle", lambda file: [loader or "", file.path], says(lambda file: str(file.pickles)), "refs", "serde-pickle")]


def packages(venv):
    program = lambda name: os.path.join(venv, "bin", name)
    of = lambda name, *arguments: lambda file: [program(name), *arguments, file.path]
    limited = {"records": "not run: it stops at 100,000 memo entries"}
    return [
        Tool("fickling", of("fickling"), prints, "dump", "fickling", skips=limited),
        Tool("fickling --check-safety", of("fickling", "--check-safety", "--print-results"), checked, "refs", "fickling", skips=limited),
        Tool("picklescan", of("picklescan", "--path"), scanned, "refs", "picklescan", long=1),
        Tool("modelscan", of("modelscan", "scan", "--path"), model_scanned, "refs", "modelscan", long=1),
        Tool(
            "modelaudit-picklescan",
            lambda file: [program("python"), "-c", AUDIT, file.path],
            audited,
            "refs",
            "modelaudit-picklescan",
            skips={"records": "not run: it stops at 1,000,000 opcodes"},
        ),
        Tool("peekle", of("peekle"), prints, "tree --format json", "peekle", long=1),
        Tool("peekle --classes", of("peekle", "--classes"), classes, "refs", "peekle", long=1),
    ]


def installed(cache, python):
    """(the venv, what couldn't be installed and why, versions of all that is in it). Wheels alone: nothing is built."""
    wanted = json.dumps([PINS, python])
    venv = os.path.join(cache, "venv-" + hashlib.sha256(wanted.encode()).hexdigest()[:12])
    told = os.path.join(venv, "failures.json")
    pip = [os.path.join(venv, "bin", "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    if not os.path.exists(told):
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([python, "-m", "venv", venv], check=True)
        failures = {}
        for name, pins in PINS.items():
            print("installing %s" % ", ".join(pins), file=sys.stderr)
            done = subprocess.run([*pip, "install", "--quiet", "--only-binary=:all:", *pins], capture_output=True, text=True)
            if done.returncode:
                failures[name] = line(done.stderr)
        # One that fails for want of a network may be there the next time.
        if not failures:
            with open(told, "w") as f:
                json.dump(failures, f)
    else:
        with open(told) as f:
            failures = json.load(f)
    answer = subprocess.run([*pip, "list", "--format", "json"], capture_output=True, text=True, check=True).stdout
    return venv, failures, {row["name"].lower(): row["version"] for row in json.loads(answer)}


def loader(cache):
    """(the program that loads with serde-pickle, why there is none)."""
    crate, target = os.path.join(HERE, "serde_pickle"), os.path.join(cache, "serde_pickle")
    manifest = os.path.join(crate, "Cargo.toml")
    try:
        done = subprocess.run(
            ["cargo", "build", "--quiet", "--locked", "--release", "--manifest-path", manifest, "--target-dir", target],
            capture_output=True,
            text=True,
        )
    except OSError as error:
        return None, str(error)
    return (os.path.join(target, "release", "serde_pickle_load"), "") if done.returncode == 0 else (None, line(done.stderr))


def version_of(python):
    return subprocess.run([python, "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True, check=True).stdout.strip()


def pythons(given):
    """[(version, path)]: those asked for, else pyenv's 3.11 and 3.13 and the system's own; else the one that runs this. The first runs the peers, and
    modelscan 0.8.8 isn't for 3.13."""
    found = list(given)
    if not found:
        root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
        for minor in ("3.11", "3.13"):
            found += sorted(glob.glob(os.path.join(root, "versions", minor + ".[0-9]*", "bin", "python")))[-1:]
        found += glob.glob("/usr/bin/python3")
    named = {}
    for python in found or [sys.executable]:
        named.setdefault(version_of(python), os.path.abspath(python))
    return list(named.items())
