//! A stream read once more, as one reader or another does, and what they look up and do side by side.

use std::cmp::Ordering;

use crate::{
    decode::{Op, text::Dialect},
    machine::{
        Event, Failure, Kind, Machine, Step, Value,
        effect::Effect,
        lookup::Lookup,
        source::{Framing, Source},
    },
};

use super::{Raw, Readers};

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

/// What is read again.
#[derive(Clone, Copy)]
pub(super) struct Stream<'s, 'a> {
    pub(super) input: &'a [u8],
    /// Where the pickle begins.
    pub(super) start: usize,
    /// What was crossed, as whoever loads it with joblib does.
    pub(super) raws: &'s [Raw],
}

impl<'a> Run<'a> {
    /// A reader of Python 3, until it raises.
    pub(super) fn of_python3(stream: Stream<'_, 'a>, framing: Framing, dialect: Dialect) -> Self {
        Self::surely(|| Machine::new(stream.input, dialect), stream, framing)
    }

    /// A reader of Python 2, until it raises.
    pub(super) fn of_python2(stream: Stream<'_, 'a>, dialect: Dialect) -> Self {
        // It knows no frames. At the input's end, both take what is there for a line.
        let machine = || Machine::of_python2(stream.input, dialect);
        Self::surely(machine, stream, Framing::Python)
    }

    /// `_pickle.c` from bytes, keeping what values hold.
    pub(super) fn of_bytes_keeping(stream: Stream<'_, 'a>) -> Self {
        let machine = Machine::new(stream.input, Dialect::C);
        Self::of(machine, stream, Framing::Bytes, Machine::step_keeping)
    }

    /// Reads; and once more, keeping what values hold, where it hangs on that.
    fn surely<const FENCED: bool>(
        machine: impl Fn() -> Machine<'a, FENCED>,
        stream: Stream<'_, 'a>,
        framing: Framing,
    ) -> Self {
        let mut unseen = false;
        let run = Self::of(machine(), stream, framing, |machine, op| {
            let step = machine.step(op);
            unseen |= machine.unseen();
            step
        });
        if unseen {
            return Self::of(machine(), stream, framing, Machine::step_keeping);
        }
        run
    }

    fn of<const FENCED: bool>(
        mut machine: Machine<'a, FENCED>,
        stream: Stream<'_, 'a>,
        framing: Framing,
        mut step: impl FnMut(&mut Machine<'a, FENCED>, &Op<'a>) -> Step,
    ) -> Self {
        let mut end = End::Stuck;
        let mut source = Source::new(stream.input, stream.start, framing);
        let mut raws = stream.raws.iter().peekable();
        while let Ok((op, in_line)) = source.next_op() {
            if !in_line {
                machine.stray(op);
            }
            let step = step(&mut machine, &op);
            if let Some(failure) = step.failure {
                end = End::Raised(op.offset, failure);
                break;
            }
            match step.event {
                Event::Stop(_) => {
                    end = End::Stop;
                    break;
                }
                Event::State { target, .. } => {
                    if let Some(raw) = raws.next_if(|raw| raw.span.start == source.offset()) {
                        if raw.is_pickle {
                            machine.enter(target);
                        } else {
                            source.skip_to(raw.span.end);
                        }
                    }
                }
                _ => {}
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
