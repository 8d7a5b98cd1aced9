//! One opcode after the other.

use std::collections::HashMap;

use crate::{
    decode::{
        self, Argument, Op,
        text::{self, Dialect, Key, Meaning},
    },
    limits,
    opcode::{Opcode, Storage},
};

use super::{
    Kind, Value,
    effect::{Effect, EffectKind},
    failure::Failure,
    lookup::{self, Lookup, Name, Target, Uses},
    memo::Memo,
};

/// What one opcode did.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The value that it pushed.
    pub made: Option<Value>,
    /// Where the MARK stands whose mark it took.
    pub mark: Option<u64>,
    /// What else it did.
    pub event: Event,
    /// Why an unpickler raises here; what it did is then what comes nearest.
    pub failure: Option<Failure>,
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
}

/// A reader's stack, marks and memo, and the log of what it looks up and does.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    input: &'a [u8],
    dialect: Dialect,
    stack: Vec<Value>,
    marks: Vec<Mark>,
    memo: Memo,
    /// Python 2's memo of what isn't a plain index.
    texts: HashMap<Key<'a>, Value>,
    lookups: Vec<Lookup<'a>>,
    effects: Vec<Effect>,
    /// Where something was taken that other unpicklers refuse.
    parts: Option<u64>,
    /// Opcodes whose argument isn't read where it stands in line, so that their offset doesn't tell it.
    strays: HashMap<u64, Op<'a>>,
}

/// An open mark.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// How deep the stack was.
    depth: usize,
    /// Where its MARK stands.
    offset: u64,
}

impl<'a> Machine<'a> {
    /// A machine for a stream of `input`, that does as readers of `dialect` do.
    pub fn new(input: &'a [u8], dialect: Dialect) -> Self {
        Self {
            input,
            dialect,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            texts: HashMap::new(),
            lookups: Vec::new(),
            effects: Vec::new(),
            parts: None,
            strays: HashMap::new(),
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

    /// How many marks are open.
    pub fn marks(&self) -> u64 {
        self.marks.len() as u64
    }

    /// The logs, when the stream has ended.
    pub fn into_logs(self) -> (Vec<Lookup<'a>>, Vec<Effect>) {
        (self.lookups, self.effects)
    }

    /// Notes that `op` isn't read where it stands in line.
    pub(crate) fn stray(&mut self, op: Op<'a>) {
        self.strays.insert(op.offset, op);
    }

    #[inline(always)]
    fn floor(&self) -> usize {
        self.marks.last().map_or(0, |mark| mark.depth)
    }

    /// Values above the topmost mark.
    #[inline(always)]
    fn above(&self) -> usize {
        self.stack.len().saturating_sub(self.floor())
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

    /// Takes the topmost mark; gives how many values lay above it.
    #[inline(always)]
    fn take_mark(&mut self, step: &mut Step) -> Option<usize> {
        let mark = self.marks.pop()?;
        step.mark = Some(mark.offset);
        Some(self.stack.len().saturating_sub(mark.depth))
    }

    /// Steps over one opcode.
    ///
    /// Where an unpickler raises, the step says why, and the machine is left as if it had gone on: what is missing is
    /// taken for nothing.
    #[inline(always)]
    pub fn step(&mut self, op: &Op<'a>) -> Step {
        let mut step = Step::default();
        match op.opcode {
            Opcode::None
            | Opcode::NewTrue
            | Opcode::NewFalse
            | Opcode::BinInt
            | Opcode::BinInt1
            | Opcode::BinInt2
            | Opcode::BinFloat
            | Opcode::Long1
            | Opcode::Long4
            | Opcode::BinString
            | Opcode::ShortBinString
            | Opcode::BinBytes
            | Opcode::ShortBinBytes
            | Opcode::BinBytes8
            | Opcode::Bytearray8
            | Opcode::EmptyList
            | Opcode::EmptyDict
            | Opcode::EmptySet
            | Opcode::EmptyTuple => self.push_plain(op, &mut step),
            Opcode::Int
            | Opcode::Long
            | Opcode::Float
            | Opcode::String
            | Opcode::Unicode
            | Opcode::BinUnicode
            | Opcode::ShortBinUnicode
            | Opcode::BinUnicode8 => {
                step.failure = match op.argument {
                    Argument::Bytes(text) if text.is_ascii() => None,
                    Argument::Bytes(text) => self.unreadable_payload(op.opcode, text),
                    Argument::Line(line) => self.unreadable_line(op.opcode, line),
                    _ => None,
                };
                self.push_plain(op, &mut step);
            }
            Opcode::Mark => self.marks.push(Mark {
                depth: self.stack.len(),
                offset: op.offset,
            }),
            Opcode::BinGet | Opcode::LongBinGet => match op.argument {
                Argument::Int(index) => self.get(index as u64, &mut step),
                _ => step.failure = Some(Failure::MemoMissing),
            },
            Opcode::BinPut | Opcode::LongBinPut => {
                if let Argument::Int(index) = op.argument {
                    self.put(index as u64, &mut step);
                }
            }
            Opcode::Memoize => self.put(self.memo.len(), &mut step),
            Opcode::Append => {
                self.take(1, &mut step);
                self.fill(op, EffectKind::Append, Kind::List, &mut step);
            }
            Opcode::SetItem => {
                self.take(2, &mut step);
                self.fill(op, EffectKind::SetItem, Kind::Dict, &mut step);
            }
            Opcode::Appends | Opcode::SetItems | Opcode::AddItems => self.fill_slice(op, &mut step),
            Opcode::Tuple1 | Opcode::Tuple2 | Opcode::Tuple3 => {
                let parts = op.opcode.stack_before().len();
                self.take(parts, &mut step);
                self.push(Kind::Tuple, parts, op.offset, &mut step);
            }
            Opcode::Tuple | Opcode::List | Opcode::Dict | Opcode::FrozenSet => {
                self.collect(op, &mut step)
            }
            _ => {
                // Field by field, so that the others' `step` needn't lie in memory for this one's sake.
                let rare = self.rare(op.offset);
                step.made = rare.made;
                step.mark = rare.mark;
                step.event = rare.event;
                step.failure = rare.failure;
            }
        }
        step
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

    /// Opcodes that are not what a stream has most of.
    ///
    /// Like all that is called from [`step`](Self::step), it gets an offset or a slice and not the opcode: that can then
    /// stay in registers there, which is worth more than splitting it off once again.
    #[inline(never)]
    fn rare(&mut self, offset: u64) -> Step {
        let mut step = Step::default();
        if let Some(op) = self.op_at(offset) {
            self.rare_step(&op, &mut step);
        }
        step
    }

    fn rare_step(&mut self, op: &Op<'a>, step: &mut Step) {
        match op.opcode {
            Opcode::Stop => match self.pop() {
                Some(value) => step.event = Event::Stop(value),
                None => step.failure = Some(Failure::Underflow),
            },
            Opcode::Pop => {
                let mark_or_value = self.pop().is_some() || self.take_mark(step).is_some();
                step.failure = (!mark_or_value).then_some(Failure::Underflow);
            }
            Opcode::PopMark => match self.take_mark(step) {
                Some(count) => self.drop_top(count),
                None => step.failure = Some(Failure::NoMark),
            },
            Opcode::Dup => match self.top() {
                Some(value) => {
                    self.stack.push(value);
                    step.made = Some(value);
                }
                None => step.failure = Some(Failure::Underflow),
            },
            Opcode::Get | Opcode::Put => self.keyed(op, step),
            Opcode::Proto => {
                let highest = if self.dialect.is_python2() {
                    2
                } else {
                    i64::from(Opcode::HIGHEST_PROTOCOL)
                };
                if !matches!(op.argument, Argument::Int(protocol) if protocol <= highest) {
                    step.failure = Some(Failure::Protocol);
                }
            }
            Opcode::ReadonlyBuffer => {
                step.failure = self.top().is_none().then_some(Failure::Underflow);
            }
            Opcode::Global => self.import(op, step),
            Opcode::StackGlobal => self.stack_global(op, step),
            Opcode::Inst => self.inst(op, step),
            Opcode::Obj => self.obj(op, step),
            Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx => self.call(op, step),
            Opcode::Build => self.build(op, step),
            Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => {
                if let Argument::Int(code) = op.argument {
                    if code <= 0 {
                        step.failure = Some(Failure::ExtensionCode);
                        self.push(Kind::Object, 0, op.offset, step);
                        return;
                    }
                    self.look_up(op, Target::Extension(code), Kind::Extension, step);
                    self.effect(EffectKind::Import, op, step.made);
                }
            }
            Opcode::PersId | Opcode::BinPersId => self.persistent(op, step),
            Opcode::NextBuffer => {
                self.push(Kind::Buffer, 0, op.offset, step);
                self.effect(EffectKind::Buffer, op, step.made);
            }
            // FRAME is the reader's; all others are stepped over in `step`.
            _ => {}
        }
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

    fn effect(&mut self, kind: EffectKind, op: &Op<'a>, subject: Option<Value>) {
        if let Some(subject) = subject {
            self.effects
                .push(Effect::new(kind, op.offset, subject, None));
        }
    }

    fn called(&mut self, op: &Op<'a>, callee: Value, arguments: Option<u64>) {
        self.effects
            .push(Effect::new(EffectKind::Call, op.offset, callee, arguments));
    }

    /// Notes what is done with what a lookup found.
    fn used(&mut self, value: Value, uses: Uses) {
        if value.kind() == Kind::Global {
            let number = usize::try_from(value.offset()).unwrap_or(usize::MAX);
            if let Some(lookup) = self.lookups.get_mut(number) {
                lookup.uses.add(uses);
            }
        }
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
        self.stack.push(Value::new(Kind::Object, 0, 0));
        Some(Failure::MemoMissing)
    }

    #[inline(always)]
    fn put(&mut self, index: u64, step: &mut Step) {
        let Some(value) = self.top() else {
            step.failure = Some(Failure::Underflow);
            return;
        };
        if index >= limits::MEMO_INDEX && self.dialect == Dialect::C {
            step.failure = Some(Failure::MemoTooLarge);
        }
        self.memo.put(index, value);
        step.event = Event::Put(index);
    }

    /// GET and PUT.
    fn keyed(&mut self, op: &Op<'a>, step: &mut Step) {
        let put = op.opcode == Opcode::Put;
        match text::key(op, self.dialect) {
            Ok(Some(Key::Index(index))) if put => self.put(index, step),
            Ok(Some(Key::Index(index))) => self.get(index, step),
            Ok(Some(key)) if put => match self.top() {
                Some(_) if self.dialect == Dialect::C => step.failure = Some(Failure::MemoTooLarge),
                Some(value) => {
                    self.texts.insert(key, value);
                }
                None => step.failure = Some(Failure::Underflow),
            },
            Ok(Some(key)) => match self.texts.get(&key) {
                Some(value) => {
                    let value = *value;
                    self.stack.push(value);
                    step.event = Event::Get(value);
                }
                None => step.failure = self.get_nothing(),
            },
            Ok(None) => {}
            Err(why) => {
                if !put {
                    self.get_nothing();
                }
                step.failure = Some(Failure::Unreadable(why));
            }
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
        if op.opcode == Opcode::Dict && parts % 2 == 1 {
            step.failure = Some(Failure::OddItems);
        }
        self.drop_top(parts);
        let kind = Kind::pushed_by(op.opcode);
        self.push(kind, parts, op.offset, step);
    }

    /// APPENDS, SETITEMS, ADDITEMS.
    #[inline(always)]
    fn fill_slice(&mut self, op: &Op<'a>, step: &mut Step) {
        let (effect, own) = match op.opcode {
            Opcode::Appends => (EffectKind::Append, Kind::List),
            Opcode::SetItems => (EffectKind::SetItem, Kind::Dict),
            _ => (EffectKind::Add, Kind::Set),
        };
        match self.take_mark(step) {
            Some(count) => {
                if own == Kind::Dict && count % 2 == 1 {
                    step.failure = Some(Failure::OddItems);
                }
                self.drop_top(count);
                if let (0, Some(target)) = (count, self.top()) {
                    // Of nothing to add, `_pickle.c` looks for no method, and `load_setitems` in pickle.py neither.
                    let has = target.kind() == own || has_method(effect, target);
                    if effect != EffectKind::SetItem && !has {
                        if self.dialect == Dialect::C {
                            self.parts = Some(op.offset);
                        } else {
                            step.failure = Some(Failure::NoMethod);
                        }
                    }
                    return;
                }
            }
            None => step.failure = Some(Failure::NoMark),
        }
        self.fill(op, effect, own, step);
    }

    #[inline(always)]
    fn fill(&mut self, op: &Op<'a>, effect: EffectKind, own: Kind, step: &mut Step) {
        let Some(target) = self.top() else {
            step.failure = Some(Failure::Underflow);
            return;
        };
        step.event = Event::Fill(target);
        if target.kind() != own {
            let failure = self.fill_other(op.offset, effect, target);
            step.failure = step.failure.or(failure);
        }
    }

    #[cold]
    fn fill_other(&mut self, offset: u64, effect: EffectKind, target: Value) -> Option<Failure> {
        self.effects.push(Effect::new(effect, offset, target, None));
        self.used(target, Uses::METHOD);
        (!has_method(effect, target)).then_some(Failure::NoMethod)
    }

    fn look_up(&mut self, op: &Op<'a>, target: Target<'a>, kind: Kind, step: &mut Step) {
        let number = self.lookups.len() as u64;
        self.lookups.push(Lookup {
            offset: op.offset,
            opcode: op.opcode,
            target,
            uses: Uses::default(),
        });
        step.event = Event::Lookup(number);
        let place = if kind == Kind::Global {
            number
        } else {
            op.offset
        };
        self.push(kind, 0, place, step);
    }

    /// The names of GLOBAL and INST.
    fn names(&self, op: &Op<'a>, step: &mut Step) -> Target<'a> {
        let name = |line: &'a [u8]| Some(Name(line.into()));
        if let Err(why) = text::check(op, self.dialect) {
            step.failure = Some(Failure::Unreadable(why));
        }
        match op.argument {
            Argument::Pair {
                module,
                name: attribute,
            } => Target::Name {
                module: name(module),
                name: name(attribute),
            },
            _ => Target::Name {
                module: None,
                name: None,
            },
        }
    }

    fn import(&mut self, op: &Op<'a>, step: &mut Step) {
        let target = self.names(op, step);
        if step.failure.is_some() {
            // Nothing is looked up by a name that can't be read.
            self.push(Kind::Object, 0, op.offset, step);
            return;
        }
        self.look_up(op, target, Kind::Global, step);
        self.effect(EffectKind::Import, op, step.made);
    }

    /// The opcode that made a value, if it is one of data.
    pub fn made_by(&self, value: Value) -> Option<Op<'a>> {
        value
            .kind()
            .storage()
            .filter(|storage| *storage == Storage::Value)?;
        self.op_at(value.offset())
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

    /// A string of the stream that a value is; `None` in the first place where it isn't decided by the stream, in the
    /// second where it is no string.
    fn string(&self, value: Value) -> Result<Option<Name<'a>>, ()> {
        match value.kind() {
            Kind::Str | Kind::OldStr => {}
            kind if kind.storage() == Some(Storage::Value) => return Err(()),
            _ => return Ok(None),
        }
        let op = self.made_by(value);
        Ok(
            op.and_then(|op| match text::meaning(&op, self.dialect).ok()? {
                Meaning::Str(text) => Some(text.into()),
                Meaning::Bytes(bytes) => Some(Name(bytes)),
                _ => None,
            }),
        )
    }

    fn stack_global(&mut self, op: &Op<'a>, step: &mut Step) {
        let (name, module) = (self.pop(), self.pop());
        let (Some(name), Some(module)) = (name, module) else {
            step.failure = Some(Failure::Underflow);
            self.push(Kind::Object, 0, op.offset, step);
            return;
        };
        match (self.string(module), self.string(name)) {
            (Ok(module), Ok(name)) => {
                self.look_up(op, Target::Name { module, name }, Kind::Global, step);
                self.effect(EffectKind::Import, op, step.made);
            }
            _ => {
                step.failure = Some(Failure::NotStrings);
                self.push(Kind::Object, 0, op.offset, step);
            }
        }
    }

    /// INST: an import, and a call with everything above the mark.
    fn inst(&mut self, op: &Op<'a>, step: &mut Step) {
        let parts = self.take_mark(step);
        let target = self.names(op, step);
        // `load_inst` in `_pickle.c` looks for the mark first, `pickle.py` looks the name up first.
        if parts.is_none() && self.dialect == Dialect::C {
            step.failure = Some(Failure::NoMark);
        }
        if step.failure.is_none() {
            self.look_up(op, target, Kind::Global, step);
            self.effect(EffectKind::Import, op, step.made);
            self.stack.pop();
        }
        let callee = step.made;
        if parts.is_none() {
            step.failure = Some(Failure::NoMark);
        }
        self.drop_top(parts.unwrap_or(0));
        if step.failure.is_none() {
            self.instance(op, callee, parts.unwrap_or(0), step);
        }
        self.push(Kind::Object, parts.unwrap_or(0), op.offset, step);
    }

    /// OBJ: a call of the first above the mark with the others.
    fn obj(&mut self, op: &Op<'a>, step: &mut Step) {
        let parts = match self.take_mark(step) {
            Some(parts) => parts,
            None => {
                step.failure = Some(Failure::NoMark);
                0
            }
        };
        let callee = self
            .stack
            .get(self.stack.len().saturating_sub(parts))
            .copied();
        if parts == 0 && step.failure.is_none() {
            step.failure = Some(Failure::Underflow);
        }
        self.drop_top(parts);
        if step.failure.is_none() {
            self.instance(op, callee, parts.saturating_sub(1), step);
        }
        self.push(Kind::Object, parts.saturating_sub(1), op.offset, step);
    }

    fn instance(&mut self, op: &Op<'a>, callee: Option<Value>, arguments: usize, step: &mut Step) {
        let Some(callee) = callee else {
            return;
        };
        self.called(op, callee, Some(arguments as u64));
        self.used(callee, Uses::INSTANCE);
        if step.event == Event::Quiet {
            step.event = Event::Call {
                callee,
                arguments: callee,
            };
        }
    }

    /// REDUCE, NEWOBJ, NEWOBJ_EX.
    fn call(&mut self, op: &Op<'a>, step: &mut Step) {
        let keywords = if op.opcode == Opcode::NewObjEx {
            self.pop()
        } else {
            None
        };
        let missing = op.opcode == Opcode::NewObjEx && keywords.is_none();
        let (arguments, callee) = (self.pop(), self.pop());
        let (false, Some(arguments), Some(callee)) = (missing, arguments, callee) else {
            step.failure = Some(Failure::Underflow);
            self.push(Kind::Object, 0, op.offset, step);
            return;
        };
        if !self.could_be_arguments(arguments) {
            step.failure = Some(Failure::NotATuple);
        } else {
            self.called(
                op,
                callee,
                arguments
                    .parts()
                    .filter(|_| arguments.kind() == Kind::Tuple),
            );
            let uses = if op.opcode == Opcode::Reduce {
                Uses::CALL
            } else {
                Uses::INSTANCE
            };
            self.used(callee, uses);
            step.event = Event::Call { callee, arguments };
            if op.opcode == Opcode::Reduce && self.loads_a_pickle(callee) {
                self.lookups.push(Lookup {
                    offset: op.offset,
                    opcode: op.opcode,
                    target: Target::Nested,
                    uses: Uses::default(),
                });
            }
        }
        let parts = arguments.parts().unwrap_or(u64::MAX);
        self.push(
            Kind::Object,
            usize::try_from(parts).unwrap_or(usize::MAX),
            op.offset,
            step,
        );
    }

    /// C wants a tuple; Python's unpicklers spread whatever can be iterated.
    fn could_be_arguments(&self, arguments: Value) -> bool {
        match arguments.kind() {
            Kind::Tuple => true,
            kind if kind.storage() != Some(Storage::Value) => true,
            _ if self.dialect == Dialect::C => false,
            Kind::None | Kind::Bool | Kind::Int | Kind::Float => false,
            _ => true,
        }
    }

    /// Whether a callee reads a pickle out of its argument.
    fn loads_a_pickle(&self, callee: Value) -> bool {
        let number = usize::try_from(callee.offset()).unwrap_or(usize::MAX);
        let Some(Lookup {
            target:
                Target::Name {
                    module: Some(module),
                    name: Some(name),
                },
            ..
        }) = self
            .lookups
            .get(number)
            .filter(|_| callee.kind() == Kind::Global)
        else {
            return false;
        };
        lookup::loads_a_pickle(&module.text(), &name.text())
    }

    fn build(&mut self, op: &Op<'a>, step: &mut Step) {
        let Some(state) = self.pop() else {
            step.failure = Some(Failure::Underflow);
            return;
        };
        let Some(target) = self.top() else {
            step.failure = Some(Failure::Underflow);
            return;
        };
        if target.kind().storage() == Some(Storage::Value)
            && !self.could_be_state_of_data(op, state)
        {
            step.failure = Some(Failure::NoState);
        }
        self.effect(EffectKind::State, op, Some(target));
        self.used(target, Uses::STATE);
        step.event = Event::State { target, state };
    }

    /// Whether an unpickler takes a state for a list, a number or the like: C only None, Python whatever is false.
    fn could_be_state_of_data(&self, op: &Op<'a>, state: Value) -> bool {
        match state.kind() {
            Kind::None => true,
            kind if kind.storage() != Some(Storage::Value) => true,
            // A pair is a state and one for slots, each of which may be None.
            Kind::Tuple if state.parts() == Some(2) => true,
            _ if self.dialect == Dialect::C => false,
            Kind::Tuple => state.parts() == Some(0),
            // Just made, so nothing was put in.
            Kind::List | Kind::Dict | Kind::Set => {
                state.parts() == Some(0) && state.offset().saturating_add(1) == op.offset
            }
            _ => true,
        }
    }

    fn persistent(&mut self, op: &Op<'a>, step: &mut Step) {
        let target = match op.argument {
            Argument::Line(line) => {
                if let Err(why) = text::check(op, self.dialect) {
                    step.failure = Some(Failure::Unreadable(why));
                }
                Target::Persistent(Some(Name(line.into())))
            }
            _ => match self.pop() {
                Some(id) => Target::Persistent(self.string(id).ok().flatten()),
                None => {
                    step.failure = Some(Failure::Underflow);
                    Target::Persistent(None)
                }
            },
        };
        if step.failure.is_some() {
            self.push(Kind::Object, 0, op.offset, step);
            return;
        }
        self.look_up(op, target, Kind::Persistent, step);
        self.effect(EffectKind::Persistent, op, step.made);
    }
}

/// Whether a value that isn't what an opcode is for has the method that it then calls; what an import or a call gave may
/// have any.
fn has_method(effect: EffectKind, target: Value) -> bool {
    if target.kind().storage() != Some(Storage::Value) {
        return true;
    }
    match effect {
        EffectKind::SetItem => matches!(target.kind(), Kind::List | Kind::Bytearray),
        EffectKind::Append => target.kind() == Kind::Bytearray,
        _ => false,
    }
}
