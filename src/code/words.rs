//! What a call stands for that makes a function, code, a class, a cell or a module: in a few words, of one value alone.
//!
//! As the idioms of other libraries: recognised by the whole shape, and what the words don't tell is among the parts. One
//! call's arguments may be shared by a million others, so that no more is looked at than a few fields.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::borrow::Cow;

use crate::{
    count::Counted,
    decode::text::Text,
    graph::View,
    idiom::{Idiom, Part, Word},
    machine::{Kind, Value},
};

use super::{
    callee::{self, Callee, Does, Known, Library, Maker, known_value, text},
    layout, marshal,
    object::{Layout, Object, VARARGS, VARKEYWORDS},
    pickled::any_bytes,
};

/// So long marshal data is read for a name; longer data is where it is shown by `code`.
const READ: usize = 4096;

/// So many arguments of a function are named.
const NAMED: usize = 12;

/// Whether what has this name makes something that is stored by value, given the right arguments.
pub fn is_known(module: &str, name: &str) -> bool {
    callee::of_name(module, name).is_some_and(|callee| {
        !matches!(
            callee.does,
            Does::GetAttr
                | Does::SetAttr
                | Does::DelAttr
                | Does::Encode
                | Does::Bytes
                | Does::Complex
                | Does::Set
                | Does::Frozenset
                | Does::Slice
                | Does::Wrapper(_)
                | Does::SetItems
        )
    })
}

/// As [`stands_for`], without what was done to it since: the states that it was given, each of which may ask.
pub fn made<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    told(view, &known_value(view, value)?)
}

/// What a value stands for, as far as it is something that a call stores by value, or a part of that.
pub fn stands_for<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    let known = known_value(view, value)?;
    let mut idiom = told(view, &known)?;
    // A callee that a call gives isn't in the words.
    if known.call.callee.kind() == Kind::Object {
        idiom.parts.insert(0, Part::Named("by", known.call.callee));
    }
    if let Some(keywords) = known.call.keywords {
        idiom.parts.push(Part::Named("keywords", keywords));
    }
    let states = view.states(value).map(|state| Part::Named("state", state));
    idiom.parts.extend(states);
    let items = view
        .items(value)
        .is_some_and(|mut items| items.next().is_some());
    let pairs = view
        .pairs(value)
        .is_some_and(|mut pairs| pairs.next().is_some());
    idiom.parts.extend(items.then_some(Part::Items(value)));
    idiom.parts.extend(pairs.then_some(Part::Pairs(value)));
    Some(idiom)
}

fn idiom<'a>(kind: &'static str, words: Vec<Word<'a>>, parts: Vec<Part>) -> Idiom<'a> {
    Idiom {
        kind,
        words,
        parts,
        known: None,
    }
}

/// Arguments under their names, but for those that are None.
fn named(names: &[&'static str], arguments: &[Value]) -> Vec<Part> {
    let names = names.iter().copied().chain(std::iter::repeat("also"));
    names
        .zip(arguments)
        .filter(|(_, value)| value.kind() != Kind::None)
        .map(|(name, value)| Part::Named(name, *value))
        .collect()
}

fn told<'a>(view: View<'_, 'a>, known: &Known<'_>) -> Option<Idiom<'a>> {
    let arguments = known.arguments;
    let is_library = known.callee.library != Library::Python;
    match (known.callee.does, arguments) {
        (Does::Code | Does::Unmarshal, _) => {
            let outline = Outline::of(view, known)?;
            let mut words = vec!["code of ".into()];
            words.extend(outline.signature(None));
            words.push(outline.stored(false).into());
            let parts = match known.callee.does {
                Does::Code => named(&outline.fields, arguments),
                _ => named(&["marshal data"], arguments),
            };
            Some(idiom("code", words, parts))
        }
        (Does::Function(maker), _) => {
            let names: &[&'static str] = match maker {
                Maker::Skeleton => &["code", "cells", "globals"],
                Maker::Python | Maker::Cloudpickle => &[
                    "code",
                    "globals",
                    "name",
                    "defaults",
                    "closure",
                    "keyword defaults",
                ],
                Maker::Dill => &[
                    "code",
                    "globals",
                    "name",
                    "defaults",
                    "closure",
                    "dict",
                    "keyword defaults",
                ],
            };
            let least = if maker == Maker::Skeleton { 2 } else { 5 };
            let least = if maker == Maker::Python { 2 } else { least };
            if !(least..=names.len()).contains(&arguments.len()) {
                return None;
            }
            let words = function(view, known)?;
            Some(idiom("function", words, named(names, arguments)))
        }
        (Does::Fill, &[filled, ..]) => {
            let made = known_value(view, filled)?;
            if !matches!(made.callee.does, Does::Function(Maker::Skeleton)) {
                return None;
            }
            let mut words = function(view, &made)?;
            words.push(", filled".into());
            Some(idiom(
                "function",
                words,
                named(&["function", "with"], arguments),
            ))
        }
        (Does::ClassState { old: true }, &[class, _]) => {
            let name = class_name(view, &known_value(view, class)?)?;
            let words = vec!["class ".into(), name, ", by value, filled".into()];
            Some(idiom("class", words, named(&["class", "with"], arguments)))
        }
        (Does::Class, &[_, _, _, _, ..]) => {
            class(view, known, &["metaclass", "name", "bases", "dict"])
        }
        (Does::TypeCall, &[_, bases, dict]) => {
            if bases.kind() != Kind::Tuple || dict.kind() != Kind::Dict {
                return None;
            }
            class(view, known, &["name", "bases", "dict"])
        }
        (Does::NewClass, &[_, _, _, _]) => {
            class(view, known, &["name", "bases", "keywords", "filled by"])
        }
        (Does::Skeleton, &[_, _, _, _, ..]) => class(
            view,
            known,
            &["metaclass", "name", "bases", "keywords", "number"],
        ),
        (Does::SkeletonEnum, &[_, _, _, _, _, ..]) => class(
            view,
            known,
            &[
                "bases",
                "name",
                "qualified name",
                "members",
                "module",
                "number",
            ],
        ),
        (Does::Cell | Does::EmptyCell, []) => Some(idiom(
            "cell",
            vec!["empty cell of a closure".into()],
            vec![],
        )),
        (Does::Cell, &[value]) => {
            if value.kind() == Kind::None {
                // dill 0.3.5 and later set it in the end.
                let words = "cell of a closure, at first with None";
                return Some(idiom("cell", vec![words.into()], Vec::new()));
            }
            let parts = vec![Part::Named("holds", value)];
            Some(idiom("cell", vec!["cell of a closure".into()], parts))
        }
        (Does::Module | Does::FilledModule, &[name, ..]) => {
            let words = vec!["module ".into(), text_of(view, name)?, ", by value".into()];
            Some(idiom("module", words, named(&["name", "dict"], arguments)))
        }
        (Does::Import, &[name]) if is_library => {
            let words = vec![
                "module ".into(),
                text_of(view, name)?,
                ", by reference".into(),
            ];
            Some(idiom("module", words, Vec::new()))
        }
        (Does::TypeNamed, &[name]) => {
            let words = vec![
                "type ".into(),
                text_of(view, name)?,
                ", by reference".into(),
            ];
            Some(idiom("type", words, Vec::new()))
        }
        _ => None,
    }
}

fn text_of<'a>(view: View<'_, 'a>, value: Value) -> Option<Word<'a>> {
    Some(Word::Name(Text::Str(text(view, value)?)))
}

/// A function that is made, in words.
fn function<'a>(view: View<'_, 'a>, known: &Known<'_>) -> Option<Vec<Word<'a>>> {
    let (code, rest) = known.arguments.split_first()?;
    let code = known_value(view, *code)?;
    let outline = Outline::of(view, &code)?;
    let own = match known.callee.does {
        Does::Function(Maker::Skeleton) => None,
        _ => rest.get(1).and_then(|name| text(view, *name)),
    };
    let mut words = vec!["function ".into()];
    words.extend(outline.signature(own));
    words.push(outline.stored(true).into());
    Some(words)
}

fn class<'a>(view: View<'_, 'a>, known: &Known<'_>, names: &[&'static str]) -> Option<Idiom<'a>> {
    let (what, kind) = match known.callee.does {
        Does::SkeletonEnum => ("enum ", "enum"),
        _ => ("class ", "class"),
    };
    let words = vec![what.into(), class_name(view, known)?, ", by value".into()];
    Some(idiom(kind, words, named(names, known.arguments)))
}

fn class_name<'a>(view: View<'_, 'a>, known: &Known<'_>) -> Option<Word<'a>> {
    let at = match known.callee.does {
        Does::Class | Does::Skeleton | Does::SkeletonEnum => 1,
        Does::TypeCall | Does::NewClass => 0,
        _ => return None,
    };
    text_of(view, *known.arguments.get(at)?)
}

/// What a code object is, by a few of its fields.
struct Outline<'a> {
    name: Cow<'a, str>,
    variables: Vec<(&'static str, Cow<'a, str>)>,
    /// Whether it has more arguments than `variables`.
    more: bool,
    layout: Layout,
    length: Option<u64>,
    /// What its fields are called, where they are arguments.
    fields: Vec<&'static str>,
}

impl<'a> Outline<'a> {
    fn of(view: View<'_, 'a>, known: &Known<'_>) -> Option<Self> {
        match (known.callee, known.arguments) {
            (
                Callee {
                    does: Does::Unmarshal,
                    ..
                },
                &[data],
            ) => Self::of_marshal(view, data),
            (
                Callee {
                    does: Does::Code, ..
                },
                arguments,
            ) => Self::of_arguments(view, arguments),
            _ => None,
        }
    }

    fn of_marshal(view: View<'_, 'a>, data: Value) -> Option<Self> {
        let written = match data.kind() {
            Kind::Object => known_value(view, data)?
                .arguments
                .first()
                .and_then(|text| view.written(*text))?,
            _ => view.written(data)?,
        };
        if written.len() > READ {
            return None;
        }
        let bytes = any_bytes(view, data)?;
        let readings = marshal::read(&bytes).ok()?;
        let (objects, code) =
            readings
                .iter()
                .find_map(|reading| match reading.objects.get(reading.root)? {
                    Object::Code(code) => Some((&reading.objects, reading.objects.code(*code)?)),
                    _ => None,
                })?;
        let variables = code.varnames(objects);
        let variable = |at: usize| {
            let name = objects.text(*variables.get(at)?)?;
            Some(Cow::Owned(name.into_owned()))
        };
        let counts = [code.argcount, code.kwonlyargcount, code.flags];
        let (variables, more) = arguments_of(counts, variable);
        Some(Self {
            name: Cow::Owned(objects.text(code.name)?.into_owned()),
            variables,
            more,
            layout: code.layout,
            length: Some(bytes.len() as u64),
            fields: Vec::new(),
        })
    }

    /// Of 14 to 21 arguments: as `layout::of_arguments` has them.
    fn of_arguments(view: View<'_, 'a>, arguments: &[Value]) -> Option<Self> {
        let led = arguments.first()?.kind() != Kind::Int;
        let (layout, fields) = layout::named_arguments(arguments.len(), led)?;
        if !fields
            .iter()
            .zip(arguments)
            .all(|(field, value)| fits(field, *value))
        {
            return None;
        }
        let field = |wanted: &str| {
            let at = fields.iter().position(|field| *field == wanted)?;
            arguments.get(at).copied()
        };
        let count = |wanted| {
            field(wanted)
                .and_then(|value| view.integer(value))
                .unwrap_or(0)
        };
        let variables = view.tuple(field("varnames")?)?;
        let variable = |at: usize| text(view, *variables.get(at)?);
        let counts = [count("argcount"), count("kwonlyargcount"), count("flags")];
        let (variables, more) = arguments_of(counts, variable);
        let code = field("code")?;
        let length = match code.kind() {
            Kind::Bytes => view.written(code).map(|bytes| bytes.len() as u64),
            // A line has escapes: more than its bytes.
            Kind::OldStr => view
                .written(code)
                .filter(|bytes| bytes.len() <= READ)
                .and_then(|_| view.bytes(code))
                .map(|bytes| bytes.len() as u64),
            _ => None,
        };
        Some(Self {
            name: text(view, field("name")?)?,
            variables,
            more,
            layout,
            length,
            fields,
        })
    }

    /// `squared(x)`.
    fn signature(&self, own: Option<Cow<'a, str>>) -> Vec<Word<'a>> {
        let name = own.unwrap_or_else(|| self.name.clone());
        let mut words = vec![Word::Name(Text::Str(name)), "(".into()];
        for (at, (stars, variable)) in self.variables.iter().enumerate() {
            if at > 0 {
                words.push(", ".into());
            }
            if !stars.is_empty() {
                words.push((*stars).into());
            }
            words.push(Word::Name(Text::Str(variable.clone())));
        }
        words.push(if self.more { ", …)" } else { ")" }.into());
        words
    }

    /// `, by value, 102 bytes of Python 2.7 code`.
    fn stored(&self, by_value: bool) -> String {
        let by_value = if by_value { ", by value" } else { "" };
        let pythons = self.layout.pythons();
        match self.length {
            Some(length) => {
                let length = Counted(length, "byte");
                format!("{by_value}, {length} of Python {pythons} code")
            }
            None => format!("{by_value}, Python {pythons} code"),
        }
    }
}

/// Whether a field can be what a value is.
fn fits(field: &str, value: Value) -> bool {
    let kind = value.kind();
    match field {
        "consts" | "names" | "varnames" | "freevars" | "cellvars" => kind == Kind::Tuple,
        "filename" | "name" | "qualname" => matches!(kind, Kind::Str | Kind::OldStr),
        "code" | "lnotab" | "lines" | "end lines" | "columns" | "exceptions" => {
            matches!(kind, Kind::Bytes | Kind::OldStr | Kind::Object)
        }
        _ => kind == Kind::Int,
    }
}

/// The first arguments, with their stars, and whether there are more. `variable` gives the name of one by its number.
fn arguments_of<'a>(
    [argcount, kwonly, flags]: [i64; 3],
    variable: impl Fn(usize) -> Option<Cow<'a, str>>,
) -> (Vec<(&'static str, Cow<'a, str>)>, bool) {
    let plain = usize::try_from(argcount.saturating_add(kwonly)).unwrap_or(0);
    let rest = usize::from(flags & VARARGS != 0);
    let keywords = usize::from(flags & VARKEYWORDS != 0);
    let all = plain.saturating_add(rest).saturating_add(keywords);
    let stars = |at: usize| match at.checked_sub(plain) {
        None => "",
        Some(0) if rest == 1 => "*",
        Some(_) => "**",
    };
    let named = (0..all.min(NAMED)).map_while(|at| Some((stars(at), variable(at)?)));
    (named.collect(), all > NAMED)
}
