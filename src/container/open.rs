//! A container to its members, by its format.

use std::ops::Range;

use super::{
    detect::{Finding, Format},
    member::{Contents, Member},
    npy, tar,
    trouble::Trouble,
    unpack::Codec,
    zip,
};

impl Format {
    /// Whether what is in it is read here.
    pub fn is_opened(self) -> bool {
        self.codec().is_some()
            || matches!(
                self,
                Self::TorchZip
                    | Self::Npz
                    | Self::KerasZip
                    | Self::SkopsZip
                    | Self::OfficeZip
                    | Self::Zip
                    | Self::TorchTar
                    | Self::Tar
                    | Self::NpyObjects
                    | Self::Npy
            )
    }

    /// Whether it may hold pickles that aren't read here. HDF5 isn't of them: what of it is a pickle, its readers leave as bytes.
    pub(crate) fn may_hide_pickles(self) -> bool {
        matches!(
            self,
            Self::SevenZip
                | Self::Rar
                | Self::Sqlite
                | Self::Gdbm
                | Self::BerkeleyDb
                | Self::Zodb
                | Self::RenpyScript
                | Self::RenpyArchive
                | Self::Recoded
                | Self::Literal
                | Self::Escapes
                | Self::Xxd
                | Self::Hex
                | Self::Base64
                | Self::Base64Url
                | Self::Base64Quoted
        )
    }

    fn codec(self) -> Option<Codec> {
        Some(match self {
            Self::Gzip => Codec::Gzip,
            Self::Bzip2 => Codec::Bzip2,
            Self::Xz => Codec::Xz,
            Self::Zstd => Codec::Zstd,
            Self::Lz4 => Codec::Lz4,
            Self::JoblibZ | Self::Zlib => Codec::Zlib,
            Self::Lzma => Codec::Lzma,
            _ => return None,
        })
    }
}

/// The members of what was found to be a container of `length` bytes, of which `bytes` may be the first; one more than `most`
/// where it has more. Empty for what isn't opened.
pub(crate) fn contents(bytes: &[u8], finding: &Finding<'_>, length: u64, most: u64) -> Contents {
    let format = finding.format;
    if let Some(codec) = format.codec() {
        let start = match format {
            Format::JoblibZ => joblib_z(bytes),
            _ => 0,
        };
        let member = Member::packed(format.code(), start..bytes.len() as u64, codec);
        return Contents {
            members: vec![member],
            troubles: Vec::new(),
        };
    }
    match format {
        Format::TorchTar | Format::Tar => tar::contents(bytes, most),
        Format::NpyObjects => npy::contents(bytes, finding, length, true),
        Format::Npy => npy::contents(bytes, finding, length, false),
        _ if format.is_opened() => zip::contents(bytes, true, most),
        _ => Contents::default(),
    }
}

/// A zip archive behind other bytes, and where it ends.
///
/// Readers of zip look from the end: whatever a file begins with, what they read is that archive.
pub(crate) fn appended(bytes: &[u8]) -> Option<u64> {
    Some(zip::find(bytes)?.end())
}

/// The members of an archive that [`appended`] found; one more than `most` where it has more. With `explained`, the bytes
/// before and after it are known to be something else.
pub(crate) fn appended_contents(bytes: &[u8], explained: bool, most: u64) -> Contents {
    let mut contents = zip::contents(bytes, false, most);
    if explained {
        contents
            .members
            .retain(|member| !matches!(member.troubles.as_slice(), [Trouble::Trailing(_)]));
        contents
            .troubles
            .retain(|(_, trouble)| !matches!(trouble, Trouble::Prefixed(_)));
    }
    contents
}

/// Where the stream of an old joblib dump begins: behind `ZF` and the length that comes out, in hexadecimal and filled up with
/// blanks to 19 characters; joblib to 0.8.4 on Python 2 wrote one blank more (joblib/numpy_pickle_compat.py, read_zfile).
fn joblib_z(bytes: &[u8]) -> u64 {
    const HEAD: Range<usize> = 2..21;
    let rest = bytes.get(HEAD.end..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    (HEAD.end as u64).saturating_add(blanks as u64)
}
