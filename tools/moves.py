"""Checks src/lookup/moves.tsv and src/lookup/installs.tsv, which are kept by hand.

    python3 tools/moves.py [--check]             their form: sorted, columns, kinds
    python3 tools/moves.py --live DIR=X.Y...     and against libraries

DIR holds libraries (`pip install --target DIR numpy==1.26.4`) for the CPython
X.Y of pyenv. For each move of a library that is there, of a version v:
from `changed` on the new name is there, and from `removed` on the old isn't. A
new name that is there before, or an old one that isn't there yet, is told and
no fault: names are taken over, and have a beginning. Only imports what it looks
up: no file is loaded. A few seconds for each DIR.

A row of moves.tsv is

    old module  old name  new module  new name  library  changed  removed  kind  symptom  fix  evidence

A module that ends in `.*` stands for all below it too, a name `*` for any.
`changed` is the first version that writes the new name, `removed` the first
that can't read the old one any more. Kinds: `renamed` (a mapping in
find_class makes it load), `then` (it leads to the next failure, on loading or
on use), `removed`
(nothing took its place), `added` (newer ones write it, older don't have it),
`changed` (the name stays, and means something else), `marker` (it is no name).
Evidence: `measured`, or addresses. A row of installs.tsv is a top-level
module and the distribution that brings it.
"""

import argparse
import json
import subprocess
import sys

from interpreters import cpython

KINDS = {"renamed", "then", "removed", "added", "changed", "marker"}

LOOK = r"""
import json, sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
answer = []
for module, name in json.load(sys.stdin):
    try:
        __import__(module)
        found = name == "*" or hasattr(sys.modules[module], name)
    except Exception:
        found = False
    answer.append(found)
versions = {}
for library in ("numpy", "pandas", "scipy", "sklearn", "dill", "cloudpickle", "joblib", "networkx", "gensim", "xgboost"):
    try:
        versions[library] = __import__(library).__version__
    except Exception:
        pass
sys.stdout.write("\n" + json.dumps([versions, answer]))
"""


def rows(path, columns):
    text = open(path, encoding="utf-8").read()
    lines = [tuple(line.split("\t")) for line in text.splitlines()]
    assert lines == sorted(set(lines)), f"{path} isn't sorted"
    assert all(len(line) == columns for line in lines), f"{path}: columns"
    return lines


def version(text):
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def live(place, moves):
    folder, python = place.split("=")
    names = [[module.removesuffix(".*"), name] for move in moves for module, name in (move[:2], move[2:4])]
    done = subprocess.run([cpython(python), "-E", "-s", "-S", "-c", LOOK, folder], input=json.dumps(names), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    versions, found = json.loads(done.stdout.splitlines()[-1])
    print(folder, versions)
    found = iter(found)
    wrong = compared = 0
    for move in moves:
        old, new = next(found), next(found)
        old_module, old_name, new_module, new_name, library, changed, removed, kind = move[:8]
        have = version(versions.get(library.replace("scikit-learn", "sklearn"), ""))
        if not have or kind == "marker":
            continue
        said = []
        if new_module and changed:
            said.append(("new", new, have >= version(changed)))
        if old_module and kind != "changed" and removed:
            said.append(("old", old, have < version(removed)))
        for side, is_there, should in said:
            compared += 1
            if is_there != should:
                fault = is_there == (side == "old")
                wrong += fault
                print(f"  {'WRONG' if fault else 'note'}: {library} {'.'.join(map(str, have))}: {side} of {' '.join(move[:7])} is{'' if is_there else ' not'} there")
    print(f"  {compared} compared, {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--live", nargs="*", default=[])
    options = parser.parse_args()
    moves = rows("src/lookup/moves.tsv", 11)
    for move in moves:
        assert move[7] in KINDS and move[4] and move[9] and move[10], move
    rows("src/lookup/installs.tsv", 2)
    sys.exit(sum(live(place, moves) for place in options.live) > 0)


if __name__ == "__main__":
    main()
