//! `refs --format json`: one document an input.

use std::io::{self, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    machine::{
        Kind,
        effect::EffectKind,
        lookup::{Lookup, Name, Target},
    },
    opcode::Storage,
    reader::{Done, Pickle, Readers},
    report::{
        problem::Problem,
        refs::{Reference, Refs, What, references, what},
    },
};

use super::{Hex, OneProblem, Printable};

/// Writes the document of an input; `bytes` is its length, where it was read whole.
///
/// # Errors
/// Those of `out`.
pub fn refs(
    name: &str,
    bytes: Option<u64>,
    refs: &Refs<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let rest = refs.problems.iter().find_map(Problem::rest);
    Document {
        schema: 1,
        input: name,
        bytes,
        pickles: refs.pickles.iter().map(OnePickle::new).collect(),
        problems: refs.problems.iter().map(OneProblem::new).collect(),
        untold: (refs.untold > 0).then_some(refs.untold),
        rest: rest.map(|span| Rest {
            offset: span.start,
            length: span.length(),
        }),
    }
    .serialize(&mut serde_json::Serializer::with_formatter(
        &mut out, Printable,
    ))?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Document<'r, 'a> {
    schema: u32,
    input: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    pickles: Vec<OnePickle<'r, 'a>>,
    problems: Vec<OneProblem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    untold: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rest: Option<Rest>,
}

#[derive(Serialize)]
struct Rest {
    offset: u64,
    length: u64,
}

#[derive(Serialize)]
struct OnePickle<'p, 'a> {
    start: u64,
    end: u64,
    protocol: u8,
    opcodes: u64,
    reading: &'static str,
    lookups: Lookups<'p, 'a>,
    references: References<'p, 'a>,
    effects: Effects<'p, 'a>,
    values: Values,
    bytes_by_value: u64,
    bytes_by_reference: u64,
}

impl<'p, 'a> OnePickle<'p, 'a> {
    fn new(pickle: &'p Pickle<'a>) -> Self {
        Self {
            start: pickle.span.start,
            end: pickle.span.end,
            protocol: pickle.protocol,
            opcodes: pickle.tally.opcodes(),
            reading: pickle.reading.name(),
            lookups: Lookups(pickle),
            references: References(pickle),
            effects: Effects(pickle),
            values: Values(pickle.tally.values()),
            bytes_by_value: pickle.tally.bytes(Some(Storage::Value)),
            bytes_by_reference: pickle.tally.bytes(Some(Storage::Reference)),
        }
    }
}

struct Values(Vec<(Kind, u64)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, count)| (kind.name(), count)))
    }
}

struct Lookups<'p, 'a>(&'p Pickle<'a>);

impl Serialize for Lookups<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0
                .lookups
                .iter()
                .map(|(lookup, readers)| OneLookup(lookup, *readers)),
        )
    }
}

struct OneLookup<'p, 'a>(&'p Lookup<'a>, Readers);

impl Serialize for OneLookup<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(lookup, readers) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("offset", &lookup.offset)?;
        map.serialize_entry("opcode", lookup.opcode.name())?;
        target(&lookup.target, &mut map)?;
        map.serialize_entry("resolved", &is_resolved(&lookup.target))?;
        if !readers.are_all() {
            map.serialize_entry("readings", &readers.names().collect::<Vec<_>>())?;
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

fn target<M: SerializeMap>(target: &Target<'_>, map: &mut M) -> Result<(), M::Error> {
    match target {
        Target::Name { module, name } => {
            if let Some(module) = module {
                map.serialize_entry("module", &module.text())?;
            }
            if let Some(name) = name {
                map.serialize_entry("name", &name.text())?;
            }
            let parts: Vec<&Name<'_>> = [module, name].into_iter().flatten().collect();
            if parts.iter().any(|part| !part.is_utf8()) {
                map.serialize_entry(
                    "raw",
                    &parts.iter().map(|part| Hex(&part.0)).collect::<Vec<_>>(),
                )?;
            }
        }
        Target::Extension(code) => map.serialize_entry("extension", code)?,
        Target::Persistent(Some(id)) => map.serialize_entry("persistent", &id.text())?,
        Target::Persistent(None) => map.serialize_entry("persistent", &None::<&str>)?,
        Target::Nested => map.serialize_entry("nested", &true)?,
    }
    Ok(())
}

struct References<'p, 'a>(&'p Pickle<'a>);

impl Serialize for References<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(references(self.0).iter().map(OneReference))
    }
}

struct OneReference<'r, 'p, 'a>(&'r Reference<'p, 'a>);

impl Serialize for OneReference<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reference = self.0;
        let mut map = serializer.serialize_map(None)?;
        let kind = match reference.target {
            Target::Name { .. } => "global",
            Target::Extension(_) => "extension",
            Target::Persistent(_) => "persistent",
            Target::Nested => "nested",
        };
        map.serialize_entry("kind", kind)?;
        target(reference.target, &mut map)?;
        map.serialize_entry("first", &reference.first)?;
        map.serialize_entry("count", &reference.count)?;
        map.serialize_entry("uses", &reference.uses.names().collect::<Vec<_>>())?;
        map.end()
    }
}

struct Effects<'p, 'a>(&'p Pickle<'a>);

impl Serialize for Effects<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.effects().map(OneEffect))
    }
}

struct OneEffect<'p, 'a>(Done<'p, 'a>);

impl Serialize for OneEffect<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(done) = self;
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
            map.serialize_entry(role, &described(what(done)))?;
        }
        if let Some(arguments) = effect.arguments() {
            map.serialize_entry("arguments", &arguments)?;
        }
        if effect.kind() == EffectKind::State {
            let by_reference = effect.subject().kind().storage() == Some(Storage::Reference);
            map.serialize_entry("by_reference", &by_reference)?;
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
        What::Target(Target::Name { module, name }) => {
            let text = |part: &Option<Name<'_>>| {
                part.as_ref()
                    .map_or_else(|| "?".to_owned(), |part| part.text().into_owned())
            };
            format!("{}.{}", text(module), text(name))
        }
        What::Target(_) => "?".to_owned(),
        What::Value(value) => format!("{} at {}", value.kind().name(), value.offset()),
    }
}
