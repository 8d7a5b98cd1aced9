//! What loading a stream looks up.

use std::borrow::Cow;

use crate::{decode::text::Text, opcode::Opcode};

/// A lookup that loading performs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup<'a> {
    /// Where the opcode stands that performs it, from the start of the input.
    pub offset: u64,
    /// Which opcode that is.
    pub opcode: Opcode,
    /// What is looked up.
    pub target: Target<'a>,
    /// What is done with what it finds.
    pub uses: Uses,
}

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target<'a> {
    /// A name in a module, both as written: before any renaming of Python 2 names. `None` where the stream doesn't decide
    /// it, because a call makes it.
    Name {
        /// The module's name.
        module: Option<Name<'a>>,
        /// The name in it.
        name: Option<Name<'a>>,
    },
    /// A code of the extension registry.
    Extension(i64),
    /// A persistent id. PERSID has it in its line; BINPERSID takes it from the stack.
    Persistent(Option<Name<'a>>),
    /// The lookups of a pickle that this call loads, which aren't listed here.
    Nested,
}

/// A name as the stream has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a>(pub Cow<'a, [u8]>);

impl<'a> Name<'a> {
    /// As text: U+FFFD stands for what isn't UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether it is UTF-8.
    pub fn is_utf8(&self) -> bool {
        std::str::from_utf8(&self.0).is_ok()
    }
}

impl<'a> From<Text<'a>> for Name<'a> {
    fn from(text: Text<'a>) -> Self {
        Self(match text {
            Text::Str(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Text::Str(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            Text::Wtf8(bytes) => bytes,
        })
    }
}

/// What is done with what a lookup finds, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Uses(u8);

impl Uses {
    /// It is called (REDUCE).
    pub const CALL: Self = Self(1);
    /// An instance of it is made (INST, OBJ, NEWOBJ, NEWOBJ_EX).
    pub const INSTANCE: Self = Self(2);
    /// It is given a state (BUILD): its attributes are set.
    pub const STATE: Self = Self(4);
    /// Its methods are called by APPEND, SETITEM and their kin.
    pub const METHOD: Self = Self(8);

    const NAMES: [(Self, &'static str); 4] = [
        (Self::CALL, "call"),
        (Self::INSTANCE, "instance"),
        (Self::STATE, "state"),
        (Self::METHOD, "method"),
    ];

    /// Adds those of another set.
    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Their names: `call`, `instance`, `state`, `method`; none where it is only held.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .filter(move |(one, _)| self.0 & one.0 != 0)
            .map(|(_, name)| name)
    }
}

/// Whether what has this name loads a pickle that its argument holds or names.
pub(super) fn loads_a_pickle(module: &str, name: &str) -> bool {
    LOADERS.contains(&(module, name))
}

/// What loads a pickle.
const LOADERS: &[(&str, &str)] = &[
    ("pickle", "loads"),
    ("pickle", "load"),
    ("pickle", "_loads"),
    ("pickle", "_load"),
    ("pickle", "Unpickler"),
    ("_pickle", "loads"),
    ("_pickle", "load"),
    ("_pickle", "Unpickler"),
    ("cPickle", "loads"),
    ("cPickle", "load"),
    ("cPickle", "Unpickler"),
    ("dill", "loads"),
    ("dill", "load"),
    ("dill._dill", "loads"),
    ("dill._dill", "load"),
    ("dill.dill", "loads"),
    ("dill.dill", "load"),
    ("cloudpickle", "loads"),
    ("cloudpickle", "load"),
    ("cloudpickle.cloudpickle", "loads"),
    ("joblib", "load"),
    ("joblib.numpy_pickle", "load"),
    ("pandas", "read_pickle"),
    ("pandas.io.pickle", "read_pickle"),
    ("torch", "load"),
    ("torch.serialization", "load"),
    ("torch.storage", "_load_from_bytes"),
    ("numpy", "load"),
    ("marshal", "loads"),
    ("marshal", "load"),
    ("shelve", "open"),
];
