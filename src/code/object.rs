//! Code objects and what they hold, whatever they were read from: marshal data or the arguments of a pickled call.
//!
//! All objects of a payload stand in one arena, [`Objects`]. What is shared there, by references of marshal or the memo of
//! a pickle, stays shared: an [`Id`] is a place, and nothing is ever expanded.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{borrow::Cow, ops::Range};

use crate::{
    decode::text::{Integer, Text},
    python::{Python, Pythons},
};

/// The place of an object among [`Objects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u32);

/// The place of a code object among those of [`Objects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeId(u32);

/// An object that code holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Object<'a> {
    /// None.
    None,
    /// `...`.
    Ellipsis,
    /// The class StopIteration, which marshal has a letter for.
    StopIteration,
    /// True or False.
    Bool(bool),
    /// An int, or an int of Python 2.
    Int(Integer<'a>),
    /// A long of Python 2, where the payload tells it from an int: `5L`.
    Long(Integer<'a>),
    /// A float.
    Float(f64),
    /// A complex: its real and imaginary part.
    Complex(f64, f64),
    /// Bytes of Python 3.
    Bytes(Cow<'a, [u8]>),
    /// A str of Python 2.
    OldStr(Cow<'a, [u8]>),
    /// A str of Python 3, or a unicode of Python 2.
    Str(Text<'a>),
    /// A tuple.
    Tuple(Items),
    /// A list.
    List(Items),
    /// A set.
    Set(Items),
    /// A frozenset.
    Frozenset(Items),
    /// A dict: keys and values in turn.
    Dict(Items),
    /// A frozendict (Python 3.15): keys and values in turn.
    Frozendict(Items),
    /// A slice: start, stop and step.
    Slice([Id; 3]),
    /// A code object.
    Code(CodeId),
    /// What a pickle makes of a name or by a call, as it is told: `os.path`, `<function half>`.
    Other(Cow<'a, str>),
}

impl Object<'_> {
    /// What it is, in words.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Ellipsis => "an ellipsis",
            Self::StopIteration => "a class",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Long(_) => "a long",
            Self::Float(_) => "a float",
            Self::Complex(..) => "a complex",
            Self::Bytes(_) => "bytes",
            Self::OldStr(_) => "a str of Python 2",
            Self::Str(_) => "a str",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Frozenset(_) => "a frozenset",
            Self::Dict(_) => "a dict",
            Self::Frozendict(_) => "a frozendict",
            Self::Slice(_) => "a slice",
            Self::Code(_) => "a code object",
            Self::Other(_) => "an object that is not read",
        }
    }
}

/// A run of children among [`Objects`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items(Range<u32>);

impl Items {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How the fields of a code object stand: each Python has one of these. (`marshal.c`, `r_object` and `codeobject.c`, `code_new`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Layout {
    /// Python 2.3 to 2.7.
    A,
    /// Python 3.0 to 3.7: has a count of keyword-only arguments.
    B,
    /// Python 3.8 to 3.10: has a count of positional-only arguments.
    C,
    /// From Python 3.11 on: has a qualified name, a location table and an exception table.
    D,
}

impl Layout {
    /// The layout of a Python.
    pub fn of(python: Python) -> Self {
        match python.version() {
            (2, _) => Self::A,
            (3, ..=7) => Self::B,
            (3, ..=10) => Self::C,
            _ => Self::D,
        }
    }

    /// The known Pythons that have it.
    pub fn pythons(self) -> Pythons {
        Python::all()
            .filter(|python| Self::of(*python) == self)
            .collect()
    }
}

/// What a code object was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Marshal data.
    Marshal,
    /// The arguments of a call of `CodeType` or of a library's function for it.
    Arguments {
        /// How many there are, with what leads them.
        count: u32,
        /// The `co_lnotab` that dill 0.3.6 and later puts before them.
        lnotab: Option<Id>,
    },
}

/// A code object. What it holds are places among the [`Objects`] that it stands with.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// How its fields stand.
    pub layout: Layout,
    /// What it was read from.
    pub form: Form,
    /// `co_argcount`.
    pub argcount: i64,
    /// `co_posonlyargcount`; 0 before Python 3.8.
    pub posonlyargcount: i64,
    /// `co_kwonlyargcount`; 0 on Python 2.
    pub kwonlyargcount: i64,
    /// `co_stacksize`.
    pub stacksize: i64,
    /// `co_flags`.
    pub flags: i64,
    /// `co_code`: bytes.
    pub code: Id,
    /// `co_consts`: a tuple.
    pub consts: Id,
    /// `co_names`: a tuple of names.
    pub names: Id,
    /// Its variables.
    pub locals: Locals,
    /// `co_filename`: text.
    pub filename: Id,
    /// `co_name`: text.
    pub name: Id,
    /// `co_qualname`: text, from Python 3.11 on.
    pub qualname: Option<Id>,
    /// `co_firstlineno`.
    pub firstlineno: i64,
    /// `co_lnotab`, the `co_linetable` of 3.10, or the location table of 3.11 and later: bytes.
    pub lines: Id,
    /// `co_exceptiontable`: bytes, from Python 3.11 on.
    pub exceptions: Option<Id>,
}

impl Code {
    /// It with all that it holds at other places.
    fn moved(self, id: impl Fn(Id) -> Id) -> Self {
        Self {
            form: match self.form {
                Form::Marshal => Form::Marshal,
                Form::Arguments { count, lnotab } => Form::Arguments {
                    count,
                    lnotab: lnotab.map(&id),
                },
            },
            code: id(self.code),
            consts: id(self.consts),
            names: id(self.names),
            locals: match self.locals {
                Locals::Apart {
                    varnames,
                    freevars,
                    cellvars,
                } => Locals::Apart {
                    varnames: id(varnames),
                    freevars: id(freevars),
                    cellvars: id(cellvars),
                },
                Locals::Together { names, kinds } => Locals::Together {
                    names: id(names),
                    kinds: id(kinds),
                },
            },
            filename: id(self.filename),
            name: id(self.name),
            qualname: self.qualname.map(&id),
            lines: id(self.lines),
            exceptions: self.exceptions.map(&id),
            ..self
        }
    }
}

impl Code {
    /// How many variables it has; one that is both an argument and a cell counts twice where the kinds stand apart.
    pub fn variables(&self, objects: &Objects<'_>) -> usize {
        match self.locals {
            Locals::Apart {
                varnames,
                freevars,
                cellvars,
            } => [varnames, freevars, cellvars]
                .into_iter()
                .map(|tuple| objects.tuple(tuple).len())
                .fold(0, usize::saturating_add),
            Locals::Together { names, .. } => objects.tuple(names).len(),
        }
    }

    /// How many bytes of bytecode and tables, and variables, there are to go through.
    pub fn weight(&self, objects: &Objects<'_>) -> usize {
        [Some(self.code), Some(self.lines), self.exceptions]
            .into_iter()
            .flatten()
            .map(|bytes| objects.bytes(bytes).len())
            .fold(self.variables(objects), usize::saturating_add)
    }
}

/// The names of a code object's variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locals {
    /// Each kind in a tuple of its own; marshal of layouts A to C, and all arguments.
    Apart {
        /// `co_varnames`.
        varnames: Id,
        /// `co_freevars`.
        freevars: Id,
        /// `co_cellvars`.
        cellvars: Id,
    },
    /// All in one tuple, with a byte a name that tells its kind; marshal of layout D. (`pycore_code.h`: `CO_FAST_LOCAL`, …)
    Together {
        /// `co_localsplusnames`.
        names: Id,
        /// `co_localspluskinds`.
        kinds: Id,
    },
}

/// In `co_localspluskinds`: a local variable.
pub const KIND_LOCAL: u8 = 0x20;
/// In `co_localspluskinds`: a cell of the function's own; an argument that is one is also a local.
pub const KIND_CELL: u8 = 0x40;
/// In `co_localspluskinds`: a cell that the closure brings.
pub const KIND_FREE: u8 = 0x80;

/// `co_flags`: takes `*args`.
pub const VARARGS: i64 = 0x04;
/// `co_flags`: takes `**kwargs`.
pub const VARKEYWORDS: i64 = 0x08;

/// The objects of a payload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objects<'a> {
    objects: Vec<Object<'a>>,
    children: Vec<Id>,
    codes: Vec<Code>,
}

impl<'a> Objects<'a> {
    /// Puts an object in; `None` where there is room for no more (2^32).
    pub fn put(&mut self, object: Object<'a>) -> Option<Id> {
        let id = Id(u32::try_from(self.objects.len()).ok()?);
        self.objects.push(object);
        Some(id)
    }

    /// Puts another object where one stands: a container is put in before what it holds is known.
    pub fn replace(&mut self, id: Id, object: Object<'a>) {
        if let Some(place) = self.objects.get_mut(id.0 as usize) {
            *place = object;
        }
    }

    /// Puts children in, which stand side by side from then on.
    pub fn put_items(&mut self, items: impl IntoIterator<Item = Id>) -> Option<Items> {
        let start = u32::try_from(self.children.len()).ok()?;
        self.children.extend(items);
        Some(Items(start..u32::try_from(self.children.len()).ok()?))
    }

    /// Puts a code object in.
    pub fn put_code(&mut self, code: Code) -> Option<CodeId> {
        let id = CodeId(u32::try_from(self.codes.len()).ok()?);
        self.codes.push(code);
        Some(id)
    }

    /// An object.
    pub fn get(&self, id: Id) -> Option<&Object<'a>> {
        self.objects.get(id.0 as usize)
    }

    /// Children.
    pub fn items(&self, items: &Items) -> &[Id] {
        let Range { start, end } = items.0;
        self.children
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// A code object.
    pub fn code(&self, id: CodeId) -> Option<&Code> {
        self.codes.get(id.0 as usize)
    }

    /// All code objects, in the order in which they were put in.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = &Code> {
        self.codes.iter()
    }

    /// The items of a tuple; none where it isn't one.
    pub fn tuple(&self, id: Id) -> &[Id] {
        match self.get(id) {
            Some(Object::Tuple(items)) => self.items(items),
            _ => &[],
        }
    }

    /// Bytes, or a str of Python 2; empty where it is neither.
    pub fn bytes(&self, id: Id) -> &[u8] {
        match self.get(id) {
            Some(Object::Bytes(bytes) | Object::OldStr(bytes)) => bytes,
            _ => &[],
        }
    }

    /// The bytes of text: UTF-8 of a str, generalised where it has surrogates; a str of Python 2 as it is. Empty where it is
    /// neither.
    pub fn text_bytes(&self, id: Id) -> &[u8] {
        match self.get(id) {
            Some(Object::Str(text)) => text.as_bytes(),
            Some(Object::OldStr(bytes)) => bytes,
            _ => &[],
        }
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Takes all objects of another payload in, and gives the place here of the one that stood at `root` there; `None`
    /// where there is no room.
    pub fn absorb(&mut self, other: Objects<'a>, root: Id) -> Option<Id> {
        let first = u32::try_from(self.objects.len()).ok()?;
        let first_child = u32::try_from(self.children.len()).ok()?;
        let first_code = u32::try_from(self.codes.len()).ok()?;
        for (here, there) in [
            (first, other.objects.len()),
            (first_child, other.children.len()),
            (first_code, other.codes.len()),
        ] {
            here.checked_add(u32::try_from(there).ok()?)?;
        }
        let id = |id: Id| Id(id.0.wrapping_add(first));
        let items = |Items(run): Items| {
            Items(run.start.wrapping_add(first_child)..run.end.wrapping_add(first_child))
        };
        self.children.extend(other.children.into_iter().map(id));
        self.objects
            .extend(other.objects.into_iter().map(|object| match object {
                Object::Tuple(run) => Object::Tuple(items(run)),
                Object::List(run) => Object::List(items(run)),
                Object::Set(run) => Object::Set(items(run)),
                Object::Frozenset(run) => Object::Frozenset(items(run)),
                Object::Dict(run) => Object::Dict(items(run)),
                Object::Frozendict(run) => Object::Frozendict(items(run)),
                Object::Slice(parts) => Object::Slice(parts.map(id)),
                Object::Code(CodeId(code)) => Object::Code(CodeId(code.wrapping_add(first_code))),
                leaf => leaf,
            }));
        self.codes
            .extend(other.codes.into_iter().map(|code| code.moved(id)));
        Some(id(root))
    }

    /// Text: a str, or a str of Python 2 as its bytes say it, where those are UTF-8.
    pub fn text(&self, id: Id) -> Option<Cow<'_, str>> {
        match self.get(id)? {
            Object::Str(text) => Some(match text.as_str() {
                Some(text) => Cow::Borrowed(text),
                None => String::from_utf8_lossy(text.as_bytes()),
            }),
            Object::OldStr(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }

    /// The texts of a tuple.
    pub fn texts(&self, tuple: Id) -> impl Iterator<Item = Cow<'_, str>> {
        self.tuple(tuple)
            .iter()
            .map(|item| self.text(*item).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_python_has_a_layout() {
        assert_eq!(Layout::A.pythons(), Pythons::PY2);
        assert_eq!(Layout::B.pythons(), Pythons::until(7));
        assert_eq!(Layout::D.pythons(), Pythons::since(11));
    }
}
