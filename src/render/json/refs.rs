//! `refs --format json`: one document an input.

use std::{
    cell::RefCell,
    collections::HashMap,
    io::{self, Write},
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    inspect::parts::Place,
    limits,
    machine::{
        Kind,
        effect::EffectKind,
        lookup::{Lookup, Name, Names, Target},
    },
    opcode::Storage,
    python::Pythons,
    reader::{Done, Pickle, Readers},
    report::{
        parts::Summary,
        refs::{Read, Reference, Row, What, is_by_reference, references, what},
        resolving::resolving,
    },
};

use super::{Hex, OneProblem, OneRaw, Own, Problems, Resolves, written};

/// The document of an input, written part by part: each pickle as soon as it is read.
pub struct Document<'o> {
    out: io::BufWriter<&'o mut dyn Write>,
    problems: Problems,
    begun: bool,
}

impl<'o> Document<'o> {
    /// Begins it; `bytes` is the input's length, where it was read whole.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(name: &str, bytes: Option<u64>, out: &'o mut dyn Write) -> io::Result<Self> {
        let mut out = io::BufWriter::new(out);
        super::begin(name, bytes, "pickles", &mut out)?;
        Ok(Self {
            out,
            problems: Problems::default(),
            begun: false,
        })
    }

    /// Writes the pickles of a part; what is wrong with them comes at the end.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn part<'a>(
        &mut self,
        place: &Place,
        rows: impl Iterator<Item = Row<'a>>,
    ) -> io::Result<()> {
        for row in rows {
            match row {
                Row::Reading(_) => {}
                Row::Pickle(read) => {
                    if std::mem::replace(&mut self.begun, true) {
                        self.out.write_all(b",")?;
                    }
                    written(&OnePickle::new(Own::new(place), &read), &mut self.out)?;
                    self.problems.add(place, &read.problems, read.untold);
                }
                Row::Problem(problem) => self.problems.add(place, [&*problem], 0),
            }
        }
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn end(mut self, summary: &Summary) -> io::Result<()> {
        self.out.write_all(b"],")?;
        self.problems.end(summary, &mut self.out)?;
        self.out.flush()
    }
}

/// Writes the document of an input that can't be read.
///
/// # Errors
/// Those of `out`.
pub fn unreadable(name: &str, reason: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut document = Document::begin(name, None, out)?;
    document.problems.told.push(OneProblem::unreadable(reason));
    document.end(&Summary::default())
}

#[derive(Serialize)]
struct OnePickle<'p, 'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<u64>,
    start: u64,
    end: u64,
    protocol: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'static str>,
    opcodes: u64,
    reading: &'static str,
    lookups: Lookups<'p, 'a>,
    references: References<'p, 'a>,
    effects: Effects<'p, 'a>,
    values: Values,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    raw: Vec<OneRaw<'p>>,
    bytes_by_value: u64,
    bytes_by_reference: u64,
    bytes_neither: u64,
}

impl<'p, 'a> OnePickle<'p, 'a> {
    fn new(own: Own<'p>, read: &'p Read<'a>) -> Self {
        let pickle = &read.pickle;
        Self {
            part: own.part,
            base: own.base,
            start: pickle.span.start,
            end: pickle.span.end,
            protocol: pickle.protocol,
            since: pickle.since(),
            opcodes: pickle.tally.opcodes(),
            reading: pickle.reading.name(),
            lookups: Lookups(own, pickle),
            references: References(read),
            effects: Effects(pickle),
            values: Values(pickle.tally.values()),
            raw: pickle
                .raws
                .iter()
                .chain(&pickle.behind)
                .map(OneRaw::new)
                .collect(),
            bytes_by_value: pickle.tally.bytes(Some(Storage::Value)),
            bytes_by_reference: pickle.tally.bytes(Some(Storage::Reference)),
            bytes_neither: pickle.tally.bytes(None),
        }
    }
}

struct Values(Vec<(Kind, u64)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, count)| (kind.name(), count)))
    }
}

struct Lookups<'p, 'a>(Own<'p>, &'p Pickle<'a>);

impl Serialize for Lookups<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = RefCell::default();
        serializer.collect_seq(self.1.lookups.iter().map(|(lookup, readers)| OneLookup {
            own: self.0,
            lookup,
            readers: *readers,
            written: &written,
        }))
    }
}

struct OneLookup<'w, 'p, 'a> {
    own: Own<'p>,
    lookup: &'p Lookup<'a>,
    readers: Readers,
    written: &'w RefCell<Written<'p>>,
}

impl Serialize for OneLookup<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lookup = self.lookup;
        let mut map = serializer.serialize_map(None)?;
        self.own.write(&mut map)?;
        map.serialize_entry("offset", &lookup.offset)?;
        map.serialize_entry("opcode", lookup.opcode.name())?;
        let written = &mut self.written.borrow_mut();
        target(&lookup.target, lookup.offset, written, &mut map)?;
        map.serialize_entry("resolved", &is_resolved(&lookup.target))?;
        if self.own.nested && lookup.target != Target::Nested {
            map.serialize_entry("nested", &true)?;
        }
        if !self.readers.are_all() {
            map.serialize_entry("readings", &self.readers.names().collect::<Vec<_>>())?;
        }
        map.end()
    }
}

/// Whether the stream decides what is looked up, and a name is what that is.
fn is_resolved(target: &Target<'_>) -> bool {
    matches!(
        target,
        Target::Name {
            module: Some(_),
            name: Some(_)
        }
    )
}

/// The names of more than [`limits::REPEATED`] bytes that a list has whole, and the offset of the lookup that each was
/// written for: for others `same_as` tells that, field by field.
#[derive(Default)]
struct Written<'p> {
    names: Names<'p>,
    first: HashMap<(&'static str, usize), u64>,
}

/// Where what is left out is whole.
#[derive(Default)]
struct SameAs(Vec<(&'static str, u64)>);

impl Serialize for SameAs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl<'p> Written<'p> {
    /// Writes the name, if it isn't long and written already; whether it did.
    fn name<M: SerializeMap>(
        &mut self,
        field: &'static str,
        name: &'p Name<'_>,
        offset: u64,
        same_as: &mut SameAs,
        map: &mut M,
    ) -> Result<bool, M::Error> {
        if is_long(name) {
            let key = (field, self.names.number(name));
            let first = *self.first.entry(key).or_insert(offset);
            if first != offset {
                same_as.0.push((field, first));
                return Ok(false);
            }
        }
        map.serialize_entry(field, &name.text())?;
        Ok(true)
    }
}

fn is_long(name: &Name<'_>) -> bool {
    name.bytes().len() > limits::REPEATED
}

/// What is looked up, by a lookup at `offset`.
fn target<'p, M: SerializeMap>(
    target: &'p Target<'_>,
    offset: u64,
    written: &mut Written<'p>,
    map: &mut M,
) -> Result<(), M::Error> {
    let mut same_as = SameAs::default();
    match target {
        Target::Name { module, name } => {
            let mut raw = Vec::new();
            let mut plain = true;
            for (field, part) in [("module", module), ("name", name)] {
                let Some(part) = part else { continue };
                let whole = written.name(field, part, offset, &mut same_as, map)?;
                plain &= !whole || part.is_utf8();
                raw.push(whole.then_some(Hex(part.bytes())));
            }
            if !plain {
                map.serialize_entry("raw", &raw)?;
            }
        }
        Target::Extension(code) => map.serialize_entry("extension", code)?,
        Target::Persistent(Some(id)) => {
            written.name("persistent", id, offset, &mut same_as, map)?;
        }
        Target::Persistent(None) => map.serialize_entry("persistent", &None::<&str>)?,
        Target::Nested => map.serialize_entry("nested", &true)?,
    }
    if same_as.0.is_empty() {
        return Ok(());
    }
    map.serialize_entry("same_as", &same_as)
}

struct References<'p, 'a>(&'p Read<'a>);

impl Serialize for References<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = RefCell::default();
        let references = references(&self.0.pickle);
        serializer.collect_seq(references.iter().map(|reference| OneReference {
            read: self.0,
            reference,
            written: &written,
        }))
    }
}

struct OneReference<'w, 'r, 'p, 'a> {
    read: &'p Read<'a>,
    reference: &'r Reference<'p, 'a>,
    written: &'w RefCell<Written<'p>>,
}

impl Serialize for OneReference<'_, '_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reference = self.reference;
        let mut map = serializer.serialize_map(None)?;
        let kind = match reference.target {
            Some(Target::Name { .. }) => "global",
            Some(Target::Extension(_)) => "extension",
            Some(Target::Persistent(_)) => "persistent",
            Some(Target::Nested) => "nested",
            None => "buffer",
        };
        map.serialize_entry("kind", kind)?;
        if let Some(found) = reference.target {
            let written = &mut self.written.borrow_mut();
            target(found, reference.first, written, &mut map)?;
        }
        map.serialize_entry("first", &reference.first)?;
        map.serialize_entry("count", &reference.count)?;
        map.serialize_entry("uses", &reference.uses.names().collect::<Vec<_>>())?;
        let asked = self.read.asked.unwrap_or(Pythons::ALL);
        let resolving = reference
            .target
            .and_then(|target| resolving(&self.read.pickle, target, asked));
        if let Some(resolving) = resolving {
            map.serialize_entry("resolves", &Resolves(&resolving))?;
        }
        map.end()
    }
}

struct Effects<'p, 'a>(&'p Pickle<'a>);

impl Serialize for Effects<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.effects().map(|done| OneEffect(self.0, done)))
    }
}

struct OneEffect<'p, 'a>(&'p Pickle<'a>, Done<'p, 'a>);

impl Serialize for OneEffect<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(pickle, done) = self;
        let Done {
            effect, readers, ..
        } = *done;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("offset", &effect.offset())?;
        map.serialize_entry("kind", effect.kind().name())?;
        if let Some(method) = effect.kind().method() {
            map.serialize_entry("method", method)?;
        }
        let role = match effect.kind() {
            EffectKind::Call => "callee",
            EffectKind::Import => "name",
            EffectKind::State | EffectKind::Append | EffectKind::SetItem | EffectKind::Add => {
                "target"
            }
            EffectKind::Persistent | EffectKind::Buffer => "",
        };
        if !role.is_empty() {
            match what(pickle, done) {
                What::Target(
                    Target::Name {
                        module: Some(long), ..
                    }
                    | Target::Name {
                        name: Some(long), ..
                    },
                    offset,
                ) if is_long(long) => {
                    map.serialize_entry("same_as", &SameAs(vec![(role, offset)]))?;
                }
                what => map.serialize_entry(role, &described(what))?,
            }
        }
        if let Some(arguments) = effect.arguments() {
            map.serialize_entry("arguments", &arguments)?;
        }
        if effect.kind() == EffectKind::State {
            // null where the stream doesn't tell.
            map.serialize_entry("by_reference", &is_by_reference(pickle, done))?;
        }
        if !readers.are_all() {
            map.serialize_entry("readings", &readers.names().collect::<Vec<_>>())?;
        }
        map.end()
    }
}

/// `module.name` of what was imported; else the kind of the value and where it was made.
fn described(what: What<'_, '_>) -> String {
    match what {
        What::Target(Target::Name { module, name }, _) => {
            let text = |part: &Option<Name<'_>>| {
                part.as_ref()
                    .map_or_else(|| "?".to_owned(), |part| part.text().into_owned())
            };
            format!("{}.{}", text(module), text(name))
        }
        What::Target(Target::Extension(code), _) => format!("extension {code}"),
        What::Target(_, offset) => format!("persistent at {offset}"),
        What::Given(_, value) | What::Value(value) => {
            format!("{} at {}", value.kind().name(), value.offset())
        }
    }
}
