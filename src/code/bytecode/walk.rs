//! From bytes to instructions: their width, `EXTENDED_ARG`, and the cache entries behind them.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use super::tables::{Opcode, Reading, Table};

/// An instruction: an opcode with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Where its opcode stands.
    pub offset: usize,
    /// Where the first of the `EXTENDED_ARG` before it stands; the offset where there is none.
    pub start: usize,
    /// The number of its opcode.
    pub number: u8,
    /// What the number is, where it is an opcode of the Python.
    pub opcode: Option<Opcode>,
    /// Its argument with what the `EXTENDED_ARG` before it add. An `EXTENDED_ARG` is a step of its own, too.
    ///
    /// It wraps at 32 bits, as the interpreter's does; from 3.11 on `dis` takes it as signed.
    pub argument: Option<i64>,
    /// How many bytes of cache entries follow it: fewer than its opcode wants where the code ends before.
    pub caches: usize,
}

impl Step {
    /// Where it jumps to, in bytes from the start of the code; may lie outside. None where it doesn't.
    pub fn target(&self, table: &Table) -> Option<i64> {
        let opcode = self.opcode?;
        match opcode.reading {
            Reading::Jump(jump) => Some(table.target(opcode, jump, self.offset, self.argument?)),
            _ => None,
        }
    }

    /// Where the next one stands, had the code enough cache entries.
    pub fn end(&self, table: &Table) -> usize {
        let width = match (table.has_words(), self.argument) {
            (true, _) => 2,
            (false, Some(_)) => 3,
            (false, None) => 1,
        };
        self.offset
            .saturating_add(width)
            .saturating_add(self.caches)
    }

    /// Its name, or `<7>` as `dis` writes a number without one.
    pub fn name(&self) -> std::borrow::Cow<'static, str> {
        match self.opcode {
            Some(opcode) => opcode.name.into(),
            None => format!("<{}>", self.number).into(),
        }
    }
}

/// The instructions of bytes.
#[derive(Clone, Debug)]
pub struct Walk<'b> {
    bytes: &'b [u8],
    table: &'static Table,
    offset: usize,
    extended: u32,
    start: Option<usize>,
}

/// The instructions of bytes as a Python's `dis` reads them (`_unpack_opargs`), linear in their length.
///
/// ```
/// use pickscope::{code::bytecode::{tables, walk::walk}, python::Python};
///
/// let table = tables::of(Python::V2_7);
/// let names: Vec<_> = walk(b"\x7c\0\0\x64\x01\0\x13\x53", table).map(|step| (step.offset, step.name())).collect();
/// assert_eq!(names, [(0, "LOAD_FAST".into()), (3, "LOAD_CONST".into()), (6, "BINARY_POWER".into()), (7, "RETURN_VALUE".into())]);
/// ```
pub fn walk<'b>(bytes: &'b [u8], table: &'static Table) -> Walk<'b> {
    Walk {
        bytes,
        table,
        offset: 0,
        extended: 0,
        start: None,
    }
}

impl Walk<'_> {
    /// How many bytes at the end make no whole instruction, when all instructions were taken.
    pub fn rest(&self) -> usize {
        self.bytes.len().saturating_sub(self.offset)
    }

    /// What an argument of its own becomes by those before it; the bits that are added to the next.
    fn argument(&mut self, number: u8, own: u32) -> i64 {
        let wide = if self.table.has_words() { 8 } else { 16 };
        let argument = own | self.extended;
        self.extended = match number == self.table.extended() {
            true => argument.wrapping_shl(wide),
            false => 0,
        };
        match self.table.python().version() >= (3, 11) {
            true => i64::from(argument.cast_signed()),
            false => i64::from(argument),
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let offset = self.offset;
        let mut rest = self.bytes.get(offset..)?.iter().copied();
        let number = rest.next()?;
        let has_argument = self.table.has_argument(number);
        let own = match (self.table.has_words(), has_argument) {
            (true, _) => u32::from(rest.next()?),
            (false, true) => u32::from(u16::from_le_bytes([rest.next()?, rest.next()?])),
            (false, false) => 0,
        };
        let opcode = self.table.opcode(number);
        let argument = match has_argument {
            true => Some(self.argument(number, own)),
            false => {
                // Up to 3.9 `dis` keeps what was extended until an opcode takes it.
                if self.table.python().version() >= (3, 10) {
                    self.extended = 0;
                }
                None
            }
        };
        let wanted = opcode.map_or(0, |opcode| usize::from(opcode.caches).saturating_mul(2));
        let start = self.start.take().unwrap_or(offset);
        if number == self.table.extended() {
            self.start = Some(start);
        }
        let left = rest.len();
        // An entry that is cut in two is none.
        let caches = wanted.min(left & !1);
        self.offset = self.bytes.len().saturating_sub(left).saturating_add(caches);
        Some(Step {
            offset,
            start: match number == self.table.extended() {
                true => offset,
                false => start,
            },
            number,
            opcode,
            argument,
            caches,
        })
    }
}
