//! Counts in words.

use std::fmt;

/// A count of things: `1 byte`, `12,345 bytes`.
///
/// ```
/// use pickscope::count::Counted;
///
/// assert_eq!(Counted(1, "byte").to_string(), "1 byte");
/// assert_eq!(Counted(1234567, "opcode").to_string(), "1,234,567 opcodes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted(pub u64, pub &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From the right: 20 digits with 6 commas among them are the most there are.
        let mut text = [0; 26];
        let mut start = text.len();
        let mut left = self.0;
        for (count, place) in text.iter_mut().rev().enumerate() {
            start -= 1;
            if count % 4 == 3 {
                *place = b',';
                continue;
            }
            *place = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        let digits = text.get(start..).unwrap_or_default();
        f.write_str(str::from_utf8(digits).unwrap_or_default())?;
        f.write_str(" ")?;
        f.write_str(self.1)?;
        f.write_str(if self.0 == 1 { "" } else { "s" })
    }
}
