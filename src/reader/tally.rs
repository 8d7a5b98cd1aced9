//! How much of a pickle is which opcode.

use std::collections::HashSet;

use crate::{
    machine::{Kind, Machine, Value},
    opcode::{Layout, Opcode, Storage},
};

/// How often each opcode stands in a pickle, and in how many bytes: nearly everything else follows from the opcode table.
///
/// A string that STACK_GLOBAL takes for a module or a name is part of that reference, from its first use on, and no value:
/// whether the same string is data as well, which the memo shares, makes no difference.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Those that occur, in the order of the table.
    rows: Box<[Row]>,
    /// Bytes that are no opcodes'.
    raw: u64,
}

/// An opcode that occurs.
#[derive(Clone, Copy, Debug)]
struct Row {
    opcode: Opcode,
    all: Amount,
    /// Of these, strings that are names.
    names: Amount,
}

/// How many opcodes, and how many bytes with their arguments.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    count: u64,
    bytes: u64,
}

impl Tally {
    fn rows(&self) -> impl Iterator<Item = Row> {
        self.rows.iter().copied()
    }

    /// How often an opcode stands in the pickle.
    pub fn count(&self, opcode: Opcode) -> u64 {
        self.rows()
            .find(|row| row.opcode == opcode)
            .map_or(0, |row| row.all.count)
    }

    /// The opcodes that occur, in the order of protocols, and how often.
    pub fn counts(&self) -> impl Iterator<Item = (Opcode, u64)> {
        self.rows().map(|row| (row.opcode, row.all.count))
    }

    /// How many opcodes the pickle has.
    pub fn opcodes(&self) -> u64 {
        self.rows()
            .fold(0, |sum, row| sum.saturating_add(row.all.count))
    }

    /// The first protocol that has all its opcodes.
    pub fn protocol(&self) -> u8 {
        self.rows()
            .map(|row| row.opcode.protocol())
            .max()
            .unwrap_or(0)
    }

    /// How many bytes of the pickle store something this way; with `None`, how many store nothing. The three make up all
    /// bytes of the pickle: what is no opcode's is data.
    pub fn bytes(&self, stores: Option<Storage>) -> u64 {
        let raw = match stores {
            Some(Storage::Value) => self.raw,
            _ => 0,
        };
        self.rows().fold(raw, |sum, row| {
            let own = match row.opcode.stores() == stores {
                true => row.all.bytes.saturating_sub(row.names.bytes),
                false => 0,
            };
            let names = match stores {
                Some(Storage::Reference) => row.names.bytes,
                _ => 0,
            };
            sum.saturating_add(own).saturating_add(names)
        })
    }

    /// What is stored or made, counted by what it is.
    pub fn values(&self) -> Vec<(Kind, u64)> {
        let mut values: Vec<(Kind, u64)> = Vec::new();
        for row in self.rows() {
            let count = row.all.count.saturating_sub(row.names.count);
            let Some(kind) = Kind::made_by(row.opcode).filter(|_| count > 0) else {
                continue;
            };
            match values.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, sum)) => *sum = sum.saturating_add(count),
                None => values.push((kind, count)),
            }
        }
        values
    }
}

/// A place for each byte: 0x99 would do for the opcodes, but then each access has its bounds checked, 5 % of the time of reading.
type Places = [u64; 256];

/// Counts opcodes as they come: an array access for each.
#[derive(Debug)]
pub(super) struct Counter {
    counts: Places,
    /// Of opcodes with a line or a payload; those of all others follow from the counts.
    bytes: Places,
    /// Where the strings stand that are names.
    names: HashSet<u64>,
    /// What they amount to, by their opcodes.
    named: Vec<(Opcode, Amount)>,
    /// Bytes that are no opcodes'.
    raw: u64,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            counts: [0; _],
            bytes: [0; _],
            names: HashSet::new(),
            named: Vec::new(),
            raw: 0,
        }
    }
}

impl Counter {
    #[inline(always)]
    pub(super) fn see(&mut self, opcode: Opcode) {
        if let Some(count) = self.counts.get_mut(usize::from(opcode.byte())) {
            *count = count.wrapping_add(1);
        }
    }

    /// Takes in how many bytes an opcode with a line or a payload takes.
    #[inline(always)]
    pub(super) fn see_bytes(&mut self, opcode: Opcode, length: u64) {
        if let Some(bytes) = self.bytes.get_mut(usize::from(opcode.byte())) {
            *bytes = bytes.wrapping_add(length);
        }
    }

    /// Takes in bytes that are no opcodes'.
    pub(super) fn see_raw(&mut self, length: u64) {
        self.raw = self.raw.saturating_add(length);
    }

    /// Takes in that a name was looked up by these strings.
    pub(super) fn see_names(&mut self, strings: [Value; 2], machine: &Machine<'_>) {
        for string in strings {
            if !matches!(string.kind(), Kind::Str | Kind::OldStr)
                || !self.names.insert(string.offset())
            {
                continue;
            }
            let Some(op) = machine.made_by(string) else {
                continue;
            };
            let at = self.named.iter().position(|(known, _)| *known == op.opcode);
            let at = at.unwrap_or_else(|| {
                self.named.push((op.opcode, Amount::default()));
                self.named.len().saturating_sub(1)
            });
            if let Some((_, amount)) = self.named.get_mut(at) {
                amount.count = amount.count.saturating_add(1);
                amount.bytes = amount.bytes.saturating_add(op.length());
            }
        }
    }

    pub(super) fn tally(&self) -> Tally {
        let of = |counts: &Places, opcode: Opcode| {
            counts.get(usize::from(opcode.byte())).copied().unwrap_or(0)
        };
        let row = |opcode: Opcode| {
            let count = of(&self.counts, opcode);
            let bytes = match opcode.shape().layout() {
                Layout::Empty => count,
                Layout::Fixed(width) => count.saturating_mul(u64::from(width).saturating_add(1)),
                Layout::Line | Layout::Pair | Layout::Counted { .. } => of(&self.bytes, opcode),
            };
            let names = self.named.iter().find(|(known, _)| *known == opcode);
            Row {
                opcode,
                all: Amount { count, bytes },
                names: names.map_or_else(Amount::default, |(_, amount)| *amount),
            }
        };
        Tally {
            rows: Opcode::all()
                .filter(|opcode| of(&self.counts, *opcode) > 0)
                .map(row)
                .collect(),
            raw: self.raw,
        }
    }
}
