//! The bytes of a pickle, made again of the records of `dump --format json`.
//!
//! Opcodes and arguments in binary come back byte for byte, and so do names of GLOBAL and INST and ids of PERSID. What the
//! JSON doesn't have by design:
//!
//! - which of a NaN's many bytes BINFLOAT has;
//! - how the lines of INT, LONG, FLOAT, STRING, UNICODE, GET and PUT are spelled: `I010`, `F1e0` and `V\u0041` have a meaning
//!   that is also spelled `I10`, `F1.0` and `VA`. A line that comes back must mean the same, and be the same where the
//!   meaning has one spelling of that length;
//! - digits of integers past [`DECIMAL_DIGITS`], which are hexadecimal: these come back as well;
//! - bytes that are no opcodes (an array behind its wrapper, buffers of joblib): their place and length are told.

use num_bigint::BigInt;
use pickscope::{
    decode::{Op, ops, text},
    inspect::parts::Place,
    opcode::{Layout, Opcode, Shape},
    render::json,
    report::dump::rows,
};
use serde_json::Value;

/// How many opcodes came back, and how many only by their meaning.
#[derive(Debug, Default, PartialEq)]
pub struct Came {
    pub same: usize,
    pub alike: usize,
}

/// All opcodes of an input are made again of what JSON tells of them.
pub fn again(bytes: &[u8]) -> Came {
    let mut out = Vec::new();
    json::dump(&Place::default(), rows(bytes, true), &mut out).expect("memory takes it");
    let mut came = Came::default();
    for line in out
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"{\"kind\":\"opcode\""))
    {
        let record: Value = serde_json::from_slice(line).expect("a line is a JSON document");
        let number = |field: &str| record[field].as_u64().expect("a number") as usize;
        let (offset, length) = (number("offset"), number("length"));
        let theirs = &bytes[offset..offset + length];
        let ours = opcode(&record, length, float(line));
        if ours == theirs {
            came.same += 1;
            continue;
        }
        let told = || format!("{record}\n ours {ours:02x?}\nwhere {theirs:02x?}");
        let (Some(ours), Some(theirs)) = (one(&ours), one(theirs)) else {
            panic!("{}", told());
        };
        assert_eq!(ours.opcode, theirs.opcode, "{}", told());
        let is_nan = |op: &Op<'_>| matches!(op.argument, pickscope::decode::Argument::Float(float) if float.is_nan());
        let spelled = matches!(
            theirs.opcode.shape(),
            Shape::DecimalShort
                | Shape::DecimalLong
                | Shape::FloatLine
                | Shape::StringLine
                | Shape::UnicodeLine
        );
        let (meaning, due) = (text::usual(&ours), text::usual(&theirs));
        let same = match (&meaning, &due) {
            (Ok(text::Meaning::Float(one)), Ok(text::Meaning::Float(other))) => {
                one == other || one.is_nan() && other.is_nan()
            }
            // Booleans are integers to some readers.
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        };
        assert!(
            same && (spelled || is_nan(&theirs)),
            "{}: {meaning:?} {due:?}",
            told()
        );
        came.alike += 1;
    }
    came
}

/// The number of a record of a float: serde_json reads some a unit too low.
fn float(line: &[u8]) -> Option<f64> {
    let line = str::from_utf8(line).expect("JSON is text");
    let (_, number) = line.split_once("\"float\":")?;
    number[..number.find('}')?].parse().ok()
}

fn one(bytes: &[u8]) -> Option<Op<'_>> {
    ops(bytes).next()?.ok()
}

fn unhex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text")).expect("hexadecimal digits")
}

/// The bytes of an opcode's record, which stands for `length` of them.
fn opcode(record: &Value, length: usize, float: Option<f64>) -> Vec<u8> {
    let name = record["opcode"].as_str().expect("a name");
    let opcode = Opcode::all()
        .find(|opcode| opcode.name() == name)
        .expect("it is an opcode's");
    let arg = &record["arg"];
    let mut bytes = vec![opcode.byte()];
    match opcode.shape().layout() {
        Layout::Empty => assert!(arg.is_null(), "{record}"),
        Layout::Fixed(width) => match arg.get("float") {
            Some(other) => {
                let float = float.unwrap_or_else(|| spelled(other));
                bytes.extend(float.to_be_bytes());
            }
            None => bytes.extend(payload(&integer(&arg["int"]), width.into())),
        },
        Layout::Line => {
            bytes.extend(written(opcode.shape(), arg, float));
            bytes.push(b'\n');
        }
        Layout::Pair => {
            for (nth, part) in ["module", "name"].iter().enumerate() {
                match arg.get("raw") {
                    Some(raw) => bytes.extend(unhex(&raw[nth])),
                    None => bytes.extend(arg[part].as_str().expect("text").as_bytes()),
                }
                bytes.push(b'\n');
            }
        }
        Layout::Counted { width, .. } => {
            let count = length - 1 - usize::from(width);
            bytes.extend(&count.to_le_bytes()[..width.into()]);
            bytes.extend(match arg.get("int") {
                Some(number) => payload(&integer(number), count),
                None => content(arg),
            });
        }
    }
    bytes
}

/// The bytes that a text or bytes of JSON are.
fn content(arg: &Value) -> Vec<u8> {
    match arg.get("str") {
        Some(text) => text.as_str().expect("text").as_bytes().to_vec(),
        None => {
            let found = ["bytes", "wtf8", "raw"].iter().find_map(|key| arg.get(key));
            unhex(found.unwrap_or_else(|| panic!("{arg}")))
        }
    }
}

fn integer(value: &Value) -> BigInt {
    match value {
        Value::String(digits) => {
            let (sign, digits) = match digits.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", digits.as_str()),
            };
            let (radix, digits) = match digits.strip_prefix("0x") {
                Some(digits) => (16, digits),
                None => (10, digits),
            };
            let number = BigInt::parse_bytes(format!("{sign}{digits}").as_bytes(), radix);
            number.unwrap_or_else(|| panic!("no number: {value}"))
        }
        Value::Bool(truth) => u8::from(*truth).into(),
        _ => value
            .as_i64()
            .unwrap_or_else(|| panic!("no number: {value}"))
            .into(),
    }
}

/// A number in so many bytes, little-endian, its sign extended.
fn payload(number: &BigInt, width: usize) -> Vec<u8> {
    let mut bytes = match number.sign() {
        num_bigint::Sign::NoSign => Vec::new(),
        _ => number.to_signed_bytes_le(),
    };
    let fill = if number.sign() == num_bigint::Sign::Minus {
        0xff
    } else {
        0
    };
    // What has no sign may need no room for it.
    bytes.resize(width.max(bytes.len()), fill);
    bytes.truncate(width);
    bytes
}

fn spelled(float: &Value) -> f64 {
    match float.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        Some("nan") => f64::NAN,
        _ => panic!("no float: {float}"),
    }
}

/// A line that means what JSON tells.
fn written(shape: Shape, arg: &Value, float: Option<f64>) -> Vec<u8> {
    if let Some(raw) = arg.get("raw") {
        return unhex(raw);
    }
    match shape {
        // Python 2 takes any text for an index of the memo.
        Shape::DecimalShort if arg.get("bytes").is_some() => content(arg),
        Shape::DecimalShort | Shape::DecimalLong => {
            let end = if shape == Shape::DecimalLong { "L" } else { "" };
            match arg.get("bool") {
                Some(truth) => format!("0{}", u8::from(truth == &Value::Bool(true))).into_bytes(),
                None => format!("{}{end}", integer(&arg["int"])).into_bytes(),
            }
        }
        Shape::FloatLine => match float {
            Some(float) => format!("{float:?}").into_bytes(),
            None => arg["float"].as_str().expect("text").as_bytes().to_vec(),
        },
        Shape::StringLine => {
            let mut line = vec![b'\''];
            for byte in content(arg) {
                match byte {
                    b' '..=b'~' if !b"'\\".contains(&byte) => line.push(byte),
                    _ => line.extend(format!("\\x{byte:02x}").as_bytes()),
                }
            }
            line.push(b'\'');
            line
        }
        Shape::UnicodeLine => {
            let bytes = content(arg);
            let mut line = Vec::new();
            // As pickle.py writes it: bytes of Latin 1, and escapes for the rest and for what ends a line.
            for unit in wtf8(&bytes) {
                match unit {
                    0x5c | 0 | 0x0a | 0x0d | 0x1a => {
                        line.extend(format!("\\u{unit:04x}").as_bytes())
                    }
                    ..0x100 => line.push(unit as u8),
                    0x100..0x10000 => line.extend(format!("\\u{unit:04x}").as_bytes()),
                    _ => line.extend(format!("\\U{unit:08x}").as_bytes()),
                }
            }
            line
        }
        _ => content(arg),
    }
}

/// The code points of UTF-8 that may have surrogates.
fn wtf8(bytes: &[u8]) -> Vec<u32> {
    let mut points: Vec<u32> = Vec::new();
    for byte in bytes {
        match byte {
            0x80..0xc0 => {
                let last = points.last_mut().expect("a byte leads");
                *last = *last << 6 | u32::from(byte & 0x3f);
            }
            0xc0..0xe0 => points.push(u32::from(byte & 0x1f)),
            0xe0..0xf0 => points.push(u32::from(byte & 0xf)),
            0xf0.. => points.push(u32::from(byte & 7)),
            _ => points.push(u32::from(*byte)),
        }
    }
    points
}
