//! What can be pickled by what: kinds of object, and what became of one of each kind on every Python.
//!
//! `catalogue.tsv` is written by `tools/catalogue.py`, which makes the objects, dumps them and loads them in other processes, with
//! the pickler written in C, with a reducer where one is commonly advised, and with dill and cloudpickle; its docs tell the
//! columns. CPython 2.7 and 3.6 to 3.13 ran on Linux, 3.14 and 3.15 as the WebAssembly builds of the npm package pyodide.
//!
//! ```
//! use pickscope::{
//!     lookup::catalogue::{Outcome, Way, find},
//!     python::Python,
//! };
//!
//! let kind = find("methods", "bound method").expect("it is in the catalogue");
//! let found = kind.at(Way::Pickle, Python::V2_7).expect("it was tried");
//! assert_eq!(found.outcome, Outcome::Refused);
//! assert_eq!(kind.at(Way::Dill, Python::V2_7).map(|found| found.outcome), Some(Outcome::Pickles));
//! assert_eq!(kind.cause(Python::V2_7.into()), Some("bound-method-python-2"));
//! ```

use crate::python::{Python, Pythons};

use super::{
    message::{decide, find as find_message},
    rows::{columns, pythons, rows},
};

static TABLE: &str = include_str!("catalogue.tsv");

/// Between the texts of a row.
const PARTED: &str = " ¦ ";

/// The group of the row that tells which dill and cloudpickle were tried.
const TOOLS: &str = "!";

/// The group of the rows that tell what is said of several kinds.
const SAID: &str = "!said";

/// By what an object was dumped and loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// pickle, with the highest protocol of its Python.
    Pickle,
    /// pickle, with protocol 2.
    Protocol2,
    /// pickle, with protocol 0; 1 takes the same ways.
    Protocol0,
    /// pickle with the highest protocol, after the reducer that is commonly advised was registered with copyreg.
    Copyreg,
    /// dill, as it is called by default.
    Dill,
    /// cloudpickle, as it is called by default; pickle loads it.
    Cloudpickle,
}

impl Way {
    /// The columns of the table, from left to right.
    pub const ALL: [Self; 6] = [
        Self::Pickle,
        Self::Protocol2,
        Self::Protocol0,
        Self::Copyreg,
        Self::Dill,
        Self::Cloudpickle,
    ];
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was loaded in another process and is the same.
    Pickles,
    /// It was refused when it was dumped.
    Refused,
    /// It was dumped, and loading failed.
    WontLoad,
    /// It was dumped and loaded, and is something else.
    Damaged,
    /// Only its name was stored, which leads to something else where it is loaded: what was changed at run time isn't there.
    ByReference,
}

impl Outcome {
    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pickles => "pickles",
            Self::Refused => "refused",
            Self::WontLoad => "won't load",
            Self::Damaged => "damaged",
            Self::ByReference => "by reference",
        }
    }

    fn of_letter(letter: &str) -> Option<Self> {
        Some(match letter {
            "y" => Self::Pickles,
            "r" => Self::Refused,
            "l" => Self::WontLoad,
            "d" => Self::Damaged,
            "n" => Self::ByReference,
            _ => return None,
        })
    }
}

/// What became of an object, on some Pythons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// On which.
    pub pythons: Pythons,
    /// What.
    pub outcome: Outcome,
    /// The exception and the first line of its message, without addresses; of what was damaged, what it came back as.
    pub said: Option<&'static str>,
}

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What it stands with: `methods`.
    pub group: &'static str,
    /// What it is: `bound method of a private name`.
    pub name: &'static str,
    /// The Pythons that have it. What a WebAssembly build couldn't make wasn't tried there.
    pub pythons: Pythons,
    /// Whether its code ran as the program itself, and what loaded it was another program. Else its code is a module that both
    /// can import.
    pub is_program: bool,
    ways: [&'static str; 6],
    texts: &'static str,
    code: &'static str,
    reducer: &'static str,
}

impl Kind {
    fn of_row(row: &'static str) -> Self {
        let [
            group,
            name,
            has,
            pickle,
            protocol_2,
            protocol_0,
            copyreg,
            dill,
            cloudpickle,
            texts,
            program,
            code,
            reducer,
        ] = columns(row);
        // What is as it is with the next higher protocol isn't written.
        let or = |own: &'static str, other| if own.is_empty() { other } else { own };
        let protocol_2 = or(protocol_2, pickle);
        Self {
            group,
            name,
            pythons: pythons(has),
            is_program: program == "main",
            ways: [
                pickle,
                protocol_2,
                or(protocol_0, protocol_2),
                copyreg,
                dill,
                cloudpickle,
            ],
            texts,
            code,
            reducer,
        }
    }

    /// What became of it, the outcome of the oldest Python first. Nothing where it wasn't tried.
    pub fn found(&self, way: Way) -> impl Iterator<Item = Found> + use<> {
        let texts = self.texts;
        let own = Way::ALL.iter().position(|other| *other == way);
        let entries = own.and_then(|own| self.ways.get(own)).copied();
        entries
            .unwrap_or_default()
            .split(';')
            .filter_map(move |entry| {
                let (head, number) = match entry.split_once(':') {
                    Some((head, number)) => (head, number.parse().ok()),
                    None => (entry, None),
                };
                let (letter, mask) = head.split_at_checked(1)?;
                Some(Found {
                    pythons: pythons(mask),
                    outcome: Outcome::of_letter(letter)?,
                    said: number
                        .and_then(|number| texts.split(PARTED).nth(number))
                        .map(said),
                })
            })
    }

    /// What became of it on one Python; `None` where it wasn't tried.
    pub fn at(&self, way: Way, python: Python) -> Option<Found> {
        self.found(way).find(|found| found.pythons.has(python))
    }

    /// The code that makes it: the last line assigns it to `obj`.
    pub fn code(&self) -> String {
        unescaped(self.code)
    }

    /// The code that registers a reducer, if one is commonly advised. On Python 2 `copyreg` is `copy_reg`.
    pub fn reducer(&self) -> Option<String> {
        (!self.reducer.is_empty()).then(|| unescaped(self.reducer))
    }

    /// The cause of what pickle says of it on the newest of some Pythons where it says something: a name of
    /// [`causes`](super::causes).
    pub fn cause(&self, asked: Pythons) -> Option<&'static str> {
        let (python, found) = asked.iter().rev().find_map(|python| {
            let found = self.at(Way::Pickle, python)?;
            let fails = matches!(found.outcome, Outcome::Refused | Outcome::WontLoad);
            fails.then_some((python, found))
        })?;
        let call = match found.outcome {
            Outcome::Refused => "dumps(obj)",
            _ => "loads(data)",
        };
        // As a traceback has it: an error that any program can end in tells of a pickle only so.
        let text = format!(
            "Traceback (most recent call last):\n  File \"main.py\", line 1, in <module>\n    pickle.{call}\n{}\n",
            found.said?
        );
        let message = find_message(&text).ok()?;
        Some(decide(&message, python.into()).cause)
    }
}

/// The kind of this group and name.
pub fn find(group: &str, name: &str) -> Option<Kind> {
    rows(TABLE, [group, name]).next().map(Kind::of_row)
}

/// All of them, sorted by group and name.
pub fn all() -> impl Iterator<Item = Kind> {
    TABLE
        .lines()
        .filter(|row| !row.starts_with('!'))
        .map(Kind::of_row)
}

/// Which dill or cloudpickle was tried on which Python, the oldest first: the tool, the Python, the tool's version.
pub fn tools() -> impl Iterator<Item = (&'static str, Python, &'static str)> {
    rows(TABLE, [TOOLS])
        .flat_map(|row| row.split('\t').skip(1))
        .filter_map(|column| column.split_once(' '))
        .flat_map(|(tool, versions)| {
            versions.split(", ").filter_map(move |entry| {
                let (python, version) = entry.split_once(' ')?;
                Some((tool, python.parse().ok()?, version))
            })
        })
}

/// What a row says, itself or by the number of what several say.
fn said(text: &'static str) -> &'static str {
    let Some(number) = text.strip_prefix('#') else {
        return text;
    };
    let shared = rows(TABLE, [SAID, number]).next().map(columns);
    shared.map_or(text, |[_, _, text]| text)
}

/// Text with its newlines and backslashes.
fn unescaped(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        own.push(match c {
            '\\' => match rest.next() {
                Some('n') => '\n',
                other => other.unwrap_or('\\'),
            },
            c => c,
        });
    }
    own
}
