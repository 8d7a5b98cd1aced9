//! Bytes that were written as text: base64, hexadecimal, a literal of Python, a hex dump.

use std::borrow::Cow;

use crate::{
    limits::{PIPE_HEAD, QUOTES},
    machine::glance,
};

use super::detect::{self, Finding, Format};

/// Decodes base64 with or without line breaks and padding; `None` where something else is in it. No more than `most` bytes
/// come out, and two more.
pub(crate) fn base64(text: &[u8], [plus, slash]: [u8; 2], most: usize) -> Option<Vec<u8>> {
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
        if count == 0 && bytes.len() < most {
            bytes.extend(bits.to_be_bytes().into_iter().skip(1));
        }
    }
    if bytes.len() < most {
        match count {
            2 => bytes.extend((bits << 12).to_be_bytes().into_iter().skip(1).take(1)),
            3 => bytes.extend((bits << 6).to_be_bytes().into_iter().skip(1).take(2)),
            _ => {}
        }
    }
    Some(bytes)
}

/// The quote that opens a literal and what follows it, past a prefix `b`; without white space around.
pub(crate) fn quoted(text: &[u8]) -> Option<(u8, &[u8])> {
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

/// Decodes pairs of hexadecimal digits, white space between any of them, `most` at the most; `None` where something else is
/// in it.
pub(crate) fn hex(text: impl IntoIterator<Item = u8>, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut high = None;
    for letter in text {
        if letter.is_ascii_whitespace() {
            continue;
        }
        let value = digit(letter)?;
        match high.take() {
            None => high = Some(value),
            Some(high) if bytes.len() < most => bytes.push(high << 4 | value),
            Some(_) => {}
        }
    }
    Some(bytes)
}

/// Decodes lines of xxd, `most` bytes of them at the most: an offset, a colon, groups of digits, then two spaces and the text.
pub(crate) fn xxd(text: &[u8], most: usize) -> Option<Vec<u8>> {
    if !text.starts_with(b"00000000: ") && !text.starts_with(b"0000000: ") {
        return None;
    }
    let mut digits = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        let Some(colon) = line.iter().take(16).position(|b| *b == b':') else {
            break;
        };
        let groups = line.get(colon.saturating_add(2)..).unwrap_or_default();
        let end = find(groups, b"  ").unwrap_or(groups.len());
        digits.extend(groups.iter().take(end));
        if digits.len() > most.saturating_mul(2) {
            break;
        }
    }
    hex(digits, most)
}

/// Undoes the escapes of a bytes literal, up to `quote`, for `most` bytes at the most.
pub(crate) fn unescape(text: &[u8], quote: Option<u8>, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if bytes.len() >= most || Some(byte) == quote {
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

/// Where `what` first stands in `bytes`.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Undoes what a web page does to text: `&lt;` and its kin, and characters by their numbers.
pub(crate) fn unescape_html(text: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 10;
    const NAMED: [(&[u8], u8); 6] = [
        (b"lt", b'<'),
        (b"gt", b'>'),
        (b"amp", b'&'),
        (b"quot", b'"'),
        (b"apos", b'\''),
        (b"nbsp", b' '),
    ];
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let entity = || {
            let end = after.iter().take(LONGEST).position(|byte| *byte == b';')?;
            let name = after.get(..end)?;
            let behind = after.get(end.checked_add(1)?..)?;
            let named = NAMED.iter().find(|(known, _)| *known == name);
            if let Some((_, byte)) = named {
                return Some((*byte, behind));
            }
            let digits = std::str::from_utf8(name.strip_prefix(b"#")?).ok()?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u8::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            Some((number.ok().filter(u8::is_ascii)?, behind))
        };
        match (byte == b'&').then(entity).flatten() {
            Some((byte, behind)) => {
                bytes.push(byte);
                rest = behind;
            }
            None => bytes.push(byte),
        }
    }
    bytes
}

/// The bytes of a pickle that a text stands for, and how they are written there: a name for people.
///
/// The text is what a prompt, a log or a web page shows: a literal of Python with other text around it, as `repr` writes bytes
/// and Python 2 writes a `str`; escapes; hexadecimal, also as xxd dumps it; base64. What a page made of `<` and its kin is
/// undone where that makes a pickle. `None` where no pickle is found, packed or not.
///
/// ```
/// use pickscope::container::literal;
///
/// assert!(literal(b">>> pickle.dumps(1)").is_none());
/// let (bytes, how) = literal(br"x = b'\x80\x04K\x01.' # one").unwrap();
/// assert_eq!((&bytes[..], how), (&b"\x80\x04K\x01."[..], "a Python literal"));
/// ```
pub fn literal(text: &[u8]) -> Option<(Vec<u8>, &'static str)> {
    let page = text.contains(&b'&').then(|| unescape_html(text));
    let texts = [Some(Cow::Borrowed(text)), page.map(Cow::Owned)];
    let mut first = None;
    for text in texts.iter().flatten() {
        for (bytes, how) in writings(text) {
            if glance::is_whole(&bytes) {
                return Some((bytes, how));
            }
            first = first.or(Some((bytes, how)));
        }
    }
    first
}

/// What may be written in a text: all of it, or a literal with other text around.
fn writings(text: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let text = text.trim_ascii();
    let all = detect::detect(text, true);
    let all = all.and_then(|finding| {
        let (writing, how) = Writing::of(&finding)?;
        Some((decode(text, writing)?, how))
    });
    let mut found: Vec<_> = all.into_iter().collect();
    if found.is_empty() {
        found.extend(within(text).map(|bytes| (bytes, "a Python literal")));
    }
    found
}

/// The first literal in a text that begins as a pickle does, or as what one is packed in.
fn within(text: &[u8]) -> Option<Vec<u8>> {
    let quotes = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'\'' | b'"'))
        .take(QUOTES);
    for (at, _) in quotes {
        let literal = text.get(at..)?;
        let head = literal.get(..PIPE_HEAD).unwrap_or(literal);
        if detect::detect(head, head.len() == literal.len())
            .is_some_and(|finding| finding.format == Format::Literal)
        {
            return decode(literal, Writing::Literal);
        }
    }
    None
}

/// How bytes were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    Literal,
    Escapes,
    Xxd,
    Hex,
    Base64,
    Base64Url,
    Base64Quoted,
}

impl Writing {
    /// How what was found is written, and what that is called.
    fn of(finding: &Finding<'_>) -> Option<(Self, &'static str)> {
        Some(match finding.format {
            Format::Literal => (Self::Literal, "a Python literal"),
            Format::Escapes => (Self::Escapes, "escapes"),
            Format::Xxd => (Self::Xxd, "a hex dump"),
            Format::Hex => (Self::Hex, "hexadecimal"),
            Format::Base64 => (Self::Base64, "base64"),
            Format::Base64Url => (Self::Base64Url, "URL-safe base64"),
            Format::Base64Quoted => (Self::Base64Quoted, "base64 in quotes"),
            _ => return None,
        })
    }
}

/// All bytes that stand in a text, written so.
pub(crate) fn decode(text: &[u8], writing: Writing) -> Option<Vec<u8>> {
    let most = usize::MAX;
    match writing {
        Writing::Literal => {
            let (quote, text) = quoted(text)?;
            Some(unescape(text, Some(quote), most))
        }
        Writing::Escapes => Some(unescape(text.trim_ascii(), None, most)),
        Writing::Xxd => xxd(text, most),
        Writing::Hex => hex(text.iter().copied(), most),
        Writing::Base64 => base64(text, *b"+/", most),
        Writing::Base64Url => base64(text, *b"-_", most),
        Writing::Base64Quoted => {
            let (quote, text) = quoted(text)?;
            base64(text.strip_suffix(&[quote]).unwrap_or(text), *b"+/", most)
        }
    }
}
