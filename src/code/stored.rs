//! What a pickle stores by value: functions, code objects, classes, modules and cells.
//!
//! They are found by the calls that make them, in the stream's order, whether the result gets into the pickle's value or
//! is dropped: what was called was called. What comes later (a cell that is set, a class that gets its dict) is added to
//! what was made.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{
    decode::text::Text,
    graph::View,
    machine::{Kind, Value},
};

use super::{
    callee::{self, Callee, Does, Known, Library, Maker, SHORT, known, text},
    cloudpickle::{self, State},
    dill::{self, CodeForm},
    layout::{self, Checker},
    marshal,
    object::{Code, CodeId, Id, Object, Objects},
    pickled::{Pickled, any_bytes, name_of, plain, quoted},
    writer::{Evidence, Writer},
};

/// The marshal data of a pickle, by where its bytes stand.
#[derive(Clone, Debug, Default)]
pub struct Marshalled<'a>(HashMap<u64, Cow<'a, [u8]>>);

impl<'a> Marshalled<'a> {
    /// The marshal data that the calls at these offsets load.
    pub fn of(view: View<'_, 'a>, calls: impl IntoIterator<Item = u64>) -> Self {
        let mut all = HashMap::new();
        for place in calls {
            if let Some(Known {
                callee:
                    Callee {
                        does: Does::Unmarshal,
                        ..
                    },
                arguments: &[data],
                ..
            }) = known(view, place)
            {
                let place = view.place(data);
                if !all.contains_key(&place)
                    && let Some(bytes) = any_bytes(view, data)
                {
                    all.insert(place, bytes);
                }
            }
        }
        Self(all)
    }
}

/// What a pickle stores by value.
#[derive(Debug, Default)]
pub struct Stored<'a> {
    /// The objects of the pickle itself, and then those of each marshal data.
    pub objects: Vec<Objects<'a>>,
    /// Code objects that the stream makes by themselves; those in others are among their constants.
    pub codes: Vec<Made>,
    /// Functions.
    pub functions: Vec<Function<'a>>,
    /// Classes.
    pub classes: Vec<Class<'a>>,
    /// Modules.
    pub modules: Vec<Module<'a>>,
    /// Dicts that are the globals of functions.
    pub namespaces: Vec<Namespace<'a>>,
    /// Calls that make code, and that aren't as any library writes them.
    pub unread: Vec<Unread>,
}

/// A code object of [`Stored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeRef {
    /// Which of [`Stored::objects`] it stands in.
    pub arena: usize,
    /// Its place there.
    pub code: CodeId,
}

/// A code object, and the call that makes it.
#[derive(Clone, Debug)]
pub struct Made {
    /// Where the opcode of the call stands.
    pub place: u64,
    /// It.
    pub code: CodeRef,
    /// How many bytes of marshal data it was read from, and where the value stands that has them.
    pub marshal: Option<(u64, u64)>,
    /// Where the value stands that is its `co_code`, where it wasn't read from marshal data.
    pub bytes: Option<u64>,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// Whether a function is made of it.
    pub used: bool,
    form: CodeForm,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function<'a> {
    /// Where the opcode of the call stands that makes it.
    pub place: u64,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// Its code, among [`Stored::codes`].
    pub code: Option<usize>,
    /// `__name__`, where it is told beside the code.
    pub name: Option<Text<'a>>,
    /// `__qualname__`, where it is told beside the code.
    pub qualname: Option<Text<'a>>,
    /// `__module__`.
    pub module: Option<Text<'a>>,
    /// `__doc__`, where it is told beside the code.
    pub doc: Option<Id>,
    /// `__defaults__`.
    pub defaults: Arc<[Id]>,
    /// `__kwdefaults__`.
    pub kwdefaults: Pairs<'a>,
    /// `__annotations__`.
    pub annotations: Pairs<'a>,
    /// What else is set on it.
    pub attributes: Pairs<'a>,
    /// What its closure holds as it is made, and what is told of it later.
    closure: [Arc<[Cell]>; 2],
    /// Where its globals come from.
    pub globals: Vec<Globals>,
}

/// Names with what they stand for.
pub type Pairs<'a> = Arc<[(Text<'a>, Id)]>;

/// A cell of a closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It holds this.
    Holds(Id),
    /// It holds nothing.
    Empty,
    /// What it is isn't known.
    Unknown,
}

impl Function<'_> {
    /// A cell of its closure, counted from 0; `None` where it has none.
    pub fn cell(&self, at: usize) -> Option<Cell> {
        let [made, later] = &self.closure;
        match later.get(at) {
            Some(Cell::Holds(id)) => Some(Cell::Holds(*id)),
            other => made.get(at).or(other).copied(),
        }
    }

    /// How many cells its closure has.
    pub fn cells(&self) -> usize {
        let [made, later] = &self.closure;
        made.len().max(later.len())
    }
}

/// Where globals come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Globals {
    /// The dict of this module, which the loader has.
    Module(String),
    /// The same of the program that loads, under the name `__builtin__.__main__`, which dill's own unpickler alone finds.
    /// (`Unpickler.find_class` in `dill/_dill.py`.)
    Main,
    /// A dict that stands in the stream.
    Stored {
        /// Which of [`Stored::namespaces`].
        dict: usize,
        /// Whether nothing was in it yet when the function was made: `_create_function` of dill 0.2.6 and later takes a new
        /// dict for an empty one, and what is filled in later doesn't get there. Told where the writer is 0.2.8 or later.
        late: bool,
    },
    /// Something else.
    Other(String),
}

/// Names that are stored.
#[derive(Clone, Debug, Default)]
pub struct Namespace<'a> {
    /// Each with its value in the stream, fit to be told by [`Stored::told`].
    pub names: HashMap<Cow<'a, str>, String>,
}

/// A class.
#[derive(Clone, Debug)]
pub struct Class<'a> {
    /// Where the opcode of the call stands that makes it.
    pub place: u64,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// `__name__`.
    pub name: Option<Text<'a>>,
    /// `__qualname__`.
    pub qualname: Option<Text<'a>>,
    /// `__module__`.
    pub module: Option<Text<'a>>,
    /// Its metaclass, in words.
    pub metaclass: Option<String>,
    /// Its bases, in words.
    pub bases: Vec<String>,
    /// What its dicts hold, in the stream's order.
    pub attributes: Vec<Pairs<'a>>,
    /// Its methods: functions among [`Stored::functions`], with how each is wrapped.
    pub methods: Vec<Arc<[Method<'a>]>>,
    /// Whether it is an enum with these members.
    pub is_enum: bool,
}

/// A function of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Method<'a> {
    /// Under which name.
    pub name: Text<'a>,
    /// `staticmethod`, `classmethod` or `property`.
    pub wrapper: Option<&'static str>,
    /// Which of [`Stored::functions`].
    pub function: usize,
}

/// A module.
#[derive(Clone, Debug)]
pub struct Module<'a> {
    /// Where the opcode of the call stands that makes it.
    pub place: u64,
    /// The name that is called.
    pub callee: String,
    /// Who wrote it.
    pub writer: Writer,
    /// `__name__`.
    pub name: Option<Text<'a>>,
    /// What its dict holds.
    pub attributes: Pairs<'a>,
}

/// A call that makes code and isn't understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where its opcode stands.
    pub place: u64,
    /// What is called.
    pub callee: String,
    /// Why it isn't understood.
    pub why: String,
}

impl<'a> Stored<'a> {
    /// What the calls at these offsets store by value, in the stream's order.
    pub fn read(
        view: View<'_, 'a>,
        marshalled: &'a Marshalled<'a>,
        calls: impl IntoIterator<Item = u64>,
    ) -> Self {
        let mut finder = Finder::new(view, marshalled);
        for place in calls {
            if let Some(known) = known(view, place) {
                finder.call(place, &known);
            }
        }
        finder.finish()
    }

    /// Whether there is none of all this.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
            && self.functions.is_empty()
            && self.classes.is_empty()
            && self.modules.is_empty()
            && self.unread.is_empty()
    }

    /// A code object, with the objects that it stands among.
    pub fn code(&self, code: CodeRef) -> Option<(&Objects<'a>, &Code)> {
        let objects = self.objects.get(code.arena)?;
        Some((objects, objects.code(code.code)?))
    }

    /// The objects of the pickle itself, where all [`Id`]s are of functions and classes.
    pub fn pickled(&self) -> Option<&Objects<'a>> {
        self.objects.first()
    }
}

/// More arguments than any Python's code objects are made of.
const FIELDS: usize = 32;

/// So many bases of a class are told, and so many arguments of what wraps a function.
const FEW: usize = 64;

/// A function as it is found, piece by piece.
struct Draft {
    place: u64,
    callee: String,
    inside: Option<String>,
    evidence: Evidence,
    code: Option<usize>,
    given: Given,
}

/// What a function has, whoever tells it.
#[derive(Default)]
struct Given {
    name: Option<Value>,
    qualname: Option<Value>,
    module: Option<Value>,
    doc: Option<Value>,
    defaults: Option<Value>,
    kwdefaults: Option<Value>,
    annotations: Option<Value>,
    dict: Option<Value>,
    closure: Option<Value>,
    later_closure: Option<Value>,
    globals: Vec<Value>,
}

/// A class as it is found.
struct ClassDraft {
    place: u64,
    callee: String,
    writer: Writer,
    name: Option<Value>,
    metaclass: Option<Value>,
    bases: Option<Value>,
    /// Dicts of its attributes.
    dicts: Vec<Value>,
    /// Attributes that are set.
    set: Vec<(Value, Value)>,
    is_enum: bool,
}

impl ClassDraft {
    /// Takes it from what is called beside, where the class itself is made by Python's own means.
    fn is_written_by(&mut self, writer: Writer) {
        if self.writer.library == Library::Python.name() || self.writer.versions.is_none() {
            self.writer = writer;
        }
    }
}

/// A module as it is found.
struct ModuleDraft {
    place: u64,
    callee: String,
    writer: Writer,
    name: Value,
    dict: Option<Value>,
}

#[derive(Clone, Copy)]
enum Content {
    Value(Value),
    Empty,
}

/// Looks for what is stored by value.
struct Finder<'g, 'a> {
    view: View<'g, 'a>,
    marshalled: &'a Marshalled<'a>,
    pickled: Pickled<'g, 'a>,
    arenas: Vec<Objects<'a>>,
    /// What marshal data is, by where its bytes stand.
    read: HashMap<u64, Result<CodeRef, String>>,
    codes: Vec<Made>,
    code_at: HashMap<u64, usize>,
    drafts: Vec<Draft>,
    function_at: HashMap<u64, usize>,
    classes: Vec<ClassDraft>,
    class_at: HashMap<u64, usize>,
    modules: Vec<ModuleDraft>,
    cells: HashMap<u64, Content>,
    checker: Checker,
    unread: Vec<Unread>,
    lists: HashMap<u64, Arc<[Id]>>,
    dicts: HashMap<u64, Pairs<'a>>,
    methods: HashMap<u64, Arc<[Method<'a>]>>,
    /// `__qualname__` and `__module__` of dicts of classes.
    class_names: HashMap<u64, [Option<Text<'a>>; 2]>,
    closures: HashMap<u64, Arc<[Cell]>>,
    namespaces: Vec<Namespace<'a>>,
    namespace_at: HashMap<u64, usize>,
}

impl<'g, 'a> Finder<'g, 'a> {
    fn new(view: View<'g, 'a>, marshalled: &'a Marshalled<'a>) -> Self {
        Self {
            view,
            marshalled,
            pickled: Pickled::new(view),
            arenas: vec![Objects::default()],
            read: HashMap::new(),
            codes: Vec::new(),
            code_at: HashMap::new(),
            drafts: Vec::new(),
            function_at: HashMap::new(),
            classes: Vec::new(),
            class_at: HashMap::new(),
            modules: Vec::new(),
            cells: HashMap::new(),
            checker: Checker::default(),
            unread: Vec::new(),
            lists: HashMap::new(),
            dicts: HashMap::new(),
            methods: HashMap::new(),
            class_names: HashMap::new(),
            closures: HashMap::new(),
            namespaces: Vec::new(),
            namespace_at: HashMap::new(),
        }
    }

    fn call(&mut self, place: u64, known: &Known<'g>) {
        let is_read = match (known.callee.does, known.arguments) {
            (Does::Code, _) => self.code(place, known),
            (Does::Unmarshal, &[data]) => self.unmarshal(place, known, data),
            (Does::Function(maker), arguments) => self.function(place, known, maker, arguments),
            (Does::Fill, arguments) => self.fill(place, arguments),
            (Does::FunctionState, &[function, state, ..]) => {
                self.function_state(known, function, state)
            }
            (Does::Class, &[metaclass, name, bases, dict]) => {
                self.class(place, known, Some(metaclass), name, Some(bases), Some(dict))
            }
            // A metaclass of the user's own may take what it likes.
            (Does::Class, &[metaclass, name, bases, dict, ..]) => {
                self.class(place, known, Some(metaclass), name, Some(bases), Some(dict))
            }
            (Does::TypeCall, &[name, bases, dict]) => {
                let metaclass = Some(known.call.callee);
                self.class(place, known, metaclass, name, Some(bases), Some(dict))
            }
            // The type of a value.
            (Does::TypeCall, _) => true,
            (Does::NewClass, &[name, bases, keywords, body]) => {
                let metaclass = self.under(keywords, "metaclass");
                let (dict, writer) = match self.source_of(body) {
                    Some((dict, writer)) => (Some(dict), writer),
                    None => (None, None),
                };
                let is_read = self.class(place, known, metaclass, name, Some(bases), dict);
                if let (Some(class), Some(writer)) = (self.classes.last_mut(), writer) {
                    class.is_written_by(writer);
                }
                is_read
            }
            (Does::Skeleton, &[metaclass, name, bases, keywords, ..]) => self.class(
                place,
                known,
                Some(metaclass),
                name,
                Some(bases),
                Some(keywords),
            ),
            (Does::SkeletonEnum, &[bases, name, qualname, members, module, ..]) => {
                let is_read = self.class(place, known, None, name, Some(bases), Some(members));
                if let Some(class) = self.classes.last_mut() {
                    class.is_enum = true;
                    class.set.extend([(qualname, qualname), (module, module)]);
                }
                is_read
            }
            (Does::ClassState { old }, &[class, state, ..]) => {
                let writer = Writer {
                    versions: cloudpickle::class_versions(known.callee.library, old),
                    ..self.writer(known)
                };
                self.class_state(place, class, state, old, writer)
            }
            (Does::Cell, []) | (Does::EmptyCell, []) => {
                self.cells.insert(place, Content::Empty);
                true
            }
            (Does::Cell, &[value]) => {
                let content = self.content(value);
                self.cells.insert(place, content);
                true
            }
            (Does::SetAttr, &[of, name, value]) => self.set(of, name, Some(value)),
            (Does::DelAttr, &[of, name]) => self.set(of, name, None),
            (Does::Module, &[name, ..]) => self.module(place, known, name, None),
            (Does::FilledModule, &[name, dict, ..]) => self.module(place, known, name, Some(dict)),
            (
                Does::Unmarshal
                | Does::FunctionState
                | Does::Class
                | Does::NewClass
                | Does::Skeleton
                | Does::SkeletonEnum
                | Does::ClassState { .. }
                | Does::EmptyCell
                | Does::Cell,
                arguments,
            ) => self.not_read(
                place,
                known,
                &format!("it has {} arguments", arguments.len()),
            ),
            _ => true,
        };
        if !is_read {
            self.not_read(place, known, "its arguments aren't what it takes");
        }
    }

    /// Notes a call that isn't understood.
    fn not_read(&mut self, place: u64, known: &Known<'g>, why: &str) -> bool {
        self.unread.push(Unread {
            place,
            callee: self.callee(known),
            why: why.to_owned(),
        });
        true
    }

    /// What is called, in words.
    fn callee(&self, known: &Known<'g>) -> String {
        let callee = known.call.callee;
        if let Some(name) = name_of(self.view, callee) {
            return name;
        }
        let type_named = callee::known_value(self.view, callee).and_then(|by| {
            let &[name] = by.arguments else {
                return None;
            };
            let function = name_of(self.view, by.call.callee)?;
            Some(format!("{function}({})", quoted(&text(self.view, name)?)))
        });
        type_named.unwrap_or_else(|| self.pickled.words(callee))
    }

    /// The name that is looked up for a call.
    fn inside(&self, known: &Known<'g>) -> Option<String> {
        if !matches!(known.callee.library, Library::Cloudpickle { .. }) {
            return None;
        }
        let mut callee = known.call.callee;
        if let Some(call) = self.view.call(callee) {
            callee = call.callee;
        }
        let (module, _) = callee::short(self.view, callee)?;
        cloudpickle::copied_in(&module).map(plain)
    }

    fn writer(&self, known: &Known<'g>) -> Writer {
        let library = known.callee.library;
        Writer {
            library: library.name(),
            versions: dill::module_versions(library),
            inside: self.inside(known),
        }
    }

    fn code(&mut self, place: u64, known: &Known<'g>) -> bool {
        if known.arguments.len() > FIELDS {
            let why = format!("it has {} arguments", known.arguments.len());
            return self.not_read(place, known, &why);
        }
        let ids: Option<Vec<Id>> = known
            .arguments
            .iter()
            .map(|argument| self.pickled.whole(*argument))
            .collect();
        let Some(ids) = ids else {
            return false;
        };
        let made = layout::of_arguments(&mut self.pickled.objects, &mut self.checker, &ids);
        match made {
            Ok(code) => {
                self.pickled.is_code(place, Object::Code(code));
                let led = known
                    .arguments
                    .first()
                    .is_some_and(|first| first.kind() != Kind::Int);
                let form = match (known.callee.by_type, led) {
                    (true, _) => CodeForm::Type,
                    (false, false) => CodeForm::Create,
                    (false, true) => CodeForm::CreateLed,
                };
                self.made(place, known, CodeRef { arena: 0, code }, None, form);
                let own = self.pickled.objects.code(code).map(|code| code.code);
                let argument = ids
                    .iter()
                    .zip(known.arguments)
                    .find(|(id, _)| Some(**id) == own);
                if let (Some(made), Some((_, value))) = (self.codes.last_mut(), argument) {
                    made.bytes = Some(self.view.place(*value));
                }
                true
            }
            Err(why) => self.not_read(place, known, &why.to_string()),
        }
    }

    fn made(
        &mut self,
        place: u64,
        known: &Known<'g>,
        code: CodeRef,
        marshal: Option<(u64, u64)>,
        form: CodeForm,
    ) {
        self.code_at.insert(place, self.codes.len());
        self.codes.push(Made {
            place,
            code,
            marshal,
            bytes: None,
            callee: self.callee(known),
            writer: self.writer(known),
            used: false,
            form,
        });
    }

    fn unmarshal(&mut self, place: u64, known: &Known<'g>, data: Value) -> bool {
        let at = self.view.place(data);
        let Some(bytes) = self.marshalled.0.get(&at) else {
            return false;
        };
        let read = match self.read.get(&at) {
            Some(read) => read.clone(),
            None => {
                let read = self.unmarshalled(bytes);
                self.read.insert(at, read.clone());
                read
            }
        };
        match read {
            Ok(code) => {
                let marshal = Some((at, bytes.len() as u64));
                self.made(place, known, code, marshal, CodeForm::Marshal);
                true
            }
            // Marshal data of Python's own may be anything.
            Err(_) if known.callee.library == Library::Python => true,
            Err(why) => self.not_read(place, known, &why),
        }
    }

    fn unmarshalled(&mut self, bytes: &'a [u8]) -> Result<CodeRef, String> {
        let readings = marshal::read(bytes).map_err(|fault| fault.to_string())?;
        let found =
            readings
                .into_iter()
                .find_map(|reading| match reading.objects.get(reading.root) {
                    Some(Object::Code(code)) => Some((*code, reading.objects)),
                    _ => None,
                });
        let Some((code, objects)) = found else {
            return Err("its marshal data holds no code object".to_owned());
        };
        self.arenas.push(objects);
        Ok(CodeRef {
            arena: self.arenas.len().saturating_sub(1),
            code,
        })
    }

    fn function(
        &mut self,
        place: u64,
        known: &Known<'g>,
        maker: Maker,
        arguments: &'g [Value],
    ) -> bool {
        let fits = match maker {
            Maker::Python => (2..=6).contains(&arguments.len()),
            Maker::Dill => (5..=7).contains(&arguments.len()),
            Maker::Cloudpickle => arguments.len() == 5,
            Maker::Skeleton => (2..=3).contains(&arguments.len()),
        };
        let Some((&code, rest)) = arguments.split_first().filter(|_| fits) else {
            let why = format!("it has {} arguments", arguments.len());
            return self.not_read(place, known, &why);
        };
        let at = |number: usize| {
            rest.get(number)
                .copied()
                .filter(|value| value.kind() != Kind::None)
        };
        let mut given = Given::default();
        if maker == Maker::Skeleton {
            // A count of cells, or what they hold.
            given.closure = at(0).filter(|cells| cells.kind() != Kind::Int);
            given.globals.extend(at(1));
        } else {
            given.globals.extend(at(0));
            given.name = at(1);
            given.defaults = at(2);
            given.closure = at(3);
            if maker == Maker::Dill {
                given.dict = at(4);
                given.kwdefaults = at(5);
            } else {
                given.kwdefaults = at(4);
            }
        }
        let code = self.code_at.get(&self.view.place(code)).copied();
        let made = code.and_then(|code| self.codes.get_mut(code));
        let form = made.map(|made| {
            made.used = true;
            (made.form, made.code)
        });
        if code.is_none() {
            self.not_read(place, known, "its code isn't understood");
        }
        let layout = form.and_then(|(_, code)| {
            let objects = match code.arena {
                0 => &self.pickled.objects,
                arena => self.arenas.get(arena)?,
            };
            Some(objects.code(code.code)?.layout)
        });
        self.function_at.insert(place, self.drafts.len());
        self.drafts.push(Draft {
            place,
            callee: self.callee(known),
            inside: self.inside(known),
            evidence: Evidence {
                library: known.callee.library,
                maker,
                arguments: arguments.len(),
                code: form.map(|(form, _)| form),
                layout,
                state: None,
            },
            code,
            given,
        });
        true
    }

    fn draft(&mut self, value: Value) -> Option<&mut Draft> {
        let at = *self.function_at.get(&self.view.place(value))?;
        self.drafts.get_mut(at)
    }

    /// `_fill_function`, which gives the function that it gets. (`cloudpickle.py` of 1.2: what it takes, and what it took.)
    fn fill(&mut self, place: u64, arguments: &'g [Value]) -> bool {
        const DICT: &[&str] = &[
            "globals",
            "defaults",
            "dict",
            "closure_values",
            "module",
            "name",
            "doc",
            "qualname",
            "kwdefaults",
            "annotations",
        ];
        let order: &[&str] = match arguments.len() {
            2 => &[],
            4 => &["globals", "defaults", "dict"],
            5 => &["globals", "defaults", "dict", "closure_values"],
            6 => &["globals", "defaults", "dict", "module", "closure_values"],
            _ => return false,
        };
        let Some((&function, rest)) = arguments.split_first() else {
            return false;
        };
        let told: Vec<(&str, Value)> = match rest {
            &[state] if order.is_empty() => DICT
                .iter()
                .filter_map(|key| Some((*key, self.under(state, key)?)))
                .collect(),
            _ => order.iter().copied().zip(rest.iter().copied()).collect(),
        };
        let count = arguments.len();
        let Some(at) = self.function_at.get(&self.view.place(function)).copied() else {
            return false;
        };
        let Some(draft) = self.drafts.get_mut(at) else {
            return false;
        };
        draft.evidence.state = Some(State::Filled(count));
        for (key, value) in told {
            draft.given.take(key, value);
        }
        self.function_at.insert(place, at);
        true
    }

    /// `_function_setstate(function, (dict, slots))`.
    fn function_state(&mut self, known: &Known<'g>, function: Value, state: Value) -> bool {
        const SLOTS: &[&str] = &[
            "__globals__",
            "__defaults__",
            "__kwdefaults__",
            "__closure__",
            "__module__",
            "__name__",
            "__qualname__",
            "__doc__",
            "__annotations__",
        ];
        let Some(&[dict, slots]) = self.view.tuple(state) else {
            return false;
        };
        let told: Vec<(&str, Value)> = SLOTS
            .iter()
            .filter_map(|key| Some((*key, self.under(slots, key)?)))
            .collect();
        let fast = known.callee.library == Library::Cloudpickle { fast: true };
        let Some(draft) = self.draft(function) else {
            return false;
        };
        draft.evidence.state = Some(if fast { State::Fast } else { State::Set });
        draft.given.dict = Some(dict);
        for (key, value) in told {
            draft.given.take(key, value);
        }
        true
    }

    fn class(
        &mut self,
        place: u64,
        known: &Known<'g>,
        metaclass: Option<Value>,
        name: Value,
        bases: Option<Value>,
        dict: Option<Value>,
    ) -> bool {
        if !matches!(name.kind(), Kind::Str | Kind::OldStr) {
            return false;
        }
        self.class_at.insert(place, self.classes.len());
        self.classes.push(ClassDraft {
            place,
            callee: self.callee(known),
            writer: self.writer(known),
            name: Some(name),
            metaclass,
            bases,
            dicts: dict.into_iter().collect(),
            set: Vec::new(),
            is_enum: false,
        });
        true
    }

    fn class_state(
        &mut self,
        place: u64,
        class: Value,
        state: Value,
        old: bool,
        writer: Writer,
    ) -> bool {
        let Some(at) = self.class_at.get(&self.view.place(class)).copied() else {
            // A class that another Python made, or none.
            return false;
        };
        let dict = match self.view.tuple(state) {
            Some(&[dict, _]) if !old => dict,
            _ => state,
        };
        if let Some(class) = self.classes.get_mut(at) {
            class.dicts.push(dict);
            class.is_written_by(writer);
        }
        if old {
            self.class_at.insert(place, at);
        }
        true
    }

    fn module(&mut self, place: u64, known: &Known<'g>, name: Value, dict: Option<Value>) -> bool {
        let (callee, writer) = (self.callee(known), self.writer(known));
        self.modules.push(ModuleDraft {
            place,
            callee,
            writer,
            name,
            dict,
        });
        true
    }

    /// What a cell holds that is made of a value.
    fn content(&self, value: Value) -> Content {
        let marks_empty = callee::short(self.view, value)
            .is_some_and(|(_, name)| matches!(name.as_ref(), "_CELL_EMPTY" | "_empty_cell_value"));
        if marks_empty {
            Content::Empty
        } else {
            Content::Value(value)
        }
    }

    /// `setattr` and `delattr`.
    fn set(&mut self, of: Value, name: Value, value: Option<Value>) -> bool {
        let place = self.view.place(of);
        let Some(attribute) = text(self.view, name) else {
            return true;
        };
        if let Some(cell) = self.cells.get(&place).copied() {
            if attribute == "cell_contents" {
                let _ = cell;
                let content = match value {
                    Some(value) => self.content(value),
                    None => Content::Empty,
                };
                self.cells.insert(place, content);
            }
        } else if let Some(at) = self.class_at.get(&place).copied() {
            if let (Some(class), Some(value)) = (self.classes.get_mut(at), value) {
                class.set.push((name, value));
            }
        } else if let (Some(draft), Some(value)) = (self.draft(of), value) {
            draft.given.take(&attribute, value);
        }
        true
    }

    /// The value under a key of a dict of few.
    fn under(&self, dict: Value, key: &str) -> Option<Value> {
        // More than a state has.
        const MOST: usize = 32;
        if dict.kind() != Kind::Dict {
            return None;
        }
        self.view
            .few_pairs(dict, MOST)?
            .filter(|(own, _)| text(self.view, *own).is_some_and(|own| own == key))
            .last()
            .map(|(_, value)| value)
    }

    /// The dict that `functools.partial(_setitems, source=dict)` puts in.
    fn source_of(&self, body: Value) -> Option<(Value, Option<Writer>)> {
        // partial.__reduce__ gives its function, its arguments, its keywords and its dict as a state.
        let state = self.view.states(body).next()?;
        let &[function, _, keywords, _] = self.view.tuple(state)? else {
            return None;
        };
        let by = callee::callee(self.view, function).filter(|by| by.does == Does::SetItems);
        let writer = by.map(|by| Writer {
            library: by.library.name(),
            versions: Some(dill::GENERICS),
            inside: None,
        });
        Some((self.under(keywords, "source")?, writer))
    }

    fn finish(mut self) -> Stored<'a> {
        self.call_by_name();
        let functions = std::mem::take(&mut self.drafts);
        let functions: Vec<Function<'a>> = functions
            .into_iter()
            .map(|draft| self.finished(draft))
            .collect();
        let classes = std::mem::take(&mut self.classes);
        let classes = classes
            .into_iter()
            .map(|class| self.finished_class(class))
            .collect();
        let modules = std::mem::take(&mut self.modules);
        let modules = modules
            .into_iter()
            .map(|module| Module {
                place: module.place,
                callee: module.callee,
                writer: module.writer,
                name: self.string(module.name),
                attributes: self.pairs(module.dict),
            })
            .collect();
        let mut objects = self.arenas;
        if let Some(own) = objects.first_mut() {
            *own = self.pickled.objects;
        }
        Stored {
            objects,
            codes: self.codes,
            functions,
            classes,
            modules,
            namespaces: self.namespaces,
            unread: self.unread,
        }
    }

    /// Names functions and classes, so that what holds one can tell which.
    fn call_by_name(&mut self) {
        for (place, at) in &self.function_at {
            let Some(draft) = self.drafts.get(*at) else {
                continue;
            };
            let name = draft.given.name.and_then(|name| text(self.view, name));
            let name = match name {
                Some(name) => plain(&name),
                None => self.code_name(draft.code).unwrap_or_default(),
            };
            self.pickled
                .names
                .insert(*place, format!("<function {name}>"));
        }
        for (place, at) in &self.class_at {
            let name = self.classes.get(*at).and_then(|class| class.name);
            if let Some(name) = name.and_then(|name| text(self.view, name)) {
                self.pickled
                    .names
                    .insert(*place, format!("<class {}>", plain(&name)));
            }
        }
        for (place, at) in &self.code_at {
            if let Some(name) = self.code_name(Some(*at)) {
                self.pickled.names.insert(*place, format!("<code {name}>"));
            }
        }
    }

    fn code_name(&self, code: Option<usize>) -> Option<String> {
        let code = self.codes.get(code?)?.code;
        let objects = match code.arena {
            0 => &self.pickled.objects,
            arena => self.arenas.get(arena)?,
        };
        let name = objects.code(code.code)?.name;
        let name = objects.text(name)?;
        (name.len() <= SHORT).then(|| plain(&name))
    }

    fn string(&self, value: Value) -> Option<Text<'a>> {
        matches!(value.kind(), Kind::Str | Kind::OldStr)
            .then(|| self.view.string(value))
            .flatten()
    }

    fn finished(&mut self, mut draft: Draft) -> Function<'a> {
        let mut given = std::mem::take(&mut draft.given);
        // dill 0.3.5 and later: BUILD of a dict and of what else the function has.
        for state in self.view.states(self.object(draft.place)) {
            match self.view.tuple(state) {
                Some(&[dict, slots]) => {
                    given.dict = given.dict.or(Some(dict));
                    if let Some(pairs) = self.view.few_pairs(slots, 32) {
                        for (key, value) in pairs {
                            if let Some(key) = text(self.view, key) {
                                given.take(&key, value);
                            }
                        }
                    }
                }
                _ if state.kind() == Kind::Dict => given.dict = given.dict.or(Some(state)),
                _ => {}
            }
        }
        let globals = given
            .globals
            .iter()
            .map(|globals| self.globals(*globals, &draft))
            .collect();
        let string = |value: Option<Value>| value.and_then(|value| self.string(value));
        let (name, qualname, module) = (
            string(given.name),
            string(given.qualname),
            string(given.module),
        );
        Function {
            place: draft.place,
            callee: draft.callee,
            writer: Writer {
                library: draft.evidence.library.name(),
                versions: draft.evidence.versions(),
                inside: draft.inside,
            },
            code: draft.code,
            name,
            qualname,
            module,
            doc: given.doc.and_then(|doc| self.pickled.told(doc)),
            defaults: self.list(given.defaults),
            kwdefaults: self.pairs(given.kwdefaults),
            annotations: self.annotations(given.annotations),
            attributes: self.pairs(given.dict),
            closure: [
                self.closure(given.closure),
                self.closure(given.later_closure),
            ],
            globals,
        }
    }

    fn object(&self, place: u64) -> Value {
        Value::new(Kind::Object, 0, place)
    }

    /// Where the globals of a function come from.
    fn globals(&mut self, value: Value, draft: &Draft) -> Globals {
        match value.kind() {
            Kind::Dict => {
                let made = self.view.made_at(self.object(draft.place));
                let late = draft.evidence.library == Library::Dill
                    && draft.evidence.maker == Maker::Dill
                    && made.is_some_and(|made| self.view.is_filled_only_after(value, made));
                let dict = self.namespace(value);
                Globals::Stored { dict, late }
            }
            // cloudpickle up to 0.5: the module's name, whose dict is taken where it is imported.
            Kind::Str | Kind::OldStr => match text(self.view, value) {
                Some(name) => Globals::Module(plain(&name)),
                None => Globals::Other("<text>".to_owned()),
            },
            _ => match callee::short(self.view, value) {
                Some((module, name))
                    if matches!(module.as_ref(), "__builtin__" | "builtins")
                        && name == "__main__" =>
                {
                    Globals::Main
                }
                Some((module, name)) if name == "__dict__" => Globals::Module(plain(&module)),
                _ => self.dict_of_module(value),
            },
        }
    }

    /// `getattr(module, '__dict__')` or what else.
    fn dict_of_module(&self, value: Value) -> Globals {
        let other = || Globals::Other(self.pickled.words(value));
        let Some(known) = callee::known_value(self.view, value) else {
            return other();
        };
        match (known.callee.does, known.arguments) {
            (Does::GetAttr, &[module, name, ..])
                if text(self.view, name).is_some_and(|name| name == "__dict__") =>
            {
                callee::module_named(self.view, module)
                    .map_or_else(other, |module| Globals::Module(plain(&module)))
            }
            _ => other(),
        }
    }

    fn namespace(&mut self, dict: Value) -> usize {
        let place = self.view.place(dict);
        if let Some(at) = self.namespace_at.get(&place) {
            return *at;
        }
        let mut names = HashMap::new();
        for (key, value) in self.view.pairs(dict).into_iter().flatten() {
            if let Some(name) = text(self.view, key) {
                names.insert(name, self.brief(value));
            }
        }
        let at = self.namespaces.len();
        self.namespaces.push(Namespace { names });
        self.namespace_at.insert(place, at);
        at
    }

    /// A value in a word or two.
    fn brief(&self, value: Value) -> String {
        match value.kind() {
            Kind::Object | Kind::Global => self.pickled.words(value),
            kind => kind.name().to_owned(),
        }
    }

    fn list(&mut self, tuple: Option<Value>) -> Arc<[Id]> {
        let Some(tuple) = tuple else {
            return Arc::default();
        };
        let place = self.view.place(tuple);
        if let Some(list) = self.lists.get(&place) {
            return list.clone();
        }
        let items: Vec<Value> = self.view.items(tuple).into_iter().flatten().collect();
        let list: Arc<[Id]> = items
            .into_iter()
            .filter_map(|item| self.pickled.told(item))
            .collect();
        self.lists.insert(place, list.clone());
        list
    }

    fn pairs(&mut self, dict: Option<Value>) -> Pairs<'a> {
        let Some(dict) = dict else {
            return Arc::default();
        };
        let place = self.view.place(dict);
        if let Some(pairs) = self.dicts.get(&place) {
            return pairs.clone();
        }
        let all: Vec<(Value, Value)> = self.view.pairs(dict).into_iter().flatten().collect();
        let pairs: Pairs<'a> = all
            .into_iter()
            .filter_map(|(key, value)| Some((self.string(key)?, self.pickled.told(value)?)))
            .collect();
        self.dicts.insert(place, pairs.clone());
        pairs
    }

    /// Annotations: a dict, or keys and values in turn, as the interpreter keeps them from 3.10 on.
    fn annotations(&mut self, value: Option<Value>) -> Pairs<'a> {
        match value {
            Some(tuple) if tuple.kind() == Kind::Tuple => {
                let place = self.view.place(tuple);
                if let Some(pairs) = self.dicts.get(&place) {
                    return pairs.clone();
                }
                let all = self.view.tuple(tuple).unwrap_or_default();
                let pairs: Pairs<'a> = all
                    .as_chunks()
                    .0
                    .iter()
                    .filter_map(|[key, value]| {
                        Some((self.string(*key)?, self.pickled.told(*value)?))
                    })
                    .collect();
                self.dicts.insert(place, pairs.clone());
                pairs
            }
            other => self.pairs(other),
        }
    }

    fn closure(&mut self, cells: Option<Value>) -> Arc<[Cell]> {
        let Some(cells) = cells else {
            return Arc::default();
        };
        let place = self.view.place(cells);
        if let Some(closure) = self.closures.get(&place) {
            return closure.clone();
        }
        let all: Vec<Value> = self.view.items(cells).into_iter().flatten().collect();
        let closure: Arc<[Cell]> = all
            .into_iter()
            .map(|cell| {
                // cloudpickle before 1.4 has the contents where others have cells.
                let content = match self.cells.get(&self.view.place(cell)) {
                    Some(content) => *content,
                    None => self.content(cell),
                };
                match content {
                    Content::Empty => Cell::Empty,
                    Content::Value(value) => {
                        self.pickled.told(value).map_or(Cell::Unknown, Cell::Holds)
                    }
                }
            })
            .collect();
        self.closures.insert(place, closure.clone());
        closure
    }

    fn finished_class(&mut self, class: ClassDraft) -> Class<'a> {
        let mut named: [Option<Text<'a>>; 2] = [None, None];
        let mut attributes = Vec::new();
        let mut methods = Vec::new();
        for dict in &class.dicts {
            attributes.push(self.pairs(Some(*dict)));
            methods.push(self.methods_of(*dict));
            for (name, own) in named.iter_mut().zip(self.names_of(*dict)) {
                *name = own.or(name.take());
            }
        }
        let mut set = class.set.as_slice();
        if class.is_enum
            && let [(qualname, _), (module, _), rest @ ..] = set
        {
            named = [self.string(*qualname), self.string(*module)];
            set = rest;
        }
        let mut own = Vec::new();
        let mut own_methods = Vec::new();
        for (key, value) in set {
            let Some(key) = self.string(*key) else {
                continue;
            };
            match key.as_str() {
                Some("__qualname__") => named[0] = self.string(*value),
                Some("__module__") => named[1] = self.string(*value),
                _ => {}
            }
            own_methods.extend(self.methods(&key, *value));
            own.extend(self.pickled.told(*value).map(|told| (key, told)));
        }
        attributes.push(own.into());
        methods.push(own_methods.into());
        let [qualname, module] = named;
        let bases = class.bases.and_then(|bases| self.view.tuple(bases));
        let bases = bases.unwrap_or_default();
        let mut told: Vec<String> = bases
            .iter()
            .take(FEW)
            .map(|base| self.pickled.words(*base))
            .collect();
        if bases.len() > FEW {
            told.push("…".to_owned());
        }
        Class {
            place: class.place,
            callee: class.callee,
            writer: class.writer,
            name: class.name.and_then(|name| self.string(name)),
            qualname,
            module,
            metaclass: class.metaclass.map(|class| self.pickled.words(class)),
            bases: told,
            attributes,
            methods,
            is_enum: class.is_enum,
        }
    }

    /// `__qualname__` and `__module__` of a dict.
    fn names_of(&mut self, dict: Value) -> [Option<Text<'a>>; 2] {
        let place = self.view.place(dict);
        if let Some(names) = self.class_names.get(&place) {
            return names.clone();
        }
        let names = ["__qualname__", "__module__"].map(|key| self.last_of(dict, key));
        self.class_names.insert(place, names.clone());
        names
    }

    /// Text under a key of a dict.
    fn last_of(&self, dict: Value, key: &str) -> Option<Text<'a>> {
        let pairs = self.dicts.get(&self.view.place(dict))?;
        let (_, id) = pairs
            .iter()
            .rev()
            .find(|(own, _)| own.as_str() == Some(key))?;
        match self.pickled.objects.get(*id)? {
            Object::Str(text) => Some(text.clone()),
            Object::OldStr(bytes) => std::str::from_utf8(bytes)
                .ok()
                .map(|text| Text::Str(text.to_owned().into())),
            _ => None,
        }
    }

    /// The methods that a dict of a class has.
    fn methods_of(&mut self, dict: Value) -> Arc<[Method<'a>]> {
        let place = self.view.place(dict);
        if let Some(methods) = self.methods.get(&place) {
            return methods.clone();
        }
        let mut methods = Vec::new();
        for (key, value) in self.view.pairs(dict).into_iter().flatten() {
            if value.kind() == Kind::Object
                && let Some(key) = self.string(key)
            {
                methods.extend(self.methods(&key, value));
            }
        }
        let methods: Arc<[Method<'a>]> = methods.into();
        self.methods.insert(place, methods.clone());
        methods
    }

    /// The functions that an attribute of a class is or wraps.
    fn methods(&self, name: &Text<'a>, value: Value) -> Vec<Method<'a>> {
        let method = |wrapper, at: &usize| Method {
            name: name.clone(),
            wrapper,
            function: *at,
        };
        if let Some(at) = self.function_at.get(&self.view.place(value)) {
            return vec![method(None, at)];
        }
        let Some(known) = callee::known_value(self.view, value) else {
            return Vec::new();
        };
        let Does::Wrapper(wrapper) = known.callee.does else {
            return Vec::new();
        };
        known
            .arguments
            .iter()
            .take(4)
            .filter_map(|argument| self.function_at.get(&self.view.place(*argument)))
            .map(|at| method(Some(wrapper), at))
            .collect()
    }
}

impl Given {
    /// Takes what a function has under a name, whichever library gives it.
    fn take(&mut self, key: &str, value: Value) {
        let slot = match key {
            "globals" | "__globals__" => {
                // A maker gives one, and what tells the rest another.
                if self.globals.len() < 8 {
                    self.globals.push(value);
                }
                return;
            }
            "defaults" | "__defaults__" => &mut self.defaults,
            "kwdefaults" | "__kwdefaults__" => &mut self.kwdefaults,
            "annotations" | "__annotations__" => &mut self.annotations,
            "closure_values" | "__closure__" => &mut self.later_closure,
            "dict" => &mut self.dict,
            "module" | "__module__" => &mut self.module,
            "name" | "__name__" => &mut self.name,
            "qualname" | "__qualname__" => &mut self.qualname,
            "doc" | "__doc__" => &mut self.doc,
            _ => return,
        };
        *slot = (value.kind() != Kind::None).then_some(value).or(*slot);
    }
}
