//! What loading a pickle takes: who finds its names, and what its caller must have or give.

use std::collections::HashSet;

use crate::{
    decode::text::{Dialect, Meaning, meaning},
    limits,
    lookup::{
        moves,
        resolve::{Reason, Wanted, resolve},
    },
    machine::lookup::Target,
    opcode::Opcode,
    python::{Python, Pythons},
    reader::{Pickle, Reader},
};

use super::{
    refs::{Read, Reference, references},
    resolving::names,
};

/// A pickle with all its references judged once.
#[derive(Debug)]
pub struct Needs<'r, 'a> {
    /// The pickle.
    pub read: &'r Read<'a>,
    /// The Pythons that it is judged for: those that were asked for, else those that read its protocol.
    pub asked: Pythons,
    /// Its distinct references, as [`references`] has them.
    pub references: Vec<Reference<'r, 'a>>,
    /// What becomes of each; `None` where it isn't a name that can be judged.
    pub judged: Vec<Option<Judged>>,
    /// The Pythons that find every standard name.
    pub found: Pythons,
    /// The packages that must be installed, sorted: the first parts of modules' names.
    pub packages: Vec<String>,
    /// How many more there are.
    pub more_packages: u64,
    /// What the caller must give: `persistent_load`, buffers, extension codes.
    pub given: Vec<&'static str>,
    /// How many distinct names aren't judged: a call makes them when it is loaded, or they are too long.
    pub unjudged: u64,
    /// What text of Python 2 takes.
    pub encoding: Option<Encoding>,
}

/// What becomes of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The Pythons of those asked for that don't find it.
    pub fails: Pythons,
    /// Those that can't read the stream anyway are among them.
    pub unreadable: Pythons,
    /// Whether it is of a package that must be installed.
    pub third_party: bool,
    /// Whether it is defined by the program that runs.
    pub main: bool,
    /// Whether a library is known to have moved or changed it.
    pub moved: bool,
}

/// Text or data of Python 2 that isn't ASCII, and how Python 3 is to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// What to give as `encoding=`.
    pub name: &'static str,
    /// Why, in words.
    pub why: &'static str,
    /// Where the first such string stands, from the start of the input.
    pub first: u64,
    /// Its first byte that isn't ASCII, and that byte's place in the string.
    pub byte: (u8, usize),
    /// How many such strings there are.
    pub strings: u64,
}

impl Encoding {
    /// What Python 3 raises without it.
    pub fn error(&self) -> String {
        let (byte, at) = self.byte;
        format!(
            "UnicodeDecodeError: 'ascii' codec can't decode byte 0x{byte:02x} in position {at}: ordinal not in range(128)"
        )
    }
}

/// The Pythons that read a pickle's protocol.
pub fn readers(pickle: &Pickle<'_>) -> Pythons {
    let needed = pickle.protocol.max(pickle.tally.protocol());
    Python::all()
        .filter(|python| needed <= python.highest_protocol())
        .collect()
}

/// Judges a pickle's references, and sums them up.
pub fn needs<'r, 'a>(read: &'r Read<'a>) -> Needs<'r, 'a> {
    let pickle = &read.pickle;
    let asked = read.asked.unwrap_or(readers(pickle));
    let references = references(pickle);
    let mut packages = HashSet::new();
    let mut needs = Needs {
        read,
        asked,
        judged: Vec::with_capacity(references.len()),
        found: asked.and(readers(pickle)),
        packages: Vec::new(),
        more_packages: 0,
        given: Vec::new(),
        unjudged: 0,
        encoding: encoding(pickle),
        references: Vec::new(),
    };
    for reference in &references {
        let given = match reference.target {
            Some(Target::Persistent(_)) => "persistent_load, for persistent ids",
            Some(Target::Extension(_)) => "copyreg.add_extension, for extension codes",
            None => "buffers=, for out-of-band buffers",
            _ => "",
        };
        if !given.is_empty() && !needs.given.contains(&given) {
            needs.given.push(given);
        }
        let judged = judge(read, reference, asked, |package| {
            if packages.contains(package) {
                return;
            }
            if packages.len() < limits::TROUBLES {
                packages.insert(package.to_owned());
            } else {
                needs.more_packages = needs.more_packages.saturating_add(1);
            }
        });
        match judged {
            Some(judged) => needs.found = needs.found.without(judged.fails),
            None if matches!(reference.target, Some(Target::Name { .. })) => {
                needs.unjudged = needs.unjudged.saturating_add(1);
            }
            None => {}
        }
        needs.judged.push(judged);
    }
    needs.packages = packages.into_iter().collect();
    needs.packages.sort();
    needs.references = references;
    needs
}

/// What becomes of a reference; `package` is told of what must be installed.
fn judge(
    read: &Read<'_>,
    reference: &Reference<'_, '_>,
    asked: Pythons,
    package: impl FnOnce(&str),
) -> Option<Judged> {
    let (module, name) = names(reference.target?)?;
    let wanted = Wanted {
        module: &module,
        name: &name,
        protocol: Some(read.pickle.declared),
    };
    let mut judged = Judged {
        fails: Pythons::NONE,
        unreadable: Pythons::NONE,
        third_party: false,
        main: false,
        moved: false,
    };
    for python in asked.iter() {
        let verdict = resolve(&wanted, python);
        let own = [python].into_iter().collect();
        if verdict.resolves == Some(false) {
            judged.fails = judged.fails.or(own);
        }
        match verdict.reason {
            Reason::Protocol => judged.unreadable = judged.unreadable.or(own),
            Reason::ThirdParty => judged.third_party = true,
            Reason::Main => judged.main = true,
            _ => {}
        }
    }
    if judged.third_party {
        judged.moved = judged.fails.is_empty() && moves::telling(&module, &name).next().is_some();
        package(module.split('.').next().unwrap_or(&module));
    }
    Some(judged)
}

impl<'r, 'a> Needs<'r, 'a> {
    /// Whether a lookup fails on a Python that it is judged for, or that Python can't read the protocol.
    pub fn fails(&self) -> bool {
        !self.asked.without(readers(&self.read.pickle)).is_empty()
            || self
                .judged
                .iter()
                .flatten()
                .any(|judged| !judged.fails.is_empty())
    }

    /// The references that can be judged, each with what becomes of it.
    pub fn names(&self) -> impl Iterator<Item = (&Reference<'r, 'a>, Judged)> {
        self.references
            .iter()
            .zip(&self.judged)
            .filter_map(|(reference, judged)| Some((reference, (*judged)?)))
    }
}

/// The opcodes that hold a `str` of Python 2.
const OLD_STRINGS: [Opcode; 3] = [Opcode::String, Opcode::BinString, Opcode::ShortBinString];

/// What text of Python 2 that isn't ASCII takes; `None` where there is none.
fn encoding(pickle: &Pickle<'_>) -> Option<Encoding> {
    if OLD_STRINGS
        .iter()
        .all(|opcode| pickle.tally.count(*opcode) == 0)
    {
        return None;
    }
    let mut found: Option<Encoding> = None;
    let mut all_utf8 = true;
    // The reader, and not the decoder alone: raw bytes may stand between opcodes.
    for (op, _) in Reader::new(pickle.input(), pickle.span.start) {
        if !OLD_STRINGS.contains(&op.opcode) {
            continue;
        }
        let Ok(Meaning::Bytes(bytes)) = meaning(&op, Dialect::C) else {
            continue;
        };
        let Some((at, byte)) = bytes.iter().enumerate().find(|(_, byte)| !byte.is_ascii()) else {
            continue;
        };
        all_utf8 = all_utf8 && std::str::from_utf8(&bytes).is_ok();
        match &mut found {
            Some(found) => found.strings = found.strings.saturating_add(1),
            None => {
                found = Some(Encoding {
                    name: "latin1",
                    why: "",
                    first: op.offset,
                    byte: (*byte, at),
                    strings: 1,
                });
            }
        }
    }
    let mut encoding = found?;
    (encoding.name, encoding.why) = match (holds_data(pickle), all_utf8) {
        (Some(data), _) => ("latin1", data),
        (None, true) => ("utf-8", "all such strings are valid UTF-8"),
        (None, false) => (
            "latin1",
            "not all such strings are UTF-8; latin1 reads any, and text of another encoding needs decoding anew. With 'bytes' all of them stay bytes, attribute names too",
        ),
    };
    Some(encoding)
}

/// Whose objects hold bytes in a `str` of Python 2, if the pickle has some.
fn holds_data(pickle: &Pickle<'_>) -> Option<&'static str> {
    pickle.lookups.iter().find_map(|(lookup, _)| {
        let Target::Name {
            module: Some(module),
            ..
        } = &lookup.target
        else {
            return None;
        };
        let module = module.bytes();
        let of = |package: &[u8]| {
            module
                .strip_prefix(package)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
        };
        match module {
            b"datetime" => Some("dates of datetime hold bytes, which only latin1 gives back"),
            b"array" => Some("arrays hold bytes, which only latin1 gives back"),
            _ if of(b"numpy") || of(b"pandas") || of(b"scipy") || of(b"sklearn") => {
                Some("arrays of numpy hold bytes, which only latin1 gives back")
            }
            _ => None,
        }
    })
}
