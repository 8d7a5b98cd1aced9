//! Names that changed: from Python 2 to 3 as Python 3's own unpickler knows it, and from one Python to the next.
//!
//! The tables below `renames/` are written by `tools/renames.py`, which asks CPython 2.7 and 3.6 to 3.13 on Linux, and for 3.14
//! and 3.15 the WebAssembly builds of the npm package pyodide.
//!
//! `find_class` of Lib/pickle.py, which Modules/_pickle.c follows:
//!
//! ```python
//! if self.proto < 3 and self.fix_imports:
//!     if (module, name) in _compat_pickle.NAME_MAPPING:
//!         module, name = _compat_pickle.NAME_MAPPING[(module, name)]
//!     elif module in _compat_pickle.IMPORT_MAPPING:
//!         module = _compat_pickle.IMPORT_MAPPING[module]
//! __import__(module, level=0)
//! if self.proto >= 4 and '.' in name:
//!     return _getattribute(sys.modules[module], name)
//! else:
//!     return getattr(sys.modules[module], name)
//! ```
//!
//! ```
//! use pickscope::lookup::renames;
//!
//! let (module, name) = renames::to_python3("3.13".parse()?, "itertools", "izip").expect("it is renamed");
//! assert_eq!((&*module, &*name), ("builtins", "zip"));
//! let hole = renames::hole("__builtin__", "reload").expect("the mapping leads nowhere");
//! assert_eq!(hole.instead, Some("importlib.reload"));
//!
//! let home = renames::homes("pathlib._local", "PosixPath").next().expect("3.13 writes it");
//! assert_eq!((home.public, home.written.to_string()), (("pathlib", "PosixPath"), "3.13".to_owned()));
//! assert_eq!(home.lost.to_string(), "3.6 to 3.12");
//! # Ok::<(), pickscope::python::UnknownPython>(())
//! ```

use std::borrow::Cow;

use crate::python::{Python, Pythons};

use super::rows::{columns, pythons, rows};

static PYTHON3: &str = include_str!("renames/python3.tsv");
static PYTHON2: &str = include_str!("renames/python2.tsv");
static HOLES: &str = include_str!("renames/holes.tsv");
static HOMES: &str = include_str!("renames/homes.tsv");

/// Whether a Python 3 renames what a stream of this protocol looks up, unless it was told `fix_imports=False`. A stream that
/// names no protocol is of protocol 0. Streams below 3 are taken for Python 2's, whoever wrote them.
pub const fn is_renamed_at(protocol: u8) -> bool {
    protocol < 3
}

/// Whether a name with dots is walked attribute by attribute in a stream of this protocol. Below 4 it is the name of one
/// attribute, which nothing has: picklers write `getattr(Outer, 'Inner')` there. Python 2.7, which reads up to 2, never walks.
pub const fn is_walked_at(protocol: u8) -> bool {
    protocol >= 4
}

/// A module and a name in it.
pub type Place = (Cow<'static, str>, Cow<'static, str>);

/// What a Python 3 looks up in place of a name of a stream below protocol 3, unless it was told `fix_imports=False`; `None`
/// where it is the same name.
pub fn to_python3(python: Python, module: &str, name: &str) -> Option<Place> {
    renamed(PYTHON3, python, module, name)
}

/// What a Python 3 writes in place of a name when it writes a stream below protocol 3; `None` where it is the same name.
pub fn to_python2(python: Python, module: &str, name: &str) -> Option<Place> {
    renamed(PYTHON2, python, module, name)
}

fn renamed(table: &'static str, python: Python, module: &str, name: &str) -> Option<Place> {
    // No module is `*`, so a name `*` can only be a module's own row.
    let row = |name: &str| {
        rows(table, [module, name])
            .map(columns)
            .find(|[.., mask]: &[&str; 5]| pythons(mask).has(python))
    };
    let own = if name == "*" { None } else { row(name) };
    match own {
        Some([_, _, module, name, _]) => Some((module.into(), name.into())),
        None => row("*").map(|[_, _, module, ..]| (module.into(), name.to_owned().into())),
    }
}

/// A name of Python 2.7 that the mapping doesn't lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hole {
    /// The Pythons 3 that fail on it, with all their renaming.
    pub fails: Pythons,
    /// Those where that isn't known.
    pub unknown: Pythons,
    /// What there is instead: a name with its module, or an expression.
    pub instead: Option<&'static str>,
}

/// The hole that a Python 2 name falls into. Only the modules that the mapping speaks of, and a few that Python 3 kept and
/// emptied (`types`, `string`, `operator`, …), are recorded.
pub fn hole(module: &str, name: &str) -> Option<Hole> {
    rows(HOLES, [module, name]).next().map(|row| {
        let [_, _, fails, unknown, instead] = columns(row);
        Hole {
            fails: pythons(fails),
            unknown: pythons(unknown),
            instead: (!instead.is_empty()).then_some(instead),
        }
    })
}

/// A public name that some Pythons write under another name than others do, in one of its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Home {
    /// The module and name that are written.
    pub written_as: (&'static str, &'static str),
    /// The module and name that programs use.
    pub public: (&'static str, &'static str),
    /// The Pythons that write it so, at the newest protocol.
    pub written: Pythons,
    /// Those that have the public name and can't find the written one. What only Python 2 writes is looked up with renaming.
    pub lost: Pythons,
}

impl Home {
    fn of_row(row: &'static str) -> Self {
        let [module, name, public_module, public_name, written, lost] = columns(row);
        Self {
            written_as: (module, name),
            public: (public_module, public_name),
            written: pythons(written),
            lost: pythons(lost),
        }
    }

    /// What a Python writes for the same public name, where it is recorded.
    pub fn on(&self, python: Python) -> Option<Self> {
        forms(self.public).find(|home| home.written.has(python))
    }
}

/// The public names that are written as this one.
pub fn homes<'k>(module: &'k str, name: &'k str) -> impl Iterator<Item = Home> + use<'k> {
    rows(HOMES, [module, name]).map(Home::of_row)
}

/// The forms that a public name is written in: none, where all Pythons write the same.
pub fn forms(public: (&str, &str)) -> impl Iterator<Item = Home> {
    HOMES
        .lines()
        .map(Home::of_row)
        .filter(move |home| home.public == public)
}

/// All forms, sorted by the module and name that are written.
pub fn all_homes() -> impl Iterator<Item = Home> {
    HOMES.lines().map(Home::of_row)
}
