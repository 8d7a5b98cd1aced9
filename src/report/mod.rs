//! What a renderer may see: rows that borrow the input, made one at a time.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
pub mod dump;
pub mod explain;
#[cfg(feature = "containers")]
pub mod parts;
pub mod pickletools;
pub mod problem;
pub mod refs;
pub mod resolving;
#[cfg(feature = "containers")]
pub mod tensors;
pub mod tree;
pub mod words;
