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
//!
//! # What stays
//!
//! Versions follow [semantic versioning](https://semver.org); before 1.0, 0.y counts as the major version. A minor version
//! (before 1.0: 0.y.z) keeps
//!
//! - the public items of all modules but [`report`] and `render`, their meaning, and what each is documented to give;
//! - the features of the crate, and that without default features it brings nom, num-bigint, strsim and zmij alone;
//! - that no function panics on an input, recurses over it, or allocates by a length that the input claims;
//! - the names of things that programs compare: [`error::FaultKind`]'s and other kinds' `name` or `code`, `Opcode::name`;
//! - of the command: its options, its exit statuses, and what its JSON documents hold under one `schema` number. Fields and
//!   records are added; a reader skips those that it doesn't know. What has another meaning gets another number.
//!
//! It may change
//!
//! - [`report`] and `render`, which are public because the command is built on them and examples use them: they follow it;
//! - wording: text for people, messages of errors (`Display`), what `explain` says;
//! - what is known: names, causes, moves, which Pythons bytecode fits, writers, idioms, formats that are recognised. With a new
//!   Python a lookup gets an answer for it, and a call that was a call may be told as what it stands for;
//! - enums and structs that are `#[non_exhaustive]`: they get variants and fields. Those that aren't are closed: their parts
//!   follow from the format (the shapes of an argument, a span), or they are made by the caller;
//! - the values of [`limits`], where a reason is found to;
//! - the least Rust version, which is told in the changelog.

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
