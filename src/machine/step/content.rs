//! What values hold, for the few streams whose reading hangs on it.

use std::collections::HashMap;

use crate::{
    decode::{
        Argument, Op, ops,
        text::{self, Meaning},
    },
    limits,
    opcode::Opcode,
};

use super::{
    super::{Kind, Value, operands::Content},
    Event, Machine, Step,
};

/// What values hold, as far as it matters to whether an unpickler goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// Tuples of two, by offset.
    pairs: HashMap<u64, [Value; 2]>,
    /// How many items longer lists were made of.
    made: HashMap<u64, u64>,
    /// How many items were put in lists, dicts, sets and bytearrays since they were made, those of dicts twice.
    put: HashMap<u64, u64>,
}

impl<'a, const FENCED: bool> Machine<'a, FENCED> {
    /// As [`step`](Self::step), and keeps what values hold.
    pub(crate) fn step_keeping(&mut self, op: &Op<'a>) -> Step {
        let before = self.stack.len();
        let pair = match (op.opcode, self.above_mark()) {
            (Opcode::Tuple2, [.., one, other]) | (Opcode::Tuple, [one, other]) => {
                Some([*one, *other])
            }
            _ => None,
        };
        let step = self.step(op);
        let taken = before.saturating_sub(self.stack.len()) as u64;
        let kept = self.kept.get_or_insert_default();
        match (step.made, pair) {
            (Some(tuple), Some(pair)) => {
                kept.pairs.insert(tuple.offset(), pair);
            }
            (Some(list), None) if op.opcode == Opcode::List && list.parts().is_none() => {
                kept.made.insert(list.offset(), taken.saturating_add(1));
            }
            _ => {}
        }
        if let Event::Fill(target) = step.event
            && step.failure.is_none()
            && holds(op.opcode, target)
        {
            let put = kept.put.entry(target.offset()).or_default();
            *put = put.saturating_add(taken);
        }
        step
    }

    /// How many items were put in what the stream made; `None` where nobody kept it.
    fn put_in(&self, value: Value) -> Option<u64> {
        let kept = self.kept.as_ref()?;
        Some(kept.put.get(&value.offset()).copied().unwrap_or_default())
    }

    /// What a value of no parts is, if it is written in a few bytes.
    fn meaning(&self, value: Value) -> Option<Meaning<'a>> {
        text::meaning(&self.short_op(value)?, self.dialect).ok()
    }

    fn short_op(&self, value: Value) -> Option<Op<'a>> {
        if let Some(op) = self.strays.get(&value.offset()) {
            let is_short = op.span().length() <= limits::OPERAND_BYTES as u64;
            return Some(*op).filter(|_| is_short);
        }
        let end = usize::try_from(value.offset())
            .ok()?
            .saturating_add(limits::OPERAND_BYTES)
            .min(self.input.len());
        let mut ops = ops(self.input.get(..end)?);
        ops.skip_to(value.offset());
        ops.next()?.ok()
    }
}

/// Whether what an opcode fills has more items then: what is set in a list takes another's place.
fn holds(opcode: Opcode, target: Value) -> bool {
    match target.kind() {
        Kind::Dict | Kind::Set => true,
        Kind::List | Kind::Bytearray => matches!(opcode, Opcode::Append | Opcode::Appends),
        _ => false,
    }
}

impl<const FENCED: bool> Content for Machine<'_, FENCED> {
    fn is_false(&self, value: Value) -> Option<bool> {
        match value.kind() {
            _ if value == Value::MARK => Some(false),
            Kind::None => Some(true),
            Kind::Tuple | Kind::Frozenset => Some(value.parts() == Some(0)),
            Kind::List | Kind::Dict | Kind::Set if value.parts() != Some(0) => Some(false),
            Kind::List | Kind::Dict | Kind::Set => self.put_in(value).map(|put| put == 0),
            Kind::Bytearray => self.length(value).map(|length| length == 0),
            // Long, and so not empty.
            Kind::Str | Kind::OldStr | Kind::Bytes if self.short_op(value).is_none() => Some(false),
            _ => match self.meaning(value)? {
                Meaning::None => Some(self.short_op(value)?.opcode != Opcode::NewTrue),
                Meaning::Bool(bool) => Some(!bool),
                Meaning::Int(integer) => Some(integer.to_i64() == Some(0)),
                Meaning::Float(number) => Some(number == 0.0),
                Meaning::Str(text) => Some(text.as_bytes().is_empty()),
                Meaning::Bytes(bytes) => Some(bytes.is_empty()),
                Meaning::Names { .. } => None,
            },
        }
    }

    fn pair(&self, value: Value) -> Option<[Value; 2]> {
        let kept = self.kept.as_ref()?;
        kept.pairs.get(&value.offset()).copied()
    }

    fn length(&self, value: Value) -> Option<u64> {
        let put = self.put_in(value)?;
        let made = match value.kind() {
            Kind::List => value
                .parts()
                .or_else(|| self.kept.as_ref()?.made.get(&value.offset()).copied())?,
            Kind::Bytearray => match self.made_by(value)?.argument {
                Argument::Bytes(payload) => payload.len() as u64,
                _ => return None,
            },
            _ => return None,
        };
        Some(made.saturating_add(put))
    }

    fn int(&self, value: Value) -> Option<i64> {
        match (value.kind(), self.meaning(value)?) {
            (Kind::Bool, Meaning::None) => {
                Some((self.short_op(value)?.opcode == Opcode::NewTrue).into())
            }
            (Kind::Int, Meaning::Bool(bool)) => Some(bool.into()),
            (Kind::Int, Meaning::Int(integer)) => integer.to_i64(),
            _ => None,
        }
    }
}
