//! The memo: what PUT keeps and GET gives.

use std::collections::HashMap;

use super::Value;

/// Values by index. Picklers count up from 0, which costs a word each; an index out of the row costs no more than a few,
/// however large it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    row: Vec<Value>,
    others: HashMap<u64, Value>,
}

impl Memo {
    #[inline]
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        match usize::try_from(index)
            .ok()
            .and_then(|index| self.row.get(index))
        {
            Some(value) => Some(*value),
            None if self.others.is_empty() => None,
            None => self.others.get(&index).copied(),
        }
    }

    #[inline(always)]
    pub(super) fn put(&mut self, index: u64, value: Value) {
        if index == self.row.len() as u64 && self.others.is_empty() {
            self.row.push(value);
        } else {
            self.put_out_of_row(index, value);
        }
    }

    #[inline(never)]
    fn put_out_of_row(&mut self, index: u64, value: Value) {
        if index == self.row.len() as u64 {
            self.others.remove(&index);
            self.row.push(value);
        } else if let Some(slot) = usize::try_from(index)
            .ok()
            .and_then(|index| self.row.get_mut(index))
        {
            *slot = value;
        } else {
            self.others.insert(index, value);
        }
    }

    /// How many indices are taken: MEMOIZE's next index, in `_pickle.c` and in `pickle.py`.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        (self.row.len() as u64).saturating_add(self.others.len() as u64)
    }
}
