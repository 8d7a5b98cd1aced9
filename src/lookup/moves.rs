//! What third-party libraries moved, and which distribution brings a module.
//!
//! `moves.tsv` is kept by hand, from measurements with old and new libraries and from issue threads: each row says which.
//! `tools/moves.py --live` compares it with libraries. `measured` says that releases before and after a change were seen to
//! differ so, not that the very release was looked up: where that isn't known, it is the first one that was seen to have it, or
//! one between the two. Names of the standard library are in [`names`](super::names) and [`renames`](super::renames).
//!
//! ```
//! use pickscope::lookup::moves::{Side, find, install};
//!
//! let found = find("numpy._core.multiarray", "_reconstruct").next().expect("numpy 2 writes it");
//! assert_eq!(found.side, Side::New);
//! assert_eq!((found.of.library, found.of.changed), ("numpy", Some("2.0")));
//! let (module, name) = found.mapped().expect("it is only renamed");
//! assert_eq!((&*module, name), ("numpy.core.multiarray", "_reconstruct"));
//!
//! assert_eq!(install("sklearn.tree._tree"), Some("scikit-learn"));
//! ```

use std::sync::LazyLock;

use super::rows::{columns, rows};

static MOVES: &str = include_str!("moves.tsv");
/// The rows of it: an input can have a hundred thousand names, and each is compared with all of them.
static PARSED: LazyLock<Vec<Move>> = LazyLock::new(|| MOVES.lines().map(Move::of_row).collect());
static INSTALLS: &str = include_str!("installs.tsv");

/// A module, or a family of modules, and a name in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pattern {
    /// The module.
    pub module: &'static str,
    /// Whether all modules below it are meant too.
    pub below: bool,
    /// The name; `None` is any.
    pub name: Option<&'static str>,
}

impl Pattern {
    fn new(module: &'static str, name: &'static str) -> Option<Self> {
        let below = module.strip_suffix(".*");
        (!module.is_empty()).then_some(Self {
            module: below.unwrap_or(module),
            below: below.is_some(),
            name: (name != "*").then_some(name),
        })
    }

    /// What of a module's name comes below this one, with its dot, if the pattern is of that name.
    fn rest<'m>(&self, module: &'m str, name: &str) -> Option<&'m str> {
        if self.name.is_some_and(|own| own != name) {
            return None;
        }
        let rest = module.strip_prefix(self.module)?;
        (rest.is_empty() || self.below && rest.starts_with('.')).then_some(rest)
    }
}

/// Something that a library moved, took away, brought, or gave another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What older versions write; none where they write nothing of the kind.
    pub old: Option<Pattern>,
    /// What newer versions write; none where nothing took its place, or the name stayed.
    pub new: Option<Pattern>,
    /// The library, as pip knows it.
    pub library: &'static str,
    /// The first version that writes the new name.
    pub changed: Option<&'static str>,
    /// The first version that can't look up the old name any more; none where all can.
    pub removed: Option<&'static str>,
    /// What kind of a change it is.
    pub change: Change,
    /// What is said where it fails, if it isn't about a name.
    pub symptom: Option<&'static str>,
    /// What to do.
    pub fix: &'static str,
    /// Whether it was measured, with versions before and after.
    pub measured: bool,
    evidence: &'static str,
}

/// What kind of a change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The same thing under another name: with the name mapped in `find_class`, the file loads.
    Renamed,
    /// Another name, and more: with the name mapped, it fails on something else, or loads and fails when it is used.
    RenamedAndMore,
    /// Nothing took its place.
    Removed,
    /// Newer versions write it, and older ones don't have it.
    Added,
    /// The name stayed, and takes something else: it resolves, and the call fails.
    Changed,
    /// It is no name, but stands for something that only the library's own loader knows.
    Marker,
}

impl Change {
    fn named(kind: &str) -> Self {
        match kind {
            "renamed" => Self::Renamed,
            "then" => Self::RenamedAndMore,
            "removed" => Self::Removed,
            "added" => Self::Added,
            "changed" => Self::Changed,
            _ => Self::Marker,
        }
    }
}

impl Move {
    fn of_row(row: &'static str) -> Self {
        let [
            old,
            old_name,
            new,
            new_name,
            library,
            changed,
            removed,
            kind,
            symptom,
            fix,
            evidence,
        ] = columns(row);
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        Self {
            old: Pattern::new(old, old_name),
            new: Pattern::new(new, new_name),
            library,
            changed: some(changed),
            removed: some(removed),
            change: Change::named(kind),
            symptom: some(symptom),
            fix,
            measured: evidence.split(' ').any(|one| one == "measured"),
            evidence,
        }
    }

    /// Addresses of issues and pull requests that tell of it.
    pub fn evidence(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.evidence.split(' ').filter(|one| one.contains("://"))
    }
}

/// On which side of a move a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The file was written before: newer versions may not have the name.
    Old,
    /// It was written after: older versions don't have it.
    New,
}

/// A move that a name is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The move.
    pub of: Move,
    /// The side that the name stands on.
    pub side: Side,
    rest: &'a str,
    name: &'a str,
}

impl<'a> Found<'a> {
    /// What it is called on the other side: `numpy.core.multiarray` for `numpy._core.multiarray`. Only where
    /// [`Change::Renamed`] tells so does a mapping make a file load.
    pub fn other(&self) -> Option<(String, &'a str)> {
        let other = match self.side {
            Side::Old => self.of.new,
            Side::New => self.of.old,
        }?;
        let rest = if other.below { self.rest } else { "" };
        Some((
            format!("{}{rest}", other.module),
            other.name.unwrap_or(self.name),
        ))
    }

    /// The name that `find_class` can look up in its place on the other side, where that is all that is needed.
    pub fn mapped(&self) -> Option<(String, &'a str)> {
        (self.of.change == Change::Renamed)
            .then(|| self.other())
            .flatten()
    }
}

/// The moves that a name is part of: those of this very name first, then those of its module.
pub fn find<'a>(module: &'a str, name: &'a str) -> impl Iterator<Item = Found<'a>> {
    let matches = move |own: bool| {
        PARSED.iter().filter_map(move |of| {
            let side = |pattern: Option<Pattern>, side| {
                let pattern = pattern.filter(|pattern| pattern.name.is_some() == own)?;
                let rest = pattern.rest(module, name)?;
                Some(Found {
                    of: *of,
                    side,
                    rest,
                    name,
                })
            };
            side(of.old, Side::Old).or_else(|| side(of.new, Side::New))
        })
    };
    matches(true).chain(matches(false))
}

/// The moves that say something of a name, as [`find`] has them: not those whose newer name isn't theirs alone, such as
/// `pandas.core.indexes.base.Index`, which three other names became and which was there before, or `joblib`, which
/// scikit-learn once had within itself.
pub fn telling<'a>(module: &'a str, name: &'a str) -> impl Iterator<Item = Found<'a>> {
    let newer = |found: &Found<'_>| {
        found.side == Side::New && found.of.new.is_some_and(|new| new.name.is_some())
    };
    let found: Vec<Found<'a>> = find(module, name).collect();
    let several = found.iter().filter(|found| newer(found)).count() > 1;
    found.into_iter().filter(move |found| {
        let package = |pattern: Option<Pattern>| pattern?.module.split('.').next();
        let (old, new) = (package(found.of.old), package(found.of.new));
        let is_taken_over = found.side == Side::New && old.is_some() && old != new;
        !(is_taken_over || several && newer(found))
    })
}

/// All moves, sorted by the old module and name.
pub fn all() -> impl Iterator<Item = Move> {
    PARSED.iter().copied()
}

/// The distribution that brings a module: what to give to `pip install`. Only well-known ones are listed.
pub fn install(module: &str) -> Option<&'static str> {
    // The longest beginning that is listed: `google.protobuf` is not `google.cloud.storage`.
    let mut module = module;
    loop {
        if let Some(row) = rows(INSTALLS, [module]).next() {
            let [_, distribution] = columns(row);
            return Some(distribution);
        }
        (module, _) = module.rsplit_once('.')?;
    }
}

/// The modules that are listed, with their distributions, sorted.
pub fn installs() -> impl Iterator<Item = (&'static str, &'static str)> {
    INSTALLS.lines().filter_map(|row| row.split_once('\t'))
}
