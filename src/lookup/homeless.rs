//! Types that claim a home they don't have: `__builtin__.instancemethod` is `types.MethodType`.
//!
//! `homeless.tsv` is written by `tools/homeless.py`, which walks all types of CPython 2.7 and 3.6 to 3.13 on Linux, and for
//! 3.14 and 3.15 of the WebAssembly builds of the npm package pyodide, with all of the standard library imported.
//!
//! ```
//! use pickscope::{lookup::homeless, python::Python};
//!
//! let method = homeless::find("__builtin__", "instancemethod").expect("it has no such home");
//! assert_eq!(method.pythons.to_string(), "2.7");
//! assert_eq!(method.reachable(Python::V2_7), Some(("types", "MethodType")));
//!
//! let none = homeless::find("builtins", "NoneType").expect("nor has this");
//! assert_eq!(none.made_by, Some("None"));
//! assert_eq!(none.special.to_string(), "3.6 to 3.15");
//! ```

use crate::python::{Python, Pythons};

use super::rows::{columns, pythons, rows};

static TABLE: &str = include_str!("homeless.tsv");

/// A type whose own module and name don't lead back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Homeless {
    /// The module that it claims.
    pub module: &'static str,
    /// The name that it claims there.
    pub name: &'static str,
    /// The Pythons that have such a type. Some of a WebAssembly build's 3.14 and 3.15 may be missing: they lack modules.
    pub pythons: Pythons,
    /// Those of them where the name leads to something else: a function that makes one, or another class. Elsewhere it leads
    /// nowhere.
    pub wrong: Pythons,
    /// Those whose pickler has a way of its own to write the type, such as `type(None)`.
    pub special: Pythons,
    /// Those where an object of it, that one of the known expressions makes, pickles and loads.
    pub instances: Pythons,
    /// An expression that makes an object of it.
    pub made_by: Option<&'static str>,
    places: &'static str,
}

impl Homeless {
    fn of_row(row: &'static str) -> Self {
        let [
            module,
            name,
            has,
            wrong,
            special,
            instances,
            made_by,
            places,
        ] = columns(row);
        Self {
            module,
            name,
            pythons: pythons(has),
            wrong: pythons(wrong),
            special: pythons(special),
            instances: pythons(instances),
            made_by: (!made_by.is_empty()).then_some(made_by),
            places,
        }
    }

    /// Where it can be reached, the best place first: the Pythons, the module and the name.
    pub fn places(&self) -> impl Iterator<Item = (Pythons, &'static str, &'static str)> + use<> {
        self.places.split(';').filter_map(|place| {
            let (mask, place) = place.split_once(':')?;
            let (module, name) = place.split_once(' ')?;
            Some((pythons(mask), module, name))
        })
    }

    /// The best place on a Python.
    pub fn reachable(&self, python: Python) -> Option<(&'static str, &'static str)> {
        self.places()
            .find(|(pythons, ..)| pythons.has(python))
            .map(|(_, module, name)| (module, name))
    }

    /// The best place of all: one that the most Pythons have comes first.
    pub fn best(&self) -> Option<(&'static str, &'static str)> {
        self.places().next().map(|(_, module, name)| (module, name))
    }
}

/// The type that claims this home.
pub fn find(module: &str, name: &str) -> Option<Homeless> {
    rows(TABLE, [module, name]).next().map(Homeless::of_row)
}

/// The types that claim this name in whatever module: `function` is of `__builtin__` and of `builtins`.
pub fn named(name: &str) -> impl Iterator<Item = Homeless> {
    all().filter(move |homeless| homeless.name == name)
}

/// All of them, sorted by module and name.
pub fn all() -> impl Iterator<Item = Homeless> {
    TABLE.lines().map(Homeless::of_row)
}
