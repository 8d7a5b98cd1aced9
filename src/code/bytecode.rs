//! Bytecode: what the instructions of a code object are to a Python.

pub mod tables;
