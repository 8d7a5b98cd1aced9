//! What a value stands for, in words that need no graph any more.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    code,
    decode::{Op, text::Text},
    graph::{Graph, View},
    idiom::{self, Idiom, Word},
    machine::{Kind, Value},
    opcode::Storage,
    reader::{Pickle, Reader},
};

/// A piece of a sentence about a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Spoken<'a> {
    /// Words of ours.
    Ours(Cow<'static, str>),
    /// A name from the input.
    Name(Text<'a>),
    /// What a lookup finds.
    Found(Text<'a>, Text<'a>),
    /// Data that stands in one opcode, and its kind.
    Atom(Kind, Op<'a>),
    /// Anything else: its kind, and where it was made, from the start of the input.
    Made(Kind, u64),
}

/// So long an opcode is read for a word: it may be shared by many.
const READ: u64 = 512;

/// What a value stands for: an idiom of a library, or what it stores by value. `None` where it is what it seems.
pub fn idiom_of<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    code::words::stands_for(view, value).or_else(|| idiom::stands_for(view, value))
}

/// Whether what has this name may stand for something else than a call of it.
pub fn is_known(module: &str, name: &str) -> bool {
    idiom::is_known(module, name) || code::words::is_known(module, name)
}

/// What the value stands for; `None` where it is what it seems.
pub fn stands_for<'a>(view: View<'_, 'a>, value: Value) -> Option<Vec<Spoken<'a>>> {
    let idiom = code::words::made(view, value).or_else(|| idiom::stands_for(view, value))?;
    Some(idiom.words.iter().map(|word| spoken(view, word)).collect())
}

/// A word, told without the graph.
pub fn spoken<'a>(view: View<'_, 'a>, word: &Word<'a>) -> Spoken<'a> {
    match word {
        Word::Ours(words) => Spoken::Ours(words.clone()),
        Word::Name(name) => Spoken::Name(name.clone()),
        Word::Value(value) => named(view, *value),
    }
}

fn named<'a>(view: View<'_, 'a>, value: Value) -> Spoken<'a> {
    let kind = value.kind();
    let made = Spoken::Made(kind, view.place(value));
    if kind == Kind::Global {
        return match view.short_name(value, READ as usize) {
            Some((module, name)) => Spoken::Found(module, name),
            None => made,
        };
    }
    let is_atom = kind.storage() == Some(Storage::Value)
        && !matches!(
            kind,
            Kind::Tuple | Kind::List | Kind::Dict | Kind::Set | Kind::Frozenset
        );
    match view.op(value) {
        Some(op) if is_atom && op.length() <= READ => Spoken::Atom(kind, op),
        _ => made,
    }
}

/// What the calls at these offsets stand for, which are asked for because something is known of their callees: the pickle is
/// read once more for it, with what calls are given.
pub fn of_calls<'a>(pickle: &Pickle<'a>, places: &[u64]) -> HashMap<u64, Vec<Spoken<'a>>> {
    if places.is_empty() {
        return HashMap::new();
    }
    let mut reader = Reader::keeping(pickle.input(), pickle.span.start, Graph::of_calls());
    while reader.advance() {}
    let view = View::new(reader.watch(), pickle.input());
    places
        .iter()
        .filter_map(|place| {
            let made = Value::new(Kind::Object, 0, *place);
            Some((*place, stands_for(view, made)?))
        })
        .collect()
}
