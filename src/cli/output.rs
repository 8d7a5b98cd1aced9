//! Standard output: its colour, its width, and what is still to be written.

use std::{
    fs::File,
    io::{self, Write},
    sync::Mutex,
};

use anstream::AutoStream;
use clap::ColorChoice;
use pickscope::render::Screen;

/// What was printed and not yet written. Where the program must end within a signal handler, [`save`] writes it.
static PENDING: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// So much is written at a time.
const BLOCK: usize = 1 << 16;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 100;

/// Standard output.
pub(super) struct Output {
    file: File,
    begun: bool,
    /// Whether what was printed ends with an empty line.
    parted: bool,
    /// Whether it ends with the end of a line.
    ended: bool,
    pub(super) screen: Screen,
}

impl Output {
    pub(super) fn new(color: ColorChoice) -> io::Result<Self> {
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        };
        let width = terminal_size::terminal_size_of(io::stdout())
            .map_or(WIDTH, |(width, _)| width.0.into());
        Ok(Self {
            file: standard_output()?,
            begun: false,
            parted: true,
            ended: true,
            screen: Screen {
                color,
                width,
                full: false,
            },
        })
    }

    /// Whether anything was printed.
    pub(super) fn begun(&self) -> bool {
        self.begun
    }

    /// Prints an empty line, unless one or nothing stands there.
    pub(super) fn part(&mut self) -> io::Result<()> {
        match self.parted {
            true => Ok(()),
            false => self.write_all(b"\n"),
        }
    }

    /// Writes what is pending.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        let mut pending = PENDING
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let written = self.file.write_all(&pending);
        pending.clear();
        written
    }
}

/// Callers write whole lines, one or some at a time: the lock is taken once for each piece.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun = true;
        self.parted = bytes.ends_with(b"\n\n") || bytes == b"\n" && self.ended;
        self.ended = bytes.ends_with(b"\n");
        if bytes.len() >= BLOCK {
            // It may be mapped memory, which is not read while the lock is held; and nobody needs a copy of it.
            self.finish()?;
            self.file.write_all(bytes)?;
            return Ok(bytes.len());
        }
        let mut pending = PENDING
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        pending.extend_from_slice(bytes);
        let due = pending.len() >= BLOCK;
        drop(pending);
        if due {
            self.finish()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.finish()
    }
}

#[cfg(unix)]
fn standard_output() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_output() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}

/// Writes what is pending, from within a signal handler: nothing is waited for or allocated.
#[cfg(unix)]
pub(super) fn save() {
    if let (Ok(pending), Ok(mut file)) = (PENDING.try_lock(), standard_output()) {
        // The program ends here in any case.
        let _ = file.write_all(&pending);
    }
}

/// Writes a message to standard error, from within a signal handler.
#[cfg(unix)]
pub(super) fn write_to_error(message: &[u8]) {
    use std::os::fd::AsFd;
    if let Ok(file) = io::stderr().as_fd().try_clone_to_owned() {
        // There is nobody left to tell.
        let _ = File::from(file).write_all(message);
    }
}
