"""Streams made by hand, opcode by opcode: one with every opcode, and those that are not whole."""

import pickle as op
import struct


def u1(n):
    return struct.pack("<B", n)


def u2(n):
    return struct.pack("<H", n)


def i4(n):
    return struct.pack("<i", n)


def u8(n):
    return struct.pack("<Q", n)


def number(n):
    return op.BININT1 + u1(n)


def short(text):
    data = text.encode()
    return op.SHORT_BINUNICODE + u1(len(data)) + data


def proto(n, body):
    return op.PROTO + u1(n) + body


def framed(body, claimed=None):
    return proto(4, op.FRAME + u8(len(body) if claimed is None else claimed) + body)


def every_opcode():
    """All 68 in one stream that loads.

    The loader needs a persistent_load, two buffers, and extension codes 0xf0, 0x0f00 and 0x00f00000.
    """
    ordered = op.GLOBAL + b"collections\nOrderedDict\n"
    items = [
        # Numbers and constants.
        op.NONE, op.NEWTRUE, op.NEWFALSE, op.INT + b"7\n", op.LONG + b"-8L\n",
        op.BININT + i4(-70000), op.BININT1 + u1(255), op.BININT2 + u2(65535),
        op.LONG1 + u1(9) + b"\xff" * 8 + b"\x00", op.LONG4 + i4(3) + b"\x01\x02\x83",
        op.FLOAT + b"-1.5\n", op.BINFLOAT + struct.pack(">d", 0.1),
        # Text and bytes.
        op.STRING + b"'str\\x41'\n", op.BINSTRING + i4(3) + b"str", op.SHORT_BINSTRING + u1(3) + b"str",
        op.UNICODE + b"text \\u20ac\n", op.BINUNICODE + i4(3) + b"\xe2\x82\xac", short("text"),
        op.BINUNICODE8 + u8(4) + b"text", op.BINBYTES + i4(2) + b"\x00\xff", op.SHORT_BINBYTES + u1(2) + b"\x00\xff",
        op.BINBYTES8 + u8(2) + b"\x00\xff", op.BYTEARRAY8 + u8(2) + b"\x00\xff",
        # Containers.
        op.EMPTY_TUPLE, number(1) + op.TUPLE1, number(1) + number(2) + op.TUPLE2,
        number(1) + number(2) + number(3) + op.TUPLE3, op.MARK + number(1) + number(2) + op.TUPLE,
        op.MARK + number(1) + op.LIST, op.EMPTY_LIST + number(1) + op.APPEND,
        op.EMPTY_LIST + op.MARK + number(1) + number(2) + op.APPENDS,
        op.MARK + number(1) + number(2) + op.DICT, op.EMPTY_DICT + number(1) + number(2) + op.SETITEM,
        op.EMPTY_DICT + op.MARK + number(1) + number(2) + op.SETITEMS,
        op.EMPTY_SET + op.MARK + number(1) + op.ADDITEMS, op.MARK + number(1) + op.FROZENSET,
        # The memo and the stack.
        number(1) + op.PUT + b"10\n", number(2) + op.BINPUT + u1(11), number(3) + op.LONG_BINPUT + i4(300),
        op.EMPTY_LIST + op.MEMOIZE, op.GET + b"10\n", op.BINGET + u1(11), op.LONG_BINGET + i4(300),
        number(1) + op.DUP, number(9) + op.POP, op.MARK + number(9) + number(9) + op.POP_MARK,
        # Names, calls, state.
        ordered + op.EMPTY_TUPLE + op.REDUCE, short("collections") + short("Counter") + op.STACK_GLOBAL,
        op.MARK + op.INST + b"collections\nOrderedDict\n", op.MARK + ordered + op.EMPTY_TUPLE + op.OBJ,
        ordered + op.EMPTY_TUPLE + op.NEWOBJ, ordered + op.EMPTY_TUPLE + op.EMPTY_DICT + op.NEWOBJ_EX,
        op.GLOBAL + b"types\nSimpleNamespace\n" + op.EMPTY_TUPLE + op.REDUCE
        + op.EMPTY_DICT + short("a") + number(1) + op.SETITEM + op.BUILD,
        # What the loader must bring.
        op.EXT1 + u1(0xF0), op.EXT2 + u2(0x0F00), op.EXT4 + i4(0x00F00000),
        op.PERSID + b"line id\n", number(1) + op.BINPERSID,
        op.NEXT_BUFFER, op.NEXT_BUFFER + op.READONLY_BUFFER,
    ]  # fmt: skip
    body = op.EMPTY_LIST + op.MARK + b"".join(items) + op.APPENDS + op.STOP
    return op.PROTO + u1(5) + op.FRAME + u8(len(body)) + body


def own_extensions_p2():
    """A stream that registers extension codes of one, two and four bytes, then uses them. No pickler writes this."""

    def register(module, name, code):
        call = op.MARK + text(module) + text(name) + code + op.TUPLE + op.REDUCE + op.POP
        return op.GLOBAL + b"copy_reg\nadd_extension\n" + call

    def text(value):
        return op.BINUNICODE + i4(len(value)) + value.encode()

    items = [
        text("ordered") + op.EXT1 + u1(0xF1) + op.EMPTY_TUPLE + op.REDUCE,
        text("class") + op.EXT1 + u1(0xF1),
        text("fraction") + op.EXT2 + u2(0x0F01) + op.MARK + number(1) + number(3) + op.TUPLE + op.REDUCE,
        text("decimal") + op.EXT4 + i4(0x00F00001) + text("1.5") + op.TUPLE1 + op.REDUCE,
    ]
    codes = register("collections", "OrderedDict", op.BININT1 + u1(0xF1))
    codes += register("fractions", "Fraction", op.BININT2 + u2(0x0F01))
    codes += register("decimal", "Decimal", op.BININT + i4(0x00F00001))
    return proto(2, codes + op.EMPTY_DICT + op.MARK + b"".join(items) + op.SETITEMS + op.STOP)


def own_extensions_p4():
    """The same at protocol 4, where the function is looked up by two strings and kept in the memo."""
    add = short("copyreg") + short("add_extension") + op.STACK_GLOBAL + op.MEMOIZE
    first = short("collections") + short("OrderedDict") + number(0xF1) + op.TUPLE3 + op.REDUCE + op.POP
    second = op.BINGET + u1(0) + short("fractions") + short("Fraction") + op.BININT2 + u2(0x0F01) + op.TUPLE3 + op.REDUCE + op.POP
    items = short("ordered") + op.EXT1 + u1(0xF1) + op.EMPTY_TUPLE + op.NEWOBJ
    items += short("fraction") + op.EXT2 + u2(0x0F01) + number(1) + number(3) + op.TUPLE2 + op.REDUCE
    return framed(add + first + second + op.EMPTY_DICT + op.MARK + items + op.SETITEMS + op.STOP)


def broken(squared):
    """Streams that are not whole, or lie: name, protocol, bytes, what is wrong. `squared` is a whole pickle of protocol 2."""
    two = proto(2, number(1) + op.STOP)
    crlf = op.MARK + b"dp0\nVname\np1\nVvalue\np2\ns."
    new_style = b"ccopy_reg\n_reconstructor\np0\n(czoo\nAnimal\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n."
    return [
        ("cut-in-number", 2, proto(2, op.BININT + b"\x01\x02"), "ends inside BININT: two of its four bytes"),
        ("cut-in-float", 2, proto(2, op.BINFLOAT + b"\x3f\xf0\x00"), "ends inside BINFLOAT: three of its eight bytes"),
        ("cut-in-line", 0, op.UNICODE + b"no newline", "ends inside UNICODE: its line has no newline"),
        ("cut-in-first-line", 0, op.GLOBAL + b"collections", "ends inside GLOBAL: the module's line has no newline"),
        ("cut-in-second-line", 0, op.GLOBAL + b"collections\nOrdered", "ends inside GLOBAL: the name's line has no newline"),
        ("cut-in-length", 2, proto(2, op.BINUNICODE + b"\x05\x00"), "ends inside BINUNICODE: two of the four bytes of its length"),
        ("cut-in-payload", 4, proto(4, op.SHORT_BINUNICODE + u1(10) + b"four"), "ends inside SHORT_BINUNICODE: four of ten bytes"),
        ("cut-in-frame-length", 4, proto(4, op.FRAME + b"\x10\x00\x00"), "ends inside FRAME: three of the eight bytes of its length"),
        ("cut-after-opcode", 2, proto(2, op.BINPUT), "ends after the byte of BINPUT"),
        ("cut-download", 2, squared[:100], "squared.pkl up to byte 100, inside the byte code"),
        ("length-over-all", 4, proto(4, op.BINBYTES8 + u8(2**63) + b"few"), "BINBYTES8 claims 2^63 bytes, three are left"),
        ("length-4-gib", 3, proto(3, op.BINBYTES + b"\xff\xff\xff\xff" + b"few"), "BINBYTES claims 4294967295 bytes, three are left"),
        ("no-stop", 2, proto(2, op.EMPTY_LIST + op.MARK + number(1) + op.APPENDS), "ends before STOP"),
        ("only-proto", 4, proto(4, b""), "ends after PROTO"),
        ("unknown-opcode", 2, proto(2, number(1) + b"\xff."), "0xff is no opcode"),
        ("unknown-opcode-protocol-6", 6, proto(6, b"\x99."), "PROTO says 6, and 0x99 is no opcode up to protocol 5"),
        ("proto-6", 6, proto(6, op.NONE + op.STOP), "PROTO says 6, which no Python up to 3.13 has; the opcodes are known"),
        ("proto-late", 2, op.EMPTY_LIST + proto(2, number(1) + op.APPEND + op.STOP), "PROTO stands behind another opcode"),
        ("negative-binstring", 1, op.BINSTRING + i4(-1) + b"abc" + op.STOP, "BINSTRING claims a length of -1"),
        ("negative-long4", 2, proto(2, op.LONG4 + i4(-2147483648) + op.STOP), "LONG4 claims a length of -2147483648"),
        ("frame-too-long", 4, framed(number(1) + op.STOP, 1000), "FRAME claims 1000 bytes, three are left"),
        ("frame-too-short", 4, framed(number(1) + number(2) + op.TUPLE2 + op.STOP, 2), "FRAME ends before STOP, and no other frame starts"),
        ("frame-crossed", 4, framed(short("argument") + op.STOP, 4), "the argument of SHORT_BINUNICODE crosses the end of its FRAME"),
        ("frame-in-frame", 4, framed(op.FRAME + u8(3) + number(1) + op.STOP), "a FRAME starts inside another"),
        ("frame-2-63", 4, framed(op.NONE + op.STOP, 2**63), "FRAME claims 2^63 bytes"),
        ("crlf-protocol-0", 0, crlf.replace(b"\n", b"\r\n"), "every newline of protocol 0 became CRLF, as text mode on Windows writes it"),
        ("crlf-copy-reg", 0, new_style.replace(b"\n", b"\r\n"), "every newline became CRLF: GLOBAL names a module 'copy_reg\\r'"),
        ("crlf-protocol-2", 2, squared.replace(b"\n", b"\r\n"), "every byte 0x0a of squared.pkl became CRLF: GLOBAL names a module 'dill.dill\\r'"),
        ("crlf-length", 2, proto(2, op.BINUNICODE + i4(10) + b"ten bytes." + op.STOP).replace(b"\n", b"\r\n"), "every byte 0x0a became CRLF: a length of 10 became 2573"),
        ("lf-lost-cr", 3, proto(3, op.SHORT_BINBYTES + u1(4) + b"\r\n\r\n" + op.STOP).replace(b"\r\n", b"\n"), "each CRLF of the payload became a newline: it is shorter than its length says"),
        ("read-as-latin-1", 2, two.decode("latin-1").encode("utf-8"), "read as Latin-1 and written as UTF-8: 0x80 became c2 80"),
        ("high-bytes-lost", 4, proto(4, short("text") + op.STOP).decode("utf-8", "replace").encode("utf-8"), "read as UTF-8 with errors replaced: 0x80 and 0x8c became ef bf bd"),
        ("bom", 0, b"\xef\xbb\xbf" + op.INT + b"1\n.", "a byte order mark stands before a pickle of protocol 0"),
        ("two-and-garbage", 2, two + two + b"\x00\x01garbage", "two pickles, then bytes that are none"),
        ("trailing-newline", 2, two + b"\n", "a newline behind STOP"),
        ("trailing-zeros", 2, two + b"\x00" * 64, "zeros behind STOP, as a file of blocks has them"),
        ("stop-alone", 0, op.STOP, "STOP on an empty stack"),
        ("mark-missing", 2, proto(2, number(1) + op.TUPLE + op.STOP), "TUPLE without a MARK"),
        ("memo-missing", 2, proto(2, op.BINGET + u1(5) + op.STOP), "BINGET of a memo entry that nothing made"),
        ("not-a-number", 0, op.INT + b"seven\n.", "INT holds no number"),
        ("frame-hides-name", 4, framed(op.GLOBAL + b"not_builtins\nlen\n" + op.STOP, claimed=5), "a frame ends in the module's name: readers of files look up another"),
        ("number-octal", 0, op.INT + b"010\n" + op.INT + b"-0\n" + op.INT + b"0x10\n" + op.TUPLE3 + op.STOP, "numbers that loaders and versions of Python read differently"),
        ("names-that-hide", 4, proto(4, op.GLOBAL + "os\x1b[2K\r\npa\u202eth\u200b\n".encode() + short("\x9b31m\u2066") + op.TUPLE2 + op.STOP), "control, bidirectional and zero-width characters in names and text"),
        ("not-quoted", 0, op.STRING + b"bare\n.", "STRING holds no quotes"),
        ("not-utf-8", 4, proto(4, op.SHORT_BINUNICODE + u1(2) + b"\xff\xfe" + op.STOP), "SHORT_BINUNICODE holds no UTF-8"),
    ]  # fmt: skip
