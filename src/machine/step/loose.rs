//! What the unpicklers of Python 2.7 do otherwise: they have no fence at a mark, and no opcodes of protocol 3 and later.
//!
//! `cPickle.c` keeps the marks beside the stack, as numbers; to `pickle.py` the mark is an object like any other, and a
//! slice goes from the topmost one on.

use crate::{
    decode::{Op, text::Dialect},
    opcode::Opcode,
};

use super::{
    super::{Failure, Kind, Value},
    Machine, Mark, Step,
};

/// The last protocol of Python 2.
const LAST: u8 = 2;

impl<'a> Machine<'a, false> {
    /// A machine that does as readers of `dialect` do, which is one of Python 2.
    pub(crate) fn of_python2(input: &'a [u8], dialect: Dialect) -> Self {
        Self::empty(input, dialect)
    }
}

impl<'a, const FENCED: bool> Machine<'a, FENCED> {
    /// Steps over an opcode that Python 2 knows otherwise, or not at all.
    #[inline(never)]
    pub(super) fn loose_step(&mut self, op: &Op<'a>) -> Option<Step> {
        let mut step = Step::default();
        match op.opcode {
            opcode if opcode.protocol() > LAST => step.failure = Some(Failure::LaterOpcode),
            // Past 2^31, pickle.py has them below zero.
            Opcode::LongBinGet | Opcode::LongBinPut => self.keyed(op, &mut step),
            // `load_pop` in cPickle.c.
            Opcode::Pop if self.is_at_mark() => {
                self.marks.pop();
            }
            // Nothing lies above a mark that stands above the stack, and cPickle makes a dict of that, or drops it.
            Opcode::Dict if self.is_below_mark() => {
                self.marks.pop();
                self.push(Kind::Dict, 0, op.offset, &mut step);
            }
            Opcode::PopMark if self.is_below_mark() => {
                self.marks.pop();
            }
            _ => return None,
        }
        Some(step)
    }

    fn is_at_mark(&self) -> bool {
        let last = self.marks.last();
        last.is_some_and(|mark| mark.floor == self.stack.len())
    }

    fn is_below_mark(&self) -> bool {
        let last = self.marks.last();
        last.is_some_and(|mark| mark.floor > self.stack.len())
    }

    /// Puts what `stack[mark - 1]` of pickle.py is below the items of a slice that has nothing below it: the last of them,
    /// or the mark. It goes with them.
    #[inline(never)]
    pub(super) fn lift_over_mark(&mut self, count: usize) {
        if self.dialect == Dialect::Python2 {
            let last = self.stack.last().copied().filter(|_| count > 0);
            self.stack.insert(0, last.unwrap_or(Value::MARK));
        }
    }

    #[inline(never)]
    pub(super) fn mark_loosely(&mut self, offset: u64) {
        if self.dialect == Dialect::C2 {
            let floor = self.stack.len();
            self.marks.push(Mark { floor, offset });
        } else {
            self.stack.push(Value::MARK);
        }
    }

    #[inline(never)]
    pub(super) fn take_loose_mark(&mut self, step: &mut Step) -> Option<usize> {
        if self.dialect == Dialect::C2 {
            let mark = self.marks.pop()?;
            step.mark = Some(mark.offset);
            return self.stack.len().checked_sub(mark.floor);
        }
        let at = self.stack.iter().rposition(|value| *value == Value::MARK)?;
        self.stack.remove(at);
        Some(self.stack.len().saturating_sub(at))
    }
}
