//! What unpicklers take of operands that the stream itself made.
//!
//! What an import, a call or the loader's caller gave is taken for anything: whether a class takes its arguments, only
//! the class knows. But a list of the stream's can't be called, by no loader. Each rule was settled by running it, in
//! `_pickle.c` and `pickle.py` of 3.6, 3.8, 3.11 and 3.13, which don't differ in any, and in `cPickle.c` and `pickle.py`
//! of 2.7; `tools/machine_facts.py` asks 3.13 again.
//!
//! Not judged, and so taken: a key that is a tuple with a list in it, which can't be hashed, and keyword arguments whose names
//! are no strings, which a few callees take; a number that is longer than [`OPERAND_BYTES`](crate::limits::OPERAND_BYTES)
//! is no index and no byte.

use crate::{decode::text::Dialect, opcode::Storage};

use super::{Failure, Kind, Value, effect::EffectKind};

/// What an operand is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What REDUCE, OBJ, NEWOBJ and NEWOBJ_EX call.
    Callee,
    /// What they call it with.
    Arguments,
    /// The named arguments of NEWOBJ_EX.
    Keywords,
    /// What READONLY_BUFFER makes read-only.
    Buffer,
    /// What BUILD gives the stream's own data for a state.
    State,
}

/// Whether an unpickler takes an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It does, as far as the stream decides it.
    Yes,
    /// It raises.
    No(Failure),
    /// It depends on what values hold, which nobody kept.
    Unseen,
}

impl Taken {
    /// That what is asked for is taken too.
    pub(super) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No(_) => self,
            Self::Yes => other(),
            Self::Unseen => match other() {
                Self::Yes => self,
                other => other,
            },
        }
    }

    fn when(holds: bool, failure: Failure) -> Self {
        if holds { Self::Yes } else { Self::No(failure) }
    }

    fn when_seen(holds: Option<bool>, failure: Failure) -> Self {
        holds.map_or(Self::Unseen, |holds| Self::when(holds, failure))
    }
}

/// What values of the stream hold, as far as somebody kept it.
pub(super) trait Content {
    /// Whether Python takes it for false: zero, or empty.
    fn is_false(&self, value: Value) -> Option<bool>;

    /// The two of a tuple of two.
    fn pair(&self, value: Value) -> Option<[Value; 2]>;

    /// How many items a list or a bytearray has.
    fn length(&self, value: Value) -> Option<u64>;

    /// The number that an int or a bool is, where 64 bits hold it and it is written in a few bytes.
    fn int(&self, value: Value) -> Option<i64>;
}

/// Whether it is what an import, a call or the caller gave, which may be anything.
pub(super) fn is_open(value: Value) -> bool {
    value.kind().storage() != Some(Storage::Value)
}

pub(super) fn is_in_c(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::C | Dialect::C2)
}

/// Whether an unpickler takes `value` for what it needs it for.
pub(super) fn takes(dialect: Dialect, role: Role, value: Value, content: &impl Content) -> Taken {
    if is_open(value) {
        return Taken::Yes;
    }
    let kind = value.kind();
    match role {
        Role::Callee => Taken::No(Failure::NotCallable),
        // Those in Python spread whatever can be iterated.
        Role::Arguments => Taken::when(
            kind == Kind::Tuple
                || !is_in_c(dialect)
                    && !matches!(kind, Kind::None | Kind::Bool | Kind::Int | Kind::Float),
            Failure::NotATuple,
        ),
        Role::Keywords => Taken::when(kind == Kind::Dict, Failure::NotADict),
        Role::Buffer => Taken::when(
            matches!(kind, Kind::Bytes | Kind::Bytearray),
            Failure::NotABuffer,
        ),
        Role::State => state(dialect, value, content),
    }
}

/// None of a stream's own data has attributes, so that only a state with nothing to set is taken: by those in C None, and
/// beside it an empty dict for slots; by those in Python whatever is false.
fn state(dialect: Dialect, value: Value, content: &impl Content) -> Taken {
    let is_false = |value| {
        if is_open(value) {
            Taken::Yes
        } else {
            Taken::when_seen(content.is_false(value), Failure::NoState)
        }
    };
    let parts = if value.kind() == Kind::Tuple && value.parts() == Some(2) {
        match content.pair(value) {
            Some(pair) => Some(pair),
            None => return Taken::Unseen,
        }
    } else {
        None
    };
    if !is_in_c(dialect) {
        return match parts {
            Some([state, slots]) => is_false(state).and(|| is_false(slots)),
            None => is_false(value),
        };
    }
    let [state, slots] = parts.map_or([value, value], |parts| parts);
    let none = Taken::when(is_open(state) || state.is(Kind::None), Failure::NoState);
    none.and(|| match parts {
        None => Taken::Yes,
        Some(_) if is_open(slots) => Taken::Yes,
        Some(_) if slots.is(Kind::Dict) => is_false(slots),
        Some(_) => Taken::No(Failure::NoState),
    })
}

/// Whether a value that isn't what the opcode is for takes `items` all the same, of which there is one at least.
pub(super) fn takes_items(
    effect: EffectKind,
    target: Value,
    items: &[Value],
    content: &impl Content,
) -> Taken {
    if is_open(target) {
        return Taken::Yes;
    }
    let byte = |item: Value| {
        let fits = |number| (0..=0xff).contains(&number);
        let number = content.int(item).is_some_and(fits);
        Taken::when(is_open(item) || number, Failure::NotAByte)
    };
    let bytes = target.is(Kind::Bytearray);
    let all = |one: &dyn Fn(&[Value]) -> Taken, size| {
        let each = items.chunks_exact(size);
        each.fold(Taken::Yes, |taken, item| taken.and(|| one(item)))
    };
    match effect {
        EffectKind::Append if bytes => all(
            &|item| item.first().map_or(Taken::Yes, |item| byte(*item)),
            1,
        ),
        EffectKind::SetItem if bytes || target.is(Kind::List) => all(
            &|pair| match *pair {
                [key, value] => {
                    place(target, key, content).and(|| if bytes { byte(value) } else { Taken::Yes })
                }
                _ => Taken::Yes,
            },
            2,
        ),
        _ => Taken::No(Failure::NoMethod),
    }
}

/// Whether a list or a bytearray has something at the place `key`.
fn place(target: Value, key: Value, content: &impl Content) -> Taken {
    if is_open(key) {
        return Taken::Yes;
    }
    let Some(index) = content.int(key) else {
        return Taken::No(Failure::NoItem);
    };
    let from_either_end = if index < 0 { !index } else { index } as u64;
    let is_there = content
        .length(target)
        .map(|length| from_either_end < length);
    Taken::when_seen(is_there, Failure::NoItem)
}

/// Whether APPENDS or ADDITEMS of nothing is taken by a value that isn't what they are for: those in C look for no method
/// then.
pub(super) fn takes_nothing(dialect: Dialect, effect: EffectKind, target: Value) -> Taken {
    let has = match effect {
        EffectKind::SetItem => true,
        EffectKind::Append => target.is(Kind::Bytearray),
        _ => false,
    };
    Taken::when(
        has || is_open(target) || is_in_c(dialect),
        Failure::NoMethod,
    )
}
