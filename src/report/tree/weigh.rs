//! What a value holds, by weight: rows with their bytes.

use crate::{
    graph::{Cursor, Held, Role, View},
    machine::{Kind, Value},
};

use super::{
    form::{Label, Row, is_reference},
    marks::Marks,
};

/// A value below another, with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// What it is.
    pub row: Row,
    /// The bytes that count here: none of a value that is held first elsewhere; a key's are its value's.
    pub bytes: u64,
    /// Whether the value is held here first.
    pub first: bool,
}

/// Goes over the parts of a value, each with its bytes. The tuple of arguments and the state of an object are passed
/// through to what they hold; what is left of the value's bytes is its own: its opcode, theirs, and the class.
pub fn weigh(view: View<'_, '_>, marks: &Marks, value: Value, each: &mut dyn FnMut(Weighed)) {
    let mut scale = Scale {
        view,
        marks,
        each,
        arguments: 0,
    };
    let object = value.kind() == Kind::Object;
    scale.parts(value, Label::Index, Label::Key, &mut |scale, held| {
        let first = scale.marks.is_first(held.slot);
        match (held.role, held.value.kind()) {
            (Role::Callee, _) if is_reference(held.value) => {}
            (Role::Arguments, Kind::Tuple) if object && first => {
                scale.parts(held.value, Label::Argument, Label::Key, &mut Scale::other);
            }
            (Role::Keywords, Kind::Dict) if object && first => {
                scale.parts(held.value, Label::Index, Label::Keyword, &mut Scale::other);
            }
            (Role::State, Kind::Dict) if object && first => {
                scale.parts(
                    held.value,
                    Label::Index,
                    Label::Attribute,
                    &mut Scale::other,
                );
            }
            (Role::State, Kind::Tuple) if object && first => scale.slots(held.value),
            _ => scale.other(held),
        }
    });
}

struct Scale<'w, 'g, 'a> {
    view: View<'g, 'a>,
    marks: &'w Marks,
    each: &'w mut dyn FnMut(Weighed),
    arguments: u64,
}

impl Scale<'_, '_, '_> {
    /// The parts of a value: items and pairs are labelled, the others handed on.
    fn parts(
        &mut self,
        value: Value,
        item: fn(u64) -> Label,
        pair: fn(Value) -> Label,
        other: &mut dyn FnMut(&mut Self, Held),
    ) {
        let mut cursor = self.view.cursor(value);
        let (mut next, mut key) = (0u64, None);
        while let Some(held) = self.view.next_held(&mut cursor) {
            match held.role {
                Role::Item => {
                    self.tell(item(next), held, 0);
                    next = next.saturating_add(1);
                }
                Role::Member => self.tell(Label::Member, held, 0),
                Role::Key => key = Some(held),
                Role::Value => {
                    if let Some(key) = key.take() {
                        let bytes = self.bytes(key);
                        self.tell(pair(key.value), held, bytes);
                    }
                }
                _ => other(self, held),
            }
        }
    }

    /// A state that is a pair of a dict and one for slots has the attributes of both; of another tuple, the items are told.
    fn slots(&mut self, state: Value) {
        let mut cursor = self.view.cursor(state);
        let mut number = 0u64;
        let is_pair = is_pair(self.view, cursor);
        while let Some(held) = self.view.next_held(&mut cursor) {
            if is_pair && held.value.kind() == Kind::Dict && self.marks.is_first(held.slot) {
                self.parts(held.value, Label::Index, Label::Attribute, &mut Self::other);
            } else {
                self.tell(Label::State(number), held, 0);
            }
            number = number.saturating_add(1);
        }
    }

    fn other(&mut self, held: Held) {
        let label = match held.role {
            Role::Callee => Label::Word("callee"),
            Role::Arguments => Label::Word("arguments"),
            Role::Keywords => Label::Word("keywords"),
            Role::Id => Label::Word("id"),
            Role::Module => Label::Word("module"),
            Role::Name => Label::Word("name"),
            Role::Argument => {
                let number = self.arguments;
                self.arguments = number.saturating_add(1);
                Label::Argument(number)
            }
            _ => Label::Word("state"),
        };
        self.tell(label, held, 0);
    }

    fn tell(&mut self, label: Label, held: Held, more: u64) {
        let bytes = self.bytes(held).saturating_add(more);
        (self.each)(Weighed {
            row: Row {
                label,
                value: held.value,
            },
            bytes,
            first: self.marks.is_first(held.slot),
        });
    }

    fn bytes(&self, held: Held) -> u64 {
        match held.slot {
            Some(_) if self.marks.is_first(held.slot) => self.marks.size(self.view, held.value),
            _ => 0,
        }
    }
}

fn is_pair(view: View<'_, '_>, mut cursor: Cursor) -> bool {
    let mut kinds =
        std::iter::from_fn(|| view.next_held(&mut cursor)).map(|held| held.value.kind());
    matches!(
        (kinds.next(), kinds.next(), kinds.next()),
        (Some(Kind::Dict | Kind::None), Some(Kind::Dict), None)
    )
}
