//! The exception table of Python 3.11 and later: where an exception goes on. (`Objects/exception_handling_notes.txt`.)

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

/// A row of the exception table. Offsets are in bytes, and may lie outside of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handler {
    /// The first instruction that it is for.
    pub start: i64,
    /// Behind the last.
    pub end: i64,
    /// Where it goes on.
    pub target: i64,
    /// How much of the stack is kept.
    pub depth: i64,
    /// Whether the place of the instruction that failed is put on the stack.
    pub lasti: bool,
}

/// The rows of an exception table. What is cut short at its end is no row.
///
/// ```
/// use pickscope::code::bytecode::exceptions::handlers;
///
/// let rows: Vec<_> = handlers(b"\x83\x04\x09\x03\x83").collect();
/// assert_eq!(rows.len(), 1);
/// assert_eq!((rows[0].start, rows[0].end, rows[0].target, rows[0].depth, rows[0].lasti), (6, 14, 18, 1, true));
/// ```
pub fn handlers(table: &[u8]) -> impl Iterator<Item = Handler> {
    let mut bytes = table.iter().copied();
    std::iter::from_fn(move || {
        let start = varint(&mut bytes)?.wrapping_mul(2);
        let length = varint(&mut bytes)?.wrapping_mul(2);
        let target = varint(&mut bytes)?.wrapping_mul(2);
        let last = varint(&mut bytes)?;
        Some(Handler {
            start,
            end: start.wrapping_add(length),
            target,
            depth: last >> 1,
            lasti: last & 1 == 1,
        })
    })
}

/// Six bits a byte, the highest first. What doesn't fit into 32 bits is cut, as in the interpreter's `parse_varint`.
fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let mut value = 0_u32;
    loop {
        let byte = bytes.next()?;
        value = value.wrapping_shl(6) | u32::from(byte & 63);
        if byte & 64 == 0 {
            return Some(i64::from(value.cast_signed()));
        }
    }
}
