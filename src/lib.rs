//! An inspector for Python pickles. It reads streams of protocols 0 to 5 and never runs them.
//!
//! ```
//! let stream = b"\x80\x02cmath\nfactorial\nK\x05\x85R.";
//! for pickle in pickscope::pickles(stream) {
//!     assert_eq!(pickle.reading.name(), "complete");
//!     let (lookup, _) = &pickle.lookups[0];
//!     assert_eq!(lookup.offset, 2);
//!     assert_eq!(lookup.uses.names().collect::<Vec<_>>(), ["call"]);
//! }
//! ```
//!
//! [`decode`] gives the opcodes alone:
//!
//! ```
//! use pickscope::decode::ops;
//!
//! let stream = b"\x80\x02cmath\nfactorial\nK\x05\x85R.";
//! let names: Vec<&str> = ops(stream).map(|op| Ok(op?.opcode.name())).collect::<Result<_, pickscope::error::Fault>>()?;
//! assert_eq!(names, ["PROTO", "GLOBAL", "BININT1", "TUPLE1", "REDUCE", "STOP"]);
//! # Ok::<(), pickscope::error::Fault>(())
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub use inspect::pickles;
pub use reader::Pickle;

pub mod code;
pub mod container;
pub mod count;
pub mod decode;
pub mod error;
pub mod graph;
pub mod idiom;
pub mod inspect;
pub mod limits;
pub mod lookup;
pub mod machine;
pub mod opcode;
pub mod python;
pub mod reader;
#[cfg(feature = "cli")]
pub mod render;
pub mod report;
pub mod repr;
mod set;
pub mod span;
#[cfg(feature = "value")]
pub mod value;

/// The examples of README.md, run as tests.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
