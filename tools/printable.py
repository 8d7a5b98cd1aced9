"""Writes src/repr/printable.rs: the code points that `repr` escapes.

    python3.13 tools/printable.py > src/repr/printable.rs
"""

import sys
import unicodedata

VERSION = (3, 13)
UNICODE = "15.1.0"
A_LINE = 5

if sys.version_info[:2] != VERSION or unicodedata.unidata_version != UNICODE:
    sys.exit("printable.py: wants CPython %d.%d, whose str.isprintable knows Unicode %s" % (*VERSION, UNICODE))

ranges = []
for point in range(0x80, sys.maxunicode + 1):
    if chr(point).isprintable():
        continue
    if ranges and ranges[-1][1] == point - 1:
        ranges[-1][1] = point
    else:
        ranges.append([point, point])

print("//! Written by `tools/printable.py`, which asks CPython %d.%d (Unicode %s)." % (*VERSION, UNICODE))
print()
print("/// The ranges of code points past ASCII for which `str.isprintable` is false: first and last, sorted, apart.")
print("#[rustfmt::skip]")
print("pub(super) static UNPRINTABLE: [(u32, u32); %d] = [" % len(ranges))
for at in range(0, len(ranges), A_LINE):
    print("    " + " ".join("(0x%05x, 0x%05x)," % tuple(r) for r in ranges[at : at + A_LINE]))
print("];")
