//! Plain data as Rust values: serde-pickle reads what the machine has proved harmless to it.
//!
//! [serde-pickle](https://docs.rs/serde-pickle) makes typed values of pickles that hold numbers, text, lists, dicts and the like, and nothing else.
//! Of others it makes something too, and not always what Python would: an object becomes its state, a list that two hold is
//! called recursive, and 20,000 nested lists overflow the stack. So a stream is stepped through first, and only if it
//! is one pickle of plain data, in forms that serde-pickle reads as CPython 3 does, the same bytes go to serde-pickle.
//! For any other, an [`Error`] says what stands in the way, and where.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! // {'answer': [42, 43]}, protocol 4
//! let stream = b"\x80\x04}\x8c\x06answer]\x94(K*K+es.";
//! let map: BTreeMap<String, Vec<u8>> = pickscope::value::from_slice(stream)?;
//! assert_eq!(map["answer"], [42, 43]);
//!
//! // os.system, which nothing imports here
//! let error = pickscope::value::from_slice::<String>(b"cos\nsystem\n.").unwrap_err();
//! assert_eq!(error.offset(), Some(0));
//! assert!(error.to_string().starts_with("'os.system' is only named here"));
//! # Ok::<(), pickscope::value::Error>(())
//! ```
//!
//! # What is plain data
//!
//! - One pickle that all unpicklers of Python 3 read alike, with nothing behind it.
//! - None, bools, numbers, text, bytes, bytearrays, tuples, lists, dicts, sets and frozensets as opcodes make them. What a
//!   name makes is none, even `builtins.set`: sets are plain from protocol 4 on, Python 3's bytes from protocol 3, a
//!   bytearray from protocol 5.
//! - A tree. Atoms may be held twice, and so may tuples and frozensets in which nothing has a place in the memo of its
//!   own: they are copied. A list, dict or set may not, since Rust would have two of them.
//! - At most [`limits::VALUE_DEPTH`] levels deep, and written so that copies and buffers stay below [`limits::VALUE_BYTES`].
//!   Reading takes up to 11 kB of stack a level in a debug build and 2.5 kB in a release build, and what the type itself takes.
//!
//! # What becomes of what
//!
//! As with `pickle.load`, with what Rust and serde-pickle change: bytearrays become bytes; through serde, tuples, sets and
//! frozensets become sequences. [`value_from_slice`] tells them apart, but for bytearrays. Where a stream gives a dict the
//! same key or a set the same member twice, as no pickler does, sequences and maps get both, and a `Value` the last.
//!
//! [`limits::VALUE_DEPTH`]: crate::limits::VALUE_DEPTH
//! [`limits::VALUE_BYTES`]: crate::limits::VALUE_BYTES

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod error;
mod proof;
mod text;

use serde::de::DeserializeOwned;
use serde_pickle::DeOptions;

pub use error::{Error, Obstacle};
pub use serde_pickle::{HashableValue, Value};

/// What a Python 2 `str` becomes, as the `encoding` of `pickle.load` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Text, if it is ASCII, as `pickle.load` does without being told; else it stands in the way.
    #[default]
    Ascii,
    /// Text, if it is UTF-8; else it stands in the way.
    Utf8,
    /// Bytes.
    Bytes,
}

/// How plain data is read.
///
/// ```
/// use pickscope::value::{Encoding, Options};
///
/// // 'caf\xe9', a str of Python 2
/// let stream = b"\x80\x02U\x04caf\xe9.";
/// assert!(Options::new().from_slice::<String>(stream).is_err());
/// let bytes: serde_pickle::Value = Options::new().encoding(Encoding::Bytes).from_slice(stream)?;
/// assert_eq!(bytes, serde_pickle::Value::Bytes(b"caf\xe9".to_vec()));
/// # Ok::<(), pickscope::value::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    encoding: Encoding,
}

impl Options {
    /// As `pickle.load` reads without being told anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a Python 2 `str` becomes.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// As [`from_slice`](fn@from_slice).
    ///
    /// # Errors
    /// As [`from_slice`](fn@from_slice).
    pub fn from_slice<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Error> {
        proof::prove(bytes, self.encoding, proof::Integers::OfI64)?;
        serde_pickle::from_slice(bytes, self.for_serde()).map_err(Error::Type)
    }

    /// As [`value_from_slice`](fn@value_from_slice).
    ///
    /// # Errors
    /// As [`value_from_slice`](fn@value_from_slice).
    pub fn value_from_slice(self, bytes: &[u8]) -> Result<Value, Error> {
        proof::prove(bytes, self.encoding, proof::Integers::All)?;
        serde_pickle::value_from_slice(bytes, self.for_serde()).map_err(Error::Type)
    }

    fn for_serde(self) -> DeOptions {
        match self.encoding {
            Encoding::Ascii | Encoding::Utf8 => DeOptions::new().decode_strings(),
            Encoding::Bytes => DeOptions::new(),
        }
    }
}

/// The plain data of a pickle as any type that serde can read.
///
/// Integers are those of `i64`, for serde-pickle hands no larger ones to serde; [`value_from_slice`] reads all.
///
/// # Errors
/// What stands in the way, or what serde says where the data isn't of this type.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    Options::new().from_slice(bytes)
}

/// The plain data of a pickle as serde-pickle's own [`Value`], which tells tuples, lists, sets and frozensets apart and
/// has integers of any size.
///
/// ```
/// use pickscope::value::{Value, value_from_slice};
///
/// let tuple = value_from_slice(b"\x80\x02K\x01N\x86.")?;
/// assert_eq!(tuple, Value::Tuple(vec![Value::I64(1), Value::None]));
/// # Ok::<(), pickscope::value::Error>(())
/// ```
///
/// # Errors
/// What stands in the way.
pub fn value_from_slice(bytes: &[u8]) -> Result<Value, Error> {
    Options::new().value_from_slice(bytes)
}
