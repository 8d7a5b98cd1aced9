//! `explain --all` for people: a table a group of kinds, all with the same columns.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_width::UnicodeWidthStr;

use crate::{
    count::Counted,
    lookup::{
        catalogue::{Outcome, Way, tools},
        causes,
    },
    python::{Python, Pythons},
    report::catalogue::Row,
};

use super::{Screen, shown::Utf8};

/// The columns behind the kind.
const WAYS: [(Way, &str); 4] = [
    (Way::Pickle, "pickle"),
    (Way::Copyreg, "copyreg"),
    (Way::Dill, "dill"),
    (Way::Cloudpickle, "cloudpickle"),
];

/// Columns between two of a table.
const GAP: usize = 2;

/// Columns that a cell has at most, on a wide and on a narrow screen; a longer one is broken.
const CELL: usize = 14;
const CELL_NARROW: usize = 11;

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const NOTE: Style = AnsiColor::Yellow.on_default();

/// Text is no wider than is read with ease.
const WIDEST: usize = 100;

/// Writes the catalogue for some Pythons. With [`Screen::full`] what each way says of each kind stands below its group's table.
///
/// # Errors
/// Those of `out`.
pub fn catalogue(
    rows: &[Row],
    asked: Pythons,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        asked,
        text: Vec::new(),
    };
    page.head(rows);
    // A narrow screen leaves the kind its place.
    let most = if screen.width < WIDEST {
        CELL_NARROW
    } else {
        CELL
    };
    let widths = WAYS.map(|(way, name)| {
        rows.iter()
            .map(|row| page.cell(row, way).width())
            .chain([name.width()])
            .max()
            .unwrap_or_default()
            .min(most)
            .saturating_add(GAP)
    });
    for group in rows.chunk_by(|one, other| one.kind.group == other.kind.group) {
        page.text.push(b'\n');
        page.group(group, widths);
        out.write_all(&page.text)?;
        page.text.clear();
    }
    page.legend(rows);
    out.write_all(&page.text)
}

struct Page {
    screen: Screen,
    asked: Pythons,
    text: Vec<u8>,
}

impl Page {
    fn styled(&mut self, style: Style, text: &str) {
        // Writing to memory doesn't fail.
        if self.screen.color {
            let _ = write!(
                self.text,
                "{}{text}{}",
                style.render(),
                style.render_reset()
            );
        } else {
            self.text.extend_from_slice(text.as_bytes());
        }
    }

    fn paragraph(&mut self, text: &str, first: &str, others: &str) {
        let options = textwrap::Options::new(self.screen.width.clamp(20, WIDEST))
            .initial_indent(first)
            .subsequent_indent(others)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            self.text.extend_from_slice(line.as_bytes());
            self.text.push(b'\n');
        }
    }

    fn head(&mut self, rows: &[Row]) {
        let kinds = Counted(rows.len() as u64, "kind");
        let pythons = match self.asked {
            Pythons::ALL => "Python 2.7 and 3.6 to 3.15".to_owned(),
            asked => format!("Python {asked}"),
        };
        self.styled(HEADING, &format!("What can be pickled: {kinds}, {pythons}"));
        self.text.push(b'\n');
        for tool in ["dill", "cloudpickle"] {
            let mut runs: Vec<(&str, Pythons)> = Vec::new();
            for (_, python, version) in tools().filter(|(own, ..)| *own == tool) {
                if !self.asked.has(python) {
                    continue;
                }
                match runs.last_mut() {
                    Some((own, pythons)) if *own == version => {
                        *pythons = pythons.or(python.into());
                    }
                    _ => runs.push((version, python.into())),
                }
            }
            let runs: Vec<String> = runs
                .iter()
                .map(|(version, pythons)| format!("{version} on {pythons}"))
                .collect();
            let words = if runs.is_empty() {
                format!("{tool}: not tried")
            } else {
                format!("{tool} {}", runs.join(", "))
            };
            self.paragraph(&words, "", "  ");
        }
    }

    /// What became of a kind by a way, in few words.
    fn cell(&self, row: &Row, way: Way) -> String {
        let outcomes = row.outcomes(way);
        let mut cell = said(&outcomes);
        if way == Way::Pickle && row.depends_on_protocol() {
            cell.push('*');
        }
        cell
    }

    fn group(&mut self, rows: &[Row], widths: [usize; WAYS.len()]) {
        let Some(first) = rows.first() else { return };
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.screen.width).unwrap_or(u16::MAX))
            .set_header(
                [first.kind.group]
                    .into_iter()
                    .chain(WAYS.map(|(_, name)| name)),
            );
        for row in rows {
            let cells = WAYS.map(|(way, _)| self.cell(row, way));
            table.add_row([row.kind.name.to_owned()].into_iter().chain(cells));
        }
        let others: usize = widths.iter().sum();
        // Narrower than this, the terminal breaks the lines.
        let kind = self.screen.width.saturating_sub(others);
        let kind = kind.clamp(NARROWEST, KIND);
        for (number, fixed) in [kind].into_iter().chain(widths).enumerate() {
            if let Some(column) = table.column_mut(number) {
                let fixed = u16::try_from(fixed).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(fixed)));
            }
        }
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            if number == 0 {
                self.styled(HEADING, line);
            } else {
                self.text.extend_from_slice(line.as_bytes());
            }
            self.text.push(b'\n');
        }
        if self.screen.full {
            for row in rows {
                self.details(row);
            }
        } else {
            self.notes(rows);
        }
    }

    /// What pickle takes without a complaint and doesn't give back.
    fn notes(&mut self, rows: &[Row]) {
        for outcome in [Outcome::WontLoad, Outcome::Damaged, Outcome::ByReference] {
            let told: Vec<String> = rows
                .iter()
                .filter_map(|row| {
                    let (pythons, text) = row.said(Way::Pickle, outcome)?;
                    let tried = tried(&row.outcomes(Way::Pickle));
                    let whose = if pythons == tried {
                        String::new()
                    } else {
                        format!(" ({})", short(pythons, tried))
                    };
                    Some(format!("{}{whose}: {text}", row.kind.name))
                })
                .collect();
            if told.is_empty() {
                continue;
            }
            let heading = match outcome {
                Outcome::WontLoad => "pickle takes it, and it won't load",
                Outcome::Damaged => "pickle takes it, and it comes back as something else",
                _ => "pickle stores its name only",
            };
            self.text.extend_from_slice(b"  ");
            self.styled(NOTE, heading);
            self.text.push(b'\n');
            for one in told {
                self.paragraph(&one, "    ", "      ");
            }
        }
    }

    /// All that is said of a kind.
    fn details(&mut self, row: &Row) {
        let mut lines = Vec::new();
        let ways = [
            (Way::Pickle, "pickle"),
            (Way::Protocol2, "pickle, protocol 2"),
            (Way::Protocol0, "pickle, protocols 0 and 1"),
            (Way::Copyreg, "copyreg"),
            (Way::Dill, "dill"),
            (Way::Cloudpickle, "cloudpickle"),
        ];
        for (way, name) in ways {
            let same = |other| row.kind.found(way).eq(row.kind.found(other));
            if way == Way::Protocol2 && same(Way::Pickle)
                || way == Way::Protocol0 && same(Way::Protocol2)
            {
                continue;
            }
            let tried = tried(&row.outcomes(way));
            for found in row.kind.found(way) {
                let pythons = found.pythons.and(row.pythons);
                if pythons.is_empty() {
                    continue;
                }
                let outcome = word(found.outcome);
                let text = found.said.map(|text| format!(", {text}"));
                let text = text.unwrap_or_default();
                lines.push(format!(
                    "{name}, {}: {outcome}{text}",
                    short(pythons, tried)
                ));
            }
        }
        let all_well = |way| {
            row.kind
                .found(way)
                .all(|found| found.outcome == Outcome::Pickles)
        };
        if Way::ALL.into_iter().all(all_well) {
            return;
        }
        self.text.extend_from_slice(b"  ");
        self.styled(HEADING, row.kind.name);
        self.text.push(b'\n');
        if let Some(cause) = row.cause.and_then(causes::cause) {
            let why = format!("{} ({})", cause.title, cause.id);
            self.paragraph(&why, "    ", "      ");
        }
        for line in row.kind.code().lines() {
            let _ = write!(Utf8(&mut self.text), "      ");
            self.styled(DIM, line);
            self.text.push(b'\n');
        }
        if let Some(reducer) = row.kind.reducer() {
            self.paragraph("the reducer of copyreg:", "    ", "");
            for line in reducer.lines() {
                let _ = write!(Utf8(&mut self.text), "      ");
                self.styled(DIM, line);
                self.text.push(b'\n');
            }
        }
        for line in lines {
            self.paragraph(&line, "    ", "      ");
        }
    }

    /// What the words of the cells mean, as far as they occur.
    fn legend(&mut self, rows: &[Row]) {
        let occurs = |outcome| {
            rows.iter().any(|row| {
                WAYS.iter()
                    .any(|(way, _)| row.outcomes(*way).iter().any(|(own, _)| *own == outcome))
            })
        };
        self.text.push(b'\n');
        let all = [
            (
                Outcome::Pickles,
                "another process, which can import the same modules, loads it as what it was",
            ),
            (Outcome::Refused, "it is refused when it is dumped"),
            (
                Outcome::WontLoad,
                "it is dumped without a complaint, and loading fails",
            ),
            (
                Outcome::Damaged,
                "it is dumped and loaded without a complaint, and is something else",
            ),
            (
                Outcome::ByReference,
                "only its name is stored: what was changed at run time is lost",
            ),
        ];
        for (outcome, meaning) in all {
            if occurs(outcome) {
                let mark = format!("{:<12}", word(outcome));
                self.paragraph(meaning, &mark, &" ".repeat(12));
            }
        }
        let marks = [
            (
                rows.iter().any(Row::depends_on_protocol),
                "*",
                "so with the highest protocol; a lower one does otherwise (--full tells)",
            ),
            (
                rows.iter().any(|row| {
                    WAYS.iter().any(|(way, _)| {
                        let outcomes = row.outcomes(*way);
                        outcomes.len() == 2 && !said(&outcomes).contains("else")
                    })
                }),
                "3.8+",
                "on these Pythons yes, on the others that have the kind no",
            ),
            (
                WAYS.iter()
                    .any(|(way, _)| rows.iter().any(|row| row.outcomes(*way).is_empty())),
                "-",
                "not tried; for copyreg: there is no reducer that is commonly advised",
            ),
        ];
        for (occurs, mark, meaning) in marks {
            if occurs {
                self.paragraph(meaning, &format!("{mark:<12}"), &" ".repeat(12));
            }
        }
        if !self.screen.full {
            self.paragraph(
                "--full tells the messages, the code of each kind and why it fails; a message can be given to pickscope explain.",
                "",
                "",
            );
        }
    }
}

/// Columns that a kind has at the least and at most.
const NARROWEST: usize = 20;
const KIND: usize = 52;

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pickles => "yes",
        Outcome::Refused => "no",
        Outcome::WontLoad => "won't load",
        Outcome::Damaged => "damaged",
        Outcome::ByReference => "by name",
    }
}

/// Outcomes in few words; the last is that of the most Pythons.
fn said(outcomes: &[(Outcome, Pythons)]) -> String {
    let tried = tried(outcomes);
    match outcomes {
        [] => "-".to_owned(),
        [(outcome, _)] => word(*outcome).to_owned(),
        [(Outcome::Pickles, yes), (Outcome::Refused, _)] => short(*yes, tried),
        [(Outcome::Refused, no), (Outcome::Pickles, yes)] => {
            let (no, yes) = (format!("{} no", short(*no, tried)), short(*yes, tried));
            if no.width() < yes.width() { no } else { yes }
        }
        [others @ .., (last, _)] => {
            let mut words: Vec<String> = others
                .iter()
                .map(|(outcome, pythons)| format!("{} {}", short(*pythons, tried), word(*outcome)))
                .collect();
            words.push(format!("else {}", word(*last)));
            words.join(", ")
        }
    }
}

/// The Pythons of all outcomes.
fn tried(outcomes: &[(Outcome, Pythons)]) -> Pythons {
    outcomes
        .iter()
        .fold(Pythons::NONE, |all, (_, pythons)| all.or(*pythons))
}

/// Some of the Pythons that were tried, in as few letters as can be: `2.7, 3.6-3.9, 3.12+`.
fn short(pythons: Pythons, tried: Pythons) -> String {
    let mut runs: Vec<(Python, Python)> = Vec::new();
    let mut before = None;
    for python in tried.iter() {
        let neighbour = before.replace(python);
        if !pythons.has(python) {
            continue;
        }
        match runs.last_mut() {
            Some((first, last)) if Some(*last) == neighbour && !first.is_2() => *last = python,
            _ => runs.push((python, python)),
        }
    }
    let newest = tried.iter().next_back();
    let runs: Vec<String> = runs
        .into_iter()
        .map(
            |(first, last)| match (first == last, Some(last) == newest) {
                (true, _) => first.to_string(),
                (false, true) => format!("{first}+"),
                (false, false) => format!("{first}-{last}"),
            },
        )
        .collect();
    runs.join(", ")
}
