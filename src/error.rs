//! What can be wrong with the bytes of a stream.

use std::fmt;

use crate::{count::Counted, opcode::Opcode};

/// Why the bytes can't be split into opcodes any further, and where.
///
/// One word wide, so that the decoder's results stay small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(Box<(u64, FaultKind)>);

/// What is wrong at a [`Fault`]'s offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The input ends where an opcode was due: there is no STOP.
    NoStop,
    /// The input ends inside an opcode's argument.
    Truncated {
        /// The opcode whose argument is cut.
        opcode: Opcode,
        /// Which piece of the argument is cut.
        piece: Piece,
        /// How many bytes that piece has; `None` for a line, whose end is not there to be found.
        wanted: Option<u64>,
        /// How many bytes of the input are left for it.
        left: u64,
    },
    /// No protocol has an opcode of this byte.
    UnknownOpcode(u8),
    /// A signed length (BINSTRING, LONG4) is below zero.
    NegativeLength {
        /// The opcode whose argument claims it.
        opcode: Opcode,
        /// The claimed length.
        length: i32,
    },
}

/// A piece of an opcode's argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A number of fixed width.
    Number,
    /// The length that stands before a payload.
    Length,
    /// The bytes that a length counts.
    Payload,
    /// A line of text, up to its newline.
    Line,
    /// The second line of GLOBAL or INST.
    SecondLine,
}

impl Fault {
    #[cold]
    pub(crate) fn new(offset: u64, kind: FaultKind) -> Self {
        Self(Box::new((offset, kind)))
    }

    /// Offset of the opcode that can't be read, from the start of the input; at the input's end for [`FaultKind::NoStop`].
    pub fn offset(&self) -> u64 {
        self.0.0
    }

    /// What is wrong there.
    pub fn kind(&self) -> FaultKind {
        self.0.1
    }

    /// A stable name for programs: `no-stop`, `truncated`, `unknown-opcode`, `negative-length`.
    pub fn code(&self) -> &'static str {
        match self.kind() {
            FaultKind::NoStop => "no-stop",
            FaultKind::Truncated { .. } => "truncated",
            FaultKind::UnknownOpcode(_) => "unknown-opcode",
            FaultKind::NegativeLength { .. } => "negative-length",
        }
    }

    /// Whether more bytes after the input's end could mend it.
    pub fn wants_more(&self) -> bool {
        matches!(self.kind(), FaultKind::NoStop | FaultKind::Truncated { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at offset {})", self.kind(), self.offset())
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoStop => f.write_str("the stream ends before STOP"),
            Self::Truncated {
                opcode,
                piece,
                wanted,
                left,
            } => {
                write!(f, "the stream ends inside {}: {piece} ", opcode.name())?;
                match wanted {
                    Some(wanted) => write!(f, "wants {}, {left} left", Counted(wanted, "byte")),
                    None => write!(f, "has no newline in the {} left", Counted(left, "byte")),
                }
            }
            Self::UnknownOpcode(byte) => write!(f, "no opcode has the byte 0x{byte:02x}"),
            Self::NegativeLength { opcode, length } => {
                write!(f, "{} claims a length of {length}", opcode.name())
            }
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "its number",
            Self::Length => "its length",
            Self::Payload => "its payload",
            Self::Line => "its line",
            Self::SecondLine => "its second line",
        })
    }
}
