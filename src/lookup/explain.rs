//! From a name to the cause that its lookup fails.

use std::borrow::Cow;

use crate::python::{Python, Pythons};

use super::{
    causes::{Cause, Parts, cause},
    homeless::{self, Homeless},
    instead::{elsewhere, resolves_as_written},
    message::{Message, STAND_INS, decide},
    moves::{self, Pattern},
    near::{self, Searches},
    renames::{self, Place},
    resolve::{Reason, Verdict, Wanted, is_odd, resolve},
};

/// Why a lookup fails, or that it doesn't.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explained<'a> {
    /// What was looked up, where that is known.
    pub wanted: Option<Looked<'a>>,
    /// What each Python that was asked for makes of it, the oldest first.
    pub verdicts: Vec<(Python, Verdict)>,
    /// The cause, where several differ that of the newest Python that fails.
    pub cause: Cause,
    /// What the places of its texts are filled with.
    pub parts: Parts<'a>,
    /// Where it really is: a module and a name.
    pub reachable: Option<Place>,
    /// The message that told of it, where it was one.
    pub message: Option<&'a Message<'a>>,
}

/// A module, a name in it, or what of both a message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Looked<'a> {
    /// The module's name.
    pub module: Option<Cow<'a, str>>,
    /// The name in it.
    pub name: Option<Cow<'a, str>>,
}

impl Explained<'_> {
    /// The Pythons for which the answer is this.
    pub fn who(&self, resolves: Option<bool>) -> Pythons {
        self.verdicts
            .iter()
            .filter(|(_, verdict)| verdict.resolves == resolves)
            .map(|(python, _)| *python)
            .collect()
    }
}

/// So many near names are told.
const NEAR: usize = 5;

/// Explains what becomes of a name on some Pythons.
///
/// ```
/// use pickscope::{lookup::{explain::explain, resolve::Wanted}, python::Pythons};
///
/// let wanted = Wanted { module: "__builtin__", name: "instancemethod", protocol: None };
/// let explained = explain(wanted, Pythons::ALL);
/// assert_eq!(explained.cause.id, "bound-method-python-2");
/// ```
pub fn explain(wanted: Wanted<'_>, asked: Pythons) -> Explained<'_> {
    explain_within(wanted, asked, &mut Searches::default())
}

/// The same, for one of many names: near ones are told as long as searches are left.
pub fn explain_within<'a>(
    wanted: Wanted<'a>,
    asked: Pythons,
    searches: &mut Searches,
) -> Explained<'a> {
    let verdicts: Vec<(Python, Verdict)> = asked
        .iter()
        .map(|python| (python, resolve(&wanted, python)))
        .collect();
    let question = Question::new(wanted, &verdicts);
    let Found {
        id,
        parts,
        reachable,
    } = question.answer(searches);
    // Every cause's file is read by a test.
    let cause = cause(id).unwrap_or_default();
    Explained {
        wanted: Some(Looked {
            module: Some(wanted.module.into()),
            name: Some(wanted.name.into()),
        }),
        cause,
        parts,
        reachable,
        verdicts,
        message: None,
    }
}

/// Explains an error, from its message.
///
/// ```
/// use pickscope::{lookup::{explain::explain_message, message::find}, python::Pythons};
///
/// let message = find("Can't pickle <type 'instancemethod'>: attribute lookup __builtin__.instancemethod failed")?;
/// let explained = explain_message(&message, Pythons::ALL);
/// assert_eq!(explained.cause.id, "bound-method-python-2");
/// # Ok::<(), pickscope::lookup::message::Unknown<'_>>(())
/// ```
pub fn explain_message<'a>(message: &'a Message<'a>, asked: Pythons) -> Explained<'a> {
    let decided = decide(message, asked);
    let looked = Looked {
        module: decided.module,
        name: decided.name,
    };
    let verdicts = match (&looked.module, &looked.name) {
        (Some(module), Some(name)) => {
            let wanted = Wanted {
                module,
                name,
                protocol: None,
            };
            asked
                .iter()
                .map(|python| (python, resolve(&wanted, python)))
                .collect()
        }
        _ => Vec::new(),
    };
    Explained {
        wanted: (looked.module.is_some() || looked.name.is_some()).then_some(looked),
        verdicts,
        cause: cause(decided.cause).unwrap_or_default(),
        parts: decided.parts,
        reachable: decided.reachable,
        message: Some(message),
    }
}

/// The parts, and words that stand for what a message doesn't tell: for code, which shows all the same what to do.
pub fn with_stand_ins<'a>(parts: &Parts<'a>) -> Parts<'a> {
    STAND_INS
        .into_iter()
        .filter(|(place, _)| parts.get(place).is_none())
        .fold(parts.clone(), |parts, (place, text)| {
            parts.with(place, text)
        })
}

/// A name, and what is known of it.
struct Question<'a, 'v> {
    wanted: Wanted<'a>,
    /// The newest Python that fails, and why.
    failing: Option<(Python, &'v Verdict)>,
    fails: Pythons,
    unknown: Option<Reason>,
    /// Those of all Pythons that resolve it, asked for or not.
    resolves: Pythons,
}

/// A cause, and what its texts are about.
struct Found<'a> {
    id: &'static str,
    parts: Parts<'a>,
    reachable: Option<Place>,
}

impl<'a> Found<'a> {
    fn new(id: &'static str, parts: Parts<'a>) -> Self {
        Self {
            id,
            parts,
            reachable: None,
        }
    }

    /// With where it is instead.
    fn instead(mut self, place: Option<Place>) -> Self {
        if let Some((module, name)) = &place {
            self.parts = self
                .parts
                .with("instead", format!("{module}.{name}"))
                .with("instead_module", module.clone())
                .with("instead_name", name.clone());
        }
        self.reachable = place;
        self
    }
}

impl<'a, 'v> Question<'a, 'v> {
    fn new(wanted: Wanted<'a>, verdicts: &'v [(Python, Verdict)]) -> Self {
        let those = |resolves| {
            verdicts
                .iter()
                .filter(move |(_, own)| own.resolves == resolves)
        };
        Self {
            wanted,
            failing: those(Some(false))
                .next_back()
                .map(|(python, own)| (*python, own)),
            fails: those(Some(false)).map(|(python, _)| *python).collect(),
            unknown: those(None).next_back().map(|(_, own)| own.reason),
            resolves: Python::all()
                .filter(|python| resolve(&wanted, *python).resolves == Some(true))
                .collect(),
        }
    }

    fn parts(&self) -> Parts<'a> {
        let parts = Parts::default()
            .with("module", self.wanted.module)
            .with("name", self.wanted.name);
        if self.resolves.is_empty() {
            return parts;
        }
        let last = self.resolves.iter().next_back();
        let first = self.resolves.iter().find(|python| !python.is_2());
        let with = |parts: Parts<'a>, place, python: Option<Python>| match python {
            Some(python) => parts.with(place, python.to_string()),
            None => parts,
        };
        let parts = parts.with("pythons", self.resolves.to_string());
        with(with(parts, "last", last), "first", first)
    }

    /// What kind of name it is, before any Python is asked.
    fn answer(&self, searches: &mut Searches) -> Found<'a> {
        let Wanted { module, name, .. } = self.wanted;
        if module.ends_with('\r') || name.ends_with('\r') {
            let module = near::trimmed(module).unwrap_or(module);
            let name = near::trimmed(name).unwrap_or(name);
            let parts = self.parts().with("near_module", module).with("near", name);
            return Found::new("carriage-return", parts);
        }
        if let Some((outer, inner)) = name.split_once(".<locals>.") {
            let parts = self.parts().with("outer", outer).with("inner", inner);
            return Found::new("local-object", parts);
        }
        if name.split('.').any(|part| part == "<lambda>") {
            return Found::new("lambda", self.parts());
        }
        if matches!(module, "__builtin__" | "builtins") && name == "__main__" {
            return Found::new("dill-main", self.parts());
        }
        if let Some(homeless) = homeless::find(module, name)
            && !self.fails.and(homeless.pythons).is_empty()
        {
            return self.homeless(&homeless);
        }
        match self.failing {
            Some((python, verdict)) => self.fails_on(python, verdict, searches),
            None => self.no_failure(),
        }
    }

    fn homeless(&self, homeless: &Homeless) -> Found<'a> {
        let id = match (homeless.module, homeless.name) {
            ("__builtin__", "instancemethod") => "bound-method-python-2",
            ("__builtin__", "function") => "hidden-function-python-2",
            // In a stream it is the type itself; who asks for its name alone has a lock in what is pickled.
            ("thread" | "_thread", "lock") if self.wanted.protocol.is_none() => "resource-lock",
            _ if !homeless.special.is_empty() => "singleton-type",
            _ => "unreachable-type",
        };
        let mut parts = self.parts();
        let best = homeless.best();
        if let Some((module, name)) = best {
            parts = parts
                .with("reachable", format!("{module}.{name}"))
                .with("reachable_module", module);
        }
        if id == "resource-lock" {
            parts = parts.with("type", format!("{}.{}", homeless.module, homeless.name));
        }
        if let Some(made_by) = homeless.made_by {
            parts = parts.with("made_by", made_by);
        }
        Found {
            reachable: best.map(|(module, name)| (module.into(), name.into())),
            ..Found::new(id, parts)
        }
    }

    /// No Python says no.
    fn no_failure(&self) -> Found<'a> {
        if is_odd(self.wanted.module) {
            return Found::new("not-a-module", self.parts());
        }
        match self.unknown {
            None | Some(Reason::NotRecorded) => Found::new("resolves", self.parts()),
            Some(Reason::Main) => Found::new("main-module", self.parts()),
            Some(Reason::ThirdParty) => self.third_party(),
            Some(_) => {
                let parts = match systems(self.wanted.module) {
                    Some(systems) => self.parts().with("systems", systems),
                    None => self.parts(),
                };
                Found::new("depends-on-build", parts)
            }
        }
    }

    fn third_party(&self) -> Found<'a> {
        let Wanted { module, name, .. } = self.wanted;
        let package = module.split('.').next().unwrap_or(module);
        let mut parts = self.parts().with("package", package);
        if let Some(distribution) = moves::install(module) {
            parts = parts.with("distribution", distribution);
        }
        let Some(found) = moves::telling(module, name).next() else {
            return Found::new("not-installed", parts);
        };
        let parts = match found.of.library {
            // Measured: 1.26.4 reads arrays of numpy 2, but for `numpy._core.numeric`, which protocol 5 alone names.
            "numpy" => parts.with("numpy", "numpy").with(
                "protocols",
                "an older numpy than 1.26 has none of the new names. 1.26 has those of arrays, but not that of protocol 5.",
            ),
            _ => parts.with("protocols", "the names are the same in each."),
        };
        let pattern = |pattern: Option<Pattern>| {
            let pattern = pattern?;
            Some(match pattern.name {
                Some(name) => Cow::from(format!("{}.{name}", pattern.module)),
                None => pattern.module.into(),
            })
        };
        let parts = [
            ("library", Some(Cow::from(found.of.library))),
            ("changed_in", found.of.changed.map(Cow::from)),
            ("fix", Some(found.of.fix.into())),
            ("symptom", found.of.symptom.map(Cow::from)),
            ("old", pattern(found.of.old)),
            ("new", pattern(found.of.new)),
        ]
        .into_iter()
        .fold(parts, |parts, (place, text)| match text {
            Some(text) => parts.with(place, text),
            None => parts,
        });
        let mapped = found
            .mapped()
            .map(|(module, name)| (Cow::from(module), Cow::from(name.to_owned())));
        let id = if mapped.is_some() {
            "library-moved"
        } else {
            "library-changed"
        };
        Found::new(id, parts).instead(mapped)
    }

    /// Why the newest Python that fails does.
    fn fails_on(&self, python: Python, verdict: &Verdict, searches: &mut Searches) -> Found<'a> {
        let Wanted { module, name, .. } = self.wanted;
        match verdict.reason {
            Reason::NotAModule => return Found::new("not-a-module", self.parts()),
            Reason::NotAName => return Found::new("not-a-name", self.parts()),
            Reason::Dotted => {
                let (outer, inner) = name.rsplit_once('.').unwrap_or((name, ""));
                let parts = self.parts().with("outer", outer).with("inner", inner);
                return Found::new("dotted-name", parts);
            }
            Reason::Protocol => {
                let protocol = self.wanted.rules();
                let parts = self.parts().with("protocol", protocol.to_string());
                return Found::new("protocol-too-new", parts);
            }
            _ => {}
        }
        if self.fails == Pythons::PY2 && !self.resolves.and(Pythons::PY3).is_empty() {
            let old = Python::all()
                .next_back()
                .and_then(|newest| renames::to_python2(newest, module, name))
                .filter(|(module, name)| resolves_as_written(module, name, Python::V2_7));
            return Found::new("python-3-name", self.parts()).instead(old);
        }
        if let Some(hole) = renames::hole(module, name)
            && hole.fails.has(python)
            && self.resolves.and(Pythons::PY3).is_empty()
        {
            let mut parts = self.parts();
            if let Some((module, name)) = &verdict.renamed {
                parts = parts.with("renamed", format!("{module}.{name}"));
            }
            let instead = hole.instead.and_then(|instead| {
                let (module, name) = instead.rsplit_once('.')?;
                Some((module.into(), name.into()))
            });
            return Found::new("mapping-hole", parts).instead(instead);
        }
        if self.resolves == Pythons::PY2 && !python.is_2() {
            let new = renames::to_python3(python, module, name)
                .filter(|(module, name)| resolves_as_written(module, name, python));
            let id = match (&new, verdict.reason) {
                (Some(_), _) => "python-2-name",
                (None, Reason::NoAttribute) => "attribute-gone",
                (None, _) => "module-gone",
            };
            return Found::new(id, self.parts()).instead(new);
        }
        let instead = elsewhere(module, name, python);
        let older = self.resolves.iter().any(|other| other < python);
        let newer = self.resolves.iter().any(|other| other > python);
        let id = match (verdict.reason, older, newer, instead.is_some()) {
            (Reason::NoAttribute, true, _, true) => "attribute-moved",
            (Reason::NoAttribute, true, _, false) => "attribute-gone",
            (Reason::NoAttribute, false, true, _) => "attribute-not-yet",
            (Reason::NoAttribute, false, false, _) => {
                return self.misspelt("not-a-standard-name", searches);
            }
            (Reason::NoModule, ..) => return self.misspelt("no-such-module", searches),
            (Reason::ModuleNotYet, ..) => "module-not-yet",
            (_, _, _, true) => "module-moved",
            (_, _, _, false) => "module-gone",
        };
        let mut parts = self.parts();
        if let Some(distribution) = moves::install(module) {
            parts = parts.with("distribution", distribution);
        }
        Found::new(id, parts).instead(instead)
    }

    /// No Python has such a name in the module.
    fn misspelt(&self, id: &'static str, searches: &mut Searches) -> Found<'a> {
        let Wanted { module, name, .. } = self.wanted;
        let mut parts = self.parts();
        if !searches.take() {
            return Found::new(id, parts);
        }
        let near: Vec<near::Near<'static>> = near::nearest(module, name, near::standard(), NEAR);
        if let Some(first) = near.first() {
            parts = parts
                .with("near_module", first.module)
                .with("near", first.name);
        }
        if near.len() > 1 {
            let others: Vec<String> = near
                .iter()
                .skip(1)
                .map(|near| format!("{}.{}", near.module, near.name))
                .collect();
            parts = parts.with("others", others.join(", "));
        }
        Found::new(id, parts)
    }
}

/// The systems that have a module that not all have.
fn systems(module: &str) -> Option<&'static str> {
    match module.split('.').next()? {
        "winreg" | "_winreg" | "_winapi" | "msvcrt" | "winsound" | "msilib" | "_msi" | "nt"
        | "_overlapped" => Some("Windows"),
        "_scproxy" => Some("macOS"),
        "ossaudiodev" | "spwd" | "nis" => Some("some Unix systems"),
        _ => None,
    }
}
