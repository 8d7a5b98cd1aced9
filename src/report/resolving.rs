//! Where what a pickle refers to resolves, by the pickle's own protocol.

use std::borrow::Cow;

use crate::{
    limits,
    lookup::resolve::{Reason, Verdict, Wanted, resolve},
    machine::lookup::Target,
    python::{Python, Pythons},
    reader::Pickle,
};

/// What Pythons make of a reference.
#[derive(Clone, Debug)]
pub struct Resolving {
    /// The Pythons that were asked for, the oldest first.
    pub verdicts: Vec<(Python, Verdict)>,
}

/// Module and name of what can be judged: no call makes them, and they aren't longer than names are.
pub(super) fn names<'t>(target: &'t Target<'_>) -> Option<(Cow<'t, str>, Cow<'t, str>)> {
    let Target::Name {
        module: Some(module),
        name: Some(name),
    } = target
    else {
        return None;
    };
    let length = module.bytes().len().saturating_add(name.bytes().len());
    (length <= limits::NAME_BYTES).then(|| (module.text(), name.text()))
}

/// What Pythons make of a reference; `None` for what isn't a name of the stream: an extension code, a persistent id, a name
/// that a call makes.
pub fn resolving(pickle: &Pickle<'_>, target: &Target<'_>, asked: Pythons) -> Option<Resolving> {
    let needed = pickle.protocol.max(pickle.tally.protocol());
    resolving_by(pickle.declared, needed, target, asked)
}

/// As [`resolving`], for a stream that has declared a protocol and needs a Python that reads another.
pub fn resolving_by(
    declared: u8,
    needed: u8,
    target: &Target<'_>,
    asked: Pythons,
) -> Option<Resolving> {
    let (module, name) = names(target)?;
    let wanted = Wanted {
        module: &module,
        name: &name,
        protocol: Some(declared),
    };
    Some(Resolving {
        verdicts: asked
            .iter()
            .map(|python| {
                let verdict = if needed > python.highest_protocol() {
                    Verdict::no(Reason::Protocol)
                } else {
                    resolve(&wanted, python)
                };
                (python, verdict)
            })
            .collect(),
    })
}

impl Resolving {
    fn those(&self, is: impl Fn(&Verdict) -> bool) -> Pythons {
        self.verdicts
            .iter()
            .filter(|(_, verdict)| is(verdict))
            .map(|(python, _)| *python)
            .collect()
    }

    /// The Pythons that don't find it.
    pub fn fails(&self) -> Pythons {
        self.those(|verdict| verdict.resolves == Some(false))
    }

    /// Why the newest that fails does.
    pub fn reason(&self) -> Option<Reason> {
        let mut failing = self.verdicts.iter().rev();
        failing
            .find(|(_, verdict)| verdict.resolves == Some(false))
            .map(|(_, verdict)| verdict.reason)
    }

    /// In a few words: `all`, `3.10 to 3.15`, `none`, `if installed`, …, of the Pythons that can read the protocol.
    pub fn words(&self) -> String {
        let found = self.those(|verdict| verdict.resolves == Some(true));
        let unknown = self.those(|verdict| verdict.resolves.is_none());
        let fails = self
            .those(|verdict| verdict.resolves == Some(false) && verdict.reason != Reason::Protocol);
        if fails.is_empty() && unknown.is_empty() && !found.is_empty() {
            return "all".to_owned();
        }
        if found.is_empty() && fails.is_empty() {
            let mut reasons = self.verdicts.iter().map(|(_, verdict)| verdict.reason);
            return match reasons.next_back() {
                Some(Reason::ThirdParty) => "if installed",
                Some(Reason::Main) => "in its program",
                Some(Reason::Protocol) => "none",
                _ => "not known",
            }
            .to_owned();
        }
        found.to_string()
    }
}
