//! Text, bytes and complex numbers as `repr` writes them beside those of Python 3's text and floats.

use std::fmt::{self, Write};

use super::{Chars, Float, escape, octets, quote};

/// The `repr` of a str of Python 2: `'\xe9'`. (`string_repr` in `Objects/stringobject.c`.)
///
/// ```
/// assert_eq!(pickscope::repr::OldStr(b"\xe9'").to_string(), "\"\\xe9'\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldStr<'a>(pub &'a [u8]);

/// The `repr` of a unicode of Python 2, which shows nothing but ASCII: `u'\xe9'`. (`unicodeescape_string` in
/// `Objects/unicodeobject.c`.)
///
/// ```
/// assert_eq!(pickscope::repr::Unicode("é\u{1f600}".into()).to_string(), r"u'\xe9\U0001f600'");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unicode<'a>(pub Chars<'a>);

/// The `repr` of a complex number, of its real and imaginary part: `(1-2.5j)`, `1j`, `(-0+0j)`. (`complex_repr` in
/// `Objects/complexobject.c`.)
///
/// ```
/// use pickscope::repr::Complex;
///
/// assert_eq!(Complex(0.0, -1.5).to_string(), "-1.5j");
/// assert_eq!(Complex(-0.0, 1.0).to_string(), "(-0+1j)");
/// assert_eq!(Complex(f64::INFINITY, f64::NAN).to_string(), "(inf+nanj)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex(pub f64, pub f64);

impl fmt::Display for OldStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote(|byte| self.0.contains(&byte));
        f.write_char(quote)?;
        octets(f, self.0, quote, |_| None)?;
        f.write_char(quote)
    }
}

impl fmt::Display for Unicode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote(|byte| self.0.bytes().contains(&byte));
        f.write_char('u')?;
        f.write_char(quote)?;
        match self.0 {
            Chars::Utf8(text) => ascii(f, text, quote)?,
            Chars::Latin1(bytes) => octets(f, bytes, quote, |_| None)?,
            Chars::Wtf8(bytes) => super::wtf8(f, bytes, |f, text| ascii(f, text, quote))?,
        }
        f.write_char(quote)
    }
}

/// Text without its quotes, all past ASCII escaped.
fn ascii(f: &mut fmt::Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| !character.is_ascii()) {
        let (plain, after) = rest.split_at_checked(at).unwrap_or_default();
        octets(f, plain.as_bytes(), quote, |_| None)?;
        let mut characters = after.chars();
        if let Some(character) = characters.next() {
            escape(f, character.into())?;
        }
        rest = characters.as_str();
    }
    octets(f, rest.as_bytes(), quote, |_| None)
}

impl fmt::Display for Complex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(real, imaginary) = *self;
        // Here whole numbers have no `.0`.
        let short = |number: f64| {
            let mut text = Float(number).to_string();
            if text.ends_with(".0") {
                text.truncate(text.len().saturating_sub(2));
            }
            text
        };
        let (tail, bare) = (short(imaginary), real == 0.0 && real.is_sign_positive());
        if bare {
            return write!(f, "{tail}j");
        }
        let sign = if tail.starts_with('-') { "" } else { "+" };
        write!(f, "({}{sign}{tail}j)", short(real))
    }
}
