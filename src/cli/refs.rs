//! `pickscope refs`.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use pickscope::{
    inspect::parts::Part,
    limits::Limits,
    python::{Python, Pythons},
    render,
    report::{
        refs::{Row, failing, references, rows},
        shim::helps,
        tensors::takes_ids,
    },
};

use super::{Inputs, Status, input::Opened, output::Output, parts::Inside, wrong::pointer};

/// Show what is stored by reference and what by value, what is looked up, and what loading does
#[derive(Args)]
pub(super) struct Refs {
    #[command(flatten)]
    inputs: Inputs,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// A Python that lookups are judged for, such as 3.12; may be given several times. Exit status 1 if one fails there
    #[arg(long = "python", value_name = "X.Y")]
    pythons: Vec<Python>,
    /// List all, and show long values whole
    #[arg(long)]
    full: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: a JSON document an input
    Json,
}

impl Refs {
    pub(super) fn run(self, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        super::each(
            &self.inputs,
            output,
            |opened, output| self.one(opened, limits, output),
            |name, reason, output| match self.format {
                Format::Text => Ok(()),
                Format::Json => render::json::refs::unreadable(name, reason, output),
            },
        )
    }

    fn one(&self, opened: &Opened, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        let mut inside = Inside::new(opened, limits);
        let asked: Pythons = self.pythons.iter().copied().collect();
        let asked = (!asked.is_empty()).then_some(asked);
        match self.format {
            Format::Text => {
                while let Some(part) = inside.next() {
                    let heading = opened.heading(&part.place, output)?;
                    let screen = output.screen;
                    let rows = seen(&mut inside, &part, asked, true);
                    render::refs::refs(heading.as_deref(), rows, screen, output)?;
                    inside.list_tensors(&part);
                    inside.end(&part);
                }
                inside.compare();
                inside.summary(output)?;
                if let Some(pointer) = pointer(&inside.found, &opened.shown) {
                    output.part()?;
                    writeln!(output, "{pointer}")?;
                }
            }
            Format::Json => {
                let (name, bytes) = (&opened.shown, opened.bytes());
                let mut document = render::json::refs::Document::begin(name, bytes, output)?;
                while let Some(part) = inside.next() {
                    document.part(&part.place, seen(&mut inside, &part, asked, true))?;
                    inside.list_tensors(&part);
                    inside.end(&part);
                }
                inside.compare();
                document.end(&inside.summary)?;
            }
        }
        inside.finish(output)
    }
}

/// The rows of a part; what is wrong is taken down and, if `judge`, whether lookups fail; how far it has come is told.
pub(super) fn seen<'p>(
    inside: &'p mut Inside<'_>,
    part: &'p Part<'_>,
    asked: Option<Pythons>,
    judge: bool,
) -> impl Iterator<Item = Row<'p>> + use<'p> {
    let mut progress = inside.progress(part);
    let (found, persistent) = (&mut inside.found, &mut inside.persistent);
    let rows = rows(&part.data, part.whole).on(asked).after(found.pickles);
    rows.inspect(move |row| match row {
        Row::Reading(offset) => progress.far(*offset),
        Row::Pickle(read) => {
            found.pickles = read.number + 1;
            *persistent |= takes_ids(&read.pickle);
            progress.step(read.pickle.span.end);
            read.problems.iter().for_each(|problem| found.see(problem));
            found.read(read.pickle.reading);
            found.nested.extend(&read.pickle.nested);
            if judge && read.asked.is_some() {
                let references = references(&read.pickle);
                let mut fails = false;
                for (reference, resolving) in failing(read, &references) {
                    fails = true;
                    found.helps = found.helps || helps(read, reference, resolving.fails());
                }
                found.answer(!fails);
            }
        }
        Row::Problem(problem) => found.see(problem),
    })
}
