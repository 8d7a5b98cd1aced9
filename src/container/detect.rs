//! What bytes that are no pickle are, and what to do with them.
//!
//! One table has every format: its magic number or the function that looks for it, its name, and the advice. Looks that
//! need more than a magic number are one function each; what could as well be a pickle is looked at only where the bytes
//! don't read as one.

mod encoded;
mod items;
mod look;
mod python;
mod table;
mod text;

use std::{borrow::Cow, fmt};

use table::{ROWS, Test};

pub use table::Format;

use crate::{
    limits::PIPE_HEAD,
    machine::glance::{End, glance},
    reader::Damage,
};

/// What the bytes are, as far as their content tells.
///
/// A finding says what bytes look like, not that they can't *also* be read as a pickle: files that are both are made
/// on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// Which format it is.
    pub format: Format,
    /// What more the first bytes tell.
    pub detail: Detail<'a>,
    strong: bool,
}

/// What more is known of a [`Finding`] than its format.
///
/// What is borrowed comes from the input and may hold anything; [`Finding`]'s `Display` escapes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// Nothing more.
    None,
    /// Where the thing itself begins, in bytes from the start of the input; other bytes stand before it.
    At(u64),
    /// A NumPy array's header.
    Array {
        /// Format version, major and minor.
        version: (u8, u8),
        /// The dtype as the header has it, a Python literal; empty where it isn't found.
        descr: &'a [u8],
        /// The shape, likewise: a Python tuple.
        shape: &'a [u8],
        /// Offset of the array's bytes or of its pickle.
        data: u64,
        /// How many bytes the items take, where the header is as numpy writes it.
        items: Option<u64>,
    },
    /// The name of an archive's first member.
    Member(&'a [u8]),
    /// What a Git LFS pointer points to.
    Pointer {
        /// SHA-256 of the real file: 64 hexadecimal digits.
        oid: &'a str,
        /// Size of the real file in bytes: decimal digits.
        size: &'a str,
    },
    /// The Python that wrote a `.pyc` file.
    Python {
        /// Its version, as `3.13`.
        version: &'static str,
        /// The magic number, from 0 to 65535.
        magic: u16,
        /// Whether the number is of a development version, before that release's last one.
        development: bool,
    },
    /// How text is encoded, or was encoded by mistake: a name that iconv and Python know.
    Encoding(&'static str),
    /// What is written as text; `None` for a pickle as it is.
    Holds(Option<Format>),
    /// Lines counted by [`CrLf`](crate::reader::CrLf).
    Lines(Damage),
}

/// The first bytes of an input, at most [`PIPE_HEAD`] of them.
#[derive(Clone, Copy)]
struct Head<'a> {
    bytes: &'a [u8],
    /// Whether nothing comes after them.
    whole: bool,
}

impl<'a> Head<'a> {
    fn has(self, offset: usize, magic: &[u8]) -> bool {
        self.from(offset).starts_with(magic)
    }

    fn from(self, offset: usize) -> &'a [u8] {
        self.bytes.get(offset..).unwrap_or_default()
    }

    fn byte(self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    fn array<const N: usize>(self, offset: usize) -> Option<[u8; N]> {
        self.from(offset).first_chunk().copied()
    }

    fn le16(self, offset: usize) -> Option<u16> {
        self.array(offset).map(u16::from_le_bytes)
    }

    fn le32(self, offset: usize) -> Option<u32> {
        self.array(offset).map(u32::from_le_bytes)
    }
}

/// What a look sees: whether it is sure, and what more it knows.
struct Seen<'a> {
    strong: bool,
    detail: Detail<'a>,
}

/// Sure of it, and nothing more to say.
const SURE: Option<Seen<'static>> = Some(Seen {
    strong: true,
    detail: Detail::None,
});

/// It looks like it.
const LIKELY: Option<Seen<'static>> = Some(Seen {
    strong: false,
    detail: Detail::None,
});

impl<'a> Seen<'a> {
    fn with(strong: bool, detail: Detail<'a>) -> Option<Self> {
        Some(Self { strong, detail })
    }
}

/// Finds what `bytes` are, if they are something known that is no pickle.
///
/// `bytes` is an input from its first byte on, all of it (`whole`) or its beginning; no more than [`PIPE_HEAD`] bytes
/// are looked at. `None` says that nothing else is recognised: a pickle, or bytes of no known kind.
///
/// ```
/// use pickscope::container::detect::{Format, detect};
///
/// let finding = detect(b"\x1f\x8b\x08\x00", false).unwrap();
/// assert_eq!(finding.format, Format::Gzip);
/// assert!(finding.strong());
/// assert_eq!(finding.name(), "gzip-compressed data");
/// assert!(detect(b"\x80\x04N.", true).is_none());
/// ```
pub fn detect(bytes: &[u8], whole: bool) -> Option<Finding<'_>> {
    let head = Head {
        bytes: bytes.get(..PIPE_HEAD).unwrap_or(bytes),
        whole: whole && bytes.len() <= PIPE_HEAD,
    };
    let mut weak = None;
    for row in ROWS {
        match row.look(head) {
            Some(finding) if finding.strong => return Some(finding),
            Some(finding) => weak = weak.or(Some(finding)),
            None => {}
        }
    }
    let pickle = reads_as_pickle(head);
    weak.filter(|_| !pickle).or_else(|| {
        ROWS.iter()
            // Translated line ends leave a pickle that can be read, and damaged.
            .filter(|row| !pickle || row.format == Format::CarriageReturns)
            .find_map(|row| match row.test {
                Test::Guess(guess) => row.finding(guess(head)?),
                _ => None,
            })
    })
}

/// How many opcodes in order make a pickle of what follows, even if it breaks later: text and headers don't get far.
const OPCODES_OF_A_PICKLE: u64 = 8;

fn reads_as_pickle(head: Head<'_>) -> bool {
    if matches!(head.bytes, [0x80, 0..=5, ..] | [0x80]) {
        return true;
    }
    let glance = glance(head.bytes, 0, OPCODES_OF_A_PICKLE);
    match glance.end {
        End::Stop | End::Enough => true,
        End::Cut(_) => glance.opcodes > 0,
        End::Disorder(..) | End::Fault(_) => false,
    }
}

/// The format that a magic number at the first byte tells, for bytes that were unpacked in passing.
fn magic(bytes: &[u8]) -> Option<Format> {
    let head = Head {
        bytes,
        whole: false,
    };
    ROWS.iter()
        .filter_map(|row| row.look(head))
        .find(|finding| finding.strong)
        .map(|finding| finding.format)
}

impl Finding<'_> {
    /// What it is called, as it stands after "this is": `gzip-compressed data`.
    pub fn name(&self) -> &'static str {
        self.format.name()
    }

    /// A stable name for programs: `gzip`.
    pub fn code(&self) -> &'static str {
        self.format.code()
    }

    /// Whether it is told by what no honest pickle starts with. What isn't strong is a resemblance, worth telling once
    /// the bytes have failed to be read as a pickle.
    pub fn strong(&self) -> bool {
        self.strong
    }

    /// What the user should do now, in one or a few sentences; `FILE` stands for the input.
    ///
    /// Nothing in it is taken from the input but numbers and hexadecimal digits.
    pub fn advice(&self) -> Cow<'static, str> {
        let row = self.format.row();
        match self.detail {
            Detail::At(offset) if self.format != Format::Hdf5 => {
                let first = offset.saturating_add(1);
                format!(
                    "{} Read it with: tail -c +{first} FILE | pickscope dump",
                    row.advice
                )
                .into()
            }
            Detail::Array { data, .. } if self.format == Format::NpyObjects => {
                let first = data.saturating_add(1);
                format!(
                    "{} Its pickle alone: tail -c +{first} FILE | pickscope dump",
                    row.advice
                )
                .into()
            }
            Detail::Pointer { size, .. } => {
                format!("{} The real file has {size} bytes.", row.advice).into()
            }
            Detail::Encoding(encoding) if self.format == Format::Recoded => format!(
                "{} Undo it with: iconv -f UTF-8 -t {encoding} FILE | pickscope dump",
                row.advice
            )
            .into(),
            Detail::Holds(held) => {
                let unpack = match held {
                    None => "",
                    Some(Format::Gzip) => "zcat | ",
                    Some(Format::Bzip2) => "bzip2 -dc | ",
                    Some(Format::Xz | Format::Lzma) => "xz -dc | ",
                    Some(Format::Zstd) => "zstd -dc | ",
                    Some(Format::Lz4) => "lz4 -dc | ",
                    Some(Format::Zlib) => {
                        "python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' | "
                    }
                    Some(_) => return row.advice.into(),
                };
                format!(
                    "Read it with --literal: pickscope dump --literal FILE. {} | {unpack}pickscope dump",
                    row.advice
                )
                .into()
            }
            Detail::Lines(damage) => damage.advice().into(),
            _ => row.advice.into(),
        }
    }
}

/// The name, with what more is known in brackets; what is taken from the input is escaped.
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.detail {
            Detail::None | Detail::Holds(None) => Ok(()),
            Detail::At(offset) => write!(f, " (at offset {offset})"),
            Detail::Array {
                version: (major, minor),
                descr,
                shape,
                ..
            } => {
                write!(f, " (.npy {major}.{minor}")?;
                if !descr.is_empty() {
                    write!(f, ", dtype {}", Cut(descr))?;
                }
                if !shape.is_empty() {
                    write!(f, ", shape {}", Cut(shape))?;
                }
                f.write_str(")")
            }
            Detail::Member(name) => write!(f, " (first member: {})", Cut(name)),
            Detail::Pointer { oid, size } => write!(f, " (sha256 {oid}, {size} bytes)"),
            Detail::Python {
                version,
                magic,
                development,
            } => {
                let of = if development {
                    "a development version of "
                } else {
                    ""
                };
                write!(f, " ({of}Python {version}, magic number {magic})")
            }
            Detail::Encoding(encoding) => write!(f, " ({encoding})"),
            Detail::Holds(Some(format)) => write!(f, " (of {})", format.name()),
            Detail::Lines(damage) => write!(f, " ({damage})"),
        }
    }
}

/// Bytes of the input on a line: escaped, and cut where they get long.
struct Cut<'a>(&'a [u8]);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 80;
        for &byte in self.0.iter().take(MOST) {
            match byte {
                b'\'' | b'"' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "{}", byte.escape_ascii())?,
            }
        }
        f.write_str(if self.0.len() > MOST { "..." } else { "" })
    }
}
