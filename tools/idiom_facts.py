"""Asks the libraries what is in the files of corpus/ that have labelled objects.

    python3 tools/idiom_facts.py             write tests/facts/idioms.tsv again
    python3 tools/idiom_facts.py --check     compare with it

Each file is loaded in a process of its own, by the Python and the packages
that wrote it (the first that can be had): they are the project's own
files, and harmless. What can't be had keeps its rows as they are checked in,
and is named. --packages FOLDER and --large are as for tools/corpus.py. What is
printed is from tools/corpus/describe.py; the table tells what its columns mean.

Runs on 3.11 and newer, with the standard library only.
"""

import argparse
import pathlib
import sys
import tempfile

import corpus

TABLE = corpus.ROOT / "tests" / "facts" / "idioms.tsv"
DESCRIBE = corpus.ROOT / "tools" / "corpus" / "describe.py"

HEADER = """\
# What the library that wrote a file of corpus/ says is in it, once it has loaded it: by tools/idiom_facts.py.
# The file's root is a dict (of torch-state-dict an OrderedDict), and each of its values has a row: file, label (the key), kind,
# fact 1, fact 2, fact 3, parted by tabs; `-` is a fact that isn't there. Names are those of the Python that loaded: `builtins` where a stream says `__builtin__`.
# A value in a fact stands as Python 3 prints it, but text always in ' and without escapes; `hex` is of bytes.
# They are of what was loaded: numpy's arrays of big-endian numbers, below protocol 5, are native then.
# A dtype is as str of numpy has it; one of fields is {name: dtype, ...}, one of arrays is dtype and shape, as in `float32 (2,)`.
#
# kind               fact 1                    fact 2                      fact 3
# array              dtype                     shape                       bytes of its data
# array-of           subclass of ndarray       dtype                       shape
# masked-array       dtype                     shape                       how many are masked
# masked-constant    dtype
# scalar             dtype                     value (hex: of bytes and void; dates and durations as str prints them)
# dtype              dtype                     bytes of an item
# ufunc              name
# random-state       algorithm
# generator          class of its bit generator
# bit-generator      class
# seed-sequence      entropy
# frame              shape                     columns                     dtype of each
# series             dtype                     length                      name
# index              class                     dtype                       length
# range-index        start                     stop                        step
# multi-index        names                     length
# timestamp          date and time             zone
# pandas-timedelta   whole seconds             nanoseconds below 1000
# period             as pandas prints it       frequency
# interval           left                      right                       which ends are closed
# nat, na
# categorical        length                    categories                  whether ordered
# extension-array    class                     dtype                       length
# extension-dtype    class                     as pandas prints it
# offset             class                     how many
# tensor, parameter  dtype                     shape                       strides
# sparse-coo-tensor  dtype                     shape                       (and other layouts, each a kind)
# storage            dtype                     length
# torch-size         sizes
# torch-dtype        as torch prints it (torch-device, torch-layout, torch-memory-format also)
# bytes, bytearray   hex                       length
# set, frozenset     length
# complex            real                      imaginary
# range, slice       start                     stop                        step
# singleton          name
# class, function    module and qualified name
# bound-method       class of what it is of    name                        instance, or class: a method of that class itself
# partial            function                  arguments                   keywords
# attrgetter         what it gets              keywords                    (itemgetter, methodcaller also)
# dict-of            class                     length                      keys, in its order
# defaultdict        factory                   length                      keys
# deque              length                    most it holds, or None      items
# date               date
# time, datetime     without its zone          class of its zone           fold
# timedelta          days                      seconds                     microseconds
# timezone           seconds                   name
# zoneinfo           key
# decimal, fraction, uuid   as str prints it
# path, address      class                     as str prints it
# enum               class                     value                       name, `-` where it has none
# pattern            pattern (hex: of bytes)   text or bytes               flags
# typed-array        type code                 length                      bytes of an item
# namespace          attributes, sorted
# BytesIO, StringIO  content (hex: of bytes)   position
# exception          class                     arguments                   attributes, sorted
# iterator           class
# plain              type                      value
# instance           class                     attributes and slots, sorted   builtin type it is made of
"""


def rows_of(interpreters):
    """Each file's name and its rows, or None where its writers can't be had."""
    sources = [(stem, case, writers) for stem, case, _, writers, _ in corpus.IDIOMS]
    sources += [(stem, "-", [("3.13", "c"), ("2.7", "c")][protocol == 2 :]) for stem, protocol, _, _ in corpus.ASSEMBLED_IDIOMS]
    for stem, case, writers in sorted(sources):
        name = stem + ".pkl"
        data = None
        for short, pickler in writers:
            data = interpreters.run(short, pickler, DESCRIBE, str(corpus.CORPUS / name), pickler, case)
            if data is not None:
                break
        yield name, data and sorted(f"{name}\t{row}" for row in data.decode().splitlines())


def checked_in():
    rows = {}
    if TABLE.exists():
        for row in TABLE.read_text().splitlines():
            if not row.startswith("#"):
                rows.setdefault(row.split("\t")[0], []).append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with tests/facts/idioms.tsv; exit 1 on a difference")
    parser.add_argument("--large", action="store_true", help="install also what takes several GB: torch")
    parser.add_argument("--packages", type=pathlib.Path, metavar="FOLDER", help="where packages are installed and kept (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        packages = (options.packages or pathlib.Path(temporary)).resolve()
        packages.mkdir(parents=True, exist_ok=True)
        old, lines, kept = checked_in(), [], 0
        for name, rows in rows_of(corpus.Interpreters(packages, options.large)):
            if rows is None:
                kept += 1
                rows = old.get(name)
                if not rows:
                    sys.exit(f"{name} can't be loaded, and has no rows")
                corpus.say(f"{name}: not loaded, its rows are kept as they are checked in")
            lines += rows
    text = HEADER + "".join(line + "\n" for line in lines)
    if options.check:
        differing = text != TABLE.read_text()
        print(f"{len(lines)} rows, of {kept} files not checked: " + ("they differ" if differing else "the same"))
        return differing
    TABLE.write_text(text)
    print(f"{len(lines)} rows, of {kept} files kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
