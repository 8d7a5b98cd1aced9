//! The tests of the library, in one program so that it links once.

mod asm;
