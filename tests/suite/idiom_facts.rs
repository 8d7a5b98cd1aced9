//! The words of idioms agree with what the library says that wrote the pickle, once it has loaded it:
//! `tests/facts/idioms.tsv`.

use std::{collections::BTreeMap, fs};

use pickscope::{
    graph::{Graph, View},
    idiom::{self, Word},
    machine::{Kind, Value},
    reader::Reader,
};

use crate::python::say;

/// The kinds whose words must hold a fact, and which: of what else the table has, the words tell less or by parts.
const HELD: &[(&str, &[usize])] = &[
    ("array", &[0, 1]),
    ("uuid", &[0]),
    ("decimal", &[0]),
    ("fraction", &[0]),
    ("datetime", &[0]),
    ("date", &[0]),
    ("time", &[0]),
    ("path", &[1]),
    ("address", &[1]),
    ("bound-method", &[1]),
    ("tensor", &[1]),
    ("dtype", &[0]),
    ("frame", &[0]),
    ("zoneinfo", &[0]),
];

/// Words that stand for a fact in other terms: fields and arrays within an array have their dtypes as parts, and a path of
/// Windows is shown with the slashes that its `repr` has.
const OTHERWISE: &[&str] = &[
    "structured",
    "subarray",
    "big-endian",
    "StringDType",
    "PureWindowsPath",
];

/// The words, values in them as short as they can be told.
fn words(view: View<'_, '_>, value: Value) -> Option<String> {
    let idiom = idiom::stands_for(view, value)?;
    Some(
        idiom
            .words
            .iter()
            .map(|word| match word {
                Word::Ours(words) => words.clone().into_owned(),
                Word::Name(name) => String::from_utf8_lossy(name.as_bytes()).into_owned(),
                Word::Value(value) => view
                    .text(*value)
                    .map(|text| text.into_owned())
                    .or_else(|| view.integer(*value).map(|number| number.to_string()))
                    .unwrap_or_else(|| value.kind().name().to_owned()),
            })
            .collect(),
    )
}

#[test]
fn words_hold_what_the_library_says() {
    let root = env!("CARGO_MANIFEST_DIR");
    let table =
        fs::read_to_string(format!("{root}/tests/facts/idioms.tsv")).expect("the table is there");
    let mut files: BTreeMap<&str, Vec<[&str; 5]>> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, label, kind, facts @ ..] = columns.as_slice() else {
            panic!("six columns: {line}");
        };
        let facts: [&str; 3] = facts.try_into().expect("three facts");
        files
            .entry(file)
            .or_default()
            .push([label, kind, facts[0], facts[1], facts[2]]);
    }
    let (mut compared, mut otherwise, mut calls) = (0, 0, BTreeMap::<&str, usize>::new());
    let mut wrong: Vec<String> = Vec::new();
    for (file, rows) in files {
        let bytes = fs::read(format!("{root}/corpus/{file}")).expect("a file of the corpus");
        let mut reader = Reader::keeping(&bytes, 0, Graph::new());
        while reader.advance() {}
        let graph = reader.finish_with().1;
        let view = View::new(&graph, &bytes);
        let Some(value) = view.root() else { continue };
        if !matches!(value.kind(), Kind::Dict | Kind::Object) {
            continue;
        }
        let labelled: BTreeMap<String, Value> = view
            .pairs(value)
            .into_iter()
            .flatten()
            .filter_map(|(label, value)| Some((view.text(label)?.into_owned(), value)))
            .collect();
        for [label, kind, facts @ ..] in rows {
            let Some((_, held)) = HELD.iter().find(|(own, _)| *own == kind) else {
                continue;
            };
            let Some(value) = labelled.get(label) else {
                continue;
            };
            let Some(words) = words(view, *value) else {
                *calls.entry(kind).or_default() += 1;
                continue;
            };
            for fact in held.iter().map(|at| facts[*at]).filter(|fact| *fact != "-") {
                // numpy marks what has no byte order.
                let fact = fact.trim_start_matches(['|', '<']);
                if words.contains(fact) {
                    compared += 1;
                } else if OTHERWISE.iter().any(|terms| words.contains(terms)) {
                    otherwise += 1;
                } else {
                    wrong.push(format!("{file}, {label}: {words:?} should hold {fact}"));
                }
            }
        }
    }
    say(&format!(
        "{compared} facts of idioms agree, {otherwise} are told in other terms, still calls: {calls:?}"
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 500, "{compared} compared");
}
