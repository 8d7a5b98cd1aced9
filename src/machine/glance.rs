//! Whether bytes could be a pickle, by a look at depths alone.
//!
//! Any byte string decodes for a while: `data.pkl` is DICT, APPEND, TUPLE, APPEND, STOP. What tells text from a pickle
//! is that a pickle never takes from an empty stack, never reads a memo that nothing was put in, and writes numbers
//! where numbers are due. The machine judges streams; this only tells them from other things.

use crate::{
    decode::{
        Argument, Op, ops,
        text::{self, Dialect, Unreadable},
    },
    error::{Fault, FaultKind},
    opcode::{Opcode, Shape, Storage},
};

use super::outline::Outline;

/// How far bytes read as a pickle.
#[derive(Clone, Debug)]
pub struct Glance {
    /// How many opcodes are in order.
    pub opcodes: u64,
    /// Whether the first of them is PROTO.
    pub proto: bool,
    /// Whether one of them looks something up.
    pub looks_up: bool,
    /// Whether one of them imports, or looks up what no line of text begins with: any text with a P is a persistent id.
    pub imports: bool,
    /// Whether one of them looks up a code of the extension registry.
    pub extends: bool,
    /// What ended the look.
    pub end: End,
    /// Whether nothing but its value lay on the stack at STOP.
    alone: bool,
    /// The offset behind STOP.
    behind: u64,
}

/// What ended a [`Glance`].
#[derive(Clone, Debug)]
pub enum End {
    /// STOP, with a value to give.
    Stop,
    /// As many opcodes as were asked for are in order.
    Enough,
    /// The bytes end before STOP, and all until then is in order.
    Cut(Fault),
    /// What comes next is no opcode, or claims a length that no pickle has.
    Fault(Fault),
    /// This opcode, at this offset, is out of order.
    Disorder(u64, Opcode),
}

/// Whether a length is letters read as a number (`0x20202020`), or more than any disk has.
fn is_no_length(length: u64) -> bool {
    match u32::try_from(length) {
        Ok(length) => length
            .to_le_bytes()
            .iter()
            .all(|byte| (b' '..=b'~').contains(byte)),
        Err(_) => length > 1 << 50,
    }
}

/// Looks at the opcodes from `offset` on, `most` of them at the most.
pub fn glance(input: &[u8], offset: u64, most: u64) -> Glance {
    look(input, offset, most, Order::default())
}

/// As [`glance`], but the first opcode may import by a name with blanks, which a module can be asked for by.
pub fn glance_behind_a_name(input: &[u8], offset: u64, most: u64) -> Glance {
    let order = Order {
        begun: true,
        ..Order::default()
    };
    look(input, offset, most, order)
}

/// Whether bytes are pickles, one after the other from the first byte to the last, beyond what chance makes of other bytes:
/// each begins with PROTO or imports something, or has some opcodes and nothing on the stack but its value at its end.
pub fn is_whole(bytes: &[u8]) -> bool {
    const SOME: u64 = 6;
    let mut at = 0;
    loop {
        let glance = glance(bytes, at, u64::MAX);
        let convinces = glance.alone && (glance.proto || glance.imports || glance.opcodes >= SOME);
        if !matches!(glance.end, End::Stop) || !convinces {
            return false;
        }
        at = glance.behind;
        if at == bytes.len() as u64 {
            return true;
        }
    }
}

fn look(input: &[u8], offset: u64, most: u64, mut order: Order) -> Glance {
    let mut glance = Glance {
        alone: false,
        behind: offset,
        opcodes: 0,
        proto: false,
        looks_up: false,
        imports: false,
        extends: false,
        end: End::Enough,
    };
    let mut ops = ops(input);
    ops.skip_to(offset);
    while let Some(op) = ops.next() {
        let op = match op {
            Ok(op) if order.holds(&op) => op,
            Ok(op) => {
                glance.end = End::Disorder(op.offset, op.opcode);
                break;
            }
            Err(fault) => {
                glance.end = match fault.kind() {
                    FaultKind::Truncated {
                        wanted: Some(wanted),
                        ..
                    } if is_no_length(wanted) => End::Fault(fault),
                    _ if fault.wants_more() => End::Cut(fault),
                    _ => End::Fault(fault),
                };
                break;
            }
        };
        if op.opcode == Opcode::Stop {
            glance.end = End::Stop;
            glance.alone = order.outline.marks() == 0 && order.outline.above_mark() == 0;
            glance.behind = ops.offset();
            break;
        }
        if glance.opcodes >= most {
            break;
        }
        glance.proto |= op.offset == offset && op.opcode == Opcode::Proto;
        if op.opcode.stores() == Some(Storage::Reference) {
            glance.looks_up = true;
            glance.imports |= match op.opcode {
                Opcode::Global | Opcode::Inst | Opcode::StackGlobal | Opcode::BinPersId => true,
                Opcode::PersId => glance.opcodes > 0,
                _ => false,
            };
            glance.extends |= matches!(op.opcode, Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4);
        }
        glance.opcodes = glance.opcodes.saturating_add(1);
    }
    glance
}

/// What tells whether opcodes are in order.
#[derive(Default)]
struct Order {
    outline: Outline,
    memo: bool,
    begun: bool,
}

impl Order {
    /// Whether `op` finds what it takes, and its text is of the kind that it asks for.
    fn holds(&mut self, op: &Op<'_>) -> bool {
        let memo = match op.opcode {
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => self.memo,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                self.memo = true;
                true
            }
            Opcode::Proto => {
                matches!(op.argument, Argument::Int(known) if known <= Opcode::HIGHEST_PROTOCOL.into())
            }
            _ => true,
        };
        let first = !std::mem::replace(&mut self.begun, true);
        !self.outline.step(op.offset, op.opcode).short && memo && text_fits(op, first)
    }
}

/// Whether a line of text is of the kind that its opcode asks for; a carriage return at its end is another matter.
fn text_fits(op: &Op<'_>, first: bool) -> bool {
    match op.argument {
        Argument::Line(line) => match op.opcode.shape() {
            Shape::DecimalShort | Shape::DecimalLong | Shape::FloatLine => is_number(op),
            // Python 3 takes ASCII only; and a zip begins as such a line does.
            Shape::PlainLine => {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                line.iter().all(|b| (b' '..=b'~').contains(b))
            }
            Shape::StringLine => {
                matches!(line.trim_ascii(), [b'\'', .., b'\''] | [b'"', .., b'"'])
            }
            _ => true,
        },
        // Prose that begins with a c is a GLOBAL at first sight; a module has no blank in its name, though one can be asked
        // for.
        Argument::Pair { module, name } => [module, name].iter().all(|part| {
            let part = part.strip_suffix(b"\r").unwrap_or(part);
            let lowest = if first { b'!' } else { b' ' };
            !part.is_empty() && part.iter().all(|b| *b >= lowest && *b != 0x7f)
        }),
        _ => true,
    }
}

/// Whether an unpickler reads the line as a number. Keys of the memo are numbers here: Python 2 takes any text for one,
/// but no pickler writes that.
fn is_number(op: &Op<'_>) -> bool {
    let python3 = [Dialect::C, Dialect::Python];
    let dialects = match op.opcode {
        Opcode::Get | Opcode::Put => &python3[..],
        _ => &Dialect::LOADERS,
    };
    dialects.iter().any(|dialect| {
        matches!(
            text::check(op, *dialect),
            Ok(())
                | Err(Unreadable::TooManyDigits
                    | Unreadable::FloatOverflow
                    | Unreadable::NegativeIndex
                    | Unreadable::IndexTooLarge)
        )
    })
}
