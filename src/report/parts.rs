//! What an input holds beside its pickles: the containers that they stand in, and what else stands there.

use crate::{
    container::trouble::Trouble,
    inspect::parts::{Event, Other, Part, Place},
};

use super::problem::{Problem, ProblemKind};

/// What was come by so far. Its lists have no more entries than members may be looked at.
#[derive(Debug, Default)]
pub struct Summary {
    /// Containers, the outermost first: what each is, a name for programs and one for people.
    pub containers: Vec<(Place, &'static str, String)>,
    /// How many parts begin as pickles do.
    pub pickles: u64,
    /// The parts that are no pickles.
    pub others: Vec<Other>,
    /// What is wrong with containers and their members.
    pub problems: Vec<(Place, Problem<'static>)>,
}

impl Summary {
    /// Takes down what [`parts`](crate::inspect::parts::parts) comes by; gives back what is to be read.
    pub fn add<'a>(&mut self, event: Event<'a>) -> Option<Part<'a>> {
        match event {
            Event::Part(part) => {
                self.pickles = self.pickles.saturating_add(1);
                return Some(part);
            }
            Event::Container(place, code, name) => self.containers.push((place, code, name)),
            Event::Other(other) => self.others.push(other),
            Event::Trouble(place, offset, trouble) => self.trouble(place, offset, trouble),
        }
        None
    }

    fn trouble(&mut self, place: Place, offset: u64, trouble: Trouble) {
        let kind = ProblemKind::Container(trouble);
        self.problems
            .push((place, Problem::new(None, offset, kind)));
    }

    /// Whether the input is no container, and nothing stands behind it that is one.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.others.is_empty() && self.problems.is_empty()
    }
}
