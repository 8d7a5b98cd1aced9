//! `explain --format json`: one document a name or a message.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    inspect::parts::Place,
    limits,
    lookup::{
        causes::{Item, Piece, Said},
        message::Message,
        near::Searches,
        resolve::Verdict,
    },
    report::{
        self,
        explain::{Explanation, of_reference},
        needs::{Needs, needs},
        parts::Summary,
        refs::Row,
        shim::Shim,
    },
};

use super::Problems;

#[derive(Serialize)]
struct Document<'e> {
    schema: u8,
    #[serde(flatten)]
    place: &'e Place,
    /// Where a stream first looks it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    module: Option<&'e str>,
    name: Option<&'e str>,
    #[serde(flatten)]
    told: Option<Told<'e>>,
    cause: &'e str,
    title: &'e str,
    stage: &'e str,
    looked_up: Vec<String>,
    really: Vec<String>,
    /// What was looked up, what it really is, and why pickle needed it.
    why: Vec<String>,
    fixes: Vec<String>,
    does_not_help: Vec<String>,
    checks: Vec<String>,
    sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reachable_as: Option<String>,
    parts: Parts<'e>,
    pythons: Answers<'e>,
}

/// What a message tells.
#[derive(Serialize)]
struct Told<'e> {
    message: &'e str,
    exception: Option<&'e str>,
    template: &'e str,
    wording: Wording<'e>,
    line: usize,
    other_errors: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<&'e str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'e [&'e str],
}

/// Who says it so.
#[derive(Serialize)]
struct Wording<'e> {
    pythons: Vec<String>,
    /// `c`, `py`, `mp` or `any`.
    implementation: &'e str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'e str,
}

impl<'e> From<&'e Message<'e>> for Told<'e> {
    fn from(message: &'e Message<'e>) -> Self {
        Self {
            message: message.text,
            exception: message.exception,
            template: message.template.id,
            wording: Wording {
                pythons: message
                    .pythons()
                    .iter()
                    .map(|one| one.to_string())
                    .collect(),
                implementation: message.template.implementation,
                note: message.template.note,
            },
            line: message.line,
            other_errors: message.others,
            within: message.within,
            notes: &message.notes,
        }
    }
}

/// The document of an input, written part by part: one object for each reference that is a name, as soon as it is explained.
pub struct Input<'o> {
    out: &'o mut dyn Write,
    name: String,
    problems: Problems,
    searches: Searches,
    begun: bool,
    unjudged: u64,
    /// What is written of pickles, and of how many nothing is. A file may have millions.
    pickles: Vec<Vec<u8>>,
    more_pickles: u64,
}

impl<'o> Input<'o> {
    /// Begins it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(name: &str, out: &'o mut dyn Write) -> io::Result<Self> {
        super::begin(name, None, "lookups", out)?;
        Ok(Self {
            out,
            name: name.to_owned(),
            problems: Problems::default(),
            searches: Searches::default(),
            begun: false,
            unjudged: 0,
            pickles: Vec::new(),
            more_pickles: 0,
        })
    }

    /// Explains what the pickles of a part look up; `shim` takes it in, and `seen` is told of each pickle.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn part<'a>(
        &mut self,
        place: &Place,
        rows: impl Iterator<Item = Row<'a>>,
        mut shim: Option<&mut Shim>,
        seen: &mut dyn FnMut(&Needs<'_, '_>),
    ) -> io::Result<()> {
        for row in rows {
            match row {
                Row::Reading(_) => {}
                Row::Pickle(read) => {
                    let needs = needs(&read);
                    seen(&needs);
                    if !needs.references.is_empty() || needs.encoding.is_some() {
                        if self.pickles.len() < limits::TROUBLES {
                            let told = super::needs::Told::new(&needs);
                            let mut bytes = Vec::new();
                            super::written(&Placed { place, told }, &mut bytes)?;
                            self.pickles.push(bytes);
                        } else {
                            self.more_pickles = self.more_pickles.saturating_add(1);
                        }
                    }
                    if let Some(shim) = &mut shim {
                        shim.enter(place.part.as_deref());
                        shim.add(&needs);
                    }
                    self.unjudged = self.unjudged.saturating_add(needs.unjudged);
                    for reference in &needs.references {
                        let searches = &mut self.searches;
                        let written = of_reference(&read, reference, searches, |explanation| {
                            if std::mem::replace(&mut self.begun, true) {
                                self.out.write_all(b",")?;
                            }
                            one(explanation, place, Some(reference.first), self.out)
                        });
                        written.transpose()?;
                    }
                    drop(needs);
                    self.problems.add(place, &read.problems, read.untold);
                }
                Row::Problem(problem) => self.problems.add(place, [&*problem], 0),
            }
        }
        Ok(())
    }

    /// Ends it, with what a program has that loads the input, if that is given.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn end(self, parts: &Summary, shim: Option<&Shim>) -> io::Result<()> {
        self.out.write_all(b"],\"pickles\":[")?;
        for (number, told) in self.pickles.iter().enumerate() {
            if number > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(told)?;
        }
        let (more_pickles, unjudged) = (self.more_pickles, self.unjudged);
        let unsearched = self.searches.forgone;
        write!(
            self.out,
            "],\"more_pickles\":{more_pickles},\"unjudged\":{unjudged},\"unsearched\":{unsearched},"
        )?;
        if let Some(shim) = shim {
            self.out.write_all(b"\"shim\":")?;
            super::written(&super::shim::Shim::new(&self.name, shim), self.out)?;
            self.out.write_all(b",")?;
        }
        self.problems.end(parts, self.out)
    }
}

/// Something of a pickle, with the part that it is in.
#[derive(Serialize)]
struct Placed<'p, T> {
    #[serde(flatten)]
    place: &'p Place,
    #[serde(flatten)]
    told: T,
}

/// Writes the document of a name or a message.
///
/// # Errors
/// Those of `out`.
pub fn explain(explanation: &Explanation<'_>, out: &mut dyn Write) -> io::Result<()> {
    one(explanation, &Place::default(), None, out)?;
    out.write_all(b"\n")
}

fn one(
    explanation: &Explanation<'_>,
    place: &Place,
    offset: Option<u64>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let explained = &explanation.explained;
    let cause = &explained.cause;
    let said = |said: &[Said]| -> Vec<String> {
        explanation
            .paragraphs(said)
            .map(|told| worded(explanation, &told))
            .collect()
    };
    let items = |items: &[Item]| -> Vec<String> {
        explanation
            .items(items)
            .map(|told| {
                let mut text = worded(explanation, &told);
                for line in told
                    .code
                    .iter()
                    .flat_map(|code| explanation.code(&code.shown))
                {
                    text.push('\n');
                    text.push_str(&line);
                }
                text
            })
            .collect()
    };
    let (looked_up, really) = (said(&cause.looked_up), said(&cause.really));
    let why = looked_up
        .iter()
        .chain(&really)
        .cloned()
        .chain(said(&cause.why))
        .collect();
    let document = Document {
        schema: 1,
        place,
        offset,
        module: explained
            .wanted
            .as_ref()
            .and_then(|wanted| wanted.module.as_deref()),
        name: explained
            .wanted
            .as_ref()
            .and_then(|wanted| wanted.name.as_deref()),
        told: explained.message.map(Told::from),
        cause: cause.id,
        title: cause.title,
        stage: cause.stage.name(),
        looked_up,
        really,
        why,
        fixes: items(&cause.fixes),
        does_not_help: items(&cause.wrong),
        checks: items(&cause.checks),
        sources: items(&cause.sources),
        reachable_as: explained
            .reachable
            .as_ref()
            .map(|(module, name)| format!("{module}.{name}")),
        parts: Parts(explanation),
        pythons: Answers(explanation),
    };
    super::written(&document, out)
}

/// What is told, behind the Pythons that it is for.
fn worded(explanation: &Explanation<'_>, told: &report::explain::Told<'_>) -> String {
    let mut text = explanation.whose(told).unwrap_or_default();
    text.extend(told.text.iter().map(|piece| match piece {
        Piece::Ours(text) | Piece::Theirs(text) => *text,
    }));
    text
}

/// What the places of the texts were filled with.
struct Parts<'e>(&'e Explanation<'e>);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let explained = &self.0.explained;
        let of_message = explained.message.into_iter().flat_map(|message| {
            message
                .parts
                .iter()
                .map(|(place, text)| (*place, text.as_ref()))
        });
        let parts: BTreeMap<_, _> = explained.parts.iter().chain(of_message).collect();
        serializer.collect_map(parts)
    }
}

/// What each Python makes of the name.
struct Answers<'e>(&'e Explanation<'e>);

#[derive(Serialize)]
struct Answer<'e> {
    resolves: Option<bool>,
    reason: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed: Option<Renamed<'e>>,
}

#[derive(Serialize)]
struct Renamed<'e> {
    module: &'e str,
    name: &'e str,
}

impl<'e> From<&'e Verdict> for Answer<'e> {
    fn from(verdict: &'e Verdict) -> Self {
        Self {
            resolves: verdict.resolves,
            reason: verdict.reason.code(),
            renamed: verdict
                .renamed
                .as_ref()
                .map(|(module, name)| Renamed { module, name }),
        }
    }
}

impl Serialize for Answers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdicts = &self.0.explained.verdicts;
        let mut map = serializer.serialize_map(Some(verdicts.len()))?;
        for (python, verdict) in verdicts {
            map.serialize_entry(&python.to_string(), &Answer::from(verdict))?;
        }
        map.end()
    }
}
