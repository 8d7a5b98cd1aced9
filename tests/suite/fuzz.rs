//! The bodies of the fuzz targets, run briefly: on random bytes, on random opcodes, and on damaged files of corpus/.

use std::{fs, path::Path};

use pickscope::{
    decode::ops,
    opcode::{Layout, Opcode},
    reader::Reading,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{
    asm::Asm,
    bodies::{streams, targets},
};

fn all(bytes: &[u8]) {
    targets::bytes(bytes);
    #[cfg(feature = "cli")]
    {
        crate::bodies::printers::all(bytes);
        crate::bodies::printers::parts_texts(bytes);
    }
}

/// Text as hostile streams have it: digits, escapes, quotes, controls, bidirectional marks, what isn't UTF-8.
fn odd_text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[0-9a-fxL_+ -]{0,12}".prop_map(String::into_bytes),
        r#"['"]?[\\ux0-9a-f'"nr]{0,20}['"]?"#.prop_map(String::into_bytes),
        "[\u{0}-\u{9}\u{b}-\u{20}\u{7f}-\u{a0}\u{200b}-\u{202e}\u{feff}a-c]{0,8}"
            .prop_map(String::into_bytes),
        vec(
            any::<u8>().prop_filter("a line has no newline", |byte| *byte != b'\n'),
            0..12
        ),
    ]
}

/// An opcode with an argument of its shape.
fn opcode() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), any::<i64>(), odd_text(), odd_text()).prop_map(
        |(which, number, text, more)| {
            let all: Vec<Opcode> = Opcode::all().collect();
            let opcode = *which.get(&all);
            let asm = Asm::new();
            match opcode.shape().layout() {
                Layout::Empty => asm.op(opcode),
                Layout::Fixed(_) => asm.int(opcode, number),
                Layout::Line => asm.line(opcode, text),
                Layout::Pair => asm.pair(opcode, text, more),
                Layout::Counted { .. } => asm.payload(opcode, text),
            }
            .bytes()
        },
    )
}

/// The targets of fuzz/ that `all` doesn't stand for. Where `PICKSCOPE_UNPICKLERS` names no Python, `unpickler` asks nobody: the
/// tests of `unpicklers.rs` ask those that they find.
fn targets(input: &[u8]) {
    targets::opcodes(input);
    targets::messages(input);
    targets::marshal(input);
    targets::unpickler(input);
    #[cfg(feature = "cli")]
    {
        targets::containers(input);
        targets::printers(input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_inputs_of_targets(input in vec(any::<u8>(), 0..120)) {
        targets(&input);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn what_is_written_of_repeated_pieces_is_linear(input in vec(any::<u8>(), 0..40)) {
        targets::growth(&input);
    }
}

/// Of random choices the generator makes streams that go through to STOP, with nearly all opcodes in them; and a stream's own
/// choices make it again.
#[test]
fn generated_streams_go_deep() {
    let mut whole = 0;
    let mut opcodes = std::collections::BTreeSet::new();
    let mut seed = 1_u64;
    for _ in 0..2_000 {
        let mut input = vec![5];
        for _ in 0..60 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // No opcode that is taken whether it fits or not.
            input.push((seed >> 33) as u8 & 0x7f);
        }
        for byte in &mut input[1..] {
            let opcode = Opcode::all().nth(usize::from(*byte) % 68);
            *byte = opcode.expect("there are 68").byte();
        }
        let stream = streams::stream(&input);
        let read = pickscope::pickles(&stream).next();
        // Odd numbers and texts are read differently by some.
        if read.is_some_and(|read| read.reading != Reading::Incomplete) {
            whole += 1;
            opcodes.extend(ops(&stream).flatten().map(|op| op.opcode));
        }
    }
    assert!(whole > 250 && opcodes.len() > 60, "{whole} {opcodes:?}");
    let stream = b"\x80\x02}q\x00(X\x01\x00\x00\x00acos\nsystem\nq\x01h\x01U\x01b\x85RNu.";
    assert_eq!(streams::stream(&streams::choices(stream)), stream);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..200)) {
        all(&bytes);
    }

    #[test]
    fn random_opcodes(parts in vec(opcode(), 0..40), stop in any::<bool>()) {
        let mut bytes = parts.concat();
        if stop {
            bytes.push(Opcode::Stop.byte());
        }
        all(&bytes);
    }
}

#[test]
fn damaged_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files = vec![folder];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                fs::read_dir(&path)
                    .expect("corpus/ can be read")
                    .map(|entry| entry.expect("so can its entries").path()),
            );
            continue;
        }
        let bytes = fs::read(&path).expect("a file of corpus/ can be read");
        let bytes = &bytes[..bytes.len().min(2000)];
        all(bytes);
        seen += 1;
        // A damage somewhere in each eighth of the file; tests of the decoder alone change every byte.
        for part in 0..8 {
            let at = bytes.len() * part / 8;
            let mut damaged = bytes.to_vec();
            if let Some(byte) = damaged.get_mut(at) {
                *byte ^= 1 << part;
                all(&damaged);
            }
            all(&bytes[..at]);
        }
    }
    assert!(seen > 50, "corpus/ has its files");
}
