//! A file with parts: what stands in archives, compressed files and arrays, one part after the other.
//!
//! [`parts`] is a worklist: it takes a part, gives it to the caller, opens it if it is a container, and goes on with what is
//! in it. No more is held than one unpacked part a level.

use std::{collections::VecDeque, ops::Range};

use crate::{
    container::{
        appended, appended_contents, contents,
        data::Data,
        detect::Format,
        member::{Contents, Member},
        trouble::Trouble,
        unpack::Budget,
    },
    count::Counted,
    limits::{Limit, Limits, PART_NAME},
};

use super::{Look, end_of, framed};

/// Bytes to read for pickles: an input itself, or something that stands in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part<'a> {
    /// What it is called; none for the input itself.
    pub place: Place,
    /// Its bytes.
    pub data: Data<'a>,
    /// Whether these are all its bytes.
    pub whole: bool,
}

/// Which part something stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The names of the members that lead to it, with colons between them: `archive/data.pkl`, `inner.zip:a.npy:pickle`. What
    /// has no name has that of its format, as `gzip`. `None` for the input itself. It may hold anything that text can.
    pub part: Option<String>,
    /// Where the part's bytes begin in the input, if they stand there as they are.
    pub base: Option<u64>,
    /// Whether it stands in a value of a pickle.
    pub nested: bool,
}

/// A part that is read for no pickles, for it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Other {
    /// Which one.
    pub place: Place,
    /// How many bytes it has.
    pub length: u64,
    /// What it is, where its content tells: a name for programs, and one for people with what more is known.
    pub format: Option<(&'static str, String)>,
}

/// What [`parts`] comes by.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Bytes that begin as a pickle does, or an input that is none.
    Part(Part<'a>),
    /// A container whose parts follow: what it is, a name for programs and one for people.
    Container(Place, &'static str, String),
    /// What is no pickle.
    Other(Other),
    /// What is wrong with a container or a member: where, and the offset in it.
    Trouble(Place, u64, Trouble),
}

/// The parts of an input, beginning with itself where it is a pickle or nothing that could be opened; `whole` says whether
/// these are all its bytes.
///
/// ```
/// use pickscope::{inspect::parts::{Event, parts}, limits::Limits};
///
/// let npy = b"\x93NUMPY\x01\x00\x38\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,)} \n\x80\x02]K\x05a.";
/// let mut found = parts(npy, true, &Limits::default()).filter_map(|event| match event {
///     Event::Part(part) => Some(part),
///     _ => None,
/// });
/// let part = found.next().unwrap();
/// assert_eq!((part.place.part.as_deref(), part.place.base), (Some("pickle"), Some(66)));
/// assert!(part.data.starts_with(b"\x80\x02"));
/// ```
pub fn parts<'a>(input: &'a [u8], whole: bool, limits: &Limits) -> Parts<'a> {
    let mut parts = Parts {
        budget: Budget::new(limits, input.len() as u64),
        members: 0,
        open: Vec::new(),
        due: VecDeque::new(),
    };
    let data = Data::of_input(input);
    parts.look(Place::default(), &data, whole, input.len() as u64);
    parts
}

/// An iterator over the parts of an input; see [`parts`].
#[derive(Debug)]
pub struct Parts<'a> {
    pub(super) budget: Budget,
    /// How many members were looked at.
    members: u64,
    /// Containers that are being read, each in the one before it.
    open: Vec<Container<'a>>,
    /// What was found and not yet given.
    pub(super) due: VecDeque<Event<'a>>,
}

#[derive(Debug)]
struct Container<'a> {
    place: Place,
    data: Data<'a>,
    members: VecDeque<Member>,
    /// Where values stand that may hold a pickle.
    values: VecDeque<u64>,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            if let Some(event) = self.due.pop_front() {
                return Some(event);
            }
            let container = self.open.last_mut()?;
            if let Some(offset) = container.values.pop_front() {
                let (place, data) = (container.place.clone(), container.data.clone());
                self.value(&place, &data, offset);
                continue;
            }
            let Some(member) = container.members.pop_front() else {
                self.open.pop();
                continue;
            };
            self.member(member);
        }
    }
}

impl<'a> Parts<'a> {
    /// How far it has come in the input, an offset.
    pub fn offset(&self) -> u64 {
        let outer = self.open.first();
        outer
            .and_then(|container| Some(container.members.front()?.start()))
            .unwrap_or(0)
    }

    /// Whether one more container would be too deep.
    pub(super) fn is_full(&self) -> bool {
        self.open.len() as u64 >= self.budget.limit(Limit::Depth)
    }

    /// Opens values of a part that may hold pickles.
    pub(super) fn open_values(&mut self, part: &Part<'a>, offsets: &[u64]) {
        self.open.push(Container {
            place: part.place.clone(),
            data: part.data.clone(),
            members: VecDeque::new(),
            values: offsets.iter().copied().collect(),
        });
    }

    /// Counts one more member of what is at `place`; whether it may be looked at.
    pub(super) fn counts(&mut self, place: &Place) -> bool {
        self.members = self.members.saturating_add(1);
        let most = self.budget.limit(Limit::Members);
        if self.members > most {
            let trouble = Trouble::Limit(Limit::Members, most);
            self.due
                .push_back(Event::Trouble(place.clone(), 0, trouble));
            self.open.clear();
            return false;
        }
        true
    }

    fn member(&mut self, member: Member) {
        let Some(container) = self.open.last_mut() else {
            return;
        };
        self.members = self.members.saturating_add(1);
        let most = self.budget.limit(Limit::Members);
        if self.members > most {
            let trouble = Trouble::Limit(Limit::Members, most);
            let place = container.place.clone();
            self.due
                .push_back(Event::Trouble(place, member.start(), trouble));
            self.open.clear();
            return;
        }
        let name = name(&member.name);
        let mut wanted = |head: &[u8]| {
            let look = Look::new(head, false);
            let opened = look.container();
            // Of an array, the header tells whether it holds a pickle.
            look.pickle || opened.is_some_and(|found| found.format != Format::Npy)
        };
        let mut opened = member.open(&container.data, &mut self.budget, &mut wanted);
        let place = Place {
            part: Some(match &container.place.part {
                Some(outer) => shortened(&format!("{outer}:{name}")),
                None => name,
            }),
            base: opened.data.base(),
            nested: container.place.nested,
        };
        if let Some(rest) = opened.rest.take() {
            container.members.push_front(rest);
        }
        let data = opened.data.clone();
        let look = Look::new(&data, opened.holds_all());
        let is_read = look.pickle || look.container().is_some();
        opened.check(is_read);
        let finding = look.finding.as_ref();
        let hides = finding
            .filter(|found| !is_read && found.format.may_hide_pickles())
            .map(|found| Trouble::NotRead(found.name()));
        for trouble in opened.troubles.drain(..).chain(hides) {
            self.due
                .push_back(Event::Trouble(place.clone(), 0, trouble));
        }
        if is_read {
            self.look(place, &data, opened.holds_all(), opened.length);
            return;
        }
        self.due.push_back(Event::Other(Other {
            place: place.clone(),
            length: opened.length,
            format: finding
                .filter(|found| found.format != Format::Empty)
                .map(|found| (found.code(), found.to_string())),
        }));
        self.appended(&place, &data, false);
    }

    /// Looks at something that is read: gives it where it is a pickle, opens it where it is a container.
    pub(super) fn look(&mut self, place: Place, data: &Data<'a>, whole: bool, length: u64) {
        let look = Look::new(data, whole);
        let pickle = look.pickle;
        if !pickle
            && whole
            && let Some(messages) = framed::messages(data)
        {
            self.messages(place, data, messages);
            return;
        }
        let most = self.budget.limit(Limit::Members);
        let left = most.saturating_sub(self.members);
        let deep = self.open.len() as u64 >= self.budget.limit(Limit::Depth);
        let container = look.container().map(|found| {
            let inside = match deep {
                true => Contents::default(),
                false => contents(data, found, length, left),
            };
            // Of an array, more is worth telling.
            let name = match found.format {
                Format::Npy | Format::NpyObjects => found.to_string(),
                _ => found.name().to_owned(),
            };
            (found.code(), name, inside)
        });
        if pickle || container.is_none() {
            self.due.push_back(Event::Part(Part {
                data: data.clone(),
                // That a limit cut a part is told of the part.
                whole: whole || place.part.is_some(),
                place: place.clone(),
            }));
        }
        let Some((code, name, contents)) = container else {
            self.appended(&place, data, pickle);
            return;
        };
        self.due
            .push_back(Event::Container(place.clone(), code, name));
        if deep {
            let most = self.budget.limit(Limit::Depth);
            let trouble = Trouble::Limit(Limit::Depth, most);
            self.due.push_back(Event::Trouble(place, 0, trouble));
            return;
        }
        if !whole && place.part.is_none() {
            let end = data.len() as u64;
            self.due
                .push_back(Event::Trouble(place.clone(), end, Trouble::NotAll));
        }
        self.open(place, data.clone(), contents);
    }

    /// Opens messages of a pipe.
    fn messages(&mut self, place: Place, data: &Data<'a>, messages: Vec<(Range<u64>, String)>) {
        let name = format!(
            "{} of multiprocessing, as a pipe has them",
            Counted(messages.len() as u64, "message")
        );
        self.due
            .push_back(Event::Container(place.clone(), "pipe", name));
        let members = messages
            .into_iter()
            .map(|(range, name)| Member::stored(name.as_bytes(), range));
        let contents = Contents {
            members: members.collect(),
            troubles: Vec::new(),
        };
        self.open(place, data.clone(), contents);
    }

    /// Opens a zip archive that stands behind other bytes.
    fn appended(&mut self, place: &Place, data: &Data<'a>, pickle: bool) {
        let Some(end) = appended(data) else {
            return;
        };
        if self.open.len() as u64 >= self.budget.limit(Limit::Depth) {
            let trouble = Trouble::Limit(Limit::Depth, self.budget.limit(Limit::Depth));
            self.due
                .push_back(Event::Trouble(place.clone(), 0, trouble));
            return;
        }
        // A pickle may hold an archive in a value, near its end.
        let explained = pickle && pickles_reach(data, end);
        let left = self
            .budget
            .limit(Limit::Members)
            .saturating_sub(self.members);
        let contents = appended_contents(data, explained, left);
        self.open(place.clone(), data.clone(), contents);
    }

    fn open(&mut self, place: Place, data: Data<'a>, contents: Contents) {
        for (offset, trouble) in contents.troubles {
            self.due
                .push_back(Event::Trouble(place.clone(), offset, trouble));
        }
        self.open.push(Container {
            place,
            data,
            members: contents.members.into(),
            values: VecDeque::new(),
        });
    }
}

/// Whether pickles, one after the other from the first byte on, go past `end`.
fn pickles_reach(bytes: &[u8], end: u64) -> bool {
    let mut at = 0;
    while at < end {
        match end_of(bytes, at) {
            Ok(next) if next > at => at = next,
            _ => return false,
        }
    }
    at > end
}

/// The end of a path that is long.
pub(crate) fn shortened(path: &str) -> String {
    match path.len().checked_sub(PART_NAME) {
        Some(more) if more > 0 => {
            let start = path.ceil_char_boundary(more);
            format!("…{}", path.get(start..).unwrap_or_default())
        }
        _ => path.to_owned(),
    }
}

/// A member's name as text, cut where it gets long.
fn name(bytes: &[u8]) -> String {
    let head = bytes.get(..PART_NAME).unwrap_or(bytes);
    let mut name = String::from_utf8_lossy(head).into_owned();
    if bytes.len() > PART_NAME {
        name.push('…');
    }
    name
}
