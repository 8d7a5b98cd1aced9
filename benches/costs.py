#!/usr/bin/env python3
"""What hostile shapes cost: CPU nanoseconds a byte of input, and peak memory in input sizes beside the input itself.

    cargo build --release
    python3 benches/costs.py [--megabytes N] [PATH/TO/pickscope]

Every shape is run at N and at 2 N megabytes (4 and 8), so that what grows faster than its input shows: the last column of
each command is the time of the larger by that of the smaller. The inputs are made of what each opcode costs most with the
fewest bytes; none of them is ever loaded. Needs GNU time. Of the memory, the input's own size is taken away: it is
mapped, and what was touched of it counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile

COMMANDS = {
    "dump": ["dump"],
    "dump json": ["dump", "--format", "json"],
    "refs": ["refs"],
    "refs json": ["refs", "--format", "json"],
    "tree": ["tree"],
    "tree json": ["tree", "--format", "json"],
    "tree --sizes": ["tree", "--sizes"],
    "code": ["code"],
    "explain": ["explain", "--input"],
}


def until(length, item):
    return b"".join(item(number) for number in range(length // len(item(0))))


def shapes(length):
    pickle = b"\x80\x02"
    yield "one-byte values", pickle + b"(" + b"N" * length + b"l."
    yield "empty lists", pickle + b"(" + b"]" * length + b"l."
    yield "marks", pickle + b"(" * length + b"."
    yield "nested tuples", pickle + b"N" + b"\x85" * length + b"."
    yield "nested lists", pickle + b"]" * length + b"a" * (length - 1) + b"."
    yield "memo", b"\x80\x04" + b"(" + b"]\x94" * (length // 2) + b"l."
    yield "one value got again", pickle + b"](q\x00" + b"h\x00" * (length // 2) + b"l."
    yield "names, all different", pickle + b"(" + until(length, lambda n: b"cm%07d\nf\n" % n) + b"l."
    yield "one name looked up", pickle + b"(" + b"cm\nf\n" * (length // 5) + b"l."
    yield "calls", pickle + b"cm\nf\n" + b")R" * (length // 2) + b"."
    yield "states", pickle + b"cm\nf\n" + b"Nb" * (length // 2) + b"."
    yield "numbers as text", b"(" + b"I1\n" * (length // 3) + b"l."
    yield "numbers loaders differ in", b"(" + b"I01\n" * (length // 8) + b"I 1\n" * (length // 8) + b"l."
    yield "pickles", b"N." * (length // 2)
    yield "one long integer", pickle + b"\x8b" + length.to_bytes(4, "little") + b"\x7f" * length + b"."
    yield "one long text", pickle + b"X" + length.to_bytes(4, "little") + b"\x01" * length + b"."
    yield "garbage", pickle + bytes((n * 7919 + (n >> 8) * 104729) & 0xFF for n in range(length))


def run(call):
    # Not wait4's figures: a child has been as large as the process that forked it.
    with tempfile.NamedTemporaryFile("r") as used, open(os.devnull, "r+b") as null:
        measured = ["time", "-q", "-f", "%U %S %M", "-o", used.name, *call]
        status = subprocess.run(measured, stdin=null, stdout=null, stderr=null).returncode
        if status not in (0, 1, 2):
            sys.exit(f"{call}: status {status}")
        user, system, kib = used.read().split()
    return float(user) + float(system), int(kib) * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=4)
    parser.add_argument("program", nargs="?", default="target/release/pickscope")
    asked = parser.parse_args()
    worst = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "shape")
        open(path, "wb").write(b"N.")
        _, base = run([asked.program, "refs", path])
        sizes = [int(asked.megabytes * 10**6), int(2 * asked.megabytes * 10**6)]
        for (name, small), (_, large) in zip(shapes(sizes[0]), shapes(sizes[1])):
            for command, arguments in COMMANDS.items():
                taken = []
                for stream in small, large:
                    with open(path, "wb") as file:
                        file.write(stream)
                    taken.append(run([asked.program, *arguments, path]))
                (before, _), (time, memory) = taken
                memory = max(0, memory - base) / len(large) - 1
                row = time / len(large) * 1e9, max(0, memory), time / before if before > 0.05 else None
                print(f"{name:26} {command:13} {row[0]:8.1f} ns a byte {row[1]:7.1f} inputs"
                      + (f"   {row[2]:4.1f} times" if row[2] else ""), flush=True)
                for column in 0, 1:
                    if row[column] >= worst.get((command, column), (-1,))[0]:
                        worst[command, column] = row[column], name
    print("\n| command | CPU, nanoseconds a byte | in | memory, in inputs | in |\n|---|---|---|---|---|")
    for command in COMMANDS:
        (time, slow), (memory, big) = worst[command, 0], worst[command, 1]
        print(f"| `{command}` | {time:.0f} | {slow} | {memory:.1f} | {big} |")


if __name__ == "__main__":
    main()
