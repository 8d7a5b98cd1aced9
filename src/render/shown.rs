//! Text from the input, fit to be shown.
//!
//! What is written here holds no control, bidirectional or zero-width character of the input, and ends where the room
//! for it does.

use std::fmt::{self, Write};

use unicode_width::UnicodeWidthChar;

use crate::{
    count::Counted,
    decode::text::Text,
    repr::{self, Chars, Visible},
};

/// Something of the input, fit to be shown.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// Text, quoted as Python does.
    Text(Chars<'a>),
    /// Bytes, quoted as Python does.
    Bytes(&'a [u8]),
    /// A Python 2 `str`, quoted as Python 2 does.
    OldText(&'a [u8]),
    /// Part of a name: as it is, or quoted where a name can't look so.
    Name(&'a [u8]),
    /// A file's name: as it is, or quoted where it holds what can't be shown.
    Path(&'a [u8]),
}

impl<'a> Shown<'a> {
    /// Text of a pickle.
    pub fn text(text: &'a Text<'_>) -> Self {
        Self::Text(text.into())
    }

    /// Its bytes in the input, or what stands for them.
    fn length(self) -> usize {
        self.bytes().len()
    }

    /// What it is held in.
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Text(chars) => chars.bytes(),
            Self::Bytes(bytes) | Self::OldText(bytes) | Self::Name(bytes) | Self::Path(bytes) => {
                bytes
            }
        }
    }

    /// Writes it if it is what nearly all is: plain to its end, and not too long to be looked at whole. Whether it was.
    ///
    /// That takes some 100 instructions, and all that [`Display`](fmt::Display) can do some 900: a report shows a text a line.
    #[inline]
    pub(super) fn write_plain(self, out: &mut Vec<u8>, room: Option<usize>) -> bool {
        let bytes = self.bytes();
        let room = room.unwrap_or(usize::MAX);
        let before: &[u8] = match self {
            Self::Text(_) | Self::OldText(_) => b"'",
            Self::Bytes(_) => b"b'",
            Self::Name(_) | Self::Path(_) => {
                let plain = bytes.len() <= room && is_ascii_name(bytes);
                if plain {
                    out.extend_from_slice(bytes);
                }
                return plain;
            }
        };
        if bytes.len().saturating_add(before.len() + 1) > room {
            return bytes.len() <= room.saturating_mul(4)
                && repr::is_plain(bytes, b'\'')
                && cut_plain(before, bytes, room, out);
        }
        let plain = repr::is_plain(bytes, b'\'');
        if plain {
            out.extend_from_slice(before);
            out.extend_from_slice(bytes);
            out.push(b'\'');
        }
        plain
    }

    /// Its beginning, of `length` bytes at the most.
    fn beginning(self, length: usize) -> Self {
        let cut = |bytes: &'a [u8]| bytes.get(..length).unwrap_or(bytes);
        match self {
            Self::Text(Chars::Utf8(text)) => Self::Text(Chars::Utf8(
                text.get(..text.floor_char_boundary(length)).unwrap_or(text),
            )),
            // A character that is cut is escaped byte by byte; what is cut isn't shown to its end anyway.
            Self::Text(Chars::Wtf8(bytes)) => Self::Text(Chars::Wtf8(cut(bytes))),
            Self::Text(Chars::Latin1(bytes)) => Self::Text(Chars::Latin1(cut(bytes))),
            Self::Bytes(bytes) => Self::Bytes(cut(bytes)),
            Self::OldText(bytes) => Self::OldText(cut(bytes)),
            Self::Name(bytes) => Self::Name(cut(bytes)),
            Self::Path(bytes) => Self::Path(cut(bytes)),
        }
    }

    /// Writes it in `room` columns at the most: cut, with its length in bytes, where it is longer.
    ///
    /// Of a long value only so much is looked at as there is room for.
    pub fn write(self, out: &mut Vec<u8>, room: Option<usize>) {
        if self.write_plain(out, room) {
            return;
        }
        let start = out.len();
        let Some(room) = room else {
            let _ = write!(Visible(&mut Utf8(out)), "{self}");
            return;
        };
        let length = self.length();
        // A character takes a column at the least, but for those that combine with the one before: more than enough.
        let ends = length <= room.saturating_mul(4);
        if ends && write!(Visible(&mut Cut::new(out, room)), "{self}").is_ok() {
            return;
        }
        out.truncate(start);
        let (tail, room) = tail(length, room);
        let _ = write!(
            Visible(&mut Cut::new(out, room)),
            "{}",
            self.beginning(room.saturating_mul(4))
        );
        out.extend_from_slice(tail.as_bytes());
    }
}

/// What stands behind something of so many bytes that is cut, and how much room that leaves.
fn tail(length: usize, room: usize) -> (String, usize) {
    let tail = format!("… {}", Counted(length as u64, "byte"));
    let room = room.saturating_sub(tail.chars().count()).max(8);
    (tail, room)
}

/// Writes the beginning of plain bytes that there isn't room for, as [`Shown::write`] does of what isn't plain. Whether it is
/// only a beginning.
#[inline(never)]
fn cut_plain(before: &[u8], bytes: &[u8], room: usize, out: &mut Vec<u8>) -> bool {
    let (tail, room) = tail(bytes.len(), room);
    let Some(beginning) = bytes.get(..room.saturating_sub(before.len())) else {
        return false;
    };
    out.extend_from_slice(before);
    out.extend_from_slice(beginning);
    out.extend_from_slice(tail.as_bytes());
    true
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text(chars) => write!(f, "{}", repr::Str(chars)),
            Self::Bytes(bytes) => write!(f, "{}", repr::Bytes(bytes)),
            Self::OldText(bytes) => write!(SkipOne(f, true), "{}", repr::Bytes(bytes)),
            Self::Name(bytes) => plain_or_quoted(bytes, is_name, f),
            Self::Path(bytes) => {
                plain_or_quoted(bytes, |path| path.chars().all(repr::is_visible), f)
            }
        }
    }
}

fn plain_or_quoted(
    bytes: &[u8],
    is_plain: impl Fn(&str) -> bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain(text) => f.write_str(text),
        Ok(text) => write!(f, "{}", repr::Str(Chars::Utf8(text))),
        Err(_) => write!(f, "{}", repr::Bytes(bytes)),
    }
}

/// Whether a text is what a module, a class or a path of attributes is called.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => is_of_name(byte),
            _ => c.is_alphanumeric() && repr::is_visible(c),
        })
}

/// The same, of bytes that are ASCII.
fn is_ascii_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_of_name(*byte))
}

/// Whether a byte of ASCII can stand in such a name.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.<>-".contains(&byte)
}

/// Writes parts of a name with dots between them, `?` for one that isn't known, in `room` columns at the most: shortened in
/// the middle, with their length in bytes behind them, where they are longer.
///
/// Of long names only so much is looked at as there is room for.
pub fn dotted(parts: &[Option<&[u8]>], out: &mut Vec<u8>, room: Option<usize>) {
    /// Columns that a shortened part has at the least.
    const LEAST: usize = 9;
    let start = out.len();
    let length: usize = parts.iter().map(|part| part.map_or(1, <[u8]>::len)).sum();
    let length = length + parts.len().saturating_sub(1);
    let Some(room) = room else {
        for (index, part) in parts.iter().enumerate() {
            dot(index, out);
            match part {
                Some(part) => Shown::Name(part).write(out, None),
                None => out.push(b'?'),
            }
        }
        return;
    };
    if length <= room.saturating_mul(4) {
        dotted(parts, out, None);
        if width(out.get(start..).unwrap_or_default()) <= room {
            return;
        }
        out.truncate(start);
    }
    let tail = format!(" ({})", Counted(length as u64, "byte"));
    let mut room = room.saturating_sub(tail.chars().count() + parts.len().saturating_sub(1));
    for (index, part) in parts.iter().enumerate() {
        dot(index, out);
        let Some(part) = part else {
            out.push(b'?');
            continue;
        };
        // Those that come get their share, or as much as they want of it.
        let later = parts.get(index + 1..).unwrap_or_default();
        let share = room / (later.len() + 1);
        let wanted: usize = later
            .iter()
            .map(|part| part.map_or(1, <[u8]>::len).min(share))
            .sum();
        let own = room.saturating_sub(wanted).max(LEAST);
        let before = out.len();
        shorten(part, own, out);
        room = room.saturating_sub(width(out.get(before..).unwrap_or_default()));
    }
    out.extend_from_slice(tail.as_bytes());
}

fn dot(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b'.');
    }
}

fn width(text: &[u8]) -> usize {
    String::from_utf8_lossy(text)
        .chars()
        .map(|character| character.width().unwrap_or(1))
        .sum()
}

/// Part of a name in `room` columns: its beginning and its end, if it is longer.
fn shorten(part: &[u8], room: usize, out: &mut Vec<u8>) {
    let start = out.len();
    if part.len() <= room.saturating_mul(4) {
        Shown::Name(part).write(out, None);
        if width(out.get(start..).unwrap_or_default()) <= room {
            return;
        }
        out.truncate(start);
    }
    let end = room.saturating_sub(1) / 2;
    fitting(room.saturating_sub(1 + end), out, |length| {
        let cut = part.get(..length).unwrap_or(part);
        // A character that would be cut is left out.
        match std::str::from_utf8(cut) {
            Err(error) if error.error_len().is_none() => {
                cut.get(..error.valid_up_to()).unwrap_or(cut)
            }
            _ => cut,
        }
    });
    out.extend_from_slice("…".as_bytes());
    fitting(end, out, |length| {
        let cut = part
            .get(part.len().saturating_sub(length)..)
            .unwrap_or(part);
        let inside = cut
            .iter()
            .take(3)
            .take_while(|byte| (0x80..0xc0).contains(*byte))
            .count();
        cut.get(inside..).unwrap_or(cut)
    });
}

/// Writes as many bytes of a part as there is room for.
fn fitting<'a>(room: usize, out: &mut Vec<u8>, cut: impl Fn(usize) -> &'a [u8]) {
    let start = out.len();
    let mut length = room;
    while length > 0 {
        Shown::Name(cut(length)).write(out, None);
        if width(out.get(start..).unwrap_or_default()) <= room {
            return;
        }
        out.truncate(start);
        length = length * 3 / 4;
    }
}

/// Leaves out the first character: a Python 2 `str` is written as bytes are, without the `b`.
struct SkipOne<'f, 'a>(&'f mut fmt::Formatter<'a>, bool);

impl fmt::Write for SkipOne<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let skip = std::mem::take(&mut self.1);
        let mut chars = text.chars();
        if skip {
            chars.next();
        }
        self.0.write_str(chars.as_str())
    }
}

/// Writes text to bytes.
pub(super) struct Utf8<'a>(pub(super) &'a mut Vec<u8>);

impl fmt::Write for Utf8<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Writes as much text as there is room for, and fails at what is too much.
struct Cut<'a> {
    out: &'a mut Vec<u8>,
    room: usize,
}

impl<'a> Cut<'a> {
    fn new(out: &'a mut Vec<u8>, room: usize) -> Self {
        Self { out, room }
    }
}

impl fmt::Write for Cut<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_ascii() && text.len() <= self.room {
            self.out.extend_from_slice(text.as_bytes());
            self.room -= text.len();
            return Ok(());
        }
        // An escape is one piece, and isn't cut.
        if text.starts_with('\\') {
            return Err(fmt::Error);
        }
        for (at, character) in text.char_indices() {
            let width = character.width().unwrap_or(1);
            let Some(room) = self.room.checked_sub(width) else {
                self.out
                    .extend_from_slice(text.get(..at).unwrap_or_default().as_bytes());
                return Err(fmt::Error);
            };
            self.room = room;
        }
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
