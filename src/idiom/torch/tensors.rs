//! Tensors and their storages as plain facts, for those who list them.

use std::borrow::Cow;

use super::{Storage, Tensor, look};
use crate::{
    graph::View,
    machine::{Kind, Value},
    opcode::Opcode,
};

/// A storage that a persistent id names: torch/serialization.py, persistent_id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageId<'a> {
    /// The key: in an archive, the name of a member in the folder `data`.
    pub key: Cow<'a, str>,
    /// What it holds: `float32`, or `untyped` where each tensor says that.
    pub dtype: &'static str,
    /// Where it was: `cpu`, `cuda:0`.
    pub location: Cow<'a, str>,
    /// How many items it has; bytes, if untyped.
    pub items: u64,
}

impl StorageId<'_> {
    /// How many bytes it has, if the product is less than 2^64.
    pub fn bytes(&self) -> Option<u64> {
        self.items.checked_mul(item_bytes(self.dtype)?)
    }
}

/// How a tensor lies in a storage: torch/_utils.py, _rebuild_tensor_v2 and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Strided<'a> {
    /// The storage, if it has an id.
    pub storage: Option<StorageId<'a>>,
    /// What it holds, where that is known.
    pub dtype: Option<Cow<'a, str>>,
    /// Its first item in the storage.
    pub offset: u64,
    /// How many items each dimension has.
    pub shape: Vec<u64>,
    /// How many items of the storage lie between two of each dimension.
    pub strides: Vec<u64>,
}

/// Bytes of an item: torch/csrc/Dtype.cpp, c10/core/ScalarType.h.
pub(crate) fn item_bytes(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "bool" | "int8" | "uint8" | "qint8" | "quint8" | "untyped" => 1,
        "bfloat16" | "float16" | "int16" => 2,
        "float32" | "int32" | "qint32" => 4,
        "complex64" | "float64" | "int64" => 8,
        "complex128" => 16,
        _ => return None,
    })
}

/// The storage that a persistent id of this value names.
pub fn storage<'a>(view: View<'_, 'a>, value: Value) -> Option<StorageId<'a>> {
    let own = Storage::of(view, value)?;
    Some(StorageId {
        key: look::text(view, own.key)?,
        dtype: own.item,
        location: look::text(view, own.location)?,
        items: own.count,
    })
}

/// The tensor that a call of this value makes.
pub fn tensor<'a>(view: View<'_, 'a>, value: Value) -> Option<Strided<'a>> {
    if value.kind() != Kind::Object {
        return None;
    }
    let call = view.call(value)?;
    let (module, name) = view.short_name(call.callee, look::SHORT)?;
    let name = name.as_str()?;
    let rebuilds = matches!(
        name,
        "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3" | "_rebuild_qtensor"
    );
    if call.how != Opcode::Reduce || module.as_str()? != "torch._utils" || !rebuilds {
        return None;
    }
    let (place, more) = view.arguments(&call)?.split_first_chunk::<4>()?;
    let own = Tensor::new(view, *place)?;
    let [base, ..] = *place;
    let dtype = match (name, more) {
        ("_rebuild_tensor_v3", [_, _, dtype, ..]) => {
            let (module, name) = view.short_name(*dtype, look::SHORT)?;
            (module.as_str()? == "torch")
                .then(|| name.as_str().map(|name| name.to_owned().into()))?
        }
        _ => own.item.map(Cow::Borrowed),
    };
    Some(Strided {
        storage: storage(view, base),
        dtype,
        offset: own.offset,
        shape: own.size,
        strides: own.stride,
    })
}
