//! Python's `repr`, held to CPython 3.13.
//!
//! `tests/facts/repr.tsv` holds what it writes for the inputs below. With `PICKSCOPE_BLESS` set, CPython 3.13 writes
//! it again; without, no Python is needed. Where there is one, random inputs are asked too.

use std::{env, fs, path::PathBuf};

use pickscope::repr::{ByteArray, Bytes, Chars, Float, Joined, Str, is_printable};
use proptest::prelude::*;

use crate::python::{ask_python, hex, say, unhex};

/// Answers lines of kind and hexadecimal bytes with the same line and the `repr`.
const ASK: &str = r#"
import struct, sys

READ = {
    "str": lambda data: data.decode("utf-8", "surrogatepass"),
    "latin1": lambda data: data.decode("latin-1"),
    "bytes": bytes,
    "bytearray": bytearray,
    "float": lambda data: struct.unpack(">d", data)[0],
}
for line in sys.stdin.read().splitlines():
    kind, data = line.split("\t")
    print(kind, data, repr(READ[kind](bytes.fromhex(data))), sep="\t")
"#;

fn ours(kind: &str, data: &[u8]) -> String {
    match kind {
        "str" => Str(Chars::Wtf8(data)).to_string(),
        "latin1" => Str(Chars::Latin1(data)).to_string(),
        "bytes" => Bytes(data).to_string(),
        "bytearray" => ByteArray(data).to_string(),
        "float" => Float(f64::from_be_bytes(data.try_into().unwrap())).to_string(),
        _ => panic!("{kind}"),
    }
}

fn line(kind: &str, data: &[u8]) -> String {
    format!("{kind}\t{}\n", hex(data))
}

/// Inputs that tell the rules apart.
fn inputs() -> Vec<String> {
    let mut lines = Vec::new();
    let every: Vec<u8> = (0..=255).collect();
    let long = "a".repeat(100);
    let texts = [
        "",
        "abc",
        "it's",
        "\"",
        "it's \"both\"",
        "\\",
        "\t\n\r",
        "\0\x01\x1f\x7f",
        " ~",
        "\u{80}\u{9f}\u{a0}\u{ad}é",
        "\u{378}\u{200b}\u{200e}\u{202e}\u{2028}\u{3000}\u{feff}",
        "日本語",
        "\u{e000}\u{fffd}\u{ffff}",
        "\u{10000}\u{1f600}\u{1faff}\u{e0001}\u{e0100}\u{f0000}\u{10ffff}",
        "a\u{301}\u{34f}\u{fe0f}",
        // New in Unicode 16: a letter to Rust, unassigned to CPython 3.13.
        "\u{1c89}\u{10d40}",
    ];
    for text in texts {
        for padding in ["", &long[..31], &long] {
            let text = [padding, text, padding].concat();
            for kind in ["str", "latin1", "bytes", "bytearray"] {
                lines.push(line(kind, text.as_bytes()));
            }
        }
    }
    for kind in ["latin1", "bytes", "bytearray"] {
        lines.push(line(kind, &every));
        lines.push(line(
            kind,
            &every.iter().rev().copied().collect::<Vec<u8>>(),
        ));
        lines.push(line(kind, &every[..b'\'' as usize]));
    }
    for surrogates in [
        &b"\xed\xa0\x80"[..],
        b"\xed\xbf\xbf'",
        b"a\xed\xa0\xbd\xed\xb8\x80b\xc3\xa9",
    ] {
        lines.push(line("str", surrogates));
    }
    let mut floats = vec![
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::EPSILON,
        0.1,
        1.0 / 3.0,
        123456789.125,
        2.0_f64.powi(-44),
        9007199254740993.0,
        5e-324,
        9.5e-322,
        0.3,
        4.35,
        1e23,
        8.41e21,
    ];
    for exponent in -330..=308 {
        floats.push(format!("1e{exponent}").parse().unwrap());
    }
    for edge in [1e16, 1e-4, 1.0, 0.0] {
        let bits = f64::to_bits(edge);
        floats.extend((bits.saturating_sub(2)..bits + 3).map(f64::from_bits));
    }
    for float in floats {
        lines.push(line("float", &float.to_be_bytes()));
        lines.push(line("float", &(-float).to_be_bytes()));
    }
    lines
}

fn compare(answers: &str) {
    for answer in answers.lines() {
        let mut parts = answer.splitn(3, '\t');
        let mut part = || parts.next().expect("kind, input and repr");
        let (kind, input, repr) = (part(), part(), part());
        assert_eq!(ours(kind, &unhex(input)), repr, "{kind} {input}");
    }
}

#[test]
fn cpython_writes_the_same() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/facts/repr.tsv");
    let inputs = inputs();
    if env::var_os("PICKSCOPE_BLESS").is_some() {
        let facts = ask_python(ASK, &inputs.concat()).expect("pyenv has a CPython 3.13");
        fs::write(&file, facts).unwrap();
    }
    let facts = fs::read_to_string(&file).unwrap();
    assert_eq!(
        facts.lines().count(),
        inputs.len(),
        "PICKSCOPE_BLESS=1 writes them again"
    );
    for (fact, input) in facts.lines().zip(&inputs) {
        assert!(
            fact.starts_with(input.trim_end()),
            "{fact} answers another input"
        );
    }
    compare(&facts);
}

#[test]
fn cpython_writes_the_same_of_random_inputs() {
    // A generator that needs no seed from outside: MMIX's, its high bits.
    let mut state = 20_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        state >> 24
    };
    let mut lines = String::new();
    for _ in 0..20_000 {
        lines += &line("float", &(random() << 32 ^ random()).to_be_bytes());
        let decimal: f64 = format!("{}e{}", random() % 100_000, random() as i64 % 40 - 20)
            .parse()
            .unwrap();
        lines += &line("float", &decimal.to_be_bytes());
    }
    for _ in 0..3_000 {
        let length = random() % 60;
        let text: String = (0..length)
            .map(|_| {
                let widest = [0x80, 0x100, 0x3000, 0x11_0000][random() as usize % 4];
                char::from_u32((random() % widest) as u32).unwrap_or('\'')
            })
            .collect();
        for kind in ["str", "latin1", "bytes", "bytearray"] {
            lines += &line(kind, text.as_bytes());
        }
    }
    match ask_python(ASK, &lines) {
        Some(answers) => {
            assert_eq!(answers.lines().count(), lines.lines().count());
            compare(&answers);
        }
        None => say("cpython_writes_the_same_of_random_inputs: skipped, pyenv has no CPython 3.13"),
    }
}

#[test]
fn every_character_is_printable_where_cpython_says_so() {
    let ask = "print(''.join('01'[chr(point).isprintable()] for point in range(0x110000)))";
    let Some(answer) = ask_python(ask, "") else {
        return say(
            "every_character_is_printable_where_cpython_says_so: skipped, pyenv has no CPython 3.13",
        );
    };
    for (point, answer) in (0..).zip(answer.trim_end().bytes()) {
        if let Some(character) = char::from_u32(point) {
            assert_eq!(is_printable(character), answer == b'1', "U+{point:04X}");
        }
    }
}

#[test]
fn the_table_is_what_its_program_writes() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let program = fs::read_to_string(root.join("tools/printable.py")).unwrap();
    let table = fs::read_to_string(root.join("src/repr/printable.rs")).unwrap();
    match ask_python(&program, "") {
        Some(answer) => assert!(answer == table, "run tools/printable.py"),
        None => say("the_table_is_what_its_program_writes: skipped, pyenv has no CPython 3.13"),
    }
}

#[test]
fn bytes_that_are_no_generalised_utf8_are_escaped() {
    let shown = Str(Chars::Wtf8(b"a\xffb\xed\xa0\xc3\xa9\xf0\x9f")).to_string();
    assert_eq!(shown, r"'a\xffb\xed\xa0é\xf0\x9f'");
}

#[test]
fn quotes_are_chosen_for_all_pieces_together() {
    let shown = Joined(&["it's".into(), Chars::Latin1(b"\""), Chars::Wtf8(b"'")]).to_string();
    assert_eq!(shown, r#"'it\'s"\''"#);
}

proptest! {
    #[test]
    fn one_form_of_text_is_shown_as_the_other(text in ".*") {
        let utf8 = Str(text.as_str().into()).to_string();
        prop_assert_eq!(&utf8, &Str(Chars::Wtf8(text.as_bytes())).to_string());
        prop_assert!(utf8.chars().all(is_printable));
    }

    #[test]
    fn any_bytes_are_shown_printable(bytes: Vec<u8>) {
        for chars in [Chars::Wtf8(&bytes), Chars::Latin1(&bytes)] {
            prop_assert!(Str(chars).to_string().chars().all(is_printable));
        }
        prop_assert!(ByteArray(&bytes).to_string().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }

    #[test]
    fn floats_come_back(bits: u64) {
        let float = f64::from_bits(bits);
        prop_assume!(!float.is_nan());
        prop_assert_eq!(Float(float).to_string().parse::<f64>(), Ok(float));
    }
}
