"""Asks CPython 3.13's unpicklers what they look up and how far they get.

    python3.13 tools/machine_facts.py > tests/facts/machine.tsv

A row is a stream in hexadecimal, what each of three readers made of it, and,
for some that are written by hand, the reading that is expected whatever the
readers' answers alone would tell, parted by tabs:

    80026361...   ok 14 0 a:b   ok 14 0 a:b   fail - 1 a:b c:d   ambiguous

The readers are _pickle with all bytes in view, _pickle on a file, which it
reads frame by frame, and pickle.py. Each says `ok`, `fail`, or `soft`, where
it failed with what only the objects or the caller decide; how many
bytes it consumed, if it is ok; how many persistent ids it loaded; and each
name that it looked up. In names, what isn't a letter, a digit or one of `._-`
is the bytes of its UTF-8 (surrogates too), as \\xNN.

    python3.13 tools/machine_facts.py --seed 7 --count 200

takes so many generated streams of another seed, and none written by hand;
--serve takes those that standard input has, in hexadecimal, one a line, and
answers each at once.
Nothing that a stream names is imported or called.
"""

import argparse
import io
import pickle
import random
import resource
import signal
import struct
import sys

# A memo index of 2**27 and more is a MemoryError in C.
MEMORY = 3 << 29
SECONDS = 5


# The readers, and what they are given instead of what a stream names.

def nothing(*args, **kwargs):
    return None


class Meta(type):
    # Items are set on a class by its type.
    __setitem__ = nothing


class Inert(metaclass=Meta):
    """Each lookup finds this. It takes whatever a stream does with it."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return self

    __setstate__ = append = extend = add = __setitem__ = nothing


class Log:
    def __init__(self, file):
        # Python 2's str in text, whatever its bytes; names as they stand.
        super().__init__(file, fix_imports=False, encoding="latin-1")
        self.names = []
        self.persistent = 0

    def find_class(self, module, name):
        self.names.append((module, name))
        return Inert

    def persistent_load(self, pid):
        self.persistent += 1
        return Inert()


class InC(Log, pickle.Unpickler):
    pass


class InPython(Log, pickle._Unpickler):
    pass


class InView(io.BytesIO):
    """With this peek, _pickle holds all bytes from the start, as loads does."""

    def peek(self, size):
        return self.getvalue()[self.tell():]


READERS = ((InC, InView), (InC, io.BytesIO), (InPython, io.BytesIO))

# What the caller of a loader decides.
SOFT = (
    "unregistered extension code",
    "pickle stream refers to out-of-band data",
)

# What names no stub and can still be about one, which the object might suit:
# a state or arguments that something else gave, names of keyword arguments.
GIVEN = (
    "argument list must be a tuple",
    "state is not a dictionary",
    "slot state is not a dictionary",
    "keywords must be strings",
    "object has no attribute '__dict__'",
)


# What pickscope doesn't judge: a key that is a tuple with a list in it. With --serve, where a fuzzer asks; streams that are
# written here have no such keys.
UNJUDGED = ("unhashable type",)


class Timeout(BaseException):
    pass


def time_out(*_):
    raise Timeout


def outcome(reader, soft):
    try:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        reader.load()
        return "ok"
    except (RecursionError, Timeout):
        return "soft"
    except Exception as error:
        text = str(error)
        # It wants a tuple, a dict or a type, which the object might be.
        stub = "Inert" in text or "Meta" in text
        given = reader.names or reader.persistent
        soft = text.startswith(soft) or given and text.endswith(GIVEN)
        return "soft" if stub or soft else "fail"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def escaped(text):
    return "".join(
        chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or byte in b"._-") else "\\x%02x" % byte
        for byte in text.encode("utf-8", "surrogatepass")
    )


def ask(stream, reader, file, soft=SOFT):
    file = file(stream)
    reader = reader(file)
    end = outcome(reader, soft)
    names = [escaped(module) + ":" + escaped(name) for module, name in reader.names]
    consumed = str(file.tell()) if end == "ok" else "-"
    return " ".join([end, consumed, str(reader.persistent)] + names)


# Streams of the moment.

def short(text):
    return b"\x8c" + bytes([len(text)]) + text


def frame(length):
    return b"\x95" + struct.pack("<Q", length)


class Maker:
    """Writes opcodes, most of which find on the stack what they take.

    The stack holds a letter for each value: ( a mark, s text, v another atom,
    t a tuple, l a list, d a dict, z a set, g what was looked up, o an object.
    """

    MODULES = [b"a", b"os", b"copy_reg", b"a.b", b"\xc3\xa4", b"a b", b""]
    NAMES = [b"f", b"C", b"C.D", b"system", b"\xf0\x9f\xa5\x92", b"<x>"]

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.protocol = self.random.randrange(6)
        self.ops = []
        self.stack = ""
        self.memo = {}

    def write(self, op, taken=0, made=""):
        self.ops.append(op)
        self.stack = self.stack[:len(self.stack) - taken] + made

    def above(self):
        """What lies above the topmost mark."""
        return self.stack.rpartition("(")[2]

    def text(self, text):
        kinds = [b"V" + text + b"\n"] if text.isascii() else []
        if self.protocol >= 1:
            kinds.append(b"X" + struct.pack("<I", len(text)) + text)
        if self.protocol >= 4:
            kinds += 3 * [short(text)] + [b"\x8d" + struct.pack("<Q", len(text)) + text]
        self.write(self.random.choice(kinds or [b"Vtext\n"]), 0, "s")

    def atom(self):
        number = self.random.randrange(-300, 70000)
        atoms = [b"N", b"I01\n", b"I%d\n" % number, b"L%dL\n" % number, b"F%d.5\n" % number, b"S'a\\x41'\n"]
        if self.protocol >= 1:
            atoms += [b"K%c" % (number % 256), b"J" + struct.pack("<i", number), b"U\3abc", b"T\2\0\0\0ab", b"G" + bytes(8)]
        if self.protocol >= 2:
            atoms += [b"\x88", b"\x8a\2\1\2"]
        if self.protocol >= 3:
            atoms += [b"C\2ab"]
        self.write(self.random.choice(atoms), 0, "v")

    def name(self):
        self.text(self.random.choice(self.NAMES))

    def empty(self):
        kinds = [(b"(t", "t"), (b"(l", "l"), (b"(d", "d")]
        if self.protocol >= 1:
            kinds += [(b")", "t"), (b"]", "l"), (b"}", "d")]
        if self.protocol >= 4:
            kinds += [(b"\x8f", "z")]
        op, made = self.random.choice(kinds)
        self.write(op, 0, made)

    def mark(self):
        if self.stack.count("(") < 4:
            self.write(b"(", 0, "(")

    def close(self):
        if "(" not in self.stack:
            return
        items = self.above()
        below = self.stack[:len(self.stack) - len(items) - 1][-1:]
        kinds = [(b"t", "t"), (b"l", "l"), (b"1", ""), (self.pair(b"i"), "o")]
        hashable = set(items) <= set("svgo")
        if len(items) % 2 == 0 and set(items[::2]) <= set("svgo"):
            kinds += [(b"d", "d")] + 6 * [(b"u", "")] * (below in tuple("dgo"))
        kinds += 6 * [(b"e", "")] * (below in tuple("lgo"))
        kinds += 6 * [(b"o", "o")] * items.startswith("g")
        if self.protocol >= 4 and hashable:
            kinds += [(b"\x91", "v")] + 6 * [(b"\x90", "")] * (below in tuple("zgo"))
        op, made = self.random.choice(kinds)
        self.write(op, len(items) + 1, made)

    def one(self):
        """An opcode that takes what is on top."""
        above = self.above()
        kinds = [(b"2", 0, above[-1:]), (b"0", 1, "")] if above else []
        if self.protocol >= 2:
            kinds += [(b"%c" % (0x84 + size), size, "t") for size in (1, 2, 3) if len(above) >= size]
        if self.protocol >= 1 and above:
            kinds.append((b"Q", 1, "o"))
        if above[-2:-1] in tuple("lgo"):
            kinds += 2 * [(b"a", 1, "")]
        if above[-2:-1] in tuple("go"):
            kinds += 2 * [(b"b", 1, "")]
        if above[-3:-2] in tuple("dgo") and above[-2] in "svgo":
            kinds += 2 * [(b"s", 2, "")]
        if above[-1:] == "t" and above[-2:-1] in tuple("go"):
            kinds += 3 * [(b"R", 2, "o")]
            if self.protocol >= 2 and above[-2] == "g":
                kinds += 2 * [(b"\x81", 2, "o")]
        if above[-2:] == "ss" and self.protocol >= 4:
            kinds += 6 * [(b"\x93", 2, "g")]
        if kinds:
            self.write(*self.random.choice(kinds))

    def keep(self):
        """PUT and GET of all kinds."""
        if self.above() and self.random.random() < 0.6:
            index = self.random.choice([len(self.memo), self.random.randrange(300)])
            kinds = [b"p%d\n" % index]
            if self.protocol >= 1:
                kinds += [b"r" + struct.pack("<I", index)] + [b"q" + bytes([index & 255])] * (index < 256)
            op = self.random.choice(kinds)
            if self.protocol >= 4 and self.random.random() < 0.7:
                op, index = b"\x94", len(self.memo)
            self.memo[index] = self.stack[-1]
            self.write(op)
        elif self.memo:
            index, made = self.random.choice(list(self.memo.items()))
            kinds = [b"g%d\n" % index]
            if self.protocol >= 1:
                kinds += [b"j" + struct.pack("<I", index)] + [b"h" + bytes([index & 255])] * (index < 256)
            self.write(self.random.choice(kinds), 0, made)

    def pair(self, op):
        return op + self.random.choice(self.MODULES) + b"\n" + self.random.choice(self.NAMES) + b"\n"

    def look_up(self):
        if self.protocol < 4 or self.random.random() < 0.3:
            return self.write(self.pair(b"c"), 0, "g")
        for text in (self.MODULES, self.NAMES):
            self.text(self.random.choice(text))
            fate = self.random.randrange(6)
            if fate < 2:
                self.memo[len(self.memo)] = "s"
                self.write(b"\x94")
            if fate == 0:
                # Popped, and taken from the memo again.
                self.write(b"0", 1)
                self.write(b"j" + struct.pack("<I", len(self.memo) - 1), 0, "s")
        self.write(b"\x93", 2, "g")

    def call(self):
        self.look_up()
        kinds = [(b"(tR", 1, "o"), (b"(I1\nI2\ntR", 1, "o"), (b"(lb", 0, "")]
        if self.protocol >= 2:
            kinds += [(b")\x81", 1, "o"), (b"N\x85\x81", 1, "o")]
        if self.protocol >= 4:
            kinds += [(b")}\x92", 1, "o"), (b"N\x85}\x8c\1kNs\x92", 1, "o")]
        self.write(*self.random.choice(kinds))

    def persistent(self):
        self.write(b"Pid\n", 0, "o")

    def stream(self):
        steps = [self.atom, self.name, self.empty, self.mark, self.close, self.one, self.one, self.one, self.keep, self.keep, self.look_up, self.call]
        for _ in range(self.random.randrange(2, 30)):
            self.random.choice(steps + [self.persistent] * (self.random.random() < 0.5))()
        while "(" in self.stack:
            self.write(b"t", len(self.above()) + 1, "t")
        self.write(b"." if self.stack else b"N.")
        self.frames()
        start = b"\x80%c" % self.protocol if self.protocol >= 2 else b""
        stream = bytearray(start + b"".join(self.ops))
        fate = self.random.random()
        if fate < 0.23:
            at = self.random.randrange(len(stream))
            stream[at:at + self.random.randrange(2)] = self.random.randbytes(self.random.randrange(2))
        elif fate < 0.33:
            del stream[self.random.randrange(len(stream)):]
        return bytes(stream)

    def frames(self):
        if self.protocol < 4 or self.random.random() < 0.3:
            return
        at = 0
        while at < len(self.ops):
            to = self.random.randrange(at, len(self.ops)) + 1 if self.random.random() < 0.5 else len(self.ops)
            length = len(b"".join(self.ops[at:to]))
            if self.random.random() < 0.3:
                # It ends anywhere.
                length = self.random.randrange(length + 3)
            self.ops.insert(at, frame(length))
            at = to + 1


# Streams written by hand, some with the reading that is expected.

OPEN = b"\x80\4"


def by_hand():
    yield b"", None
    yield b"N", None
    yield b".", None
    yield b"N.", "complete"
    # Frames that end within an opcode of each kind.
    for whole in (b"K\5", b"J\1\2\3\4", b"G" + bytes(8), b"X\3\0\0\0abc", short(b"abc"), b"Vabc\n", b"I12\n", b"I12\n0N", b"cos\nf\n", b"p0\n", b"Pid\n", b"\x8a\2\1\2", frame(3)):
        for cut in sorted({1, len(whole) // 2, len(whole) - 1} - {0}):
            yield OPEN + frame(1 + cut) + b"N" + whole + b".", None
    # Every place of GLOBAL's two lines, with what stands for a line feed in the way.
    for cut in range(8):
        yield OPEN + frame(cut) + b"ca.b\nC\n)R.", None
    yield OPEN + frame(4) + b"(ia\nC\n.", None
    yield OPEN + frame(6) + b"(ia\nC\n.", None
    # Frames in frames, too long, of nothing, and behind one another.
    yield OPEN + frame(12) + frame(2) + b"N.", None
    yield OPEN + frame(11) + frame(2) + b"N.", None
    yield OPEN + frame(30) + frame(2) + b"N.", None
    yield OPEN + frame(3) + b"N.", None
    yield OPEN + frame(100) + b"cos\nf\n.", None
    yield OPEN + frame(2**63) + b"N.", None
    yield OPEN + frame(2**64 - 1) + b"N.", None
    yield OPEN + frame(0) + b"N.", None
    yield OPEN + frame(0) + frame(0) + b"cos\nf\n.", None
    yield OPEN + frame(6) + b"cos\nf\n" + frame(1) + b".", None
    yield OPEN + frame(2) + b"N.cos\nf\n.", None
    yield OPEN + frame(5) + b"N" + frame(1) + b".", None
    yield OPEN + frame(5) + b"N" + frame(0) + bytes(8) + b".", None
    yield frame(2) + b"N.", None
    yield OPEN + frame(1)[:5], None
    # Arguments, states and containers that the stream made itself.
    yield b"cos\nf\n]R.", "ambiguous"
    yield b"cos\nf\n]Rcos\ng\n.", "ambiguous"
    yield b"cos\nf\nNR.", "incomplete"
    yield b"]}b.", "ambiguous"
    yield b"]Nb.", None
    yield b"}}b.", "ambiguous"
    yield b"cos\nf\n]\x81.", None
    yield b"cos\nsystem\n]R.", "ambiguous"
    yield b"]NN\x86b.", "ambiguous"
    yield b"]N}\x86b.", "complete"
    yield b"]N}K\1Ns\x86b.", "incomplete"
    yield b"]}]\x86b.", "ambiguous"
    yield b"]K\1K\2\x86b.", "incomplete"
    yield b"]K\5b.", "incomplete"
    yield b"]K\0b.", "ambiguous"
    yield b"]]Nab.", "incomplete"
    yield b"]q\0]q\1Na0h\1b.", None
    yield OPEN + b"cA\nB\n)N\x92.", "incomplete"
    yield OPEN + b"cA\nB\n)]\x92.", "incomplete"
    yield OPEN + b"cA\nB\n]}\x92.", "ambiguous"
    yield b"\x80\2K\1)\x81.", "incomplete"
    yield b"K\1)R.", "incomplete"
    yield b"(K\1o.", "incomplete"
    yield b"(K\1)o.", "incomplete"
    yield b"\x80\5N\x98.", "incomplete"
    yield b"\x80\5C\1a\x98.", "complete"
    yield b"\x80\5\x96\1\0\0\0\0\0\0\0a\x98.", "complete"
    for key in (b"]", b"}", b"\x8f", b"\x96\0\0\0\0\0\0\0\0"):
        yield OPEN + b"}" + key + b"Ns.", "incomplete"
        yield OPEN + b"}(N" + key + key + b"Nu.", "incomplete"
        yield OPEN + b"(" + key + b"Nd.", "incomplete"
        yield OPEN + b"(" + key + b"\x91.", "incomplete"
        yield OPEN + b"\x8f(N" + key + b"\x90.", "incomplete"
    yield b"}(N]u.", "complete"
    yield b"]K\0Ns.", "incomplete"
    yield b"]NaK\0Ns.", "complete"
    yield b"]NaJ\xff\xff\xff\xffNs.", "complete"
    yield b"](NNeK\2Ns.", "incomplete"
    yield b"(NNlI01\nNs.", "complete"
    yield b"]Vx\nNs.", "incomplete"
    yield b"\x96\1\0\0\0\0\0\0\0aK\7a.", "complete"
    yield b"\x96\1\0\0\0\0\0\0\0aNa.", "incomplete"
    yield b"\x96\1\0\0\0\0\0\0\0aK\0K\1s.", "complete"
    yield b"\x96\1\0\0\0\0\0\0\0aK\1K\1s.", "incomplete"
    # What the frame's end is in: payloads that are read into place go on behind it.
    for payload in (b"C\2ab", b"B\2\0\0\0ab", b"\x8e\2\0\0\0\0\0\0\0ab", b"\x96\2\0\0\0\0\0\0\0ab", b"U\2ab", short(b"ab")):
        yield frame(len(payload) - 1) + payload + b"cx.y\nA\n.", "ambiguous"
        yield frame(1) + payload + b"cx.y\nA\n.", None
    yield b"K\1K\2a.", "incomplete"
    yield b"K\1(e.", "ambiguous"
    yield b"K\1(u.", "complete"
    yield b"K\1(\x90.", "ambiguous"
    yield b"](K\1K\2e.", None
    yield b"}(K\1K\2u.", None
    yield b"}(K\1u.", None
    yield b"(K\1d.", None
    yield b"(K\1K\2K\3d.", None
    yield b"}K\1s.", None
    # Marks and the stack's end.
    yield b"ios\nf\n.", None
    yield b"(ios\nf\n.", None
    yield b"o.", None
    yield b"(o.", None
    yield b"N(.", None
    yield b"(0N.", None
    yield b"N(00N.", None
    yield b"(2.", None
    yield b"00N.", None
    yield b"N(\x85.", None
    yield b"Nt.", None
    yield b"N(q\0.", None
    # Lines.
    yield b"cos\nsystem", None
    yield b"cos", None
    yield b"c\n\n.", None
    yield b"cos\r\nf\r\n.", None
    yield b"c\xff\nf\n.", None
    yield b"(ios\nf", None
    yield b"P\xff\n.", None
    yield b"P\n.", None
    for number, expected in ((b"010", None), (b"-0", "ambiguous"), (b"0x10", None), (b"01", "complete"), (b"1_0", None), (b" 1", "ambiguous"), (b"", None), (b"1.5", None), (b"+1", None)):
        yield b"I" + number + b"\n.", expected
    # The memo.
    for index in (b"00", b"-1", b"0x1", b"", b"1L", b" 1", b"4294967295", b"99999999999999999999"):
        yield b"Np" + index + b"\n0cos\nf\n.", None
    yield b"Np0\n0g00\n.", None
    yield b"Nq\0000h\0.", None
    yield b"Nr\xff\xff\xff\xff.", None
    yield b"Nr\xff\xff\0\0000j\xff\xff\0\0.", None
    yield b"h\0.", None
    yield b"g0\n.", None
    yield b"g-1\n.", None
    yield b"j\0\0\0\0.", None
    yield b"q\0.", None
    yield b"\x94.", None
    yield OPEN + b"Nq\1\x940h\1.", None
    yield OPEN + short(b"os") + b"q\1" + short(b"f") + b"\x940h\1h\1\x93.", None
    # Names from the stack.
    yield OPEN + short(b"os") + short(b"f") + b"\x93.", "complete"
    yield OPEN + b"C\2osC\1f\x93.", None
    yield OPEN + b"U\2osU\1f\x93.", None
    yield OPEN + short(b"os") + b"N\x93.", None
    yield OPEN + short(b"f") + b"\x93.", None
    yield OPEN + short(b"os") + b"(" + short(b"f") + b"\x93.", None
    yield OPEN + b"X\3\0\0\0\xed\xa0\x80" + short(b"f") + b"\x93.", None
    # Extensions, protocols, buffers.
    yield b"\x82\0.", None
    yield b"\x82\1.", None
    yield b"\x84\xff\xff\xff\xff.", None
    # A name in a string of Python 2, which is Latin-1 here.
    yield b"\x80\4U\2o\xe6U\1s\x93.", None
    yield b"\x80\5N.", None
    yield b"\x80\6N.", None
    yield b"N\x80\1.", None
    yield b"\x80\5\x97.", None
    yield b"N\x98.", None
    yield b"\xff.", None
    yield b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc.", None
    yield b"T\xff\xff\xff\xffabc.", None
    yield b"cos\nf\n\x8b\xff\xff\xff\xff.", None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--serve", action="store_true")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, time_out)
    if chosen.serve:
        for line in sys.stdin:
            stream = bytes.fromhex(line)
            answers = [ask(stream, reader, file, SOFT + UNJUDGED) for reader, file in READERS]
            print("\t".join([stream.hex(), *answers]), flush=True)
        return
    seed = chosen.seed or 0
    streams = {Maker(seed * 1000003 + number).stream(): None for number in range(chosen.count)}
    if chosen.seed is None:
        streams.update(by_hand())
    for stream, expected in sorted(streams.items()):
        answers = [ask(stream, reader, file) for reader, file in READERS]
        print("\t".join([stream.hex(), *answers] + ([expected] if expected else [])))


main()
