//! What is in what: the values that hold others, kept while a pickle is read.
//!
//! The machine forgets what it has put together; [`Graph`] looks on and keeps, for each value that holds others, which
//! they are: sharing stays sharing, a cycle a cycle, and what is filled late is filled. It owns no tree. A value that
//! holds nothing is not kept at all: it stands in the input, where its word says.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod cursor;
mod view;

use std::{collections::HashMap, ops::Range};

use crate::{
    machine::{Event, Kind, Machine, Step, Value},
    opcode::Opcode,
};

pub use cursor::{Cursor, Held, holds_by_nature};
pub use view::{Arguments, Call, Child, Children, Moment, Role, Since, View};

/// Who looks on while a machine steps.
pub trait Watch<'a> {
    /// Before an opcode is stepped over.
    fn before(&mut self, machine: &Machine<'a>, opcode: Opcode);

    /// After the opcode at `offset` was stepped over.
    fn after(&mut self, opcode: Opcode, offset: u64, step: &Step);

    /// The graph that keeps all that values hold, if this is one.
    fn whole(&self) -> Option<&Graph> {
        None
    }
}

/// Nobody looks on.
impl<'a> Watch<'a> for () {
    #[inline(always)]
    fn before(&mut self, _: &Machine<'a>, _: Opcode) {}

    #[inline(always)]
    fn after(&mut self, _: Opcode, _: u64, _: &Step) {}
}

/// Which values hold which, over one pickle; read through a [`View`].
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Whether what lists, dicts and sets hold isn't kept.
    calls_only: bool,
    /// Those that hold others, by where they were made.
    nodes: Vec<Node>,
    /// What was given to them, in the stream's order.
    segments: Vec<Segment>,
    /// The values of the segments, one segment after the other.
    children: Vec<Value>,
    /// What was filled though its opcode makes nothing that holds others: names, extension codes, buffers.
    others: HashMap<u64, u32>,
    /// Where the opcode of each lookup stands.
    lookups: Vec<u64>,
    /// Where the segment begins that is being gathered.
    pending: usize,
    root: Option<Value>,
}

/// A value that holds others: where its opcode stands, and the last of its segments.
#[derive(Clone, Copy, Debug)]
struct Node {
    offset: Packed,
    last: [u16; 2],
}

/// Values that were given to one in one go.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Where they begin in `children`, and how they were given in the topmost bits. They end where the next begin.
    start: Packed,
    /// The segment after this of the same value; after its last comes its first.
    next: [u16; 2],
}

const _: () = assert!(size_of::<Node>() == 10 && size_of::<Segment>() == 10);

/// A number of 48 bits: more than the offset of a [`Value`] has.
type Packed = [u16; 3];

/// How values are given to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum How {
    /// It was made of them.
    Made,
    /// As items: APPEND, APPENDS.
    Items,
    /// As keys and values: SETITEM, SETITEMS.
    Pairs,
    /// As members: ADDITEMS.
    Members,
    /// As its state: BUILD.
    State,
}

impl How {
    const ALL: [Self; 5] = [
        Self::Made,
        Self::Items,
        Self::Pairs,
        Self::Members,
        Self::State,
    ];
}

/// A number in pieces, which lie closer together than the number would.
fn packed(number: u64) -> Packed {
    [(number >> 32) as u16, (number >> 16) as u16, number as u16]
}

fn whole([high, middle, low]: Packed) -> u64 {
    u64::from(high) << 32 | u64::from(middle) << 16 | u64::from(low)
}

fn halves(number: u32) -> [u16; 2] {
    [(number >> 16) as u16, number as u16]
}

fn joined([high, low]: [u16; 2]) -> u32 {
    u32::from(high) << 16 | u32::from(low)
}

/// No segment. An input that had so many would need more opcodes than 4 GB of it.
const NONE: u32 = u32::MAX;

impl Node {
    fn last(self) -> Option<u32> {
        let last = joined(self.last);
        (last != NONE).then_some(last)
    }
}

/// Bits of a segment's start that hold how it was given.
const HOW: u32 = 45;

impl Segment {
    fn new(start: usize, how: How, next: u32) -> Self {
        Self {
            start: packed((how as u64) << HOW | start as u64 & ((1 << HOW) - 1)),
            next: halves(next),
        }
    }

    fn start(self) -> usize {
        (whole(self.start) & ((1 << HOW) - 1)) as usize
    }

    fn how(self) -> How {
        How::ALL
            .get((whole(self.start) >> HOW) as usize)
            .copied()
            .unwrap_or(How::Made)
    }
}

/// How many of the topmost values an opcode takes.
enum Takes {
    Top(usize),
    AboveMark,
}

impl Graph {
    /// A graph that keeps everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// A graph that keeps tuples, calls and states, and not what lists, dicts and sets hold.
    pub fn of_calls() -> Self {
        Self {
            calls_only: true,
            ..Self::default()
        }
    }

    /// The pickle's value, which STOP gave.
    pub fn root(&self) -> Option<Value> {
        self.root
    }

    /// Which of an opcode's operands are kept.
    #[inline(always)]
    fn takes(&self, opcode: Opcode) -> Option<Takes> {
        Some(match opcode {
            Opcode::Append if !self.calls_only => Takes::Top(1),
            Opcode::SetItem if !self.calls_only => Takes::Top(2),
            Opcode::Appends
            | Opcode::SetItems
            | Opcode::AddItems
            | Opcode::List
            | Opcode::Dict
            | Opcode::FrozenSet
                if !self.calls_only =>
            {
                Takes::AboveMark
            }
            Opcode::Tuple | Opcode::Obj | Opcode::Inst => Takes::AboveMark,
            Opcode::Tuple1 | Opcode::Build | Opcode::BinPersId => Takes::Top(1),
            Opcode::Tuple2 | Opcode::Reduce | Opcode::NewObj | Opcode::StackGlobal => Takes::Top(2),
            Opcode::Tuple3 | Opcode::NewObjEx => Takes::Top(3),
            _ => return None,
        })
    }

    /// Gives `target` the values that were gathered.
    #[inline]
    fn fill(&mut self, target: u64, how: How) {
        let node = self.find(target);
        let last = match node {
            Some(at) => self.nodes.get(at).and_then(|node| node.last()),
            None => self.others.get(&target).copied(),
        };
        if self.goes_on(last, how) {
            self.pending = self.children.len();
            return;
        }
        let own = self.segment(how);
        if let Some(last) = last {
            let first = self.next(last);
            self.set_next(own, first);
            self.set_next(last, own);
        }
        match node.and_then(|at| self.nodes.get_mut(at)) {
            Some(node) => node.last = halves(own),
            None => {
                self.others.insert(target, own);
            }
        }
    }

    /// Whether what was gathered belongs to the same segment: what is put in one by one becomes one.
    fn goes_on(&self, last: Option<u32>, how: How) -> bool {
        let end = self.segments.len().saturating_sub(1);
        how != How::State
            && last.is_some_and(|last| last as usize == end)
            && self.segments.last().is_some_and(|last| last.how() == how)
    }

    /// Notes that the opcode at `offset` made a value of those that were gathered.
    #[inline]
    fn make(&mut self, offset: u64) {
        let last = self.segment(How::Made);
        self.nodes.push(Node {
            offset: packed(offset),
            last: halves(last),
        });
    }

    /// Notes that the opcode at `offset` made a value that holds nothing yet.
    #[inline]
    fn make_empty(&mut self, offset: u64) {
        self.nodes.push(Node {
            offset: packed(offset),
            last: halves(NONE),
        });
    }

    /// A segment of what was gathered.
    #[inline]
    fn segment(&mut self, how: How) -> u32 {
        let own = u32::try_from(self.segments.len()).unwrap_or(NONE);
        self.segments.push(Segment::new(self.pending, how, own));
        self.pending = self.children.len();
        own
    }

    fn next(&self, segment: u32) -> u32 {
        self.segments
            .get(segment as usize)
            .map_or(segment, |segment| joined(segment.next))
    }

    fn set_next(&mut self, segment: u32, next: u32) {
        if let Some(segment) = self.segments.get_mut(segment as usize) {
            segment.next = halves(next);
        }
    }

    /// The values of a segment, and how they were given.
    fn values(&self, segment: u32) -> Option<(How, &[Value])> {
        let (how, span) = self.span(segment)?;
        Some((how, self.children.get(span)?))
    }

    /// Where the values of a segment are, and how they were given.
    fn span(&self, segment: u32) -> Option<(How, Range<usize>)> {
        let at = segment as usize;
        let own = self.segments.get(at)?;
        let end = at
            .checked_add(1)
            .and_then(|next| self.segments.get(next))
            .map_or(self.pending, |next| next.start());
        Some((own.how(), own.start()..end))
    }

    /// The last segment of what was made or found at `offset`.
    fn last(&self, offset: u64) -> Option<u32> {
        match self.find_near(offset, self.guess(offset)) {
            Some(at) => self.nodes.get(at)?.last(),
            None => self.others.get(&offset).copied(),
        }
    }

    /// Where the node of what was made at `offset` is.
    #[inline]
    fn find(&self, offset: u64) -> Option<usize> {
        // What is filled was mostly made a short while ago.
        let length = self.nodes.len();
        let mut step = 1usize;
        let mut low = length;
        loop {
            let high = low;
            low = length.saturating_sub(step);
            let at = self.nodes.get(low)?;
            if whole(at.offset) <= offset {
                let near = self.nodes.get(low..high)?;
                let within = near
                    .binary_search_by_key(&offset, |node| whole(node.offset))
                    .ok()?;
                return low.checked_add(within);
            }
            if low == 0 {
                return None;
            }
            step = step.saturating_mul(2);
        }
    }

    /// Where the node of what was made at `offset` is, looked for from the node `near` on, up and down.
    pub(crate) fn find_near(&self, offset: u64, near: usize) -> Option<usize> {
        let at = |index: usize| self.nodes.get(index).map(|node| whole(node.offset));
        let near = near.min(self.nodes.len().saturating_sub(1));
        let mut step = 1usize;
        let (mut low, mut high) = (near, near);
        match at(near)?.cmp(&offset) {
            std::cmp::Ordering::Equal => return Some(near),
            std::cmp::Ordering::Less => loop {
                high = near.saturating_add(step);
                match at(high) {
                    Some(there) if there < offset => low = high,
                    Some(there) if there == offset => return Some(high),
                    _ => break,
                }
                step = step.saturating_mul(2);
            },
            std::cmp::Ordering::Greater => loop {
                low = near.saturating_sub(step);
                match at(low) {
                    Some(there) if there > offset && low > 0 => high = low,
                    Some(there) if there == offset => return Some(low),
                    _ => break,
                }
                step = step.saturating_mul(2);
            },
        }
        let between = self.nodes.get(low..high.min(self.nodes.len()))?;
        let within = between
            .binary_search_by_key(&offset, |node| whole(node.offset))
            .ok()?;
        low.checked_add(within)
    }

    /// How many values hold others.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// A number below [`nodes`](Self::nodes) for the value that the opcode at `offset` made, if it holds others.
    pub fn number(&self, offset: u64) -> Option<usize> {
        self.find_near(offset, self.guess(offset))
    }

    /// Where the node of `offset` is if they lie evenly.
    fn guess(&self, offset: u64) -> usize {
        let (Some(first), Some(last)) = (self.nodes.first(), self.nodes.last()) else {
            return 0;
        };
        let (first, last) = (whole(first.offset), whole(last.offset));
        let before = u128::from(offset.saturating_sub(first));
        let among = u128::from(last.saturating_sub(first).max(1));
        let guess = before.saturating_mul(self.nodes.len() as u128);
        let guess = guess.checked_div(among).unwrap_or_default();
        usize::try_from(guess).unwrap_or(usize::MAX)
    }
}

impl<'a> Watch<'a> for Graph {
    #[inline(always)]
    fn before(&mut self, machine: &Machine<'a>, opcode: Opcode) {
        let Some(takes) = self.takes(opcode) else {
            return;
        };
        let above = machine.above_mark();
        let taken = match takes {
            Takes::AboveMark if machine.is_marked() => above,
            // It fails and takes nothing: all that lies on the stack, time and again, would grow with the square.
            Takes::AboveMark => &[],
            Takes::Top(count) => above
                .get(above.len().saturating_sub(count)..)
                .unwrap_or_default(),
        };
        self.children.truncate(self.pending);
        self.children.extend_from_slice(taken);
    }

    #[inline(always)]
    fn after(&mut self, opcode: Opcode, offset: u64, step: &Step) {
        match opcode {
            Opcode::Append
            | Opcode::Appends
            | Opcode::SetItem
            | Opcode::SetItems
            | Opcode::AddItems => {
                if !self.calls_only
                    && let (Event::Fill(target), None) = (step.event, step.failure)
                {
                    let how = match opcode {
                        Opcode::Append | Opcode::Appends => How::Items,
                        Opcode::AddItems => How::Members,
                        _ => How::Pairs,
                    };
                    self.fill(self.place(target), how);
                }
            }
            Opcode::EmptyList | Opcode::EmptyDict | Opcode::EmptySet if !self.calls_only => {
                self.make_empty(offset);
            }
            Opcode::List | Opcode::Dict | Opcode::FrozenSet if !self.calls_only => {
                self.make(offset);
            }
            Opcode::Tuple
            | Opcode::Tuple1
            | Opcode::Tuple2
            | Opcode::Tuple3
            | Opcode::Reduce
            | Opcode::NewObj
            | Opcode::NewObjEx
            | Opcode::Obj => self.make(offset),
            Opcode::Build => {
                if let Event::State { target, .. } = step.event {
                    self.fill(self.place(target), How::State);
                }
            }
            Opcode::Global
            | Opcode::StackGlobal
            | Opcode::Inst
            | Opcode::PersId
            | Opcode::BinPersId
            | Opcode::Ext1
            | Opcode::Ext2
            | Opcode::Ext4 => self.found(opcode, offset, step),
            Opcode::Stop => match step.event {
                Event::Stop(value) => self.root = Some(value),
                Event::Inner { target, value } => {
                    self.children.truncate(self.pending);
                    self.children.push(value);
                    self.fill(self.place(target), How::Items);
                }
                _ => self.root = None,
            },
            _ => {}
        }
    }

    fn whole(&self) -> Option<&Graph> {
        (!self.calls_only).then_some(self)
    }
}

impl Graph {
    #[inline(never)]
    fn found(&mut self, opcode: Opcode, offset: u64, step: &Step) {
        if matches!(
            opcode,
            Opcode::StackGlobal | Opcode::Inst | Opcode::BinPersId
        ) {
            self.make(offset);
        }
        if let Event::Lookup(number) = step.event {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            // A call that loads a pickle stands in the log of lookups, too: somewhere behind the one before.
            let before = self.lookups.last().copied().unwrap_or(0);
            self.lookups.resize(number, before);
            self.lookups.push(offset);
        }
    }

    /// What INST at `offset` found.
    fn found_at(&self, offset: u64) -> Option<Value> {
        let number = self.lookups.partition_point(|place| *place < offset);
        (self.lookups.get(number) == Some(&offset))
            .then(|| Value::new(Kind::Global, 0, number as u64))
    }

    /// Where the opcode stands that made a value or found it.
    pub(crate) fn place(&self, value: Value) -> u64 {
        if value.kind() != Kind::Global {
            return value.offset();
        }
        usize::try_from(value.offset())
            .ok()
            .and_then(|number| self.lookups.get(number))
            .copied()
            .unwrap_or(u64::MAX)
    }
}
