//! `instructions` of `code --format json`.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    code::repr::Budget,
    report::disassembly::{Bytecode, Row, rows},
};

use super::written;

#[derive(Serialize)]
struct One<'r> {
    offset: usize,
    opname: &'r str,
    arg: Option<i64>,
    argrepr: &'r str,
    line: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    starts_line: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_jump_target: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl<'r> One<'r> {
    fn of(row: &'r Row<'_>) -> Self {
        Self {
            offset: row.offset,
            opname: &row.opname,
            arg: row.arg,
            argrepr: &row.argrepr,
            line: row.line,
            starts_line: row.starts_line,
            is_jump_target: row.label.is_some(),
            target: row.target,
            problem: row.trouble.map(|trouble| trouble.to_string()),
        }
    }
}

/// Writes the instructions as a list; none of bytes that are no Python's. Constants are written as far as the budget goes.
///
/// # Errors
/// Those of `out`.
pub fn instructions(
    bytecode: &Bytecode<'_, '_>,
    budget: &mut Budget,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"[")?;
    if let Bytecode::Instructions(disassembly) = bytecode {
        for (number, row) in rows(disassembly, budget).enumerate() {
            if number > 0 {
                out.write_all(b",")?;
            }
            written(&One::of(&row), out)?;
        }
    }
    out.write_all(b"]")
}
