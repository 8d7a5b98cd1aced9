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

mod compare;
mod crlf;
pub(crate) mod nested;
mod pickle;
mod raw;
mod tally;

use crate::{
    decode::{
        Argument, Op, Ops, ops,
        text::{self, Agreement, Dialect},
    },
    error::Fault,
    graph::Watch,
    machine::{
        Event, Failure, Machine, Step,
        frame::{FrameNote, Frames},
        source::Framing,
    },
    opcode::{Opcode, Shape},
    span::Span,
};

use compare::{End, Merged, Run, Stream};
use nested::Candidates;
use pickle::readings;
use raw::Crossing;
use tally::Counter;

pub use crate::idiom::joblib::Unread;
pub use crlf::{CrLf, Damage};
pub use pickle::{Done, Pickle, Readers, Reading, Readings, Storage, Trouble};
pub use raw::Raw;
pub use tally::Tally;

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
///
/// Who wants to know which value holds which has a [`Graph`](crate::graph::Graph) look on: [`keeping`](Self::keeping).
#[derive(Debug)]
pub struct Reader<'a, W = ()> {
    watch: W,
    input: &'a [u8],
    start: u64,
    ops: Ops<'a>,
    machine: Machine<'a>,
    frames: Frames,
    lines: CrLf,
    protocol: Option<u8>,
    counter: Counter,
    /// Values that may hold a pickle.
    candidates: Candidates,
    /// Whether other readers may take something otherwise.
    parts: bool,
    /// Whether they make different values of an argument.
    differs: bool,
    /// Where it failed, if it did.
    failed: Option<Failed>,
    /// What this reading comes to where it hangs on what values hold.
    again: Option<Run<'a>>,
    /// How the opcodes ended.
    stopped: bool,
    faulted: bool,
    troubles: Vec<Trouble<'a>>,
    crossing: Crossing<'a>,
}

/// Does what is given once for each of the opcodes that streams have most of, with the name given for it a constant: as a
/// constant it decides at once all that is asked of it from the decoder to the machine. For others does what is given last.
macro_rules! apart {
    ($due:expr, $opcode:ident => $each:expr, _ => $other:expr) => {
        apart!(@ $due, $opcode, $each, $other;
            None NewTrue NewFalse BinInt BinInt1 BinInt2 BinFloat
            ShortBinUnicode BinUnicode ShortBinBytes BinBytes ShortBinString BinString
            EmptyList EmptyDict EmptyTuple Tuple1 Tuple2 Tuple3 Tuple
            Append Appends SetItem SetItems
            Mark Memoize BinPut LongBinPut BinGet LongBinGet)
    };
    (@ $due:expr, $opcode:ident, $each:expr, $other:expr; $($common:ident)*) => {
        match $due {
            $(Some(Opcode::$common) => {
                let $opcode = Opcode::$common;
                $each
            })*
            _ => $other,
        }
    };
}

/// So many opcodes are read in one go by [`Reader::advance`].
const STRIDE: u32 = 1 << 20;

/// Where a reading failed.
#[derive(Clone, Copy, Debug)]
struct Failed {
    /// At which opcode; what stands for no opcode's is past them all.
    offset: u64,
    /// How much had been looked up by then.
    lookups: usize,
    /// How much had been done.
    effects: usize,
}

/// What became of an opcode.
enum Seen {
    /// What becomes of nearly all; nothing was wrong.
    Common(Step),
    /// Something else, and there may be trouble, or something to cross.
    Odd(Step),
}

impl<'a, W: Watch<'a>> Iterator for Reader<'a, W> {
    type Item = (Op<'a>, Step);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        match self.ops.next() {
            Some(Ok(op)) => match self.see(&op, self.ops.offset()) {
                Seen::Common(step) => Some((op, step)),
                Seen::Odd(step) => {
                    if self.crossing.is_due() || op.opcode == Opcode::Stop {
                        self.go_over();
                    }
                    Some((op, step))
                }
            },
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
        Self::keeping(input, start, ())
    }
}

impl<'a, W: Watch<'a>> Reader<'a, W> {
    /// A reader of the pickle that starts at `start`, which `watch` looks on at.
    pub fn keeping(input: &'a [u8], start: u64, watch: W) -> Self {
        let mut ops = ops(input);
        ops.skip_to(start);
        Self {
            watch,
            input,
            start,
            ops,
            machine: Machine::new(input, Dialect::C),
            frames: Frames::default(),
            lines: CrLf::default(),
            protocol: None,
            counter: Counter::default(),
            candidates: Candidates::default(),
            parts: false,
            differs: false,
            failed: None,
            again: None,
            stopped: false,
            faulted: false,
            troubles: Vec::new(),
            crossing: Crossing::default(),
        }
    }

    /// Reads on until something is found wrong or odd, or for a million opcodes, or to the end; whether it isn't at the end.
    ///
    /// As the iterator, for those who have no use for the opcodes.
    pub fn advance(&mut self) -> bool {
        // Kept apart from `self`, so that it stays in registers.
        let mut ops = self.ops.clone();
        let mut left = STRIDE;
        let mut stopped = false;
        let more = loop {
            if left == 0 {
                break true;
            }
            left = left.wrapping_sub(1);
            apart!(
                ops.due(),
                opcode => if let Some(op) = ops.take_due(opcode) {
                    match self.see(&op, ops.offset()) {
                        Seen::Odd(_) if self.is_paused() => break true,
                        _ => continue,
                    }
                },
                _ => {}
            );
            // Another opcode, or the argument isn't whole.
            match ops.next() {
                Some(Ok(op)) if op.opcode == Opcode::Stop => {
                    let step = self.odd(op.offset);
                    self.watch.after(op.opcode, op.offset, &step);
                    stopped = true;
                    break self.crossing.is_inside() || self.is_troubled();
                }
                Some(Ok(op)) => match self.see(&op, ops.offset()) {
                    Seen::Odd(_) if self.is_paused() => break true,
                    _ => {}
                },
                Some(Err(fault)) => {
                    self.fault(fault);
                    break false;
                }
                None => break false,
            }
        };
        self.ops = ops;
        if self.crossing.is_due() || stopped && self.crossing.is_inside() {
            self.go_over();
        }
        if !more {
            self.stop();
        }
        more
    }

    /// Whether there is something to tell or to cross before the next opcode.
    #[inline(always)]
    fn is_paused(&self) -> bool {
        self.is_troubled() || self.crossing.is_due()
    }

    /// Notes that the opcodes have ended: with STOP, if not with a fault.
    fn stop(&mut self) {
        if !self.faulted && !self.stopped {
            self.stopped = true;
            self.troubles
                .extend(self.machine.parts().map(Trouble::NothingAdded));
            self.frame(self.ops.offset().saturating_sub(1));
            self.see_again();
        }
    }

    /// Reads again, keeping what values hold, where it hangs on that whether this reading fails.
    fn see_again(&mut self) {
        if !self.machine.unseen() || self.again.is_some() {
            return;
        }
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        let run = Run::of_bytes_keeping(Stream {
            input: self.input,
            start,
            raws: &self.crossing.raws,
        });
        if let End::Raised(offset, failure) = run.end
            && self.failed.is_none_or(|failed| offset < failed.offset)
        {
            self.failure(offset, failure);
            self.again = Some(run);
        }
        self.parts = true;
    }

    #[cold]
    fn fault(&mut self, fault: Fault) {
        self.faulted = true;
        self.fail(u64::MAX);
        self.troubles.push(Trouble::Fault(fault));
        self.see_again();
    }

    /// What was found wrong or odd since this was last asked.
    #[inline]
    pub fn troubles(&mut self) -> std::vec::IntoIter<Trouble<'a>> {
        std::mem::take(&mut self.troubles).into_iter()
    }

    /// Whether something is there to be asked for by [`troubles`](Self::troubles).
    #[inline]
    pub fn is_troubled(&self) -> bool {
        !self.troubles.is_empty()
    }

    /// Where the next opcode is due, from the start of the input.
    pub fn offset(&self) -> u64 {
        self.ops.offset()
    }

    /// Who looks on.
    pub fn watch(&self) -> &W {
        &self.watch
    }

    /// What the last PROTO said, if one did.
    pub fn declared(&self) -> Option<u8> {
        self.protocol
    }

    /// The machine as it stands.
    pub fn machine(&self) -> &Machine<'a> {
        &self.machine
    }

    /// Bytes that are no opcodes, and pickles inside this one, so far.
    pub fn raws(&self) -> &[Raw] {
        &self.crossing.raws
    }

    /// Whether STOP was reached by splitting the bytes into opcodes, whatever the machine says of them.
    pub fn reached_stop(&self) -> bool {
        self.stopped
    }

    /// Takes in one opcode. What nearly all opcodes of a stream are is dealt with here, all else by [`odd`](Self::odd).
    ///
    /// Nothing that isn't inlined gets the opcode, but its offset or its slices: it can then stay in registers, which is
    /// worth more than splitting it off once again.
    #[inline(always)]
    fn see(&mut self, op: &Op<'a>, end: u64) -> Seen {
        self.watch.before(&self.machine, op.opcode);
        let seen = self.take_in(op, end);
        let (Seen::Common(step) | Seen::Odd(step)) = &seen;
        self.watch.after(op.opcode, op.offset, step);
        seen
    }

    #[inline(always)]
    fn take_in(&mut self, op: &Op<'a>, end: u64) -> Seen {
        match op.argument {
            Argument::Line(line) => {
                return Seen::Odd(self.line(op.opcode, op.offset, end, line).unpacked());
            }
            Argument::Pair { module, name } => {
                let step = self.pair(op.opcode, op.offset, end, module, name);
                return Seen::Odd(step.unpacked());
            }
            Argument::Bytes(payload) => {
                self.counter
                    .see_bytes(op.opcode, end.wrapping_sub(op.offset));
                if payload.len() >= nested::LEAST {
                    self.candidates.see(op.offset, payload);
                }
            }
            _ => {}
        }
        if !self.frames.are_clear(end) {
            return Seen::Odd(self.odd(op.offset).unpacked());
        }
        match self.machine.common(op) {
            Some(step) => {
                self.counter.see(op.opcode);
                match step.failure {
                    None => Seen::Common(step),
                    Some(failure) => {
                        self.failure(op.offset, failure);
                        Seen::Odd(step)
                    }
                }
            }
            None => Seen::Odd(self.odd(op.offset).unpacked()),
        }
    }

    #[inline(never)]
    fn line(&mut self, opcode: Opcode, offset: u64, end: u64, line: &'a [u8]) -> Step {
        self.lines(opcode, offset, end, Argument::Line(line))
    }

    #[inline(never)]
    fn pair(
        &mut self,
        opcode: Opcode,
        offset: u64,
        end: u64,
        module: &'a [u8],
        name: &'a [u8],
    ) -> Step {
        self.lines(opcode, offset, end, Argument::Pair { module, name })
    }

    /// An opcode whose argument is lines.
    #[inline]
    fn lines(&mut self, opcode: Opcode, offset: u64, end: u64, argument: Argument<'a>) -> Step {
        // Made anew, so that the one which is stepped over can stay in registers.
        let op = Op {
            offset,
            opcode,
            argument,
        };
        if !self.frames.are_clear(end) {
            self.frame(offset);
        }
        self.counter.see_bytes(opcode, end.wrapping_sub(offset));
        self.lines.see(&op);
        if let Argument::Line(line) = argument {
            self.candidates.see_line(opcode, offset, line);
            if let Some(step) = self.machine.plain_line(&op, line) {
                self.counter.see(opcode);
                if let Some(failure) = step.failure {
                    self.failure(offset, failure);
                }
                return step;
            }
        }
        if text::check_alike(&op) == Agreement::Some {
            self.divergent(&op);
        }
        self.step(&op)
    }

    /// The opcode at `offset`, which has no lines, and whose payload is counted already: one that crosses a frame or that a
    /// stream has few of.
    #[inline(never)]
    fn odd(&mut self, offset: u64) -> Step {
        let Some(op) = self.machine.op_at(offset) else {
            return Step::default();
        };
        if !self.frames.are_clear(op.span().end) || op.opcode == Opcode::Frame {
            self.frame(offset);
        }
        if let (Opcode::Proto, Argument::Int(protocol)) = (op.opcode, op.argument) {
            self.protocol = u8::try_from(protocol).ok();
            if offset != self.crossing.inner_start().unwrap_or(self.start) {
                self.troubles.push(Trouble::LateProto(offset));
            }
        }
        self.step(&op)
    }

    fn step(&mut self, op: &Op<'a>) -> Step {
        self.counter.see(op.opcode);
        let names = match op.opcode {
            Opcode::StackGlobal => self.machine.above_mark().last_chunk().copied(),
            _ => None,
        };
        let step = self.machine.step(op);
        match step.event {
            Event::Lookup(_) => {
                if let Some(lookup) = self.machine.lookups().last() {
                    self.crossing.see_lookup(&lookup.target);
                }
            }
            Event::State { target, .. } => self.crossing.see_state(target),
            _ => {}
        }
        if let (Some(names), None) = (names, step.failure) {
            self.counter.see_names(names, &self.machine);
        }
        if let Some(failure) = step.failure {
            self.failure(op.offset, failure);
        }
        step
    }

    #[cold]
    fn divergent(&mut self, op: &Op<'a>) {
        self.parts = true;
        match text::agreement(op) {
            Agreement::Some => {
                let readings = readings(op, &[Dialect::C, Dialect::Python]);
                self.differs |= readings.iter().all(|(_, meaning)| meaning.is_some());
                self.troubles.push(Trouble::Differs(*op, readings));
            }
            Agreement::All
                if is_number(op) && text::agreement_everywhere(op) == Agreement::Some =>
            {
                let readings = readings(op, &Dialect::LOADERS);
                self.troubles.push(Trouble::OtherVersions(*op, readings));
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
            FrameNote::Overrun { .. } => self.fail(offset),
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
                Agreement::None(_) | Agreement::All => {
                    self.troubles.push(Trouble::Unreadable(op, why))
                }
            },
            failure => self.troubles.push(Trouble::Failure(op, failure)),
        }
    }

    /// Notes that this reading fails at `offset`. What the step that failed logged is what comes nearest, and not what was
    /// done.
    #[cold]
    fn fail(&mut self, offset: u64) {
        self.parts = true;
        if self.failed.is_some_and(|failed| failed.offset <= offset) {
            return;
        }
        let after = |at: Option<usize>| at.map_or(0, |at| at.saturating_add(1));
        let mut lookups = self.machine.lookups().iter();
        let mut effects = self.machine.effects().iter();
        let failed = Failed {
            offset,
            lookups: after(lookups.rposition(|lookup| lookup.offset < offset)),
            effects: after(effects.rposition(|effect| effect.offset() < offset)),
        };
        self.failed = Some(failed);
        self.machine.raised(failed.lookups);
    }

    /// Whether the text of this pickle went through a translation of newlines to CR LF.
    pub fn line_ends(&self) -> Option<Trouble<'a>> {
        self.lines.verdict().map(Trouble::CrLf)
    }

    /// The pickle, once all its opcodes are read. Where readers may part, it is read again as each does.
    pub fn finish(self) -> Pickle<'a> {
        self.finish_with().0
    }

    /// As [`finish`](Self::finish), with who looked on.
    pub fn finish_with(mut self) -> (Pickle<'a>, W) {
        let candidates = std::mem::take(&mut self.candidates);
        let (mut pickle, watch) = self.compared();
        pickle.nested = candidates.values(&pickle);
        (pickle, watch)
    }

    /// The pickle, as all readers read it.
    fn compared(self) -> (Pickle<'a>, W) {
        let tally = self.counter.tally();
        let mut pickle = Pickle {
            span: Span {
                start: self.start,
                end: self.ops.offset(),
            },
            protocol: self.protocol.unwrap_or(tally.protocol()),
            declared: self.protocol.unwrap_or(0),
            reading: Reading::Complete,
            tally,
            lookups: Vec::new(),
            effects: Vec::new(),
            faults: Vec::new(),
            more_faults: 0,
            raws: Vec::new(),
            behind: Vec::new(),
            nested: Vec::new(),
            input: self.input,
            doers: Vec::new(),
            places: Vec::new(),
        };
        let raws = self.crossing.raws;
        let parts = self.parts || self.machine.parts().is_some();
        let (mut lookups, mut effects) = self.machine.into_logs();
        if let Some(failed) = self.failed {
            lookups.truncate(failed.lookups);
            effects.truncate(failed.effects);
        }
        let bytes = self.again.unwrap_or(Run {
            end: if self.stopped && self.failed.is_none() {
                End::Stop
            } else {
                End::Stuck
            },
            lookups,
            effects,
        });
        if !parts {
            pickle.lookups = bytes
                .lookups
                .into_iter()
                .map(|lookup| (lookup, Readers::PYTHON_3))
                .collect();
            pickle.effects = bytes.effects;
            pickle.raws = raws;
            return (pickle, self.watch);
        }
        let stream = Stream {
            input: self.input,
            start: usize::try_from(self.start).unwrap_or(usize::MAX),
            raws: &raws,
        };
        let again = |framing, dialect| Run::of_python3(stream, framing, dialect);
        let file = again(Framing::File, Dialect::C);
        let python = again(Framing::Python, Dialect::Python);
        pickle.reading = match [&bytes, &file, &python].map(Run::stopped) {
            [false, false, false] => Reading::Incomplete,
            [true, true, true] if !self.differs && bytes.same(&file) && bytes.same(&python) => {
                Reading::Complete
            }
            _ => Reading::Ambiguous,
        };
        let mut merged = Merged::default();
        merged.add(bytes, Readers::C_BYTES);
        merged.add(file, Readers::C_FILE);
        merged.add(python, Readers::PYTHON);
        for dialect in [Dialect::C2, Dialect::Python2] {
            let run = Run::of_python2(stream, dialect);
            merged.add(run, Readers::PYTHON_2);
        }
        pickle.lookups = merged.lookups;
        pickle.places = pickle
            .lookups
            .iter()
            .enumerate()
            .filter(|(_, (_, readers))| readers.are_among(Readers::C_BYTES))
            .map(|(place, _)| place)
            .collect();
        (pickle.effects, pickle.doers) = merged.effects.into_iter().unzip();
        pickle.raws = raws;
        (pickle, self.watch)
    }
}

/// Whether the argument is a number written as text, in which versions of Python differ.
fn is_number(op: &Op<'_>) -> bool {
    matches!(
        op.opcode.shape(),
        Shape::DecimalShort | Shape::DecimalLong | Shape::FloatLine
    )
}
