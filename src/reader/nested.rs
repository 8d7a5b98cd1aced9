//! Values that may hold a pickle: bytes that are one, bytes that are packed, and text that bytes were written as.
//!
//! What ends as no pickle does, and begins as nothing packed does, isn't looked at any closer. Where the others stand is noted
//! while a pickle is read; they are looked at once it is, and only where it has bytes or may make some of text.

use crate::{
    decode::{
        Argument, Op, ops,
        text::{self, Meaning, Text},
    },
    machine::{Kind, glance, lookup::Target},
    opcode::Opcode,
};

use super::{Pickle, Tally};

/// So many values are noted; those that come then are looked for in a second look at the opcodes.
const NOTED: usize = 1 << 14;

/// Where the opcodes stand whose values deserve a look.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    noted: Vec<u64>,
    /// The first that wasn't noted.
    next: Option<u64>,
}

impl Candidates {
    /// Takes in the payload of the opcode at `offset`. In line, for payloads of any length, it cost all reading 4 %; called for
    /// those of [`LEAST`] bytes and more, 2.5 %.
    #[inline(never)]
    pub(super) fn see(&mut self, offset: u64, payload: &[u8]) {
        if may_hold(payload) {
            self.note(offset);
        }
    }

    /// The same for its line.
    #[inline]
    pub(super) fn see_line(&mut self, opcode: Opcode, offset: u64, line: &[u8]) {
        if matches!(opcode, Opcode::String | Opcode::Unicode) && may_stand_in(line) {
            self.note(offset);
        }
    }

    #[inline(never)]
    fn note(&mut self, offset: u64) {
        if self.noted.len() < NOTED {
            self.noted.push(offset);
        } else {
            self.next.get_or_insert(offset);
        }
    }

    /// Where the opcodes of a pickle stand whose values may hold another.
    pub(super) fn values(&self, pickle: &Pickle<'_>) -> Vec<u64> {
        if !has_bytes(&pickle.tally) && !makes_bytes(pickle) {
            return Vec::new();
        }
        let holds = |offset: &u64| {
            let mut ops = ops(pickle.input);
            ops.skip_to(*offset);
            matches!(ops.next(), Some(Ok(op)) if is_candidate(&op))
        };
        let mut found: Vec<u64> = self.noted.iter().copied().filter(holds).collect();
        if let Some(next) = self.next {
            find(pickle, next, &mut found);
        }
        found
    }
}

/// Looks for them from an opcode on.
fn find(pickle: &Pickle<'_>, from: u64, found: &mut Vec<u64>) {
    let mut ops = ops(pickle.input);
    ops.skip_to(from);
    let raws = pickle.raws.iter().filter(|raw| !raw.is_pickle);
    let mut raws = raws.skip_while(|raw| raw.span.start < from).peekable();
    while ops.offset() < pickle.span.end {
        match ops.next() {
            Some(Ok(op)) => {
                if is_candidate(&op) {
                    found.push(op.offset);
                }
                if let Some(raw) = raws.next_if(|raw| raw.span.start <= ops.offset()) {
                    ops.skip_to(raw.span.end);
                }
            }
            Some(Err(_)) => break,
            // Behind the STOP of a pickle inside this one.
            None => ops.skip_to(ops.offset()),
        }
    }
}

/// Whether a pickle has values that are bytes, or what is bytes to Python 2.
fn has_bytes(tally: &Tally) -> bool {
    [
        Opcode::BinBytes,
        Opcode::ShortBinBytes,
        Opcode::BinBytes8,
        Opcode::Bytearray8,
        Opcode::BinString,
        Opcode::ShortBinString,
        Opcode::String,
    ]
    .into_iter()
    .any(|opcode| tally.count(opcode) > 0)
}

/// Whether a pickle looks up what makes bytes of text, or what loads them.
fn makes_bytes(pickle: &Pickle<'_>) -> bool {
    const MODULES: [&[u8]; 3] = [b"_codecs", b"base64", b"binascii"];
    pickle
        .lookups
        .iter()
        .any(|(lookup, _)| match &lookup.target {
            Target::Nested => true,
            Target::Name {
                module: Some(module),
                ..
            } => MODULES.contains(&module.bytes()),
            _ => false,
        })
}

fn is_candidate(op: &Op<'_>) -> bool {
    // What is cheap to see goes first: of a hundred values one gets further.
    match op.argument {
        Argument::Bytes(payload) => may_hold(payload) && holds(op, payload),
        Argument::Line(line) if matches!(op.opcode, Opcode::String | Opcode::Unicode) => {
            may_stand_in(line)
                && match text::usual(op) {
                    Ok(Meaning::Bytes(bytes)) => may_hold(&bytes) && holds(op, &bytes),
                    Ok(Meaning::Str(Text::Str(text))) => {
                        may_hold(text.as_bytes()) && holds(op, text.as_bytes())
                    }
                    _ => false,
                }
        }
        _ => false,
    }
}

/// The shortest value that is looked at: `cos\nsystem\n.` has twelve bytes.
pub(super) const LEAST: usize = 12;

/// Bytes that begin what is packed, or what was written as text.
const FIRST: &[u8] = b"\x80x\x1fB\xfd(P\xc2\xc3gefHKXY125678";

/// Whether a byte is one of them.
#[allow(clippy::indexing_slicing)]
static BEGINS: [bool; 256] = {
    let mut begins = [false; 256];
    let mut at = 0;
    while at < FIRST.len() {
        begins[FIRST[at] as usize] = true;
        at += 1;
    }
    begins
};

/// Whether what a line means deserves a look, by the line.
#[inline]
fn may_stand_in(line: &[u8]) -> bool {
    let inner = match line {
        [quote @ (b'\'' | b'"'), inner @ .., last] if quote == last => inner,
        _ => line,
    };
    // The first byte may be written as an escape.
    may_hold(inner) || inner.len() >= LEAST && inner.starts_with(b"\\")
}

/// Whether a value deserves a look: by its length, its first byte and its last.
#[inline(always)]
fn may_hold(payload: &[u8]) -> bool {
    if payload.len() < LEAST {
        return false;
    }
    match payload {
        [first, .., last] => {
            *last == b'.'
                || BEGINS
                    .get(usize::from(*first))
                    .is_some_and(|begins| *begins)
        }
        _ => false,
    }
}

/// What `torch.save` began with before 1.6, with protocol 2 as always: no last byte tells it.
const TORCH: &[u8] = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.";

/// Whether bytes begin as `torch.save` wrote them before 1.6.
pub(crate) fn is_torch(bytes: &[u8]) -> bool {
    bytes.starts_with(TORCH)
}

/// Whether the value of an opcode may hold a pickle.
fn holds(op: &Op<'_>, payload: &[u8]) -> bool {
    let Some(kind) = Kind::made_by(op.opcode) else {
        return false;
    };
    let is_bytes = matches!(kind, Kind::Bytes | Kind::Bytearray | Kind::OldStr);
    if payload.last() == Some(&b'.') {
        let latin1 = (kind == Kind::Str && payload.starts_with(b"\xc2\x80"))
            .then(|| latin1(payload))
            .flatten();
        let bytes = latin1.as_deref().unwrap_or(payload);
        if glance::is_whole(bytes) {
            return true;
        }
    }
    let packed = match kind {
        Kind::Str => head(payload).is_some_and(|head| is_packed(&head)),
        _ => is_bytes && is_packed(payload),
    };
    packed || is_written(payload)
}

/// Whether bytes are what pickles are packed in, by their first.
fn is_packed(bytes: &[u8]) -> bool {
    match bytes {
        // RFC 1950: 32 KiB at the most, and a check.
        [0x78, flags, ..] => {
            u16::from_be_bytes([0x78, *flags]).is_multiple_of(31) && flags & 0x20 == 0
        }
        [0x1f, 0x8b, 8, ..] | [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', ..] => true,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => true,
        [b'P', b'K', 3, 4, ..] => true,
        _ => is_torch(bytes),
    }
}

/// The first bytes that Latin-1 has for text.
fn head(text: &[u8]) -> Option<Vec<u8>> {
    const MOST: usize = 40;
    let text = text.get(..MOST).unwrap_or(text);
    // A character may be cut in two.
    let whole = match std::str::from_utf8(text) {
        Ok(_) => text,
        Err(error) => text.get(..error.valid_up_to())?,
    };
    latin1(whole)
}

/// Whether text begins as base64 or hexadecimal of a pickle, of zlib or of gzip does.
fn is_written(text: &[u8]) -> bool {
    let begins = match text {
        // PROTO; zlib; gzip.
        [b'g', b'A', b'I'..=b'X', ..]
        | [b'e', b'A' | b'F' | b'J' | b'N', ..]
        | [b'H', b'4', b's', b'I', ..] => true,
        // MARK; EMPTY_LIST and BINPUT or MEMOIZE, EMPTY_DICT and the same; GLOBAL.
        [b'K', b'G', ..]
        | [b'X', b'X' | b'Z', ..]
        | [b'f', b'X' | b'Z', ..]
        | [b'Y', b'2' | b'3', ..] => true,
        [b'8', b'0', b'0', b'2'..=b'5', ..]
        | [b'7', b'8', b'0' | b'5' | b'9' | b'd' | b'D', ..] => true,
        [b'1', b'f' | b'F', b'8', b'b' | b'B', ..] => true,
        // The same in hexadecimal: MARK, then what protocol 0 and 1 have behind it; EMPTY_LIST, EMPTY_DICT; GLOBAL.
        [b'2', b'8', b'4' | b'5' | b'6' | b'7', ..]
        | [b'5' | b'7', b'd' | b'D', b'7', b'1', ..]
        | [b'6', b'3', b'5' | b'6' | b'7', ..] => true,
        _ => false,
    };
    let is_letter =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    begins && text.iter().take(LEAST).all(is_letter)
}

/// The bytes that Latin-1 has for text: `_codecs.encode(text, 'latin1')` makes them below protocol 3.
pub(crate) fn latin1(text: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(text)
        .ok()?
        .chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}
