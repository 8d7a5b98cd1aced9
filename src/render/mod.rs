//! Reports as text for people and as JSON for programs.
//!
//! Text from the input reaches a screen only through [`shown`], which escapes; in JSON the same characters are written
//! as `\u` escapes.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

pub mod catalogue;
pub mod code;
pub mod disassembly;
pub mod explain;
pub mod fault;
pub mod json;
pub mod parts;
pub mod pickletools;
pub mod refs;
pub mod shim;
pub mod shown;
pub mod tensors;
pub mod text;
pub mod tree;

/// What a report for people is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Whether to colour.
    pub color: bool,
    /// Columns.
    pub width: usize,
    /// Whether long values are shown whole.
    pub full: bool,
}
