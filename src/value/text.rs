//! Whether serde-pickle reads the text of an argument as CPython does; as of its 1.2, `src/de.rs`.

use crate::decode::text::{Integer, Key};

/// INT: `decode_text_int`. A number of `i64`, in decimal.
pub(super) fn int(line: &[u8], value: &Integer<'_>) -> bool {
    number::<i64>(line).is_some_and(|number| value.to_i64() == Some(number))
}

/// INT of a bool.
pub(super) fn boolean(line: &[u8], value: bool) -> bool {
    line == if value { b"01" } else { b"00" }
}

/// LONG: `decode_text_long`. Decimal digits with a sign before them; in base 0, CPython takes those for decimal too, or
/// not at all.
pub(super) fn long(line: &[u8]) -> bool {
    let digits = line.strip_suffix(b"L").unwrap_or(line);
    let digits = digits
        .strip_prefix(b"-")
        .or_else(|| digits.strip_prefix(b"+"))
        .unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// FLOAT: `str::parse`.
pub(super) fn float(line: &[u8], value: f64) -> bool {
    number::<f64>(line).is_some_and(|number| {
        number.to_bits() == value.to_bits() || number.is_nan() && value.is_nan()
    })
}

/// GET and PUT: `str::parse` of 32 bits.
pub(super) fn index(line: &[u8], key: &Key<'_>) -> bool {
    number::<u32>(line).is_some_and(|number| *key == Key::Index(number.into()))
}

/// STRING: `decode_escaped_string`, which knows fewer escapes.
pub(super) fn string(line: &[u8]) -> bool {
    let (Some(first), Some(last)) = (line.first(), line.last()) else {
        return false;
    };
    let inner = line
        .get(1..line.len().saturating_sub(1))
        .unwrap_or_default();
    line.len() >= 2
        && first == last
        && matches!(first, b'\'' | b'"')
        && escapes(inner, |letter| match letter {
            b'\\' | b'a' | b'b' | b't' | b'n' | b'v' | b'f' | b'r' => Some(0),
            b'x' => Some(2),
            _ => None,
        })
}

/// UNICODE: `decode_escaped_unicode`, to which a backslash always begins an escape. It takes the carriage return before a
/// newline for a part of that.
pub(super) fn unicode(line: &[u8]) -> bool {
    line.last() != Some(&b'\r')
        && escapes(line, |letter| match letter {
            b'u' => Some(4),
            b'U' => Some(8),
            _ => None,
        })
}

fn number<N: std::str::FromStr>(line: &[u8]) -> Option<N> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    std::str::from_utf8(line).ok()?.parse().ok()
}

/// Whether every backslash is followed by a letter that begins an escape, and that by as many hexadecimal digits as it
/// asks for.
fn escapes(text: &[u8], digits: impl Fn(u8) -> Option<usize>) -> bool {
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'\\' {
            continue;
        }
        let Some(count) = rest.next().and_then(|letter| digits(*letter)) else {
            return false;
        };
        if !(0..count).all(|_| rest.next().is_some_and(u8::is_ascii_hexdigit)) {
            return false;
        }
    }
    true
}
