//! The tests of the library, in one program so that it links once.

mod asm;
mod bodies;
mod bytecode;
mod catalogue;
mod causes;
mod clock;
#[cfg(feature = "cli")]
mod code;
#[cfg(feature = "cli")]
mod containers;
mod corpus;
mod detect;
mod dump;
mod fit;
mod fuzz;
mod homeless;
mod house;
mod idiom;
mod idiom_facts;
#[cfg(feature = "cli")]
mod inputs;
#[cfg(feature = "cli")]
mod limits;
mod machine;
mod marshal;
mod messages;
mod moves;
mod names;
mod near;
#[cfg(feature = "containers")]
mod nested;
mod opcode;
mod pairs;
mod peers;
#[cfg(feature = "cli")]
mod pickletools;
mod python;
mod raw;
#[cfg(feature = "cli")]
mod readme;
mod renames;
mod repr;
mod serde_pickle;
#[cfg(feature = "cli")]
mod shim;
mod text;
#[cfg(feature = "cli")]
mod tree;
mod unpicklers;
#[cfg(feature = "value")]
mod value;
#[cfg(all(feature = "cli", unix))]
mod world;
