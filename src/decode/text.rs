//! What an argument means, which for text depends on the reader.
//!
//! The decoder leaves text as the bytes that it is; [`meaning`] reads it as one [`Dialect`] does, when someone asks.

use std::borrow::Cow;

use super::{Argument, Op};

/// A reader of pickles whose understanding of arguments differs from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `_pickle.c` of CPython 3.6 to 3.13.
    C,
    /// `pickle.py` of CPython 3.6 to 3.13.
    Python,
    /// `cPickle.c` of CPython 2.7.
    C2,
    /// `pickle.py` of CPython 2.7.
    Python2,
    /// `pickletools.py` of CPython 3.13, which reads but doesn't load.
    Tools,
}

/// What an opcode's argument means.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Meaning<'a> {
    /// The opcode has no argument.
    None,
    /// INT of `00` or `01`, and what a reader takes for one.
    Bool(bool),
    /// A number.
    Int(Integer<'a>),
    /// A float.
    Float(f64),
    /// Text.
    Str(Text<'a>),
    /// Bytes; for STRING, BINSTRING and SHORT_BINSTRING, a Python 2 `str`.
    Bytes(Cow<'a, [u8]>),
    /// The two lines of GLOBAL or INST.
    Names {
        /// The module's name.
        module: Text<'a>,
        /// The name in it.
        name: Text<'a>,
    },
}

/// Text as a reader gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// Text that UTF-8 can hold.
    Str(Cow<'a, str>),
    /// Text with lone surrogates, in generalised UTF-8 (Python's `surrogatepass`).
    Wtf8(Cow<'a, [u8]>),
}

/// An integer of any size. What it stands in is borrowed where it can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Integer<'a>(Repr<'a>);

#[derive(Clone, Debug, PartialEq)]
enum Repr<'a> {
    Small(i64),
    TwosComplement(&'a [u8]),
}

impl Integer<'_> {
    /// Its value, where 64 bits hold it.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(n) => Some(n),
            Repr::TwosComplement(_) => None,
        }
    }
}

/// Why a reader refuses an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// The text is no number.
    NotANumber,
}

/// What the argument of `op` means to readers of `dialect`.
///
/// # Errors
/// Why such a reader raises instead.
pub fn meaning<'a>(op: &Op<'a>, dialect: Dialect) -> Result<Meaning<'a>, Unreadable> {
    let _ = dialect;
    Ok(match op.argument {
        Argument::Int(n) => Meaning::Int(Integer(Repr::Small(n))),
        Argument::Float(n) => Meaning::Float(n),
        Argument::Bytes(bytes) => Meaning::Int(Integer(Repr::TwosComplement(bytes))),
        _ => Meaning::None,
    })
}
