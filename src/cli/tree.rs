//! `pickscope tree`.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{
    reader::Reading,
    render::{self, json::tree::Chosen},
    report::tree::{Grown, marks::Marks, path::Path, trees},
};

use super::{Status, input, output::Output, wrong::Found};

/// Show what a pickle holds: values, what they hold, and references in their place
#[derive(Args)]
pub(super) struct Tree {
    /// A file; `-` for standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show values by size, the largest first
    #[arg(long)]
    sizes: bool,
    /// Show only what this leads to: `a[3].b`, `['a key']`, `[(1, 2)]`, `{0}` for the first row
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Show so many levels
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Show only this one of several pickles in a row, counted from 0
    #[arg(long, value_name = "N")]
    pickle: Option<u64>,
    /// Show all rows and levels, and long values whole
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

impl Tree {
    pub(super) fn run(self, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        if self.depth.is_some() && self.format == Format::Json {
            super::usage("--depth goes with --format text: JSON has all levels");
        }
        let path = match self.path.as_deref().map(str::parse).transpose() {
            Ok(path) => path,
            Err(why) => super::usage(&format!("--path: {why}")),
        };
        let inputs = super::inputs(&self.inputs);
        let mut status = Status::Whole;
        for name in &inputs {
            status = status.max(self.one(name, path.as_ref(), inputs.len() > 1, output)?);
        }
        Ok(status)
    }

    fn one(
        &self,
        name: &OsStr,
        path: Option<&Path>,
        several: bool,
        output: &mut Output,
    ) -> io::Result<Status> {
        let shown = super::shown_name(name);
        let input = match input::open(name) {
            Ok(input) => input,
            Err(error) => {
                output.finish()?;
                complain!("pickscope: {shown}: {}", super::reason(&error));
                return Ok(Status::NotWhole);
            }
        };
        let mut trees = trees(&input, !input.cut);
        let mut lost = Vec::new();
        let mut choose = |grown: &Grown<'_>| {
            if self.pickle.is_some_and(|wanted| wanted != grown.number) {
                return None;
            }
            let marks = Marks::new(grown);
            let Some(path) = path else {
                return Some(Chosen { marks, path: None });
            };
            let root = marks.roots().first().map(|(root, _)| *root)?;
            match path.follow(grown.view(), &marks, root) {
                Ok(value) => Some(Chosen {
                    marks: Marks::of(grown, value),
                    path: self.path.clone(),
                }),
                Err(error) => {
                    lost.push(render::tree::lost(grown, &marks, &error));
                    None
                }
            }
        };
        match self.format {
            Format::Text => {
                if several {
                    if output.begun() {
                        output.write_all(b"\n")?;
                    }
                    render::tree::heading(&shown, output.screen, output)?;
                }
                let options = render::tree::Options {
                    screen: output.screen,
                    depth: self.depth,
                    sizes: self.sizes,
                };
                let mut begun = false;
                while let Some(grown) = trees.next() {
                    let Some(chosen) = choose(&grown) else {
                        continue;
                    };
                    if std::mem::replace(&mut begun, true) {
                        output.write_all(b"\n")?;
                    }
                    let title = render::tree::Title {
                        numbered: grown.number > 0 || trees.goes_on(),
                        path: chosen.path.as_deref(),
                    };
                    render::tree::tree(&grown, &chosen.marks, title, options, output)?;
                }
            }
            Format::Json => {
                let bytes = (!input.cut).then_some(input.len() as u64);
                let options = render::json::tree::Options { sizes: self.sizes };
                render::json::tree::tree(&shown, bytes, &mut trees, &mut choose, options, output)?;
            }
        }
        output.finish()?;
        if let Some(wanted) = self.pickle.filter(|wanted| *wanted >= trees.pickles) {
            super::no_pickle(&shown, wanted, trees.pickles);
            return Ok(Status::NotWhole);
        }
        let mut found = Found::default();
        trees.problems.iter().for_each(|problem| found.see(problem));
        trees
            .readings
            .iter()
            .for_each(|reading: &Reading| found.read(*reading));
        found.complain(&shown, &input);
        for error in &lost {
            complain!("pickscope: {shown}: --path: {error}");
        }
        let status = if lost.is_empty() {
            Status::Whole
        } else {
            Status::NotWhole
        };
        Ok(status
            .max(found.status())
            .max(super::shrank(&shown, &input)))
    }
}
