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
    """Those that tell something that those before don't."""
    told, kept, labels = set(), [], set()
    for key in streams:
        label, protocol, data = key
        library = label.split("/")[0] if "/" in label else label
        new = set()
        for who, answer in outcomes[key].items():
            kind, name, message = outcome(answer)
            if kind != "protocol":
                new.add((library, who, kind, name or re.sub(r"\d+", "", message), protocol >= 4 if "/" not in label else protocol >= 5))
        if new - told or label not in labels:
            told |= new
            labels.add(label)
            kept.append(key)
    return kept


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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        packages = (options.packages or pathlib.Path(temporary)).resolve()
        packages.mkdir(parents=True, exist_ok=True)
        pythons = Pythons(packages, not options.no_pyodide)
        sys.exit(not interpreters.put(options.facts, measured(pythons, options.everything), options.check))


if __name__ == "__main__":
    main()
