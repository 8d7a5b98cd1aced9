//! Where the opcodes begin that make a value: with those of what it is made of.

use std::collections::HashMap;

use crate::{
    decode,
    opcode::{Item, Opcode},
    span::Span,
};

/// Where the first opcode stands of those that make each value, by the offset of the opcode that makes it last. `wanted`
/// are such offsets, in order.
///
/// Of opcodes out of order, it is where they themselves stand.
pub fn starts(input: &[u8], pickle: Span, wanted: &[u64]) -> HashMap<u64, u64> {
    let mut found = HashMap::new();
    let mut wanted = wanted.iter().copied().peekable();
    // Where each value on the stack begins, and how many were below each mark.
    let mut stack: Vec<u64> = Vec::new();
    let mut marks: Vec<(usize, u64)> = Vec::new();
    let mut ops = decode::ops(input);
    ops.skip_to(pickle.start);
    for op in ops {
        let Ok(op) = op else {
            break;
        };
        let Some(next) = wanted.peek().copied() else {
            break;
        };
        if op.opcode == Opcode::Mark {
            marks.push((stack.len(), op.offset));
            continue;
        }
        let before = op.opcode.stack_before();
        let mut start = op.offset;
        let mut single = before.len();
        if before.contains(&Item::Mark) {
            if let Some((length, offset)) = marks.pop() {
                stack.truncate(length);
                start = offset;
            }
            // What lies below the mark.
            single = before
                .iter()
                .take_while(|item| **item != Item::Mark)
                .count();
        }
        let left = stack.len().saturating_sub(single);
        if let Some(first) = stack.get(left..).and_then(|taken| taken.first()) {
            start = *first;
        }
        stack.truncate(left);
        for number in 0..op.opcode.stack_after().len() {
            // DUP's second is its own.
            stack.push(if number == 0 { start } else { op.offset });
        }
        if op.offset >= next {
            if op.offset == next {
                found.insert(next, start);
            }
            wanted.next();
        }
    }
    found
}
