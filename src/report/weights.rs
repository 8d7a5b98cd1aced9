//! What `torch.load(weights_only=True)` makes of a pickle: all that it refuses at once.
//!
//! Its unpickler (`torch/_weights_only_unpickler.py`) raises at the first thing; here they are in one list.

use std::collections::HashMap;

use crate::{
    graph::{Graph, View},
    limits,
    lookup::{
        allowing::{Harm, harm},
        instead::is_plain,
        moves, renames,
        weights_only::{self, Torch, Torches, allowed, blocks, checks_items, newest, takes},
    },
    machine::{Kind, Value, effect::EffectKind, lookup::Target},
    opcode::Opcode,
    python::Python,
    reader::{Done, Pickle, Reader},
};

use super::{needs::Needs, resolving::names};

/// What it makes of a pickle.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The torch that the answer is for: the newest that is known.
    pub torch: Torch,
    /// Where it takes the pickle: the first torch from which on all do, as far as names and opcodes go.
    pub since: Option<Torch>,
    /// The names that it refuses, in the order of their first lookup.
    pub refused: Vec<Refused>,
    /// How many more there are.
    pub more: u64,
    /// What it refuses whatever is added to its list.
    pub obstacles: Vec<Obstacle>,
    /// Codes of numpy's dtypes that are given a state: their classes have to be allowed, too.
    pub dtypes: Vec<String>,
}

/// A name that isn't in its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it is first looked up, from the start of the input.
    pub offset: u64,
    /// The module, after renaming.
    pub module: String,
    /// The name in it, after renaming.
    pub name: String,
    /// Whether Python code can name it, so that it can be added to the list.
    pub is_plain: bool,
    /// Whether it may be another name's home on the machine that loads: then its path must be given with it.
    pub is_moved: bool,
    /// What the file could do if it were added: then nobody is told to.
    pub harm: Option<Harm>,
}

/// Something that it refuses whatever is added to its list, where it first stands, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What.
    pub what: What,
    /// Where it first stands, from the start of the input.
    pub offset: u64,
    /// How often.
    pub count: u64,
}

/// What it refuses whatever is added to its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An opcode that it doesn't know.
    Opcode(Opcode),
    /// A name of a module that it blocks: `os`, `sys`.
    Blocked,
    /// A call of what no lookup found.
    Call,
    /// A state for what a lookup found.
    State,
    /// Items for what isn't a list.
    Append,
    /// Items set on what isn't a dict, `OrderedDict` or `Counter`.
    SetItem,
    /// A persistent id that names no storage.
    Persistent,
}

impl What {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Opcode(opcode) => format!("{} is an opcode that it doesn't know", opcode.name()),
            Self::Blocked => "a name of os, posix, nt or sys, which are blocked".to_owned(),
            Self::Call => "a call of what isn't looked up by name".to_owned(),
            Self::State => "a state for a class or function itself".to_owned(),
            Self::Append => "items for what isn't a plain list".to_owned(),
            Self::SetItem => "items for what isn't a dict, OrderedDict or Counter".to_owned(),
            Self::Persistent => "a persistent id that names no storage".to_owned(),
        }
    }
}

/// More dtypes than numpy has kinds of are made up.
const DTYPES: usize = 32;

/// What it makes of a pickle; `None` where the pickle has nothing of torch.
pub fn weights(needs: &Needs<'_, '_>) -> Option<Weights> {
    let pickle = &needs.read.pickle;
    let of_torch = |target: &Target<'_>| match target {
        Target::Name {
            module: Some(module),
            ..
        } => module
            .bytes()
            .strip_prefix(b"torch")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b".")),
        _ => false,
    };
    if !needs
        .references
        .iter()
        .any(|reference| reference.target.is_some_and(of_torch))
    {
        return None;
    }
    let mut weights = Weights {
        torch: newest(),
        since: weights_only::all().next(),
        refused: Vec::new(),
        more: 0,
        obstacles: Vec::new(),
        dtypes: Vec::new(),
    };
    weights.opcodes_and_ids(pickle);
    weights.names(needs);
    for done in pickle.effects() {
        weights.effect(pickle, &done);
    }
    if !weights.refused.is_empty() || !weights.obstacles.is_empty() {
        weights.since = None;
    }
    Some(weights)
}

impl Weights {
    fn obstacle(&mut self, what: What, offset: u64) {
        match self.obstacles.iter_mut().find(|own| own.what == what) {
            Some(own) => own.count = own.count.saturating_add(1),
            None => self.obstacles.push(Obstacle {
                what,
                offset,
                count: 1,
            }),
        }
    }

    /// Reads the stream once more: for where opcodes stand, what persistent ids hold, and what dtypes are made of.
    fn opcodes_and_ids(&mut self, pickle: &Pickle<'_>) {
        let mut reader = Reader::keeping(pickle.input(), pickle.span.start, Graph::of_calls());
        let takes: HashMap<Opcode, Torches> = Opcode::all()
            .map(|opcode| (opcode, takes(opcode.name())))
            .collect();
        for (op, _) in reader.by_ref() {
            let takes = takes.get(&op.opcode).copied().unwrap_or_default();
            self.since = self.since.max(takes.since());
            if !takes.has(self.torch) {
                self.obstacle(What::Opcode(op.opcode), op.offset);
            }
        }
        let view = View::new(reader.watch(), pickle.input());
        for done in pickle.effects() {
            match done.effect.kind() {
                EffectKind::Persistent => {
                    let id = Value::new(Kind::Persistent, 0, done.effect.offset());
                    let id = view.persistent_id(id);
                    if id.is_some_and(|id| !is_storage(view, id)) {
                        self.obstacle(What::Persistent, done.effect.offset());
                    }
                }
                EffectKind::State => {
                    if let Some(code) = dtype(view, done.effect.subject())
                        && self.dtypes.len() < DTYPES
                        && !self.dtypes.contains(&code)
                    {
                        self.dtypes.push(code);
                    }
                }
                _ => {}
            }
        }
    }

    fn names(&mut self, needs: &Needs<'_, '_>) {
        let newest_python = Python::all().next_back();
        for reference in &needs.references {
            let Some((module, name)) = reference.target.and_then(names) else {
                continue;
            };
            let renamed =
                newest_python.and_then(|python| renames::to_python3(python, &module, &name));
            let (module, name) =
                renamed.unwrap_or((module.into_owned().into(), name.into_owned().into()));
            let allowed = allowed(&format!("{module}.{name}"));
            self.since = self.since.max(allowed.since());
            if allowed.has(self.torch) {
                continue;
            }
            if blocks(&module).has(self.torch) {
                self.obstacle(What::Blocked, reference.first);
            } else if self.refused.len() < limits::TROUBLES {
                let is_moved = moves::find(&module, &name).next().is_some();
                self.refused.push(Refused {
                    offset: reference.first,
                    harm: harm(&module, &name),
                    is_plain: is_plain(&module) && is_plain(&name),
                    is_moved,
                    module: module.into_owned(),
                    name: name.into_owned(),
                });
            } else {
                self.more = self.more.saturating_add(1);
            }
        }
    }

    fn effect(&mut self, pickle: &Pickle<'_>, done: &Done<'_, '_>) {
        let offset = done.effect.offset();
        let what = match done.effect.kind() {
            EffectKind::Call if done.found.is_none() => What::Call,
            EffectKind::State if done.found.is_some() => What::State,
            EffectKind::Append => What::Append,
            EffectKind::SetItem if checks_items().has(self.torch) => {
                if fills_a_dict(pickle, done) {
                    return;
                }
                What::SetItem
            }
            _ => return,
        };
        self.obstacle(what, offset);
    }

    /// What to do about what can't be told.
    pub fn advice(&self) -> Option<&'static str> {
        let opcode = |own: &Obstacle| matches!(own.what, What::Opcode(_));
        let harmful = self.refused.iter().any(|refused| refused.harm.is_some());
        if self.obstacles.is_empty() && !harmful {
            None
        } else if !harmful && self.obstacles.iter().all(opcode) {
            Some(
                "Save it with torch.save(obj, path), whose protocol is 2; or, if you trust whoever made the file as you trust a program of theirs: torch.load(path, weights_only=False).",
            )
        } else {
            Some(
                "Save the state_dict() alone; or, if you trust whoever made the file as you trust a program of theirs: torch.load(path, weights_only=False).",
            )
        }
    }

    /// The lines of Python that add the refused names to the list: imports, and the call. Names that are known to do harm are not
    /// among them.
    pub fn lines(&self) -> Vec<String> {
        let mut modules: Vec<&str> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let offered = |refused: &&Refused| refused.is_plain && refused.harm.is_none();
        for refused in self.refused.iter().filter(offered) {
            if !modules.contains(&&*refused.module) && modules.len() < limits::NOTES {
                modules.push(&refused.module);
            }
            let path = format!("{}.{}", refused.module, refused.name);
            names.push(match refused.is_moved {
                true => format!("({path}, '{path}')"),
                false => path,
            });
        }
        names.extend(
            self.dtypes
                .iter()
                .map(|code| format!("type(numpy.dtype('{code}'))")),
        );
        if names.is_empty() {
            return Vec::new();
        }
        modules.sort_unstable();
        let mut lines = vec!["import torch".to_owned()];
        lines.extend(modules.iter().map(|module| format!("import {module}")));
        lines.push("torch.serialization.add_safe_globals([".to_owned());
        lines.extend(names.into_iter().map(|name| format!("    {name},")));
        lines.push("])".to_owned());
        lines
    }
}

/// Whether a persistent id is one that torch has for its storages: `('storage', …)`, or a number.
fn is_storage(view: View<'_, '_>, id: Value) -> bool {
    if id.kind() == Kind::Int {
        return true;
    }
    let first = view.tuple(id).map(|items| items.first().copied());
    match first {
        Some(Some(first)) => {
            view.written(first)
                .is_some_and(|written| written.len() < 16)
                && view.text(first).as_deref() == Some("storage")
        }
        Some(None) => true,
        None => false,
    }
}

/// The code of a dtype of numpy that a call of `numpy.dtype` gave: `f8`.
fn dtype(view: View<'_, '_>, value: Value) -> Option<String> {
    /// No code that numpy writes there is longer.
    const LONGEST: usize = 8;
    let call = view.call(value)?;
    let (module, name) = view.short_name(call.callee, LONGEST)?;
    if (module.as_str(), name.as_str()) != (Some("numpy"), Some("dtype")) {
        return None;
    }
    let code = *view.arguments(&call)?.first()?;
    let short = view
        .written(code)
        .is_some_and(|written| written.len() <= LONGEST);
    let code = short.then(|| view.text(code))??;
    code.bytes()
        .all(|byte| byte.is_ascii_alphanumeric())
        .then(|| code.into_owned())
}

/// Whether items are set on what a call of `OrderedDict` or `Counter` gave.
fn fills_a_dict(pickle: &Pickle<'_>, done: &Done<'_, '_>) -> bool {
    let subject = done.effect.subject();
    if subject.kind() != Kind::Object {
        return false;
    }
    let found = pickle.call_at(subject.offset()).and_then(|call| call.found);
    match found.map(|lookup| &lookup.target) {
        Some(Target::Name {
            module: Some(module),
            name: Some(name),
        }) => {
            module.bytes() == b"collections" && matches!(name.bytes(), b"OrderedDict" | b"Counter")
        }
        _ => false,
    }
}
