//! What tells which version of a library wrote a pickle, beside [`moves`](super::moves): the helpers that it names, with how
//! many arguments it calls them, and keys under which versions stand.
//!
//! `writers.tsv` is kept by hand, from pickles written with old and new versions: each row says where it is known from.
//!
//! ```
//! use pickscope::lookup::writers;
//!
//! let versions: Vec<_> = writers::of_call("dill._dill", "_create_function", 5).map(|writer| writer.versions).collect();
//! assert_eq!(versions, [Some("0.3.5 or newer")]);
//! let key = writers::of_key("_sklearn_version").expect("it is a key");
//! assert_eq!((key.library, key.versions), ("scikit-learn", None));
//! ```

use super::rows::{columns, rows};

static TABLE: &str = include_str!("writers.tsv");

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 32;

/// A library, and which of its versions wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Writer {
    /// The library, as pip knows it.
    pub library: &'static str,
    /// Which versions, in words; `None` where the value under a key says it.
    pub versions: Option<&'static str>,
    /// Where it is known from: a file and a function, or `measured`.
    pub source: &'static str,
    /// With how many arguments it must be called; `None` where naming it is enough.
    pub arguments: Option<u64>,
}

impl Writer {
    fn of_row(row: &'static str) -> Self {
        let [_, _, arguments, library, versions, source] = columns(row);
        Self {
            library,
            versions: (!versions.is_empty()).then_some(versions),
            source,
            arguments: arguments.parse().ok(),
        }
    }
}

/// What naming it tells.
pub fn of_name<'k>(module: &'k str, name: &'k str) -> impl Iterator<Item = Writer> + use<'k> {
    all_of(module, name).filter(|writer| writer.arguments.is_none())
}

/// What calling it with so many arguments tells.
pub fn of_call<'k>(
    module: &'k str,
    name: &'k str,
    arguments: u64,
) -> impl Iterator<Item = Writer> + use<'k> {
    all_of(module, name).filter(move |writer| writer.arguments == Some(arguments))
}

fn all_of<'k>(module: &'k str, name: &'k str) -> impl Iterator<Item = Writer> + use<'k> {
    let named = !module.is_empty();
    rows(TABLE, [module, name])
        .filter(move |_| named)
        .map(Writer::of_row)
}

/// What a key of a state tells.
pub fn of_key(key: &str) -> Option<Writer> {
    self::key(key).map(|(_, writer)| writer)
}

/// The same, with the key as the table has it.
pub fn key(key: &str) -> Option<(&'static str, Writer)> {
    let row = rows(TABLE, ["", key]).next()?;
    let [_, own] = columns(row);
    (own.len() <= LONGEST_KEY).then(|| (own, Writer::of_row(row)))
}

/// The rows, sorted.
pub fn all() -> impl Iterator<Item = Writer> {
    TABLE.lines().map(Writer::of_row)
}
