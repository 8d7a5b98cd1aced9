"""Writes src/lookup/weights_only.tsv: what torch.load(weights_only=True) takes, version by version.

    python3 tools/weights_only.py --venvs DIR            asks the torches of DIR, makes those that are missing
    python3 tools/weights_only.py --venvs DIR --sparing  the same, one at a time: each is removed once it is asked
    python3 tools/weights_only.py --check --venvs DIR    compares with the torches that DIR has, makes none

A torch with what it needs to start takes several GB. DIR/torch-VERSION is a venv of
the CPython of pyenv that VERSIONS names; DIR/VERSION.json keeps the answer.

Asked of torch/_weights_only_unpickler.py: `_get_allowed_globals()`,
`_blocklisted_modules`, whether `add_safe_globals` is there, and, by giving it a
stream for each opcode, which it knows: others are an `Unsupported operand`.

A row is

    kind    what    versions

with kind `global`, `opcode`, `blocked` (a module), `feature` or `asked` (all
versions), and the versions that have it as a hexadecimal mask over those of
`asked`, the lowest bit for the first.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from interpreters import cpython

VERSIONS = {"1.13.1": "3.10", "2.0.1": "3.10", "2.4.1": "3.11", "2.5.1": "3.11", "2.6.0": "3.11", "2.9.1": "3.13",
            "2.15.0": "3.13"}
TABLE = pathlib.Path("src/lookup/weights_only.tsv")

ASK = r"""
import io, json, pickletools, sys, warnings
warnings.simplefilter("ignore")
import torch
import torch._weights_only_unpickler as w

def takes(opcode):
    code = opcode.code.encode("latin-1")
    try:
        # Whatever it makes of what follows: an opcode that it doesn't know, it names.
        w.Unpickler(io.BytesIO(code + b"\0" * 16)).load()
    except Exception as error:
        return str(error) != "Unsupported operand %d" % code[0]
    return True

features = []
if hasattr(torch.serialization, "add_safe_globals"):
    features.append("add_safe_globals")
if hasattr(w, "_check_set_item_target") or hasattr(w.Unpickler, "_check_set_item_target"):
    features.append("setitem-checked")
if hasattr(w, "_read_global_instruction") or "NAME_MAPPING" in dir(w):
    features.append("renames")
json.dump({
    "version": torch.__version__.partition("+")[0],
    "global": sorted(w._get_allowed_globals()),
    "opcode": sorted(op.name for op in pickletools.opcodes if takes(op)),
    "blocked": sorted(getattr(w, "_blocklisted_modules", [])),
    "feature": sorted(features),
}, sys.stdout)
"""


def answer(version, options):
    folder = options.venvs / f"torch-{version}"
    kept = options.venvs / f"{version}.json"
    if kept.exists() and not options.check:
        return json.loads(kept.read_text())
    python = folder / "bin/python"
    if not python.exists():
        if options.check:
            print(f"torch {version}: not in {options.venvs}, skipped")
            return None
        subprocess.run([cpython(VERSIONS[version]), "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "-q", "--no-cache-dir", "--no-compile", "--only-binary", ":all:", f"torch=={version}"],
                       check=True)
    done = subprocess.run([python, "-c", ASK], check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    assert found["version"] == version, found["version"]
    kept.write_text(done.stdout)
    if options.sparing:
        shutil.rmtree(folder)
    return found


def table(answers):
    versions = list(answers)
    rows = {}
    for place, version in enumerate(versions):
        for kind in ("global", "opcode", "blocked", "feature"):
            for what in answers[version][kind]:
                rows[kind, what] = rows.get((kind, what), 0) | 1 << place
    lines = [f"{kind}\t{what}\t{mask:x}" for (kind, what), mask in rows.items()]
    lines.append(f"asked\t{' '.join(versions)}\t{(1 << len(versions)) - 1:x}")
    return "".join(line + "\n" for line in sorted(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venvs", type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--sparing", action="store_true")
    options = parser.parse_args()
    options.venvs.mkdir(parents=True, exist_ok=True)
    answers = {version: answer(version, options) for version in VERSIONS}
    if not options.check:
        TABLE.write_text(table(answers))
        return
    rows = [line.split("\t") for line in TABLE.read_text().splitlines()]
    [asked] = [what.split(" ") for kind, what, _ in rows if kind == "asked"]
    wrong = 0
    for version, found in answers.items():
        if found is None:
            continue
        bit = 1 << asked.index(version)
        for kind in ("global", "opcode", "blocked", "feature"):
            have = {what for own, what, mask in rows if own == kind and int(mask, 16) & bit}
            for what in sorted(have ^ set(found[kind])):
                wrong += 1
                print(f"torch {version}: {kind} {what} {'is not there' if what in have else 'is missing here'}")
        print(f"torch {version}: compared")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
