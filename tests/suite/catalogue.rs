//! The catalogue of what can be pickled: its form, facts that anyone can look up, and the Pythons that pyenv has.

use std::collections::BTreeSet;

use pickscope::{
    lookup::{
        catalogue::{Kind, Outcome, Way, all, find, tools},
        causes,
    },
    python::{Python, Pythons},
    report::catalogue::rows,
};
use serde_json::{Value, json};

use crate::python::{ask, pythons, say};

/// It is read where it stands, and shouldn't weigh more.
const BYTES: usize = 150_000;

#[test]
fn the_table_is_sorted_and_well_formed() {
    let table = include_str!("../../src/lookup/catalogue.tsv");
    assert!(table.len() <= BYTES, "{} bytes", table.len());
    assert!(table.lines().is_sorted_by_key(|row| {
        let mut columns = row.split('\t');
        (columns.next(), columns.next())
    }));
    let kinds: Vec<Kind> = all().collect();
    assert!(kinds.len() >= 350, "{}", kinds.len());
    let names: BTreeSet<_> = kinds.iter().map(|kind| (kind.group, kind.name)).collect();
    assert_eq!(names.len(), kinds.len());
    for kind in &kinds {
        assert_eq!(find(kind.group, kind.name), Some(*kind));
        assert!(!kind.pythons.is_empty(), "{kind:?}");
        let code = kind.code();
        assert!(
            code.lines()
                .last()
                .is_some_and(|line| line.starts_with("obj = ")),
            "{code}"
        );
        for way in Way::ALL {
            let mut seen = Pythons::NONE;
            for found in kind.found(way) {
                assert!(!found.pythons.is_empty(), "{kind:?}");
                assert!(found.pythons.without(kind.pythons).is_empty(), "{kind:?}");
                assert!(found.pythons.and(seen).is_empty(), "{kind:?}");
                assert_eq!(
                    found.said.is_none(),
                    found.outcome == Outcome::Pickles,
                    "{kind:?}"
                );
                seen = seen.or(found.pythons);
            }
            // Where it was tried at all: each CPython that has the kind.
            let all = kind.pythons.without(Pythons::since(14));
            let is_tried = way != Way::Copyreg || kind.reducer().is_some();
            assert_eq!(
                seen.without(Pythons::since(14)),
                if is_tried { all } else { Pythons::NONE },
                "{kind:?} {way:?}"
            );
        }
        if let Some(cause) = kind.cause(Pythons::ALL) {
            assert!(causes::cause(cause).is_some(), "{cause}");
        }
    }
}

#[test]
fn every_cpython_has_a_dill_and_a_cloudpickle() {
    for tool in ["dill", "cloudpickle"] {
        let tried: Pythons = tools()
            .filter(|(own, ..)| *own == tool)
            .map(|(_, python, _)| python)
            .collect();
        assert_eq!(tried, Pythons::ALL);
    }
}

#[test]
fn the_usual_ones_are_known() {
    let of = |version: &str| version.parse::<Python>().expect("a known Python");
    for (group, name, way, version, outcome) in [
        (
            "functions",
            "lambda of a module",
            Way::Pickle,
            "3.13",
            Outcome::Refused,
        ),
        (
            "functions",
            "lambda of a module",
            Way::Cloudpickle,
            "3.13",
            Outcome::Pickles,
        ),
        (
            "methods",
            "bound method",
            Way::Pickle,
            "2.7",
            Outcome::Refused,
        ),
        (
            "methods",
            "bound method",
            Way::Copyreg,
            "2.7",
            Outcome::Pickles,
        ),
        (
            "methods",
            "bound method",
            Way::Pickle,
            "3.6",
            Outcome::Pickles,
        ),
        (
            "methods",
            "bound method that super() gives",
            Way::Pickle,
            "3.12",
            Outcome::Damaged,
        ),
        (
            "exceptions",
            "exception with required arguments",
            Way::Pickle,
            "3.12",
            Outcome::WontLoad,
        ),
        (
            "generators and coroutines",
            "generator",
            Way::Dill,
            "3.12",
            Outcome::Refused,
        ),
        (
            "threads and synchronisation",
            "threading.Lock",
            Way::Dill,
            "3.12",
            Outcome::Pickles,
        ),
        (
            "threads and synchronisation",
            "threading.Lock",
            Way::Cloudpickle,
            "3.12",
            Outcome::Refused,
        ),
        (
            "modules and frames",
            "module",
            Way::Copyreg,
            "3.12",
            Outcome::Pickles,
        ),
        (
            "files",
            "file open for writing",
            Way::Pickle,
            "2.7",
            Outcome::Damaged,
        ),
        (
            "classes",
            "class with an attribute changed at run time",
            Way::Pickle,
            "3.12",
            Outcome::ByReference,
        ),
        (
            "the program itself",
            "class of the program",
            Way::Pickle,
            "3.12",
            Outcome::WontLoad,
        ),
        (
            "the program itself",
            "class of the program",
            Way::Cloudpickle,
            "3.12",
            Outcome::Pickles,
        ),
    ] {
        let kind = find(group, name).unwrap_or_else(|| panic!("{group}: {name}"));
        let found = kind.at(way, of(version)).map(|found| found.outcome);
        assert_eq!(found, Some(outcome), "{name}, {way:?}, {version}");
    }
}

#[test]
fn kinds_are_found_by_words_in_upper_and_lower_case() {
    let none: [&str; 0] = [];
    assert_eq!(rows(&none, Pythons::ALL).count(), all().count());
    let of_2 = rows(&none, Pythons::PY2).count();
    assert!(0 < of_2 && of_2 < all().count());
    let locks: Vec<_> = rows(&["rlock", "HELD"], Pythons::ALL).collect();
    assert_eq!(locks.len(), 1);
    // A cause has its word too.
    let by_cause: Vec<_> = rows(&["resource-lock"], Pythons::ALL).collect();
    assert!(by_cause.len() > 3);
    assert!(
        by_cause
            .iter()
            .all(|row| row.cause == Some("resource-lock"))
    );
    assert_eq!(rows(&["no such kind"], Pythons::ALL).count(), 0);
}

/// Makes each object, dumps it with the highest protocol, and loads it in another process: the case's code is a module there too.
const TRY: &str = r##"
import json, os, shutil, subprocess, sys, tempfile
asked = json.loads(sys.stdin.read())
HALF = '''
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, ".")
try:
    import cPickle as pickle
except ImportError:
    import pickle
if sys.argv[1] == "dump":
    import script
    names = script.__dict__
    obj = eval(open("object").read(), names)
    try:
        data = pickle.dumps(obj, 2 if sys.version_info[0] == 2 else pickle.HIGHEST_PROTOCOL)
    except BaseException as e:
        said = "refused " + type(e).__name__
    else:
        said = "dumped"
        with open("data", "wb") as file:
            file.write(data)
else:
    with open("data", "rb") as file:
        data = file.read()
    try:
        pickle.loads(data)
        said = "loaded"
    except BaseException as e:
        said = "won't load " + type(e).__name__
with open("said", "w") as file:
    file.write(said)
import os
os._exit(0)
'''
answers = []
for code in asked:
    folder = tempfile.mkdtemp()
    setup, _, made = ("\n" + code).rpartition("\nobj = ")
    for name, text in (("script.py", "# coding: utf-8\n" + setup + "\n"), ("object", made), ("half.py", HALF)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(text.encode("utf-8"))
    said = ""
    for half, died in (("dump", "refused"), ("load", "won't load")):
        with open(os.path.join(folder, "said"), "w") as file:
            file.write(died + " the process dies or hangs")
        null = open(os.devnull, "r+")
        subprocess.call([sys.executable, "half.py", half], cwd=folder, stdin=null, stdout=null, stderr=null)
        with open(os.path.join(folder, "said")) as file:
            said = file.read()
        if said != "dumped":
            break
    answers.append(said)
    shutil.rmtree(folder)
print(json.dumps(answers))
"##;

/// Every so many kinds one is tried: 30 of them.
const STEP: usize = 13;

/// Groups whose objects begin processes, open devices or depend on the machine.
const APART: [&str; 3] = ["processes", "sockets and servers", "the program itself"];

#[test]
fn a_sample_is_as_the_pythons_have_it() {
    for wanted in ["2.7", "3.12"] {
        let Some((_, program)) = pythons().into_iter().find(|(version, _)| version == wanted)
        else {
            say(&format!(
                "a sample of the catalogue: skipped, pyenv has no CPython {wanted}"
            ));
            continue;
        };
        let python: Python = wanted.parse().expect("a known Python");
        let sample: Vec<(Kind, _)> = all()
            .filter(|kind| !APART.contains(&kind.group))
            .filter_map(|kind| Some((kind, kind.at(Way::Pickle, python)?)))
            .step_by(STEP)
            .collect();
        assert!(sample.len() >= 20, "{}", sample.len());
        let codes: Vec<Value> = sample.iter().map(|(kind, _)| json!(kind.code())).collect();
        let asked: String = Value::from(codes)
            .to_string()
            .chars()
            .map(|c| match c.is_ascii() {
                true => c.to_string(),
                false => format!("\\u{:04x}", u32::from(c)),
            })
            .collect();
        let answers = ask(&program, TRY, &asked);
        let answers: Vec<String> = serde_json::from_str(&answers).expect("a list of texts");
        assert_eq!(answers.len(), sample.len());
        for ((kind, found), answer) in sample.iter().zip(&answers) {
            let exception = |said: &str| said.split(':').next().unwrap_or_default().to_owned();
            let due = match (found.outcome, found.said) {
                (Outcome::Refused, Some(said)) => format!("refused {}", exception(said)),
                (Outcome::WontLoad, Some(said)) => format!("won't load {}", exception(said)),
                _ => "loaded".to_owned(),
            };
            assert_eq!(*answer, due, "{wanted}: {}: {}", kind.group, kind.name);
        }
    }
}
