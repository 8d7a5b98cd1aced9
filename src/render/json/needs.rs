//! `explain --input --format json`: what a pickle needs beside its names, who wrote it, and what torch makes of it.

use serde::Serialize;

use crate::{
    lookup::allowing::Harm,
    python::Pythons,
    report::{
        betrays::{By, Clue, Versions, betrays},
        needs::{self, Needs, readers},
        weights::{Obstacle, Refused, Weights, weights},
    },
};

/// A pickle of the document.
#[derive(Serialize)]
pub(super) struct Told<'n> {
    start: u64,
    protocol: u8,
    /// The Pythons that read this protocol.
    readers: Vec<String>,
    /// The Pythons, of those asked for, that find every standard name.
    loads: Vec<String>,
    packages: &'n [String],
    more_packages: u64,
    needs: &'n [&'static str],
    encoding: Option<Encoding>,
    written_by: Vec<Writer>,
    weights_only: Option<WeightsOnly>,
}

#[derive(Serialize)]
struct Encoding {
    encoding: &'static str,
    why: &'static str,
    offset: u64,
    strings: u64,
    error: String,
}

#[derive(Serialize)]
struct Writer {
    library: &'static str,
    versions: String,
    /// Whether the file says so itself.
    said: bool,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<u64>,
    offset: u64,
}

#[derive(Serialize)]
struct WeightsOnly {
    torch: &'static str,
    since: Option<&'static str>,
    refused: Vec<Name>,
    more: u64,
    obstacles: Vec<Hurdle>,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct Name {
    offset: u64,
    module: String,
    name: String,
    /// What the file could do if it were allowed: no line allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    harm: Option<&'static str>,
}

#[derive(Serialize)]
struct Hurdle {
    offset: u64,
    count: u64,
    what: String,
}

pub(super) fn listed(pythons: Pythons) -> Vec<String> {
    pythons.iter().map(|python| python.to_string()).collect()
}

impl<'n> Told<'n> {
    pub(super) fn new(needs: &'n Needs<'_, '_>) -> Self {
        let pickle = &needs.read.pickle;
        Self {
            start: pickle.span.start,
            protocol: pickle.protocol.max(pickle.tally.protocol()),
            readers: listed(readers(pickle)),
            loads: listed(needs.found),
            packages: &needs.packages,
            more_packages: needs.more_packages,
            needs: &needs.given,
            encoding: needs.encoding.map(Encoding::from),
            written_by: betrays(needs).into_iter().map(Writer::from).collect(),
            weights_only: weights(needs).map(WeightsOnly::from),
        }
    }
}

impl From<needs::Encoding> for Encoding {
    fn from(encoding: needs::Encoding) -> Self {
        Self {
            encoding: encoding.name,
            why: encoding.why,
            offset: encoding.first,
            strings: encoding.strings,
            error: encoding.error(),
        }
    }
}

impl From<Clue> for Writer {
    fn from(clue: Clue) -> Self {
        let (versions, said) = match clue.versions {
            Versions::Ours(versions) => (versions, false),
            Versions::Theirs(versions) => (versions, true),
        };
        let (by, arguments) = match clue.by {
            By::Name(module, name) => (format!("{module}.{name}"), None),
            By::Call(module, name, arguments) => (format!("{module}.{name}"), Some(arguments)),
            By::Key(key) => (key.to_owned(), None),
            By::Opcode(opcode) => (opcode.name().to_owned(), None),
        };
        Self {
            library: clue.library,
            versions,
            said,
            by,
            arguments,
            offset: clue.offset,
        }
    }
}

impl From<Weights> for WeightsOnly {
    fn from(weights: Weights) -> Self {
        let name = |refused: &Refused| Name {
            offset: refused.offset,
            module: refused.module.clone(),
            name: refused.name.clone(),
            harm: refused.harm.map(Harm::code),
        };
        let hurdle = |obstacle: &Obstacle| Hurdle {
            offset: obstacle.offset,
            count: obstacle.count,
            what: obstacle.what.words(),
        };
        Self {
            torch: weights.torch.version(),
            since: weights.since.map(|torch| torch.version()),
            refused: weights.refused.iter().map(name).collect(),
            more: weights.more,
            obstacles: weights.obstacles.iter().map(hurdle).collect(),
            lines: weights.lines(),
        }
    }
}
