"""Asks interpreters how their readers of pickles read arguments.

    python3.13 tools/text_facts.py > tests/facts/text.tsv
    python3.13 tools/text_facts.py --pyodide FOLDER > tests/facts/text.tsv

asks every Python 2.7 and 3.6 to 3.13 under pyenv (what is missing is said on
standard error), and with --pyodide also the 3.14 of the npm package pyodide,
which node finds in FOLDER/node_modules. A row is a stream that holds one
opcode with an argument, the same for the eye, the outcome, and the readers
with that outcome, parted by tabs:

    4930310a2e   I01\x0a.   bool True   2.7-3.14:c 2.7-3.14:py 2.7-3.14:genops

`c` is _pickle (cPickle on 2.7), `py` is pickle.py, `genops` is pickletools;
versions from one to another are those that the first lines name. Streams are
hexadecimal; 39*4301 stands for the byte 39, 4301 times. Text in an outcome is
the bytes of its UTF-8 (surrogates too), numbers of more than 64 hexadecimal
digits are cut in the middle.

    python text_facts.py --probe < streams

is what each interpreter runs: a stream in hexadecimal a line comes in, and an
outcome for each reader, parted by tabs, goes out. Nothing is looked up or
called: find_class and persistent_load give back what they are asked for. Runs
on Python 2.7 and 3.x.
"""

from __future__ import print_function

import binascii
import io
import pickle
import pickletools
import re
import sys

PYTHON2 = sys.version_info[0] == 2

if PYTHON2:
    import cPickle
    import StringIO

    INTEGERS = (int, long)  # noqa: F821
else:
    import _pickle

    INTEGERS = (int,)

READERS = ("c", "py", "genops")
# No argument makes a reader take more; the index of a PUT alone would.
MEMORY = 1 << 30
SECONDS = 300


# What an interpreter does when it is asked.

class Named(tuple):
    """What a lookup gives; INST calls it."""

    def __call__(self):
        return self


class Persistent(tuple):
    pass


def find(module, name):
    return Named((module, name))


if not PYTHON2:

    class CUnpickler(_pickle.Unpickler):
        def find_class(self, module, name):
            return find(module, name)

        def persistent_load(self, name):
            return Persistent((name,))

    class PyUnpickler(pickle._Unpickler):
        def find_class(self, module, name):
            return find(module, name)

        def persistent_load(self, name):
            return Persistent((name,))


def c(stream):
    if PYTHON2:
        unpickler = cPickle.Unpickler(StringIO.StringIO(stream))
        unpickler.find_global = find
        unpickler.persistent_load = lambda name: Persistent((name,))
    else:
        # Bytes keep STRING as it is, before a caller's encoding decodes it.
        unpickler = CUnpickler(io.BytesIO(stream), encoding="bytes")
    return loaded(unpickler, stream)


def py(stream):
    if PYTHON2:
        unpickler = pickle.Unpickler(StringIO.StringIO(stream))
        unpickler.find_class = find
        unpickler.persistent_load = lambda name: Persistent((name,))
    else:
        unpickler = PyUnpickler(io.BytesIO(stream), encoding="bytes")
    return loaded(unpickler, stream)


def loaded(unpickler, stream):
    """The outcome of loading; of GET, PUT and EXT it is the number that the reader complains of or keeps."""
    get = stream[:1] in (b"g", b"h", b"j")
    try:
        value = unpickler.load()
    except KeyError as error:
        if not get:
            raise
        return shown(error.args[0])
    except Exception as error:
        if PYTHON2 and get and isinstance(error, cPickle.BadPickleGet):
            return shown(error.args[0])
        text = str(error)
        number = re.match("Memo value not found at index (-?[0-9]+)$", text) if get else None
        number = number or re.match("unregistered extension code (-?[0-9]+)$", text)
        if number is None:
            raise
        return shown(int(number.group(1)))
    if stream[:2] in (b"Np", b"Nq", b"Nr"):
        memo = unpickler.memo
        keys = list(memo if isinstance(memo, dict) else memo.copy())
        assert len(keys) == 1, keys
        return shown(keys[0])
    return shown(value)


def genops(stream):
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.arg is None:
            continue
        name = opcode.arg.name
        if name == "stringnl_noescape_pair":
            return "joined " + escaped(text_bytes(argument))
        if name == "stringnl_noescape":
            return "str " + escaped(text_bytes(argument))
        if name in ("stringnl", "string1", "string4") and not PYTHON2:
            return "bytes " + escaped(argument.encode("latin-1"))
        return shown(argument)


def text_bytes(text):
    """UTF-8, each surrogate by itself. What 2.7 has as bytes stays."""
    if isinstance(text, bytes):
        return text
    if PYTHON2:
        # Its encoder joins two surrogates; one character at a time it can't.
        return b"".join(character.encode("utf-8") for character in text)
    return text.encode("utf-8", "surrogatepass")


def escaped(data):
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte != 0x5C else "\\x%02x" % byte
        for byte in bytearray(data)
    )


def number(value):
    """Of a long one the ends, in decimal where that is no work, and in hexadecimal."""
    sign, digits = ("-" if value < 0 else ""), "%x" % abs(value)
    if len(digits) <= 64:
        return "int %d" % value
    short = "%s...%s (%d digits)" % (digits[:24], digits[-24:], len(digits))
    return "int %s0x%s" % (sign, short)


def shown(value):
    if isinstance(value, bool):
        return "bool %s" % value
    if isinstance(value, float):
        return "float %r" % value
    if isinstance(value, INTEGERS):
        return number(value)
    if isinstance(value, Named):
        return "names " + " ".join(escaped(text_bytes(part)) for part in value)
    if isinstance(value, Persistent):
        return "str " + escaped(text_bytes(value[0]))
    if isinstance(value, (bytes, bytearray)):
        return "bytes " + escaped(value)
    if isinstance(value, type(u"")):
        return "str " + escaped(text_bytes(value))
    return "other %s" % type(value).__name__


def outcome(reader, stream):
    try:
        return reader(stream)
    except Exception as error:
        return "raises " + type(error).__name__


def probe(lines):
    import warnings

    warnings.simplefilter("ignore")
    for line in lines:
        stream = binascii.unhexlify(line.strip().encode("ascii"))
        yield "\t".join(outcome(reader, stream) for reader in (c, py, genops))


def probe_main():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for row in probe(sys.stdin):
        print(row)


# What is asked.

def line_streams():
    streams = []

    def lines(opcode, texts):
        prefix = b"N" if opcode == b"p" else b""
        for text in texts:
            assert b"\n" not in text, text
            streams.append(prefix + opcode + text + b"\n.")

    small = [
        b"", b"0", b"1", b"2", b"5", b"7", b"10", b"42", b"123", b"-1", b"-5", b"-10", b"+5", b"+1", b"+0", b"-0",
        b"00", b"01", b"02", b"000", b"001", b"010", b"-00", b"-01", b"+01", b"-010", b"0010", b"08", b"09", b"008",
        b" 1", b" 0", b"1 ", b"0 ", b" 5", b"5 ", b" 01", b"01 ", b"00 ", b" 00", b"  1", b"\t1", b"\t5\t", b"\v1",
        b"\f0", b"\r1", b"1\r", b"0\r", b"5\r", b"00\r", b"01\r", b"\r\r5\r\r", b"\x1c5", b"5\x1f", b"\x855", b"\xa05",
        b"- 5", b"-  5", b"+ 5", b"- 1", b"+-5", b"-+5", b"--5", b"++5", b"-", b"+", b" ", b"   ", b"\r", b"\t\t",
        b"0x10", b"0X10", b"0xff", b"0xFF", b"0xfF", b"-0x10", b"+0x10", b"0x", b"0xg", b"0x0", b"0x1", b"0x 1",
        b"0x-1", b"0x00", b"00x1", b"0o17", b"0O17", b"0o8", b"0o", b"-0o17", b"0o0", b"0b1", b"0B1", b"0b101",
        b"0b2", b"0b", b"-0b1", b"0b0", b"017", b"0777", b"-0777", b"0_7", b"00_7", b"0_0", b"1_0", b"1_000",
        b"1__0", b"_1", b"1_", b"-_1", b"-1_0", b"0x_1", b"0x__1", b"0x1_0", b"0x1_", b"0_x1", b"0b_1", b"0o_7",
        b"0_", b"0__0", b"_", b"0b11", b"1.0", b"5abc", b"5\x00", b"5\x006", b"\x005", b"\x00", b"\x00\x00", b"0\x00", b"1\x00", b"\x001",
        b"5\x00L", b" \x00", b"0x10\x00zz", b"5 \x006", b"5\x00\x00", b"\x00\x00\x00", b"-\x00", b"010\x00",
        b"5L", b"5l", b"5LL", b"5 L", b"5L ", b"5L\r", b"L", b"LL", b"0L", b"1L", b"00L", b"01L", b"0x10L", b"010L",
        b"-5L", b"- 5L", b"5_0L", b"0xL", b"0x L", b"lL", b"0o17L", b"0b1L", b"08L", b"00L\r", b"1.5", b"1e3",
        b"5,", b"5;6", b"5 6", b"five", b"0five", b"5x", b"\xff", b"5\xff", b"\xd9\xa1", b"\xef\xbc\x95", b"e", b"a",
        b"True", b"None", b"'5'", b"5.", b".5", b"0.", b"0d5", b"1e", b"inf",
        b"2147483647", b"2147483648", b"-2147483648", b"-2147483649", b"4294967296",
        b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809",
        b"18446744073709551615", b"18446744073709551616", b"99999999999999999999",
        b"0x7fffffffffffffff", b"0x8000000000000000", b"-0x8000000000000000", b"-0x8000000000000001",
        b"0xffffffffffffffff", b"0x10000000000000000", b"0X1F0000000000000000000000000000001",
        b"0777777777777777777777", b"01000000000000000000000", b"02000000000000000000000", b"07777777777777777777777777",
        b"0o7777777777777777777777777777777", b"-0b1" + b"01" * 60, b"0b" + b"1" * 64, b"0b" + b"0" * 80 + b"1",
        b"0" * 30, b"0" * 30 + b"5", b"-" + b"0" * 30, b"00000000000000000000000000000009223372036854775808",
        b"12345678901234567890123456789012345678901234567890", b"-12345678901234567890123456789012345678901234567890",
        b"+12345678901234567890123456789012345678901234567890", b"1_2345678901234567890_1234567890",
        b"- 12345678901234567890123456789012345678901234567890", b"12345678901234567890123456789012345678901234567890\r",
        b"12345678901234567890123456789012345678901234567890 ", b"12345678901234567890123456789012345678901234567890x",
        b" 12345678901234567890123456789012345678901234567890",
        b"12345678901234567890123456789012345678901234567890\x005", b"-1\x00", b"+0\x00", b"01\x00", b"00\x00",
    ]
    big = [
        b"9" * 640, b"9" * 641, b"9" * 4299, b"9" * 4300, b"9" * 4301, b"-" + b"9" * 4300, b"-" + b"9" * 4301,
        b"0" * 4300, b"0" * 4301, b"0" * 4300 + b"5", b"0" * 4299 + b"5", b"5_" + b"0" * 4299, b"5_" + b"0" * 4300,
        b"0x" + b"f" * 4400, b"0o" + b"7" * 5000, b"0b" + b"1" * 15000, b"0" + b"7" * 5000, b"9" * 4300 + b"x",
        b"9" * 4301 + b"x", b"9" * 4300 + b"\r", b"9" * 5000,
    ]
    lines(b"I", small + big)
    lines(b"L", small + big + [text + b"L" for text in big])
    # An index that C keeps makes its memo as long.
    index = [text for text in small if not re.match(br"[\s+-]*[0_]*\d{7,18}\D*$", text)]
    lines(b"g", small + big[4:6])
    lines(b"p", [text for text in index if text not in (b"2147483647", b"2147483648", b"4294967296")])
    floats = [
        b"", b"0", b"1", b"-0", b"1.5", b"-1.5", b"+1.5", b"1.", b".5", b".", b"-.", b"-.5", b"+.5e-3", b"1e5", b"1E5",
        b"1e+5", b"1e-5", b"1e", b"1e+", b"e5", b".e5", b"1.e5", b"1e5.", b"1e1_0", b"1_0.5", b"1_0", b"_1", b"1_",
        b"1__0", b"1_.5", b"1._5", b"1.5_0", b"1_e5", b"1e_5", b"1_000.000_1e1_0", b"1.5_", b"_", b" 1.5", b"1.5 ",
        b" 1.5 ", b"\t1.5", b"1.5\t", b"1.5\r", b"\r1.5", b"1.5\v", b"1.5\f", b"1.5\x1c", b"\x1c1.5", b"1.5\xa0", b"- 1.5",
        b" ", b"\r", b"1.5\x00", b"1.5\x006", b"\x001.5", b"\x00", b"1e5\x00e", b"1e\x00", b"1.5 \x00", b"1_0\x00", b"1\x00_",
        b"inf", b"-inf", b"+inf", b"INF", b"Inf", b"infinity", b"-Infinity", b"infin", b"infinityx", b"inf ", b" inf",
        b"inf\x00", b"in", b"in_f", b"nan", b"-nan", b"+nan", b"NaN", b"NAN", b"nan(1)", b"nanx", b"1e400", b"-1e400",
        b"1e309", b"1e308", b"1.7976931348623157e308", b"1.7976931348623158e308", b"1.7976931348623159e308",
        b"179769313486231580793728971405301e276", b"1e-400", b"-1e-400", b"5e-324", b"2e-324", b"3e-324", b"1e1000000000000",
        b"1e-1000000000000", b"1e99999999999999999999", b"1e-99999999999999999999", b"0e400", b"0e99999999999999999999",
        b"0x1p3", b"0x10", b"0x1.8", b"1d5", b"1,5", b"1.5.5", b"1.5L", b"1.5f", b"one", b"--1.5", b"+-1.5", b"1e--5",
        b"0.1", b"0.1000000000000000055511151231257827", b"3.141592653589793", b"1" * 400, b"1" * 300, b"0" * 400 + b"1.5",
        b"0." + b"0" * 400 + b"1e401", b"1" * 5000, b"1." + b"3" * 1000, b"1" * 400 + b"e-200", b"\xff", b"1\xff",
        b"2.2250738585072011e-308", b"9007199254740993", b"9007199254740992.999999", b"1j", b"(1.5)", b"'1.5'", b"1e400\x00",
        b"1_0e400", b" 1e400", b"-1.0", b"-1", b"infinity\r", b"nan\r", b"+", b"-",
    ]
    lines(b"F", floats)
    plain = [
        b"", b"a", b"abc", b"a'c", b'a"c', b"'", b'"', b"\\", b"\\\\", b"\\'", b'\\"', b"a\\", b"a\\\\", b"\\n", b"\\t\\r\\b\\f\\v\\a",
        b"\\0", b"\\1", b"\\12", b"\\123", b"\\1234", b"\\377", b"\\400", b"\\777", b"\\8", b"\\9", b"\\08", b"\\18", b"\\0\\0",
        b"\\x", b"\\x4", b"\\x41", b"\\x414", b"\\xg1", b"\\x4g", b"\\xff", b"\\xFF", b"\\X41", b"\\u0041", b"\\U00000041",
        b"\\N{DASH}", b"\\q", b"\\z\\y", b"\\ ", b"\\\xff", b"\xff", b"\xc3\xa9", b"a\x00b", b"\\\x00", b"\r", b"a\br", b"\\\r",
        b"a\tb", b"%s", b"\x7f", b"\x80", b"\\x80", b"\\\\x41", b"\\\\\\x41", b"'\\x", b"\\x'", b"\\e", b"\\%", b"\\x41\\n\\101", b"\\xe9",
    ]
    quoted = []
    for text in plain:
        quoted += [b"'" + text + b"'", b'"' + text + b'"', text]
    quoted += [
        b"'abc", b"abc'", b"'abc\"", b"\"abc'", b"'abc' ", b" 'abc'", b"'abc'\r", b"'abc'\x00", b"'abc'\t \x01", b"'abc'\x7f",
        b"'abc'\xff", b"'abc'\x80\xfe ", b"'abc'x", b"\"abc\" ", b"''", b'""', b"' '", b"'''", b"''''", b"'\"'", b"\"'\"",
        b"'abc'' ", b"'abc' '", b"' ", b"\" ", b"'\\' ", b"'abc\\", b"'abc\\'", b"'a'b'", b"'abc \xff'", b"b'abc'", b"u'abc'",
        b"\xff'abc'", b"'\xff", b"\xff", b"`abc`", b"   ", b"'x' \\", b"\xe2\x80\x98abc\xe2\x80\x99",
    ]
    lines(b"S", dict.fromkeys(quoted))
    escapes = [
        b"\\u0041", b"\\u00e9", b"\\u20ac", b"\\uFFFF", b"\\ud800", b"\\udfff", b"\\udc00\\ud800", b"\\ud83d\\ude00", b"\\ud83d",
        b"\\ude00", b"\\ud83dx\\ude00", b"\\U0001f600", b"\\U0010ffff", b"\\U00110000", b"\\Uffffffff", b"\\U0000d800",
        b"\\U00000041", b"\\U0000ffff", b"\\U00010000", b"\\u", b"\\u0", b"\\u00", b"\\u004", b"\\u00g1", b"\\u004g", b"\\u12", b"a\\u000ab", b"\\U", b"\\U0",
        b"\\U0001f60", b"\\U0001f60g", b"a\\u0041b", b"\\\\u0041", b"\\\\\\u0041", b"\\\\\\\\u0041", b"\\\\\\\\\\u0041", b"\\\\u", b"\\\\\\u",
        b"\\\\U", b"\\u005cu0041", b"\\u005c\\u0041", b"\\x41", b"\\n", b"\\", b"\\\\", b"\\\\\\", b"a\\", b"\\uD83D\\uDE00", b"\\u+041",
        b"\\u 041", b"\\u0x41", b"\\u-041", b"\\U+0000041", b"\\u004 1", b"\xe9", b"\xff\\u0041\xff", b"\x80", b"\xc3\xa9", b"\xed\xa0\x80",
        b"\\\xff", b"\\\\\xff", b"\\u00\xff1", b"\\u0000", b"\\u000a", b"\\u000d", b"\x00", b"a\x00b", b"\r", b"abc\r", b"\\\r", b"\\u0041\\",
        b"\\u0041\\u", b"\\u0041\\u004", b"\\q", b"\\\x00", b"\x7f", b"\x1a", b"'abc'", b"\\N{DASH}", b"\\'", b"\\ud800\\udc00\\udc00",
        b"\\uDBFF\\uDFFF", b"\\ud800\xe9", b"\\u\xd9\xa1041",
    ]
    lines(b"V", list(dict.fromkeys(escapes + plain)))
    names = [
        b"", b"a", b"abc", b"id-7", b"a b", b" a", b"a ", b"a\r", b"\r", b"a\tb", b"a\x00b", b"\x00", b"\xc3\xa9", b"\xe9", b"\xff", b"a\xffb",
        b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc0\x80", b"\xe2\x82", b"\\", b"\\x41", b"\\n", b"a\\", b"\\u0041", b"\\x", b"\\x4", b"\\x80",
        b"\\101", b"\\\\", b"\\'", b"'a'", b"\"a\"", b"\\377", b"\x7f", b"\x80", b"a.b.c", b"\\xe9\xe9", b"__main__", b"0", b"\xef\xbb\xbfa",
    ]
    lines(b"P", names)
    for opcode in (b"c", b"i"):
        prefix = b"(" if opcode == b"i" else b""
        for name in names:
            streams.append(prefix + opcode + b"m\n" + name + b"\n.")
            streams.append(prefix + opcode + name + b"\nn\n.")
    return streams


def binary_streams():
    from struct import pack

    for code, form, prefix in (
        (b"K", "<B", b""), (b"M", "<H", b""), (b"J", "<i", b""), (b"\x82", "<B", b""), (b"\x83", "<H", b""),
        (b"\x84", "<i", b""), (b"h", "<B", b""), (b"j", "<I", b""), (b"q", "<B", b"N"), (b"r", "<I", b"N"),
        (b"\x95", "<Q", b""), (b"\x80", "<B", b""),
    ):
        bits = 8 * len(pack(form, 0))
        low = -(1 << (bits - 1)) if form.islower() and form[-1] == "i" else 0
        high = (1 << (bits - 1)) - 1 if low else (1 << bits) - 1
        for n in sorted({low, -1, 0, 1, 5, 127, 128, 255, 256, 65535, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 5, high}):
            if not low <= n <= high:
                continue
            # An index that C keeps makes its memo as long; a frame that is as it says holds the STOP.
            if code == b"r" and n > 65536 or code == b"\x95" and n > 1:
                continue
            yield prefix + code + pack(form, n) + b"."
    numbers = [
        b"", b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\x00", b"\x00\x80", b"\x00\xff", b"\xff\xff", b"\x01\x00\x00\x00",
        b"\x00" * 20, b"\xff" * 20, b"\x00" * 7 + b"\x80", b"\xff" * 7 + b"\x7f", b"\x00" * 8 + b"\x80", b"\xff" * 8 + b"\x00",
        b"\x00" * 8 + b"\x01", b"\x00" * 8 + b"\xff", b"\x01" * 9, b"\xf0" * 40, bytes(range(200)), b"\x00" * 7 + b"\x80\xff\xff",
        b"\x00" * 40 + b"\x80", b"\xff" * 7 + b"\x7f\xff", b"\x00" * 250 + b"\x10",
    ]
    for number in numbers:
        yield b"\x8a" + pack("<B", len(number)) + number + b"."
        yield b"\x8b" + pack("<i", len(number)) + number + b"."
    for number in (b"\x00" * 1784 + b"\x10", b"\x00" * 1785 + b"\x10", b"\xff" * 1786 + b"\x7f", b"\x12" * 2000):
        yield b"\x8b" + pack("<i", len(number)) + number + b"."
    for number in (0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"), float("-inf"), float("nan")):
        yield b"G" + pack(">d", number) + b"."
    payloads = [b"", b"abc", b"\xff\xfe", b"\xc3\xa9", b"\xff", b"a\x00b", b"\\x41", b"'a'", b"\n", b"\r\n"]
    for code, form in ((b"U", "<B"), (b"T", "<i"), (b"C", "<B"), (b"B", "<I"), (b"\x8e", "<Q"), (b"\x96", "<Q")):
        for payload in payloads:
            yield code + pack(form, len(payload)) + payload + b"."
    texts = payloads + [
        b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"a\xed\xa0\x80b\xed\xb0\x80",
        b"\xed\xa0", b"\xed", b"\xed\xa0\x80\xff", b"\xff\xed\xa0\x80", b"\xed\xa0\x41", b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xc0\x80",
        b"\xc1\xbf", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xbf",
        b"abc\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc3", b"\xef\xbb\xbfa", b"\xed\xa0\x80\xed", b"\xed\xa0\x80\xed\xa0", b"\xf8\x88\x80\x80\x80",
        b"\xc3\xa9\xed\xa0\x80\xc3\xa9", b"\xed\xa0\xc0",
    ]
    for code, form in ((b"\x8c", "<B"), (b"X", "<I"), (b"\x8d", "<Q")):
        for text in texts:
            yield code + pack(form, len(text)) + text + b"."
    # What no reader gets past: lengths that lie, and arguments that are cut.
    yield b"I5."
    yield b"S'abc'."
    yield b"cm\nn."
    yield b"G\x00\x00."
    yield b"J\x00\x00."
    for code, form, length in (
        (b"T", "<i", -1), (b"T", "<i", (1 << 31) - 1), (b"T", "<i", -(1 << 31)), (b"X", "<I", (1 << 32) - 1), (b"B", "<I", (1 << 32) - 1),
        (b"\x8e", "<Q", 1 << 62), (b"\x8e", "<Q", 1 << 63), (b"\x8d", "<Q", (1 << 64) - 1), (b"\x96", "<Q", 1 << 40),
        (b"\x8b", "<i", -1), (b"\x8b", "<i", (1 << 31) - 1), (b"\x8a", "<B", 5), (b"C", "<B", 5), (b"U", "<B", 5), (b"\x8c", "<B", 5),
    ):
        yield code + pack(form, length) + b"abc."


def short_hex(stream):
    """Hexadecimal, a byte that stands more than 16 times in a row once."""
    words, rest = [], ""
    for run in re.findall(br"(?s)(.)(\1*)", stream):
        byte, count = "%02x" % run[0][0], 1 + len(run[1])
        if count > 16:
            words += [rest, "%s*%d" % (byte, count)]
            rest = ""
        else:
            rest += byte * count
    return " ".join(word for word in words + [rest] if word)


def cut(text):
    return text if len(text) <= 60 else text[:30] + "..." + text[-27:]


def spans(names, asked):
    """Of those asked, `3.6-3.9` for each run of names, `3.13` for one alone."""
    runs = []
    for at, name in enumerate(asked):
        if name not in names:
            continue
        if runs and runs[-1][1] == at - 1:
            runs[-1][1] = at
        else:
            runs.append([at, at])
    return [asked[a] if a == b else asked[a] + "-" + asked[b] for a, b in runs]


def known_to_2_7(stream):
    return stream[:1] not in (b"B", b"C") and stream[0] <= 0x8B


def same_on_wasm(stream):
    """Not what an address of 32 bits has no place for: an index, an extension code."""
    opcode, text = (stream[1:2], stream[2:]) if stream[:1] == b"N" else (stream[:1], stream[1:])
    return opcode not in b"j\x84" and not (opcode in b"gp" and re.search(br"\d{10}", text))


def ask(python, streams):
    import subprocess

    asked = "".join(stream.hex() + "\n" for stream in streams)
    answer = subprocess.run(
        python, input=asked, stdout=subprocess.PIPE, check=True, universal_newlines=True, timeout=SECONDS
    )
    rows = answer.stdout.splitlines()
    assert len(rows) == len(streams), (python, len(rows), len(streams))
    return [row.split("\t") for row in rows]


NODE = """
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
let asked = '';
for await (const piece of process.stdin) asked += piece;
const [folder, tool] = process.argv.slice(1);
const path = createRequire(folder + '/x').resolve('pyodide/pyodide.mjs');
const {loadPyodide} = await import(pathToFileURL(path));
const py = await loadPyodide();
py.FS.writeFile('/home/pyodide/text_facts.py', readFileSync(tool));
py.globals.set('asked', asked);
process.stdout.write(py.runPython(`
import text_facts
"\\\\n".join(text_facts.probe(asked.split())) + "\\\\n"
`));
"""


def main():
    import argparse
    import json
    import os
    import pathlib
    import subprocess

    parser = argparse.ArgumentParser()
    parser.add_argument("--pyodide", metavar="FOLDER", help="where node_modules holds pyodide, a CPython 3.14")
    arguments = parser.parse_args()
    root = os.environ.get("PYENV_ROOT") or subprocess.check_output(["pyenv", "root"], text=True).strip()
    streams = sorted(set(line_streams()) | set(binary_streams()))
    outcomes = {stream: {} for stream in streams}

    asked = []

    def take(name, version, command, chosen):
        print("# %s is CPython %s" % (name, version))
        asked.append(name)
        for stream, row in zip(chosen, ask(command, chosen)):
            for reader, seen in zip(READERS, row):
                # A reader that ran out of memory says nothing of the argument, nor does a loader of what it acts on.
                if seen != "raises MemoryError" and (reader == "genops" or stream[0] not in (0x80, 0x95)):
                    outcomes[stream].setdefault(seen, {}).setdefault(reader, []).append(name)

    for name in ["2.7"] + ["3.%d" % minor for minor in range(6, 14)]:
        found = sorted(pathlib.Path(root, "versions").glob(name + ".*"), key=lambda path: int(path.name.split(".")[-1]))
        if not found:
            print("no Python %s under pyenv: nothing is asked of it" % name, file=sys.stderr)
            continue
        chosen = [s for s in streams if known_to_2_7(s)] if name == "2.7" else streams
        # BYTEARRAY8 came with 3.8.
        if name in ("3.6", "3.7"):
            chosen = [s for s in streams if s[:1] != b"\x96"]
        take(name, found[-1].name, [str(found[-1] / "bin" / "python"), __file__, "--probe"], chosen)
    if arguments.pyodide:
        folder = os.path.abspath(arguments.pyodide)
        package = pathlib.Path(folder, "node_modules/pyodide/package.json")
        chosen = [s for s in streams if same_on_wasm(s)]
        command = ["node", "--input-type=module", "-e", NODE, folder, os.path.abspath(__file__)]
        take("3.14", "3.14 of pyodide %s" % json.loads(package.read_text())["version"], command, chosen)
    else:
        print("no --pyodide: nothing is asked of 3.14", file=sys.stderr)
    for stream in streams:
        for seen, readers in outcomes[stream].items():
            who = " ".join(
                "%s:%s" % (span, reader) for reader in READERS for span in spans(readers.get(reader, []), asked)
            )
            print("%s\t%s\t%s\t%s" % (short_hex(stream), cut(escaped(stream)), seen, who))


if __name__ == "__main__":
    probe_main() if sys.argv[1:] == ["--probe"] else main()
