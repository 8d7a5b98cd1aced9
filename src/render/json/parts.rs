//! Parts of an input as JSON: where something stands, what else is in a container, tensors and their storages.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    inspect::parts::{Other, Place},
    report::{
        parts::Summary,
        tensors::{Storage, Tensor},
    },
};

/// Which part something stands in, on a path that runs once an opcode.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    pub(super) part: Option<&'a str>,
    pub(super) base: Option<u64>,
    pub(super) nested: bool,
}

impl<'a> Own<'a> {
    pub(super) fn new(place: &'a Place) -> Self {
        Self {
            part: place.part.as_deref(),
            // That the input is where it is goes without saying.
            base: place.base.filter(|_| place.part.is_some()),
            nested: place.nested,
        }
    }
}

impl Own<'_> {
    /// Writes it into an object.
    pub(super) fn write<M: SerializeMap>(self, map: &mut M) -> Result<(), M::Error> {
        if let Some(part) = self.part {
            map.serialize_entry("part", part)?;
        }
        match self.base {
            Some(base) => map.serialize_entry("base", &base),
            None => Ok(()),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        Own::new(self).write(&mut map)?;
        map.end()
    }
}

/// A container, or a part that is no pickle.
#[derive(Serialize)]
pub(super) struct OnePart<'a> {
    #[serde(flatten)]
    place: &'a Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// Whether parts of it are read in turn.
    container: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'a str>,
}

impl<'a> OnePart<'a> {
    pub(super) fn all(summary: &'a Summary) -> impl Iterator<Item = Self> {
        let containers = summary.containers.iter().map(|(place, format, what)| Self {
            place,
            bytes: None,
            container: true,
            format: Some(format),
            what: Some(what),
        });
        let others = summary.others.iter().map(|other: &Other| Self {
            place: &other.place,
            bytes: Some(other.length),
            container: false,
            format: other.format.as_ref().map(|(format, _)| *format),
            what: other.format.as_ref().map(|(_, what)| what.as_str()),
        });
        containers.chain(others)
    }
}

/// A tensor of a part.
pub(super) struct OneTensor<'a> {
    pub(super) place: &'a Place,
    pub(super) tensor: &'a Tensor,
}

impl Serialize for OneTensor<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tensor = self.tensor;
        let mut map = serializer.serialize_map(None)?;
        Own::new(self.place).write(&mut map)?;
        map.serialize_entry("name", &tensor.name)?;
        map.serialize_entry("dtype", &tensor.dtype)?;
        map.serialize_entry("shape", &tensor.shape)?;
        map.serialize_entry("strides", &tensor.strides)?;
        map.serialize_entry("offset", &tensor.offset)?;
        map.serialize_entry("storage", &tensor.storage)?;
        map.end()
    }
}

/// A storage of a part.
pub(super) struct OneStorage<'a> {
    pub(super) place: &'a Place,
    pub(super) storage: &'a Storage,
}

impl Serialize for OneStorage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let storage = self.storage;
        let mut map = serializer.serialize_map(None)?;
        Own::new(self.place).write(&mut map)?;
        map.serialize_entry("key", &storage.key)?;
        map.serialize_entry("dtype", storage.dtype)?;
        map.serialize_entry("location", &storage.location)?;
        map.serialize_entry("items", &storage.items)?;
        map.serialize_entry("bytes", &storage.bytes)?;
        if let Some((member, found)) = &storage.member {
            map.serialize_entry("member", member)?;
            map.serialize_entry("member_bytes", found)?;
        }
        map.end()
    }
}
