"""Writes the tables of bytecode below src/code/bytecode from what each Python says: `opcode`, and what `dis` shows.

    python3 tools/bytecode.py [--check]

What an argument means isn't taken from the source of `dis`, but seen: each opcode is disassembled with every
argument to 255, beside names, constants and variables that tell their own place. Nothing of it runs. What a row can't
say of an opcode ends the program. Opcodes that only stand in code that runs (specialised ones, INSTRUMENTED_*,
ENTER_EXECUTOR) are left out: `co_code` and marshal never hold them. Python 2.7's `dis` prints, and so its opcodes
go by its lists.

opcodes.tsv: a row for each opcode and each reading of its argument: name, reading, and its number in each Python (`-`
where it has none, or reads its argument otherwise), `+N` behind it where N cache entries follow. Readings:

    none                no argument
    number              nothing is shown
    const name local free compare
                        a place among constants, names, variables, cells, comparisons; `>>N`: after a shift
    hidden              a place among constants that isn't shown
    locals              two places of four bits among variables
    words               of words.tsv; `&N`: of these bits
    flags               the bits that words.tsv has words for, parted by commas
    absolute forward backward from
                        a jump; `from` tells where one comes from, counted backward

words.tsv: opcode, argument, text, mask of the Pythons (the lowest bit is 2.7). For `words` the argument is a number, `N+` that and all above;
for `flags` a bit; for other readings a bit that turns the text into another, in which `*` is what stood
there, and the first bit that is set decides. The opcode `compare` has the comparisons.

pythons.tsv: Python, the first opcode with an argument by number (none where a list says it), EXTENDED_ARG, bytes of a unit of jump arguments, whether a relative
jump counts from behind the caches, which jumps `dis` shows (`relative`, `all` with their offset, `labels`).
"""

import argparse
import json
import pathlib
import sys

from interpreters import VERSIONS, ask, bit, put

HERE = pathlib.Path(__file__).resolve().parent.parent / "src/code/bytecode"

LOOK = r'''
import dis, json, opcode, sys

V = sys.version_info[:2]
SPECIALISED = set(getattr(opcode, "_specialized_opmap", {})) | set(getattr(opcode, "_specialized_instructions", []))
NAMES, CONSTS, CELLS, LOCALS = (["%s%d" % (c, i) for i in range(256)] for c in "nkcv")


def caches(name, number):
    entries = getattr(opcode, "_inline_cache_entries", {})
    return entries.get(name, 0) if hasattr(entries, "get") else entries[number]


def shown(number, arg):
    """What dis says of an opcode in the middle of others: value and text; None where it fails."""
    pad = bytes(bytearray([opcode.opmap["NOP"], 0])) * 8
    code = pad + bytes(bytearray([number, arg])) + bytes(bytearray(2 * caches(opcode.opname[number], number))) + pad
    try:
        if V >= (3, 13):
            resolver = dis.ArgResolver(co_consts=CONSTS, names=NAMES, varname_from_oparg=LOCALS.__getitem__,
                                       labels_map=dis._make_labels_map(code))
            found = dis._get_instructions_bytes(code, arg_resolver=resolver)
        elif V >= (3, 11):
            found = dis._get_instructions_bytes(code, LOCALS.__getitem__, NAMES, CONSTS)
        else:
            found = dis._get_instructions_bytes(code, LOCALS, NAMES, CONSTS, CELLS)
        one = [i for i in found if i.offset == 16][0]
    except (IndexError, KeyError):
        return None
    assert one.opname == opcode.opname[number] and one.arg in (None, arg), one
    return one.argval, one.argrepr


def templates(seen, expected):
    """Bits that turn an expected text into another: [[bit, text with *]]."""
    bits = []
    for low in range(5):
        with_bit = [(e, s) for a, (e, s) in enumerate(zip(expected, seen)) if a & -a == 1 << low or
                    a & (1 << low) and not any(a & b for b, _ in bits)]
        if any(e is None or s is None for e, s in with_bit):
            with_bit = [(e, s) for e, s in with_bit if e is not None and s is not None]
        made = set(s.replace(e, "*") for e, s in with_bit)
        if made != {"*"} and len(made) == 1:
            bits.append([1 << low, made.pop()])
    for a, (e, s) in enumerate(zip(expected, seen)):
        if e is not None and s is not None:
            text = [t for b, t in bits if a & b]
            if (text[0].replace("*", e) if text else e) != s:
                return None
    return bits


def indexed(kind, things, seen):
    """The shift with which a text is one of some things, and what else its low bits say."""
    for shift in range(6):
        expected = [things[a >> shift] if a >> shift < len(things) else None for a in range(256)]
        if [e is None for e in expected] != [s is None for s in seen]:
            continue
        bits = templates(seen, expected)
        if bits is not None:
            return kind + (">>%d" % shift if shift else ""), bits
    sys.exit("%s: %r" % (kind, seen[:20]))


def jump(name, number):
    """How a jump counts, and from where: unit and whether caches are passed over."""
    at = [shown(number, a) for a in (0, 3)]
    unit, sign = abs(at[1][0] - at[0][0]) // 3, at[1][0] > at[0][0]
    if at[0][0] == 0:
        return "absolute", unit, None, at[1][1]
    behind = at[0][0] - 18
    assert behind in (0, 2 * caches(name, number)), (name, at)
    past = None if not caches(name, number) else behind > 0
    return ("forward" if sign else "from" if at[1][1].startswith("from") else "backward"), unit, past, at[1][1]


def words(name, seen):
    if all(s == "" for s in seen):
        return "number", []
    flags = {}
    for b in range(8):
        if seen[1 << b]:
            flags[1 << b] = seen[1 << b]
    joined = [", ".join(w for b, w in sorted(flags.items()) if a & b) for a in range(256)]
    if joined == seen:
        return "flags", [[str(b), w] for b, w in sorted(flags.items())]
    for period in (2, 4, 8, 16, 32):
        if None not in seen and all(seen[a] == seen[a % period] for a in range(256)):
            return "words&%d" % (period - 1), [[str(a), seen[a]] for a in range(period) if seen[a]]
    last = seen[255]
    end = 256
    if last is not None:
        while seen[end - 1] == last:
            end -= 1
    known = [a for a in range(end) if seen[a] is not None]
    rows = [[str(a), seen[a]] for a in known]
    if last is not None:
        rows.append(["%d+" % end, last])
    else:
        assert known == list(range(len(known))), (name, known)
    return "words", rows


def main():
    ops, texts, units, past, text_of_jumps = {}, {}, set(), set(), {}
    hasarg = set(getattr(opcode, "hasarg", [])) or set(n for n in range(256) if n >= opcode.HAVE_ARGUMENT)
    for name, number in opcode.opmap.items():
        if number > 255 or name in SPECIALISED or name.startswith("INSTRUMENTED_") or name == "ENTER_EXECUTOR":
            continue
        if V == (2, 7):
            lists = [("const", "const"), ("name", "name"), ("local", "local"), ("free", "free"), ("compare", "compare"),
                     ("forward", "jrel"), ("absolute", "jabs")]
            kinds = [k for k, l in lists if number in getattr(opcode, "has" + l)] or ["number"]
            ops[name] = [kinds[0] if number in hasarg else "none", number, 0]
            continue
        if number not in hasarg:
            assert all(shown(number, a) in (None, (None, "")) for a in (0, 255)), name
            ops[name] = ["none", number, caches(name, number)]
            continue
        bits = []
        if number in opcode.hasjrel or number in opcode.hasjabs:
            kind, unit, passes, text = jump(name, number)
            units.add(unit)
            past.add(passes)
            text_of_jumps.setdefault("absolute" if kind == "absolute" else "relative", set()).add(text.split(" ")[1][:1] if text else "")
        else:
            seen = [s and s[1] for s in (shown(number, a) for a in range(256))]
            if number in opcode.hasconst:
                kind, bits = ("hidden", []) if set(seen) == {""} else indexed("const", [repr(k) for k in CONSTS], seen)
            elif number in opcode.hasname:
                kind, bits = indexed("name", NAMES, seen)
            elif number in opcode.hascompare:
                kind, bits = indexed("compare", list(opcode.cmp_op), seen)
            elif number in opcode.hasfree:
                kind, bits = indexed("free", CELLS if V < (3, 11) else LOCALS, seen)
            elif seen == ["v%d, v%d" % (a >> 4, a & 15) for a in range(256)]:
                kind = "locals"
            elif number in opcode.haslocal:
                kind, bits = indexed("local", LOCALS, seen)
            else:
                kind, bits = words(name, seen)
        ops[name] = [kind, number, caches(name, number)]
        if bits:
            texts[name] = [[str(b), t] for b, t in bits]
    texts["compare"] = [[str(i), c] for i, c in enumerate(opcode.cmp_op)]
    if V == (2, 7):
        units, shows = {1}, "relative"
    else:
        first = text_of_jumps["relative"].copy()
        shows = "labels" if first == {"L"} else "relative" if text_of_jumps.get("absolute") == {""} else "all"
    past.discard(None)
    assert len(units) == 1 and len(past) <= 1, (units, past)
    by_number = getattr(opcode, "hasarg", None) is None
    json.dump({"ops": ops, "words": texts, "extended": opcode.EXTENDED_ARG, "first": opcode.HAVE_ARGUMENT if by_number else None,
               "unit": units.pop(), "past": bool(past and past.pop()), "shows": shows, "version": sys.version.split()[0]},
              open(sys.argv[2], "w"))


main()
'''


def number(op):
    return "-" if op is None else f"{op[1]}+{op[2]}" if op[2] else str(op[1])


def texts(said):
    masks = {}
    for version in VERSIONS:
        for opcode, rows in said[version]["words"].items():
            for argument, text in rows:
                masks[opcode, argument, text] = masks.get((opcode, argument, text), 0) | bit(version)
    rows = sorted(masks.items(), key=lambda row: (row[0][0], int(row[0][1].rstrip("+")), row[0][2]))
    return "".join(f"{opcode}\t{argument}\t{text}\t{mask:x}\n" for (opcode, argument, text), mask in rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    said = {version: ask(version, LOOK, None) for version in VERSIONS}
    kinds = {(name, op[0]) for answer in said.values() for name, op in answer["ops"].items()}
    head = "# Written by tools/bytecode.py, which tells what the columns are, from " + ", ".join(
        said[version]["version"] for version in VERSIONS) + ".\n"
    rows = [f"#\treading\t" + "\t".join(VERSIONS) + "\n"]
    for name, kind in sorted(kinds):
        ops = (said[version]["ops"].get(name) for version in VERSIONS)
        rows.append(f"{name}\t{kind}\t" + "\t".join(number(op if op and op[0] == kind else None) for op in ops) + "\n")
    pythons = "".join(f"{v}\t{a['first'] or '-'}\t{a['extended']}\t{a['unit']}\t{'caches' if a['past'] else '-'}\t{a['shows']}\n"
                      for v, a in ((v, said[v]) for v in VERSIONS))
    done = [put(HERE / "opcodes.tsv", head + "".join(rows), check), put(HERE / "words.tsv", head + texts(said), check),
            put(HERE / "pythons.tsv", head + pythons, check)]
    sys.exit(0 if all(done) else 1)


if __name__ == "__main__":
    main()
