//! What is told of one entry.

mod signature;

use std::{borrow::Cow, collections::HashSet};

use crate::{
    code::{
        needs::Need,
        object::{Id, Layout, Object, Objects},
        stored::{self, Cell, CodeRef, Globals, Made},
        writer::Writer,
    },
    decode::text::Text,
    machine::{Kind, Value},
    python::Pythons,
};

use super::{super::tree::Grown, DILL_ONLY, Entry, Judged, Report, by_reference, plain};

use signature::signature;

/// One entry, told.
#[derive(Clone, Debug)]
pub struct Told<'s> {
    /// Where the first opcode stands of those that make it; of code inside code, of what that stands in.
    pub offset: u64,
    /// How many bytes they take.
    pub length: u64,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub what: What<'s>,
    /// Who wrote it; `None` for code inside of other code.
    pub writer: Option<Writer>,
    /// The names that its making looks up and calls, or takes as they are.
    pub references: Vec<String>,
    /// What is odd about it: a code for programs, and words.
    pub problems: Vec<(&'static str, String)>,
}

/// What an entry is.
#[derive(Clone, Debug)]
pub enum What<'s> {
    /// A function, with its code where that is understood.
    Function(Box<Function>, Option<Box<Facts<'s>>>),
    /// A code object by itself, or inside another.
    Code(Box<Facts<'s>>),
    /// A class.
    Class(Box<Class>),
    /// A module: names and values.
    Module(Vec<(String, String)>),
}

impl<'s> What<'s> {
    /// The facts of its code.
    pub fn facts(&self) -> Option<&Facts<'s>> {
        match self {
            Self::Function(_, facts) => facts.as_deref(),
            Self::Code(facts) => Some(facts),
            Self::Class(_) | Self::Module(_) => None,
        }
    }

    /// `function`, `code`, `class` or `module`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Function(..) => "function",
            Self::Code(_) => "code",
            Self::Class(_) => "class",
            Self::Module(_) => "module",
        }
    }
}

/// What a function has beside its code.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// Its name and arguments, with defaults and annotations.
    pub signature: String,
    /// `__qualname__`, where it is told beside the code.
    pub qualname: Option<String>,
    /// `__module__`.
    pub module: Option<String>,
    /// Its docstring.
    pub doc: Option<String>,
    /// Defaults of its arguments.
    pub defaults: Vec<String>,
    /// Defaults of its keyword-only arguments.
    pub kwdefaults: Vec<(String, String)>,
    /// Annotations.
    pub annotations: Vec<(String, String)>,
    /// What else is set on it.
    pub attributes: Vec<(String, String)>,
    /// What its closure holds: the variable and its value, if it has any.
    pub closure: Vec<(String, Option<String>)>,
    /// Where its globals come from that the pickle doesn't have.
    pub globals: Vec<String>,
    /// Names that the pickle has for it, and what each is.
    pub stored: Vec<(String, String)>,
    /// Names that it needs; `None` where its code can't be followed.
    pub needed: Option<Vec<Need>>,
}

/// A class.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// `__qualname__`.
    pub qualname: Option<String>,
    /// `__module__`.
    pub module: Option<String>,
    /// Its metaclass.
    pub metaclass: Option<String>,
    /// Its bases.
    pub bases: Vec<String>,
    /// Its attributes but for its methods.
    pub attributes: Vec<(String, String)>,
    /// Its methods: each with what it is wrapped in.
    pub methods: Vec<(String, Option<&'static str>)>,
    /// Whether it is made as an enum.
    pub is_enum: bool,
}

/// The facts of a code object.
#[derive(Clone, Debug)]
pub struct Facts<'s> {
    /// It.
    pub code: CodeRef,
    /// How its fields stand.
    pub layout: Layout,
    /// `co_name`.
    pub name: String,
    /// `co_qualname`, from 3.11 on.
    pub qualname: Option<String>,
    /// `co_filename`.
    pub filename: String,
    /// `co_firstlineno`.
    pub firstlineno: i64,
    /// `co_argcount`.
    pub argcount: i64,
    /// `co_posonlyargcount`.
    pub posonlyargcount: i64,
    /// `co_kwonlyargcount`.
    pub kwonlyargcount: i64,
    /// `co_flags`.
    pub flags: i64,
    /// `co_stacksize`.
    pub stacksize: i64,
    /// `co_varnames`.
    pub varnames: Vec<String>,
    /// `co_names`.
    pub names: Vec<String>,
    /// `co_freevars`.
    pub freevars: Vec<String>,
    /// `co_cellvars`.
    pub cellvars: Vec<String>,
    /// The `repr` of each constant.
    pub consts: Vec<String>,
    /// `co_code`.
    pub bytes: &'s [u8],
    /// The Pythons whose bytecode it is.
    pub pythons: Pythons,
    /// What becomes of it on those that were asked for.
    pub judged: Vec<Judged>,
    /// What becomes of it on all others, in words, where none were asked for; `None` where that isn't known, or it stands inside
    /// another.
    pub elsewhere: Option<String>,
    /// Where the marshal data stands that it was read from, and its length.
    pub marshal: Option<(u64, u64)>,
}

/// So many attributes of a class or a module are told.
const ATTRIBUTES: usize = 1000;

/// Flag of code from 3.13 on: its first constant is a docstring. (`CO_HAS_DOCSTRING`, `Include/cpython/code.h`.)
const HAS_DOCSTRING: i64 = 0x400_0000;

impl<'s, 'a> Report<'s, 'a> {
    /// Tells an entry. Those inside it follow it: see [`inside`](Self::inside).
    pub fn told(
        &mut self,
        entry: Entry,
        around: Option<(u64, u64)>,
        grown: &Grown<'_>,
    ) -> Told<'s> {
        let stored = self.stored;
        self.left_out = false;
        let mut told = match entry {
            Entry::Function(number) => match stored.functions.get(number) {
                Some(function) => self.function(function, grown),
                None => self.nothing(),
            },
            Entry::Class(number) => match stored.classes.get(number) {
                Some(class) => self.class(class, grown),
                None => self.nothing(),
            },
            Entry::Module(number) => match stored.modules.get(number) {
                Some(module) => {
                    let (offset, length) = self.span(module.place, grown);
                    Told {
                        offset,
                        length,
                        name: self.called(module.name.as_ref()),
                        what: What::Module(self.pairs(&module.attributes, Layout::D)),
                        writer: Some(module.writer.clone()),
                        references: vec![module.callee.clone()],
                        problems: Vec::new(),
                    }
                }
                None => self.nothing(),
            },
            Entry::Code(number) => match stored.codes.get(number) {
                Some(made) => self.made(made, grown),
                None => self.nothing(),
            },
            Entry::Inside(code) => {
                let mut told = self.nothing();
                let mut problems = Vec::new();
                if let Some(facts) = self.facts(code, None, &mut problems) {
                    told.name = facts.name.clone();
                    told.what = What::Code(facts);
                }
                told.problems = problems;
                told
            }
        };
        if let (Entry::Inside(_), Some((offset, length))) = (entry, around) {
            (told.offset, told.length) = (offset, length);
        }
        if self.left_out {
            let why = "not all of it is told: so much is shared that it would take more room than the input by far";
            told.problems.push(("left-out", why.to_owned()));
        }
        told
    }

    fn nothing(&self) -> Told<'s> {
        Told {
            offset: 0,
            length: 0,
            name: String::new(),
            what: What::Module(Vec::new()),
            writer: None,
            references: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn made(&mut self, made: &Made, grown: &Grown<'_>) -> Told<'s> {
        let mut told = self.nothing();
        (told.offset, told.length) = self.span(made.place, grown);
        let mut problems = Vec::new();
        if let Some(mut facts) = self.facts(made.code, Some(made), &mut problems) {
            facts.marshal = self.marshal_of(made, grown);
            told.name = facts.name.clone();
            told.what = What::Code(facts);
        }
        told.writer = Some(made.writer.clone());
        told.references = vec![made.callee.clone()];
        told.problems = problems;
        told
    }

    /// A name of the stream, fit to be shown.
    fn called(&mut self, name: Option<&Text<'_>>) -> String {
        let Some(name) = name else {
            return "?".to_owned();
        };
        let text = match name {
            Text::Str(text) => Cow::Borrowed(text.as_ref()),
            Text::Wtf8(bytes) => String::from_utf8_lossy(bytes),
        };
        plain(&self.budget.name(text))
    }

    fn called_if(&mut self, name: Option<&Text<'_>>) -> Option<String> {
        name.map(|name| self.called(Some(name)))
    }

    /// Where the bytes of marshal data stand.
    fn marshal_of(&self, made: &Made, grown: &Grown<'_>) -> Option<(u64, u64)> {
        let (place, length) = made.marshal?;
        // The payload is at the end of its opcode, but for lines.
        let value = Value::new(Kind::Object, 0, place);
        let op = grown.view().op(value)?;
        let end = op.offset.saturating_add(op.length());
        let at = end.checked_sub(length).filter(|at| *at > op.offset);
        Some((at.unwrap_or(op.offset), length))
    }

    fn function(&mut self, function: &'s stored::Function<'a>, grown: &Grown<'_>) -> Told<'s> {
        let stored = self.stored;
        let mut told = self.nothing();
        (told.offset, told.length) = self.span(function.place, grown);
        let mut problems = Vec::new();
        let made = function.code.and_then(|code| stored.codes.get(code));
        let mut facts = made.and_then(|made| self.facts(made.code, Some(made), &mut problems));
        if let (Some(facts), Some(made)) = (&mut facts, made) {
            facts.marshal = self.marshal_of(made, grown);
        }
        let layout = facts.as_ref().map_or(Layout::D, |facts| facts.layout);
        told.name = match (&function.name, &facts) {
            (Some(own), _) => self.called(Some(own)),
            (None, Some(facts)) => facts.name.clone(),
            (None, None) => "?".to_owned(),
        };
        let mut own = Function {
            qualname: self.called_if(function.qualname.as_ref()),
            module: self.called_if(function.module.as_ref()),
            kwdefaults: self.pairs(&function.kwdefaults, layout),
            annotations: self.pairs(&function.annotations, layout),
            attributes: self.pairs(&function.attributes, layout),
            globals: function.globals.iter().filter_map(by_reference).collect(),
            ..Function::default()
        };
        own.defaults = self.reprs(&function.defaults, layout);
        own.closure = self.closure(function, facts.as_deref(), layout);
        own.stored = self.stored_names(&function.globals);
        if let (Some(made), Some(facts)) = (made, facts.as_deref()) {
            own.needed = self
                .python(made.code)
                .and_then(|python| self.needs.of(stored, function, python));
            if own.needed.is_none() {
                let why = match facts.pythons.is_empty() {
                    true => {
                        "its bytecode is none of a Python that is known: what it needs isn't known"
                    }
                    false => "what it needs isn't told: too much of its code is shared",
                };
                problems.push(("not-followed", why.to_owned()));
            }
            own.doc = self.doc(function, made.code, facts);
        }
        if made.is_none() {
            let why = "its code isn't as any library writes it, and is shown as calls by tree";
            problems.push(("unread-code", why.to_owned()));
        }
        own.signature = signature(&told.name, facts.as_deref(), &own);
        if function.globals.contains(&Globals::Main) {
            problems.push((
                "dill-only-name",
                format!(
                    "Plain pickle can't load this: no Python has {DILL_ONLY}, in whose place the load and loads of dill put the \
                     dict of the program's own __main__"
                ),
            ));
        }
        told.references = [Some(function.callee.clone())]
            .into_iter()
            .chain([made.map(|made| made.callee.clone())])
            .flatten()
            .chain(own.globals.iter().cloned())
            .collect();
        told.references.dedup();
        told.writer = Some(function.writer.clone());
        told.what = What::Function(Box::new(own), facts);
        told.problems = problems;
        told
    }

    fn class(&mut self, class: &'s stored::Class<'a>, grown: &Grown<'_>) -> Told<'s> {
        let mut told = self.nothing();
        (told.offset, told.length) = self.span(class.place, grown);
        told.name = self.called(class.name.as_ref());
        let mut own = Class {
            qualname: self.called_if(class.qualname.as_ref()),
            module: self.called_if(class.module.as_ref()),
            metaclass: class.metaclass.clone(),
            bases: class.bases.clone(),
            is_enum: class.is_enum,
            ..Class::default()
        };
        let layout = match own.metaclass.as_deref() {
            Some("ClassType" | "types.ClassType") => Layout::A,
            _ => Layout::D,
        };
        // A dict can be given many times.
        for attributes in &class.attributes {
            if own.attributes.len() < ATTRIBUTES {
                own.attributes.extend(self.pairs(attributes, layout));
            }
        }
        for methods in &class.methods {
            if self.pay(methods.len()) {
                let methods = methods.iter();
                own.methods.extend(
                    methods.map(|method| (self.called(Some(&method.name)), method.wrapper)),
                );
            }
        }
        own.methods.dedup();
        let methods: HashSet<&str> = own.methods.iter().map(|(name, _)| name.as_str()).collect();
        own.attributes
            .retain(|(key, _)| !methods.contains(key.as_str()));
        // Its functions tell more of who wrote it.
        let first = class.methods.iter().find_map(|methods| methods.first());
        let method = first.and_then(|method| self.stored.functions.get(method.function));
        let writer = method
            .map(|method| &method.writer)
            .filter(|own| own.library == class.writer.library && own.versions.is_some());
        told.writer = Some(writer.unwrap_or(&class.writer).clone());
        told.references = vec![class.callee.clone()];
        told.references.extend(own.bases.iter().cloned());
        told.what = What::Class(Box::new(own));
        told
    }

    /// The facts of a code object; what there is no room for is said among the problems.
    fn facts(
        &mut self,
        at: CodeRef,
        made: Option<&Made>,
        problems: &mut Vec<(&'static str, String)>,
    ) -> Option<Box<Facts<'s>>> {
        let stored = self.stored;
        let (objects, code) = stored.code(at)?;
        let bytes = objects.bytes(code.code);
        let cost = [
            bytes.len(),
            objects.tuple(code.names).len().saturating_mul(4),
            objects.tuple(code.consts).len().saturating_mul(4),
            code.variables(objects).saturating_mul(12),
        ];
        let cost = cost.into_iter().fold(0usize, usize::saturating_add);
        let is_whole = self.pay(cost);
        let budget = &mut self.budget;
        let mut text = |id: Id| budget.text(objects, id).map(|text| text.into_owned());
        let name = text(code.name).unwrap_or_default();
        let qualname = code.qualname.and_then(&mut text);
        let filename = text(code.filename).unwrap_or_default();
        let mut texts = |ids: Vec<Id>| -> Vec<String> {
            ids.into_iter()
                .map(|id| text(id).unwrap_or_default())
                .collect()
        };
        let lists = is_whole.then(|| {
            [
                texts(code.varnames(objects)),
                texts(objects.tuple(code.names).to_vec()),
                texts(code.freevars(objects)),
                texts(code.cellvars(objects)),
            ]
        });
        let [varnames, names, freevars, cellvars] = lists.unwrap_or_default();
        let consts = match is_whole {
            true => self.reprs_of(objects, objects.tuple(code.consts), code.layout),
            false => Vec::new(),
        };
        let (pythons, fault) = self.fit(at);
        problems.extend(fault.map(|fault| (fault.code(), fault.to_string())));
        let maker = made.map(Made::maker);
        let elsewhere = match self.asked {
            None => maker.and_then(|maker| self.elsewhere(at, maker)),
            Some(_) => None,
        };
        Some(Box::new(Facts {
            code: at,
            layout: code.layout,
            name,
            qualname,
            filename,
            firstlineno: code.firstlineno,
            argcount: code.argcount,
            posonlyargcount: code.posonlyargcount,
            kwonlyargcount: code.kwonlyargcount,
            flags: code.flags,
            stacksize: code.stacksize,
            varnames,
            names,
            freevars,
            cellvars,
            consts,
            bytes: if is_whole { bytes } else { &[] },
            pythons,
            judged: self.judged(at, maker),
            elsewhere,
            marshal: None,
        }))
    }

    fn reprs_of(&mut self, objects: &Objects<'_>, ids: &[Id], layout: Layout) -> Vec<String> {
        ids.iter()
            .map(|id| self.repr(objects, *id, layout))
            .collect()
    }

    /// The `repr` of objects of the pickle itself.
    fn reprs(&mut self, ids: &[Id], layout: Layout) -> Vec<String> {
        let stored = self.stored;
        match stored.pickled() {
            Some(objects) if self.pay(ids.len()) => self.reprs_of(objects, ids, layout),
            _ => Vec::new(),
        }
    }

    fn pairs(&mut self, pairs: &[(Text<'a>, Id)], layout: Layout) -> Vec<(String, String)> {
        let stored = self.stored;
        let pairs = pairs.get(..ATTRIBUTES).unwrap_or(pairs);
        match stored.pickled() {
            Some(objects) if self.pay(pairs.len()) => pairs
                .iter()
                .map(|(key, id)| (self.called(Some(key)), self.repr(objects, *id, layout)))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn closure(
        &mut self,
        function: &stored::Function<'a>,
        facts: Option<&Facts<'_>>,
        layout: Layout,
    ) -> Vec<(String, Option<String>)> {
        let stored = self.stored;
        let cells = function.cells();
        let Some(objects) = stored.pickled().filter(|_| self.pay(cells)) else {
            return Vec::new();
        };
        (0..cells)
            .map(|at| {
                let variable = facts.and_then(|facts| facts.freevars.get(at));
                let variable = variable.map_or_else(|| format!("cell {at}"), |name| plain(name));
                let value = match function.cell(at) {
                    Some(Cell::Holds(id)) => Some(self.repr(objects, id, layout)),
                    _ => None,
                };
                (variable, value)
            })
            .collect()
    }

    /// Names that are stored for a function.
    fn stored_names(&mut self, globals: &[Globals]) -> Vec<(String, String)> {
        let stored = self.stored;
        let mut names = Vec::new();
        for globals in globals {
            if let Globals::Stored { dict: at, .. } = globals
                && let Some(namespace) = stored.namespaces.get(*at)
                && self.pay(namespace.names.len().saturating_mul(4))
            {
                let own = namespace.names.iter();
                names.extend(own.map(|(key, value)| {
                    let key = self.budget.name(key.as_ref().into());
                    (plain(&key), value.clone())
                }));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    fn doc(
        &mut self,
        function: &stored::Function<'a>,
        code: CodeRef,
        facts: &Facts<'_>,
    ) -> Option<String> {
        let stored = self.stored;
        if let Some(doc) = function.doc
            && let Some(objects) = stored.pickled()
        {
            return is_text(objects, doc).then(|| self.repr(objects, doc, facts.layout));
        }
        let (objects, own) = stored.code(code)?;
        let has_flag = facts
            .pythons
            .iter()
            .next()
            .is_some_and(|first| first.version() >= (3, 13));
        if has_flag && facts.flags & HAS_DOCSTRING == 0 {
            return None;
        }
        // The first constant, if it is text. (`PyFunction_NewWithQualName`.)
        let first = *objects.tuple(own.consts).first()?;
        is_text(objects, first).then(|| self.repr(objects, first, facts.layout))
    }
}

fn is_text(objects: &Objects<'_>, id: Id) -> bool {
    matches!(objects.get(id), Some(Object::Str(_) | Object::OldStr(_)))
}
