//! The headers of a zip's members.

use std::ops::Range;

use nom::{
    IResult, Parser,
    bytes::complete::{tag, take},
    number::complete::{le_u16, le_u32, le_u64},
};

/// Begins the header before a member: section 4.3.7.
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
/// Begins an entry of the central directory: section 4.3.12.
const ENTRY: &[u8] = b"PK\x01\x02";
/// Begins what follows a member whose sizes weren't known before it, as writers have it: section 4.3.9.
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

/// Bytes of a local header before its name.
pub(super) const LOCAL_LENGTH: u64 = 30;

/// What the header before a member and its entry in the central directory both have.
#[derive(Clone, Debug)]
pub(super) struct Header<'a> {
    flags: u16,
    /// How it is packed: section 4.4.5.
    pub(super) method: u16,
    pub(super) crc: u32,
    /// Its bytes in the archive.
    pub(super) packed: u64,
    /// Its bytes when they are unpacked.
    pub(super) size: u64,
    pub(super) name: &'a [u8],
}

/// A header before a member.
#[derive(Clone, Debug)]
pub(super) struct Local<'a> {
    pub(super) header: Header<'a>,
    /// Where the member's bytes begin.
    pub(super) end: u64,
    /// Whether it begins as it must.
    pub(super) signed: bool,
}

impl Header<'_> {
    /// Section 4.4.4, bit 0.
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Section 4.4.4, bit 1, for LZMA.
    pub(super) fn ends_with_a_mark(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Section 4.4.4, bit 3: CRC and sizes stand behind the member, and zeros may stand here.
    pub(super) fn sizes_follow(&self) -> bool {
        self.flags & 8 != 0
    }
}

impl Local<'_> {
    /// In what it differs from the central directory's entry.
    pub(super) fn differs_from(&self, entry: &Header<'_>) -> Vec<&'static str> {
        let own = &self.header;
        let follow = own.sizes_follow();
        // What follows the member may be zero here.
        let number = |own: u64, other: u64| own != other && !(follow && own == 0);
        [
            ("name", own.name != entry.name),
            ("method", own.method != entry.method),
            ("packed size", number(own.packed, entry.packed)),
            ("size", number(own.size, entry.size)),
            ("CRC-32", number(own.crc.into(), entry.crc.into())),
            ("encryption", own.is_encrypted() != entry.is_encrypted()),
        ]
        .into_iter()
        .filter_map(|(what, differs)| differs.then_some(what))
        .collect()
    }
}

/// A stretch of an archive, as much of it as there is.
pub(super) fn slice<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes
        .get(place(range.start)..place(range.end))
        .unwrap_or_default()
}

/// The header before a member at `place`, signed or not; `None` where the bytes don't have one.
pub(super) fn local(bytes: &[u8], place: u64) -> Option<Local<'_>> {
    let input = slice(bytes, &(place..u64::MAX));
    let (rest, signature) = take::<_, _, ()>(LOCAL.len()).parse(input).ok()?;
    let (rest, header) = local_fields(rest).ok()?;
    let length = input.len().saturating_sub(rest.len()) as u64;
    Some(Local {
        header,
        end: place.saturating_add(length),
        signed: signature == LOCAL,
    })
}

/// Section 4.3.7, behind the signature.
fn local_fields(input: &[u8]) -> IResult<&[u8], Header<'_>, ()> {
    let (rest, (_version, flags, method, _time, crc, packed, size, name, extra)) = (
        le_u16, le_u16, le_u16, le_u32, le_u32, le_u32, le_u32, le_u16, le_u16,
    )
        .parse(input)?;
    let (rest, (name, extra)) = (take(name), take(extra)).parse(rest)?;
    let mut header = Header {
        flags,
        method,
        crc,
        packed: packed.into(),
        size: size.into(),
        name,
    };
    widen(extra, &mut [&mut header.size, &mut header.packed]);
    Ok((rest, header))
}

/// An entry of the central directory, and where it says that the member's header is: section 4.3.12.
pub(super) fn entry(input: &[u8]) -> IResult<&[u8], (Header<'_>, u64), ()> {
    let (rest, _) = tag(ENTRY)(input)?;
    let (rest, (_versions, flags, method, _time, crc, packed, size)) =
        (le_u32, le_u16, le_u16, le_u32, le_u32, le_u32, le_u32).parse(rest)?;
    let (rest, (name, extra, comment, _disk, _attributes, _more, place)) =
        (le_u16, le_u16, le_u16, le_u16, le_u16, le_u32, le_u32).parse(rest)?;
    let (rest, (name, extra, _comment)) = (take(name), take(extra), take(comment)).parse(rest)?;
    let mut header = Header {
        flags,
        method,
        crc,
        packed: packed.into(),
        size: size.into(),
        name,
    };
    let mut place = u64::from(place);
    widen(
        extra,
        &mut [&mut header.size, &mut header.packed, &mut place],
    );
    Ok((rest, (header, place)))
}

/// Takes the numbers that have no room in 32 bits from the extra field: section 4.5.3.
fn widen(mut extra: &[u8], numbers: &mut [&mut u64]) {
    const ZIP64: u16 = 1;
    while let Ok((rest, (id, length))) = (le_u16::<_, ()>, le_u16).parse(extra) {
        let Ok((rest, mut field)) = take::<_, _, ()>(length)(rest) else {
            return;
        };
        extra = rest;
        if id != ZIP64 {
            continue;
        }
        for number in numbers.iter_mut() {
            if **number != u64::from(u32::MAX) {
                continue;
            }
            let Ok((left, wide)) = le_u64::<_, ()>(field) else {
                return;
            };
            **number = wide;
            field = left;
        }
        return;
    }
}

/// How many bytes at the start of a gap are the descriptor of the member before it: CRC and two sizes of 4 or 8 bytes, with
/// or without a signature. Without one, what fits is taken for it where it fills the gap or another header follows.
pub(super) fn descriptor(bytes: &[u8], gap: &Range<u64>) -> u64 {
    let input = slice(bytes, gap);
    let lengths: [usize; 2] = match input.starts_with(DESCRIPTOR) {
        true => [16, 24],
        false => [12, 20],
    };
    lengths
        .into_iter()
        .find(|length| {
            let rest = input.get(*length..);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(LOCAL) || rest.starts_with(ENTRY)
            })
        })
        .map_or(0, |length| length as u64)
}

/// How many bytes stand before the next descriptor or header.
pub(super) fn until_signature(bytes: &[u8], range: &Range<u64>) -> u64 {
    let input = slice(bytes, range);
    input
        .windows(LOCAL.len())
        .position(|four| [DESCRIPTOR, LOCAL, ENTRY].contains(&four))
        .unwrap_or(input.len()) as u64
}
