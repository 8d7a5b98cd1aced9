//! `refs` for people: what is stored by reference, what by value, and what loading does.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::{
    count::Counted,
    machine::{
        Kind,
        effect::{Effect, EffectKind},
        lookup::Target,
    },
    opcode::Storage,
    reader::{Done, Pickle, Reading},
    report::{
        problem::{ProblemKind, Severity},
        refs::{Refs, What, references, what},
    },
    repr::Visible,
};

use super::{
    Screen,
    shown::Utf8,
    text::{found, kind_name},
};

/// So many references, and so many effects, are listed unless all are asked for.
const LISTED: usize = 60;

/// Writes what `refs` says of an input, headed by `heading` if there is one.
///
/// # Errors
/// Those of `out`.
pub fn refs(
    heading: Option<&str>,
    refs: &Refs<'_>,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        text: Vec::new(),
    };
    if let Some(heading) = heading {
        page.heading(format_args!("{heading}"));
    }
    for (number, pickle) in refs.pickles.iter().enumerate() {
        page.pickle(number, pickle);
        out.write_all(&page.text)?;
        page.text.clear();
    }
    for problem in &refs.problems {
        if matches!(problem.kind, ProblemKind::NoPickle(_)) {
            continue;
        }
        let place = match problem.pickle {
            Some(pickle) if refs.pickles.len() > 1 => {
                format!(" (pickle {pickle}, at offset {})", problem.offset)
            }
            _ => format!(" (at offset {})", problem.offset),
        };
        let style = if problem.severity() == Severity::Note {
            AnsiColor::Cyan.on_default()
        } else {
            AnsiColor::Red.on_default().bold()
        };
        page.styled(
            style,
            format_args!("{}: {}{place}\n", problem.severity().name(), problem.kind),
        );
    }
    if refs.untold > 0 {
        page.text
            .extend_from_slice(format!("and {} more like these\n", refs.untold).as_bytes());
    }
    out.write_all(&page.text)
}

struct Page {
    screen: Screen,
    text: Vec<u8>,
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

    fn table(&mut self, header: &[&str], rows: Vec<Vec<String>>, right: &[usize]) {
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

    fn pickle(&mut self, number: usize, pickle: &Pickle<'_>) {
        let read = match pickle.reading {
            Reading::Complete => "read whole",
            Reading::Ambiguous => "loaders differ",
            Reading::Incomplete => "not whole",
        };
        let bytes = Counted(pickle.span.length(), "byte");
        let place = if number > 0 || pickle.span.start > 0 {
            format!("pickle {number}, from offset {}: ", pickle.span.start)
        } else {
            String::new()
        };
        self.heading(format_args!(
            "{place}protocol {}, {bytes}, {read}",
            pickle.protocol
        ));
        self.text.push(b'\n');
        self.references(pickle);
        self.values(pickle);
        self.effects(pickle);
    }

    fn references(&mut self, pickle: &Pickle<'_>) {
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
        let rows = references.iter().take(listed).map(|reference| {
            let mut name = Vec::new();
            found(reference.target, Some(80), &mut name);
            let mut uses: Vec<_> = reference.uses.names().map(str::to_owned).collect();
            if uses.is_empty() {
                uses.push("only held".to_owned());
            }
            if !reference.readers.are_all() {
                let readers: Vec<_> = reference.readers.names().collect();
                uses.push(format!("looked up by {} alone", readers.join(", ")));
            }
            let uses = uses.join(", ");
            vec![
                reference.count.to_string(),
                reference.first.to_string(),
                String::from_utf8_lossy(&name).into_owned(),
                uses,
            ]
        });
        let rows = rows.collect();
        self.table(&["times", "first at", "what", "used for"], rows, &[0, 1]);
        self.more(references.len(), listed);
    }

    fn values(&mut self, pickle: &Pickle<'_>) {
        let bytes = Counted(pickle.tally.bytes(Some(Storage::Value)), "byte");
        let mut values = pickle.tally.values();
        values.retain(|(kind, _)| kind.storage() != Some(Storage::Reference));
        values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.heading(format_args!("by value, {bytes}"));
        let rows = values.iter().map(|(kind, count)| {
            let what = match kind {
                Kind::Object => "object: its class is one of the references, its state is here",
                kind => kind_name(*kind),
            };
            vec![count.to_string(), what.to_owned()]
        });
        let rows = rows.collect();
        self.table(&["times", "what"], rows, &[0]);
        self.text.push(b'\n');
    }

    /// What deserves a look: whatever is more than importing a name or making an instance of it.
    fn effects(&mut self, pickle: &Pickle<'_>) {
        let worth: Vec<Done<'_, '_>> = pickle
            .effects()
            .filter(|done| deserves_a_look(&done.effect))
            .collect();
        if worth.is_empty() {
            return;
        }
        self.heading(format_args!("what loading it does"));
        let listed = self.listed(worth.len());
        let rows = worth.iter().take(listed).map(|done| {
            let effect = done.effect;
            let mut on = Vec::new();
            match what(done) {
                What::Target(target @ Target::Name { .. }) => found(target, Some(80), &mut on),
                What::Target(_) => {}
                What::Value(value) => {
                    let _ = write!(on, "{} at {}", kind_name(value.kind()), value.offset());
                }
            }
            let mut does = match effect.kind() {
                EffectKind::Call => "calls".to_owned(),
                EffectKind::State => "sets the state of".to_owned(),
                EffectKind::Persistent => "calls persistent_load".to_owned(),
                EffectKind::Buffer => "takes a buffer".to_owned(),
                EffectKind::Import => "imports".to_owned(),
                EffectKind::Append | EffectKind::SetItem | EffectKind::Add => {
                    format!("calls {} of", effect.kind().method().unwrap_or_default())
                }
            };
            if !done.readers.are_all() {
                let readers: Vec<_> = done.readers.names().collect();
                does = format!("{does} (by {} alone)", readers.join(", "));
            }
            vec![
                effect.offset().to_string(),
                does,
                String::from_utf8_lossy(&on).into_owned(),
            ]
        });
        let rows = rows.collect();
        self.table(&["at", "does", "on"], rows, &[0]);
        self.more(worth.len(), listed);
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

/// Calls, state given to what was reached by reference, and methods of what isn't the stream's own; a state given to an
/// object that the stream made is what every instance has.
fn deserves_a_look(effect: &Effect) -> bool {
    match effect.kind() {
        EffectKind::Import | EffectKind::Buffer | EffectKind::Persistent => false,
        EffectKind::Call => true,
        EffectKind::State | EffectKind::Append | EffectKind::SetItem | EffectKind::Add => {
            effect.subject().kind().storage() == Some(Storage::Reference)
        }
    }
}
