//! What a pickle stores by value: functions, code objects, classes, modules and cells.
//!
//! They are found by the calls that make them, in the stream's order, whether the result gets into the pickle's value or
//! is dropped: what was called was called. What comes later (a cell that is set, a class that gets its dict) is added to
//! what was made.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod draft;
mod find;
mod finish;
mod made;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{decode::text::Text, graph::View};

use super::{
    callee::{Callee, Does, Known, known},
    dill::CodeForm,
    fit::fates::Maker,
    object::{Code, CodeId, Id, Objects},
    pickled::any_bytes,
    writer::Writer,
};

use self::find::Finder;

/// The marshal data of a pickle, by where its bytes stand.
#[derive(Clone, Debug, Default)]
pub struct Marshalled<'a>(HashMap<u64, Cow<'a, [u8]>>);

impl<'a> Marshalled<'a> {
    /// The marshal data that the calls at these offsets load.
    pub fn of(view: View<'_, 'a>, calls: impl IntoIterator<Item = u64>) -> Self {
        let mut all = HashMap::new();
        for place in calls {
            if let Some(Known {
                callee:
                    Callee {
                        does: Does::Unmarshal,
                        ..
                    },
                arguments: &[data],
                ..
            }) = known(view, place)
            {
                let place = view.place(data);
                if !all.contains_key(&place)
                    && let Some(bytes) = any_bytes(view, data)
                {
                    all.insert(place, bytes);
                }
            }
        }
        Self(all)
    }
}

/// What a pickle stores by value.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Stored<'a> {
    /// The objects of the pickle itself, and then those of each marshal data.
    pub objects: Vec<Objects<'a>>,
    /// Code objects that the stream makes by themselves; those in others are among their constants.
    pub codes: Vec<Made>,
    /// Functions.
    pub functions: Vec<Function<'a>>,
    /// Classes.
    pub classes: Vec<Class<'a>>,
    /// Modules.
    pub modules: Vec<Module<'a>>,
    /// Dicts that are the globals of functions.
    pub namespaces: Vec<Namespace<'a>>,
    /// Calls that make code, and that aren't as any library writes them.
    pub unread: Vec<Unread>,
}

/// A code object of [`Stored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CodeRef {
    /// Which of [`Stored::objects`] it stands in.
    pub arena: usize,
    /// Its place there.
    pub code: CodeId,
}

/// A code object, and the call that makes it.
#[derive(Clone, Debug)]
pub struct Made {
    /// Where the opcode of the call stands.
    pub place: u64,
    /// It.
    pub code: CodeRef,
    /// How many bytes of marshal data it was read from, and where the value stands that has them.
    pub marshal: Option<(u64, u64)>,
    /// Where the value stands that is its `co_code`, where it wasn't read from marshal data.
    pub bytes: Option<u64>,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// Whether a function is made of it.
    pub used: bool,
    form: CodeForm,
}

impl Made {
    /// What of the stream makes it.
    pub fn maker(&self) -> Maker {
        match self.form {
            CodeForm::Marshal => Maker::Unmarshal,
            CodeForm::Type => Maker::CodeType,
            CodeForm::Create | CodeForm::CreateLed => Maker::CreateCode,
        }
    }
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function<'a> {
    /// Where the opcode of the call stands that makes it.
    pub place: u64,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// Its code, among [`Stored::codes`].
    pub code: Option<usize>,
    /// `__name__`, where it is told beside the code.
    pub name: Option<Text<'a>>,
    /// `__qualname__`, where it is told beside the code.
    pub qualname: Option<Text<'a>>,
    /// `__module__`.
    pub module: Option<Text<'a>>,
    /// `__doc__`, where it is told beside the code.
    pub doc: Option<Id>,
    /// `__defaults__`.
    pub defaults: Arc<[Id]>,
    /// `__kwdefaults__`.
    pub kwdefaults: Pairs<'a>,
    /// `__annotations__`.
    pub annotations: Pairs<'a>,
    /// What else is set on it.
    pub attributes: Pairs<'a>,
    /// What its closure holds as it is made, and what is told of it later.
    closure: [Arc<[Cell]>; 2],
    /// Where its globals come from.
    pub globals: Vec<Globals>,
}

/// Names with what they stand for.
pub type Pairs<'a> = Arc<[(Text<'a>, Id)]>;

/// A cell of a closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cell {
    /// It holds this.
    Holds(Id),
    /// It holds nothing.
    Empty,
    /// What it is isn't known.
    Unknown,
}

impl Function<'_> {
    /// A cell of its closure, counted from 0; `None` where it has none.
    pub fn cell(&self, at: usize) -> Option<Cell> {
        let [made, later] = &self.closure;
        match later.get(at) {
            Some(Cell::Holds(id)) => Some(Cell::Holds(*id)),
            other => made.get(at).or(other).copied(),
        }
    }

    /// How many cells its closure has.
    pub fn cells(&self) -> usize {
        let [made, later] = &self.closure;
        made.len().max(later.len())
    }
}

/// Where globals come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Globals {
    /// The dict of this module, which the loader has.
    Module(String),
    /// The same of the program that loads, under the name `__builtin__.__main__`, which dill's own unpickler alone finds.
    /// (`Unpickler.find_class` in `dill/_dill.py`.)
    Main,
    /// A dict that stands in the stream.
    Stored {
        /// Which of [`Stored::namespaces`].
        dict: usize,
        /// Whether nothing was in it yet when the function was made: `_create_function` of dill 0.2.6 and later takes a new
        /// dict for an empty one, and what is filled in later doesn't get there. Told where the writer is 0.2.8 or later.
        late: bool,
    },
    /// Something else.
    Other(String),
}

/// Names that are stored.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Namespace<'a> {
    /// Each with its value in the stream.
    pub names: HashMap<Cow<'a, str>, String>,
}

/// A class.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Class<'a> {
    /// Where the opcode of the call stands that makes it.
    pub place: u64,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// `__name__`.
    pub name: Option<Text<'a>>,
    /// `__qualname__`.
    pub qualname: Option<Text<'a>>,
    /// `__module__`.
    pub module: Option<Text<'a>>,
    /// Its metaclass, in words.
    pub metaclass: Option<String>,
    /// Its bases, in words.
    pub bases: Vec<String>,
    /// What its dicts hold, in the stream's order.
    pub attributes: Vec<Pairs<'a>>,
    /// Its methods: functions among [`Stored::functions`], with how each is wrapped.
    pub methods: Vec<Arc<[Method<'a>]>>,
    /// Whether it is an enum with these members.
    pub is_enum: bool,
}

/// A function of a class.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Method<'a> {
    /// Under which name.
    pub name: Text<'a>,
    /// `staticmethod`, `classmethod` or `property`.
    pub wrapper: Option<&'static str>,
    /// Which of [`Stored::functions`].
    pub function: usize,
}

/// A module.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Module<'a> {
    /// Where the opcode of the call stands that makes it.
    pub place: u64,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// `__name__`.
    pub name: Option<Text<'a>>,
    /// What its dict holds.
    pub attributes: Pairs<'a>,
}

/// A call that makes code and isn't understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// Where its opcode stands.
    pub place: u64,
    /// What is called.
    pub callee: String,
    /// Why it isn't understood.
    pub why: String,
}

impl<'a> Stored<'a> {
    /// What the calls at these offsets store by value, in the stream's order.
    pub fn read(
        view: View<'_, 'a>,
        marshalled: &'a Marshalled<'a>,
        calls: impl IntoIterator<Item = u64>,
    ) -> Self {
        let mut finder = Finder::new(view, marshalled);
        for place in calls {
            if let Some(known) = known(view, place) {
                finder.call(place, &known);
            }
        }
        finder.finish()
    }

    /// Whether there is none of all this.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
            && self.functions.is_empty()
            && self.classes.is_empty()
            && self.modules.is_empty()
            && self.unread.is_empty()
    }

    /// A code object, with the objects that it stands among.
    pub fn code(&self, code: CodeRef) -> Option<(&Objects<'a>, &Code)> {
        let objects = self.objects.get(code.arena)?;
        Some((objects, objects.code(code.code)?))
    }

    /// The objects of the pickle itself, where all [`Id`]s are of functions and classes.
    pub fn pickled(&self) -> Option<&Objects<'a>> {
        self.objects.first()
    }
}
