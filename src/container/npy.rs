//! `.npy` files: numpy/lib/format.py.

use super::{
    detect::{Detail, Finding},
    member::{Contents, Member},
    trouble::Trouble,
};

/// What stands behind the header: the pickle of an array of objects, or the items' bytes, which are none.
///
/// The array has `end` bytes, of which `bytes` may be the first.
pub(super) fn contents(bytes: &[u8], finding: &Finding<'_>, end: u64, objects: bool) -> Contents {
    let mut contents = Contents::default();
    let Detail::Array {
        descr, shape, data, ..
    } = finding.detail
    else {
        contents.troubles.push((0, Trouble::Cut));
        return contents;
    };
    // What numpy writes after the header of objects is never nothing.
    if data > end || objects && data == end || descr.is_empty() {
        contents.troubles.push((end.min(data), Trouble::Cut));
    }
    if objects {
        contents.members.push(Member::stored(b"pickle", data..end));
        return contents;
    }
    let Some(length) = length(descr, shape) else {
        // A dtype of several fields: how long its items are takes a reader of its own.
        return contents;
    };
    let Some(stop) = data.checked_add(length).filter(|stop| *stop <= end) else {
        contents.troubles.push((end, Trouble::Cut));
        return contents;
    };
    if stop < end {
        let trouble = Trouble::Trailing(end.saturating_sub(stop));
        if end == bytes.len() as u64 {
            contents
                .members
                .push(Member::unexplained(stop..end, trouble));
        } else {
            contents.troubles.push((stop, trouble));
        }
    }
    contents
}

/// How many bytes the items take, where the dtype is a plain one.
fn length(descr: &[u8], shape: &[u8]) -> Option<u64> {
    let shape = std::str::from_utf8(shape).ok()?;
    let shape = shape.strip_prefix('(')?.strip_suffix(')')?;
    let mut items = 1u64;
    for side in shape.split(',').map(str::trim) {
        if !side.is_empty() {
            // Python 2 wrote `3L`.
            items = items.checked_mul(side.trim_end_matches('L').parse().ok()?)?;
        }
    }
    let code = std::str::from_utf8(descr).ok()?;
    let code = code.strip_prefix('\'')?.strip_suffix('\'')?;
    let code = code.strip_prefix(['<', '>', '|', '=']).unwrap_or(code);
    let (kind, size) = code.split_at_checked(1)?;
    let digits = size.split_once('[').map_or(size, |(size, _)| size);
    let size: u64 = digits.parse().ok()?;
    let unit = match kind {
        "U" => 4,
        _ => 1,
    };
    items.checked_mul(size.checked_mul(unit)?)
}
