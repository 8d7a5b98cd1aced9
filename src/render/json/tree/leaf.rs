//! Values that hold nothing.

use std::io::{self, Write};

use serde::{Serialize, ser::SerializeMap};

use crate::{
    decode::{
        Argument, Op,
        text::{self, Meaning, Text},
    },
    graph::Role,
    machine::{Kind, Value},
    opcode::Opcode,
};

use super::{
    super::{Float, Hex, Int},
    Document, json, number, string,
};

/// An opcode of so many bytes at the most is written again wherever its value is met; a longer one is referred to.
const SHORT: u64 = 64 + 9;

/// The same for names, of which streams have longer ones and mostly the same.
const SHORT_NAME: u64 = 128 + 9;

impl Document<'_, '_, '_> {
    /// Writes a value that holds nothing.
    pub(super) fn leaf(&mut self, value: Value, first: bool) -> io::Result<()> {
        let place = self.view.place(value);
        if !first && self.marks.long(place).is_some() {
            return self.reference(place);
        }
        let Some(op) = self.view.op(value) else {
            return self.out.write_all(b"{\"object\":{},\"missing\":true}");
        };
        let most = match value.kind() {
            Kind::Global => SHORT_NAME,
            _ => SHORT,
        };
        let long = op.length() > most;
        if long && !first {
            return self.reference(place);
        }
        self.body_of(value, op)?;
        self.out.write_all(b",\"offset\":")?;
        number(self.out, place)?;
        if long {
            self.out.write_all(b",\"id\":")?;
            number(self.out, place)?;
        }
        self.size(value, first)?;
        self.out.write_all(b"}")
    }

    /// Writes what a value is, and leaves its braces open.
    pub(super) fn body(&mut self, value: Value) -> io::Result<()> {
        match self.view.op(value) {
            Some(op) => self.body_of(value, op),
            None => self.out.write_all(b"{\"object\":{},\"missing\":true"),
        }
    }

    fn body_of(&mut self, value: Value, op: Op<'_>) -> io::Result<()> {
        match (value.kind(), op.argument) {
            (Kind::None, _) => self.out.write_all(b"{\"none\":true"),
            (Kind::Global, Argument::Pair { module, name }) => {
                self.out.write_all(b"{\"global\":")?;
                json(self.out, &Names { module, name })
            }
            (Kind::Global, _) => self.name_on_the_stack(value),
            (Kind::Extension, Argument::Int(code)) => write!(self.out, "{{\"extension\":{code}"),
            (Kind::Persistent, Argument::Line(line)) => {
                self.out.write_all(b"{\"persistent\":{")?;
                match text::usual(&op) {
                    Ok(Meaning::Str(Text::Str(id))) => {
                        self.out.write_all(b"\"str\":")?;
                        string(self.out, &id)?;
                    }
                    _ => {
                        self.out.write_all(b"\"raw\":")?;
                        json(self.out, &Hex(line))?;
                    }
                }
                self.out.write_all(b"}")
            }
            (Kind::Buffer, _) => {
                let buffer = self.grown.buffer(self.view.place(value));
                write!(self.out, "{{\"buffer\":{buffer}")
            }
            (Kind::Object, _) => self.out.write_all(b"{\"object\":{},\"missing\":true"),
            (Kind::Bool, _) => write!(self.out, "{{\"bool\":{}", op.opcode == Opcode::NewTrue),
            _ => self.data(value, op),
        }
    }

    fn data(&mut self, value: Value, op: Op<'_>) -> io::Result<()> {
        match (text::usual(&op), value.kind()) {
            (Ok(Meaning::Bool(is)), _) => write!(self.out, "{{\"bool\":{is}"),
            (Ok(Meaning::Int(integer)), _) => {
                self.out.write_all(b"{\"int\":")?;
                json(self.out, &Int(&integer))
            }
            (Ok(Meaning::Float(number)), _) => {
                self.out.write_all(b"{\"float\":")?;
                json(self.out, &Float(number))
            }
            (Ok(Meaning::Str(Text::Str(text))), _) => {
                self.out.write_all(b"{\"str\":")?;
                string(self.out, &text)
            }
            (Ok(Meaning::Str(Text::Wtf8(bytes))), _) => self.hex("wtf8", &bytes),
            (Ok(Meaning::Bytes(bytes)), Kind::OldStr) => self.hex("text", &bytes),
            (Ok(Meaning::Bytes(bytes)), Kind::Bytearray) => self.hex("bytearray", &bytes),
            (Ok(Meaning::Bytes(bytes)), _) => self.hex("bytes", &bytes),
            _ => match op.argument {
                Argument::Line(raw) | Argument::Bytes(raw) => self.hex("raw", raw),
                _ => self.out.write_all(b"{\"object\":{},\"missing\":true"),
            },
        }
    }

    fn hex(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        write!(self.out, "{{\"{name}\":")?;
        json(self.out, &Hex(bytes))
    }

    /// The class that INST names itself.
    pub(super) fn named_by_inst(&mut self, value: Value) -> io::Result<()> {
        self.body(value)?;
        self.out.write_all(b"}")
    }

    /// STACK_GLOBAL of two strings. One that is long and was written before is referred to, and so can be from elsewhere.
    fn name_on_the_stack(&mut self, value: Value) -> io::Result<()> {
        self.out.write_all(b"{\"global\":{")?;
        let mut cursor = self.view.cursor(value);
        let mut begun = false;
        while let Some(held) = self.view.next_held(&mut cursor) {
            let field = match held.role {
                Role::Module => "module",
                Role::Name => "name",
                _ => break,
            };
            if begun {
                self.out.write_all(b",")?;
            }
            begun = true;
            write!(self.out, "\"{field}\":")?;
            let place = self.view.place(held.value);
            let first = self.marks.is_first(held.slot);
            let known_long = self.marks.long(place).is_some();
            let op = self.view.op(held.value).filter(|_| first || !known_long);
            let Some(op) = op.filter(|op| first || op.length() <= SHORT_NAME) else {
                self.reference(place)?;
                continue;
            };
            let (text, raw) = match text::usual(&op) {
                Ok(Meaning::Str(text)) => lossy(text.as_bytes()),
                Ok(Meaning::Bytes(bytes)) => lossy(&bytes),
                _ => match op.argument {
                    Argument::Line(raw) | Argument::Bytes(raw) => lossy(raw),
                    _ => (String::new(), None),
                },
            };
            string(self.out, &text)?;
            if let Some(raw) = raw {
                write!(self.out, ",\"{field}_raw\":")?;
                json(self.out, &Hex(&raw))?;
            }
            if first && op.length() > SHORT {
                write!(self.out, ",\"{field}_id\":{place}")?;
            }
        }
        self.out.write_all(b"}")
    }
}

/// Bytes as text, and themselves where that isn't all that they say.
fn lossy(bytes: &[u8]) -> (String, Option<Vec<u8>>) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let raw = (text.as_bytes() != bytes).then(|| bytes.to_vec());
    (text, raw)
}

/// Module and name as GLOBAL and INST have them.
struct Names<'n> {
    module: &'n [u8],
    name: &'n [u8],
}

impl Serialize for Names<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("module", &String::from_utf8_lossy(self.module))?;
        map.serialize_entry("name", &String::from_utf8_lossy(self.name))?;
        let parts = [self.module, self.name];
        if parts.iter().any(|part| std::str::from_utf8(part).is_err()) {
            map.serialize_entry("raw", &parts.map(Hex))?;
        }
        map.end()
    }
}
