//! What a renderer may see: rows that borrow the input, made one at a time.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
pub mod betrays;
pub mod catalogue;
pub mod code;
pub mod disassembly;
pub mod dump;
pub mod explain;
pub mod needs;
#[cfg(feature = "containers")]
pub mod parts;
pub mod pickletools;
pub mod problem;
pub mod refs;
pub mod resolving;
pub mod shim;
#[cfg(feature = "containers")]
pub mod tensors;
pub mod tree;
pub mod weights;
pub mod words;
