//! What a call stands for: a numpy array is a call of `numpy.core.multiarray._reconstruct` and a state; here it is an array.
//!
//! One file a library. An idiom is recognised by its whole shape, as its library writes it: by the name that is called, by
//! the number and kinds of arguments, and by its states. Whatever else stands in its place stays a call, so that nothing
//! hides behind a familiar name: what the words don't tell whole is among the [parts](Idiom::parts).

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod copyreg;
pub(crate) mod joblib;
mod look;
mod multiprocessing;
mod numpy;
mod pandas;
mod stdlib;
pub(crate) mod torch;

use std::{borrow::Cow, sync::LazyLock};

use crate::{
    decode::text::Text,
    graph::{Arguments, Call, Since, View},
    machine::{Kind, Value},
    opcode::Opcode,
};

pub use torch::tensors;

pub use copyreg::{Registry, makes_instances, may_change_registry};

/// What a value stands for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Idiom<'a> {
    /// What it is, for programs: `instance`, `bound-method`, `array`, ….
    pub kind: &'static str,
    /// What it is, in words.
    pub words: Vec<Word<'a>>,
    /// What it holds that the words don't tell whole.
    pub parts: Vec<Part>,
    /// The callee or name that it was recognised by; none where the opcode tells it.
    pub known: Option<&'static Known>,
}

/// A piece of a sentence about a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Word<'a> {
    /// Words of ours.
    Ours(Cow<'static, str>),
    /// A name from the input.
    Name(Text<'a>),
    /// A value, named as whoever prints the sentence names values.
    Value(Value),
}

impl From<&'static str> for Word<'_> {
    fn from(words: &'static str) -> Self {
        Self::Ours(words.into())
    }
}

impl<'a> From<Text<'a>> for Word<'a> {
    fn from(name: Text<'a>) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<Cow<'a, str>> for Word<'a> {
    fn from(name: Cow<'a, str>) -> Self {
        Self::Name(Text::Str(name))
    }
}

impl From<Value> for Word<'_> {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<String> for Word<'_> {
    fn from(words: String) -> Self {
        Self::Ours(words.into())
    }
}

/// What a value holds, as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A value under a name.
    Named(&'static str, Value),
    /// The attributes of an instance: the pairs of this dict.
    Attributes(Value),
    /// Keys and values: the pairs of this dict, or what was set on this object.
    Pairs(Value),
    /// Items: of this list or tuple, or what was appended or added to this object.
    Items(Value),
    /// One argument of the call.
    Argument(Value),
}

impl<'a> Idiom<'a> {
    fn new(kind: &'static str, words: impl Into<Vec<Word<'a>>>) -> Self {
        Self {
            kind,
            words: words.into(),
            parts: Vec::new(),
            known: None,
        }
    }

    /// With these parts.
    fn holding(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }
}

/// A callee or another name that is known.
#[derive(Debug)]
pub struct Known {
    /// Its module, as a stream has it.
    pub module: &'static str,
    /// Its name in it.
    pub name: &'static str,
    /// Which versions write it.
    pub versions: &'static str,
    /// Where it is defined and what it does: file and function.
    pub source: &'static str,
    /// What it is.
    is: Is,
    /// Reads a use of it; `None` where it isn't as the library writes it.
    read: Read,
}

/// What a name that is known stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    /// Something that is told by its name.
    Object,
    /// A function, to be called.
    Function,
    /// A function that makes an instance of the class that it gets first.
    Maker,
    /// A class: a call of it gives an instance.
    Class,
}

type Read = for<'g, 'a> fn(&Called<'g, 'a>) -> Option<Idiom<'a>>;

/// A row of what is known.
const fn function(
    module: &'static str,
    name: &'static str,
    versions: &'static str,
    source: &'static str,
    read: Read,
) -> Known {
    Known {
        module,
        name,
        versions,
        source,
        is: Is::Function,
        read,
    }
}

/// A row of what is known.
const fn class(
    module: &'static str,
    name: &'static str,
    versions: &'static str,
    source: &'static str,
    read: Read,
) -> Known {
    Known {
        is: Is::Class,
        ..function(module, name, versions, source, read)
    }
}

/// A row of what is known.
const fn maker(
    module: &'static str,
    name: &'static str,
    versions: &'static str,
    source: &'static str,
    read: Read,
) -> Known {
    Known {
        is: Is::Maker,
        ..function(module, name, versions, source, read)
    }
}

/// A row of what is known.
const fn object(
    module: &'static str,
    name: &'static str,
    versions: &'static str,
    source: &'static str,
    read: Read,
) -> Known {
    Known {
        is: Is::Object,
        ..function(module, name, versions, source, read)
    }
}

/// How a name that is known is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// It is looked up, and is itself what is asked for.
    Name,
    /// It is called: REDUCE.
    Call,
    /// It is a class of which an instance is made, by its `__new__` alone: NEWOBJ, or `copyreg`'s functions in its place.
    New,
}

/// A use of a name that is known.
#[derive(Clone, Copy, Debug)]
struct Called<'g, 'a> {
    view: View<'g, 'a>,
    /// What the use gave.
    value: Value,
    by: By,
    /// What is called or of what an instance is made.
    callee: Value,
    /// The arguments, one after the other.
    arguments: &'g [Value],
    /// The tuple that they stand in.
    tuple: Option<Value>,
}

/// How many arguments are told one by one. More stay in their tuple, which a million calls may share.
const ARGUMENTS: usize = 64;

impl<'g, 'a> Called<'g, 'a> {
    /// The arguments, as parts.
    fn argument_parts(&self) -> impl Iterator<Item = Part> + use<'g> {
        let tuple = self.tuple.filter(|_| self.arguments.len() > ARGUMENTS);
        let single = if tuple.is_some() { &[] } else { self.arguments };
        tuple
            .map(|tuple| Part::Named("arguments", tuple))
            .into_iter()
            .chain(single.iter().copied().map(Part::Argument))
    }

    /// Where the opcode stands that made the value.
    fn place(&self) -> u64 {
        self.view.place(self.value)
    }

    /// Whether the value was given nothing since.
    fn is_finished(&self) -> bool {
        self.view.since(self.value) == Since::Nothing
    }

    /// The arguments of a call.
    fn called(&self) -> Option<&'g [Value]> {
        (self.by == By::Call).then_some(self.arguments)
    }

    /// The arguments of a call, if nothing else was done to what it gave.
    fn plain(&self) -> Option<&'g [Value]> {
        (self.by == By::Call && self.is_finished()).then_some(self.arguments)
    }

    /// The arguments and the state of a call, if nothing else was done to what it gave.
    fn stated(&self) -> Option<(&'g [Value], Value)> {
        let state = look::state(self.view, self.value)?;
        (self.by == By::Call).then_some((self.arguments, state))
    }

    /// An instance of the callee or of another class, made of `parts`, with what it was given since.
    fn instance_of(&self, class: Value, parts: impl IntoIterator<Item = Part>) -> Idiom<'a> {
        let mut words = vec!["instance of ".into()];
        words.extend(dotted(self.view, class));
        Idiom::new("instance", words)
            .holding(parts)
            .holding(self.given())
    }

    /// What the object was given since the call: states, items, pairs. A library's reader that takes some of these for
    /// something else asks for the others by name, so that none is left out.
    fn given(&self) -> impl Iterator<Item = Part> {
        self.states().chain(self.items()).chain(self.pairs())
    }

    /// Its states: attributes where they are as `object` has them, a dict or a pair of one and one for slots
    /// (`load_build` in `pickle.py`).
    fn states(&self) -> impl Iterator<Item = Part> {
        let view = self.view;
        view.states_at(self.value).flat_map(move |(moment, state)| {
            // What is put into the dict later is no attribute: its pairs were copied.
            let attributes = |value: Value| match value.kind() {
                Kind::Dict if !view.is_filled_after(value, moment) => Some(Part::Attributes(value)),
                _ => None,
            };
            let pair = match view.tuple(state) {
                Some(&[first, second]) => attributes(second).and_then(|second| {
                    let first = match first.kind() {
                        Kind::None => Some(None),
                        _ => attributes(first).map(Some),
                    };
                    first.map(|first| [first, Some(second)])
                }),
                _ => None,
            };
            let single = [
                attributes(state).or(Some(Part::Named("state", state))),
                None,
            ];
            pair.unwrap_or(single).into_iter().flatten()
        })
    }

    fn items(&self) -> Option<Part> {
        let mut items = self.view.items(self.value)?;
        items.next().map(|_| Part::Items(self.value))
    }

    fn pairs(&self) -> Option<Part> {
        let mut pairs = self.view.pairs(self.value)?;
        pairs.next().map(|_| Part::Pairs(self.value))
    }

    /// What an instance is, as its class's library writes it, where the class is known: `class.__new__(class, *arguments)`.
    fn new_of(&self, class: Value, arguments: &'g [Value]) -> Option<Idiom<'a>> {
        Self {
            by: By::New,
            callee: class,
            arguments,
            ..*self
        }
        .read()
    }

    /// Asks the library of the callee.
    fn read(&self) -> Option<Idiom<'a>> {
        self.read_as(find(self.view, self.callee)?)
    }

    /// Asks the library that knows it.
    fn read_as(&self, known: &'static Known) -> Option<Idiom<'a>> {
        let fits = match self.by {
            By::Name => known.is == Is::Object,
            By::Call => known.is != Is::Object,
            By::New => known.is == Is::Class,
        };
        if !fits {
            return None;
        }
        let mut idiom = (known.read)(self)?;
        idiom.known = idiom.known.or(Some(known));
        Some(idiom)
    }
}

/// What is known of each library.
const LIBRARIES: &[&[Known]] = &[
    copyreg::KNOWN,
    stdlib::builtins::KNOWN,
    stdlib::exceptions::KNOWN,
    stdlib::collections::KNOWN,
    stdlib::datetime::KNOWN,
    stdlib::iteration::KNOWN,
    stdlib::others::KNOWN,
    joblib::KNOWN,
    multiprocessing::KNOWN,
    numpy::KNOWN,
    pandas::KNOWN,
    torch::KNOWN,
    torch::KNOWN_DTYPES,
];

/// All callees and other names that are known, library by library.
pub fn known() -> impl Iterator<Item = &'static Known> {
    LIBRARIES.iter().copied().flatten()
}

/// What is known of a name that is looked up.
fn find(view: View<'_, '_>, name: Value) -> Option<&'static Known> {
    let (module, name) = view.short_name(name, look::SHORT)?;
    find_by_name(module.as_str()?, name.as_str()?)
}

/// Whether what has this name stands for something else than a call of it, given the right arguments.
pub fn is_known(module: &str, name: &str) -> bool {
    find_by_name(module, name).is_some()
}

/// The library that writes a name which is known, and which of its versions do, in words; `None` for Python's own names.
///
/// ```
/// assert_eq!(pickscope::idiom::versions("pandas._libs.internals", "_unpickle_block"), Some(("pandas", "1.3 and later")));
/// assert_eq!(pickscope::idiom::versions("builtins", "getattr"), None);
/// ```
pub fn versions(module: &str, name: &str) -> Option<(&'static str, &'static str)> {
    find_by_name(module, name)?
        .versions
        .split_once(' ')
        // What hangs on the protocol or on how it is used, stands behind a comma.
        .filter(|(library, versions)| *library != "Python" && !versions.contains(','))
}

fn find_by_name(module: &str, name: &str) -> Option<&'static Known> {
    /// All of them in the order of module and name, so that one search finds a name or none.
    static SORTED: LazyLock<Vec<&'static Known>> = LazyLock::new(|| {
        let mut all: Vec<_> = known().collect();
        all.sort_unstable_by_key(|known| (known.module, known.name));
        all
    });
    let at = SORTED
        .binary_search_by(|known| (known.module, known.name).cmp(&(module, name)))
        .ok()?;
    SORTED.get(at).copied()
}

/// What a value stands for, as far as its states have been read: ask again once they are.
///
/// `None` where it is what it seems: data, a reference, or a call of something unknown.
pub fn stands_for<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    let mut called = Called {
        view,
        value,
        by: By::Name,
        callee: value,
        arguments: &[],
        tuple: None,
    };
    let call = match value.kind() {
        Kind::Global => return called.read(),
        Kind::Persistent => return torch::persistent(view, value),
        Kind::Object => view.call(value)?,
        _ => return None,
    };
    called.callee = call.callee;
    called.arguments = view.arguments(&call)?;
    called.tuple = match call.arguments {
        Arguments::In(tuple) => Some(tuple),
        Arguments::Are(_) => None,
    };
    match call.how {
        Opcode::Reduce => {
            called.by = By::Call;
            let idiom = match call.callee.kind() {
                Kind::Object => stdlib::made_callee(&called),
                _ => called.read(),
            };
            idiom.filter(|idiom| is_as_copied(&called, idiom))
        }
        Opcode::NewObj => {
            called.by = By::New;
            let idiom = called.read().filter(|idiom| is_as_copied(&called, idiom));
            idiom.or_else(|| Some(instance(&called, &call)))
        }
        _ => Some(instance(&called, &call)),
    }
}

/// Whether what a call or a state took its items or pairs from has the same still: what is filled in later isn't copied.
fn is_as_copied(called: &Called<'_, '_>, idiom: &Idiom<'_>) -> bool {
    let view = called.view;
    let is_changed = |container: Value| {
        let made = view.made_at(called.value);
        let is_argument = called
            .arguments
            .iter()
            .take(ARGUMENTS)
            .any(|own| *own == container);
        let state = || {
            view.states_at(called.value)
                .last()
                .map(|(moment, _)| moment)
        };
        let copied = if is_argument { made } else { state().or(made) };
        copied.is_some_and(|moment| view.is_filled_after(container, moment))
    };
    idiom.parts.iter().all(|part| match *part {
        Part::Items(own) | Part::Pairs(own) => own == called.value || !is_changed(own),
        _ => true,
    })
}

/// An instance that NEWOBJ or NEWOBJ_EX made, or what OBJ or INST did: an instance of a class, also of one of Python 2's
/// old ones, or what else a call of the callee gives.
fn instance<'a>(called: &Called<'_, 'a>, call: &Call<'_>) -> Idiom<'a> {
    let keywords = call
        .keywords
        .map(|keywords| Part::Named("keywords", keywords));
    let parts = called.argument_parts().chain(keywords);
    let mut idiom = called.instance_of(called.callee, parts);
    if class_of(called.view, called.value).is_none() {
        idiom.kind = "instance-or-call";
        if let Some(first) = idiom.words.first_mut() {
            *first = "instance or call of ".into();
        }
    }
    idiom
}

/// The class of an instance; `None` where a call of something else made it, or may have.
pub fn class_of(view: View<'_, '_>, value: Value) -> Option<Value> {
    let call = view.call(value)?;
    if matches!(call.how, Opcode::NewObj | Opcode::NewObjEx) {
        return Some(call.callee);
    }
    match find(view, call.callee)?.is {
        Is::Class => Some(call.callee),
        Is::Maker if call.how != Opcode::Reduce => None,
        Is::Maker => view.arguments(&call)?.first().copied(),
        Is::Function | Is::Object => None,
    }
}

/// What a value is called: a name that is looked up, with the attributes that are taken of it, or the value.
fn dotted<'a>(view: View<'_, 'a>, value: Value) -> Vec<Word<'a>> {
    match stdlib::builtins::attributes(view, value) {
        Some((of, names)) => {
            let mut words = vec![of.into()];
            for name in names {
                words.extend([".".into(), name.into()]);
            }
            words
        }
        None => vec![value.into()],
    }
}
