//! The pickle machine, stepped without running anything.
//!
//! So far its outline: how deep the stack is and where its marks are ([`outline`]), where frames lie ([`frame`]), and how
//! far bytes read as a pickle by that alone ([`glance`]).

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod frame;
pub mod glance;
pub mod outline;
