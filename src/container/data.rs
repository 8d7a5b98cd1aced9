//! Bytes of an input or of what was unpacked from it, shared and never copied.

use std::{
    fmt,
    ops::{Deref, Range},
    rc::Rc,
};

/// A stretch of bytes: of the input itself, or of something that was unpacked, which is freed with the last of its
/// stretches.
#[derive(Clone)]
pub struct Data<'a> {
    store: Store<'a>,
    range: Range<usize>,
}

#[derive(Clone)]
enum Store<'a> {
    Input(&'a [u8]),
    Unpacked(Rc<Vec<u8>>),
}

impl<'a> Data<'a> {
    /// All of an input.
    pub fn of_input(bytes: &'a [u8]) -> Self {
        Self {
            store: Store::Input(bytes),
            range: 0..bytes.len(),
        }
    }

    /// What was unpacked.
    pub fn unpacked(bytes: Vec<u8>) -> Self {
        Self {
            range: 0..bytes.len(),
            store: Store::Unpacked(Rc::new(bytes)),
        }
    }

    /// A stretch of these bytes, as much of it as they have.
    #[must_use]
    pub fn part(&self, range: Range<u64>) -> Self {
        let place = |at: u64| {
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            self.range.start.saturating_add(at).min(self.range.end)
        };
        let start = place(range.start);
        Self {
            store: self.store.clone(),
            range: start..place(range.end).max(start),
        }
    }

    /// Where it begins in the input, if its bytes stand there as they are.
    pub fn base(&self) -> Option<u64> {
        match self.store {
            Store::Input(_) => Some(self.range.start as u64),
            Store::Unpacked(_) => None,
        }
    }
}

impl Deref for Data<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let all = match &self.store {
            Store::Input(bytes) => bytes,
            Store::Unpacked(bytes) => bytes.as_slice(),
        };
        all.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data")
            .field("base", &self.base())
            .field("length", &self.len())
            .finish()
    }
}
