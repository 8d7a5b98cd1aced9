//! `tree`: sizes tile the pickle, JSON is what was made and grows with the input, and hostile streams are shown in time.

use std::collections::HashMap;

use pickscope::{
    graph::View,
    machine::Value as Word,
    opcode::Opcode,
    render::{self, Screen, json, tree::Options},
    report::tree::{marks::Marks, trees},
};
use serde_json::Value;

use crate::asm::Asm;

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
    json::tree::tree(
        "x",
        None,
        &mut trees(bytes, true),
        &mut choose,
        options,
        &mut out,
    )
    .expect("memory takes it");
    out
}

fn document(bytes: &[u8]) -> Value {
    serde_json::from_slice(&json_text(bytes, true)).expect("a reader of 128 levels reads it")
}

fn value(bytes: &[u8]) -> Value {
    document(bytes)["pickles"][0]["value"].take()
}

/// Without what tells where something stands.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "offset" | "id" | "size" | "kind" | "is"))
            .map(|(name, value)| (name.clone(), bare(value)))
            .collect(),
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// How many values of a document say their size; none says it twice.
fn sized(pickle: &Value) -> usize {
    let mut seen = HashMap::new();
    let mut todo = vec![pickle];
    while let Some(value) = todo.pop() {
        match value {
            Value::Object(fields) => {
                if let (Some(offset), Some(size)) = (fields.get("offset"), fields.get("size")) {
                    let again = seen.insert(offset.to_string(), size);
                    assert!(again.is_none(), "{offset} counts twice");
                }
                todo.extend(fields.values());
            }
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    seen.len()
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
        assert_eq!(of_roots, reachable(view, marks.roots()), "each opcode once");
    }
    serde_json::from_slice::<Value>(&json_text(bytes, true)).expect("it is a JSON document");
}

/// The bytes of all opcodes that made what can be reached, found by another way.
fn reachable(view: View<'_, '_>, roots: &[(Word, bool)]) -> u64 {
    let mut seen = HashMap::new();
    let mut todo: Vec<Word> = roots.iter().map(|(root, _)| *root).collect();
    while let Some(value) = todo.pop() {
        let Some(op) = view.op(value) else {
            continue;
        };
        if seen.insert(view.place(value), op.length()).is_some() {
            continue;
        }
        let inst = op.opcode == Opcode::Inst;
        let children = view.children(value).map(|child| child.value);
        todo.extend(children.filter(|child| !inst || view.place(*child) != op.offset));
    }
    seen.values().sum()
}

fn memo(index: i64) -> Asm {
    Asm::new().int(Opcode::BinPut, index)
}

#[test]
fn a_list_that_is_filled_after_it_was_put_into_a_tuple() {
    let stream = Asm::new()
        .op(Opcode::EmptyList)
        .raw(memo(0).bytes())
        .op(Opcode::Tuple1)
        .int(Opcode::BinGet, 0)
        .op(Opcode::Mark)
        .int(Opcode::BinInt1, 1)
        .int(Opcode::BinInt1, 2)
        .op(Opcode::Appends)
        .op(Opcode::Pop)
        .stop();
    let due = serde_json::json!({"tuple": [{"list": [{"int": 1}, {"int": 2}]}]});
    assert_eq!(bare(&value(&stream)), due);
    assert!(text(&stream, 80, false, false).ends_with("\n([1, 2],)\n"));
}

#[test]
fn a_dict_and_an_object_that_are_filled_late() {
    let stream = Asm::new()
        .pair(Opcode::Global, "m", "Cell")
        .op(Opcode::EmptyTuple)
        .op(Opcode::NewObj)
        .raw(memo(0).bytes())
        .op(Opcode::EmptyDict)
        .raw(memo(1).bytes())
        .op(Opcode::Tuple2)
        .int(Opcode::BinGet, 0)
        .op(Opcode::EmptyDict)
        .payload(Opcode::ShortBinUnicode, "cell_contents")
        .int(Opcode::BinGet, 0)
        .op(Opcode::SetItem)
        .op(Opcode::Build)
        .op(Opcode::Pop)
        .int(Opcode::BinGet, 1)
        .op(Opcode::None)
        .op(Opcode::NewTrue)
        .op(Opcode::SetItem)
        .op(Opcode::Pop)
        .stop();
    let told = bare(&value(&stream));
    assert_eq!(
        told["tuple"][1],
        serde_json::json!({"dict": [[{"none": true}, {"bool": true}]]})
    );
    let state = &told["tuple"][0]["object"]["state"]["dict"][0];
    assert_eq!(state[0]["str"], "cell_contents");
    assert!(state[1]["ref"].is_u64(), "the cell holds itself: {told}");
}

#[test]
fn states_of_what_is_no_object_are_told() {
    let stream = Asm::new()
        .pair(Opcode::Global, "os", "environ")
        .op(Opcode::EmptyDict)
        .op(Opcode::Build)
        .op(Opcode::None)
        .op(Opcode::Build)
        .stop();
    let due = serde_json::json!({
        "global": {"module": "os", "name": "environ"}, "state": {"dict": []}, "states": [{"none": true}]
    });
    assert_eq!(bare(&value(&stream)), due);
}

#[test]
fn what_was_popped_still_happened() {
    let stream = Asm::new()
        .pair(Opcode::Global, "os", "system")
        .payload(Opcode::ShortBinUnicode, "ls")
        .op(Opcode::Tuple1)
        .op(Opcode::Reduce)
        .op(Opcode::Pop)
        .pair(Opcode::Global, "os", "environ")
        .op(Opcode::EmptyDict)
        .op(Opcode::Build)
        .op(Opcode::Pop)
        .op(Opcode::None)
        .stop();
    let document = document(&stream);
    let dropped = bare(&document["pickles"][0]["dropped"]);
    assert_eq!(
        dropped[0]["object"]["callee"]["global"]["name"], "system",
        "{dropped}"
    );
    assert_eq!(dropped[1]["state"], serde_json::json!({"dict": []}));
    let text = text(&stream, 80, false, false);
    assert!(text.contains("call → os.system('ls')"), "{text}");
    assert!(text.contains("→ os.environ"), "{text}");
}

#[test]
fn what_lies_on_the_stack_of_a_broken_stream() {
    let stream = Asm::new()
        .int(Opcode::Proto, 2)
        .int(Opcode::BinInt1, 1)
        .op(Opcode::EmptyList)
        .raw(b"\xff")
        .bytes();
    let document = document(&stream);
    let pickle = &document["pickles"][0];
    assert!(pickle.get("value").is_none());
    assert_eq!(
        bare(&pickle["stack"]),
        serde_json::json!([{"int": 1}, {"list": []}])
    );
}

#[test]
fn what_the_memo_does_not_have_holds_nothing() {
    let stream = Asm::new()
        .int(Opcode::Proto, 2)
        .int(Opcode::BinGet, 1)
        .int(Opcode::BinGet, 2)
        .op(Opcode::Append)
        .int(Opcode::BinGet, 3)
        .op(Opcode::Build)
        .stop();
    any(&stream);
    for full in [false, true] {
        assert!(text(&stream, 80, full, full).contains("missing"));
    }
}

/// 2^64 leaves in 130 bytes.
fn leaves() -> Vec<u8> {
    let mut stream = Asm::new().int(Opcode::BinInt1, 1);
    for _ in 0..64 {
        stream = stream.op(Opcode::Dup).op(Opcode::Tuple2);
    }
    stream.stop()
}

#[test]
fn the_document_grows_with_the_input() {
    let big = "x".repeat(100_000);
    let many = |asm: Asm, one: &[u8]| {
        let mut stream = asm.op(Opcode::Mark).bytes();
        for _ in 0..20_000 {
            stream.extend(one);
        }
        stream.extend(b"e.");
        stream
    };
    let list = || Asm::new().op(Opcode::EmptyList);
    let string = list()
        .payload(Opcode::BinUnicode, &big)
        .raw(memo(0).bytes());
    let line = list().line(Opcode::Unicode, &big).raw(memo(0).bytes());
    let global = list().pair(Opcode::Global, &big, "f").raw(memo(0).bytes());
    let shared = list()
        .op(Opcode::Mark)
        .raw(b"N".repeat(20_000))
        .op(Opcode::Tuple)
        .raw(memo(0).bytes())
        .pair(Opcode::Global, "m", "f")
        .raw(memo(1).bytes());
    let streams = [
        leaves(),
        many(string.clone(), b"h\0"),
        many(string, b"}h\0Ns"),
        many(line, b"h\0"),
        many(global, b"h\0"),
        many(shared.clone(), b"h\x01h\0R"),
        many(shared, b"h\x01h\0\x81"),
    ];
    for stream in streams {
        for (what, length) in [
            ("json", json_text(&stream, true).len()),
            ("text", text(&stream, 80, false, false).len()),
            ("all of the text", text(&stream, 80, true, false).len()),
            ("sizes", text(&stream, 80, true, true).len()),
        ] {
            assert!(
                length < 2000 + 100 * stream.len(),
                "{what}: {length} bytes of {}",
                stream.len()
            );
        }
        any(&stream);
    }
}

#[test]
fn deep_streams_in_every_form() {
    const DEEP: usize = 600_000;
    let lists = [b"]".repeat(DEEP), b"a".repeat(DEEP - 1), b".".to_vec()].concat();
    let tuples = [b")".to_vec(), b"\x85".repeat(DEEP), b".".to_vec()].concat();
    let calls = [
        b"cm\nf\n".repeat(DEEP / 6),
        b")R".to_vec(),
        b"\x85R".repeat(DEEP / 6 - 1),
        b".".to_vec(),
    ]
    .concat();
    for stream in [lists, tuples, calls] {
        let document = document(&stream);
        let more = document["pickles"][0]["more"].as_object();
        assert!(more.is_some_and(|more| more.len() > 1000));
        for full in [false, true] {
            for sizes in [false, true] {
                let text = text(&stream, 80, full, sizes);
                assert!(text.len() < 2000 + 120 * stream.len());
            }
        }
    }
}

#[test]
fn sizes_in_the_document_tile_the_pickle() {
    for stream in [
        leaves(),
        std::fs::read("corpus/everyday-p4.pkl").expect("it is there"),
        std::fs::read("corpus/cloudpickle-class-py313-p5.pkl").expect("it is there"),
        [b"]".repeat(500), b"a".repeat(499), b".".to_vec()].concat(),
    ] {
        let document = document(&stream);
        let pickle = &document["pickles"][0];
        let bytes = |name: &str| pickle["bytes"][name].as_u64().expect("a number");
        assert_eq!(
            bytes("values") + bytes("dropped") + bytes("overhead"),
            pickle["end"].as_u64().expect("a number")
        );
        assert_eq!(pickle["value"]["size"], bytes("values"));
        assert!(sized(pickle) > 60);
    }
}

#[test]
fn no_line_is_wider_than_the_screen() {
    use unicode_width::UnicodeWidthStr;
    for file in ["everyday-p4", "instances-p4", "numpy2-p4", "functions-p4"] {
        let bytes = std::fs::read(format!("corpus/{file}.pkl")).expect("it is there");
        for width in [80, 100, 140] {
            for line in text(&bytes, width, false, false).lines() {
                assert!(line.width() <= width, "{file}: {line}");
            }
        }
    }
}
