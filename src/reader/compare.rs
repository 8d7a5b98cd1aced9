//! A stream read once more, as one reader or another does, and what they look up and do side by side.

use std::cmp::Ordering;

use crate::{
    decode::{Op, text::Dialect},
    machine::{
        Failure, Kind, Machine, Step, Value,
        effect::Effect,
        lookup::Lookup,
        source::{Framing, Source},
    },
    opcode::Opcode,
};

use super::Readers;

/// What one reader did.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) end: End,
    pub(super) lookups: Vec<Lookup<'a>>,
    pub(super) effects: Vec<Effect>,
}

/// How far a reader came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// To STOP.
    Stop,
    /// To the opcode at this offset, where it raises.
    Raised(u64, Failure),
    /// To what it gets no opcode of.
    Stuck,
}

impl<'a> Run<'a> {
    /// A reader of Python 3, until it raises.
    pub(super) fn of_python3(
        input: &'a [u8],
        start: usize,
        framing: Framing,
        dialect: Dialect,
    ) -> Self {
        let source = Source::new(input, start, framing);
        Self::surely(|| Machine::new(input, dialect), &source)
    }

    /// A reader of Python 2, until it raises.
    pub(super) fn of_python2(input: &'a [u8], start: usize, dialect: Dialect) -> Self {
        // It knows no frames. At the input's end, both take what is there for a line.
        let source = Source::new(input, start, Framing::Python);
        Self::surely(|| Machine::of_python2(input, dialect), &source)
    }

    /// `_pickle.c` from bytes, keeping what values hold.
    pub(super) fn of_bytes_keeping(input: &'a [u8], start: usize) -> Self {
        let source = Source::new(input, start, Framing::Bytes);
        Self::of(
            Machine::new(input, Dialect::C),
            source,
            Machine::step_keeping,
        )
    }

    /// Reads; and once more, keeping what values hold, where it hangs on that.
    fn surely<const FENCED: bool>(
        machine: impl Fn() -> Machine<'a, FENCED>,
        source: &Source<'a>,
    ) -> Self {
        let mut unseen = false;
        let run = Self::of(machine(), source.clone(), |machine, op| {
            let step = machine.step(op);
            unseen |= machine.unseen();
            step
        });
        if unseen {
            return Self::of(machine(), source.clone(), Machine::step_keeping);
        }
        run
    }

    fn of<const FENCED: bool>(
        mut machine: Machine<'a, FENCED>,
        mut source: Source<'a>,
        mut step: impl FnMut(&mut Machine<'a, FENCED>, &Op<'a>) -> Step,
    ) -> Self {
        let mut end = End::Stuck;
        while let Ok((op, in_line)) = source.next_op() {
            if !in_line {
                machine.stray(op);
            }
            if let Some(failure) = step(&mut machine, &op).failure {
                end = End::Raised(op.offset, failure);
                break;
            }
            if op.opcode == Opcode::Stop {
                end = End::Stop;
                break;
            }
        }
        let (lookups, effects) = machine.into_logs();
        Self {
            end,
            lookups,
            effects,
        }
    }

    pub(super) fn stopped(&self) -> bool {
        self.end == End::Stop
    }

    pub(super) fn same(&self, other: &Self) -> bool {
        self.lookups == other.lookups && self.effects == other.effects
    }
}

/// The lookups and effects of several readers, in the stream's order.
#[derive(Default)]
pub(super) struct Merged<'a> {
    pub(super) lookups: Vec<(Lookup<'a>, Readers)>,
    /// What was found is numbered by `lookups`.
    pub(super) effects: Vec<(Effect, Readers)>,
}

impl<'a> Merged<'a> {
    pub(super) fn add(&mut self, run: Run<'a>, readers: Readers) {
        let theirs = run.lookups.into_iter().map(|lookup| (lookup, readers));
        let merger = Merger {
            place: |lookup: &Lookup<'a>| lookup.offset,
            same: |one: &Lookup<'a>, other: &Lookup<'a>| {
                (one.opcode, &one.target) == (other.opcode, &other.target)
            },
        };
        let ours = std::mem::take(&mut self.lookups);
        let (mut own_numbers, mut their_numbers) = (Vec::new(), Vec::new());
        self.lookups = merger.merge(
            ours,
            theirs.collect(),
            |one, other| one.uses.add(other.uses),
            &mut own_numbers,
            &mut their_numbers,
        );
        let ours = renumbered(std::mem::take(&mut self.effects), &own_numbers);
        let theirs = run.effects.into_iter().map(|effect| (effect, readers));
        let merger = Merger {
            place: |effect: &Effect| effect.offset(),
            same: |one: &Effect, other: &Effect| one == other,
        };
        self.effects = merger.merge(
            ours,
            renumbered(theirs.collect(), &their_numbers),
            |_, _| {},
            &mut Vec::new(),
            &mut Vec::new(),
        );
    }
}

/// Effects on what was found by other numbers.
fn renumbered(mut effects: Vec<(Effect, Readers)>, numbers: &[usize]) -> Vec<(Effect, Readers)> {
    for (effect, _) in &mut effects {
        let subject = effect.subject();
        if subject.kind() == Kind::Global
            && let Ok(number) = usize::try_from(subject.offset())
            && let Some(number) = numbers.get(number)
        {
            *effect = effect.on(Value::new(Kind::Global, 0, *number as u64));
        }
    }
    effects
}

/// Puts together lists that are in order, one being what some readers have and the other what another has.
struct Merger<P, S> {
    /// Where an item is in the stream.
    place: P,
    /// Whether two at a place are the same.
    same: S,
}

impl<P, S> Merger<P, S> {
    /// The items of both; what numbers they have there goes into `ones` and `others`.
    fn merge<T>(
        &self,
        one: Vec<(T, Readers)>,
        other: Vec<(T, Readers)>,
        mut add: impl FnMut(&mut T, T),
        ones: &mut Vec<usize>,
        others: &mut Vec<usize>,
    ) -> Vec<(T, Readers)>
    where
        P: Fn(&T) -> u64,
        S: Fn(&T, &T) -> bool,
    {
        let mut merged: Vec<(T, Readers)> = Vec::with_capacity(one.len().max(other.len()));
        let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
        // Where those begin that are at the same place.
        let mut here = 0;
        loop {
            let (ours, order) = match (one.peek(), other.peek()) {
                (Some((one, _)), Some((other, _))) => {
                    (true, (self.place)(one).cmp(&(self.place)(other)))
                }
                (Some(_), None) => (true, Ordering::Less),
                (None, Some(_)) => (false, Ordering::Greater),
                (None, None) => break,
            };
            // At the same place, those of `one` go first.
            let (item, numbers) = if ours && order != Ordering::Greater {
                (one.next(), &mut *ones)
            } else {
                (other.next(), &mut *others)
            };
            let Some((item, readers)) = item else { break };
            let place = (self.place)(&item);
            if merged
                .last()
                .is_none_or(|(last, _)| (self.place)(last) != place)
            {
                here = merged.len();
            }
            let known = merged
                .iter()
                .skip(here)
                .position(|(known, _)| (self.same)(known, &item))
                .and_then(|at| at.checked_add(here));
            match known.and_then(|at| Some((at, merged.get_mut(at)?))) {
                Some((at, (known, all))) => {
                    all.add(readers);
                    add(known, item);
                    numbers.push(at);
                }
                None => {
                    numbers.push(merged.len());
                    merged.push((item, readers));
                }
            }
        }
        merged
    }
}
