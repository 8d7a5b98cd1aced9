#!/usr/bin/env python3
"""Writes src/lookup/catalogue.tsv: which kinds of object each Python pickles, and what dill and cloudpickle make of the others.

    python3 tools/catalogue.py [--check] [--python X.Y]... [--kind WORD] [--keep FILE]

One object of each kind (tools/catalogue/kinds/*.txt) is made, dumped and loaded again, as a user would: its code stands in a
module that both sides can import, and loading happens in a process that never made the object. What comes back is compared by
what can be seen of it, which each kind tells. The interpreters are those of tools/interpreters.py. 3.14 and 3.15 are
WebAssembly builds; what those can't make is told and left out. The pickler is the one written in C; protocols are 0 (1 does as
0 does), 2 and the highest. dill and cloudpickle are the newest that pip installs on each Python, in folders that are kept
(CATALOGUE in the environment, default ~/.cache/pickscope-catalogue), and write the protocol that they take by default.

--python and --kind only print what was found, for the kinds whose name or group has WORD in it. --keep keeps what was found in a
file, so that only kinds that changed are tried again the next time.

A kind's file:

    [group]

    name of the kind
        code of the module, maybe none
        = expression that makes the object
        ? expression that tells what x is; without, its repr and attributes
        @ the Pythons that have it, as 2.7 3.8+ 3.6-3.9; without, all
        % code of the reducer that is commonly advised, run after the other; where 2.7 runs it, copyreg is copy_reg
        ! main (the code is run as the program itself, and what loads is another program), before (what loads has run the code
          before, for it makes a file), or nowasm (not tried there)

The table has a row a kind: its group, name and Pythons, and then for the highest protocol, for 2 and for 0 (each empty where it
is as the one before), for a reducer, for dill and for cloudpickle entries parted by `;`: a letter, the Pythons in hexadecimal (the
lowest bit for 2.7) and the number of what was said, counted from 0 in the next column, whose texts are parted by ` ¦ `; `#N` is the
text of the row `!said` N, for what is said of several kinds. Then `main` where that flag is set, the code and the reducer's code, with \\n and \\\\ for newline and backslash. y loads and is the same, r refused when it is dumped, l dumps
and won't load, d loads and is something else, n loads as what the name leads to, which is something else. The
first row, whose group is `!`, tells the versions of dill and cloudpickle.
"""

import argparse
import base64
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import pickletools
import re
import shutil
import subprocess
import sys
import tempfile
import time

from interpreters import PYODIDE, VERSIONS, cpython, mask, put, pyodide

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parent / "src/lookup/catalogue.tsv"
KINDS = HERE / "catalogue/kinds"
ATTEMPT = HERE / "catalogue/attempt.py"
TOOLS = ["pickle", "copyreg", "dill", "cloudpickle"]
PARTED = " ¦ "
GONE = "the process dies or hangs"
# Seconds: the longest that a process takes for a case, and more.
SILENCE = 120

Kind = collections.namedtuple("Kind", "group name code object look pythons reducer main before wasm")

NODE = """
import { loadPyodide } from %s;
import fs from 'fs';
const python = await loadPyodide({ stdout: () => {}, stderr: () => {}, packageBaseUrl: undefined });
python.FS.mkdirTree('/work');
python.mountNodeFS('/work', %s);
if (%s) { python.FS.mkdirTree('/packages'); python.mountNodeFS('/packages', %s); }
python.runPython("import sys; sys.path.insert(0, '/work')\\nimport attempt\\nsys.path.remove('/work')\\nattempt.run(%s, '/work/question.json', '/work/answer.json')");
process.exit(0);
"""


def ranged(text):
    found = []
    for part in text.split():
        if part.endswith("+"):
            found += VERSIONS[VERSIONS.index(part[:-1]):]
        elif "-" in part:
            first, last = part.split("-")
            found += VERSIONS[VERSIONS.index(first):VERSIONS.index(last) + 1]
        else:
            found.append(VERSIONS[VERSIONS.index(part)])
    return found


def kinds():
    """All kinds, sorted."""
    found = []
    for path in sorted(KINDS.glob("*.txt")):
        group = None
        for block in re.split(r"\n{2,}", path.read_text()):
            lines = [line for line in block.split("\n") if line.strip() and not line.startswith("#")]
            if not lines:
                continue
            if lines[0].startswith("["):
                group = lines[0].strip("[]")
                continue
            name, code, reducer = lines[0], [], []
            own = {"=": None, "?": "", "@": "", "!": ""}
            for line in lines[1:]:
                if not line.startswith("    "):
                    sys.exit(f"{path}: {line!r} belongs to no kind")
                line = line[4:]
                sign, rest = line[:1], line[2:]
                if sign == "%":
                    reducer.append(rest)
                elif sign in own and line[1:2] == " ":
                    own[sign] = rest
                else:
                    code.append(line)
            if not own["="] or not group or set(own["!"].split()) - {"main", "before", "nowasm"}:
                sys.exit(f"{path}: {name}: what is its object, its group, its flag?")
            found.append(Kind(group, name, "\n".join(code), own["="], own["?"], tuple(ranged(own["@"]) or VERSIONS),
                              "\n".join(reducer), "main" in own["!"], "before" in own["!"], "nowasm" not in own["!"]))
    found.sort(key=lambda kind: (kind.group, kind.name))
    for one, other in zip(found, found[1:]):
        if one[:2] == other[:2]:
            sys.exit(f"{one.group}, {one.name}: twice")
    return found


def packages(version, tool):
    """A folder with the newest dill or cloudpickle that this Python's pip installs; None, aloud, where there is none."""
    if tool not in ("dill", "cloudpickle"):
        return []
    root = pathlib.Path(os.environ.get("CATALOGUE") or pathlib.Path.home() / ".cache/pickscope-catalogue")
    folder = root / version / tool
    if not folder.exists():
        # What is written in Python alone installs for one by another's pip.
        runs = version if version not in PYODIDE else "3.13"
        other = [] if runs == version else ["--no-deps", "--only-binary", ":all:", "--python-version", version]
        half = root / version / (tool + ".half")
        shutil.rmtree(half, ignore_errors=True)
        done = subprocess.run([cpython(runs), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
                               *other, "--target", half, tool], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(f"skipped: {tool} doesn't install on Python {version}: {done.stderr.strip()[-200:]}")
            return None
        half.rename(folder)
    return [str(folder)]


def run(version, tool, what, cases):
    """What attempt.py says of the cases, and the tool's version; None for a case that ended the process itself."""
    path = packages(version, tool)
    if path is None:
        return None
    found, versions = [], {}
    # Once at least: the tool's version is wanted.
    while len(found) < len(cases) or not versions and tool in ("dill", "cloudpickle"):
        lines, why = ran(version, tool, what, cases[len(found):], path)
        if not lines:
            sys.exit(f"{version} {tool} {what}: {why}")
        versions = json.loads(lines[0])
        found += [json.loads(line) for line in lines[1:]]
        if len(found) < len(cases):
            if version not in PYODIDE:
                sys.exit(f"{version} {tool} {what}: {why}")
            found.append(None)
    return found, versions.get(tool)


def ran(version, tool, what, cases, path):
    """The whole lines that one process of attempt.py writes, and what it says on its way."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        asked, answered, said = folder / "question.json", folder / "answer.json", folder / "said"
        wasm = version in PYODIDE
        question = {"tool": tool, "packages": ["/packages"] if wasm and path else path, "cases": cases}
        asked.write_text(json.dumps(question))
        shutil.copy(ATTEMPT, folder)
        if wasm:
            node = folder / "run.mjs"
            node.write_text(NODE % (json.dumps(str(pyodide(version))), json.dumps(str(folder)), json.dumps(bool(path)),
                                    json.dumps(path[0] if path else ""), json.dumps(what).replace('"', "'")))
            command = ["node", node]
        else:
            start = f"import sys; sys.path.insert(0, {str(folder)!r}); import attempt; sys.path.pop(0); " \
                    f"attempt.run({what!r}, {str(asked)!r}, {str(answered)!r})"
            command = [cpython(version), "-B", "-s", "-W", "ignore", "-c", start]
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with said.open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       env={**keep, "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TMPDIR": str(folder)})
            # A case that hangs where there is no child process.
            size, since = -1, time.monotonic()
            while process.poll() is None and time.monotonic() - since < (SILENCE / 2 if wasm else SILENCE):
                time.sleep(0.2)
                now = answered.stat().st_size if answered.exists() else 0
                if now != size:
                    size, since = now, time.monotonic()
            process.kill()
            process.wait()
        text = answered.read_text() if answered.exists() else ""
        return [line for line in text.split("\n")[:text.count("\n")]], said.read_text(errors="replace")[-3000:]


BY_NAME = set("PROTO FRAME GLOBAL STACK_GLOBAL PUT BINPUT LONG_BINPUT MEMOIZE STOP UNICODE BINUNICODE SHORT_BINUNICODE "
              "BINUNICODE8 GET BINGET LONG_BINGET".split())


def by_name(data):
    names = {op.name for op, _, _ in pickletools.genops(data)}
    return names <= BY_NAME and bool(names & {"GLOBAL", "STACK_GLOBAL"})


def differs(before, after):
    """What became of what was seen, in short."""
    if after is None:
        return "the process dies or hangs when it is used"
    (own, text), (other, then) = before, after
    if own != other:
        return f"{own} comes back as {other}"
    if text != then:
        # From where they part on.
        at = next((i for i, (a, b) in enumerate(zip(text, then)) if a != b), min(len(text), len(then)))
        at = max(0, at - 20) if at > 30 else 0
        cut = lambda t: ("…" if at else "") + (t[at:at + 40] + "…" if len(t) > at + 41 else t[at:])
        return f"{cut(text)} comes back as {cut(then)}"
    return None


def protocols(version, tool):
    highest = 2 if version == "2.7" else 4 if version in ("3.6", "3.7") else 5
    return sorted({0, 2, highest}) if tool == "pickle" else [highest]


def measure(version, tool, all_kinds, kept):
    """{kind: {protocol: (letter, text)}}, what couldn't be made, and the tool's version."""
    mine = [kind for kind in all_kinds if version in kind.pythons and (tool != "copyreg" or kind.reducer)
            and (kind.wasm or version not in PYODIDE)]
    # What Python 2 calls copy_reg.
    reducer = lambda kind: kind.reducer.replace("import copyreg", "import copy_reg as copyreg") if version == "2.7" else kind.reducer
    case = lambda kind: {
        "code": kind.code + ("\n" + reducer(kind) if tool == "copyreg" else "") + "\n",
        "imports": "\n".join(line for line in kind.code.split("\n") if re.match(r"(import|from) ", line)) + "\n",
        "object": kind.object, "look": kind.look, "main": kind.main, "before": kind.before, "protocols": protocols(version, tool)}
    cases = [case(kind) for kind in mine]
    key = lambda case: hashlib.sha256(json.dumps([version, tool, case], sort_keys=True).encode()).hexdigest()[:16]
    new = [(kind, one) for kind, one in zip(mine, cases) if key(one) not in kept]
    answer = attempted(version, tool, new)
    if answer is None:
        return None
    own, unmade, own_version = answer
    found = {kind: {int(p): tuple(o) for p, o in kept[key(one)].items()} for kind, one in zip(mine, cases) if key(one) in kept}
    for kind, one in new:
        if kind in own:
            found[kind] = kept[key(one)] = own[kind]
    return found, unmade, own_version


def attempted(version, tool, asked):
    """{kind: {protocol: (letter, text)}}, what couldn't be made, and the tool's version."""
    answer = run(version, tool, "dump", [one for _, one in asked])
    if answer is None:
        return None
    dumped, own_version = answer
    loads, found, unmade = [], {}, []
    for kind, one, own in zip([kind for kind, _ in asked], dumped, [one for _, one in asked]):
        if one is None or one["made"]:
            unmade.append((kind, one["made"] if one else GONE))
            continue
        if one["look"] is None and all(data is None for data, _ in one["dumps"].values()):
            one["look"] = ["", ""]
        for protocol, (data, why) in one["dumps"].items():
            if data is None:
                found.setdefault(kind, {})[int(protocol)] = ("r", why)
            else:
                loads.append((kind, int(protocol), one["look"], data, dict(own, data=data)))
    loaded, _ = run(version, tool, "load", [load[-1] for load in loads])
    for (kind, protocol, before, data, _), one in zip(loads, loaded):
        if one is None and version in PYODIDE:
            print(f"skipped: {kind.group}, {kind.name}: loading by {tool} ends or hangs {version} for WebAssembly")
            continue
        elif one is None:
            outcome = ("l", GONE)
        elif one["error"]:
            outcome = ("l", one["error"])
        else:
            text = differs(before, one["look"])
            letter = "y" if text is None else "n" if by_name(base64.b64decode(data)) else "d"
            outcome = (letter, text)
        found.setdefault(kind, {})[protocol] = outcome
    return found, unmade, own_version


def escaped(code):
    return code.replace("\\", "\\\\").replace("\n", "\\n")


def cell(by_version, texts):
    """Entries of a column: for each outcome its Pythons."""
    groups = {}
    for version, outcome in by_version.items():
        groups.setdefault(outcome, []).append(version)
    entries = []
    for (letter, text), versions in groups.items():
        if text is None:
            number = ""
        else:
            if text not in texts:
                texts.append(text)
            number = str(texts.index(text))
        entries.append((VERSIONS.index(versions[0]), f"{letter}{mask(versions):x}" + (":" + number if number else "")))
    return ";".join(entry for _, entry in sorted(entries))


def rows(all_kinds, results):
    said = {tool: sorted(((VERSIONS.index(v), v, r[2]) for (v, t), r in results.items() if t == tool)) for tool in TOOLS[2:]}
    lines = ["\t".join(["!", *(f"{tool} " + ", ".join(f"{v} {own}" for _, v, own in versions) for tool, versions in said.items())])]
    made = []
    for kind in all_kinds:
        texts = []
        got = lambda tool, place: {
            v: results[v, tool][0][kind][place(v)] for v in VERSIONS
            if (v, tool) in results and place(v) in results[v, tool][0].get(kind, {})}
        highest = got("pickle", lambda v: protocols(v, "pickle")[-1])
        two = got("pickle", lambda v: 2)
        zero = got("pickle", lambda v: 0)
        columns = [highest, {} if two == highest else two, {} if zero == two else zero]
        columns += [got(tool, lambda v: protocols(v, tool)[-1]) for tool in TOOLS[1:]]
        cells = [cell(column, texts) for column in columns]
        code = "\n".join(part for part in (kind.code, f"obj = {kind.object}") if part)
        if any("\t" in t or "¦" in t or t.startswith("#") for t in texts) or "\t" in code:
            sys.exit(f"{kind.name}: a tab, a bar or a number in {texts}")
        made.append(([kind.group, kind.name, f"{mask(kind.pythons):x}", *cells], texts,
                     ["main" if kind.main else "", escaped(code), escaped(kind.reducer)]))
    times = collections.Counter(text for _, texts, _ in made for text in texts)
    shared = {text: f"{at:03}" for at, text in enumerate(sorted(text for text, count in times.items() if count > 1 and len(text) > 6))}
    lines += [f"!said\t{number}\t{text}" for text, number in shared.items()]
    for before, texts, after in made:
        texts = [f"#{shared[text]}" if text in shared else text for text in texts]
        lines.append("\t".join([*before, PARTED.join(texts), *after]))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--python", action="append")
    parser.add_argument("--kind")
    parser.add_argument("--keep", type=pathlib.Path)
    asked = parser.parse_args()
    kept = json.loads(asked.keep.read_text()) if asked.keep and asked.keep.exists() else {}
    all_kinds = kinds()
    if asked.kind:
        all_kinds = [kind for kind in all_kinds if asked.kind in kind.name or asked.kind in kind.group]
    versions = asked.python or VERSIONS
    jobs = [(version, tool) for version in versions for tool in TOOLS]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        done = list(pool.map(lambda job: measure(*job, all_kinds, kept), jobs))
    if asked.keep:
        asked.keep.write_text(json.dumps(kept))
    results = {job: one for job, one in zip(jobs, done) if one}
    wrong = False
    for (version, tool), (_, unmade, _) in results.items():
        for kind, why in unmade:
            if version in PYODIDE:
                if tool == "pickle":
                    print(f"skipped: {kind.group}, {kind.name}: not made by {version} for WebAssembly: {why}")
            else:
                wrong = True
                print(f"error: {kind.group}, {kind.name}: not made by {version} ({tool}): {why}")
    text = rows(all_kinds, results)
    print(f"{len(all_kinds)} kinds, {sum(len(own) for found, _, _ in results.values() for own in found.values())} attempts")
    if asked.python or asked.kind:
        sys.stdout.write(text)
        sys.exit(wrong)
    if wrong:
        sys.exit(1)
    sys.exit(0 if put(TABLE, text, asked.check) else 1)


if __name__ == "__main__":
    main()
