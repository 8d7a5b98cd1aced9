//! Which versions wrote a pickle, as far as it tells: by the names that it has, how many arguments its helpers get, and keys
//! under which a version stands.

use std::collections::{HashMap, HashSet};

use crate::{
    decode::text::{Dialect, Meaning, Text, meaning},
    idiom, limits,
    lookup::{
        moves::{self, Change, Side},
        renames, writers,
    },
    machine::{effect::EffectKind, lookup::Target},
    opcode::{Opcode, Shape},
    python::Pythons,
    reader::{Pickle, Reader},
};

use super::{needs::Needs, resolving::names};

/// What tells of a library's version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clue {
    /// The library: `Python`, or as pip knows it.
    pub library: &'static str,
    /// Which versions wrote it.
    pub versions: Versions,
    /// By what it is told.
    pub by: By,
    /// Where that first stands, from the start of the input.
    pub offset: u64,
}

/// Versions of a library.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Versions {
    /// In words of ours: `2.0 or newer`.
    Ours(String),
    /// As the file says.
    Theirs(String),
}

/// What a version is told by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A name that is looked up.
    Name(String, String),
    /// A name that is called with so many arguments.
    Call(String, String, u64),
    /// A key that stands before it.
    Key(&'static str),
    /// An opcode.
    Opcode(Opcode),
}

/// What [`idiom`] says of names that numpy writes in all its versions.
const EITHER: &str = "1 and 2";

/// So many clues are kept of a pickle. What tables tell has an end far below; what the file says under a key hasn't.
const CLUES: usize = limits::NOTES;

#[derive(Default)]
struct Clues {
    all: Vec<Clue>,
    known: HashSet<(&'static str, Versions)>,
}

impl Clues {
    fn add(&mut self, clue: Clue) {
        if self.all.len() < CLUES && self.known.insert((clue.library, clue.versions.clone())) {
            self.all.push(clue);
        }
    }
}

/// What tells which versions wrote a pickle, by library, in the order of the stream.
pub fn betrays(needs: &Needs<'_, '_>) -> Vec<Clue> {
    let pickle = &needs.read.pickle;
    let mut clues = Clues::default();
    of_python(needs, &mut clues);
    let mut third_party = false;
    for (reference, judged) in needs.names() {
        if !judged.third_party {
            continue;
        }
        third_party = true;
        if let Some((module, name)) = reference.target.and_then(names) {
            of_name(&module, &name, reference.first, &mut clues);
        }
    }
    if third_party {
        of_calls(pickle, &mut clues);
        of_keys(pickle, &mut clues);
    }
    let mut all = clues.all;
    narrow(&mut all);
    all.sort_by_key(|clue| (clue.library != "Python", clue.offset));
    all
}

/// Leaves of each library the highest version from which on, and the lowest up to which.
fn narrow(clues: &mut Vec<Clue>) {
    let mut highest: HashMap<&'static str, Vec<u32>> = HashMap::new();
    let mut lowest: HashMap<&'static str, Vec<u32>> = HashMap::new();
    for clue in clues.iter() {
        match bound(clue) {
            Some((version, true)) => {
                let known = highest.entry(clue.library).or_default();
                *known = version.max(std::mem::take(known));
            }
            Some((version, false)) => {
                let known = lowest
                    .entry(clue.library)
                    .or_insert_with(|| version.clone());
                *known = version.min(std::mem::take(known));
            }
            None => {}
        }
    }
    // What two tables tell in other words is told once.
    let mut known = HashSet::new();
    clues.retain(|clue| {
        let Some((version, is_lower)) = bound(clue) else {
            return true;
        };
        let nearest = if is_lower { &highest } else { &lowest };
        nearest.get(clue.library) == Some(&version) && known.insert((clue.library, is_lower))
    });
}

/// The version from which on (true) or below which (false) it was written, where that is all that the words say.
fn bound(clue: &Clue) -> Option<(Vec<u32>, bool)> {
    let Versions::Ours(words) = &clue.versions else {
        return None;
    };
    let version = |text: &str| -> Option<Vec<u32>> {
        text.split('.').map(|part| part.parse().ok()).collect()
    };
    let from = words
        .strip_suffix(" or newer")
        .or_else(|| words.strip_suffix(" and later"));
    match (from, words.strip_prefix("older than ")) {
        (Some(from), _) => Some((version(from)?, true)),
        (_, Some(below)) => Some((version(below)?, false)),
        _ => None,
    }
}

/// What pickle itself tells.
fn of_python(needs: &Needs<'_, '_>, clues: &mut Clues) {
    let pickle = &needs.read.pickle;
    const OLD: [Opcode; 3] = [Opcode::String, Opcode::BinString, Opcode::ShortBinString];
    // Python 3's picklers have other opcodes for text and for bytes.
    if let Some(opcode) = OLD.into_iter().find(|own| pickle.tally.count(*own) > 0)
        && let Some(first) = first_of(pickle, opcode)
    {
        clues.add(Clue {
            library: "Python",
            versions: Versions::Ours("2".to_owned()),
            by: By::Opcode(opcode),
            offset: first,
        });
    }
    if pickle.declared < 3 {
        return;
    }
    for (reference, judged) in needs.names() {
        if judged.third_party || judged.main {
            continue;
        }
        let Some((module, name)) = reference.target.and_then(names) else {
            continue;
        };
        let written = renames::homes(&module, &name)
            .fold(Pythons::NONE, |all, home| all.or(home.written))
            .and(Pythons::PY3);
        // A name that most write tells nothing.
        if written.is_empty() || written.iter().count() > 6 {
            continue;
        }
        clues.add(Clue {
            library: "Python",
            versions: Versions::Ours(written.to_string()),
            by: By::Name(module.into_owned(), name.into_owned()),
            offset: reference.first,
        });
    }
}

/// Where an opcode first stands.
fn first_of(pickle: &Pickle<'_>, opcode: Opcode) -> Option<u64> {
    Reader::new(pickle.input(), pickle.span.start)
        .find(|(op, _)| op.opcode == opcode)
        .map(|(op, _)| op.offset)
}

/// What a name of a library tells.
fn of_name(module: &str, name: &str, offset: u64, clues: &mut Clues) {
    let by = || By::Name(module.to_owned(), name.to_owned());
    let mut add = |library, versions: String| {
        clues.add(Clue {
            library,
            versions: Versions::Ours(versions),
            by: by(),
            offset,
        });
    };
    if let Some(found) = moves::telling(module, name).find(tells)
        && let Some(changed) = found.of.changed
    {
        let versions = match found.side {
            Side::Old => format!("older than {changed}"),
            Side::New => format!("{changed} or newer"),
        };
        add(found.of.library, versions);
    } else if let Some((library, versions)) = idiom::versions(module, name)
        && versions != EITHER
    {
        add(library, versions.to_owned());
    }
    for writer in writers::of_name(module, name) {
        if let Some(versions) = writer.versions {
            add(writer.library, versions.to_owned());
        }
    }
}

/// Whether only the versions on its side write the name. What was replaced and never taken away may still be written for
/// something else: cloudpickle's `_builtin_type` is.
fn tells(found: &moves::Found<'_>) -> bool {
    match found.of.change {
        Change::Changed | Change::Marker => false,
        Change::RenamedAndMore => found.side == Side::New || found.of.removed.is_some(),
        _ => true,
    }
}

/// What tells by how many arguments it is called with.
fn of_calls(pickle: &Pickle<'_>, clues: &mut Clues) {
    for done in pickle.effects() {
        if done.effect.kind() != EffectKind::Call {
            continue;
        }
        let Some(Target::Name {
            module: Some(module),
            name: Some(name),
        }) = done.found.map(|lookup| &lookup.target)
        else {
            continue;
        };
        let of = |package: &[u8]| module.bytes().starts_with(package);
        if !of(b"dill.") && !of(b"cloudpickle.") || name.bytes().len() > writers::LONGEST_KEY {
            continue;
        }
        let Some(arguments) = done.effect.arguments() else {
            continue;
        };
        let (module, name) = (module.text(), name.text());
        for writer in writers::of_call(&module, &name, arguments) {
            if let Some(versions) = writer.versions {
                clues.add(Clue {
                    library: writer.library,
                    versions: Versions::Ours(versions.to_owned()),
                    by: By::Call(
                        module.clone().into_owned(),
                        name.clone().into_owned(),
                        arguments,
                    ),
                    offset: done.effect.offset(),
                });
            }
        }
    }
}

/// The longest version that is taken for one, in bytes.
const LONGEST_VERSION: u64 = 64;

/// What may stand between a key and its value.
const BETWEEN: [Opcode; 5] = [
    Opcode::Put,
    Opcode::BinPut,
    Opcode::LongBinPut,
    Opcode::Memoize,
    Opcode::Frame,
];

/// What stands behind keys that are known. A pickler writes a key and, but for the memo, its value next.
fn of_keys(pickle: &Pickle<'_>, clues: &mut Clues) {
    let mut key: Option<(&'static str, u64)> = None;
    for (op, _) in Reader::new(pickle.input(), pickle.span.start) {
        if BETWEEN.contains(&op.opcode) {
            continue;
        }
        let is_text = matches!(
            op.opcode.shape(),
            Shape::Unicode1 | Shape::Unicode4 | Shape::Unicode8 | Shape::String1 | Shape::String4
        ) || matches!(op.opcode, Opcode::Unicode | Opcode::String);
        let text = match is_text && op.length() <= LONGEST_VERSION {
            true => match meaning(&op, Dialect::C) {
                Ok(Meaning::Str(Text::Str(text))) => Some(text.into_owned()),
                Ok(Meaning::Bytes(bytes)) => String::from_utf8(bytes.into_owned()).ok(),
                _ => None,
            },
            false => None,
        };
        let before = key.take();
        let Some(text) = text else { continue };
        if let Some((own, offset)) = before {
            if let Some(writer) = writers::of_key(own) {
                clues.add(Clue {
                    library: writer.library,
                    versions: Versions::Theirs(text),
                    by: By::Key(own),
                    offset,
                });
            }
            continue;
        }
        let Some((own, writer)) = writers::key(&text) else {
            continue;
        };
        match writer.versions {
            Some(versions) => clues.add(Clue {
                library: writer.library,
                versions: Versions::Ours(versions.to_owned()),
                by: By::Key(own),
                offset: op.offset,
            }),
            None => key = Some((own, op.offset)),
        }
    }
}
