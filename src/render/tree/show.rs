//! A value on a line.

use std::collections::{HashMap, hash_map::Entry};

use anstyle::Style;

use crate::{
    count::Counted,
    decode::{
        Argument, Op,
        text::{self, Meaning},
    },
    graph::{View, holds_by_nature},
    idiom::Word,
    machine::{Kind, Value},
    opcode::{Opcode, Storage},
    report::{
        tree::{
            Grown,
            form::{Form, Head, Label, Row, form_where, is_named, is_reference},
            marks::Marks,
        },
        words::spoken,
    },
    repr,
};

use super::{
    super::{
        Screen,
        shown::{Shown, dotted},
        text::{self as page, kind_name},
    },
    line::{FRAME, Line, NAME, PLAIN, REFERENCE, VALUE},
};

/// Columns of a value that is told beside others, and of a long one that is met again.
const BESIDE: usize = 40;

/// Columns that a name of dots has at the least, before it is cut.
const NAMED: usize = 60;

/// Columns that a value has at the least.
pub(super) const NARROWEST: usize = 24;

/// So many containers within each other stand in one line.
const FLAT: u32 = 2;

/// Of values of so many bytes it is kept what they are.
const LARGE: u64 = 1024;

/// So many values of any sort within each other are tried for one line, keys of keys among them.
const NESTED: u32 = 8;

/// Writes values of a pickle on lines.
pub(super) struct Show<'s, 'a> {
    pub(super) view: View<'s, 'a>,
    pub(super) grown: &'s Grown<'a>,
    pub(super) marks: &'s Marks,
    pub(super) screen: Screen,
    /// What has a name, and whether it was shown.
    names: HashMap<u64, (usize, bool)>,
    /// Long values that were met, as they are told since.
    long: HashMap<u64, String>,
    /// The word before a value, which isn't said again of it.
    said: Option<&'static str>,
    /// What shared values of [`LARGE`] and more bytes are, once they were met again.
    heads: HashMap<u64, Head<'a>>,
    /// How many values there are around the one that is tried for a line.
    nested: u32,
}

impl<'s, 'a> Show<'s, 'a> {
    pub(super) fn new(grown: &'s Grown<'a>, marks: &'s Marks, screen: Screen) -> Self {
        Self {
            view: grown.view(),
            grown,
            marks,
            screen,
            names: HashMap::new(),
            long: HashMap::new(),
            said: None,
            heads: HashMap::new(),
            nested: 0,
        }
    }

    pub(super) fn form(&self, value: Value) -> Form<'s, 'a> {
        form_where(self.view, self.marks, value, &|value| self.is_shown(value))
    }

    /// Columns that are left on a line.
    pub(super) fn room(&self, line: &Line) -> usize {
        let room = self.screen.width.saturating_sub(line.columns());
        room.max(NARROWEST)
    }

    /// Whether a value was shown with what it holds.
    pub(super) fn is_shown(&self, value: Value) -> bool {
        let place = self.view.place(value);
        self.names.get(&place).is_some_and(|(_, shown)| *shown)
    }

    /// Writes the name of a shared value: `&3` where it stands, `*3` elsewhere.
    pub(super) fn name(&mut self, value: Value, stands: bool, line: &mut Line) {
        if !self.marks.is_shared(self.view, value) {
            return;
        }
        let next = self.names.len() + 1;
        let entry = self
            .names
            .entry(self.view.place(value))
            .or_insert((next, false));
        let sign = if stands && !entry.1 { '&' } else { '*' };
        entry.1 |= stands;
        line.put(NAME, &format!("{sign}{}", entry.0));
        line.put(PLAIN, " ");
    }

    /// Takes back that a shared value was shown.
    pub(super) fn forget(&mut self, value: Value) {
        let place = self.view.place(value);
        if let Some((_, shown)) = self.names.get_mut(&place) {
            *shown = false;
        }
    }

    /// Writes what a row is called.
    pub(super) fn label(&mut self, label: Label, line: &mut Line) {
        self.said = match label {
            Label::Word(word) => Some(word),
            _ => None,
        };
        match label {
            Label::Index(index) => line.put(FRAME, &format!("[{index}] ")),
            Label::Argument(index) => line.put(FRAME, &format!("({index}) ")),
            Label::State(index) => line.put(FRAME, &format!("state[{index}] ")),
            Label::Place(place) => line.put(FRAME, &format!("at {place}: ")),
            Label::Member => line.put(FRAME, "· "),
            Label::Word(word) => {
                line.put(FRAME, word);
                line.put(FRAME, ": ");
            }
            Label::Attribute(key) | Label::Keyword(key) => {
                self.attribute(key, line);
                line.put(FRAME, " = ");
            }
            Label::Key(key) => {
                self.beside(key, PLAIN, line);
                line.put(FRAME, ": ");
            }
        }
    }

    fn attribute(&mut self, key: Value, line: &mut Line) {
        let short = self.marks.long(self.view.place(key)).is_none();
        match self.view.text(key) {
            Some(name) if short => {
                let room = self.at_most(BESIDE);
                line.put(PLAIN, &shown(Shown::Name(name.as_bytes()), room));
            }
            _ => self.beside(key, PLAIN, line),
        }
    }

    /// The key of a row, if its label doesn't tell what it holds.
    pub(super) fn long_key(&mut self, label: Label) -> Option<Value> {
        let (Label::Key(key) | Label::Attribute(key) | Label::Keyword(key)) = label else {
            return None;
        };
        let holds = !is_atom(key) || !self.view.cursor(key).is_empty();
        (holds && !self.flat(key, FLAT, BESIDE, PLAIN, &mut Line::new(false))).then_some(key)
    }

    /// Writes a value that stands beside another: short, and without what it holds.
    fn beside(&mut self, value: Value, style: Style, line: &mut Line) {
        let here = line.here();
        let end = line.columns() + BESIDE;
        if self.flat(value, FLAT, end, style, line) {
            return;
        }
        line.back_to(here);
        if is_atom(value) {
            self.atom(value, self.at_most(BESIDE), style, line);
        } else {
            self.brief(value, line);
        }
    }

    /// So many columns, unless all is asked for.
    fn at_most(&self, room: usize) -> Option<usize> {
        (!self.screen.full).then_some(room)
    }

    /// Writes a value in few words: what has been named, by its name.
    fn brief(&mut self, value: Value, line: &mut Line) {
        if is_reference(value) {
            self.reference(value, self.at_most(NAMED), line);
        } else if is_atom(value) {
            self.atom(value, self.at_most(BESIDE), VALUE, line);
        } else if self.names.contains_key(&self.view.place(value)) {
            self.name(value, false, line);
            line.put(FRAME, kind_name(value.kind()));
        } else {
            let text = format!("{} at {}", kind_name(value.kind()), self.view.place(value));
            line.put(FRAME, &text);
        }
    }

    /// Writes a value whole, if it ends before the column `end` and holds nothing that is worth a line of its own.
    pub(super) fn flat(
        &mut self,
        value: Value,
        levels: u32,
        end: usize,
        style: Style,
        line: &mut Line,
    ) -> bool {
        if line.columns() >= end || self.nested == NESTED {
            return false;
        }
        if is_atom(value) {
            let long = self.marks.long(self.view.place(value)).is_some();
            let holds = !self.view.cursor(value).is_empty();
            if long || holds {
                return false;
            }
            self.atom(value, None, style, line);
            return line.columns() <= end;
        }
        let shared = self.marks.is_shared(self.view, value);
        if shared {
            // What is shared is told where a line is its own.
            if !self.is_shown(value) {
                return false;
            }
            self.name(value, false, line);
            line.put(FRAME, kind_name(value.kind()));
            return line.columns() <= end;
        }
        self.flat_parts(value, levels, end, line)
    }

    /// The same, shared or not.
    pub(super) fn flat_parts(
        &mut self,
        value: Value,
        levels: u32,
        end: usize,
        line: &mut Line,
    ) -> bool {
        // Each piece that it was filled with takes a column at the least.
        if self.view.is_in_more_pieces(value, end) {
            return false;
        }
        let said = self.said;
        self.nested += 1;
        let is_whole = self.flat_rows(value, levels, end, line);
        self.nested -= 1;
        self.said = said;
        is_whole
    }

    fn flat_rows(&mut self, value: Value, levels: u32, end: usize, line: &mut Line) -> bool {
        let Form { head, mut rows } = self.form(value);
        let first = rows.next();
        if let Head::Plain = head {
            if let (Kind::Persistent, Some(id), None) = (value.kind(), first, rows.next()) {
                self.reference(value, None, line);
                line.put(PLAIN, " ");
                return self.flat(id.value, 1, end, VALUE, line);
            }
            if first.is_some() {
                return false;
            }
            if is_atom(value) {
                return self.flat(value, levels, end, VALUE, line);
            }
            self.reference(value, None, line);
            return line.columns() <= end;
        }
        if first.is_some() && levels == 0 {
            return false;
        }
        let (open, close) = match (&head, value.kind(), first.map(|row| row.label)) {
            (_, Kind::List, _) => ("[", "]"),
            (_, Kind::Tuple, _) => ("(", ")"),
            (_, Kind::Dict, _) | (_, Kind::Set, Some(_)) => ("{", "}"),
            (_, Kind::Set, None) => ("set(", ")"),
            (_, Kind::Frozenset, Some(_)) => ("frozenset({", "})"),
            (_, Kind::Frozenset, None) => ("frozenset(", ")"),
            (Head::Call(_), _, None) => ("(", ")"),
            (_, _, Some(Label::Argument(_) | Label::Keyword(_))) => ("(", ")"),
            (_, _, Some(Label::Key(_))) => (" {", "}"),
            (_, _, Some(Label::Index(_) | Label::Member)) => (" [", "]"),
            (_, _, Some(Label::Attribute(_))) => (": ", ""),
            (_, _, Some(_)) => (", ", ""),
            (_, _, None) => ("", ""),
        };
        let inner = if holds_by_nature(value.kind()) {
            levels - u32::from(levels > 0)
        } else {
            // What an object holds is short, or has lines.
            self.head(value, &head, line);
            if levels < FLAT && first.is_some() {
                return false;
            }
            1
        };
        line.put(PLAIN, open);
        let mut number = 0u64;
        let mut next = first;
        while let Some(row) = next {
            if number > 0 {
                line.put(PLAIN, ", ");
            }
            // Brackets tell one sort of rows.
            if first.is_some_and(|first| sort(first.label) != sort(row.label)) {
                return false;
            }
            number += 1;
            if !self.flat_row(row, inner, end, line) {
                return false;
            }
            next = rows.next();
        }
        if number == 1 && value.kind() == Kind::Tuple {
            line.put(PLAIN, ",");
        }
        line.put(PLAIN, close);
        line.columns() <= end
    }

    fn flat_row(&mut self, row: Row, levels: u32, end: usize, line: &mut Line) -> bool {
        match row.label {
            Label::Index(_) | Label::Member | Label::Argument(_) => self.said = None,
            Label::Key(key) => {
                self.said = None;
                if !self.flat(key, 1, end, PLAIN, line) {
                    return false;
                }
                line.put(PLAIN, ": ");
            }
            label => {
                if self.long_key(label).is_some() {
                    return false;
                }
                self.label(label, line);
            }
        }
        self.flat(row.value, levels, end, VALUE, line)
    }

    /// Writes what a value is that was told before. To find that out may take as long as the value is.
    pub(super) fn head_again(&mut self, value: Value, line: &mut Line) {
        let place = self.view.place(value);
        let head = match self.heads.remove(&place) {
            Some(head) => head,
            None => self.form(value).head,
        };
        self.head(value, &head, line);
        if self.marks.size(self.view, value) >= LARGE {
            self.heads.insert(place, head);
        }
    }

    /// Writes what a value is, and not what it holds.
    pub(super) fn head(&mut self, value: Value, head: &Head<'a>, line: &mut Line) {
        let mut said = self.said;
        match head {
            Head::Plain if is_atom(value) => {
                let room = (!self.screen.full).then(|| self.room(line));
                self.atom(value, room, VALUE, line);
            }
            Head::Plain => {
                let room = (!self.screen.full).then(|| self.room(line));
                self.reference(value, room, line);
            }
            Head::Container(count) => {
                let kind = value.kind().name();
                line.put(PLAIN, &format!("{kind} of {}", Thousands(*count)));
            }
            Head::Idiom(idiom) => {
                for word in &idiom.words {
                    match word {
                        Word::Ours(words) => {
                            let again = said.take().and_then(|said| words.strip_prefix(said));
                            let rest = again.and_then(|rest| rest.strip_prefix(' '));
                            let mut words = visible(rest.unwrap_or(words));
                            let room = self.at_most(self.room(line));
                            if let ("bytes" | "bytearray", Some(room)) = (idiom.kind, room) {
                                words = cut_bytes(words, room);
                            }
                            line.put(PLAIN, &words);
                        }
                        Word::Name(name) => {
                            let room = self.at_most(NAMED);
                            line.put(PLAIN, &shown(Shown::Name(name.as_bytes()), room));
                        }
                        Word::Value(value) => self.brief(*value, line),
                    }
                }
            }
            Head::Call(callee) => {
                line.put(PLAIN, "call ");
                if is_reference(*callee) {
                    let room = self.at_most(self.room(line).max(NAMED));
                    self.reference(*callee, room, line);
                } else {
                    self.brief(*callee, line);
                }
            }
            Head::Missing => line.put(FRAME, "missing"),
        }
    }

    /// Writes what is only named in the stream.
    fn reference(&mut self, value: Value, room: Option<usize>, line: &mut Line) {
        line.put(REFERENCE, "→ ");
        match value.kind() {
            Kind::Global => self.global(value, room, line),
            Kind::Extension => match self.view.op(value).map(|op| op.argument) {
                Some(Argument::Int(code)) => {
                    line.put(REFERENCE, &format!("extension code {code}"));
                    let place = self.view.place(value);
                    if let Some((module, name)) = self.grown.extension(code, place) {
                        let mut known = Vec::new();
                        for (between, part) in [(", here ", module), (".", name)] {
                            known.extend_from_slice(between.as_bytes());
                            Shown::Name(part.as_bytes()).write(&mut known, room);
                        }
                        line.put(REFERENCE, &String::from_utf8_lossy(&known));
                    }
                }
                _ => line.put(REFERENCE, "extension code"),
            },
            Kind::Buffer => {
                let number = self.grown.buffer(self.view.place(value));
                line.put(REFERENCE, &format!("out-of-band buffer {number}"));
            }
            _ => {
                line.put(REFERENCE, "persistent id");
                let room = room.map(|room| room.saturating_sub(14));
                if let Some(op) = self.view.op(value)
                    && let Argument::Line(id) = op.argument
                {
                    let place = self.view.place(value);
                    let text = self.known(place, room, |room| shown(Shown::OldText(id), room));
                    line.put(REFERENCE, " ");
                    line.put(REFERENCE, &text);
                }
            }
        }
    }

    fn global(&mut self, value: Value, room: Option<usize>, line: &mut Line) {
        if !is_named(self.view, value) {
            line.put(REFERENCE, "a name that the stream doesn't decide");
            return;
        }
        let view = self.view;
        let op = view.op(value);
        if let Some(Argument::Pair { module, name }) = op.map(|op| op.argument) {
            let text = self.known(view.place(value), room, |room| names([module, name], room));
            line.put(REFERENCE, &text);
            return;
        }
        let mut cursor = view.cursor(value);
        let parts = [view.next_held(&mut cursor), view.next_held(&mut cursor)];
        let [Some(module), Some(name)] = parts.map(|part| part.map(|held| held.value)) else {
            return;
        };
        let text = |value: Value| match view.atom(value) {
            Some(Meaning::Str(text)) => text.as_bytes().to_vec(),
            Some(Meaning::Bytes(bytes)) => bytes.into_owned(),
            _ => view.written(value).unwrap_or_default().to_vec(),
        };
        let long = |value| self.marks.long(view.place(value)).is_some();
        if !long(module) && !long(name) {
            let [module, name] = [module, name].map(text);
            line.put(REFERENCE, &names([&module, &name], room));
            return;
        }
        let half = room.map(|room| (room / 2).max(8));
        for (number, part) in [module, name].into_iter().enumerate() {
            if number > 0 {
                line.put(REFERENCE, ".");
            }
            // Under a number of its own: as a name it isn't quoted.
            let text = self.known(!view.place(part), half, |room| {
                shown(Shown::Name(&text(part)), room)
            });
            line.put(REFERENCE, &text);
        }
    }

    /// A text that may be long: then it is made once, and told in short from its second time on.
    fn known(
        &mut self,
        place: u64,
        room: Option<usize>,
        make: impl FnOnce(Option<usize>) -> String,
    ) -> String {
        let real = place.min(!place);
        if self.marks.long(real).is_none() {
            return make(room);
        }
        match self.long.entry(place) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(entry) => {
                let text = make(room);
                let short = cut(&text);
                entry.insert(short);
                text
            }
        }
    }

    fn atom(&mut self, value: Value, room: Option<usize>, style: Style, line: &mut Line) {
        let place = self.view.place(value);
        let view = self.view;
        let text = match value.kind() {
            Kind::None => "None".to_owned(),
            kind => self.known(place, room, |room| match view.op(value) {
                Some(op) => atom(kind, &op, room),
                None => "?".to_owned(),
            }),
        };
        line.put(style, &text);
    }
}

/// Labels of one sort stand in the same brackets.
fn sort(label: Label) -> u8 {
    match label {
        Label::Argument(_) | Label::Keyword(_) => 0,
        Label::Index(_) | Label::Member => 1,
        Label::Key(_) => 2,
        Label::Attribute(_) => 3,
        Label::Word(_) | Label::State(_) | Label::Place(_) => 4,
    }
}

/// Whether a value is data and holds nothing.
pub(super) fn is_atom(value: Value) -> bool {
    value.kind().storage() == Some(Storage::Value) && !holds_by_nature(value.kind())
}

fn shown(text: Shown<'_>, room: Option<usize>) -> String {
    let mut out = Vec::new();
    text.write(&mut out, room);
    // It wrote UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// A name of dots, shortened in the middle where there is no room for it.
fn names(parts: [&[u8]; 2], room: Option<usize>) -> String {
    let mut out = Vec::new();
    dotted(&parts.map(Some), &mut out, room.map(|room| room.max(NAMED)));
    // It wrote UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

fn visible(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let _ = repr::Visible(&mut out).write_str(text);
    out
}

/// Bytes as Python writes them, cut with their number behind them where there is no room for all.
fn cut_bytes(written: String, room: usize) -> String {
    let Some((_, inside)) = written.split_once("b'").or(written.split_once("b\"")) else {
        return written;
    };
    if written.len() <= room {
        return written;
    }
    let mut rest = inside.trim_end_matches(')');
    rest = rest.get(..rest.len().saturating_sub(1)).unwrap_or(rest);
    let (mut bytes, mut end) = (0u64, None);
    let begun = written.len().saturating_sub(inside.len());
    let whole = rest.len();
    while !rest.is_empty() {
        let length = match rest.as_bytes() {
            [b'\\', b'x', ..] => 4,
            [b'\\', ..] => 2,
            _ => 1,
        };
        let at = begun + whole.saturating_sub(rest.len());
        // What tells their number has some room.
        if end.is_none() && at + length > room.saturating_sub(14) {
            end = Some(at);
        }
        bytes += 1;
        rest = rest.get(length..).unwrap_or_default();
    }
    let cut = end.and_then(|end| written.get(..end)).unwrap_or(&written);
    format!("{cut}… {}", Counted(bytes, "byte"))
}

/// The beginning of a long text, as it is told when it is met again.
fn cut(text: &str) -> String {
    match text.char_indices().nth(BESIDE) {
        Some((end, _)) => {
            let beginning = text.get(..end).unwrap_or_default();
            let beginning = beginning.split('…').next().unwrap_or_default();
            format!("{beginning}… as before")
        }
        None => text.to_owned(),
    }
}

fn atom(kind: Kind, op: &Op<'_>, room: Option<usize>) -> String {
    match text::usual(op) {
        _ if kind == Kind::Bool => {
            if op.opcode == Opcode::NewTrue {
                "True".to_owned()
            } else {
                "False".to_owned()
            }
        }
        Ok(Meaning::Bool(true)) => "True".to_owned(),
        Ok(Meaning::Bool(false)) => "False".to_owned(),
        Ok(Meaning::Int(integer)) if room.is_some() && integer.decimal().is_none() => {
            format!("an integer in {}", Counted(op.length(), "byte"))
        }
        Ok(Meaning::Int(integer)) => {
            let mut out = Vec::new();
            page::number(&integer.written(), room, &mut out);
            String::from_utf8(out).unwrap_or_default()
        }
        Ok(Meaning::Float(number)) => repr::Float(number).to_string(),
        Ok(Meaning::Str(text)) => shown(Shown::text(&text), room),
        Ok(Meaning::Bytes(bytes)) if kind == Kind::OldStr => shown(Shown::OldText(&bytes), room),
        Ok(Meaning::Bytes(bytes)) if kind == Kind::Bytearray => {
            let room = room.map(|room| room.saturating_sub(11).max(8));
            format!("bytearray({})", shown(Shown::Bytes(&bytes), room))
        }
        Ok(Meaning::Bytes(bytes)) => shown(Shown::Bytes(&bytes), room),
        Ok(Meaning::None | Meaning::Names { .. }) | Err(_) => match op.argument {
            Argument::Line(raw) | Argument::Bytes(raw) => shown(Shown::Bytes(raw), room),
            _ => "?".to_owned(),
        },
    }
}

/// An idiom's words as plain text, fit to be shown; names of the input are cut.
pub(crate) fn words(view: View<'_, '_>, words: &[Word<'_>]) -> String {
    let words: Vec<_> = words.iter().map(|word| spoken(view, word)).collect();
    let mut out = Vec::new();
    // Each word has half of it.
    page::spoken(&words, Some(4 * BESIDE), &mut out);
    // It wrote UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// A count with commas.
pub(super) struct Thousands(pub(super) u64);

impl std::fmt::Display for Thousands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = Counted(self.0, "").to_string();
        f.pad(text.trim_end_matches(['s', ' ']))
    }
}
