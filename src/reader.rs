//! A stream to its pickles, read as each unpickler reads them.
//!
//! The stream is read once as `_pickle.c` reads it from bytes. What other unpicklers may take otherwise raises a flag;
//! only then is it read again, once for each, and what they look up, do and end with is compared.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::collections::HashMap;

use crate::{
    container::detect::{CrLf, Damage},
    decode::{
        Argument, Op, Ops, ops,
        text::{self, Agreement, Dialect, Unreadable},
    },
    error::Fault,
    machine::{
        Failure, Kind, Machine, Step,
        effect::Effect,
        frame::{FrameNote, Frames},
        lookup::Lookup,
        source::{Framing, Source},
    },
    opcode::{Layout, Opcode, Shape, Storage},
    span::Span,
};

/// How far a pickle could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// To STOP, by all of Python 3's unpicklers alike.
    Complete,
    /// To STOP by one at least, but they part on the way: one fails, or they look up, call or make something else.
    Ambiguous,
    /// To STOP by none.
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

/// The readers that do something, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readers(u8);

impl Readers {
    /// `_pickle.c` of Python 3, from bytes.
    pub const C_BYTES: Self = Self(1);
    /// `_pickle.c` of Python 3, from a file that is read frame by frame.
    pub const C_FILE: Self = Self(2);
    /// `pickle.py` of Python 3.
    pub const PYTHON: Self = Self(4);
    /// The unpicklers of Python 2.
    pub const PYTHON_2: Self = Self(8);
    /// All of Python 3.
    pub const PYTHON_3: Self = Self(7);

    const NAMES: [(Self, &'static str); 4] = [
        (Self::C_BYTES, "c-bytes"),
        (Self::C_FILE, "c-file"),
        (Self::PYTHON, "python"),
        (Self::PYTHON_2, "python2"),
    ];

    /// Whether all of Python 3's are among them.
    pub const fn are_all(self) -> bool {
        self.0 & Self::PYTHON_3.0 == Self::PYTHON_3.0
    }

    /// Their names: `c-bytes`, `c-file`, `python`, `python2`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .filter(move |(one, _)| self.0 & one.0 != 0)
            .map(|(_, name)| name)
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Something that keeps a reader from reading on, makes readers part, or is odd.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trouble<'a> {
    /// The bytes can't be split into opcodes any further.
    Fault(Fault),
    /// The opcode makes `_pickle.c` raise.
    Failure(Op<'a>, Failure),
    /// No loader takes the argument.
    Unreadable(Op<'a>, Unreadable),
    /// The loaders of Python 3.6 to 3.13, in C and in Python, read the argument differently.
    Differs(Op<'a>),
    /// They read it alike, but those of Python 2 or of 3.14 don't.
    OtherVersions(Op<'a>),
    /// PROTO that isn't the pickle's first opcode.
    LateProto(u64),
    /// Something about a frame, at the opcode of this offset.
    Frame(u64, FrameNote),
    /// The stream's text went through a translation of newlines to CR LF.
    CrLf(Damage),
}

impl Trouble<'_> {
    /// Where, from the start of the input.
    pub fn offset(&self) -> u64 {
        match self {
            Self::Fault(fault) => fault.offset(),
            Self::Failure(op, _)
            | Self::Unreadable(op, _)
            | Self::Differs(op)
            | Self::OtherVersions(op) => op.offset,
            Self::LateProto(offset) | Self::Frame(offset, _) => *offset,
            Self::CrLf(damage) => damage.first,
        }
    }
}

/// How often each opcode stands in a pickle, and in how many bytes: everything else follows from the opcode table.
#[derive(Clone, Debug)]
pub struct Tally {
    counts: [u64; 256],
    bytes: [u64; 256],
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: [0; 256],
            bytes: [0; 256],
        }
    }
}

impl Tally {
    #[inline(always)]
    fn see(&mut self, op: &Op<'_>) {
        if let Some(count) = self.counts.get_mut(usize::from(op.opcode.byte())) {
            *count = count.wrapping_add(1);
        }
    }

    /// Takes in the bytes that a line or a payload has; those of all else follow from the counts.
    #[inline(always)]
    fn see_bytes(&mut self, op: &Op<'_>, length: u64) {
        if let Some(bytes) = self.bytes.get_mut(usize::from(op.opcode.byte())) {
            *bytes = bytes.wrapping_add(length);
        }
    }

    /// How often an opcode stands in the pickle.
    pub fn count(&self, opcode: Opcode) -> u64 {
        self.counts
            .get(usize::from(opcode.byte()))
            .copied()
            .unwrap_or(0)
    }

    /// How many opcodes the pickle has.
    pub fn opcodes(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// How many bytes of the pickle store something this way; with `None`, how many store nothing.
    pub fn bytes(&self, stores: Option<Storage>) -> u64 {
        Opcode::all()
            .filter(|opcode| opcode.stores() == stores)
            .map(|opcode| match opcode.shape().layout() {
                Layout::Empty => self.count(opcode),
                Layout::Fixed(width) => self
                    .count(opcode)
                    .saturating_mul(u64::from(width).saturating_add(1)),
                _ => self
                    .bytes
                    .get(usize::from(opcode.byte()))
                    .copied()
                    .unwrap_or(0),
            })
            .fold(0, u64::saturating_add)
    }

    /// What is stored or made, counted by what it is.
    pub fn values(&self) -> Vec<(Kind, u64)> {
        let mut values: Vec<(Kind, u64)> = Vec::new();
        for opcode in Opcode::all() {
            let count = self.count(opcode);
            let Some(kind) = Kind::made_by(opcode).filter(|_| count > 0) else {
                continue;
            };
            match values.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, sum)) => *sum = sum.saturating_add(count),
                None => values.push((kind, count)),
            }
        }
        values
    }
}

/// A pickle, and what loading it would do.
#[derive(Clone, Debug)]
pub struct Pickle<'a> {
    /// From its first byte to behind the STOP that its opcodes reach; where they reach none, to where they fail.
    pub span: Span,
    /// What its last PROTO says; without one, the first protocol that has all its opcodes.
    pub protocol: u8,
    /// How far it can be read.
    pub reading: Reading,
    /// Its opcodes, counted.
    pub tally: Tally,
    /// What is looked up, in order, each with the readers that do.
    pub lookups: Vec<(Lookup<'a>, Readers)>,
    /// What is done, in order, by `_pickle.c` from bytes as far as it comes.
    pub effects: Vec<Effect>,
}

/// Reads the pickle that starts at `start`, an offset into `input`, an opcode at a time.
///
/// ```
/// use pickscope::reader::{Reader, Reading};
///
/// let mut reader = Reader::new(b"\x80\x02cmath\nfactorial\nK\x05\x85R.", 0);
/// let opcodes = reader.by_ref().count();
/// let pickle = reader.finish();
/// assert_eq!((opcodes, pickle.reading), (6, Reading::Complete));
/// assert_eq!(pickle.lookups.len(), 1);
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    start: u64,
    ops: Ops<'a>,
    machine: Machine<'a>,
    frames: Frames,
    lines: CrLf,
    protocol: Option<u8>,
    tally: Tally,
    /// Whether other readers may take something otherwise.
    parts: bool,
    /// Whether they make different values of an argument.
    differs: bool,
    /// Whether it failed, and how much had been looked up and done by then.
    failed: Option<(usize, usize)>,
    /// How the opcodes ended.
    stopped: bool,
    faulted: bool,
    troubles: Vec<Trouble<'a>>,
}

impl<'a> Iterator for Reader<'a> {
    type Item = (Op<'a>, Step);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        match self.ops.next() {
            Some(Ok(op)) => {
                let step = self.see(&op, self.ops.offset());
                Some((op, step))
            }
            Some(Err(fault)) => {
                self.fault(fault);
                None
            }
            None => {
                self.stop();
                None
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// A reader of the pickle that starts at `start`.
    pub fn new(input: &'a [u8], start: u64) -> Self {
        let mut ops = ops(input);
        ops.skip_to(start);
        Self {
            input,
            start,
            ops,
            machine: Machine::new(input, Dialect::C),
            frames: Frames::default(),
            lines: CrLf::default(),
            protocol: None,
            tally: Tally::default(),
            parts: false,
            differs: false,
            failed: None,
            stopped: false,
            faulted: false,
            troubles: Vec::new(),
        }
    }

    /// Reads on until something is found wrong or odd, or to the end; whether it isn't at the end.
    ///
    /// As the iterator, for those who have no use for the opcodes.
    pub fn advance(&mut self) -> bool {
        // Kept apart from `self`, so that it stays in registers.
        let mut ops = self.ops.clone();
        let more = loop {
            match ops.next() {
                Some(Ok(op)) => {
                    self.see(&op, ops.offset());
                    if self.is_troubled() {
                        break true;
                    }
                }
                Some(Err(fault)) => {
                    self.fault(fault);
                    break false;
                }
                None => break false,
            }
        };
        self.ops = ops;
        if !more {
            self.stop();
        }
        more
    }

    /// Notes that the opcodes have ended: with STOP, if not with a fault.
    fn stop(&mut self) {
        if !self.faulted && !self.stopped {
            self.stopped = true;
            self.frame(self.ops.offset().saturating_sub(1));
        }
    }

    #[cold]
    fn fault(&mut self, fault: Fault) {
        self.faulted = true;
        self.fail(u64::MAX);
        self.troubles.push(Trouble::Fault(fault));
    }

    /// What was found wrong or odd since this was last asked.
    #[inline]
    pub fn troubles(&mut self) -> impl Iterator<Item = Trouble<'a>> + use<'a> {
        std::mem::take(&mut self.troubles).into_iter()
    }

    /// Whether something is there to be asked for by [`troubles`](Self::troubles).
    #[inline]
    pub fn is_troubled(&self) -> bool {
        !self.troubles.is_empty()
    }

    /// The machine as it stands.
    pub fn machine(&self) -> &Machine<'a> {
        &self.machine
    }

    /// Whether STOP was reached by splitting the bytes into opcodes, whatever the machine says of them.
    pub fn reached_stop(&self) -> bool {
        self.stopped
    }

    #[inline(always)]
    fn see(&mut self, op: &Op<'a>, end: u64) -> Step {
        self.tally.see(op);
        // Only FRAME has such an argument.
        if !self.frames.are_clear(end) || matches!(op.argument, Argument::Uint(_)) {
            self.frame(op.offset);
        }
        if !matches!(op.argument, Argument::None) {
            self.argument(op, end);
        }
        let step = self.machine.step(op);
        if let Some(failure) = step.failure {
            self.failure(op.offset, failure);
        }
        step
    }

    #[inline(always)]
    fn argument(&mut self, op: &Op<'a>, end: u64) {
        match op.argument {
            Argument::Bytes(_) => self.tally.see_bytes(op, end.wrapping_sub(op.offset)),
            Argument::Line(_) | Argument::Pair { .. } => self.lines(op.offset, end),
            Argument::Int(protocol) if op.opcode == Opcode::Proto => {
                self.protocol = u8::try_from(protocol).ok();
                if op.offset != self.start {
                    self.troubles.push(Trouble::LateProto(op.offset));
                }
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn lines(&mut self, offset: u64, end: u64) {
        let Some(op) = self.machine.op_at(offset) else {
            return;
        };
        self.tally.see_bytes(&op, end.wrapping_sub(op.offset));
        self.lines.see(&op);
        if text::check_alike(&op) == Agreement::Some {
            self.divergent(&op);
        }
    }

    #[cold]
    fn divergent(&mut self, op: &Op<'a>) {
        self.parts = true;
        match text::agreement(op) {
            Agreement::Some => {
                let takes = |dialect| text::meaning(op, dialect).is_ok();
                self.differs |= takes(Dialect::C) && takes(Dialect::Python);
                self.troubles.push(Trouble::Differs(*op));
            }
            Agreement::All
                if is_number(op) && text::agreement_everywhere(op) == Agreement::Some =>
            {
                self.troubles.push(Trouble::OtherVersions(*op));
            }
            Agreement::All | Agreement::None(_) => {}
        }
    }

    #[cold]
    fn frame(&mut self, offset: u64) {
        let length = self.input.len() as u64;
        let Some(note) = self
            .machine
            .op_at(offset)
            .and_then(|op| self.frames.see(&op, length))
        else {
            return;
        };
        match note {
            // STOP ends a pickle for all of them.
            FrameNote::Slack { .. } => {}
            FrameNote::Overrun { .. } => self.fail(u64::MAX),
            FrameNote::Nested { .. } | FrameNote::Straddle { .. } => self.parts = true,
        }
        self.troubles.push(Trouble::Frame(offset, note));
    }

    #[cold]
    fn failure(&mut self, offset: u64, failure: Failure) {
        self.fail(offset);
        let Some(op) = self.machine.op_at(offset) else {
            return;
        };
        match failure {
            Failure::Unreadable(why) => match text::agreement(&op) {
                // That was told already, with each reading.
                Agreement::Some => {}
                Agreement::None(why) => self.troubles.push(Trouble::Unreadable(op, why)),
                Agreement::All => self.troubles.push(Trouble::Unreadable(op, why)),
            },
            failure => self.troubles.push(Trouble::Failure(op, failure)),
        }
    }

    /// Notes that this reading fails at `offset`. What the step that failed logged is what comes nearest, and not what was
    /// done.
    #[cold]
    fn fail(&mut self, offset: u64) {
        self.parts = true;
        if self.failed.is_some() {
            return;
        }
        let after = |at: Option<usize>| at.map_or(0, |at| at.saturating_add(1));
        let lookups = self.machine.lookups().iter();
        let effects = self.machine.effects().iter();
        self.failed = Some((
            after(
                lookups
                    .into_iter()
                    .rposition(|lookup| lookup.offset < offset),
            ),
            after(
                effects
                    .into_iter()
                    .rposition(|effect| effect.offset() < offset),
            ),
        ));
    }

    /// Whether the text of this pickle went through a translation of newlines to CR LF.
    pub fn line_ends(&self) -> Option<Trouble<'a>> {
        self.lines.verdict().map(Trouble::CrLf)
    }

    /// The pickle, once all its opcodes are read. Where readers may part, it is read again as each does.
    pub fn finish(self) -> Pickle<'a> {
        let needed = Opcode::all()
            .filter(|opcode| self.tally.count(*opcode) > 0)
            .map(Opcode::protocol)
            .max();
        let mut pickle = Pickle {
            span: Span {
                start: self.start,
                end: self.ops.offset(),
            },
            protocol: self.protocol.or(needed).unwrap_or(0),
            reading: Reading::Complete,
            tally: self.tally,
            lookups: Vec::new(),
            effects: Vec::new(),
        };
        let (mut lookups, mut effects) = self.machine.into_logs();
        let mut beyond = Vec::new();
        if let Some((looked_up, done)) = self.failed {
            beyond = lookups.split_off(looked_up.min(lookups.len()));
            effects.truncate(done);
        }
        let bytes = Run {
            stopped: self.stopped && self.failed.is_none(),
            lookups,
            effects,
        };
        if !self.parts {
            pickle.lookups = bytes
                .lookups
                .into_iter()
                .map(|lookup| (lookup, Readers::PYTHON_3))
                .collect();
            pickle.effects = bytes.effects;
            return pickle;
        }
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        let file = Run::framed(self.input, start, Framing::File, Dialect::C);
        let python = Run::framed(self.input, start, Framing::Python, Dialect::Python);
        pickle.reading = match [&bytes, &file, &python].map(|run| run.stopped) {
            [false, false, false] => Reading::Incomplete,
            [true, true, true] if !self.differs && bytes.same(&file) && bytes.same(&python) => {
                Reading::Complete
            }
            _ => Reading::Ambiguous,
        };
        let mut merged = Merged::default();
        merged.add(bytes.lookups, Readers::C_BYTES);
        merged.add(file.lookups, Readers::C_FILE);
        merged.add(python.lookups, Readers::PYTHON);
        if pickle.protocol <= 2 {
            merged.add(
                Run::linear(self.input, self.start, Dialect::C2).lookups,
                Readers::PYTHON_2,
            );
            merged.add(beyond, Readers::PYTHON_2);
        }
        pickle.lookups = merged.in_order();
        pickle.effects = bytes.effects;
        pickle
    }
}

/// What one reader did.
struct Run<'a> {
    stopped: bool,
    lookups: Vec<Lookup<'a>>,
    effects: Vec<Effect>,
}

impl<'a> Run<'a> {
    /// A reader that reads frame by frame, until it raises.
    fn framed(input: &'a [u8], start: usize, framing: Framing, dialect: Dialect) -> Self {
        let mut source = Source::new(input, start, framing);
        let mut machine = Machine::new(input, dialect);
        let mut stopped = false;
        while let Ok((op, in_line)) = source.next_op() {
            if !in_line {
                machine.stray(op);
            }
            let step = machine.step(&op);
            if step.failure.is_some() {
                break;
            }
            if op.opcode == Opcode::Stop {
                stopped = true;
                break;
            }
        }
        Self::of(machine, stopped)
    }

    /// A reader that knows of no frames, until it raises.
    fn linear(input: &'a [u8], start: u64, dialect: Dialect) -> Self {
        let mut ops = ops(input);
        ops.skip_to(start);
        let mut machine = Machine::new(input, dialect);
        let mut stopped = false;
        for op in ops {
            let Ok(op) = op else { break };
            if machine.step(&op).failure.is_some() {
                break;
            }
            stopped = op.opcode == Opcode::Stop;
        }
        Self::of(machine, stopped)
    }

    fn of(machine: Machine<'a>, stopped: bool) -> Self {
        let (lookups, effects) = machine.into_logs();
        Self {
            stopped,
            lookups,
            effects,
        }
    }

    fn same(&self, other: &Self) -> bool {
        self.lookups == other.lookups && self.effects == other.effects
    }
}

/// The lookups of several readers.
#[derive(Default)]
struct Merged<'a> {
    lookups: Vec<(Lookup<'a>, Readers)>,
    /// Those at an offset.
    at: HashMap<u64, Vec<usize>>,
}

impl<'a> Merged<'a> {
    fn add(&mut self, lookups: Vec<Lookup<'a>>, readers: Readers) {
        for lookup in lookups {
            let here = self.at.entry(lookup.offset).or_default();
            let known = here.iter().copied().find(|at| {
                self.lookups.get(*at).is_some_and(|(known, _)| {
                    (known.opcode, &known.target) == (lookup.opcode, &lookup.target)
                })
            });
            match known.and_then(|at| self.lookups.get_mut(at)) {
                Some((_, known)) => known.add(readers),
                None => {
                    here.push(self.lookups.len());
                    self.lookups.push((lookup, readers));
                }
            }
        }
    }

    fn in_order(mut self) -> Vec<(Lookup<'a>, Readers)> {
        self.lookups.sort_by_key(|(lookup, _)| lookup.offset);
        self.lookups
    }
}

/// Whether the argument is a number written as text, in which versions of Python differ.
fn is_number(op: &Op<'_>) -> bool {
    matches!(
        op.opcode.shape(),
        Shape::DecimalShort | Shape::DecimalLong | Shape::FloatLine
    )
}
