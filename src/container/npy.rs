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
        descr, data, items, ..
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
    let Some(length) = items else {
        // Nothing tells how long its items are, and whether they are objects after all: `object` is a name of their dtype, too.
        contents
            .members
            .push(Member::stored(b"items", data..end.min(bytes.len() as u64)));
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
