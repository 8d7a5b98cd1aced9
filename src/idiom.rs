//! What a call stands for: a numpy array is a call of `numpy.core.multiarray._reconstruct` and a state; here it is an array.
//!
//! One file a library. An idiom is recognised by its whole shape, as its library writes it: by the name that is called, by
//! the number and kinds of arguments, and by its states. Whatever else stands in its place stays a call, so that nothing
//! hides behind a familiar name.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod copyreg;

use std::borrow::Cow;

use crate::{
    decode::text::Text,
    graph::{Call, View},
    machine::{Kind, Value},
    opcode::Opcode,
};

pub use copyreg::{makes_instances, registered};

/// What a value stands for.
#[derive(Clone, Debug)]
pub struct Idiom<'a> {
    /// What it is, for programs: `instance`, `bound-method`, `array`, ….
    pub kind: &'static str,
    /// What it is, in words.
    pub words: Vec<Word<'a>>,
    /// What it holds that the words don't tell whole.
    pub parts: Vec<Part>,
    /// The callee that it was recognised by; none where the opcode tells it.
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
}

/// A callee that is known.
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
    /// Reads a call of it; `None` where it isn't as the library writes it.
    read: for<'g, 'a> fn(&Called<'g, 'a>) -> Option<Idiom<'a>>,
}

/// A call of a known callee.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called<'g, 'a> {
    pub view: View<'g, 'a>,
    /// What the call gave.
    pub value: Value,
    pub call: Call<'g>,
    /// The arguments, one after the other.
    pub arguments: &'g [Value],
}

impl<'a> Called<'_, 'a> {
    /// Whether a value is a builtin of this name, by either module that has them.
    fn is_builtin(&self, value: Value, name: &str) -> bool {
        self.view.name(value).is_some_and(|(module, own)| {
            matches!(module.as_str(), Some("builtins" | "__builtin__"))
                && own.as_str() == Some(name)
        })
    }

    /// An instance of `class`, made of `parts`, with what it was given since.
    fn instance_of(&self, class: Value, parts: impl IntoIterator<Item = Part>) -> Idiom<'a> {
        let mut idiom = Idiom::new("instance", ["instance of ".into(), class.into()]);
        idiom.parts.extend(parts);
        idiom.parts.extend(self.given());
        idiom
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
        view.states(self.value).flat_map(move |state| {
            let attributes = |value: Value| match value.kind() {
                Kind::Dict => Some(Part::Attributes(value)),
                _ => None,
            };
            let pair = match view.tuple(state) {
                Some(&[first, second]) if second.kind() == Kind::Dict => {
                    let first = match first.kind() {
                        Kind::None => Some(None),
                        _ => attributes(first).map(Some),
                    };
                    first.map(|first| [first, attributes(second)])
                }
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
}

/// All callees that are known, library by library.
pub fn known() -> impl Iterator<Item = &'static Known> {
    [copyreg::KNOWN].into_iter().flatten()
}

/// What a value stands for, as far as its states have been read: ask again once they are.
///
/// `None` where it is what it seems: data, a reference, or a call of something unknown.
pub fn stands_for<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    if value.kind() != Kind::Object {
        return None;
    }
    let call = view.call(value)?;
    let arguments = view.arguments(&call)?;
    let called = Called {
        view,
        value,
        call,
        arguments,
    };
    if let Some((module, name)) = view.name(call.callee) {
        let (module, name) = (module.as_str()?, name.as_str()?);
        let found = known().find(|known| known.module == module && known.name == name);
        if let Some(known) = found
            && let Some(mut idiom) = (known.read)(&called)
        {
            idiom.known = Some(known);
            return Some(idiom);
        }
    }
    instance(&called)
}

/// An instance that NEWOBJ, NEWOBJ_EX, OBJ or INST made.
fn instance<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    if called.call.how == Opcode::Reduce {
        return None;
    }
    let arguments = called.arguments.iter().copied().map(Part::Argument);
    let keywords = called
        .call
        .keywords
        .map(|keywords| Part::Named("keywords", keywords));
    Some(called.instance_of(called.call.callee, arguments.chain(keywords)))
}

/// The class of an instance; `None` where a call of something else made it.
pub fn class_of(view: View<'_, '_>, value: Value) -> Option<Value> {
    let call = view.call(value)?;
    if call.how != Opcode::Reduce {
        return Some(call.callee);
    }
    let (module, name) = view.name(call.callee)?;
    copyreg::makes_instances(module.as_str()?, name.as_str()?)
        .then(|| view.arguments(&call)?.first().copied())
        .flatten()
}
