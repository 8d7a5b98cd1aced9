//! What a reading comes to: a pickle, how far it was read, by whom, and what was in the way.

use crate::{
    decode::{
        Op,
        text::{self, Dialect, Meaning, Unreadable},
    },
    error::Fault,
    machine::{
        Failure, Kind, Value,
        effect::{Effect, EffectKind},
        frame::FrameNote,
        lookup::{self, Lookup},
    },
    opcode::Opcode,
    set::set,
    span::Span,
};

use super::{Damage, Raw, Tally, Unread};

/// How far a pickle could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// To STOP, by all of Python 3's unpicklers alike.
    Complete,
    /// To STOP by one at least, but they part on the way: one fails, or they look up, call or make something else.
    Ambiguous,
    /// To STOP by none.
    Incomplete,
}

impl Reading {
    /// `complete`, `ambiguous` or `incomplete`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Ambiguous => "ambiguous",
            Self::Incomplete => "incomplete",
        }
    }
}

set! {
    /// The readers that do something, as a set.
    Readers {
        /// `_pickle.c` of Python 3, from bytes.
        C_BYTES = "c-bytes",
        /// `_pickle.c` of Python 3, from a file that is read frame by frame.
        C_FILE = "c-file",
        /// `pickle.py` of Python 3.
        PYTHON = "python",
        /// The unpicklers of Python 2.
        PYTHON_2 = "python2",
    }
}

impl Readers {
    /// All of Python 3.
    pub const PYTHON_3: Self = Self(Self::C_BYTES.0 | Self::C_FILE.0 | Self::PYTHON.0);

    /// Whether all of Python 3's are among them.
    pub const fn are_all(self) -> bool {
        self.0 & Self::PYTHON_3.0 == Self::PYTHON_3.0
    }
}

/// Something that keeps a reader from reading on, makes readers part, or is odd.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trouble<'a> {
    /// The bytes can't be split into opcodes any further.
    Fault(Fault),
    /// The opcode makes `_pickle.c` raise.
    Failure(Op<'a>, Failure),
    /// No loader of Python 3 takes the argument.
    Unreadable(Op<'a>, Unreadable),
    /// The loaders of Python 3.6 to 3.13, in C and in Python, read the argument differently.
    Differs(Op<'a>, Readings<'a>),
    /// They read it alike, but those of Python 2 or of 3.14 don't.
    OtherVersions(Op<'a>, Readings<'a>),
    /// APPENDS or ADDITEMS of nothing, at this offset, on what has no method for it: the unpickler in C doesn't look.
    NothingAdded(u64),
    /// PROTO that isn't the pickle's first opcode.
    LateProto(u64),
    /// Something about a frame, at the opcode of this offset.
    Frame(u64, FrameNote),
    /// The stream's text went through a translation of newlines to CR LF.
    CrLf(Damage),
    /// From this offset on, bytes stand in the pickle that are no opcodes, or a pickle of its own: joblib's. Told of the
    /// first of them.
    Raw(u64),
    /// At this offset, behind the state of joblib's wrapper of an array, something stands that can't be told.
    Uncrossed(u64, Unread),
    /// At this offset, behind the pickles of PyTorch's format before 1.6, a storage isn't as they say.
    Storage(u64, Storage),
    /// The pickle at this offset is PyTorch's magic number by its place, and a call makes it.
    Magic(u64),
}

/// What is wrong with a storage of PyTorch's format before 1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// No persistent id says what it is.
    Unknown,
    /// The input doesn't have so many bytes.
    Short {
        /// How many it has, with the eight that count its items.
        wanted: u64,
        /// How many there are.
        left: u64,
    },
    /// It has another number of items than its persistent id says.
    Count {
        /// What that says.
        stated: u64,
        /// How many it has.
        found: u64,
    },
}

/// How an argument is read: the title of each reader, and what it reads; `None` where it refuses.
pub type Readings<'a> = Vec<(&'static str, Option<Meaning<'a>>)>;

pub(super) fn readings<'a>(op: &Op<'a>, dialects: &[Dialect]) -> Readings<'a> {
    let read = |dialect: &Dialect| (dialect.title(), text::meaning(op, *dialect).ok());
    dialects.iter().map(read).collect()
}

impl Trouble<'_> {
    /// Where, from the start of the input.
    pub fn offset(&self) -> u64 {
        match self {
            Self::Fault(fault) => fault.offset(),
            Self::Failure(op, _)
            | Self::Unreadable(op, _)
            | Self::Differs(op, _)
            | Self::OtherVersions(op, _) => op.offset,
            Self::NothingAdded(offset)
            | Self::LateProto(offset)
            | Self::Frame(offset, _)
            | Self::Raw(offset)
            | Self::Uncrossed(offset, _)
            | Self::Storage(offset, _)
            | Self::Magic(offset) => *offset,
            Self::CrLf(damage) => damage.first,
        }
    }
}

/// A pickle, and what loading it would do.
#[derive(Clone, Debug)]
pub struct Pickle<'a> {
    /// From its first byte to behind the STOP that its opcodes reach; where they reach none, to where they fail.
    pub span: Span,
    /// What its last PROTO says; without one, the first protocol that has all its opcodes.
    pub protocol: u8,
    /// The protocol by whose rules unpicklers look names up: what its last PROTO says, 0 without one.
    pub declared: u8,
    /// How far it can be read.
    pub reading: Reading,
    /// Its opcodes, counted.
    pub tally: Tally,
    /// What is looked up, in order, each with the readers that do.
    pub lookups: Vec<(Lookup<'a>, Readers)>,
    /// What is done, in order. What a lookup found is numbered by `lookups`.
    pub(super) effects: Vec<Effect>,
    /// Who does each; empty where all of Python 3's do.
    pub(super) doers: Vec<Readers>,
    /// What keeps readers from reading on, makes them part, or is odd: the first of it. The iterator
    /// [`pickles`](crate::pickles) gives it with the pickle; of a [`Reader`](super::Reader), whoever drives it has it.
    pub faults: Vec<Trouble<'a>>,
    /// How many more there were.
    pub more_faults: u64,
    /// Bytes of it that are no opcodes, and pickles inside it, in order.
    pub raws: Vec<Raw>,
    /// What stands behind it and belongs to it: storages of PyTorch's format before 1.6. Whoever drives a [`Reader`](super::Reader) looks for
    /// it himself.
    pub behind: Vec<Raw>,
    /// Offsets of the opcodes whose value is bytes or text that may hold a pickle: as it is, packed or written as text.
    pub nested: Vec<u64>,
    pub(super) input: &'a [u8],
    /// Where in `lookups` those of `_pickle.c` from bytes are, which values count; empty where those are all.
    pub(super) places: Vec<usize>,
}

/// Something that loading does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done<'p, 'a> {
    /// What is done, and where.
    pub effect: Effect,
    /// Who does it.
    pub readers: Readers,
    /// What found that which it is done to, if a lookup did.
    pub found: Option<&'p Lookup<'a>>,
}

impl<'a> Pickle<'a> {
    /// What is done, in order, each with the readers that do.
    pub fn effects(&self) -> impl DoubleEndedIterator<Item = Done<'_, 'a>> {
        (0..self.effects.len()).filter_map(|number| self.done(number))
    }

    fn done(&self, number: usize) -> Option<Done<'_, 'a>> {
        let effect = *self.effects.get(number)?;
        let found = lookup::found(effect.subject(), &self.lookups, |(lookup, _)| lookup.offset);
        Some(Done {
            effect,
            readers: self.doers.get(number).copied().unwrap_or(Readers::PYTHON_3),
            found: found
                .and_then(|place| self.lookups.get(place))
                .map(|(lookup, _)| lookup),
        })
    }

    /// The call that the opcode at an offset makes.
    pub fn call_at(&self, offset: u64) -> Option<Done<'_, 'a>> {
        let from = self
            .effects
            .partition_point(|effect| effect.offset() < offset);
        (from..self.effects.len())
            .map_while(|number| self.done(number))
            .take_while(|done| done.effect.offset() == offset)
            .find(|done| done.effect.kind() == EffectKind::Call)
    }

    /// What found a value of the stream as `_pickle.c` reads it from bytes, if a lookup did.
    pub fn lookup_of(&self, value: Value) -> Option<&Lookup<'a>> {
        let place = self.place_of(value)?;
        self.lookups.get(place).map(|(lookup, _)| lookup)
    }

    /// Where in `lookups` that is.
    fn place_of(&self, value: Value) -> Option<usize> {
        let place = lookup::found(value, &self.lookups, |(lookup, _)| lookup.offset)?;
        if value.kind() != Kind::Global || self.places.is_empty() {
            return Some(place);
        }
        self.places.get(place).copied()
    }

    /// The input that it is read from.
    pub(crate) fn input(&self) -> &'a [u8] {
        self.input
    }

    /// The opcode that stands at an offset of the pickle where one stands.
    pub(crate) fn opcode_at(&self, offset: u64) -> Option<Opcode> {
        let byte = self.input.get(usize::try_from(offset).ok()?)?;
        Opcode::from_byte(*byte)
    }

    /// The first Python 3 that reads its protocol, where Python 2.7 doesn't: `3.0`, `3.4`, `3.8`.
    pub fn since(&self) -> Option<&'static str> {
        match self.protocol.max(self.tally.protocol()) {
            3 => Some("3.0"),
            4 => Some("3.4"),
            5 => Some("3.8"),
            _ => None,
        }
    }
}
