//! `dump --format pickletools` against `pickletools.dis` of CPython 3.13.
//!
//! `tests/facts/dis/` holds what it prints for the streams below. With `PICKSCOPE_BLESS` set, CPython 3.13 writes it
//! again; without, no Python is needed.

use std::{
    collections::HashSet,
    env, fs,
    io::{self, Write},
    path::PathBuf,
};

use num_bigint::BigInt;
use pickscope::{
    decode::ops,
    limits::{INDENT_BYTES, INDENT_LEVELS},
    opcode::{Item, Opcode as Op},
    render::pickletools::{Options, Outcome, dis},
    report::pickletools::Complaint,
    repr::is_printable,
};

use crate::{
    asm::Asm,
    python::{ask_python, hex, unhex},
};

/// A stream, and where in its file it stands.
struct Case {
    name: &'static str,
    base: u64,
    stream: Vec<u8>,
}

#[rustfmt::skip] // an opcode a line would hide the streams
fn cases() -> Vec<Case> {
    let asm = Asm::new;
    let proto = |version| Asm::new().int(Op::Proto, version);
    let power = |ten: u32| BigInt::from(10).pow(ten).to_signed_bytes_le();
    let mut cases = Vec::new();
    let mut case = |name, stream| {
        cases.push(Case {
            name,
            base: 0,
            stream,
        })
    };

    // Values, protocol by protocol.
    case("none", asm().op(Op::None).stop());
    case("bools", asm().op(Op::NewTrue).op(Op::Pop).op(Op::NewFalse).stop());
    case(
        "int-lines",
        ["0", "-0", "00", "01", "1_000", " 7 ", "+5", "007", "99999999999999999999", "\t-3\r"]
            .iter()
            .fold(asm(), |asm, line| asm.line(Op::Int, line).op(Op::Pop))
            .line(Op::Int, "-12")
            .stop(),
    );
    case(
        "long-lines",
        ["5L", "5", "-123456789012345678901234567890L", "0L", "00", "01L"]
            .iter()
            .fold(asm(), |asm, line| asm.line(Op::Long, line).op(Op::Pop))
            .line(Op::Long, "1L")
            .stop(),
    );
    case(
        "ints",
        proto(2)
            .int(Op::BinInt, -1)
            .int(Op::BinInt, i32::MIN.into())
            .op(Op::Tuple2)
            .int(Op::BinInt1, 255)
            .int(Op::BinInt2, 65535)
            .op(Op::Tuple3)
            .stop(),
    );
    case(
        "longs",
        [&b""[..], b"\x00", b"\xff", b"\xff\x00", b"\x00\x80", b"\0\0\0\0\0\0\0\0\x01", &[0x80; 60]]
            .iter()
            .fold(proto(2), |asm, payload| asm.payload(Op::Long1, payload).op(Op::Pop))
            .payload(Op::Long4, [0xff; 9])
            .op(Op::Pop)
            .payload(Op::Long4, [0x7f; 300])
            .stop(),
    );
    case("long-4300-digits", proto(2).payload(Op::Long4, power(4299)).stop());
    case("long-too-many-digits", proto(2).payload(Op::Long4, power(4300)).stop());
    case("bad-long-too-many-digits", asm().line(Op::Long, "9".repeat(4301)).stop());
    case(
        "floats",
        [
            0.0, -0.0, 1.0, 0.1, -1.5e-5, 0.0001, 1e15, 9999999999999998.0, 1e16, 1.5e16, 1e22, 1e100, 5e-324,
            f64::MAX, f64::INFINITY, f64::NEG_INFINITY, 1.0 / 3.0,
        ]
        .iter()
        .fold(asm(), |asm, &number| asm.float(number).op(Op::Pop))
        .float(f64::NAN)
        .stop(),
    );
    case(
        "float-lines",
        ["1.5", "1e400", "-inf", "nan", " 2.5 ", "1_0.5", "1e16"]
            .iter()
            .fold(asm(), |asm, line| asm.line(Op::Float, line).op(Op::Pop))
            .line(Op::Float, "0.1")
            .stop(),
    );
    case(
        "string-lines",
        ["'abc'", "\"it's\"", r"'a\n\x41\\\'\101'", "''", "'\"'", "'"]
            .iter()
            .fold(asm(), |asm, line| asm.line(Op::String, line).op(Op::Pop))
            .line(Op::String, "'x'")
            .stop(),
    );
    case(
        "strings",
        asm()
            .payload(Op::ShortBinString, b"abc\xe9\xa0\xad\x00\n")
            .op(Op::Pop)
            .payload(Op::BinString, b"it's \"both\"")
            .stop(),
    );
    case(
        "unicode-lines",
        [&b"abc"[..], b"\\u00e9\\u202e", b"\xe9", b"\\U0001f600", b"\\ud800", b"a\\\\b", b"\\u000a"]
            .iter()
            .fold(asm(), |asm, line| asm.line(Op::Unicode, line).op(Op::Pop))
            .line(Op::Unicode, "")
            .stop(),
    );
    case(
        "unicodes",
        proto(4)
            .payload(Op::BinUnicode, "naïve 日本 \u{1f600}\u{200b}\u{feff}\u{e000}\u{10ffff}")
            .payload(Op::ShortBinUnicode, "it's")
            .payload(Op::BinUnicode8, b"\xed\xa0\x80\xed\xb0\x80")
            .op(Op::Tuple3)
            .stop(),
    );
    case(
        "bytes",
        proto(5)
            .payload(Op::ShortBinBytes, b"it's\t\r\n\\\x7f\x80")
            .payload(Op::BinBytes, b"'\"")
            .payload(Op::BinBytes8, (0..=255).collect::<Vec<u8>>())
            .op(Op::Tuple3)
            .payload(Op::Bytearray8, b"it's")
            .op(Op::Tuple2)
            .stop(),
    );

    // Containers and marks.
    case("empty-containers", proto(4).op(Op::EmptyTuple).op(Op::EmptyList).op(Op::EmptyDict).op(Op::Tuple3).op(Op::EmptySet).op(Op::Tuple2).stop());
    case(
        "marks",
        asm()
            .op(Op::Mark).int(Op::BinInt1, 1).op(Op::Mark).op(Op::List).op(Op::Mark).op(Op::Dict).op(Op::Mark).op(Op::FrozenSet).op(Op::Tuple)
            .stop(),
    );
    case(
        "fills",
        proto(4)
            .op(Op::EmptyList).op(Op::None).op(Op::Append).op(Op::Mark).op(Op::None).op(Op::Appends)
            .op(Op::EmptyDict).op(Op::None).op(Op::None).op(Op::SetItem).op(Op::Mark).op(Op::None).op(Op::None).op(Op::SetItems)
            .op(Op::EmptySet).op(Op::Mark).op(Op::None).op(Op::AddItems)
            .op(Op::Tuple3)
            .stop(),
    );
    case("pop-mark", asm().op(Op::Mark).op(Op::None).op(Op::None).op(Op::PopMark).op(Op::None).stop());
    case("pop-of-a-mark", asm().op(Op::Mark).op(Op::Mark).op(Op::None).op(Op::Pop).op(Op::Pop).op(Op::Pop).op(Op::None).stop());
    case("dup", asm().op(Op::None).op(Op::Dup).op(Op::Tuple2).op(Op::Tuple1).stop());
    case("deep", (0..30).fold(asm(), |asm, _| asm.op(Op::Mark)).raw([b't'; 30]).stop());

    // Objects.
    case(
        "objects",
        proto(4)
            .pair(Op::Global, "collections", "OrderedDict").op(Op::EmptyTuple).op(Op::Reduce).op(Op::EmptyDict).op(Op::Build)
            .payload(Op::ShortBinUnicode, "os").payload(Op::ShortBinUnicode, "getcwd").op(Op::StackGlobal)
            .op(Op::EmptyTuple).op(Op::NewObj)
            .op(Op::EmptyTuple).op(Op::EmptyDict).op(Op::NewObjEx)
            .op(Op::Mark).op(Op::None).op(Op::Obj)
            .stop(),
    );
    case("inst", asm().op(Op::Mark).op(Op::None).pair(Op::Inst, "module", "Class").stop());
    case("global-escapes", asm().pair(Op::Global, r"a\x41 b", "it's").op(Op::Pop).pair(Op::Global, "", "").stop());
    case("outside", proto(2).line(Op::PersId, "id 1").op(Op::BinPersId).int(Op::Ext1, 1).int(Op::Ext2, 512).int(Op::Ext4, -5).op(Op::Tuple3).op(Op::Tuple1).stop());
    case("buffers", proto(5).op(Op::NextBuffer).op(Op::ReadonlyBuffer).stop());
    case("frame", proto(4).int(Op::Frame, 2).op(Op::None).int(Op::Frame, i64::MAX).op(Op::Tuple1).stop());

    // The memo.
    case(
        "memo",
        asm()
            .op(Op::EmptyList).line(Op::Put, "0").int(Op::BinPut, 1).int(Op::LongBinPut, 70000).op(Op::Memoize)
            .line(Op::Get, "0").op(Op::Append).int(Op::BinGet, 1).op(Op::Append).int(Op::LongBinGet, 70000).op(Op::Append)
            .stop(),
    );
    case("memo-bool", asm().op(Op::None).line(Op::Put, "00").line(Op::Get, "0").op(Op::Tuple2).line(Op::Put, "01").stop());
    case("memo-apart", asm().op(Op::None).int(Op::BinPut, 2).int(Op::BinPut, 1).int(Op::BinPut, 0).op(Op::Memoize).int(Op::BinGet, 3).op(Op::Tuple2).stop());
    case("memo-odd-keys", asm().op(Op::None).line(Op::Put, "-1").line(Op::Put, "99999999999999999999").line(Op::Get, "99999999999999999999").op(Op::Tuple2).line(Op::Get, "-1").op(Op::Tuple2).stop());
    case("memo-defined", asm().op(Op::None).int(Op::BinPut, 7).int(Op::BinPut, 7).op(Op::Tuple1).stop());
    case("memo-defined-bool", asm().op(Op::None).line(Op::Put, "0").line(Op::Put, "00").stop());
    case("memo-defined-big", asm().op(Op::None).line(Op::Put, "99999999999999999999").line(Op::Put, "99999999999999999999").stop());
    case("memo-defined-memoize", asm().op(Op::None).int(Op::BinPut, 1).op(Op::Memoize).stop());
    case("memo-empty-stack", asm().int(Op::BinPut, 0).op(Op::None).stop());
    case("memo-of-a-mark", asm().op(Op::Mark).int(Op::BinPut, 0).op(Op::Tuple).stop());
    case("memo-never-stored", asm().int(Op::BinGet, 3).op(Op::Tuple1).stop());
    case("memo-never-stored-bool", asm().line(Op::Get, "01").stop());

    // What else makes `dis` raise.
    case("no-mark", asm().op(Op::None).op(Op::Tuple).op(Op::Tuple1).stop());
    case("no-mark-for-a-fill", asm().op(Op::EmptyList).op(Op::Appends).stop());
    case("mark-taken", asm().op(Op::Mark).op(Op::Tuple1).op(Op::Tuple).op(Op::None).stop());
    case("too-few", asm().op(Op::None).op(Op::Reduce).stop());
    case("too-few-below-a-mark", asm().op(Op::Mark).op(Op::None).op(Op::Appends).stop());
    case("stop-on-nothing", asm().stop());
    case("pop-on-nothing", asm().op(Op::Pop).op(Op::None).stop());
    case("leftover", asm().op(Op::None).op(Op::Mark).int(Op::BinInt1, 1).line(Op::Int, "1").op(Op::NewTrue).payload(Op::BinUnicode, "").payload(Op::ShortBinString, "").payload(Op::ShortBinBytes, "").op(Op::EmptySet).op(Op::NextBuffer).float(1.0).stop());
    case("no-stop", asm().op(Op::None).bytes());
    case("empty", Vec::new());
    case("unknown-opcode", asm().op(Op::None).raw([0xff]).stop());
    case("cut", asm().op(Op::None).raw(b"X\xff\0\0\0abc").bytes());
    case("negative-length", asm().raw(b"T\xff\xff\xff\xffabc.").bytes());
    case("bad-utf-8", asm().payload(Op::ShortBinUnicode, b"a\xff\x1b").op(Op::Tuple1).stop());
    case("bad-int", asm().line(Op::Int, b"0x10\x1b").op(Op::Tuple1).stop());
    case("bad-long", asm().line(Op::Long, "LL").stop());
    case("bad-float", asm().line(Op::Float, "1,5").stop());
    case("bad-put", asm().op(Op::None).line(Op::Put, "x").line(Op::Get, "").op(Op::Tuple2).stop());
    case("bad-string", asm().line(Op::String, "abc").op(Op::Tuple1).stop());
    case("bad-string-quotes", asm().line(Op::String, "'abc' ").stop());
    case("bad-string-escape", asm().line(Op::String, r"'\x4'").stop());
    case("bad-string-not-ascii", asm().line(Op::String, "'é'").stop());
    case("bad-unicode", asm().line(Op::Unicode, r"\u12").stop());
    case("bad-global", asm().pair(Op::Global, "os", "gétcwd\u{1b}").op(Op::Tuple1).stop());

    let stream = proto(4).op(Op::Mark).op(Op::Memoize).op(Op::Tuple).stop();
    cases.push(Case {
        name: "base-99998",
        base: 99_998,
        stream,
    });
    cases.push(Case {
        name: "only-the-first",
        base: 3,
        stream: asm().op(Op::Mark).op(Op::Tuple).op(Op::Stop).op(Op::None).stop(),
    });
    cases
}

/// What our `dis` tells.
struct Told {
    text: String,
    outcome: Outcome,
    complaints: Vec<(u64, String)>,
}

fn ours(stream: &[u8], base: u64, annotate: bool) -> Told {
    let mut text = Vec::new();
    let mut complaints = Vec::new();
    let mut complain = |offset, complaint: &Complaint<'_>| {
        complaints.push((offset, complaint.to_string()));
    };
    let options = Options { annotate };
    let outcome = dis(stream, base, options, &mut text, &mut complain).unwrap();
    Told {
        text: String::from_utf8(text).unwrap(),
        outcome,
        complaints,
    }
}

/// What CPython's `dis` tells: the text until it ends or raises, and why it raises.
struct Fact {
    text: String,
    annotated: String,
    raises: Option<String>,
}

/// Tells [`Fact`]s of lines of base and hexadecimal stream. In place of its own docs, each annotation is `<NAME>`.
const ASK: &str = r#"
import io, pickletools, sys

def dis(base, stream, annotate):
    file, out, why = io.BytesIO(bytes(base) + stream), io.StringIO(), None
    file.seek(base)
    try:
        pickletools.dis(file, out, annotate=annotate)
    except Exception as e:
        why = str(e)
    return out.getvalue(), why

cases = [line.split(" ") for line in sys.stdin.read().splitlines()]
for opcode in pickletools.opcodes:
    opcode.doc = "<%s>" % opcode.name
for base, stream in cases:
    stream = bytes.fromhex(stream)
    (text, why), (annotated, _) = (dis(int(base), stream, annotate) for annotate in (0, 30))
    print(" ".join(part.encode().hex() for part in (text, annotated, "" if why is None else "!" + why)))
"#;

fn ask_for_facts<'c>(streams: impl Iterator<Item = (u64, &'c [u8])>) -> Option<Vec<Fact>> {
    let input: String = streams
        .map(|(base, stream)| format!("{base} {}\n", hex(stream)))
        .collect();
    let answer = ask_python(ASK, &input)?;
    let fact = |line: &str| {
        let mut parts = line
            .split(' ')
            .map(|part| String::from_utf8(unhex(part)).unwrap());
        Fact {
            text: parts.next().unwrap(),
            annotated: parts.next().unwrap(),
            raises: parts.next().unwrap().strip_prefix('!').map(str::to_owned),
        }
    };
    Some(answer.lines().map(fact).collect())
}

fn file_of(case: &Case) -> PathBuf {
    let facts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/facts/dis");
    facts.join(case.name).with_extension("txt")
}

const TEXT: &str = "\n--- dis\n";
const ANNOTATED: &str = "\n--- dis, annotate=30\n";
const END: &str = "\n--- end\n";

fn header(case: &Case) -> String {
    format!("base {}\nhex {}", case.base, hex(&case.stream))
}

fn write(case: &Case, fact: &Fact) {
    let raises = match &fact.raises {
        Some(why) => format!("\nraises {why}"),
        None => String::new(),
    };
    let content = [
        &*header(case),
        &raises,
        TEXT,
        &fact.text,
        ANNOTATED,
        &fact.annotated,
        END,
    ];
    fs::write(file_of(case), content.concat()).unwrap();
}

fn read(case: &Case) -> Fact {
    let file = file_of(case);
    let content = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; PICKSCOPE_BLESS=1 writes it", file.display()));
    let (head, rest) = content.split_once(TEXT).unwrap();
    let (text, rest) = rest.split_once(ANNOTATED).unwrap();
    let (head, raises) = match head.split_once("\nraises ") {
        Some((head, raises)) => (head, Some(raises.to_owned())),
        None => (head, None),
    };
    assert_eq!(head, header(case), "{} is of another stream", case.name);
    Fact {
        text: text.to_owned(),
        annotated: rest.strip_suffix(END).unwrap().to_owned(),
        raises,
    }
}

/// Our text is CPython's, or goes on where CPython's ends; and we say what CPython says.
fn compare(name: &str, stream: &[u8], base: u64, fact: &Fact) {
    let plain = ours(stream, base, false);
    let annotated = ours(stream, base, true);
    let mut docs = fact.annotated.clone();
    for opcode in Op::all() {
        docs = docs.replace(&format!("<{}>", opcode.name()), opcode.doc());
    }
    assert_eq!(plain.complaints, annotated.complaints, "{name}");
    let Some(raises) = &fact.raises else {
        assert_eq!(plain.text, fact.text, "{name}");
        assert_eq!(annotated.text, docs, "{name}");
        assert_eq!(plain.complaints, [], "{name}");
        assert_eq!(plain.outcome.fault, None, "{name}");
        return;
    };
    for (ours, theirs) in [(&plain.text, &fact.text), (&annotated.text, &docs)] {
        assert!(
            ours.starts_with(theirs),
            "{name}: {ours}\nbut CPython: {theirs}"
        );
    }
    assert_eq!(plain.outcome.complaints, plain.complaints.len() as u64);
    match (plain.complaints.first(), &plain.outcome.fault) {
        (None, Some(_)) => assert_eq!(plain.text, fact.text, "{name}"),
        (None, None) => panic!("{name}: CPython raises {raises}"),
        // Why a reader refuses an argument we say in words of our own.
        (Some(_), _) if name.starts_with("bad-") => {}
        (Some((_, complaint)), _) => assert_eq!(complaint, raises, "{name}"),
    }
}

#[test]
fn cpython_prints_the_same() {
    let cases = cases();
    if env::var_os("PICKSCOPE_BLESS").is_some() {
        let streams = cases.iter().map(|case| (case.base, &*case.stream));
        let facts = ask_for_facts(streams).expect("pyenv has a CPython 3.13");
        cases
            .iter()
            .zip(&facts)
            .for_each(|(case, fact)| write(case, fact));
    }
    for case in &cases {
        compare(case.name, &case.stream, case.base, &read(case));
    }
}

#[test]
fn cases_have_every_opcode() {
    let cases = cases();
    let met: HashSet<Op> = cases
        .iter()
        .flat_map(|case| ops(&case.stream).map_while(Result::ok))
        .map(|op| op.opcode)
        .collect();
    let missing: Vec<Op> = Op::all().filter(|opcode| !met.contains(opcode)).collect();
    assert_eq!(missing, []);
}

#[test]
fn text_goes_on_where_cpython_raises() {
    let told = ours(
        &Asm::new().op(Op::None).op(Op::Tuple).op(Op::Append).stop(),
        0,
        false,
    );
    assert_eq!(
        told.text,
        "    0: N    NONE\n    1: t    TUPLE      no MARK exists on stack\n    2: a    APPEND\n    3: .    STOP\n\
         highest protocol among opcodes = 0\n"
    );
    let told: Vec<_> = told
        .complaints
        .iter()
        .map(|(at, why)| (*at, &**why))
        .collect();
    assert_eq!(told, [(1, "no MARK exists on stack")]);
}

#[test]
fn arguments_that_cpython_refuses_are_shown_escaped() {
    let stream = Asm::new()
        .payload(Op::ShortBinUnicode, b"a\xff\x1b")
        .pair(Op::Global, "os", b"\xff\x1b")
        .op(Op::Tuple2)
        .stop();
    let told = ours(&stream, 0, false);
    assert_eq!(
        told.text,
        "    0: \\x8c SHORT_BINUNICODE b'a\\xff\\x1b'\n    5: c    GLOBAL     b'os' b'\\xff\\x1b'\n   \
         12: \\x86 TUPLE2\n   13: .    STOP\nhighest protocol among opcodes = 4\n"
    );
    assert_eq!(told.complaints.len(), 2);
}

#[test]
fn no_control_character_gets_through() {
    let every: Vec<u8> = (0..=255).collect();
    let lines = || {
        every
            .split(|&byte| byte == b'\n')
            .flat_map(|line| line.chunks(40))
    };
    let mut asm = Asm::new();
    for line in lines() {
        for opcode in [
            Op::Int,
            Op::Long,
            Op::Float,
            Op::String,
            Op::Unicode,
            Op::PersId,
            Op::Get,
            Op::Put,
        ] {
            asm = asm.line(opcode, line);
        }
        asm = asm.pair(Op::Global, line, line).pair(Op::Inst, line, line);
    }
    for opcode in [Op::BinString, Op::BinUnicode, Op::BinBytes, Op::Bytearray8] {
        asm = asm
            .payload(opcode, &every)
            .payload(opcode, "\u{202e}\u{200b}\u{85}\u{2028}");
    }
    let stream = asm.stop();
    for annotate in [false, true] {
        let told = ours(&stream, 0, annotate);
        let odd = told.text.chars().find(|&c| c != '\n' && !is_printable(c));
        assert_eq!(odd, None);
    }
}

/// Counts what is written.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0 += text.len();
        Ok(text.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn deep_nests_stay_linear() {
    let depth = 100_000;
    let stream = [vec![b'('; depth], vec![b't'; depth], vec![b'.']].concat();
    let (mut count, mut complaints) = (Count(0), Vec::new());
    let mut complain =
        |offset, complaint: &Complaint<'_>| complaints.push((offset, complaint.to_string()));
    dis(&stream, 0, Options::default(), &mut count, &mut complain).unwrap();
    // Each line is indented by four blanks a mark above it until those are used up: 4 · n² / 2 of them.
    let whole = ((INDENT_BYTES / 2) as f64).sqrt() as u64;
    let [(offset, _)] = complaints[..] else {
        panic!("{complaints:?}");
    };
    assert!(offset.abs_diff(whole) < 10, "{offset}");
    assert!(
        count.0 < INDENT_BYTES + stream.len() * (4 * INDENT_LEVELS + 40),
        "{}",
        count.0
    );
}

#[test]
fn what_is_left_over_can_be_cut() {
    let items = [Item::Any, Item::None, Item::Mark];
    let complaint = Complaint::Leftover(&items);
    let shown = |text: &str| format!("stack not empty after STOP: [{text}]");
    assert_eq!(complaint.to_string(), shown("any, None, mark"));
    assert_eq!(format!("{complaint:.2}"), shown("any, None, … 3 in all"));
    assert_eq!(format!("{complaint:.3}"), shown("any, None, mark"));
}

#[test]
fn errors_of_the_output_come_back() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for length in [1, 100_000] {
        let stream = Asm::new()
            .payload(Op::BinUnicode, "é".repeat(length))
            .stop();
        let told = dis(&stream, 0, Options::default(), &mut Full, &mut |_, _| {});
        assert_eq!(told.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
