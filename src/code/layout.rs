//! The fields of code objects: what each has to be, and what can be asked of them whichever way they stand.
//!
//! The rules are those that the interpreter itself holds a code object to before it makes one (`_PyCode_Validate` and
//! `PyCode_New…` in `Objects/codeobject.c`), and what compilers hold: `co_nlocals` counts `co_varnames`, and what takes an
//! argument is among these. Bytes that only look like code fail one of them.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use super::object::{
    Code, CodeId, Form, Id, KIND_CELL, KIND_FREE, KIND_LOCAL, Layout, Locals, Object, Objects,
    VARARGS, VARKEYWORDS,
};

/// Why objects make no code object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misfit {
    /// No Python's code has so many arguments.
    Count(usize),
    /// A field is not what it has to be.
    Field {
        /// The field: `co_names`.
        field: &'static str,
        /// What it has to be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// An item of a tuple of names is no text.
    Item {
        /// The field: `co_names`.
        field: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A count is below zero, or past what 32 bits hold.
    Range {
        /// The field: `co_argcount`.
        field: &'static str,
        /// What it is.
        value: i64,
    },
    /// `co_nlocals` doesn't count `co_varnames`.
    Nlocals {
        /// What it says.
        nlocals: i64,
        /// How many `co_varnames` has.
        varnames: usize,
    },
    /// More arguments than local variables.
    Arguments {
        /// How many arguments there are.
        arguments: i64,
        /// How many local variables.
        locals: usize,
    },
    /// More positional-only arguments than positional ones.
    Positional {
        /// `co_posonlyargcount`.
        posonlyargcount: i64,
        /// `co_argcount`.
        argcount: i64,
    },
    /// `co_localspluskinds` doesn't have a byte a name.
    Kinds {
        /// How many names.
        names: usize,
        /// How many bytes.
        kinds: usize,
    },
    /// A byte of `co_localspluskinds` tells no kind of variable.
    Kind(u8),
    /// `co_code` of a Python whose instructions have two bytes has an odd number of them.
    OddCode(usize),
    /// There is no room for more objects.
    Full,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Count(count) => write!(f, "no code object has {count} arguments"),
            Self::Field {
                field,
                wanted,
                found,
            } => write!(f, "{field} should be {wanted} and is {found}"),
            Self::Item { field, found } => write!(f, "an item of {field} is {found}"),
            Self::Range { field, value } => write!(f, "{field} is {value}"),
            Self::Nlocals { nlocals, varnames } => write!(
                f,
                "co_nlocals is {nlocals} where co_varnames has {varnames} names"
            ),
            Self::Arguments { arguments, locals } => {
                write!(f, "{arguments} arguments among {locals} variables")
            }
            Self::Positional {
                posonlyargcount,
                argcount,
            } => write!(
                f,
                "co_posonlyargcount is {posonlyargcount}, co_argcount {argcount}"
            ),
            Self::Kinds { names, kinds } => {
                write!(f, "co_localspluskinds has {kinds} bytes for {names} names")
            }
            Self::Kind(kind) => write!(f, "0x{kind:02x} in co_localspluskinds is no kind"),
            Self::OddCode(length) => write!(
                f,
                "co_code has {length} bytes, which instructions of two don't fill"
            ),
            Self::Full => f.write_str("there are too many objects"),
        }
    }
}

impl std::error::Error for Misfit {}

/// In `co_localspluskinds` from 3.12 on: a variable of a comprehension that stands in its function.
const KIND_HIDDEN: u8 = 0x10;
/// In `co_localspluskinds` from 3.14 on: how an argument is given. (`CO_FAST_ARG_POS`, `_KW`, `_VAR` in `pycore_code.h`.)
const KIND_ARGUMENT: u8 = 0x02 | 0x04 | 0x08;

/// Holds code objects to the rules.
///
/// It keeps which tuples it has looked through: a payload can share one of many names among many code objects.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    /// Tuples of nothing but text of an era.
    names: HashSet<(Id, bool)>,
    /// How many locals there are of names and kinds.
    together: HashMap<(Id, Id), usize>,
}

impl Checker {
    /// Whether `code` can be one, with `co_nlocals` where it stands beside.
    ///
    /// # Errors
    /// The first field that is not as it has to be.
    pub fn check(
        &mut self,
        objects: &Objects<'_>,
        code: &Code,
        nlocals: Option<i64>,
    ) -> Result<(), Misfit> {
        let old = code.layout == Layout::A;
        for (field, value) in [
            ("co_argcount", code.argcount),
            ("co_posonlyargcount", code.posonlyargcount),
            ("co_kwonlyargcount", code.kwonlyargcount),
            ("co_nlocals", nlocals.unwrap_or_default()),
            ("co_stacksize", code.stacksize),
            ("co_flags", code.flags),
        ] {
            if i32::try_from(value).is_err() || value < 0 {
                return Err(Misfit::Range { field, value });
            }
        }
        if i32::try_from(code.firstlineno).is_err() {
            return Err(Misfit::Range {
                field: "co_firstlineno",
                value: code.firstlineno,
            });
        }
        let bytes = |field, id| is_bytes(objects, old, field, id);
        bytes("co_code", code.code)?;
        let length = objects.bytes(code.code).len();
        if !length.is_multiple_of(2) && code.layout >= Layout::C {
            return Err(Misfit::OddCode(length));
        }
        is_tuple(objects, "co_consts", code.consts)?;
        self.names(objects, old, "co_names", code.names)?;
        let locals = match code.locals {
            Locals::Apart {
                varnames,
                freevars,
                cellvars,
            } => {
                self.names(objects, old, "co_varnames", varnames)?;
                self.names(objects, old, "co_freevars", freevars)?;
                self.names(objects, old, "co_cellvars", cellvars)?;
                objects.tuple(varnames).len()
            }
            Locals::Together { names, kinds } => {
                self.names(objects, old, "co_localsplusnames", names)?;
                is_bytes(objects, old, "co_localspluskinds", kinds)?;
                self.locals(objects, names, kinds)?
            }
        };
        if let Some(nlocals) = nlocals
            && usize::try_from(nlocals) != Ok(locals)
        {
            return Err(Misfit::Nlocals {
                nlocals,
                varnames: locals,
            });
        }
        text(objects, old, "co_filename", code.filename)?;
        text(objects, old, "co_name", code.name)?;
        if let Some(qualname) = code.qualname {
            text(objects, old, "co_qualname", qualname)?;
        }
        let lines = match code.layout {
            Layout::D => "co_linetable",
            _ => "co_lnotab",
        };
        bytes(lines, code.lines)?;
        if let Some(exceptions) = code.exceptions {
            bytes("co_exceptiontable", exceptions)?;
        }
        if code.posonlyargcount > code.argcount {
            return Err(Misfit::Positional {
                posonlyargcount: code.posonlyargcount,
                argcount: code.argcount,
            });
        }
        let arguments = code.arguments();
        match usize::try_from(arguments) {
            Ok(count) if count <= locals => Ok(()),
            _ => Err(Misfit::Arguments { arguments, locals }),
        }
    }

    fn names(
        &mut self,
        objects: &Objects<'_>,
        old: bool,
        field: &'static str,
        tuple: Id,
    ) -> Result<(), Misfit> {
        is_tuple(objects, field, tuple)?;
        if !self.names.contains(&(tuple, old)) {
            for item in objects.tuple(tuple) {
                match objects.get(*item) {
                    Some(Object::Str(_)) if !old => {}
                    Some(Object::OldStr(_)) if old => {}
                    other => {
                        return Err(Misfit::Item {
                            field,
                            found: kind(other),
                        });
                    }
                }
            }
            self.names.insert((tuple, old));
        }
        Ok(())
    }

    /// How many locals there are among names of these kinds.
    fn locals(&mut self, objects: &Objects<'_>, names: Id, kinds: Id) -> Result<usize, Misfit> {
        if let Some(locals) = self.together.get(&(names, kinds)) {
            return Ok(*locals);
        }
        let bytes = objects.bytes(kinds);
        let count = objects.tuple(names).len();
        if bytes.len() != count {
            return Err(Misfit::Kinds {
                names: count,
                kinds: bytes.len(),
            });
        }
        // An own variable or one that the closure brings, never both.
        let known = KIND_LOCAL | KIND_CELL | KIND_FREE | KIND_HIDDEN | KIND_ARGUMENT;
        let one = |kind: u8| match kind & (KIND_LOCAL | KIND_CELL | KIND_FREE) {
            0 => false,
            KIND_FREE => true,
            owned => owned & KIND_FREE == 0,
        };
        if let Some(kind) = bytes
            .iter()
            .find(|kind| **kind & !known != 0 || !one(**kind))
        {
            return Err(Misfit::Kind(*kind));
        }
        let locals = bytes.iter().filter(|kind| **kind & KIND_LOCAL != 0).count();
        self.together.insert((names, kinds), locals);
        Ok(locals)
    }
}

fn kind(object: Option<&Object<'_>>) -> &'static str {
    object.map_or("nothing", Object::kind)
}

fn is_tuple(objects: &Objects<'_>, field: &'static str, id: Id) -> Result<(), Misfit> {
    match objects.get(id) {
        Some(Object::Tuple(_)) => Ok(()),
        other => Err(Misfit::Field {
            field,
            wanted: "a tuple",
            found: kind(other),
        }),
    }
}

fn is_bytes(objects: &Objects<'_>, old: bool, field: &'static str, id: Id) -> Result<(), Misfit> {
    match objects.get(id) {
        Some(Object::Bytes(_)) if !old => Ok(()),
        Some(Object::OldStr(_)) if old => Ok(()),
        other => Err(Misfit::Field {
            field,
            wanted: if old { "a str of Python 2" } else { "bytes" },
            found: kind(other),
        }),
    }
}

fn text(objects: &Objects<'_>, old: bool, field: &'static str, id: Id) -> Result<(), Misfit> {
    match objects.get(id) {
        Some(Object::Str(_)) if !old => Ok(()),
        Some(Object::OldStr(_)) if old => Ok(()),
        other => Err(Misfit::Field {
            field,
            wanted: if old { "a str of Python 2" } else { "a str" },
            found: kind(other),
        }),
    }
}

/// Which fields stand between the counts and the others in the arguments of a code object, and which end it.
struct Shape {
    layout: Layout,
    posonly: bool,
    kwonly: bool,
    qualname: bool,
    /// What stands behind the line table, before the names of a closure: the tables of alphas of Python 3.11 are passed over.
    passed: usize,
    exceptions: bool,
}

/// How many arguments a code object of each layout is made of, where no `co_lnotab` of dill's leads them, and what they
/// are: 14 of Python 2, 15 of 3.0 to 3.7, 16 of 3.8 to 3.10, 17 of PyPy 3.11, 18 of 3.11 and later, 20 of 3.11's alphas.
/// (`dill/_dill.py`, `save_code`; `code_new` in `Objects/codeobject.c`; `PyCode` in PyPy's `pypy/interpreter/pycode.py`.)
fn shape(count: usize) -> Option<Shape> {
    let old = Shape {
        layout: Layout::A,
        posonly: false,
        kwonly: false,
        qualname: false,
        passed: 0,
        exceptions: false,
    };
    let new = Shape {
        layout: Layout::D,
        posonly: true,
        kwonly: true,
        qualname: true,
        passed: 0,
        exceptions: true,
    };
    Some(match count {
        14 => old,
        15 => Shape {
            layout: Layout::B,
            kwonly: true,
            ..old
        },
        16 => Shape {
            layout: Layout::C,
            kwonly: true,
            posonly: true,
            ..old
        },
        17 => Shape {
            exceptions: false,
            ..new
        },
        18 => new,
        20 => Shape { passed: 2, ..new },
        _ => return None,
    })
}

/// What so many arguments of a code object are, in order, and the layout that has so many; `led` says whether the first is
/// the `co_lnotab` of dill's. `None` where no layout has so many.
///
/// ```
/// use pickscope::code::{layout::named_arguments, object::Layout};
///
/// let (layout, names) = named_arguments(14, false).expect("Python 2 has so many");
/// assert_eq!((layout, names[0], names[13]), (Layout::A, "argcount", "cellvars"));
/// assert!(named_arguments(13, false).is_none());
/// ```
pub fn named_arguments(count: usize, led: bool) -> Option<(Layout, Vec<&'static str>)> {
    let shape = shape(count.checked_sub(led.into())?)?;
    let lines = match shape.layout {
        Layout::A | Layout::B => "lnotab",
        Layout::C | Layout::D => "lines",
    };
    let all = [
        (led, "lnotab"),
        (true, "argcount"),
        (shape.posonly, "posonlyargcount"),
        (shape.kwonly, "kwonlyargcount"),
        (true, "nlocals"),
        (true, "stacksize"),
        (true, "flags"),
        (true, "code"),
        (true, "consts"),
        (true, "names"),
        (true, "varnames"),
        (true, "filename"),
        (true, "name"),
        (shape.qualname, "qualname"),
        (true, "firstlineno"),
        (true, lines),
        (shape.passed > 0, "end lines"),
        (shape.passed > 1, "columns"),
        (shape.exceptions, "exceptions"),
        (true, "freevars"),
        (true, "cellvars"),
    ];
    let names = all.into_iter().filter(|(is, _)| *is).map(|(_, name)| name);
    Some((shape.layout, names.collect()))
}

/// The code object that a call with these arguments makes, put among the objects.
///
/// # Errors
/// What of them doesn't fit.
pub fn of_arguments(
    objects: &mut Objects<'_>,
    checker: &mut Checker,
    arguments: &[Id],
) -> Result<CodeId, Misfit> {
    let is_int = |id: &Id| matches!(objects.get(*id), Some(Object::Int(_) | Object::Long(_)));
    let count = u32::try_from(arguments.len()).map_err(|_| Misfit::Count(arguments.len()))?;
    // dill 0.3.6 and later lead with `co_lnotab` from Python 3.10 on (`_create_code` in `dill/_dill.py`).
    let (lnotab, fields) = match arguments {
        [lead, fields @ ..] if !is_int(lead) => (Some(*lead), fields),
        fields => (None, fields),
    };
    let misfit = Misfit::Count(arguments.len());
    let shape = shape(fields.len()).ok_or(misfit)?;
    if lnotab.is_some() && shape.layout < Layout::C {
        return Err(misfit);
    }
    if let Some(lead) = lnotab {
        is_bytes(objects, false, "co_lnotab", lead)?;
    }
    let mut rest = fields.iter().copied();
    let mut next = || rest.next().ok_or(misfit);
    let argcount = int(objects, "co_argcount", next()?)?;
    let posonlyargcount = match shape.posonly {
        true => int(objects, "co_posonlyargcount", next()?)?,
        false => 0,
    };
    let kwonlyargcount = match shape.kwonly {
        true => int(objects, "co_kwonlyargcount", next()?)?,
        false => 0,
    };
    let nlocals = int(objects, "co_nlocals", next()?)?;
    let stacksize = int(objects, "co_stacksize", next()?)?;
    let flags = int(objects, "co_flags", next()?)?;
    let (code, consts, names, varnames) = (next()?, next()?, next()?, next()?);
    let (filename, name) = (next()?, next()?);
    let qualname = shape.qualname.then(&mut next).transpose()?;
    let firstlineno = int(objects, "co_firstlineno", next()?)?;
    let lines = next()?;
    for _ in 0..shape.passed {
        next()?;
    }
    let exceptions = shape.exceptions.then(&mut next).transpose()?;
    let (freevars, cellvars) = (next()?, next()?);
    let code = Code {
        layout: shape.layout,
        form: Form::Arguments { count, lnotab },
        argcount,
        posonlyargcount,
        kwonlyargcount,
        stacksize,
        flags,
        code,
        consts,
        names,
        locals: Locals::Apart {
            varnames,
            freevars,
            cellvars,
        },
        filename,
        name,
        qualname,
        firstlineno,
        lines,
        exceptions,
    };
    checker.check(objects, &code, Some(nlocals))?;
    objects.put_code(code).ok_or(Misfit::Full)
}

fn int(objects: &Objects<'_>, field: &'static str, id: Id) -> Result<i64, Misfit> {
    match objects.get(id) {
        Some(Object::Int(n) | Object::Long(n)) => n.to_i64().ok_or(Misfit::Field {
            field,
            wanted: "an int of 32 bits",
            found: "a larger one",
        }),
        other => Err(Misfit::Field {
            field,
            wanted: "an int",
            found: kind(other),
        }),
    }
}

impl Code {
    /// How many of its variables are arguments, `*args` and `**kwargs` with them.
    pub fn arguments(&self) -> i64 {
        self.argcount
            .saturating_add(self.kwonlyargcount)
            .saturating_add((self.flags & VARARGS != 0).into())
            .saturating_add((self.flags & VARKEYWORDS != 0).into())
    }

    /// `co_varnames`: its local variables, arguments first.
    pub fn varnames(&self, objects: &Objects<'_>) -> Vec<Id> {
        match self.locals {
            Locals::Apart { varnames, .. } => objects.tuple(varnames).to_vec(),
            Locals::Together { names, kinds } => of_kind(objects, names, kinds, KIND_LOCAL),
        }
    }

    /// `co_cellvars`: its variables that inner functions use.
    pub fn cellvars(&self, objects: &Objects<'_>) -> Vec<Id> {
        match self.locals {
            Locals::Apart { cellvars, .. } => objects.tuple(cellvars).to_vec(),
            Locals::Together { names, kinds } => of_kind(objects, names, kinds, KIND_CELL),
        }
    }

    /// `co_freevars`: the variables that its closure brings.
    pub fn freevars(&self, objects: &Objects<'_>) -> Vec<Id> {
        match self.locals {
            Locals::Apart { freevars, .. } => objects.tuple(freevars).to_vec(),
            Locals::Together { names, kinds } => of_kind(objects, names, kinds, KIND_FREE),
        }
    }

    /// The variables that the interpreter numbers in one row, each with its kinds: locals, then cells that aren't among
    /// them, then those of the closure. From Python 3.11 on instructions for cells count in it. (`PyUnstable_Code_NewWithPosOnlyArgs`.)
    pub fn localsplus(&self, objects: &Objects<'_>) -> Vec<(Id, u8)> {
        match self.locals {
            Locals::Together { names, kinds } => objects
                .tuple(names)
                .iter()
                .copied()
                .zip(objects.bytes(kinds).iter().copied())
                .collect(),
            Locals::Apart {
                varnames,
                freevars,
                cellvars,
            } => {
                let cells: HashSet<&[u8]> = objects
                    .tuple(cellvars)
                    .iter()
                    .map(|cell| objects.text_bytes(*cell))
                    .collect();
                let mut row: Vec<(Id, u8)> = objects
                    .tuple(varnames)
                    .iter()
                    .map(|name| match cells.contains(objects.text_bytes(*name)) {
                        true => (*name, KIND_LOCAL | KIND_CELL),
                        false => (*name, KIND_LOCAL),
                    })
                    .collect();
                let own: HashSet<&[u8]> = row
                    .iter()
                    .map(|(name, _)| objects.text_bytes(*name))
                    .collect();
                let added: Vec<Id> = objects
                    .tuple(cellvars)
                    .iter()
                    .copied()
                    .filter(|cell| !own.contains(objects.text_bytes(*cell)))
                    .collect();
                row.extend(added.into_iter().map(|name| (name, KIND_CELL)));
                row.extend(
                    objects
                        .tuple(freevars)
                        .iter()
                        .map(|name| (*name, KIND_FREE)),
                );
                row
            }
        }
    }
}

fn of_kind(objects: &Objects<'_>, names: Id, kinds: Id, wanted: u8) -> Vec<Id> {
    objects
        .tuple(names)
        .iter()
        .zip(objects.bytes(kinds))
        .filter(|(_, kind)| **kind & wanted != 0)
        .map(|(name, _)| *name)
        .collect()
}
