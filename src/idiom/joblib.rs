//! joblib: arrays whose bytes stand in the stream, behind the opcode that gives their wrapper its state, or in a file beside.
//!
//! What `joblib.dump` writes is no pickle to others: `NumpyUnpickler.load_build` reads on from the file where a wrapper was
//! given its state, and puts the array in its place.

use std::fmt;

use super::{Called, Idiom, Known, Part, Word, class, class_of, look, numpy};
use crate::{
    count::Counted,
    graph::View,
    machine::{Kind, Value},
};

/// What is known.
pub(super) const KNOWN: &[Known] = &[
    class(
        "joblib.numpy_pickle",
        WRAPPER,
        "joblib 0.10 and later",
        "joblib/numpy_pickle.py, NumpyArrayWrapper",
        wrapper,
    ),
    class(
        "joblib.numpy_pickle",
        "NDArrayWrapper",
        "joblib 0.8 to 0.9",
        "joblib/numpy_pickle.py, NDArrayWrapper; read by numpy_pickle_compat.py",
        beside,
    ),
    class(
        "joblib.numpy_pickle",
        "ZNDArrayWrapper",
        "joblib 0.8 to 0.9, compressed",
        "joblib/numpy_pickle.py, ZNDArrayWrapper; read by numpy_pickle_compat.py",
        beside,
    ),
];

const WRAPPER: &str = "NumpyArrayWrapper";

/// Modules that have the wrapper.
const MODULES: &[&str] = &[
    "joblib.numpy_pickle",
    "sklearn.externals.joblib.numpy_pickle",
];

/// Whether a name is that of the wrapper behind whose state other bytes than opcodes stand.
pub(crate) fn is_wrapper(module: &[u8], name: &[u8]) -> bool {
    name == WRAPPER.as_bytes() && MODULES.iter().any(|known| known.as_bytes() == module)
}

/// What stands behind the state of a wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// The array's bytes. If they are aligned, a byte stands before them that says how many bytes of padding follow it.
    Bytes {
        /// How many bytes the items take.
        items: u64,
        /// Whether they are aligned.
        aligned: bool,
    },
    /// A pickle of its own: the array has objects.
    Pickle,
}

/// Why it can't be told what stands behind the state of a wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread {
    /// The state isn't one dict that has a dtype and a shape.
    State,
    /// The dtype isn't read.
    Dtype,
    /// The shape is no tuple of lengths, or they make more than 2⁶³ bytes.
    Shape,
    /// The input doesn't have so many bytes.
    Short {
        /// How many the array has.
        wanted: u64,
        /// How many there are.
        left: u64,
    },
    /// The frame that the state stands in goes on behind it: joblib would take the bytes from behind the frame.
    Frame,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State => f.write_str("its state isn't as joblib writes it"),
            Self::Dtype => f.write_str("its dtype isn't as numpy writes it"),
            Self::Shape => f.write_str("its shape makes no number of bytes"),
            Self::Short { wanted, left } => {
                write!(f, "it wants {}, {left} left", Counted(*wanted, "byte"))
            }
            Self::Frame => f.write_str("its frame goes on behind its state"),
        }
    }
}

/// The array that a wrapper stands for.
struct Array {
    dtype: numpy::Dtype,
    shape: Vec<u64>,
    fortran: bool,
    /// Of which class it is, if it is of one of its own.
    class: Option<Value>,
    own: Value,
    behind: Behind,
}

impl Array {
    /// Reads the state of a wrapper: `subclass`, `shape`, `order`, `dtype`, `allow_mmap`, and since joblib 1.2
    /// `numpy_array_alignment_bytes`.
    fn of(view: View<'_, '_>, state: Value) -> Result<Self, Unread> {
        let of = |key| look::under(view, state, key);
        let own = of("dtype").ok_or(Unread::State)?;
        let shape = of("shape").ok_or(Unread::State)?;
        let dtype = numpy::Dtype::of(view, own).ok_or(Unread::Dtype)?;
        if dtype.has_objects != dtype.lists {
            return Err(Unread::Dtype);
        }
        let shape = look::counts(view, shape, numpy::DIMENSIONS).ok_or(Unread::Shape)?;
        let items = shape
            .iter()
            .try_fold(1u64, |product, side| product.checked_mul(*side))
            .and_then(|count| count.checked_mul(dtype.size))
            .filter(|items| i64::try_from(*items).is_ok())
            .ok_or(Unread::Shape)?;
        // `safe_get_numpy_array_alignment_bytes`: an attribute that older wrappers don't have.
        let alignment = of("numpy_array_alignment_bytes");
        let aligned = alignment.is_some_and(|alignment| alignment.kind() != Kind::None);
        let class =
            of("subclass").filter(|class| !look::is_name(view, *class, &["numpy"], "ndarray"));
        let order = of("order").and_then(|order| look::text(view, order));
        Ok(Self {
            behind: if dtype.lists {
                Behind::Pickle
            } else {
                Behind::Bytes { items, aligned }
            },
            fortran: order.is_some_and(|order| order == "F"),
            dtype,
            shape,
            class,
            own,
        })
    }

    fn words(&self) -> String {
        let shape = numpy::shape_words(&self.shape);
        let mut words = format!("{} array {shape}", self.dtype.words);
        match self.behind {
            Behind::Bytes { items: 1, .. } => words.push_str(", 1 byte"),
            Behind::Bytes { items, .. } => words.push_str(&format!(", {items} bytes")),
            Behind::Pickle => {}
        }
        if self.fortran && self.shape.len() > 1 {
            words.push_str(", Fortran order");
        }
        words
    }
}

/// What stands behind the BUILD that gave `target` its state, and what that is in words; `None` where `target` isn't
/// joblib's wrapper of an array. The graph must keep what dicts hold.
pub(crate) fn behind(
    view: View<'_, '_>,
    target: Value,
) -> Option<Result<(Behind, String), Unread>> {
    let class = class_of(view, target)?;
    look::is_name(view, class, MODULES, WRAPPER).then(|| {
        let state = look::state(view, target).ok_or(Unread::State)?;
        Array::of(view, state).map(|array| (array.behind, array.words()))
    })
}

/// A wrapper with its state: the array.
fn wrapper<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    const KEYS: &[&str] = &[
        "allow_mmap",
        "dtype",
        "numpy_array_alignment_bytes",
        "order",
        "shape",
        "subclass",
    ];
    let view = called.view;
    let state = state_of(called, KEYS)?;
    let array = Array::of(view, state).ok()?;
    let mut words: Vec<Word<'_>> = vec![array.words().into()];
    if let Some(class) = array.class {
        words.extend([", as ".into(), class.into()]);
    }
    let mut idiom = Idiom::new("array", words);
    if array.behind == Behind::Pickle {
        let inner = view.items(called.value)?.next();
        idiom = idiom.holding(inner.map(|inner| Part::Named("items", inner)));
    }
    if array.dtype.has_parts {
        idiom = idiom.holding([Part::Named("dtype", array.own)]);
    }
    Some(idiom)
}

/// The state of an instance that was made of nothing: a dict that has no other keys than these.
fn state_of(called: &Called<'_, '_>, keys: &[&str]) -> Option<Value> {
    const MOST: usize = 16;
    let view = called.view;
    let mut states = view.states(called.value);
    let state = states.next()?;
    if states.next().is_some() || !called.arguments.is_empty() || state.kind() != Kind::Dict {
        return None;
    }
    let is_known = |key| keys.iter().any(|known| look::is_text(view, key, known));
    view.few_pairs(state, MOST)?
        .all(|(key, _)| is_known(key))
        .then_some(state)
}

/// A wrapper of an array that is in a file of its own: `.npy`, or for a `ZNDArrayWrapper` its bytes alone, compressed with
/// zlib.
fn beside<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    const KEYS: &[&str] = &["allow_mmap", "filename", "init_args", "state", "subclass"];
    let view = called.view;
    let state = state_of(called, KEYS)?;
    let of = |key| look::under(view, state, key);
    let file = of("filename")?;
    look::text(view, file)?;
    let words: [Word<'_>; 3] = [
        "array in the file ".into(),
        file.into(),
        " beside it".into(),
    ];
    let parts = ["init_args", "state", "subclass"]
        .into_iter()
        .filter_map(|key| Some(Part::Named(key, of(key)?)));
    Some(Idiom::new("array", words).holding(parts))
}
