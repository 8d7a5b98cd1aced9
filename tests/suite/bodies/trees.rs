//! Values as `tree` shows them: sizes tile the pickle, JSON parses.

use std::collections::HashMap;

use pickscope::{
    graph::View,
    inspect::parts::Place,
    machine::Value as Word,
    opcode::Opcode,
    render::{self, Screen, json, tree::Options},
    report::{
        parts::Summary,
        tree::{marks::Marks, trees},
    },
};
use serde_json::Value;

pub fn text(bytes: &[u8], width: usize, full: bool, sizes: bool) -> String {
    let screen = Screen {
        color: false,
        width,
        full,
    };
    let options = Options {
        screen,
        depth: None,
        sizes,
    };
    let mut out = Vec::new();
    for grown in trees(bytes, true) {
        let title = render::tree::Title {
            numbered: false,
            path: None,
        };
        render::tree::tree(&grown, &Marks::new(&grown), title, options, &mut out)
            .expect("memory takes it");
    }
    String::from_utf8(out).expect("it is text")
}

pub fn json_text(bytes: &[u8], sizes: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut choose = |grown: &pickscope::report::tree::Grown<'_>| {
        Some(json::tree::Chosen {
            marks: Marks::new(grown),
            path: None,
        })
    };
    let options = json::tree::Options { sizes };
    let mut document = json::tree::Trees::begin("x", None, &mut out).expect("memory takes it");
    let place = Place::default();
    document
        .part(&place, &mut trees(bytes, true), &mut choose, options)
        .expect("memory takes it");
    document.end(&Summary::default()).expect("memory takes it");
    out
}

/// What must hold for any bytes.
pub fn any(bytes: &[u8]) {
    for grown in trees(bytes, true) {
        let marks = Marks::new(&grown);
        let told = marks.bytes();
        assert_eq!(
            told.values + told.dropped + told.overhead,
            grown.pickle.span.length(),
            "the sizes tile the pickle"
        );
        let view = grown.view();
        let of_roots: u64 = marks
            .roots()
            .iter()
            .filter(|(_, first)| *first)
            .map(|(root, _)| marks.size(view, *root))
            .sum();
        assert_eq!(of_roots, told.values);
        // Bytes behind a value are its own.
        let raws = grown.pickle.raws.iter().filter(|raw| !raw.is_pickle);
        let raws = raws.map(|raw| (raw.of, raw.span.length())).collect();
        assert_eq!(
            of_roots,
            reachable(view, marks.roots(), &raws),
            "each opcode once"
        );
    }
    serde_json::from_slice::<Value>(&json_text(bytes, true)).expect("it is a JSON document");
}

/// The bytes of all opcodes that made what can be reached, found by another way.
fn reachable(view: View<'_, '_>, roots: &[(Word, bool)], raws: &HashMap<u64, u64>) -> u64 {
    let mut seen = HashMap::new();
    let mut todo: Vec<Word> = roots.iter().map(|(root, _)| *root).collect();
    while let Some(value) = todo.pop() {
        let Some(op) = view.op(value) else {
            continue;
        };
        let raw = raws.get(&view.place(value)).copied().unwrap_or(0);
        if seen.insert(view.place(value), op.length() + raw).is_some() {
            continue;
        }
        let inst = op.opcode == Opcode::Inst;
        let children = view.children(value).map(|child| child.value);
        todo.extend(children.filter(|child| !inst || view.place(*child) != op.offset));
    }
    seen.values().sum()
}
