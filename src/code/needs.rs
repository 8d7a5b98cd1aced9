//! What a function needs when it is called: the names that its code, and the code inside it, loads as globals.
//!
//! Each is stored with the function, a builtin, or missing: then the call ends in a NameError, unless whoever loads the
//! pickle has the name where the function's globals are taken from.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{limits, lookup::names, python::Python};

use super::{
    bytecode::names::{Use, globals},
    object::{Code, CodeId, Id, Object, Objects},
    stored::{CodeRef, Function, Globals, Stored},
};

/// Where a name that is needed comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The pickle has it, or the code itself assigns it.
    Stored,
    /// It is among the builtins.
    Builtin,
    /// It is taken from a module's dict, which isn't `__main__`'s: the loader imports that.
    Module,
    /// Nothing brings it.
    Missing,
}

impl Status {
    /// `stored`, `builtin`, `module` or `missing`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Builtin => "builtin",
            Self::Module => "module",
            Self::Missing => "missing",
        }
    }
}

/// A name that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Need {
    /// It.
    pub name: String,
    /// Where it comes from.
    pub status: Status,
}

/// What one code object loads and assigns.
#[derive(Debug, Default)]
struct Own {
    /// Names, and whether they are looked for in a namespace of the code's own first.
    loads: Vec<(Id, bool)>,
    assigns: Vec<Id>,
    /// Code objects among its constants.
    inside: Vec<CodeId>,
    /// How much it takes to go through: what is long is written again for each function.
    cost: usize,
}

/// Goes through the code of functions. What is shared is gone through once, and what sharing would blow up is left out.
#[derive(Debug)]
pub struct Needs {
    own: HashMap<(CodeRef, Python), Option<Arc<Own>>>,
    /// How much may still be gone through.
    left: usize,
}

/// Names of a module's dict that every module has.
const OF_MODULES: &[&str] = &[
    "__name__",
    "__doc__",
    "__package__",
    "__loader__",
    "__spec__",
    "__builtins__",
    "__debug__",
];

impl Needs {
    /// For code of an input of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            own: HashMap::new(),
            left: bytes
                .saturating_mul(limits::NEEDS_TIMES)
                .saturating_add(limits::NEEDS_BYTES),
        }
    }

    /// What a function needs, in the order in which its code first loads it, where the code is for `python`; `None` where it
    /// isn't bytecode of that Python, or too much is shared.
    pub fn of(
        &mut self,
        stored: &Stored<'_>,
        function: &Function<'_>,
        python: Python,
    ) -> Option<Vec<Need>> {
        let code = stored.codes.get(function.code?)?.code;
        let (objects, _) = stored.code(code)?;
        let (loads, assigned) = self.loads(stored, code, python)?;
        let mut told = HashSet::new();
        let mut needs = Vec::new();
        for id in loads {
            let name = objects.text(id)?;
            if !told.insert(name.clone()) {
                continue;
            }
            let is_assigned = assigned.contains(name.as_ref());
            let status = status(stored, function, &name, is_assigned, python);
            needs.push(Need {
                name: name.into_owned(),
                status,
            });
        }
        Some(needs)
    }

    /// What code and the code inside loads as globals, and which names it assigns as such.
    fn loads(
        &mut self,
        stored: &Stored<'_>,
        code: CodeRef,
        python: Python,
    ) -> Option<(Vec<Id>, HashSet<String>)> {
        let (objects, _) = stored.code(code)?;
        let mut loads = Vec::new();
        let mut seen = HashSet::new();
        let mut assigned = HashSet::new();
        let mut met = HashSet::from([code.code]);
        // In the order of the constants, the first next.
        let mut open = vec![code.code];
        while let Some(id) = open.pop() {
            let own = self.own(stored, CodeRef { code: id, ..code }, python)?;
            self.left = self.left.checked_sub(own.cost)?;
            let own_loads = own.loads.iter().map(|(id, _)| *id);
            loads.extend(own_loads.filter(|id| seen.insert(*id)));
            for id in &own.assigns {
                assigned.extend(objects.text(*id).map(|name| name.into_owned()));
            }
            open.extend(own.inside.iter().rev().filter(|code| met.insert(**code)));
        }
        Some((loads, assigned))
    }

    fn own(&mut self, stored: &Stored<'_>, code: CodeRef, python: Python) -> Option<Arc<Own>> {
        if let Some(own) = self.own.get(&(code, python)) {
            return own.clone();
        }
        let (objects, at) = stored.code(code)?;
        let cost = objects
            .bytes(at.code)
            .len()
            .saturating_add(objects.tuple(at.consts).len());
        let paid = self.left.checked_sub(cost);
        self.left = paid.unwrap_or(0);
        let own = paid.map(|_| Arc::new(own(objects, at, python)));
        self.own.insert((code, python), own.clone());
        own
    }
}

/// What a code object loads and assigns, as a Python reads its bytecode.
fn own(objects: &Objects<'_>, code: &Code, python: Python) -> Own {
    let mut own = Own::default();
    let mut class_names = HashSet::new();
    let mut seen = HashSet::new();
    let mut assigned = HashSet::new();
    for (what, name) in globals(objects, code, python) {
        match what {
            Use::Load if seen.insert((name, false)) => own.loads.push((name, false)),
            Use::LoadName if seen.insert((name, true)) => own.loads.push((name, true)),
            Use::Store if assigned.insert(name) => own.assigns.push(name),
            Use::StoreName => {
                class_names.insert(name);
            }
            _ => {}
        }
    }
    // What the body of a class assigns, it loads from there.
    own.loads
        .retain(|(name, by_name)| !(*by_name && class_names.contains(name)));
    own.inside = objects
        .tuple(code.consts)
        .iter()
        .filter_map(|id| match objects.get(*id) {
            Some(Object::Code(code)) => Some(*code),
            _ => None,
        })
        .collect();
    let names = own.loads.iter().map(|(name, _)| name).chain(&own.assigns);
    own.cost = names
        .map(|name| objects.text_bytes(*name).len())
        .map(|length| length.saturating_sub(limits::NAME_TEXT).saturating_add(1))
        .fold(own.inside.len().saturating_add(1), usize::saturating_add);
    own
}

fn status(
    stored: &Stored<'_>,
    function: &Function<'_>,
    name: &str,
    is_assigned: bool,
    python: Python,
) -> Status {
    let is_stored = function.globals.iter().any(|globals| match globals {
        // A copy of what was empty then.
        Globals::Stored {
            dict: _,
            late: true,
        } => false,
        Globals::Stored { dict: at, .. } => stored
            .namespaces
            .get(*at)
            .is_some_and(|namespace| namespace.names.contains_key(name)),
        _ => false,
    });
    let of_module = function
        .globals
        .iter()
        .any(|globals| matches!(globals, Globals::Module(module) if module != "__main__"));
    if is_stored || is_assigned {
        Status::Stored
    } else if of_module && !is_builtin(name, python) {
        Status::Module
    } else if is_builtin(name, python) {
        Status::Builtin
    } else {
        Status::Missing
    }
}

/// Whether a Python has a name among its builtins.
fn is_builtin(name: &str, python: Python) -> bool {
    let module = if python.is_2() {
        "__builtin__"
    } else {
        "builtins"
    };
    OF_MODULES.contains(&name)
        || names::find(module, name)
            .is_some_and(|entry| entry.resolves.has(python) || entry.unknown.has(python))
}
