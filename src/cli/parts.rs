//! The parts of an input, as each command reads them: one after the other, with what was found on the way.

use std::io::{self, Write};

use pickscope::{
    inspect::parts::{Part, Parts, Place, parts},
    limits::{Limit, Limits},
    render::{self, parts::named},
    report::parts::Summary,
};

use super::{Status, input::Opened, output::Output, progress::Progress, wrong::Found};

/// An input's parts.
pub(super) struct Inside<'i> {
    pub(super) opened: &'i Opened,
    parts: Parts<'i>,
    /// What was come by beside pickles.
    pub(super) summary: Summary,
    /// What was found wrong.
    pub(super) found: Found,
    /// Whether a pickle of the part at hand has persistent ids.
    pub(super) persistent: bool,
    /// How many of the summary's problems were taken down.
    seen: usize,
    progress: Progress,
}

impl<'i> Inside<'i> {
    pub(super) fn new(opened: &'i Opened, limits: &Limits) -> Self {
        let input = &opened.input;
        Self {
            opened,
            parts: parts(input, !input.cut, limits),
            summary: Summary::default(),
            found: Found::default(),
            persistent: false,
            seen: 0,
            progress: Progress::new(&opened.shown, input.len() as u64),
        }
    }

    /// The next part that is to be read.
    pub(super) fn next(&mut self) -> Option<Part<'i>> {
        loop {
            self.progress.far(self.parts.offset());
            let event = self.parts.next();
            let part = event.map(|event| self.summary.add(event));
            self.take_problems();
            match part {
                None => return None,
                Some(None) => {}
                Some(part) => return part,
            }
        }
    }

    /// Takes down what is wrong with containers.
    fn take_problems(&mut self) {
        let problems = self.summary.problems.get(self.seen..).unwrap_or_default();
        for (place, problem) in problems {
            self.found.see(problem);
            let bytes: &[u8] = match place.part {
                None => &self.opened.input,
                Some(_) => &[],
            };
            let name = named(&self.opened.shown, place);
            self.found.settle(&name, place.part.is_none(), bytes);
        }
        self.seen = self.summary.problems.len();
    }

    /// How far reading a part has come, told where someone looks.
    pub(super) fn progress(&self, part: &Part<'_>) -> Progress {
        let name = named(&self.opened.shown, &part.place);
        match part.place.base {
            Some(base) => self.progress.within(
                self.opened.shown.clone(),
                base,
                self.opened.input.len() as u64,
            ),
            None => self.progress.within(name, 0, part.data.len() as u64),
        }
    }

    /// Takes a part's end down: what is wrong in it can be told with its bytes.
    pub(super) fn end(&mut self, part: &Part<'i>) {
        let nested = std::mem::take(&mut self.found.nested);
        self.parts.inside(part, &nested);
        let name = named(&self.opened.shown, &part.place);
        self.found
            .settle(&name, part.place.part.is_none(), &part.data);
    }

    /// Takes down the tensors of a part whose pickles name storages.
    pub(super) fn list_tensors(&mut self, part: &Part<'_>) {
        if std::mem::take(&mut self.persistent) {
            self.summary.list_tensors(part);
        }
    }

    /// Compares what was listed with what else stands there, once all parts were read.
    pub(super) fn compare(&mut self) {
        self.summary.compare_storages();
        self.take_problems();
    }

    /// Writes for people what the input is beside its pickles, if it has parts.
    pub(super) fn summary(&self, output: &mut Output) -> io::Result<()> {
        if self.summary.is_empty() && self.summary.tensors.is_empty() {
            return Ok(());
        }
        output.part()?;
        let screen = output.screen;
        for table in &self.summary.tensors {
            render::tensors::tensors(&self.opened.shown, table, screen, output)?;
            output.write_all(b"\n")?;
        }
        render::parts::summary(&self.opened.shown, &self.summary, screen, output)
    }

    /// Tells on standard error what was found wrong, and what that makes of the call.
    pub(super) fn finish(self, output: &mut Output) -> io::Result<Status> {
        drop(self.progress);
        output.finish()?;
        self.found.complain(&self.opened.shown);
        Ok(self.found.status())
    }
}

impl Opened {
    /// What heads a part in a report for people, if anything; parted from what was written before.
    pub(super) fn heading(&self, place: &Place, output: &mut Output) -> io::Result<Option<String>> {
        let headed = self.several || place.part.is_some();
        if headed {
            output.part()?;
        }
        Ok(headed.then(|| render::parts::heading(&self.shown, place)))
    }
}

/// Reads `NAME=N`.
pub(super) fn limit(text: &str) -> Result<(Limit, u64), String> {
    let names = || {
        let names: Vec<&str> = Limit::ALL.iter().map(|limit| limit.name()).collect();
        names.join(", ")
    };
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("it takes NAME=N, and NAME is one of {}", names()))?;
    let limit = Limit::ALL
        .into_iter()
        .find(|limit| limit.name() == name)
        .ok_or_else(|| format!("there is no limit {name:?}: it is one of {}", names()))?;
    let value = value
        .parse()
        .map_err(|error: std::num::ParseIntError| error.to_string())?;
    Ok((limit, value))
}
