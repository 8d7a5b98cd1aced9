//! `dump`: every opcode, then what is stored how, then what is wrong.

use std::collections::VecDeque;

use crate::{
    decode::Op,
    graph::{Graph, View},
    inspect::{self, Behind, Part, Trail},
    limits,
    machine::{Event, Kind, Step, Value, lookup::Lookup},
    opcode::Opcode,
    python::Pythons,
    reader::{Pickle, Raw, Reader},
};

use super::{
    problem::{Problem, ProblemKind},
    resolving::{Resolving, resolving_by},
    words::{self, Spoken},
};

/// A row of the report, in the order of the input.
#[derive(Debug)]
pub enum Row<'a> {
    /// A pickle begins.
    Start {
        /// Which one, counted from 0.
        pickle: u64,
        /// Its first byte, from the start of the input.
        offset: u64,
    },
    /// An opcode.
    Line(Line<'a>),
    /// Bytes that are no opcodes, behind the line before or behind the pickle before; or a pickle inside this one begins, whose opcodes follow.
    Raw {
        /// The pickle that they are in, counted from 0.
        pickle: u64,
        /// What they are.
        raw: Box<Raw>,
    },
    /// The lookup of the line before fails on Pythons that were asked for.
    Fails {
        /// The pickle that it is in, counted from 0.
        pickle: u64,
        /// Where its opcode stands.
        offset: u64,
        /// What each Python makes of it.
        resolving: Box<Resolving>,
    },
    /// A pickle ends, or reading it does.
    End(Box<End<'a>>),
    /// Something is wrong or odd. Follows the line that it is about.
    Problem(Box<Problem<'a>>),
}

/// An opcode in its place.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The pickle that it is in, counted from 0.
    pub pickle: u64,
    /// The opcode.
    pub op: Op<'a>,
    /// How many marks are open around it.
    pub depth: u64,
    /// Where the mark is that it takes.
    pub mark: Option<u64>,
    /// What the machine knows of it.
    pub said: Said<'a>,
}

// One that is larger is moved by calls, which cost some 100 instructions a line.
const _: () = assert!(size_of::<Row<'_>>() <= 128);

/// What the machine knows of an opcode, beside what stands in it.
#[derive(Clone, Debug)]
pub enum Said<'a> {
    /// Nothing.
    Nothing,
    /// It keeps the top of the stack in the memo, at the next free index, which is this.
    Memo(u64),
    /// It pushes this value again, which an opcode with an argument made: a short one, see [`limits::REPEATED`]. These are
    /// its bytes, for [`ops`](crate::decode::ops).
    AgainRead(&'a [u8]),
    /// It pushes this value again.
    Again(Value),
    /// It calls this value, or gives it a state.
    On(Value),
    /// More than a word or two.
    More(Box<More<'a>>),
}

/// What the machine knows of an opcode that looks something up or does something with what was looked up. Few are of that
/// kind: kept apart, for the others nothing has to be dropped.
#[derive(Clone, Debug)]
pub enum More<'a> {
    /// It pushes again what this lookup found.
    AgainFound(Lookup<'a>),
    /// It looks this up, by names from the stack.
    Lookup(Lookup<'a>),
    /// It calls what this lookup found, or gives it a state.
    OnFound(Lookup<'a>),
    /// What comes of its call or its state stands for this.
    StandsFor(Vec<Spoken<'a>>),
}

impl<'a> From<More<'a>> for Said<'a> {
    fn from(more: More<'a>) -> Self {
        Self::More(Box::new(more))
    }
}

/// What there is to say at a pickle's end.
#[derive(Debug)]
pub struct End<'a> {
    /// Which pickle, counted from 0.
    pub pickle: u64,
    /// What it holds and what loading it would do.
    pub read: Pickle<'a>,
    /// How many notes, ambiguities and faults were told.
    pub problems: u64,
}

/// The rows of an input; `whole` says whether these are all its bytes.
///
/// What is kept is what the machine keeps: stack, marks, memo and what was looked up. A row is made when it is asked for.
///
/// ```
/// use pickscope::report::dump::{Row, rows};
///
/// let opcodes: Vec<&str> = rows(b"\x80\x02N.", true)
///     .filter_map(|row| match row {
///         Row::Line(line) => Some(line.op.opcode.name()),
///         _ => None,
///     })
///     .collect();
/// assert_eq!(opcodes, ["PROTO", "NONE", "STOP"]);
/// ```
pub fn rows(input: &[u8], whole: bool) -> Rows<'_> {
    Rows {
        input,
        whole,
        asked: None,
        queue: VecDeque::new(),
        next: Next::First,
        pickle: 0,
        problems: 0,
        trail: Trail::default(),
    }
}

/// An iterator over the rows of an input; see [`rows`].
#[derive(Debug)]
pub struct Rows<'a> {
    input: &'a [u8],
    whole: bool,
    asked: Option<Pythons>,
    /// Rows that are due before the input is read on.
    queue: VecDeque<Row<'a>>,
    next: Next<'a>,
    /// The pickle that is read or comes next, counted from 0.
    pickle: u64,
    /// How many problems were told of it.
    problems: u64,
    trail: Trail,
}

#[derive(Debug)]
enum Next<'a> {
    First,
    In(Box<Reader<'a, Graph>>),
    After(u64),
    Nothing,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    /// Always inlined, and all that few opcodes have isn't: a line then goes from the reader to the printer in registers. As
    /// a value that is made in one place, moved and dropped in others it cost some 200 instructions.
    #[inline(always)]
    fn next(&mut self) -> Option<Row<'a>> {
        if !self.queue.is_empty() {
            return self.queue.pop_front();
        }
        let Next::In(reader) = &mut self.next else {
            return self.go_on();
        };
        let before = reader.machine().marks();
        let raws = reader.raws().len();
        let Some((op, step)) = reader.next() else {
            return self.close();
        };
        let line = Line {
            pickle: self.pickle,
            op,
            depth: before.min(reader.machine().marks()),
            mark: step.mark,
            said: said(reader, self.input, &step, &op),
        };
        if matches!(step.event, Event::Lookup(_)) && self.asked.is_some() {
            self.judge(line.op.offset);
        }
        if self.is_followed(raws) {
            return Some(self.followed(line, raws));
        }
        Some(Row::Line(line))
    }
}

impl<'a> Rows<'a> {
    /// The same rows, for those who ask whether lookups fail on some Pythons.
    #[must_use]
    pub fn on(mut self, asked: Option<Pythons>) -> Self {
        self.asked = asked;
        self
    }

    /// The same rows, where so many pickles come before in other parts of the input.
    #[must_use]
    pub fn after(mut self, pickles: u64) -> Self {
        self.pickle = pickles;
        self
    }

    /// The first row of the next pickle, or that there is none.
    #[inline(never)]
    fn go_on(&mut self) -> Option<Row<'a>> {
        match self.next {
            Next::First => self.open(inspect::first(self.input, self.whole)),
            Next::After(offset) => self.open(inspect::after(self.input, offset)),
            Next::In(_) | Next::Nothing => None,
        }
    }

    /// Whether something follows the line at hand: what is wrong with it, or bytes past the `raws` that were there before.
    #[inline(always)]
    fn is_followed(&self, raws: usize) -> bool {
        match &self.next {
            Next::In(reader) => reader.is_troubled() || reader.raws().len() > raws,
            _ => false,
        }
    }

    /// Queues that the lookup just made, by the opcode at `offset`, fails on Pythons that were asked for, if it does.
    #[inline(never)]
    fn judge(&mut self, offset: u64) {
        if let (Some(asked), Next::In(reader)) = (self.asked, &self.next)
            && let Some(lookup) = reader.machine().lookups().last()
        {
            let declared = reader.declared().unwrap_or(0);
            let resolving = resolving_by(declared, declared, &lookup.target, asked);
            let fails = resolving.filter(|resolving| !resolving.fails().is_empty());
            self.queue.extend(fails.map(|resolving| Row::Fails {
                pickle: self.pickle,
                offset,
                resolving: Box::new(resolving),
            }));
        }
    }

    fn open(&mut self, part: Part<'a>) -> Option<Row<'a>> {
        self.next = Next::Nothing;
        let Part::Pickle(offset) = part else {
            return Problem::of_part(part).map(|problem| Row::Problem(Box::new(problem)));
        };
        self.trail.begins(offset);
        self.next = Next::In(Box::new(Reader::keeping(
            self.input,
            offset,
            Graph::of_calls(),
        )));
        self.problems = 0;
        Some(Row::Start {
            pickle: self.pickle,
            offset,
        })
    }

    /// The row of a line that something follows: what is wrong with it, and bytes behind it that are no opcodes, past the
    /// `raws` that were there before.
    #[cold]
    fn followed(&mut self, mut line: Line<'a>, raws: usize) -> Row<'a> {
        let crossed = match &self.next {
            Next::In(reader) => reader.raws().get(raws).cloned(),
            _ => None,
        };
        if let Some(raw) = &crossed {
            line.said = More::StandsFor(vec![Spoken::Ours(raw.what.clone().into())]).into();
        }
        self.tell();
        self.queue.extend(crossed.map(|raw| Row::Raw {
            pickle: self.pickle,
            raw: Box::new(raw),
        }));
        Row::Line(line)
    }

    /// Queues what the reader found wrong or odd.
    #[cold]
    fn tell(&mut self) {
        if let Next::In(reader) = &mut self.next {
            for trouble in reader.troubles() {
                let problem = Problem::of_trouble(self.pickle, trouble);
                self.problems = self.problems.saturating_add(1);
                self.queue.push_back(Row::Problem(Box::new(problem)));
            }
        }
    }

    /// Ends the pickle at hand; what is queued comes before.
    #[inline(never)]
    fn close(&mut self) -> Option<Row<'a>> {
        self.tell();
        let Next::In(reader) = std::mem::replace(&mut self.next, Next::Nothing) else {
            return None;
        };
        let stopped = reader.reached_stop();
        let line_ends = reader.line_ends();
        let read = reader.finish();
        let end = read.span.end;
        let mut last: Vec<Problem<'a>> = Vec::new();
        if !stopped && !self.whole {
            let limit = ProblemKind::Limit(self.input.len() as u64);
            last.push(Problem::new(Some(self.pickle), end, limit));
        }
        let behind = match stopped {
            true => self.trail.behind(self.input, end),
            false => Behind::default(),
        };
        let next = behind.end(end);
        let troubles = behind.troubles.into_iter();
        last.extend(troubles.map(|trouble| Problem::of_trouble(self.pickle, trouble)));
        last.extend(line_ends.map(|trouble| Problem::of_trouble(self.pickle, trouble)));
        self.problems = self.problems.saturating_add(last.len() as u64);
        self.queue.extend(
            last.into_iter()
                .map(|problem| Row::Problem(Box::new(problem))),
        );
        self.queue.push_back(Row::End(Box::new(End {
            pickle: self.pickle,
            read,
            problems: self.problems,
        })));
        self.queue
            .extend(behind.raws.into_iter().map(|raw| Row::Raw {
                pickle: self.pickle,
                raw: Box::new(raw),
            }));
        if stopped {
            self.next = Next::After(next);
        }
        self.pickle = self.pickle.saturating_add(1);
        self.queue.pop_front()
    }
}

#[inline(always)]
fn said<'a>(reader: &Reader<'a, Graph>, input: &'a [u8], step: &Step, op: &Op<'a>) -> Said<'a> {
    match step.event {
        Event::Put(index) if op.opcode == Opcode::Memoize => Said::Memo(index),
        Event::Get(value) => again(reader, input, value),
        Event::Lookup(_) if op.opcode == Opcode::StackGlobal => looked_up(reader),
        Event::Call { callee, .. } => on(reader, input, step.made, callee),
        Event::State { target, .. } => on(reader, input, Some(target), target),
        _ => Said::Nothing,
    }
}

/// A value that is pushed again.
#[inline(never)]
fn again<'a>(reader: &Reader<'a, Graph>, input: &'a [u8], value: Value) -> Said<'a> {
    if let Some(lookup) = found(reader, value) {
        return More::AgainFound(lookup.clone()).into();
    }
    let op = reader.machine().made_by_within(value, limits::REPEATED);
    match op.and_then(|op| bytes_of(&op, input)) {
        // An opcode of one byte says no more than its kind does.
        Some(bytes) if bytes.len() > 1 => Said::AgainRead(bytes),
        _ => Said::Again(value),
    }
}

/// The bytes of an opcode.
fn bytes_of<'a>(op: &Op<'a>, input: &'a [u8]) -> Option<&'a [u8]> {
    let start = usize::try_from(op.offset).ok()?;
    let length = usize::try_from(op.length()).ok()?;
    input.get(start..)?.get(..length)
}

/// What was just looked up.
#[inline(never)]
fn looked_up<'a>(reader: &Reader<'a, Graph>) -> Said<'a> {
    match reader.machine().lookups().last() {
        Some(lookup) => More::Lookup(lookup.clone()).into(),
        None => Said::Nothing,
    }
}

/// What is done to a value, of which comes another.
#[inline(never)]
fn on<'a>(
    reader: &Reader<'a, Graph>,
    input: &'a [u8],
    made: Option<Value>,
    value: Value,
) -> Said<'a> {
    let view = View::new(reader.watch(), input);
    if let Some(words) = made.and_then(|made| words::stands_for(view, made)) {
        return More::StandsFor(words).into();
    }
    match found(reader, value) {
        Some(lookup) => More::OnFound(lookup.clone()).into(),
        None => Said::On(value),
    }
}

/// The lookup that found a value.
fn found<'r, 'a>(reader: &'r Reader<'a, Graph>, value: Value) -> Option<&'r Lookup<'a>> {
    if value.kind() != Kind::Global {
        return None;
    }
    let number = usize::try_from(value.offset()).ok()?;
    reader.machine().lookups().get(number)
}
