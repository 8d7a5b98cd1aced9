//! Going over what a value holds from a place that is small enough to keep by the hundred thousand.

use super::{Graph, How, NONE, Role, View, view::role};
use crate::{
    machine::{Kind, Value},
    opcode::{Opcode, Storage},
};

/// A place within what a value holds.
///
/// What is held comes in one order, whatever order it was given in: what the value was made of, then what its kind is
/// filled with, its states, and what else it was given. Of an object, states come before items and items before pairs.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    value: Value,
    /// The holding that comes next, and where those of its segment end.
    slot: usize,
    end: usize,
    /// How many of its segment came before it.
    at: u32,
    /// The last segment of the value, and the one that comes next.
    last: u32,
    segment: u32,
    /// Its number among those that hold others.
    node: u32,
    turn: u8,
    how: How,
    made_by: Option<Opcode>,
}

const _: () = assert!(size_of::<Cursor>() <= 48);

/// One value that another holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// As what.
    pub role: Role,
    /// It.
    pub value: Value,
    /// The number of this holding, below [`Graph::slots`]; `None` for the class that INST names itself.
    pub slot: Option<usize>,
}

/// Whose turn it is; before the first comes the class of INST.
const TURNS: u8 = 4;

impl How {
    /// When its segments come, in a value of this kind.
    fn turn(self, kind: Kind) -> u8 {
        let own = match self {
            Self::Made => return 1,
            Self::State if kind == Kind::Object => return 2,
            Self::State => return 3,
            Self::Items | Self::Members => kind != Kind::Dict,
            Self::Pairs => kind == Kind::Dict,
        };
        match (own, kind) {
            (true, Kind::Object) => 3,
            (true, _) => 2,
            (false, _) => 4,
        }
    }
}

impl Graph {
    /// How many times a value is held by another, counting each of several times.
    pub fn slots(&self) -> usize {
        self.pending.min(self.children.len())
    }

    /// Whether something was filled that holds nothing by itself.
    fn fills_others(&self) -> bool {
        !self.others.is_empty()
    }
}

impl<'g> View<'g, '_> {
    /// The beginning of what a value holds.
    pub fn cursor(self, value: Value) -> Cursor {
        self.cursor_near(value, self.graph().nodes())
    }

    /// The same, for a value whose number is thought to be not far from `near`.
    pub fn cursor_near(self, value: Value, near: usize) -> Cursor {
        let kind = value.kind();
        let mut cursor = Cursor {
            value,
            slot: 0,
            end: 0,
            at: 0,
            last: NONE,
            segment: NONE,
            node: NONE,
            turn: 0,
            how: How::Made,
            made_by: None,
        };
        let atom = kind.storage() == Some(Storage::Value) && !holds_by_nature(kind);
        if atom && !self.graph().fills_others() {
            return cursor;
        }
        match kind {
            // What the memo doesn't have is one value wherever it is taken, and holds nothing that can be told apart.
            _ if self.opcode(value).is_none() => return cursor,
            Kind::Object => cursor.made_by = self.opcode(value),
            // What INST finds stands where the object does that it makes: what that holds isn't the class's.
            Kind::Global if self.opcode(value) == Some(Opcode::Inst) => {
                return cursor;
            }
            _ => {}
        }
        let graph = self.graph();
        let place = self.place(value);
        let last = match graph.find_near(place, near) {
            Some(node) => {
                cursor.node = u32::try_from(node).unwrap_or(NONE);
                graph.nodes.get(node).and_then(|node| node.last())
            }
            None => graph.others.get(&place).copied(),
        };
        if let Some(last) = last {
            cursor.last = last;
            cursor.segment = graph.next(last);
        }
        cursor
    }

    /// What comes next in what a value holds.
    #[inline]
    pub fn next_held(self, cursor: &mut Cursor) -> Option<Held> {
        loop {
            if cursor.slot < cursor.end {
                let (slot, at) = (cursor.slot, cursor.at);
                cursor.slot = slot.saturating_add(1);
                cursor.at = at.saturating_add(1);
                return Some(Held {
                    role: role(cursor.value.kind(), cursor.made_by, cursor.how, at as usize),
                    value: *self.graph().children.get(slot)?,
                    slot: Some(slot),
                });
            }
            if cursor.turn == 0 {
                cursor.turn = 1;
                if cursor.made_by == Some(Opcode::Inst)
                    && let Some(value) = self.graph().found_at(cursor.value.offset())
                {
                    return Some(Held {
                        role: Role::Callee,
                        value,
                        slot: None,
                    });
                }
            }
            if !self.next_segment(cursor) {
                return None;
            }
        }
    }

    /// Goes to the segment whose turn is next; whether there is one.
    fn next_segment(self, cursor: &mut Cursor) -> bool {
        let kind = cursor.value.kind();
        while cursor.last != NONE && cursor.turn <= TURNS {
            let Some((how, span)) = self.graph().span(cursor.segment) else {
                return false;
            };
            let turn = cursor.turn;
            if cursor.segment == cursor.last {
                cursor.turn = turn.saturating_add(1);
            }
            cursor.segment = self.graph().next(cursor.segment);
            if how.turn(kind) == turn {
                (cursor.slot, cursor.end, cursor.at) = (span.start, span.end, 0);
                cursor.how = how;
                return true;
            }
        }
        false
    }

    /// How many values a value holds as items or members, and how many as keys and values.
    pub fn lengths(self, value: Value) -> (u64, u64) {
        let kind = value.kind();
        let (mut items, mut pairs) = (0u64, 0u64);
        for (how, values) in super::view::Segments::of(self.graph(), self.place(value)) {
            let length = values.len() as u64;
            match (how, kind) {
                (How::Items | How::Members, _)
                | (How::Made, Kind::List | Kind::Tuple | Kind::Set | Kind::Frozenset) => {
                    items = items.saturating_add(length);
                }
                (How::Pairs, _) | (How::Made, Kind::Dict) => pairs = pairs.saturating_add(length),
                _ => {}
            }
        }
        (items, pairs)
    }
}

impl Cursor {
    /// Whose parts these are.
    pub fn value(&self) -> Value {
        self.value
    }

    /// Whether the value holds nothing, but for the class that INST names itself.
    pub fn is_empty(&self) -> bool {
        self.last == NONE
    }

    /// The value's number, below [`Graph::nodes`], if its opcode makes what holds others.
    pub fn node(&self) -> Option<usize> {
        (self.node != NONE).then_some(self.node as usize)
    }
}

/// Whether values of a kind are made to hold others.
pub fn holds_by_nature(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Tuple | Kind::List | Kind::Dict | Kind::Set | Kind::Frozenset
    )
}
