//! Pickles in values and in messages of a pipe: found where they are, and nowhere else.

use std::{fs, path::Path};

use pickscope::{
    container::literal,
    inspect::parts::{Event, parts},
    limits::{Limit, Limits},
    opcode::Opcode,
    pickles,
};
use proptest::{collection::vec, prelude::*};

use crate::asm::Asm;

fn corpus(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    fs::read(folder.join(name)).expect("the corpus is there")
}

/// The names of the parts that are read, with what stands in values; and what is wrong.
fn names(input: &[u8], limits: &Limits) -> (Vec<String>, Vec<String>) {
    let mut all = parts(input, true, limits);
    let (mut names, mut troubles) = (Vec::new(), Vec::new());
    while let Some(event) = all.next() {
        match event {
            Event::Part(part) => {
                let nested: Vec<u64> = pickles(&part.data)
                    .flat_map(|pickle| pickle.nested)
                    .collect();
                all.inside(&part, &nested);
                if let (Some(base), true) = (part.place.base, part.place.part.is_some()) {
                    let at = usize::try_from(base).expect("it is in memory");
                    assert!(input[at..].starts_with(&part.data));
                }
                names.push(part.place.part.unwrap_or_default());
            }
            Event::Trouble(_, _, trouble) => troubles.push(trouble.to_string()),
            _ => {}
        }
    }
    (names, troubles)
}

/// A dict's worth of values in one stream.
fn holding(values: &[&[u8]]) -> Vec<u8> {
    let start = Asm::new().int(Opcode::Proto, 4).op(Opcode::Mark);
    let all = values
        .iter()
        .fold(start, |asm, value| asm.payload(Opcode::BinBytes, value));
    all.op(Opcode::List).stop()
}

fn found(values: &[&[u8]]) -> usize {
    let (names, troubles) = names(&holding(values), &Limits::default());
    assert_eq!(troubles, [""; 0]);
    names.len() - 1
}

#[test]
fn each_wrapping_is_undone() {
    let (names, troubles) = names(&corpus("containers/values.pkl"), &Limits::default());
    assert_eq!(
        names,
        [
            "",
            "bytes@22",
            "bytes@49:zlib",
            "bytes@91:base64",
            "bytes@136:hex",
            "bytes@204",
            "bytes@204:bytes@23"
        ]
    );
    assert_eq!(troubles, [""; 0]);
}

#[test]
fn what_only_resembles_a_pickle_is_none() {
    let values: &[&[u8]] = &[
        b"This is a sentence.",
        b"NNNNNNNNNNNNNNNN.",
        b"]]]]]]]]]]]]]]]].",
        b"................",
        &[0; 64],
        b"\x80\x02]q\x00 and no more than that.",
        b"x\x9cno zlib at all, if you look",
        b"gAJmaling text that isn't base64",
        b"PK\x03\x04 and then nothing of a zip",
        b"8002 is a number, and 800283838383 too",
    ];
    for value in values {
        assert_eq!(found(&[value]), 0, "{}", value.escape_ascii());
    }
    assert_eq!(
        found(&[b"cmath\nsqrt\n.", b"\x80\x02]q\x00(K\x01K\x02e."]),
        2
    );
}

#[test]
fn depth_has_a_limit() {
    let mut stream = b"\x80\x02cmath\nsqrt\n.".to_vec();
    for _ in 0..30 {
        stream = holding(&[&stream]);
    }
    let (all, troubles) = names(&stream, &Limits::default());
    assert_eq!(all.len() as u64, Limit::Depth.usual() + 1);
    assert_eq!(troubles.len(), 1, "{troubles:?}");
}

#[test]
fn messages_are_told_by_their_shape() {
    let file = corpus("containers/pool.pipe");
    let (all, troubles) = names(&file, &Limits::default());
    assert_eq!(all, ["task@0", "result@47", "error@84", "end@144"]);
    assert_eq!(troubles, [""; 0]);
    // Messages tile the whole input, or there are none.
    for length in 1..file.len() {
        let (all, _) = names(&file[..length], &Limits::default());
        let whole = [47, 84, 144].contains(&length);
        assert_eq!(
            all.first().is_some_and(|name| name == "task@0"),
            whole,
            "{length}"
        );
    }
}

#[test]
fn literals_of_prompts_logs_and_pages_are_read() {
    let squared = corpus("squared.pkl");
    for name in ["repr", "b64", "hex"] {
        let (bytes, _) = literal(&corpus(&format!("other/squared.{name}"))).expect(name);
        assert_eq!(bytes, squared, "{name}");
    }
    let repr = String::from_utf8(corpus("other/squared.repr")).expect("it is ASCII");
    let page = repr
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#x27;");
    let log = format!("2024-05-01 12:00 it's sent: {repr} (214 bytes)\n");
    let prompt = format!(
        ">>> pickle.dumps(squared)\n{}>>> ",
        repr.trim_start_matches('b')
    );
    for text in [page, log, prompt] {
        let (bytes, how) = literal(text.as_bytes()).expect("it is there");
        assert_eq!(
            (bytes, how),
            (squared.clone(), "a Python literal"),
            "{text}"
        );
    }
    for none in ["", "no literal", "'a' 'b'", "&lt;", "b'"] {
        assert!(literal(none.as_bytes()).is_none(), "{none}");
    }
}

proptest! {
    /// Chance makes no pickle, not even with the last byte of one.
    #[test]
    fn random_bytes_hold_nothing(
        mut values in vec(vec(any::<u8>(), 12..200), 1..20),
        opcodes in vec(vec(proptest::sample::select(b"N]})(a.K0125\x85\x86\x87eusbQtdl".as_slice()), 12..40), 1..5),
        ends in any::<bool>(),
    ) {
        if ends {
            values.iter_mut().for_each(|value| value.push(b'.'));
        }
        let slices: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(found(&slices), 0);
        // Opcodes at random may make one; nothing may fail on the way.
        let slices: Vec<&[u8]> = opcodes.iter().map(Vec::as_slice).collect();
        names(&holding(&slices), &Limits::default());
    }

    #[test]
    fn any_text_may_be_given_for_a_literal(text in vec(proptest::sample::select(b"b'\"\\x80&lt;#;gAJ0\n.".as_slice()), 0..60)) {
        let _ = literal(&text);
    }
}
