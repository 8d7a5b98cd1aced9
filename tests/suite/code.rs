//! `code`: what is found in pickles of dill and cloudpickle, what it needs, and hostile streams.

use pickscope::{
    code::marshal,
    python::Python,
    render::{
        self, Screen,
        json::{self, code::Asked},
    },
    report::{
        code::{Report, marshalled, stored},
        dump,
        tree::trees,
    },
};
use serde_json::Value;

use crate::bodies::trees as tree;

fn text(bytes: &[u8], full: bool) -> String {
    let screen = Screen {
        color: false,
        width: 100,
        full,
    };
    let mut page = render::code::Page::new(screen, false);
    let mut out = Vec::new();
    for grown in trees(bytes, true) {
        let marshalled = marshalled(&grown);
        let stored = stored(&grown, &marshalled);
        let mut report = Report::of(&grown, &stored);
        page.pickle(&grown, &mut report, false, &mut out)
            .expect("memory takes it");
    }
    page.end(None, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("it is text")
}

fn json_text(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut trees = trees(bytes, true);
    let length = Some(bytes.len() as u64);
    let mut document = json::code::Document::begin("f", length, &mut out).expect("memory takes it");
    document
        .part(&Default::default(), &mut trees, Asked::default())
        .expect("memory takes it");
    document.end(&Default::default()).expect("memory takes it");
    out
}

fn document(bytes: &[u8]) -> Value {
    serde_json::from_slice(&json_text(bytes)).expect("it is JSON")
}

fn corpus(name: &str) -> Vec<u8> {
    std::fs::read(format!("corpus/{name}.pkl")).expect("a file of the corpus can be read")
}

/// All entries, those inside others behind them.
fn entries(document: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    let mut open: Vec<&Value> = document["functions"]
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .collect();
    while let Some(entry) = open.pop() {
        all.push(entry);
        open.extend(entry["nested"].as_array().expect("a list").iter().rev());
    }
    all
}

fn called<'d>(document: &'d Value, name: &str) -> &'d Value {
    entries(document)
        .into_iter()
        .find(|entry| entry["name"] == name)
        .unwrap_or_else(|| panic!("{name} is found"))
}

fn needs(entry: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    entry["globals"]["needed"]
        .as_array()
        .expect("its bytecode can be followed")
        .iter()
        .map(|need| (text(&need["name"]), text(&need["status"])))
        .collect()
}

fn closure(entry: &Value) -> Vec<(String, Value)> {
    let cells = entry["closure"].as_array().expect("a list").iter();
    cells
        .map(|cell| {
            (
                cell[0].as_str().expect("a name").to_owned(),
                cell[1].clone(),
            )
        })
        .collect()
}

#[test]
fn squared_is_told() {
    let bytes = corpus("squared");
    let document = document(&bytes);
    let squared = called(&document, "squared");
    for (key, value) in [
        ("kind", Value::from("function")),
        ("offset", 2.into()),
        ("length", 209.into()),
        ("signature", "squared(x)".into()),
        ("filename", "<stdin>".into()),
        ("firstlineno", 1.into()),
        ("consts", vec!["None", "2"].into()),
        ("pythons", vec!["2.7"].into()),
        ("code_hex", "7c00006401001353".into()),
    ] {
        assert_eq!(squared[key], value, "{key}");
    }
    assert_eq!(squared["writer"]["library"], "dill");
    assert_eq!(squared["writer"]["version"], "<=0.2.4");
    let text = text(&bytes, false);
    assert!(
        text.contains("no Python has __builtin__.__main__"),
        "{text}"
    );
    assert!(text.contains("This is executable code"), "{text}");
}

/// `0.2.4` in `<=0.2.7.1`, `0.2.5 to 0.2.7.1`, `0.3.6 or newer`, `2.2`.
fn is_in(version: &str, range: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        text.split('.')
            .map(|part| part.parse().expect("a number"))
            .collect()
    };
    let version = numbers(version);
    // `1.3` as an end has all of 1.3.
    let until = |last: &str| {
        let last = numbers(last);
        version <= last || version.starts_with(&last)
    };
    if let Some(last) = range.strip_prefix("<=") {
        return until(last);
    }
    if let Some(first) = range.strip_suffix(" or newer") {
        return version >= numbers(first);
    }
    match range.split_once(" to ") {
        Some((first, last)) => version >= numbers(first) && until(last),
        None => version.starts_with(&numbers(range)),
    }
}

#[test]
fn writers_are_told_from_layouts() {
    let manifest = std::fs::read_to_string("corpus/MANIFEST.tsv").expect("it is there");
    let mut files = 0;
    for line in manifest.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let words: Vec<&str> = columns[1].split(' ').collect();
        let [
            library @ ("dill" | "cloudpickle"),
            version,
            "on",
            "CPython",
            python,
        ] = words[..]
        else {
            continue;
        };
        files += 1;
        let python = python.rsplit_once('.').expect("a micro version").0;
        let bytes = std::fs::read(format!("corpus/{}", columns[0])).expect("it can be read");
        let document = document(&bytes);
        let mut functions = 0;
        for entry in entries(&document) {
            let writer = &entry["writer"];
            if writer.is_object() {
                assert_eq!(writer["library"], library, "{line}");
                let range = writer["version"].as_str().expect("it is known");
                assert!(is_in(version, range), "{range}: {line}");
            }
            if let Some(pythons) = entry["pythons"].as_array() {
                assert!(pythons.contains(&python.into()), "{pythons:?}: {line}");
                functions += 1;
            }
        }
        assert!(functions > 0, "{line}");
        assert_eq!(
            document["problems"].as_array().map(Vec::len),
            Some(0),
            "{line}"
        );
    }
    assert!(files >= 30, "{files}");
}

#[test]
fn closures_are_told_as_they_are_in_the_end() {
    let mut files = 0;
    for file in std::fs::read_dir("corpus").expect("it is there") {
        let path = file.expect("so are its entries").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if !name.contains("-closure-") {
            continue;
        }
        files += 1;
        let document = document(&std::fs::read(&path).expect("it can be read"));
        let scale = called(&document, "scale");
        assert_eq!(scale["signature"], "scale(x, y=2, *rest)", "{name}");
        let cells = [
            ("n".to_owned(), "3".into()),
            ("seen".to_owned(), "[]".into()),
        ];
        assert_eq!(closure(scale), cells, "{name}");
        assert_eq!(needs(scale), [], "{name}");
    }
    assert!(files >= 14, "{files}");
}

#[test]
fn classes_have_their_methods() {
    for name in [
        "dill-class-py27-p2",
        "dill-class-py37-p2",
        "dill-class-py313-p4",
    ]
    .into_iter()
    .chain(["cloudpickle-class-py36-p2", "cloudpickle-class-py39-p4"])
    .chain(["cloudpickle-class-py313-p5"])
    {
        let document = document(&corpus(name));
        let account = called(&document, "Account");
        assert_eq!(account["kind"], "class", "{name}");
        assert_eq!(account["bases"][0], "object", "{name}");
        let nested: Vec<_> = account["nested"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|entry| entry["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(nested, ["__init__", "label"], "{name}");
        let methods = account["methods"].as_array().expect("a list");
        assert_eq!(methods[1]["wrapper"], "property", "{name}");
    }
    let document = document(&corpus("cloudpickle-enum-py313-p5"));
    assert_eq!(called(&document, "Color")["enum"], true);
    assert_eq!(called(&document, "shout")["kind"], "function");
}

#[test]
fn names_are_missing_stored_or_builtin() {
    let need = |name: &str, status: &str| (name.to_owned(), status.to_owned());
    for name in ["dill-needs-py38-p4", "dill-needs-py313-p4"] {
        let document = document(&corpus(name));
        let mut needs = needs(called(&document, "area"));
        needs.sort();
        let missing = ["PI", "half", "math"].map(|one| need(one, "missing"));
        assert_eq!(needs[..3], missing, "{name}");
        assert_eq!(needs[3..], [need("round", "builtin")], "{name}");
    }
    for name in ["dill-needs-stored-py313-p4", "cloudpickle-needs-py37-p4"]
        .into_iter()
        .chain(["cloudpickle-needs-py313-p5"])
    {
        let document = document(&corpus(name));
        let mut needs = needs(called(&document, "area"));
        needs.sort();
        let stored = ["PI", "half", "math"].map(|one| need(one, "stored"));
        assert_eq!(needs[..3], stored, "{name}");
        assert_eq!(called(&document, "half")["signature"], "half(x)", "{name}");
    }
}

/// `types.FunctionType(code, …)` as a hand may write it, by REDUCE of protocol 2.
fn by_hand(code: &[u8]) -> Vec<u8> {
    let data = [&[b'B'][..], &(code.len() as u32).to_le_bytes(), code].concat();
    [
        b"\x80\x03ctypes\nFunctionType\ncmarshal\nloads\n".as_slice(),
        &data,
        b"\x85R}\x86R.",
    ]
    .concat()
}

fn marshal_of_squared() -> Vec<u8> {
    corpus("squared")[59..161].to_vec()
}

#[test]
fn code_of_a_hand_is_recognised() {
    let document = document(&by_hand(&marshal_of_squared()));
    let squared = called(&document, "squared");
    assert_eq!(squared["writer"]["library"], "Python");
    assert_eq!(squared["signature"], "squared(x)");
}

#[test]
fn bytes_that_look_like_code_are_bytes() {
    let data = marshal_of_squared();
    assert!(marshal::read(&data).is_ok());
    let stream = [&[0x80, 3, b'C', data.len() as u8], data.as_slice(), b"."].concat();
    assert_eq!(document(&stream)["functions"], Value::Array(Vec::new()));
    assert!(text(&stream, false).contains("No function, class or module is stored by value"));
}

#[test]
fn what_no_library_writes_is_noted_and_stays_a_call() {
    // Too few arguments, arguments of other kinds, marshal data that isn't.
    for stream in [
        b"\x80\x02cdill._dill\n_create_code\nK\x01K\x02\x86R.".as_slice(),
        b"\x80\x02cdill._dill\n_create_function\nN\x85R.",
        b"\x80\x02cdill.dill\n_unmarshal\nU\x03abc\x85R.",
        b"\x80\x02ccloudpickle.cloudpickle\n_fill_function\nN}\x86R.",
        b"\x80\x02ctypes\nFunctionType\nN}\x86R.",
    ] {
        let document = document(stream);
        let problems = document["problems"].as_array().expect("a list");
        assert_eq!(problems[0]["code"], "unread-code", "{document}");
        assert!(tree::text(stream, 100, true, false).contains("call → "));
        let text = text(stream, false)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains("isn't as any library writes code"), "{text}");
    }
}

#[test]
fn dump_and_tree_say_what_it_is() {
    let bytes = corpus("squared");
    let words = "function squared(x), by value, 102 bytes of Python 2.7 code";
    assert!(tree::text(&bytes, 100, false, false).contains(words));
    let mut said = 0;
    for row in dump::rows(&bytes, true) {
        if let dump::Row::Line(line) = row
            && let dump::Said::More(more) = line.said
            && let dump::More::StandsFor(_) = *more
        {
            said += 1;
        }
    }
    assert_eq!(said, 2, "the code, and the function");
}

#[test]
fn broken_streams_are_read_as_far_as_they_go() {
    for name in [
        "squared",
        "dill-closure-py313-p4",
        "cloudpickle-needs-py313-p5",
    ] {
        let bytes = corpus(name);
        for end in 0..bytes.len() {
            document(&bytes[..end]);
        }
    }
    for name in ["squared", "cloudpickle-class-py36-p2"] {
        let mut bytes = corpus(name);
        for at in 0..bytes.len() {
            let own = bytes[at];
            for other in [own ^ 1, own ^ 0x80, 0, 0xff, b'R', b'.'] {
                bytes[at] = other;
                document(&bytes);
                text(&bytes, true);
            }
            bytes[at] = own;
        }
    }
}

/// Many functions of one code object that has many constants and names.
fn shared(functions: usize, names: usize) -> Vec<u8> {
    let mut stream = b"\x80\x02".to_vec();
    let mut tuple = vec![b'('];
    for number in 0..names {
        let name = format!("n{number}");
        tuple.extend([b'X']);
        tuple.extend((name.len() as u32).to_le_bytes());
        tuple.extend(name.as_bytes());
    }
    tuple.extend(b"t");
    stream.extend(b"cdill._dill\n_create_code\n(K\x00K\x00K\x00K\x00K\x01K\x43");
    stream.extend(b"C\x04d\x00S\x00");
    stream.extend(&tuple);
    stream.extend(b"q\x01h\x01)X\x01\x00\x00\x00fX\x01\x00\x00\x00fK\x01C\x02\x00\x01))tRq\x02");
    stream.extend(b"cdill._dill\n_create_function\nq\x03]");
    for _ in 0..functions {
        stream.extend(b"h\x03(h\x02}NNNtRa");
    }
    stream.extend(b".");
    stream
}

#[test]
fn sharing_is_told_in_room_that_grows_with_the_input() {
    let small = shared(200, 200);
    let document = document(&small);
    assert_eq!(entries(&document).len(), 200);
    let stream = shared(5000, 5000);
    let written = json_text(&stream);
    assert!(
        written.len() < stream.len() * 200 + (64 << 20),
        "{} of {}",
        written.len(),
        stream.len()
    );
    assert!(String::from_utf8_lossy(&written).contains("left-out"));
    text(&stream, false);
}

#[test]
fn code_in_code_is_told_without_going_down() {
    // Each code object is the constant of the next.
    let mut stream = b"\x80\x03cdill._dill\n_create_code\nq\x00N".to_vec();
    for _ in 0..3000 {
        stream.extend(b"\x85q\x010h\x00(K\x00K\x00K\x00K\x00K\x01K\x43C\x04d\x00S\x00h\x01))");
        stream.extend(b"X\x01\x00\x00\x00fX\x01\x00\x00\x00fK\x01C\x02\x00\x01))tR");
    }
    stream.extend(b".");
    let document = document(&stream);
    assert_eq!(entries(&document).len(), 3000);
    text(&stream, true);
    tree::text(&stream, 100, false, false);
}

#[test]
fn what_holds_itself_is_told_once() {
    // A function in its own closure: _make_function(code, …, (cell,)), the cell set to it.
    let bytes = corpus("cloudpickle-needs-py313-p5");
    assert!(entries(&document(&bytes)).len() >= 2);
    let stream = b"\x80\x02cdill._dill\n_create_cell\nN\x85Rq\x00c__builtin__\nsetattr\n(h\x00X\x0d\x00\x00\x00cell_contentsh\x00tR0.";
    document(stream);
    text(stream, true);
}

/// A string of marshal with its letter.
fn marshalled_string(letter: u8, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_le_bytes();
    [[letter].as_slice(), &length, bytes].concat()
}

/// Marshal data of a code object of Python 3.8 with its bytecode, constants, names and file name.
fn marshalled_code(bytecode: &[u8], consts: &[u8], names: &[u8], filename: &[u8]) -> Vec<u8> {
    let mut code = vec![b'c'];
    for number in [0_u32, 0, 0, 0, 1, 0x40] {
        code.extend(number.to_le_bytes());
    }
    for part in [
        marshalled_string(b's', bytecode).as_slice(),
        consts,
        names,
        b")\0)\0)\0",
        filename,
        b"z\x01g\x01\0\0\0s\0\0\0\0",
    ] {
        code.extend(part);
    }
    code
}

fn marshalled_tuple(items: &[Vec<u8>]) -> Vec<u8> {
    let count = (items.len() as u32).to_le_bytes();
    [b"(".as_slice(), &count, &items.concat()].concat()
}

fn unmarshalled(data: &[u8]) -> Vec<u8> {
    let mut stream = b"\x80\x03cdill._dill\n_unmarshal\nB".to_vec();
    stream.extend((data.len() as u32).to_le_bytes());
    stream.extend(data);
    stream.extend(b"\x85R.");
    stream
}

/// One name of half the input, and the other half loads it.
fn one_long_name(size: usize) -> Vec<u8> {
    let name = marshalled_tuple(&[marshalled_string(b'u', &vec![b'a'; size])]);
    let bytecode = [b"t\0".repeat(size / 4).as_slice(), b"d\0S\0"].concat();
    unmarshalled(&marshalled_code(&bytecode, b")\x01N", &name, b"z\x01f"))
}

/// Code objects that share a file's name of half the input.
fn one_long_filename(size: usize) -> Vec<u8> {
    let long = marshalled_string(b'u' | 0x80, &vec![b'a'; size]);
    let inner: Vec<Vec<u8>> = (0..size / 100)
        .map(|number| {
            let name = if number == 0 {
                long.as_slice()
            } else {
                b"r\0\0\0\0"
            };
            marshalled_code(b"d\0S\0", b")\x01N", b")\0", name)
        })
        .collect();
    let consts = marshalled_tuple(&inner);
    unmarshalled(&marshalled_code(b"d\0S\0", &consts, b")\0", b"z\x01f"))
}

/// Functions that share a qualified name of half the input.
fn one_long_qualname(size: usize) -> Vec<u8> {
    let code = marshalled_code(b"d\0S\0", b")\x01N", b")\0", b"z\x01f");
    let code = unmarshalled(&code);
    let mut stream = code[..code.len() - 1].to_vec();
    stream.extend(b"q\0X");
    stream.extend((size as u32).to_le_bytes());
    stream.extend(vec![b'a'; size]);
    stream.extend(b"q\x01cdill._dill\n_create_function\nq\x02(");
    for _ in 0..size / 13 {
        stream.extend(b"h\x02(h\0}h\x01NN}tR");
    }
    stream.extend(b"l.");
    stream
}

#[test]
fn what_is_long_and_shared_is_told_in_room_that_grows_with_the_input() {
    for make in [one_long_name, one_long_filename, one_long_qualname] {
        let lengths = [40_000, 80_000].map(|size| {
            let stream = make(size);
            let written = json_text(&stream);
            serde_json::from_slice::<Value>(&written).expect("it is JSON");
            [written.len(), text(&stream, true).len()]
        });
        let [small, large] = lengths;
        for (small, large) in small.into_iter().zip(large) {
            assert!(large < small * 5 / 2, "{small}, then {large}");
        }
    }
}

/// The document of an input, judged for a Python, and whether all of it fits.
fn judged(bytes: &[u8], python: &str) -> (Value, bool) {
    let asked = Asked {
        only: None,
        pythons: Some(python.parse::<Python>().expect("a known version").into()),
    };
    let mut out = Vec::new();
    let mut document = json::code::Document::begin("f", None, &mut out).expect("memory takes it");
    document
        .part(&Default::default(), &mut trees(bytes, true), asked)
        .expect("memory takes it");
    let answer = document.end(&Default::default()).expect("memory takes it");
    let document = serde_json::from_slice(&out).expect("it is JSON");
    (document, answer.fits)
}

#[test]
fn code_is_judged_for_the_pythons_that_are_asked_for() {
    let bytes = corpus("cloudpickle-closure-py38-p4");
    for python in ["3.8", "3.9"] {
        let (document, fits) = judged(&bytes, python);
        assert!(fits);
        let on = &entries(&document)[0]["on"][python];
        assert_eq!(on["fits"], true);
        assert_eq!(on["then"], "runs");
    }
    let then = |python: &str| {
        let (document, fits) = judged(&bytes, python);
        assert!(!fits);
        entries(&document)[0]["on"][python].clone()
    };
    // Read, but another bytecode: what became of five functions of each of 3.8 and 3.9.
    assert_eq!(
        then("3.10")["then"],
        "may fail when called or crash the interpreter"
    );
    assert_eq!(then("3.10")["measured"]["loads"], 10);
    assert_eq!(then("3.13")["then"], "refused at load");
    assert_eq!(
        then("3.13")["reason"],
        "its fields are those of Python 3.8 to 3.10"
    );
    assert_eq!(
        then("2.7")["reason"],
        "the pickle is of protocol 4: that is read from Python 3.6 on"
    );
    assert_eq!(
        then("3.15")["then"],
        "doesn't fit; what happens wasn't measured"
    );
    // Nothing to judge is no bad answer; what isn't understood is.
    assert!(judged(b"\x80\x02N.", "3.13").1);
    assert!(!judged(b"\x80\x02cdill._dill\n_create_function\nN\x85R.", "3.13").1);
}

#[test]
fn empty_bytes_of_a_call_are_the_field_that_they_are() {
    // dill below protocol 3 has `_load_type('bytes')()` where bytes are empty.
    for empty in [
        b"c__builtin__\nbytes\n)R".as_slice(),
        b"cdill._dill\n_load_type\nX\x05\0\0\0bytes\x85R)R",
        b"cdill._dill\n_load_type\nX\x09\0\0\0BytesType\x85R)R",
    ] {
        let mut stream = b"\x80\x02cdill._dill\n_create_code\n(K\0K\0K\0K\0K\x01K\x43".to_vec();
        stream.extend(b"c_codecs\nencode\nX\x04\0\0\0d\0S\0X\x06\0\0\0latin1\x86R");
        stream.extend(b"N\x85))X\x01\0\0\0fX\x01\0\0\0fK\x01");
        stream.extend(empty);
        stream.extend(b"))tR.");
        let document = document(&stream);
        assert_eq!(entries(&document)[0]["code_hex"], "64005300", "{document}");
    }
}
