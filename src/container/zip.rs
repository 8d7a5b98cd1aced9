//! zip archives, read by both accounts that they give of themselves: the central directory at the end, and the headers
//! before members.
//!
//! Readers go by one or the other, and files are made that differ in them. So what either tells is read, and where they
//! differ is told. Numbers of sections are those of PKWARE's APPNOTE.TXT 6.3.

mod directory;
mod header;

use std::{collections::HashSet, ops::Range};

use super::{
    member::{Contents, Member},
    trouble::Trouble,
    unpack::Codec,
};

pub(super) use directory::{Directory, find};
use header::{Header, Local, slice};

/// The members of an archive, one more than `most` at the most. With `front`, the archive begins with the bytes; else
/// something stands before it that is read for itself.
pub(super) fn contents(bytes: &[u8], front: bool, most: u64) -> Contents {
    let mut contents = Contents::default();
    match find(bytes) {
        Some(directory) => listed(bytes, &directory, front, most, &mut contents),
        None => {
            contents
                .troubles
                .push((bytes.len() as u64, Trouble::NoDirectory));
            let end = walk(bytes, 0..bytes.len() as u64, most, None, &mut contents);
            rest(
                bytes,
                end..bytes.len() as u64,
                Trouble::Unexplained,
                &mut contents,
            );
        }
    }
    contents
}

/// What the central directory lists, what stands between that, and what follows.
fn listed(bytes: &[u8], directory: &Directory, front: bool, most: u64, contents: &mut Contents) {
    let mut names = HashSet::new();
    let mut found = 0u64;
    // Of headers with their members, in the order of the directory.
    let mut extents: Vec<Range<u64>> = Vec::new();
    let mut entries = directory.entries(bytes);
    for (header, place) in entries.by_ref() {
        if found >= most {
            contents.members.push(Member::stored(b"", 0..0));
            return;
        }
        found = found.saturating_add(1);
        let before = contents.members.len();
        extents.push(member(bytes, &header, place, contents));
        if !names.insert(header.name)
            && let Some(member) = contents.members.get_mut(before)
        {
            member.troubles.push(Trouble::Duplicate);
        }
    }
    if entries.left() > 0 {
        contents.troubles.push((entries.place(), Trouble::Cut));
    }
    if found != directory.count {
        let stated = directory.count;
        contents
            .troubles
            .push((directory.end_record, Trouble::Count { stated, found }));
    }
    extents.sort_by_key(|extent| extent.start);
    let mut at = match (front, extents.first()) {
        (true, _) => 0,
        (false, Some(first)) => first.start,
        (false, None) => directory.range.start,
    };
    if !front && at > 0 {
        contents.troubles.push((0, Trouble::Prefixed(at)));
    }
    let mut overlaps = 0u64;
    let mut first = None;
    for extent in &extents {
        if extent.start < at {
            overlaps = overlaps.saturating_add(1);
            first = first.or(Some(extent.start));
        } else if extent.start > at {
            between(bytes, at..extent.start, most, contents);
        }
        at = at.max(extent.end);
    }
    if let Some(first) = first {
        contents.troubles.push((first, Trouble::Overlap(overlaps)));
    }
    if at < directory.range.start {
        between(bytes, at..directory.range.start, most, contents);
    }
    for gap in directory.between.clone() {
        rest(bytes, gap, Trouble::Unexplained, contents);
    }
    if !slice(bytes, &directory.comment).is_empty() {
        let own = Member::stored(b"comment", directory.comment.clone());
        contents.members.push(own);
    }
    let after = directory.end..bytes.len() as u64;
    rest(bytes, after, Trouble::Trailing, contents);
}

/// Takes down a member that the central directory lists; tells where it lies with the header before it.
fn member(bytes: &[u8], header: &Header<'_>, place: u64, contents: &mut Contents) -> Range<u64> {
    let local = header::local(bytes, place);
    let start = match &local {
        Some(local) => local.end,
        None => place
            .saturating_add(header::LOCAL_LENGTH)
            .saturating_add(header.name.len() as u64),
    };
    let range = start..start.saturating_add(header.packed);
    let extent = place..range.end;
    let mut own = of_header(header, range);
    let Some(local) = local else {
        own.troubles.push(Trouble::NoLocal);
        contents.members.push(own);
        return extent;
    };
    if !local.signed {
        own.troubles.push(Trouble::NoLocal);
    }
    let differing = local.differs_from(header);
    own.troubles
        .extend(differing.iter().map(|what| Trouble::Differs(what)));
    let other = differing
        .iter()
        .any(|what| matches!(*what, "method" | "packed size"));
    if !is_folder(header) {
        contents.members.push(own);
    } else if !own.troubles.is_empty() {
        let at = place;
        contents
            .troubles
            .extend(own.troubles.drain(..).map(|trouble| (at, trouble)));
    }
    if other && local.signed {
        let second = start..start.saturating_add(local.header.packed);
        let mut second = of_header(&local.header, second);
        second.troubles.push(Trouble::Unlisted);
        contents.members.push(second);
    }
    extent
}

fn is_folder(header: &Header<'_>) -> bool {
    header.name.ends_with(b"/") && header.packed == 0
}

/// A member as a header describes it.
fn of_header(header: &Header<'_>, range: Range<u64>) -> Member {
    let mut own = Member {
        name: header.name.to_vec(),
        range,
        codec: None,
        crc: Some(header.crc),
        length: Some(header.size),
        troubles: Vec::new(),
    };
    if header.is_encrypted() {
        own.troubles.push(Trouble::Encrypted);
    }
    // Section 4.4.5.
    own.codec = match header.method {
        0 => None,
        8 => Some(Codec::Deflate),
        12 => Some(Codec::Bzip2),
        14 => Some(Codec::ZipLzma(
            (!header.ends_with_a_mark()).then_some(header.size),
        )),
        93 => Some(Codec::Zstd),
        95 => Some(Codec::Xz),
        method => {
            own.troubles.push(Trouble::Method(method));
            own.crc = None;
            own.length = None;
            None
        }
    };
    own
}

/// What stands between members: the descriptor that may follow one, padding, members that the directory doesn't list, and
/// what nothing explains.
fn between(bytes: &[u8], gap: Range<u64>, most: u64, contents: &mut Contents) {
    let after = gap.start.saturating_add(header::descriptor(bytes, &gap));
    let end = walk(
        bytes,
        after..gap.end,
        most,
        Some(Trouble::Unlisted),
        contents,
    );
    rest(bytes, end..gap.end, Trouble::Unexplained, contents);
}

/// Takes down bytes that nothing explains, if there are any but zeros.
fn rest(bytes: &[u8], range: Range<u64>, why: fn(u64) -> Trouble, contents: &mut Contents) {
    let length = range.end.saturating_sub(range.start);
    if slice(bytes, &range).iter().any(|byte| *byte != 0) {
        contents
            .members
            .push(Member::unexplained(range, why(length)));
    }
}

/// Members one after the other by the headers before them, as a reader sees them that can't go back; tells where they end.
fn walk(
    bytes: &[u8],
    within: Range<u64>,
    most: u64,
    why: Option<Trouble>,
    contents: &mut Contents,
) -> u64 {
    let mut at = within.start;
    while contents.members.len() as u64 <= most
        && let Some(local) = header::local(bytes, at).filter(|local| local.signed)
        && local.end <= within.end
    {
        let Local {
            header, end: start, ..
        } = local;
        let stated = start.saturating_add(header.packed);
        let known = !header.sizes_follow() || header.packed > 0;
        let end = if known {
            stated.min(within.end)
        } else {
            // Its size follows it, or the next header does: nothing else tells where it ends.
            start.saturating_add(header::until_signature(bytes, &(start..within.end)))
        };
        let mut own = of_header(&header, start..if known { stated } else { end });
        if !known {
            own.crc = None;
            own.length = None;
        }
        own.troubles.extend(why.clone());
        if !is_folder(&header) || !known {
            contents.members.push(own);
        }
        at = end.saturating_add(header::descriptor(bytes, &(end..within.end)));
    }
    at
}
