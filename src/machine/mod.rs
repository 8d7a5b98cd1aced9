//! The pickle machine, stepped symbolically: nothing is resolved, imported or called.
//!
//! [`Machine`] keeps stack, marks and memo exactly as an unpickler does, each value a word; it logs what is looked up and
//! what loading does. Opcodes come from outside, so that whoever feeds it decides what is read.
//!
//! It follows the `load_*` functions of CPython: those of `Modules/_pickle.c` and `Lib/pickle.py` of 3.6 to 3.13 and of
//! `Modules/cPickle.c` and `Lib/pickle.py` of 2.7, whose [`Dialect`](crate::decode::text::Dialect) says which.

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
pub(crate) mod loaders;
pub mod lookup;
mod memo;
mod operands;
pub mod outline;
pub(crate) mod source;
mod step;
mod value;

pub use failure::Failure;
pub use step::{Event, Machine, Step};
pub use value::{Kind, Value};
