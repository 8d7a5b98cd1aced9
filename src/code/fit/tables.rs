//! Whether line and exception tables can be those of a Python: they have its format, and tell of the code that is there.

use super::{Own, Starts};
use crate::{code::bytecode::exceptions, python::Python};

/// `co_lnotab`: how far the code goes on, and the line that begins there, in turn. Before 3.8 the optimizer left entries
/// behind the code's end. (`assemble_lnotab` in `Python/compile.c`.)
pub(super) fn is_lnotab(own: &Own<'_>, python: Python) -> bool {
    let (pairs, rest) = own.lines.as_chunks::<2>();
    let covered = covered(pairs);
    rest.is_empty() && (python.version() < (3, 8) || covered < own.bytes.len())
}

/// `co_linetable` of 3.10, which covers all code. (PEP 626.)
pub(super) fn is_linetable(own: &Own<'_>) -> bool {
    let (pairs, rest) = own.lines.as_chunks::<2>();
    rest.is_empty() && covered(pairs) == own.bytes.len()
}

fn covered(pairs: &[[u8; 2]]) -> usize {
    pairs.iter().fold(0, |sum: usize, [bytes, _]| {
        sum.saturating_add((*bytes).into())
    })
}

/// The location table of 3.11 and later: each entry has as many bytes as its form says, and they cover all code.
/// (`Objects/locations.md`.)
pub(super) fn is_location_table(own: &Own<'_>) -> bool {
    let mut rest = own.lines;
    let mut covered = 0_usize;
    while let [first, after @ ..] = rest {
        let form = first >> 3 & 15;
        let length = after
            .iter()
            .position(|byte| byte & 0x80 != 0)
            .unwrap_or(after.len());
        let (entry, next) = after.split_at_checked(length).unwrap_or_default();
        let whole = match form {
            0..=9 => length == 1,
            10..=12 => length == 2,
            13 => varints(entry) == Some(1),
            14 => varints(entry) == Some(4),
            _ => length == 0,
        };
        if first & 0x80 == 0 || !whole {
            return false;
        }
        covered = covered.saturating_add(usize::from(first & 7).saturating_add(1));
        rest = next;
    }
    covered == own.bytes.len() / 2
}

/// How many numbers of six bits a byte there are; none where the last isn't whole.
fn varints(bytes: &[u8]) -> Option<usize> {
    match bytes.last() {
        Some(last) if last & 0x40 == 0 => {
            Some(bytes.iter().filter(|byte| **byte & 0x40 == 0).count())
        }
        _ => None,
    }
}

/// The exception table of 3.11 and later: whole rows, in order, about instructions that are there. (`Objects/exception_handling_notes.txt`.)
pub(super) fn is_exception_table(table: &[u8], starts: &Starts) -> bool {
    let mut rows = 0_usize;
    let mut after = 0;
    for row in exceptions::handlers(table) {
        rows = rows.saturating_add(1);
        let is_start = |offset: i64| usize::try_from(offset).is_ok_and(|at| starts.has(at));
        let ends = usize::try_from(row.end).is_ok_and(|end| end <= starts.length);
        if row.start < after || row.end <= row.start || !ends {
            return false;
        }
        if !is_start(row.start) || !is_start(row.target) {
            return false;
        }
        after = row.end;
    }
    // Each row is four numbers, and begins with a byte that says so.
    let begun = table.iter().filter(|byte| **byte & 0x80 != 0).count();
    let numbers = table.iter().filter(|byte| **byte & 0x40 == 0).count();
    begun == rows && numbers == rows.saturating_mul(4)
}
