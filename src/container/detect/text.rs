//! Looks at what is text, or was made text by mistake.

use crate::{
    error::FaultKind,
    machine::glance::{End, glance},
};

use super::{Detail, Head, LIKELY, SURE, Seen, look::find};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What follows a byte order mark and white space.
fn start(head: Head<'_>) -> &[u8] {
    head.bytes
        .strip_prefix(BOM)
        .unwrap_or(head.bytes)
        .trim_ascii_start()
}

fn starts_with(text: &[u8], prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// The encoding of what is text throughout, without control characters but those that format it.
fn encoding(head: Head<'_>) -> Option<&'static str> {
    let valid = match std::str::from_utf8(head.bytes) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(error) if error.error_len().is_none() && !head.whole => {
            std::str::from_utf8(head.bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let control =
        |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x08' | '\x1b');
    if valid.is_empty() || valid.contains(control) {
        None
    } else if valid.is_ascii() {
        Some("ASCII")
    } else {
        Some("UTF-8")
    }
}

/// A pointer file, as the specification of Git LFS has it (docs/spec.md), with the names of its versions before 1.
pub(super) fn git_lfs(head: Head<'_>) -> Option<Seen<'_>> {
    let versions = [
        "version https://git-lfs.github.com/spec/v1",
        "version https://hawser.github.com/spec/v1",
        "version http://git-media.io/v/2",
    ];
    if !versions
        .iter()
        .any(|version| head.has(0, version.as_bytes()))
    {
        return None;
    }
    let value = |key: &[u8]| {
        let line = head
            .bytes
            .split(|b| *b == b'\n')
            .take(20)
            .find_map(|line| line.strip_prefix(key))?;
        std::str::from_utf8(line.trim_ascii_end()).ok()
    };
    let oid = value(b"oid sha256:")
        .filter(|oid| oid.len() == 64 && oid.bytes().all(|b| b.is_ascii_hexdigit()));
    let size = value(b"size ")
        .filter(|size| (1..=20).contains(&size.len()) && size.bytes().all(|b| b.is_ascii_digit()));
    match (oid, size) {
        (Some(oid), Some(size)) => Seen::with(true, Detail::Pointer { oid, size }),
        _ => SURE,
    }
}

pub(super) fn html(head: Head<'_>) -> Option<Seen<'_>> {
    /// How far a comment or an XML declaration may put off the first element.
    const PUT_OFF: usize = 4 << 10;
    let text = start(head);
    if ["<!doctype html", "<html", "<head", "<body", "<title"]
        .iter()
        .any(|tag| starts_with(text, tag))
    {
        return SURE;
    }
    let later = text.get(..PUT_OFF).unwrap_or(text);
    let element = |tag: &str| {
        later
            .windows(tag.len())
            .any(|window| window.eq_ignore_ascii_case(tag.as_bytes()))
    };
    if (starts_with(text, "<!--") || starts_with(text, "<?xml"))
        && (element("<html") || element("<!doctype html"))
    {
        SURE
    } else {
        None
    }
}

pub(super) fn xml(head: Head<'_>) -> Option<Seen<'_>> {
    let text = start(head);
    if text.starts_with(b"<?xml") {
        return SURE;
    }
    let mut bytes = text.strip_prefix(b"<")?.iter();
    let name = bytes.next().is_some_and(u8::is_ascii_alphabetic);
    let end = bytes.take(1 << 10).position(|b| *b == b'>');
    // `<Foo object at 0x7f…>` is Python's.
    let tag = end
        .and_then(|end| text.get(..end))
        .is_some_and(|tag| find(tag, b" at 0x").is_none());
    if name && tag && encoding(head).is_some() {
        LIKELY
    } else {
        None
    }
}

pub(super) fn utf16(head: Head<'_>) -> Option<Seen<'_>> {
    if head.bytes.len() > 3 && (head.has(0, b"\xff\xfe") || head.has(0, b"\xfe\xff")) {
        Seen::with(true, Detail::Encoding("UTF-16"))
    } else {
        None
    }
}

/// PROTO's byte 0x80 as UTF-8 writes that character: U+0080, or the euro sign that Windows' code page 1252 has there.
pub(super) fn recoded(head: Head<'_>) -> Option<Seen<'_>> {
    [(&b"\xc2\x80"[..], "LATIN1"), (b"\xe2\x82\xac", "CP1252")]
        .into_iter()
        .find(|(proto, _)| head.has(0, proto) && matches!(head.byte(proto.len()), Some(0..=5)))
        .and_then(|(_, encoding)| Seen::with(true, Detail::Encoding(encoding)))
}

/// PROTO's byte 0x80 as a decoder leaves it that replaces what isn't UTF-8: U+FFFD.
pub(super) fn replaced(head: Head<'_>) -> Option<Seen<'_>> {
    if head.has(0, b"\xef\xbf\xbd") && matches!(head.byte(3), Some(0..=5)) {
        SURE
    } else {
        None
    }
}

/// An index line is `'key', (offset, size)`: CPython's Lib/dbm/dumb.py.
pub(super) fn dumb(head: Head<'_>) -> Option<Seen<'_>> {
    let line = head.bytes.split(|b| *b == b'\n').next()?.trim_ascii_end();
    let comma = find(line, b", (")?;
    let (key, place) = line.split_at_checked(comma)?;
    let place = place.strip_prefix(b", (")?.strip_suffix(b")")?;
    let mut numbers = place.split(|b| *b == b',');
    let number = |part: Option<&[u8]>| {
        part.is_some_and(|part| {
            let part = part.trim_ascii();
            !part.is_empty() && part.iter().all(u8::is_ascii_digit)
        })
    };
    let key = matches!(key, [b'\'', .., b'\''] | [b'"', .., b'"']);
    if key && number(numbers.next()) && number(numbers.next()) && numbers.next().is_none() {
        LIKELY
    } else {
        None
    }
}

/// Whether the text after an opening bracket is how JSON goes on.
fn json_follows(text: &[u8]) -> bool {
    match text {
        [b'{', rest @ ..] => match rest.trim_ascii_start() {
            [b'}', ..] => true,
            [b'"', rest @ ..] => {
                let mut escaped = false;
                let end = rest.iter().position(|b| {
                    let quote = *b == b'"' && !escaped;
                    escaped = *b == b'\\' && !escaped;
                    quote
                });
                let after = end.and_then(|end| rest.get(end.saturating_add(1)..));
                after.is_some_and(|after| after.trim_ascii_start().starts_with(b":"))
            }
            _ => false,
        },
        [b'[', rest @ ..] => {
            let rest = rest.trim_ascii_start();
            matches!(rest, [b'{', ..]) && json_follows_object(rest)
                || matches!(rest, [b']' | b'[' | b'"' | b'-' | b'0'..=b'9', ..])
                || ["true", "false", "null"]
                    .iter()
                    .any(|word| rest.starts_with(word.as_bytes()))
        }
        _ => false,
    }
}

/// An object inside an array: its key's quotes tell it from Python's dict.
fn json_follows_object(text: &[u8]) -> bool {
    let inside = text.get(1..).unwrap_or_default().trim_ascii_start();
    matches!(inside, [b'"' | b'}', ..])
}

pub(super) fn json(head: Head<'_>) -> Option<Seen<'_>> {
    if json_follows(start(head)) && encoding(head).is_some() {
        LIKELY
    } else {
        None
    }
}

pub(super) fn jsonl(head: Head<'_>) -> Option<Seen<'_>> {
    let text = start(head);
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let (first, second) = (lines.next()?, lines.next()?);
    let object = first.ends_with(b"}") && json_follows(first);
    if object && second.starts_with(b"{") && json_follows(second) && encoding(head).is_some() {
        LIKELY
    } else {
        None
    }
}

pub(super) fn yaml(head: Head<'_>) -> Option<Seen<'_>> {
    let text = head.bytes.strip_prefix(BOM).unwrap_or(head.bytes);
    let marks = ["%YAML", "---\n", "---\r\n", "--- "];
    if marks.iter().any(|mark| text.starts_with(mark.as_bytes())) && encoding(head).is_some() {
        LIKELY
    } else {
        None
    }
}

/// What `repr` of a container starts with.
pub(super) fn python_literal(head: Head<'_>) -> Option<Seen<'_>> {
    let text = start(head);
    let (open, inside) = text.split_first()?;
    let value = matches!(
        inside,
        [b'\'' | b'"' | b'{' | b'[' | b'(' | b'-' | b'0'..=b'9', ..]
            | [b'b' | b'u', b'\'' | b'"', ..]
    );
    let close: &[u8] = match open {
        b'{' => b"}",
        b'[' => b"]",
        b'(' => b")",
        _ => return None,
    };
    let closed = !head.whole || text.trim_ascii_end().ends_with(close);
    if closed && value && encoding(head).is_some() {
        LIKELY
    } else {
        None
    }
}

pub(super) fn text(head: Head<'_>) -> Option<Seen<'_>> {
    /// Fewer bytes are rather a pickle that is cut or broken.
    const FEWEST: usize = 12;
    let encoding = encoding(head)?;
    let words = head
        .bytes
        .iter()
        .filter(|b| matches!(b, b' ' | b'\t' | b','))
        .count();
    let glance = glance(head.bytes, 0, super::OPCODES_OF_A_PICKLE);
    // Two opcodes in order are rather a pickle that breaks there.
    let few = glance.opcodes < 2;
    let text = match glance.end {
        End::Fault(fault) => {
            few && (words > 1 || matches!(fault.kind(), FaultKind::UnknownOpcode(_)))
        }
        End::Disorder(..) => few && words > 1,
        End::Cut(_) => head.whole && glance.opcodes == 0 && words > 1,
        End::Stop | End::Enough => false,
    };
    if text && head.bytes.len() >= FEWEST {
        Seen::with(false, Detail::Encoding(encoding))
    } else {
        None
    }
}
