//! `pickscope code`.

use std::{
    ffi::OsString,
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{
    reader::Reading,
    render,
    report::{
        code::{Report, marshalled, stored},
        tree::trees,
    },
};

use super::{Status, input::Opened, output::Output, wrong::Found};

/// Show the functions and classes that a pickle stores by value, and what they need
#[derive(Args)]
pub(super) struct Code {
    /// A file; `-` for standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show the instructions, as the dis of that Python does (in JSON they are always there)
    #[arg(long)]
    disassemble: bool,
    /// Only functions, classes and code of this name or qualified name
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Show long lists and values whole
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

impl Code {
    pub(super) fn run(self, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        super::each(
            &self.inputs,
            output,
            |opened, output| self.one(opened, output),
            |name, reason, output| match self.format {
                Format::Text => Ok(()),
                Format::Json => render::json::code::unreadable(name, reason, output),
            },
        )
    }

    fn one(&self, opened: &Opened, output: &mut Output) -> io::Result<Status> {
        let input = &opened.input;
        let mut trees = trees(input, !input.cut);
        let mut any = false;
        match self.format {
            Format::Json => {
                let bytes = opened.bytes();
                let only = self.function.as_deref();
                any = render::json::code::code(&opened.shown, bytes, &mut trees, only, output)?;
            }
            Format::Text => {
                if opened.several {
                    if output.begun() {
                        output.write_all(b"\n")?;
                    }
                    render::tree::heading(&opened.shown, output.screen, output)?;
                }
                let mut page = render::code::Page::new(output.screen, self.disassemble);
                while let Some(grown) = trees.next() {
                    let marshalled = marshalled(&grown);
                    let stored = stored(&grown, &marshalled);
                    let mut report = Report::of(&grown, &stored);
                    if let Some(name) = &self.function {
                        report.only(name);
                        any |= !report.entries().is_empty();
                    }
                    let several = grown.number > 0 || trees.goes_on();
                    page.pickle(&grown, &mut report, several, output)?;
                }
                page.end(self.function.as_deref(), output)?;
            }
        }
        output.finish()?;
        let mut found = Found::default();
        trees.problems.iter().for_each(|problem| found.see(problem));
        trees
            .readings
            .iter()
            .for_each(|reading: &Reading| found.read(*reading));
        found.complain(&opened.shown, input);
        let status = match self.function {
            Some(_) if !any => Status::BadAnswer,
            _ => Status::Whole,
        };
        Ok(found.status().max(status))
    }
}
