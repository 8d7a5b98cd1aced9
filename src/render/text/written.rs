//! Numbers, names and values as people read them.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::{
    count::Counted,
    decode::{
        Argument, Op,
        text::{self, Meaning},
    },
    machine::{
        Kind,
        lookup::{Name, Target},
    },
    opcode::{Item, Opcode},
    reader::Pickle,
    report::words::Spoken,
    repr::{self, Visible},
};

use super::NARROWEST;
use crate::render::shown::{Shown, Utf8, dotted};

/// A number that has its room whatever it is.
#[inline]
pub(super) fn decimal(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A float, as Python writes it.
pub(super) fn float(number: f64, out: &mut Vec<u8>) {
    let mut buffer = zmij::Buffer::new();
    match repr::Float(number).plain(&mut buffer) {
        Some(digits) => out.extend_from_slice(digits.as_bytes()),
        None => {
            let _ = write!(Utf8(out), "{}", repr::Float(number));
        }
    }
}

/// A number, cut with the count of its digits where there is no room for all.
pub(in crate::render) fn number(digits: &str, room: Option<usize>, out: &mut Vec<u8>) {
    match room {
        Some(room) if digits.len() > room => {
            let count = digits.bytes().filter(u8::is_ascii_alphanumeric).count();
            let tail = format!("… {}", Counted(count as u64, "digit"));
            let kept = room.saturating_sub(tail.chars().count()).max(8);
            out.extend_from_slice(digits.get(..kept).unwrap_or(digits).as_bytes());
            out.extend_from_slice(tail.as_bytes());
        }
        _ => out.extend_from_slice(digits.as_bytes()),
    }
}

/// What a lookup finds, by the name that it has in the stream.
pub(in crate::render) fn found(target: &Target<'_>, room: Option<usize>, out: &mut Vec<u8>) {
    const ID: &str = "persistent id ";
    match target {
        Target::Name { module, name } => {
            let parts = [module, name].map(|part| part.as_ref().map(Name::bytes));
            dotted(&parts, out, room);
        }
        Target::Extension(code) => {
            let _ = write!(out, "extension code {code}");
        }
        Target::Persistent(Some(id)) => {
            out.extend_from_slice(ID.as_bytes());
            Shown::OldText(id.bytes()).write(out, room.map(|room| room.saturating_sub(ID.len())));
        }
        Target::Persistent(None) => out.extend_from_slice(b"persistent id"),
        Target::Nested => out.extend_from_slice(b"a pickle inside"),
    }
}

/// A pickle's protocol, and who reads it.
pub(in crate::render) fn protocol(pickle: &Pickle<'_>) -> String {
    let protocol = pickle.protocol;
    match pickle.since() {
        Some(since) => format!("protocol {protocol} (Python {since} and later)"),
        None => format!("protocol {protocol}"),
    }
}

/// What people call a kind of value.
pub(in crate::render) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::OldStr => "Python 2 str",
        Kind::None => "None",
        kind => kind.name(),
    }
}

/// Writes words about a value, no more of each than there is room for.
pub(in crate::render) fn spoken(words: &[Spoken<'_>], room: Option<usize>, out: &mut Vec<u8>) {
    // A sentence has several.
    let each = room.map(|room| (room / 2).max(NARROWEST));
    for word in words {
        match word {
            // Writing to memory doesn't fail.
            Spoken::Ours(words) => {
                let _ = Visible(&mut Utf8(out)).write_str(words);
            }
            Spoken::Name(name) => Shown::Name(name.as_bytes()).write(out, each),
            Spoken::Found(module, name) => {
                dotted(&[Some(module.as_bytes()), Some(name.as_bytes())], out, each);
            }
            Spoken::Atom(kind, op) => atom(*kind, op, each, out),
            Spoken::Made(kind, place) => {
                let _ = write!(Utf8(out), "{} at {place}", kind_name(*kind));
            }
        }
    }
}

/// Writes data that stands in one opcode.
fn atom(kind: Kind, op: &Op<'_>, room: Option<usize>, out: &mut Vec<u8>) {
    let written = match (kind, op.opcode, text::usual(op)) {
        (Kind::None, ..) => Some("None"),
        (_, Opcode::NewTrue, _) | (_, _, Ok(Meaning::Bool(true))) => Some("True"),
        (_, Opcode::NewFalse, _) | (_, _, Ok(Meaning::Bool(false))) => Some("False"),
        (_, _, meaning) => {
            value(op, meaning, room, out);
            None
        }
    };
    if let Some(written) = written {
        out.extend_from_slice(written.as_bytes());
    }
}

/// Writes what an argument means.
pub(super) fn value(
    op: &Op<'_>,
    meaning: Result<Meaning<'_>, text::Unreadable>,
    room: Option<usize>,
    out: &mut Vec<u8>,
) {
    match meaning {
        Ok(Meaning::Bool(value)) => out.extend_from_slice(if value { b"True" } else { b"False" }),
        // To write it out would cost more than anyone reads.
        Ok(Meaning::Int(integer))
            if integer.to_i64().is_none() && room.is_some() && integer.decimal().is_none() =>
        {
            let sign = if integer.is_negative() {
                "negative "
            } else {
                ""
            };
            let bytes = Counted(op.length(), "byte");
            let _ = write!(out, "a {sign}integer in {bytes}");
        }
        Ok(Meaning::Int(integer)) => match integer.to_i64() {
            Some(small) => number(itoa::Buffer::new().format(small), room, out),
            None => number(&integer.written(), room, out),
        },
        Ok(Meaning::Float(number)) => float(number, out),
        Ok(Meaning::Str(text)) => Shown::text(&text).write(out, room),
        Ok(Meaning::Bytes(bytes)) if op.opcode.stack_after() == [Item::BytesOrStr] => {
            Shown::OldText(&bytes).write(out, room);
        }
        Ok(Meaning::Bytes(bytes)) => Shown::Bytes(&bytes).write(out, room),
        Ok(Meaning::None | Meaning::Names { .. }) | Err(_) => {
            if let Argument::Line(raw) | Argument::Bytes(raw) = op.argument {
                Shown::Bytes(raw).write(out, room);
            }
        }
    }
}
