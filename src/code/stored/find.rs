//! Finds what is stored by value, call by call.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{collections::HashMap, sync::Arc};

use crate::{
    code::{
        callee::{self, Does, Known, Library, text},
        cloudpickle::{self, State},
        dill,
        layout::Checker,
        object::{Id, Objects},
        pickled::{Pickled, name_of, plain, quoted},
        writer::Writer,
    },
    decode::text::Text,
    graph::View,
    machine::{Kind, Value},
};

use super::{
    Cell, CodeRef, Made, Marshalled, Method, Namespace, Pairs, Unread,
    draft::{ClassDraft, Content, Draft, ModuleDraft},
};

/// Looks for what is stored by value.
pub(super) struct Finder<'g, 'a> {
    pub(super) view: View<'g, 'a>,
    pub(super) marshalled: &'a Marshalled<'a>,
    pub(super) pickled: Pickled<'g, 'a>,
    pub(super) arenas: Vec<Objects<'a>>,
    /// What marshal data is, by where its bytes stand.
    pub(super) read: HashMap<u64, Result<CodeRef, String>>,
    pub(super) codes: Vec<Made>,
    pub(super) code_at: HashMap<u64, usize>,
    pub(super) drafts: Vec<Draft>,
    pub(super) function_at: HashMap<u64, usize>,
    pub(super) classes: Vec<ClassDraft>,
    pub(super) class_at: HashMap<u64, usize>,
    pub(super) modules: Vec<ModuleDraft>,
    pub(super) cells: HashMap<u64, Content>,
    pub(super) checker: Checker,
    pub(super) unread: Vec<Unread>,
    pub(super) lists: HashMap<u64, Arc<[Id]>>,
    pub(super) dicts: HashMap<u64, Pairs<'a>>,
    pub(super) methods: HashMap<u64, Arc<[Method<'a>]>>,
    /// `__qualname__` and `__module__` of dicts of classes.
    pub(super) class_names: HashMap<u64, [Option<Text<'a>>; 2]>,
    pub(super) closures: HashMap<u64, Arc<[Cell]>>,
    pub(super) namespaces: Vec<Namespace<'a>>,
    pub(super) namespace_at: HashMap<u64, usize>,
}

impl<'g, 'a> Finder<'g, 'a> {
    pub(super) fn new(view: View<'g, 'a>, marshalled: &'a Marshalled<'a>) -> Self {
        Self {
            view,
            marshalled,
            pickled: Pickled::new(view),
            arenas: vec![Objects::default()],
            read: HashMap::new(),
            codes: Vec::new(),
            code_at: HashMap::new(),
            drafts: Vec::new(),
            function_at: HashMap::new(),
            classes: Vec::new(),
            class_at: HashMap::new(),
            modules: Vec::new(),
            cells: HashMap::new(),
            checker: Checker::default(),
            unread: Vec::new(),
            lists: HashMap::new(),
            dicts: HashMap::new(),
            methods: HashMap::new(),
            class_names: HashMap::new(),
            closures: HashMap::new(),
            namespaces: Vec::new(),
            namespace_at: HashMap::new(),
        }
    }

    pub(super) fn call(&mut self, place: u64, known: &Known<'g>) {
        let is_read = match (known.callee.does, known.arguments) {
            (Does::Code, _) => self.code(place, known),
            (Does::Unmarshal, &[data]) => self.unmarshal(place, known, data),
            (Does::Function(maker), arguments) => self.function(place, known, maker, arguments),
            (Does::Fill, arguments) => self.fill(place, arguments),
            (Does::FunctionState, &[function, state, ..]) => {
                self.function_state(known, function, state)
            }
            (Does::Class, &[metaclass, name, bases, dict]) => {
                self.class(place, known, Some(metaclass), name, Some(bases), Some(dict))
            }
            // A metaclass of the user's own may take what it likes.
            (Does::Class, &[metaclass, name, bases, dict, ..]) => {
                self.class(place, known, Some(metaclass), name, Some(bases), Some(dict))
            }
            (Does::TypeCall, &[name, bases, dict]) => {
                let metaclass = Some(known.call.callee);
                self.class(place, known, metaclass, name, Some(bases), Some(dict))
            }
            // The type of a value.
            (Does::TypeCall, _) => true,
            (Does::NewClass, &[name, bases, keywords, body]) => {
                let metaclass = self.under(keywords, "metaclass");
                let (dict, writer) = match self.source_of(body) {
                    Some((dict, writer)) => (Some(dict), writer),
                    None => (None, None),
                };
                let is_read = self.class(place, known, metaclass, name, Some(bases), dict);
                if let (Some(class), Some(writer)) = (self.classes.last_mut(), writer) {
                    class.is_written_by(writer);
                }
                is_read
            }
            (Does::Skeleton, &[metaclass, name, bases, keywords, ..]) => self.class(
                place,
                known,
                Some(metaclass),
                name,
                Some(bases),
                Some(keywords),
            ),
            (Does::SkeletonEnum, &[bases, name, qualname, members, module, ..]) => {
                let is_read = self.class(place, known, None, name, Some(bases), Some(members));
                if let Some(class) = self.classes.last_mut() {
                    class.is_enum = true;
                    class.set.extend([(qualname, qualname), (module, module)]);
                }
                is_read
            }
            (Does::ClassState { old }, &[class, state, ..]) => {
                let writer = Writer {
                    versions: cloudpickle::class_versions(known.callee.library, old),
                    ..self.writer(known)
                };
                self.class_state(place, class, state, old, writer)
            }
            (Does::Cell, []) | (Does::EmptyCell, []) => {
                self.cells.insert(place, Content::Empty);
                true
            }
            (Does::Cell, &[value]) => {
                let content = self.content(value);
                self.cells.insert(place, content);
                true
            }
            (Does::SetAttr, &[of, name, value]) => self.set(of, name, Some(value)),
            (Does::DelAttr, &[of, name]) => self.set(of, name, None),
            (Does::Module, &[name, ..]) => self.module(place, known, name, None),
            (Does::FilledModule, &[name, dict, ..]) => self.module(place, known, name, Some(dict)),
            (
                Does::Unmarshal
                | Does::FunctionState
                | Does::Class
                | Does::NewClass
                | Does::Skeleton
                | Does::SkeletonEnum
                | Does::ClassState { .. }
                | Does::EmptyCell
                | Does::Cell,
                arguments,
            ) => self.not_read(
                place,
                known,
                &format!("it has {} arguments", arguments.len()),
            ),
            _ => true,
        };
        if !is_read {
            self.not_read(place, known, "its arguments aren't what it takes");
        }
    }

    /// Notes a call that isn't understood.
    pub(super) fn not_read(&mut self, place: u64, known: &Known<'g>, why: &str) -> bool {
        self.unread.push(Unread {
            place,
            callee: self.callee(known),
            why: why.to_owned(),
        });
        true
    }

    /// What is called, in words.
    pub(super) fn callee(&self, known: &Known<'g>) -> String {
        let callee = known.call.callee;
        if let Some(name) = name_of(self.view, callee) {
            return name;
        }
        let type_named = callee::known_value(self.view, callee).and_then(|by| {
            let &[name] = by.arguments else {
                return None;
            };
            let function = name_of(self.view, by.call.callee)?;
            Some(format!("{function}({})", quoted(&text(self.view, name)?)))
        });
        type_named.unwrap_or_else(|| self.pickled.words(callee))
    }

    /// The name that is looked up for a call.
    pub(super) fn inside(&self, known: &Known<'g>) -> Option<String> {
        if !matches!(known.callee.library, Library::Cloudpickle { .. }) {
            return None;
        }
        let mut callee = known.call.callee;
        if let Some(call) = self.view.call(callee) {
            callee = call.callee;
        }
        let (module, _) = callee::short(self.view, callee)?;
        cloudpickle::copied_in(&module).map(plain)
    }

    pub(super) fn writer(&self, known: &Known<'g>) -> Writer {
        let library = known.callee.library;
        Writer {
            library: library.name(),
            versions: dill::module_versions(library),
            inside: self.inside(known),
        }
    }
    fn draft(&mut self, value: Value) -> Option<&mut Draft> {
        let at = *self.function_at.get(&self.view.place(value))?;
        self.drafts.get_mut(at)
    }

    /// `_fill_function`, which gives the function that it gets. (`cloudpickle.py` of 1.2: what it takes, and what it took.)
    fn fill(&mut self, place: u64, arguments: &'g [Value]) -> bool {
        const DICT: &[&str] = &[
            "globals",
            "defaults",
            "dict",
            "closure_values",
            "module",
            "name",
            "doc",
            "qualname",
            "kwdefaults",
            "annotations",
        ];
        let order: &[&str] = match arguments.len() {
            2 => &[],
            4 => &["globals", "defaults", "dict"],
            5 => &["globals", "defaults", "dict", "closure_values"],
            6 => &["globals", "defaults", "dict", "module", "closure_values"],
            _ => return false,
        };
        let Some((&function, rest)) = arguments.split_first() else {
            return false;
        };
        let told: Vec<(&str, Value)> = match rest {
            &[state] if order.is_empty() => DICT
                .iter()
                .filter_map(|key| Some((*key, self.under(state, key)?)))
                .collect(),
            _ => order.iter().copied().zip(rest.iter().copied()).collect(),
        };
        let count = arguments.len();
        let Some(at) = self.function_at.get(&self.view.place(function)).copied() else {
            return false;
        };
        let Some(draft) = self.drafts.get_mut(at) else {
            return false;
        };
        draft.evidence.state = Some(State::Filled(count));
        for (key, value) in told {
            draft.given.take(key, value);
        }
        self.function_at.insert(place, at);
        true
    }

    /// `_function_setstate(function, (dict, slots))`.
    fn function_state(&mut self, known: &Known<'g>, function: Value, state: Value) -> bool {
        const SLOTS: &[&str] = &[
            "__globals__",
            "__defaults__",
            "__kwdefaults__",
            "__closure__",
            "__module__",
            "__name__",
            "__qualname__",
            "__doc__",
            "__annotations__",
        ];
        let Some(&[dict, slots]) = self.view.tuple(state) else {
            return false;
        };
        let told: Vec<(&str, Value)> = SLOTS
            .iter()
            .filter_map(|key| Some((*key, self.under(slots, key)?)))
            .collect();
        let fast = known.callee.library == Library::Cloudpickle { fast: true };
        let Some(draft) = self.draft(function) else {
            return false;
        };
        draft.evidence.state = Some(if fast { State::Fast } else { State::Set });
        draft.given.dict = Some(dict);
        for (key, value) in told {
            draft.given.take(key, value);
        }
        true
    }

    fn class(
        &mut self,
        place: u64,
        known: &Known<'g>,
        metaclass: Option<Value>,
        name: Value,
        bases: Option<Value>,
        dict: Option<Value>,
    ) -> bool {
        if !matches!(name.kind(), Kind::Str | Kind::OldStr) {
            return false;
        }
        self.class_at.insert(place, self.classes.len());
        self.classes.push(ClassDraft {
            place,
            callee: self.callee(known),
            writer: self.writer(known),
            name: Some(name),
            metaclass,
            bases,
            dicts: dict.into_iter().collect(),
            set: Vec::new(),
            is_enum: false,
        });
        true
    }

    fn class_state(
        &mut self,
        place: u64,
        class: Value,
        state: Value,
        old: bool,
        writer: Writer,
    ) -> bool {
        let Some(at) = self.class_at.get(&self.view.place(class)).copied() else {
            // A class that another Python made, or none.
            return false;
        };
        let dict = match self.view.tuple(state) {
            Some(&[dict, _]) if !old => dict,
            _ => state,
        };
        if let Some(class) = self.classes.get_mut(at) {
            class.dicts.push(dict);
            class.is_written_by(writer);
        }
        if old {
            self.class_at.insert(place, at);
        }
        true
    }

    fn module(&mut self, place: u64, known: &Known<'g>, name: Value, dict: Option<Value>) -> bool {
        let (callee, writer) = (self.callee(known), self.writer(known));
        self.modules.push(ModuleDraft {
            place,
            callee,
            writer,
            name,
            dict,
        });
        true
    }

    /// What a cell holds that is made of a value.
    pub(super) fn content(&self, value: Value) -> Content {
        let marks_empty = callee::short(self.view, value)
            .is_some_and(|(_, name)| matches!(name.as_ref(), "_CELL_EMPTY" | "_empty_cell_value"));
        if marks_empty {
            Content::Empty
        } else {
            Content::Value(value)
        }
    }

    /// `setattr` and `delattr`.
    fn set(&mut self, of: Value, name: Value, value: Option<Value>) -> bool {
        let place = self.view.place(of);
        let Some(attribute) = text(self.view, name) else {
            return true;
        };
        if let Some(cell) = self.cells.get(&place).copied() {
            if attribute == "cell_contents" {
                let _ = cell;
                let content = match value {
                    Some(value) => self.content(value),
                    None => Content::Empty,
                };
                self.cells.insert(place, content);
            }
        } else if let Some(at) = self.class_at.get(&place).copied() {
            if let (Some(class), Some(value)) = (self.classes.get_mut(at), value) {
                class.set.push((name, value));
            }
        } else if let (Some(draft), Some(value)) = (self.draft(of), value) {
            draft.given.take(&attribute, value);
        }
        true
    }

    /// The value under a key of a dict of few.
    fn under(&self, dict: Value, key: &str) -> Option<Value> {
        // More than a state has.
        const MOST: usize = 32;
        if dict.kind() != Kind::Dict {
            return None;
        }
        self.view
            .few_pairs(dict, MOST)?
            .filter(|(own, _)| text(self.view, *own).is_some_and(|own| own == key))
            .last()
            .map(|(_, value)| value)
    }

    /// The dict that `functools.partial(_setitems, source=dict)` puts in.
    fn source_of(&self, body: Value) -> Option<(Value, Option<Writer>)> {
        // partial.__reduce__ gives its function, its arguments, its keywords and its dict as a state.
        let state = self.view.states(body).next()?;
        let &[function, _, keywords, _] = self.view.tuple(state)? else {
            return None;
        };
        let by = callee::callee(self.view, function).filter(|by| by.does == Does::SetItems);
        let writer = by.map(|by| Writer {
            library: by.library.name(),
            versions: Some(dill::GENERICS),
            inside: None,
        });
        Some((self.under(keywords, "source")?, writer))
    }
}
