//! The command line: what is asked, of which inputs, and the exit status.

/// A line on standard error. Where that can't be written there is nobody left to tell.
macro_rules! complain {
    ($($what:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($what)*);
    }};
}

mod code;
mod dump;
mod explain;
mod input;
mod output;
mod parts;
mod progress;
mod refs;
mod tree;
mod wrong;

use std::{
    ffi::{OsStr, OsString},
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::{ColorChoice, CommandFactory, Parser, Subcommand, error::ErrorKind};
use pickscope::{
    limits::{Limit, Limits},
    render::shown::Shown,
};

use input::Opened;
use output::Output;

/// Looks into Python pickles, and never runs them.
///
/// INPUT is a path; `-`, or nothing when standard input is not a terminal, reads standard input.
#[derive(Parser)]
#[command(
    name = "pickscope",
    version,
    color = ColorChoice::Auto,
    after_help = "Exit status: 0 read whole and nothing failing found, 1 a question has a bad answer, \
                  2 anything that kept the answer from being whole."
)]
struct Arguments {
    /// When to use colour: auto is a terminal without NO_COLOR.
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Set a limit on what is read of archives and compressed files; may be given several times
    ///
    /// part: bytes unpacked of one member [4294967296]; unpacked: bytes unpacked in all [68719476736]; ratio: how many times
    /// as long as the input all that may be, past the first 32 MiB [100]; depth: containers in one another [16]; members:
    /// how many are looked at [65536]. Exit status 2 where one is hit.
    #[arg(long = "limit", global = true, value_name = "NAME=N", value_parser = parts::limit)]
    limits: Vec<(Limit, u64)>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dump(dump::Dump),
    Refs(refs::Refs),
    Tree(tree::Tree),
    Code(code::Code),
    Explain(explain::Explain),
    /// Print a script that completes pickscope's arguments in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// The inputs of a call.
#[derive(clap::Args)]
struct Inputs {
    /// A file; `-` for standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,
    /// The input is text that a pickle was written as: a literal such as b'\x80\x04...' from a prompt, a log or a web page,
    /// hexadecimal, or base64. Offsets are of the bytes that it stands for
    #[arg(long)]
    literal: bool,
}

/// How a call went; the greatest of all its inputs counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// Read whole, and nothing failing was found.
    Whole = 0,
    /// Read whole, and a question that was asked has a bad answer.
    BadAnswer = 1,
    /// Anything that kept the answer from being whole.
    NotWhole = 2,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Runs the command of this process's arguments.
pub(crate) fn main() -> ExitCode {
    if let Err(error) = input::signals::watch() {
        complain!("pickscope: signals can't be caught: {error}");
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return no_arguments(&error),
    };
    let mut limits = Limits::default();
    for (limit, value) in arguments.limits {
        limits.set(limit, value);
    }
    let mut output = match Output::new(arguments.color) {
        Ok(output) => output,
        Err(error) => return output_failed(&error),
    };
    let done = run(arguments.command, &limits, &mut output).and_then(|status| {
        output.finish()?;
        Ok(status)
    });
    match done {
        Ok(status) => status.into(),
        Err(error) => output_failed(&error),
    }
}

/// Says how the program is called: because that was asked, or because it was called otherwise.
fn no_arguments(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| io::stdout().flush());
    match printed {
        _ if error.use_stderr() => Status::NotWhole.into(),
        Ok(()) => Status::Whole.into(),
        Err(error) => output_failed(&error),
    }
}

fn run(command: Command, limits: &Limits, output: &mut Output) -> io::Result<Status> {
    match command {
        Command::Dump(dump) => dump.run(limits, output),
        Command::Refs(refs) => refs.run(limits, output),
        Command::Tree(tree) => tree.run(limits, output),
        Command::Code(code) => code.run(limits, output),
        Command::Explain(explain) => explain.run(limits, output),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "pickscope", output);
            Ok(Status::Whole)
        }
    }
}

/// Who reads our output has had enough of it where the pipe is closed: that is no failure.
fn output_failed(error: &io::Error) -> ExitCode {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Status::Whole.into();
    }
    if !input::signals::is_of_shrinking(error) {
        complain!("pickscope: standard output: {error}");
    }
    Status::NotWhole.into()
}

/// Opens each input that is asked for and does `what` with it; of one that can't be opened, `unreadable` may tell the reason
/// on standard output, too.
fn each(
    named: &Inputs,
    output: &mut Output,
    mut what: impl FnMut(&Opened, &mut Output) -> io::Result<Status>,
    mut unreadable: impl FnMut(&str, &str, &mut Output) -> io::Result<()>,
) -> io::Result<Status> {
    let names = inputs(&named.inputs);
    let mut status = Status::Whole;
    for name in &names {
        let shown = shown_name(name);
        let input = match named.literal {
            true => input::literal(name, &shown),
            false => input::open(name),
        };
        let one = match input {
            Ok(input) => {
                let opened = Opened {
                    input,
                    shown,
                    several: names.len() > 1,
                };
                what(&opened, output)?.max(shrank(&opened.shown, &opened.input))
            }
            Err(error) => {
                let reason = reason(&error);
                unreadable(&shown, &reason, output)?;
                output.finish()?;
                complain!("pickscope: {shown}: {reason}");
                Status::NotWhole
            }
        };
        status = status.max(one);
    }
    Ok(status)
}

/// The inputs that are asked for: standard input where none is named and it isn't a terminal.
fn inputs(named: &[OsString]) -> Vec<OsString> {
    if !named.is_empty() {
        return named.to_vec();
    }
    if io::stdin().is_terminal() {
        usage("no INPUT, and standard input is a terminal: name a file, or pipe a pickle in");
    }
    vec!["-".into()]
}

/// An input's name as it may be shown.
fn shown_name(name: &OsStr) -> String {
    if name == "-" {
        return "<stdin>".to_owned();
    }
    if name.is_empty() {
        return "''".to_owned();
    }
    let mut shown = Vec::new();
    Shown::Path(name.as_encoded_bytes()).write(&mut shown, None);
    String::from_utf8_lossy(&shown).into_owned()
}

/// Why an input can't be read, in one line.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory: name the files in it".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        io::ErrorKind::OutOfMemory => "there is not enough memory to hold it".to_owned(),
        _ => error.to_string(),
    }
}

/// Ends the program with a word on how it is called.
fn usage(what: &str) -> ! {
    Arguments::command()
        .error(ErrorKind::ArgumentConflict, what)
        .exit()
}

fn no_pickle(shown: &str, wanted: u64, pickles: u64) {
    complain!("pickscope: {shown}: there is no pickle {wanted}: it has {pickles}, counted from 0");
}

/// Tells of a file that shrank while it was read: what is missing was read as zeros, if it wasn't caught in the act.
fn shrank(shown: &str, input: &input::Input) -> Status {
    if !input.shrank() {
        return Status::Whole;
    }
    complain!("pickscope: {shown}: the file shrank while it was read");
    Status::NotWhole
}
