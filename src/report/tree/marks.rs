//! Going over a graph once: what is shared, who holds it first, how many bytes it takes, and what was dropped.

use std::{cell::Cell, collections::HashMap};

use crate::{
    graph::{Cursor, Held, View, holds_by_nature},
    machine::{Kind, Value, effect::EffectKind},
    opcode::{Opcode, Storage},
    reader::{Pickle, Readers},
    span::Span,
};

use super::{Grown, bits::Bits};

/// From so many bytes on, an opcode is one whose value isn't read each time that it is met.
pub const LONG: u64 = 1024;

/// What is known of the values of a pickle once they have been gone over.
///
/// Every opcode's bytes belong to the value that it makes, and a value's to the first that holds it: first in the order of
/// [`Cursor`], deep before wide. So the bytes of the roots, of what was dropped and of the opcodes that make nothing are
/// those of the pickle.
#[derive(Debug)]
pub struct Marks {
    span: Span,
    /// Places that were met.
    seen: Bits,
    /// Holdings that are the first of their value.
    first: Bits,
    /// Nodes that were met more than once.
    shared: Bits,
    /// The bytes of each node with what it holds first.
    sizes: Vec<u64>,
    /// The same of what holds others without being made to.
    others: HashMap<u64, Other>,
    /// Opcodes of [`LONG`] bytes and more.
    long: HashMap<u64, u64>,
    /// The roots, and which of them are met there for the first time.
    roots: Vec<(Value, bool)>,
    dropped: Vec<Value>,
    bytes: Bytes,
    /// Bytes that are no opcodes', by the place of the value that they belong to.
    raws: HashMap<u64, u64>,
    /// The number of the node that was asked for last: the next is mostly not far.
    near: Cell<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Other {
    size: u64,
    shared: bool,
}

/// What the bytes of a pickle are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// Opcodes whose values can be reached from the pickle's.
    pub values: u64,
    /// Opcodes whose values can't.
    pub dropped: u64,
    /// Opcodes that make nothing: marks, memo, frames, fills.
    pub overhead: u64,
}

/// A value whose parts are gone over.
struct Open {
    cursor: Cursor,
    size: u64,
}

impl Marks {
    /// Goes over all that a pickle made.
    pub fn new(grown: &Grown<'_>) -> Self {
        let view = grown.view();
        let mut marks = Self::empty(view, &grown.pickle);
        for root in grown.roots() {
            marks.root(view, root);
        }
        marks.drop_others(view, &grown.pickle);
        marks.bytes = bytes(&grown.pickle, marks.bytes.values);
        marks
    }

    /// Goes over one value of a pickle alone.
    pub fn of(grown: &Grown<'_>, value: Value) -> Self {
        let view = grown.view();
        let mut marks = Self::empty(view, &grown.pickle);
        marks.root(view, value);
        marks
    }

    fn empty(view: View<'_, '_>, pickle: &Pickle<'_>) -> Self {
        let (graph, span) = (view.graph(), pickle.span);
        let raws = pickle.raws.iter().filter(|raw| !raw.is_pickle);
        Self {
            span,
            seen: Bits::below(usize::try_from(span.length()).unwrap_or(usize::MAX)),
            first: Bits::below(graph.slots()),
            shared: Bits::below(graph.nodes()),
            sizes: vec![0; graph.nodes()],
            others: HashMap::new(),
            long: HashMap::new(),
            roots: Vec::new(),
            dropped: Vec::new(),
            bytes: Bytes::default(),
            raws: raws.map(|raw| (raw.of, raw.span.length())).collect(),
            near: Cell::new(0),
        }
    }

    fn root(&mut self, view: View<'_, '_>, value: Value) {
        let (first, size) = self.go(view, value);
        self.roots.push((value, first));
        self.bytes.values = self.bytes.values.saturating_add(size);
    }

    /// Finds what loading did with values that can't be reached, the last first: what it holds is then part of it.
    fn drop_others(&mut self, view: View<'_, '_>, pickle: &Pickle<'_>) {
        let done = pickle
            .effects()
            .filter(|done| done.readers.are_among(Readers::C_BYTES));
        for done in done.rev() {
            let effect = done.effect;
            let value = match (effect.kind(), done.found) {
                (EffectKind::Call, _) => Value::new(Kind::Object, 0, effect.offset()),
                (_, Some(lookup)) => match view.found_at(lookup.offset) {
                    Some(value) => value,
                    None => continue,
                },
                _ => effect.subject(),
            };
            if !self.is_seen(view.place(value)) {
                self.go(view, value);
                self.dropped.push(value);
            }
        }
        self.dropped.reverse();
    }

    /// Goes over a value and all that it holds; whether it is met for the first time, and its bytes if so.
    fn go(&mut self, view: View<'_, '_>, value: Value) -> (bool, u64) {
        let mut open = Vec::new();
        let (first, mut total) = self.enter(view, value, &mut open);
        while let Some(top) = open.last_mut() {
            if let Some(Held { value, slot, .. }) = view.next_held(&mut top.cursor) {
                let Some(slot) = slot else {
                    continue;
                };
                let (first, own) = self.enter(view, value, &mut open);
                if first {
                    self.first.insert(slot);
                }
                match open.last_mut() {
                    Some(top) => top.size = top.size.saturating_add(own),
                    None => total = total.saturating_add(own),
                }
                continue;
            }
            let Some(Open { cursor, size }) = open.pop() else {
                break;
            };
            self.measured(view, &cursor, size);
            match open.last_mut() {
                Some(top) => top.size = top.size.saturating_add(size),
                None => total = total.saturating_add(size),
            }
        }
        (first, total)
    }

    /// Meets a value; whether for the first time. Where it holds others it is opened, and its own bytes stand there; else
    /// they are given.
    fn enter(&mut self, view: View<'_, '_>, value: Value, open: &mut Vec<Open>) -> (bool, u64) {
        let place = view.place(value);
        let Some(index) = self.index(place) else {
            return (true, 0);
        };
        if !self.seen.insert(index) {
            self.share(view, value, place);
            return (false, 0);
        }
        let mut size = own_size(view, value);
        if !self.raws.is_empty() {
            let raw = self.raws.get(&place).copied();
            size = size.saturating_add(raw.unwrap_or(0));
        }
        if size >= LONG {
            self.long.insert(place, size);
        }
        let cursor = view.cursor_near(value, self.near.get());
        if let Some(node) = cursor.node() {
            self.near.set(node);
        }
        if cursor.is_empty() {
            if cursor.node().is_some() {
                self.measured(view, &cursor, size);
            }
            return (true, size);
        }
        if cursor.node().is_none() {
            self.others.insert(place, Other::default());
        }
        open.push(Open { cursor, size });
        (true, 0)
    }

    fn share(&mut self, view: View<'_, '_>, value: Value, place: u64) {
        let is_atom =
            value.kind().storage() == Some(Storage::Value) && !holds_by_nature(value.kind());
        if is_atom && self.others.is_empty() {
            return;
        }
        match self.number(view, place) {
            Some(node) => {
                self.shared.insert(node);
            }
            None => {
                if let Some(other) = self.others.get_mut(&place) {
                    other.shared = true;
                }
            }
        }
    }

    fn measured(&mut self, view: View<'_, '_>, cursor: &Cursor, size: u64) {
        match cursor.node() {
            Some(node) => {
                if let Some(own) = self.sizes.get_mut(node) {
                    *own = size;
                }
            }
            None => {
                if let Some(other) = self.others.get_mut(&view.place(cursor.value())) {
                    other.size = size;
                }
            }
        }
    }

    fn number(&self, view: View<'_, '_>, place: u64) -> Option<usize> {
        let node = view.graph().find_near(place, self.near.get())?;
        self.near.set(node);
        Some(node)
    }

    fn index(&self, place: u64) -> Option<usize> {
        if !self.span.contains(place) {
            return None;
        }
        usize::try_from(place.checked_sub(self.span.start)?).ok()
    }

    fn is_seen(&self, place: u64) -> bool {
        self.index(place).is_none_or(|index| self.seen.has(index))
    }

    /// The roots that were gone over, and which of them are met there for the first time.
    pub fn roots(&self) -> &[(Value, bool)] {
        &self.roots
    }

    /// What something was done with that can't be reached from the roots: results of calls, what was given a state, what was
    /// imported. What one of them holds isn't told again.
    pub fn dropped(&self) -> &[Value] {
        &self.dropped
    }

    /// What the pickle's bytes are for.
    pub fn bytes(&self) -> Bytes {
        self.bytes
    }

    /// Whether this holding is the first of its value; what INST names itself is held once.
    pub fn is_first(&self, slot: Option<usize>) -> bool {
        slot.is_none_or(|slot| self.first.has(slot))
    }

    /// Whether a value that holds others is held more than once.
    pub fn is_shared(&self, view: View<'_, '_>, value: Value) -> bool {
        let place = view.place(value);
        match self.number(view, place) {
            Some(node) => self.shared.has(node),
            None => self.others.get(&place).is_some_and(|other| other.shared),
        }
    }

    /// The bytes of a value with all that it holds first.
    pub fn size(&self, view: View<'_, '_>, value: Value) -> u64 {
        let place = view.place(value);
        if self.index(place).is_none() {
            return 0;
        }
        if value.kind().storage() == Some(Storage::Value)
            && !holds_by_nature(value.kind())
            && self.others.is_empty()
        {
            return own_size(view, value);
        }
        match self.number(view, place) {
            // What isn't reached has no size, and is asked for by nobody.
            Some(node) => self.sizes.get(node).copied().unwrap_or(0),
            None => match self.others.get(&place) {
                Some(other) if other.size > 0 => other.size,
                _ => own_size(view, value),
            },
        }
    }

    /// The bytes of the opcode at a place, if they are many.
    pub fn long(&self, place: u64) -> Option<u64> {
        if self.long.is_empty() {
            return None;
        }
        self.long.get(&place).copied()
    }
}

/// The bytes of the opcode that made a value.
pub fn own_size(view: View<'_, '_>, value: Value) -> u64 {
    match value.kind() {
        Kind::None
        | Kind::Bool
        | Kind::Tuple
        | Kind::List
        | Kind::Dict
        | Kind::Set
        | Kind::Frozenset => 1,
        _ => view.op(value).map_or(0, |op| op.length()),
    }
}

fn bytes(pickle: &Pickle<'_>, values: u64) -> Bytes {
    let tally = &pickle.tally;
    // Calls are an opcode without an argument, or INST, which stores a reference.
    let calls = [
        Opcode::Reduce,
        Opcode::NewObj,
        Opcode::NewObjEx,
        Opcode::Obj,
    ];
    let made = [Storage::Reference, Storage::Value]
        .map(|storage| tally.bytes(Some(storage)))
        .into_iter()
        .chain(calls.map(|opcode| tally.count(opcode)))
        .fold(0, u64::saturating_add);
    Bytes {
        values,
        dropped: made.saturating_sub(values),
        overhead: pickle.span.length().saturating_sub(made),
    }
}
