//! `pickscope explain`.

use std::{
    ffi::{OsStr, OsString},
    io::{self, IsTerminal, Read, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{
    inspect,
    limits::{self, Limits},
    lookup::{
        homeless,
        message::{self, Unknown},
        names,
        near::Searches,
    },
    python::{Python, Pythons},
    render::{self, shown::Shown},
    report::{
        catalogue,
        explain::{Explanation, is_name, of_message, of_name, parted, with_message},
        needs::{Needs, needs},
        refs::Row,
        shim::Shim,
    },
};

use super::{
    Inputs, Status, input::Opened, output::Output, parts::Inside, refs::seen, wrong::with_name,
};

/// Explain why a lookup or a pickle fails, and what to do
#[derive(Args)]
pub(super) struct Explain {
    /// What is looked up: module.name, module:name (where the name has dots), or "module name";
    /// or the error message, in quotes; or - to paste a traceback or pipe in a log
    #[arg(value_name = "NAME|MESSAGE|-")]
    asked: Vec<OsString>,
    /// A Python to answer for, such as 3.12; may be given several times [default: all that are known, or those that say
    /// the message so]
    #[arg(long = "python", value_name = "X.Y")]
    pythons: Vec<Python>,
    /// A pickle: explain all that it looks up, by its own protocol; what it needs besides, who wrote it, and what
    /// torch.load(weights_only=True) refuses of it
    #[arg(long = "input", value_name = "FILE", conflicts_with = "asked")]
    inputs: Vec<OsString>,
    /// Of a pickle whose names have moved, print a Python program that loads it: an Unpickler that looks them up where they are
    #[arg(long, requires = "inputs")]
    shim: bool,
    /// The catalogue of what can be pickled by what, or those of its kinds that all words given are found in: --all lock
    #[arg(long, conflicts_with = "inputs")]
    all: bool,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Tell all: how to check, where it is known from, what to do on other Pythons, and the code of what doesn't help
    #[arg(long)]
    full: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: a JSON document for each
    Json,
}

impl Explain {
    pub(super) fn run(self, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        if self.all {
            return self.catalogue(output);
        }
        if !self.inputs.is_empty() {
            let inputs = Inputs {
                inputs: self.inputs.clone(),
                literal: false,
            };
            return super::each(
                &inputs,
                output,
                |opened, output| self.input(opened, limits, output),
                |_, _, _| Ok(()),
            );
        }
        let mut status = Status::Whole;
        if self.asked.is_empty() && io::stdin().is_terminal() {
            super::usage(
                "nothing to explain: give a NAME (module.name) or a \"MESSAGE\", or - to paste a traceback and end it with Ctrl-D",
            );
        }
        let stdin = [OsString::from("-")];
        let all = if self.asked.is_empty() {
            &stdin[..]
        } else {
            &self.asked
        };
        for text in all {
            status = status.max(self.one(text, output)?);
        }
        Ok(status)
    }

    /// Tells what can be pickled by what.
    fn catalogue(&self, output: &mut Output) -> io::Result<Status> {
        let asked = self.pythons().unwrap_or(Pythons::ALL);
        let words: Vec<_> = self
            .asked
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        let rows: Vec<_> = catalogue::rows(&words, asked).collect();
        if rows.is_empty() {
            let word = words.join(" ");
            return refused(
                OsStr::new(&word),
                &"no kind of the catalogue, no group and no cause has this in its name",
                output,
            );
        }
        match self.format {
            Format::Text => render::catalogue::catalogue(&rows, asked, output.screen, output)?,
            Format::Json => render::json::catalogue::catalogue(&rows, asked, output)?,
        }
        Ok(Status::Whole)
    }

    /// Explains what a file looks up.
    fn input(&self, opened: &Opened, limits: &Limits, output: &mut Output) -> io::Result<Status> {
        let shown = &opened.shown;
        let mut inside = Inside::new(opened, limits);
        let mut fails = false;
        let mut shim = Shim::default();
        let mut searches = Searches::default();
        match self.format {
            Format::Text => {
                while let Some(part) = inside.next() {
                    if !self.shim
                        && let Some(heading) = opened.heading(&part.place, output)?
                    {
                        writeln!(output, "{heading}")?;
                    }
                    let screen = output.screen;
                    for row in seen(&mut inside, &part, self.pythons(), false) {
                        let Row::Pickle(read) = row else { continue };
                        let needs = needs(&read);
                        shim.enter(part.place.part.as_deref());
                        shim.add(&needs);
                        if self.shim {
                            continue;
                        }
                        fails |= needs.fails();
                        if read.number > 0 {
                            writeln!(
                                output,
                                "\npickle {}, from offset {}",
                                read.number, read.pickle.span.start
                            )?;
                        }
                        render::explain::pickle(&needs, &mut searches, screen, output)?;
                    }
                    inside.end(&part);
                }
                if self.shim {
                    fails = shim.still_fails();
                    render::shim::shim(shown, &shim, output)?;
                } else {
                    inside.summary(output)?;
                    if shim.is_needed() {
                        let python: String = self
                            .pythons
                            .iter()
                            .map(|python| format!(" --python {python}"))
                            .collect();
                        let pointer = format!(
                            "A program that loads it: pickscope explain --input FILE --shim{python}"
                        );
                        writeln!(output, "\n{}", with_name(&pointer, shown))?;
                    }
                }
            }
            Format::Json => {
                let mut document = render::json::explain::Input::begin(shown, output)?;
                while let Some(part) = inside.next() {
                    let rows = seen(&mut inside, &part, self.pythons(), false);
                    let shim = self.shim.then_some(&mut shim);
                    let seen = &mut |needs: &Needs<'_, '_>| fails |= needs.fails();
                    document.part(&part.place, rows, shim, seen)?;
                    inside.end(&part);
                }
                document.end(&inside.summary, self.shim.then_some(&shim))?;
                if self.shim {
                    fails = shim.still_fails();
                }
            }
        }
        inside.found.answer(!fails);
        inside.finish(output)
    }

    fn one(&self, asked: &OsStr, output: &mut Output) -> io::Result<Status> {
        if asked == "-" {
            let bytes = match read() {
                Ok(bytes) => bytes,
                Err(error) => return refused(asked, &super::reason(&error), output),
            };
            return self.text(asked, &bytes, output);
        }
        let Some(text) = asked.to_str() else {
            return self.text(asked, asked.as_encoded_bytes(), output);
        };
        // What was copied has the blanks around it; a carriage return is part of a name that it was looked up with.
        let copied = text.trim_matches([' ', '\t', '\n']);
        let copied = match text.ends_with("\r\n") {
            true => copied.trim_end_matches('\r'),
            false => copied,
        };
        let text = if is_name(copied) { copied } else { text };
        // A module or a name may be anything, too: `builtins:symtable entry`.
        let odd = || {
            let (_, name) = text.split_once(':')?;
            (!name.starts_with(char::is_whitespace) && with_message(text, |found| found.is_err()))
                .then_some(())
        };
        if !is_name(text) && odd().is_none() {
            return self.text(asked, text.as_bytes(), output);
        }
        match parted(text) {
            Ok((module, name)) => {
                let pythons = self.pythons().unwrap_or(Pythons::ALL);
                self.tell(&of_name(module, name, pythons), output)
            }
            Err(why) => refused(asked, &why, output),
        }
    }

    /// The Pythons that were asked for.
    fn pythons(&self) -> Option<Pythons> {
        (!self.pythons.is_empty()).then(|| self.pythons.iter().copied().collect())
    }

    /// Explains the error in a text.
    fn text(&self, asked: &OsStr, bytes: &[u8], output: &mut Output) -> io::Result<Status> {
        let is_pickle = || match inspect::first(bytes, true) {
            inspect::Part::Pickle(_) => bytes.len() > 1,
            _ => false,
        };
        let dump = "pickscope dump shows what is in it";
        let text = match message::text(bytes) {
            Ok(text) => text,
            Err(binary) if is_pickle() => {
                let why = format!("{binary}, and it begins as a pickle does: {dump}");
                return refused(asked, &why, output);
            }
            Err(binary) => {
                let why = format!("{binary}: a message, a traceback or a log is looked for");
                return refused(asked, &why, output);
            }
        };
        with_message(&text, |found| match found {
            Ok(message) => self.tell(&of_message(&message, self.pythons()), output),
            // Words are opcodes, too: text is a pickle where all of it leads to a STOP.
            Err(Unknown::NoError)
                if is_pickle()
                    && inspect::end_of(bytes, 0).is_ok()
                    && text.trim().contains(char::is_whitespace) =>
            {
                let why = format!("this is no message, but a pickle: {dump}");
                refused(asked, &why, output)
            }
            Err(why) => refused(asked, &advised(&why, &text), output),
        })
    }

    fn tell(&self, explanation: &Explanation<'_>, output: &mut Output) -> io::Result<Status> {
        match self.format {
            Format::Text => {
                if output.begun() {
                    output.write_all(b"\n")?;
                }
                let screen = output.screen;
                render::explain::explain(explanation, screen, output)?;
            }
            Format::Json => render::json::explain::explain(explanation, output)?,
        }
        Ok(if explanation.fails() {
            Status::BadAnswer
        } else {
            Status::Whole
        })
    }
}

/// Reads standard input, and no further than it takes to see that it is no text.
fn read() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = limits::PIPE_HEAD as u64;
    io::stdin().lock().take(head).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == head && message::text(&bytes).is_ok() {
        let rest = limits::MESSAGE_BYTES - head;
        let read = io::stdin().lock().take(rest + 1).read_to_end(&mut bytes)?;
        if read as u64 > rest {
            return Err(io::Error::other(format!(
                "it has more than {} bytes: cut out what is around the error",
                limits::MESSAGE_BYTES
            )));
        }
    }
    Ok(bytes)
}

/// Why no error was found, and what to do.
fn advised(why: &Unknown<'_>, text: &str) -> String {
    match why {
        Unknown::Empty => format!("{why}: paste the error message or, better, the whole traceback"),
        Unknown::Anyones(said) => {
            let mut shown = Vec::new();
            Shown::Path(said.as_bytes()).write(&mut shown, None);
            let line = String::from_utf8_lossy(&shown);
            if text.contains("Traceback (most recent call last)") {
                return format!(
                    "{why}: {line}\n  the traceback's frames name neither pickle nor what uses it; if a pickle it was, paste one that does, or give {}",
                    match message::find(said) {
                        Ok(_) => "the line with the error alone, in quotes",
                        Err(_) => "what was looked up: pickscope explain module.name",
                    }
                );
            }
            format!(
                "{why}: {line}\n  paste the whole traceback, from \"Traceback (most recent call last)\" on: pickscope explain -"
            )
        }
        _ if !text.trim().contains(char::is_whitespace) => {
            let word = text.trim();
            // `instancemethod` is `types.MethodType`.
            let meant = homeless::named(word).find_map(|homeless| homeless.best());
            match meant {
                Some((module, name)) => format!(
                    "a NAME is module.name: this type is {module}.{name}; pickscope explain {module}.{name}"
                ),
                None if names::module(word).is_some() => format!(
                    "a NAME is module.name, and this is a module: pickscope explain {word}.NAME"
                ),
                None => format!("neither a NAME (module.name) nor an error message: {why}"),
            }
        }
        _ => format!(
            "{why}\n  paste the whole traceback (pickscope explain -), or give a NAME: pickscope explain module.name"
        ),
    }
}

/// Tells why a text can't be explained.
fn refused(text: &OsStr, why: &dyn std::fmt::Display, output: &mut Output) -> io::Result<Status> {
    output.finish()?;
    let mut shown = match text.is_empty() {
        true => "''".to_owned(),
        false => super::shown_name(text),
    };
    if shown.len() > SHOWN {
        let end = shown.floor_char_boundary(SHOWN);
        shown.truncate(end);
        shown.push('…');
    }
    complain!("pickscope: {shown}: {why}");
    Ok(Status::NotWhole)
}

/// So many bytes of what can't be explained are shown.
const SHOWN: usize = 60;
