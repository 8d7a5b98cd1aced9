//! A program that loads a file whose names have moved: which names it looks up elsewhere, and what it can't help with.

use std::collections::HashSet;

use crate::{
    limits,
    lookup::{
        instead::{Moved, found_by, instead, is_plain, moved},
        moves::{Change, Move},
        renames::Place,
        resolve::{Reason, Verdict, Wanted, resolve},
    },
    machine::lookup::Target,
    python::{Python, Pythons},
};

use super::{
    needs::{Encoding, Needs, readers},
    refs::{Read, Reference},
    resolving::names,
};

/// What a program needs to load the pickles of a file. Names are those of the stream, unless they are called ours.
#[derive(Clone, Debug, Default)]
pub struct Shim {
    /// The Pythons that it is for.
    pub asked: Pythons,
    /// Those of them that read every pickle.
    pub readers: Pythons,
    /// The highest protocol.
    pub protocol: u8,
    /// How many pickles the file has.
    pub pickles: u64,
    /// The names that it looks up elsewhere, in the order of their first lookup.
    pub mappings: Vec<Mapping>,
    /// The names that it can't help with, likewise.
    pub unhelped: Vec<Unhelped>,
    /// How many more of both there are.
    pub more: u64,
    /// The packages that must be installed, sorted.
    pub packages: Vec<String>,
    /// How many names aren't judged.
    pub unjudged: u64,
    /// What the caller must give.
    pub given: Vec<&'static str>,
    /// What text of Python 2 takes, of the pickle that needs the most general.
    pub encoding: Option<Encoding>,
    /// Whether another pickle's text takes another.
    pub encodings_differ: bool,
    /// The part of the input that the pickles are in, the first if there are several; `None` if the input itself is pickles.
    pub part: Option<String>,
    /// How many more parts have pickles.
    pub more_parts: u64,
    /// Whether dill wrote it, and only dill knows how to answer its marks.
    pub dill: bool,
    /// Whether a lookup fails, mapped or not.
    pub fails: bool,
    /// The part that was last entered.
    at: Option<String>,
    known: HashSet<(String, String)>,
}

/// A name that is looked up elsewhere where it isn't found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Module and name in the stream: words of ASCII letters, digits and underscores, with dots between them.
    pub from: (String, String),
    /// Where it is first looked up, from the start of the input.
    pub offset: u64,
    /// Where it may be, in the order to try; names of ours.
    pub to: Vec<Place>,
    /// Why.
    pub why: Why,
}

/// Why a name is looked up elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Some Pythons of those asked for have it elsewhere.
    Python {
        /// Those.
        fails: Pythons,
        /// Those of them that have it nowhere.
        nowhere: Pythons,
        /// All that find it as it is.
        found: Pythons,
        /// What the newest of those that fail makes of it.
        verdict: Verdict,
    },
    /// A library has moved it; the last move is the latest.
    Library(Vec<Move>),
}

/// A name that another name doesn't help with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unhelped {
    /// Module and name in the stream.
    pub name: (String, String),
    /// Where it is first looked up, from the start of the input.
    pub offset: u64,
    /// The Pythons of those asked for that don't find it; none where that depends on what is installed.
    pub fails: Pythons,
    /// Why not, in a sentence of ours.
    pub why: String,
}

impl Shim {
    /// Takes in the pickles of a file, one after the other.
    pub fn add(&mut self, needs: &Needs<'_, '_>) {
        let pickle = &needs.read.pickle;
        let own = readers(pickle);
        self.readers = match self.pickles {
            0 => own,
            _ => self.readers.and(own),
        };
        self.asked = self.asked.or(needs.asked);
        self.pickles = self.pickles.saturating_add(1);
        self.protocol = self
            .protocol
            .max(pickle.protocol.max(pickle.tally.protocol()));
        self.unjudged = self.unjudged.saturating_add(needs.unjudged);
        self.fails |= needs.fails();
        for given in &needs.given {
            if !self.given.contains(given) {
                self.given.push(given);
            }
        }
        for package in &needs.packages {
            if !self.packages.contains(package) && self.packages.len() < limits::NOTES {
                self.packages.push(package.clone());
            }
        }
        self.packages.sort();
        // What is data in one pickle is so for the file.
        if let (Some(own), Some(encoding)) = (self.encoding, needs.encoding) {
            self.encodings_differ |= own.name != encoding.name;
        }
        if let Some(encoding) = needs.encoding
            && self.encoding.is_none_or(|own| own.name != "latin1")
        {
            self.encoding = Some(encoding);
        }
        let text = self.encoding_for_readers().is_some();
        for (reference, judged) in needs.names() {
            if text && is_decode_error(reference) && self.known.len() < limits::TROUBLES {
                self.unhelped.push(Unhelped {
                    name: (String::from("exceptions"), String::from("UnicodeDecodeError")),
                    offset: reference.first,
                    fails: needs.asked.and(Pythons::PY3),
                    why: "it takes text and bytes, and Python 2 wrote both alike: no encoding gives both".to_owned(),
                });
            }
            if judged.fails.without(judged.unreadable).is_empty() && !judged.moved && !judged.main {
                continue;
            }
            let Some((module, name)) = reference
                .target
                .and_then(|target: &Target<'_>| names(target))
            else {
                continue;
            };
            if self.known.len() >= limits::TROUBLES {
                self.more = self.more.saturating_add(1);
                continue;
            }
            let key = (module.into_owned(), name.into_owned());
            if self.known.insert(key.clone()) {
                let fails = judged.fails.without(judged.unreadable);
                self.name(key, reference, pickle.declared, fails);
            }
        }
    }

    /// Takes note of the part that the next pickles are in, by its name; `None` for the input itself.
    pub fn enter(&mut self, part: Option<&str>) {
        let part = part.map(str::to_owned);
        if self.pickles == 0 {
            self.part.clone_from(&part);
        } else if self.at != part {
            self.more_parts = self.more_parts.saturating_add(1);
        }
        self.at = part;
    }

    /// Takes in a name that fails or that a library moved.
    fn name(
        &mut self,
        from: (String, String),
        reference: &Reference<'_, '_>,
        protocol: u8,
        fails: Pythons,
    ) {
        let wanted = Wanted {
            module: &from.0,
            name: &from.1,
            protocol: Some(protocol),
        };
        let offset = reference.first;
        if fails.is_empty() {
            self.unjudged_name(from, offset);
            return;
        }
        let mut to: Vec<Place> = Vec::new();
        let mut nowhere = Pythons::NONE;
        // The newest first: what it has is what will be.
        for python in fails.iter().rev() {
            match instead(wanted, python).filter(|_| can_be_mapped(&from)) {
                Some(place) if to.contains(&place) => {}
                Some(place) => to.push(place),
                None => nowhere = nowhere.or([python].into_iter().collect()),
            }
        }
        let newest = fails.iter().next_back();
        let verdict = |python: Option<Python>| match python {
            Some(python) => resolve(&wanted, python),
            None => Verdict::no(Reason::NoAttribute),
        };
        let mut why = verdict(newest).reason.words();
        if matches!(wanted.module, "__builtin__" | "builtins") && wanted.name == "__main__" {
            self.dill = true;
            why = "dill's mark for the main module, which dill alone answers";
        } else if !to.is_empty() {
            let verdict = verdict(fails.without(nowhere).iter().next_back());
            let why = Why::Python {
                fails,
                nowhere,
                found: found_by(wanted),
                verdict,
            };
            self.mappings.push(Mapping {
                from,
                offset,
                to,
                why,
            });
            return;
        }
        self.unhelped.push(Unhelped {
            name: from,
            offset,
            fails,
            why: why.to_owned(),
        });
    }

    /// Takes in a name that depends on what is installed or on the program that runs.
    fn unjudged_name(&mut self, from: (String, String), offset: u64) {
        let why = match moved(&from.0, &from.1) {
            Some(Moved::To(places)) if can_be_mapped(&from) => {
                let (to, moves) = places.into_iter().unzip();
                self.mappings.push(Mapping {
                    from,
                    offset,
                    to,
                    why: Why::Library(moves),
                });
                return;
            }
            Some(Moved::Changed(of)) => changed(&of),
            _ if matches!(&*from.0, "__main__" | "__mp_main__") => {
                "it is of the program that wrote the file: define or import it in the program that loads".to_owned()
            }
            _ => return,
        };
        self.unhelped.push(Unhelped {
            name: from,
            offset,
            fails: Pythons::NONE,
            why,
        });
    }

    /// Whether there is anything to look up elsewhere, or to read otherwise.
    pub fn is_needed(&self) -> bool {
        if self.dill {
            return false;
        }
        !self.mappings.is_empty() || self.encoding_for_readers().is_some()
    }

    /// The encoding, where a Python 3 is asked for.
    pub fn encoding_for_readers(&self) -> Option<Encoding> {
        self.encoding
            .filter(|_| !self.asked.and(self.readers).and(Pythons::PY3).is_empty())
    }

    /// Whether a lookup fails all the same on a Python that was asked for, or that Python can't read the file.
    pub fn still_fails(&self) -> bool {
        let partly = |mapping: &Mapping| match &mapping.why {
            Why::Python { nowhere, .. } => !nowhere.is_empty(),
            Why::Library(_) => false,
        };
        !self.asked.without(self.readers).is_empty()
            || self.more > 0
            || self.unhelped.iter().any(|name| !name.fails.is_empty())
            || self.mappings.iter().any(partly)
    }
}

/// Whether it is a `UnicodeDecodeError` of Python 2, whose arguments are a codec's name and the bytes that it couldn't decode.
fn is_decode_error(reference: &Reference<'_, '_>) -> bool {
    matches!(reference.target, Some(Target::Name { module: Some(module), name: Some(name) })
        if module.bytes() == b"exceptions" && name.bytes() == b"UnicodeDecodeError")
}

/// Whether a reference that fails on some Pythons is known to be elsewhere on one of them.
pub fn helps(read: &Read<'_>, reference: &Reference<'_, '_>, fails: Pythons) -> bool {
    let Some((module, name)) = reference.target.and_then(names) else {
        return false;
    };
    let wanted = Wanted {
        module: &module,
        name: &name,
        protocol: Some(read.pickle.declared),
    };
    let readable = fails.and(readers(&read.pickle));
    readable
        .iter()
        .any(|python| instead(wanted, python).is_some())
}

/// What a library changed, where looking up another name doesn't help.
fn changed(of: &Move) -> String {
    let since = of.changed.map(|version| format!(" {version}"));
    let what = match of.change {
        Change::Renamed | Change::RenamedAndMore => "moved and changed it",
        Change::Removed => "took it away",
        Change::Added => "brought it, and older ones don't have it",
        Change::Changed => "changed what it takes",
        Change::Marker => "answers this mark alone",
    };
    format!(
        "{}{} {what}. {}",
        of.library,
        since.unwrap_or_default(),
        of.fix
    )
}

/// Whether a name may stand in the program.
fn can_be_mapped((module, name): &(String, String)) -> bool {
    is_plain(module) && is_plain(name)
}
