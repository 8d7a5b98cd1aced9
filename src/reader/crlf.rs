//! Streams whose line ends were translated: every `\n` became `\r\n`.
//!
//! Text arguments of opcodes end at `\n`, and a loader keeps the `\r` before it: `copy_reg\r` is then a module that
//! can't be found. Such a stream still decodes, so that only its lines tell.

use std::fmt;

use crate::{
    decode::{Argument, Op},
    opcode::Shape,
};

/// Counts the lines of a stream, one opcode at a time.
///
/// ```
/// use pickscope::{decode::ops, reader::CrLf};
///
/// let mut lines = CrLf::default();
/// for op in ops(b"ccopy_reg\r\n_reconstructor\r\np0\r\n.") {
///     lines.see(&op?);
/// }
/// assert_eq!(lines.verdict().unwrap().names, 2);
/// # Ok::<(), pickscope::error::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrLf(Damage);

/// What [`CrLf`] counted in a stream that went through line end translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// Offset of the first opcode with such a line, from the start of the input.
    pub first: u64,
    /// Lines that hold a number, a quoted string, a module or a name.
    pub lines: u64,
    /// Those of them that end in a carriage return.
    pub carriage: u64,
    /// Those of them that are a module or a name: these can't be found by any loader.
    pub names: u64,
}

impl CrLf {
    /// Takes the next opcode of the stream into account.
    #[inline]
    pub fn see(&mut self, op: &Op<'_>) {
        let none = self.0.carriage == 0;
        match op.argument {
            Argument::Pair { module, name } => {
                for part in [module, name] {
                    let carriage = self.line(part);
                    self.0.names = self.0.names.saturating_add(carriage);
                }
            }
            // Text and persistent ids may end in a carriage return of their own: `save_str` of pickle.py escapes it in
            // a UNICODE line only since Python 3.7.
            Argument::Line(line)
                if !matches!(op.opcode.shape(), Shape::UnicodeLine | Shape::PlainLine) =>
            {
                self.line(line);
            }
            _ => {}
        }
        if none && self.0.carriage > 0 {
            self.0.first = op.offset;
        }
    }

    fn line(&mut self, line: &[u8]) -> u64 {
        let carriage = u64::from(line.ends_with(b"\r"));
        self.0.lines = self.0.lines.saturating_add(1);
        self.0.carriage = self.0.carriage.saturating_add(carriage);
        carriage
    }

    /// The counts, if more than half of the lines end in a carriage return.
    pub fn verdict(&self) -> Option<Damage> {
        (self.0.carriage > self.0.lines / 2).then_some(self.0)
    }
}

impl Damage {
    /// What the user should do now; `FILE` stands for the input.
    pub fn advice(&self) -> &'static str {
        "Undo it with: python3 -c \"import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().replace(b'\\r\\n', b'\\n'))\" < FILE | pickscope dump \
         (dos2unix and tr -d '\\r' do as well where every line is text; tr drops a carriage return that a string really held, too). \
         It comes from a file opened in text mode on Windows, a transfer as text, or version control that converts line ends; write pickles with open(path, 'wb')."
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} lines end in a carriage return",
            self.carriage, self.lines
        )
    }
}
