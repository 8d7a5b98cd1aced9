//! The wordings, as `templates.tsv` has them.

use crate::{
    lookup::{
        causes::{Stage, pythons_of},
        rows::columns,
    },
    python::Pythons,
};

static TEMPLATES: &str = include_str!("templates.tsv");
static TYPES: &str = include_str!("types.tsv");

/// A wording of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// Its name for programs; wordings that differ in little share one.
    pub id: &'static str,
    /// How sure it is that pickle said it.
    pub level: Level,
    /// When it is said.
    pub stage: Stage,
    /// Who says it: `c` and `py` are the picklers written in C and in Python, `mp` is multiprocessing, `any` is each.
    pub implementation: &'static str,
    /// The Pythons that say it.
    pub pythons: Pythons,
    /// What decides on the cause.
    pub ask: Ask,
    /// The cause, where what was asked doesn't tell a better one.
    pub cause: &'static str,
    /// The exceptions that it comes with, with blanks between.
    pub exceptions: &'static str,
    /// The wording: `{places}` stand for what differs, and `$` for the message's end.
    pub pattern: &'static str,
    /// What this wording tells beyond its cause; empty where nothing.
    pub note: &'static str,
}

/// How sure it is that pickle said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nobody else says it.
    Own,
    /// Others say it too. It is taken for pickle's where nothing else is in the text.
    Any,
    /// It is an everyday error: what is around it must show that a pickle was written or read.
    Near,
}

/// What decides on the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ask {
    /// The wording alone.
    Nothing,
    /// The name that wasn't found.
    Name,
    /// The module that wasn't found.
    Module,
    /// The type of what was to be pickled.
    Type,
    /// The class of what was to be made, or its attribute.
    Class,
    /// What a `KeyError` is about.
    Key,
}

impl Template {
    fn of_row(row: &'static str) -> Self {
        let [
            id,
            level,
            stage,
            implementation,
            pythons,
            ask,
            cause,
            exceptions,
            pattern,
            note,
        ] = columns(row);
        Self {
            id,
            level: match level {
                "own" => Level::Own,
                "any" => Level::Any,
                _ => Level::Near,
            },
            stage: Stage::named(stage).unwrap_or_default(),
            implementation,
            pythons: match pythons {
                "" => Pythons::ALL,
                pythons => pythons_of(pythons).unwrap_or(Pythons::ALL),
            },
            ask: match ask {
                "name" => Ask::Name,
                "module" => Ask::Module,
                "type" => Ask::Type,
                "class" => Ask::Class,
                "key" => Ask::Key,
                _ => Ask::Nothing,
            },
            cause,
            exceptions,
            pattern,
            note,
        }
    }

    /// Whether it comes with an exception.
    pub(super) fn comes_with(&self, exception: &str) -> bool {
        self.exceptions.split(' ').any(|own| own == exception)
    }

    /// Who says it, in words.
    pub fn who(&self) -> Option<&'static str> {
        Some(match (self.implementation, self.stage) {
            ("c", Stage::Load) => "unpickler written in C",
            ("c", _) => "pickler written in C",
            ("py", Stage::Load) => "unpickler written in Python",
            ("py", _) => "pickler written in Python",
            ("mp", _) => "multiprocessing",
            _ => return None,
        })
    }
}

/// All wordings. Of those that fit a text, the first counts.
pub fn templates() -> impl Iterator<Item = Template> {
    TEMPLATES.lines().map(Template::of_row)
}

/// Why objects of a type can't be pickled, where that is no riddle.
pub(super) fn cause_of_type(name: &str) -> Option<&'static str> {
    let of = |wanted: &str| {
        crate::lookup::rows::rows(TYPES, [wanted])
            .next()
            .and_then(|row| Some(row.split_once('\t')?.1))
    };
    of(name).or_else(|| of(name.rsplit_once('.')?.1))
}

/// Every type that [`cause_of_type`] knows, with the cause.
#[cfg(test)]
fn types() -> impl Iterator<Item = [&'static str; 2]> {
    TYPES.lines().map(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        for row in TEMPLATES.lines() {
            assert_eq!(row.split('\t').count(), 10, "{row}");
            let [
                _,
                level,
                stage,
                who,
                pythons,
                ask,
                cause,
                exceptions,
                pattern,
                _,
            ] = columns(row);
            assert!(["own", "any", "near"].contains(&level), "{row}");
            assert!(Stage::named(stage).is_some(), "{row}");
            assert!(["c", "py", "mp", "any"].contains(&who), "{row}");
            assert!(pythons.is_empty() || pythons_of(pythons).is_some(), "{row}");
            let asks = ["-", "name", "module", "type", "class", "key"];
            assert!(asks.contains(&ask), "{row}");
            for cell in [cause, exceptions, pattern] {
                assert!(!cell.is_empty(), "{row}");
            }
            let anchor = super::super::pattern::Pattern::new(pattern).anchor();
            assert!(anchor.len() >= 4, "nothing to look for: {row}");
        }
    }

    #[test]
    fn types_are_sorted_and_found() {
        let all: Vec<_> = types().collect();
        assert!(all.is_sorted());
        for [name, cause] in all {
            assert_eq!(cause_of_type(name), Some(cause));
        }
        assert_eq!(cause_of_type("_thread.lock"), Some("resource-lock"));
        assert_eq!(cause_of_type("nothing.of_the_kind"), None);
    }
}
