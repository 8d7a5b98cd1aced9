//! The table of opcodes against `pickletools`: a checked-in list, and every Python that pyenv has.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use pickscope::opcode::{Item, Opcode};

use crate::python::{pythons, say};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rows as `tools/opcode_facts.py` prints them.
fn table() -> Vec<Vec<String>> {
    let items = |items: &[Item]| match items {
        [] => String::from("-"),
        items => items
            .iter()
            .map(|item| item.name())
            .collect::<Vec<_>>()
            .join(","),
    };
    let mut rows: Vec<_> = Opcode::all()
        .map(|opcode| {
            vec![
                format!("{:02x}", opcode.byte()),
                opcode.name().to_owned(),
                opcode.protocol().to_string(),
                opcode.shape().name().to_owned(),
                items(opcode.stack_before()),
                items(opcode.stack_after()),
            ]
        })
        .collect();
    rows.sort();
    rows
}

fn parse(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// What `tools/opcode_facts.py` prints under this interpreter.
fn facts(version: &str, python: &Path, arguments: &[&str]) -> Option<Vec<Vec<String>>> {
    let script = root().join("tools/opcode_facts.py");
    match Command::new(python).arg(script).args(arguments).output() {
        Ok(output) if output.status.success() => {
            Some(parse(&String::from_utf8(output.stdout).expect("UTF-8")))
        }
        failed => {
            say(&format!(
                "skipped: Python {version} doesn't run: {failed:?}"
            ));
            None
        }
    }
}

/// A row of 2.7 in the words of 3.x. Four differ, and mean the same.
fn in_words_of_3(row: &mut [String]) {
    for cell in &mut row[4..] {
        let renamed = cell.split(',').map(|item| match item {
            // 2.7 has two types of integers, which 3.0 made one.
            "long" => "int",
            // 2.7's str is bytes; what becomes of it in 3.x is its loader's choice (`encoding`).
            "str" => "bytes_or_str",
            // 2.7's unicode is the str of 3.x.
            "unicode" => "str",
            same => same,
        });
        *cell = renamed.collect::<Vec<_>>().join(",");
    }
    // A memo index is never negative, and 3.x says so; 2.7's pickletools has no descriptor of four unsigned bytes.
    if row[1].starts_with("LONG_BIN") && row[3] == "int4" {
        row[3] = "uint4".to_owned();
    }
}

#[test]
fn table_is_that_of_python_3_13() {
    let path = root().join("tests/facts/opcodes.tsv");
    let checked_in = fs::read_to_string(&path).expect("tests/facts/opcodes.tsv");
    assert_eq!(table(), parse(&checked_in));
}

#[test]
fn table_is_that_of_every_python_here() {
    for (version, python) in pythons() {
        let Some(mut theirs) = facts(&version, &python, &[]) else {
            continue;
        };
        if version.starts_with("2.") {
            theirs.iter_mut().for_each(|row| in_words_of_3(row));
        }
        let highest = theirs.iter().map(|row| &row[2]).max().expect("opcodes");
        let ours: Vec<_> = table()
            .into_iter()
            .filter(|row| row[2] <= *highest)
            .collect();
        assert_eq!(ours, theirs, "Python {version}");
    }
}

#[test]
fn docs_are_one_line_and_our_own() {
    for opcode in Opcode::all() {
        let doc = opcode.doc();
        assert!(
            doc.ends_with('.') && !doc.contains('\n') && doc.trim() == doc,
            "{opcode:?}: {doc:?}"
        );
    }
    let mut copied = BTreeSet::new();
    for (version, python) in pythons() {
        for row in facts(&version, &python, &["--docs"]).unwrap_or_default() {
            let byte = u8::from_str_radix(&row[0], 16).expect("a byte in hex");
            let opcode = Opcode::from_byte(byte).expect("an opcode that Python has");
            if opcode.doc() == row[2] {
                copied.insert(opcode);
            }
        }
    }
    assert_eq!(copied, BTreeSet::new(), "in the words of pickletools");
}

#[test]
fn no_other_byte_is_an_opcode() {
    let known: Vec<u8> = (0..=u8::MAX)
        .filter(|&byte| Opcode::from_byte(byte).is_some_and(|opcode| opcode.byte() == byte))
        .collect();
    let mut ours: Vec<u8> = Opcode::all().map(Opcode::byte).collect();
    ours.sort_unstable();
    assert_eq!(known, ours);
    let unknown = (0..=u8::MAX).filter(|&byte| Opcode::from_byte(byte).is_none());
    assert_eq!(unknown.count(), 188);
}
