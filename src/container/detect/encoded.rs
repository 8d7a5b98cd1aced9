//! Looks at pickles that were written as text: base64, hexadecimal, a Python literal.

use crate::machine::glance::{End, glance};

use super::{Detail, Format, Head, Seen, magic};

/// How many bytes are decoded to see what they hold.
const MOST: usize = 3 << 10;

/// What decoded bytes are: a pickle (`Some(None)`), compressed data that may hold one, or nothing to speak of.
fn holds(bytes: &[u8]) -> Option<Option<Format>> {
    const OPCODES: u64 = 64;
    let glance = glance(bytes, 0, OPCODES);
    let proto = matches!(bytes, [0x80, 2..=5, ..]);
    match glance.end {
        End::Stop | End::Enough if proto || glance.opcodes > 2 => return Some(None),
        End::Cut(_) if proto && glance.opcodes > 1 => return Some(None),
        _ => {}
    }
    magic(bytes)
        .filter(|format| {
            matches!(
                format,
                Format::Gzip
                    | Format::Bzip2
                    | Format::Xz
                    | Format::Lzma
                    | Format::Zstd
                    | Format::Lz4
                    | Format::Zlib
            )
        })
        .map(Some)
}

fn seen(bytes: Option<Vec<u8>>) -> Option<Seen<'static>> {
    Seen::with(false, Detail::Holds(holds(&bytes?)?))
}

/// Decodes base64 with or without line breaks and padding; `None` where something else is in it.
fn from_base64(text: &[u8], plus: u8, slash: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    let mut count = 0_u32;
    let mut padding = false;
    for &letter in text {
        let value = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => letter.wrapping_sub(b'0').wrapping_add(52),
            _ if letter == plus => 62,
            _ if letter == slash => 63,
            b'=' => {
                padding = true;
                continue;
            }
            _ if letter.is_ascii_whitespace() => continue,
            _ => return None,
        };
        if padding {
            return None;
        }
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count = count.wrapping_add(1) % 4;
        if count == 0 && bytes.len() < MOST {
            bytes.extend(bits.to_be_bytes().into_iter().skip(1));
        }
    }
    if bytes.len() < MOST {
        match count {
            2 => bytes.extend((bits << 12).to_be_bytes().into_iter().skip(1).take(1)),
            3 => bytes.extend((bits << 6).to_be_bytes().into_iter().skip(1).take(2)),
            _ => {}
        }
    }
    Some(bytes)
}

pub(super) fn base64(head: Head<'_>) -> Option<Seen<'_>> {
    seen(from_base64(head.bytes, b'+', b'/'))
}

pub(super) fn base64_url(head: Head<'_>) -> Option<Seen<'_>> {
    seen(from_base64(head.bytes, b'-', b'_'))
}

pub(super) fn base64_quoted(head: Head<'_>) -> Option<Seen<'_>> {
    let (quote, text) = quoted(head.bytes)?;
    let text = text.strip_suffix(&[quote]).unwrap_or(text);
    seen(from_base64(text, b'+', b'/'))
}

/// The quote that opens a literal and what follows it, past a prefix `b`; without white space around.
fn quoted(text: &[u8]) -> Option<(u8, &[u8])> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"b").unwrap_or(text);
    text.split_first()
        .filter(|(quote, _)| matches!(quote, b'\'' | b'"'))
        .map(|(quote, rest)| (*quote, rest))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|n| u8::try_from(n).ok())
}

/// Decodes pairs of hexadecimal digits, white space between any of them; `None` where something else is in it.
fn from_hex(text: impl IntoIterator<Item = u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut high = None;
    for letter in text {
        if letter.is_ascii_whitespace() {
            continue;
        }
        let value = digit(letter)?;
        match high.take() {
            None => high = Some(value),
            Some(high) if bytes.len() < MOST => bytes.push(high << 4 | value),
            Some(_) => {}
        }
    }
    Some(bytes)
}

pub(super) fn hex(head: Head<'_>) -> Option<Seen<'_>> {
    seen(from_hex(head.bytes.iter().copied()))
}

/// Lines of xxd: an offset, a colon, groups of digits, then two spaces and the text.
pub(super) fn xxd(head: Head<'_>) -> Option<Seen<'_>> {
    if !head.has(0, b"00000000: ") && !head.has(0, b"0000000: ") {
        return None;
    }
    let mut digits = Vec::new();
    for line in head.bytes.split(|b| *b == b'\n') {
        let Some(colon) = line.iter().take(16).position(|b| *b == b':') else {
            break;
        };
        let groups = line.get(colon.saturating_add(2)..).unwrap_or_default();
        let end = super::look::find(groups, b"  ").unwrap_or(groups.len());
        digits.extend(groups.iter().take(end));
        if digits.len() > 2 * MOST {
            break;
        }
    }
    seen(from_hex(digits))
}

/// Undoes the escapes of a bytes literal, up to `quote`.
fn unescape(text: &[u8], quote: Option<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if bytes.len() >= MOST || Some(byte) == quote {
            break;
        }
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some((&kind, after)) = rest.split_first() else {
            break;
        };
        rest = after;
        let value = match kind {
            b'x' => {
                let (Some(high), Some(low)) = (
                    rest.first().copied().and_then(digit),
                    rest.get(1).copied().and_then(digit),
                ) else {
                    break;
                };
                rest = rest.get(2..).unwrap_or_default();
                high << 4 | low
            }
            b'0'..=b'7' => {
                let mut value = u32::from(kind.wrapping_sub(b'0'));
                for _ in 0..2 {
                    let Some((&next @ b'0'..=b'7', after)) = rest.split_first() else {
                        break;
                    };
                    value = value << 3 | u32::from(next.wrapping_sub(b'0'));
                    rest = after;
                }
                (value & 0xff) as u8
            }
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'v' => 0x0b,
            b'\\' | b'\'' | b'"' => kind,
            _ => {
                bytes.push(b'\\');
                kind
            }
        };
        bytes.push(value);
    }
    bytes
}

pub(super) fn literal(head: Head<'_>) -> Option<Seen<'_>> {
    let (quote, text) = quoted(head.bytes)?;
    seen(Some(unescape(text, Some(quote))))
}

pub(super) fn escapes(head: Head<'_>) -> Option<Seen<'_>> {
    let text = head.bytes.trim_ascii();
    if !text.starts_with(b"\\") {
        return None;
    }
    seen(Some(unescape(text, None)))
}
