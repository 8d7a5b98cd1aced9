//! What a value looks like to people: what it is, and the rows below it.

use crate::{
    graph::{Arguments, Cursor, Role, View, holds_by_nature},
    idiom::{Idiom, Part, Word},
    machine::{Kind, Value},
    opcode::Storage,
};

use super::{super::words, marks::Marks};

/// So many arguments that several calls share, and so many items of each, are gone through for each of them.
const ARGUMENTS: usize = 32;

/// What a value is.
#[derive(Clone, Debug)]
pub enum Head<'a> {
    /// Data or a reference: it says what it is by itself.
    Plain,
    /// A container of so many items or pairs.
    Container(u64),
    /// A call that stands for something.
    Idiom(Idiom<'a>),
    /// A call of something.
    Call(Value),
    /// What an opcode should have made that no loader gets past.
    Missing,
}

/// A value with its rows.
#[derive(Debug)]
pub struct Form<'g, 'a> {
    /// What it is.
    pub head: Head<'a>,
    /// What it holds.
    pub rows: Rows<'g, 'a>,
}

/// What a row is below the value that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// An item, counted from 0.
    Index(u64),
    /// A member of a set.
    Member,
    /// The value under this key.
    Key(Value),
    /// The attribute of this name.
    Attribute(Value),
    /// The keyword argument of this name.
    Keyword(Value),
    /// An argument, counted from 0.
    Argument(u64),
    /// What else it is.
    Word(&'static str),
    /// An item of the state, counted from 0.
    State(u64),
    /// What the opcode at this offset made.
    Place(u64),
}

/// A value below another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// As what.
    pub label: Label,
    /// It.
    pub value: Value,
}

/// The rows of a value, in order.
#[derive(Clone, Debug)]
pub struct Rows<'g, 'a> {
    view: View<'g, 'a>,
    stages: std::vec::IntoIter<Stage>,
    now: Option<Stage>,
}

#[derive(Clone, Debug)]
enum Stage {
    One(Row),
    /// What has this role in what a value holds, from this count on.
    Items(Cursor, fn(u64) -> Label, u64),
    /// Keys and values, and the key whose value comes next.
    Pairs(Cursor, fn(Value) -> Label, Option<Value>),
}

/// What a value is, and what it holds; what several values share is then a row of its own, so that it is told once.
pub fn form<'g, 'a>(view: View<'g, 'a>, marks: &Marks, value: Value) -> Form<'g, 'a> {
    form_where(view, marks, value, &|_| false)
}

/// The same, where some values were told already: what the words name of these has no row, which would be the last.
pub fn form_where<'g, 'a>(
    view: View<'g, 'a>,
    marks: &Marks,
    value: Value,
    is_told: &dyn Fn(Value) -> bool,
) -> Form<'g, 'a> {
    let mut stages = Vec::new();
    let head = match value.kind() {
        Kind::Object => object(view, marks, value, is_told, &mut stages),
        Kind::Tuple | Kind::List | Kind::Set | Kind::Frozenset | Kind::Dict => {
            let (items, pairs) = view.lengths(value);
            let cursor = view.cursor(value);
            let own = if value.kind() == Kind::Dict {
                stages.push(Stage::Pairs(cursor, Label::Key, None));
                pairs / 2
            } else {
                stages.push(Stage::Items(cursor, index_in(value.kind()), 0));
                items
            };
            if own != items.saturating_add(pairs / 2) {
                match value.kind() {
                    Kind::Dict => stages.push(Stage::Items(cursor, Label::Index, 0)),
                    _ => stages.push(Stage::Pairs(cursor, Label::Key, None)),
                }
            }
            states(view, value, &mut stages);
            Head::Container(own)
        }
        kind => {
            let cursor = view.cursor(value);
            if !cursor.is_empty() {
                if kind == Kind::Global && !is_named(view, value) {
                    one(view, value, Role::Module, "module", &mut stages);
                    one(view, value, Role::Name, "name", &mut stages);
                }
                if kind == Kind::Persistent {
                    one(view, value, Role::Id, "id", &mut stages);
                }
                given(view, value, &mut stages);
            }
            Head::Plain
        }
    };
    Form {
        head,
        rows: Rows {
            view,
            stages: stages.into_iter(),
            now: None,
        },
    }
}

fn index_in(kind: Kind) -> fn(u64) -> Label {
    match kind {
        Kind::Set | Kind::Frozenset => |_| Label::Member,
        _ => Label::Index,
    }
}

/// Whether module and name of what is looked up are decided by the stream.
pub fn is_named(view: View<'_, '_>, value: Value) -> bool {
    let mut cursor = view.cursor(value);
    let mut named = true;
    while let Some(held) = view.next_held(&mut cursor) {
        match held.role {
            Role::Module | Role::Name => {
                named &= matches!(held.value.kind(), Kind::Str | Kind::OldStr);
            }
            _ => break,
        }
    }
    named
}

/// What a value stands for, where that can be told without going through what others share.
pub fn stands_for<'a>(view: View<'_, 'a>, marks: &Marks, value: Value) -> Option<Idiom<'a>> {
    let call = view.call(value)?;
    // No library has such a name.
    if marks.long(view.place(call.callee)).is_some() {
        return None;
    }
    let arguments = view.arguments(&call)?;
    if arguments.len() > ARGUMENTS
        && matches!(call.arguments, Arguments::In(tuple) if marks.is_shared(view, tuple))
    {
        return None;
    }
    let idiom = words::idiom_of(view, value)?;
    // Of what is shared, all is told where it stands.
    let is_plain = |part: &Part| match *part {
        Part::Items(own) | Part::Pairs(own) => {
            own == value || marks.is_shared(view, own) || is_bare(view, own)
        }
        _ => true,
    };
    idiom.parts.iter().all(is_plain).then_some(idiom)
}

fn object<'a>(
    view: View<'_, 'a>,
    marks: &Marks,
    value: Value,
    is_told: &dyn Fn(Value) -> bool,
    stages: &mut Vec<Stage>,
) -> Head<'a> {
    let Some(call) = view.call(value) else {
        // What the memo doesn't have has no opcode, and is one value wherever it is taken.
        if view.op(value).is_some() {
            given(view, value, stages);
        }
        return Head::Missing;
    };
    let borrows = matches!(call.arguments, Arguments::In(tuple) if marks.is_shared(view, tuple))
        || view.states(value).any(|state| marks.is_shared(view, state));
    // What several calls share holds it: each of them would tell it.
    let is_long = |container: Value| {
        let (items, pairs) = view.lengths(container);
        borrows && items.saturating_add(pairs) > ARGUMENTS as u64
    };
    let spread = |container: Value| {
        container == value
            || !marks.is_shared(view, container) && is_bare(view, container) && !is_long(container)
    };
    if let Some(idiom) = stands_for(view, marks, value) {
        for part in &idiom.parts {
            stages.push(match *part {
                Part::Named(name, value) => Stage::One(Row {
                    label: Label::Word(name),
                    value,
                }),
                Part::Attributes(dict) if spread(dict) => {
                    Stage::Pairs(view.cursor(dict), Label::Attribute, None)
                }
                Part::Attributes(dict) => whole("attributes", dict),
                Part::Pairs(dict) if spread(dict) => {
                    Stage::Pairs(view.cursor(dict), Label::Key, None)
                }
                Part::Pairs(dict) => whole("pairs", dict),
                Part::Items(items) if spread(items) => {
                    Stage::Items(view.cursor(items), Label::Index, 0)
                }
                Part::Items(items) => whole("items", items),
                Part::Argument(value) => Stage::One(Row {
                    label: Label::Argument(argument(stages)),
                    value,
                }),
            });
        }
        named_in_words(view, &idiom, is_told, stages);
        return Head::Idiom(idiom);
    }
    if !says_all(view, call.callee) {
        stages.push(whole("callee", call.callee));
    }
    match call.arguments {
        Arguments::In(tuple) if tuple.kind() == Kind::Tuple && spread(tuple) => {
            stages.push(Stage::Items(view.cursor(tuple), Label::Argument, 0));
        }
        Arguments::In(other) => stages.push(whole("arguments", other)),
        Arguments::Are(_) => {
            stages.push(Stage::Items(view.cursor(value), Label::Argument, 0));
        }
    }
    match call.keywords {
        Some(dict) if dict.kind() == Kind::Dict && spread(dict) => {
            stages.push(Stage::Pairs(view.cursor(dict), Label::Keyword, None));
        }
        Some(other) => stages.push(whole("keywords", other)),
        None => {}
    }
    given(view, value, stages);
    Head::Call(call.callee)
}

/// The words only name a value that holds others: those that no part is have rows of their own.
fn named_in_words(
    view: View<'_, '_>,
    idiom: &Idiom<'_>,
    is_told: &dyn Fn(Value) -> bool,
    stages: &mut Vec<Stage>,
) {
    let is_part = |value: Value| {
        idiom.parts.iter().any(|part| {
            let (Part::Named(_, own)
            | Part::Attributes(own)
            | Part::Pairs(own)
            | Part::Items(own)
            | Part::Argument(own)) = *part;
            own == value
        })
    };
    let mut before = None;
    for word in &idiom.words {
        if let Word::Value(value) = *word
            && !says_what_it_is(view, value)
            && !is_part(value)
            && !is_told(value)
        {
            let label = match before {
                Some(" by way of ") => "by way of",
                Some("instance of ") => "class",
                _ => "of",
            };
            stages.push(whole(label, value));
        }
        before = match word {
            Word::Ours(words) => Some(words.as_ref()),
            _ => None,
        };
    }
}

/// Whether a value that is named in a sentence is told there whole: data that holds nothing, or what only has a name.
fn says_what_it_is(view: View<'_, '_>, value: Value) -> bool {
    let is_data = value.kind().storage() == Some(Storage::Value) && !holds_by_nature(value.kind());
    says_all(view, value) || is_data && view.cursor(value).is_empty()
}

/// Whether a container holds what its kind is made to hold and was given nothing else.
fn is_bare(view: View<'_, '_>, container: Value) -> bool {
    let (items, pairs) = view.lengths(container);
    let others = match container.kind() {
        Kind::Tuple => return view.tuple(container).is_some(),
        Kind::Dict => items,
        _ => pairs,
    };
    others == 0 && view.states(container).next().is_none()
}

/// Whether a value is only named in the stream, and its name, which the stream decides, is all that there is.
pub fn says_all(view: View<'_, '_>, value: Value) -> bool {
    if !is_reference(value) {
        return false;
    }
    let mut cursor = view.cursor(value);
    while let Some(held) = view.next_held(&mut cursor) {
        let is_text = matches!(held.value.kind(), Kind::Str | Kind::OldStr)
            && view.cursor(held.value).is_empty();
        if !is_text || !matches!(held.role, Role::Module | Role::Name) {
            return false;
        }
    }
    true
}

/// How many arguments there are already.
fn argument(stages: &[Stage]) -> u64 {
    let is_argument = |stage: &&Stage| {
        matches!(
            stage,
            Stage::One(Row {
                label: Label::Argument(_),
                ..
            })
        )
    };
    match stages.last() {
        Some(Stage::One(Row {
            label: Label::Argument(last),
            ..
        })) => last.saturating_add(1),
        _ => stages.iter().filter(is_argument).count() as u64,
    }
}

fn whole(word: &'static str, value: Value) -> Stage {
    Stage::One(Row {
        label: Label::Word(word),
        value,
    })
}

/// Whether a value is only named in the stream.
pub fn is_reference(value: Value) -> bool {
    value.kind().storage() == Some(Storage::Reference)
}

fn one(view: View<'_, '_>, value: Value, role: Role, word: &'static str, stages: &mut Vec<Stage>) {
    let mut cursor = view.cursor(value);
    while let Some(held) = view.next_held(&mut cursor) {
        if held.role == role {
            stages.push(whole(word, held.value));
            return;
        }
    }
}

/// What a value was given that isn't made to be filled.
fn given(view: View<'_, '_>, value: Value, stages: &mut Vec<Stage>) {
    states(view, value, stages);
    let (items, pairs) = view.lengths(value);
    if items > 0 {
        stages.push(Stage::Items(view.cursor(value), Label::Index, 0));
    }
    if pairs > 0 {
        stages.push(Stage::Pairs(view.cursor(value), Label::Key, None));
    }
}

fn states(view: View<'_, '_>, value: Value, stages: &mut Vec<Stage>) {
    stages.extend(view.states(value).map(|state| whole("state", state)));
}

impl Iterator for Rows<'_, '_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            match &mut self.now {
                None => {}
                Some(Stage::One(row)) => {
                    let row = *row;
                    self.now = None;
                    return Some(row);
                }
                Some(Stage::Items(cursor, label, next)) => {
                    // An argument of OBJ and INST stands among what the object holds, one of the others in a tuple.
                    let arguments = matches!(label(0), Label::Argument(_));
                    let own = holds_by_nature(cursor.value().kind());
                    while let Some(held) = self.view.next_held(cursor) {
                        let is_item = match held.role {
                            Role::Item | Role::Member => own || !arguments,
                            Role::Argument => arguments,
                            _ => false,
                        };
                        if is_item {
                            let label = label(*next);
                            *next = next.saturating_add(1);
                            return Some(Row {
                                label,
                                value: held.value,
                            });
                        }
                    }
                }
                Some(Stage::Pairs(cursor, label, key)) => {
                    while let Some(held) = self.view.next_held(cursor) {
                        match (held.role, *key) {
                            (Role::Key, _) => *key = Some(held.value),
                            (Role::Value, Some(known)) => {
                                *key = None;
                                return Some(Row {
                                    label: label(known),
                                    value: held.value,
                                });
                            }
                            _ => {}
                        }
                    }
                }
            }
            self.now = Some(self.stages.next()?);
        }
    }
}
