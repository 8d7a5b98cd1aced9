//! `pickscope refs`.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{render, report::refs::refs};

use super::{Status, input, output::Output, wrong::Found};

/// Show what is stored by reference and what by value, what is looked up, and what loading does
#[derive(Args)]
pub(super) struct Refs {
    /// A file; `-` for standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
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
        let inputs = super::inputs(&self.inputs);
        let mut status = Status::Whole;
        for name in &inputs {
            status = status.max(self.one(name, inputs.len() > 1, output)?);
        }
        Ok(status)
    }

    fn one(&self, name: &OsStr, several: bool, output: &mut Output) -> io::Result<Status> {
        let shown = super::shown_name(name);
        let input = match input::open(name) {
            Ok(input) => input,
            Err(error) => {
                output.finish()?;
                complain!("pickscope: {shown}: {}", super::reason(&error));
                return Ok(Status::NotWhole);
            }
        };
        let report = refs(&input, !input.cut);
        let bytes = (!input.cut).then_some(input.len() as u64);
        match self.format {
            Format::Text => {
                if several && output.begun() {
                    output.write_all(b"\n")?;
                }
                let screen = output.screen;
                render::refs::refs(several.then_some(shown.as_str()), &report, screen, output)?;
            }
            Format::Json => render::json::refs::refs(&shown, bytes, &report, output)?,
        }
        output.finish()?;
        let mut found = Found::default();
        report
            .problems
            .iter()
            .for_each(|problem| found.see(problem));
        report
            .pickles
            .iter()
            .for_each(|pickle| found.read(pickle.reading));
        found.complain(&shown, &input);
        Ok(found.status().max(super::shrank(&shown, &input)))
    }
}
