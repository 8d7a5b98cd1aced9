//! What the standard library of each Python has.
//!
//! `names.tsv` and `modules.tsv` were written on 2026-11-21 by `tools/names.py`, which asked CPython 2.7.18, 3.6.15, 3.7.16,
//! 3.8.18, 3.9.18, 3.10.13, 3.11.7, 3.12.1 and 3.13.0 on Linux, and for 3.14 and 3.15 the WebAssembly builds 3.14.2 and
//! 3.15.0rc1 of the npm package pyodide. Each module was asked in a process that had imported nothing else. What a build lacks
//! is unknown, not absent. Both are searched where they stand: nothing is read at the start.
//!
//! ```
//! use pickscope::lookup::names::{self, Kind};
//!
//! let mapping = names::find("collections", "Mapping").expect("2.7 has it");
//! assert_eq!(mapping.resolves.to_string(), "2.7 and 3.6 to 3.9");
//! assert_eq!(mapping.kind, Kind::Class);
//! let homes: Vec<_> = mapping.written().map(|home| format!("{}: {}", home.pythons, home.module)).collect();
//! assert_eq!(homes, ["2.7: _abcoll", "3.6 to 3.9: collections.abc"]);
//!
//! // With the reason where it doesn't resolve, and dots walked.
//! let join = names::walk("os", "path.join").expect("os is a standard module");
//! assert_eq!(join.resolves.to_string(), "all");
//! let gone = names::walk("asynchat", "async_chat").expect("it was one");
//! assert_eq!(gone.no_module.to_string(), "3.12 to 3.15");
//! assert!(names::walk("numpy", "array").is_none());
//! ```

use super::rows::{columns, rows};
use crate::python::{Python, Pythons};

/// Rows by module and name. Lines that begin with `#` are none; module `*` stands for any module.
static NAMES: &str = include_str!("names.tsv");
static MODULES: &str = include_str!("modules.tsv");

/// What a name stands for, on the newest Python that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A class that is no exception.
    Class,
    /// An exception.
    Exception,
    /// A function written in Python.
    Function,
    /// A function written in C.
    Builtin,
    /// Something else that can be called: an instance, a bound method.
    Callable,
    /// Any other value.
    Constant,
    /// A module, under its own name or another.
    Module,
}

impl Kind {
    /// In a word or two, with its article.
    pub fn described(self) -> &'static str {
        match self {
            Self::Class => "a class",
            Self::Exception => "an exception",
            Self::Function => "a function",
            Self::Builtin => "a built-in function",
            Self::Callable => "a callable object",
            Self::Constant => "a value",
            Self::Module => "a module",
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        Some(match letter {
            "c" => Self::Class,
            "e" => Self::Exception,
            "f" => Self::Function,
            "b" => Self::Builtin,
            "o" => Self::Callable,
            "k" => Self::Constant,
            "m" => Self::Module,
            _ => return None,
        })
    }
}

/// A module of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Module {
    /// Its full name. For one that no Python is known to have, the nearest package above that is recorded.
    pub name: &'static str,
    /// The Pythons that import it.
    pub has: Pythons,
    /// Those of which it isn't known: modules of another system, or of a library that the build asked lacks, and those that
    /// nobody asked for because an import acts. The rest haven't the module.
    pub unknown: Pythons,
    /// Whether its names, and modules inside, were asked for. If not, whatever isn't recorded is unknown.
    pub recorded: bool,
}

/// A name of the standard library, in one module. The same thing is often there under several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The module that it is looked up in.
    pub module: &'static str,
    /// The name: `OrderedDict`, or `Outer.Inner`.
    pub name: &'static str,
    /// The Pythons that find it.
    pub resolves: Pythons,
    /// Those of which it isn't known, as the build asked lacks the module or what the system has to do with it. The rest don't
    /// find it.
    pub unknown: Pythons,
    /// What it is.
    pub kind: Kind,
    written: &'static str,
}

/// What the pickler of some Pythons writes for a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The Pythons.
    pub pythons: Pythons,
    /// The module that is written.
    pub module: &'static str,
    /// The name.
    pub name: &'static str,
}

impl Entry {
    /// What picklers write for it instead of this name, from protocol 4 on (before, names of Python 2 may stand for it). For a
    /// class, an exception or a function, the Pythons in neither this nor [`unwritten`](Self::unwritten) write this very name;
    /// other things are only pickled by name on the Pythons told here, also if it is this one.
    pub fn written(&self) -> impl Iterator<Item = Written> + use<> {
        let Self {
            module, name, kind, ..
        } = *self;
        self.columns().filter_map(move |(pythons, home)| {
            if kind == Kind::Module || home == "-" {
                return None;
            }
            let (module, name) = match home.split_once(' ') {
                Some(both) => both,
                None if home.is_empty() => (module, name),
                None => (home, name),
            };
            Some(Written {
                pythons,
                module,
                name,
            })
        })
    }

    /// The Pythons that resolve it but whose picklers don't write any name for it: it claims another home, which doesn't have it, or
    /// is pickled in another way, or not at all.
    pub fn unwritten(&self) -> Pythons {
        let by_name = matches!(
            self.kind,
            Kind::Class | Kind::Exception | Kind::Function | Kind::Builtin
        );
        let told = |unwritten: bool| {
            self.columns()
                .filter(|(_, home)| (*home == "-") == unwritten)
                .fold(Pythons::NONE, |all, (pythons, _)| all.or(pythons))
        };
        if by_name {
            told(true)
        } else {
            self.resolves.without(told(false))
        }
    }

    /// What its pickler writes, or none where it writes no name.
    pub fn written_by(&self, python: Python) -> Option<Written> {
        if !self.resolves.has(python) || self.unwritten().has(python) {
            return None;
        }
        let own = Written {
            pythons: self.resolves,
            module: self.module,
            name: self.name,
        };
        Some(
            self.written()
                .find(|home| home.pythons.has(python))
                .unwrap_or(own),
        )
    }

    /// The parts of the last column: `mask=home`, or `home` for all that resolve it.
    fn columns(&self) -> impl Iterator<Item = (Pythons, &'static str)> + use<> {
        let resolves = self.resolves;
        self.written
            .split(';')
            .filter(|part| !part.is_empty())
            .map(move |part| match part.split_once('=') {
                Some((mask, home)) => (mask_of(mask).unwrap_or_default(), home),
                None => (resolves, part),
            })
    }

    fn of_line(line: &'static str) -> Option<Self> {
        let [module, name, resolves, kind, written, unknown] = columns(line);
        Some(Self {
            module,
            name,
            resolves: mask_of(resolves)?,
            kind: Kind::from_letter(kind)?,
            written,
            unknown: mask_of(unknown)?,
        })
    }
}

impl Module {
    fn of_line(line: &'static str) -> Option<Self> {
        let [name, has, unknown, skipped] = columns(line);
        (!name.starts_with('#')).then_some(())?;
        Some(Self {
            name,
            has: mask_of(has)?,
            unknown: mask_of(unknown)?,
            recorded: skipped.is_empty(),
        })
    }
}

/// A module, if it is of the standard library, or would have to lie in a package of it: of `json.tool.x` it is known that no
/// Python has it, of `numpy` nothing.
pub fn module(name: &str) -> Option<Module> {
    let listed = |name: &str| rows(MODULES, [name]).next().and_then(Module::of_line);
    // From the top: what lies in a package that isn't listed isn't either.
    let ends = name
        .match_indices('.')
        .map(|(at, _)| at)
        .chain([name.len()]);
    let mut nearest = None;
    for end in ends {
        match listed(name.get(..end)?) {
            Some(module) => nearest = Some(module),
            None => break,
        }
    }
    let nearest: Module = nearest?;
    if nearest.name == name {
        return Some(nearest);
    }
    let unknown = if nearest.recorded {
        nearest.unknown
    } else {
        nearest.has.or(nearest.unknown)
    };
    Some(Module {
        has: Pythons::NONE,
        unknown,
        ..nearest
    })
}

/// All modules, sorted by name.
pub fn modules() -> impl Iterator<Item = Module> {
    MODULES.lines().filter_map(Module::of_line)
}

/// A name in a module, as one that has imported nothing else finds it. Below a class only classes are recorded, and those
/// where the class lives: [`walk`] goes there.
pub fn find(module: &str, name: &str) -> Option<Entry> {
    let found = self::module(module).filter(|found| found.name == module)?;
    let row = |module| rows(NAMES, [module, name]).next().and_then(Entry::of_line);
    let mut entry = match row(module) {
        Some(entry) => entry,
        None => {
            let mut entry = row(ANY)?;
            entry.module = found.name;
            entry.resolves = entry.resolves.and(found.has);
            entry.unknown = entry.unknown.and(found.has);
            entry
        }
    };
    entry.unknown = entry.unknown.or(found.unknown);
    Some(entry)
}

/// All names of all modules, sorted by module, space and name.
pub fn names() -> impl Iterator<Item = Entry> {
    NAMES
        .lines()
        .filter_map(Entry::of_line)
        .filter(|entry| entry.module != ANY)
}

/// All names of a module, sorted.
pub fn names_of<'m>(module: &'m str) -> impl Iterator<Item = Entry> + use<'m> {
    rows(NAMES, [module])
        .filter_map(Entry::of_line)
        .filter(|entry| entry.module != ANY)
}

/// Every module that has something of this name: where it could live. All names are looked through.
pub fn homes<'n>(name: &'n str) -> impl Iterator<Item = Entry> + use<'n> {
    let column = format!("\t{name}\t");
    let mut from = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let at = from.saturating_add(NAMES.get(from..)?.find(&column)?);
            from = at.saturating_add(1);
            let start = NAMES
                .get(..at)?
                .rfind('\n')
                .map_or(0, |at| at.saturating_add(1));
            let row = NAMES.get(start..)?.lines().next()?;
            // Other columns have letters too.
            let entry =
                Entry::of_line(row).filter(|entry| entry.name == name && entry.module != ANY);
            if entry.is_some_and(|entry| start.saturating_add(entry.module.len()) == at) {
                return entry;
            }
        }
    })
}

/// How far each Python gets with a name. Every Python is in one of the four sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walk {
    /// Those that find it.
    pub resolves: Pythons,
    /// Those that don't have the module.
    pub no_module: Pythons,
    /// Those that have it, and no such name in it.
    pub no_attribute: Pythons,
    /// Those of which it isn't known: [`Module::unknown`], [`Entry::unknown`], or [`past_record`](Self::past_record).
    pub unknown: Pythons,
    /// Those where a part of the name was found, and what that has isn't recorded: attributes of classes, functions, values.
    pub past_record: Pythons,
    /// What the name, or as much of it as is recorded, is on the newest Python that gets so far.
    pub entry: Option<Entry>,
    /// How many of the name's parts between dots lead to `entry`.
    pub parts: usize,
}

/// A part of the walk: these Pythons are at this module, in this class.
struct At<'n> {
    pythons: Pythons,
    module: String,
    outer: String,
    rest: &'n str,
}

/// Looks a name up as a process does that has imported its module and nothing else. A name with dots is walked, as unpicklers of
/// Python 3 do from protocol 4 on, through modules and classes, also on 2.7, whose unpicklers never do. `None` if the module
/// isn't of the standard library.
pub fn walk(module: &str, name: &str) -> Option<Walk> {
    let found = self::module(module)?;
    let mut walk = Walk {
        no_module: Pythons::ALL.without(found.has).without(found.unknown),
        unknown: found.unknown,
        ..Walk::default()
    };
    let mut at = vec![At {
        pythons: found.has,
        module: module.to_owned(),
        outer: String::new(),
        rest: name,
    }];
    let mut parts = 0_usize;
    while !at.is_empty() {
        if parts == MAX_PARTS {
            let left = at
                .iter()
                .fold(Pythons::NONE, |all, here| all.or(here.pythons));
            walk.unknown = walk.unknown.or(left);
            walk.past_record = walk.past_record.or(left);
            break;
        }
        parts = parts.saturating_add(1);
        let mut next = Vec::new();
        let mut newest = None;
        for here in at {
            step(&here, parts, &mut newest, &mut walk, &mut next);
        }
        at = next;
    }
    Some(walk)
}

fn step<'n>(
    here: &At<'n>,
    parts: usize,
    newest: &mut Option<Python>,
    walk: &mut Walk,
    next: &mut Vec<At<'n>>,
) {
    let (part, rest) = match here.rest.split_once('.') {
        Some((part, rest)) => (part, Some(rest)),
        None => (here.rest, None),
    };
    let in_module = here.outer.is_empty();
    let entry = if in_module {
        find(&here.module, part)
    } else {
        find(&here.module, &format!("{}.{part}", here.outer))
    };
    let (yes, unknown) = entry.map_or((Pythons::NONE, Pythons::NONE), |entry| {
        (
            here.pythons.and(entry.resolves),
            here.pythons.and(entry.unknown),
        )
    });
    let rest_of = here.pythons.without(yes).without(unknown);
    walk.unknown = walk.unknown.or(unknown);
    // What a recorded name's Pythons aren't told of don't have it; what isn't recorded of a class may be there.
    let recorded = if in_module {
        self::module(&here.module).is_none_or(|module| module.recorded)
    } else {
        entry.is_some() || part.is_empty() || part.starts_with('<')
    };
    if recorded {
        walk.no_attribute = walk.no_attribute.or(rest_of);
    } else {
        walk.unknown = walk.unknown.or(rest_of);
        if !in_module {
            walk.past_record = walk.past_record.or(rest_of);
        }
    }
    let Some(entry) = entry else {
        return;
    };
    if let Some(last) = yes.or(unknown).iter().next_back()
        && newest.is_none_or(|newest| last > newest)
    {
        *newest = Some(last);
        walk.entry = Some(entry);
        walk.parts = parts;
    }
    let Some(rest) = rest else {
        walk.resolves = walk.resolves.or(yes);
        return;
    };
    let mut left = yes;
    let mut go = |pythons: Pythons, module: String, outer: String| {
        let pythons = pythons.and(left);
        left = left.without(pythons);
        if !pythons.is_empty() {
            next.push(At {
                pythons,
                module,
                outer,
                rest,
            });
        }
    };
    match entry.kind {
        Kind::Module => {
            for (pythons, home) in entry.columns() {
                let home = match home {
                    "." => format!("{}.{}", entry.module, entry.name),
                    home => home.to_owned(),
                };
                go(pythons, home, String::new());
            }
            go(yes, part.to_owned(), String::new());
        }
        Kind::Class | Kind::Exception => {
            for home in entry.written() {
                // Its home may be no module that is recorded.
                if find(home.module, home.name).is_some() {
                    go(home.pythons, home.module.to_owned(), home.name.to_owned());
                }
            }
            go(yes, entry.module.to_owned(), entry.name.to_owned());
        }
        _ => {
            walk.unknown = walk.unknown.or(yes);
            walk.past_record = walk.past_record.or(yes);
        }
    }
}

/// Parts of a name that are walked. Modules that show each other (`os.path.os.path`) make names of any length, which nobody
/// writes.
const MAX_PARTS: usize = 64;

/// The module that stands for any: what every module has because it is one.
const ANY: &str = "*";

/// A mask in hexadecimal, or nothing, for none.
fn mask_of(text: &str) -> Option<Pythons> {
    if text.is_empty() {
        return Some(Pythons::NONE);
    }
    let mask = u16::from_str_radix(text, 16).ok()?;
    (mask <= Pythons::ALL.mask()).then_some(Pythons::from_mask(mask))
}
