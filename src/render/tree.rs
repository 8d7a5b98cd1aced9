//! `tree` for people: what holds what, a line a value.

mod line;
mod lost;
mod show;
mod sizes;

use std::{
    collections::HashMap,
    io::{self, Write},
};

use crate::{
    count::Counted,
    machine::{Kind, Value},
    reader::Reading,
    report::tree::{
        Grown,
        form::{Head, Label, Row, Rows},
        marks::{Marks, own_size},
    },
};

use super::Screen;
use line::{FRAME, HEADING, Line, PLAIN};
use show::{Show, Thousands};

pub use lost::lost;
pub(crate) use show::words;

/// So many rows of a value are shown unless all are asked for.
const ROWS: usize = 20;

/// So many items are shown even if they take many lines.
const FEW: usize = 5;

/// Items that take so many lines are enough.
const MANY: u64 = 50;

/// What was filled in more pieces than these is gone through once.
const MANY_PIECES: usize = 64;

/// So many levels are shown unless more are asked for.
const DEPTH: usize = 8;

/// So many levels have guides beside them; deeper ones are told by their number, or a deep nest would print quadratically.
const GUIDED: usize = 16;

/// So many short values of a list make a line of it, cut where that ends.
const RUN: u64 = 8;

/// So many of a list are looked at to see that it is one of short values.
const LOOKED_AT: usize = 64;

/// What a short value's opcode takes at the most.
const SHORT: u64 = 40;

/// So much of what was dropped is listed unless all is asked for.
const DROPPED: usize = 12;

/// How a tree is shown.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The screen.
    pub screen: Screen,
    /// How many levels are shown.
    pub depth: Option<usize>,
    /// Whether values come by size, with their bytes.
    pub sizes: bool,
}

/// What a pickle's tree is called.
#[derive(Clone, Copy, Debug)]
pub struct Title<'t> {
    /// Whether the input has several pickles, so that each says which it is.
    pub numbered: bool,
    /// The path to the value that is shown, where it isn't the pickle's own.
    pub path: Option<&'t str>,
}

/// Writes the name of one of several inputs.
///
/// # Errors
/// Those of `out`.
pub fn heading(name: &str, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let mut line = Line::new(screen.color);
    line.put(HEADING, name);
    write(out, &line)
}

/// Writes the tree of a pickle.
///
/// # Errors
/// Those of `out`.
pub fn tree(
    grown: &Grown<'_>,
    marks: &Marks,
    title: Title<'_>,
    options: Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        show: Show::new(grown, marks, options.screen),
        options,
        out,
        lines: 0,
        told: HashMap::new(),
    };
    page.title(title)?;
    if options.sizes {
        return sizes::sizes(&mut page, title);
    }
    let whole = title.path.is_some() || grown.value().is_some();
    if whole {
        let root = marks.roots().first().map(|(value, _)| *value);
        root.map_or(Ok(()), |root| page.tree(None, root))?;
    } else {
        page.stack()?;
    }
    page.dropped()
}

fn write(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    let mut bytes = line.bytes().to_vec();
    bytes.push(b'\n');
    out.write_all(&bytes)
}

struct Page<'p, 'a> {
    show: Show<'p, 'a>,
    options: Options,
    out: &'p mut dyn Write,
    /// How many lines were written.
    lines: u64,
    /// The places of what was written with its rows, and at which depth. A value that isn't shared may come again all the same:
    /// from inside a tuple of arguments, or of a state, that several calls share.
    told: HashMap<u64, usize>,
}

/// A value whose rows are being written.
struct Open<'p, 'a> {
    rows: Rows<'p, 'a>,
    /// The row that comes next: whether there is one decides how the one before it is drawn.
    next: Option<Row>,
    shown: usize,
    /// Whether the key of the next row has a row of its own, which was written.
    keyed: bool,
    /// How many lines stand before its own.
    from: u64,
}

impl<'p, 'a> Page<'p, 'a> {
    fn line(&self) -> Line {
        Line::new(self.options.screen.color)
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        self.lines += 1;
        write(self.out, line)
    }

    fn say(&mut self, style: anstyle::Style, text: &str) -> io::Result<()> {
        let mut line = self.line();
        line.put(style, text);
        self.write(&line)
    }

    fn title(&mut self, title: Title<'_>) -> io::Result<()> {
        let pickle = &self.show.grown.pickle;
        let mut text = String::new();
        if title.numbered {
            text = format!(
                "pickle {}, from offset {}: ",
                self.show.grown.number, pickle.span.start
            );
        }
        let read = match pickle.reading {
            Reading::Complete => "read whole",
            Reading::Ambiguous => "loaders differ: this is what the one in C makes of bytes",
            Reading::Incomplete => "not whole",
        };
        text += &format!(
            "protocol {}, {}, {read}",
            pickle.protocol,
            Counted(pickle.span.length(), "byte")
        );
        self.say(HEADING, &text)?;
        self.say(PLAIN, "")
    }

    /// What lies on the stack of a pickle that has no value.
    fn stack(&mut self) -> io::Result<()> {
        let roots = self.show.marks.roots();
        if roots.is_empty() {
            return self.say(FRAME, "nothing lies on the stack where reading ends");
        }
        self.say(
            FRAME,
            "what lies on the stack where reading ends, the topmost last:",
        )?;
        let all = roots.len();
        let skipped = if self.options.screen.full {
            0
        } else {
            all.saturating_sub(ROWS)
        };
        if skipped > 0 {
            self.say(FRAME, &format!("… {} below", Thousands(skipped as u64)))?;
        }
        for (number, (value, _)) in roots.iter().enumerate().skip(skipped) {
            self.tree(Some(Label::Index(number as u64)), *value)?;
        }
        Ok(())
    }

    /// What was done with values that are not in the tree.
    fn dropped(&mut self) -> io::Result<()> {
        let marks = self.show.marks;
        let bytes = marks.bytes().dropped;
        if bytes == 0 || !marks.dropped().is_empty() {
            return self.dropped_list();
        }
        self.say(PLAIN, "")?;
        let bytes = Counted(bytes, "byte");
        self.say(
            HEADING,
            &format!("made and dropped: {bytes} of data that the tree doesn't have"),
        )
    }

    fn dropped_list(&mut self) -> io::Result<()> {
        let dropped = self.show.marks.dropped();
        if dropped.is_empty() {
            return Ok(());
        }
        self.say(PLAIN, "")?;
        let bytes = Counted(self.show.marks.bytes().dropped, "byte");
        self.say(
            HEADING,
            &format!("made and dropped, {bytes}: it happens, though the tree doesn't have it"),
        )?;
        let listed = if self.options.screen.full {
            dropped.len()
        } else {
            DROPPED.min(dropped.len())
        };
        for value in dropped.iter().take(listed) {
            let place = self.show.view.place(*value);
            self.tree(Some(Label::Place(place)), *value)?;
        }
        if dropped.len() > listed {
            let more = (dropped.len() - listed) as u64;
            self.say(
                FRAME,
                &format!("… {} more: --full lists all", Thousands(more)),
            )?;
        }
        Ok(())
    }

    /// Writes a value with what it holds, level by level.
    fn tree(&mut self, label: Option<Label>, value: Value) -> io::Result<()> {
        let mut open: Vec<Open<'p, 'a>> = Vec::new();
        let mut line = self.line();
        if let Some(label) = label {
            self.show.label(label, &mut line);
        }
        open.extend(self.value(value, 0, &mut line));
        self.write(&line)?;
        let most = if self.options.screen.full {
            usize::MAX
        } else {
            ROWS
        };
        while let Some(top) = open.last_mut() {
            let Some(row) = top.next.take() else {
                open.pop();
                continue;
            };
            let mut line = self.line();
            let many = matches!(row.label, Label::Index(_) | Label::Member)
                && top.shown >= FEW
                && self.lines.saturating_sub(top.from) > MANY;
            if top.shown >= most || many && !self.options.screen.full {
                let more = Thousands((top.rows.by_ref().count() as u64).saturating_add(1));
                guides(&open, true, &mut line);
                line.put(FRAME, &format!("… {more} more"));
                self.write(&line)?;
                open.pop();
                continue;
            }
            if let Some(key) = self.show.long_key(row.label)
                && !top.keyed
            {
                top.keyed = true;
                top.next = Some(row);
                guides(&open, false, &mut line);
                self.show.label(Label::Word("key"), &mut line);
                let deeper = self.value(key, open.len(), &mut line);
                self.write(&line)?;
                open.extend(deeper);
                continue;
            }
            top.keyed = false;
            top.shown += 1;
            top.next = top.rows.next();
            let last = top.next.is_none();
            guides(&open, last, &mut line);
            self.show.label(row.label, &mut line);
            let deeper = self.value(row.value, open.len(), &mut line);
            self.write(&line)?;
            open.extend(deeper);
        }
        Ok(())
    }

    /// Writes a value on its line; gives its rows where they take lines of their own.
    fn value(&mut self, value: Value, depth: usize, line: &mut Line) -> Option<Open<'p, 'a>> {
        if self.show.is_shown(value) {
            self.show.name(value, false, line);
            self.show.head_again(value, line);
            return None;
        }
        let place = self.show.view.place(value);
        let deepest = match (self.options.depth, self.options.screen.full) {
            (Some(depth), _) => depth,
            (None, true) => usize::MAX,
            (None, false) => DEPTH,
        };
        // Where it was cut because it stood deep, it is told again higher up.
        let is_told = |before: &usize| depth >= *before || before.saturating_add(1) < deepest;
        if self.told.get(&place).is_some_and(is_told) {
            self.show.head_again(value, line);
            line.put(FRAME, ", told above");
            return None;
        }
        let form = self.show.form(value);
        let mut rows = form.rows;
        let next = rows.next();
        if next.is_none() {
            self.show.name(value, true, line);
            self.empty(value, &form.head, line);
            // States that say nothing are many to go through again.
            if self.show.view.is_in_more_pieces(value, MANY_PIECES) {
                self.told.insert(place, depth);
            }
            return None;
        }
        let here = line.here();
        self.show.name(value, true, line);
        let after = line.here();
        let end = line.columns() + self.show.room(line);
        if self.show.flat_parts(value, 2, end, line) {
            return None;
        }
        line.back_to(after);
        if self.run(value, &rows, next, end, line) {
            return None;
        }
        line.back_to(after);
        if depth >= deepest {
            line.back_to(here);
            self.show.forget(value);
            self.show.name(value, false, line);
            self.show.head(value, &form.head, line);
            let view = self.show.view;
            let below = self
                .show
                .marks
                .size(view, value)
                .saturating_sub(own_size(view, value));
            line.put(FRAME, &format!(" … {} below", Counted(below, "byte")));
            return None;
        }
        self.show.head(value, &form.head, line);
        self.told.insert(place, depth);
        Some(Open {
            rows,
            next,
            shown: 0,
            keyed: false,
            from: self.lines,
        })
    }

    /// Writes a value that has no rows.
    fn empty(&mut self, value: Value, head: &Head<'a>, line: &mut Line) {
        if let Head::Container(_) | Head::Call(_) = head {
            self.show.flat_parts(value, 1, usize::MAX, line);
        } else {
            self.show.head(value, head, line);
        }
    }

    /// Writes a long row of short data on one line, cut where that ends; whether it is one.
    fn run(
        &mut self,
        value: Value,
        rows: &Rows<'p, 'a>,
        first: Option<Row>,
        end: usize,
        line: &mut Line,
    ) -> bool {
        let (open, close) = match value.kind() {
            Kind::List => ("[", "]"),
            Kind::Tuple => ("(", ")"),
            Kind::Set => ("{", "}"),
            Kind::Frozenset => ("frozenset({", "})"),
            _ => return false,
        };
        if self.options.screen.full {
            return false;
        }
        let view = self.show.view;
        let is_short = |row: &Row| {
            matches!(row.label, Label::Index(_) | Label::Member)
                && show::is_atom(row.value)
                && self.show.marks.long(view.place(row.value)).is_none()
                && own_size(view, row.value) <= SHORT
        };
        let looked_at = first.into_iter().chain(rows.clone()).take(LOOKED_AT);
        if !looked_at.into_iter().all(|row| is_short(&row)) {
            return false;
        }
        let (all, _) = view.lengths(value);
        // What tells of those that have no room.
        let tail = format!(" … {} more{close}", Thousands(all));
        let end = end.saturating_sub(tail.chars().count());
        line.put(PLAIN, open);
        let mut written = 0u64;
        for row in first.into_iter().chain(rows.clone()) {
            let here = line.here();
            if written > 0 {
                line.put(PLAIN, ", ");
            }
            if !self.show.flat(row.value, 0, end, line::VALUE, line) {
                line.back_to(here);
                break;
            }
            written += 1;
        }
        line.put(PLAIN, ",");
        let more = all.saturating_sub(written);
        line.put(FRAME, &format!(" … {} more", Thousands(more)));
        line.put(PLAIN, close);
        written >= RUN
    }
}

/// Draws which of the values around a row go on below it.
fn guides(open: &[Open<'_, '_>], last: bool, line: &mut Line) {
    if open.len() > GUIDED {
        line.put(FRAME, &format!("level {}: ", Thousands(open.len() as u64)));
        return;
    }
    let around = open.split_last().map_or(open, |(_, around)| around);
    for one in around {
        line.put(FRAME, if one.next.is_some() { "│  " } else { "   " });
    }
    line.put(FRAME, if last { "└─ " } else { "├─ " });
}
