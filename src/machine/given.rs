//! Which references calls are given, and which of them as bases of a class.
//!
//! Only tuples that hold references, or tuples that do, are kept. What a list or a dict holds is not looked into: a
//! reference in one may or may not be there when a call is given it.

use super::{Kind, Value, lookup::Uses};

/// The tuples that hold references.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// They, in the order of their offsets.
    tuples: Vec<Tuple>,
    /// Their items, one tuple after the other.
    items: Vec<Value>,
}

#[derive(Clone, Debug)]
struct Tuple {
    offset: u64,
    /// Where its items end.
    end: usize,
    /// The uses that its items are known to have: each is told once, however often the tuple is used.
    told: Uses,
}

/// Whether a lookup found it.
#[inline(always)]
fn is_reference(value: Value) -> bool {
    value.is(Kind::Global) || value.is(Kind::Extension) || value.is(Kind::Persistent)
}

impl Given {
    /// Whether a tuple of these is one to keep.
    #[inline(always)]
    pub(super) fn wants(&self, items: &[Value]) -> bool {
        items.iter().any(|item| is_reference(*item)) || !self.tuples.is_empty() && self.knows(items)
    }

    #[inline(never)]
    fn knows(&self, items: &[Value]) -> bool {
        items.iter().any(|item| self.find(*item).is_some())
    }

    /// Keeps the tuple that the opcode at `offset` makes of these.
    #[cold]
    pub(super) fn keep(&mut self, offset: u64, items: &[Value]) {
        self.items.extend_from_slice(items);
        self.tuples.push(Tuple {
            offset,
            end: self.items.len(),
            told: Uses::default(),
        });
    }

    /// The number of a tuple that is kept.
    fn find(&self, value: Value) -> Option<usize> {
        if self.tuples.is_empty() || !value.is(Kind::Tuple) {
            return None;
        }
        self.tuples
            .binary_search_by_key(&value.offset(), |tuple| tuple.offset)
            .ok()
    }

    /// The items of a tuple that is kept.
    fn items(&self, number: usize) -> &[Value] {
        let end = |number: usize| self.tuples.get(number).map_or(0, |tuple| tuple.end);
        let start = number.checked_sub(1).map_or(0, end);
        self.items.get(start..end(number)).unwrap_or_default()
    }

    /// An item of a tuple that is kept.
    pub(super) fn item(&self, tuple: Value, place: usize) -> Option<Value> {
        self.items(self.find(tuple)?).get(place).copied()
    }

    /// The references that `value` is or, if it is a tuple, holds and that aren't told yet to have such a use. However deep
    /// tuples lie in each other, none is gone through twice.
    pub(super) fn references(&mut self, value: Value, uses: Uses) -> Vec<Value> {
        let mut references = Vec::new();
        let mut due = vec![value];
        while let Some(value) = due.pop() {
            if is_reference(value) {
                references.push(value);
            } else if let Some(number) = self.find(value)
                && let Some(tuple) = self.tuples.get_mut(number)
                && !tuple.told.are_among(uses)
            {
                tuple.told.add(uses);
                due.extend(
                    self.items(number)
                        .iter()
                        .filter(|item| is_reference(**item) || item.is(Kind::Tuple)),
                );
            }
        }
        references
    }
}
