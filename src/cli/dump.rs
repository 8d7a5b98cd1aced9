//! `pickscope dump`.

use std::{
    io::{self, Write},
    ops::Range,
};

use clap::{Args, ValueEnum};
use pickscope::{
    inspect::parts::Part,
    limits::Limits,
    python::{Python, Pythons},
    render::{self, disassembly::Below, parts::named},
    report::{
        code::{Report, marshalled, stored},
        dump::{Row, rows},
        pickletools::Complaint,
        tree::trees,
    },
};

use super::{
    Inputs, Status,
    input::Opened,
    output::Output,
    parts::Inside,
    progress::Progress,
    wrong::{Found, pointer},
};

/// Show every opcode of a pickle, then what is stored how, then what is wrong
#[derive(Args)]
pub(super) struct Dump {
    #[command(flatten)]
    inputs: Inputs,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// With `--format pickletools`, say after each opcode what it does
    #[arg(long)]
    annotate: bool,
    /// Show the instructions of bytecode where it stands
    #[arg(long)]
    disassemble: bool,
    /// Show only the opcodes that begin at these offsets: `A..B`, `A..`, `..B`, up to but not at B
    #[arg(long, value_name = "A..B", value_parser = range)]
    range: Option<Range<u64>>,
    /// Show only this one of several pickles, counted from 0 over all parts of an input
    #[arg(long, value_name = "N")]
    pickle: Option<u64>,
    /// A Python that lookups are judged for, such as 3.12; may be given several times. Exit status 1 if one fails there
    #[arg(long = "python", value_name = "X.Y")]
    pythons: Vec<Python>,
    /// Show long values whole
    #[arg(long)]
    full: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: a JSON record a line
    Json,
    /// What CPython's `pickletools.dis` prints, byte for byte
    Pickletools,
}

/// Reads `A..B`, in decimal or hexadecimal (`0x1f`).
fn range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str, none: u64| match text.strip_prefix("0x") {
        _ if text.is_empty() => Ok(none),
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let (start, end) = text
        .split_once("..")
        .ok_or("it takes two offsets with `..` between them")?;
    let wrong = |error: std::num::ParseIntError| error.to_string();
    let range = number(start, 0).map_err(wrong)?..number(end, u64::MAX).map_err(wrong)?;
    if range.is_empty() {
        return Err("it ends before it begins".to_owned());
    }
    Ok(range)
}

impl Dump {
    pub(super) fn run(self, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        if self.annotate && self.format != Format::Pickletools {
            super::usage("--annotate goes with --format pickletools");
        }
        if self.disassemble && self.format != Format::Text {
            super::usage(
                "--disassemble goes with --format text; code --format json has instructions",
            );
        }
        super::each(
            &self.inputs,
            output,
            |opened, output| self.one(opened, limits, output),
            |name, reason, output| match self.format {
                Format::Json => render::json::unreadable(name, reason, output),
                Format::Text | Format::Pickletools => Ok(()),
            },
        )
    }

    fn one(&self, opened: &Opened, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        let mut inside = Inside::new(opened, limits);
        let shown = &opened.shown;
        match self.format {
            Format::Text => {
                while let Some(part) = inside.next() {
                    let mut rows = self.rows(&mut inside, &part);
                    // Each case has its own printer: all rows come to the first from one place, and so it can be inlined there.
                    match self.pickle {
                        None => self.text(opened, &part, rows, output)?,
                        Some(_) => match rows.next() {
                            Some(first) => {
                                let rows = std::iter::once(first).chain(rows);
                                self.text(opened, &part, rows, output)?;
                            }
                            // A part without it isn't headed.
                            None => drop(rows),
                        },
                    }
                    inside.end(&part);
                }
                inside.summary(output)?;
                if let Some(pointer) = pointer(&inside.found, shown) {
                    writeln!(output, "{pointer}")?;
                }
            }
            Format::Json => {
                render::json::input(shown, opened.bytes(), output)?;
                while let Some(part) = inside.next() {
                    render::json::dump(&part.place, self.rows(&mut inside, &part), output)?;
                    inside.end(&part);
                }
                render::json::summary(&inside.summary, output)?;
            }
            Format::Pickletools => {
                if opened.several {
                    output.write_all(shown.as_bytes())?;
                    output.write_all(b"\n")?;
                }
                return self.pickletools(inside, output);
            }
        }
        output.finish()?;
        let pickles = inside.found.pickles;
        if let Some(wanted) = self.pickle.filter(|wanted| *wanted >= pickles) {
            super::no_pickle(shown, wanted, pickles);
            return Ok(Status::NotWhole);
        }
        inside.finish(output)
    }

    /// Writes the rows of a part for people.
    fn text<'p>(
        &self,
        opened: &Opened,
        part: &Part<'_>,
        rows: impl Iterator<Item = Row<'p>>,
        output: &mut Output,
    ) -> io::Result<()> {
        let heading = opened.heading(&part.place, output)?;
        let (length, screen) = (part.data.len() as u64, output.screen);
        let below = self.below(part, screen)?;
        render::text::dump_with(heading.as_deref(), length, rows, &below, screen, output)
    }

    /// What stands below opcodes, where that is asked for.
    fn below(&self, part: &Part<'_>, screen: render::Screen) -> io::Result<Below> {
        /// Columns of an offset and of what is stored how.
        const INDENT: usize = 14;
        let mut below = Below::default();
        if self.disassemble {
            for grown in trees(&part.data, part.whole) {
                let marshalled = marshalled(&grown);
                let stored = stored(&grown, &marshalled);
                let mut report = Report::of(&grown, &stored).once(&grown);
                below.take(&mut report, INDENT, screen)?;
            }
        }
        Ok(below)
    }

    /// The rows that are asked for; what is wrong is taken down, asked for or not.
    fn rows<'p>(
        &self,
        inside: &'p mut Inside<'_>,
        part: &'p Part<'_>,
    ) -> impl Iterator<Item = Row<'p>> + use<'p> {
        let asked: Pythons = self.pythons.iter().copied().collect();
        let asked = (!asked.is_empty()).then_some(asked);
        let mut sieve = Sieve {
            pickle: self.pickle,
            range: self.range.clone().unwrap_or(0..u64::MAX),
            progress: inside.progress(part),
            found: &mut inside.found,
        };
        let rows = rows(&part.data, part.whole)
            .on(asked)
            .after(sieve.found.pickles);
        rows.filter(move |row| sieve.lets_through(row))
    }

    /// The text of `pickletools.dis`, which knows of one pickle only; the reasons why it would have stopped go to
    /// standard error.
    fn pickletools(&self, mut inside: Inside<'_>, output: &mut Output) -> io::Result<Status> {
        let wanted = self.pickle.unwrap_or(0);
        let opened = inside.opened;
        let mut begun = false;
        while let Some(part) = inside.next() {
            let found = &mut inside.found;
            for row in rows(&part.data, part.whole).after(found.pickles) {
                match row {
                    Row::Start { pickle, offset } => {
                        found.pickles = pickle + 1;
                        if pickle == wanted {
                            begun = true;
                            self.dis(&part.data, offset, found, output)?;
                        } else if begun && pickle == wanted + 1 {
                            output.finish()?;
                            let shown = named(&opened.shown, &part.place);
                            complain!(
                                "pickscope: {shown}: another pickle follows: --pickle {pickle} shows it (at offset {offset})"
                            );
                        }
                    }
                    // What is wrong doesn't hang on how it is shown.
                    Row::Problem(problem) if problem.pickle.is_none_or(|of| of == wanted) => {
                        found.see(&problem);
                    }
                    Row::End(end) if end.pickle == wanted => found.read(end.read.reading),
                    _ => {}
                }
            }
            inside.end(&part);
        }
        let pickles = inside.found.pickles;
        if !begun && (pickles > 0 || !inside.summary.containers.is_empty()) {
            output.finish()?;
            super::no_pickle(&opened.shown, wanted, pickles);
        }
        let status = inside.finish(output)?;
        Ok(if begun { status } else { Status::NotWhole })
    }

    /// Writes the text of the pickle at `start`, or what is asked for of it.
    fn dis(
        &self,
        input: &[u8],
        start: u64,
        found: &mut Found,
        output: &mut Output,
    ) -> io::Result<()> {
        let bytes = usize::try_from(start)
            .ok()
            .and_then(|start| input.get(start..))
            .unwrap_or_default();
        let options = render::pickletools::Options {
            annotate: self.annotate,
        };
        let mut complain = |offset, complaint: &Complaint<'_>| {
            found.tell(offset, || {
                (
                    format!("pickletools would stop here: {complaint:.100}"),
                    None,
                )
            });
        };
        match self.range.clone() {
            Some(range) => {
                let mut narrow = Narrow {
                    range,
                    beginning: Vec::new(),
                    through: None,
                    out: output,
                };
                render::pickletools::dis(bytes, start, options, &mut narrow, &mut complain)?;
            }
            None => {
                render::pickletools::dis(bytes, start, options, output, &mut complain)?;
            }
        }
        Ok(())
    }
}

/// Lets through the rows that are asked for, and takes down what the others tell.
struct Sieve<'p> {
    pickle: Option<u64>,
    range: Range<u64>,
    progress: Progress,
    found: &'p mut Found,
}

impl Sieve<'_> {
    #[inline(always)]
    fn lets_through(&mut self, row: &Row<'_>) -> bool {
        match row {
            Row::Line(line) => {
                self.progress.step(line.op.offset);
                self.range.contains(&line.op.offset)
                    && self.pickle.is_none_or(|asked| asked == line.pickle)
            }
            row => self.lets_other_through(row),
        }
    }

    #[inline(never)]
    fn lets_other_through(&mut self, row: &Row<'_>) -> bool {
        let (of, in_range) = match row {
            Row::Start { pickle, .. } => {
                self.found.pickles = pickle + 1;
                (Some(*pickle), true)
            }
            Row::Line(line) => (Some(line.pickle), true),
            Row::Raw { pickle, raw } => (Some(*pickle), self.range.contains(&raw.span.start)),
            Row::Fails { pickle, offset, .. } => {
                self.found.answer(false);
                (Some(*pickle), self.range.contains(offset))
            }
            Row::End(end) => {
                self.found.read(end.read.reading);
                self.found.nested.extend(&end.read.nested);
                (Some(end.pickle), true)
            }
            Row::Problem(problem) => {
                self.found.see(problem);
                (problem.pickle, true)
            }
        };
        in_range && (self.pickle.is_none() || of.is_none() || of == self.pickle)
    }
}

/// Lets through the lines of `pickletools.dis` whose offset lies in a range, and those without one.
struct Narrow<'o> {
    range: Range<u64>,
    /// The beginning of a line whose offset isn't known yet; the rest of it may be gigabytes and isn't kept.
    beginning: Vec<u8>,
    /// Whether the line at hand is let through, once that is known.
    through: Option<bool>,
    out: &'o mut Output,
}

impl Narrow<'_> {
    /// Looks for the offset that a line begins with.
    fn decide(&mut self) -> io::Result<()> {
        let mut ends = self.beginning.iter();
        let Some(end) = ends.position(|byte| b":\n".contains(byte)) else {
            return Ok(());
        };
        let offset = self
            .beginning
            .get(..end)
            .and_then(|text| str::from_utf8(text).ok())
            .and_then(|text| text.trim_start().parse().ok());
        let through = offset.is_none_or(|offset| self.range.contains(&offset));
        if through {
            self.out.write_all(&self.beginning)?;
        }
        self.beginning.clear();
        self.through = Some(through);
        Ok(())
    }
}

impl Write for Narrow<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match self.through {
                Some(true) => self.out.write_all(piece)?,
                Some(false) => {}
                None => {
                    self.beginning.extend_from_slice(piece);
                    self.decide()?;
                }
            }
            if piece.ends_with(b"\n") {
                self.through = None;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
