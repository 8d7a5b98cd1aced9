//! `tree`: what an input holds, pickle by pickle, as a graph of values.

mod bits;
pub mod form;
pub mod marks;
pub mod path;
pub mod weigh;

use crate::{
    decode::text::Text,
    graph::{Graph, View},
    idiom::{Registry, may_change_registry},
    inspect::{self, Behind, Part, Trail},
    limits,
    machine::{
        Value,
        effect::EffectKind,
        lookup::{Lookup, Target},
    },
    reader::{Pickle, Reader, Readers, Reading, Trouble},
};

use super::problem::{Problem, ProblemKind};

/// A pickle with its graph.
#[derive(Debug)]
pub struct Grown<'a> {
    /// Which pickle of the input it is, counted from 0.
    pub number: u64,
    /// How it was read.
    pub pickle: Pickle<'a>,
    /// What holds what.
    pub graph: Graph,
    /// What lies on the stack where reading ended, below what STOP took.
    pub stack: Vec<Value>,
    buffers: Vec<u64>,
    extensions: Registry<'a>,
    input: &'a [u8],
}

impl<'a> Grown<'a> {
    /// The graph over the input.
    pub fn view(&self) -> View<'_, 'a> {
        View::new(&self.graph, self.input)
    }

    /// The pickle's value; `None` where no loader gets to it.
    pub fn value(&self) -> Option<Value> {
        match self.pickle.reading {
            Reading::Incomplete => None,
            Reading::Complete | Reading::Ambiguous => self.graph.root(),
        }
    }

    /// The pickle's value, or where there is none, all that lies on the stack, the deepest first.
    pub fn roots(&self) -> Vec<Value> {
        match self.value() {
            Some(value) => vec![value],
            None => self
                .stack
                .iter()
                .copied()
                .chain(self.graph.root())
                .collect(),
        }
    }

    /// What the stream itself put under the extension code that stands at `place`.
    pub fn extension(&self, code: i64, place: u64) -> Option<(&Text<'a>, &Text<'a>)> {
        self.extensions.get(code, place)
    }

    /// The number of an out-of-band buffer, counted from 0.
    pub fn buffer(&self, place: u64) -> usize {
        self.buffers.partition_point(|buffer| *buffer < place)
    }
}

/// Where out-of-band buffers are taken.
fn buffers(pickle: &Pickle<'_>) -> Vec<u64> {
    places(pickle, EffectKind::Buffer).collect()
}

/// What the stream put into the extension registry, if it takes anything from it.
fn extensions<'a>(view: View<'_, 'a>, pickle: &Pickle<'a>) -> Registry<'a> {
    let takes = |(lookup, _): &(Lookup<'_>, Readers)| matches!(lookup.target, Target::Extension(_));
    let changes = |(lookup, _): &(Lookup<'_>, Readers)| may_change_registry(&lookup.target);
    if !pickle.lookups.iter().any(takes) || pickle.lookups.iter().any(changes) {
        return Registry::default();
    }
    Registry::of(view, places(pickle, EffectKind::Call))
}

/// Where something is done, as `_pickle.c` reads from bytes.
fn places(pickle: &Pickle<'_>, kind: EffectKind) -> impl Iterator<Item = u64> {
    pickle
        .effects()
        .filter(move |done| done.readers.are_among(Readers::C_BYTES) && done.effect.kind() == kind)
        .map(|done| done.effect.offset())
}

/// Reads an input, a pickle at a time; `whole` says whether these are all its bytes.
///
/// ```
/// use pickscope::report::tree::trees;
///
/// let mut trees = trees(b"\x80\x02]q\x00(K\x05h\x00e.", true);
/// let grown = trees.next().unwrap();
/// let list = grown.value().unwrap();
/// assert_eq!(grown.view().items(list).unwrap().nth(1), Some(list));
/// assert!(trees.next().is_none() && trees.problems.is_empty());
/// ```
pub fn trees(input: &[u8], whole: bool) -> Trees<'_> {
    Trees {
        problems: Vec::new(),
        untold: 0,
        readings: Vec::new(),
        pickles: 0,
        nested: Vec::new(),
        input,
        whole,
        next: Some(inspect::first(input, whole)),
        trail: Trail::default(),
    }
}

/// The pickles of an input with their graphs; see [`trees`].
#[derive(Debug)]
pub struct Trees<'a> {
    /// What is wrong or odd in what was read so far.
    pub problems: Vec<Problem<'a>>,
    /// How many more problems at opcodes there are than `problems` has.
    pub untold: u64,
    /// The ways in which pickles could be read, each once.
    pub readings: Vec<Reading>,
    /// How many pickles were read, those that come before it counted.
    pub pickles: u64,
    /// Offsets of the opcodes whose values may hold pickles.
    pub nested: Vec<u64>,
    input: &'a [u8],
    whole: bool,
    next: Option<Part<'a>>,
    trail: Trail,
}

impl<'a> Trees<'a> {
    /// The same, where so many pickles come before in other parts of the input.
    #[must_use]
    pub fn after(mut self, pickles: u64) -> Self {
        self.pickles = pickles;
        self
    }

    /// Whether a further pickle follows.
    pub fn goes_on(&self) -> bool {
        matches!(self.next, Some(Part::Pickle(_)))
    }

    fn tell(&mut self, pickle: u64, troubles: impl Iterator<Item = Trouble<'a>>) {
        for trouble in troubles {
            if self.problems.len() < limits::TROUBLES {
                self.problems.push(Problem::of_trouble(pickle, trouble));
            } else {
                self.untold = self.untold.saturating_add(1);
            }
        }
    }

    fn grow(&mut self, start: u64) -> Grown<'a> {
        let number = self.pickles;
        self.pickles = number.saturating_add(1);
        self.trail.begins(start);
        let mut reader = Reader::keeping(self.input, start, Graph::new());
        while reader.advance() {
            self.tell(number, reader.troubles());
        }
        self.tell(number, reader.troubles());
        let line_ends = reader.line_ends();
        self.problems
            .extend(line_ends.map(|trouble| Problem::of_trouble(number, trouble)));
        let stopped = reader.reached_stop();
        let stack = reader.machine().stack().to_vec();
        let (mut pickle, graph) = reader.finish_with();
        let end = pickle.span.end;
        let behind = match stopped {
            true => self.trail.behind(self.input, end),
            false => Behind::default(),
        };
        let next = behind.end(end);
        self.tell(number, behind.troubles.into_iter());
        pickle.behind = behind.raws;
        self.nested.extend(&pickle.nested);
        if !self.whole && !stopped {
            let limit = ProblemKind::Limit(self.input.len() as u64);
            self.problems.push(Problem::new(Some(number), end, limit));
        }
        self.next = Some(if stopped {
            inspect::after(self.input, next)
        } else {
            Part::End
        });
        if !self.readings.contains(&pickle.reading) {
            self.readings.push(pickle.reading);
        }
        Grown {
            number,
            buffers: buffers(&pickle),
            extensions: extensions(View::new(&graph, self.input), &pickle),
            pickle,
            graph,
            stack,
            input: self.input,
        }
    }
}

impl<'a> Iterator for Trees<'a> {
    type Item = Grown<'a>;

    fn next(&mut self) -> Option<Grown<'a>> {
        match self.next.take()? {
            Part::Pickle(start) => Some(self.grow(start)),
            part => {
                self.problems.extend(Problem::of_part(part));
                None
            }
        }
    }
}
