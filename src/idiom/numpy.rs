//! numpy: arrays, dtypes, scalars, masked arrays, random generators.

mod dtype;
mod scalar;

use super::{Called, Idiom, Known, Part, Word, class, function, look, maker};
use crate::{
    graph::View,
    machine::{Kind, Value},
    opcode::Storage,
};
pub(super) use dtype::Dtype;

const NUMPY1: &str = "numpy 1";
const NUMPY2: &str = "numpy 2";

/// What is known.
pub(super) const KNOWN: &[Known] = &[
    class(
        "numpy",
        "dtype",
        "numpy 1 and 2",
        "numpy/core/src/multiarray/descriptor.c, arraydescr_reduce",
        dtype::read,
    ),
    function(
        "numpy._core._internal",
        "_convert_to_stringdtype_kwargs",
        NUMPY2,
        "numpy/_core/src/multiarray/stringdtype/dtype.c, stringdtype__reduce__",
        strings,
    ),
    maker(
        "numpy._core.multiarray",
        "_reconstruct",
        NUMPY2,
        "numpy/_core/src/multiarray/methods.c, array_reduce",
        array,
    ),
    function(
        "numpy._core.multiarray",
        "scalar",
        NUMPY2,
        "numpy/_core/src/multiarray/scalartypes.c.src, gentype_reduce",
        scalar::read,
    ),
    function(
        "numpy._core.numeric",
        "_frombuffer",
        "numpy 2, protocol 5",
        "numpy/_core/src/multiarray/methods.c, array_reduce_ex_picklebuffer",
        from_buffer,
    ),
    function(
        "numpy.core",
        "_ufunc_reconstruct",
        "numpy 1 to 1.23",
        "numpy/core/__init__.py, _ufunc_reduce",
        ufunc,
    ),
    maker(
        "numpy.core.multiarray",
        "_reconstruct",
        NUMPY1,
        "numpy/core/src/multiarray/methods.c, array_reduce",
        array,
    ),
    function(
        "numpy.core.multiarray",
        "scalar",
        NUMPY1,
        "numpy/core/src/multiarray/scalartypes.c.src, gentype_reduce",
        scalar::read,
    ),
    function(
        "numpy.core.numeric",
        "_frombuffer",
        "numpy 1.16 to 1.26, protocol 5",
        "numpy/core/src/multiarray/methods.c, array_reduce_ex_picklebuffer",
        from_buffer,
    ),
    class(
        "numpy.ma.core",
        "MaskedConstant",
        "numpy 1 and 2",
        "numpy/ma/core.py, MaskedConstant.__reduce__",
        masked_constant,
    ),
    maker(
        "numpy.ma.core",
        "_mareconstruct",
        "numpy 1 and 2",
        "numpy/ma/core.py, MaskedArray.__reduce__",
        masked,
    ),
    function(
        "numpy.random",
        "__RandomState_ctor",
        "numpy 1 to 1.16",
        "numpy/random/mtrand/mtrand.pyx, RandomState.__reduce__",
        random,
    ),
    function(
        "numpy.random._pickle",
        "__bit_generator_ctor",
        "numpy 1.17 and later",
        "numpy/random/bit_generator.pyx, BitGenerator.__reduce__",
        random,
    ),
    function(
        "numpy.random._pickle",
        "__generator_ctor",
        "numpy 1.17 and later",
        "numpy/random/_generator.pyx, Generator.__reduce__",
        random,
    ),
    function(
        "numpy.random._pickle",
        "__randomstate_ctor",
        "numpy 1.17 and later",
        "numpy/random/mtrand.pyx, RandomState.__reduce__",
        random,
    ),
    maker(
        "numpy.random.bit_generator",
        "__pyx_unpickle_SeedSequence",
        "numpy 1.19 and later",
        "numpy/random/bit_generator.pyx, SeedSequence, as Cython has it",
        seed,
    ),
];

/// More dimensions than any numpy has.
pub(super) const DIMENSIONS: usize = 64;

/// What an array is.
pub(super) struct Array {
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    /// In which order the items are.
    fortran: bool,
    /// Of which class it is, if of none of its own.
    class: Option<Value>,
    own: Value,
    data: Value,
    /// How many bytes there are; none where they are out of band.
    bytes: Option<u64>,
    /// Whether the data are the items themselves.
    objects: bool,
}

impl Array {
    /// Reads an array, by either of the calls that make one.
    pub fn of(view: View<'_, '_>, value: Value) -> Option<Self> {
        const RECONSTRUCT: &[&str] = &["numpy.core.multiarray", "numpy._core.multiarray"];
        const FROM_BUFFER: &[&str] = &["numpy.core.numeric", "numpy._core.numeric"];
        let call = view.call(value)?;
        if call.how != crate::opcode::Opcode::Reduce {
            return None;
        }
        let arguments = view.arguments(&call)?;
        if look::is_name(view, call.callee, RECONSTRUCT, "_reconstruct") {
            Self::reconstructed(view, value, arguments)
        } else if look::is_name(view, call.callee, FROM_BUFFER, "_frombuffer") {
            Self::from_buffer(view, value, arguments)
        } else {
            None
        }
    }

    /// `_reconstruct(class, (0,), b'b')` and the state `(1, shape, dtype, Fortran order, bytes or list)`.
    fn reconstructed(view: View<'_, '_>, value: Value, arguments: &[Value]) -> Option<Self> {
        let &[class, shape, code] = arguments else {
            return None;
        };
        if class.kind() != Kind::Global || !is_nothing_yet(view, shape, code) {
            return None;
        }
        let &[version, shape, own, fortran, data] = view.tuple(look::state(view, value)?)? else {
            return None;
        };
        if look::integer(view, version)? != 1 {
            return None;
        }
        let is_array = look::is_name(view, class, &["numpy"], "ndarray");
        Self {
            dtype: Dtype::of(view, own)?,
            shape: look::counts(view, shape, DIMENSIONS)?,
            fortran: look::flag(view, fortran)?,
            class: (!is_array).then_some(class),
            own,
            data,
            bytes: None,
            objects: data.kind() == Kind::List,
        }
        .checked(view, value)
    }

    /// `_frombuffer(buffer, dtype, shape, order)`.
    fn from_buffer(view: View<'_, '_>, value: Value, arguments: &[Value]) -> Option<Self> {
        let &[data, own, shape, order] = arguments else {
            return None;
        };
        let finished = view.since(value) == crate::graph::Since::Nothing;
        if !finished || !matches!(data.kind(), Kind::Bytes | Kind::Bytearray | Kind::Buffer) {
            return None;
        }
        let fortran = match look::text(view, order)?.as_ref() {
            "C" => false,
            "F" => true,
            _ => return None,
        };
        Self {
            dtype: Dtype::of(view, own)?,
            shape: look::counts(view, shape, DIMENSIONS)?,
            fortran,
            class: None,
            own,
            data,
            bytes: None,
            objects: false,
        }
        .checked(view, value)
    }

    /// How many items there are.
    pub fn count(&self) -> Option<u64> {
        self.shape
            .iter()
            .try_fold(1u64, |product, side| product.checked_mul(*side))
    }

    /// With its number of bytes, which must be what dtype and shape say.
    fn checked(mut self, view: View<'_, '_>, value: Value) -> Option<Self> {
        let count = self.count()?;
        let bytes = count.checked_mul(self.dtype.size)?;
        // numpy wants no more of what the sides make that aren't 0.
        let sides = self.shape.iter().filter(|side| **side > 0);
        let most = sides
            .copied()
            .try_fold(self.dtype.size.max(1), u64::checked_mul)?;
        i64::try_from(most).ok()?;
        if self.objects != self.dtype.lists {
            return None;
        }
        if self.objects {
            return are_so_many(view, self.data, count).then_some(self);
        }
        if self.data.kind() != Kind::Buffer {
            if look::length(view, self.data, view.place(value))? != bytes {
                return None;
            }
            self.bytes = Some(bytes);
        }
        Some(self)
    }

    /// In words and parts.
    fn told<'a>(&self) -> Idiom<'a> {
        let mut words = self.words("array");
        if let Some(class) = self.class {
            words.extend([", as ".into(), class.into()]);
        }
        let mut idiom = Idiom::new("array", words);
        idiom.parts.push(match self.objects {
            true => Part::Items(self.data),
            false => Part::Named("data", self.data),
        });
        if self.dtype.has_parts {
            idiom.parts.push(Part::Named("dtype", self.own));
        }
        idiom
    }

    fn words<'a>(&self, what: &str) -> Vec<Word<'a>> {
        let mut words = format!("{} {what} {}", self.dtype.words, shape_words(&self.shape));
        match self.bytes {
            Some(1) => words.push_str(", 1 byte"),
            Some(bytes) => words.push_str(&format!(", {bytes} bytes")),
            None if !self.objects => words.push_str(", out of band"),
            None => {}
        }
        if self.fortran && self.shape.len() > 1 {
            words.push_str(", Fortran order");
        }
        vec![words.into()]
    }
}

/// A shape as Python writes the tuple.
pub(super) fn shape_words(shape: &[u64]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => {
            let sides: Vec<_> = shape.iter().map(u64::to_string).collect();
            format!("({})", sides.join(", "))
        }
    }
}

/// Shape and type code of an array before its state: `(0,)` and `b'b'`.
fn is_nothing_yet(view: View<'_, '_>, shape: Value, code: Value) -> bool {
    let code = match code.kind() {
        Kind::Str => look::text(view, code).is_some_and(|code| code == "b"),
        _ => look::bytes(view, code, 1).is_some_and(|code| *code == *b"b"),
    };
    code && look::counts(view, shape, 1).is_some_and(|shape| shape == [0])
}

/// Whether a list holds `count` items, as far as that is seen at a glance.
fn are_so_many(view: View<'_, '_>, list: Value, count: u64) -> bool {
    const FEW: usize = 64;
    match view.few_items(list, FEW) {
        Some(items) => items.count() as u64 == count,
        None => view.items(list).is_none() || count > FEW as u64,
    }
}

/// `_reconstruct`.
fn array<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    Array::reconstructed(called.view, called.value, called.called()?).map(|array| array.told())
}

/// `_frombuffer`.
fn from_buffer<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    Array::from_buffer(called.view, called.value, called.called()?).map(|array| array.told())
}

/// `_mareconstruct(class, base class, (0,), 'b')` and the state `(1, shape, dtype, Fortran order, bytes, mask bytes, fill
/// value)`.
fn masked<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (&[class, base, shape, code], state) = called.stated()? else {
        return None;
    };
    let is_class = ["numpy.ma.core", "numpy.ma"]
        .iter()
        .any(|module| look::is_name(view, class, &[module], "MaskedArray"));
    let is_base = look::is_name(view, base, &["numpy"], "ndarray");
    let &[version, own_shape, own, fortran, data, mask, fill] = view.tuple(state)? else {
        return None;
    };
    let fits = is_class
        && is_base
        && is_nothing_yet(view, shape, code)
        && look::integer(view, version)? == 1;
    fits.then_some(())?;
    let array = Array {
        dtype: Dtype::of(view, own)?,
        shape: look::counts(view, own_shape, DIMENSIONS)?,
        fortran: look::flag(view, fortran)?,
        class: None,
        own,
        data,
        bytes: None,
        objects: data.kind() == Kind::List,
    }
    .checked(view, called.value)?;
    let masked = look::length(view, mask, called.place())?;
    // A structured dtype has a mask for each field.
    if !array.dtype.is_structured() && masked != array.count()? {
        return None;
    }
    let mut idiom = array.told();
    idiom.kind = "masked-array";
    idiom.words = array.words("masked array");
    Some(idiom.holding([Part::Named("mask", mask), Part::Named("fill value", fill)]))
}

/// `MaskedConstant()`.
fn masked_constant<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    called
        .plain()?
        .is_empty()
        .then(|| Idiom::new("constant", ["masked".into()]))
}

/// `_convert_to_stringdtype_kwargs(coerce)`, and what stands for no text.
fn strings<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (coerce, missing) = match *called.plain()? {
        [coerce] => (coerce, None),
        [coerce, missing] => (coerce, Some(missing)),
        _ => return None,
    };
    let words = match look::flag(called.view, coerce)? {
        true => "dtype StringDType",
        false => "dtype StringDType, of text only",
    };
    let missing = missing.map(|missing| Part::Named("missing", missing));
    Some(Idiom::new("dtype", [words.into()]).holding(missing))
}

/// `_ufunc_reconstruct(module, name)`.
fn ufunc<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[module, name] = called.plain()? else {
        return None;
    };
    let text = |value| look::text(called.view, value);
    let words = [
        "ufunc ".into(),
        text(module)?.into(),
        ".".into(),
        text(name)?.into(),
    ];
    Some(Idiom::new("function", words))
}

/// A generator of random numbers: by the name of its bit generator, with the function that makes one of a name, or with
/// the bit generator itself or its class.
fn random<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let arguments = called.called()?;
    let (_, name) = called.view.short_name(called.callee, look::SHORT)?;
    let what = match name.as_str()? {
        "__generator_ctor" => "random Generator",
        "__bit_generator_ctor" => "random bit generator",
        _ => "RandomState",
    };
    let is_maker = |value: &Value| value.kind() == Kind::Global;
    let (fits, by) = match arguments {
        [] => (what == "RandomState", None),
        [by] => (true, Some(*by)),
        [by, maker] => (is_maker(maker), Some(*by)),
        _ => return None,
    };
    let names_itself = by.is_none_or(|by| {
        matches!(
            by.kind(),
            Kind::Str | Kind::OldStr | Kind::Global | Kind::Object
        )
    });
    (fits && names_itself).then_some(())?;
    let mut words = vec![what.into()];
    let maker = arguments.get(1).map(|maker| Part::Named("made by", *maker));
    if let Some(by) = by {
        words.extend([" of ".into(), by.into()]);
    }
    Some(
        Idiom::new("random", words)
            .holding(maker)
            .holding(called.given()),
    )
}

/// `__pyx_unpickle_SeedSequence(class, checksum, None)` and a state, or the state in place of None.
fn seed<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[class, checksum, state] = called.called()? else {
        return None;
    };
    let view = called.view;
    let module = &["numpy.random.bit_generator"];
    let fits = look::is_name(view, class, module, "SeedSequence")
        && checksum.kind().storage() == Some(Storage::Value)
        && look::integer(view, checksum).is_some();
    let own = (state.kind() != Kind::None).then_some(Part::Named("state", state));
    fits.then(|| {
        Idiom::new("random", ["random SeedSequence".into()])
            .holding(own)
            .holding(called.given())
    })
}
