//! The names that code looks up in its globals, or puts there.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use super::{
    tables::{self, Reading},
    walk::walk,
};
use crate::{
    code::object::{Code, Id, Objects},
    python::Python,
};

/// What code does with a global name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Use {
    /// Looks it up in the globals, then among the builtins.
    Load,
    /// Looks it up in its own namespace first: code of a module or a class body.
    LoadName,
    /// Sets it in the globals.
    Store,
    /// Sets it in its own namespace: code of a module or a class body.
    StoreName,
    /// Deletes it from the globals.
    Delete,
}

impl Use {
    fn of(opcode: &str) -> Option<Self> {
        Some(match opcode {
            "LOAD_GLOBAL" => Self::Load,
            // From 3.12 on, in class bodies with type parameters or annotations of their own.
            "LOAD_NAME" | "LOAD_FROM_DICT_OR_GLOBALS" => Self::LoadName,
            "STORE_GLOBAL" => Self::Store,
            "STORE_NAME" => Self::StoreName,
            "DELETE_GLOBAL" => Self::Delete,
            _ => return None,
        })
    }
}

/// The names that a code object loads as globals, sets or deletes there, in the order of its instructions; a name as
/// often as it does. Code that is nested in it is not looked at.
pub fn globals(
    objects: &Objects<'_>,
    code: &Code,
    python: Python,
) -> impl Iterator<Item = (Use, Id)> {
    let table = tables::of(python);
    let names = objects.tuple(code.names);
    walk(objects.bytes(code.code), table).filter_map(move |step| {
        let opcode = step.opcode?;
        let Reading::Name { shift } = opcode.reading else {
            return None;
        };
        let place = usize::try_from(step.argument? >> shift).ok()?;
        Some((Use::of(opcode.name)?, *names.get(place)?))
    })
}
