//! Whether a name resolves, Python by Python, and why not.
//!
//! As `find_class` of `pickle.py` and `_pickle.c` does it: the Python 2 names of a stream below protocol 3 are renamed, the
//! module is imported, and a name with dots is walked from protocol 4 on.

use std::borrow::Cow;

use crate::python::{Python, Pythons};

use super::{names, renames};

/// A name as a stream has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The module's name.
    pub module: &'a str,
    /// The name in it.
    pub name: &'a str,
    /// The stream's protocol; `None` for a name that stands alone, which is taken as protocol 4 has it where it has dots
    /// and as protocol 2 has it where it hasn't.
    pub protocol: Option<u8>,
}

impl Wanted<'_> {
    /// The protocol by whose rules it is looked up.
    pub fn rules(&self) -> u8 {
        self.protocol
            .unwrap_or(if self.name.contains('.') { 4 } else { 2 })
    }
}

/// What a Python makes of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether it resolves, in a process that has imported nothing else; `None` where that can't be known.
    pub resolves: Option<bool>,
    /// Why.
    pub reason: Reason,
    /// What is looked up in its place, where that Python renames it.
    pub renamed: Option<(Cow<'static, str>, Cow<'static, str>)>,
}

/// Why a name resolves or doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is there.
    Found,
    /// The module is there, and has no such name.
    NoAttribute,
    /// No Python has the module, whose package is of the standard library.
    NoModule,
    /// That Python doesn't have the module any more.
    ModuleGone,
    /// That Python doesn't have the module yet.
    ModuleNotYet,
    /// No module can be called so.
    NotAModule,
    /// Nothing can be called so: `<lambda>` and the like.
    NotAName,
    /// What a function made when it ran: `<locals>`.
    Local,
    /// It has dots, and dots are walked from protocol 4 on.
    Dotted,
    /// The stream's protocol is newer than that Python.
    Protocol,
    /// The module isn't of the standard library: it depends on what is installed.
    ThirdParty,
    /// It depends on the program that runs.
    Main,
    /// The module isn't in every build or on every system.
    Build,
    /// What the class has beside classes isn't recorded.
    NotRecorded,
}

impl Reason {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NoAttribute => "no attribute",
            Self::NoModule => "no module",
            Self::ModuleGone => "module gone",
            Self::ModuleNotYet => "no module yet",
            Self::NotAModule => "not a module",
            Self::NotAName => "not a name",
            Self::Local => "local",
            Self::Dotted => "dotted name",
            Self::Protocol => "protocol too new",
            Self::ThirdParty => "third-party",
            Self::Main => "depends on the program",
            Self::Build => "depends on the build",
            Self::NotRecorded => "not recorded",
        }
    }
}

impl Reason {
    /// In words, of the Pythons that it is about.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NoAttribute => "the module has no such name",
            Self::NoModule => "there is no such module",
            Self::ModuleGone => "the module is gone",
            Self::ModuleNotYet => "the module isn't there yet",
            Self::NotAModule => "no module is called so",
            Self::NotAName => "nothing is called so",
            Self::Local => "made while a function ran, so it can't be looked up",
            Self::Dotted => "names with dots aren't walked",
            Self::Protocol => "can't read this protocol",
            Self::ThirdParty => "depends on what is installed",
            Self::Main => "depends on the program that runs",
            Self::Build => "depends on the build or the system",
            Self::NotRecorded => "the class is there; what it has isn't recorded",
        }
    }
}

impl Verdict {
    /// It doesn't resolve.
    pub fn no(reason: Reason) -> Self {
        Self::new(Some(false), reason)
    }

    fn new(resolves: Option<bool>, reason: Reason) -> Self {
        Self {
            resolves,
            reason,
            renamed: None,
        }
    }
}

/// What a Python makes of a name.
///
/// ```
/// use pickscope::{lookup::resolve::{Reason, Wanted, resolve}, python::Python};
///
/// let wanted = Wanted { module: "collections", name: "Mapping", protocol: None };
/// let old = resolve(&wanted, "3.9".parse()?);
/// let new = resolve(&wanted, "3.10".parse()?);
/// assert_eq!((old.resolves, new.resolves), (Some(true), Some(false)));
/// assert_eq!(new.reason, Reason::NoAttribute);
/// # Ok::<(), pickscope::python::UnknownPython>(())
/// ```
pub fn resolve(wanted: &Wanted<'_>, python: Python) -> Verdict {
    if wanted
        .protocol
        .is_some_and(|protocol| protocol > python.highest_protocol())
    {
        return Verdict::new(Some(false), Reason::Protocol);
    }
    let dotted = wanted.name.contains('.');
    if dotted && (python.is_2() || wanted.rules() < 4) {
        return Verdict::new(Some(false), Reason::Dotted);
    }
    let renamed = (!python.is_2() && wanted.rules() < 3)
        .then(|| renames::to_python3(python, wanted.module, wanted.name))
        .flatten();
    let (module, name) = match &renamed {
        Some((module, name)) => (module.as_ref(), name.as_ref()),
        None => (wanted.module, wanted.name),
    };
    let mut verdict = as_written(module, name, python);
    verdict.renamed = renamed;
    verdict
}

/// What a Python makes of a name that it doesn't rename.
fn as_written(module: &str, name: &str, python: Python) -> Verdict {
    let no = Verdict::no;
    let unknown = |reason| Verdict::new(None, reason);
    if !could_be_a_module(module) {
        return no(Reason::NotAModule);
    }
    if name.split('.').any(|part| part == "<locals>") {
        return no(Reason::Local);
    }
    if name.is_empty() || name.contains(['<', '>', '\r', '\n']) {
        return no(Reason::NotAName);
    }
    if matches!(module, "__main__" | "__mp_main__") {
        return unknown(Reason::Main);
    }
    let Some(walk) = names::walk(module, name) else {
        return unknown(Reason::ThirdParty);
    };
    let is_in = |those: Pythons| those.has(python);
    match () {
        () if is_in(walk.resolves) => Verdict::new(Some(true), Reason::Found),
        () if is_in(walk.no_attribute) => no(Reason::NoAttribute),
        () if is_in(walk.past_record) => unknown(Reason::NotRecorded),
        () if is_in(walk.unknown) => unknown(Reason::Build),
        () => {
            let has = names::module(module).map_or(Pythons::NONE, |module| module.has);
            no(if has.is_empty() {
                Reason::NoModule
            } else if has.iter().any(|other| other > python) {
                Reason::ModuleNotYet
            } else {
                Reason::ModuleGone
            })
        }
    }
}

/// Whether an import could find a module of this name. It takes nearly any: a file that is called `a b.py` can be imported by
/// its name, if not by an `import` statement. But files and folders have names, and these have no slash; and of the line ends
/// that a file got on its way nobody makes one.
fn could_be_a_module(module: &str) -> bool {
    module.split('.').all(|part| !part.is_empty()) && !module.contains(['/', '\0', '\r', '\n'])
}

/// Whether a module's name is one that no `import` statement could have.
pub(super) fn is_odd(module: &str) -> bool {
    !module
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
