//! What keeps a pickle from being read as plain data.

use std::fmt;

use crate::{
    count::Counted,
    limits,
    machine::Kind,
    opcode::Opcode,
    repr::{Chars, Joined},
};

/// Why bytes give no value, and where.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// They are no whole pickle, or unpicklers of Python 3 part in it.
    Unreadable {
        /// Where, from the start of the input.
        offset: u64,
        /// What is wrong there.
        why: String,
    },
    /// Something follows the pickle.
    Trailing {
        /// Where the pickle ends.
        offset: u64,
        /// How many bytes follow.
        bytes: u64,
    },
    /// The pickle is more than plain data, or written in a way that serde-pickle can't read.
    InTheWay {
        /// Where the object is made that stands in the way, from the start of the input.
        offset: u64,
        /// The opcode there.
        opcode: Opcode,
        /// Why it does.
        obstacle: Obstacle,
    },
    /// It is plain data, but not of the type asked for.
    Type(serde_pickle::Error),
}

/// Why an object stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// It is only named: module and name.
    Name {
        /// The module, if the stream decides it.
        module: Option<String>,
        /// The name in it, if the stream decides it.
        name: Option<String>,
    },
    /// It is what the extension registry has.
    Extension,
    /// It is a persistent id.
    Persistent,
    /// It is a buffer that isn't in the stream, or a view of one.
    Buffer,
    /// It is made by a call.
    Call,
    /// It is given a state.
    State,
    /// The opcode fills what isn't what it is for.
    Fills(Kind),
    /// A list, dict or set, or what holds one, is held a second time, by another or by itself; it was made here.
    Shared {
        /// What it is.
        kind: Kind,
        /// Where it was made.
        made: u64,
    },
    /// A tuple or frozenset is held a second time, and something in it has a place in the memo, which serde-pickle
    /// then takes for recursion.
    SharedMemo {
        /// What it is.
        kind: Kind,
        /// Where it was made.
        made: u64,
    },
    /// It gets a second place in the memo, of which serde-pickle fills only one.
    MemoTwice,
    /// Its place in the memo is another's already, which serde-pickle then loses.
    MemoTaken,
    /// Values, or open marks, are nested deeper than [`limits::VALUE_DEPTH`].
    Deep,
    /// With the copies and buffers for it, serde-pickle would take more than [`limits::VALUE_BYTES`].
    Memory,
    /// It is a key or member, but can't be hashed.
    Unhashable(Kind),
    /// It is a key or member, but is NaN, which has no place in an order.
    Nan,
    /// It is a key or member among integers and floats past 2^53, which serde-pickle confuses.
    Confused,
    /// It is an integer past 64 bits.
    Integer,
    /// It is text with lone surrogates, which Rust's can't hold.
    Surrogates,
    /// It is a Python 2 `str` that isn't of the [`Encoding`](super::Encoding).
    Encoding(super::Encoding),
    /// It is written in a form that serde-pickle doesn't read, or not as CPython does.
    Form,
}

impl Error {
    /// Where, from the start of the input; of what doesn't fit the type, nobody knows.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Unreadable { offset, .. }
            | Self::Trailing { offset, .. }
            | Self::InTheWay { offset, .. } => Some(*offset),
            Self::Type(_) => None,
        }
    }

    /// What stands in the way.
    pub fn obstacle(&self) -> Option<&Obstacle> {
        match self {
            Self::InTheWay { obstacle, .. } => Some(obstacle),
            _ => None,
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Type(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { offset, why } => write!(f, "{why} (at offset {offset})"),
            Self::Trailing { offset, bytes } => write!(
                f,
                "{} behind the pickle, which ends at offset {offset}: give only the pickle's own bytes",
                Counted(*bytes, "byte")
            ),
            Self::InTheWay {
                offset,
                opcode,
                obstacle,
            } => write!(f, "{obstacle} ({} at offset {offset})", opcode.name()),
            Self::Type(error) => write!(f, "the data isn't of this type: {error}"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name { module, name } => {
                return named(f, module.as_deref(), name.as_deref());
            }
            Self::Extension => {
                "this is whatever the extension registry has under a code, and no plain data"
            }
            Self::Persistent => {
                "this is whatever a persistent id stands for, and no plain data: whoever wrote the pickle knows where it is"
            }
            Self::Buffer => "this is a buffer outside the stream, and no plain data",
            Self::Call => "a call makes this object, which is no plain data",
            Self::State => "this gives an object its state, which plain data has none of",
            Self::Fills(kind) => {
                return write!(
                    f,
                    "this fills a value of type {}, which serde-pickle can't",
                    kind.name()
                );
            }
            Self::Shared { kind, made } => {
                return write!(
                    f,
                    "the {} made at offset {made} is held again here, by another or by itself: in Rust it would be two",
                    kind.name()
                );
            }
            Self::SharedMemo { kind, made } => {
                return write!(
                    f,
                    "the {} made at offset {made} is held again here, and has values from the memo in it, which serde-pickle takes for recursion",
                    kind.name()
                );
            }
            Self::MemoTwice => {
                "a value gets a second place in the memo, of which serde-pickle fills only one"
            }
            Self::MemoTaken => {
                "this place in the memo is another value's, which serde-pickle would lose"
            }
            Self::Deep => {
                return write!(
                    f,
                    "values are nested more than {} deep, and reading them could overflow the stack",
                    limits::VALUE_DEPTH
                );
            }
            Self::Memory => {
                return write!(
                    f,
                    "copies and buffers for tuples and shared values would take serde-pickle more than {} MiB of memory",
                    limits::VALUE_BYTES >> 20
                );
            }
            Self::Unhashable(kind) => {
                return write!(
                    f,
                    "a {} is a key or a member, and can't be hashed: Python refuses it",
                    kind.name()
                );
            }
            Self::Nan => {
                "NaN is a key or a member, and has no place among others: it doesn't equal itself"
            }
            Self::Confused => {
                "among the keys or members are integers and floats past 2^53, which serde-pickle takes for each other"
            }
            Self::Integer => {
                "this integer has more than 64 bits, which serde-pickle gives to no type: `value_from_slice` reads it"
            }
            Self::Surrogates => "this text has lone surrogates, which no text of Rust can hold",
            Self::Encoding(super::Encoding::Ascii) => {
                "this str of Python 2 isn't ASCII: read it with the encoding `Utf8` or `Bytes`"
            }
            Self::Encoding(_) => {
                "this str of Python 2 isn't UTF-8: read it with the encoding `Bytes`"
            }
            Self::Form => "serde-pickle reads this argument otherwise than CPython, or not at all",
        })
    }
}

/// How much of a name is shown.
const SHOWN: usize = 100;

fn named(f: &mut fmt::Formatter<'_>, module: Option<&str>, name: Option<&str>) -> fmt::Result {
    let (Some(module), Some(name)) = (module, name) else {
        return f.write_str(
            "what is here is only named, by a name that is made while loading, and no plain data",
        );
    };
    let cut = |text: &str| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    let (shown_module, shown_name) = (cut(module), cut(name));
    let full = [
        Chars::Utf8(&shown_module),
        Chars::Utf8("."),
        Chars::Utf8(&shown_name),
    ];
    write!(f, "{} is only named here, and no plain data", Joined(&full))?;
    let built_in = matches!(module, "builtins" | "__builtin__");
    match name {
        "set" | "frozenset" if built_in => {
            f.write_str(": protocol 4 and later store sets themselves")
        }
        "bytearray" if built_in => f.write_str(": protocol 5 stores bytearrays themselves"),
        "bytes" if built_in => f.write_str(": protocol 3 and later store bytes themselves"),
        "encode" if module == "_codecs" => {
            f.write_str(": protocol 3 and later store bytes themselves")
        }
        _ => Ok(()),
    }
}
