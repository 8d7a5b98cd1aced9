//! Reports as text. Text from the input reaches a screen escaped.

pub mod pickletools;
