//! Places in a stream.

/// A run of bytes, as offsets from the start of the input: `start` is in it, `end` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u64,
    /// Offset after the last byte.
    pub end: u64,
}

impl Span {
    /// How many bytes lie in it.
    ///
    /// ```
    /// assert_eq!(pickscope::span::Span { start: 2, end: 30 }.length(), 28);
    /// ```
    pub const fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether `offset` lies in it.
    pub const fn contains(self, offset: u64) -> bool {
        self.start <= offset && offset < self.end
    }
}
