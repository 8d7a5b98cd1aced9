//! What is packed, unpacked a stretch at a time and within limits.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::Crc;

use crate::limits::{DICTIONARY_KIB, Limit, Limits, PIPE_HEAD, RATIO_FREE};

use super::trouble::Trouble;

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// gzip: RFC 1952, one or more members.
    Gzip,
    /// zlib: RFC 1950.
    Zlib,
    /// What both hold: RFC 1951.
    Deflate,
    /// bzip2, one or more streams.
    Bzip2,
    /// xz, one or more streams.
    Xz,
    /// The old `.lzma` file.
    Lzma,
    /// LZMA in a zip: version, length and properties, then the stream (APPNOTE.TXT, section 5.8.8). With the length that
    /// comes out, where no mark ends the stream.
    ZipLzma(Option<u64>),
    /// LZ4 frames.
    Lz4,
    /// Zstandard frames: RFC 8878.
    Zstd,
}

/// How much may still be unpacked of an input.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    /// The input's length.
    input: u64,
    unpacked: u64,
    /// How many bytes of members were given out as they are, or to a decoder.
    stored: u64,
}

impl Budget {
    /// For an input of so many bytes.
    pub(crate) fn new(limits: &Limits, input: u64) -> Self {
        Self {
            limits: limits.clone(),
            input,
            unpacked: 0,
            stored: 0,
        }
    }

    /// Takes down that so many bytes of a member are read, stored or packed; whether they may be.
    ///
    /// Each byte that there is stands in one member a level. Members that overlap could be read a thousand times over.
    pub(super) fn take_stored(&mut self, length: u64) -> bool {
        let once = self.input.saturating_add(self.unpacked);
        let levels = self.limit(Limit::Depth).saturating_add(1);
        self.stored = self.stored.saturating_add(length);
        self.stored <= once.saturating_mul(levels)
    }

    /// What a limit is set to.
    pub(crate) fn limit(&self, limit: Limit) -> u64 {
        self.limits.get(limit)
    }

    /// How many bytes of one more part may be unpacked, and what ends them.
    fn room(&self) -> (u64, Limit) {
        let ratio = self.limit(Limit::Ratio).saturating_mul(self.input);
        [
            (self.limit(Limit::Part), Limit::Part),
            (
                self.limit(Limit::Unpacked).saturating_sub(self.unpacked),
                Limit::Unpacked,
            ),
            (
                ratio
                    .saturating_add(RATIO_FREE)
                    .saturating_sub(self.unpacked),
                Limit::Ratio,
            ),
        ]
        .into_iter()
        .min_by_key(|(room, _)| *room)
        .unwrap_or((0, Limit::Part))
    }

    /// That nothing more may be unpacked.
    pub(super) fn is_spent(&self) -> Option<Trouble> {
        let (room, limit) = self.room();
        (room == 0).then(|| Trouble::Limit(limit, self.limit(limit)))
    }
}

/// What came of unpacking.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// The bytes; only the first of them, where nobody wanted more.
    pub(super) bytes: Vec<u8>,
    /// How many came out, kept or not.
    pub(super) length: u64,
    /// The CRC-32 of all that came out.
    pub(super) crc: u32,
    /// Where in the source it ended, if that is known.
    pub(super) end: Option<usize>,
    /// What ended it before its end.
    pub(super) trouble: Option<Trouble>,
}

/// Says of the first bytes whether the others are worth keeping.
pub(crate) type Wanted<'w> = dyn FnMut(&[u8]) -> bool + 'w;

/// Takes what decoders give.
struct Sink<'s> {
    bytes: Vec<u8>,
    length: u64,
    crc: Crc,
    /// How many more bytes may come, and what ends them.
    room: (u64, Limit),
    /// Asked once, with the first bytes, whether the others are to be kept.
    wanted: Option<&'s mut Wanted<'s>>,
    keeps: bool,
    chunk: Vec<u8>,
}

/// Why a decoder was left.
enum End {
    Limit(Limit),
    Io(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Sink<'_> {
    /// Reads a decoder to its end.
    fn take(&mut self, decoder: &mut dyn Read) -> Result<(), End> {
        loop {
            let length = match decoder.read(&mut self.chunk) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let (room, limit) = self.room;
            let fits = usize::try_from(room).unwrap_or(usize::MAX).min(length);
            let chunk = self.chunk.get(..fits).unwrap_or_default();
            self.crc.update(chunk);
            if self.keeps {
                self.bytes.extend_from_slice(chunk);
            }
            self.length = self.length.saturating_add(fits as u64);
            self.room.0 = room.saturating_sub(fits as u64);
            if fits < length {
                return Err(End::Limit(limit));
            }
            if self.bytes.len() >= PIPE_HEAD
                && let Some(wanted) = self.wanted.take()
            {
                self.keeps = wanted(&self.bytes);
            }
        }
    }
}

/// Unpacks `source`. After the first [`PIPE_HEAD`] bytes, `wanted` says whether the others are worth keeping: they are
/// unpacked in any case, for only the end tells whether all is there.
pub(super) fn unpack(
    codec: Codec,
    source: &[u8],
    budget: &mut Budget,
    wanted: &mut Wanted<'_>,
) -> Unpacked {
    let room = budget.room();
    let mut sink = Sink {
        bytes: Vec::new(),
        length: 0,
        crc: Crc::new(),
        room,
        wanted: Some(wanted),
        keeps: true,
        chunk: vec![0; PIPE_HEAD],
    };
    let mut rest = source;
    let ended = decode(codec, &mut rest, &mut sink);
    budget.unpacked = budget.unpacked.saturating_add(sink.length);
    // Whether more may be read is asked before the next: blocks that nothing comes out of cost time, too.
    budget.take_stored(source.len().saturating_sub(rest.len()) as u64);
    let trouble = match ended {
        Ok(()) => None,
        Err(End::Limit(limit)) => Some(Trouble::Limit(limit, budget.limit(limit))),
        Err(End::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => Some(Trouble::Cut),
        Err(End::Io(error)) => Some(Trouble::corrupt(&error)),
    };
    let known = trouble.is_none() && !matches!(codec, Codec::Lzma | Codec::ZipLzma(_));
    Unpacked {
        bytes: sink.bytes,
        length: sink.length,
        crc: sink.crc.sum(),
        end: known.then(|| source.len().saturating_sub(rest.len())),
        trouble,
    }
}

/// Decodes one stream after the other, as each format allows it.
fn decode(codec: Codec, rest: &mut &[u8], sink: &mut Sink<'_>) -> Result<(), End> {
    match codec {
        Codec::Gzip => loop {
            sink.take(&mut flate2::bufread::GzDecoder::new(&mut *rest))?;
            if !rest.starts_with(b"\x1f\x8b") {
                return Ok(());
            }
        },
        Codec::Zlib => {
            let mut decoder = flate2::bufread::ZlibDecoder::new(&mut *rest);
            sink.take(&mut decoder)
        }
        Codec::Deflate => {
            let mut decoder = flate2::bufread::DeflateDecoder::new(&mut *rest);
            sink.take(&mut decoder)
        }
        Codec::Bzip2 => loop {
            sink.take(&mut bzip2::bufread::BzDecoder::new(&mut *rest))?;
            if !rest.starts_with(b"BZh") {
                return Ok(());
            }
        },
        Codec::Xz => loop {
            let mut decoder =
                lzma_rust2::XzReader::new_mem_limit(&mut *rest, false, DICTIONARY_KIB);
            sink.take(&mut decoder)?;
            drop(decoder);
            // Streams are parted by zeros, four at a time: the .xz file format, section 2.2.
            let padding = rest.iter().take_while(|byte| **byte == 0).count();
            match rest.get(padding..) {
                Some(next) if next.starts_with(b"\xfd7zXZ\0") => *rest = next,
                _ => return Ok(()),
            }
        },
        Codec::Lzma => {
            let decoder = lzma_rust2::LzmaReader::new_mem_limit(&mut *rest, DICTIONARY_KIB, None);
            sink.take(&mut decoder?)
        }
        Codec::ZipLzma(length) => {
            let [_, _, 5, 0, property, dictionary @ ..] = array::<9>(rest)? else {
                return Err(io::Error::other("its LZMA header has another length").into());
            };
            let dictionary = u32::from_le_bytes(dictionary);
            if dictionary >> 10 > DICTIONARY_KIB {
                return Err(io::Error::other("it asks for too large a dictionary").into());
            }
            let decoder = lzma_rust2::LzmaReader::new_with_props(
                &mut *rest,
                length.unwrap_or(u64::MAX),
                property,
                dictionary,
                None,
            );
            sink.take(&mut decoder?)
        }
        Codec::Lz4 => loop {
            lz4_frame(rest, sink)?;
            if !is_skippable(rest) && !LZ4_FRAMES.iter().any(|magic| rest.starts_with(magic)) {
                return Ok(());
            }
        },
        Codec::Zstd => loop {
            zstd_frame(rest, sink)?;
            if !is_skippable(rest) && !rest.starts_with(b"\x28\xb5\x2f\xfd") {
                return Ok(());
            }
        },
    }
}

/// The magic number of a frame, and of one by the old command line.
const LZ4_FRAMES: [&[u8]; 2] = [b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"];

/// A frame that holds nothing, which LZ4 and Zstandard share: RFC 8878, section 3.1.2.
fn is_skippable(rest: &[u8]) -> bool {
    matches!(rest, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn skip_frame(rest: &mut &[u8]) -> io::Result<()> {
    let [_, _, _, _, length @ ..] = array::<8>(rest)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    *rest = rest.get(length..).ok_or(ErrorKind::UnexpectedEof)?;
    Ok(())
}

/// Decodes a frame of LZ4, or skips one that holds nothing.
fn lz4_frame(rest: &mut &[u8], sink: &mut Sink<'_>) -> Result<(), End> {
    if is_skippable(rest) {
        return Ok(skip_frame(rest)?);
    }
    let source = *rest;
    sink.take(&mut lz4_flex::frame::FrameDecoder::new(&mut *rest))?;
    // The decoder takes an input that ends for a frame that does. What ends one are four zeros and, where the header's flag
    // says so, a checksum: the LZ4 frame format, 1.6.x. The old command line's has no end.
    const CHECKSUM: u8 = 1 << 2;
    let [magic, _] = LZ4_FRAMES;
    let frame = source.get(..source.len().saturating_sub(rest.len()));
    let frame = frame.unwrap_or_default();
    let ended = match frame.get(magic.len()) {
        Some(flags) if frame.starts_with(magic) => {
            let checksum = if flags & CHECKSUM == 0 { 0 } else { 4 };
            let end = frame.len().saturating_sub(checksum);
            frame
                .get(..end)
                .is_some_and(|frame| frame.ends_with(&[0; 4]))
        }
        _ => frame.len() > magic.len(),
    };
    match ended {
        true => Ok(()),
        false => Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
    }
}

/// Decodes a frame of Zstandard, or skips one that holds nothing.
fn zstd_frame(rest: &mut &[u8], sink: &mut Sink<'_>) -> Result<(), End> {
    if is_skippable(rest) {
        return Ok(skip_frame(rest)?);
    }
    let mut decoder =
        ruzstd::decoding::StreamingDecoder::new(&mut *rest).map_err(io::Error::other)?;
    sink.take(&mut decoder)?;
    let decoder = &decoder.decoder;
    match (
        decoder.get_checksum_from_data(),
        decoder.get_calculated_checksum(),
    ) {
        (Some(stated), Some(found)) if stated != found => {
            Err(io::Error::other("its checksum is another").into())
        }
        _ => Ok(()),
    }
}

/// The first bytes, which are then behind.
fn array<const N: usize>(rest: &mut &[u8]) -> io::Result<[u8; N]> {
    let bytes = *rest.first_chunk::<N>().ok_or(ErrorKind::UnexpectedEof)?;
    rest.consume(N);
    Ok(bytes)
}

/// The CRC-32 of bytes.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
