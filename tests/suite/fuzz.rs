//! The bodies of the fuzz targets, run briefly: on random bytes, on random opcodes, and on damaged files of corpus/.

use std::{fs, path::Path};

use pickscope::opcode::{Layout, Opcode};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{asm::Asm, bodies};

fn all(bytes: &[u8]) {
    bodies::decode(bytes);
    bodies::meanings(bytes);
    bodies::rows_in_order(bytes);
    bodies::readings(bytes);
    #[cfg(feature = "cli")]
    {
        bodies::printers::text_for_people(bytes);
        bodies::printers::json_lines(bytes);
        bodies::printers::pickletools_text(bytes);
        bodies::printers::refs_texts(bytes);
        bodies::printers::explain_texts(bytes);
        bodies::printers::tree_texts(bytes);
        bodies::printers::parts_texts(bytes);
        crate::tree::any(bytes);
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
        // A damage somewhere in each sixteenth of the file; tests of the decoder alone change every byte.
        for part in 0..16 {
            let at = bytes.len() * part / 16;
            let mut damaged = bytes.to_vec();
            if let Some(byte) = damaged.get_mut(at) {
                *byte ^= 1 << (part % 8);
                all(&damaged);
            }
            all(&bytes[..at]);
        }
    }
    assert!(seen > 50, "corpus/ has its files");
}
