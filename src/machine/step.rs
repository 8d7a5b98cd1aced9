//! One opcode after the other.

mod content;
mod loose;
mod rare;

use std::collections::HashMap;

use crate::{
    decode::{
        self, Argument, Op,
        text::{self, Dialect, Key},
    },
    limits,
    opcode::{Opcode, Storage},
};

use super::{
    Kind, Value,
    effect::{Effect, EffectKind},
    failure::Failure,
    given::Given,
    lookup::{Lookup, Name, Uses},
    memo::Memo,
    operands::{self, Role, Taken},
};

use content::Kept;

/// What one opcode did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Step {
    /// The value that it pushed.
    pub made: Option<Value>,
    /// Where the MARK stands whose mark it took.
    pub mark: Option<u64>,
    /// What else it did.
    pub event: Event,
    /// Why an unpickler raises here. What there was of operands is then taken all the same, and what the opcode would
    /// have pushed is pushed, so that those who read on to show what follows find the stack as deep as it would have been;
    /// nothing was looked up, called or filled, unless the unpickler did that first.
    pub failure: Option<Failure>,
}

impl Step {
    #[inline(always)]
    fn filled(&mut self, filled: Result<Option<Value>, Failure>) {
        match filled {
            Ok(Some(target)) => self.event = Event::Fill(target),
            Ok(None) => {}
            Err(failure) => self.failure = Some(failure),
        }
    }

    /// The same, field by field: one that comes from a call lies in memory, and the steps of other opcodes, which are
    /// made in registers, shouldn't have to lie there for its sake.
    #[inline(always)]
    pub(crate) fn unpacked(self) -> Self {
        Self {
            made: self.made,
            mark: self.mark,
            event: self.event,
            failure: self.failure,
        }
    }
}

/// What an opcode did beside pushing a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Nothing.
    #[default]
    Quiet,
    /// It kept the top of the stack in the memo, at this index.
    Put(u64),
    /// It pushed what the memo has.
    Get(Value),
    /// It looked something up: the number of the [`Lookup`].
    Lookup(u64),
    /// It filled a container, or called a method of something else.
    Fill(Value),
    /// It called something.
    Call {
        /// What was called.
        callee: Value,
        /// With what.
        arguments: Value,
    },
    /// It gave something a state.
    State {
        /// What was given it.
        target: Value,
        /// The state.
        state: Value,
    },
    /// It gave the stream's value.
    Stop(Value),
    /// It gave the value of a pickle that stands inside the stream's.
    Inner {
        /// To what.
        target: Value,
        /// The value.
        value: Value,
    },
}

/// A reader's stack, marks and memo, and the log of what it looks up and does.
///
/// Where it is `FENCED`, what lies below the topmost mark is out of reach (`fence` of `_pickle.c` and `metastack` of
/// `pickle.py`, from 3.6 to 3.13); the unpicklers of 2.7 have no such fence.
#[derive(Clone, Debug)]
pub struct Machine<'a, const FENCED: bool = true> {
    input: &'a [u8],
    dialect: Dialect,
    stack: Vec<Value>,
    /// How deep the stack was at the topmost mark; 0 without one, and where nothing is fenced. What lies below can't be
    /// reached past that mark.
    floor: usize,
    marks: Vec<Mark>,
    memo: Memo,
    /// Python 2's memo of what isn't a plain index.
    texts: HashMap<Key<'a>, Value>,
    /// Names that were read from lines, by where those stand; without what is no text.
    names: HashMap<u64, Option<Name<'a>>>,
    lookups: Vec<Lookup<'a>>,
    given: Given,
    effects: Vec<Effect>,
    /// Where something was taken that other unpicklers refuse.
    parts: Option<u64>,
    /// Opcodes whose argument isn't read where it stands in line, so that their offset doesn't tell it.
    strays: HashMap<u64, Op<'a>>,
    /// What values hold, where that is kept.
    kept: Option<Box<Kept>>,
    /// Whether it went on where the unpickler may not, depending on what values hold.
    unseen: bool,
    /// So many lookups were made before the unpickler raised.
    settled: usize,
    /// What waits while a pickle inside the stream's is read.
    outer: Option<Box<Outer<'a>>>,
}

/// What belongs to a pickle alone, while one inside it is read; the logs are one.
#[derive(Clone, Debug)]
struct Outer<'a> {
    stack: Vec<Value>,
    floor: usize,
    marks: Vec<Mark>,
    memo: Memo,
    texts: HashMap<Key<'a>, Value>,
    /// What the inner pickle's value goes to.
    target: Value,
}

/// An open mark.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// The floor that it covers, which is there again once it is taken; where nothing is fenced, how deep the stack was.
    floor: usize,
    /// Where its MARK stands.
    offset: u64,
}

impl<'a> Machine<'a> {
    /// A machine for a stream of `input`, that does as readers of `dialect` do.
    pub fn new(input: &'a [u8], dialect: Dialect) -> Self {
        Self::empty(input, dialect)
    }
}

impl<'a, const FENCED: bool> Machine<'a, FENCED> {
    fn empty(input: &'a [u8], dialect: Dialect) -> Self {
        Self {
            input,
            dialect,
            stack: Vec::new(),
            floor: 0,
            marks: Vec::new(),
            memo: Memo::default(),
            texts: HashMap::new(),
            names: HashMap::new(),
            lookups: Vec::new(),
            given: Given::default(),
            effects: Vec::new(),
            parts: None,
            strays: HashMap::new(),
            kept: None,
            unseen: false,
            settled: 0,
            outer: None,
        }
    }

    /// From here to the next STOP, opcodes are those of a pickle inside this one, which has stack, marks and memo of its own
    /// and gives its value to `target`.
    pub(crate) fn enter(&mut self, target: Value) {
        self.outer = Some(Box::new(Outer {
            stack: std::mem::take(&mut self.stack),
            floor: std::mem::take(&mut self.floor),
            marks: std::mem::take(&mut self.marks),
            memo: std::mem::take(&mut self.memo),
            texts: std::mem::take(&mut self.texts),
            target,
        }));
    }

    /// Goes on with the outer pickle, if the one that STOP ended is inside another.
    fn leave(&mut self, step: &mut Step) {
        let Some(outer) = self.outer.take() else {
            return;
        };
        let Outer {
            stack,
            floor,
            marks,
            memo,
            texts,
            target,
        } = *outer;
        (self.stack, self.floor, self.marks) = (stack, floor, marks);
        (self.memo, self.texts) = (memo, texts);
        if let Event::Stop(value) = step.event {
            step.event = Event::Inner { target, value };
        }
    }

    /// What was looked up so far, in order.
    pub fn lookups(&self) -> &[Lookup<'a>] {
        &self.lookups
    }

    /// What was done so far, in order.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Where something was taken last, without a word, that other unpicklers refuse.
    pub(crate) fn parts(&self) -> Option<u64> {
        self.parts
    }

    /// Whether it went on where the unpickler may not: only one that keeps what values hold knows.
    pub(crate) fn unseen(&self) -> bool {
        self.unseen
    }

    /// Notes that the unpickler raised when so many lookups were made: what was looked up by then is put to no more use.
    pub(crate) fn raised(&mut self, lookups: usize) {
        self.settled = lookups;
    }

    /// The values above the topmost mark, the deepest first; without a mark, all that lie on the stack.
    #[inline(always)]
    pub fn above_mark(&self) -> &[Value] {
        self.stack.get(self.floor..).unwrap_or_default()
    }

    /// Whether there is a mark for an opcode to take.
    #[inline(always)]
    pub(crate) fn is_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// All that lies on the stack, the deepest first.
    pub fn stack(&self) -> &[Value] {
        &self.stack
    }

    /// How many marks are open; around a pickle inside another, one more than around that.
    pub fn marks(&self) -> u64 {
        let outer = self.outer.as_ref();
        let around = outer.map_or(0, |outer| outer.marks.len().saturating_add(1));
        self.marks.len().saturating_add(around) as u64
    }

    /// The logs, when the stream has ended.
    pub fn into_logs(self) -> (Vec<Lookup<'a>>, Vec<Effect>) {
        (self.lookups, self.effects)
    }

    /// Notes that `op` isn't read where it stands in line.
    pub(crate) fn stray(&mut self, op: Op<'a>) {
        self.strays.insert(op.offset, op);
    }

    /// Values above the topmost mark.
    #[inline(always)]
    fn above(&self) -> usize {
        self.stack.len().saturating_sub(self.floor)
    }

    #[inline(always)]
    fn top(&self) -> Option<Value> {
        if self.above() > 0 {
            self.stack.last().copied()
        } else {
            None
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Value> {
        if self.above() > 0 {
            self.stack.pop()
        } else {
            None
        }
    }

    #[inline(always)]
    fn mark(&mut self, offset: u64) {
        if !FENCED {
            return self.mark_loosely(offset);
        }
        let floor = std::mem::replace(&mut self.floor, self.stack.len());
        self.marks.push(Mark { floor, offset });
    }

    /// Takes the topmost mark; gives how many values lay above it.
    #[inline(always)]
    fn take_mark(&mut self, step: &mut Step) -> Option<usize> {
        if !FENCED {
            return self.take_loose_mark(step);
        }
        let mark = self.marks.pop()?;
        step.mark = Some(mark.offset);
        let count = self.above();
        self.floor = mark.floor;
        Some(count)
    }

    /// Takes the topmost mark and what lies above it; gives how many values that were.
    #[inline(always)]
    fn take_slice(&mut self, step: &mut Step) -> Option<usize> {
        let count = self.take_mark(step)?;
        self.drop_top(count);
        Some(count)
    }

    /// Steps over one opcode.
    ///
    /// Where an unpickler raises, the step says why, and the machine is left as if it had gone on: what is missing is
    /// taken for nothing.
    #[inline(never)]
    pub fn step(&mut self, op: &Op<'a>) -> Step {
        if !FENCED && let Some(step) = self.loose_step(op) {
            return step;
        }
        match self.common(op) {
            Some(step) => step,
            None => self.rare(op),
        }
    }

    /// As [`step`](Self::step), if the opcode is one of those that a stream has most of.
    ///
    /// First by the argument and then by the opcode: the decoder, which is inlined before this, branches by the
    /// argument's shape, and so each of its branches goes on to the few opcodes that have it.
    #[inline(always)]
    pub(crate) fn common(&mut self, op: &Op<'a>) -> Option<Step> {
        let mut step = Step::default();
        match op.argument {
            Argument::None => match op.opcode {
                Opcode::Memoize => self.memoize(&mut step),
                Opcode::Mark => self.mark(op.offset),
                Opcode::None
                | Opcode::NewTrue
                | Opcode::NewFalse
                | Opcode::EmptyList
                | Opcode::EmptyDict
                | Opcode::EmptySet
                | Opcode::EmptyTuple => self.push_plain(op, &mut step),
                Opcode::Pop => {
                    if self.pop().is_none() && self.take_mark(&mut step).is_none() {
                        step.failure = Some(Failure::Underflow);
                    }
                }
                Opcode::Append => self.fill::<1>(op, EffectKind::Append, Kind::List, &mut step),
                Opcode::SetItem => self.fill::<2>(op, EffectKind::SetItem, Kind::Dict, &mut step),
                Opcode::Appends => self.fill_slice(op, EffectKind::Append, Kind::List, &mut step),
                Opcode::SetItems => self.fill_slice(op, EffectKind::SetItem, Kind::Dict, &mut step),
                Opcode::AddItems => self.fill_slice(op, EffectKind::Add, Kind::Set, &mut step),
                Opcode::Tuple1 => self.tuple(1, op.offset, &mut step),
                Opcode::Tuple2 => self.tuple(2, op.offset, &mut step),
                Opcode::Tuple3 => self.tuple(3, op.offset, &mut step),
                Opcode::Tuple | Opcode::List | Opcode::Dict | Opcode::FrozenSet => {
                    self.collect(op, &mut step);
                }
                _ => return None,
            },
            Argument::Int(number) => match op.opcode {
                Opcode::BinGet | Opcode::LongBinGet => self.get(number as u64, &mut step),
                Opcode::BinPut | Opcode::LongBinPut => self.put(number as u64, &mut step),
                Opcode::BinInt | Opcode::BinInt1 | Opcode::BinInt2 => {
                    self.push(Kind::Int, 0, op.offset, &mut step);
                }
                _ => return None,
            },
            // BINFLOAT.
            Argument::Float(_) => self.push(Kind::Float, 0, op.offset, &mut step),
            Argument::Bytes(payload) => {
                let kind = Kind::pushed_by(op.opcode);
                if kind == Kind::Str && !is_ascii(payload) {
                    step.failure = self.unreadable_payload(op.opcode, payload);
                }
                self.push(kind, 0, op.offset, &mut step);
            }
            Argument::Line(line) => match op.opcode {
                Opcode::Int | Opcode::Long | Opcode::Float | Opcode::String | Opcode::Unicode => {
                    step.failure = self.unreadable_line(op.opcode, line);
                    self.push_plain(op, &mut step);
                }
                _ => return None,
            },
            // FRAME, GLOBAL and INST.
            Argument::Uint(_) | Argument::Pair { .. } => return None,
        }
        Some(step)
    }

    /// As [`step`](Self::step), if the opcode has a line that all readers take for the same, as nearly all lines are: what it
    /// says need not be read, but for an index.
    #[inline]
    pub(crate) fn plain_line(&mut self, op: &Op<'a>, line: &[u8]) -> Option<Step> {
        let mut step = Step::default();
        match op.opcode {
            Opcode::Get => self.get(text::plain_index(line)?, &mut step),
            Opcode::Put => self.put(text::plain_index(line)?, &mut step),
            Opcode::Int | Opcode::Long | Opcode::Float | Opcode::String | Opcode::Unicode
                if text::is_plain(op) =>
            {
                self.push_plain(op, &mut step);
            }
            _ => return None,
        }
        Some(step)
    }

    #[inline(never)]
    fn unreadable_payload(&self, opcode: Opcode, payload: &'a [u8]) -> Option<Failure> {
        self.unreadable(opcode, Argument::Bytes(payload))
    }

    #[inline(never)]
    fn unreadable_line(&self, opcode: Opcode, line: &'a [u8]) -> Option<Failure> {
        self.unreadable(opcode, Argument::Line(line))
    }

    /// Why an argument can't be read.
    fn unreadable(&self, opcode: Opcode, argument: Argument<'a>) -> Option<Failure> {
        let op = Op {
            offset: 0,
            opcode,
            argument,
        };
        text::check(&op, self.dialect)
            .err()
            .map(Failure::Unreadable)
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, parts: usize, offset: u64, step: &mut Step) {
        let value = Value::new(kind, parts, offset);
        self.stack.push(value);
        step.made = Some(value);
    }

    #[inline(always)]
    fn push_plain(&mut self, op: &Op<'a>, step: &mut Step) {
        let kind = Kind::pushed_by(op.opcode);
        self.push(kind, 0, op.offset, step);
    }

    /// Takes `count` values from above the topmost mark.
    #[inline(always)]
    fn take(&mut self, count: usize, step: &mut Step) {
        let above = self.above();
        if above < count {
            step.failure = Some(Failure::Underflow);
        }
        self.drop_top(count.min(above));
    }

    #[inline(always)]
    fn drop_top(&mut self, count: usize) {
        self.stack.truncate(self.stack.len().saturating_sub(count));
    }

    #[inline(always)]
    fn get(&mut self, index: u64, step: &mut Step) {
        match self.memo.get(index) {
            Some(value) => {
                self.stack.push(value);
                step.event = Event::Get(value);
            }
            None => step.failure = self.get_nothing(),
        }
    }

    #[cold]
    fn get_nothing(&mut self) -> Option<Failure> {
        // What follows expects something.
        self.stack.push(Value::MISSING);
        Some(Failure::MemoMissing)
    }

    #[inline(always)]
    fn put(&mut self, index: u64, step: &mut Step) {
        let Some(value) = self.top() else {
            step.failure = Some(Failure::Underflow);
            return;
        };
        if index >= limits::MEMO_INDEX {
            step.failure = self.put_so_far();
        }
        self.memo.put(index, value);
        step.event = Event::Put(index);
    }

    #[inline(always)]
    fn memoize(&mut self, step: &mut Step) {
        let Some(value) = self.top() else {
            step.failure = Some(Failure::Underflow);
            return;
        };
        let index = self.memo.add(value);
        if index >= limits::MEMO_INDEX {
            step.failure = self.put_so_far();
        }
        step.event = Event::Put(index);
    }

    #[cold]
    fn put_so_far(&self) -> Option<Failure> {
        (self.dialect == Dialect::C).then_some(Failure::MemoTooLarge)
    }

    #[inline(always)]
    fn tuple(&mut self, parts: usize, offset: u64, step: &mut Step) {
        self.keep_references(parts, offset);
        self.take(parts, step);
        self.push(Kind::Tuple, parts, offset, step);
    }

    /// Keeps the tuple that is about to be made of `parts` values if it holds references.
    #[inline(always)]
    fn keep_references(&mut self, parts: usize, offset: u64) {
        let above = self.stack.get(self.floor..).unwrap_or_default();
        let items = above
            .get(above.len().saturating_sub(parts)..)
            .unwrap_or_default();
        if self.given.wants(items) {
            self.given.keep(offset, items);
        }
    }

    /// TUPLE, LIST, DICT, FROZENSET.
    #[inline(always)]
    fn collect(&mut self, op: &Op<'a>, step: &mut Step) {
        let parts = match self.take_mark(step) {
            Some(count) => count,
            None => {
                step.failure = Some(Failure::NoMark);
                0
            }
        };
        if op.opcode == Opcode::Tuple {
            self.keep_references(parts, op.offset);
        }
        if matches!(op.opcode, Opcode::Dict | Opcode::FrozenSet) {
            step.failure = step.failure.or(self.uncollected(op.opcode, parts));
        }
        self.drop_top(parts);
        let kind = Kind::pushed_by(op.opcode);
        self.push(kind, parts, op.offset, step);
    }

    /// Why no dict or frozenset is made of the topmost `parts` values.
    #[inline(never)]
    fn uncollected(&self, opcode: Opcode, parts: usize) -> Option<Failure> {
        let dict = opcode == Opcode::Dict;
        // `load_dict` of cPickle.c leaves out the last.
        let odd = dict && parts % 2 == 1 && self.dialect != Dialect::C2;
        let pairs = if dict { parts & !1 } else { parts };
        let from = self.stack.len().saturating_sub(parts);
        let items = self.stack.get(from..from.saturating_add(pairs))?;
        let stride = if dict { 2 } else { 1 };
        if any_unhashable(items, stride) {
            Some(Failure::Unhashable)
        } else {
            odd.then_some(Failure::OddItems)
        }
    }

    /// APPENDS, SETITEMS, ADDITEMS.
    #[inline(always)]
    fn fill_slice(&mut self, op: &Op<'a>, effect: EffectKind, own: Kind, step: &mut Step) {
        let Some(count) = self.take_mark(step) else {
            step.failure = Some(Failure::NoMark);
            return;
        };
        let from = self.stack.len().saturating_sub(count);
        let target = match from.checked_sub(1).and_then(|at| self.stack.get(at)) {
            Some(target) if from > self.floor && target.is(own) && count > 0 => *target,
            _ => {
                if !FENCED && from == 0 {
                    self.lift_over_mark(count);
                }
                let filled = self.fill_other(op.offset, effect, own, count);
                if !FENCED && from == 0 {
                    self.stack.clear();
                }
                step.filled(filled);
                return;
            }
        };
        if own != Kind::List {
            let stride = if own == Kind::Dict { 2 } else { 1 };
            let odd = stride == 2 && count % 2 == 1;
            let items = self.stack.get(from..).unwrap_or_default();
            if odd || any_unhashable(items, stride) {
                step.failure = Some(unfilled(odd));
            }
        }
        self.drop_top(count);
        step.event = Event::Fill(target);
    }

    /// APPEND of one value, SETITEM of two.
    #[inline(always)]
    fn fill<const COUNT: usize>(
        &mut self,
        op: &Op<'a>,
        effect: EffectKind,
        own: Kind,
        step: &mut Step,
    ) {
        let above = self.stack.get(self.floor..).unwrap_or_default();
        let (target, key) = match *above {
            [.., target, item] if COUNT == 1 => (target, item),
            [.., target, key, _] if COUNT == 2 => (target, key),
            _ => (Value::GAP, Value::GAP),
        };
        if !target.is(own) || COUNT == 2 && key.is_unhashable() {
            let filled = self.fill_other(op.offset, effect, own, COUNT);
            step.filled(filled);
            return;
        }
        self.drop_top(COUNT);
        step.event = Event::Fill(target);
    }

    /// Fills something with the topmost `count` values, where that isn't done at once; gives what it is, if anything was
    /// put in.
    #[inline(never)]
    fn fill_other(
        &mut self,
        offset: u64,
        effect: EffectKind,
        own: Kind,
        count: usize,
    ) -> Result<Option<Value>, Failure> {
        let above = self.stack.get(self.floor..).unwrap_or_default();
        let items = above.len().saturating_sub(count);
        let (Some(target), Some(items)) = (
            items.checked_sub(1).and_then(|at| above.get(at).copied()),
            above.get(items..),
        ) else {
            let all = above.len();
            self.drop_top(count.min(all));
            return Err(Failure::Underflow);
        };
        let mut taken = Taken::Yes;
        if count == 0 {
            if !target.is(own) {
                taken = operands::takes_nothing(self.dialect, effect, target);
                let method = operands::takes_nothing(Dialect::Python, effect, target);
                if taken == Taken::Yes && method != Taken::Yes {
                    self.parts = Some(offset);
                }
            }
        } else if effect == EffectKind::SetItem && count % 2 == 1 {
            // `load_setitems` in pickle.py misses the last value when it comes to it, those in C count first.
            if count > 1 && !operands::is_in_c(self.dialect) && operands::is_open(target) {
                self.effects.push(Effect::new(effect, offset, target, None));
                self.used(target, Uses::METHOD);
            }
            taken = Taken::No(Failure::OddItems);
        } else if !target.is(own) {
            taken = operands::takes_items(effect, target, items, self);
        } else if own != Kind::List {
            let stride = if own == Kind::Dict { 2 } else { 1 };
            if any_unhashable(items, stride) {
                taken = Taken::No(Failure::Unhashable);
            }
        }
        self.drop_top(count);
        if let Some(failure) = self.refused(taken) {
            return Err(failure);
        }
        if count == 0 {
            return Ok(None);
        }
        if !target.is(own) {
            self.effects.push(Effect::new(effect, offset, target, None));
            self.used(target, Uses::METHOD);
        }
        Ok(Some(target))
    }

    /// Why the unpickler raises, if it does, as far as that is known.
    fn refused(&mut self, taken: Taken) -> Option<Failure> {
        match taken {
            Taken::Yes => None,
            Taken::No(failure) => Some(failure),
            Taken::Unseen => {
                self.unseen = true;
                None
            }
        }
    }

    /// Why the unpickler doesn't take a value for what it needs it for, if it doesn't.
    fn refusal(&mut self, role: Role, value: Value) -> Option<Failure> {
        let taken = operands::takes(self.dialect, role, value, self);
        self.refused(taken)
    }

    /// The opcode that made a value, if it is one of data.
    pub fn made_by(&self, value: Value) -> Option<Op<'a>> {
        value
            .kind()
            .storage()
            .filter(|storage| *storage == Storage::Value)?;
        self.op_at(value.offset())
    }

    /// The same, if it and its argument take no more bytes than `most`: no more of the input is looked at.
    pub fn made_by_within(&self, value: Value, most: usize) -> Option<Op<'a>> {
        if value.kind().storage() != Some(Storage::Value) || !self.strays.is_empty() {
            return self.made_by(value);
        }
        let end = usize::try_from(value.offset()).ok()?.saturating_add(most);
        let mut ops = decode::ops(self.input.get(..end).unwrap_or(self.input));
        ops.skip_to(value.offset());
        ops.next()?.ok()
    }

    /// The opcode at an offset that opcodes were stepped over at.
    pub(crate) fn op_at(&self, offset: u64) -> Option<Op<'a>> {
        if !self.strays.is_empty()
            && let Some(op) = self.strays.get(&offset)
        {
            return Some(*op);
        }
        let mut ops = decode::ops(self.input);
        ops.skip_to(offset);
        ops.next()?.ok()
    }
}

/// As [`slice::is_ascii`], in fewer instructions for what most strings are: short.
///
/// The ends of a slice, which may overlap, are looked at in one go each, where that function goes byte by byte.
#[inline(always)]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (head, tail) = if let (Some(first), Some(last)) =
        (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
    {
        if bytes.len() > 16 {
            return is_ascii_long(bytes);
        }
        (u64::from_ne_bytes(*first), u64::from_ne_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let [first, last] = [first, last].map(|ends| u64::from(u32::from_ne_bytes(*ends)));
        (first, last)
    } else {
        return match *bytes {
            [] => true,
            [a] => a < 0x80,
            [a, b] => a | b < 0x80,
            [a, .., b] => bytes.get(1).is_some_and(|c| a | b | c < 0x80),
        };
    };
    (head | tail) & HIGH == 0
}

#[inline(never)]
fn is_ascii_long(bytes: &[u8]) -> bool {
    let (chunks, _) = bytes.as_chunks::<16>();
    let high = |chunk: &[u8; 16]| u128::from_ne_bytes(*chunk);
    let tail = bytes.last_chunk::<16>().map_or(0, high);
    let all = chunks.iter().map(high).fold(tail, |all, chunk| all | chunk);
    all.to_ne_bytes().is_ascii()
}

/// Whether one of every `stride` items, from the first on, can't be hashed.
#[inline(always)]
fn any_unhashable(items: &[Value], stride: usize) -> bool {
    let keys = items.iter().step_by(stride);
    keys.fold(false, |any, key| any | key.is_unhashable())
}

#[cold]
fn unfilled(odd: bool) -> Failure {
    if odd {
        Failure::OddItems
    } else {
        Failure::Unhashable
    }
}
