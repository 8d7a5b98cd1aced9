//! The record of an opcode.
//!
//! It is written by hand, as the other records of `dump` are not: a stream has millions of it. By serde it took some 3,700
//! instructions, most of them to look for something to escape in the names of its fields; so it takes some 600.

use std::io;

use serde::Serialize;

use crate::{
    decode::{
        Argument, Op,
        text::{self, Integer, Meaning, Text},
    },
    opcode::Opcode,
    report::dump::Line,
    repr,
};

use super::{EXACT, Float, Hex, Int, LONG, Printable, Spill, parts::Own};

/// Writes `{"kind":"opcode",…}`, one after the other.
pub(super) struct Opcodes<'a> {
    own: Own<'a>,
    /// Of which pickle `head` is.
    pickle: Option<u64>,
    /// What the records of a pickle begin with, up to their offset.
    head: Vec<u8>,
}

#[derive(Serialize)]
struct Head<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<u64>,
    pickle: u64,
}

impl<'a> Opcodes<'a> {
    /// A writer for the opcodes of a part.
    pub(super) fn new(own: Own<'a>) -> Self {
        Self {
            own,
            pickle: None,
            head: Vec::new(),
        }
    }

    pub(super) fn record(&mut self, line: &Line<'_>, out: &mut Spill<'_>) -> io::Result<()> {
        if self.pickle != Some(line.pickle) {
            self.begin(line.pickle)?;
        }
        let op = line.op;
        out.push(&self.head);
        out.number(op.offset);
        out.push(b",\"length\":");
        out.number(op.length());
        out.push(b",\"opcode\":\"");
        out.push(op.opcode.name().as_bytes());
        out.push(b"\"");
        if op.argument != Argument::None {
            out.push(b",\"arg\":{");
            argument(&op, out)?;
            out.push(b"}");
        }
        if let Some(stores) = op.opcode.stores() {
            out.push(b",\"stores\":\"");
            out.push(stores.name().as_bytes());
            out.push(b"\"");
        }
        out.push(b"}\n");
        out.end_record()
    }

    #[cold]
    fn begin(&mut self, pickle: u64) -> io::Result<()> {
        self.pickle = Some(pickle);
        self.head.clear();
        let head = Head {
            kind: "opcode",
            part: self.own.part,
            base: self.own.base,
            pickle,
        };
        head.serialize(&mut serde_json::Serializer::with_formatter(
            &mut self.head,
            Printable,
        ))?;
        // The object goes on.
        self.head.pop();
        self.head.extend_from_slice(b",\"offset\":");
        Ok(())
    }
}

/// Writes an argument in the shape of the contract.
fn argument(op: &Op<'_>, out: &mut Spill<'_>) -> io::Result<()> {
    match text::usual(op) {
        Ok(Meaning::Bool(value)) => {
            out.push(if value {
                b"\"bool\":true"
            } else {
                b"\"bool\":false"
            });
            Ok(())
        }
        Ok(Meaning::Int(integer)) => int(&integer, out),
        Ok(Meaning::Float(number)) => {
            out.push(b"\"float\":");
            out.json(&Float(number))
        }
        Ok(Meaning::Str(Text::Str(text))) => {
            out.push(b"\"str\":");
            out.string(&text)
        }
        // Only Python 2 takes an id of PERSID that is no ASCII, and as bytes.
        Ok(Meaning::Str(Text::Wtf8(bytes))) if op.opcode == Opcode::PersId => {
            out.push(b"\"raw\":");
            out.json(&Hex(&bytes))
        }
        Ok(Meaning::Str(Text::Wtf8(bytes))) => {
            out.push(b"\"wtf8\":");
            out.json(&Hex(&bytes))
        }
        Ok(Meaning::Bytes(bytes)) => {
            out.push(b"\"bytes\":");
            out.json(&Hex(&bytes))
        }
        Ok(Meaning::None | Meaning::Names { .. }) | Err(_) => match op.argument {
            Argument::Pair { module, name } => {
                out.push(b"\"module\":");
                out.string(&String::from_utf8_lossy(module))?;
                out.push(b",\"name\":");
                out.string(&String::from_utf8_lossy(name))?;
                if [module, name]
                    .iter()
                    .any(|part| std::str::from_utf8(part).is_err())
                {
                    out.push(b",\"raw\":");
                    out.json(&[Hex(module), Hex(name)])?;
                }
                Ok(())
            }
            Argument::Line(raw) | Argument::Bytes(raw) => {
                out.push(b"\"raw\":");
                out.json(&Hex(raw))
            }
            // Numbers and floats of fixed width have a meaning to every reader.
            Argument::None | Argument::Int(_) | Argument::Uint(_) | Argument::Float(_) => Ok(()),
        },
    }
}

fn int(integer: &Integer<'_>, out: &mut Spill<'_>) -> io::Result<()> {
    out.push(b"\"int\":");
    match integer.to_i64() {
        Some(number) if number.unsigned_abs() <= EXACT => {
            out.number(number);
            Ok(())
        }
        _ => out.json(&Int(integer)),
    }
}

/// Whether a text is the same in JSON, for a program and for a terminal.
pub(super) fn is_plain(text: &str) -> bool {
    repr::is_plain(text.as_bytes(), b'"')
}

impl Spill<'_> {
    /// Writes a few bytes.
    #[inline(always)]
    fn push(&mut self, text: &[u8]) {
        self.line.extend_from_slice(text);
    }

    #[inline]
    fn number(&mut self, number: impl itoa::Integer) {
        self.push(itoa::Buffer::new().format(number).as_bytes());
    }

    fn string(&mut self, text: &str) -> io::Result<()> {
        if text.len() > LONG || !is_plain(text) {
            return self.json(text);
        }
        self.push(b"\"");
        self.push(text.as_bytes());
        self.push(b"\"");
        Ok(())
    }

    /// Writes a value by serde.
    pub(super) fn json(&mut self, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        value.serialize(&mut serde_json::Serializer::with_formatter(self, Printable))?;
        Ok(())
    }
}
