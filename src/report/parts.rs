//! What an input holds beside its pickles: the containers that they stand in, and what else stands there.

use std::collections::HashMap;

use crate::{
    container::{detect::Format, trouble::Trouble},
    inspect::parts::{Event, Other, Part, Place},
};

use super::{
    problem::{Problem, ProblemKind},
    tensors::{Storage, Table, table},
};

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
    /// The tensors of pickles that torch wrote, where they were asked for.
    pub tensors: Vec<Table>,
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

    /// Lists the tensors of a part.
    pub fn list_tensors(&mut self, part: &Part<'_>) {
        self.tensors.extend(table(&part.place, &part.data));
    }

    /// Compares storages with the members that have their bytes, once all were come by.
    pub fn compare_storages(&mut self) {
        let members: HashMap<&str, u64> = self
            .others
            .iter()
            .filter_map(|other| Some((other.place.part.as_deref()?, other.length)))
            .collect();
        let wrong: Vec<Storage> = self
            .tensors
            .iter_mut()
            .flat_map(|table| table.find_members(&members))
            .collect();
        for storage in wrong {
            let trouble = Trouble::Storage {
                stated: storage.bytes.unwrap_or(0),
                found: storage.member.as_ref().map_or(0, |(_, found)| *found),
            };
            let place = Place {
                part: storage.member.map(|(member, _)| member),
                base: None,
                nested: false,
            };
            self.trouble(place, 0, trouble);
        }
    }

    /// The parts that have the bytes of listed tensors.
    pub fn storages(&self) -> impl Iterator<Item = &str> {
        self.tensors
            .iter()
            .flat_map(|table| &table.storages)
            .filter_map(|storage| Some(storage.member.as_ref()?.0.as_str()))
    }

    /// Arrays of numbers, which hold nothing that could be a pickle, and what each is.
    pub fn arrays(&self) -> impl Iterator<Item = (&Place, &str)> {
        self.containers
            .iter()
            .filter(|(place, code, _)| *code == Format::Npy.code() && place.part.is_some())
            .map(|(place, _, what)| (place, what.as_str()))
    }

    /// Whether the input is no container, and nothing stands behind it that is one.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.others.is_empty() && self.problems.is_empty()
    }
}
