//! Where a zip's central directory is, and its entries.

use std::ops::Range;

use nom::{
    IResult, Parser,
    bytes::complete::tag,
    number::complete::{le_u16, le_u32, le_u64},
};

use super::header::{self, Header, slice};

/// Begins the record at the end: section 4.3.16.
const END: &[u8] = b"PK\x05\x06";
/// Bytes of it before the comment, which has up to 65,535.
const END_LENGTH: u64 = 22;
/// Begins what tells where the larger record is: section 4.3.15.
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: u64 = 20;
/// Begins the larger record: section 4.3.14.
const END64: &[u8] = b"PK\x06\x06";
const END64_LENGTH: u64 = 56;

/// So many places that look like an end record are looked at.
const ENDS: usize = 16;

/// The central directory.
#[derive(Clone, Debug)]
pub(in crate::container) struct Directory {
    /// Where it lies.
    pub(in crate::container) range: Range<u64>,
    /// What stands between it and the end record, the larger record and its locator left out.
    pub(super) between: [Range<u64>; 2],
    /// What offsets in it are counted from.
    shift: u64,
    /// How many members the end record counts.
    pub(super) count: u64,
    /// Where that is.
    pub(super) end_record: u64,
    pub(super) end: u64,
    /// Where its comment is.
    pub(super) comment: Range<u64>,
}

/// What an end record says.
struct End {
    count: u64,
    size: u64,
    place: u64,
    comment: u64,
}

/// Finds the central directory from the archive's end, as readers do: other things may stand before and after.
pub(in crate::container) fn find(bytes: &[u8]) -> Option<Directory> {
    let length = bytes.len() as u64;
    let from = length.saturating_sub(END_LENGTH.saturating_add(u16::MAX.into()));
    let tail = slice(bytes, &(from..length));
    tail.windows(END.len())
        .enumerate()
        .rev()
        .filter(|(_, four)| *four == END)
        .take(ENDS)
        .find_map(|(at, _)| at_record(bytes, from.saturating_add(at as u64)))
}

/// The directory that belongs to the end record at `place`, if one stands where it must.
fn at_record(bytes: &[u8], place: u64) -> Option<Directory> {
    let (_, mut end) = record(slice(bytes, &(place..u64::MAX))).ok()?;
    let mut directory_end = place;
    let mut behind_wide = place..place;
    if let Some((wide, at)) = wide_record(bytes, place) {
        end = End {
            comment: end.comment,
            ..wide
        };
        directory_end = at;
        behind_wide = at.saturating_add(END64_LENGTH)..place.saturating_sub(LOCATOR_LENGTH);
    }
    // What stands before the archive shifts everything, unless its writer counted it in.
    let before = directory_end.checked_sub(end.size);
    let candidates = [before, Some(end.place)];
    let start = candidates.into_iter().flatten().find(|start| {
        let input = slice(bytes, &(*start..directory_end));
        header::entry(input).is_ok() || end.count == 0 && input.is_empty()
    })?;
    let comment = place.saturating_add(END_LENGTH);
    let comment = comment..comment.saturating_add(end.comment);
    let range = start..directory_end.min(start.saturating_add(end.size));
    Some(Directory {
        between: [range.end..directory_end, behind_wide],
        range,
        shift: start.saturating_sub(end.place),
        count: end.count,
        end_record: place,
        end: comment.end,
        comment,
    })
}

/// Section 4.3.16.
fn record(input: &[u8]) -> IResult<&[u8], End, ()> {
    let (rest, _) = tag(END)(input)?;
    let (rest, (_disks, _on_this, count, size, place, comment)) =
        (le_u32, le_u16, le_u16, le_u32, le_u32, le_u16).parse(rest)?;
    let end = End {
        count: count.into(),
        size: size.into(),
        place: place.into(),
        comment: comment.into(),
    };
    Ok((rest, end))
}

/// The larger record of an archive whose end record stands at `end`, and where it is: sections 4.3.14 and 4.3.15.
fn wide_record(bytes: &[u8], end: u64) -> Option<(End, u64)> {
    let locator = end.checked_sub(LOCATOR_LENGTH)?;
    let input = slice(bytes, &(locator..end));
    let (_, (_, _disk, stated, _disks)) = (tag::<_, _, ()>(LOCATOR), le_u32, le_u64, le_u32)
        .parse(input)
        .ok()?;
    let before = locator.checked_sub(END64_LENGTH);
    [before, Some(stated)].into_iter().flatten().find_map(|at| {
        let (_, end) = wide(slice(bytes, &(at..locator))).ok()?;
        Some((end, at))
    })
}

fn wide(input: &[u8]) -> IResult<&[u8], End, ()> {
    let (rest, _) = tag(END64)(input)?;
    let (rest, (_length, _versions, _disks, _on_this, count, size, place)) =
        (le_u64, le_u32, le_u64, le_u64, le_u64, le_u64, le_u64).parse(rest)?;
    let end = End {
        count,
        size,
        place,
        comment: 0,
    };
    Ok((rest, end))
}

impl Directory {
    /// Where the archive ends.
    pub(in crate::container) fn end(&self) -> u64 {
        self.end
    }

    /// Its entries: each member's header, and where the one before the member stands.
    pub(super) fn entries<'a>(&self, bytes: &'a [u8]) -> Entries<'a> {
        Entries {
            input: slice(bytes, &self.range),
            end: self.range.end,
            shift: self.shift,
        }
    }
}

/// An iterator over the entries of a directory.
pub(super) struct Entries<'a> {
    input: &'a [u8],
    end: u64,
    shift: u64,
}

impl Entries<'_> {
    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.input.len() as u64
    }

    /// Where they begin.
    pub(super) fn place(&self) -> u64 {
        self.end.saturating_sub(self.left())
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Header<'a>, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let (rest, (header, place)) = header::entry(self.input).ok()?;
        self.input = rest;
        Some((header, place.saturating_add(self.shift)))
    }
}
