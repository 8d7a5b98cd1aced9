//! Marshal data and code objects, held to what each Python says: `tests/facts/marshal.tsv` and `tests/facts/code.jsonl`
//! (tools/code_facts.py), and the standard library of each Python that pyenv has.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use pickscope::{
    code::{
        fit::Fitter,
        marshal::{self, Fault, FaultKind, Reading},
        object::{Code, Layout, Object, Objects},
        repr::{Budget, repr},
    },
    python::Python,
    repr::Chars,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::python::{hex, pythons, say, unhex};

pub fn facts(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/facts")
        .join(name);
    std::fs::read_to_string(path).expect("facts are checked in")
}

/// The reading that a Python makes.
fn of<'r, 'a>(readings: &'r [Reading<'a>], python: Python) -> Option<&'r Reading<'a>> {
    readings.iter().find(|one| one.pythons.has(python))
}

fn text(objects: &Objects<'_>, id: pickscope::code::object::Id) -> Value {
    match objects.get(id) {
        Some(Object::Str(text)) => match Chars::from(text) {
            Chars::Utf8(text) => text.into(),
            _ => "surrogates".into(),
        },
        Some(Object::OldStr(bytes)) => String::from_utf8_lossy(bytes).into(),
        other => panic!("no text: {other:?}"),
    }
}

/// A code object as tools/code_probe.py tells it.
pub fn ours(objects: &Objects<'_>, code: &Code) -> Value {
    let texts = |ids: Vec<_>| -> Value { ids.into_iter().map(|id| text(objects, id)).collect() };
    let consts: Vec<String> = objects
        .tuple(code.consts)
        .iter()
        .map(|id| repr(objects, *id, code.layout, &mut Budget::of(1 << 20)).text)
        .collect();
    json!({
        "name": text(objects, code.name),
        "qualname": code.qualname.map(|id| text(objects, id)),
        "filename": text(objects, code.filename),
        "firstlineno": code.firstlineno,
        "argcount": code.argcount,
        "posonlyargcount": code.posonlyargcount,
        "kwonlyargcount": code.kwonlyargcount,
        "nlocals": code.varnames(objects).len(),
        "stacksize": code.stacksize,
        "flags": code.flags,
        "code": hex(objects.bytes(code.code)),
        "names": texts(objects.tuple(code.names).to_vec()),
        "varnames": texts(code.varnames(objects)),
        "freevars": texts(code.freevars(objects)),
        "cellvars": texts(code.cellvars(objects)),
        "consts": consts,
        "lines": hex(objects.bytes(code.lines)),
        "exceptions": code.exceptions.map(|id| hex(objects.bytes(id))),
    })
}

/// The code objects within the first, as `within` of tools/code_probe.py orders them.
pub fn within<'o>(objects: &'o Objects<'_>, root: &Object<'_>) -> Vec<&'o Code> {
    let mut todo = Vec::new();
    todo.extend(match root {
        Object::Code(id) => objects.code(*id),
        _ => None,
    });
    let mut found = Vec::new();
    while let Some(code) = todo.pop() {
        found.push(code);
        let inner = objects.tuple(code.consts).iter().rev();
        todo.extend(inner.filter_map(|id| match objects.get(*id) {
            Some(Object::Code(id)) => objects.code(*id),
            _ => None,
        }));
    }
    found
}

/// A set's order is its writer's own.
fn without_order(facts: &Value) -> Value {
    let mut facts = facts.clone();
    for constant in facts["consts"].as_array_mut().expect("a list") {
        let text = constant.as_str().expect("a repr");
        if text.contains("frozenset(") {
            let mut letters: Vec<char> = text.chars().collect();
            letters.sort_unstable();
            *constant = String::from_iter(letters).into();
        }
    }
    facts
}

#[test]
fn data_is_read_as_each_python_reads_it() {
    for line in facts("marshal.tsv").lines() {
        let mut cells = line.split('\t');
        let mut next = || {
            cells
                .next()
                .expect("data, Pythons, and what they make of it")
        };
        let (data, versions, said) = (unhex(next()), next(), next());
        let readings = marshal::read(&data);
        let cut = matches!(
            readings,
            Err(Fault {
                kind: FaultKind::Truncated { .. } | FaultKind::End,
                ..
            })
        );
        let readings = readings.unwrap_or_default();
        for version in versions.split(' ') {
            let python: Python = version.parse().expect("a Python");
            // Its `r_byte` takes what isn't there for 0xff.
            if python.is_2() && cut {
                continue;
            }
            let ours = of(&readings, python).map(|reading| {
                let objects = &reading.objects;
                let mut budget = Budget::of(0);
                repr(objects, reading.root, Layout::of(python), &mut budget).text
            });
            match said.strip_prefix("ok ") {
                Some(theirs) => assert_eq!(ours.as_deref(), Some(theirs), "{line}"),
                // What can't be hashed and what isn't the same twice are the loader's.
                None if said == "TypeError" && ours.is_some() => {
                    assert!(
                        line.contains("5b") || line.contains("be01") || line.contains("3c"),
                        "{line}"
                    );
                }
                None => assert_eq!(ours, None, "{line}"),
            }
        }
    }
}

#[test]
fn code_is_read_as_each_python_has_it() {
    let mut count = 0;
    for line in facts("code.jsonl").lines() {
        let sample: Value = serde_json::from_str(line).expect("JSON");
        let python: Python = sample["python"]
            .as_str()
            .expect("text")
            .parse()
            .expect("one");
        for (version, data) in sample["marshal"].as_object().expect("by version") {
            let data = unhex(data.as_str().expect("hexadecimal"));
            let label = format!("{python}, version {version}, {}", sample["case"]);
            let readings = marshal::read(&data).unwrap_or_else(|fault| panic!("{label}: {fault}"));
            assert_eq!(readings.len(), 1, "{label}");
            let reading = of(&readings, python).unwrap_or_else(|| panic!("{label}"));
            assert_eq!(reading.length, data.len(), "{label}");
            let versions = reading.versions.clone().expect("a version wrote it");
            assert!(
                versions.contains(&version.parse().expect("a number")),
                "{label}: {versions:?}"
            );
            let root = reading.objects.get(reading.root).expect("it is there");
            let codes = within(&reading.objects, root);
            let theirs = sample["facts"].as_array().expect("a list");
            assert_eq!(codes.len(), theirs.len(), "{label}");
            for (code, theirs) in codes.into_iter().zip(theirs) {
                assert_eq!(code.layout, Layout::of(python), "{label}");
                let ours = ours(&reading.objects, code);
                assert_eq!(without_order(&ours), without_order(theirs), "{label}");
                count += 1;
            }
        }
    }
    assert!(count > 500, "{count}");
}

/// Bytes of samples, cut and changed anywhere: read or refused, in memory that their length bounds.
#[test]
fn broken_data_is_refused_or_read() {
    let mut count = 0;
    for (at, line) in facts("code.jsonl").lines().enumerate() {
        let sample: Value = serde_json::from_str(line).expect("JSON");
        for (version, data) in sample["marshal"].as_object().expect("by version") {
            let data = unhex(data.as_str().expect("hexadecimal"));
            if data.len() > 700 || (at + version.len()) % 3 != 0 {
                continue;
            }
            for end in 0..data.len() {
                assert!(marshal::read(&data[..end]).is_err(), "{line}");
            }
            let mut changed = data.clone();
            for at in 0..data.len() {
                for byte in [0x00, 0x7f, 0xff, data[at] ^ 0x80, data[at].wrapping_add(1)] {
                    changed[at] = byte;
                    for reading in marshal::read(&changed).unwrap_or_default() {
                        assert!(reading.objects.len() <= data.len());
                        let written = repr(
                            &reading.objects,
                            reading.root,
                            Layout::D,
                            &mut Budget::of(data.len()),
                        );
                        assert!(written.text.len() < 100_000);
                        for code in reading.objects.codes() {
                            ours(&reading.objects, code);
                        }
                    }
                    count += 1;
                }
                changed[at] = data[at];
            }
        }
    }
    assert!(count > 10_000, "{count}");
}

#[test]
fn hostile_data_takes_no_more_than_its_length() {
    let long = |head: &[u8], piece: &[u8], times: usize| [head, &piece.repeat(times)].concat();
    let hostile: [(&str, Vec<u8>); 10] = [
        ("a size of 2 GB", b"s\xff\xff\xff\x7fx".to_vec()),
        ("so many items", b"(\xff\xff\xff\x7f".to_vec()),
        ("a size below zero", b"(\xff\xff\xff\xff".to_vec()),
        (
            "digits that aren't there",
            b"l\xff\xff\xff\x7f\x01\x00".to_vec(),
        ),
        ("the lowest size", b"l\x00\x00\x00\x80".to_vec()),
        ("a reference past all", b"r\xff\xff\xff\x7f".to_vec()),
        ("tuples without end", long(b"", b")\x01", 100_000)),
        (
            "lists without end",
            long(b"", b"[\x01\x00\x00\x00", 1_000_000),
        ),
        ("a dict without end", long(b"{", b"N", 100_000)),
        ("nothing", Vec::new()),
    ];
    for (what, data) in hostile {
        let fault = marshal::read(&data).map(|_| ()).expect_err(what);
        assert!(fault.offset <= data.len(), "{what}: {fault}");
    }
    // 2^40 items to whoever expands references; here, a place each.
    let mut laughs = b"(\x29\x00\x00\x00\xa9\x02NN".to_vec();
    for index in 0..40_u32 {
        laughs.extend(b"\xa9\x02r");
        laughs.extend(index.to_le_bytes());
        laughs.push(b'r');
        laughs.extend(index.to_le_bytes());
    }
    let readings = marshal::read(&laughs).expect("it is well formed");
    let reading = &readings[0];
    assert!(reading.objects.len() < 50);
    let mut budget = Budget::of(laughs.len());
    for _ in 0..100 {
        let written = repr(&reading.objects, reading.root, Layout::D, &mut budget);
        assert!(!written.whole && written.text.len() < 70_000 && written.text.ends_with('…'));
    }
}

#[test]
fn objects_of_one_payload_can_join_those_of_another() {
    let data = b"[\x02\x00\x00\x00s\x01\x00\x00\x00a(\x01\x00\x00\x00N";
    let read = || {
        marshal::read(data)
            .expect("it is well formed")
            .swap_remove(0)
    };
    let (first, second) = (read(), read());
    let mut objects = first.objects;
    let root = objects
        .absorb(second.objects, second.root)
        .expect("there is room");
    assert_ne!(root, first.root);
    let text = |id| repr(&objects, id, Layout::D, &mut Budget::of(100)).text;
    assert_eq!(text(root), "[b'a', (None,)]");
    assert_eq!(text(first.root), text(root));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(data: Vec<u8>) {
        for reading in marshal::read(&data).unwrap_or_default() {
            prop_assert!(reading.length <= data.len());
        }
    }
}

/// Every code object of the standard library of each Python here; of every 20th module, unless PICKSCOPE_ALL is set.
#[test]
fn the_standard_library_is_read() {
    let nth = if env::var_os("PICKSCOPE_ALL").is_some() {
        "1"
    } else {
        "20"
    };
    let probe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/code_probe.py");
    for (version, program) in pythons() {
        let Ok(python) = version.parse::<Python>() else {
            continue;
        };
        let mut child = Command::new(&program)
            .args(["-E", "-s", "-S", "-W", "ignore"])
            .arg(&probe)
            .args(["library", nth])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it is a program");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (mut count, mut exact) = (0, 0);
        for line in lines {
            let line = line.expect("ASCII");
            let (data, facts) = line.split_once('\t').expect("two cells");
            let data = unhex(data);
            let readings = marshal::read(&data).unwrap_or_else(|fault| panic!("{fault}: {facts}"));
            assert_eq!(readings.len(), 1, "{facts}");
            let reading = of(&readings, python).unwrap_or_else(|| panic!("{python}: {facts}"));
            assert_eq!(reading.length, data.len(), "{facts}");
            let objects = &reading.objects;
            let Some(Object::Code(id)) = objects.get(reading.root) else {
                panic!("no code: {facts}")
            };
            let code = objects.code(*id).expect("it is there");
            assert_eq!(code.layout, Layout::of(python), "{facts}");
            let theirs: Value = serde_json::from_str(facts).expect("JSON");
            assert_eq!(without_order(&ours(objects, code)), without_order(&theirs));
            let fit = Fitter::of(data.len()).fit(objects, code, false);
            assert!(fit.pythons.has(python), "{:?}: {facts}", fit.misfits);
            exact += usize::from(fit.pythons.iter().count() == 1);
            count += 1;
        }
        if ["2.7", "3.10", "3.13"].contains(&version.as_str()) {
            assert!(exact * 100 >= count * 99, "{python}: {exact} of {count}");
        }
        assert!(
            child.wait().expect("it ends").success() && count > 50,
            "{python}: {count}"
        );
        say(&format!(
            "{python}: {count} code objects of the standard library are read, {exact} fit it alone"
        ));
    }
}
