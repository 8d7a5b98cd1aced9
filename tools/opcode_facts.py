"""Prints what this interpreter's pickletools knows of each opcode.

A row an opcode, sorted by byte, columns parted by tabs: byte in hex, name,
protocol, argument descriptor, stack before, stack after (names parted by
commas, the top last; - where there is none). Runs on Python 2.7 and 3.x.

    python3.13 tools/opcode_facts.py > tests/facts/opcodes.tsv

With --docs the rows are byte, name and the first line of the opcode's doc.
"""

import pickletools
import sys


def facts(op):
    argument = op.arg.name if op.arg else "none"
    before = ",".join(item.name for item in op.stack_before) or "-"
    after = ",".join(item.name for item in op.stack_after) or "-"
    return op.name, str(op.proto), argument, before, after


def doc(op):
    return op.name, op.doc.strip().split("\n")[0].strip()


def main():
    columns = doc if sys.argv[1:] == ["--docs"] else facts
    rows = [("%02x" % ord(op.code),) + columns(op) for op in pickletools.opcodes]
    for row in sorted(rows):
        # The C library's newline on every platform: the file is compared byte for byte.
        sys.stdout.write("\t".join(row) + "\n")


if __name__ == "__main__":
    main()
