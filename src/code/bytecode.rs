//! Bytecode: what the instructions of a code object are to a Python, as that Python's `dis.get_instructions` tells them.
//!
//! One engine reads all: what differs between Pythons stands in [`tables`], and in [`lines`] the three formats of line tables.
//! Nothing is taken on trust. An argument that leads nowhere is told ([`Trouble`]) where `dis` raises, and arguments wrap at 32
//! bits as the interpreter's do.
//!
//! Names of types, arguments that are constants, and what else `dis` shows of an argument: [`Disassembly::argument`].

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod exceptions;
pub mod lines;
pub mod names;
pub mod tables;
pub mod walk;

use std::{borrow::Cow, fmt};

use super::{
    object::{Code, Id, Layout, Objects},
    repr::{Budget, repr},
};
use crate::python::Python;

use self::{
    exceptions::Handler,
    lines::{Lines, Start},
    tables::{Jump, Reading, Shows, Table},
    walk::{Step, walk},
};

/// An instruction of a code object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instruction {
    /// Itself.
    pub step: Step,
    /// The line of source that it was compiled from, as the line table says; none where it says none.
    pub line: Option<i64>,
    /// Whether `dis` says that a line starts with it.
    pub starts_line: bool,
    /// The number of its label, where an instruction jumps to it: from 1 on, in the order of offsets.
    pub label: Option<usize>,
}

/// What is wrong with an instruction. It is shown where `dis` raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// No opcode of the Python has this number.
    Opcode(u8),
    /// Its argument is a place past the end.
    Place {
        /// Of what: `constants`.
        of: &'static str,
        /// The place.
        place: i64,
        /// How many there are.
        count: usize,
    },
    /// Its argument is a number without a meaning.
    Meaning(i64),
    /// It jumps out of the code.
    Target(i64),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opcode(number) => write!(f, "no opcode has the number {number}"),
            Self::Place { of, place, count } => {
                write!(f, "place {place} among {count} {of}")
            }
            Self::Meaning(argument) => write!(f, "{argument} means nothing here"),
            Self::Target(target) => write!(f, "jumps out of the code, to {target}"),
        }
    }
}

/// What an argument means.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Argument<'o> {
    /// Nothing is known of it, or it has none: `dis` shows nothing.
    Nothing,
    /// A constant, of which `dis` shows the `repr`.
    Const(Id),
    /// A name, and what `dis` makes of it, where that is more: `NULL + *`.
    Name {
        /// It.
        name: Id,
        /// The text, with `*` in its place.
        template: Option<&'static str>,
    },
    /// Two names.
    Names([Id; 2]),
    /// Words: `dis` shows the text.
    Text(Cow<'o, str>),
    /// A jump to an offset, and whether `dis` shows it.
    Jump {
        /// Where to.
        target: i64,
        /// In words: `to 12`, `to L1`. Empty where `dis` shows nothing.
        text: Cow<'o, str>,
    },
}

/// The bytecode of a code object, as a Python reads it.
#[derive(Clone, Debug)]
pub struct Disassembly<'o, 'a> {
    objects: &'o Objects<'a>,
    code: &'o Code,
    table: &'static Table,
    bytes: &'o [u8],
    variables: Vec<Id>,
    cells: Vec<Id>,
    labels: Vec<i64>,
}

impl<'o, 'a> Disassembly<'o, 'a> {
    /// The bytecode of a code object as a Python reads it. Labels are those that `dis.get_instructions` numbers: of jumps alone.
    pub fn new(objects: &'o Objects<'a>, code: &'o Code, python: Python) -> Self {
        let table = tables::of(python);
        let bytes = objects.bytes(code.code);
        // From 3.11 on instructions for cells count among all variables; before, among the cells.
        let together = python.version() >= (3, 11);
        let (variables, cells) = match together {
            true => {
                let all = code.localsplus(objects);
                (all.into_iter().map(|(name, _)| name).collect(), Vec::new())
            }
            false => {
                let mut cells = code.cellvars(objects);
                cells.extend(code.freevars(objects));
                (code.varnames(objects), cells)
            }
        };
        let mut labels: Vec<i64> = walk(bytes, table)
            .filter_map(|step| step.target(table))
            .collect();
        labels.sort_unstable();
        labels.dedup();
        Self {
            objects,
            code,
            table,
            bytes,
            variables,
            cells,
            labels,
        }
    }

    /// Numbers labels as `dis.dis` does from 3.13 on: over what the exception table names, too.
    #[must_use]
    pub fn with_handlers(mut self) -> Self {
        if self.table.shows() == Shows::Labels {
            let added: Vec<i64> = self
                .handlers()
                .flat_map(|handler| [handler.start, handler.end, handler.target])
                .collect();
            self.labels.extend(added);
            self.labels.sort_unstable();
            self.labels.dedup();
        }
        self
    }

    /// Whose reading it is.
    pub fn python(&self) -> Python {
        self.table.python()
    }

    /// The table that it is read by.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// The bytes.
    pub fn bytes(&self) -> &'o [u8] {
        self.bytes
    }

    /// Its instructions. Cache entries are left out.
    pub fn instructions(&self) -> impl Iterator<Item = Instruction> + use<'_, 'o, 'a> {
        let mut lines = Lines::new(self.objects, self.code, self.python()).peekable();
        let mut line = None;
        walk(self.bytes, self.table).map(move |step| {
            let mut starts_line = false;
            while let Some(start) = lines.next_if(|start| start.offset <= step.offset) {
                let Start { offset, shown, .. } = start;
                line = start.line;
                starts_line = match offset == step.offset {
                    // Of several at one place the last counts, as in the dict that `dis` makes.
                    true => shown || starts_line,
                    false => false,
                };
            }
            Instruction {
                step,
                line,
                starts_line,
                label: self.label(i64::try_from(step.offset).unwrap_or(i64::MAX)),
            }
        })
    }

    /// How many bytes at its end make no whole instruction.
    pub fn rest(&self) -> usize {
        let mut steps = walk(self.bytes, self.table);
        steps.by_ref().for_each(drop);
        steps.rest()
    }

    /// The number of the label of an offset.
    pub fn label(&self, offset: i64) -> Option<usize> {
        let place = self.labels.binary_search(&offset).ok()?;
        place.checked_add(1)
    }

    /// Its exception table, from 3.11 on.
    pub fn handlers(&self) -> impl Iterator<Item = Handler> + use<'o, 'a> {
        let table = match self.table.python().version() >= (3, 11) {
            true => self.code.exceptions.map(|id| self.objects.bytes(id)),
            false => None,
        };
        exceptions::handlers(table.unwrap_or_default())
    }

    /// What the argument of an instruction means: `argrepr` of `dis`, or what is wrong with it.
    ///
    /// # Errors
    /// What is wrong with the instruction.
    pub fn argument(&self, step: &Step) -> Result<Argument<'o>, Trouble> {
        let opcode = step.opcode.ok_or(Trouble::Opcode(step.number))?;
        let Some(argument) = step.argument else {
            return Ok(Argument::Nothing);
        };
        let text = |text: Cow<'o, str>| Ok(Argument::Text(text));
        let plain = |name: Id| Argument::Name {
            name,
            template: None,
        };
        match opcode.reading {
            Reading::None | Reading::Number => Ok(Argument::Nothing),
            Reading::Const => self.constant(argument).map(Argument::Const),
            Reading::Hidden => self.constant(argument).map(|_| Argument::Nothing),
            Reading::Name { shift } => {
                let name = self.name(argument >> shift)?;
                let template = self.template(opcode.name, argument);
                Ok(Argument::Name { name, template })
            }
            Reading::Local => self.variable(argument).map(plain),
            Reading::Locals => Ok(Argument::Names([
                self.variable(argument >> 4)?,
                self.variable(argument & 15)?,
            ])),
            Reading::Free => self.cell(argument).map(plain),
            Reading::Compare { shift } => {
                let word = self
                    .table
                    .word("compare", argument >> shift)
                    .ok_or(Trouble::Meaning(argument))?;
                let template = self.template(opcode.name, argument);
                text(turned(template, Cow::Borrowed(word)))
            }
            Reading::Words { mask: u8::MAX } => match self.table.word(opcode.name, argument) {
                Some(word) => text(Cow::Borrowed(word)),
                None => Err(Trouble::Meaning(argument)),
            },
            Reading::Words { mask } => {
                let word = self.table.word(opcode.name, argument & i64::from(mask));
                text(Cow::Borrowed(word.unwrap_or_default()))
            }
            Reading::Flags => {
                let mut words = String::new();
                for (bit, word) in self.table.bits(opcode.name) {
                    if argument & bit != 0 {
                        if !words.is_empty() {
                            words.push_str(", ");
                        }
                        words.push_str(word);
                    }
                }
                text(Cow::Owned(words))
            }
            Reading::Jump(jump) => {
                let target = self.table.target(opcode, jump, step.offset, argument);
                if usize::try_from(target).map_or(true, |target| target > self.bytes.len()) {
                    return Err(Trouble::Target(target));
                }
                Ok(Argument::Jump {
                    target,
                    text: self.jump(jump, target),
                })
            }
        }
    }

    /// The text that `dis` shows of it (`argrepr`); constants and long names as far as the budget goes.
    pub fn argrepr(&self, argument: &Argument<'o>, budget: &mut Budget) -> Cow<'o, str> {
        match argument {
            Argument::Nothing => Cow::Borrowed(""),
            Argument::Const(id) => {
                let layout = Layout::of(self.python());
                Cow::Owned(repr(self.objects, *id, layout, budget).text)
            }
            Argument::Name { name, template } => turned(
                *template,
                budget.text(self.objects, *name).unwrap_or_default(),
            ),
            Argument::Names(names) => {
                let [first, second] =
                    names.map(|name| budget.text(self.objects, name).unwrap_or_default());
                Cow::Owned(format!("{first}, {second}"))
            }
            Argument::Text(text) | Argument::Jump { text, .. } => text.clone(),
        }
    }

    fn jump(&self, jump: Jump, target: i64) -> Cow<'o, str> {
        let word = match jump {
            Jump::From => "from",
            _ => "to",
        };
        match (self.table.shows(), jump) {
            (Shows::Relative, Jump::Absolute) => Cow::Borrowed(""),
            (Shows::Labels, _) => match self.label(target) {
                Some(label) => Cow::Owned(format!("{word} L{label}")),
                None => Cow::Borrowed(""),
            },
            _ => Cow::Owned(format!("{word} {target}")),
        }
    }

    /// What the low bits of an argument make of a text: `NULL + *`.
    fn template(&self, opcode: &str, argument: i64) -> Option<&'static str> {
        let mut bits = self.table.bits(opcode);
        bits.find(|(bit, _)| argument & bit != 0)
            .map(|(_, template)| template)
    }

    fn constant(&self, place: i64) -> Result<Id, Trouble> {
        at(self.objects.tuple(self.code.consts), "constants", place)
    }

    fn name(&self, place: i64) -> Result<Id, Trouble> {
        at(self.objects.tuple(self.code.names), "names", place)
    }

    fn variable(&self, place: i64) -> Result<Id, Trouble> {
        at(&self.variables, "variables", place)
    }

    fn cell(&self, place: i64) -> Result<Id, Trouble> {
        match self.table.python().version() >= (3, 11) {
            true => self.variable(place),
            false => at(&self.cells, "cells", place),
        }
    }
}

/// A text in the place that a template has for it.
fn turned<'o>(template: Option<&str>, plain: Cow<'o, str>) -> Cow<'o, str> {
    match template {
        // An empty name stays empty: `if (arg & 1) and argrepr`.
        Some(template) if !plain.is_empty() => Cow::Owned(template.replacen('*', &plain, 1)),
        _ => plain,
    }
}

/// The item at a place.
fn at(items: &[Id], of: &'static str, place: i64) -> Result<Id, Trouble> {
    usize::try_from(place)
        .ok()
        .and_then(|place| items.get(place))
        .copied()
        .ok_or(Trouble::Place {
            of,
            place,
            count: items.len(),
        })
}
