//! Errors for people: what is wrong, where, and what to do.

use std::fmt::{self, Write};

use crate::repr::Visible;

/// How many bytes stand in the line that shows a place.
const SHOWN: usize = 16;

/// `pickscope: INPUT: message (at offset N)`, the bytes of the place with a caret under it, and what to do.
#[derive(Clone, Copy)]
pub struct Complaint<'a> {
    /// The input's name.
    pub name: &'a str,
    /// What is wrong.
    pub message: &'a dyn fmt::Display,
    /// Where, and the input.
    pub place: Option<(u64, &'a [u8])>,
    /// What to do.
    pub advice: Option<&'a str>,
}

impl fmt::Display for Complaint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Visible(f), "pickscope: {}: {}", self.name, self.message)?;
        if let Some((offset, input)) = self.place {
            write!(f, " (at offset {offset})")?;
            hex_line(f, offset, input)?;
        }
        match self.advice {
            Some(advice) => write!(f, "\n  {advice}"),
            None => Ok(()),
        }
    }
}

/// The bytes around `offset`, and a caret under the first of them that is wrong.
fn hex_line(f: &mut fmt::Formatter<'_>, offset: u64, input: &[u8]) -> fmt::Result {
    let at = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(input.len());
    // Some of what stands before helps to find the place in an editor.
    let start = at.saturating_sub(SHOWN / 4) / 2 * 2;
    let bytes = input.get(start..).unwrap_or_default();
    let bytes = bytes.get(..SHOWN).unwrap_or(bytes);
    if bytes.is_empty() {
        return Ok(());
    }
    let mut text = [0; 2];
    write!(f, "\n  {start:08x} ")?;
    for &byte in bytes {
        // Two digits for one byte always fit.
        let _ = hex::encode_to_slice([byte], &mut text);
        write!(f, " {}", std::str::from_utf8(&text).unwrap_or_default())?;
    }
    f.write_str(&"   ".repeat(SHOWN - bytes.len()))?;
    f.write_str("  |")?;
    for &byte in bytes {
        f.write_char(if (b' '..=b'~').contains(&byte) {
            char::from(byte)
        } else {
            '.'
        })?;
    }
    f.write_str("|")?;
    write!(f, "\n  {:8}  {}^^", "", "   ".repeat(at - start))
}
