//! `refs` for people: what is stored by reference, what by value, and what loading does.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets,
};
use unicode_width::UnicodeWidthStr;

use crate::{
    count::Counted,
    limits,
    lookup::resolve::Reason,
    machine::{
        Kind,
        effect::EffectKind,
        lookup::{Name, Names, Target, Uses},
    },
    opcode::Storage,
    python::Pythons,
    reader::{Done, Pickle, Readers, Reading},
    report::{
        problem::{Problem, ProblemKind, Severity},
        refs::{Read, Reference, Row, What, failing, is_by_reference, nested, references, what},
        resolving::resolving,
        words,
    },
    repr::Visible,
};

use super::{
    Screen,
    shown::{Shown, Utf8},
    text::{found, kind_name, protocol, spoken},
};

/// So many references, and so many effects, are listed unless all are asked for.
const LISTED: usize = 60;

/// So many problems of a pickle are.
const PROBLEMS: usize = 12;

/// No name that something is known of is longer, in bytes.
const KNOWN: usize = 100;

/// Columns that a name has at the least, however narrow the screen.
const NARROWEST: usize = 24;

/// Columns between two of a table.
const GAP: usize = 2;

const NOTE: Style = AnsiColor::Cyan.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// Writes what `refs` says of an input, headed by `heading` if there is one: each pickle as soon as it is read.
///
/// # Errors
/// Those of `out`.
pub fn refs<'a>(
    heading: Option<&str>,
    rows: impl Iterator<Item = Row<'a>>,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        text: Vec::new(),
        gap: false,
    };
    if let Some(heading) = heading {
        page.heading(format_args!("{heading}"));
    }
    for row in rows {
        match row {
            Row::Reading(_) => continue,
            Row::Pickle(read) => page.pickle(&read),
            Row::Problem(problem) => page.problem(&problem),
        }
        out.write_all(&page.text)?;
        page.text.clear();
    }
    out.write_all(&page.text)
}

struct Page {
    screen: Screen,
    text: Vec<u8>,
    /// Whether an empty line is due before a pickle that takes more than one.
    gap: bool,
}

impl Page {
    fn styled(&mut self, style: Style, text: std::fmt::Arguments<'_>) {
        // Writing to memory doesn't fail.
        if self.screen.color {
            let _ = write!(self.text, "{}", style.render());
        }
        let _ = Visible(&mut Utf8(&mut self.text)).write_fmt(text);
        if self.screen.color {
            let _ = write!(self.text, "{}", style.render_reset());
        }
    }

    fn heading(&mut self, text: std::fmt::Arguments<'_>) {
        self.styled(Style::new().bold(), text);
        self.text.push(b'\n');
    }

    /// A table whose columns `right` hold numbers, and whose column `wide.0` has `wide.1` columns if it wants them.
    fn table(
        &mut self,
        header: &[&str],
        rows: Vec<Vec<String>>,
        right: &[usize],
        wide: (usize, usize),
    ) {
        let widest = rows
            .iter()
            .filter_map(|row| row.get(wide.0))
            .map(|cell| cell.width())
            .max()
            .unwrap_or_default()
            .min(wide.1);
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.screen.width).unwrap_or(u16::MAX))
            .set_header(header.iter().map(Cell::new));
        for row in rows {
            table.add_row(row);
        }
        for column in right {
            if let Some(column) = table.column_mut(*column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(column) = table.column_mut(wide.0) {
            let widest = u16::try_from(widest + GAP).unwrap_or(u16::MAX);
            if usize::from(widest) < self.screen.width {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(widest)));
            }
        }
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            if number == 0 {
                self.styled(Style::new().dimmed(), format_args!("{line}\n"));
            } else {
                self.text.extend_from_slice(line.as_bytes());
                self.text.push(b'\n');
            }
        }
    }

    fn pickle(&mut self, read: &Read<'_>) {
        let pickle = &read.pickle;
        let whole = match pickle.reading {
            Reading::Complete => "read whole",
            Reading::Ambiguous => "loaders differ",
            Reading::Incomplete => "not whole",
        };
        let bytes = Counted(pickle.span.length(), "byte");
        let protocol = protocol(pickle);
        let (number, start) = (read.number, pickle.span.start);
        if number == 0 && start == 0 {
            self.heading(format_args!("{protocol}, {bytes}, {whole}"));
        } else if pickle.lookups.is_empty() && pickle.effects().next().is_none() {
            // Thousands of these stand in a row in logs, and there is little to say of each.
            let values = pickle.tally.values();
            let values: Vec<_> = values
                .iter()
                .map(|(kind, count)| format!("{count} {}", kind_name(*kind)))
                .collect();
            self.gap = true;
            self.styled(
                Style::new().bold(),
                format_args!("pickle {number}, from offset {start}: "),
            );
            self.styled(
                Style::new(),
                format_args!("{protocol}, {bytes}, {whole}: {}\n", values.join(", ")),
            );
            self.problems(read);
            return;
        } else {
            if std::mem::take(&mut self.gap) {
                self.text.push(b'\n');
            }
            self.heading(format_args!(
                "pickle {number}, from offset {start}: {protocol}, {bytes}, {whole}"
            ));
        }
        self.text.push(b'\n');
        self.references(read);
        self.values(pickle);
        self.effects(pickle);
        if self.problems(read) {
            self.text.push(b'\n');
        }
    }

    /// What is wrong with a pickle; whether anything is.
    fn problems(&mut self, read: &Read<'_>) -> bool {
        let listed = if self.screen.full {
            read.problems.len()
        } else {
            PROBLEMS.min(read.problems.len())
        };
        for problem in read.problems.iter().take(listed) {
            self.problem(problem);
        }
        let more = (read.problems.len() - listed) as u64 + read.untold;
        if more > 0 {
            self.styled(WRONG, format_args!("and {more} more like these\n"));
        }
        !read.problems.is_empty()
    }

    fn problem(&mut self, problem: &Problem<'_>) {
        if matches!(problem.kind, ProblemKind::NoPickle(_)) {
            // There is no report to be part of: it is told on standard error.
            return;
        }
        let severity = problem.severity();
        let style = if severity == Severity::Note {
            NOTE
        } else {
            WRONG
        };
        let (name, kind, offset) = (severity.name(), &problem.kind, problem.offset);
        self.styled(style, format_args!("{name}: {kind} (at offset {offset})\n"));
    }

    /// Columns for a name in a table whose other columns hold these.
    fn room(&self, others: &[usize]) -> usize {
        let used: usize = others.iter().map(|column| column + GAP).sum();
        self.screen.width.saturating_sub(used + GAP).max(NARROWEST)
    }

    fn references(&mut self, read: &Read<'_>) {
        let pickle = &read.pickle;
        let references = references(pickle);
        let bytes = Counted(pickle.tally.bytes(Some(Storage::Reference)), "byte");
        if references.is_empty() {
            self.heading(format_args!("by reference: nothing"));
            self.text.push(b'\n');
            return;
        }
        self.heading(format_args!(
            "by reference, {bytes}: it must exist where this is loaded"
        ));
        let listed = self.listed(references.len());
        let uses: Vec<String> = references
            .iter()
            .take(listed)
            .map(|reference| {
                let mut uses: Vec<String> = match reference.target {
                    Some(_) => used_for(reference.uses).map(str::to_owned).collect(),
                    None => vec!["given by the caller".to_owned()],
                };
                if uses.is_empty() {
                    uses.push("held".to_owned());
                }
                if !reference.readers.are_all() {
                    let readers: Vec<_> = reference.readers.names().collect();
                    uses.push(format!("looked up by {} alone", readers.join(", ")));
                }
                uses.join(", ")
            })
            .collect();
        let asked = read.asked.unwrap_or(Pythons::ALL);
        let resolves: Vec<String> = references
            .iter()
            .take(listed)
            .map(|reference| {
                let resolving = reference
                    .target
                    .and_then(|target| resolving(pickle, target, asked));
                resolving.map_or_else(String::new, |resolving| resolving.words())
            })
            .collect();
        // Several uses may go on in the next line.
        let room = self.room(&[5, 8, "instantiated,".len(), "if installed".len()]);
        let full = self.screen.full;
        let mut long = Long::default();
        let rows = references.iter().zip(uses.iter().zip(&resolves)).map(
            |(reference, (uses, resolves))| {
                let mut name = Vec::new();
                match reference.target {
                    Some(target) => {
                        let fits = full && !long.add(target, reference.first);
                        found(target, (!fits).then_some(room), &mut name);
                    }
                    None => name.extend_from_slice(b"out-of-band buffer"),
                }
                vec![
                    reference.count.to_string(),
                    reference.first.to_string(),
                    String::from_utf8_lossy(&name).into_owned(),
                    uses.clone(),
                    resolves.clone(),
                ]
            },
        );
        let rows = rows.collect();
        self.table(
            &["times", "first at", "what", "used for", "resolves"],
            rows,
            &[0, 1],
            (2, room),
        );
        for (first, part) in long.due {
            self.text
                .extend_from_slice(format!(" in what is first at {first}: ").as_bytes());
            Shown::Name(part).write(&mut self.text, None);
            self.text.push(b'\n');
        }
        self.more(references.len(), listed);
        self.failing(read, &references);
        if let Some((calls, first)) = nested(pickle) {
            let load = if calls == 1 {
                "call loads"
            } else {
                "calls load"
            };
            self.styled(
                NOTE,
                format_args!(
                    "{calls} {load} a pickle, the first at offset {first}: what that looks up isn't listed here\n"
                ),
            );
            self.text.push(b'\n');
        }
    }

    /// A line for each lookup that fails on a Python that was asked for.
    fn failing(&mut self, read: &Read<'_>, references: &[Reference<'_, '_>]) {
        let mut told = 0;
        let most = if self.screen.full {
            usize::MAX
        } else {
            PROBLEMS
        };
        for (reference, resolving) in failing(read, references) {
            told += 1;
            let Some(target) = reference.target.filter(|_| told <= most) else {
                continue;
            };
            let mut name = Vec::new();
            found(target, Some(self.screen.width / 2), &mut name);
            let reason = resolving.reason().map_or("", Reason::words);
            let name = String::from_utf8_lossy(&name);
            let pythons = resolving.fails();
            self.styled(
                WRONG,
                format_args!(
                    "{name} fails on {pythons}: {reason} (pickscope explain tells more)\n"
                ),
            );
        }
        if told > most {
            let more = told - most;
            self.styled(WRONG, format_args!("and {more} more that fail\n"));
        }
        if told > 0 {
            self.text.push(b'\n');
        }
    }

    fn values(&mut self, pickle: &Pickle<'_>) {
        let bytes = Counted(pickle.tally.bytes(Some(Storage::Value)), "byte");
        let mut values = pickle.tally.values();
        values.retain(|(kind, _)| kind.storage() != Some(Storage::Reference));
        values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if values.is_empty() {
            self.heading(format_args!("by value: nothing"));
        } else {
            self.heading(format_args!("by value, {bytes}"));
            let rows = values.iter().map(|(kind, count)| {
                let what = match kind {
                    Kind::Object => "object: what a call gave, with the state that it was given",
                    kind => kind_name(*kind),
                };
                vec![count.to_string(), what.to_owned()]
            });
            let rows = rows.collect();
            let room = self.room(&[5]);
            self.table(&["times", "what"], rows, &[0], (1, room));
        }
        self.text.push(b'\n');
        let bytes = Counted(pickle.tally.bytes(None), "byte");
        self.heading(format_args!("neither, {bytes}: marks, the memo, calls"));
        self.text.push(b'\n');
    }

    /// What deserves a look: whatever is more than importing a name or making an instance of it.
    fn effects(&mut self, pickle: &Pickle<'_>) {
        let mut groups: Vec<Group<'_, '_>> = Vec::new();
        let mut known: HashMap<(EffectKind, Subject, Readers), usize> = HashMap::new();
        let mut names = Names::default();
        let worth = pickle
            .effects()
            .filter(|done| deserves_a_look(pickle, done));
        for done in worth {
            let (kind, readers) = (done.effect.kind(), done.readers);
            let on = what(pickle, &done);
            let key = (kind, Subject::new(on, &mut names), readers);
            let at = *known.entry(key).or_insert(groups.len());
            match groups.get_mut(at) {
                Some(group) => group.count += 1,
                None => groups.push(Group {
                    count: 1,
                    first: done.effect.offset(),
                    kind,
                    readers,
                    on,
                }),
            }
        }
        if groups.is_empty() {
            return;
        }
        self.heading(format_args!("what loading it does"));
        let listed = self.listed(groups.len());
        let groups_listed = groups.get(..listed).unwrap_or(&groups);
        let known: Vec<u64> = groups_listed
            .iter()
            .filter(|group| group.is_known())
            .map(|group| group.first)
            .collect();
        let words = words::of_calls(pickle, &known);
        let does: Vec<String> = groups_listed
            .iter()
            .map(|group| {
                let does = match group.kind {
                    EffectKind::Call => "calls".to_owned(),
                    EffectKind::State => "sets the state of".to_owned(),
                    EffectKind::Persistent => "calls persistent_load".to_owned(),
                    EffectKind::Buffer => "takes a buffer".to_owned(),
                    EffectKind::Import => "imports".to_owned(),
                    EffectKind::Append | EffectKind::SetItem | EffectKind::Add => {
                        format!("calls {} of", group.kind.method().unwrap_or_default())
                    }
                };
                if group.readers.are_all() {
                    return does;
                }
                let readers: Vec<_> = group.readers.names().collect();
                format!("{does} (by {} alone)", readers.join(", "))
            })
            .collect();
        let widest = does.iter().map(String::len).max().unwrap_or_default();
        let room = self.room(&[5, 8, widest]);
        let full = self.screen.full;
        let rows = groups_listed.iter().zip(does).map(|(group, does)| {
            let mut on = Vec::new();
            let name = |target, on: &mut Vec<u8>| {
                // Whole in the table of references.
                let fits = full && !is_long(target);
                found(target, (!fits).then_some(room), on);
            };
            match group.on {
                What::Target(target, _) => name(target, &mut on),
                What::Given(target, _) => {
                    on.extend_from_slice(GIVEN.as_bytes());
                    name(target, &mut on);
                }
                What::Value(value) => {
                    let _ = write!(on, "{} at {}", kind_name(value.kind()), value.offset());
                }
            }
            if let Some(words) = words.get(&group.first) {
                let first = if group.count > 1 { ", first: " } else { ": " };
                on.extend_from_slice(first.as_bytes());
                spoken(words, Some(room), &mut on);
            }
            vec![
                group.count.to_string(),
                group.first.to_string(),
                does,
                String::from_utf8_lossy(&on).into_owned(),
            ]
        });
        let rows = rows.collect();
        self.table(
            &["times", "first at", "does", "on"],
            rows,
            &[0, 1],
            (3, room),
        );
        self.more(groups.len(), listed);
    }

    fn listed(&self, all: usize) -> usize {
        if self.screen.full {
            all
        } else {
            LISTED.min(all)
        }
    }

    fn more(&mut self, all: usize, listed: usize) {
        if all > listed {
            self.styled(
                Style::new().dimmed(),
                format_args!(" and {} more: --full lists all\n", all - listed),
            );
        }
        self.text.push(b'\n');
    }
}

/// What people call the uses of a reference.
fn used_for(uses: Uses) -> impl Iterator<Item = &'static str> {
    uses.names().map(|word| match word {
        "call" => "called",
        "instance" => "instantiated",
        "state" => "given a state",
        "method" => "its methods called",
        "base" => "base class",
        word => word,
    })
}

/// Said of what a call gave, before what was called.
const GIVEN: &str = "result of ";

/// Effects of one kind on the same.
struct Group<'p, 'a> {
    count: u64,
    /// Where the first is.
    first: u64,
    kind: EffectKind,
    readers: Readers,
    on: What<'p, 'a>,
}

impl Group<'_, '_> {
    /// Whether it is calls of something that is known.
    fn is_known(&self) -> bool {
        match (self.kind, self.on) {
            (
                EffectKind::Call,
                What::Target(
                    Target::Name {
                        module: Some(module),
                        name: Some(name),
                    },
                    _,
                ),
            ) if [module, name]
                .iter()
                .all(|part| part.bytes().len() <= KNOWN) =>
            {
                words::is_known(&module.text(), &name.text())
            }
            _ => false,
        }
    }
}

/// What tells the subjects of effects apart.
#[derive(PartialEq, Eq, Hash)]
enum Subject {
    Name(Option<usize>, Option<usize>),
    GivenBy(Option<usize>, Option<usize>),
    /// By where it was made or found.
    Place(u64),
}

impl Subject {
    fn new<'p>(what: What<'p, '_>, names: &mut Names<'p>) -> Self {
        let mut number = |name: &'p Option<_>| name.as_ref().map(|name| names.number(name));
        match what {
            What::Target(Target::Name { module, name }, _) => {
                Self::Name(number(module), number(name))
            }
            What::Given(Target::Name { module, name }, _) => {
                Self::GivenBy(number(module), number(name))
            }
            What::Target(_, offset) => Self::Place(offset),
            What::Given(_, value) | What::Value(value) => Self::Place(value.offset()),
        }
    }
}

/// The names of a target.
fn parts<'p>(target: &'p Target<'_>) -> [Option<&'p Name<'p>>; 2] {
    match target {
        Target::Name { module, name } => [module.as_ref(), name.as_ref()],
        Target::Persistent(id) => [id.as_ref(), None],
        Target::Extension(_) | Target::Nested => [None, None],
    }
}

/// Whether a name is too long for a table.
fn is_long(target: &Target<'_>) -> bool {
    parts(target)
        .into_iter()
        .flatten()
        .any(|part| part.bytes().len() > limits::REPEATED)
}

/// Long names that are due to be shown whole: each once, however many references have it.
#[derive(Default)]
struct Long<'p> {
    names: Names<'p>,
    known: HashSet<usize>,
    /// Where each was first looked up.
    due: Vec<(u64, &'p [u8])>,
}

impl<'p> Long<'p> {
    /// Takes in what is looked up; whether it is long.
    fn add(&mut self, target: &'p Target<'_>, first: u64) -> bool {
        if !is_long(target) {
            return false;
        }
        for part in parts(target).into_iter().flatten() {
            let long = part.bytes().len() > limits::REPEATED;
            if long && self.known.insert(self.names.number(part)) {
                self.due.push((first, part.bytes()));
            }
        }
        true
    }
}

/// Calls, state given to what was there before or may have been, and methods of what isn't the stream's own; a state given to
/// an instance that the stream made is what every instance has.
fn deserves_a_look(pickle: &Pickle<'_>, done: &Done<'_, '_>) -> bool {
    let effect = done.effect;
    match effect.kind() {
        EffectKind::Import | EffectKind::Buffer | EffectKind::Persistent => false,
        EffectKind::Call => true,
        EffectKind::State => is_by_reference(pickle, done) != Some(false),
        EffectKind::Append | EffectKind::SetItem | EffectKind::Add => {
            effect.subject().kind().storage() == Some(Storage::Reference)
        }
    }
}
