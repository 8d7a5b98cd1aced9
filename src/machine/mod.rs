//! The pickle machine, stepped symbolically: nothing is resolved, imported or called.
//!
//! [`Machine`] keeps stack, marks and memo exactly as an unpickler does, each value a word; it logs what is looked up and
//! what loading does. Opcodes come from outside, so that whoever feeds it decides what is read.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod classes;
pub mod effect;
mod failure;
pub mod frame;
mod given;
pub mod glance;
mod loaders;
pub mod lookup;
mod memo;
pub mod outline;
pub(crate) mod source;
mod step;
mod value;

pub use failure::Failure;
pub use step::{Event, Machine, Step};
pub use value::{Kind, Value};
