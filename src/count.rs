//! Counts in words.

use std::fmt::{self, Write};

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
        let digits = self.0.to_string();
        for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
            f.write_char(digit)?;
            if left > 0 && left % 3 == 0 {
                f.write_char(',')?;
            }
        }
        write!(f, " {}{}", self.1, if self.0 == 1 { "" } else { "s" })
    }
}
