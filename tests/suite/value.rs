//! Plain data through serde-pickle: what is read is what CPython reads, and what stands in the way is told.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path, thread};

use pickscope::{
    graph::{Graph, View},
    limits,
    machine::{Kind, Value as Node},
    opcode::Opcode,
    reader::Reader,
    value::{
        Encoding, Error, HashableValue, Obstacle, Options, Value, from_slice, value_from_slice,
    },
};
use proptest::prelude::*;
use serde_pickle::{SerOptions, value_to_vec};

use crate::{
    asm::Asm,
    python::{ask_python, hex, pythons, unhex},
    serde_pickle::value,
};

/// A value as text that tells it from others: the same as `SHOWN` makes in Python.
fn shown(value: &Value, member: bool) -> String {
    match value {
        Value::None => "None".into(),
        // Which of several equal members stays, readers don't agree on.
        Value::Bool(b) if member => format!("int {}", u8::from(*b)),
        Value::F64(n) if member && n.fract() == 0.0 => format!("int {n:.0}").replace("-0", "0"),
        Value::Bool(b) => format!("bool {b}"),
        Value::I64(n) => format!("int {n}"),
        Value::Int(n) => format!("int {n}"),
        Value::F64(n) if n.is_nan() => "nan".into(),
        Value::F64(n) => format!("float {:016x}", n.to_bits()),
        Value::Bytes(bytes) => format!("bytes {}", hex(bytes)),
        Value::String(text) => format!("str {}", hex(text.as_bytes())),
        Value::List(items) => format!("[{}]", all(items, member)),
        Value::Tuple(items) => format!("({})", all(items, member)),
        Value::Set(items) => format!("set {}", members(items)),
        Value::FrozenSet(items) => format!("frozenset {}", members(items)),
        Value::Dict(pairs) => {
            let mut shown: Vec<_> = pairs
                .iter()
                .map(|(key, value)| {
                    let key = self::shown(&key.clone().into_value(), true);
                    format!("{key}: {}", self::shown(value, false))
                })
                .collect();
            shown.sort();
            format!("{{{}}}", shown.join(", "))
        }
    }
}

fn all(items: &[Value], member: bool) -> String {
    let shown: Vec<_> = items.iter().map(|item| shown(item, member)).collect();
    shown.join(", ")
}

fn members<'v>(items: impl IntoIterator<Item = &'v HashableValue>) -> String {
    let mut shown: Vec<_> = items
        .into_iter()
        .map(|item| self::shown(&item.clone().into_value(), true))
        .collect();
    shown.sort();
    shown.dedup();
    format!("{{{}}}", shown.join(", "))
}

const SHOWN: &str = r#"
import pickle, random, struct, sys, warnings
warnings.simplefilter("ignore")
def shown(v, member=False):
    if v is None: return "None"
    if member and type(v) is bool: return "int %d" % v
    if member and type(v) is float and v == v and v.is_integer(): return "int %d" % v
    if type(v) is bool: return "bool true" if v else "bool false"
    if type(v) is int:
        sys.set_int_max_str_digits(0)
        return "int %d" % v
    if type(v) is float: return "nan" if v != v else "float %016x" % struct.unpack(">Q", struct.pack(">d", v))
    if type(v) in (bytes, bytearray): return "bytes " + v.hex()
    if type(v) is str: return "str " + v.encode("utf-8", "surrogatepass").hex()
    if type(v) is list: return "[%s]" % ", ".join(shown(i, member) for i in v)
    if type(v) is tuple: return "(%s)" % ", ".join(shown(i, member) for i in v)
    if type(v) in (set, frozenset):
        return "%s {%s}" % (type(v).__name__, ", ".join(sorted({shown(i, True) for i in v})))
    if type(v) is dict:
        return "{%s}" % ", ".join(sorted(shown(k, True) + ": " + shown(i) for k, i in v.items()))
    return "?" + type(v).__name__
"#;

/// In a thread whose stack wouldn't do for much recursion.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new()
        .stack_size(128 << 10)
        .spawn(work)
        .expect("threads can be started")
        .join()
        .expect("nothing panics")
}

/// What stands in the way, and where.
fn obstacle(stream: &[u8]) -> (u64, Obstacle) {
    match value_from_slice(stream) {
        Err(Error::InTheWay {
            offset, obstacle, ..
        }) => (offset, obstacle),
        other => panic!("{other:?}"),
    }
}

fn read(stream: &[u8]) -> String {
    shown(&value_from_slice(stream).expect("it is plain data"), false)
}

#[test]
fn every_opcode_is_read_or_refused() {
    let plain = |stream: &[u8]| value_from_slice(stream).map(|value| shown(&value, false));
    // A stream in which the opcode stands, and what becomes of it; "" is what Python refuses too.
    let cases: &[(Opcode, &[u8], &str)] = &[
        (Opcode::Mark, b"(t.", "()"),
        (Opcode::Stop, b"N.", "None"),
        (Opcode::Pop, b"NK\x010.", "None"),
        (Opcode::PopMark, b"N(K\x011.", "None"),
        (Opcode::Dup, b"K\x012\x86.", "(int 1, int 1)"),
        (Opcode::Float, b"F1.5\n.", "float 3ff8000000000000"),
        (Opcode::Int, b"I-7\n.", "int -7"),
        (Opcode::BinInt, b"J\xff\xff\xff\xff.", "int -1"),
        (Opcode::BinInt1, b"K\xff.", "int 255"),
        (Opcode::BinInt2, b"M\xff\xff.", "int 65535"),
        (Opcode::Long, b"L12L\n.", "int 12"),
        (Opcode::Long1, b"\x8a\x01\xff.", "int -1"),
        (Opcode::Long4, b"\x8b\x02\0\0\0\0\x01.", "int 256"),
        (Opcode::None, b"N.", "None"),
        (Opcode::NewTrue, b"\x88.", "bool true"),
        (Opcode::NewFalse, b"\x89.", "bool false"),
        (Opcode::String, b"S'a\\n'\n.", "str 610a"),
        (Opcode::BinString, b"T\x01\0\0\0a.", "str 61"),
        (Opcode::ShortBinString, b"U\x01a.", "str 61"),
        (Opcode::Unicode, b"V\\u20ac\xe9\n.", "str e282acc3a9"),
        (Opcode::BinUnicode, b"X\x01\0\0\0a.", "str 61"),
        (Opcode::ShortBinUnicode, b"\x8c\x01a.", "str 61"),
        (Opcode::BinUnicode8, b"\x8d\x01\0\0\0\0\0\0\0a.", "str 61"),
        (Opcode::BinBytes, b"B\x01\0\0\0\xff.", "bytes ff"),
        (Opcode::ShortBinBytes, b"C\x01\xff.", "bytes ff"),
        (
            Opcode::BinBytes8,
            b"\x8e\x01\0\0\0\0\0\0\0\xff.",
            "bytes ff",
        ),
        (
            Opcode::Bytearray8,
            b"\x96\x01\0\0\0\0\0\0\0\xff.",
            "bytes ff",
        ),
        (
            Opcode::BinFloat,
            b"G\x3f\xf8\0\0\0\0\0\0.",
            "float 3ff8000000000000",
        ),
        (Opcode::Append, b"]K\x01a.", "[int 1]"),
        (Opcode::Appends, b"](K\x01Ne.", "[int 1, None]"),
        (Opcode::List, b"(K\x01l.", "[int 1]"),
        (Opcode::EmptyList, b"].", "[]"),
        (Opcode::EmptyTuple, b").", "()"),
        (Opcode::Tuple, b"(NNNNt.", "(None, None, None, None)"),
        (Opcode::Tuple1, b"N\x85.", "(None)"),
        (Opcode::Tuple2, b"NN\x86.", "(None, None)"),
        (Opcode::Tuple3, b"NNN\x87.", "(None, None, None)"),
        (Opcode::EmptyDict, b"}.", "{}"),
        (Opcode::Dict, b"(K\x01Nd.", "{int 1: None}"),
        (Opcode::SetItem, b"}K\x01Ns.", "{int 1: None}"),
        (
            Opcode::SetItems,
            b"}(K\x01NK\x02Nu.",
            "{int 1: None, int 2: None}",
        ),
        (Opcode::EmptySet, b"\x8f.", "set {}"),
        (Opcode::AddItems, b"\x8f(K\x01\x90.", "set {int 1}"),
        (Opcode::FrozenSet, b"(K\x01\x91.", "frozenset {int 1}"),
        (Opcode::Put, b"K\x05p700\n.", "int 5"),
        (Opcode::Get, b"K\x05p700\ng700\n\x86.", "(int 5, int 5)"),
        (Opcode::BinPut, b"K\x05q\x07.", "int 5"),
        (Opcode::BinGet, b"K\x05q\x07h\x07\x86.", "(int 5, int 5)"),
        (Opcode::LongBinPut, b"K\x05r\0\0\x01\0.", "int 5"),
        (
            Opcode::LongBinGet,
            b"K\x05r\0\0\x01\0j\0\0\x01\0\x86.",
            "(int 5, int 5)",
        ),
        (Opcode::Memoize, b"K\x05\x94h\0\x86.", "(int 5, int 5)"),
        (Opcode::Proto, b"\x80\x05N.", "None"),
        (Opcode::Frame, b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.", "None"),
        (
            Opcode::Global,
            b"cos\nsystem\n.",
            "'os.system' is only named",
        ),
        (
            Opcode::StackGlobal,
            b"\x8c\x02os\x8c\x06system\x93.",
            "'os.system' is only named",
        ),
        (
            Opcode::Inst,
            b"(ios\nsystem\n.",
            "'os.system' is only named",
        ),
        (Opcode::Reduce, b"K\x01)R.", "REDUCE fails"),
        (Opcode::Obj, b"(K\x01o.", "OBJ fails"),
        (Opcode::NewObj, b"K\x01)\x81.", "NEWOBJ fails"),
        (Opcode::NewObjEx, b"K\x01)}\x92.", "NEWOBJ_EX fails"),
        (Opcode::Build, b"]Nb.", "this gives an object its state"),
        (
            Opcode::Ext1,
            b"\x82\x01.",
            "this is whatever the extension registry",
        ),
        (
            Opcode::Ext2,
            b"\x83\x01\0.",
            "this is whatever the extension registry",
        ),
        (
            Opcode::Ext4,
            b"\x84\x01\0\0\0.",
            "this is whatever the extension registry",
        ),
        (
            Opcode::PersId,
            b"P12\n.",
            "this is whatever a persistent id",
        ),
        (
            Opcode::BinPersId,
            b"K\x01Q.",
            "this is whatever a persistent id",
        ),
        (Opcode::NextBuffer, b"\x97.", "this is a buffer outside"),
        (
            Opcode::ReadonlyBuffer,
            b"C\0\x98.",
            "this is a buffer outside",
        ),
    ];
    for (opcode, stream, due) in cases {
        let out = match plain(stream) {
            Ok(out) => out,
            Err(error) => {
                assert!(error.offset().is_some(), "{opcode:?}");
                error.to_string()
            }
        };
        assert!(out.starts_with(due), "{opcode:?}: {out}");
        assert!(
            pickscope::decode::ops(stream).any(|op| op.is_ok_and(|op| op.opcode == *opcode)),
            "{opcode:?}"
        );
    }
    for opcode in Opcode::all() {
        assert!(
            cases.iter().any(|(case, ..)| *case == opcode),
            "{opcode:?} has a case"
        );
    }
}

#[test]
fn deep_streams_are_refused_on_a_small_stack() {
    for levels in [100usize, 20_000, 600_000] {
        let nest = |open: &[u8], leaf: &[u8], close: &[u8]| {
            [
                &b"\x80\x04"[..],
                &open.repeat(levels),
                leaf,
                &close.repeat(levels),
                b".",
            ]
            .concat()
        };
        for stream in [
            nest(b"]", b"N", b"a"),
            nest(b"]\x94(", b"N", b"e"),
            nest(b"}\x94K\x01", b"N", b"s"),
            nest(b"(", b"", b"t"),
            nest(b"(", b"", b"l"),
            nest(b"(", b"", b"\x91"),
            nest(b"", b"N", b"\x85\x94"),
            // What is thrown away again is as deep.
            nest(b"", b"N", b"\x85")
                .iter()
                .copied()
                .take(levels + 3)
                .chain(*b"0N.")
                .collect(),
            nest(b"(", b"N", b"1"),
        ] {
            let (offset, obstacle) = on_a_small_stack(move || obstacle(&stream));
            assert_eq!(obstacle, Obstacle::Deep);
            assert!(offset > u64::from(limits::VALUE_DEPTH));
        }
    }
}

#[test]
fn what_is_just_not_too_deep_is_read() {
    let levels = limits::VALUE_DEPTH as usize;
    let stream =
        |levels: usize| [&b"]\x94(".repeat(levels)[..], &b"e".repeat(levels), b"."].concat();
    assert!(value_from_slice(&stream(levels)).is_ok());
    assert!(from_slice::<Value>(&stream(levels)).is_ok());
    assert_eq!(obstacle(&stream(levels + 1)).1, Obstacle::Deep);
}

#[test]
fn shared_and_recursive_values_are_refused() {
    let shared = |kind, made| Obstacle::Shared { kind, made };
    for (stream, offset, due) in [
        // Lists held twice, by themselves, in themselves.
        (&b"(]q\0h\0l."[..], 4, shared(Kind::List, 1)),
        (b"]q\0h\0a.", 3, shared(Kind::List, 0)),
        (b"}q\0K\x01h\0s.", 5, shared(Kind::Dict, 0)),
        (b"\x8fq\0h\0\x86.", 3, shared(Kind::Set, 0)),
        (b"]2\x86.", 1, shared(Kind::List, 0)),
        // Filled by way of the memo, and dropped again.
        (b"]q\0h\0K\x05a0.", 3, shared(Kind::List, 0)),
        (
            b"\x96\0\0\0\0\0\0\0\0q\0h\0\x86.",
            11,
            shared(Kind::Bytearray, 0),
        ),
        // A tuple that holds a list.
        (b"]\x85q\0h\0\x86.", 4, shared(Kind::Tuple, 1)),
        // ('a',) twice, where 'a' is in the memo.
        (
            b"\x8c\x01aq\0\x85q\x01h\x01\x86.",
            8,
            Obstacle::SharedMemo {
                kind: Kind::Tuple,
                made: 5,
            },
        ),
        (b"]q\0q\x01.", 3, Obstacle::MemoTwice),
        (b"K\x05q\0K\x06q\0\x86.", 6, Obstacle::MemoTaken),
        (b"K\x05q\x01K\x06\x94.", 6, Obstacle::MemoTaken),
    ] {
        assert_eq!(obstacle(stream), (offset, due), "{}", hex(stream));
    }
    // Two of a tuple of numbers are as good as one.
    assert_eq!(
        read(b"K\x01K\x02\x86\x94h\0h\0\x87."),
        "((int 1, int 2), (int 1, int 2), (int 1, int 2))"
    );
    assert_eq!(
        read(b"(K\x01\x91\x94h\0\x86."),
        "(frozenset {int 1}, frozenset {int 1})"
    );
}

/// 2^64 leaves.
#[test]
fn doubling_is_refused() {
    let lists = [
        &b"]q\0"[..],
        &(1..65u8)
            .flat_map(|n| [b'h', n - 1, b'h', n - 1, 0x86, b'q', n])
            .collect::<Vec<_>>(),
        b".",
    ]
    .concat();
    assert!(matches!(obstacle(&lists).1, Obstacle::Shared { .. }));
    let tuples = [
        &b"K\x01q\0"[..],
        &(1..65u8)
            .flat_map(|n| [b'h', n - 1, b'h', n - 1, 0x86, b'q', n])
            .collect::<Vec<_>>(),
        b".",
    ]
    .concat();
    assert!(matches!(
        on_a_small_stack(move || obstacle(&tuples)).1,
        Obstacle::SharedMemo { .. }
    ));
    let copies = [&b"K\x01"[..], &b"2\x86".repeat(64), b"."].concat();
    assert_eq!(obstacle(&copies).1, Obstacle::Memory);
}

#[test]
fn memory_is_bounded() {
    let long = Asm::new()
        .payload(Opcode::BinBytes, vec![0; 1 << 20])
        .int(Opcode::BinPut, 0)
        .raw(b"0](")
        .raw(b"h\0".repeat(5000))
        .raw(b"e")
        .stop();
    assert_eq!(obstacle(&long).1, Obstacle::Memory);
    let roomy = [&b"]("[..], &b"(t".repeat(1 << 19), b"e."].concat();
    assert_eq!(obstacle(&roomy).1, Obstacle::Memory);
    // Lengths, counts and indices that nothing stands behind.
    for stream in [
        &b"\x8e\0\0\0\0\0\x01\0\0."[..],
        b"\x96\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x8d\0\0\0\0\x10\0\0\0a.",
        b"X\xff\xff\xff\xff.",
        b"T\xff\xff\xff\x7f.",
        b"\x8b\xff\xff\xff\x7f.",
        b"\x8b\xff\xff\xff\xff.",
        b"\x95\xff\xff\xff\xff\0\0\0\0N.",
        b"K\x01r\xff\xff\xff\xff.",
        b"p99999999999999999999\n.",
    ] {
        let error = value_from_slice(stream).expect_err("it lies");
        assert!(
            matches!(error, Error::Unreadable { .. }),
            "{}: {error:?}",
            hex(stream)
        );
    }
}

#[test]
fn broken_streams_are_refused() {
    for (stream, offset, why) in [
        (&b""[..], 0, "the stream ends before STOP"),
        (b"]q\0", 3, "the stream ends before STOP"),
        (b"\x8c\x05abc", 0, "the stream ends inside SHORT_BINUNICODE"),
        (b"not a pickle", 0, "INST fails"),
        (b"K\x01a.", 2, "APPEND fails"),
        (b"h\x05.", 0, "BINGET fails"),
        (b"\x80\x63N.", 0, "protocol 99 is unknown"),
        (b"I010\n.", 0, "loaders differ in INT's argument"),
        (
            b"N.N.",
            2,
            "2 bytes behind the pickle, which ends at offset 2",
        ),
    ] {
        let error = value_from_slice(stream).expect_err("it is broken");
        if !stream.starts_with(b"not") {
            assert_eq!(error.offset(), Some(offset), "{error}");
            assert!(error.to_string().starts_with(why), "{error}");
        }
    }
}

#[test]
fn keys_must_be_hashable_and_in_order() {
    for stream in [
        &b"}]Ns."[..],
        b"\x8f(}\x90.",
        b"(\x8f\x91.",
        b"}\x96\0\0\0\0\0\0\0\0Ns.",
    ] {
        let error = value_from_slice(stream).expect_err("no unpickler takes it");
        assert!(error.to_string().contains("is no key"), "{error}");
    }
    for (stream, offset, due) in [
        (&b"}]\x85Ns."[..], 2, Obstacle::Unhashable(Kind::Tuple)),
        (b"}Fnan\nNs.", 1, Obstacle::Nan),
        (b"}Fnan\n\x85Ns.", 6, Obstacle::Nan),
        // 2^53 + 1 and 2^53 as a float: two keys in Python.
        (
            b"}(I9007199254740993\nNF9007199254740992.0\nNu.",
            21,
            Obstacle::Confused,
        ),
    ] {
        assert_eq!(obstacle(stream), (offset, due), "{}", hex(stream));
    }
    assert_eq!(
        read(b"}(F1e300\nNK\x01Nu."),
        format!("{{int {:.0}: None, int 1: None}}", 1e300)
    );
    // 1, 1.0 and True are one key.
    assert_eq!(read(b"}(K\x01NF1.0\nK\x02\x88K\x03u."), "{int 1: int 3}");
}

#[test]
fn forms_that_serde_pickle_reads_otherwise_are_refused() {
    for stream in [
        &b"I 2\n."[..],
        b"I0x10\n.",
        b"I1_0\n.",
        b"I9223372036854775808\n.",
        b"L0x10L\n.",
        b"L1_0L\n.",
        b"L 1L\n.",
        b"F 1.0\n.",
        b"F1_0.0\n.",
        b"S'\\101'\n.",
        b"S'\\''\n.",
        b"S'\\q'\n.",
        b"Va\\b\n.",
        b"Vabc\r\n.",
        b"K\x01p 1\n.",
        b"K\x01p5\ng 5\n\x86.",
        b"K\x01(u.",
    ] {
        match value_from_slice(stream) {
            Err(Error::InTheWay {
                obstacle: Obstacle::Form | Obstacle::Fills(_),
                ..
            }) => {}
            // Some aren't even read alike by CPython's own.
            Err(Error::Unreadable { why, .. }) if why.starts_with("loaders differ") => {}
            other => panic!("{}: {other:?}", String::from_utf8_lossy(stream)),
        }
    }
    assert_eq!(obstacle(b"\x8c\x03\xed\xa0\x80.").1, Obstacle::Surrogates);
    assert_eq!(obstacle(b"V\\ud800\n.").1, Obstacle::Surrogates);
    for (stream, due) in [
        (&b"I00\n."[..], "bool false"),
        (b"I01\n.", "bool true"),
        (b"I+5\n.", "int 5"),
        (b"L-5\n.", "int -5"),
        (b"L99999999999999999999L\n.", "int 99999999999999999999"),
        (b"Finf\n.", "float 7ff0000000000000"),
        (b"F-nan\n.", "nan"),
        (b"F1e-400\n.", "float 0000000000000000"),
        (b"S\"it's\"\n.", "str 69742773"),
    ] {
        assert_eq!(read(stream), due, "{}", String::from_utf8_lossy(stream));
    }
}

#[test]
fn large_integers_have_no_type() {
    let stream = b"\x8a\x09\0\0\0\0\0\0\0\x80\0.";
    assert_eq!(read(stream), "int 9223372036854775808");
    let error = from_slice::<u64>(stream).expect_err("serde-pickle has i64");
    assert_eq!(error.obstacle(), Some(&Obstacle::Integer));
}

#[test]
fn old_strings_are_as_the_encoding_says() {
    let stream = b"U\x03\xc3\xa9!.";
    assert_eq!(obstacle(stream), (0, Obstacle::Encoding(Encoding::Ascii)));
    let read = |encoding| Options::new().encoding(encoding).value_from_slice(stream);
    assert_eq!(read(Encoding::Utf8).ok(), Some(Value::String("é!".into())));
    assert_eq!(
        read(Encoding::Bytes).ok(),
        Some(Value::Bytes(b"\xc3\xa9!".to_vec()))
    );
    let error = Options::new()
        .encoding(Encoding::Utf8)
        .from_slice::<String>(b"S'\\xff'\n.");
    assert!(error.is_err_and(|error| error.to_string().contains("isn't UTF-8")));
}

#[test]
fn old_strings_are_as_python_reads_them() {
    let streams = [
        &b"U\x02\xc3\xa9."[..],
        b"](S'a\\xc3\\xa9\\n'\nT\x02\0\0\0ab}U\x01kK\x01se.",
        b"}(U\x01kK\x01\x8c\x01kK\x02u.",
    ]
    .map(<[u8]>::to_vec);
    for (encoding, python) in [(Encoding::Utf8, "utf-8"), (Encoding::Bytes, "bytes")] {
        let Some(answers) = loaded(&streams, python) else {
            return;
        };
        for (stream, answer) in streams.iter().zip(answers) {
            let read = Options::new().encoding(encoding).value_from_slice(stream);
            let read = read.expect("it is plain data");
            assert_eq!(shown(&read, false), answer, "{python} {}", hex(stream));
        }
    }
}

#[test]
fn what_does_not_fit_the_type_is_serde_s_to_say() {
    let error = from_slice::<BTreeMap<String, u8>>(b"]K\x01a.").expect_err("it is a list");
    assert!(std::error::Error::source(&error).is_some());
    assert!(
        error
            .to_string()
            .starts_with("the data isn't of this type: "),
        "{error}"
    );
}

#[test]
fn names_say_what_to_do() {
    for (stream, due) in [
        (
            &b"cbuiltins\nset\n."[..],
            "'builtins.set' is only named here, and no plain data: protocol 4 and later store sets themselves (GLOBAL at offset 0)",
        ),
        (
            b"c_codecs\nencode\n.",
            "'_codecs.encode' is only named here, and no plain data: protocol 3 and later store bytes themselves (GLOBAL at offset 0)",
        ),
        (
            b"ca\x1b\nb\n.",
            r"'a\x1b.b' is only named here, and no plain data (GLOBAL at offset 0)",
        ),
        (
            b"NN\x93.",
            "STACK_GLOBAL fails: the module and the name must be strings (at offset 2)",
        ),
    ] {
        let error = value_from_slice(stream).expect_err("it names something");
        assert_eq!(error.to_string(), due);
    }
}

/// The types that serde makes of a value: no tuples, no sets.
fn as_sequences(value: Value) -> Value {
    let members = |items: std::collections::BTreeSet<HashableValue>| {
        Value::List(items.into_iter().map(HashableValue::into_value).collect())
    };
    match value {
        Value::List(items) | Value::Tuple(items) => {
            Value::List(items.into_iter().map(as_sequences).collect())
        }
        Value::Set(items) | Value::FrozenSet(items) => members(items),
        Value::Dict(pairs) => Value::Dict(
            pairs
                .into_iter()
                .map(|(key, value)| (key, as_sequences(value)))
                .collect(),
        ),
        other => other,
    }
}

/// Whether serde-pickle names something to write it.
fn names_something(value: &Value, proto_2: bool) -> bool {
    match value {
        Value::Set(_) | Value::FrozenSet(_) => true,
        Value::Bytes(_) => proto_2,
        Value::List(items) | Value::Tuple(items) => {
            items.iter().any(|item| names_something(item, proto_2))
        }
        Value::Dict(pairs) => pairs.iter().any(|(key, value)| {
            names_something(value, proto_2) || names_something(&key.clone().into_value(), proto_2)
        }),
        _ => false,
    }
}

fn has_large_integer(value: &Value) -> bool {
    match value {
        Value::Int(n) => i64::try_from(n).is_err(),
        Value::List(items) | Value::Tuple(items) => items.iter().any(has_large_integer),
        Value::Dict(pairs) => pairs.values().any(has_large_integer),
        _ => false,
    }
}

/// Holds the graph of a stream to the value that was written, node by node.
fn compare(stream: &[u8], value: Value) -> Result<(), TestCaseError> {
    let mut reader = Reader::keeping(stream, 0, Graph::new());
    while reader.advance() {}
    let (_, graph) = reader.finish_with();
    let view = View::new(&graph, stream);
    let root = view.root().expect("the stream reaches STOP");
    let mut due: Vec<(Node, Value)> = vec![(root, value)];
    while let Some((node, value)) = due.pop() {
        let mut items = |view: View<'_, '_>, node, values: Vec<Value>| {
            let items: Vec<Node> = view.items(node).expect("it is kept").collect();
            prop_assert_eq!(items.len(), values.len());
            due.extend(items.into_iter().zip(values));
            Ok(())
        };
        match value {
            Value::None => prop_assert_eq!(node.kind(), Kind::None),
            Value::Bool(b) => prop_assert_eq!(view.boolean(node), Some(b)),
            Value::I64(n) => prop_assert_eq!(view.integer(node), Some(n)),
            Value::Int(n) => {
                let read = match view.atom(node) {
                    Some(pickscope::decode::text::Meaning::Int(n)) => n.decimal().map(String::from),
                    _ => None,
                };
                prop_assert_eq!(read, Some(n.to_string()));
            }
            Value::F64(n) => {
                let read = match view.atom(node) {
                    Some(pickscope::decode::text::Meaning::Float(n)) => Some(n.to_bits()),
                    _ => None,
                };
                prop_assert_eq!(read, Some(n.to_bits()));
            }
            Value::String(text) => prop_assert!(view.text(node).is_some_and(|read| read == text)),
            Value::Bytes(bytes) => match view.call(node) {
                // `_codecs.encode(text, 'latin1')`
                Some(call) => {
                    let arguments = view.arguments(&call).expect("they are a tuple");
                    prop_assert_eq!(arguments.len(), 2);
                    let text: String = bytes.iter().copied().map(char::from).collect();
                    prop_assert!(view.text(arguments[0]).is_some_and(|read| read == text));
                }
                None => prop_assert!(view.bytes(node).is_some_and(|read| *read == *bytes)),
            },
            Value::List(values) => {
                prop_assert_eq!(node.kind(), Kind::List);
                items(view, node, values)?;
            }
            Value::Tuple(values) => {
                prop_assert_eq!(node.kind(), Kind::Tuple);
                items(view, node, values)?;
            }
            Value::Set(values) | Value::FrozenSet(values) => {
                let call = view.call(node).expect("it is a call of its type");
                let arguments = view.arguments(&call).expect("they are a tuple");
                prop_assert_eq!(arguments.len(), 1);
                let values = values.into_iter().map(HashableValue::into_value).collect();
                items(view, arguments[0], values)?;
            }
            Value::Dict(pairs) => {
                prop_assert_eq!(node.kind(), Kind::Dict);
                let read: Vec<_> = view.pairs(node).expect("they are kept").collect();
                prop_assert_eq!(read.len(), pairs.len());
                for ((key, value), (due_key, due_value)) in read.into_iter().zip(pairs) {
                    due.push((key, due_key.into_value()));
                    due.push((value, due_value));
                }
            }
        }
    }
    Ok(())
}

/// Integers that `i64` holds, as such.
fn small(value: Value) -> Value {
    match value {
        Value::Int(n) => i64::try_from(&n).map_or(Value::Int(n), Value::I64),
        Value::List(items) => Value::List(items.into_iter().map(small).collect()),
        Value::Tuple(items) => Value::Tuple(items.into_iter().map(small).collect()),
        Value::Dict(pairs) => Value::Dict(
            pairs
                .into_iter()
                .map(|(key, value)| (key, small(value)))
                .collect(),
        ),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_values_come_back(value in value(), proto_2 in any::<bool>()) {
        let options = if proto_2 { SerOptions::new().proto_v2() } else { SerOptions::new() };
        let stream = value_to_vec(&value, options).expect("any value can be written");
        compare(&stream, value.clone())?;
        let read = value_from_slice(&stream);
        let typed = from_slice::<Value>(&stream);
        if names_something(&value, proto_2) {
            for error in [read.err(), typed.err()] {
                let error = error.expect("a name is no plain data");
                prop_assert!(matches!(error.obstacle(), Some(Obstacle::Name { .. } | Obstacle::Integer)), "{}", error);
            }
            return Ok(());
        }
        let value = small(value);
        prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(value.clone()));
        if has_large_integer(&value) {
            prop_assert!(matches!(typed.expect_err("i64 only").obstacle(), Some(Obstacle::Integer)));
        } else {
            prop_assert_eq!(typed.map_err(|error| error.to_string()), Ok(as_sequences(value)));
        }
    }
}

/// What real picklers wrote, as its own Python reads it.
#[test]
fn the_corpus_is_read_as_python_reads_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut streams: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .expect("corpus/ can be read")
        .map(|entry| entry.expect("so can its entries").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pkl"))
        .map(|path| {
            let name = path.file_name().expect("it has one").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("it can be read"))
        })
        .collect();
    streams.sort();
    let mut plain = Vec::new();
    for (name, stream) in streams {
        match value_from_slice(&stream) {
            Ok(value) => plain.push((name, stream, shown(&value, false))),
            Err(error) => assert!(error.offset().is_some(), "{name}: {error}"),
        }
    }
    for name in PLAIN {
        assert!(plain.iter().any(|(plain, ..)| plain == name), "{name}");
    }
    let streams: Vec<_> = plain.iter().map(|(_, stream, _)| stream.clone()).collect();
    let Some(answers) = loaded(&streams, "ASCII") else {
        return;
    };
    for ((name, _, read), answer) in plain.iter().zip(answers) {
        assert_eq!(*read, answer, "{name}");
    }
}

/// Files of the corpus that are plain data.
const PLAIN: &[&str] = &[
    "frames-p4.pkl",
    "frames-small-p4.pkl",
    "log-record-py27-p1.pkl",
    "log-record-py313-p1.pkl",
];

/// What CPython loads from each stream with this encoding; `!` where it raises.
fn loaded(streams: &[Vec<u8>], encoding: &str) -> Option<Vec<String>> {
    let script = format!(
        "{SHOWN}
for line in sys.stdin.read().split('\\n'):
    try: print(shown(pickle.loads(bytes.fromhex(line), encoding=\"{encoding}\")))
    except Exception: print('!')
"
    );
    let input: Vec<_> = streams.iter().map(|stream| hex(stream)).collect();
    if pythons().is_empty() {
        return None;
    }
    let answers = ask_python(&script, &input.join("\n"))?;
    Some(answers.lines().map(str::to_owned).collect())
}

/// Random plain data that CPython wrote at every protocol.
#[test]
fn what_python_writes_is_read_as_python_reads_it() {
    if pythons().is_empty() {
        return;
    }
    let script = format!(
        "{SHOWN}{}",
        r#"
sys.stdin.read()
r = random.Random(4)
words = ["", "a", "key", "näme", "日本", "\\u0041", "back\\slash", "new\nline", "cr\r", "\0", "'\"", "x" * 300, "😀"]
def hashable(depth=0):
    kind = r.randrange(9 if depth < 2 else 7)
    if kind == 0: return None
    if kind == 1: return r.random() < .5
    if kind == 2: return r.randrange(-300, 300)
    if kind == 3: return r.randrange(-2**70, 2**70) >> r.randrange(70)
    if kind == 4: return r.choice(words)
    if kind == 5: return r.choice([b"", b"\xff\0", b"ab" * 200])
    if kind == 6: return r.uniform(-1e9, 1e9)
    if kind == 7: return tuple([hashable(depth + 1) for _ in range(r.randrange(6))])
    return frozenset([hashable(depth + 1) for _ in range(r.randrange(4))])
def value(depth=0):
    kind = r.randrange(8 if depth < 4 else 3)
    if kind == 0: return hashable()
    if kind == 1: return r.choice([float("inf"), -0.0, 1e300, 5e-324, 0.1, float("nan")])
    if kind == 2: return bytearray(r.choice([b"", b"raw\n"])) if r.random() < .3 else r.randrange(-2**33, 2**33)
    if kind == 3: return [value(depth + 1) for _ in range(r.randrange(7))]
    if kind == 4: return tuple([value(depth + 1) for _ in range(r.randrange(6))])
    if kind == 5: return {hashable(): value(depth + 1) for _ in range(r.randrange(5))}
    if kind == 6: return {hashable() for _ in range(r.randrange(5))}
    return {r.choice(words): value(depth + 1) for _ in range(r.randrange(8))}
def types(v):
    yield type(v)
    if type(v) is dict:
        for k, i in v.items():
            yield from types(k)
            yield from types(i)
    elif type(v) in (list, tuple, set, frozenset):
        for i in v: yield from types(i)
for n in range(600):
    v = value()
    if n % 200 == 0: v = [value(3) for _ in range(1100)]
    if n % 200 == 1: v = {i: value(4) for i in range(1100)}
    found = set(types(v))
    for protocol in range(6):
        named = found & {set, frozenset} and protocol < 4 or bytes in found and protocol < 3 or bytearray in found and protocol < 5
        for dumps in (pickle.dumps, pickle._dumps):
            print(dumps(v, protocol).hex(), "named" if named else "plain", shown(v), sep="\t")
"#
    );
    let Some(answers) = ask_python(&script, "") else {
        return;
    };
    let (mut plain, mut named) = (0, 0);
    for line in answers.lines() {
        let parts: Vec<_> = line.split('\t').collect();
        let [stream, sort, due] = parts[..] else {
            panic!("{line}")
        };
        let stream = unhex(stream);
        match value_from_slice(&stream) {
            Ok(value) => {
                assert_eq!(sort, "plain", "{line}");
                assert_eq!(shown(&value, false), due, "{line}");
                plain += 1;
            }
            Err(error) => {
                assert_eq!(sort, "named", "{error}: {line}");
                assert!(
                    matches!(error.obstacle(), Some(Obstacle::Name { .. })),
                    "{error}"
                );
                named += 1;
            }
        }
    }
    assert!(plain > 2000 && named > 500, "{plain} plain, {named} named");
}

/// Opcodes of plain data at random: whatever is read, CPython reads too, and alike.
#[test]
fn whatever_is_read_python_reads_alike() {
    const PIECES: &[&[u8]] = &[
        b"N",
        b"\x88",
        b"\x89",
        b"K\x01",
        b"K\x02",
        b"M\0\x01",
        b"J\xfe\xff\xff\xff",
        b"I01\n",
        b"I00\n",
        b"I1\n",
        b"I 7\n",
        b"I-3\n",
        b"I010\n",
        b"I12\r\n",
        b"L5L\n",
        b"L-6\n",
        b"L7L\r\n",
        b"L0\n",
        b"L99999999999999999999L\n",
        b"\x8a\0",
        b"\x8a\x01\x80",
        b"\x8a\x08\0\0\0\0\0\0\x20\0",
        b"\x8a\x08\x01\0\0\0\0\0\x20\0",
        b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0",
        b"F1.0\n",
        b"F2\n",
        b"Finf\n",
        b"Fnan\n",
        b"F.5\n",
        b"F1.\n",
        b"F1e3\r\n",
        b"F9007199254740992\n",
        b"F-0.0\n",
        b"FInFinity\n",
        b"G\x40\0\0\0\0\0\0\0",
        b"S'a'\n",
        b"S\"a\\x41\"\n",
        b"S'\\\\'\n",
        b"S'\\''\n",
        b"S'a'\r\n",
        b"S'\\x4'\n",
        b"S'\\\n",
        b"U\x01a",
        b"T\x01\0\0\0b",
        b"Va\n",
        b"V\\u0061\n",
        b"V\\\n",
        b"V\\U0001f600\n",
        b"V\xe9\r\n",
        b"X\x01\0\0\0a",
        b"\x8c\x02\xc3\xa9",
        b"\x8c\x03\xed\xa0\x80",
        b"\x8d\0\0\0\0\0\0\0\0",
        b"C\x01a",
        b"B\0\0\0\0",
        b"\x8e\x01\0\0\0\0\0\0\0z",
        b"\x96\x01\0\0\0\0\0\0\0z",
        b"(",
        b"(",
        b"(",
        b"0",
        b"1",
        b"2",
        b"]",
        b"]",
        b"}",
        b"}",
        b")",
        b"\x8f",
        b"\x8f",
        b"a",
        b"a",
        b"e",
        b"e",
        b"s",
        b"s",
        b"u",
        b"u",
        b"\x90",
        b"\x90",
        b"\x91",
        b"t",
        b"t",
        b"l",
        b"d",
        b"\x85",
        b"\x86",
        b"\x87",
        b"q\0",
        b"q\x01",
        b"q\x02",
        b"q\x03",
        b"h\0",
        b"h\x01",
        b"h\x02",
        b"h\x03",
        b"\x94",
        b"\x94",
        b"p4\n",
        b"g4\n",
        b"p 5\n",
        b"p+6\n",
        b"g6\n",
        b"p7\r\n",
        b"g7\n",
        b"r\x08\0\0\0",
        b"j\x08\0\0\0",
        b"\x80\x04",
        b"b",
        b"R",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut streams = Vec::new();
    let mut read = Vec::new();
    for _ in 0..200_000 {
        let mut stream = Vec::new();
        for _ in 0..1 + random(14) {
            stream.extend(PIECES[random(PIECES.len())]);
        }
        stream.push(b'.');
        if let Ok(value) = value_from_slice(&stream) {
            streams.push(stream);
            read.push(shown(&value, false));
        }
    }
    assert!(streams.len() > 2000, "only {} are plain", streams.len());
    let Some(answers) = loaded(&streams, "ASCII") else {
        return;
    };
    let mut wrong = String::new();
    for ((stream, read), answer) in streams.iter().zip(&read).zip(answers) {
        if *read != answer {
            writeln!(wrong, "{}: {read}, and CPython: {answer}", hex(stream))
                .expect("it is memory");
        }
    }
    assert_eq!(wrong, "");
}
