//! A stream read once more, as one reader or another does, and what they look up side by side.

use std::collections::HashMap;

use crate::{
    decode::{ops, text::Dialect},
    machine::{
        Machine,
        effect::Effect,
        lookup::Lookup,
        source::{Framing, Source},
    },
    opcode::Opcode,
};

use super::Readers;

/// What one reader did.
pub(super) struct Run<'a> {
    pub(super) stopped: bool,
    pub(super) lookups: Vec<Lookup<'a>>,
    pub(super) effects: Vec<Effect>,
}

impl<'a> Run<'a> {
    /// A reader that reads frame by frame, until it raises.
    pub(super) fn framed(
        input: &'a [u8],
        start: usize,
        framing: Framing,
        dialect: Dialect,
    ) -> Self {
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
    pub(super) fn linear(input: &'a [u8], start: u64, dialect: Dialect) -> Self {
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

    pub(super) fn same(&self, other: &Self) -> bool {
        self.lookups == other.lookups && self.effects == other.effects
    }
}

/// The lookups of several readers.
#[derive(Default)]
pub(super) struct Merged<'a> {
    lookups: Vec<(Lookup<'a>, Readers)>,
    /// Those at an offset.
    at: HashMap<u64, Vec<usize>>,
}

impl<'a> Merged<'a> {
    pub(super) fn add(&mut self, lookups: Vec<Lookup<'a>>, readers: Readers) {
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

    pub(super) fn in_order(mut self) -> Vec<(Lookup<'a>, Readers)> {
        self.lookups.sort_by_key(|(lookup, _)| lookup.offset);
        self.lookups
    }
}
