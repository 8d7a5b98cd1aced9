//! Names that changed, against the Pythons that pyenv has.

use std::fmt::Write as _;

use pickscope::{
    lookup::renames::{self, all_homes, hole, to_python2, to_python3},
    python::Python,
};

use crate::python::{ask, pythons, say};

const TABLES: [&str; 4] = [
    include_str!("../../src/lookup/renames/python3.tsv"),
    include_str!("../../src/lookup/renames/python2.tsv"),
    include_str!("../../src/lookup/renames/holes.tsv"),
    include_str!("../../src/lookup/renames/homes.tsv"),
];

/// What `find_class` finds, by identity, for a protocol, a module and a name a line.
const FIND: &str = r#"
import sys, io, pickle
def find(protocol, module, name):
    if sys.version_info[0] == 2:
        return pickle.Unpickler(io.BytesIO(b"")).find_class(module, name)
    stream = bytes([0x80, int(protocol)]) + b"c" + module.encode() + b"\n" + name.encode() + b"\n."
    return pickle.loads(stream)
for line in sys.stdin.read().splitlines():
    try:
        print(id(find(*line.split("\t"))))
    except (ImportError, AttributeError, KeyError):
        print("none")
"#;

/// The names that Python 2.7 has in some modules.
const MEMBERS: &str = r#"
import sys
for module in sys.stdin.read().split():
    try:
        __import__(module)
    except ImportError:
        continue
    for name in dir(sys.modules[module]):
        print(module + "\t" + name)
"#;

fn column(line: &str, at: usize) -> &str {
    line.split('\t').nth(at).expect("a column")
}

/// The names of Python 2 that the tables speak of: all of the modules that are renamed, where Python 2.7 stands to tell them.
fn python2_names() -> Vec<(String, String)> {
    let mut modules: Vec<&str> = TABLES[0]
        .lines()
        .chain(TABLES[2].lines())
        .map(|row| column(row, 0))
        .collect();
    modules.sort_unstable();
    modules.dedup();
    modules.retain(|module| *module != "test.test_support");
    let mut names: Vec<(String, String)> = TABLES[0]
        .lines()
        .chain(TABLES[2].lines())
        .filter(|row| column(row, 1) != "*")
        .map(|row| (column(row, 0).to_owned(), column(row, 1).to_owned()))
        .collect();
    if let Some((_, program)) = pythons().into_iter().find(|(version, _)| version == "2.7") {
        names.extend(
            ask(&program, MEMBERS, &modules.join("\n"))
                .lines()
                .map(|line| {
                    let (module, name) = line.split_once('\t').expect("two columns");
                    (module.to_owned(), name.to_owned())
                }),
        );
    } else {
        say("skipped: no Python 2.7, so only recorded names of it are looked up");
    }
    names.sort();
    names.dedup();
    names
}

fn found(
    program: &std::path::Path,
    wanted: impl Iterator<Item = (u8, String, String)>,
) -> Vec<String> {
    let input = wanted.fold(String::new(), |mut input, (protocol, module, name)| {
        writeln!(input, "{protocol}\t{module}\t{name}").expect("memory");
        input
    });
    ask(program, FIND, &input)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_tables_are_sorted() {
    for (table, columns) in TABLES.iter().zip([5, 5, 5, 6]) {
        let keys: Vec<Vec<&str>> = table.lines().map(|row| row.split('\t').collect()).collect();
        assert!(keys.is_sorted());
        assert!(keys.iter().all(|row| row.len() == columns));
    }
}

/// Living Pythons look up a Python 2 name in a stream of protocol 2 as they look up what we rename it to in one of protocol 3.
#[test]
fn renaming_is_as_find_class_does_it() {
    let names = python2_names();
    for (version, program) in pythons()
        .into_iter()
        .filter(|(version, _)| version != "2.7")
    {
        let python: Python = version.parse().expect("it is known");
        let old = names
            .iter()
            .map(|(module, name)| (2, module.clone(), name.clone()));
        let new = names
            .iter()
            .map(|(module, name)| match to_python3(python, module, name) {
                Some((module, name)) => (3, module.into_owned(), name.into_owned()),
                None => (3, module.clone(), name.clone()),
            });
        let both = found(&program, old.chain(new));
        let (old, new) = both.split_at(names.len());
        assert_eq!(new.len(), names.len());
        let mut differ = Vec::new();
        for (((module, name), old), new) in names.iter().zip(old).zip(new) {
            if old != new {
                differ.push((module, name));
            }
        }
        // Objects that are made anew by each lookup have no identity: none is known among these.
        assert!(differ.is_empty(), "{version}: {differ:?}");
    }
}

#[test]
fn a_hole_is_where_find_class_fails() {
    let names = python2_names();
    let recorded: Vec<_> = names
        .iter()
        .filter(|(_, name)| !(name.starts_with("__") && name.ends_with("__")))
        .collect();
    for (version, program) in pythons()
        .into_iter()
        .filter(|(version, _)| version != "2.7")
    {
        let python: Python = version.parse().expect("it is known");
        let old = recorded
            .iter()
            .map(|(module, name)| (2, module.clone(), name.clone()));
        for ((module, name), found) in recorded.iter().zip(found(&program, old)) {
            let fails = hole(module, name).is_some_and(|hole| hole.fails.has(python));
            assert_eq!(fails, found == "none", "{version}: {module}.{name}");
        }
    }
}

#[test]
fn what_python_2_has_leads_somewhere() {
    let instead = |module, name| hole(module, name).and_then(|hole| hole.instead);
    assert_eq!(
        instead("__builtin__", "StandardError"),
        Some("builtins.Exception")
    );
    assert_eq!(instead("__builtin__", "file"), Some("io.open"));
    assert_eq!(
        hole("__builtin__", "coerce").map(|hole| hole.instead),
        Some(None)
    );
    assert_eq!(hole("__builtin__", "long"), None);
    assert_eq!(hole("exceptions", "StandardError"), None);
    let none = hole("types", "NoneType").expect("it came back");
    assert_eq!(none.fails.to_string(), "3.6 to 3.9");
}

/// Picklers of living Pythons write, at protocol 2, what the reverse mapping says.
#[test]
fn writing_for_python_2_is_as_pickle_does_it() {
    const WRITE: &str = r#"
import sys, pickle, pickletools
for line in sys.stdin.read().splitlines():
    module, name = line.split("\t")
    try:
        __import__(module)
        value = getattr(sys.modules[module], name)
        own = (value.__module__, value.__qualname__)
        ops = [(op.name, argument) for op, argument, _ in pickletools.genops(pickle.dumps(value, 2))]
    except Exception:
        print("-")
        continue
    if own == (module, name) and [op for op, _ in ops] == ["PROTO", "GLOBAL", "BINPUT", "STOP"]:
        print(ops[1][1].replace(" ", "\t"))
    else:
        print("-")
"#;
    let homes = TABLES[3]
        .lines()
        .map(|row| (column(row, 0), column(row, 1)));
    let mut names: Vec<(&str, &str)> = TABLES[1]
        .lines()
        .map(|row| (column(row, 0), column(row, 1)))
        .filter(|(_, name)| *name != "*")
        .chain(homes)
        .chain([
            ("builtins", "print"),
            ("builtins", "int"),
            ("os", "getcwd"),
            ("queue", "Queue"),
            ("socketserver", "TCPServer"),
        ])
        .collect();
    names.sort_unstable();
    names.dedup();
    let input = names.iter().fold(String::new(), |input, (module, name)| {
        input + module + "\t" + name + "\n"
    });
    for (version, program) in pythons()
        .into_iter()
        .filter(|(version, _)| version != "2.7")
    {
        let python: Python = version.parse().expect("it is known");
        let answers = ask(&program, WRITE, &input);
        let mut compared = 0;
        for ((module, name), answer) in names.iter().zip(answers.lines()) {
            if answer == "-" {
                continue;
            }
            let (new_module, new_name) = to_python2(python, module, name)
                .unwrap_or(((*module).to_owned().into(), (*name).to_owned().into()));
            assert_eq!(
                answer,
                format!("{new_module}\t{new_name}"),
                "{version}: {module}.{name}"
            );
            compared += 1;
        }
        assert!(compared > 300, "{version}: {compared}");
    }
}

/// A name that a Python is said to write is what it writes, and those that are said to lose it do.
#[test]
fn public_names_are_written_as_recorded() {
    const WRITTEN: &str = r#"
import sys, pickle, pickletools
for line in sys.stdin.read().splitlines():
    module, name = line.split("\t")
    __import__(module)
    texts = []
    for op, argument, _ in pickletools.genops(pickle.dumps(getattr(sys.modules[module], name), pickle.HIGHEST_PROTOCOL)):
        if op.name == "GLOBAL":
            texts = argument.split(" ")
        elif "UNICODE" in op.name:
            texts.append(argument)
        elif op.name == "BINGET":
            texts.append(texts[0])
    print("\t".join(texts))
"#;
    for (version, program) in pythons() {
        let python: Python = version.parse().expect("it is known");
        let homes: Vec<_> = all_homes()
            .filter(|home| home.written.has(python))
            .collect();
        let input = homes.iter().fold(String::new(), |input, home| {
            input + home.public.0 + "\t" + home.public.1 + "\n"
        });
        let answers = ask(&program, WRITTEN, &input);
        assert_eq!(answers.lines().count(), homes.len());
        for (home, answer) in homes.iter().zip(answers.lines()) {
            let (module, name) = home.written_as;
            assert_eq!(
                answer,
                format!("{module}\t{name}"),
                "{version}: {:?}",
                home.public
            );
            assert!(!home.lost.has(python), "{version}: {:?}", home.public);
            assert!(renames::homes(module, name).any(|found| found == *home));
        }
        // Dots need protocol 4 and a stream of another kind.
        let lost: Vec<_> = all_homes()
            .filter(|home| home.lost.has(python) && !home.written_as.1.contains('.'))
            .collect();
        let wanted = lost.iter().map(|home| {
            let (module, name) = home.written_as;
            (
                if home.written.has(Python::V2_7) { 2 } else { 3 },
                module.to_owned(),
                name.to_owned(),
            )
        });
        for (home, found) in lost.iter().zip(found(&program, wanted)) {
            assert_eq!(found, "none", "{version}: {:?}", home.written_as);
        }
    }
}

/// Dots are walked, and Python 2 names are renamed, at the protocols that are said, whether by GLOBAL or STACK_GLOBAL.
#[test]
fn the_protocol_decides() {
    const LOAD: &str = r#"
import sys, pickle
for line in sys.stdin.read().splitlines():
    protocol, module, name = line.split()
    head = bytearray([0x80, int(protocol)])
    both = [bytearray(b"c" + module.encode() + b"\n" + name.encode() + b"\n.")]
    if sys.version_info[0] > 2:
        both.append(b"".join(b"X" + len(text).to_bytes(4, "little") + text.encode() for text in (module, name)) + b"\x93.")
    found = []
    for body in both:
        try:
            pickle.loads(bytes(head + body))
            found.append("found")
        except (ImportError, AttributeError):
            found.append("none")
    assert len(set(found)) == 1
    print(found[0])
"#;
    for (version, program) in pythons() {
        let python: Python = version.parse().expect("it is known");
        for protocol in 0..=python.highest_protocol() {
            let input = format!("{protocol} os path.join\n{protocol} __builtin__ eval\n");
            let [dots, renamed] = [
                renames::is_walked_at(protocol),
                renames::is_renamed_at(protocol),
            ];
            let told = |found: bool| if found { "found" } else { "none" };
            assert_eq!(
                ask(&program, LOAD, &input),
                format!("{}\n{}\n", told(dots), told(renamed)),
                "{version}, protocol {protocol}"
            );
        }
    }
}
