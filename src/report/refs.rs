//! `refs`: what is stored by reference and what by value, what is looked up, and what loading does.

use std::collections::HashMap;

use crate::{
    idiom,
    inspect::{self, Piece, Walk},
    machine::{
        Kind, Value,
        effect::EffectKind,
        lookup::{Lookup, Names, Target, Uses},
    },
    opcode::{Opcode, Storage},
    python::Pythons,
    reader::{Done, Pickle, Readers},
};

use super::{
    problem::{Problem, ProblemKind},
    resolving::{Resolving, resolving},
};

/// A row of the report, in the order of the input.
#[derive(Debug)]
pub enum Row<'a> {
    /// So far, an offset from the start of the input, a pickle was read that goes on.
    Reading(u64),
    /// A pickle, with what is wrong or odd in it.
    Pickle(Box<Read<'a>>),
    /// What is wrong or odd outside of pickles.
    Problem(Box<Problem<'a>>),
}

/// A pickle that was read.
#[derive(Debug)]
pub struct Read<'a> {
    /// Which one, counted from 0.
    pub number: u64,
    /// What it holds and what loading it would do.
    pub pickle: Pickle<'a>,
    /// The Pythons that were asked for; `None` where nobody asked.
    pub asked: Option<Pythons>,
    /// What is wrong or odd.
    pub problems: Vec<Problem<'a>>,
    /// How many more problems there are than `problems` has.
    pub untold: u64,
}

/// Reads an input, a pickle at a time; `whole` says whether these are all its bytes.
///
/// ```
/// use pickscope::report::refs::{Row, references, rows};
///
/// let mut rows = rows(b"\x80\x02cmath\nfactorial\nK\x05\x85R.", true);
/// let Some(Row::Pickle(read)) = rows.next() else {
///     unreachable!("it is one");
/// };
/// assert_eq!(references(&read.pickle).len(), 1);
/// assert!(read.problems.is_empty() && rows.next().is_none());
/// ```
pub fn rows(input: &[u8], whole: bool) -> Rows<'_> {
    Rows {
        walk: inspect::walk(input, whole),
        length: input.len() as u64,
        whole,
        asked: None,
        number: 0,
    }
}

/// An iterator over the rows of an input; see [`rows`].
#[derive(Debug)]
pub struct Rows<'a> {
    walk: Walk<'a>,
    length: u64,
    whole: bool,
    asked: Option<Pythons>,
    /// The next pickle's.
    number: u64,
}

impl Rows<'_> {
    /// The same rows, for those who ask whether lookups fail on some Pythons.
    #[must_use]
    pub fn on(mut self, asked: Option<Pythons>) -> Self {
        self.asked = asked;
        self
    }

    /// The same rows, where so many pickles come before in other parts of the input.
    #[must_use]
    pub fn after(mut self, pickles: u64) -> Self {
        self.number = pickles;
        self
    }
}

/// What fails on a Python that was asked for: the references, and what becomes of each.
pub fn failing<'r, 'p, 'a>(
    read: &'r Read<'a>,
    references: &'r [Reference<'p, 'a>],
) -> impl Iterator<Item = (&'r Reference<'p, 'a>, Resolving)> {
    let asked = read.asked.unwrap_or(Pythons::NONE);
    references.iter().filter_map(move |reference| {
        let resolving = resolving(&read.pickle, reference.target?, asked)?;
        (!resolving.fails().is_empty()).then_some((reference, resolving))
    })
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        match self.walk.next()? {
            Piece::Reading(offset) => Some(Row::Reading(offset)),
            Piece::Other(part) => {
                Problem::of_part(part).map(|problem| Row::Problem(Box::new(problem)))
            }
            Piece::Pickle {
                mut pickle,
                stopped,
            } => {
                let number = self.number;
                self.number = number.saturating_add(1);
                let mut problems: Vec<Problem<'a>> = std::mem::take(&mut pickle.faults)
                    .into_iter()
                    .map(|trouble| Problem::of_trouble(number, trouble).read_as(pickle.reading))
                    .collect();
                if !self.whole && !stopped {
                    let limit = ProblemKind::Limit(self.length);
                    problems.push(Problem::new(Some(number), pickle.span.end, limit));
                }
                Some(Row::Pickle(Box::new(Read {
                    number,
                    untold: pickle.more_faults,
                    pickle: *pickle,
                    asked: self.asked,
                    problems,
                })))
            }
        }
    }
}

/// A distinct thing that a pickle refers to.
#[derive(Clone, Debug)]
pub struct Reference<'p, 'a> {
    /// What it is; `None` for out-of-band buffers, which the loader's caller gives one after the other.
    pub target: Option<&'p Target<'a>>,
    /// Where it is first looked up, from the start of the input.
    pub first: u64,
    /// How often it is looked up.
    pub count: u64,
    /// What is done with it.
    pub uses: Uses,
    /// Who looks it up.
    pub readers: Readers,
}

/// What tells a reference from others: the numbers of its names, or what else it is known by.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Name(Option<usize>, Option<usize>),
    Extension(i64),
    Persistent(Option<usize>),
}

/// The distinct references of a pickle, in the order of their first lookup; buffers come last.
pub fn references<'p, 'a>(pickle: &'p Pickle<'a>) -> Vec<Reference<'p, 'a>> {
    let mut references: Vec<Reference<'p, 'a>> = Vec::new();
    let mut names = Names::default();
    let mut known: HashMap<Key, usize> = HashMap::new();
    for (lookup, readers) in &pickle.lookups {
        let mut number = |name: &'p Option<_>| name.as_ref().map(|name| names.number(name));
        let key = match &lookup.target {
            Target::Name { module, name } => Key::Name(number(module), number(name)),
            Target::Extension(code) => Key::Extension(*code),
            Target::Persistent(id) => Key::Persistent(number(id)),
            Target::Nested => continue,
        };
        let at = *known.entry(key).or_insert(references.len());
        match references.get_mut(at) {
            Some(reference) => {
                reference.count = reference.count.saturating_add(1);
                reference.uses.add(lookup.uses);
                reference.readers.add(*readers);
            }
            None => references.push(Reference {
                target: Some(&lookup.target),
                first: lookup.offset,
                count: 1,
                uses: lookup.uses,
                readers: *readers,
            }),
        }
    }
    let mut buffers = pickle
        .effects()
        .filter(|done| done.effect.kind() == EffectKind::Buffer);
    if let Some(first) = buffers.next() {
        references.push(Reference {
            target: None,
            first: first.effect.offset(),
            count: (buffers.count() as u64).saturating_add(1),
            uses: Uses::default(),
            readers: Readers::PYTHON_3,
        });
    }
    references
}

/// The calls of a pickle that load a pickle themselves, whose lookups aren't listed: how many, and where the first is.
pub fn nested(pickle: &Pickle<'_>) -> Option<(u64, u64)> {
    let mut nested = pickle
        .lookups
        .iter()
        .filter(|(lookup, _)| lookup.target == Target::Nested);
    let (first, _) = nested.next()?;
    Some(((nested.count() as u64).saturating_add(1), first.offset))
}

/// What something is done to, in words, as far as the pickle tells.
pub fn what<'p, 'a>(pickle: &'p Pickle<'a>, done: &Done<'p, 'a>) -> What<'p, 'a> {
    if let Some(lookup) = done.found {
        return What::Target(&lookup.target, lookup.offset);
    }
    let value = done.effect.subject();
    match callee(pickle, value) {
        Some(lookup) => What::Given(&lookup.target, value),
        None => What::Value(value),
    }
}

/// See [`what`].
#[derive(Clone, Copy, Debug)]
pub enum What<'p, 'a> {
    /// What a lookup found, and where that stands.
    Target(&'p Target<'a>, u64),
    /// What a call of something gave that a lookup found.
    Given(&'p Target<'a>, Value),
    /// Something else that the stream made or was given.
    Value(Value),
}

/// What found the callee that made an object.
fn callee<'p, 'a>(pickle: &'p Pickle<'a>, object: Value) -> Option<&'p Lookup<'a>> {
    if object.kind() != Kind::Object {
        return None;
    }
    pickle.call_at(object.offset())?.found
}

/// Whether what is given a state was there before the stream was loaded: what it names was, what it makes wasn't. `None` for
/// what a call gave, which may be either, unless the call makes an instance.
pub fn is_by_reference(pickle: &Pickle<'_>, done: &Done<'_, '_>) -> Option<bool> {
    let value = done.effect.subject();
    if let Some(storage) = value.kind().storage() {
        return Some(storage == Storage::Reference);
    }
    // NEWOBJ calls `__new__` of a class, and so does what copyreg has for older protocols.
    match pickle.opcode_at(value.offset())? {
        Opcode::NewObj | Opcode::NewObjEx => return Some(false),
        _ => {}
    }
    let lookup = callee(pickle, value)?;
    let Target::Name {
        module: Some(module),
        name: Some(name),
    } = &lookup.target
    else {
        return None;
    };
    /// No name that is known is longer.
    const LONGEST: usize = 64;
    if module.bytes().len() > LONGEST || name.bytes().len() > LONGEST {
        return None;
    }
    idiom::makes_instances(&module.text(), &name.text()).then_some(false)
}
