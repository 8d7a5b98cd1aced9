//! Text, bytes and floats as Python's `repr` writes them.
//!
//! Each type here is a [`Display`](fmt::Display) over what it borrows: nothing is built, and long runs that need no
//! escape are written whole. What comes out holds no control, format or other character that CPython 3.13 calls
//! unprintable, whatever goes in.
//!
//! The rules are those of `unicode_repr` (`Objects/unicodeobject.c`), `PyBytes_Repr` (`Objects/bytesobject.c`),
//! `bytearray_repr` (`Objects/bytearrayobject.c`) and `PyOS_double_to_string` (`Python/pystrtod.c`).

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod old;
mod printable;

use std::fmt::{self, Write};

pub use old::{Complex, OldStr, Unicode};

/// Whether `repr` shows a character as it is: `str.isprintable` of CPython 3.13, which knows Unicode 15.1.
///
/// ```
/// use pickscope::repr::is_printable;
///
/// assert!(is_printable('é') && is_printable(' '));
/// assert!(!is_printable('\u{a0}') && !is_printable('\u{202e}') && !is_printable('\n'));
/// ```
pub fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    let point = u32::from(character);
    let after = printable::UNPRINTABLE.partition_point(|&(first, _)| first <= point);
    let before = after
        .checked_sub(1)
        .and_then(|at| printable::UNPRINTABLE.get(at));
    before.is_none_or(|&(_, last)| last < point)
}

/// Whether a character that `repr` shows can be seen: some letters and marks of scripts are printable to Python and yet
/// take no room (Unicode's Default_Ignorable_Code_Point, as far as it is printable).
///
/// ```
/// use pickscope::repr::{is_printable, is_visible};
///
/// assert!(is_printable('\u{3164}') && !is_visible('\u{3164}'));
/// assert!(is_visible('é'));
/// ```
pub fn is_visible(character: char) -> bool {
    let ignorable = matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    );
    !ignorable && is_printable(character)
}

/// Writes text on, with an escape for each character that can't be seen.
///
/// ```
/// use std::fmt::Write;
///
/// let mut text = String::new();
/// write!(pickscope::repr::Visible(&mut text), "a{}b", '\u{3164}').unwrap();
/// assert_eq!(text, "a\\u3164b");
/// ```
#[derive(Debug)]
pub struct Visible<'w, W>(pub &'w mut W);

impl<W: Write> Write for Visible<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_ascii() {
            return self.0.write_str(text);
        }
        let mut shown = 0;
        for (at, character) in text.char_indices() {
            // What else isn't printable was escaped before, but for the newlines of our own.
            if is_visible(character) || character.is_ascii() {
                continue;
            }
            self.0.write_str(text.get(shown..at).unwrap_or_default())?;
            match u32::from(character) {
                point @ 0..=0xffff => write!(self.0, "\\u{point:04x}")?,
                point => write!(self.0, "\\U{point:08x}")?,
            }
            shown = at.saturating_add(character.len_utf8());
        }
        self.0.write_str(text.get(shown..).unwrap_or_default())
    }
}

/// Characters, in one of the forms that text of a pickle comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chars<'a> {
    /// UTF-8.
    Utf8(&'a str),
    /// Generalised UTF-8, which can hold lone surrogates: what Python's `surrogatepass` reads. A byte that is none
    /// is shown as if it were a character of Latin-1, escaped.
    Wtf8(&'a [u8]),
    /// Latin-1: a character a byte.
    Latin1(&'a [u8]),
}

impl<'a> From<&'a str> for Chars<'a> {
    fn from(text: &'a str) -> Self {
        Self::Utf8(text)
    }
}

/// The `repr` of a str: `'it'`, `"it's"`, `'\n\x00\u202e'`.
///
/// ```
/// use pickscope::repr::{Chars, Str};
///
/// assert_eq!(Str("it's\n".into()).to_string(), r#""it's\n""#);
/// assert_eq!(Str(Chars::Wtf8(b"\xed\xa0\x80")).to_string(), r"'\ud800'");
/// assert_eq!(Str(Chars::Latin1(b"\xe9\xa0")).to_string(), r"'é\xa0'");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Str<'a>(pub Chars<'a>);

/// The `repr` of the str that several pieces make together.
///
/// ```
/// use pickscope::repr::Joined;
///
/// assert_eq!(Joined(&["os".into(), " ".into(), "sys'tem".into()]).to_string(), r#""os sys'tem""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined<'a>(pub &'a [Chars<'a>]);

/// The `repr` of bytes: `b'\x80\x04N.'`.
///
/// ```
/// assert_eq!(pickscope::repr::Bytes(b"\x80\x04N.").to_string(), r"b'\x80\x04N.'");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes<'a>(pub &'a [u8]);

/// The `repr` of a bytearray: `bytearray(b'abc')`.
///
/// ```
/// assert_eq!(pickscope::repr::ByteArray(b"abc").to_string(), "bytearray(b'abc')");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteArray<'a>(pub &'a [u8]);

/// The `repr` of a float: the fewest digits that give the same float again, and of decimals with as few the nearest; of two
/// that are equally near the even one.
///
/// So `_Py_dg_dtoa` (`Python/dtoa.c`) and the crate `zmij` have it. Rust's own formatting takes the upper one of two.
///
/// ```
/// use pickscope::repr::Float;
///
/// assert_eq!(Float(1.0).to_string(), "1.0");
/// assert_eq!(Float(1e16).to_string(), "1e+16");
/// assert_eq!(Float(-0.00001).to_string(), "-1e-05");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Float(pub f64);

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Joined(&[self.0]).fmt(f)
    }
}

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote(|byte| self.0.iter().any(|chars| chars.bytes().contains(&byte)));
        f.write_char(quote)?;
        for &chars in self.0 {
            match chars {
                Chars::Utf8(text) => utf8(f, text, quote)?,
                Chars::Wtf8(bytes) => wtf8(f, bytes, |f, text| utf8(f, text, quote))?,
                Chars::Latin1(bytes) => octets(f, bytes, quote, |byte| {
                    let character = char::from(byte);
                    is_printable(character).then_some(character)
                })?,
            }
        }
        f.write_char(quote)
    }
}

impl<'a> Chars<'a> {
    /// The bytes that it is held in.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Utf8(text) => text.as_bytes(),
            Self::Wtf8(bytes) | Self::Latin1(bytes) => bytes,
        }
    }
}

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote(|byte| self.0.contains(&byte));
        f.write_char('b')?;
        f.write_char(quote)?;
        octets(f, self.0, quote, |_| None)?;
        f.write_char(quote)
    }
}

impl fmt::Display for ByteArray<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote(|byte| self.0.contains(&byte));
        f.write_str("bytearray(b")?;
        f.write_char(quote)?;
        // `bytearray_repr` escapes the single quote between double ones too.
        octets(f, self.0, '\'', |_| None)?;
        f.write_char(quote)?;
        f.write_char(')')
    }
}

/// From here on an exponent is written: `float_repr` asks for format `r`, whose bound is 16 digits before the point.
const EXPONENT_FROM: f64 = 1e16;
/// Below this one is written too: more than three zeros after the point.
const EXPONENT_BELOW: f64 = 1e-4;

impl Float {
    /// What `repr` writes, where that is the digits without an exponent: of nearly all floats.
    #[inline]
    pub(crate) fn plain(self, buffer: &mut zmij::Buffer) -> Option<&str> {
        let size = self.0.abs();
        (size == 0.0 || (EXPONENT_BELOW..EXPONENT_FROM).contains(&size))
            .then(|| buffer.format_finite(self.0))
    }
}

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        let size = number.abs();
        if number.is_nan() {
            return f.write_str("nan");
        }
        if !size.is_finite() {
            return f.write_str(if number > 0.0 { "inf" } else { "-inf" });
        }
        let mut buffer = zmij::Buffer::new();
        if let Some(digits) = self.plain(&mut buffer) {
            return f.write_str(digits);
        }
        let digits = buffer.format_finite(number);
        if let Some((mantissa, exponent)) = digits.split_once('e') {
            // `zmij` writes `1.5e-7` and `1e+20`; Python's exponent has two digits.
            let (sign, exponent) = match exponent.split_at_checked(1) {
                Some((sign @ ("-" | "+"), exponent)) => (sign, exponent),
                _ => ("+", exponent),
            };
            return write!(f, "{mantissa}e{sign}{exponent:0>2}");
        }
        // It writes one zero more than Python does: `0.000015`.
        let (sign, digits) = match digits.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", digits),
        };
        let digits = digits.strip_prefix("0.0000").ok_or(fmt::Error)?;
        let (first, rest) = digits.split_at_checked(1).ok_or(fmt::Error)?;
        let point = if rest.is_empty() { "" } else { "." };
        write!(f, "{sign}{first}{point}{rest}e-05")
    }
}

/// The quote to write around text: double only where that saves escaping.
fn quote(contains: impl Fn(u8) -> bool) -> char {
    match contains(b'\'') && !contains(b'"') {
        true => '"',
        false => '\'',
    }
}

/// Text without its quotes. What needs no escape is written in runs as long as can be.
fn utf8(f: &mut fmt::Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    let mut written = 0_usize;
    let mut at = 0_usize;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let plain = plain(rest.as_bytes(), quote);
        at = at.saturating_add(plain);
        let Some(character) = rest.get(plain..).and_then(|rest| rest.chars().next()) else {
            return f.write_str(text.get(written..).unwrap_or_default());
        };
        let next = at.saturating_add(character.len_utf8());
        // ASCII that stopped the run of plain bytes needs an escape.
        if character.is_ascii() || !is_printable(character) {
            f.write_str(text.get(written..at).unwrap_or_default())?;
            escape(f, character.into())?;
            written = next;
        }
        at = next;
    }
}

/// Generalised UTF-8 without its quotes: UTF-8, which is written as it is told, between surrogates.
fn wtf8(
    f: &mut fmt::Formatter<'_>,
    mut bytes: &[u8],
    utf8: impl Fn(&mut fmt::Formatter<'_>, &str) -> fmt::Result,
) -> fmt::Result {
    loop {
        let valid = match str::from_utf8(bytes) {
            Ok(text) => return utf8(f, text),
            Err(error) => error.valid_up_to(),
        };
        let (text, rest) = bytes.split_at_checked(valid).unwrap_or_default();
        utf8(f, str::from_utf8(text).unwrap_or_default())?;
        (bytes, _) = match *rest {
            [
                0xed,
                second @ 0xa0..=0xbf,
                third @ 0x80..=0xbf,
                ref rest @ ..,
            ] => {
                let low = u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
                (rest, escape(f, 0xd000 | low)?)
            }
            [byte, ref rest @ ..] => (rest, escape(f, byte.into())?),
            [] => return Ok(()),
        };
    }
}

/// Bytes without their quotes; `shown` tells which byte past ASCII is shown, and as what.
fn octets(
    f: &mut fmt::Formatter<'_>,
    mut bytes: &[u8],
    quote: char,
    shown: impl Fn(u8) -> Option<char>,
) -> fmt::Result {
    loop {
        let (run, rest) = bytes
            .split_at_checked(plain(bytes, quote))
            .unwrap_or_default();
        if !run.is_empty() {
            // Plain bytes are ASCII.
            f.write_str(str::from_utf8(run).unwrap_or_default())?;
        }
        let Some((&byte, rest)) = rest.split_first() else {
            return Ok(());
        };
        match shown(byte) {
            Some(character) if !byte.is_ascii() => f.write_char(character)?,
            _ => escape(f, byte.into())?,
        }
        bytes = rest;
    }
}

/// How many bytes at a time are looked at for something to escape.
const STRIDE: usize = 32;

/// How many bytes at the start are printable ASCII that stands for itself between these quotes.
fn plain(bytes: &[u8], quote: char) -> usize {
    let quote = quote as u8;
    let is_plain = |byte: &u8| (b' '..=b'~').contains(byte) & (*byte != b'\\') & (*byte != quote);
    let (strides, _) = bytes.as_chunks::<STRIDE>();
    // No early way out of a stride: so it becomes a few vector instructions.
    let whole = strides
        .iter()
        .take_while(|stride| stride.iter().fold(true, |all, byte| all & is_plain(byte)))
        .count()
        .saturating_mul(STRIDE);
    let rest = bytes.get(whole..).unwrap_or_default();
    let part = rest.iter().take_while(|byte| is_plain(byte)).count();
    whole.saturating_add(part)
}

/// Whether `repr` shows bytes as they are between such quotes: printable ASCII without a backslash and without the quote.
///
/// ```
/// use pickscope::repr::is_plain;
///
/// assert!(is_plain(b"it is", b'\'') && !is_plain(b"it's", b'\'') && is_plain(b"it's", b'"'));
/// assert!(!is_plain("é".as_bytes(), b'\'') && !is_plain(b"a\\n", b'\''));
/// ```
#[inline]
pub fn is_plain(bytes: &[u8], quote: u8) -> bool {
    let odd = |word| any_not_plain(word, quote);
    let Some(last) = bytes.last_chunk() else {
        return odd(short(bytes)) == 0;
    };
    // No early way out: most are plain. The last word may overlap the one before.
    let (words, _) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_ne_bytes(*word));
    words.fold(odd(u64::from_ne_bytes(*last)), |any, word| any | odd(word)) == 0
}

/// Fewer than eight bytes in a word; where there are none, blanks or bytes once more.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let [first, last] = [first, last].map(|ends| u64::from(u32::from_ne_bytes(*ends)));
        return first << 32 | last;
    }
    let [a, b, c] = [0, 1, 2].map(|at| bytes.get(at).copied().unwrap_or(b' '));
    u64::from_ne_bytes([a, b, c, b' ', b' ', b' ', b' ', b' '])
}

/// Not 0 if one of eight bytes isn't shown as it is: a bit at the top of each byte tells, by the well-known tricks with
/// borrows ("Bit Twiddling Hacks", `haszero` and `hasless`). A third of the instructions that a test byte by byte takes.
#[inline(always)]
fn any_not_plain(word: u64, quote: u8) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    let below = |word: u64, least: u8| word.wrapping_sub(u64::from_ne_bytes([least; 8])) & !word;
    let is = |byte: u8| {
        let unlike = word ^ u64::from_ne_bytes([byte; 8]);
        unlike.wrapping_sub(ONES) & !unlike
    };
    (word | below(word, b' ') | is(0x7f) | is(b'\\') | is(quote)) & TOPS
}

/// A code point in an escape: a short one where Python has one, else as few digits as its size asks for.
fn escape(f: &mut fmt::Formatter<'_>, point: u32) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| {
        DIGITS
            .get((point >> shift & 0xf) as usize)
            .map_or('0', |&digit| char::from(digit))
    };
    let (letter, shifts): (char, &[u32]) = match point {
        0x09 => return f.write_str("\\t"),
        0x0a => return f.write_str("\\n"),
        0x0d => return f.write_str("\\r"),
        0x27 => return f.write_str("\\'"),
        0x5c => return f.write_str("\\\\"),
        0..=0xff => ('x', &[4, 0]),
        0x100..=0xffff => ('u', &[12, 8, 4, 0]),
        _ => ('U', &[28, 24, 20, 16, 12, 8, 4, 0]),
    };
    // In one piece, so that whoever cuts text doesn't cut it amid an escape.
    let mut text = [0; 10];
    let characters = ['\\', letter]
        .into_iter()
        .chain(shifts.iter().map(|&shift| digit(shift)));
    let length = shifts.len().saturating_add(2);
    for (byte, character) in text.iter_mut().zip(characters) {
        *byte = character as u8;
    }
    f.write_str(
        text.get(..length)
            .and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default(),
    )
}
