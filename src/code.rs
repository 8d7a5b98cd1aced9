//! Functions and classes that are stored by value, and the code in them: read, never run.

pub mod bytecode;
pub mod fit;
pub mod layout;
pub mod marshal;
pub mod object;
pub mod repr;
