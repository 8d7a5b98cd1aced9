//! `tree --sizes`: what takes the bytes, the largest first.

use std::{cmp::Reverse, collections::BinaryHeap, io};

use crate::{
    count::Counted,
    graph::holds_by_nature,
    machine::{Kind, Value},
    report::tree::{
        form::{Label, Row},
        weigh::{Weighed, weigh},
    },
};

use super::{
    Page, Title,
    line::{FRAME, HEADING, Line, PLAIN},
    show::Thousands,
};

/// So many rows of a value are shown unless all are asked for.
const ROWS: usize = 10;

/// So many levels are shown unless more are asked for.
const DEPTH: usize = 4;

/// So many levels are indented.
const INDENTED: usize = 16;

/// What takes less than one part in so many of all isn't taken apart, unless all is asked for.
const WORTH: u64 = 200;

/// So many rows are shown though they weigh little.
const FEW: usize = 3;

/// What takes less than one part in so many of all weighs little.
const WEIGHS: u64 = 1000;

/// Columns of a bar.
const BAR: u64 = 10;

/// A row that is due.
struct Due {
    bytes: u64,
    first: bool,
    what: What,
}

enum What {
    Value(Row),
    /// So many rows that aren't shown, and what the value takes itself.
    Others(u64),
}

/// Writes the values of a pickle by size.
pub(super) fn sizes(page: &mut Page<'_, '_>, title: Title<'_>) -> io::Result<()> {
    let marks = page.show.marks;
    let view = page.show.view;
    let bytes = marks.bytes();
    let mut all = page.show.grown.pickle.span.length();
    if title.path.is_some() {
        let root = marks.roots().first();
        all = root.map_or(0, |(root, _)| marks.size(view, *root));
    }
    let mut sizes = Sizes {
        width: Thousands(all).to_string().len().max(5),
        all,
        page,
    };
    sizes.header()?;
    if title.path.is_some() || sizes.page.show.grown.value().is_some() {
        if let Some((root, first)) = marks.roots().first() {
            sizes.root(*root, *first)?;
        }
    } else {
        let on_the_stack = |(number, (value, first)): (usize, &(Value, bool))| {
            let row = Row {
                label: Label::Index(number as u64),
                value: *value,
            };
            (row, *first)
        };
        let rows = marks.roots().iter().enumerate().map(on_the_stack);
        sizes.group("on the stack where reading ends", bytes.values, rows)?;
    }
    if title.path.is_none() {
        sizes.dropped(bytes.dropped)?;
        sizes.plain(
            bytes.overhead,
            "overhead: protocol, frames, marks, memo, and what puts values together",
        )?;
    }
    Ok(())
}

struct Sizes<'s, 'p, 'a> {
    page: &'s mut Page<'p, 'a>,
    all: u64,
    width: usize,
}

impl Sizes<'_, '_, '_> {
    fn header(&mut self) -> io::Result<()> {
        let width = self.width;
        let text = format!("{:>width$}  {:>6}", "bytes", "share");
        self.page.say(FRAME, &text)
    }

    /// The columns before a value.
    fn weight(&self, bytes: u64) -> Line {
        let mut line = self.page.line();
        let width = self.width;
        // In tenths of a percent, rounded.
        let share = u128::from(bytes) * 1000 + u128::from(self.all) / 2;
        let share = share.checked_div(u128::from(self.all)).unwrap_or(0);
        let text = format!(
            "{:>width$}  {:>3}.{}%  ",
            Thousands(bytes),
            share / 10,
            share % 10
        );
        line.put(PLAIN, &text);
        line.put(HEADING, &bar(bytes, self.all));
        line.put(PLAIN, "  ");
        line
    }

    fn plain(&mut self, bytes: u64, what: &str) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let mut line = self.weight(bytes);
        line.put(FRAME, what);
        self.page.write(&line)
    }

    fn root(&mut self, root: Value, first: bool) -> io::Result<()> {
        let bytes = self.page.show.marks.size(self.page.show.view, root);
        let mut line = self.weight(bytes);
        let rows = self.value(root, bytes, first, 0, &mut line);
        self.page.write(&line)?;
        self.below(rows)
    }

    /// What loading makes and the tree doesn't have.
    fn dropped(&mut self, bytes: u64) -> io::Result<()> {
        let marks = self.page.show.marks;
        let view = self.page.show.view;
        if bytes == 0 && marks.dropped().is_empty() {
            return Ok(());
        }
        let rows = marks.dropped().iter().map(|value| {
            let row = Row {
                label: Label::Place(view.place(*value)),
                value: *value,
            };
            (row, true)
        });
        self.group("made and dropped", bytes, rows)
    }

    /// Several values under one name, the largest first.
    fn group(
        &mut self,
        name: &str,
        bytes: u64,
        values: impl Iterator<Item = (Row, bool)>,
    ) -> io::Result<()> {
        let mut line = self.weight(bytes);
        line.put(FRAME, name);
        self.page.write(&line)?;
        let show = &self.page.show;
        let mut left = bytes;
        let mut rows: Vec<Due> = values
            .map(|(row, first)| {
                let bytes = if first {
                    show.marks.size(show.view, row.value).min(left)
                } else {
                    0
                };
                left = left.saturating_sub(bytes);
                Due {
                    bytes,
                    first,
                    what: What::Value(row),
                }
            })
            .collect();
        rows.sort_by_key(|due| Reverse(due.bytes));
        let all = rows.len();
        if !self.page.options.screen.full {
            for due in rows.drain(ROWS.min(all)..) {
                left = left.saturating_add(due.bytes);
            }
        }
        let more = all.saturating_sub(rows.len());
        if !rows.is_empty() && (left > 0 || more > 0) {
            rows.push(Due {
                bytes: left,
                first: false,
                what: What::Others(more as u64),
            });
        }
        self.below((!rows.is_empty()).then(|| rows.into_iter()))
    }

    /// Writes rows and what is below them.
    fn below(&mut self, rows: Option<std::vec::IntoIter<Due>>) -> io::Result<()> {
        let mut open: Vec<std::vec::IntoIter<Due>> = Vec::new();
        open.extend(rows);
        while let Some(rows) = open.last_mut() {
            let Some(due) = rows.next() else {
                open.pop();
                continue;
            };
            let last = rows.len() == 0;
            let mut line = self.weight(due.bytes);
            guides(&open, last, &mut line);
            match due.what {
                What::Others(0) => line.put(FRAME, "else"),
                What::Others(more) => {
                    line.put(FRAME, &format!("… {} more", Thousands(more)));
                }
                What::Value(row) => {
                    self.page.show.label(row.label, &mut line);
                    let deeper = self.value(row.value, due.bytes, due.first, open.len(), &mut line);
                    self.page.write(&line)?;
                    open.extend(deeper);
                    continue;
                }
            }
            self.page.write(&line)?;
        }
        Ok(())
    }

    /// Writes a value; gives its rows where they are worth it.
    fn value(
        &mut self,
        value: Value,
        bytes: u64,
        first: bool,
        depth: usize,
        line: &mut Line,
    ) -> Option<std::vec::IntoIter<Due>> {
        let full = self.page.options.screen.full;
        let show = &mut self.page.show;
        show.name(value, first, line);
        let here = line.here();
        let end = line.columns() + show.room(line);
        let leaf = show.view.cursor(value).is_empty();
        if first && show.flat_parts(value, 2, end, line) {
            return None;
        }
        line.back_to(here);
        if first {
            let head = show.form(value).head;
            show.head(value, &head, line);
        } else {
            show.head_again(value, line);
        }
        let deepest = match (self.page.options.depth, full) {
            (Some(depth), _) => depth,
            (None, true) => usize::MAX,
            (None, false) => DEPTH,
        };
        let worth = full || bytes.saturating_mul(WORTH) >= self.all;
        // A name tells itself what it is made of.
        if !first || leaf || depth >= deepest || !worth || value.kind() == Kind::Global {
            return None;
        }
        Some(self.rows(value).into_iter())
    }

    /// The parts of a value, the largest first, and what is left.
    fn rows(&self, value: Value) -> Vec<Due> {
        let show = &self.page.show;
        let full = self.page.options.screen.full;
        let most = if full { usize::MAX } else { ROWS };
        let mut number = 0u64;
        // The smallest of the largest is on top, and of those as small the last.
        let mut largest: BinaryHeap<Reverse<(u64, Reverse<u64>, Largest)>> = BinaryHeap::new();
        weigh(show.view, show.marks, value, &mut |weighed| {
            largest.push(Reverse((weighed.bytes, Reverse(number), Largest(weighed))));
            number += 1;
            if largest.len() > most {
                largest.pop();
            }
        });
        let all = show.marks.size(show.view, value);
        let mut left = all;
        let mut rows: Vec<Due> = largest
            .into_sorted_vec()
            .into_iter()
            .enumerate()
            .filter(|(number, Reverse((bytes, ..)))| {
                let weighs = bytes.saturating_mul(WEIGHS) >= self.all;
                full || *bytes > 0 && (weighs || *number < FEW)
            })
            .map(|(_, largest)| largest)
            .map(|Reverse((bytes, _, Largest(weighed)))| {
                left = left.saturating_sub(bytes);
                Due {
                    bytes,
                    first: weighed.first,
                    what: What::Value(weighed.row),
                }
            })
            .collect();
        let more = number.saturating_sub(rows.len() as u64);
        // That a container takes a byte itself is worth no line.
        if more > 0 || left > 1 || left == 1 && !holds_by_nature(value.kind()) && all < 64 {
            rows.push(Due {
                bytes: left,
                first: false,
                what: What::Others(more),
            });
        }
        rows
    }
}

/// A row in the order of sizes, where what it is doesn't count.
struct Largest(Weighed);

impl PartialEq for Largest {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Largest {}

impl PartialOrd for Largest {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Largest {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// A bar of eighths of columns.
fn bar(bytes: u64, all: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(bytes) * u128::from(BAR * 8);
    let eighths = eighths.checked_div(u128::from(all)).unwrap_or(0);
    let eighths = usize::try_from(eighths).unwrap_or(0).min(BAR as usize * 8);
    let mut bar = "█".repeat(eighths / 8);
    bar += EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    let columns = bar.chars().count();
    bar += &" ".repeat((BAR as usize).saturating_sub(columns));
    bar
}

fn guides(open: &[std::vec::IntoIter<Due>], last: bool, line: &mut Line) {
    if open.len() > INDENTED {
        let level = Counted(open.len() as u64, "level");
        line.put(FRAME, &format!("{level} down: "));
        return;
    }
    let around = open.split_last().map_or(open, |(_, around)| around);
    for rows in around {
        line.put(FRAME, if rows.len() > 0 { "│  " } else { "   " });
    }
    line.put(FRAME, if last { "└─ " } else { "├─ " });
}
