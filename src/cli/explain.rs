//! `pickscope explain`.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use pickscope::{
    python::{Python, Pythons},
    render,
    report::explain::{of_name, parted},
};

use super::{Status, output::Output};

/// Explain why a lookup fails, and what to do
#[derive(Args)]
pub(super) struct Explain {
    /// What is looked up: module.name, module:name (where the name has dots), or "module name"
    #[arg(value_name = "NAME", required = true)]
    names: Vec<OsString>,
    /// A Python to answer for, such as 3.12; may be given several times [default: all that are known]
    #[arg(long = "python", value_name = "X.Y")]
    pythons: Vec<Python>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Tell all: how to check, where it is known from, and the code of what doesn't help
    #[arg(long)]
    full: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: a JSON document a name
    Json,
}

impl Explain {
    pub(super) fn run(self, output: &mut Output) -> io::Result<Status> {
        output.screen.full = self.full;
        let asked = match self.pythons.as_slice() {
            [] => Pythons::ALL,
            pythons => pythons.iter().copied().collect(),
        };
        let mut status = Status::Whole;
        for name in &self.names {
            status = status.max(self.one(name, asked, output)?);
        }
        Ok(status)
    }

    fn one(&self, text: &OsStr, asked: Pythons, output: &mut Output) -> io::Result<Status> {
        let (module, name) = match text.to_str().map(parted) {
            Some(Ok(parted)) => parted,
            Some(Err(why)) => return refused(text, &why, output),
            None => return refused(text, &"a name is text, and this is not UTF-8", output),
        };
        let explanation = of_name(module, name, asked);
        match self.format {
            Format::Text => {
                if output.begun() {
                    output.write_all(b"\n")?;
                }
                let screen = output.screen;
                render::explain::explain(&explanation, screen, output)?;
            }
            Format::Json => render::json::explain::explain(&explanation, output)?,
        }
        Ok(if explanation.fails() {
            Status::BadAnswer
        } else {
            Status::Whole
        })
    }
}

/// Tells why a text is no name.
fn refused(text: &OsStr, why: &dyn std::fmt::Display, output: &mut Output) -> io::Result<Status> {
    output.finish()?;
    let mut shown = super::shown_name(text);
    if shown.len() > SHOWN {
        let end = shown.floor_char_boundary(SHOWN);
        shown.truncate(end);
        shown.push('…');
    }
    complain!("pickscope: {shown}: {why}");
    Ok(Status::NotWhole)
}

/// So many bytes of what is no name are shown.
const SHOWN: usize = 60;
