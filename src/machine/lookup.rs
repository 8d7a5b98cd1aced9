//! What loading a stream looks up.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{decode::text::Text, opcode::Opcode, set::set};

use super::{Kind, Value, classes, loaders};

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
    /// Whether a call of what it finds loads a pickle.
    pub(super) loads: bool,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(offset: u64, opcode: Opcode, target: Target<'a>) -> Self {
        Self {
            offset,
            opcode,
            loads: target.loads_a_pickle(),
            target,
            uses: Uses::default(),
        }
    }
}

/// Which of `lookups`, which stand in the order of their offsets, found a value.
pub(crate) fn found<T>(value: Value, lookups: &[T], offset: impl Fn(&T) -> u64) -> Option<usize> {
    match value.kind() {
        Kind::Global => usize::try_from(value.offset()).ok(),
        Kind::Extension | Kind::Persistent => {
            let at = lookups.partition_point(|lookup| offset(lookup) < value.offset());
            (lookups.get(at).map(offset) == Some(value.offset())).then_some(at)
        }
        _ => None,
    }
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

impl Target<'_> {
    /// The place among its arguments of the tuple of bases, if what is looked up makes classes when it is called.
    pub(super) fn bases(&self) -> Option<usize> {
        /// No name that is known is longer.
        const LONGEST: usize = 64;
        match self {
            Self::Name {
                module: Some(module),
                name: Some(name),
            } if module.bytes().len() <= LONGEST && name.bytes().len() <= LONGEST => {
                classes::bases(&module.text(), &name.text())
            }
            _ => None,
        }
    }

    fn loads_a_pickle(&self) -> bool {
        match self {
            Self::Name {
                module: Some(module),
                name: Some(name),
            } => loaders::loads_a_pickle(module.bytes(), name.bytes()),
            _ => false,
        }
    }
}

/// A name as the stream has it.
///
/// However often a name is looked up, its text is there once: in the input, or, where it had to be decoded, in memory that
/// all its lookups share.
#[derive(Clone, Debug)]
pub struct Name<'a>(Text8<'a>);

#[derive(Clone, Debug)]
enum Text8<'a> {
    Written(&'a [u8]),
    Decoded(Arc<[u8]>),
}

impl<'a> Name<'a> {
    /// One that stands in the input as it is.
    pub fn written(bytes: &'a [u8]) -> Self {
        Self(Text8::Written(bytes))
    }

    /// Its bytes: UTF-8, if it is text; generalised UTF-8, if it has surrogates.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Text8::Written(bytes) => bytes,
            Text8::Decoded(bytes) => bytes,
        }
    }

    /// As text: U+FFFD stands for what isn't UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// Whether it is UTF-8.
    pub fn is_utf8(&self) -> bool {
        std::str::from_utf8(self.bytes()).is_ok()
    }
}

impl<'a> From<Cow<'a, [u8]>> for Name<'a> {
    fn from(bytes: Cow<'a, [u8]>) -> Self {
        Self(match bytes {
            Cow::Borrowed(bytes) => Text8::Written(bytes),
            Cow::Owned(bytes) => Text8::Decoded(bytes.into()),
        })
    }
}

impl<'a> From<Text<'a>> for Name<'a> {
    fn from(text: Text<'a>) -> Self {
        match text {
            Text::Str(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Text::Str(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            Text::Wtf8(bytes) => bytes,
        }
        .into()
    }
}

/// By their text; that of one place is not compared with itself.
impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.bytes(), other.bytes());
        std::ptr::eq(one, other) || one == other
    }
}

impl Eq for Name<'_> {}

impl std::hash::Hash for Name<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

/// Numbers names: the same number, the same text.
///
/// The text of a place is looked at once, however many lookups take it from there, so that the work is linear in the input.
#[derive(Debug, Default)]
pub struct Names<'n> {
    /// Numbers of long names, by where their text is.
    places: HashMap<(*const u8, usize), usize>,
    texts: HashMap<&'n [u8], usize>,
}

impl<'n> Names<'n> {
    /// A name's number.
    pub fn number(&mut self, name: &'n Name<'_>) -> usize {
        /// What is no longer is looked at faster than its place is found.
        const SHORT: usize = 64;
        let text = name.bytes();
        let next = self.texts.len();
        if text.len() <= SHORT {
            return *self.texts.entry(text).or_insert(next);
        }
        let texts = &mut self.texts;
        *self
            .places
            .entry((text.as_ptr(), text.len()))
            .or_insert_with(|| *texts.entry(text).or_insert(next))
    }
}

set! {
    /// What is done with what a lookup finds, as a set.
    Uses {
        /// It is called (REDUCE).
        CALL = "call",
        /// An instance of it is made (INST, OBJ, NEWOBJ, NEWOBJ_EX).
        INSTANCE = "instance",
        /// It is given a state (BUILD): its attributes are set.
        STATE = "state",
        /// Its methods are called by APPEND, SETITEM and their kin.
        METHOD = "method",
        /// It is a base of a class that is made.
        BASE = "base",
        /// A call is given it: as an argument, or in a tuple that is one.
        ARGUMENT = "argument",
    }
}
