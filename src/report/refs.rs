//! `refs`: what is stored by reference and what by value, what is looked up, and what loading does.

use std::collections::HashMap;

use crate::{
    inspect::{self, Part},
    machine::{
        Value,
        lookup::{Target, Uses},
    },
    reader::{Done, Pickle, Reader, Readers, Reading, Trouble},
};

use super::problem::{Problem, ProblemKind};

/// What `refs` says of an input.
#[derive(Debug)]
pub struct Refs<'a> {
    /// Its pickles, in order.
    pub pickles: Vec<Pickle<'a>>,
    /// What is wrong or odd.
    pub problems: Vec<Problem<'a>>,
    /// How many more problems at opcodes there are than `problems` has.
    pub untold: u64,
}

/// So many problems at opcodes of an input are kept; the others are counted.
const PROBLEMS: usize = 1000;

impl<'a> Refs<'a> {
    fn tell(&mut self, pickle: u64, troubles: impl Iterator<Item = Trouble<'a>>) {
        for trouble in troubles {
            if self.problems.len() < PROBLEMS {
                self.problems.push(Problem::of_trouble(pickle, trouble));
            } else {
                self.untold = self.untold.saturating_add(1);
            }
        }
    }

    /// Whether every pickle was read to its STOP, by all loaders alike.
    pub fn is_whole(&self) -> bool {
        self.pickles
            .iter()
            .all(|pickle| pickle.reading == Reading::Complete)
    }
}

/// Reads an input; `whole` says whether these are all its bytes.
///
/// ```
/// use pickscope::report::refs::refs;
///
/// let report = refs(b"\x80\x02cmath\nfactorial\nK\x05\x85R.", true);
/// assert_eq!(report.pickles[0].lookups.len(), 1);
/// assert!(report.problems.is_empty());
/// ```
pub fn refs(input: &[u8], whole: bool) -> Refs<'_> {
    let mut refs = Refs {
        pickles: Vec::new(),
        problems: Vec::new(),
        untold: 0,
    };
    let mut part = inspect::first(input, whole);
    while let Part::Pickle(start) = part {
        let number = refs.pickles.len() as u64;
        let mut reader = Reader::new(input, start);
        while reader.advance() {
            refs.tell(number, reader.troubles());
        }
        refs.tell(number, reader.troubles());
        let line_ends = reader.line_ends();
        refs.problems
            .extend(line_ends.map(|trouble| Problem::of_trouble(number, trouble)));
        let stopped = reader.reached_stop();
        let pickle = reader.finish();
        let end = pickle.span.end;
        if !whole && !stopped {
            let limit = ProblemKind::Limit(input.len() as u64);
            refs.problems.push(Problem::new(Some(number), end, limit));
        }
        refs.pickles.push(pickle);
        part = if stopped {
            inspect::after(input, end)
        } else {
            Part::End
        };
    }
    refs.problems.extend(Problem::of_part(part));
    refs
}

/// A distinct thing that a pickle refers to.
#[derive(Clone, Debug)]
pub struct Reference<'p, 'a> {
    /// What it is.
    pub target: &'p Target<'a>,
    /// Where it is first looked up, from the start of the input.
    pub first: u64,
    /// How often it is looked up.
    pub count: u64,
    /// What is done with it.
    pub uses: Uses,
    /// Who looks it up.
    pub readers: Readers,
}

/// The distinct references of a pickle, in the order of their first lookup.
pub fn references<'p, 'a>(pickle: &'p Pickle<'a>) -> Vec<Reference<'p, 'a>> {
    let mut references: Vec<Reference<'p, 'a>> = Vec::new();
    let mut known: HashMap<&'p Target<'a>, usize> = HashMap::new();
    for (lookup, readers) in &pickle.lookups {
        if lookup.target == Target::Nested {
            continue;
        }
        match known
            .get(&lookup.target)
            .and_then(|at| references.get_mut(*at))
        {
            Some(reference) => {
                reference.count = reference.count.saturating_add(1);
                reference.uses.add(lookup.uses);
                reference.readers.add(*readers);
            }
            None => {
                known.insert(&lookup.target, references.len());
                references.push(Reference {
                    target: &lookup.target,
                    first: lookup.offset,
                    count: 1,
                    uses: lookup.uses,
                    readers: *readers,
                });
            }
        }
    }
    references
}

/// What something is done to, as far as the pickle tells: the name of what was imported, else the kind and the place.
pub fn what<'p, 'a>(done: &Done<'p, 'a>) -> What<'p, 'a> {
    match done.found {
        Some(lookup) => What::Target(&lookup.target),
        None => What::Value(done.effect.subject()),
    }
}

/// See [`what`].
#[derive(Clone, Copy, Debug)]
pub enum What<'p, 'a> {
    /// What a lookup found.
    Target(&'p Target<'a>),
    /// Something that the stream made or was given.
    Value(Value),
}
