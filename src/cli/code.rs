//! `pickscope code`.

use std::io;

use clap::{Args, ValueEnum};
use pickscope::{
    limits::Limits,
    python::{Python, Pythons},
    render,
    report::{
        code::{Report, marshalled, stored},
        tree::trees,
    },
};

use super::{Inputs, Status, input::Opened, output::Output, parts::Inside, tree::take_down};

/// Show the functions and classes that a pickle stores by value, and what they need
#[derive(Args)]
pub(super) struct Code {
    #[command(flatten)]
    inputs: Inputs,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show the instructions, as the dis of that Python does (in JSON they are always there)
    #[arg(long)]
    disassemble: bool,
    /// A Python that code is judged for, such as 3.12; may be given several times. Exit status 1 if some doesn't fit it
    #[arg(long = "python", value_name = "X.Y")]
    pythons: Vec<Python>,
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
    pub(super) fn run(self, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        super::each(
            &self.inputs,
            output,
            |opened, output| self.one(opened, limits, output),
            |name, reason, output| match self.format {
                Format::Text => Ok(()),
                Format::Json => render::json::code::unreadable(name, reason, output),
            },
        )
    }

    fn one(&self, opened: &Opened, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        let mut inside = Inside::new(opened, limits);
        let only = self.function.as_deref();
        let mut any = false;
        let pythons: Pythons = self.pythons.iter().copied().collect();
        let pythons = (!pythons.is_empty()).then_some(pythons);
        match self.format {
            Format::Json => {
                let (name, bytes) = (&opened.shown, opened.bytes());
                let asked = render::json::code::Asked { only, pythons };
                let mut document = render::json::code::Document::begin(name, bytes, output)?;
                while let Some(part) = inside.next() {
                    let mut trees = trees(&part.data, part.whole).after(inside.found.pickles);
                    document.part(&part.place, &mut trees, asked)?;
                    take_down(&mut inside, &part, &trees);
                }
                let answer = document.end(&inside.summary)?;
                any = answer.any;
                inside.found.answer(answer.fits);
            }
            Format::Text => {
                let mut page = render::code::Page::new(output.screen, self.disassemble);
                while let Some(part) = inside.next() {
                    if let Some(heading) = opened.heading(&part.place, output)? {
                        render::tree::heading(&heading, output.screen, output)?;
                    }
                    let mut trees = trees(&part.data, part.whole).after(inside.found.pickles);
                    while let Some(grown) = trees.next() {
                        let marshalled = marshalled(&grown);
                        let stored = stored(&grown, &marshalled);
                        let mut report = Report::of(&grown, &stored).on(pythons);
                        if let Some(name) = only {
                            report.only(name);
                            any |= !report.entries().is_empty();
                        }
                        inside.found.answer(report.fits());
                        let several = grown.number > 0 || trees.goes_on();
                        page.pickle(&grown, &mut report, several, output)?;
                    }
                    take_down(&mut inside, &part, &trees);
                }
                page.end(only, output)?;
                inside.summary(output)?;
            }
        }
        let status = match self.function {
            Some(_) if !any => Status::BadAnswer,
            _ => Status::Whole,
        };
        Ok(inside.finish(output)?.max(status))
    }
}
