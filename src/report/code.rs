//! `code`: the functions, classes and modules that a pickle stores by value, and what they need.

mod judged;
mod told;

use std::collections::{HashMap, HashSet};

use crate::{
    code::{
        extent,
        fit::{Fault, Fitter, Misfit, fates::Maker},
        needs::Needs,
        object::{Id, Object, Objects},
        repr::{Budget, repr},
        stored::{CodeRef, Globals, Marshalled, Stored},
    },
    decode::text::Text,
    limits,
    machine::{Kind, Value, effect::EffectKind},
    python::{Python, Pythons},
    repr as text,
};

use super::{disassembly::Bytecode, tree::Grown};

use judged::Known;

pub use judged::{Judged, told};
pub use told::{Class, Facts, Function, Told, What};

/// The marshal data of a pickle: what [`Report::of`] reads it from.
pub fn marshalled<'g>(grown: &'g Grown<'_>) -> Marshalled<'g> {
    Marshalled::of(grown.view(), calls(grown))
}

/// What a pickle stores by value.
pub fn stored<'g>(grown: &'g Grown<'_>, marshalled: &'g Marshalled<'g>) -> Stored<'g> {
    Stored::read(grown.view(), marshalled, calls(grown))
}

/// Where something is called.
fn calls(grown: &Grown<'_>) -> impl Iterator<Item = u64> {
    grown
        .pickle
        .effects()
        .filter(|done| done.effect.kind() == EffectKind::Call)
        .map(|done| done.effect.offset())
}

/// One thing that is stored by value, or code inside of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Of [`Stored::functions`].
    Function(usize),
    /// Of [`Stored::classes`].
    Class(usize),
    /// Of [`Stored::modules`].
    Module(usize),
    /// Of [`Stored::codes`]: a code object that no function is made of.
    Code(usize),
    /// A code object that is among the constants of another.
    Inside(CodeRef),
}

/// What a code object fits.
#[derive(Debug)]
struct Fitting {
    pythons: Pythons,
    fault: Option<Fault>,
    /// Why not those that were asked for, of its layout.
    misfits: Vec<(Python, Misfit)>,
}

/// What a pickle stores by value, and what was told of it.
#[derive(Debug)]
pub struct Report<'s, 'a> {
    /// What there is.
    pub stored: &'s Stored<'a>,
    /// Which pickle of the input it is, counted from 0.
    pub pickle: u64,
    starts: HashMap<u64, u64>,
    needs: Needs,
    budget: Budget,
    /// How many bytes and names of code may still be written: what is shared is written wherever it stands.
    left: usize,
    /// Whether something of the entry at hand had no room.
    left_out: bool,
    fitter: Fitter,
    /// What each code object fits, and what is wrong with how it is written.
    fits: HashMap<CodeRef, Fitting>,
    /// The Pythons that were asked for.
    asked: Option<Pythons>,
    /// What becomes of code elsewhere, in words, by what makes it and what it fits.
    elsewhere: HashMap<(Maker, Pythons), String>,
    /// The protocol that the stream takes.
    protocol: u8,
    /// The code objects that dill wrote.
    of_dill: HashSet<CodeRef>,
    /// What has an entry.
    entered: HashSet<Entry>,
    /// The entries that were asked for.
    chosen: Option<Vec<Entry>>,
}

impl<'s, 'a> Report<'s, 'a> {
    /// What a pickle stores by value.
    pub fn of(grown: &Grown<'_>, stored: &'s Stored<'a>) -> Self {
        let mut places: Vec<u64> = stored
            .functions
            .iter()
            .map(|function| function.place)
            .chain(stored.classes.iter().map(|class| class.place))
            .chain(stored.modules.iter().map(|module| module.place))
            .chain(stored.codes.iter().map(|code| code.place))
            .collect();
        places.sort_unstable();
        places.dedup();
        let input = grown.pickle.input();
        // Its own: a stream of many pickles has as many reports.
        let length = length_of(grown);
        Self {
            stored,
            pickle: grown.number,
            starts: extent::starts(input, grown.pickle.span, &places),
            needs: Needs::new(length),
            budget: Budget::of(length),
            left: length
                .saturating_mul(limits::CODE_TIMES)
                .saturating_add(limits::CODE_BYTES),
            left_out: false,
            fitter: Fitter::of(length),
            fits: HashMap::new(),
            asked: None,
            elsewhere: HashMap::new(),
            protocol: grown.pickle.protocol.max(grown.pickle.tally.protocol()),
            of_dill: stored
                .codes
                .iter()
                .filter(|made| made.writer.library == "dill")
                .map(|made| made.code)
                .collect(),
            entered: HashSet::new(),
            chosen: None,
        }
    }

    /// Judges code for these Pythons, where some were asked for.
    #[must_use]
    pub fn on(mut self, asked: Option<Pythons>) -> Self {
        self.asked = asked;
        self
    }

    /// Allows so much to be written of code as it takes to write each once.
    #[must_use]
    pub fn once(mut self, grown: &Grown<'_>) -> Self {
        self.left = length_of(grown);
        self
    }

    /// Whether all code fits the Pythons that were asked for. What isn't understood, or shared by too many to be looked at,
    /// isn't known to.
    pub fn fits(&mut self) -> bool {
        let Some(asked) = self.asked else {
            return true;
        };
        let left = self.left;
        self.left_out = false;
        let mut open = self.entries();
        let mut fits = self.chosen.is_some() || self.stored.unread.is_empty();
        while let Some(entry) = open.pop() {
            fits &= match (self.code_of(entry), entry) {
                (Some(code), _) => self
                    .judged(code, None)
                    .iter()
                    .all(|one| one.misfit.is_none()),
                (None, Entry::Class(_) | Entry::Module(_)) => true,
                (None, _) => asked.is_empty(),
            };
            open.extend(self.inside(entry));
        }
        fits &= !self.left_out;
        self.left = left;
        self.entered.clear();
        fits
    }

    /// What becomes of code on the Pythons that were asked for; none where none were.
    fn judged(&mut self, at: CodeRef, maker: Option<Maker>) -> Vec<Judged> {
        let Some(asked) = self.asked else {
            return Vec::new();
        };
        let Some(known) = self.known(at, maker) else {
            return Vec::new();
        };
        let misfits = self.fits.get(&at).map(|fit| fit.misfits.as_slice());
        let misfits = misfits.unwrap_or_default();
        asked
            .iter()
            .map(|python| {
                let why = misfits.iter().find(|(own, _)| *own == python);
                known.on(python, why.map(|(_, why)| why.to_string()))
            })
            .collect()
    }

    /// What becomes of code on the Pythons that it isn't of, in words; none where that isn't known.
    fn elsewhere(&mut self, at: CodeRef, maker: Maker) -> Option<String> {
        let known = self
            .known(at, Some(maker))
            .filter(|known| !known.pythons.is_empty())?;
        let words = self.elsewhere.entry((maker, known.pythons));
        let words = words.or_insert_with(|| {
            let others = Pythons::ALL.without(known.pythons).iter();
            told(
                &others
                    .map(|python| known.on(python, None))
                    .collect::<Vec<_>>(),
            )
        });
        Some(words.clone())
    }

    fn known(&mut self, at: CodeRef, maker: Option<Maker>) -> Option<Known> {
        let (pythons, fault) = self.fit(at);
        let (_, code) = self.stored.code(at)?;
        Some(Known {
            layout: code.layout,
            pythons,
            fault,
            maker,
            protocol: self.protocol,
        })
    }

    /// From now on only the entries of this name or qualified name are given, wherever they stand, with those inside them.
    pub fn only(&mut self, name: &str) {
        let left = self.left;
        let mut chosen = Vec::new();
        // The next is last.
        let mut open = self.entries();
        open.reverse();
        while let Some(entry) = open.pop() {
            if self.is_called(entry, name) {
                chosen.push(entry);
            } else {
                open.extend(self.inside(entry).into_iter().rev());
            }
        }
        self.left = left;
        self.entered.clear();
        self.chosen = Some(chosen);
    }

    fn is_called(&self, entry: Entry, name: &str) -> bool {
        let stored = self.stored;
        let is = |text: &Option<Text<'_>>| text.as_ref().and_then(Text::as_str) == Some(name);
        let own = match entry {
            Entry::Function(number) => stored
                .functions
                .get(number)
                .is_some_and(|function| is(&function.name) || is(&function.qualname)),
            Entry::Class(number) => stored
                .classes
                .get(number)
                .is_some_and(|class| is(&class.name) || is(&class.qualname)),
            _ => false,
        };
        own || self
            .code_of(entry)
            .and_then(|code| stored.code(code))
            .is_some_and(|(objects, code)| {
                let is = |id| objects.text(id).is_some_and(|text| text == name);
                is(code.name) || code.qualname.is_some_and(is)
            })
    }

    /// The bytecode of code, as the first of the Pythons reads it that it fits; `None` where so many share it that it is left out.
    pub fn bytecode(&mut self, code: CodeRef) -> Option<Bytecode<'s, 'a>> {
        let (objects, own) = self.stored.code(code)?;
        let python = self.python(code);
        let told = self.pay(own.weight(objects));
        told.then(|| Bytecode::of(objects, own, python))
    }

    /// `co_name` of code, fit to be shown.
    pub fn name(&mut self, code: CodeRef) -> String {
        let name = self
            .stored
            .code(code)
            .and_then(|(objects, own)| self.budget.text(objects, own.name));
        plain(&name.unwrap_or_default())
    }

    /// Where bytecode stands: the place of the value that is marshal data or `co_code`, and the code in it, each once.
    pub fn places(&self) -> Vec<(u64, CodeRef)> {
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        for made in &self.stored.codes {
            let marshal = made.marshal.map(|(place, _)| place);
            let Some(place) = marshal.or(made.bytes) else {
                continue;
            };
            let mut open = vec![made.code];
            while let Some(code) = open.pop() {
                if !seen.insert(code) {
                    continue;
                }
                places.push((place, code));
                // What is nested in code of a call is made by a call, too.
                if marshal.is_some()
                    && let Some((objects, own)) = self.stored.code(code)
                {
                    let inner = objects.tuple(own.consts).iter().rev();
                    open.extend(inner.filter_map(|id| match objects.get(*id) {
                        Some(Object::Code(inner)) => Some(CodeRef {
                            code: *inner,
                            ..code
                        }),
                        _ => None,
                    }));
                }
            }
        }
        places
    }

    /// How much may still be written of values.
    pub fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// The entries that stand in no other, in the stream's order.
    pub fn entries(&self) -> Vec<Entry> {
        if let Some(chosen) = &self.chosen {
            return chosen.clone();
        }
        let stored = self.stored;
        // A dict can be that of many classes.
        let mut seen = HashSet::new();
        let methods: HashSet<usize> = stored
            .classes
            .iter()
            .flat_map(|class| &class.methods)
            .filter(|methods| seen.insert(methods.as_ptr()))
            .flat_map(|methods| methods.iter())
            .map(|method| method.function)
            .collect();
        let functions = stored.functions.iter().enumerate();
        let functions = functions
            .filter(|(number, _)| !methods.contains(number))
            .map(|(number, function)| (function.place, Entry::Function(number)));
        let classes = stored.classes.iter().enumerate();
        let classes = classes.map(|(number, class)| (class.place, Entry::Class(number)));
        let modules = stored.modules.iter().enumerate();
        let modules = modules.map(|(number, module)| (module.place, Entry::Module(number)));
        let codes = stored.codes.iter().enumerate();
        let inside = self.inside_others();
        let codes = codes
            .filter(|(_, code)| !code.used && !inside.contains(&code.code))
            .map(|(number, code)| (code.place, Entry::Code(number)));
        let mut entries: Vec<(u64, Entry)> = functions
            .chain(classes)
            .chain(modules)
            .chain(codes)
            .collect();
        entries.sort_by_key(|(place, _)| *place);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Code objects of calls that are among the constants of others.
    fn inside_others(&self) -> HashSet<CodeRef> {
        let Some(objects) = self.stored.pickled() else {
            return HashSet::new();
        };
        let mut seen = HashSet::new();
        objects
            .codes()
            .filter(|code| seen.insert(code.consts))
            .flat_map(|code| objects.tuple(code.consts))
            .filter_map(|id| match objects.get(*id) {
                Some(Object::Code(code)) => Some(CodeRef {
                    arena: 0,
                    code: *code,
                }),
                _ => None,
            })
            .collect()
    }

    /// What stands inside an entry and in none before it.
    pub fn inside(&mut self, entry: Entry) -> Vec<Entry> {
        let stored = self.stored;
        let mut inside = Vec::new();
        match entry {
            Entry::Class(number) => {
                let methods = stored.classes.get(number).map(|class| &class.methods);
                for methods in methods.into_iter().flatten() {
                    if self.pay(methods.len()) {
                        inside.extend(methods.iter().map(|one| Entry::Function(one.function)));
                    }
                }
            }
            Entry::Module(_) => {}
            Entry::Function(_) | Entry::Code(_) | Entry::Inside(_) => {
                if let Some(code) = self.code_of(entry)
                    && let Some((objects, own)) = stored.code(code)
                    && self.pay(objects.tuple(own.consts).len())
                {
                    for id in objects.tuple(own.consts) {
                        if let Some(Object::Code(inner)) = objects.get(*id) {
                            let inner = CodeRef {
                                code: *inner,
                                ..code
                            };
                            inside.push(Entry::Inside(inner));
                        }
                    }
                }
            }
        }
        inside.retain(|entry| self.entered.insert(*entry));
        inside
    }

    /// The code object of an entry.
    pub fn code_of(&self, entry: Entry) -> Option<CodeRef> {
        let made = |number: usize| Some(self.stored.codes.get(number)?.code);
        match entry {
            Entry::Function(number) => made(self.stored.functions.get(number)?.code?),
            Entry::Code(number) => made(number),
            Entry::Inside(code) => Some(code),
            Entry::Class(_) | Entry::Module(_) => None,
        }
    }

    /// The Pythons whose bytecode it is, and what is known to be wrong with how it was written.
    pub fn fit(&mut self, at: CodeRef) -> (Pythons, Option<Fault>) {
        if let Some(fit) = self.fits.get(&at) {
            return (fit.pythons, fit.fault);
        }
        let is_of_dill = self.of_dill.contains(&at);
        let fit = match self.stored.code(at) {
            Some((objects, code)) => {
                let fit = self.fitter.fit(objects, code, is_of_dill);
                let asked = self.asked.unwrap_or_default();
                let misfits = fit.misfits.into_iter();
                Fitting {
                    pythons: fit.pythons,
                    fault: fit.fault,
                    misfits: misfits.filter(|(python, _)| asked.has(*python)).collect(),
                }
            }
            None => Fitting {
                pythons: Pythons::NONE,
                fault: None,
                misfits: Vec::new(),
            },
        };
        let told = (fit.pythons, fit.fault);
        self.fits.insert(at, fit);
        told
    }

    /// The first of the Pythons whose bytecode it is.
    fn python(&mut self, code: CodeRef) -> Option<Python> {
        self.fit(code).0.iter().next()
    }

    /// Whether so much more may be written.
    fn pay(&mut self, cost: usize) -> bool {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left_out = true;
                false
            }
        }
    }

    /// The `repr` of an object.
    fn repr(
        &mut self,
        objects: &Objects<'_>,
        id: Id,
        layout: crate::code::object::Layout,
    ) -> String {
        repr(objects, id, layout, &mut self.budget).text
    }

    /// Where the opcodes of an entry begin and end.
    fn span(&self, place: u64, grown: &Grown<'_>) -> (u64, u64) {
        let start = self.starts.get(&place).copied().unwrap_or(place);
        let end = grown
            .view()
            .op(Value::new(Kind::Object, 0, place))
            .map_or(place, |op| op.offset.saturating_add(op.length()));
        (start, end.saturating_sub(start))
    }
}

fn length_of(grown: &Grown<'_>) -> usize {
    usize::try_from(grown.pickle.span.length()).unwrap_or(usize::MAX)
}

/// What is looked up under a name that no Python has, for dill's own unpickler.
pub const DILL_ONLY: &str = "__builtin__.__main__";

/// Where globals come from that the pickle doesn't have, in words.
fn by_reference(globals: &Globals) -> Option<String> {
    match globals {
        Globals::Main => Some(DILL_ONLY.to_owned()),
        Globals::Module(module) => Some(format!("{module}.__dict__")),
        Globals::Stored { .. } => None,
        Globals::Other(words) => Some(words.clone()),
    }
}

/// Text fit to be shown: as it is, or quoted where it holds what can't be seen.
fn plain(name: &str) -> String {
    if !name.is_empty() && name.chars().all(text::is_visible) {
        return name.to_owned();
    }
    let mut quoted = String::new();
    // Writing to memory doesn't fail.
    let _ = std::fmt::Write::write_fmt(
        &mut text::Visible(&mut quoted),
        format_args!("{}", text::Str(name.into())),
    );
    quoted
}
