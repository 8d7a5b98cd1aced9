//! What lies on the machine's stack: a word that says what a value is and which opcode made it.

use crate::opcode::{Item, Opcode, Storage};

/// A value of the stream: its kind, how many parts it was made of, and where the opcode stands that made it.
///
/// It holds no content: that is in the input, at [`offset`](Self::offset).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(u64);

const _: () = assert!(size_of::<Value>() == 8);

/// What a [`Value`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// `None`.
    None,
    /// A bool.
    Bool,
    /// An integer; INT may hold a bool.
    Int,
    /// A float.
    Float,
    /// Text.
    Str,
    /// A Python 2 `str`: text or bytes, as the loader is told.
    OldStr,
    /// Bytes.
    Bytes,
    /// A tuple.
    Tuple,
    /// A bytearray. It and the next three are what can't be hashed.
    Bytearray,
    /// A list that the stream made.
    List,
    /// A dict that the stream made.
    Dict,
    /// A set that the stream made.
    Set,
    /// A frozenset.
    Frozenset,
    /// What an import found; the word holds the lookup's number.
    Global,
    /// What the extension registry has under a code.
    Extension,
    /// What `persistent_load` made of an id.
    Persistent,
    /// An out-of-band buffer.
    Buffer,
    /// What a call gave: an instance, or anything else.
    Object,
}

impl Kind {
    const ALL: [Self; 18] = [
        Self::None,
        Self::Bool,
        Self::Int,
        Self::Float,
        Self::Str,
        Self::OldStr,
        Self::Bytes,
        Self::Tuple,
        Self::Bytearray,
        Self::List,
        Self::Dict,
        Self::Set,
        Self::Frozenset,
        Self::Global,
        Self::Extension,
        Self::Persistent,
        Self::Buffer,
        Self::Object,
    ];

    /// Whether it stands in the stream or is only named there. An object is neither: its class is named, its state stands
    /// there.
    pub const fn storage(self) -> Option<Storage> {
        match self {
            Self::Global | Self::Extension | Self::Persistent | Self::Buffer => {
                Some(Storage::Reference)
            }
            Self::Object => None,
            _ => Some(Storage::Value),
        }
    }

    /// What it is called in reports: `none`, `int`, `text` for a Python 2 `str`, `global`, `object`, ….
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::OldStr => "text",
            Self::Bytes => "bytes",
            Self::Bytearray => "bytearray",
            Self::Tuple => "tuple",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::Frozenset => "frozenset",
            Self::Global => "global",
            Self::Extension => "extension",
            Self::Persistent => "persistent",
            Self::Buffer => "buffer",
            Self::Object => "object",
        }
    }

    /// What an opcode makes, if it makes anything new.
    pub fn made_by(opcode: Opcode) -> Option<Self> {
        let makes = opcode.stores().is_some()
            || matches!(
                opcode,
                Opcode::Reduce | Opcode::Obj | Opcode::NewObj | Opcode::NewObjEx
            );
        (makes && !opcode.stack_after().is_empty()).then(|| Self::pushed_by(opcode))
    }

    /// What an opcode pushes first.
    #[inline(always)]
    pub(super) fn pushed_by(opcode: Opcode) -> Self {
        PUSHED
            .get(usize::from(opcode.byte()))
            .copied()
            .unwrap_or(Self::Object)
    }

    /// What an opcode of this effect pushes.
    const fn of(opcode: Opcode, item: Item) -> Self {
        match item {
            Item::None => Self::None,
            Item::Bool => Self::Bool,
            Item::Int | Item::IntOrBool => Self::Int,
            Item::Float => Self::Float,
            Item::Str => Self::Str,
            Item::BytesOrStr => Self::OldStr,
            Item::Bytes => Self::Bytes,
            Item::Bytearray => Self::Bytearray,
            Item::Tuple => Self::Tuple,
            Item::List => Self::List,
            Item::Dict => Self::Dict,
            Item::Set => Self::Set,
            Item::Frozenset => Self::Frozenset,
            Item::Buffer => Self::Buffer,
            Item::Any | Item::Mark | Item::Slice => match opcode {
                Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => Self::Extension,
                Opcode::PersId | Opcode::BinPersId => Self::Persistent,
                Opcode::Global | Opcode::StackGlobal => Self::Global,
                _ => Self::Object,
            },
        }
    }
}

/// What the opcode of each byte pushes first, by the table of opcodes.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Done when the crate is compiled.
static PUSHED: [Kind; 256] = {
    let mut kinds = [Kind::Object; 256];
    let mut number = 0;
    while let Some((opcode, first)) = Opcode::nth(number) {
        if let Some(item) = first {
            kinds[opcode.byte() as usize] = Kind::of(opcode, item);
        }
        number += 1;
    }
    kinds
};

/// Bits of the word that hold the kind, and, above them, the number of parts; the offset has the rest, at the top: what
/// doesn't fit there is shifted out, and nothing need be masked.
const KIND: u32 = 8;
const PARTS: u32 = 12;
/// So many parts and more.
const MANY: u64 = (1 << PARTS) - 1;

impl Value {
    /// A value that the opcode at `offset` made of `parts` values.
    #[inline(always)]
    pub(crate) const fn new(kind: Kind, parts: usize, offset: u64) -> Self {
        let parts = if parts as u64 > MANY {
            MANY
        } else {
            parts as u64
        };
        Self(offset << (KIND + PARTS) | parts << KIND | kind as u64)
    }

    /// No value: what stands in a row where none was put. Of no kind, so that it equals none that an opcode made.
    pub(super) const GAP: Self = Self(u64::MAX);

    /// Whether it is [`GAP`](Self::GAP).
    #[inline]
    pub(super) const fn is_gap(self) -> bool {
        self.0 == Self::GAP.0
    }

    /// What stands where the stream has nothing: no opcode made it.
    pub(crate) const MISSING: Self = Self::new(Kind::Object, 0, u64::MAX);

    /// The mark of 2.7's pickle.py, an object among the others, for which no opcode stands: it is true, and neither
    /// called nor spread, as a float.
    pub(super) const MARK: Self = Self::new(Kind::Float, 0, u64::MAX);

    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind {
        // The word was made of a kind.
        Kind::ALL
            .get(usize::from(self.0 as u8))
            .copied()
            .unwrap_or(Kind::Object)
    }

    /// Whether it is one of the stream's own that can't be hashed: a bytearray, a list, a dict, a set.
    #[inline(always)]
    pub(super) const fn is_unhashable(self) -> bool {
        const FIRST: u8 = Kind::Bytearray as u8;
        const LAST: u8 = Kind::Set as u8;
        matches!(self.0 as u8, FIRST..=LAST)
    }

    /// Whether it is of this kind.
    #[inline]
    pub(super) const fn is(self, kind: Kind) -> bool {
        self.0 as u8 == kind as u8
    }

    /// Where the opcode stands that made it, from the start of the input; of a [`Kind::Global`], the lookup's number.
    #[inline]
    pub const fn offset(self) -> u64 {
        self.0 >> (KIND + PARTS)
    }

    /// How many values a tuple, list, dict, set or frozenset was made of, counting keys and values; `None` for 4,095 and
    /// more. What a list, dict or set was filled with later isn't among them.
    pub const fn parts(self) -> Option<u64> {
        match self.0 >> KIND & MANY {
            MANY => None,
            parts => Some(parts),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.kind().name(), self.offset())
    }
}
