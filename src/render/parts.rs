//! What an input holds beside its pickles, for people.

use std::{
    collections::HashSet,
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};

use crate::{count::Counted, inspect::parts::Place, report::parts::Summary, repr::Visible};

use super::{
    Screen,
    shown::{Shown, Utf8},
};

/// So many parts that are no pickles, and so many problems, are listed unless all are asked for.
const LISTED: usize = 12;

const WRONG: Style = AnsiColor::Red.on_default().bold();

/// The name of a part behind that of its input, as it may be shown: `model.pt:archive/data.pkl`.
pub fn named(input: &str, place: &Place) -> String {
    let mut shown = input.to_owned();
    if let Some(part) = &place.part {
        let mut name = Vec::new();
        Shown::Path(part.as_bytes()).write(&mut name, None);
        shown.push(':');
        shown.push_str(&String::from_utf8_lossy(&name));
    }
    shown
}

/// What heads a part: its name, and where it begins in the input if its bytes stand there as they are.
pub fn heading(input: &str, place: &Place) -> String {
    let mut heading = named(input, place);
    if let (Some(_), Some(base)) = (&place.part, place.base) {
        heading.push_str(&format!(" (at offset {base})"));
    }
    heading
}

/// Writes what the input `name` is and what in it is no pickle, then what is wrong with it.
///
/// # Errors
/// Those of `out`.
pub fn summary(
    name: &str,
    summary: &Summary,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        text: Vec::new(),
    };
    if let Some((place, _, what)) = summary.containers.first() {
        let (name, pickles) = (named(name, place), summary.pickles);
        let verdict = match pickles {
            0 if summary.problems.is_empty() => "nothing in it is a pickle".to_owned(),
            0 => "no pickle was found in it".to_owned(),
            1 => "one part of it is read as a pickle".to_owned(),
            parts => format!("{} of it are read as pickles", Counted(parts, "part")),
        };
        page.line(
            Style::new().bold(),
            format_args!("{name}: {what}: {verdict}"),
        );
    }
    let stored: HashSet<&str> = summary.storages().collect();
    let mut others: Vec<(&Place, Option<u64>, &str)> = summary
        .arrays()
        .map(|(place, what)| (place, None, what))
        .collect();
    others.extend(summary.others.iter().filter_map(|other| {
        let part = other.place.part.as_deref().unwrap_or_default();
        let what = other.format.as_ref().map_or("", |(_, what)| what);
        (!stored.contains(part)).then_some((&other.place, Some(other.length), what))
    }));
    let listed = page.listed(others.len());
    for (place, length, what) in others.iter().take(listed) {
        page.other(place, *length, what);
    }
    page.more(others.len(), listed, "parts that are no pickles");
    if !stored.is_empty() {
        let parts = Counted(stored.len() as u64, "part");
        page.line(
            Style::new(),
            format_args!(" no pickle: {parts} with the bytes of the tensors above"),
        );
    }
    let listed = page.listed(summary.problems.len());
    for (place, problem) in summary.problems.iter().take(listed) {
        let (name, kind, offset) = (named(name, place), &problem.kind, problem.offset);
        let severity = problem.severity().name();
        page.line(
            WRONG,
            format_args!("{severity}: {name}: {kind} (at offset {offset})"),
        );
    }
    page.more(summary.problems.len(), listed, "problems");
    out.write_all(&page.text)
}

struct Page {
    screen: Screen,
    text: Vec<u8>,
}

impl Page {
    fn line(&mut self, style: Style, text: std::fmt::Arguments<'_>) {
        // Writing to memory doesn't fail.
        if self.screen.color {
            let _ = write!(self.text, "{}", style.render());
        }
        let _ = Visible(&mut Utf8(&mut self.text)).write_fmt(text);
        if self.screen.color {
            let _ = write!(self.text, "{}", style.render_reset());
        }
        self.text.push(b'\n');
    }

    fn other(&mut self, place: &Place, length: Option<u64>, what: &str) {
        let name = named("", place);
        let mut text = name.strip_prefix(':').unwrap_or(&name).to_owned();
        if let Some(length) = length {
            let _ = write!(text, ", {}", Counted(length, "byte"));
        }
        if !what.is_empty() {
            let _ = write!(text, ": {what}");
        }
        self.line(Style::new(), format_args!(" no pickle: {text}"));
    }

    fn listed(&self, all: usize) -> usize {
        match self.screen.full {
            true => all,
            false => LISTED.min(all),
        }
    }

    fn more(&mut self, all: usize, listed: usize, what: &str) {
        let more = all.saturating_sub(listed);
        if more > 0 {
            self.line(
                Style::new().dimmed(),
                format_args!(" and {more} more {what}: --full lists all"),
            );
        }
    }
}
