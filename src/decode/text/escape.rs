//! Bytes and text out of what stands for them: the escapes of STRING and UNICODE, and UTF-8 with surrogates.

use std::borrow::Cow;

use super::{Text, Unreadable};

/// `codecs.escape_decode`, `PyBytes_DecodeEscape` (`Objects/bytesobject.c`), whose rules 2.7 shares. `before` counts
/// bytes of the line that stand before `text`.
pub(super) fn escape_decode(text: &[u8], before: usize) -> Result<Cow<'_, [u8]>, Unreadable> {
    let Some(first) = text.iter().position(|&byte| byte == b'\\') else {
        return Ok(Cow::Borrowed(text));
    };
    let (plain, mut rest) = text.split_at_checked(first).unwrap_or_default();
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend_from_slice(plain);
    while let [byte, after @ ..] = rest {
        if *byte != b'\\' {
            decoded.push(*byte);
            rest = after;
            continue;
        }
        let bad = Unreadable::BadEscape {
            at: text.len().saturating_sub(rest.len()).saturating_add(before),
        };
        let (value, after) = match after {
            [] => return Err(bad),
            [b'x', high, low, after @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => ((high << 4 | low) as u8, after),
                _ => return Err(bad),
            },
            [b'x', ..] => return Err(bad),
            [b'0'..=b'7', ..] => octal(after),
            [simple, after @ ..] => match simple {
                b'\\' | b'\'' | b'"' => (*simple, after),
                b'a' => (0x07, after),
                b'b' => (0x08, after),
                b't' => (b'\t', after),
                b'n' => (b'\n', after),
                b'v' => (0x0b, after),
                b'f' => (0x0c, after),
                b'r' => (b'\r', after),
                // Unknown escapes stay, backslash and all.
                _ => {
                    decoded.push(b'\\');
                    (*simple, after)
                }
            },
        };
        decoded.push(value);
        rest = after;
    }
    Ok(Cow::Owned(decoded))
}

/// Up to three octal digits; of a number past 0o377 the low eight bits.
fn octal(text: &[u8]) -> (u8, &[u8]) {
    let count = text
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'0'..=b'7'))
        .count();
    let (digits, rest) = text.split_at_checked(count).unwrap_or_default();
    let value = digits.iter().fold(0u8, |n, b| n << 3 | (b & 7));
    (value, rest)
}

fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// UNICODE: `PyUnicode_DecodeRawUnicodeEscape` (`Objects/unicodeobject.c`). Bytes are latin-1, but for `\uXXXX` and
/// `\UXXXXXXXX` after an even number of backslashes; what a backslash stands before otherwise stays as it is.
///
/// 2.7 reads alike where its `unicode` has 32 bits; where it has 16 (Windows, macOS), two surrogates of a pair and the
/// character beyond U+FFFF are the same to it.
pub(super) fn raw_unicode_escape(line: &[u8]) -> Result<Text<'_>, Unreadable> {
    let plain = line.is_ascii()
        && !line
            .windows(2)
            .any(|two| matches!(two, [b'\\', b'u' | b'U']));
    if plain {
        return Ok(Text::Str(String::from_utf8_lossy(line)));
    }
    // Two bytes for each of latin-1; no escape gets longer.
    let mut utf8 = Vec::with_capacity(line.len().saturating_mul(2));
    let mut surrogates = false;
    let mut rest = line;
    while let [byte, after @ ..] = rest {
        let (width, after) = match (byte, after) {
            (b'\\', [b'u', after @ ..]) => (4, after),
            (b'\\', [b'U', after @ ..]) => (8, after),
            (b'\\', [escaped, after @ ..]) => {
                utf8.push(b'\\');
                push(&mut utf8, u32::from(*escaped));
                rest = after;
                continue;
            }
            _ => {
                push(&mut utf8, u32::from(*byte));
                rest = after;
                continue;
            }
        };
        let bad = Unreadable::BadEscape {
            at: line.len().saturating_sub(rest.len()),
        };
        let (digits, after) = after.split_at_checked(width).ok_or(bad)?;
        let code = digits
            .iter()
            .try_fold(0u32, |code, &byte| Some(code << 4 | hex(byte)?))
            .ok_or(bad)?;
        if code > char::MAX.into() {
            return Err(bad);
        }
        surrogates |= push(&mut utf8, code);
        rest = after;
    }
    Ok(if surrogates {
        Text::Wtf8(Cow::Owned(utf8))
    } else {
        match String::from_utf8(utf8) {
            Ok(text) => Text::Str(Cow::Owned(text)),
            Err(error) => Text::Wtf8(Cow::Owned(error.into_bytes())),
        }
    })
}

/// Appends a code point in generalised UTF-8, and says whether it is a surrogate.
fn push(utf8: &mut Vec<u8>, code: u32) -> bool {
    match char::from_u32(code) {
        Some(character) => {
            utf8.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            false
        }
        None => {
            let low = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
            utf8.extend_from_slice(&[0xe0 | (code >> 12 & 0x0f) as u8, low(6), low(0)]);
            true
        }
    }
}

/// BINUNICODE and its kin: UTF-8 in which surrogates pass, as three bytes each (`surrogatepass`; 2.7 lets them pass
/// unasked).
pub(super) fn utf8_surrogatepass(bytes: &[u8]) -> Result<Text<'_>, Unreadable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Text::Str(Cow::Borrowed(text))),
        Err(error) => surrogates_pass(bytes, error.valid_up_to()),
    }
}

#[cold]
fn surrogates_pass(bytes: &[u8], mut at: usize) -> Result<Text<'_>, Unreadable> {
    loop {
        // Where UTF-8 ends, a surrogate must stand; then UTF-8 may go on. No byte is looked at more than twice.
        let Some([0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..]) = bytes.get(at..) else {
            return Err(Unreadable::NotUtf8 { at });
        };
        at = at.saturating_add(3);
        match std::str::from_utf8(rest) {
            Ok(_) => return Ok(Text::Wtf8(Cow::Borrowed(bytes))),
            Err(error) => at = at.saturating_add(error.valid_up_to()),
        }
    }
}
