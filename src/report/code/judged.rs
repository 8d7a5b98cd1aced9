//! What becomes of code on the Pythons that were asked for, or on those that it wasn't written for.

use crate::{
    code::{
        fit::{
            Fault,
            fates::{self, Fate, Maker},
        },
        object::Layout,
    },
    python::{Python, Pythons},
};

/// What becomes of a code object on a Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The Python.
    pub python: Python,
    /// Why it isn't its bytecode, or why it can't be loaded; `None` where it fits.
    pub misfit: Option<String>,
    /// What happens, in words: `runs`, `refused at load`.
    pub then: String,
    /// What was measured of such code there.
    pub measured: Option<Fate>,
}

/// What is known of a code object before Pythons are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) layout: Layout,
    /// Those that it fits.
    pub(super) pythons: Pythons,
    pub(super) fault: Option<Fault>,
    /// What of the stream makes it; `None` where it stands inside another.
    pub(super) maker: Option<Maker>,
    /// The protocol that its stream takes.
    pub(super) protocol: u8,
}

impl Known {
    /// What becomes of it on a Python; `why` tells why it isn't one of those that have its layout and that it fits.
    pub(super) fn on(&self, python: Python, why: Option<String>) -> Judged {
        let judged = |misfit, then: &str, measured| Judged {
            python,
            misfit,
            then: then.to_owned(),
            measured,
        };
        if self.protocol > python.highest_protocol() {
            let protocol = self.protocol;
            let first = Python::all().find(|python| python.highest_protocol() >= protocol);
            let from = first.map_or(String::new(), |first| {
                format!(": that is read from Python {first} on")
            });
            let misfit = format!("the pickle is of protocol {protocol}{from}");
            return judged(Some(misfit), REFUSED, None);
        }
        if self.pythons.has(python) {
            return judged(None, "runs", None);
        }
        let misfit = why.unwrap_or_else(|| {
            let own = self.layout.pythons();
            format!("its fields are those of Python {own}")
        });
        if self.fault == Some(Fault::NeverLoads) {
            return judged(Some(misfit), REFUSED, None);
        }
        let measured = self
            .maker
            .and_then(|maker| fates::of_any(maker, self.pythons, python));
        let then = measured.map_or_else(|| UNKNOWN.to_owned(), words);
        judged(Some(misfit), &then, measured)
    }
}

const REFUSED: &str = "refused at load";
const UNKNOWN: &str = "doesn't fit; what happens wasn't measured";

/// What happened, in words.
fn words(fate: Fate) -> String {
    if fate.refused == fate.loads {
        return REFUSED.to_owned();
    }
    let parts = [
        (fate.refused, "be refused at load"),
        (fate.failed, "fail when called"),
        (fate.crashed, "crash the interpreter"),
        (fate.wrong, "give a wrong result unnoticed"),
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, part)| part)
        .collect();
    match parts.split_last() {
        None => "ran right where it was tried".to_owned(),
        Some((last, [])) => format!("may {last}"),
        Some((last, others)) => format!("may {} or {last}", others.join(", ")),
    }
}

/// What becomes of code in words, Pythons of the same fate together: `on 3.8 and 3.9: runs; on 2.7: refused at load`.
pub fn told(judged: &[Judged]) -> String {
    let mut groups: Vec<(Pythons, &str)> = Vec::new();
    for one in judged {
        let own = Pythons::from(one.python);
        match groups.iter_mut().find(|(_, then)| *then == one.then) {
            Some((pythons, _)) => *pythons = pythons.or(own),
            None => groups.push((own, &one.then)),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(pythons, then)| match pythons == Pythons::ALL {
            true => format!("on all Pythons: {then}"),
            false => format!("on {pythons}: {then}"),
        });
    groups.collect::<Vec<_>>().join("; ")
}
