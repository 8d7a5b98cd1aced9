//! What a file is, told by its content and never by its name; and what stands in it, as parts: name, bytes, and where those
//! lie in the file if they are stored as they are.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
pub mod detect;
pub mod trouble;
pub(crate) mod written;

#[cfg(feature = "containers")]
pub mod data;
#[cfg(feature = "containers")]
pub(crate) mod member;
#[cfg(feature = "containers")]
mod npy;
#[cfg(feature = "containers")]
mod open;
#[cfg(feature = "containers")]
mod tar;
#[cfg(feature = "containers")]
pub(crate) mod unpack;
#[cfg(feature = "containers")]
mod zip;

pub use written::literal;

#[cfg(feature = "containers")]
pub(crate) use open::{appended, appended_contents, contents};
