//! `pickscope refs`.

use std::{
    ffi::OsString,
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{
    python::{Python, Pythons},
    render,
    report::{
        refs::{Row, failing, references, rows},
        shim::helps,
    },
};

use super::{
    Status,
    input::{Input, Opened},
    output::Output,
    progress::Progress,
    wrong::{Found, pointer},
};

/// Show what is stored by reference and what by value, what is looked up, and what loading does
#[derive(Args)]
pub(super) struct Refs {
    /// A file; `-` for standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,
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
    pub(super) fn run(self, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        super::each(
            &self.inputs,
            output,
            |opened, output| self.one(opened, output),
            |name, reason, output| match self.format {
                Format::Text => Ok(()),
                Format::Json => render::json::refs::unreadable(name, reason, output),
            },
        )
    }

    fn one(&self, opened: &Opened, output: &mut Output) -> io::Result<Status> {
        let Opened { input, shown, .. } = opened;
        let mut found = Found::default();
        let asked: Pythons = self.pythons.iter().copied().collect();
        let asked = (!asked.is_empty()).then_some(asked);
        let rows = seen(shown, input, asked, true, &mut found);
        match self.format {
            Format::Text => {
                let heading = opened.heading(output)?;
                let screen = output.screen;
                render::refs::refs(heading, rows, screen, output)?;
                if let Some(pointer) = pointer(&found, shown) {
                    writeln!(output, "\n{pointer}")?;
                }
            }
            Format::Json => render::json::refs::refs(shown, opened.bytes(), rows, output)?,
        }
        output.finish()?;
        found.complain(shown, input);
        Ok(found.status())
    }
}

/// The rows of an input; what is wrong is taken down and, if `judge`, whether lookups fail; how far it has come is told.
pub(super) fn seen<'a, 'f>(
    name: &str,
    input: &'a Input,
    asked: Option<Pythons>,
    judge: bool,
    found: &'f mut Found,
) -> impl Iterator<Item = Row<'a>> + use<'a, 'f> {
    let mut progress = Progress::new(name, input.len() as u64);
    let rows = rows(input, !input.cut).on(asked);
    rows.inspect(move |row| match row {
        Row::Reading(offset) => progress.far(*offset),
        Row::Pickle(read) => {
            progress.step(read.pickle.span.end);
            read.problems.iter().for_each(|problem| found.see(problem));
            found.read(read.pickle.reading);
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
