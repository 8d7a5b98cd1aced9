//! Reads what was found: names, defaults, closures, attributes. Containers are read once each, wherever they are held.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{collections::HashMap, sync::Arc};

use crate::{
    code::{
        callee::{self, Does, Library, Maker, SHORT, text},
        object::{Id, Object},
        pickled::plain,
        writer::Writer,
    },
    decode::text::Text,
    machine::{Kind, Value},
};

use super::{
    Cell, Class, Function, Globals, Method, Module, Namespace, Pairs, Stored,
    draft::{ClassDraft, Content, Draft},
    find::Finder,
};

/// So many bases of a class are told.
const FEW: usize = 64;

impl<'a> Finder<'_, 'a> {
    pub(super) fn finish(mut self) -> Stored<'a> {
        self.call_by_name();
        let functions = std::mem::take(&mut self.drafts);
        let functions: Vec<Function<'a>> = functions
            .into_iter()
            .map(|draft| self.finished(draft))
            .collect();
        let classes = std::mem::take(&mut self.classes);
        let classes = classes
            .into_iter()
            .map(|class| self.finished_class(class))
            .collect();
        let modules = std::mem::take(&mut self.modules);
        let modules = modules
            .into_iter()
            .map(|module| Module {
                place: module.place,
                callee: module.callee,
                writer: module.writer,
                name: self.string(module.name),
                attributes: self.pairs(module.dict),
            })
            .collect();
        let mut objects = self.arenas;
        if let Some(own) = objects.first_mut() {
            *own = self.pickled.objects;
        }
        Stored {
            objects,
            codes: self.codes,
            functions,
            classes,
            modules,
            namespaces: self.namespaces,
            unread: self.unread,
        }
    }

    /// Names functions and classes, so that what holds one can tell which.
    fn call_by_name(&mut self) {
        for (place, at) in &self.function_at {
            let Some(draft) = self.drafts.get(*at) else {
                continue;
            };
            let name = draft.given.name.and_then(|name| text(self.view, name));
            let name = match name {
                Some(name) => plain(&name),
                None => self.code_name(draft.code).unwrap_or_default(),
            };
            self.pickled
                .names
                .insert(*place, format!("<function {name}>"));
        }
        for (place, at) in &self.class_at {
            let name = self.classes.get(*at).and_then(|class| class.name);
            if let Some(name) = name.and_then(|name| text(self.view, name)) {
                self.pickled
                    .names
                    .insert(*place, format!("<class {}>", plain(&name)));
            }
        }
        for (place, at) in &self.code_at {
            if let Some(name) = self.code_name(Some(*at)) {
                self.pickled.names.insert(*place, format!("<code {name}>"));
            }
        }
    }

    fn code_name(&self, code: Option<usize>) -> Option<String> {
        let code = self.codes.get(code?)?.code;
        let objects = match code.arena {
            0 => &self.pickled.objects,
            arena => self.arenas.get(arena)?,
        };
        let name = objects.code(code.code)?.name;
        let name = objects.text(name)?;
        (name.len() <= SHORT).then(|| plain(&name))
    }

    fn string(&self, value: Value) -> Option<Text<'a>> {
        matches!(value.kind(), Kind::Str | Kind::OldStr)
            .then(|| self.view.string(value))
            .flatten()
    }

    fn finished(&mut self, mut draft: Draft) -> Function<'a> {
        let mut given = std::mem::take(&mut draft.given);
        // dill 0.3.5 and later: BUILD of a dict and of what else the function has.
        for state in self.view.states(self.object(draft.place)) {
            match self.view.tuple(state) {
                Some(&[dict, slots]) => {
                    given.dict = given.dict.or(Some(dict));
                    if let Some(pairs) = self.view.few_pairs(slots, 32) {
                        for (key, value) in pairs {
                            if let Some(key) = text(self.view, key) {
                                given.take(&key, value);
                            }
                        }
                    }
                }
                _ if state.kind() == Kind::Dict => given.dict = given.dict.or(Some(state)),
                _ => {}
            }
        }
        let globals = given
            .globals
            .iter()
            .map(|globals| self.globals(*globals, &draft))
            .collect();
        let string = |value: Option<Value>| value.and_then(|value| self.string(value));
        let (name, qualname, module) = (
            string(given.name),
            string(given.qualname),
            string(given.module),
        );
        Function {
            place: draft.place,
            callee: draft.callee,
            writer: Writer {
                library: draft.evidence.library.name(),
                versions: draft.evidence.versions(),
                inside: draft.inside,
            },
            code: draft.code,
            name,
            qualname,
            module,
            doc: given.doc.and_then(|doc| self.pickled.told(doc)),
            defaults: self.list(given.defaults),
            kwdefaults: self.pairs(given.kwdefaults),
            annotations: self.annotations(given.annotations),
            attributes: self.pairs(given.dict),
            closure: [
                self.closure(given.closure),
                self.closure(given.later_closure),
            ],
            globals,
        }
    }

    fn object(&self, place: u64) -> Value {
        Value::new(Kind::Object, 0, place)
    }

    /// Where the globals of a function come from.
    fn globals(&mut self, value: Value, draft: &Draft) -> Globals {
        match value.kind() {
            Kind::Dict => {
                let made = self.view.made_at(self.object(draft.place));
                let late = draft.evidence.library == Library::Dill
                    && draft.evidence.maker == Maker::Dill
                    && made.is_some_and(|made| self.view.is_filled_only_after(value, made));
                let dict = self.namespace(value);
                Globals::Stored { dict, late }
            }
            // cloudpickle up to 0.5: the module's name, whose dict is taken where it is imported.
            Kind::Str | Kind::OldStr => match text(self.view, value) {
                Some(name) => Globals::Module(plain(&name)),
                None => Globals::Other("<text>".to_owned()),
            },
            _ => match callee::short(self.view, value) {
                Some((module, name))
                    if matches!(module.as_ref(), "__builtin__" | "builtins")
                        && name == "__main__" =>
                {
                    Globals::Main
                }
                Some((module, name)) if name == "__dict__" => Globals::Module(plain(&module)),
                _ => self.dict_of_module(value),
            },
        }
    }

    /// `getattr(module, '__dict__')` or what else.
    fn dict_of_module(&self, value: Value) -> Globals {
        let other = || Globals::Other(self.pickled.words(value));
        let Some(known) = callee::known_value(self.view, value) else {
            return other();
        };
        match (known.callee.does, known.arguments) {
            (Does::GetAttr, &[module, name, ..])
                if text(self.view, name).is_some_and(|name| name == "__dict__") =>
            {
                callee::module_named(self.view, module)
                    .map_or_else(other, |module| Globals::Module(plain(&module)))
            }
            _ => other(),
        }
    }

    fn namespace(&mut self, dict: Value) -> usize {
        let place = self.view.place(dict);
        if let Some(at) = self.namespace_at.get(&place) {
            return *at;
        }
        let mut names = HashMap::new();
        for (key, value) in self.view.pairs(dict).into_iter().flatten() {
            if let Some(name) = text(self.view, key) {
                names.insert(name, self.brief(value));
            }
        }
        let at = self.namespaces.len();
        self.namespaces.push(Namespace { names });
        self.namespace_at.insert(place, at);
        at
    }

    /// A value in a word or two.
    fn brief(&self, value: Value) -> String {
        match value.kind() {
            Kind::Object | Kind::Global => self.pickled.words(value),
            kind => kind.name().to_owned(),
        }
    }

    fn list(&mut self, tuple: Option<Value>) -> Arc<[Id]> {
        let Some(tuple) = tuple else {
            return Arc::default();
        };
        let place = self.view.place(tuple);
        if let Some(list) = self.lists.get(&place) {
            return list.clone();
        }
        let items: Vec<Value> = self.view.items(tuple).into_iter().flatten().collect();
        let list: Arc<[Id]> = items
            .into_iter()
            .filter_map(|item| self.pickled.told(item))
            .collect();
        self.lists.insert(place, list.clone());
        list
    }

    fn pairs(&mut self, dict: Option<Value>) -> Pairs<'a> {
        let Some(dict) = dict else {
            return Arc::default();
        };
        let place = self.view.place(dict);
        if let Some(pairs) = self.dicts.get(&place) {
            return pairs.clone();
        }
        let all: Vec<(Value, Value)> = self.view.pairs(dict).into_iter().flatten().collect();
        let pairs: Pairs<'a> = all
            .into_iter()
            .filter_map(|(key, value)| Some((self.string(key)?, self.pickled.told(value)?)))
            .collect();
        self.dicts.insert(place, pairs.clone());
        pairs
    }

    /// Annotations: a dict, or keys and values in turn, as the interpreter keeps them from 3.10 on.
    fn annotations(&mut self, value: Option<Value>) -> Pairs<'a> {
        match value {
            Some(tuple) if tuple.kind() == Kind::Tuple => {
                let place = self.view.place(tuple);
                if let Some(pairs) = self.dicts.get(&place) {
                    return pairs.clone();
                }
                let all = self.view.tuple(tuple).unwrap_or_default();
                let pairs: Pairs<'a> = all
                    .as_chunks()
                    .0
                    .iter()
                    .filter_map(|[key, value]| {
                        Some((self.string(*key)?, self.pickled.told(*value)?))
                    })
                    .collect();
                self.dicts.insert(place, pairs.clone());
                pairs
            }
            other => self.pairs(other),
        }
    }

    fn closure(&mut self, cells: Option<Value>) -> Arc<[Cell]> {
        let Some(cells) = cells else {
            return Arc::default();
        };
        let place = self.view.place(cells);
        if let Some(closure) = self.closures.get(&place) {
            return closure.clone();
        }
        let all: Vec<Value> = self.view.items(cells).into_iter().flatten().collect();
        let closure: Arc<[Cell]> = all
            .into_iter()
            .map(|cell| {
                // cloudpickle before 1.4 has the contents where others have cells.
                let content = match self.cells.get(&self.view.place(cell)) {
                    Some(content) => *content,
                    None => self.content(cell),
                };
                match content {
                    Content::Empty => Cell::Empty,
                    Content::Value(value) => {
                        self.pickled.told(value).map_or(Cell::Unknown, Cell::Holds)
                    }
                }
            })
            .collect();
        self.closures.insert(place, closure.clone());
        closure
    }

    fn finished_class(&mut self, class: ClassDraft) -> Class<'a> {
        let mut named: [Option<Text<'a>>; 2] = [None, None];
        let mut attributes = Vec::new();
        let mut methods = Vec::new();
        for dict in &class.dicts {
            attributes.push(self.pairs(Some(*dict)));
            methods.push(self.methods_of(*dict));
            for (name, own) in named.iter_mut().zip(self.names_of(*dict)) {
                *name = own.or(name.take());
            }
        }
        let mut set = class.set.as_slice();
        if class.is_enum
            && let [(qualname, _), (module, _), rest @ ..] = set
        {
            named = [self.string(*qualname), self.string(*module)];
            set = rest;
        }
        let mut own = Vec::new();
        let mut own_methods = Vec::new();
        for (key, value) in set {
            let Some(key) = self.string(*key) else {
                continue;
            };
            match key.as_str() {
                Some("__qualname__") => named[0] = self.string(*value),
                Some("__module__") => named[1] = self.string(*value),
                _ => {}
            }
            own_methods.extend(self.methods(&key, *value));
            own.extend(self.pickled.told(*value).map(|told| (key, told)));
        }
        attributes.push(own.into());
        methods.push(own_methods.into());
        let [qualname, module] = named;
        let bases = class.bases.and_then(|bases| self.view.tuple(bases));
        let bases = bases.unwrap_or_default();
        let mut told: Vec<String> = bases
            .iter()
            .take(FEW)
            .map(|base| self.pickled.words(*base))
            .collect();
        if bases.len() > FEW {
            told.push("…".to_owned());
        }
        Class {
            place: class.place,
            callee: class.callee,
            writer: class.writer,
            name: class.name.and_then(|name| self.string(name)),
            qualname,
            module,
            metaclass: class.metaclass.map(|class| self.pickled.words(class)),
            bases: told,
            attributes,
            methods,
            is_enum: class.is_enum,
        }
    }

    /// `__qualname__` and `__module__` of a dict.
    fn names_of(&mut self, dict: Value) -> [Option<Text<'a>>; 2] {
        let place = self.view.place(dict);
        if let Some(names) = self.class_names.get(&place) {
            return names.clone();
        }
        let names = ["__qualname__", "__module__"].map(|key| self.last_of(dict, key));
        self.class_names.insert(place, names.clone());
        names
    }

    /// Text under a key of a dict.
    fn last_of(&self, dict: Value, key: &str) -> Option<Text<'a>> {
        let pairs = self.dicts.get(&self.view.place(dict))?;
        let (_, id) = pairs
            .iter()
            .rev()
            .find(|(own, _)| own.as_str() == Some(key))?;
        match self.pickled.objects.get(*id)? {
            Object::Str(text) => Some(text.clone()),
            Object::OldStr(bytes) => std::str::from_utf8(bytes)
                .ok()
                .map(|text| Text::Str(text.to_owned().into())),
            _ => None,
        }
    }

    /// The methods that a dict of a class has.
    fn methods_of(&mut self, dict: Value) -> Arc<[Method<'a>]> {
        let place = self.view.place(dict);
        if let Some(methods) = self.methods.get(&place) {
            return methods.clone();
        }
        let mut methods = Vec::new();
        for (key, value) in self.view.pairs(dict).into_iter().flatten() {
            if value.kind() == Kind::Object
                && let Some(key) = self.string(key)
            {
                methods.extend(self.methods(&key, value));
            }
        }
        let methods: Arc<[Method<'a>]> = methods.into();
        self.methods.insert(place, methods.clone());
        methods
    }

    /// The functions that an attribute of a class is or wraps.
    fn methods(&self, name: &Text<'a>, value: Value) -> Vec<Method<'a>> {
        let method = |wrapper, at: &usize| Method {
            name: name.clone(),
            wrapper,
            function: *at,
        };
        if let Some(at) = self.function_at.get(&self.view.place(value)) {
            return vec![method(None, at)];
        }
        let Some(known) = callee::known_value(self.view, value) else {
            return Vec::new();
        };
        let Does::Wrapper(wrapper) = known.callee.does else {
            return Vec::new();
        };
        known
            .arguments
            .iter()
            .take(4)
            .filter_map(|argument| self.function_at.get(&self.view.place(*argument)))
            .map(|at| method(Some(wrapper), at))
            .collect()
    }
}
