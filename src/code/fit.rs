//! Which Pythons a code object fits: those whose compiler could have written its bytecode.
//!
//! Bytecode carries no version. But each Python has opcodes, numbers for them, and rules of its own: an argument is a place
//! among what the code object has, jumps lead to instructions, cache entries are zeros, tables cover the code to its end. What breaks a
//! rule of a Python wasn't compiled by it, and run there it crashes or does something else ([`fates`]). Of the standard library's functions of 2.7, 3.10 and
//! 3.13 all fit that Python alone; those of 3.8 often fit 3.9 too, which is no lack: there they mean the same.
//!
//! ```
//! use pickscope::code::{fit::Fitter, marshal, object::Object};
//!
//! // `squared`, as dill 0.2.4 wrote it on Python 2.7.
//! let data = b"c\x01\0\0\0\x01\0\0\0\x02\0\0\0C\0\0\0s\x08\0\0\0|\0\0d\x01\0\x13S(\x02\0\0\0Ni\x02\0\0\0(\0\0\0\0(\x01\0\0\0t\x01\0\0\0x\
//!     (\0\0\0\0(\0\0\0\0s\x07\0\0\0<stdin>t\x07\0\0\0squared\x01\0\0\0s\x02\0\0\0\0\x01";
//! let reading = &marshal::read(data).unwrap()[0];
//! let code = reading.objects.codes().next().expect("a code object");
//! let fit = Fitter::of(data.len()).fit(&reading.objects, code, false);
//! assert_eq!(fit.pythons.to_string(), "2.7");
//! ```

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod tables;

pub mod fates;

use std::fmt;

use super::{
    bytecode::{
        tables::{self as opcodes, Opcode, Reading, Table},
        walk::{Step, walk},
    },
    object::{Code, Form, KIND_CELL, KIND_FREE, Layout, Objects},
};
use crate::{
    limits,
    python::{Python, Pythons},
};

/// What a code object fits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fit {
    /// The Pythons; only such as have its layout.
    pub pythons: Pythons,
    /// Why the other Pythons of its layout aren't among them.
    pub misfits: Vec<(Python, Misfit)>,
    /// What is known to be wrong with its writer.
    pub fault: Option<Fault>,
}

/// A known fault of the library that wrote a code object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// dill up to 0.3.5.1 on Python 3.10 puts `co_lnotab` where 3.10 wants its own line table: it loads and runs, and
    /// tracebacks tell wrong lines.
    LineTable,
    /// dill 0.3.4 on Python 3.11 writes the 16 arguments of Python 3.8: no Python makes code of it. (`code() argument 13
    /// must be str, not int`.)
    NeverLoads,
}

impl Fault {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LineTable => "foreign-line-table",
            Self::NeverLoads => "never-loads",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineTable => {
                "the line table is of another format than Python 3.10's: dill up to 0.3.5.1 writes it so there; the function runs, \
                 and tracebacks tell wrong lines"
            }
            Self::NeverLoads => {
                "bytecode of Python 3.11 or later among the arguments of Python 3.8: dill 0.3.4 writes it so on 3.11, and it \
                 loads nowhere"
            }
        })
    }
}

/// Why a Python's compiler didn't write a code object. Offsets count bytes of `co_code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misfit {
    /// No opcode has this number.
    Opcode {
        /// Where.
        offset: usize,
        /// The number.
        number: u8,
    },
    /// An argument that the opcode can't have.
    Argument {
        /// Where.
        offset: usize,
        /// The opcode's name.
        opcode: &'static str,
        /// The argument.
        argument: i64,
    },
    /// A jump that leads to no instruction.
    Target {
        /// Where.
        offset: usize,
        /// Where it leads.
        target: i64,
    },
    /// Cache entries that are missing or not zero.
    Cache {
        /// Of the instruction here.
        offset: usize,
    },
    /// Code that ends within an instruction, or without one.
    Cut,
    /// Code that begins, or runs on, without the instruction that all begin with.
    Begin {
        /// That instruction.
        wanted: &'static str,
    },
    /// The line table isn't this Python's: it doesn't cover the code.
    Lines,
    /// The exception table tells of what isn't there.
    Exceptions,
    /// The arguments that the code object is made of are written by Python 3.10 and later.
    Lead,
    /// The bytecode is of Python 3.11 or later, where the arguments are those of an older one.
    Later,
    /// The arguments that the code object is made of are PyPy's, or those of an alpha of Python 3.11.
    Other,
    /// Many code objects share bytecode, more than is looked at.
    Work,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Opcode { offset, number } => {
                write!(f, "no opcode has the number {number}, at {offset}")
            }
            Self::Argument {
                offset,
                opcode,
                argument,
            } => write!(f, "{opcode} at {offset} can't have the argument {argument}"),
            Self::Target { offset, target } => {
                write!(f, "the jump at {offset} leads to no instruction, {target}")
            }
            Self::Cache { offset } => {
                write!(f, "the cache entries of {offset} are not there or not zero")
            }
            Self::Cut => f.write_str("the code ends within an instruction"),
            Self::Begin { wanted } => write!(f, "there is no {wanted}"),
            Self::Lines => f.write_str("the line table doesn't cover the code"),
            Self::Exceptions => f.write_str("the exception table tells of what isn't there"),
            Self::Lead => f.write_str("co_lnotab beside the line table comes with 3.10"),
            Self::Later => f.write_str("the bytecode is of 3.11 or later"),
            Self::Other => f.write_str("the code is PyPy's, or of an alpha of 3.11"),
            Self::Work => f.write_str("too many code objects share bytecode to look at each"),
        }
    }
}

/// Finds what code objects of one input fit.
///
/// Code objects can share bytecode, and each is looked at with what it has itself; more of that than an honest input can
/// have isn't done.
#[derive(Clone, Debug)]
pub struct Fitter {
    left: usize,
}

impl Fitter {
    /// For the code objects of an input of so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self {
            left: bytes
                .saturating_mul(limits::FIT_TIMES)
                .saturating_add(limits::FIT_BYTES),
        }
    }

    /// What a code object fits. Linear in its code and tables.
    ///
    /// Where dill wrote it (`dill`), a line table alone doesn't rule out 3.10: see [`Fault::LineTable`].
    pub fn fit(&mut self, objects: &Objects<'_>, code: &Code, dill: bool) -> Fit {
        let mut fit = Fit {
            pythons: Pythons::NONE,
            misfits: Vec::new(),
            fault: None,
        };
        let Some(left) = self.left.checked_sub(code.weight(objects)) else {
            let all = code.layout.pythons().iter();
            fit.misfits = all.map(|python| (python, Misfit::Work)).collect();
            return fit;
        };
        self.left = left;
        let own = Own::new(objects, code);
        let weak = dill
            && matches!(
                code.form,
                Form::Arguments {
                    count: 16,
                    lnotab: None
                }
            );
        for python in code.layout.pythons().iter() {
            match own.is_of(python, weak) {
                Ok(()) => fit.pythons = fit.pythons.or([python].into_iter().collect()),
                Err(why) => fit.misfits.push((python, why)),
            }
        }
        if !weak {
            return fit;
        }
        // By chance some of such bytecode fits an older Python, too; what an older one compiled has no RESUME.
        let later = Layout::D.pythons();
        if later.iter().any(|python| own.instructions(python).is_ok()) {
            fit.fault = Some(Fault::NeverLoads);
            let none = fit.pythons.iter().map(|python| (python, Misfit::Later));
            fit.misfits.extend(none);
            fit.pythons = Pythons::NONE;
        } else if fit.pythons.iter().map(Python::version).eq([(3, 10)])
            && !tables::is_linetable(&own)
        {
            fit.fault = Some(Fault::LineTable);
        }
        fit
    }
}

/// What a code object has.
struct Own<'o> {
    form: Form,
    layout: Layout,
    flags: i64,
    bytes: &'o [u8],
    lines: &'o [u8],
    exceptions: Option<&'o [u8]>,
    consts: usize,
    names: usize,
    locals: usize,
    cells: usize,
    /// The kinds of its variables in one row.
    kinds: Vec<u8>,
}

/// Opcodes without an argument whose second byte compilers leave as it was: they turned something else into these.
const TURNED: [&str; 4] = ["NOP", "ROT_TWO", "ROT_THREE", "ROT_FOUR"];

/// With one of these code of Python 3.11 and later begins. (`insert_prefix_instructions` in `Python/flowgraph.c`.)
const FIRST: [&str; 4] = ["RESUME", "COPY_FREE_VARS", "RETURN_GENERATOR", "MAKE_CELL"];

/// `co_flags` of generators, coroutines and asynchronous generators.
const GENERATOR: i64 = 0x20 | 0x80 | 0x200;

/// So many EXTENDED_ARG make 32 bits.
const EXTENDED: usize = 3;

impl<'o> Own<'o> {
    fn new(objects: &'o Objects<'_>, code: &Code) -> Self {
        let cells = code.cellvars(objects).len();
        Self {
            form: code.form,
            layout: code.layout,
            flags: code.flags,
            bytes: objects.bytes(code.code),
            lines: objects.bytes(code.lines),
            exceptions: code.exceptions.map(|table| objects.bytes(table)),
            consts: objects.tuple(code.consts).len(),
            names: objects.tuple(code.names).len(),
            locals: code.varnames(objects).len(),
            cells: cells.saturating_add(code.freevars(objects).len()),
            kinds: code
                .localsplus(objects)
                .into_iter()
                .map(|(_, kind)| kind)
                .collect(),
        }
    }

    fn is_of(&self, python: Python, weak: bool) -> Result<(), Misfit> {
        if let Form::Arguments { count, lnotab } = self.form {
            let fields = count.saturating_sub(lnotab.is_some().into());
            if self.layout == Layout::D && fields != 18 {
                return Err(Misfit::Other);
            }
            if lnotab.is_some() && python.version() < (3, 10) {
                return Err(Misfit::Lead);
            }
        }
        let starts = self.instructions(python)?;
        let lines = match python.version() {
            (2, _) | (3, ..=9) => tables::is_lnotab(self, python),
            (3, 10) => tables::is_linetable(self) || weak && tables::is_lnotab(self, python),
            _ => tables::is_location_table(self),
        };
        if !lines {
            return Err(Misfit::Lines);
        }
        match self.exceptions {
            Some(table) if !tables::is_exception_table(table, &starts) => Err(Misfit::Exceptions),
            _ => Ok(()),
        }
    }

    /// Whether each instruction is one of the Python's, and where they start, EXTENDED_ARG with the one that it is for.
    fn instructions(&self, python: Python) -> Result<Starts, Misfit> {
        let table = opcodes::of(python);
        let mut starts = Starts::new(self.bytes.len());
        let mut steps = walk(self.bytes, table);
        let mut extended = 0_usize;
        let mut first = None;
        let mut resumes = false;
        for step in steps.by_ref() {
            let offset = step.offset;
            let opcode = step.opcode.ok_or(Misfit::Opcode {
                offset,
                number: step.number,
            })?;
            let unfit = |argument| Misfit::Argument {
                offset,
                opcode: opcode.name,
                argument,
            };
            if opcode.name == "CACHE" {
                return Err(Misfit::Cache { offset });
            }
            if step.number == table.extended() {
                extended = extended.saturating_add(1);
                if extended > EXTENDED {
                    return Err(unfit(step.argument.unwrap_or_default()));
                }
            } else {
                extended = 0;
                first = first.or(Some(opcode.name));
            }
            resumes |= opcode.name == "RESUME";
            starts.add(step.start);
            self.caches(table, &step, opcode)?;
            if !self.takes(table, &step, opcode) {
                return Err(unfit(step.argument.unwrap_or_default()));
            }
        }
        if steps.rest() > 0 || extended > 0 || first.is_none() {
            return Err(Misfit::Cut);
        }
        for step in walk(self.bytes, table) {
            if let Some(target) = step.target(table)
                && !usize::try_from(target).is_ok_and(|target| starts.has(target))
            {
                return Err(Misfit::Target {
                    offset: step.offset,
                    target,
                });
            }
        }
        let generates = self.flags & GENERATOR != 0;
        match python.version() {
            // `gen_start` in `Python/compile.c`.
            (3, 10) if generates != (first == Some("GEN_START")) => Err(Misfit::Begin {
                wanted: "GEN_START",
            }),
            (3, 11..) if !resumes || first.is_none_or(|first| !FIRST.contains(&first)) => {
                Err(Misfit::Begin { wanted: "RESUME" })
            }
            _ => Ok(starts),
        }
    }

    fn caches(&self, table: &Table, step: &Step, opcode: Opcode) -> Result<(), Misfit> {
        if opcode.caches == 0 {
            return Ok(());
        }
        let end = step.end(table);
        let caches = self.bytes.get(end.saturating_sub(step.caches)..end);
        let whole = step.caches == usize::from(opcode.caches).saturating_mul(2);
        match whole && caches.is_some_and(|caches| caches.iter().all(|byte| *byte == 0)) {
            true => Ok(()),
            false => Err(Misfit::Cache {
                offset: step.offset,
            }),
        }
    }

    /// Whether an opcode can have the argument that stands with it.
    fn takes(&self, table: &Table, step: &Step, opcode: Opcode) -> bool {
        let Some(argument) = step.argument else {
            let second = step.offset.checked_add(1).and_then(|at| self.bytes.get(at));
            return !table.has_words() || second == Some(&0) || TURNED.contains(&opcode.name);
        };
        let among = |place: i64, count: usize| usize::try_from(place).is_ok_and(|at| at < count);
        let in_a_row = table.python().version() >= (3, 11);
        match opcode.reading {
            Reading::None | Reading::Jump(_) => true,
            Reading::Number => match opcode.name {
                "RAISE_VARARGS" if table.has_words() => among(argument, 3),
                "RAISE_VARARGS" => among(argument, 4),
                "BUILD_SLICE" => argument == 2 || argument == 3,
                "IS_OP" | "CONTAINS_OP" => among(argument, 2),
                "COPY" | "SWAP" => argument > 0,
                _ => argument >= 0,
            },
            Reading::Const | Reading::Hidden => among(argument, self.consts),
            Reading::Name { shift } => among(argument >> shift, self.names),
            Reading::Local if in_a_row => among(argument, self.kinds.len()),
            Reading::Local => among(argument, self.locals),
            Reading::Locals => {
                among(argument >> 4, self.kinds.len()) && among(argument & 15, self.kinds.len())
            }
            Reading::Free if in_a_row => usize::try_from(argument)
                .ok()
                .and_then(|place| self.kinds.get(place))
                .is_some_and(|kind| kind & (KIND_CELL | KIND_FREE) != 0),
            Reading::Free => among(argument, self.cells),
            Reading::Compare { shift } => table.word("compare", argument >> shift).is_some(),
            Reading::Words { mask: u8::MAX } => table.word(opcode.name, argument).is_some(),
            Reading::Words { mask } => among(argument, usize::from(mask).saturating_add(1)),
            Reading::Flags => {
                let known = table.bits(opcode.name).fold(0, |all, (bit, _)| all | bit);
                argument & !known == 0
            }
        }
    }
}

/// Where instructions start: a bit a byte of code.
struct Starts {
    bits: Vec<u64>,
    length: usize,
}

impl Starts {
    fn new(length: usize) -> Self {
        Self {
            bits: vec![0; length.div_ceil(64)],
            length,
        }
    }

    fn add(&mut self, offset: usize) {
        if let Some(bits) = self.bits.get_mut(offset / 64) {
            *bits |= 1 << (offset % 64);
        }
    }

    fn has(&self, offset: usize) -> bool {
        let bits = self.bits.get(offset / 64);
        bits.is_some_and(|bits| bits >> (offset % 64) & 1 == 1)
    }
}
