//! The instructions of a code object, as rows.

use std::borrow::Cow;

use crate::{
    code::{
        bytecode::{Argument, Disassembly, Instruction, Trouble, exceptions::Handler},
        object::{Code, Objects},
        repr::Budget,
    },
    python::Python,
};

/// The bytecode of a code object, to be shown.
#[derive(Clone, Debug)]
pub enum Bytecode<'o, 'a> {
    /// Instructions of a Python.
    Instructions(Disassembly<'o, 'a>),
    /// Bytes that are none of a Python that is known.
    Raw(&'o [u8]),
}

impl<'o, 'a> Bytecode<'o, 'a> {
    /// The bytecode of a code object as a Python reads it; without a Python it is bytes.
    pub fn of(objects: &'o Objects<'a>, code: &'o Code, python: Option<Python>) -> Self {
        match python {
            Some(python) => Self::Instructions(Disassembly::new(objects, code, python)),
            None => Self::Raw(objects.bytes(code.code)),
        }
    }
}

/// An instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'o> {
    /// Its offset in the code.
    pub offset: usize,
    /// The name of its opcode; `<7>` where the number 7 has none.
    pub opname: Cow<'static, str>,
    /// Its argument, with what the `EXTENDED_ARG` before it add.
    pub arg: Option<i64>,
    /// What `dis` shows of the argument; empty where it shows nothing.
    pub argrepr: Cow<'o, str>,
    /// Where it jumps to.
    pub target: Option<i64>,
    /// Its line of source.
    pub line: Option<i64>,
    /// Whether a line starts with it.
    pub starts_line: bool,
    /// The number of its label, where something jumps to it.
    pub label: Option<usize>,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
}

impl<'o> Row<'o> {
    fn of(
        disassembly: &Disassembly<'o, '_>,
        instruction: &Instruction,
        budget: &mut Budget,
    ) -> Self {
        let step = &instruction.step;
        let (argument, trouble) = match disassembly.argument(step) {
            Ok(argument) => (argument, None),
            Err(trouble) => (Argument::Nothing, Some(trouble)),
        };
        Self {
            offset: step.offset,
            opname: step.name(),
            arg: step.argument,
            argrepr: disassembly.argrepr(&argument, budget),
            target: match argument {
                Argument::Jump { target, .. } => Some(target),
                _ => None,
            },
            line: instruction.line,
            starts_line: instruction.starts_line,
            label: instruction.label,
            trouble,
        }
    }
}

/// The instructions as rows. Constants are written as far as the budget goes.
pub fn rows<'r, 'o, 'a>(
    disassembly: &'r Disassembly<'o, 'a>,
    budget: &'r mut Budget,
) -> impl Iterator<Item = Row<'o>> + use<'r, 'o, 'a> {
    disassembly
        .instructions()
        .map(move |instruction| Row::of(disassembly, &instruction, budget))
}

/// A row of the exception table in words: `6 to 14: goes on at 18, with 1 of the stack`.
pub fn handler(row: &Handler, place: impl Fn(i64) -> String) -> String {
    let kept = match row.lasti {
        true => " and the place that failed",
        false => "",
    };
    format!(
        "{} to {}: goes on at {}, keeping {} of the stack{kept}",
        place(row.start),
        place(row.end),
        place(row.target),
        row.depth
    )
}
