//! What loading a stream does, whatever becomes of the result.

use super::Value;

/// One thing that loading does, in 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// Kind, number of arguments and offset.
    word: u64,
    subject: Value,
}

const _: () = assert!(size_of::<Effect>() == 16);

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum EffectKind {
    /// A module is imported, and a name looked up in it: GLOBAL, STACK_GLOBAL, INST, EXT.
    Import,
    /// Something is called: REDUCE, OBJ, INST, NEWOBJ, NEWOBJ_EX.
    Call,
    /// Something is given a state: BUILD.
    State,
    /// `append` or `extend` is called on what isn't a list of the stream's: APPEND, APPENDS. (APPENDS of nothing isn't
    /// told: `pickle.py` calls `extend` with an empty list, `_pickle.c` nothing.)
    Append,
    /// Items are set on what isn't a dict of the stream's: SETITEM, SETITEMS.
    SetItem,
    /// `add` is called on what isn't a set of the stream's: ADDITEMS.
    Add,
    /// `persistent_load` is called: PERSID, BINPERSID.
    Persistent,
    /// An out-of-band buffer is taken: NEXT_BUFFER.
    Buffer,
}

impl EffectKind {
    const ALL: [Self; 8] = [
        Self::Import,
        Self::Call,
        Self::State,
        Self::Append,
        Self::SetItem,
        Self::Add,
        Self::Persistent,
        Self::Buffer,
    ];

    /// `import`, `call`, `state`, `method`, `persistent` or `buffer`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Call => "call",
            Self::State => "state",
            Self::Append | Self::SetItem | Self::Add => "method",
            Self::Persistent => "persistent",
            Self::Buffer => "buffer",
        }
    }

    /// The method that is called, where the kind is one: `append`, `__setitem__`, `add`.
    pub const fn method(self) -> Option<&'static str> {
        match self {
            Self::Append => Some("append"),
            Self::SetItem => Some("__setitem__"),
            Self::Add => Some("add"),
            _ => None,
        }
    }
}

/// Bits of the word: 8 for the kind, these for the number of arguments, the others for the offset.
const ARGUMENTS: u32 = 12;
const OFFSET: u32 = 64 - 8 - ARGUMENTS;
/// So many arguments and more, or nobody knows how many.
const MANY: u64 = (1 << ARGUMENTS) - 1;

impl Effect {
    pub(super) fn new(
        kind: EffectKind,
        offset: u64,
        subject: Value,
        arguments: Option<u64>,
    ) -> Self {
        let arguments = arguments.unwrap_or(MANY).min(MANY);
        Self {
            word: (kind as u64) << (64 - 8) | arguments << OFFSET | offset & ((1 << OFFSET) - 1),
            subject,
        }
    }

    /// What is done.
    pub fn kind(self) -> EffectKind {
        // The word was made of a kind.
        EffectKind::ALL
            .get((self.word >> (64 - 8)) as usize)
            .copied()
            .unwrap_or(EffectKind::Import)
    }

    /// Where the opcode stands that does it, from the start of the input.
    pub const fn offset(self) -> u64 {
        self.word & ((1 << OFFSET) - 1)
    }

    /// With how many arguments something is called; `None` where the stream doesn't decide it, and for 4,095 and more.
    pub const fn arguments(self) -> Option<u64> {
        match self.word >> OFFSET & MANY {
            MANY => None,
            arguments => Some(arguments),
        }
    }

    /// The same, done to something else.
    pub(crate) const fn on(self, subject: Value) -> Self {
        Self {
            word: self.word,
            subject,
        }
    }

    /// What it is done to: what is imported, called, given a state or filled, the id, the buffer.
    pub const fn subject(self) -> Value {
        self.subject
    }
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{} {:?}", self.kind(), self.offset(), self.subject)
    }
}
