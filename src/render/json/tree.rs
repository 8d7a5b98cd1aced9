//! `tree --format json`: one document an input, written value by value.

mod leaf;

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use serde::Serialize;

use crate::{
    graph::{Cursor, Held, Role, View, holds_by_nature},
    inspect::parts::Place,
    machine::{Kind, Value},
    reader::Reading,
    report::{
        self,
        parts::Summary,
        tree::{Grown, form, marks::Marks},
    },
};

use super::{Own, Printable, Problems, opcode::is_plain};

/// So many levels of braces and brackets are open at the most around a value that holds others; deeper ones stand in `more`.
///
/// Readers of JSON stop at 128 (serde_json), 256 (older jq) or 1000 (Python) of them.
const NEST: u32 = 100;

/// What is written of an input's pickles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether each value says how many bytes it takes.
    pub sizes: bool,
}

/// What of a pickle is written: the value, if there is one, and what is known of all of them.
#[derive(Debug)]
pub struct Chosen {
    /// What is known of the values that are written.
    pub marks: Marks,
    /// The path that leads to the value, where that isn't the pickle's.
    pub path: Option<String>,
}

/// The document of an input, written part by part: each pickle as soon as it is read.
pub struct Trees<'o> {
    out: Out<'o>,
    problems: Problems,
    begun: bool,
}

impl<'o> Trees<'o> {
    /// Begins it; `bytes` is the input's length, where it was read whole.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(name: &str, bytes: Option<u64>, out: &'o mut dyn Write) -> io::Result<Self> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        super::begin(name, bytes, "pickles", &mut out)?;
        Ok(Self {
            out,
            problems: Problems::default(),
            begun: false,
        })
    }

    /// Writes the pickles of a part; `choose` says what is written of a pickle, if anything. What is wrong comes at the end.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn part<'a>(
        &mut self,
        place: &Place,
        trees: &mut report::tree::Trees<'a>,
        choose: &mut dyn FnMut(&Grown<'a>) -> Option<Chosen>,
        options: Options,
    ) -> io::Result<()> {
        for grown in trees.by_ref() {
            let Some(chosen) = choose(&grown) else {
                continue;
            };
            if std::mem::replace(&mut self.begun, true) {
                self.out.write_all(b",")?;
            }
            let mut document = Document {
                view: grown.view(),
                grown: &grown,
                marks: &chosen.marks,
                options,
                more: VecDeque::new(),
                out: &mut self.out,
            };
            document.pickle(place, &chosen)?;
        }
        self.problems.add(place, &trees.problems, trees.untold);
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn end(mut self, summary: &Summary) -> io::Result<()> {
        self.out.write_all(b"],")?;
        self.problems.end(summary, &mut self.out)?;
        self.out.flush()
    }
}

type Out<'o> = io::BufWriter<&'o mut dyn Write>;

fn json(out: &mut Out<'_>, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Printable);
    Ok(value.serialize(&mut serializer)?)
}

fn string(out: &mut Out<'_>, text: &str) -> io::Result<()> {
    // What a terminal takes as it is, JSON does but for two characters.
    if is_plain(text) {
        out.write_all(b"\"")?;
        out.write_all(text.as_bytes())?;
        return out.write_all(b"\"");
    }
    json(out, &text)
}

fn number(out: &mut Out<'_>, number: u64) -> io::Result<()> {
    out.write_all(itoa::Buffer::new().format(number).as_bytes())
}

/// One pickle of the document.
struct Document<'d, 'o, 'a> {
    view: View<'d, 'a>,
    grown: &'d Grown<'a>,
    marks: &'d Marks,
    options: Options,
    /// What stands too deep, and is written where there is room.
    more: VecDeque<Value>,
    out: &'d mut Out<'o>,
}

/// What stands around a value of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Nothing yet.
    Begin,
    /// What the value itself is: its items, its pairs, its one part.
    Own,
    /// A field that has one value.
    Field(&'static str),
    /// OBJ's and INST's arguments, which stand in no tuple.
    Arguments,
    /// A field that has many values.
    List(&'static str),
    /// A field that has keys and values.
    Pairs(&'static str),
}

/// A value that is being written.
struct Open {
    cursor: Cursor,
    section: Section,
    /// How many values its section has.
    count: u64,
    /// How many values the open pair has.
    pair: u8,
    /// Levels of braces and brackets around it.
    nest: u32,
    /// Whether something stands in the object's braces.
    begun: bool,
    first: bool,
    states: bool,
}

impl<'d, 'a> Document<'d, '_, 'a> {
    fn pickle(&mut self, place: &Place, chosen: &Chosen) -> io::Result<()> {
        let pickle = &self.grown.pickle;
        self.out.write_all(b"{")?;
        let own = Own::new(place);
        if let Some(part) = own.part {
            self.out.write_all(b"\"part\":")?;
            string(self.out, part)?;
            self.out.write_all(b",")?;
        }
        if let Some(base) = own.base {
            write!(self.out, "\"base\":{base},")?;
        }
        write!(
            self.out,
            "\"start\":{},\"end\":{},\"protocol\":{},\"opcodes\":{},\"reading\":\"{}\"",
            pickle.span.start,
            pickle.span.end,
            pickle.protocol,
            pickle.tally.opcodes(),
            pickle.reading.name()
        )?;
        if pickle.reading == Reading::Ambiguous {
            self.out.write_all(b",\"reader\":\"c-bytes\"")?;
        }
        let marks = self.marks;
        match &chosen.path {
            Some(path) => {
                self.out.write_all(b",\"path\":")?;
                string(self.out, path)?;
            }
            None => {
                let bytes = marks.bytes();
                write!(
                    self.out,
                    ",\"bytes\":{{\"values\":{},\"dropped\":{},\"overhead\":{}}}",
                    bytes.values, bytes.dropped, bytes.overhead
                )?;
            }
        }
        if chosen.path.is_some() || self.grown.value().is_some() {
            self.out.write_all(b",\"value\":")?;
            if let Some((value, first)) = marks.roots().first() {
                self.value(*value, *first, 3)?;
            }
        } else {
            self.list("stack", marks.roots().iter().copied())?;
        }
        if !marks.dropped().is_empty() {
            self.list(
                "dropped",
                marks.dropped().iter().map(|value| (*value, true)),
            )?;
        }
        if !self.more.is_empty() {
            self.out.write_all(b",\"more\":{")?;
            let mut begun = false;
            while let Some(value) = self.more.pop_front() {
                if begun {
                    self.out.write_all(b",")?;
                }
                begun = true;
                self.out.write_all(b"\"")?;
                number(self.out, self.view.place(value))?;
                self.out.write_all(b"\":")?;
                self.value(value, true, 4)?;
            }
            self.out.write_all(b"}")?;
        }
        self.out.write_all(b"}")
    }

    fn list(&mut self, name: &str, values: impl Iterator<Item = (Value, bool)>) -> io::Result<()> {
        write!(self.out, ",\"{name}\":[")?;
        for (at, (value, first)) in values.enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            self.value(value, first, 4)?;
        }
        self.out.write_all(b"]")
    }

    /// Writes a value with all that it holds first.
    fn value(&mut self, value: Value, first: bool, nest: u32) -> io::Result<()> {
        let mut open: Vec<Open> = Vec::new();
        open.extend(self.open(value, first, nest)?);
        while let Some(top) = open.last_mut() {
            let Some(held) = self.view.next_held(&mut top.cursor) else {
                let Some(top) = open.pop() else {
                    break;
                };
                self.close(top)?;
                continue;
            };
            if let Some(nest) = self.lead(top, held)? {
                let opened = match held.slot {
                    Some(_) => self.open(held.value, self.marks.is_first(held.slot), nest)?,
                    None => {
                        self.named_by_inst(held.value)?;
                        None
                    }
                };
                open.extend(opened);
            }
        }
        Ok(())
    }

    /// Writes a value that holds nothing, or the beginning of one that does.
    fn open(&mut self, value: Value, first: bool, nest: u32) -> io::Result<Option<Open>> {
        let kind = value.kind();
        let cursor = self.view.cursor(value);
        let place = self.view.place(value);
        let by_nature = holds_by_nature(kind);
        if cursor.is_empty() && !by_nature {
            self.leaf(value, first)?;
            return Ok(None);
        }
        // The empty tuple has nothing to share.
        let tells = first || cursor.is_empty() && self.view.graph().number(place).is_none();
        if !tells || !cursor.is_empty() && nest >= NEST {
            if tells {
                self.more.push_back(value);
            }
            self.reference(place)?;
            return Ok(None);
        }
        let mut open = Open {
            cursor,
            section: Section::Own,
            count: 0,
            pair: 0,
            nest,
            begun: true,
            first,
            states: false,
        };
        match kind {
            Kind::Object => {
                self.out.write_all(b"{\"object\":{")?;
                open.section = Section::Begin;
                open.begun = false;
            }
            Kind::Tuple | Kind::List | Kind::Set | Kind::Frozenset | Kind::Dict => {
                self.out.write_all(b"{\"")?;
                self.out.write_all(kind.name().as_bytes())?;
                self.out.write_all(b"\":[")?;
            }
            Kind::Persistent if is_made(self.view, cursor) => {
                self.out.write_all(b"{\"persistent\":")?;
            }
            Kind::Global if !form::is_named(self.view, value) => {
                self.out.write_all(b"{\"unresolved\":[")?;
            }
            _ => {
                self.body(value)?;
                open.section = Section::Begin;
            }
        }
        Ok(Some(open))
    }

    /// Writes what stands before a value of another, and says how deep it stands; `None` where it isn't written.
    fn lead(&mut self, open: &mut Open, held: Held) -> io::Result<Option<u32>> {
        let kind = open.cursor.value().kind();
        let (section, levels) = match held.role {
            Role::Item | Role::Member if in_own(kind, held.role) => (Section::Own, 2),
            Role::Key | Role::Value if kind == Kind::Dict => (Section::Own, 3),
            Role::Item | Role::Member => (Section::List("items"), 2),
            Role::Key | Role::Value => (Section::Pairs("pairs"), 3),
            Role::Callee => (Section::Field("callee"), 1),
            Role::Arguments => (Section::Field("arguments"), 1),
            Role::Argument => (Section::Arguments, 3),
            Role::Keywords => (Section::Field("keywords"), 1),
            Role::State if open.states => (Section::List("states"), 2),
            Role::State => (Section::Field("state"), 1),
            Role::Id => (Section::Own, 1),
            Role::Module | Role::Name if open.section == Section::Own => (Section::Own, 2),
            // The names of a name stand in it.
            Role::Module | Role::Name => return Ok(None),
        };
        if section != open.section {
            self.leave(open)?;
            self.begin(open, section)?;
            open.states |= section == Section::Field("state");
        }
        let pairs = matches!(held.role, Role::Key | Role::Value);
        match (pairs, open.pair) {
            (false, _) if open.count > 0 => self.out.write_all(b",")?,
            (false, _) => {}
            (true, 1) if held.role == Role::Value => self.out.write_all(b",")?,
            (true, _) => {
                self.end_pair(open)?;
                self.out
                    .write_all(if open.count > 0 { b",[" } else { b"[" })?;
            }
        }
        open.pair = match (pairs, held.role) {
            (false, _) => 0,
            (true, Role::Key) => 1,
            (true, _) => 2,
        };
        open.count = open.count.saturating_add(1);
        let inside = u32::from(kind == Kind::Object);
        Ok(Some(
            open.nest.saturating_add(levels).saturating_add(inside),
        ))
    }

    fn begin(&mut self, open: &mut Open, section: Section) -> io::Result<()> {
        open.section = section;
        (open.count, open.pair) = (0, 0);
        let (name, bracket): (_, &[u8]) = match section {
            Section::Begin | Section::Own => return Ok(()),
            Section::Field(name) => (name, b""),
            Section::Arguments => ("arguments", b"{\"tuple\":["),
            Section::List(name) | Section::Pairs(name) => (name, b"["),
        };
        if open.begun {
            self.out.write_all(b",")?;
        }
        open.begun = true;
        write!(self.out, "\"{name}\":")?;
        self.out.write_all(bracket)
    }

    fn leave(&mut self, open: &mut Open) -> io::Result<()> {
        self.end_pair(open)?;
        let kind = open.cursor.value().kind();
        self.out.write_all(match open.section {
            Section::Begin | Section::Field(_) => b"",
            Section::Own if kind == Kind::Persistent => b"",
            Section::Own | Section::List(_) | Section::Pairs(_) => b"]",
            Section::Arguments => b"]}",
        })
    }

    /// Ends the pair at hand; a key without a value has one that is missing.
    fn end_pair(&mut self, open: &mut Open) -> io::Result<()> {
        let pair = std::mem::take(&mut open.pair);
        self.out.write_all(match pair {
            0 => b"",
            1 => b",{\"object\":{},\"missing\":true}]",
            _ => b"]",
        })
    }

    fn close(&mut self, mut open: Open) -> io::Result<()> {
        self.leave(&mut open)?;
        let value = open.cursor.value();
        if value.kind() == Kind::Object {
            // INST without arguments calls all the same.
            self.out.write_all(b"}")?;
            if let Some(idiom) = form::stands_for(self.view, self.marks, value) {
                self.out.write_all(b",\"kind\":\"")?;
                self.out.write_all(idiom.kind.as_bytes())?;
                self.out.write_all(b"\",\"is\":")?;
                let words = crate::render::tree::words(self.view, &idiom.words);
                string(self.out, &words)?;
            }
        }
        let place = self.view.place(value);
        self.out.write_all(b",\"offset\":")?;
        number(self.out, place)?;
        if !open.cursor.is_empty() || self.view.graph().number(place).is_some() {
            self.out.write_all(b",\"id\":")?;
            number(self.out, place)?;
        }
        self.size(value, open.first)?;
        self.out.write_all(b"}")
    }

    fn size(&mut self, value: Value, first: bool) -> io::Result<()> {
        if self.options.sizes && first {
            self.out.write_all(b",\"size\":")?;
            number(self.out, self.marks.size(self.view, value))?;
        }
        Ok(())
    }

    fn reference(&mut self, place: u64) -> io::Result<()> {
        self.out.write_all(b"{\"ref\":")?;
        number(self.out, place)?;
        self.out.write_all(b"}")
    }
}

/// Whether a role is what a value of this kind is made to hold.
fn in_own(kind: Kind, role: Role) -> bool {
    match kind {
        Kind::Set | Kind::Frozenset | Kind::List => true,
        Kind::Tuple => role == Role::Item,
        _ => false,
    }
}

/// Whether the id of a persistent value was taken from the stack.
fn is_made(view: View<'_, '_>, mut cursor: Cursor) -> bool {
    view.next_held(&mut cursor)
        .is_some_and(|held| held.role == Role::Id)
}
