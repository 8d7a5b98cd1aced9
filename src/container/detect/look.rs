//! Looks at binary formats that a magic number alone doesn't tell, or that tell more.

use crate::{
    decode::ops,
    machine::glance::{End, glance},
    opcode::Opcode,
    reader::CrLf,
};

use super::{Detail, Head, LIKELY, SURE, Seen, items::items};

pub(super) fn empty(head: Head<'_>) -> Option<Seen<'_>> {
    if head.bytes.is_empty() && head.whole {
        SURE
    } else {
        None
    }
}

pub(super) fn zeros(head: Head<'_>) -> Option<Seen<'_>> {
    if !head.bytes.is_empty() && head.bytes.iter().all(|b| *b == 0) {
        SURE
    } else {
        None
    }
}

/// A level from 1 to 9, then the magic of a block (pi) or of the end (its square root), as bzip2's format has them.
pub(super) fn bzip2(head: Head<'_>) -> Option<Seen<'_>> {
    let block = head.has(4, b"1AY&SY") || head.has(4, b"\x17\x72\x45\x38\x50\x90");
    if head.has(0, b"BZh") && matches!(head.byte(3), Some(b'1'..=b'9')) && block {
        SURE
    } else {
        None
    }
}

const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const LZ4: &[u8] = b"\x04\x22\x4d\x18";
const LZ4_LEGACY: &[u8] = b"\x02\x21\x4c\x18";

/// What stands behind a skippable frame, which both formats share: RFC 8878, section 3.1.2.
fn after_skippable(head: Head<'_>) -> Option<usize> {
    if !matches!(head.byte(0), Some(0x50..=0x5f)) || !head.has(1, b"\x2a\x4d\x18") {
        return None;
    }
    usize::try_from(head.le32(4)?).ok()?.checked_add(8)
}

pub(super) fn zstd(head: Head<'_>) -> Option<Seen<'_>> {
    let skipped = after_skippable(head).is_some_and(|next| !head.has(next, LZ4));
    if head.has(0, ZSTD) || skipped {
        SURE
    } else {
        None
    }
}

pub(super) fn lz4(head: Head<'_>) -> Option<Seen<'_>> {
    let skipped = after_skippable(head).is_some_and(|next| head.has(next, LZ4));
    if head.has(0, LZ4) || head.has(0, LZ4_LEGACY) || skipped {
        SURE
    } else {
        None
    }
}

/// The header of the old `.lzma` file: properties, dictionary's size, length (or -1); the coder's first byte is 0.
/// Sizes of dictionaries are held to what xz's own reader takes.
pub(super) fn lzma(head: Head<'_>) -> Option<Seen<'_>> {
    const USUAL: u8 = 0x5d;
    let properties = head.byte(0).filter(|p| *p < 225)?;
    let dictionary = head.le32(1)?;
    let length = head.array(5).map(u64::from_le_bytes)?;
    let sizes = dictionary == u32::MAX
        || dictionary >= 1 << 12 && {
            let third = dictionary / 3;
            dictionary.is_power_of_two()
                || third.is_power_of_two() && third.checked_mul(3) == Some(dictionary)
        };
    if !sizes || length != u64::MAX && length >= 1 << 38 || head.byte(13).is_some_and(|b| b != 0) {
        return None;
    }
    // `]` is EMPTY_LIST, but no opcode has the zero byte that follows.
    if properties == USUAL && head.byte(1) == Some(0) {
        SURE
    } else {
        LIKELY
    }
}

/// The header of RFC 1950, then of the first block of RFC 1951.
pub(super) fn zlib(head: Head<'_>) -> Option<Seen<'_>> {
    const PRESET_DICTIONARY: u8 = 0x20;
    let [method, flags, block] = head.array(0)?;
    let check = u16::from_be_bytes([method, flags]);
    // Windows of less than 32 KiB begin with an opcode's byte (`(`, `8`, `H`, `X`, `h`), and nobody asks for them.
    if method != 0x78 || check % 31 != 0 || flags & PRESET_DICTIONARY != 0 {
        return None;
    }
    let plausible = match (block >> 1) & 3 {
        0 => match (head.le16(3), head.le16(5)) {
            (Some(length), Some(complement)) => length == !complement,
            _ => true,
        },
        kind => kind != 3,
    };
    // `x^2` has a header that fits.
    let formula = head
        .bytes
        .iter()
        .take(64)
        .all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
    if !plausible || formula {
        None
    } else if method == 0x78 {
        SURE
    } else {
        LIKELY
    }
}

const LOCAL: &[u8] = b"PK\x03\x04";

/// The names of a zip's members, as far as local headers show them: APPNOTE.TXT, section 4.3.7.
struct Members<'a> {
    head: Head<'a>,
    at: Option<usize>,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        const SIZE_FOLLOWS: u16 = 1 << 3;
        let at = self.at.take()?;
        let header = Head {
            bytes: self.head.from(at),
            ..self.head
        };
        if !header.has(0, LOCAL) {
            return None;
        }
        let flags = header.le16(6)?;
        let size = usize::try_from(header.le32(18)?).ok()?;
        let name = usize::from(header.le16(26)?);
        let extra = usize::from(header.le16(28)?);
        let content = [30, name, extra]
            .into_iter()
            .try_fold(at, usize::checked_add)?;
        self.at = if flags & SIZE_FOLLOWS == 0 {
            content.checked_add(size)
        } else {
            find(self.head.from(content), LOCAL).and_then(|length| content.checked_add(length))
        };
        header.from(30).get(..name)
    }
}

fn members(head: Head<'_>) -> Members<'_> {
    // A spanned archive that fits one segment has this marker first: APPNOTE.TXT, section 8.5.4.
    let spanned = head.has(0, b"PK00PK\x03\x04") || head.has(0, b"PK\x07\x08PK\x03\x04");
    Members {
        head,
        at: Some(if spanned { 4 } else { 0 }),
    }
}

fn zip_with(head: Head<'_>, tells: impl FnMut(&[u8]) -> bool) -> Option<Seen<'_>> {
    let first = members(head).next()?;
    if members(head).any(tells) {
        Seen::with(true, Detail::Member(first))
    } else {
        None
    }
}

pub(super) fn torch_zip(head: Head<'_>) -> Option<Seen<'_>> {
    zip_with(head, |name| {
        name == b"data.pkl" || name.ends_with(b"/data.pkl")
    })
}

pub(super) fn npz(head: Head<'_>) -> Option<Seen<'_>> {
    let first = members(head).next()?;
    if first.ends_with(b".npy") {
        Seen::with(true, Detail::Member(first))
    } else {
        None
    }
}

pub(super) fn keras_zip(head: Head<'_>) -> Option<Seen<'_>> {
    let mut marks = 0_u8;
    zip_with(head, |name| {
        marks = marks.saturating_add(u8::from(matches!(
            name,
            b"metadata.json" | b"config.json" | b"model.weights.h5"
        )));
        marks > 1
    })
}

pub(super) fn skops_zip(head: Head<'_>) -> Option<Seen<'_>> {
    zip_with(head, |name| name == b"schema.json")
}

pub(super) fn office_zip(head: Head<'_>) -> Option<Seen<'_>> {
    let mut first = true;
    zip_with(head, |name| {
        let tells = name == b"[Content_Types].xml" || first && name == b"mimetype";
        first = false;
        tells
    })
}

pub(super) fn zip(head: Head<'_>) -> Option<Seen<'_>> {
    if let Some(first) = members(head).next() {
        return Seen::with(true, Detail::Member(first));
    }
    let cut = head.has(0, b"PK\x03\x04")
        || head.has(0, b"PK\x07\x08PK\x03\x04")
        || head.has(0, b"PK00PK\x03\x04");
    // An archive without members is its end record alone: APPNOTE.TXT, section 4.3.16.
    if cut || head.has(0, b"PK\x05\x06\0\0\0\0") {
        SURE
    } else {
        None
    }
}

/// The header of a `.npy` file, and whether its dtype holds objects: numpy/lib/format.py.
fn array(head: Head<'_>) -> Option<(Detail<'_>, bool)> {
    if !head.has(0, b"\x93NUMPY") {
        return None;
    }
    let (major, minor) = (head.byte(6)?, head.byte(7)?);
    let (start, length) = match major {
        1 => (10_usize, usize::from(head.le16(8)?)),
        _ => (12, usize::try_from(head.le32(8)?).ok()?),
    };
    let data = start.checked_add(length)?;
    let header = head.from(start);
    let header = header.get(..length).unwrap_or(header);
    let descr = between(header, b"'descr':", b"'fortran_order'").unwrap_or_default();
    let descr = descr.trim_ascii();
    let descr = descr.strip_suffix(b",").unwrap_or(descr);
    let shape = between(header, b"'shape':", b"}").unwrap_or_default();
    let shape = shape.trim_ascii();
    let shape = shape.strip_suffix(b",").unwrap_or(shape);
    let known = items(header);
    // Where it is written otherwise, what looks like it is taken for it.
    let objects = known.map_or_else(
        || {
            descr
                .windows(2)
                .any(|pair| matches!(pair, b"|O" | b"'O" | b"=O" | b"<O" | b">O"))
        },
        |items| items.objects,
    );
    Some((
        Detail::Array {
            version: (major, minor),
            descr,
            shape,
            data: data as u64,
            items: known.map(|items| items.bytes),
        },
        objects,
    ))
}

fn between<'a>(bytes: &'a [u8], before: &[u8], after: &[u8]) -> Option<&'a [u8]> {
    let start = find(bytes, before)?.checked_add(before.len())?;
    let rest = bytes.get(start..)?;
    rest.get(..find(rest, after)?)
}

pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

pub(super) fn npy_objects(head: Head<'_>) -> Option<Seen<'_>> {
    let (detail, objects) = array(head)?;
    if objects {
        Seen::with(true, detail)
    } else {
        None
    }
}

pub(super) fn npy(head: Head<'_>) -> Option<Seen<'_>> {
    match array(head) {
        Some((detail, _)) => Seen::with(true, detail),
        None if head.has(0, b"\x93NUMPY") => SURE,
        None => None,
    }
}

/// The first member's name, if the header's own checksum holds: POSIX ustar, and v7 before it, which has no magic.
fn tar_member(head: Head<'_>) -> Option<&[u8]> {
    let header: &[u8; 512] = head.bytes.first_chunk()?;
    let digits = header.get(148..156)?;
    let stated = std::str::from_utf8(digits).ok()?.trim_matches([' ', '\0']);
    let stated = u32::from_str_radix(stated, 8).ok()?;
    // The checksum is taken with its own field as spaces.
    let sum = |bytes: &[u8]| bytes.iter().map(|b| u32::from(*b)).sum::<u32>();
    let counted = sum(header)
        .checked_sub(sum(digits))?
        .checked_add(8 * u32::from(b' '))?;
    let name = header.get(..100)?.split(|b| *b == 0).next()?;
    // Records of pax stand before a name, and who writes them may give them none.
    let is_one = !name.is_empty() || head.has(257, b"ustar");
    (counted == stated && is_one).then_some(name)
}

pub(super) fn tar(head: Head<'_>) -> Option<Seen<'_>> {
    match tar_member(head)? {
        b"" => SURE,
        name => Seen::with(true, Detail::Member(name)),
    }
}

pub(super) fn torch_tar(head: Head<'_>) -> Option<Seen<'_>> {
    let name = tar_member(head)?;
    let last = name.rsplit(|b| *b == b'/').next()?;
    if matches!(last, b"sys_info" | b"pickle" | b"storages" | b"tensors") {
        Seen::with(true, Detail::Member(name))
    } else {
        None
    }
}

/// The signature stands at 0, 512, 1024 and so on: HDF5 file format, section II.A. What stands before is the user's.
pub(super) fn hdf5(head: Head<'_>) -> Option<Seen<'_>> {
    [0_usize, 512, 1024, 2048, 4096, 8192]
        .into_iter()
        .find(|offset| head.has(*offset, b"\x89HDF\r\n\x1a\n"))
        .and_then(|offset| match offset {
            0 => SURE,
            _ => Seen::with(false, Detail::At(offset as u64)),
        })
}

/// `PAR1` (`PARE`, encrypted) begins and ends the file; a page's Thrift header comes first, whose field 1 is an i32.
pub(super) fn parquet(head: Head<'_>) -> Option<Seen<'_>> {
    let magic = [b"PAR1", b"PARE"]
        .into_iter()
        .find(|magic| head.has(0, *magic))?;
    if head.byte(4) == Some(0x15) || head.whole && head.bytes.ends_with(magic) {
        SURE
    } else {
        None
    }
}

/// Hash and B-tree files: at 0 with version 1.85, at 12 since, in either byte order (file(1), whichdb of Python's dbm).
pub(super) fn berkeley_db(head: Head<'_>) -> Option<Seen<'_>> {
    const HASH: u32 = 0x0006_1561;
    const BTREE: u32 = 0x0005_3162;
    let magic = |offset: usize, version: usize, versions: std::ops::RangeInclusive<u32>| {
        [u32::from_le_bytes, u32::from_be_bytes]
            .into_iter()
            .any(|order| {
                head.array(offset)
                    .map(order)
                    .is_some_and(|n| n == HASH || n == BTREE)
                    && head
                        .array(version)
                        .map(order)
                        .is_some_and(|n| versions.contains(&n))
            })
    };
    if magic(0, 4, 1..=3) || magic(12, 16, 4..=10) {
        SURE
    } else {
        None
    }
}

/// A JSON header behind its length of eight bytes, at most 100 MB: the format's own limit.
pub(super) fn safetensors(head: Head<'_>) -> Option<Seen<'_>> {
    let length = head.array(0).map(u64::from_le_bytes)?;
    if (2..=100_000_000).contains(&length) && (head.has(8, b"{\"") || head.has(8, b"{}")) {
        SURE
    } else {
        None
    }
}

pub(super) fn gguf(head: Head<'_>) -> Option<Seen<'_>> {
    let version = |order: fn([u8; 4]) -> u32| {
        head.array(4)
            .map(order)
            .is_some_and(|v| (1..=1000).contains(&v))
    };
    if head.has(0, b"GGUF") && (version(u32::from_le_bytes) || version(u32::from_be_bytes)) {
        SURE
    } else {
        None
    }
}

/// The DOS stub says where the real header is.
pub(super) fn pe(head: Head<'_>) -> Option<Seen<'_>> {
    let header = usize::try_from(head.le32(0x3c)?).ok()?;
    if head.has(0, b"MZ") && head.has(header, b"PE\0\0") {
        SURE
    } else {
        None
    }
}

pub(super) fn riff(head: Head<'_>) -> Option<Seen<'_>> {
    let kind = [&b"WAVE"[..], b"AVI ", b"WEBP"]
        .into_iter()
        .any(|kind| head.has(8, kind));
    if kind && (head.has(0, b"RIFF") || head.has(0, b"RIFX")) {
        SURE
    } else {
        None
    }
}

/// ModelProto as its writers order it: ir_version (1), then producer_name (2), which is text.
pub(super) fn onnx(head: Head<'_>) -> Option<Seen<'_>> {
    let [version, number, name, length] = head.array(0)?;
    let text = head.from(4).get(..usize::from(length)).unwrap_or_default();
    let named = !text.is_empty() && length < 0x40 && text.iter().all(u8::is_ascii_graphic);
    if version == 0x08 && (1..=20).contains(&number) && name == 0x12 && named {
        LIKELY
    } else {
        None
    }
}

/// SavedModel: saved_model_schema_version (1) is 1, then meta_graphs (2), the first field of which is meta_info_def (1).
pub(super) fn saved_model(head: Head<'_>) -> Option<Seen<'_>> {
    let rest = head.bytes.strip_prefix(b"\x08\x01\x12")?;
    let length = rest
        .iter()
        .take(5)
        .position(|b| *b < 0x80)?
        .checked_add(1)?;
    if rest.get(length) == Some(&0x0a) {
        LIKELY
    } else {
        None
    }
}

/// A pickle behind something else: behind what has a known length, or a PROTO and what goes on as a pickle.
pub(super) fn embedded(head: Head<'_>) -> Option<Seen<'_>> {
    // Each place is looked at for so many bytes, and so many places are: the work is bounded whatever the bytes are.
    const WINDOW: usize = 4 << 10;
    const PLACES: usize = 256;
    const OPCODES: u64 = 64;
    let proto = head
        .bytes
        .windows(2)
        .enumerate()
        .skip(1)
        .filter(|(_, pair)| matches!(pair, [first, 2..=5] if *first == Opcode::Proto.byte()))
        .take(PLACES)
        .map(|(offset, _)| offset);
    prefix(head)
        .into_iter()
        .chain(proto)
        .find(|offset| {
            let rest = head.from(*offset);
            let glance = glance(rest.get(..WINDOW).unwrap_or(rest), 0, OPCODES);
            match glance.end {
                End::Stop => glance.opcodes > 1,
                End::Enough => true,
                End::Cut(_) => glance.opcodes > 5,
                End::Disorder(..) | End::Fault(_) => false,
            }
        })
        .and_then(|offset| Seen::with(false, Detail::At(offset as u64)))
}

/// The length of what some writers put before any protocol's pickle.
fn prefix(head: Head<'_>) -> Option<usize> {
    const HEADER_END: &[u8] = b"\r\n\r\n";
    if head.has(0, b"\xef\xbb\xbf") {
        return Some(3);
    }
    if head.has(0, b"HTTP/") {
        return find(head.bytes, HEADER_END)?.checked_add(HEADER_END.len());
    }
    // multiprocessing sends each message behind its length (Lib/multiprocessing/connection.py, `_send_bytes`).
    let length = head.array(0).map(u32::from_be_bytes)?;
    let left = head.bytes.len().saturating_sub(4);
    (head.whole && usize::try_from(length) == Ok(left)).then_some(4)
}

/// A stream of which, as far as it decodes, most lines end in a carriage return.
pub(super) fn line_ends(head: Head<'_>) -> Option<Seen<'_>> {
    let mut lines = CrLf::default();
    ops(head.bytes)
        .map_while(Result::ok)
        .for_each(|op| lines.see(&op));
    Seen::with(false, Detail::Lines(lines.verdict()?))
}
