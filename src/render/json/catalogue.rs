//! `explain --all --format json`: one document.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    lookup::catalogue::{Outcome, Way, tools},
    python::{Python, Pythons},
    report::catalogue::Row,
};

#[derive(Serialize)]
struct Document<'r> {
    schema: u8,
    versions: BTreeMap<&'static str, Versions>,
    kinds: Vec<Kind<'r>>,
}

struct Versions(Vec<(Python, &'static str)>);

impl Serialize for Versions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(python, version)| (python.to_string(), version)),
        )
    }
}

#[derive(Serialize)]
struct Kind<'r> {
    group: &'static str,
    kind: &'static str,
    code: String,
    reducer: Option<String>,
    /// Whether the code ran as the program itself, and another program loaded.
    main: bool,
    pickle: Outcomes<'r>,
    protocol_2: Outcomes<'r>,
    protocol_0: Outcomes<'r>,
    copyreg: Option<Outcomes<'r>>,
    dill: Outcomes<'r>,
    cloudpickle: Outcomes<'r>,
    cause: Option<&'static str>,
}

/// What became of a kind on each Python that was asked for.
struct Outcomes<'r> {
    row: &'r Row,
    way: Way,
    asked: Pythons,
}

#[derive(Serialize)]
struct One {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
}

impl One {
    fn of(row: &Row, way: Way, python: Python) -> Self {
        let mut one = Self {
            outcome: "not there",
            error: None,
            change: None,
        };
        if !row.pythons.has(python) {
            return one;
        }
        let Some(found) = row.kind.at(way, python) else {
            one.outcome = "not tried";
            return one;
        };
        one.outcome = found.outcome.name();
        match found.outcome {
            Outcome::Refused | Outcome::WontLoad => one.error = found.said,
            Outcome::Pickles | Outcome::Damaged | Outcome::ByReference => one.change = found.said,
        }
        one
    }
}

impl Serialize for Outcomes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for python in self.asked.iter() {
            map.serialize_entry(&python.to_string(), &One::of(self.row, self.way, python))?;
        }
        map.end()
    }
}

/// Writes the document of some kinds, for some Pythons.
///
/// # Errors
/// Those of `out`.
pub fn catalogue(rows: &[Row], asked: Pythons, out: &mut dyn Write) -> io::Result<()> {
    let mut versions: BTreeMap<_, Versions> = BTreeMap::new();
    for (tool, python, version) in tools() {
        if asked.has(python) {
            let own = versions.entry(tool).or_insert_with(|| Versions(Vec::new()));
            own.0.push((python, version));
        }
    }
    let kinds = rows
        .iter()
        .map(|row| {
            let outcomes = |way| Outcomes { row, way, asked };
            let reducer = row.kind.reducer();
            Kind {
                group: row.kind.group,
                kind: row.kind.name,
                code: row.kind.code(),
                main: row.kind.is_program,
                pickle: outcomes(Way::Pickle),
                protocol_2: outcomes(Way::Protocol2),
                protocol_0: outcomes(Way::Protocol0),
                copyreg: reducer.is_some().then(|| outcomes(Way::Copyreg)),
                dill: outcomes(Way::Dill),
                cloudpickle: outcomes(Way::Cloudpickle),
                cause: row.cause,
                reducer,
            }
        })
        .collect();
    let document = Document {
        schema: 1,
        versions,
        kinds,
    };
    super::written(&document, out)?;
    out.write_all(b"\n")
}
