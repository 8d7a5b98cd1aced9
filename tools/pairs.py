"""Carries pickles from one Python or release of a library to another, and records what becomes of them.

    python3 tools/pairs.py                  write tests/facts/pairs.tsv again
    python3 tools/pairs.py --check          compare with it
    python3 tools/pairs.py --shims PROGRAM  of each load that failed: does the shim of this pickscope make it succeed?

tools/pairs/standard.py has what the standard library gives, for the CPythons of
pyenv and, to load only, those of pyodide (tools/interpreters.py);
tools/pairs/libraries.py what libraries give, and their releases. What pip
installs goes to --packages FOLDER, and is kept there. Each pickle is written
and loaded in a process of its own (pyodide: all in one), with a time limit.
What can't be had is named, and its rows are missing. --everything keeps
the rows that tell nothing new, which the table leaves out.

The pickles are the tool's own: nothing else is loaded. Runs on 3.11 and newer.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FACTS = ROOT / "tests" / "facts" / "pairs.tsv"
CHILD = ROOT / "tools" / "pairs" / "child.py"
sys.path.insert(0, str(CHILD.parent))

import interpreters  # noqa: E402
import libraries  # noqa: E402
import standard  # noqa: E402

LARGEST = 1500
HEADER = """\
# Pickles that one Python or release of a library wrote, and what others made of them: by tools/pairs.py.
# `with` tells what an environment has: a Python and releases of a year. A row `from` is a pickle: label, protocol, who wrote
# these bytes, the bytes. The rows below it are of who read it: `loads`; `lookup` failed, the module and name that were looked up
# in vain, type and first line of the message; `fails`, where it was something else; `protocol`, where the reader has none so new.
"""


def say(text):
    print(text, file=sys.stderr)


class Pythons:
    """Who writes and reads: CPythons alone, and with libraries."""

    def __init__(self, packages, also_pyodide):
        self.packages = packages
        self.standard = [each for each in interpreters.VERSIONS if each not in interpreters.PYODIDE and self.there(each)]
        self.libraries = [each for each in libraries.ENVIRONMENTS if each.split("-")[0] in self.standard and self.installed(each)]
        self.pyodide = interpreters.PYODIDE if also_pyodide else []

    def there(self, version):
        try:
            return interpreters.cpython(version)
        except SystemExit as error:
            say(f"{error}: skipped")
            return None

    def installed(self, environment):
        folder = self.packages / environment
        if folder.exists():
            return True
        partial = folder.with_name(environment + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        python = interpreters.cpython(environment.split("-")[0])
        command = [python, "-m", "pip", "install", "--quiet", "--target", partial, *libraries.ENVIRONMENTS[environment].split()]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            say(f"what {environment} needs can't be installed: skipped; pip said:\n{done.stdout.strip()}")
            return False
        partial.rename(folder)
        return True

    def run(self, who, what, questions):
        """An answer to each question; a question is of `child.py`."""
        if who in interpreters.PYODIDE:
            script = CHILD.read_text().replace("answers = [alone(act, question) for question in questions]", "answers = [act(question) for question in questions]")
            script = script.replace("sys.argv[1:4]", f"[{what!r}, *sys.argv[1:3]]")
            return interpreters.ask(who, script, questions)
        python = interpreters.cpython(who.split("-")[0])
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        modules = []
        if "-" in who:
            environment["PYTHONPATH"] = str(self.packages / who)
            modules = libraries.SLOW
        with tempfile.TemporaryDirectory() as folder:
            asked, answered = pathlib.Path(folder) / "question", pathlib.Path(folder) / "answer"
            asked.write_text(json.dumps(questions))
            (pathlib.Path(folder) / "empty").mkdir()
            # Not the script itself: its folder would be on sys.path.
            run = "import sys; exec(compile(open(sys.argv.pop(1)).read(), 'child.py', 'exec'))"
            command = [python, "-B", "-s", "-S", "-c", run, CHILD, what, asked, answered, *modules]
            done = subprocess.run(command, cwd=pathlib.Path(folder) / "empty", env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=3600)
            if not answered.exists():
                sys.exit(f"{who}: {done.stderr[-3000:]}")
            return json.loads(answered.read_text())


def all_of(whose, act):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(whose, pool.map(act, whose)))


def written(pythons, whose, subjects):
    """{(label, protocol, bytes): who wrote it}; a subject is label, code, dump, (protocols of Python 2, of 3)."""

    def of(who):
        major3, minor = (int(part) for part in who.split("-")[0].split("."))
        highest = 2 if major3 == 2 else 4 if minor < 8 else 5
        asked = [(label, protocol, code, dump) for label, code, dump, protocols in subjects
                 for protocol in protocols[major3 == 3] if protocol <= highest]
        answers = pythons.run(who, "write", [[code, dump, protocol] for _, protocol, code, dump in asked])
        return [(label, protocol, answer) for (label, protocol, _, _), answer in zip(asked, answers) if isinstance(answer, str)]

    streams = collections.defaultdict(list)
    for who, rows in all_of(whose, of).items():
        for label, protocol, data in rows:
            if len(data) <= 2 * LARGEST and who not in streams[label, protocol, data]:
                streams[label, protocol, data].append(who)
    return {key: who for key, who in streams.items() if who}


def loaded(pythons, whose, streams):
    """{(label, protocol, bytes): {who: [failed lookup or not, message]}}."""

    def of(who):
        return pythons.run(who, "load", [[data, None] for _, _, data in streams])

    answers = all_of(whose, of)
    return {stream: {who: answers[who][at] for who in whose} for at, stream in enumerate(streams)}


def outcome(answer):
    if isinstance(answer, dict):
        return ("fails", "", answer["error"])
    failed, told = answer
    if failed == "":
        return ("loads", "", "")
    if failed:
        return ("lookup", " ".join(failed), told)
    return ("protocol" if "unsupported pickle protocol" in told else "fails", "", told)


def ranges(whose):
    """`2.7 3.6-3.9` for neighbours in the order of the Pythons; names of environments as they are."""
    numbers = [interpreters.VERSIONS.index(who) for who in whose if who in interpreters.VERSIONS]
    told = []
    while numbers:
        first = last = numbers.pop(0)
        while first and numbers and numbers[0] == last + 1:
            last = numbers.pop(0)
        told.append(interpreters.VERSIONS[first] + ("-" + interpreters.VERSIONS[last] if last > first else ""))
    return " ".join(told + [who for who in whose if who not in interpreters.VERSIONS])


def block(key, writers, readers):
    label, protocol, data = key
    groups = collections.defaultdict(list)
    for who, answer in readers.items():
        groups[outcome(answer)].append(who)
    lines = [f"from\t{label}\t{protocol}\t{ranges(writers)}\t{data}"]
    for (kind, name, told), whose in groups.items():
        lines.append("\t".join([kind, ranges(whose), *([name] if kind == "lookup" else []), *([told] if told and kind != "protocol" else [])]))
    return lines


def chosen(streams, outcomes):
    """Those that tell something that those before don't: another failure, or of a value that it loads."""
    told, labels, kept = set(), set(), []
    for number, key in enumerate(sorted(streams)):
        label, protocol, data = key
        failures = {outcome(answer)[:2] for answer in outcomes[key].values()} - {("protocol", ""), ("loads", "")}
        if ":" in label:
            # A name: one of its protocols, by turns.
            new = bool(failures) and label not in labels and (protocol == 2 + 2 * (number // 2 % 2) or len(failures) > 1)
        elif "/" in label:
            new = len(data) < 500 and {(label.split("/")[0], *failure) for failure in failures} - told or label not in labels and len(data) < 500
        else:
            new = {(label, protocol > 3, *failure) for failure in failures} - told or label not in labels
        if new:
            told |= {(label.split("/")[0], *failure) for failure in failures} | {(label, protocol > 3, *failure) for failure in failures}
            labels.add(label)
            kept.append(key)
    return kept


def blocks(path):
    """What stands before the pickles of a table, and each with its readers: a row `from` and those below it."""
    head, found = [], []
    for line in path.read_text().splitlines():
        if line.startswith("from\t"):
            found.append([line.split("\t")])
        elif found:
            found[-1].append(line.split("\t"))
        else:
            head.append(line)
    return head, found


def who(text):
    """The names in `2.7 3.6-3.9 3.8-2021`."""
    for one in text.split():
        first, _, last = one.partition("-")
        if last in interpreters.VERSIONS:
            yield from interpreters.VERSIONS[interpreters.VERSIONS.index(first) : interpreters.VERSIONS.index(last) + 1]
        else:
            yield one


def again(path):
    """The rows of a table of `--everything` that tell something."""
    head, found = blocks(path)
    outcomes, texts = {}, {}
    for (_, label, protocol, writers, data), *readers in found:
        key = (label, int(protocol), data)
        rows = {each: row for row in readers for each in who(row[1])}
        outcomes[key] = {each: ["", ""] if row[0] == "loads" else [row[2].split(" ", 1), row[3]] if row[0] == "lookup"
                         else [None, "unsupported pickle protocol" if row[0] == "protocol" else row[2]] for each, row in rows.items()}
        texts[key] = ["\t".join(row) for row in [["from", label, protocol, writers, data], *readers]]
    lines = head + [line for key in chosen(texts, outcomes) for line in texts[key]]
    return "".join(line + "\n" for line in lines)


def shims(pythons, program, path):
    """Of each load: whether a shim is offered for that Python, and whether the load succeeds with it."""
    _, found = blocks(path)
    programs, total = {}, collections.Counter()

    def shim(question):
        data, version = question
        with tempfile.NamedTemporaryFile(suffix=".pkl") as file:
            file.write(bytes.fromhex(data))
            file.flush()
            done = subprocess.run([program, "explain", "--input", file.name, "--shim", "--python", version], stdout=subprocess.PIPE, text=True)
        return (done.returncode, done.stdout if "\ndef load(" in done.stdout else None)

    asked = [(label, protocol, data, reader, row) for (_, label, protocol, _, data), *rows in found for row in rows for reader in who(row[1])
             if reader not in interpreters.PYODIDE and row[0] != "protocol"]
    wanted = sorted({(data, reader.split("-")[0]) for _, _, data, reader, _ in asked})
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        programs = dict(zip(wanted, pool.map(shim, wanted)))
    failed = []
    for reader in pythons.standard + pythons.libraries:
        own = [(one, *programs[one[2], reader.split("-")[0]]) for one in asked if one[3] == reader]
        offered = [(one, status, text) for one, status, text in own if text]
        answers = pythons.run(reader, "load", [[one[2], text] for one, _, text in offered])
        for ((label, protocol, _, _, row), status, text), answer in zip(offered, answers):
            kind, _, told = outcome(answer)
            # One that says what it doesn't help with promises nothing.
            how = "promised" if status == 0 and "doesn't help with" not in text else "in part"
            before = "failed" if row[0] != "loads" else "loaded"
            total[before, how, kind] += 1
            if kind != "loads":
                failed.append(f"{label} p{protocol} {reader}: {before}: {' '.join(row[2:])}: with its shim, {how}: {told}")
        total["no shim", "failed"] += sum(one[4][0] != "loads" for one, _, text in own if not text)
    for line in failed:
        print(line)
    for what, count in sorted(total.items()):
        print(*what, count)
    return not any(what[1:2] == ("promised",) and what[-1] != "loads" for what in total)


def measured(pythons, everything):
    lines = [f"with\t{who}\t{libraries.ENVIRONMENTS[who]}" for who in pythons.libraries]
    total = collections.Counter()
    combinations = set()
    of_standard = [(label, code, "pickle:dumps", protocols) for label, code, protocols in standard.subjects()]
    of_libraries = [(label, code, dump, ([each for each in protocols if each <= 2], protocols))
                    for _, label, code, dump, protocols in libraries.subjects()]
    for whose, readers, subjects in (
        (pythons.standard, pythons.standard + pythons.pyodide, of_standard),
        (pythons.libraries, pythons.libraries, of_libraries),
    ):
        streams = written(pythons, whose, subjects)
        say(f"{len(streams)} pickles of {len(subjects)} subjects")
        outcomes = loaded(pythons, readers, streams)
        for key in streams if everything else chosen(streams, outcomes):
            lines += block(key, streams[key], outcomes[key])
            for writer in streams[key]:
                for reader in readers:
                    total[outcome(outcomes[key][reader])[0]] += 1
                    combinations.add((writer, reader))
    say(f"{sum(total.values())} pairs of a file's writer and reader, {dict(total)}; {len(combinations)} of writer and reader")
    return HEADER + "".join(line + "\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the table; exit 1 on a difference")
    parser.add_argument("--everything", action="store_true", help="keep the rows that tell nothing new")
    parser.add_argument("--facts", type=pathlib.Path, default=FACTS)
    parser.add_argument("--packages", type=pathlib.Path, metavar="FOLDER", help="where packages are installed and kept (default: a temporary folder)")
    parser.add_argument("--no-pyodide", action="store_true")
    parser.add_argument("--from", dest="table", type=pathlib.Path, metavar="TABLE", help="choose from what --everything wrote")
    parser.add_argument("--shims", metavar="PROGRAM", help="try the shims of this pickscope on the table's pairs; exit 1 where one doesn't help")
    options = parser.parse_args()
    if options.table:
        sys.exit(not interpreters.put(options.facts, again(options.table), options.check))
    with tempfile.TemporaryDirectory() as temporary:
        packages = (options.packages or pathlib.Path(temporary)).resolve()
        packages.mkdir(parents=True, exist_ok=True)
        pythons = Pythons(packages, not options.no_pyodide)
        if options.shims:
            sys.exit(not shims(pythons, options.shims, options.facts))
        sys.exit(not interpreters.put(options.facts, measured(pythons, options.everything), options.check))


if __name__ == "__main__":
    main()
