//! What is wrong with a container, whatever stands in it.

use std::fmt;

#[cfg(feature = "containers")]
use crate::repr;
use crate::{count::Counted, limits::Limit};

/// One thing that is wrong with a container or with one of its members.
///
/// What is there is read all the same: readers of the same file differ in what they refuse, and files are made that pass
/// one and fail another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// A limit ended the reading; with what it was set to.
    Limit(Limit, u64),
    /// The member is said to be encrypted.
    Encrypted,
    /// The bytes have another CRC-32 than is stated.
    Crc {
        /// What is stated.
        stated: u32,
        /// What they have.
        found: u32,
    },
    /// More or fewer bytes came out than are stated.
    Size {
        /// What is stated.
        stated: u64,
        /// How many came out.
        found: u64,
    },
    /// It is packed by a method that isn't read here: the number of APPNOTE.TXT, section 4.4.5.
    Method(u16),
    /// The header before a member and the central directory differ, in this.
    Differs(&'static str),
    /// Where the central directory says, no header begins.
    NoLocal,
    /// There is no central directory where one must be: members are read by the headers before them.
    NoDirectory,
    /// The end record states another number of members than the directory has.
    Count {
        /// What is stated.
        stated: u64,
        /// How many there are.
        found: u64,
    },
    /// Another member has the same name: readers take one or the other.
    Duplicate,
    /// So many members overlap others.
    Overlap(u64),
    /// It wasn't read: members overlap so often that their bytes were read many times over.
    Repeated,
    /// The central directory doesn't have it: only readers that go by the headers before members see it.
    Unlisted,
    /// So many bytes stand before the archive.
    Prefixed(u64),
    /// So many bytes between members that nothing explains.
    Unexplained(u64),
    /// So many bytes after its end that nothing explains.
    Trailing(u64),
    /// It ends before its end.
    Cut,
    /// Only so many of its bytes were read, of a pipe.
    NotAll,
    /// It can't be read on from here: what the decoder says.
    Corrupt(String),
    /// A file with holes, which tar writes as a list of pieces.
    Sparse,
    /// The storage of a tensor that is kept in it has another size.
    Storage {
        /// How many bytes the pickle says that it has.
        stated: u64,
        /// How many it has.
        found: u64,
    },
    /// What may hold pickles and isn't read here, by name.
    NotRead(&'static str),
}

impl Trouble {
    /// What a decoder says, in as much as it can be shown: some messages quote the input.
    #[cfg(feature = "containers")]
    pub(super) fn corrupt(error: &std::io::Error) -> Self {
        let said = error.to_string();
        let shown = said
            .chars()
            .filter(|character| repr::is_visible(*character));
        Self::Corrupt(shown.collect())
    }

    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Limit(..) => "limit",
            Self::Encrypted => "encrypted",
            Self::Crc { .. } => "crc",
            Self::Size { .. } => "size",
            Self::Method(_) => "method",
            Self::Differs(_) => "headers-differ",
            Self::NoLocal => "no-local-header",
            Self::NoDirectory => "no-directory",
            Self::Count { .. } => "member-count",
            Self::Duplicate => "duplicate-name",
            Self::Overlap(_) | Self::Repeated => "overlap",
            Self::Unlisted => "unlisted",
            Self::Prefixed(_) => "prefixed",
            Self::Unexplained(_) => "unexplained",
            Self::Trailing(_) => "trailing",
            Self::Cut | Self::NotAll => "cut",
            Self::Corrupt(_) => "corrupt",
            Self::Sparse => "sparse",
            Self::Storage { .. } => "storage-size",
            Self::NotRead(_) => "not-read",
        }
    }

    /// What to do about it, where something can be done.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Limit(limit, value) => Some(format!(
                "if the file can be trusted that far, raise it: --limit {}={}",
                limit.name(),
                (*value).max(1).saturating_mul(10)
            )),
            Self::NotAll => {
                Some("save it to a file first: files are mapped and have no limit".to_owned())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit, value) => {
                write!(
                    f,
                    "{} (limit {}={value})",
                    limit.reached(*value),
                    limit.name()
                )
            }
            Self::Encrypted => f.write_str("it is marked as encrypted: it was read as it stands"),
            Self::Crc { stated, found } => write!(
                f,
                "its CRC-32 is {found:08x}, and {stated:08x} is stated: it is damaged or made up"
            ),
            Self::Size { stated, found } => {
                write!(
                    f,
                    "{} came out, and {stated} are stated",
                    Counted(*found, "byte")
                )
            }
            Self::Method(method) => write!(f, "it is packed by method {method}, which isn't read"),
            Self::Differs(what) => write!(
                f,
                "the header before it and the central directory differ in {what}"
            ),
            Self::NoLocal => f.write_str("no header stands before it where one must begin"),
            Self::NoDirectory => f.write_str(
                "no central directory is found: members are read by the headers before them",
            ),
            Self::Count { stated, found } => {
                write!(
                    f,
                    "the end record counts {}, the directory has {found}",
                    Counted(*stated, "member")
                )
            }
            Self::Duplicate => {
                f.write_str("another member has the same name: readers take one or the other")
            }
            Self::Overlap(1) => f.write_str("a member overlaps another"),
            Self::Overlap(members) => write!(f, "{members} members overlap others"),
            Self::Repeated => f.write_str(
                "it was not read: members overlap so often that their bytes were read many times over",
            ),
            Self::Unlisted => f.write_str(
                "the central directory doesn't have it: readers that go by the headers before members see it",
            ),
            Self::Prefixed(bytes) => {
                write!(f, "{} before the archive", Counted(*bytes, "byte"))
            }
            Self::Unexplained(bytes) => write!(
                f,
                "{} between members that nothing explains",
                Counted(*bytes, "byte")
            ),
            Self::Trailing(bytes) => write!(
                f,
                "{} after its end that nothing explains",
                Counted(*bytes, "byte")
            ),
            Self::Cut => f.write_str("it ends before its end: bytes are missing"),
            Self::NotAll => f.write_str("not all of it was read"),
            Self::Corrupt(why) => write!(f, "it can't be read on from here: {why}"),
            Self::Sparse => f.write_str("it has holes: the pieces are read as they stand in the archive"),
            Self::Storage { stated, found } => write!(
                f,
                "it has {}, and the storage of a tensor that is kept in it has {stated}",
                Counted(*found, "byte")
            ),
            Self::NotRead(name) => write!(f, "this is {name}, which may hold pickles and isn't read"),
        }
    }
}
