//! `dump`: every opcode, then what is stored how, then what is wrong.

use std::collections::{HashMap, VecDeque};

use crate::{
    container::detect::CrLf,
    decode::{
        Argument, Op, Ops, ops,
        text::{self, Agreement},
    },
    inspect::{self, Part},
    limits,
    machine::{frame::Frames, outline::Outline},
    opcode::{Item, Opcode, Shape, Storage},
    span::Span,
};

use super::problem::{Problem, ProblemKind, Severity};

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
    /// A pickle ends, or reading it does.
    End(Box<End<'a>>),
    /// Something is wrong or odd. Follows the line that it is about.
    Problem(Box<Problem<'a>>),
}

/// An opcode in its place.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The pickle that it is in, counted from 0.
    pub pickle: u64,
    /// The opcode.
    pub op: Op<'a>,
    /// How many marks are open around it.
    pub depth: u64,
    /// Where the mark is that it takes.
    pub mark: Option<u64>,
}

/// How far a pickle could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// To STOP.
    Complete,
    /// To STOP, but loaders part on the way.
    Ambiguous,
    /// No loader gets to STOP.
    Incomplete,
}

impl Reading {
    /// `complete`, `ambiguous` or `incomplete`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Ambiguous => "ambiguous",
            Self::Incomplete => "incomplete",
        }
    }
}

/// What there is to say at a pickle's end.
#[derive(Debug)]
pub struct End<'a> {
    /// Which pickle, counted from 0.
    pub pickle: u64,
    /// From its first byte to behind its STOP, or to where reading failed.
    pub span: Span,
    /// What its last PROTO says; without one, the first protocol that has all its opcodes.
    pub protocol: u8,
    /// How many opcodes it has.
    pub opcodes: u64,
    /// How far it could be read.
    pub reading: Reading,
    /// What it stores how.
    pub tally: Tally<'a>,
    /// How many notes, ambiguities and faults were told.
    pub problems: u64,
}

/// What is stored how: counted per opcode, so that everything else follows from the opcode table.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    counts: [u64; 256],
    bytes: [u64; 256],
    names: Vec<(Name<'a>, u64)>,
    index: HashMap<Name<'a>, usize>,
    unlisted: u64,
}

/// Module and name as GLOBAL or INST give them.
pub type Name<'a> = (&'a [u8], &'a [u8]);

impl Default for Tally<'_> {
    fn default() -> Self {
        Self {
            counts: [0; 256],
            bytes: [0; 256],
            names: Vec::new(),
            index: HashMap::new(),
            unlisted: 0,
        }
    }
}

impl<'a> Tally<'a> {
    #[inline]
    fn see(&mut self, op: &Op<'a>) {
        let index = usize::from(op.opcode.byte());
        if let (Some(count), Some(bytes)) = (self.counts.get_mut(index), self.bytes.get_mut(index))
        {
            *count = count.saturating_add(1);
            *bytes = bytes.saturating_add(op.length());
        }
        if let Argument::Pair { module, name } = op.argument {
            self.see_name((module, name));
        }
    }

    fn see_name(&mut self, name: Name<'a>) {
        let known = self.index.get(&name).copied();
        match known.and_then(|at| self.names.get_mut(at)) {
            Some((_, count)) => *count = count.saturating_add(1),
            None if self.index.len() < limits::DISTINCT_NAMES => {
                self.index.insert(name, self.names.len());
                self.names.push((name, 1));
            }
            None => self.unlisted = self.unlisted.saturating_add(1),
        }
    }

    /// How often an opcode stands in the pickle.
    pub fn count(&self, opcode: Opcode) -> u64 {
        self.counts
            .get(usize::from(opcode.byte()))
            .copied()
            .unwrap_or(0)
    }

    /// How many bytes of the pickle store something this way; with `None`, how many store nothing.
    pub fn bytes(&self, stores: Option<Storage>) -> u64 {
        Opcode::all()
            .filter(|opcode| opcode.stores() == stores)
            .filter_map(|opcode| self.bytes.get(usize::from(opcode.byte())))
            .sum()
    }

    /// The opcodes that store something this way and occur, with their counts.
    pub fn storing(&self, storage: Storage) -> impl Iterator<Item = (Opcode, u64)> {
        Opcode::all()
            .filter(move |opcode| opcode.stores() == Some(storage))
            .map(|opcode| (opcode, self.count(opcode)))
            .filter(|(_, count)| *count > 0)
    }

    /// What is stored by value, counted by what it is.
    pub fn values(&self) -> Vec<(Item, u64)> {
        let mut values: Vec<(Item, u64)> = Vec::new();
        for (opcode, count) in self.storing(Storage::Value) {
            let Some(item) = opcode.stack_after().first() else {
                continue;
            };
            match values.iter_mut().find(|(known, _)| known == item) {
                Some((_, sum)) => *sum = sum.saturating_add(count),
                None => values.push((*item, count)),
            }
        }
        values
    }

    /// The distinct names of GLOBAL and INST in the order of their first place, each with how often it stands there.
    pub fn names(&self) -> &[(Name<'a>, u64)] {
        &self.names
    }

    /// How many further GLOBAL and INST have names that aren't listed, because [`limits::DISTINCT_NAMES`] were.
    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }
}

/// The rows of an input; `whole` says whether these are all its bytes.
///
/// Nothing is kept but the open marks, the distinct names and the counts of the pickle at hand: a row is made when it is
/// asked for.
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
        queue: VecDeque::new(),
        next: Next::First,
        pickle: 0,
    }
}

/// An iterator over the rows of an input; see [`rows`].
#[derive(Debug)]
pub struct Rows<'a> {
    input: &'a [u8],
    whole: bool,
    /// Rows that are due before the input is read on.
    queue: VecDeque<Row<'a>>,
    next: Next<'a>,
    /// The pickle that is read or comes next, counted from 0.
    pickle: u64,
}

#[derive(Debug)]
enum Next<'a> {
    First,
    In(Box<Open<'a>>),
    After(u64),
    Nothing,
}

/// A pickle that is being read.
#[derive(Debug)]
struct Open<'a> {
    ops: Ops<'a>,
    start: u64,
    opcodes: u64,
    proto: Option<u8>,
    outline: Outline,
    frames: Frames,
    lines: CrLf,
    tally: Tally<'a>,
    worst: Option<Severity>,
    problems: u64,
}

impl<'a> Rows<'a> {
    fn open(&mut self, part: Part<'a>) -> Option<Row<'a>> {
        self.next = Next::Nothing;
        match part {
            Part::Pickle(offset) => {
                let mut ops = ops(self.input);
                ops.skip_to(offset);
                self.next = Next::In(Box::new(Open {
                    ops,
                    start: offset,
                    opcodes: 0,
                    proto: None,
                    outline: Outline::default(),
                    frames: Frames::default(),
                    lines: CrLf::default(),
                    tally: Tally::default(),
                    worst: None,
                    problems: 0,
                }));
                Some(Row::Start {
                    pickle: self.pickle,
                    offset,
                })
            }
            part => Problem::of_part(part).map(|problem| Row::Problem(Box::new(problem))),
        }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        if let Some(row) = self.queue.pop_front() {
            return Some(row);
        }
        let open = match &mut self.next {
            Next::In(open) => open,
            Next::First => return self.open(inspect::first(self.input, self.whole)),
            Next::After(offset) => {
                let offset = *offset;
                return self.open(inspect::after(self.input, offset));
            }
            Next::Nothing => return None,
        };
        match open.ops.next() {
            Some(Ok(op)) => Some(Row::Line(open.see(
                op,
                self.pickle,
                self.input.len() as u64,
                &mut self.queue,
            ))),
            Some(Err(fault)) => {
                let (offset, pickle) = (fault.offset(), self.pickle);
                if fault.wants_more() && !self.whole {
                    let limit = ProblemKind::Limit(self.input.len() as u64);
                    open.tell(pickle, offset, limit, &mut self.queue);
                }
                open.tell(pickle, offset, ProblemKind::Fault(fault), &mut self.queue);
                self.close(offset, false)
            }
            None => {
                let end = open.ops.offset();
                self.close(end, true)
            }
        }
    }
}

impl<'a> Rows<'a> {
    /// Ends the pickle at hand; what was queued comes before.
    fn close(&mut self, end: u64, stopped: bool) -> Option<Row<'a>> {
        let next = if stopped {
            Next::After(end)
        } else {
            Next::Nothing
        };
        if let Next::In(mut open) = std::mem::replace(&mut self.next, next) {
            if let Some(damage) = open.lines.verdict() {
                open.tell(
                    self.pickle,
                    damage.first,
                    ProblemKind::CrLf(damage),
                    &mut self.queue,
                );
            }
            self.queue
                .push_back(Row::End(Box::new(open.end(self.pickle, end))));
            self.pickle = self.pickle.saturating_add(1);
        }
        self.queue.pop_front()
    }
}

impl<'a> Open<'a> {
    /// Takes in an opcode, and queues what is odd about it.
    #[inline]
    fn see(
        &mut self,
        op: Op<'a>,
        pickle: u64,
        length: u64,
        queue: &mut VecDeque<Row<'a>>,
    ) -> Line<'a> {
        self.tally.see(&op);
        if let Some(note) = self.frames.see(&op, length) {
            self.tell(pickle, op.offset, ProblemKind::Frame(note), queue);
        }
        if !matches!(op.argument, Argument::None) {
            self.see_argument(&op, pickle, queue);
        }
        self.opcodes = self.opcodes.saturating_add(1);
        let before = self.outline.marks();
        let moved = self.outline.step(op.offset, op.opcode);
        if moved.short {
            self.tell(pickle, op.offset, ProblemKind::Underflow(op.opcode), queue);
        }
        Line {
            pickle,
            op,
            depth: before.min(self.outline.marks()),
            mark: moved.mark,
        }
    }

    fn see_argument(&mut self, op: &Op<'a>, pickle: u64, queue: &mut VecDeque<Row<'a>>) {
        self.lines.see(op);
        match text::agreement(op) {
            Agreement::All
                if is_number_text(op) && text::agreement_everywhere(op) == Agreement::Some =>
            {
                self.tell(pickle, op.offset, ProblemKind::OtherVersions(*op), queue);
            }
            Agreement::All => {}
            Agreement::None(why) => self.tell(
                pickle,
                op.offset,
                ProblemKind::Unreadable(op.opcode, why),
                queue,
            ),
            Agreement::Some => self.tell(pickle, op.offset, ProblemKind::Differs(*op), queue),
        }
        if let (Opcode::Proto, Argument::Int(protocol)) = (op.opcode, op.argument) {
            if op.offset != self.start {
                self.tell(pickle, op.offset, ProblemKind::LateProto, queue);
            }
            self.proto = u8::try_from(protocol).ok();
            if self
                .proto
                .is_none_or(|protocol| protocol > Opcode::HIGHEST_PROTOCOL)
            {
                self.tell(pickle, op.offset, ProblemKind::Protocol(protocol), queue);
            }
        }
    }

    #[cold]
    fn tell(
        &mut self,
        pickle: u64,
        offset: u64,
        kind: ProblemKind<'a>,
        queue: &mut VecDeque<Row<'a>>,
    ) {
        let problem = Problem {
            pickle: Some(pickle),
            offset,
            kind,
        };
        self.worst = self.worst.max(Some(problem.severity()));
        self.problems = self.problems.saturating_add(1);
        queue.push_back(Row::Problem(Box::new(problem)));
    }

    fn end(self, pickle: u64, end: u64) -> End<'a> {
        let needed = Opcode::all()
            .filter(|opcode| self.tally.count(*opcode) > 0)
            .map(Opcode::protocol)
            .max();
        End {
            pickle,
            span: Span {
                start: self.start,
                end,
            },
            protocol: self.proto.or(needed).unwrap_or(0),
            opcodes: self.opcodes,
            reading: match self.worst {
                Some(Severity::Fault) => Reading::Incomplete,
                Some(Severity::Ambiguous) => Reading::Ambiguous,
                Some(Severity::Note) | None => Reading::Complete,
            },
            tally: self.tally,
            problems: self.problems,
        }
    }
}

/// Whether the argument is a number written as text, in which versions of Python differ.
fn is_number_text(op: &Op<'_>) -> bool {
    matches!(
        op.opcode.shape(),
        Shape::DecimalShort | Shape::DecimalLong | Shape::FloatLine
    )
}
