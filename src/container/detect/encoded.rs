//! Looks at pickles that were written as text: base64, hexadecimal, a Python literal.

use crate::machine::glance::{End, glance};

use super::{super::written, Detail, Format, Head, Seen, magic};

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

pub(super) fn base64(head: Head<'_>) -> Option<Seen<'_>> {
    seen(written::base64(head.bytes, *b"+/", MOST))
}

pub(super) fn base64_url(head: Head<'_>) -> Option<Seen<'_>> {
    seen(written::base64(head.bytes, *b"-_", MOST))
}

pub(super) fn base64_quoted(head: Head<'_>) -> Option<Seen<'_>> {
    let (quote, text) = written::quoted(head.bytes)?;
    let text = text.strip_suffix(&[quote]).unwrap_or(text);
    seen(written::base64(text, *b"+/", MOST))
}

pub(super) fn hex(head: Head<'_>) -> Option<Seen<'_>> {
    seen(written::hex(head.bytes.iter().copied(), MOST))
}

pub(super) fn xxd(head: Head<'_>) -> Option<Seen<'_>> {
    seen(written::xxd(head.bytes, MOST))
}

pub(super) fn literal(head: Head<'_>) -> Option<Seen<'_>> {
    let (quote, text) = written::quoted(head.bytes)?;
    seen(Some(written::unescape(text, Some(quote), MOST)))
}

pub(super) fn escapes(head: Head<'_>) -> Option<Seen<'_>> {
    let text = head.bytes.trim_ascii();
    if !text.starts_with(b"\\") {
        return None;
    }
    seen(Some(written::unescape(text, None, MOST)))
}
