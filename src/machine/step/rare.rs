//! The opcodes that a stream has few of: names, calls, states, persistent ids, keys written as text.

use crate::{
    decode::{
        Argument, Op,
        text::{self, Dialect, Key, Meaning},
    },
    opcode::{Opcode, Storage},
};

use super::{
    super::{
        Failure, Kind, Value,
        effect::{Effect, EffectKind},
        lookup::{self, Lookup, Name, Target, Uses},
        operands::{self, Role},
    },
    Event, Machine, Step,
};

impl<'a, const FENCED: bool> Machine<'a, FENCED> {
    /// Steps over an opcode that [`common`](Self::common) doesn't.
    pub(super) fn rare(&mut self, op: &Op<'a>) -> Step {
        let mut step = Step::default();
        self.rare_step(op, &mut step);
        step
    }

    fn rare_step(&mut self, op: &Op<'a>, step: &mut Step) {
        match op.opcode {
            Opcode::Stop => {
                match self.pop() {
                    Some(value) => step.event = Event::Stop(value),
                    None => step.failure = Some(Failure::Underflow),
                }
                self.leave(step);
            }
            Opcode::PopMark => {
                step.failure = self.take_slice(step).is_none().then_some(Failure::NoMark);
            }
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
                step.failure = match self.top() {
                    Some(buffer) => self.refusal(Role::Buffer, buffer),
                    None => Some(Failure::Underflow),
                };
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
            // FRAME is the reader's; all others are stepped over in `common`.
            _ => {}
        }
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
        if self.loads_a_pickle(callee) {
            self.lookups
                .push(Lookup::new(op.offset, op.opcode, Target::Nested));
        }
    }

    /// Which lookup found a value.
    fn lookup_of(&self, value: Value) -> Option<usize> {
        lookup::found(value, &self.lookups, |lookup| lookup.offset)
    }

    /// Notes what is done with what a lookup found.
    pub(super) fn used(&mut self, value: Value, uses: Uses) {
        if let Some(at) = self.lookup_of(value)
            && at >= self.settled
            && let Some(lookup) = self.lookups.get_mut(at)
        {
            lookup.uses.add(uses);
        }
    }

    /// Notes what a call is given: `arguments`, by itself or as tuples of them.
    fn given(&mut self, callee: Value, arguments: Result<Value, &[Value]>) {
        let bases = self
            .lookup_of(callee)
            .and_then(|at| self.lookups.get(at)?.target.bases());
        let item = |place| match arguments {
            Ok(tuple) => self.given.item(tuple, place),
            Err(arguments) => arguments.get(place).copied(),
        };
        let bases = bases.and_then(item).filter(|bases| bases.is(Kind::Tuple));
        let used = |machine: &mut Self, value: Value, uses: Uses| {
            for reference in machine.given.references(value, uses) {
                machine.used(reference, uses);
            }
        };
        match arguments {
            Ok(tuple) => used(self, tuple, Uses::ARGUMENT),
            Err(arguments) => arguments
                .iter()
                .for_each(|argument| used(self, *argument, Uses::ARGUMENT)),
        }
        if let Some(bases) = bases {
            used(self, bases, Uses::BASE);
        }
    }

    /// GET and PUT.
    pub(super) fn keyed(&mut self, op: &Op<'a>, step: &mut Step) {
        let put = matches!(op.opcode, Opcode::Put | Opcode::LongBinPut);
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

    fn look_up(&mut self, op: &Op<'a>, target: Target<'a>, kind: Kind, step: &mut Step) {
        let number = self.lookups.len() as u64;
        self.lookups.push(Lookup::new(op.offset, op.opcode, target));
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
        let name = |line: &'a [u8]| Some(Name::written(line));
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

    /// A string of the stream that a value is; `None` in the first place where it isn't decided by the stream, in the
    /// second where it is no string.
    fn string(&mut self, value: Value) -> Result<Option<Name<'a>>, ()> {
        match value.kind() {
            Kind::Str | Kind::OldStr => {}
            kind if kind.storage() == Some(Storage::Value) => return Err(()),
            _ => return Ok(None),
        }
        // Neither is a line looked for nor its escapes read once more for each lookup of it.
        if let Some(name) = self.names.get(&value.offset()) {
            return Ok(name.clone());
        }
        let Some(op) = self.made_by(value) else {
            return Ok(None);
        };
        if let Argument::Bytes(payload) = op.argument {
            // Whether it is text was asked where it was pushed.
            return Ok(Some(Name::written(payload)));
        }
        let name = match text::meaning(&op, self.dialect) {
            Ok(Meaning::Str(text)) => Some(text.into()),
            Ok(Meaning::Bytes(bytes)) => Some(bytes.into()),
            _ => None,
        };
        self.names.insert(value.offset(), name.clone());
        Ok(name)
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
        // `load_inst` in `_pickle.c` and cPickle.c looks for the mark first, `pickle.py` looks the name up first.
        if parts.is_none() && operands::is_in_c(self.dialect) {
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
        let arguments = self.take_top(parts.unwrap_or(0));
        if step.failure.is_none() {
            self.instance(op, callee, &arguments, step);
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
        let taken = self.take_top(parts);
        if parts == 0 && step.failure.is_none() {
            step.failure = Some(Failure::Underflow);
        }
        if step.failure.is_none()
            && let Some(callee) = taken.first()
        {
            step.failure = self.refusal(Role::Callee, *callee);
        }
        if step.failure.is_none()
            && let Some((callee, arguments)) = taken.split_first()
        {
            self.instance(op, Some(*callee), arguments, step);
        }
        self.push(Kind::Object, parts.saturating_sub(1), op.offset, step);
    }

    fn take_top(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len().saturating_sub(count))
    }

    fn instance(
        &mut self,
        op: &Op<'a>,
        callee: Option<Value>,
        arguments: &[Value],
        step: &mut Step,
    ) {
        let Some(callee) = callee else {
            return;
        };
        self.called(op, callee, Some(arguments.len() as u64));
        self.used(callee, Uses::INSTANCE);
        self.given(callee, Err(arguments));
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
        step.failure = self
            .refusal(Role::Callee, callee)
            .or_else(|| self.refusal(Role::Arguments, arguments))
            .or_else(|| self.refusal(Role::Keywords, keywords?));
        if step.failure.is_none() {
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
            if arguments.is(Kind::Tuple) {
                self.given(callee, Ok(arguments));
            }
            step.event = Event::Call { callee, arguments };
        }
        let parts = arguments.parts().unwrap_or(u64::MAX);
        self.push(
            Kind::Object,
            usize::try_from(parts).unwrap_or(usize::MAX),
            op.offset,
            step,
        );
    }

    /// Whether a callee reads a pickle out of its argument.
    fn loads_a_pickle(&self, callee: Value) -> bool {
        self.lookup_of(callee).is_some_and(|at| {
            self.lookups
                .get(at)
                .is_some_and(|lookup: &Lookup<'_>| lookup.loads)
        })
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
        if target.kind().storage() == Some(Storage::Value) {
            step.failure = self.refusal(Role::State, state);
            if step.failure.is_some() {
                return;
            }
        }
        self.effect(EffectKind::State, op, Some(target));
        self.used(target, Uses::STATE);
        step.event = Event::State { target, state };
    }

    fn persistent(&mut self, op: &Op<'a>, step: &mut Step) {
        let target = match op.argument {
            Argument::Line(line) => {
                if let Err(why) = text::check(op, self.dialect) {
                    step.failure = Some(Failure::Unreadable(why));
                }
                Target::Persistent(Some(Name::written(line)))
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
