//! Why bytes are no marshal data.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::fmt;

use crate::{
    code::{layout::Misfit, object::Layout},
    count::Counted,
    limits,
};

/// Why bytes are no marshal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Where the object begins that can't be read, from the start of the data.
    pub offset: usize,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What is wrong with marshal data at a [`Fault`]'s offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The data ends where an object was due.
    End,
    /// The data ends within an object.
    Truncated {
        /// How many bytes, or items of a byte at least, are wanted.
        wanted: usize,
        /// How many bytes are left.
        left: usize,
    },
    /// No object has this letter, to the Pythons in question.
    Letter(u8),
    /// The letter that ends a dict stands where an object was due.
    Null,
    /// A size is below zero.
    Size(i32),
    /// A reference to what hasn't been read.
    Reference {
        /// Which.
        index: i32,
        /// How many there are.
        known: usize,
    },
    /// Objects are nested deeper than any Python reads.
    Depth,
    /// A digit of an int has more than 15 bits.
    Digit,
    /// The highest digit of an int is 0.
    Unnormalized,
    /// Text is no UTF-8, not even with surrogates.
    NotUtf8,
    /// A float's text is none.
    NotAFloat,
    /// The fields make no code object of a layout.
    Code(Layout, Misfit),
    /// There are more objects than there is room for.
    Full,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at offset {})", self.kind, self.offset)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::End => f.write_str("the marshal data ends where an object was due"),
            Self::Truncated { wanted, left } => write!(
                f,
                "the marshal data ends within an object: it wants {}, {left} left",
                Counted(wanted as u64, "byte")
            ),
            Self::Letter(byte) => write!(f, "no object of marshal has the letter 0x{byte:02x}"),
            Self::Null => f.write_str("the mark of a dict's end stands where an object was due"),
            Self::Size(size) => write!(f, "a size of {size}"),
            Self::Reference { index, known } => {
                write!(f, "a reference to object {index} of {known}")
            }
            Self::Depth => write!(
                f,
                "objects are nested deeper than {} levels, where Python stops",
                limits::MARSHAL_DEPTH
            ),
            Self::Digit => f.write_str("a digit of an int has more than 15 bits"),
            Self::Unnormalized => f.write_str("the highest digit of an int is 0"),
            Self::NotUtf8 => f.write_str("text is not UTF-8"),
            Self::NotAFloat => f.write_str("the text of a float is none"),
            Self::Code(layout, misfit) => {
                write!(f, "no code object of Python {}: {misfit}", layout.pythons())
            }
            Self::Full => f.write_str("there are too many objects"),
        }
    }
}

pub(super) fn fault(offset: usize, kind: FaultKind) -> Fault {
    Fault { offset, kind }
}

#[cold]
pub(super) fn reference(offset: usize, index: i32, known: usize) -> Fault {
    fault(offset, FaultKind::Reference { index, known })
}
