//! Types without the home that they claim, against the Pythons that pyenv has.

use std::fmt::Write as _;

use pickscope::{
    lookup::homeless::{all, find, named},
    python::{Python, Pythons},
};

use crate::python::{ask, pythons};

#[test]
fn each_row_is_found_and_well_formed() {
    let rows: Vec<_> = all().collect();
    assert!(rows.is_sorted_by_key(|row| (row.module, row.name)));
    assert!(rows.len() > 300, "{}", rows.len());
    for row in &rows {
        assert_eq!(find(row.module, row.name), Some(*row));
        assert!(!row.pythons.is_empty(), "{row:?}");
        for subset in [row.wrong, row.special, row.instances] {
            assert!(subset.without(row.pythons).is_empty(), "{row:?}");
        }
        for (pythons, module, name) in row.places() {
            assert!(!module.is_empty() && !name.is_empty(), "{row:?}");
            assert!(
                !pythons.is_empty() && pythons.without(row.pythons).is_empty(),
                "{row:?}"
            );
        }
    }
}

#[test]
fn the_usual_ones_are_known() {
    for (module, name, alias) in [
        ("__builtin__", "instancemethod", "MethodType"),
        ("__builtin__", "function", "LambdaType"),
        ("builtins", "function", "FunctionType"),
        ("builtins", "module", "ModuleType"),
        ("builtins", "generator", "GeneratorType"),
        ("builtins", "code", "CodeType"),
        ("builtins", "cell", "CellType"),
        ("builtins", "method_descriptor", "MethodDescriptorType"),
        ("_thread", "lock", "LockType"),
        ("_sre", "SRE_Pattern", "_pattern_type"),
    ] {
        let found = find(module, name).unwrap_or_else(|| panic!("{module}.{name}"));
        let aliases: Vec<_> = found.places().map(|(_, _, name)| name).collect();
        assert!(aliases.contains(&alias), "{module}.{name}: {aliases:?}");
    }
    assert_eq!(named("function").count(), 2);
    let special: Vec<_> = all()
        .filter(|row| !row.special.is_empty())
        .map(|row| row.name)
        .collect();
    for name in ["NoneType", "NotImplementedType", "ellipsis"] {
        assert!(special.contains(&name));
        assert_eq!(
            find("builtins", name).map(|row| row.special),
            Some(Pythons::PY3)
        );
    }
}

/// The claimed name doesn't lead to the type, and the places where it is reachable do: asked by identity.
#[test]
fn living_pythons_agree() {
    const RESOLVE: &str = r#"
import sys
def walk(module, name):
    __import__(module)
    value = sys.modules[module]
    for part in name.split("."):
        value = getattr(value, part)
    return value
for line in sys.stdin.read().splitlines():
    claim, place = (text.split(" ", 1) for text in line.split("\t"))
    try:
        claimed = walk(*claim)
    except (ImportError, AttributeError):
        claimed = None
    if place == ["-"]:
        print("%s -" % (claimed is not None))
        continue
    kind = walk(*place)
    name = getattr(kind, "__qualname__", kind.__name__)
    print("%s %s" % (claimed is not None, isinstance(kind, type) and claimed is not kind and [kind.__module__, name] == claim))
"#;
    for (version, program) in pythons() {
        let python: Python = version.parse().expect("it is known");
        let rows: Vec<_> = all().filter(|row| row.pythons.has(python)).collect();
        let input = rows.iter().fold(String::new(), |mut input, row| {
            let place = row
                .reachable(python)
                .map_or("-".to_owned(), |(module, name)| format!("{module} {name}"));
            writeln!(input, "{} {}\t{place}", row.module, row.name).expect("memory");
            input
        });
        let answers = ask(&program, RESOLVE, &input);
        assert_eq!(answers.lines().count(), rows.len());
        for (row, answer) in rows.iter().zip(answers.lines()) {
            let (leads, reached) = answer.split_once(' ').expect("two words");
            assert_eq!(leads == "True", row.wrong.has(python), "{version}: {row:?}");
            assert_ne!(reached, "False", "{version}: {row:?}");
        }
    }
}
