//! Bytes to opcodes: borrowed, one at a time, nothing kept.
//!
//! [`ops`] splits a stream as every loader splits it; it doesn't look at the stack, and refuses nothing that a loader
//! would take. Arguments borrow the input. What a text argument *means* depends on who reads it, and is told by
//! [`text`] when someone asks.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod argument;
mod number;
pub mod text;

pub use argument::Argument;
pub(crate) use argument::little_endian;

use crate::{
    error::{Fault, FaultKind},
    opcode::{Layout, Opcode, Shape},
    span::Span,
};

/// One opcode of a stream, with its argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Op<'a> {
    /// Where its first byte stands, from the start of the input.
    pub offset: u64,
    /// Which opcode it is.
    pub opcode: Opcode,
    /// What follows it.
    pub argument: Argument<'a>,
}

const _: () = assert!(size_of::<Op<'_>>() == 56);
const _: () = assert!(size_of::<Option<Result<Op<'_>, Fault>>>() == 56);

impl Op<'_> {
    /// How many bytes the opcode and its argument take.
    ///
    /// ```
    /// let op = pickscope::decode::ops(b"\x8c\x03abc.").next().unwrap().unwrap();
    /// assert_eq!(op.length(), 5);
    /// ```
    pub fn length(&self) -> u64 {
        let counted = match self.argument {
            Argument::Line(line) => line.len().saturating_add(1),
            Argument::Pair { module, name } => {
                module.len().saturating_add(name.len()).saturating_add(2)
            }
            Argument::Bytes(payload) => payload.len(),
            Argument::None | Argument::Int(_) | Argument::Uint(_) | Argument::Float(_) => 0,
        };
        let header = match self.opcode.shape().layout() {
            Layout::Empty | Layout::Line | Layout::Pair => 0,
            Layout::Fixed(width) | Layout::Counted { width, .. } => width,
        };
        (counted as u64)
            .saturating_add(u64::from(header))
            .saturating_add(1)
    }

    /// The bytes that the opcode and its argument take, as offsets from the start of the input.
    pub fn span(&self) -> Span {
        Span {
            start: self.offset,
            end: self.offset.saturating_add(self.length()),
        }
    }
}

/// The opcodes of the pickle that starts at the first byte.
///
/// The iterator ends after STOP, or after the fault that keeps it from getting there.
///
/// ```
/// use pickscope::{decode::{Argument, ops}, opcode::Opcode};
///
/// let mut ops = ops(b"\x80\x02]K\x07a.");
/// let proto = ops.next().unwrap().unwrap();
/// assert_eq!((proto.offset, proto.opcode, proto.argument), (0, Opcode::Proto, Argument::Int(2)));
/// assert_eq!(ops.by_ref().count(), 4);
/// assert_eq!(ops.offset(), 7);
/// ```
pub fn ops(bytes: &[u8]) -> Ops<'_> {
    Ops {
        bytes,
        rest: bytes,
        ended: false,
    }
}

/// The argument of this shape at the start of `bytes`, if it is whole there.
pub(crate) fn argument(shape: Shape, bytes: &[u8]) -> Option<Argument<'_>> {
    argument::argument(shape, bytes)
        .ok()
        .map(|(_, argument)| argument)
}

/// An iterator over the opcodes of one pickle; see [`ops`].
#[derive(Clone, Debug)]
pub struct Ops<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    ended: bool,
}

impl<'a> Ops<'a> {
    /// Where the next opcode is due, from the start of the input.
    ///
    /// After STOP, that is the offset after it. After a fault, it is the fault's.
    #[inline(always)]
    pub fn offset(&self) -> u64 {
        // `rest` is always a tail of `bytes`.
        self.bytes.len().wrapping_sub(self.rest.len()) as u64
    }

    /// Goes on at `offset`, from the start of the input: past raw bytes that no opcode counts, or to the pickle after
    /// a STOP. An offset past the input's end stands for its end.
    ///
    /// ```
    /// let mut ops = pickscope::decode::ops(b"N.raw\x88.");
    /// assert_eq!(ops.by_ref().count(), 2);
    /// ops.skip_to(5);
    /// assert_eq!(ops.next().unwrap().unwrap().opcode.name(), "NEWTRUE");
    /// ```
    pub fn skip_to(&mut self, offset: u64) {
        let offset = usize::try_from(offset).map_or(self.bytes.len(), |n| n.min(self.bytes.len()));
        self.rest = self.bytes.get(offset..).unwrap_or_default();
        self.ended = false;
    }

    /// The opcode that is due, if there is one; the next call of `next` reads it whole.
    #[inline(always)]
    pub(crate) fn due(&self) -> Option<Opcode> {
        let (&byte, _) = self.rest.split_first().filter(|_| !self.ended)?;
        let (opcode, _) = Opcode::with_shape(byte)?;
        Some(opcode)
    }

    /// Reads the opcode that is [`due`](Self::due), which isn't STOP; nothing if its argument isn't whole.
    ///
    /// Where `opcode` is a constant, what follows by the table from it is, too.
    #[inline(always)]
    pub(crate) fn take_due(&mut self, opcode: Opcode) -> Option<Op<'a>> {
        debug_assert!(self.due() == Some(opcode) && opcode != Opcode::Stop);
        let (_, shape) = Opcode::with_shape(opcode.byte())?;
        self.take(opcode, shape)
    }

    /// Reads on past an opcode, whose byte was looked at, and its argument.
    #[inline(always)]
    fn take(&mut self, opcode: Opcode, shape: Shape) -> Option<Op<'a>> {
        let (_, rest) = self.rest.split_first()?;
        let offset = self.offset();
        let (rest, argument) = argument::argument(shape, rest).ok()?;
        self.rest = rest;
        Some(Op {
            offset,
            opcode,
            argument,
        })
    }

    #[cold]
    fn stop_at(&mut self, kind: FaultKind) -> Fault {
        self.ended = true;
        Fault::new(self.offset(), kind)
    }
}

impl<'a> Iterator for Ops<'a> {
    type Item = Result<Op<'a>, Fault>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let Some((&byte, rest)) = self.rest.split_first() else {
            return Some(Err(self.stop_at(FaultKind::NoStop)));
        };
        let Some((opcode, shape)) = Opcode::with_shape(byte) else {
            return Some(Err(self.stop_at(FaultKind::UnknownOpcode(byte))));
        };
        let Some(op) = self.take(opcode, shape) else {
            let kind = argument::what_is_wrong(opcode, rest);
            return Some(Err(self.stop_at(kind)));
        };
        self.ended = opcode == Opcode::Stop;
        Some(Ok(op))
    }
}

impl std::iter::FusedIterator for Ops<'_> {}
