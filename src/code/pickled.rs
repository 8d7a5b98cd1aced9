//! Values of a pickle as [`Objects`]: what the arguments of a code object are, and what functions hold.
//!
//! Each value becomes one object, wherever it is held: what is shared stays shared, and a cycle a cycle.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use crate::{
    count::Counted,
    decode::text::{Meaning, Text},
    graph::View,
    machine::{Kind, Value},
    opcode::Opcode,
    repr::{self, Visible},
};

use super::{
    callee::{Does, known_value, short, text},
    object::{Id, Object, Objects},
    python,
};

/// Values of one pickle, and what has become of them.
#[derive(Debug)]
pub(super) struct Pickled<'g, 'a> {
    pub(super) view: View<'g, 'a>,
    pub(super) objects: Objects<'a>,
    ids: HashMap<u64, Id>,
    /// Containers of which only an outline is told.
    outlined: HashMap<u64, Id>,
    /// Containers that hold too much: it isn't counted again wherever they are held.
    large: HashSet<u64>,
    /// What functions and classes are called.
    pub(super) names: HashMap<u64, String>,
    /// Those whose children aren't objects yet.
    queue: Vec<(Id, Value)>,
}

/// So many objects are made of what a function holds beside its code: of more it is told how much there is.
const HELD: usize = 256;

/// So many items of one container are.
const ITEMS: u64 = 32;

impl<'g, 'a> Pickled<'g, 'a> {
    pub(super) fn new(view: View<'g, 'a>) -> Self {
        Self {
            view,
            objects: Objects::default(),
            ids: HashMap::new(),
            outlined: HashMap::new(),
            large: HashSet::new(),
            names: HashMap::new(),
            queue: Vec::new(),
        }
    }

    /// The object of a value, with all that it holds.
    pub(super) fn whole(&mut self, value: Value) -> Option<Id> {
        let id = self.id(value)?;
        while let Some((id, value)) = self.queue.pop() {
            self.fill(id, value)?;
        }
        Some(id)
    }

    /// The object of a value, as far as it can be told shortly.
    pub(super) fn told(&mut self, value: Value) -> Option<Id> {
        let place = self.view.place(value);
        let found = self.ids.get(&place).or(self.outlined.get(&place));
        if let Some(id) = found {
            return Some(*id);
        }
        if self.fits(value) {
            return self.whole(value);
        }
        let words = self.outline(value);
        let id = self.objects.put(Object::Other(words.into()))?;
        self.outlined.insert(place, id);
        Some(id)
    }

    /// Whether a value and what it holds are few.
    fn fits(&mut self, value: Value) -> bool {
        let mut open = vec![value];
        let mut seen = 0usize;
        while let Some(value) = open.pop() {
            seen = seen.saturating_add(1);
            if seen > HELD {
                return false;
            }
            let place = self.view.place(value);
            if self.ids.contains_key(&place) {
                continue;
            }
            if self.large.contains(&place) {
                return false;
            }
            let holds = matches!(
                value.kind(),
                Kind::Tuple | Kind::List | Kind::Set | Kind::Frozenset | Kind::Dict
            );
            if holds {
                let (items, pairs) = self.view.lengths(value);
                if items.saturating_add(pairs / 2) > ITEMS {
                    self.large.insert(place);
                    return false;
                }
                open.extend(self.view.children(value).map(|child| child.value));
            } else if let Some(all) = self.container(value) {
                open.push(all);
            }
        }
        true
    }

    /// What a set or frozenset is made of that a call makes.
    fn container(&self, value: Value) -> Option<Value> {
        let known = known_value(self.view, value)?;
        match (known.callee.does, known.arguments) {
            (Does::Set | Does::Frozenset, &[all]) => Some(all),
            _ => None,
        }
    }

    /// What a value is, without what it holds.
    fn outline(&self, value: Value) -> String {
        let (items, pairs) = self.view.lengths(value);
        let count = match value.kind() {
            Kind::Dict => Counted(pairs / 2, "pair"),
            _ => Counted(items, "item"),
        };
        match value.kind() {
            Kind::Object => self.words(value),
            kind => format!("<{} of {count}>", kind.name()),
        }
    }

    /// Puts a code object where its call was met.
    pub(super) fn is_code(&mut self, place: u64, object: Object<'a>) -> Option<Id> {
        match self.ids.get(&place) {
            Some(id) => {
                self.objects.replace(*id, object);
                Some(*id)
            }
            None => {
                let id = self.objects.put(object)?;
                self.ids.insert(place, id);
                Some(id)
            }
        }
    }

    fn id(&mut self, value: Value) -> Option<Id> {
        let place = self.view.place(value);
        if let Some(id) = self.ids.get(&place) {
            return Some(*id);
        }
        let id = self.objects.put(Object::None)?;
        // What stands where the stream has nothing has no place of its own.
        if self.view.op(value).is_some() {
            self.ids.insert(place, id);
        }
        self.queue.push((id, value));
        Some(id)
    }

    fn fill(&mut self, id: Id, value: Value) -> Option<()> {
        let view = self.view;
        let object = match value.kind() {
            Kind::Tuple | Kind::List | Kind::Set | Kind::Frozenset => {
                let ids: Option<Vec<Id>> = view.items(value)?.map(|item| self.id(item)).collect();
                let items = self.objects.put_items(ids?)?;
                match value.kind() {
                    Kind::Tuple => Object::Tuple(items),
                    Kind::List => Object::List(items),
                    Kind::Set => Object::Set(items),
                    _ => Object::Frozenset(items),
                }
            }
            Kind::Dict => {
                let ids: Option<Vec<Id>> = view
                    .pairs(value)?
                    .flat_map(|(key, value)| [key, value])
                    .map(|one| self.id(one))
                    .collect();
                Object::Dict(self.objects.put_items(ids?)?)
            }
            Kind::Object => self.made(value)?,
            Kind::Global => match short(view, value) {
                Some((module, name))
                    if matches!(module.as_ref(), "builtins" | "__builtin__")
                        && name == "Ellipsis" =>
                {
                    Object::Ellipsis
                }
                _ => Object::Other(self.words(value).into()),
            },
            kind => match view.atom(value) {
                Some(meaning) => self.atom(kind, value, meaning),
                None => Object::Other(self.words(value).into()),
            },
        };
        self.objects.replace(id, object);
        Some(())
    }

    fn atom(&self, kind: Kind, value: Value, meaning: Meaning<'a>) -> Object<'a> {
        match meaning {
            Meaning::Bool(is) => Object::Bool(is),
            Meaning::Int(number) => {
                let is_long = self.view.op(value).is_some_and(|op| {
                    matches!(op.opcode, Opcode::Long | Opcode::Long1 | Opcode::Long4)
                });
                if is_long {
                    Object::Long(number)
                } else {
                    Object::Int(number)
                }
            }
            Meaning::Float(number) => Object::Float(number),
            Meaning::Str(text) => Object::Str(text),
            Meaning::Bytes(bytes) if kind == Kind::OldStr => Object::OldStr(bytes),
            Meaning::Bytes(bytes) => Object::Bytes(bytes),
            _ if kind == Kind::None => Object::None,
            _ => Object::Other(kind.name().into()),
        }
    }

    /// What a call made.
    fn made(&mut self, value: Value) -> Option<Object<'a>> {
        let view = self.view;
        if let Some(bytes) = bytes(view, value) {
            return Some(Object::Bytes(bytes));
        }
        if let Some(known) = known_value(view, value) {
            match (known.callee.does, known.arguments) {
                (Does::Complex, &[real, imaginary]) => {
                    let part = |value| match view.atom(value) {
                        Some(Meaning::Float(number)) => Some(number),
                        _ => None,
                    };
                    if let (Some(real), Some(imaginary)) = (part(real), part(imaginary)) {
                        return Some(Object::Complex(real, imaginary));
                    }
                }
                (does @ (Does::Set | Does::Frozenset), &[all])
                    if matches!(all.kind(), Kind::List | Kind::Tuple) =>
                {
                    let ids: Option<Vec<Id>> = view.items(all)?.map(|item| self.id(item)).collect();
                    let items = self.objects.put_items(ids?)?;
                    return Some(match does {
                        Does::Set => Object::Set(items),
                        _ => Object::Frozenset(items),
                    });
                }
                (Does::Slice, &[start, stop, step]) => {
                    return Some(Object::Slice([
                        self.id(start)?,
                        self.id(stop)?,
                        self.id(step)?,
                    ]));
                }
                _ => {}
            }
        }
        Some(Object::Other(self.words(value).into()))
    }

    /// What a value is called that isn't data.
    pub(super) fn words(&self, value: Value) -> String {
        let view = self.view;
        match value.kind() {
            Kind::Global => name_of(view, value).unwrap_or_else(|| "<a name>".to_owned()),
            Kind::Object => {
                if let Some(name) = self.names.get(&view.place(value)) {
                    return name.clone();
                }
                let Some(call) = view.call(value) else {
                    return "<nothing>".to_owned();
                };
                if let Some(known) = known_value(view, value) {
                    match (known.callee.does, known.arguments) {
                        (Does::TypeNamed, &[name]) => {
                            if let Some(name) = text(view, name) {
                                return plain(python::type_title(&name));
                            }
                        }
                        (Does::Import, &[name, ..]) => {
                            if let Some(name) = text(view, name) {
                                return format!("<module {}>", plain(&name));
                            }
                        }
                        _ => {}
                    }
                }
                let is_class = matches!(call.how, Opcode::NewObj | Opcode::NewObjEx);
                match name_of(view, call.callee) {
                    Some(name) if is_class => format!("<instance of {name}>"),
                    Some(name) => format!("<{name}(…)>"),
                    None => "<what a call gives>".to_owned(),
                }
            }
            kind => format!("<{}>", kind.name()),
        }
    }
}

/// The name of what is looked up, fit to be shown.
pub(super) fn name_of(view: View<'_, '_>, value: Value) -> Option<String> {
    let (module, name) = short(view, value)?;
    let builtin = matches!(module.as_ref(), "builtins" | "__builtin__");
    Some(match builtin {
        true => plain(&name),
        false => plain(&format!("{module}.{name}")),
    })
}

/// A name as it is, or quoted where it holds what can't be seen.
pub(super) fn plain(name: &str) -> String {
    if !name.is_empty() && name.chars().all(repr::is_visible) {
        return name.to_owned();
    }
    quoted(name)
}

/// Text in quotes, without what can't be seen.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    // Writing to memory doesn't fail.
    let _ = write!(Visible(&mut quoted), "{}", repr::Str(text.into()));
    quoted
}

/// The bytes that a call of `_codecs.encode(text, 'latin1')` or `bytes()` makes, as Python 3 writes them below protocol 3.
pub(super) fn bytes<'a>(view: View<'_, 'a>, value: Value) -> Option<Cow<'a, [u8]>> {
    let known = known_value(view, value)?;
    match (known.callee.does, known.arguments) {
        (Does::Bytes, []) => Some(Cow::Borrowed(&[])),
        (Does::Encode, &[encoded, encoding]) => {
            let latin1 = matches!(text(view, encoding)?.as_ref(), "latin1" | "latin-1");
            let Some(Text::Str(text)) = view.string(encoded).filter(|_| latin1) else {
                return None;
            };
            let bytes: Option<Vec<u8>> = text
                .chars()
                .map(|character| u8::try_from(u32::from(character)).ok())
                .collect();
            bytes.map(Cow::Owned)
        }
        _ => None,
    }
}

/// Bytes, or a Python 2 `str`, however they are written.
pub(super) fn any_bytes<'a>(view: View<'_, 'a>, value: Value) -> Option<Cow<'a, [u8]>> {
    match value.kind() {
        Kind::Bytes | Kind::OldStr => view.bytes(value),
        Kind::Object => bytes(view, value),
        _ => None,
    }
}
