//! The text of an object as Python's `repr` writes it: of the Python that the code is for.
//!
//! Shared objects are written wherever they stand, which a few bytes of input can make endless: what is written has a
//! [`Budget`], and where that ends, so does the text, and says so. The work is linear in what is written.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt::{self, Write},
};

use super::object::{Id, Layout, Object, Objects};
use crate::{
    limits,
    repr::{Bytes, Chars, Complex, Float, OldStr, Str, Unicode, is_printable},
};

/// How much may be written of the values of one input.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    left: usize,
}

impl Budget {
    /// For an input of so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self {
            left: bytes
                .saturating_mul(limits::VALUE_TEXT_TIMES)
                .saturating_add(limits::VALUE_TEXT),
        }
    }

    /// A name. Of one that is longer than [`limits::NAME_TEXT`] there is as much as may still be written; where that isn't all,
    /// it ends in `…`.
    pub fn name<'n>(&mut self, name: Cow<'n, str>) -> Cow<'n, str> {
        if name.len() <= limits::NAME_TEXT {
            return name;
        }
        let most = self.left.min(limits::VALUE_TEXT);
        if name.len() <= most {
            self.left = self.left.saturating_sub(name.len());
            return name;
        }
        let end = name.floor_char_boundary(most);
        self.left = self.left.saturating_sub(end);
        let begun = name.get(..end).unwrap_or_default();
        Cow::Owned(format!("{begun}…"))
    }

    /// The text of an object, as [`name`](Self::name) tells it; `None` where it is none.
    pub fn text<'o>(&mut self, objects: &'o Objects<'_>, id: Id) -> Option<Cow<'o, str>> {
        let bytes = objects.text_bytes(id);
        let most = self.left.clamp(limits::NAME_TEXT, limits::VALUE_TEXT);
        match bytes.get(..most) {
            // More than may be written is not looked at.
            Some(begun) if bytes.len() > most => {
                self.left = self.left.saturating_sub(most);
                Some(Cow::Owned(format!("{}…", String::from_utf8_lossy(begun))))
            }
            _ => objects.text(id).map(|text| self.name(text)),
        }
    }
}

/// An object in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The text; where it isn't whole, it ends in `…`.
    pub text: String,
    /// Whether nothing was left out.
    pub whole: bool,
}

/// The `repr` of an object, as Pythons of a layout write it. A code object is `<code NAME>`.
///
/// ```
/// use pickscope::code::{marshal, object::Layout, repr::{Budget, repr}};
///
/// let data = b"(\x02\x00\x00\x00u\x02\x00\x00\x00\xc3\xa9l\x01\x00\x00\x00\x05\x00";
/// let reading = &marshal::read(data).unwrap()[0];
/// let mut budget = Budget::of(data.len());
/// assert_eq!(repr(&reading.objects, reading.root, Layout::D, &mut budget).text, "('é', 5)");
/// ```
pub fn repr(objects: &Objects<'_>, id: Id, layout: Layout, budget: &mut Budget) -> Written {
    let most = budget.left.min(limits::VALUE_TEXT);
    let mut writer = Writer {
        objects,
        old: layout == Layout::A,
        out: Limited {
            text: String::new(),
            left: most,
        },
        open: Vec::new(),
        entered: HashSet::new(),
    };
    let whole = writer.write(id).is_ok();
    let mut text = writer.out.text;
    budget.left = budget.left.saturating_sub(text.len());
    if !whole {
        text.push('…');
    }
    Written { text, whole }
}

/// Text that ends where there is no room for more.
struct Limited {
    text: String,
    left: usize,
}

/// So short pieces are escapes and the like, which are not cut.
const PIECE: usize = 16;

impl Write for Limited {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if let Some(left) = self.left.checked_sub(piece.len()) {
            self.left = left;
            self.text.push_str(piece);
            return Ok(());
        }
        if piece.len() > PIECE {
            let end = piece.floor_char_boundary(self.left);
            self.text.push_str(piece.get(..end).unwrap_or_default());
        }
        self.left = 0;
        Err(fmt::Error)
    }
}

struct Writer<'o, 'a> {
    objects: &'o Objects<'a>,
    old: bool,
    out: Limited,
    open: Vec<Open<'o>>,
    /// What is open, so that what holds itself ends.
    entered: HashSet<Id>,
}

/// A container, some of whose items are written.
struct Open<'o> {
    id: Id,
    items: &'o [Id],
    written: usize,
    pairs: bool,
    close: &'static str,
}

impl<'o> Writer<'o, '_> {
    fn write(&mut self, root: Id) -> fmt::Result {
        self.object(root)?;
        loop {
            let Some(open) = self.open.last_mut() else {
                return Ok(());
            };
            match open.items.get(open.written) {
                Some(item) => {
                    let before = match (open.written, open.pairs) {
                        (0, _) => "",
                        (at, true) if at % 2 != 0 => ": ",
                        _ => ", ",
                    };
                    open.written = open.written.saturating_add(1);
                    let item = *item;
                    self.out.write_str(before)?;
                    self.object(item)?;
                }
                None => {
                    let (id, close) = (open.id, open.close);
                    self.open.pop();
                    self.entered.remove(&id);
                    self.out.write_str(close)?;
                }
            }
        }
    }

    fn begin(
        &mut self,
        id: Id,
        items: &'o [Id],
        (begin, close): (&str, &'static str),
        pairs: bool,
        again: &str,
    ) -> fmt::Result {
        if !self.entered.insert(id) {
            return self.out.write_str(again);
        }
        self.open.push(Open {
            id,
            items,
            written: 0,
            pairs,
            close,
        });
        self.out.write_str(begin)
    }

    fn object(&mut self, id: Id) -> fmt::Result {
        let objects = self.objects;
        let old = self.old;
        let Some(object) = objects.get(id) else {
            return Err(fmt::Error);
        };
        match object {
            Object::None => self.out.write_str("None"),
            Object::Ellipsis => self.out.write_str("Ellipsis"),
            Object::StopIteration if old => self.out.write_str("<type 'exceptions.StopIteration'>"),
            Object::StopIteration => self.out.write_str("<class 'StopIteration'>"),
            Object::Bool(true) => self.out.write_str("True"),
            Object::Bool(false) => self.out.write_str("False"),
            Object::Int(n) | Object::Long(n) => {
                // Four bits a digit at least: what has no room is not converted.
                let digits = n.bits().unwrap_or(u64::MAX) / 4;
                if digits > self.out.left as u64 {
                    return Err(fmt::Error);
                }
                self.out.write_str(&n.written())?;
                match object {
                    Object::Long(_) if old => self.out.write_char('L'),
                    _ => Ok(()),
                }
            }
            Object::Float(number) => write!(self.out, "{}", Float(*number)),
            Object::Complex(real, imaginary) => {
                write!(self.out, "{}", Complex(*real, *imaginary))
            }
            Object::Bytes(bytes) if !old => {
                let (bytes, whole) = self.room(bytes);
                write!(self.out, "{}", Bytes(bytes))?;
                whole
            }
            Object::Bytes(bytes) | Object::OldStr(bytes) => {
                let (bytes, whole) = self.room(bytes);
                write!(self.out, "{}", OldStr(bytes))?;
                whole
            }
            Object::Str(text) => {
                let (bytes, whole) = self.room(text.as_bytes());
                let chars = match std::str::from_utf8(bytes) {
                    Ok(text) => Chars::Utf8(text),
                    Err(_) => Chars::Wtf8(bytes),
                };
                match old {
                    true => write!(self.out, "{}", Unicode(chars))?,
                    false => write!(self.out, "{}", Str(chars))?,
                }
                whole
            }
            Object::Tuple(items) => {
                let items = objects.items(items);
                let close = if items.len() == 1 { ",)" } else { ")" };
                self.begin(id, items, ("(", close), false, "(...)")
            }
            Object::List(items) => self.begin(id, objects.items(items), ("[", "]"), false, "[...]"),
            Object::Set(items) if old => {
                let ends = ("set([", "])");
                self.begin(id, objects.items(items), ends, false, "set(...)")
            }
            Object::Set(items) if items.is_empty() => self.out.write_str("set()"),
            Object::Set(items) => {
                self.begin(id, objects.items(items), ("{", "}"), false, "set(...)")
            }
            Object::Frozenset(items) => {
                let ends = match items.is_empty() {
                    _ if old => ("frozenset([", "])"),
                    true => ("frozenset(", ")"),
                    false => ("frozenset({", "})"),
                };
                self.begin(id, objects.items(items), ends, false, "frozenset(...)")
            }
            Object::Dict(items) => self.begin(id, objects.items(items), ("{", "}"), true, "{...}"),
            Object::Frozendict(items) => {
                let ends = match items.is_empty() {
                    true => ("frozendict(", ")"),
                    false => ("frozendict({", "})"),
                };
                self.begin(id, objects.items(items), ends, true, "frozendict({...})")
            }
            Object::Slice(parts) => self.begin(id, parts, ("slice(", ")"), false, "slice(...)"),
            Object::Code(code) => {
                let name = objects.code(*code).and_then(|code| objects.text(code.name));
                self.words("code ", &name.unwrap_or_default())
            }
            // Whoever put it there says whether it looks like a name or stands in brackets.
            Object::Other(words) => self.name(words),
        }
    }

    /// As many bytes as there is room for, and whether that is all of them.
    fn room<'b>(&self, bytes: &'b [u8]) -> (&'b [u8], fmt::Result) {
        match bytes.get(..self.out.left) {
            Some(part) if part.len() < bytes.len() => {
                // Not amid a character: there text goes on with a byte like 10xxxxxx.
                let amid = bytes
                    .get(..=self.out.left)
                    .unwrap_or_default()
                    .iter()
                    .rev()
                    .take(3)
                    .take_while(|byte| **byte & 0xc0 == 0x80)
                    .count();
                let end = self.out.left.saturating_sub(amid);
                (part.get(..end).unwrap_or_default(), Err(fmt::Error))
            }
            _ => (bytes, Ok(())),
        }
    }

    /// A name, escaped where it can't be shown.
    fn name(&mut self, name: &str) -> fmt::Result {
        let (part, whole) = self.room(name.as_bytes());
        let part = std::str::from_utf8(part).unwrap_or_default();
        match part.chars().all(is_printable) {
            true => self.out.write_str(part)?,
            false => write!(self.out, "{}", Str(part.into()))?,
        }
        whole
    }

    /// `<words>`, whose text is escaped where it can't be shown.
    fn words(&mut self, before: &str, words: &str) -> fmt::Result {
        let (part, whole) = self.room(words.as_bytes());
        let part = std::str::from_utf8(part).unwrap_or_default();
        match part.chars().all(is_printable) {
            true => write!(self.out, "<{before}{part}>")?,
            false => write!(self.out, "<{before}{}>", Str(part.into()))?,
        }
        whole
    }
}
