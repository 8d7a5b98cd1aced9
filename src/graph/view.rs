//! Reading the graph: what a value is and what it holds.

use std::borrow::Cow;

use crate::{
    decode::{
        self, Argument, Op,
        text::{self, Meaning, Text},
    },
    machine::{Kind, Value},
    opcode::{Opcode, Storage},
};

use super::{Graph, How};

/// A graph over the input that it was read from.
///
/// A value has one identity: the offset of the opcode that made or found it ([`place`](Self::place)). No method reads more
/// of the input than the argument of one opcode, and none goes down further than it says.
///
/// ```
/// use pickscope::{graph::{Graph, View}, reader::Reader};
///
/// let stream = b"\x80\x02]q\x00(K\x05h\x00e.";
/// let mut reader = Reader::keeping(stream, 0, Graph::new());
/// while reader.advance() {}
/// let (_, graph) = reader.finish_with();
/// let view = View::new(&graph, stream);
/// let list = view.root().unwrap();
/// let items: Vec<_> = view.children(list).map(|child| child.value).collect();
/// assert_eq!(view.integer(items[0]), Some(5));
/// assert_eq!(items[1], list);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct View<'g, 'a> {
    graph: &'g Graph,
    input: &'a [u8],
}

/// What a value was made by calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<'g> {
    /// The opcode that calls: REDUCE, NEWOBJ, NEWOBJ_EX, OBJ or INST.
    pub how: Opcode,
    /// What is called.
    pub callee: Value,
    /// With what.
    pub arguments: Arguments<'g>,
    /// NEWOBJ_EX's keywords.
    pub keywords: Option<Value>,
}

/// When a value was made or given something, among all that were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u32);

/// Arguments of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arguments<'g> {
    /// What should be a tuple of them: REDUCE, NEWOBJ, NEWOBJ_EX.
    In(Value),
    /// Themselves: OBJ, INST.
    Are(&'g [Value]),
}

/// What a value was given since it was made; see [`View::since`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Nothing.
    Nothing,
    /// One state.
    State(Value),
    /// Anything else.
    More,
}

/// What a value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Child {
    /// As what.
    pub role: Role,
    /// It.
    pub value: Value,
}

/// As what a value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// An item of a tuple or list, or what is appended to something else.
    Item,
    /// A member of a set or frozenset, or what is added to something else.
    Member,
    /// A key of a dict or of what is treated as one; its value follows.
    Key,
    /// The value of the key before.
    Value,
    /// What is called.
    Callee,
    /// The tuple of arguments.
    Arguments,
    /// One argument.
    Argument,
    /// The dict of keyword arguments.
    Keywords,
    /// What BUILD gives.
    State,
    /// A persistent id.
    Id,
    /// The module of a name that the stream doesn't decide.
    Module,
    /// Its name.
    Name,
}

impl<'g, 'a> View<'g, 'a> {
    /// The graph of a pickle of `input`.
    pub fn new(graph: &'g Graph, input: &'a [u8]) -> Self {
        Self { graph, input }
    }

    /// The pickle's value, where STOP was reached.
    pub fn root(self) -> Option<Value> {
        self.graph.root()
    }

    /// The graph itself.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// Where the opcode stands that made a value or found it, from the start of the input: what tells it from others.
    pub fn place(self, value: Value) -> u64 {
        self.graph.place(value)
    }

    /// The opcode that made a value or found it; `None` for what stands where the stream has nothing.
    pub fn op(self, value: Value) -> Option<Op<'a>> {
        let mut ops = decode::ops(self.input);
        ops.skip_to(self.place(value));
        ops.next()?.ok()
    }

    /// Its opcode alone, which takes as long for any.
    pub(super) fn opcode(self, value: Value) -> Option<Opcode> {
        let place = usize::try_from(self.place(value)).ok()?;
        Opcode::from_byte(*self.input.get(place)?)
    }

    /// What an atom is: None, a bool, a number, text or bytes.
    pub fn atom(self, value: Value) -> Option<Meaning<'a>> {
        if value.kind().storage() != Some(Storage::Value) {
            return None;
        }
        let op = self.op(value)?;
        match op.opcode {
            Opcode::NewTrue => Some(Meaning::Bool(true)),
            Opcode::NewFalse => Some(Meaning::Bool(false)),
            _ => text::usual(&op).ok(),
        }
    }

    /// An integer of 64 bits.
    pub fn integer(self, value: Value) -> Option<i64> {
        if value.kind() != Kind::Int {
            return None;
        }
        match self.atom(value)? {
            Meaning::Int(number) => number.to_i64(),
            _ => None,
        }
    }

    /// A bool.
    pub fn boolean(self, value: Value) -> Option<bool> {
        match self.atom(value)? {
            Meaning::Bool(is) => Some(is),
            _ => None,
        }
    }

    /// Text; of a Python 2 `str`, if it is ASCII.
    pub fn text(self, value: Value) -> Option<Cow<'a, str>> {
        match (value.kind(), self.atom(value)?) {
            (_, Meaning::Str(Text::Str(text))) => Some(text),
            (Kind::OldStr, Meaning::Bytes(bytes)) if bytes.is_ascii() => match bytes {
                Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
                Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
            },
            _ => None,
        }
    }

    /// Bytes, a bytearray or a Python 2 `str`.
    pub fn bytes(self, value: Value) -> Option<Cow<'a, [u8]>> {
        match self.atom(value)? {
            Meaning::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The bytes that stand in the stream for an atom, escapes and quotes of lines included; `None` where its opcode has no
    /// line and no payload. They are found without being read.
    pub fn written(self, value: Value) -> Option<&'a [u8]> {
        if value.kind().storage() != Some(Storage::Value) {
            return None;
        }
        match self.op(value)?.argument {
            Argument::Line(bytes) | Argument::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The persistent id in which a value stands on the stack: a BINPERSID's.
    pub fn persistent_id(self, value: Value) -> Option<Value> {
        match (value.kind(), self.made_of(value)) {
            (Kind::Persistent, &[id]) => Some(id),
            _ => None,
        }
    }

    /// The code of an extension.
    pub fn extension_code(self, value: Value) -> Option<i64> {
        match (value.kind(), self.op(value)?.argument) {
            (Kind::Extension, Argument::Int(code)) => Some(code),
            _ => None,
        }
    }

    /// What a value was given after the opcode that made it, as far as it is nothing or one state: other than the lists of
    /// states, items and pairs, this costs the same for every value.
    pub fn since(self, value: Value) -> Since {
        let mut segments = Segments::of(self.graph, self.place(value))
            .take(3)
            .filter(|(how, _)| *how != How::Made);
        match (segments.next(), segments.next()) {
            (None, _) => Since::Nothing,
            (Some((How::State, &[state])), None) => Since::State(state),
            _ => Since::More,
        }
    }

    /// Module and name of what is looked up, where the stream decides both and each is at most `most` bytes long; `None` where
    /// it was given anything: then it isn't what its name says.
    pub fn short_name(self, value: Value, most: usize) -> Option<(Text<'a>, Text<'a>)> {
        if value.kind() != Kind::Global {
            return None;
        }
        let inst = || self.opcode(value) == Some(Opcode::Inst);
        if self.since(value) != Since::Nothing && !inst() {
            return None;
        }
        let fits = match (self.op(value)?.argument, self.made_of(value)) {
            (Argument::Pair { module, name }, _) => module.len() <= most && name.len() <= most,
            (_, &[module, name]) => [module, name].into_iter().all(|part| {
                self.written(part)
                    .is_some_and(|written| written.len() <= most)
            }),
            _ => false,
        };
        fits.then(|| self.name(value)).flatten()
    }

    /// The items of a tuple; `None` where it was given anything since, which no loader gets past.
    pub fn tuple(self, value: Value) -> Option<&'g [Value]> {
        if value.kind() != Kind::Tuple {
            return None;
        }
        let mut segments = Segments::of(self.graph, self.place(value));
        match (segments.next(), segments.next()) {
            (None, _) => Some(&[]),
            (Some((How::Made, values)), None) => Some(values),
            _ => None,
        }
    }

    /// When a value was made, if it was made of others.
    pub fn made_at(self, value: Value) -> Option<Moment> {
        Segments::of(self.graph, self.place(value)).next.map(Moment)
    }

    /// What BUILD gave to a value, in order, and when.
    pub fn states_at(self, value: Value) -> impl Iterator<Item = (Moment, Value)> + use<'g> {
        let mut segments = Segments::of(self.graph, self.place(value));
        std::iter::from_fn(move || {
            loop {
                let own = segments.next?;
                if let (How::State, values) = segments.next()? {
                    return values.first().map(|state| (Moment(own), *state));
                }
            }
        })
    }

    /// Whether a list, dict or set was filled after a moment: what was copied of it then doesn't have all that it has.
    pub fn is_filled_after(self, container: Value, moment: Moment) -> bool {
        // Segments stand in the stream's order.
        let last = self.graph.last(self.place(container));
        last.is_some_and(|last| last > moment.0)
    }

    /// Whether a list, dict or set was empty until a moment, and filled after it.
    pub fn is_filled_only_after(self, container: Value, moment: Moment) -> bool {
        let segments = Segments::of(self.graph, self.place(container));
        // One that was made of nothing is no filling.
        let mut segments = std::iter::successors(Some(segments), |segments| {
            let mut next = segments.clone();
            next.next().map(|_| next)
        });
        segments
            .find_map(|segments| {
                let own = segments.next?;
                let (_, values) = segments.clone().next()?;
                (!values.is_empty()).then_some(own > moment.0)
            })
            .unwrap_or(false)
    }

    /// Module and name of what is looked up, where the stream decides both.
    pub fn name(self, value: Value) -> Option<(Text<'a>, Text<'a>)> {
        if value.kind() != Kind::Global {
            return None;
        }
        let op = self.op(value)?;
        if op.opcode != Opcode::StackGlobal {
            return match text::usual(&op).ok()? {
                Meaning::Names { module, name } => Some((module, name)),
                _ => None,
            };
        }
        match *self.made_of(value) {
            [module, name] => Some((self.string(module)?, self.string(name)?)),
            _ => None,
        }
    }

    /// Text as a name can be: a `str`, or a Python 2 `str` that is ASCII.
    pub fn string(self, value: Value) -> Option<Text<'a>> {
        match self.atom(value)? {
            Meaning::Str(text) => Some(text),
            Meaning::Bytes(_) if value.kind() == Kind::OldStr => self.text(value).map(Text::Str),
            _ => None,
        }
    }

    /// The call that made an object.
    pub fn call(self, value: Value) -> Option<Call<'g>> {
        if value.kind() != Kind::Object {
            return None;
        }
        let how = self.op(value)?.opcode;
        let made_of = self.made_of(value);
        let (callee, arguments, keywords) = match (how, made_of) {
            (Opcode::Reduce | Opcode::NewObj, &[callee, arguments]) => {
                (callee, Arguments::In(arguments), None)
            }
            (Opcode::NewObjEx, &[callee, arguments, keywords]) => {
                (callee, Arguments::In(arguments), Some(keywords))
            }
            (Opcode::Obj, [callee, arguments @ ..]) => (*callee, Arguments::Are(arguments), None),
            (Opcode::Inst, arguments) => (
                self.graph.found_at(value.offset())?,
                Arguments::Are(arguments),
                None,
            ),
            _ => return None,
        };
        Some(Call {
            how,
            callee,
            arguments,
            keywords,
        })
    }

    /// What the opcode at `offset` looked up.
    pub(crate) fn found_at(self, offset: u64) -> Option<Value> {
        self.graph.found_at(offset)
    }

    /// The call that the opcode at `offset` makes.
    pub fn call_at(self, offset: u64) -> Option<Call<'g>> {
        self.call(Value::new(Kind::Object, 0, offset))
    }

    /// The arguments of a call, one after the other; `None` where they don't stand in a tuple.
    pub fn arguments(self, call: &Call<'g>) -> Option<&'g [Value]> {
        match call.arguments {
            Arguments::In(tuple) => self.tuple(tuple),
            Arguments::Are(arguments) => Some(arguments),
        }
    }

    /// Whether what a value holds came in more than so many pieces: what it was made of, fillings, states.
    pub fn is_in_more_pieces(self, value: Value, most: usize) -> bool {
        Segments::of(self.graph, self.place(value))
            .nth(most)
            .is_some()
    }

    /// What BUILD gave to a value, in order.
    pub fn states(self, value: Value) -> impl Iterator<Item = Value> + use<'g> {
        Segments::of(self.graph, self.place(value))
            .filter(|(how, _)| *how == How::State)
            .flat_map(|(_, values)| values.iter().copied())
    }

    /// Keys and values of a dict or of what is treated as one, in the stream's order; `None` where the graph doesn't keep
    /// what it holds.
    pub fn pairs(self, value: Value) -> Option<impl Iterator<Item = (Value, Value)> + use<'g>> {
        let made = value.kind() == Kind::Dict;
        (!self.graph.calls_only).then(|| {
            Segments::of(self.graph, self.place(value))
                .filter(move |(how, _)| *how == How::Pairs || made && *how == How::Made)
                .flat_map(|(_, values)| values.as_chunks().0)
                .map(|[key, value]| (*key, *value))
        })
    }

    /// The items of a tuple or list, the members of a set, or what is appended or added to something else, in the
    /// stream's order; `None` where the graph doesn't keep what it holds.
    pub fn items(self, value: Value) -> Option<impl Iterator<Item = Value> + use<'g>> {
        let made = matches!(
            value.kind(),
            Kind::Tuple | Kind::List | Kind::Set | Kind::Frozenset
        );
        (!self.graph.calls_only || value.kind() == Kind::Tuple).then(|| {
            Segments::of(self.graph, self.place(value))
                .filter(move |(how, _)| {
                    matches!(how, How::Items | How::Members) || made && *how == How::Made
                })
                .flat_map(|(_, values)| values.iter().copied())
        })
    }

    /// Its pairs, where they are `most` at most and it was given nothing else: see [`pairs`](Self::pairs). Looks at no more.
    pub fn few_pairs(
        self,
        value: Value,
        most: usize,
    ) -> Option<impl Iterator<Item = (Value, Value)> + use<'g>> {
        self.are_few(value, most.saturating_mul(2), How::Pairs)
            .then(|| self.pairs(value))
            .flatten()
    }

    /// Its items, where they are `most` at most and it was given nothing else: see [`items`](Self::items). Looks at no more.
    pub fn few_items(
        self,
        value: Value,
        most: usize,
    ) -> Option<impl Iterator<Item = Value> + use<'g>> {
        self.are_few(value, most, How::Items)
            .then(|| self.items(value))
            .flatten()
    }

    /// Whether a value was made of and given `most` values at most, and only so.
    fn are_few(self, value: Value, most: usize, given: How) -> bool {
        let mut left = most;
        // One more for what it was made of, which may be nothing.
        let segments = most.saturating_add(1);
        let mut all = Segments::of(self.graph, self.place(value));
        let few = all.by_ref().take(segments).all(|(how, values)| {
            let fits = values.len() <= left && (how == given || how == How::Made);
            left = left.saturating_sub(values.len());
            fits
        });
        few && all.next().is_none()
    }

    /// All that a value holds, in the stream's order.
    pub fn children(self, value: Value) -> Children<'g> {
        let how = match value.kind() {
            Kind::Object => self.op(value).map(|op| op.opcode),
            _ => None,
        };
        let callee = match how {
            Some(Opcode::Inst) => self.graph.found_at(value.offset()),
            _ => None,
        };
        Children {
            kind: value.kind(),
            how,
            callee,
            segments: Segments::of(self.graph, self.place(value)),
            now: (How::Made, &[]),
            next: 0,
        }
    }

    /// What a value was made of.
    fn made_of(self, value: Value) -> &'g [Value] {
        match Segments::of(self.graph, self.place(value)).next() {
            Some((How::Made, values)) => values,
            _ => &[],
        }
    }
}

/// The segments of a value, in the stream's order.
#[derive(Clone, Debug)]
pub(super) struct Segments<'g> {
    graph: &'g Graph,
    last: u32,
    next: Option<u32>,
}

impl<'g> Segments<'g> {
    pub(super) fn of(graph: &'g Graph, offset: u64) -> Self {
        let last = graph.last(offset);
        Self {
            graph,
            last: last.unwrap_or_default(),
            next: last.map(|last| graph.next(last)),
        }
    }
}

impl<'g> Iterator for Segments<'g> {
    type Item = (How, &'g [Value]);

    fn next(&mut self) -> Option<Self::Item> {
        let own = self.next.take()?;
        if own != self.last {
            self.next = Some(self.graph.next(own));
        }
        self.graph.values(own)
    }
}

/// What a value holds; see [`View::children`].
#[derive(Clone, Debug)]
pub struct Children<'g> {
    kind: Kind,
    how: Option<Opcode>,
    callee: Option<Value>,
    segments: Segments<'g>,
    now: (How, &'g [Value]),
    next: usize,
}

impl Iterator for Children<'_> {
    type Item = Child;

    fn next(&mut self) -> Option<Child> {
        if let Some(value) = self.callee.take() {
            let role = Role::Callee;
            return Some(Child { role, value });
        }
        loop {
            let (how, values) = self.now;
            if let Some(value) = values.get(self.next).copied() {
                let role = role(self.kind, self.how, how, self.next);
                self.next = self.next.saturating_add(1);
                return Some(Child { role, value });
            }
            self.now = self.segments.next()?;
            self.next = 0;
        }
    }
}

/// As what a value is held: the one at place `at` of those that were given in this manner.
pub(super) fn role(kind: Kind, made_by: Option<Opcode>, how: How, at: usize) -> Role {
    match (how, kind) {
        (How::Items, _) | (How::Made, Kind::List | Kind::Tuple) => Role::Item,
        (How::Members, _) | (How::Made, Kind::Set | Kind::Frozenset) => Role::Member,
        (How::Pairs, _) | (How::Made, Kind::Dict) => {
            if at.is_multiple_of(2) {
                Role::Key
            } else {
                Role::Value
            }
        }
        (How::State, _) => Role::State,
        (How::Made, Kind::Persistent) => Role::Id,
        (How::Made, Kind::Global) if at == 0 => Role::Module,
        (How::Made, Kind::Global) => Role::Name,
        (How::Made, _) => match (made_by, at) {
            (Some(Opcode::Inst), _) => Role::Argument,
            (_, 0) => Role::Callee,
            (Some(Opcode::Obj), _) => Role::Argument,
            (_, 1) => Role::Arguments,
            _ => Role::Keywords,
        },
    }
}
