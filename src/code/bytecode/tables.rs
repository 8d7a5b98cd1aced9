//! The opcodes of each Python: numbers, names, and what an argument means.
//!
//! The tables are text that `tools/bytecode.py` writes, which asks CPython 2.7 and 3.6 to 3.13, and for 3.14 and 3.15 the npm package
//! pyodide. They are read once. Opcodes that only stand in running code (specialised ones, `INSTRUMENTED_*`,
//! `ENTER_EXECUTOR`) are no part of them: `co_code` and marshal data never hold these.
//!
//! ```
//! use pickscope::{code::bytecode::tables::{self, Reading}, python::Python};
//!
//! let table = tables::of("3.12".parse()?);
//! let opcode = table.opcode(116).expect("it is one");
//! assert_eq!((opcode.name, opcode.reading, opcode.caches), ("LOAD_GLOBAL", Reading::Name { shift: 1 }, 4));
//! assert_eq!(tables::of(Python::V2_7).opcode(23).map(|opcode| opcode.name), Some("BINARY_ADD"));
//! # Ok::<(), pickscope::python::UnknownPython>(())
//! ```

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::sync::LazyLock;

use crate::{
    lookup::rows::{columns, pythons, rows},
    python::Python,
};

static OPCODES: &str = include_str!("opcodes.tsv");
static WORDS: &str = include_str!("words.tsv");
static PYTHONS: &str = include_str!("pythons.tsv");

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reading {
    /// There is none.
    None,
    /// A number for which `dis` has no words.
    Number,
    /// A place among the constants.
    Const,
    /// A place among the constants, which `dis` doesn't show.
    Hidden,
    /// A place among the names, above some low bits that say more.
    Name {
        /// How many bits.
        shift: u8,
    },
    /// A place among the local variables.
    Local,
    /// Two places among the local variables, of four bits each; the first is the higher.
    Locals,
    /// A place among the cells: those of the function's own, then those of its closure. From 3.11 on a place among all
    /// variables, as for [`Reading::Local`].
    Free,
    /// A place among the comparisons, above some low bits.
    Compare {
        /// How many bits.
        shift: u8,
    },
    /// A number that has a word of its own.
    Words {
        /// The bits of it that count.
        mask: u8,
    },
    /// Bits with a word each.
    Flags,
    /// A jump.
    Jump(Jump),
}

impl Reading {
    fn of(text: &str) -> Option<Self> {
        let (kind, number) = match text.split_once(">>").or_else(|| text.split_once('&')) {
            Some((kind, number)) => (kind, Some(number.parse().ok()?)),
            None => (text, None),
        };
        let shift = number.unwrap_or(0);
        Some(match kind {
            "none" => Self::None,
            "number" => Self::Number,
            "const" => Self::Const,
            "hidden" => Self::Hidden,
            "name" => Self::Name { shift },
            "local" => Self::Local,
            "locals" => Self::Locals,
            "free" => Self::Free,
            "compare" => Self::Compare { shift },
            "words" => Self::Words {
                mask: number.unwrap_or(u8::MAX),
            },
            "flags" => Self::Flags,
            "absolute" => Self::Jump(Jump::Absolute),
            "forward" => Self::Jump(Jump::Forward),
            "backward" => Self::Jump(Jump::Backward),
            "from" => Self::Jump(Jump::From),
            _ => return None,
        })
    }
}

/// How a jump's argument counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jump {
    /// From the start of the code.
    Absolute,
    /// From the instruction on.
    Forward,
    /// From the instruction back.
    Backward,
    /// From the instruction back, to where it is come from: `END_ASYNC_FOR`, which doesn't jump.
    From,
}

/// An opcode of a Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opcode {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What its argument is.
    pub reading: Reading,
    /// How many cache entries follow it, of two bytes each.
    pub caches: u8,
}

/// Which jumps `dis` tells the target of in `argrepr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shows {
    /// Relative ones, by offset.
    Relative,
    /// All, by offset.
    Offsets,
    /// All, by labels that are numbered.
    Labels,
}

/// What a Python makes of bytecode.
#[derive(Clone, Debug)]
pub struct Table {
    python: Python,
    first_with_argument: Option<u8>,
    extended: u8,
    unit: u8,
    past_caches: bool,
    shows: Shows,
    opcodes: Vec<Option<Opcode>>,
}

impl Table {
    fn of(python: Python, place: usize) -> Self {
        let name = python.to_string();
        let [_, first, extended, unit, past_caches, shows] = rows(
            // The order of versions isn't that of text: the few rows are gone through.
            PYTHONS,
            [],
        )
        .map(columns)
        .find(|row: &[&str; 6]| row.first() == Some(&name.as_str()))
        .unwrap_or_default();
        let mut opcodes = vec![None; 256];
        for row in OPCODES.lines() {
            let mut cells = row.split('\t');
            let (Some(name), Some(reading)) = (cells.next(), cells.next().and_then(Reading::of))
            else {
                continue;
            };
            let cell = cells.nth(place).unwrap_or_default();
            let (number, caches) = cell.split_once('+').unwrap_or((cell, "0"));
            let (Ok(number), Ok(caches)) = (number.parse::<u8>(), caches.parse()) else {
                continue;
            };
            if let Some(place) = opcodes.get_mut(usize::from(number)) {
                *place = Some(Opcode {
                    number,
                    name,
                    reading,
                    caches,
                });
            }
        }
        Self {
            python,
            first_with_argument: first.parse().ok(),
            extended: extended.parse().unwrap_or_default(),
            unit: unit.parse().unwrap_or(1),
            past_caches: past_caches == "caches",
            shows: match shows {
                "labels" => Shows::Labels,
                "all" => Shows::Offsets,
                _ => Shows::Relative,
            },
            opcodes,
        }
    }

    /// Whose it is.
    pub fn python(&self) -> Python {
        self.python
    }

    /// The opcode of a number, where it is one.
    pub fn opcode(&self, number: u8) -> Option<Opcode> {
        self.opcodes.get(usize::from(number)).copied().flatten()
    }

    /// All its opcodes, by number.
    pub fn opcodes(&self) -> impl Iterator<Item = Opcode> {
        self.opcodes.iter().copied().flatten()
    }

    /// Whether a number, an opcode or not, has an argument: from `HAVE_ARGUMENT` on before 3.12, if it is known to later.
    pub fn has_argument(&self, number: u8) -> bool {
        match self.first_with_argument {
            Some(first) => number >= first,
            None => self
                .opcode(number)
                .is_some_and(|opcode| opcode.reading != Reading::None),
        }
    }

    /// The number of `EXTENDED_ARG`.
    pub fn extended(&self) -> u8 {
        self.extended
    }

    /// Whether instructions are two bytes wide; before 3.6 they have one or three.
    pub fn has_words(&self) -> bool {
        !self.python.is_2()
    }

    /// Which jumps `dis` shows.
    pub fn shows(&self) -> Shows {
        self.shows
    }

    /// Where a jump leads that stands at an offset with its opcode (behind any EXTENDED_ARG), in bytes from the start of
    /// the code; may lie outside of it.
    pub fn target(&self, opcode: Opcode, jump: Jump, offset: usize, argument: i64) -> i64 {
        let width = if self.has_words() { 2 } else { 3 };
        let caches = match self.past_caches {
            true => i64::from(opcode.caches).saturating_mul(2),
            false => 0,
        };
        let next = i64::try_from(offset)
            .unwrap_or(i64::MAX)
            .saturating_add(width)
            .saturating_add(caches);
        let by = argument.saturating_mul(i64::from(self.unit));
        match jump {
            Jump::Absolute => by,
            Jump::Forward => next.saturating_add(by),
            Jump::Backward | Jump::From => next.saturating_sub(by),
        }
    }

    /// The word for an argument of [`Reading::Words`], of a place among comparisons (as opcode `compare`); none where
    /// it has none.
    pub fn word(&self, opcode: &str, argument: i64) -> Option<&'static str> {
        self.words(opcode)
            .find(|(key, _)| match key.strip_suffix('+') {
                Some(first) => first.parse().is_ok_and(|first: i64| argument >= first),
                None => key.parse() == Ok(argument),
            })
            .map(|(_, text)| text)
    }

    /// The words of an opcode for bits: each with its bit, from the lowest on.
    pub fn bits(&self, opcode: &str) -> impl Iterator<Item = (i64, &'static str)> {
        self.words(opcode)
            .filter_map(|(key, text)| Some((key.parse().ok()?, text)))
    }

    fn words(&self, opcode: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        rows(WORDS, [opcode])
            .map(columns)
            .filter(|[_, _, _, mask]| pythons(mask).has(self.python))
            .map(|[_, key, text, _]| (key, text))
    }
}

/// The table of a Python.
pub fn of(python: Python) -> &'static Table {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        Python::all()
            .enumerate()
            .map(|(place, python)| Table::of(python, place))
            .collect()
    });
    static NONE: Table = Table {
        python: Python::V2_7,
        first_with_argument: None,
        extended: 0,
        unit: 1,
        past_caches: false,
        shows: Shows::Relative,
        opcodes: Vec::new(),
    };
    TABLES
        .iter()
        .find(|table| table.python == python)
        .unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_all_read() {
        for row in OPCODES.lines().skip(2) {
            let [name, reading, ..] = columns::<13>(row);
            assert!(Reading::of(reading).is_some(), "{name}: {reading}");
            assert_eq!(row.split('\t').count(), 13, "{name}");
        }
        for python in Python::all() {
            let table = of(python);
            assert_eq!(table.python(), python);
            assert!(table.opcodes().count() > 100, "{python}");
            let extended = table.opcode(table.extended()).expect("it is an opcode");
            assert_eq!(extended.name, "EXTENDED_ARG");
            assert!(table.has_argument(table.extended()));
        }
    }

    #[test]
    fn words_are_those_of_the_python() {
        let words = |python: &str, opcode, argument| {
            of(python.parse().expect("a known version")).word(opcode, argument)
        };
        assert_eq!(words("3.13", "CONTAINS_OP", 1), None);
        assert_eq!(words("3.14", "CONTAINS_OP", 7), Some("not in"));
        assert_eq!(words("3.8", "compare", 10), Some("exception match"));
        assert_eq!(words("3.9", "compare", 10), None);
        let load = |python: &str| {
            of(python.parse().expect("a known version"))
                .bits("LOAD_GLOBAL")
                .collect::<Vec<_>>()
        };
        assert_eq!(load("3.12"), [(1, "NULL + *")]);
        assert_eq!(load("3.13"), [(1, "* + NULL")]);
    }
}
