//! `tree`: sizes tile the pickle, JSON is what was made and grows with the input, and hostile streams are shown in time.

use std::collections::HashMap;

use pickscope::opcode::Opcode;
use serde_json::Value;

use crate::{
    asm::Asm,
    bodies::trees::{any, json_text, text},
};

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

/// A call that must be seen wherever it stands.
const MARKER: &[u8] = b"cposix\nMARK\n)R";

/// What puts the marker into a stream behind the opcode that made a value.
const GIVEN: [(&str, &[u8], &[u8]); 5] = [
    ("a state", b"", b"b"),
    ("an item", b"", b"a"),
    ("under a key", b"I1\n", b"s"),
    ("in the dict of a state", b"}I1\n", b"sb"),
    ("for a slot", b"(N}I1\n", b"stb"),
];

/// Streams with a marker in the place of one atom, or given to what one opcode made; about `most` of them.
fn marked(bytes: &[u8], most: usize) -> Vec<(String, Vec<u8>)> {
    let ops: Vec<_> = pickscope::decode::ops(bytes)
        .map_while(Result::ok)
        .collect();
    let end = ops.iter().position(|op| op.opcode == Opcode::Stop);
    let ops = &ops[..=end.expect("it ends")];
    let places: Vec<(usize, Option<usize>)> = ops
        .iter()
        .enumerate()
        .flat_map(|(at, op)| -> Vec<_> {
            use Opcode as O;
            match op.opcode {
                O::Reduce
                | O::NewObj
                | O::NewObjEx
                | O::Obj
                | O::Inst
                | O::Build
                | O::Tuple
                | O::Tuple1
                | O::Tuple2
                | O::Tuple3
                | O::StackGlobal
                | O::BinPersId => (0..GIVEN.len()).map(|how| (at, Some(how))).collect(),
                O::EmptyList | O::EmptyDict | O::EmptySet | O::EmptyTuple | O::Global => {
                    vec![(at, None), (at, Some(at % GIVEN.len()))]
                }
                // What is data; the memo's, marks' and frames' opcodes are not.
                O::None | O::NewTrue | O::NewFalse => vec![(at, None)],
                opcode
                    if opcode.stores() == Some(pickscope::opcode::Storage::Value)
                        && op.length() > 1 =>
                {
                    vec![(at, None)]
                }
                _ => Vec::new(),
            }
        })
        .collect();
    let step = places.len().div_ceil(most).max(1);
    let own = |op: &pickscope::decode::Op<'_>| {
        let start = op.offset as usize;
        bytes[start..start + op.length() as usize].to_vec()
    };
    places
        .iter()
        .step_by(step)
        .map(|(place, how)| {
            let mut stream = Vec::new();
            for (at, op) in ops
                .iter()
                .enumerate()
                .filter(|(_, op)| op.opcode != Opcode::Frame)
            {
                match how {
                    None if at == *place => stream.extend(MARKER),
                    Some(how) if at == *place => {
                        stream.extend(own(op));
                        stream.extend([GIVEN[*how].1, MARKER, GIVEN[*how].2].concat());
                    }
                    _ => stream.extend(own(op)),
                }
            }
            let op = &ops[*place];
            let what = how.map_or("in its place", |how| GIVEN[how].0);
            (
                format!("{what}: {} at {}", op.opcode.name(), op.offset),
                stream,
            )
        })
        .collect()
}

/// Over `MARKED` streams of each file, a few by default.
#[test]
fn no_call_hides() {
    let most = std::env::var("MARKED")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut files: Vec<_> = std::fs::read_dir("corpus")
        .expect("corpus/ is there")
        .map(|entry| entry.expect("so are its entries").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pkl"))
        .collect();
    files.sort();
    let (mut all, mut hidden) = (0, Vec::new());
    for file in files {
        let bytes = std::fs::read(&file).expect("a file of the corpus can be read");
        if bytes.len() > 20_000 || pickscope::decode::ops(&bytes).any(|op| op.is_err()) {
            continue;
        }
        for (what, stream) in marked(&bytes, most.unwrap_or(12)) {
            all += 1;
            if !text(&stream, 100, true, false).contains("call → posix.MARK") {
                hidden.push(format!("{}, {what}", file.display()));
            }
        }
    }
    assert!(
        hidden.is_empty(),
        "{} of {all}:\n{}",
        hidden.len(),
        hidden.join("\n")
    );
    assert!(all > 500, "{all}");
}

/// The tree of a stream of protocol 4, all of it, without its title.
fn shown(parts: &[&[u8]]) -> String {
    let stream = [b"\x80\x04", parts.concat().as_slice(), b"."].concat();
    let text = text(&stream, 100, true, false);
    let tree = text.split_once("\n\n").expect("a title").1;
    tree.trim_end().to_owned()
}

#[test]
fn what_words_name_has_a_row() {
    assert_eq!(
        shown(&[MARKER, b")\x81"]),
        "instance of object at 15, class: call → posix.MARK()"
    );
    let undecided = shown(&[MARKER, b"\x8c\x01x\x93)R"]);
    assert!(
        undecided.contains("module: call → posix.MARK()"),
        "{undecided}"
    );
}

#[test]
fn a_key_that_holds_others_has_a_row() {
    let due =
        "dict of 1\n├─ key: tuple of 1\n│  └─ [0] call → posix.system('id')\n└─ tuple at 23: 1";
    let call = b"}cposix\nsystem\n\x8c\x02id\x85R\x85K\x01s".as_slice();
    assert_eq!(shown(&[call]), due);
    assert_eq!(
        shown(&[b"}", MARKER, b"\x85K\x01s"]),
        "{(call → posix.MARK(),): 1}"
    );
    let frozen = shown(&[b"}(", MARKER, b"\x91K\x01s"]);
    assert!(frozen.contains("call → posix.MARK()"), "{frozen}");
    // What is told in the label has none.
    assert_eq!(shown(&[b"}K\x01K\x02\x86K\x03s"]), "{(1, 2): 3}");
}

#[test]
fn what_a_call_copied_is_not_what_was_put_there_later() {
    let set = [
        b"]\x94K\x01acbuiltins\nset\nh\0\x85R\x94".as_slice(),
        b"h\0K\x02a0h\x01",
    ];
    assert_eq!(shown(&[set[0]]), "set [1]");
    assert_eq!(shown(&set), "call → builtins.set([1, 2])");
    let space = b"}\x94ctypes\nSimpleNamespace\n)R\x94h\0b".as_slice();
    assert_eq!(shown(&[space]), "instance of → types.SimpleNamespace");
    assert_eq!(
        shown(&[space, b"h\0\x8c\x04lateK\x02s0h\x01"]),
        "instance of → types.SimpleNamespace, state: {'late': 2}"
    );
}

#[test]
fn a_list_with_something_set_in_it_is_no_set() {
    let text = shown(&[b"cbuiltins\nset\n]K\x01aK\0", MARKER, b"s\x85R"]);
    assert!(text.starts_with("call → builtins.set\n"), "{text}");
    assert!(text.contains("0: call → posix.MARK()"), "{text}");
}

#[test]
fn arguments_that_are_no_tuple_are_told() {
    let text = shown(&[b"ccopyreg\n__newobj_ex__\n(cm\nC\n", MARKER, b"}tR"]);
    assert!(text.contains("call → posix.MARK()"), "{text}");
}

#[test]
fn a_registry_that_is_changed_tells_nothing() {
    let add = b"ccopyreg\nadd_extension\n(\x8c\x01m\x8c\x01nK\x07tR0".as_slice();
    assert!(shown(&[add, b"\x82\x07"]).starts_with("→ extension code 7, here m.n"));
    let others: [&[u8]; 4] = [
        b"ccopyreg\nremove_extension\n(\x8c\x01m\x8c\x01nK\x07tR0",
        b"ccopyreg\n_inverted_registry\nK\x07Ns0",
        b"cpickle\n_extension_cache\nK\x07Ns0",
        add,
    ];
    for other in others {
        let text = shown(&[add, other, b"\x82\x07"]);
        assert!(text.starts_with("→ extension code 7\n"), "{text}");
    }
}

#[test]
fn names_are_whole_where_all_is_asked_for() {
    let name = "a.rather.long.module.of.a.library.that.likes.long.names";
    let call = format!("c{name}\n{}\n)R", "C".repeat(90));
    assert!(shown(&[call.as_bytes()]).contains(&format!("{name}.{}", "C".repeat(90))));
    let short = format!("c{name}\nC\n)R.").into_bytes();
    let line = text(&short, 60, false, false);
    assert!(line.contains(&format!("call → {name}.C")), "{line}");
}

#[test]
fn long_bytes_as_text_are_cut() {
    let bytes = [
        b"\x80\x04c_codecs\nencode\n\x8c\xc8".as_slice(),
        &[b'x'; 200],
        b"\x8c\x06latin1\x86R.",
    ]
    .concat();
    let line = text(&bytes, 80, false, false);
    assert!(
        line.contains("… 200 bytes") && line.lines().all(|line| line.chars().count() <= 80),
        "{line}"
    );
    assert!(text(&bytes, 80, true, false).contains(&"x".repeat(200)));
}

#[test]
fn a_word_is_not_said_twice() {
    for (file, told, twice) in [
        ("torch1-saved-p2", "layout: ", "layout: layout"),
        ("numpy1-arrays-p4", "dtype: ", "dtype: dtype"),
    ] {
        let bytes = std::fs::read(format!("corpus/{file}.pkl")).expect("it is there");
        let text = text(&bytes, 100, true, false);
        assert!(
            text.contains(told) && !text.contains(twice),
            "{file}: {text}"
        );
    }
}

/// Arguments that two calls share are arguments of each, but what they hold is told once.
#[test]
fn what_shared_arguments_hold_is_told_once() {
    let lines: Vec<u8> = (b'a'..=b'c')
        .flat_map(|byte| [&b"U\x3c"[..], &[byte; 60]].concat())
        .collect();
    let stream = [
        b"cm\nC\nq\0(](",
        &lines[..],
        b"etq\x01h\0h\x01\x81h\0h\x01\x81\x86.",
    ]
    .concat();
    let text = text(&stream, 80, true, false);
    assert_eq!(text.matches(&"b".repeat(60)).count(), 1, "{text}");
    assert!(
        text.contains("(0) list of 3\n") && text.contains("(0) list of 3, told above\n"),
        "{text}"
    );
}
