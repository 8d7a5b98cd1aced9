//! From a message to its cause.
//!
//! Where a message names a module and a name, what is known of that name decides; where it names a type or a class, these do;
//! else its wording alone.

use std::borrow::Cow;

use crate::{
    lookup::{
        causes::{Parts, Stage},
        explain::{Explained, explain},
        homeless, moves, names, renames,
        renames::Place,
        resolve::Wanted,
    },
    opcode::Opcode,
    python::{Python, Pythons},
};

use super::{Ask, Message, templates::cause_of_type};

/// What is known of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decided<'a> {
    /// The cause's name for programs.
    pub cause: &'static str,
    /// What the places of its texts are filled with.
    pub parts: Parts<'a>,
    /// The module that the message is about.
    pub module: Option<Cow<'a, str>>,
    /// The name in it.
    pub name: Option<Cow<'a, str>>,
    /// Where it really is.
    pub reachable: Option<Place>,
}

/// What stands in code for a name or a module that a message doesn't tell.
pub(in crate::lookup) const STAND_INS: [(&str, &str); 7] = [
    ("name", "NAME"),
    ("module", "MODULE"),
    ("instead_name", "NAME"),
    ("inner", "FUNCTION"),
    ("outer", "OUTER"),
    ("package", "PACKAGE"),
    ("code", "CODE"),
];

pub(in crate::lookup) fn decide<'a>(message: &'a Message<'a>, asked: Pythons) -> Decided<'a> {
    let own = message.pythons();
    let pythons = match own.and(asked) {
        both if both.is_empty() => own,
        both => both,
    };
    let deciding = Deciding { message, pythons };
    let mut decided = deciding.decided();
    decided.parts = deciding.parts(decided.parts);
    decided
}

struct Deciding<'a> {
    message: &'a Message<'a>,
    /// Those that say so, of those that were asked for.
    pythons: Pythons,
}

impl<'a> Deciding<'a> {
    fn decided(&self) -> Decided<'a> {
        let plain = Decided {
            cause: self.message.template.cause,
            parts: Parts::default(),
            module: self.part("module").map(Cow::Borrowed),
            name: self.part("name").map(Cow::Borrowed),
            reachable: None,
        };
        let protocol = self.part("protocol").and_then(|text| text.parse().ok());
        if let ("load.proto", Some(protocol)) = (self.message.template.id, protocol) {
            return Self::protocol(protocol, plain);
        }
        match self.message.template.ask {
            // A `__reduce__` gave what can't be iterated, or a loader was given a state of that kind.
            Ask::Nothing
                if self.message.template.id == "load.state.pystate" && self.message.dumping =>
            {
                Decided {
                    cause: "reduce-broken",
                    ..plain
                }
            }
            // It doesn't say which module, and no other is asked for this name.
            Ask::Nothing
                if self.message.template.id == "load.attr.py2"
                    && self.part("name") == Some("__main__") =>
            {
                Decided {
                    cause: "dill-main",
                    module: Some("__builtin__".into()),
                    parts: Parts::default().with("module", "__builtin__"),
                    ..plain
                }
            }
            Ask::Nothing => plain,
            Ask::Name => match self.name() {
                // Refused before it is looked up: whether it is there isn't asked.
                Some((module, name)) if self.message.template.cause == "torch-weights-only" => {
                    Decided {
                        parts: Parts::default()
                            .with("module", module.to_string())
                            .with("name", name.to_string()),
                        module: Some(module),
                        name: Some(name),
                        ..plain
                    }
                }
                Some((module, name)) if self.message.stage() == Stage::Dump => {
                    self.written(module, name)
                }
                Some((module, name)) => self.loaded(module, name),
                None => self.nameless(plain),
            },
            Ask::Module => match self.part("module").or_else(|| {
                // The wording of one module has no place for it.
                self.message.text.split('\'').nth(1)
            }) {
                Some(module) => self.module(module),
                None => plain,
            },
            Ask::Type => self.of_type(plain),
            Ask::Class => self.of_class(plain),
            Ask::Key => self.of_key(plain),
        }
    }

    /// The stream says that it is of a protocol that its loader doesn't know.
    fn protocol(protocol: u8, mut decided: Decided<'a>) -> Decided<'a> {
        let readers: Pythons = Python::all()
            .filter(|python| python.highest_protocol() >= protocol)
            .collect();
        if readers.is_empty() {
            // Nobody does.
            decided.cause = "corrupted";
        } else {
            decided.parts = decided.parts.with("pythons", readers.to_string());
        }
        decided
    }

    fn part(&self, place: &str) -> Option<&'a str> {
        self.message.part(place)
    }

    /// The module and the name that were looked up.
    fn name(&self) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
        if let (Some(module), Some(name)) = (self.part("module"), self.part("name")) {
            return Some((module.into(), name.into()));
        }
        if let ("load.attr.main", Some(name)) = (self.message.template.id, self.part("name")) {
            let module = match self.message.template.cause {
                "main-module" => "__main__",
                _ => "__mp_main__",
            };
            return Some((module.into(), name.into()));
        }
        let dotted = match (self.part("dotted"), self.message.template.id) {
            (Some(dotted), _) => dotted,
            (None, "dump.py2.instancemethod") => "__builtin__.instancemethod",
            (None, "dump.py2.function_fallback") => "__builtin__.function",
            _ => return None,
        };
        let (module, name) = parted(dotted, self.part("obj").unwrap_or_default())?;
        Some((module.into(), name.into()))
    }

    /// A local object of which only the name in its module is told.
    fn nameless(&self, mut decided: Decided<'a>) -> Decided<'a> {
        if let Some(qualname) = self.part("qualname") {
            if let Some((outer, inner)) = qualname.rsplit_once(".<locals>.") {
                let outer = outer
                    .rsplit_once(".<locals>.")
                    .map_or(outer, |(_, last)| last);
                decided.cause = of_local(inner).unwrap_or(decided.cause);
                decided.parts = decided.parts.with("outer", outer).with("inner", inner);
            }
            decided.name = Some(qualname.into());
        }
        decided
    }

    /// A name that was looked up to be written.
    fn written(&self, module: Cow<'a, str>, name: Cow<'a, str>) -> Decided<'a> {
        let own = self.message.template.cause;
        let explained = self.explained(&module, &name, Some(4));
        let mut decided = Decided {
            cause: explained.cause.id,
            parts: owned(&explained.parts),
            reachable: explained.reachable,
            module: None,
            name: None,
        };
        let local = name.rsplit_once(".<locals>.");
        let of_type = homeless::find(&module, &name).and_then(|_| cause_of_type(&name));
        decided.cause = match decided.cause {
            _ if own == "not-same-object" => own,
            "local-object" => {
                let (outer, inner) = local.unwrap_or((&name, &name));
                decided.parts = Parts::default()
                    .with("module", module.to_string())
                    .with("name", name.to_string())
                    .with("outer", outer.to_owned())
                    .with("inner", inner.to_owned());
                of_local(inner).unwrap_or("local-object")
            }
            "lambda" | "bound-method-python-2" | "hidden-function-python-2" | "dill-main" => {
                decided.cause
            }
            "unreachable-type" | "singleton-type" => of_type.unwrap_or(decided.cause),
            _ => own,
        };
        decided.module = Some(module);
        decided.name = Some(name);
        decided
    }

    /// A name that was looked up on loading.
    fn loaded(&self, module: Cow<'a, str>, name: Cow<'a, str>) -> Decided<'a> {
        // The message has the name that a Python 2 name was mapped to.
        let old = self
            .pythons
            .iter()
            .next_back()
            .and_then(|python| renames::to_python2(python, &module, "*"))
            .filter(|(old, _)| {
                renames::hole(old, &name).is_some()
                    || old == "__builtin__" && name == "instancemethod"
            });
        let mut explained = match &old {
            // Python 2 wrote it, and what it meant is Python 2's.
            Some((old, _)) => self.explained_for(self.pythons.or(Pythons::PY2), old, &name, None),
            None => self.explained(&module, &name, Some(4)),
        };
        if name.contains('.') && explained.cause.id == "resolves" {
            // It would, had the stream been of protocol 4.
            explained = self.explained(&module, &name, Some(2));
        }
        if explained.cause.id == "not-a-standard-name" {
            // Python 2 may have it, which reads protocol 2.
            explained = self.explained(&module, &name, Some(2));
        }
        let mut parts = owned(&explained.parts);
        let cause = match explained.cause.id {
            // The name is known to be there, or nothing is known; and it isn't.
            "resolves" | "not-installed" | "depends-on-build" | "not-a-module" => {
                let package = module.split('.').next().unwrap_or(&module);
                let library = moves::install(&module).unwrap_or(package).to_owned();
                parts = parts.with("library", library);
                self.message.template.cause
            }
            "unreachable-type" => explained.cause.id,
            "main-module" if module == "__mp_main__" => "worker-cannot-import",
            cause => cause,
        };
        Decided {
            cause,
            parts,
            reachable: explained.reachable,
            module: Some(module),
            name: Some(name),
        }
    }

    fn explained(&self, module: &str, name: &str, protocol: Option<u8>) -> Explained<'static> {
        self.explained_for(self.pythons, module, name, protocol)
    }

    fn explained_for(
        &self,
        pythons: Pythons,
        module: &str,
        name: &str,
        protocol: Option<u8>,
    ) -> Explained<'static> {
        let wanted = Wanted {
            module,
            name,
            protocol,
        };
        let wanted = Wanted {
            // A name with dots is only walked where the stream's protocol allows, which isn't known.
            protocol: protocol.filter(|_| !self.pythons.and(Pythons::PY3).is_empty()),
            ..wanted
        };
        let explained = explain(wanted, pythons);
        Explained {
            wanted: None,
            verdicts: Vec::new(),
            parts: owned(&explained.parts),
            cause: explained.cause,
            reachable: explained.reachable,
            message: None,
        }
    }

    /// A module that wasn't found.
    fn module(&self, module: &'a str) -> Decided<'a> {
        let mut decided = Decided {
            cause: self.message.template.cause,
            parts: Parts::default(),
            module: Some(module.into()),
            name: None,
            reachable: None,
        };
        if self.message.template.id == "load.mod.none" {
            return decided;
        }
        if module == "__mp_main__" {
            // Wherever multiprocessing is at work it is there: another program reads what a worker wrote.
            decided.cause = "main-module";
            return decided;
        }
        let known = names::module(module);
        let lacking = known.map_or(self.pythons, |known| self.pythons.without(known.has));
        let package = module.split('.').next().unwrap_or(module);
        if lacking.is_empty()
            && self.message.template.id == "load.mod.py2"
            && !OF_A_BUILD.contains(&package)
        {
            // Python 2 prints the carriage return at the name's end as it is, and a terminal doesn't show it.
            decided.cause = "carriage-return";
            let whole = format!("{module}\r");
            decided.parts = Parts::default()
                .with("module", whole.clone())
                .with("near_module", module)
                .with("near", STAND_INS[0].1);
            decided.module = Some(whole.into());
            return decided;
        }
        if lacking.is_empty() {
            decided.cause = "depends-on-build";
            return decided;
        }
        // Python 2 can't read protocol 4, which is asked about because nothing is renamed in it.
        let lacking = match lacking.and(Pythons::PY3) {
            newer if newer.is_empty() => lacking,
            newer => newer,
        };
        let renamed = lacking
            .iter()
            .next_back()
            .filter(|python| !python.is_2())
            .and_then(|python| renames::to_python3(python, module, "*"));
        if let (Some((new, _)), true) = (
            renamed,
            known.is_some_and(|known| known.has == Pythons::PY2),
        ) {
            let any = STAND_INS[0].1;
            decided.cause = "python-2-name";
            decided.parts = Parts::default()
                .with("module", module)
                .with("instead", format!("{new}.{any}"))
                .with("instead_module", new)
                .with("instead_name", any);
            return decided;
        }
        if known.is_some_and(|known| known.has.or(known.unknown).is_empty()) {
            decided.parts = decided.parts.with("package", module);
            return decided;
        }
        // What became of a module is told by what became of a name of it.
        let explained = |name: &str| {
            let wanted = Wanted {
                module,
                name,
                protocol: Some(4),
            };
            let wanted = if lacking == Pythons::PY2 {
                Wanted {
                    protocol: Some(2),
                    ..wanted
                }
            } else {
                wanted
            };
            let explained = explain(wanted, lacking);
            (
                explained.cause.id,
                owned(&explained.parts),
                explained.reachable,
            )
        };
        let public = || {
            names::names_of(module)
                .map(|entry| entry.name)
                .filter(|name| !name.starts_with('_') && !name.contains('.'))
                .take(NAMES)
        };
        let tells = |(cause, ..): &(&str, Parts<'_>, Option<Place>)| {
            matches!(*cause, "python-2-name" | "python-3-name" | "module-moved")
        };
        let moved = moved_as_one(module);
        let (cause, parts, reachable) = public()
            .map(explained)
            .find(tells)
            .or_else(|| public().next().map(explained))
            .or_else(|| Some(explained(moved?.0)))
            .unwrap_or_else(|| explained(STAND_INS[0].1));
        decided.cause = match cause {
            "carriage-return" | "python-2-name" | "python-3-name" | "module-moved"
            | "module-gone" | "module-not-yet" | "library-moved" | "library-changed"
            | "not-installed" => cause,
            "attribute-gone" | "attribute-moved" => "module-gone",
            "attribute-not-yet" => "module-not-yet",
            "depends-on-build" => cause,
            _ if module.is_empty() || module.ends_with('.') || module.starts_with('.') => {
                "not-a-module"
            }
            "not-a-module" => "not-a-module",
            _ => "not-installed",
        };
        // The texts speak of any name of it.
        decided.parts = parts
            .iter()
            .filter(|(place, _)| !matches!(*place, "name" | "instead" | "instead_name" | "near"))
            .fold(Parts::default(), |parts, (place, text)| {
                parts.with(place, text.to_owned())
            });
        if let (Some((_, new)), "library-moved") = (moved, cause) {
            decided.parts = decided.parts.with("instead_name", new);
        } else if let Some((instead, _)) = &reachable {
            let any = STAND_INS[0].1;
            decided.parts = decided
                .parts
                .with("instead", format!("{instead}.{any}"))
                .with("instead_name", any);
        }
        if cause == "carriage-return" {
            decided.parts = decided.parts.with("near", STAND_INS[0].1);
        }
        decided
    }

    /// What was to be pickled is of a type that can't be.
    fn of_type(&self, mut decided: Decided<'a>) -> Decided<'a> {
        let Some(name) = self.part("type").or(self.part("name")) else {
            return decided;
        };
        if let Some(cause) = cause_of_type(name) {
            let py2 = cause.ends_with("-python-2");
            if !py2 || self.pythons.and(Pythons::PY2) == Pythons::PY2 {
                decided.cause = cause;
            }
        }
        if self.message.template.id == "dump.py2.builtin_type" {
            let name = self.part("name").unwrap_or(name);
            let explained = self.explained("__builtin__", name, None);
            if decided.cause == self.message.template.cause {
                decided.cause = match explained.cause.id {
                    cause @ ("unreachable-type" | "singleton-type") => cause,
                    _ => "not-found-by-name",
                };
                decided.reachable = explained.reachable;
            }
            decided.parts = explained.parts;
            decided.module = Some("__builtin__".into());
            decided.name = Some(name.into());
        }
        if decided.cause == "c-type-without-recipe" && name.contains('.') {
            let (module, name) = name.rsplit_once('.').unwrap_or_default();
            decided.module = Some(module.into());
            decided.name = Some(name.into());
        }
        decided
    }

    /// A class that can't be made again, or has lost an attribute.
    fn of_class(&self, mut decided: Decided<'a>) -> Decided<'a> {
        let function = self.part("f").unwrap_or_default();
        let class = self
            .part("type")
            .or_else(|| Some(function.rsplit_once('.')?.0))
            .unwrap_or_default();
        if let Some(name) = self.part("name") {
            let private = name.starts_with("__") && !name.ends_with("__");
            if private {
                decided.cause = "private-method";
            } else if class == "Unpickler" && name == "persistent_load" {
                decided.cause = "persistent-id";
            }
        } else if is_exception(class) || function == "__init__" || function.ends_with(".__init__") {
            // Only what calls its class on loading gets there: exceptions do, and a `__reduce__` may.
            decided.cause = "exception-cannot-be-rebuilt";
        }
        if !class.is_empty() {
            decided.parts = decided.parts.with("class", class);
        }
        decided
    }

    /// What no opcode, memo or module is called.
    fn of_key(&self, mut decided: Decided<'a>) -> Decided<'a> {
        let is_opcode = |byte: u8| Opcode::from_byte(byte).is_some();
        if let Some(code) = self.part("code") {
            // What an opcode is called can't be missing among the opcodes.
            let byte: Option<u8> = code.parse().ok().filter(|byte| !is_opcode(*byte));
            match byte {
                Some(byte) => decided.parts = decided.parts.with("byte", shown(byte)),
                None => {
                    decided.cause = "memo-missing";
                    decided.parts = decided.parts.with("index", code);
                }
            }
            return decided;
        }
        let key = self.part("key").unwrap_or_default();
        let one = key.chars().count() == 1 || key.starts_with('\\') && key.len() <= 4;
        decided.cause = match key {
            _ if one => "not-a-pickle",
            _ if key.bytes().all(|byte| byte.is_ascii_digit()) => "memo-missing",
            _ if key.starts_with("__") => "reduce-broken",
            _ => "state-mismatch",
        };
        decided
    }

    /// The parts of the message, under the names that the causes' texts have for them.
    fn parts(&self, parts: Parts<'a>) -> Parts<'a> {
        let message = self.message;
        let fill = |parts: Parts<'a>, place: &'static str, text: &'a str| {
            if parts.get(place).is_some() || text.is_empty() {
                parts
            } else {
                parts.with(place, text)
            }
        };
        let mut parts = message.parts.iter().fold(parts, |parts, (place, text)| {
            let place = match *place {
                "obj" => "repr",
                "f" => "function",
                "max" if message.template.id == "load.intlimit" => "limit",
                "max" => return parts,
                "type" if message.template.id == "load.enum" => "class",
                "key" => "byte",
                "name" if message.template.id == "dump.py2.builtin_type" => return parts,
                "member" => "value",
                place => place,
            };
            fill(parts, place, text)
        });
        if let Some(format) = parts.get("byte").and_then(format_of) {
            parts = parts.with("format", format);
        }
        if message.template.id == "api.noinit"
            && let Some(class) = self.part("type")
        {
            parts = fill(parts, "name", class);
        }
        if let Some(exception) = message.exception {
            parts = fill(parts, "error", exception);
        }
        // `dict item 'lock'` in `Holder state` is an attribute.
        if let [first, second, ..] = message.notes.as_slice()
            && second.ends_with(" state")
            && let Some(attribute) = first.strip_prefix("dict item ")
        {
            parts = fill(parts, "attribute", attribute.trim_matches('\''));
        }
        if let Some(last) = message.notes.first()
            && let Some(class) = last.strip_suffix(" object")
        {
            parts = fill(parts, "type", class);
        }
        parts
    }
}

/// What a build of Python 2.7 may lack, as a library or a header was missing.
const OF_A_BUILD: [&str; 34] = [
    "Tkinter",
    "_bsddb",
    "_bz2",
    "_ctypes",
    "_curses",
    "_curses_panel",
    "_elementtree",
    "_hashlib",
    "_socket",
    "_sqlite3",
    "_ssl",
    "_tkinter",
    "anydbm",
    "bsddb",
    "bz2",
    "crypt",
    "ctypes",
    "curses",
    "dbhash",
    "dbm",
    "gdbm",
    "hashlib",
    "lib2to3",
    "linuxaudiodev",
    "nis",
    "ossaudiodev",
    "pyexpat",
    "readline",
    "spwd",
    "sqlite3",
    "ssl",
    "termios",
    "turtle",
    "zlib",
];

/// So many names of a module are asked what became of them.
const NAMES: usize = 40;

/// A name of a library's module, and the name that became of all that the module had: `Int64Index` and `Float64Index` are
/// `Index`, elsewhere.
fn moved_as_one(module: &str) -> Option<(&'static str, &'static str)> {
    let mut all = moves::all().filter_map(|of| {
        let (old, new) = (of.old?, of.new?);
        (old.module == module && !old.below && new.module != module)
            .then_some((old.name?, new.module, new.name?))
    });
    let (name, home, new) = all.next()?;
    all.all(|(_, module, name)| (module, name) == (home, new))
        .then_some((name, new))
}

/// Why a local object is one, by its name: decorators call theirs so.
fn of_local(inner: &str) -> Option<&'static str> {
    matches!(
        inner,
        "wrapper" | "wrapped" | "_wrapper" | "_wrapped" | "decorated" | "wrap" | "_decorated"
    )
    .then_some("decorated-without-wraps")
}

/// Module and name of `module.name`, with an object's repr, which may tell where the name begins.
fn parted<'a>(dotted: &'a str, repr: &str) -> Option<(&'a str, &'a str)> {
    let known = repr
        .strip_prefix("<function ")
        .and_then(|rest| rest.split(' ').next())
        .and_then(|name| dotted.strip_suffix(name)?.strip_suffix('.'))
        .filter(|module| !module.is_empty());
    if let Some(module) = known {
        let name = dotted.get(module.len().saturating_add(1)..)?;
        return Some((module, name));
    }
    let local = dotted.find(".<locals>").unwrap_or(dotted.len());
    let head = dotted.get(..local)?;
    let mut module = head.rsplit_once('.')?.0;
    // A method's class is part of the name.
    while local < dotted.len()
        && let Some((outer, class)) = module.rsplit_once('.')
        && class.starts_with(char::is_uppercase)
    {
        module = outer;
    }
    let name = dotted.get(module.len().saturating_add(1)..)?;
    Some((module, name))
}

/// Whether a class is an exception, by its name.
fn is_exception(class: &str) -> bool {
    let class = class.rsplit('.').next().unwrap_or(class);
    [
        "Error",
        "Exception",
        "Err",
        "Exc",
        "Warning",
        "Failure",
        "Interrupt",
        "Exit",
    ]
    .iter()
    .any(|end| class.ends_with(end))
}

/// A byte as Python shows it.
fn shown(byte: u8) -> String {
    match byte {
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

/// What files begin with a byte that isn't an opcode.
fn format_of(byte: &str) -> Option<&'static str> {
    Some(match byte {
        "\\x1f" => "a gzip file",
        "\\xfd" => "an xz file",
        "x" => "data compressed with zlib",
        "<" => "HTML or XML: an error page that was downloaded in its place",
        "{" => "JSON",
        "v" => {
            "a pointer of Git LFS (`version https://git-lfs…`): fetch the file itself with `git lfs pull`"
        }
        "\\x89" => "HDF5 or PNG",
        "\\x93" => "NumPy's .npy",
        "\\xef" => "text with a byte order mark",
        "\\r" | "\\x0d" => "text, or a pickle whose line ends were changed",
        "\\n" | "\\x0a" => "text, or a pickle whose line ends were changed",
        "#" => "a script or another text",
        "Z" | "\\x28" => "compressed data",
        _ => return None,
    })
}

/// Parts that live on their own.
fn owned(parts: &Parts<'_>) -> Parts<'static> {
    parts.iter().fold(Parts::default(), |all, (place, text)| {
        all.with(place, text.to_owned())
    })
}
