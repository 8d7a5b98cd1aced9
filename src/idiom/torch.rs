//! torch: tensors and the storages that they name by persistent ids.

pub mod tensors;

use std::borrow::Cow;

use super::{Called, Idiom, Known, Part, Word, class, function, look, numpy::shape_words, object};
use crate::{
    graph::View,
    machine::{Kind, Value},
};

const ALL: &str = "torch 0.4 and later";
const REDUCE: &str = "torch/_tensor.py, Tensor._reduce_ex_internal";

/// A row for each dtype.
macro_rules! dtypes {
    ($($name:literal,)*) => {
        [$(object("torch", $name, "torch 0.4 and later, as they came", "torch/csrc/Dtype.cpp, THPDtype_reduce", dtype),)*]
    };
}

const DTYPES: [Known; 15] = dtypes! {
    "bfloat16",
    "bool",
    "complex128",
    "complex64",
    "float16",
    "float32",
    "float64",
    "int16",
    "int32",
    "int64",
    "int8",
    "qint32",
    "qint8",
    "quint8",
    "uint8",
};

/// What is known of dtypes.
pub(super) const KNOWN_DTYPES: &[Known] = &DTYPES;

/// What is known.
pub(super) const KNOWN: &[Known] = &[
    class(
        "torch",
        "Size",
        ALL,
        "torch/csrc/Size.cpp, THPSize_reduce",
        size,
    ),
    class(
        "torch",
        "device",
        ALL,
        "torch/csrc/Device.cpp, THPDevice_reduce",
        device,
    ),
    function(
        "torch._utils",
        "_rebuild_parameter",
        ALL,
        "torch/nn/parameter.py, Parameter.__reduce_ex__",
        parameter,
    ),
    function(
        "torch._utils",
        "_rebuild_qtensor",
        "torch 1.3 and later",
        REDUCE,
        quantized,
    ),
    function(
        "torch._utils",
        "_rebuild_sparse_csr_tensor",
        "torch 1.9 and later",
        REDUCE,
        sparse,
    ),
    function(
        "torch._utils",
        "_rebuild_sparse_tensor",
        "torch 1.2 and later",
        REDUCE,
        sparse,
    ),
    function(
        "torch._utils",
        "_rebuild_tensor",
        "torch to 0.3",
        "torch/tensor.py, _TensorBase.__reduce__",
        tensor,
    ),
    function("torch._utils", "_rebuild_tensor_v2", ALL, REDUCE, tensor),
    function(
        "torch._utils",
        "_rebuild_tensor_v3",
        "torch 2.1 and later",
        REDUCE,
        tensor_v3,
    ),
    function(
        "torch.serialization",
        "_get_layout",
        "torch 1.2 and later",
        "torch/serialization.py, _maybe_decode_ascii; torch/_utils.py, layouts",
        layout,
    ),
    function(
        "torch.storage",
        "_load_from_bytes",
        ALL,
        "torch/storage.py, _StorageBase.__reduce__",
        bytes,
    ),
];

/// More dimensions than any torch has.
const DIMENSIONS: usize = 64;

/// A key of a storage, as the list of them has it.
pub(crate) fn storage_key<'a>(view: View<'_, 'a>, value: Value) -> Option<Cow<'a, str>> {
    look::text(view, value)
}

/// What a storage holds, by its class.
fn item(class: &str) -> Option<&'static str> {
    Some(match class {
        "BFloat16Storage" => "bfloat16",
        "BoolStorage" => "bool",
        "ByteStorage" => "uint8",
        "CharStorage" => "int8",
        "ComplexDoubleStorage" => "complex128",
        "ComplexFloatStorage" => "complex64",
        "DoubleStorage" => "float64",
        "FloatStorage" => "float32",
        "HalfStorage" => "float16",
        "IntStorage" => "int32",
        "LongStorage" => "int64",
        "QInt32Storage" => "qint32",
        "QInt8Storage" => "qint8",
        "QUInt8Storage" => "quint8",
        "ShortStorage" => "int16",
        "UntypedStorage" => "untyped",
        _ => return None,
    })
}

/// A storage: the persistent id `('storage', class, key, location, number of items)`; a sixth item in torch's form
/// before 1.6 names a part of another storage.
struct Storage {
    item: &'static str,
    key: Value,
    location: Value,
    count: u64,
    part: Option<Value>,
}

impl Storage {
    fn of(view: View<'_, '_>, value: Value) -> Option<Self> {
        let id = view.tuple(view.persistent_id(value)?)?;
        let (&[storage, class, key, location, count], part) = (match id {
            [first @ .., part] if first.len() == 5 => (first, Some(*part)),
            _ => (id, None),
        }) else {
            return None;
        };
        let modules = &["torch", "torch.storage", "torch.cuda"];
        let (module, name) = view.short_name(class, look::SHORT)?;
        let is_storage =
            look::is_text(view, storage, "storage") && modules.contains(&module.as_str()?);
        look::text(view, key)?;
        look::text(view, location)?;
        is_storage.then_some(Self {
            item: item(name.as_str()?)?,
            key,
            location,
            count: look::count(view, count)?,
            part: part.filter(|part| part.kind() != Kind::None),
        })
    }
}

/// What a persistent id names, as `torch.save` writes it (`persistent_id` in `torch/serialization.py`).
pub(super) fn persistent<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    let Some(storage) = Storage::of(view, value) else {
        return module(view, value);
    };
    let what = if storage.item == "untyped" {
        "bytes"
    } else {
        "items"
    };
    let words = [
        format!("{} storage ", storage.item).into(),
        storage.key.into(),
        " on ".into(),
        look::text(view, storage.location)?.into(),
        format!(", {} {what}", storage.count).into(),
    ];
    let part = storage.part.map(|part| Part::Named("part of", part));
    Some(Idiom::new("storage", words).holding(part))
}

/// A class of a module with its source: the persistent id `('module', class, file, source)` of torch's form before 1.6.
fn module<'a>(view: View<'_, 'a>, value: Value) -> Option<Idiom<'a>> {
    let &[kind, class, file, source] = view.tuple(view.persistent_id(value)?)? else {
        return None;
    };
    let fits = look::is_text(view, kind, "module") && class.kind() == Kind::Global;
    fits.then(|| {
        let words = ["class ".into(), class.into(), " and its source".into()];
        Idiom::new("class", words)
            .holding([Part::Named("file", file), Part::Named("source", source)])
    })
}

/// A storage, where its items lie in it, and what else a tensor has.
struct Tensor {
    item: Option<&'static str>,
    storage: Value,
    offset: u64,
    size: Vec<u64>,
    stride: Vec<u64>,
    grad: bool,
    hooks: Option<Value>,
    metadata: Option<Value>,
}

impl Tensor {
    fn new(view: View<'_, '_>, place: [Value; 4]) -> Option<Self> {
        let [storage, offset, size, stride] = place;
        let named = Storage::of(view, storage);
        if named.is_none() && storage.kind() != Kind::Object {
            return None;
        }
        let own = Self {
            item: named.as_ref().map(|named| named.item),
            storage,
            offset: look::count(view, offset)?,
            size: look::counts(view, size, DIMENSIONS)?,
            stride: look::counts(view, stride, DIMENSIONS)?,
            grad: false,
            hooks: None,
            metadata: None,
        };
        let end = own.end()?;
        let fits = named.is_none_or(|named| named.item == "untyped" || end <= named.count);
        fits.then_some(own)
    }

    /// The first place in the storage behind all items.
    fn end(&self) -> Option<u64> {
        if self.size.len() != self.stride.len() {
            return None;
        }
        if self.size.contains(&0) {
            return Some(0);
        }
        let sides = self.size.iter().zip(&self.stride);
        sides
            .map(|(side, stride)| side.checked_sub(1)?.checked_mul(*stride))
            .try_fold(self.offset.checked_add(1)?, |end, side| {
                end.checked_add(side?)
            })
    }

    /// Whether the items lie one after the other, the last dimension's closest.
    fn is_contiguous(&self) -> Option<bool> {
        let mut expected = 1u64;
        for (side, stride) in self.size.iter().zip(&self.stride).rev() {
            if *side != 1 && *stride != expected {
                return Some(self.size.contains(&0));
            }
            expected = expected.checked_mul((*side).max(1))?;
        }
        Some(true)
    }

    /// With `requires_grad` and hooks, an OrderedDict that is mostly empty.
    fn with(mut self, view: View<'_, '_>, grad: Value, hooks: Value) -> Option<Self> {
        self.grad = look::flag(view, grad)?;
        self.hooks = other_than_nothing(view, hooks)?;
        Some(self)
    }

    fn told<'a>(&self, what: &str) -> Option<Idiom<'a>> {
        let mut words = String::new();
        if let Some(item) = self.item {
            words = format!("{item} ");
        }
        words += &format!("{what} {}", shape_words(&self.size));
        if !self.is_contiguous()? {
            words += &format!(", strides {}", shape_words(&self.stride));
        }
        if self.offset > 0 {
            words += &format!(", from item {}", self.offset);
        }
        if self.grad {
            words += ", requires grad";
        }
        let named = |name, value: Option<Value>| value.map(|value| Part::Named(name, value));
        let idiom = Idiom::new("tensor", [words.into()])
            .holding([Part::Named("storage", self.storage)])
            .holding(named("hooks", self.hooks))
            .holding(named("metadata", self.metadata));
        Some(idiom)
    }
}

/// `None` where hooks aren't what they should be; else the hooks, unless there are none.
fn other_than_nothing(view: View<'_, '_>, hooks: Value) -> Option<Option<Value>> {
    match hooks.kind() {
        Kind::None => Some(None),
        Kind::Object | Kind::Dict => {
            let none = look::plain_call(view, hooks, &["collections"], "OrderedDict")
                .is_some_and(<[Value]>::is_empty)
                && view.pairs(hooks).is_some();
            Some((!none).then_some(hooks))
        }
        _ => None,
    }
}

/// `_rebuild_tensor(storage, offset, size, stride)`; version 2 with `(…, requires grad, hooks)`, and metadata since 2.0.
fn tensor<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (_, name) = view.short_name(called.callee, look::SHORT)?;
    let is_first = name.as_str()? == "_rebuild_tensor";
    let own = match *called.plain()? {
        [storage, offset, size, stride] if is_first => {
            Tensor::new(view, [storage, offset, size, stride])?
        }
        [storage, offset, size, stride, grad, hooks] if !is_first => {
            Tensor::new(view, [storage, offset, size, stride])?.with(view, grad, hooks)?
        }
        [storage, offset, size, stride, grad, hooks, metadata] if !is_first => {
            let own =
                Tensor::new(view, [storage, offset, size, stride])?.with(view, grad, hooks)?;
            Tensor {
                metadata: (metadata.kind() != Kind::None).then_some(metadata),
                ..own
            }
        }
        _ => return None,
    };
    own.told("tensor")
}

/// `_rebuild_tensor_v3(storage, offset, size, stride, requires grad, hooks, dtype[, metadata])`: of a dtype that has no
/// storage class of its own.
fn tensor_v3<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (&[storage, offset, size, stride, grad, hooks, dtype], metadata) = (match called.plain()? {
        [first @ .., metadata] if first.len() == 7 => (first, Some(*metadata)),
        all => (all, None),
    }) else {
        return None;
    };
    let own = Tensor::new(view, [storage, offset, size, stride])?.with(view, grad, hooks)?;
    let own = Tensor {
        item: None,
        metadata: metadata.filter(|metadata| metadata.kind() != Kind::None),
        ..own
    };
    (dtype.kind() == Kind::Global).then_some(())?;
    let mut idiom = own.told("tensor")?;
    idiom.words.insert(0, " ".into());
    idiom.words.insert(0, dtype.into());
    Some(idiom)
}

/// `_rebuild_parameter(tensor, requires grad, hooks)`.
fn parameter<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[data, grad, hooks] = called.plain()? else {
        return None;
    };
    let hooks = other_than_nothing(view, hooks)?;
    let words = match look::flag(view, grad)? {
        true => "parameter, requires grad",
        false => "parameter",
    };
    (data.kind() == Kind::Object).then(|| {
        Idiom::new("parameter", [words.into()])
            .holding([Part::Named("data", data)])
            .holding(hooks.map(|hooks| Part::Named("hooks", hooks)))
    })
}

/// `_rebuild_qtensor(storage, offset, size, stride, quantizer, requires grad, hooks)`.
fn quantized<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[storage, offset, size, stride, quantizer, grad, hooks] = called.plain()? else {
        return None;
    };
    let own = Tensor::new(view, [storage, offset, size, stride])?.with(view, grad, hooks)?;
    (quantizer.kind() == Kind::Tuple).then_some(())?;
    Some(
        own.told("quantized tensor")?
            .holding([Part::Named("quantizer", quantizer)]),
    )
}

/// `_rebuild_sparse_tensor(layout, (indices, values, size))`; whether it is coalesced since 2.1.
fn sparse<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[layout, data] = called.plain()? else {
        return None;
    };
    let fits = layout.kind() == Kind::Object && data.kind() == Kind::Tuple;
    fits.then(|| {
        Idiom::new("tensor", ["sparse tensor".into()])
            .holding([Part::Named("layout", layout), Part::Items(data)])
    })
}

/// `_load_from_bytes(bytes)`: a storage that `torch.save` wrote into bytes.
fn bytes<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[data] = called.plain()? else {
        return None;
    };
    let length = look::length(called.view, data, called.place())?;
    let words = format!("storage saved in {length} bytes");
    Some(Idiom::new("storage", [words.into()]).holding([Part::Named("data", data)]))
}

/// `Size((2, 3))`.
fn size<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[sides] = called.plain()? else {
        return None;
    };
    let sides = look::counts(called.view, sides, DIMENSIONS)?;
    let words = format!("torch.Size {}", shape_words(&sides));
    Some(Idiom::new("size", [words.into()]))
}

/// `device('cuda', 1)`.
fn device<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (name, index) = match *called.plain()? {
        [name] => (name, None),
        [name, index] => (name, Some(look::count(view, index)?)),
        _ => return None,
    };
    let mut words: Vec<Word<'a>> = vec!["torch device ".into(), look::text(view, name)?.into()];
    words.extend(index.map(|index| format!(":{index}").into()));
    Some(Idiom::new("device", words))
}

/// `_get_layout('torch.strided')`.
fn layout<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[name] = called.plain()? else {
        return None;
    };
    let name = look::text(called.view, name)?;
    name.starts_with("torch.")
        .then(|| Idiom::new("layout", ["layout ".into(), name.into()]))
}

/// A dtype by its name.
fn dtype<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    Some(Idiom::new("dtype", ["dtype ".into(), called.callee.into()]))
}
