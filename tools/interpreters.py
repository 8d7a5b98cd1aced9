"""Asks every Python that answers are given for: what the programs that write tables in src/lookup share.

CPython 2.7 and 3.6 to 3.13 are pyenv's; 3.14 and 3.15 are the npm package
`pyodide`, run by node, each in a folder of its own:

    npm install --prefix DIR/3.14 pyodide@314
    npm install --prefix DIR/3.15 pyodide@315.0.0-alpha.2

with DIR in the environment as PYODIDE (default: ~/.cache/pickscope-pyodide).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

VERSIONS = "2.7 3.6 3.7 3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15".split()
ALL = (1 << len(VERSIONS)) - 1
PYODIDE = [version for version in VERSIONS if version in ("3.14", "3.15")]

NODE = """
import { loadPyodide } from %s;
import fs from 'fs';
const python = await loadPyodide({ stdout: () => {}, stderr: () => {} });
python.FS.writeFile('/question.json', fs.readFileSync(%s, 'utf8'));
python.runPython("import sys; sys.argv = ['-', '/question.json', '/answer.json']");
python.runPython(fs.readFileSync(%s, 'utf8'));
fs.writeFileSync(%s, python.FS.readFile('/answer.json', { encoding: 'utf8' }));
"""


def bit(version):
    return 1 << VERSIONS.index(version)


def mask(versions):
    return sum(bit(version) for version in set(versions))


def cpython(version):
    root = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    found = sorted(root.glob(f"versions/{version}.*/bin/python"))
    if not found:
        sys.exit(f"pyenv has no Python {version}")
    return found[-1]


def pyodide(version):
    root = pathlib.Path(os.environ.get("PYODIDE") or pathlib.Path.home() / ".cache/pickscope-pyodide")
    found = root / version / "node_modules/pyodide/pyodide.mjs"
    if not found.exists():
        sys.exit(f"no {found}: see tools/interpreters.py")
    return found


def ask(version, script, question):
    """What a script writes to the file sys.argv[2] as JSON, given a question as JSON in the file sys.argv[1].

    The script is Python 2 and 3 at once. It runs in an empty folder, without site-packages.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        asked, answered, program = folder / "question.json", folder / "answer.json", folder / "script.py"
        asked.write_text(json.dumps(question))
        program.write_text(script)
        if version in PYODIDE:
            node = folder / "ask.mjs"
            node.write_text(NODE % tuple(json.dumps(str(path)) for path in (pyodide(version), asked, program, answered)))
            command = ["node", node]
        else:
            # Not the script itself: its folder would be on sys.path.
            run = "import sys; exec(compile(open(sys.argv.pop(1)).read(), 'script', 'exec'))"
            command = [cpython(version), "-E", "-s", "-S", "-c", run, program, asked, answered]
        (folder / "empty").mkdir()
        done = subprocess.run(command, cwd=folder / "empty", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=600)
        if not answered.exists():
            sys.exit(f"{version}: {done.stderr.decode(errors='replace')[-3000:]}")
        return json.loads(answered.read_text())


def put(path, text, check):
    """Writes a table, or says how it differs from what stands there; gives whether all is well."""
    path = pathlib.Path(path)
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"{path}: {text.count(chr(10))} lines, {len(text)} bytes")
        return True
    have = path.read_text() if path.exists() else ""
    if have == text:
        return True
    lost, found = (set(a.splitlines()) - set(b.splitlines()) for a, b in ((have, text), (text, have)))
    print(f"{path} differs: {len(lost)} lines only there, {len(found)} only measured")
    for sign, lines in (("-", lost), ("+", found)):
        for line in sorted(lines)[:20]:
            print(sign, line)
    return False
