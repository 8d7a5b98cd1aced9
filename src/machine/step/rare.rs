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
            Opcode::Stop => match self.pop() {
                Some(value) => step.event = Event::Stop(value),
                None => step.failure = Some(Failure::Underflow),
            },
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
    }

    /// Notes what is done with what a lookup found.
    pub(super) fn used(&mut self, value: Value, uses: Uses) {
        if value.kind() == Kind::Global {
            let number = usize::try_from(value.offset()).unwrap_or(usize::MAX);
            if number >= self.settled
                && let Some(lookup) = self.lookups.get_mut(number)
            {
                lookup.uses.add(uses);
            }
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
        if step.failure.is_none()
            && let Some(callee) = callee
        {
            step.failure = self.refusal(Role::Callee, callee);
        }
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
