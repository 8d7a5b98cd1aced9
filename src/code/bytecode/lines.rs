//! Which line of source an instruction comes from: the three formats of line tables.
//!
//! `co_lnotab` to 3.9 (`Objects/lnotab_notes.txt`), `co_linetable` of 3.10 (PEP 626), and the location table from 3.11 on
//! (`Objects/locations.md`), of which the lines alone are read.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use crate::{
    code::object::{Code, Objects},
    python::Python,
};

/// From an offset on another entry of the line table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// The offset, in bytes of bytecode.
    pub offset: usize,
    /// The line; none where the table says that there is none.
    pub line: Option<i64>,
    /// Whether `dis.findlinestarts` of that Python tells it.
    pub shown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Bytes of code and lines, the latter signed or not; whether what lies past the end of the code is left out.
    Lnotab { signed: bool, bounded: bool },
    /// Bytes of code and signed lines, -128 for none.
    Linetable,
    /// Entries that begin with the highest bit set.
    Locations,
}

/// The entries of a code object's line table, in the order of offsets. Linear in the table's length.
#[derive(Clone, Debug)]
pub struct Lines<'o> {
    table: &'o [u8],
    format: Format,
    code: usize,
    /// `None` counts as a line of its own from 3.13 on.
    no_line_counts: bool,
    offset: usize,
    line: i64,
    /// What was shown last.
    last: Option<Option<i64>>,
    ended: bool,
}

impl<'o> Lines<'o> {
    /// The line table of a code object as a Python reads it.
    pub fn new(objects: &'o Objects<'_>, code: &Code, python: Python) -> Self {
        let format = match python.version() {
            (2, _) => Format::Lnotab {
                signed: false,
                bounded: false,
            },
            (3, ..=7) => Format::Lnotab {
                signed: true,
                bounded: false,
            },
            (3, ..=9) => Format::Lnotab {
                signed: true,
                bounded: true,
            },
            (3, 10) => Format::Linetable,
            _ => Format::Locations,
        };
        Self {
            table: objects.bytes(code.lines),
            format,
            code: objects.bytes(code.code).len(),
            no_line_counts: python.version() >= (3, 13),
            offset: 0,
            line: code.firstlineno,
            last: None,
            ended: false,
        }
    }

    fn start(&mut self, offset: usize, line: Option<i64>) -> Start {
        let shown = match line {
            None => self.no_line_counts && self.last != Some(None),
            Some(_) => self.last != Some(line),
        };
        if shown {
            self.last = Some(line);
        }
        Start {
            offset,
            line,
            shown,
        }
    }

    /// `findlinestarts` up to 3.9: a line starts where bytes follow that it holds for.
    fn lnotab(&mut self, signed: bool, bounded: bool) -> Option<Start> {
        while let [bytes, lines, rest @ ..] = self.table {
            let (bytes, lines) = (*bytes, *lines);
            self.table = rest;
            let mut start = None;
            if bytes != 0 {
                if self.last != Some(Some(self.line)) {
                    start = Some(self.start(self.offset, Some(self.line)));
                }
                self.offset = self.offset.saturating_add(usize::from(bytes));
                if bounded && self.offset >= self.code {
                    self.ended = true;
                    return start;
                }
            }
            self.line = self.line.saturating_add(match signed {
                true => i64::from(lines.cast_signed()),
                false => i64::from(lines),
            });
            if start.is_some() {
                return start;
            }
        }
        self.ended = true;
        match self.last != Some(Some(self.line)) {
            true => Some(self.start(self.offset, Some(self.line))),
            false => None,
        }
    }

    /// An entry of 3.10's `co_linetable` (`advance` in `Objects/codeobject.c`); those that hold for no bytes are passed over.
    fn linetable(&mut self) -> Option<Start> {
        loop {
            let [bytes, lines, rest @ ..] = self.table else {
                return None;
            };
            let (bytes, lines) = (usize::from(*bytes), lines.cast_signed());
            self.table = rest;
            let line = match lines {
                i8::MIN => None,
                lines => {
                    self.line = self.line.saturating_add(i64::from(lines));
                    Some(self.line)
                }
            };
            let offset = self.offset;
            self.offset = offset.saturating_add(bytes);
            if bytes != 0 {
                return Some(self.start(offset, line));
            }
        }
    }

    /// An entry of the location table (`advance` and `get_line_delta` in `Objects/codeobject.c`).
    fn location(&mut self) -> Option<Start> {
        let (first, rest) = self.table.split_first()?;
        let length = rest
            .iter()
            .position(|byte| byte & 0x80 != 0)
            .unwrap_or(rest.len());
        let (entry, rest) = rest.split_at_checked(length)?;
        self.table = rest;
        let delta = match first >> 3 & 15 {
            // The long form and the one without columns begin with a line.
            13 | 14 => signed_varint(entry),
            11 => 1,
            12 => 2,
            _ => 0,
        };
        self.line = self.line.saturating_add(delta);
        let line = (first >> 3 != 31).then_some(self.line);
        let offset = self.offset;
        let units = usize::from(first & 7).saturating_add(1);
        self.offset = offset.saturating_add(units.saturating_mul(2));
        Some(self.start(offset, line))
    }
}

impl Iterator for Lines<'_> {
    type Item = Start;

    fn next(&mut self) -> Option<Start> {
        match self.format {
            _ if self.ended => None,
            Format::Lnotab { signed, bounded } => self.lnotab(signed, bounded),
            // `co_lines` ends with the code.
            _ if self.offset >= self.code => None,
            Format::Linetable => self.linetable(),
            Format::Locations => self.location(),
        }
    }
}

/// Six bits a byte, the lowest first, and the sign in the lowest bit of all (`scan_signed_varint`).
fn signed_varint(bytes: &[u8]) -> i64 {
    let mut value = 0_u32;
    let mut shift = 0_u32;
    for byte in bytes {
        value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
        shift = shift.saturating_add(6);
        if byte & 64 == 0 {
            break;
        }
    }
    let half = i64::from(value >> 1);
    if value & 1 == 1 {
        half.saturating_neg()
    } else {
        half
    }
}
