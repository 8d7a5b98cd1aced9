//! Pickles that one Python or release of a library wrote, and what others made of them: what `explain` says of the same, and
//! whether the shims that it offers help. `tests/facts/pairs.tsv` is written by `tools/pairs.py`.

use std::collections::{BTreeMap, BTreeSet};

use pickscope::{
    lookup::{
        moves::{self, Change, Found, Side},
        near::Searches,
        resolve::Reason,
    },
    machine::lookup::Target,
    python::{Python, Pythons},
    report::{
        explain::{of_message, of_reference, with_message},
        needs::{Needs, needs},
        refs::{Row, rows},
    },
};

use crate::python::{say, unhex};

const FACTS: &str = include_str!("../facts/pairs.tsv");

/// What became of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome<'t> {
    Loads,
    /// A lookup failed: of this module and name.
    Lookup(&'t str, &'t str, &'t str),
    /// Something else did.
    Fails(&'t str),
    /// The Python has no such protocol.
    Protocol,
}

/// A pickle, who wrote it, and what became of it.
#[derive(Debug)]
struct File<'t> {
    label: &'t str,
    protocol: &'t str,
    writers: Vec<&'t str>,
    data: Vec<u8>,
    readers: Vec<(&'t str, Outcome<'t>)>,
}

/// Releases of libraries, by an environment's name and the distribution's.
type Releases<'t> = BTreeMap<&'t str, BTreeMap<&'t str, &'t str>>;

fn files() -> (Vec<File<'static>>, Releases<'static>) {
    let mut releases = Releases::new();
    let mut files: Vec<File<'_>> = Vec::new();
    for line in FACTS.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let file = files.last_mut();
        let read = |readers: &'static str, outcome| {
            let file = file.expect("a pickle stands before its readers");
            file.readers
                .extend(who(readers).map(|reader| (reader, outcome)));
        };
        match cells[..] {
            ["with", name, list] => {
                let pinned = list.split(' ').filter_map(|one| one.split_once("=="));
                releases.insert(name, pinned.collect());
            }
            ["from", label, protocol, writers, data] => files.push(File {
                label,
                protocol,
                writers: who(writers).collect(),
                data: unhex(data),
                readers: Vec::new(),
            }),
            ["loads", readers] => read(readers, Outcome::Loads),
            ["protocol", readers] => read(readers, Outcome::Protocol),
            ["fails", readers, told] => read(readers, Outcome::Fails(told)),
            ["lookup", readers, wanted, told] => {
                let (module, name) = wanted.split_once(' ').expect("module and name");
                read(readers, Outcome::Lookup(module, name, told));
            }
            _ => panic!("{line}"),
        }
    }
    (files, releases)
}

/// The names in `2.7 3.6-3.9 3.8-2021`: ranges of Pythons, and environments.
fn who(text: &'static str) -> impl Iterator<Item = &'static str> {
    const ALL: [&str; 11] = [
        "2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15",
    ];
    let place = |one: &str| ALL.iter().position(|own| *own == one);
    text.split(' ').flat_map(move |one| {
        let (first, last) = one.split_once('-').unwrap_or((one, one));
        match (place(first), place(last)) {
            (Some(first), Some(last)) => ALL[first..=last].to_vec(),
            _ => vec![one],
        }
    })
}

/// Module and name of a reference.
fn names(target: &Target<'_>) -> Option<(String, String)> {
    let Target::Name {
        module: Some(module),
        name: Some(name),
    } = target
    else {
        return None;
    };
    Some((module.text().into_owned(), name.text().into_owned()))
}

fn python(who: &str) -> Python {
    let version = who.split('-').next().expect("it begins with a Python");
    version.parse().expect("it is known")
}

/// Calls `with` with what `explain` knows of a file's pickle, for one Python.
fn asked<T>(data: &[u8], python: Python, with: impl FnOnce(&Needs<'_, '_>) -> T) -> T {
    let asked: Pythons = [python].into_iter().collect();
    let mut rows = rows(data, true).on(Some(asked));
    let Some(Row::Pickle(read)) = rows.next() else {
        panic!("it is a pickle");
    };
    with(&needs(&read))
}

/// The names that are found to fail, in the order of the stream.
fn failing(needs: &Needs<'_, '_>) -> Vec<(String, String)> {
    needs
        .names()
        .filter(|(_, judged)| !judged.fails.is_empty())
        .filter_map(|(reference, _)| names(reference.target?))
        .collect()
}

/// The cause that is told for a name of a pickle, and why.
fn cause(needs: &Needs<'_, '_>, module: &str, name: &str) -> Option<(&'static str, Reason)> {
    needs.references.iter().find_map(|reference| {
        let (own, own_name) = names(reference.target?)?;
        if (&*own, &*own_name) != (module, name) {
            return None;
        }
        of_reference(
            needs.read,
            reference,
            &mut Searches::default(),
            |explanation| {
                let explained = &explanation.explained;
                (explained.cause.id, explained.verdicts[0].1.reason)
            },
        )
    })
}

/// The cause that is told for a message.
fn cause_of_message(told: &str, python: Python) -> Option<(&'static str, Option<String>)> {
    with_message(told, |message| {
        let message = message.ok()?;
        let explanation = of_message(&message, Some([python].into_iter().collect()));
        let wanted = explanation.explained.wanted.as_ref();
        let name = wanted.and_then(|wanted| wanted.name.as_deref());
        Some((explanation.explained.cause.id, name.map(str::to_owned)))
    })
}

#[test]
fn names_fail_where_real_loads_do() {
    let (files, _) = files();
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.label.contains('/')) {
        for &(reader, outcome) in &file.readers {
            let python = python(reader);
            let pair = format!("{} p{} on {reader}", file.label, file.protocol);
            let count = file.writers.len() as u64;
            let mut tell = |what| *counts.entry(what).or_default() += count;
            asked(&file.data, python, |needs| {
                let failing = failing(needs);
                let first = failing.first().map(|(module, name)| (&**module, &**name));
                match outcome {
                    Outcome::Loads if failing.is_empty() => tell("loads, as told"),
                    Outcome::Loads => wrong.push(format!("{pair}: loads; told to fail: {first:?}")),
                    Outcome::Lookup(module, name, told) if first == Some((module, name)) => {
                        tell("lookup fails, as told");
                        let ours = cause(needs, module, name);
                        let theirs = cause_of_message(told, python);
                        let ours = ours.map(|(id, _)| id);
                        match theirs {
                            None => wrong.push(format!("{pair}: message unknown: {told}")),
                            Some((theirs, _)) if Some(theirs) == ours => tell("same cause"),
                            // Python 2 doesn't tell the module, a missing module isn't told with the name, and neither tells what
                            // was renamed to it.
                            Some((_, None)) => tell("the message doesn't name the name"),
                            Some(("main-module", _)) if python.is_2() => {
                                tell("the message doesn't name the module")
                            }
                            Some((_, _)) if ours == Some("mapping-hole") => {
                                tell("the message names what it was renamed to")
                            }
                            Some((theirs, told_name)) => wrong.push(format!(
                                "{pair}: {ours:?}, by message {theirs} {told_name:?}: {told}"
                            )),
                        }
                    }
                    // What pyodide's build leaves out isn't known to be there.
                    Outcome::Lookup(module, name, _)
                        if cause(needs, module, name)
                            .is_some_and(|(_, reason)| reason == Reason::Build) =>
                    {
                        tell("lookup fails, in this build");
                    }
                    Outcome::Lookup(module, name, told) => wrong.push(format!(
                        "{pair}: {module} {name} fails; told: {failing:?}: {told}"
                    )),
                    Outcome::Protocol if needs.found.is_empty() => tell("protocol, as told"),
                    Outcome::Protocol => wrong.push(format!("{pair}: protocol; told to load")),
                    Outcome::Fails(told) if failing.is_empty() => {
                        tell("fails, not for a name");
                        assert!(!told.is_empty(), "{pair}");
                        assert!(no_more_than_names(needs), "{pair}");
                    }
                    // It fails before it comes to the name that it would fail on.
                    Outcome::Fails(_) => {
                        tell("fails otherwise, before a name that is told to fail")
                    }
                }
            });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    say(&format!("pairs of the standard library: {counts:?}"));
    let agreed = ["loads, as told", "lookup fails, as told", "same cause"].map(|what| counts[what]);
    assert!(agreed.iter().all(|count| *count > 1000), "{counts:?}");
}

/// Whether no more is promised than that names are found. Text of Python 2 that isn't ASCII is told to take an encoding.
#[cfg(feature = "cli")]
fn no_more_than_names(needs: &Needs<'_, '_>) -> bool {
    let screen = pickscope::render::Screen {
        color: false,
        width: 100,
        full: false,
    };
    let mut text = Vec::new();
    pickscope::render::explain::pickle(needs, &mut Searches::default(), screen, &mut text)
        .expect("memory");
    let text = String::from_utf8(text).expect("text");
    text.contains("as far as names go, it loads on ")
        || needs.references.is_empty() && needs.encoding.is_some()
}

#[cfg(not(feature = "cli"))]
fn no_more_than_names(_: &Needs<'_, '_>) -> bool {
    true
}

fn version(text: &str) -> Vec<u64> {
    text.split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

/// What the table claims of a name between two releases: that the lookup fails.
fn claims(found: &Found<'_>, reader: &[u64]) -> bool {
    match found.side {
        Side::Old => found
            .of
            .removed
            .is_some_and(|removed| reader >= &version(removed)[..]),
        Side::New => found
            .of
            .changed
            .is_some_and(|changed| reader < &version(changed)[..]),
    }
}

#[test]
fn libraries_fail_where_their_moves_tell() {
    let (files, releases) = files();
    let mut wrong = BTreeSet::new();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for file in files.iter().filter(|file| file.label.contains('/')) {
        for &(reader, outcome) in &file.readers {
            let python = python(reader);
            for writer in &file.writers {
                let pair = format!("{} p{} {writer} on {reader}", file.label, file.protocol);
                let mut tell = |what| *counts.entry(what).or_default() += 1;
                asked(&file.data, python, |needs| match outcome {
                    Outcome::Lookup(module, name, told) => {
                        let Some((cause, reason)) = cause(needs, module, name) else {
                            wrong
                                .insert(format!("{pair}: {module} {name} isn't explained: {told}"));
                            return;
                        };
                        if reason != Reason::ThirdParty {
                            if failing(needs).is_empty() {
                                wrong.insert(format!("{pair}: {module} {name}: {reason:?} {told}"));
                            } else {
                                tell("standard name fails, as told");
                            }
                            return;
                        }
                        if !matches!(cause, "library-moved" | "library-changed") {
                            wrong.insert(format!("{pair}: {module} {name}: {cause}"));
                            return;
                        }
                        let pinned =
                            |found: Found<'_>| releases[reader].contains_key(found.of.library);
                        if !moves::find(module, name).any(pinned) {
                            tell("moved, in a release that isn't pinned");
                            return;
                        }
                        let fits = |found: &Found<'_>| {
                            let of = |who: &str| {
                                version(releases[who].get(found.of.library).unwrap_or(&"0"))
                            };
                            let before = |removed: &str| of(writer) < version(removed);
                            claims(found, &of(reader))
                                && match found.side {
                                    Side::Old => found.of.removed.is_none_or(before),
                                    Side::New => !found.of.changed.is_some_and(before),
                                }
                        };
                        if moves::find(module, name).any(|found| fits(&found)) {
                            tell("moved, as told");
                        } else {
                            wrong.insert(format!(
                                "{pair}: {module} {name} fails, and no move tells: {told}"
                            ));
                        }
                    }
                    Outcome::Loads => {
                        let failing = failing(needs);
                        if !failing.is_empty() {
                            wrong.insert(format!("{pair}: loads; told to fail: {failing:?}"));
                        }
                        for (reference, judged) in needs.names() {
                            let (Some((module, name)), true) =
                                (reference.target.and_then(names), judged.moved)
                            else {
                                continue;
                            };
                            if let Some(found) = moves::find(&module, &name).next()
                                && found.side == Side::Old
                                && found.of.change != Change::Changed
                                && claims(
                                    &found,
                                    &version(
                                        releases[reader].get(found.of.library).unwrap_or(&"0"),
                                    ),
                                )
                            {
                                wrong.insert(format!(
                                    "{pair}: loads; {module} {name} is claimed gone"
                                ));
                            }
                        }
                        tell("loads, as told");
                    }
                    Outcome::Protocol => tell("protocol, as told"),
                    Outcome::Fails(told) => {
                        let known = needs.names().any(|(reference, _)| {
                            let Some((module, name)) = reference.target.and_then(names) else {
                                return false;
                            };
                            moves::find(&module, &name).any(|found| {
                                found
                                    .of
                                    .symptom
                                    .is_some_and(|symptom| told.contains(symptom))
                            })
                        });
                        tell(if known {
                            "fails, as a change tells"
                        } else {
                            "fails, not for a name"
                        });
                        assert!(no_more_than_names(needs), "{pair}");
                    }
                });
            }
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    say(&format!("pairs of libraries: {counts:?}"));
    assert!(
        counts["moved, as told"] > 500 && counts["loads, as told"] > 500,
        "{counts:?}"
    );
}

/// Each load anew, in a process of its own, and each load that failed with the shim that is offered for that Python.
#[cfg(feature = "cli")]
#[test]
fn living_pythons_agree_and_shims_help() {
    use std::process::Command;

    use pickscope::{render, report::shim::Shim};

    use crate::python::hex;

    let child = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/pairs/child.py");
    let (files, _) = files();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (version, program) in crate::python::pythons() {
        let own = files.iter().enumerate().filter_map(|(number, file)| {
            let (_, outcome) = file.readers.iter().find(|(reader, _)| *reader == version)?;
            Some((number, file, *outcome))
        });
        let mut tries = Vec::new();
        for (number, file, outcome) in own {
            let shim = asked(&file.data, python(&version), |needs| {
                let mut shim = Shim::default();
                shim.add(needs);
                let promised = !shim.still_fails() && shim.unhelped.is_empty();
                (shim.is_needed() && promised).then(|| render::shim::program("a file", &shim))
            });
            if number % 5 == 0 {
                tries.push((file, outcome, None));
            }
            if let Some(shim) = shim.filter(|_| outcome != Outcome::Protocol) {
                tries.push((file, outcome, Some(shim)));
            }
        }
        let folder =
            std::env::temp_dir().join(format!("pickscope-pairs-{}-{version}", std::process::id()));
        std::fs::create_dir(&folder).expect("it is new");
        let (question, answer) = (folder.join("question"), folder.join("answer"));
        let questions: Vec<(String, Option<&str>)> = tries
            .iter()
            .map(|(file, _, shim)| (hex(&file.data), shim.as_deref()))
            .collect();
        std::fs::write(&question, serde_json::to_string(&questions).expect("text")).expect("room");
        let status = Command::new(&program)
            .args(["-B", "-E", "-s", "-S", child, "load"])
            .args([&question, &answer])
            .current_dir(&folder)
            .status()
            .expect("it is a program");
        assert!(status.success(), "{version}");
        let answers = std::fs::read_to_string(&answer).expect("it wrote");
        std::fs::remove_dir_all(&folder).expect("it is ours");
        let answers: Vec<serde_json::Value> = serde_json::from_str(&answers).expect("a list");
        assert_eq!(answers.len(), tries.len());
        for ((file, outcome, shim), answer) in tries.iter().zip(answers) {
            let pair = format!("{} p{} on {version}", file.label, file.protocol);
            let loads = answer[0] == "";
            let told = answer[1].as_str().unwrap_or_default();
            let agrees = match outcome {
                _ if shim.is_some() => loads || NO_NAME.contains(&(file.label, &*version)),
                Outcome::Loads => loads,
                Outcome::Lookup(module, name, _) => {
                    answer[0][0] == *module && answer[0][1] == *name
                }
                Outcome::Fails(_) | Outcome::Protocol => answer[0].is_null() && !told.is_empty(),
            };
            let how = if shim.is_some() {
                "with a shim"
            } else {
                "as it is"
            };
            *counts
                .entry(format!("{how}: {}", if loads { "loads" } else { "fails" }))
                .or_default() += 1;
            if !agrees {
                wrong.push(format!("{pair}, {how}: {outcome:?}; now {answer}"));
            }
        }
    }
    say(&format!("loaded by living Pythons: {counts:?}"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files whose names a shim finds, and which fail all the same on something that isn't a name.
#[cfg(feature = "cli")]
const NO_NAME: &[(&str, &str)] = &[
    // `int | str` is a call of `or_`, which types have taken since 3.10 only.
    ("union", "2.7"),
];
