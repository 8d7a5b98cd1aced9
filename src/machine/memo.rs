//! The memo: what PUT keeps and GET gives.

use std::collections::HashMap;

use super::Value;

/// Values by index. Picklers count up from 0, which costs a word each, and `pickletools.optimize` leaves gaps in that;
/// an index far out costs no more than a few words, however large it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    row: Vec<Value>,
    /// How many places of the row nothing was put in.
    gaps: usize,
    others: HashMap<u64, Value>,
}

/// So many times as long as it holds values the row gets at most: with its gaps it is then about as large as those
/// values would be in `others`, and a look into it costs a tenth.
const SPREAD: usize = 4;
/// So many values more, so that a row can begin with a gap.
const FIRST: usize = 16;

impl Memo {
    #[inline(always)]
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        match usize::try_from(index)
            .ok()
            .and_then(|index| self.row.get(index))
        {
            Some(value) if !value.is_gap() => Some(*value),
            _ => self.get_out_of_row(index),
        }
    }

    #[cold]
    fn get_out_of_row(&self, index: u64) -> Option<Value> {
        self.others.get(&index).copied()
    }

    #[inline(always)]
    pub(super) fn put(&mut self, index: u64, value: Value) {
        if index == self.row.len() as u64 && self.others.is_empty() {
            self.row.push(value);
        } else {
            self.put_out_of_order(index, value);
        }
    }

    /// MEMOIZE: keeps a value at the index that is as large as how many are taken, in `_pickle.c` and in `pickle.py`, and
    /// gives that.
    #[inline(always)]
    pub(super) fn add(&mut self, value: Value) -> u64 {
        let index = self.row.len() as u64;
        if self.gaps == 0 && self.others.is_empty() {
            self.row.push(value);
            index
        } else {
            let index = self.taken();
            self.put_out_of_order(index, value);
            index
        }
    }

    /// How many places of the row hold a value.
    fn held(&self) -> usize {
        self.row.len().saturating_sub(self.gaps)
    }

    /// How many indices are taken.
    fn taken(&self) -> u64 {
        (self.held() as u64).saturating_add(self.others.len() as u64)
    }

    #[inline(never)]
    fn put_out_of_order(&mut self, index: u64, value: Value) {
        let most = self.held().saturating_add(FIRST).saturating_mul(SPREAD);
        let place = match usize::try_from(index) {
            Ok(place) if place < most => place,
            Ok(place) if place < self.row.len() => place,
            _ => {
                self.others.insert(index, value);
                return;
            }
        };
        if place >= self.row.len() {
            let length = place.saturating_add(1);
            self.gaps = self
                .gaps
                .saturating_add(length.saturating_sub(self.row.len()));
            self.row.resize(length, Value::GAP);
        }
        if let Some(slot) = self.row.get_mut(place) {
            if slot.is_gap() {
                self.gaps = self.gaps.saturating_sub(1);
                // It may have been far out when it was put there.
                if !self.others.is_empty() {
                    self.others.remove(&index);
                }
            }
            *slot = value;
        }
    }
}
