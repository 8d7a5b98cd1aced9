"""What a Python's `dis` says of code. Python 2 and 3 at once; run by tools/bytecode_facts.py, and by tests.

    python bytecode_probe.py QUESTION ANSWER    as tools/interpreters.py runs it: the question is source, the answer the lines
    python bytecode_probe.py library NTH        of every NTH module of the standard library (0: all, its tests too)

Lines, of columns that tabs part:

    M  module  marshal data in hexadecimal
    C  name                                     a code object of it, what is nested in it before it
    X  start  end  target  depth  lasti         a row of its exception table
    I  offset  opcode  argument  text  line  starts  label

with `-` for none. `text` is `argrepr`, but for code objects, which are `<code NAME>`. `starts`: whether `dis` tells a line there. `label` is its number from
3.13 on, before that 1. Where both are 0 they are left out.
"""

import dis
import io
import json
import marshal
import os
import re
import sys
import types
import zipfile

V = sys.version_info[:2]
CODE = type((lambda: 0).__code__)
PRINTED = re.compile(r'^(?: *(\d+)|\s{3})\s+(>>)?\s+(\d+) (\S+)\s*(?:(\d+) *(?:\((.*)\))?)?\s*$', re.S)
ADDRESS = re.compile(r'^<code object (.*) at 0x[0-9a-f]+, file .*, line -?\d+>$', re.S)


def printed(code):
    """Instructions of Python 2.7, whose `dis` prints."""
    from StringIO import StringIO
    keep, sys.stdout = sys.stdout, StringIO()
    try:
        dis.disassemble(code)
        lines = sys.stdout.getvalue().split("\n")
    finally:
        sys.stdout = keep
    line = None
    for one in lines:
        if not one.strip():
            continue
        starts, label, offset, opcode, argument, text = PRINTED.match(one).groups()
        line = line if starts is None else starts
        yield offset, opcode, argument or "-", ADDRESS.sub(r"<code \1>", text or ""), line, int(starts is not None), int(bool(label))


def told(code):
    spans = list(code.co_lines()) if V >= (3, 10) else []
    at, line = 0, None
    for i in dis.get_instructions(code):
        if i.opname == "CACHE":
            continue
        if V >= (3, 13):
            line, starts, label = i.line_number, i.starts_line, i.label or 0
        else:
            starts, label = i.starts_line is not None, i.is_jump_target
            if V >= (3, 10):
                while at < len(spans) and spans[at][1] <= i.offset:
                    at += 1
                line = spans[at][2] if at < len(spans) else None
            elif starts:
                line = i.starts_line
        text = "<code %s>" % i.argval.co_name if type(i.argval) is CODE else i.argrepr
        yield (str(i.offset), i.opname, "-" if i.arg is None else str(i.arg), text, "-" if line is None else str(line),
               int(starts), int(label))


def within(code, seen):
    for value in code.co_consts:
        if type(value) is CODE and id(value) not in seen:
            for one in within(value, seen):
                yield one
    seen.add(id(code))
    yield code


def lines(name, code, version=marshal.version):
    yield "M\t%s\t%s" % (name, "".join("%02x" % b for b in bytearray(marshal.dumps(code, version))))
    for one in within(code, set()):
        yield "C\t" + one.co_name
        for row in dis._parse_exception_table(one) if V >= (3, 11) else ():
            yield "X\t%d\t%d\t%d\t%d\t%d" % (row[0], row[1], row[2], row[3], row[4])
        for row in (printed if V < (3,) else told)(one):
            line = "I\t%s\t%s\t%s\t%s\t%s\t%d\t%d" % row
            yield line[:-4] if line.endswith("\t0\t0") else line


def sources(top):
    """The modules below a folder, or in the archive that the WebAssembly builds have."""
    if top.endswith(".zip"):
        with zipfile.ZipFile(top) as archive:
            return [(name, archive.read(name)) for name in sorted(archive.namelist()) if name.endswith(".py")]
    found = []
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(f for f in folders if f not in ("site-packages", "__pycache__", "lib2to3"))
        for name in sorted(files):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    found.append((os.path.relpath(path, top), f.read()))
    return sorted(found)


def library(nth):
    """The code of modules of the standard library, by path."""
    tests = ("test", "tests", "idle_test")
    found = [one for one in sources(os.path.dirname(os.__file__)) if nth == 0 or not set(tests) & set(one[0].split("/"))]
    for name, source in found[::nth or 1]:
        try:
            yield name, compile(source, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RuntimeError):  # Tests of the parser; one of them is nested too deep.
            pass


def write(out, text):
    # Names and reprs can have half of a surrogate pair.
    out.write(text if V < (3,) else text.encode("utf-8", "surrogatepass"))
    out.write(b"\n")


def main():
    if sys.argv[1] == "library":
        out = getattr(sys.stdout, "buffer", sys.stdout)
        for name, code in library(int(sys.argv[2])):
            for line in lines(name, code):
                write(out, line)
        return
    with open(sys.argv[1]) as f:
        question = json.load(f)
    if question.get("library"):
        answer = [line for name, code in library(question["nth"]) for line in lines(name, code)]
    else:
        # Which objects marshal marks as shared goes by who else refers to them, in this program too. Version 2 marks none, so that
        # a record can be made again; the slices of 3.14 need a newer one.
        code = compile(question["source"].encode("utf-8"), "sample.py", "exec", dont_inherit=True)
        answer = list(lines("sample", code, 2 if V < (3, 14) else marshal.version))
    with io.open(sys.argv[2], "w") as f:
        f.write(type(u"")(json.dumps(answer)))


main()
