//! Why a name resolves on some Pythons and not on others.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod allowing;
pub mod catalogue;
pub mod causes;
pub mod explain;
pub mod homeless;
pub mod instead;
pub mod message;
pub mod moves;
pub mod names;
pub mod near;
pub mod renames;
pub mod resolve;
pub(crate) mod rows;
pub mod weights_only;
pub mod writers;
