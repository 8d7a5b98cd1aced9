//! How much of a pickle is which opcode.

use crate::{
    machine::Kind,
    opcode::{Layout, Opcode, Storage},
};

/// How often each opcode stands in a pickle, and in how many bytes: everything else follows from the opcode table.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Those that occur, in the order of the table: count, and bytes with their arguments.
    rows: Box<[(Opcode, u64, u64)]>,
}

impl Tally {
    fn rows(&self) -> impl Iterator<Item = (Opcode, u64, u64)> {
        self.rows.iter().copied()
    }

    /// How often an opcode stands in the pickle.
    pub fn count(&self, opcode: Opcode) -> u64 {
        self.rows()
            .find(|(one, ..)| *one == opcode)
            .map_or(0, |(_, count, _)| count)
    }

    /// How many opcodes the pickle has.
    pub fn opcodes(&self) -> u64 {
        self.rows()
            .fold(0, |sum, (_, count, _)| sum.saturating_add(count))
    }

    /// The first protocol that has all its opcodes.
    pub fn protocol(&self) -> u8 {
        self.rows()
            .map(|(opcode, ..)| opcode.protocol())
            .max()
            .unwrap_or(0)
    }

    /// How many bytes of the pickle store something this way; with `None`, how many store nothing.
    pub fn bytes(&self, stores: Option<Storage>) -> u64 {
        self.rows()
            .filter(|(opcode, ..)| opcode.stores() == stores)
            .fold(0, |sum, (_, _, bytes)| sum.saturating_add(bytes))
    }

    /// What is stored or made, counted by what it is.
    pub fn values(&self) -> Vec<(Kind, u64)> {
        let mut values: Vec<(Kind, u64)> = Vec::new();
        for (opcode, count, _) in self.rows() {
            let Some(kind) = Kind::made_by(opcode) else {
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

/// Counts opcodes as they come: an array access for each.
#[derive(Debug)]
pub(super) struct Counter {
    counts: [u64; 256],
    /// Of opcodes with a line or a payload; those of all others follow from the counts.
    bytes: [u64; 256],
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            counts: [0; 256],
            bytes: [0; 256],
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

    pub(super) fn tally(&self) -> Tally {
        let of = |counts: &[u64; 256], opcode: Opcode| {
            counts.get(usize::from(opcode.byte())).copied().unwrap_or(0)
        };
        let row = |opcode: Opcode| {
            let count = of(&self.counts, opcode);
            let bytes = match opcode.shape().layout() {
                Layout::Empty => count,
                Layout::Fixed(width) => count.saturating_mul(u64::from(width).saturating_add(1)),
                Layout::Line | Layout::Pair | Layout::Counted { .. } => of(&self.bytes, opcode),
            };
            (opcode, count, bytes)
        };
        Tally {
            rows: Opcode::all()
                .map(row)
                .filter(|(_, count, _)| *count > 0)
                .collect(),
        }
    }
}
