//! What is stored by value as it is found, piece by piece: the values that tell it, not yet read.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use crate::{
    code::{
        callee::Library,
        writer::{Evidence, Writer},
    },
    machine::{Kind, Value},
};

/// A function as it is found, piece by piece.
pub(super) struct Draft {
    pub(super) place: u64,
    pub(super) callee: String,
    pub(super) inside: Option<String>,
    pub(super) evidence: Evidence,
    pub(super) code: Option<usize>,
    pub(super) given: Given,
}

/// What a function has, whoever tells it.
#[derive(Default)]
pub(super) struct Given {
    pub(super) name: Option<Value>,
    pub(super) qualname: Option<Value>,
    pub(super) module: Option<Value>,
    pub(super) doc: Option<Value>,
    pub(super) defaults: Option<Value>,
    pub(super) kwdefaults: Option<Value>,
    pub(super) annotations: Option<Value>,
    pub(super) dict: Option<Value>,
    pub(super) closure: Option<Value>,
    pub(super) later_closure: Option<Value>,
    pub(super) globals: Vec<Value>,
}

/// A class as it is found.
pub(super) struct ClassDraft {
    pub(super) place: u64,
    pub(super) callee: String,
    pub(super) writer: Writer,
    pub(super) name: Option<Value>,
    pub(super) metaclass: Option<Value>,
    pub(super) bases: Option<Value>,
    /// Dicts of its attributes.
    pub(super) dicts: Vec<Value>,
    /// Attributes that are set.
    pub(super) set: Vec<(Value, Value)>,
    pub(super) is_enum: bool,
}

impl ClassDraft {
    /// Takes it from what is called beside, where the class itself is made by Python's own means.
    pub(super) fn is_written_by(&mut self, writer: Writer) {
        if self.writer.library == Library::Python.name() || self.writer.versions.is_none() {
            self.writer = writer;
        }
    }
}

/// A module as it is found.
pub(super) struct ModuleDraft {
    pub(super) place: u64,
    pub(super) callee: String,
    pub(super) writer: Writer,
    pub(super) name: Value,
    pub(super) dict: Option<Value>,
}

/// What a cell holds.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Value(Value),
    Empty,
}

impl Given {
    /// Takes what a function has under a name, whichever library gives it.
    pub(super) fn take(&mut self, key: &str, value: Value) {
        let slot = match key {
            "globals" | "__globals__" => {
                // A maker gives one, and what tells the rest another.
                if self.globals.len() < 8 {
                    self.globals.push(value);
                }
                return;
            }
            "defaults" | "__defaults__" => &mut self.defaults,
            "kwdefaults" | "__kwdefaults__" => &mut self.kwdefaults,
            "annotations" | "__annotations__" => &mut self.annotations,
            "closure_values" | "__closure__" => &mut self.later_closure,
            "dict" => &mut self.dict,
            "module" | "__module__" => &mut self.module,
            "name" | "__name__" => &mut self.name,
            "qualname" | "__qualname__" => &mut self.qualname,
            "doc" | "__doc__" => &mut self.doc,
            _ => return,
        };
        *slot = (value.kind() != Kind::None).then_some(value).or(*slot);
    }
}
