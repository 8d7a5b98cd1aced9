//! Why an unpickler raises.

use crate::decode::text::Unreadable;

/// Why an unpickler raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// It takes more from the stack than lies above the topmost mark.
    Underflow,
    /// It takes a mark where none is.
    NoMark,
    /// The memo has nothing at this index.
    MemoMissing,
    /// The memo's index is so large that `_pickle.c` runs out of memory.
    MemoTooLarge,
    /// A dict of a key without a value.
    OddItems,
    /// STACK_GLOBAL of something else than two strings.
    NotStrings,
    /// A call of what the stream made itself: a number, a list.
    NotCallable,
    /// Arguments that aren't a tuple.
    NotATuple,
    /// Keyword arguments that aren't a dict.
    NotADict,
    /// READONLY_BUFFER of what is no buffer.
    NotABuffer,
    /// A key or a set's member that can't be hashed: a list, a dict, a set, a bytearray.
    Unhashable,
    /// A list's item is set where the list has none.
    NoItem,
    /// Something is put in a bytearray that is no byte.
    NotAByte,
    /// A state for what has none: a list, a number.
    NoState,
    /// A container opcode on what has no such method: a number, a tuple.
    NoMethod,
    /// An extension code of zero or less.
    ExtensionCode,
    /// PROTO of a protocol that isn't known.
    Protocol,
    /// An opcode of a later protocol than the unpickler knows.
    LaterOpcode,
    /// An argument that can't be read.
    Unreadable(Unreadable),
}

impl Failure {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Underflow => "stack-underflow",
            Self::NoMark => "no-mark",
            Self::MemoMissing => "memo-missing",
            Self::MemoTooLarge => "memo-too-large",
            Self::OddItems => "odd-items",
            Self::NotStrings => "not-strings",
            Self::NotCallable => "not-callable",
            Self::NotATuple => "not-a-tuple",
            Self::NotADict => "not-a-dict",
            Self::NotABuffer => "not-a-buffer",
            Self::Unhashable => "unhashable",
            Self::NoItem => "no-item",
            Self::NotAByte => "not-a-byte",
            Self::NoState => "no-state",
            Self::NoMethod => "no-method",
            Self::ExtensionCode => "extension-code",
            Self::Protocol => "unknown-protocol",
            Self::LaterOpcode => "later-opcode",
            Self::Unreadable(why) => why.code(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Underflow => "it takes more from the stack than there is",
            Self::NoMark => "it takes a mark, and there is none",
            Self::MemoMissing => "the memo has nothing at this index",
            Self::MemoTooLarge => "the memo's index is too large for the unpickler in C",
            Self::OddItems => "a key has no value",
            Self::NotStrings => "the module and the name must be strings",
            Self::NotCallable => "what it calls is the stream's own data",
            Self::NotATuple => "the unpickler in C wants its arguments in a tuple",
            Self::NotADict => "keyword arguments must be a dict",
            Self::NotABuffer => "only bytes, a bytearray or a buffer can be made read-only",
            Self::Unhashable => {
                "a list, a dict, a set or a bytearray is no key and no member of a set"
            }
            Self::NoItem => "the list has no item at this place",
            Self::NotAByte => "a bytearray takes numbers from 0 to 255",
            Self::NoState => "a list, a number or the like takes no state",
            Self::NoMethod => "what is filled here is no container",
            Self::ExtensionCode => "an extension code must be above zero",
            Self::Protocol => "the protocol is unknown",
            Self::LaterOpcode => "the opcode is of a later protocol",
            Self::Unreadable(why) => return why.fmt(f),
        })
    }
}
