//! `explain --shim --format json`: the mappings and the program.

use serde::Serialize;

use super::needs::listed;
use crate::{
    lookup::renames::Place,
    report::shim::{Shim as Report, Why},
};

/// What stands in the document.
#[derive(Serialize)]
pub(super) struct Shim<'s> {
    pythons: Vec<String>,
    mappings: Vec<Mapping<'s>>,
    unhelped: Vec<Unhelped<'s>>,
    more: u64,
    packages: &'s [String],
    needs: &'s [&'static str],
    encoding: Option<&'s str>,
    encodings_differ: bool,
    part: Option<&'s str>,
    more_parts: u64,
    dill: bool,
    /// The program; null where none helps or is needed.
    program: Option<String>,
}

#[derive(Serialize)]
struct Mapping<'s> {
    offset: u64,
    module: &'s str,
    name: &'s str,
    /// In the order to try them, after the name itself.
    to: Vec<To<'s>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fails: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nowhere: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    library: Option<&'s str>,
}

#[derive(Serialize)]
struct To<'s> {
    module: &'s str,
    name: &'s str,
}

#[derive(Serialize)]
struct Unhelped<'s> {
    offset: u64,
    module: &'s str,
    name: &'s str,
    fails: Vec<String>,
    why: &'s str,
}

impl<'s> Shim<'s> {
    /// Of an input's name and what is known.
    pub(super) fn new(name: &str, shim: &'s Report) -> Self {
        let mapping = |mapping: &'s crate::report::shim::Mapping| {
            let (fails, nowhere, library) = match &mapping.why {
                Why::Python { fails, nowhere, .. } => (listed(*fails), listed(*nowhere), None),
                Why::Library(moves) => (Vec::new(), Vec::new(), moves.first().map(|of| of.library)),
            };
            Mapping {
                offset: mapping.offset,
                module: &mapping.from.0,
                name: &mapping.from.1,
                to: mapping
                    .to
                    .iter()
                    .map(|(module, name): &Place| To { module, name })
                    .collect(),
                fails,
                nowhere,
                library,
            }
        };
        Self {
            pythons: listed(shim.asked.and(shim.readers)),
            mappings: shim.mappings.iter().map(mapping).collect(),
            unhelped: shim
                .unhelped
                .iter()
                .map(|one| Unhelped {
                    offset: one.offset,
                    module: &one.name.0,
                    name: &one.name.1,
                    fails: listed(one.fails),
                    why: &one.why,
                })
                .collect(),
            more: shim.more,
            packages: &shim.packages,
            needs: &shim.given,
            encoding: shim.encoding_for_readers().map(|encoding| encoding.name),
            encodings_differ: shim.encodings_differ,
            part: shim.part.as_deref(),
            more_parts: shim.more_parts,
            dill: shim.dill,
            program: shim
                .is_needed()
                .then(|| crate::render::shim::program(name, shim)),
        }
    }
}
