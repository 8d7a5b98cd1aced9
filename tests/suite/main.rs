//! The tests of the library, in one program so that it links once.

mod asm;
mod bodies;
mod corpus;
mod detect;
mod fuzz;
mod house;
mod opcode;
mod pickletools;
#[cfg(feature = "cli")]
mod readme;
mod repr;
mod serde_pickle;
mod text;
