//! Functions and classes that are stored by value, and the code in them: read, never run.

pub mod bytecode;
mod callee;
mod cloudpickle;
mod dill;
pub mod extent;
pub mod fit;
pub mod layout;
pub mod marshal;
pub mod needs;
pub mod object;
mod pickled;
mod python;
pub mod repr;
pub mod stored;
pub mod words;
pub mod writer;
