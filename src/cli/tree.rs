//! `pickscope tree`.

use std::{
    cell::Cell,
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{
    inspect::parts::Part,
    limits::Limits,
    reader::Reading,
    render::{self, json::tree::Chosen},
    report::{
        tensors::takes_ids,
        tree::{Grown, Trees, marks::Marks, path::Path, trees},
    },
};

use super::{Inputs, Status, input::Opened, output::Output, parts::Inside};

/// Show what a pickle holds: values, what they hold, and references in their place
#[derive(Args)]
pub(super) struct Tree {
    #[command(flatten)]
    inputs: Inputs,
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
    /// Show only this one of several pickles, counted from 0 over all parts of an input
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
    pub(super) fn run(self, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        if self.depth.is_some() && self.format == Format::Json {
            super::usage("--depth goes with --format text: JSON has all levels");
        }
        let path = match self.path.as_deref().map(str::parse).transpose() {
            Ok(path) => path,
            Err(why) => super::usage(&format!("--path: {why}")),
        };
        super::each(
            &self.inputs,
            output,
            |opened, output| self.one(opened, path.as_ref(), limits, output),
            |_, _, _| Ok(()),
        )
    }

    fn one(
        &self,
        opened: &Opened,
        path: Option<&Path>,
        limits: &Limits,
        output: &mut Output,
    ) -> io::Result<Status> {
        let shown = &opened.shown;
        let mut inside = Inside::new(opened, limits);
        let mut lost = Vec::new();
        let persistent = Cell::new(false);
        let mut choose = |grown: &Grown<'_>| {
            persistent.set(persistent.get() || takes_ids(&grown.pickle));
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
                let mut begun = false;
                while let Some(part) = inside.next() {
                    let mut trees = trees(&part.data, part.whole).after(inside.found.pickles);
                    // What isn't asked for of a part goes without a heading.
                    let mut headed = self.pickle.is_none();
                    if headed {
                        self.heading(opened, &part, &mut begun, output)?;
                    }
                    while let Some(grown) = trees.next() {
                        let Some(chosen) = choose(&grown) else {
                            continue;
                        };
                        if !std::mem::replace(&mut headed, true) {
                            self.heading(opened, &part, &mut begun, output)?;
                        }
                        if std::mem::replace(&mut begun, true) {
                            output.write_all(b"\n")?;
                        }
                        let title = render::tree::Title {
                            numbered: grown.number > 0 || trees.goes_on(),
                            path: chosen.path.as_deref(),
                        };
                        let options = render::tree::Options {
                            screen: output.screen,
                            depth: self.depth,
                            sizes: self.sizes,
                        };
                        render::tree::tree(&grown, &chosen.marks, title, options, output)?;
                    }
                    inside.persistent = persistent.take();
                    inside.list_tensors(&part);
                    take_down(&mut inside, &part, &trees);
                }
                inside.compare();
                inside.summary(output)?;
            }
            Format::Json => {
                let options = render::json::tree::Options { sizes: self.sizes };
                let bytes = opened.bytes();
                let mut document = render::json::tree::Trees::begin(shown, bytes, output)?;
                while let Some(part) = inside.next() {
                    let mut trees = trees(&part.data, part.whole).after(inside.found.pickles);
                    document.part(&part.place, &mut trees, &mut choose, options)?;
                    inside.persistent = persistent.take();
                    inside.list_tensors(&part);
                    take_down(&mut inside, &part, &trees);
                }
                inside.compare();
                document.end(&inside.summary)?;
            }
        }
        output.finish()?;
        let pickles = inside.found.pickles;
        if let Some(wanted) = self.pickle.filter(|wanted| *wanted >= pickles) {
            super::no_pickle(shown, wanted, pickles);
            return Ok(Status::NotWhole);
        }
        let status = inside.finish(output)?;
        for error in &lost {
            complain!("pickscope: {shown}: --path: {error}");
        }
        let found = if lost.is_empty() {
            Status::Whole
        } else {
            Status::NotWhole
        };
        Ok(status.max(found))
    }

    /// Heads a part, if it has a heading.
    fn heading(
        &self,
        opened: &Opened,
        part: &Part<'_>,
        begun: &mut bool,
        output: &mut Output,
    ) -> io::Result<()> {
        if let Some(heading) = opened.heading(&part.place, output)? {
            // An empty line stands before it already.
            *begun = false;
            render::tree::heading(&heading, output.screen, output)?;
        }
        Ok(())
    }
}

/// Takes down what is wrong in a part.
pub(super) fn take_down<'i>(inside: &mut Inside<'i>, part: &Part<'i>, trees: &Trees<'_>) {
    let found = &mut inside.found;
    found.nested.extend(&trees.nested);
    found.pickles = trees.pickles;
    trees.problems.iter().for_each(|problem| found.see(problem));
    trees
        .readings
        .iter()
        .for_each(|reading: &Reading| found.read(*reading));
    inside.end(part);
}
