//! Marshal data of Python 2.3 to 3.15, its versions 0 to 6.
//!
//! One loop with a stack of its own reads objects into [`Objects`]: strings are slices of the input, references are places
//! that are never expanded, and no size is believed before as much input stands there. What each letter means was asked of
//! the interpreters; `tests/facts/marshal.tsv` has their answers. (`r_object` in `Python/marshal.c`.)
//!
//! The bytes don't say which Python wrote them, and code objects stand differently in each [`Layout`]: [`read`] tries all
//! four. Bytes that fit more than one have never been met.
//!
//! ```
//! use pickscope::code::{marshal, object::Object};
//!
//! let readings = marshal::read(b"(\x01\x00\x00\x00s\x01\x00\x00\x00a").unwrap();
//! // Bytes to Python 3, a str to Python 2.
//! assert_eq!(readings.len(), 2);
//! assert!(matches!(readings[0].objects.get(readings[0].root), Some(Object::Tuple(_))));
//! ```

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod container;
mod fault;

use std::{borrow::Cow, ops::RangeInclusive};

use nom::{
    Parser,
    bytes::complete::take,
    number::complete::{le_f64, le_i32, le_i64, le_u8},
};

use super::{
    layout::Checker,
    object::{Id, Layout, Object, Objects},
};
use crate::{
    decode::text::{self, Integer, Text},
    limits,
    python::Pythons,
};

use self::{
    container::{BEFORE_FIRSTLINENO, Container, Open},
    fault::{fault, reference},
};

pub use fault::{Fault, FaultKind};

/// What bytes are to some Pythons.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reading<'a> {
    /// All objects.
    pub objects: Objects<'a>,
    /// The one that the others stand in.
    pub root: Id,
    /// The Pythons that read it so, as far as its letters and the layout of its code objects tell.
    pub pythons: Pythons,
    /// The versions of marshal whose writers write it so; `None` where no one version has all its letters.
    pub versions: Option<RangeInclusive<u8>>,
    /// How many bytes it takes; Python's `loads` doesn't look at what follows.
    pub length: usize,
}

/// What bytes are to the Pythons that can read them, the newest first. Where some take all bytes, code objects that leave
/// some are none.
///
/// # Errors
/// Why none can: of all faults the one that stands furthest.
pub fn read(bytes: &[u8]) -> Result<Vec<Reading<'_>>, Fault> {
    let mut readings = Vec::new();
    let mut furthest: Option<Fault> = None;
    let mut told_apart = true;
    for layout in [Layout::D, Layout::C, Layout::B, Layout::A] {
        // Without a code object, Python 3's layouts are one.
        if !told_apart && layout != Layout::A {
            continue;
        }
        match Reader::new(bytes, layout).read() {
            Ok((reading, has_code)) => {
                told_apart = has_code;
                readings.push(reading);
            }
            Err(fault) if furthest.is_none_or(|known| known.offset < fault.offset) => {
                furthest = Some(fault);
            }
            Err(_) => {}
        }
    }
    if readings.iter().any(|one| one.length == bytes.len()) {
        readings.retain(|one| one.length == bytes.len() || one.objects.codes().len() == 0);
    }
    match furthest {
        Some(fault) if readings.is_empty() => Err(fault),
        _ => Ok(readings),
    }
}

/// FLAG_REF: the object gets the next number, which references tell.
const FLAG_REF: u8 = 0x80;

struct Reader<'a> {
    length: usize,
    rest: &'a [u8],
    layout: Layout,
    objects: Objects<'a>,
    /// What is read of the open containers.
    pending: Vec<Id>,
    open: Vec<Open>,
    /// Numbered objects; `None` where one isn't made yet.
    references: Vec<Option<Id>>,
    /// Python 2's interned strs, which have numbers of their own.
    interned: Vec<Id>,
    /// None, True and their like: each is there once.
    singles: [Option<Id>; 5],
    checker: Checker,
    has_code: bool,
    pythons: Pythons,
    /// The oldest and the newest version of marshal that writes so.
    versions: (u8, u8),
}

enum Next {
    Value(Id),
    Opened,
    Null,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], layout: Layout) -> Self {
        let (pythons, newest) = match layout {
            Layout::A => (Pythons::PY2, 2),
            Layout::B | Layout::C => (Pythons::PY3, 4),
            Layout::D => (Pythons::PY3, 6),
        };
        Self {
            length: bytes.len(),
            rest: bytes,
            layout,
            objects: Objects::default(),
            pending: Vec::new(),
            open: Vec::new(),
            references: Vec::new(),
            interned: Vec::new(),
            singles: [None; 5],
            checker: Checker::default(),
            has_code: false,
            pythons,
            versions: (0, newest),
        }
    }

    fn read(mut self) -> Result<(Reading<'a>, bool), Fault> {
        let root = self.root()?;
        let (oldest, newest) = self.versions;
        let pythons = match self.has_code {
            true => self.pythons.and(self.layout.pythons()),
            false => self.pythons,
        };
        let reading = Reading {
            objects: self.objects,
            root,
            pythons,
            versions: (oldest <= newest).then_some(oldest..=newest),
            length: self.length.saturating_sub(self.rest.len()),
        };
        Ok((reading, self.has_code))
    }

    fn root(&mut self) -> Result<Id, Fault> {
        loop {
            let offset = self.offset();
            let mut value = match self.next(offset)? {
                Next::Opened => continue,
                Next::Value(id) => id,
                Next::Null => match self.end_of_dict(offset)? {
                    Some(id) => id,
                    None => continue,
                },
            };
            loop {
                let Some(open) = self.open.last_mut() else {
                    return Ok(value);
                };
                self.pending.push(value);
                if !matches!(open.what, Container::Dict | Container::Frozendict) {
                    open.left = open.left.saturating_sub(1);
                }
                let read = self.pending.len().saturating_sub(open.base);
                if matches!(open.what, Container::Code(_)) && read == BEFORE_FIRSTLINENO {
                    let line = self.int(self.offset())?;
                    if let Some(Open {
                        what: Container::Code(counts),
                        ..
                    }) = self.open.last_mut()
                    {
                        counts.firstlineno = line;
                    }
                }
                match self.open.pop_if(|open| open.left == 0) {
                    Some(open) => value = self.close(open)?,
                    None => break,
                }
            }
        }
    }

    fn offset(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    /// What a parser of nom makes of what comes; `wanted` bytes at least.
    fn parse<T>(
        &mut self,
        offset: usize,
        wanted: usize,
        mut parser: impl Parser<&'a [u8], Output = T, Error = ()>,
    ) -> Result<T, Fault> {
        match parser.parse_complete(self.rest) {
            Ok((rest, value)) => {
                self.rest = rest;
                Ok(value)
            }
            Err(_) => Err(self.truncated(offset, wanted)),
        }
    }

    #[cold]
    fn truncated(&self, offset: usize, wanted: usize) -> Fault {
        let left = self.rest.len();
        fault(offset, FaultKind::Truncated { wanted, left })
    }

    fn byte(&mut self, offset: usize) -> Result<u8, Fault> {
        self.parse(offset, 1, le_u8)
    }

    fn int(&mut self, offset: usize) -> Result<i64, Fault> {
        self.parse(offset, 4, le_i32).map(i64::from)
    }

    fn float(&mut self, offset: usize) -> Result<f64, Fault> {
        self.parse(offset, 8, le_f64)
    }

    fn float_text(&mut self, offset: usize) -> Result<f64, Fault> {
        let text = self.short(offset)?;
        text::marshal_float(text).map_err(|_| fault(offset, FaultKind::NotAFloat))
    }

    /// A size of four bytes, of things that take so many bytes each at least.
    fn size(&mut self, offset: usize, each: usize) -> Result<usize, Fault> {
        let size = self.parse(offset, 4, le_i32)?;
        let count = usize::try_from(size).map_err(|_| fault(offset, FaultKind::Size(size)))?;
        self.is_left(offset, count.saturating_mul(each))?;
        Ok(count)
    }

    fn is_left(&self, offset: usize, wanted: usize) -> Result<(), Fault> {
        match wanted > self.rest.len() {
            true => Err(self.truncated(offset, wanted)),
            false => Ok(()),
        }
    }

    fn long(&mut self, offset: usize) -> Result<&'a [u8], Fault> {
        let size = self.size(offset, 1)?;
        self.parse(offset, size, take(size))
    }

    fn short(&mut self, offset: usize) -> Result<&'a [u8], Fault> {
        let size = usize::from(self.byte(offset)?);
        self.parse(offset, size, take(size))
    }

    /// Only versions of marshal from this one on write so.
    fn since(&mut self, version: u8) {
        self.versions.0 = self.versions.0.max(version);
    }

    /// Only versions of marshal up to this one write so.
    fn until(&mut self, version: u8) {
        self.versions.1 = self.versions.1.min(version);
    }

    fn put(&mut self, offset: usize, object: Object<'a>) -> Result<Id, Fault> {
        let id = self.objects.put(object);
        id.ok_or(fault(offset, FaultKind::Full))
    }

    /// What the next letter begins.
    fn next(&mut self, offset: usize) -> Result<Next, Fault> {
        if self.rest.is_empty() {
            return Err(fault(offset, FaultKind::End));
        }
        if self.open.len() >= limits::MARSHAL_DEPTH {
            return Err(fault(offset, FaultKind::Depth));
        }
        let byte = self.byte(offset)?;
        let old = self.layout == Layout::A;
        let unknown = fault(offset, FaultKind::Letter(byte));
        let letter = match byte & FLAG_REF {
            0 => byte,
            _ if old => return Err(unknown),
            _ => byte & !FLAG_REF,
        };
        let numbered = letter != byte;
        if numbered {
            self.since(3);
        }
        let object = match letter {
            b'0' => return Ok(Next::Null),
            b'N' => return self.single(offset, 0, Object::None),
            b'F' => return self.single(offset, 1, Object::Bool(false)),
            b'T' => return self.single(offset, 2, Object::Bool(true)),
            b'.' => return self.single(offset, 3, Object::Ellipsis),
            b'S' => return self.single(offset, 4, Object::StopIteration),
            b'i' => Object::Int(self.int(offset)?.into()),
            b'I' => Object::Int(self.parse(offset, 8, le_i64)?.into()),
            b'l' => self.digits(offset, old)?,
            b'f' => {
                self.until(1);
                Object::Float(self.float_text(offset)?)
            }
            b'x' => {
                self.until(1);
                Object::Complex(self.float_text(offset)?, self.float_text(offset)?)
            }
            b'g' => {
                self.since(2);
                Object::Float(self.float(offset)?)
            }
            b'y' => {
                self.since(2);
                Object::Complex(self.float(offset)?, self.float(offset)?)
            }
            b's' => match self.long(offset)? {
                bytes if old => Object::OldStr(Cow::Borrowed(bytes)),
                bytes => Object::Bytes(Cow::Borrowed(bytes)),
            },
            b't' if old => {
                self.since(1);
                let bytes = self.long(offset)?;
                let id = self.put(offset, Object::OldStr(Cow::Borrowed(bytes)))?;
                self.interned.push(id);
                return Ok(Next::Value(id));
            }
            b'R' if old => {
                self.since(1);
                let index = self.parse(offset, 4, le_i32)?;
                let known = &self.interned;
                return match usize::try_from(index).ok().and_then(|at| known.get(at)) {
                    Some(id) => Ok(Next::Value(*id)),
                    None => Err(reference(offset, index, known.len())),
                };
            }
            b'u' | b't' => {
                let bytes = self.long(offset)?;
                if letter == b't' {
                    self.since(3);
                }
                if !old && bytes.is_ascii() {
                    self.until(3);
                }
                match text::utf8(bytes) {
                    Ok(text) => Object::Str(text),
                    Err(_) => return Err(fault(offset, FaultKind::NotUtf8)),
                }
            }
            b'a' | b'A' if !old => {
                self.since(4);
                latin1(self.long(offset)?)
            }
            b'z' | b'Z' if !old => {
                self.since(4);
                latin1(self.short(offset)?)
            }
            b'(' => {
                let size = self.size(offset, 1)?;
                if !old && size <= u8::MAX.into() {
                    self.until(3);
                }
                return self.begin(offset, Container::Tuple, size, numbered);
            }
            b')' if !old => {
                self.since(4);
                let size = self.byte(offset)?.into();
                self.is_left(offset, size)?;
                return self.begin(offset, Container::Tuple, size, numbered);
            }
            b'[' => {
                let size = self.size(offset, 1)?;
                return self.begin(offset, Container::List, size, numbered);
            }
            b'<' | b'>' => {
                let size = self.size(offset, 1)?;
                let what = match letter {
                    b'<' => Container::Set,
                    _ => Container::Frozenset,
                };
                return self.begin(offset, what, size, numbered);
            }
            b'{' => return self.begin(offset, Container::Dict, usize::MAX, numbered),
            b'}' if self.layout == Layout::D => {
                self.since(6);
                self.pythons = self.pythons.and(Pythons::since(15));
                return self.begin(offset, Container::Frozendict, usize::MAX, numbered);
            }
            b':' if self.layout == Layout::D => {
                self.since(5);
                self.pythons = self.pythons.and(Pythons::since(14));
                return self.begin(offset, Container::Slice, 3, numbered);
            }
            b'c' => {
                self.has_code = true;
                let counts = self.counts(offset)?;
                let size = match self.layout {
                    Layout::D => BEFORE_FIRSTLINENO.saturating_add(2),
                    _ => BEFORE_FIRSTLINENO.saturating_add(1),
                };
                return self.begin(offset, Container::Code(counts), size, numbered);
            }
            b'r' if !old && !numbered => {
                self.since(3);
                let index = self.parse(offset, 4, le_i32)?;
                let known = &self.references;
                return match usize::try_from(index).ok().and_then(|at| known.get(at)) {
                    Some(Some(id)) => Ok(Next::Value(*id)),
                    _ => Err(reference(offset, index, known.len())),
                };
            }
            _ => return Err(unknown),
        };
        let id = self.put(offset, object)?;
        if numbered {
            self.references.push(Some(id));
        }
        Ok(Next::Value(id))
    }

    /// None and its like, which never get a number.
    fn single(&mut self, offset: usize, at: usize, object: Object<'a>) -> Result<Next, Fault> {
        if let Some(Some(id)) = self.singles.get(at) {
            return Ok(Next::Value(*id));
        }
        let id = self.put(offset, object)?;
        if let Some(place) = self.singles.get_mut(at) {
            *place = Some(id);
        }
        Ok(Next::Value(id))
    }

    /// An int in digits of 15 bits. (`r_PyLong`.)
    fn digits(&mut self, offset: usize, old: bool) -> Result<Object<'a>, Fault> {
        let size = self.parse(offset, 4, le_i32)?;
        if size == i32::MIN {
            return Err(fault(offset, FaultKind::Size(size)));
        }
        let length = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
        let length = length.saturating_mul(2);
        let digits = self.parse(offset, length, take(length))?;
        if digits.ends_with(&[0, 0]) {
            return Err(fault(offset, FaultKind::Unnormalized));
        }
        let Some(number) = Integer::from_digits_of_15_bits(size < 0, digits) else {
            return Err(fault(offset, FaultKind::Digit));
        };
        Ok(match old {
            true => Object::Long(number),
            false => Object::Int(number),
        })
    }
}

/// ASCII to its writers; readers make a character of each byte.
fn latin1<'a>(bytes: &'a [u8]) -> Object<'a> {
    Object::Str(Text::Str(match std::str::from_utf8(bytes) {
        Ok(text) if bytes.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }))
}
