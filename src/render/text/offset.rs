//! The column of offsets.
//!
//! They ascend by a few bytes, so that mostly the two last digits alone differ from those before: writing these takes some 25
//! instructions a line, and the whole number 110.

/// Writes offsets.
pub(super) struct Offset {
    /// How many columns it has.
    width: usize,
    /// What was written last, and blanks.
    text: [u8; Self::MOST],
    /// The hundreds of that: what is left of it without its two last digits.
    hundreds: u64,
}

impl Offset {
    /// Digits of the largest number there is.
    const MOST: usize = 20;

    /// For an input of `length` bytes.
    pub(super) fn new(length: u64) -> Self {
        Self {
            width: length.max(99_999).to_string().len(),
            text: [b' '; Self::MOST],
            hundreds: 0,
        }
    }

    /// How many columns it has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    #[inline(always)]
    pub(super) fn write(&mut self, offset: u64, out: &mut Vec<u8>) {
        let mut last = offset.wrapping_sub(self.hundreds);
        // Below 100 there may be one digit.
        if last >= 100 || self.hundreds == 0 {
            self.begin(offset);
            last = offset.wrapping_sub(self.hundreds);
        }
        let ends = self.width.wrapping_sub(2)..self.width;
        if let (Some([tens, ones]), 100..) = (self.text.get_mut(ends), offset) {
            let last = last as u8;
            (*tens, *ones) = (b'0' + last / 10, b'0' + last % 10);
        }
        push(&self.text, self.width, out);
    }

    /// Makes the whole text.
    #[inline(never)]
    fn begin(&mut self, offset: u64) {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(offset).as_bytes();
        // The input may be longer than was told.
        self.width = self.width.max(digits.len());
        self.hundreds = offset - offset % 100;
        self.text = [b' '; Self::MOST];
        let start = self.width.saturating_sub(digits.len());
        let free = self.text.iter_mut().skip(start);
        free.zip(digits).for_each(|(free, digit)| *free = *digit);
    }
}

/// Writes the first `length` bytes of a block, which has as many: it is copied whole and then cut, which takes no call.
#[inline(always)]
pub(super) fn push<const SIZE: usize>(block: &[u8; SIZE], length: usize, out: &mut Vec<u8>) {
    let end = out.len() + length;
    out.extend_from_slice(block);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::Offset;

    #[test]
    fn an_offset_is_written_as_if_there_were_none_before() {
        let steps = [
            0, 1, 9, 10, 42, 99, 100, 101, 199, 200, 7, 5, 12_345, 12_399, 99_999,
        ];
        let mut column = Offset::new(99_999);
        for offset in steps {
            let mut text = Vec::new();
            column.write(offset, &mut text);
            assert_eq!(text, format!("{offset:>5}").into_bytes());
        }
        let mut narrow = Offset::new(0);
        let mut text = Vec::new();
        narrow.write(1_234_567, &mut text);
        assert_eq!(text, b"1234567");
        let mut widest = Offset::new(u64::MAX);
        for offset in [0, u64::MAX, u64::MAX - 1, 1 << 32] {
            let mut text = Vec::new();
            widest.write(offset, &mut text);
            assert_eq!(text, format!("{offset:>20}").into_bytes());
        }
    }
}
