//! `dump --format pickletools`: what `pickletools.dis` of CPython 3.13 prints, byte for byte.
//!
//! Where `dis` raises, the text goes on: what `dis` had printed until then comes first, unchanged, and the reason goes
//! to the caller. Arguments are shown as `repr` shows them, so no control character of the input gets through.

use std::{
    fmt::{self, Write as _},
    io,
};

use crate::{
    decode::{
        Argument,
        text::{Integer, Meaning},
    },
    error::Fault,
    limits::{INDENT_BYTES, INDENT_LEVELS},
    opcode::{Opcode, Shape},
    report::pickletools::{Complaint, Note, Row, rows},
    repr::{ByteArray, Bytes, Chars, Float, Joined, Str},
};

/// How the text is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether each line ends in what its opcode does ([`Opcode::doc`]), from about column 30 on, as
    /// `python -m pickletools --annotate` has it.
    pub annotate: bool,
}

/// How the text ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Offset after STOP in the file; where there is none, of the fault.
    pub end: u64,
    /// How often `complain` was called: 0 where `dis` wouldn't have raised, and lines are as `dis` has them.
    pub complaints: u64,
    /// Why the bytes can't be split into opcodes up to a STOP. `dis` raises then too, without a further line.
    pub fault: Option<Fault>,
}

/// Writes what `pickletools.dis` prints for the pickle that starts at the first of `bytes`. Only that pickle is
/// written; its offsets are counted from `base`, the place of that byte in its file.
///
/// `complain` gets the offset of an opcode and what `dis` would have raised there. All lines up to it are written and
/// flushed by then.
///
/// ```
/// use pickscope::render::pickletools::{Options, dis};
///
/// let mut text = Vec::new();
/// dis(b"]K\x07a.", 0, Options::default(), &mut text, &mut |_, _| {})?;
/// assert_eq!(
///     String::from_utf8_lossy(&text),
///     "    0: ]    EMPTY_LIST\n    1: K    BININT1    7\n    3: a    APPEND\n    4: .    STOP\n\
///      highest protocol among opcodes = 1\n"
/// );
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of `out`.
pub fn dis(
    bytes: &[u8],
    base: u64,
    options: Options,
    out: &mut dyn io::Write,
    complain: &mut dyn FnMut(u64, &Complaint<'_>),
) -> io::Result<Outcome> {
    let mut screen = Screen {
        out,
        buffer: Vec::with_capacity(FULL.saturating_mul(2)),
        columns: None,
        indentation: Some(INDENT_BYTES),
        failed: None,
    };
    let mut complaints = 0_u64;
    let mut tell = |screen: &mut Screen<'_>, offset: u64, complaint: &Complaint<'_>| {
        complaints = complaints.saturating_add(1);
        screen.flush()?;
        complain(offset, complaint);
        io::Result::Ok(())
    };
    let mut column = options.annotate.then_some(ANNOTATE);
    let mut indentation_told = false;
    let mut rows = rows(bytes, base);
    let mut stop = base;
    let mut fault = None;
    for row in &mut rows {
        let row = match row {
            Ok(row) => row,
            Err(why) => {
                fault = Some(why);
                break;
            }
        };
        stop = row.offset;
        let shown = screen.line(&row, column.as_mut())?;
        if screen.indentation.is_none() && !indentation_told {
            indentation_told = true;
            tell(&mut screen, row.offset, &Complaint::Indentation)?;
        }
        if shown == Shown::InHex {
            tell(&mut screen, row.offset, &Complaint::Digits)?;
        }
        if let Some(complaint) = &row.complaint {
            tell(&mut screen, row.offset, complaint)?;
        }
    }
    if fault.is_none() {
        screen.push(b"highest protocol among opcodes = ")?;
        screen.number(rows.highest_protocol().unwrap_or_default())?;
        screen.push(b"\n")?;
        if !rows.stack().is_empty() {
            tell(&mut screen, stop, &Complaint::Leftover(rows.stack()))?;
        }
    }
    screen.flush()?;
    Ok(Outcome {
        end: rows.offset(),
        complaints,
        fault,
    })
}

/// Where annotations start at first: what `python -m pickletools --annotate` gives to `dis`.
const ANNOTATE: usize = 30;
/// A line that is longer sends the next annotation back to [`ANNOTATE`].
const ANNOTATE_AT_MOST: usize = 50;
/// How wide offsets are at least.
const OFFSET_WIDTH: usize = 5;
/// How wide names are where an argument follows.
const NAME_WIDTH: usize = 10;
/// How many blanks a level of MARK is worth.
const INDENT: usize = 4;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// How many bytes of text are gathered before they are written.
const FULL: usize = 32 << 10;

/// How an argument got shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// As `dis` shows it, or escaped where `dis` shows none.
    Plainly,
    /// In hexadecimal, for it has more digits than CPython converts.
    InHex,
}

/// Gathers lines in one buffer and hands them on when it is full.
struct Screen<'w> {
    out: &'w mut dyn io::Write,
    buffer: Vec<u8>,
    /// How many characters the line has so far, where someone asks.
    columns: Option<usize>,
    /// How much indentation is left for deep lines; `None` from the first one on that got too little.
    indentation: Option<usize>,
    /// What went wrong while a `Display` was written here, whose error can't tell.
    failed: Option<io::Error>,
}

impl Screen<'_> {
    #[inline(always)]
    fn push(&mut self, text: &[u8]) -> io::Result<()> {
        if let Some(columns) = &mut self.columns {
            // Each character of UTF-8 has one byte that doesn't continue another.
            let characters = text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
            *columns = columns.saturating_add(characters);
        }
        if text.len() >= FULL {
            self.hand_on()?;
            return self.out.write_all(text);
        }
        self.buffer.extend_from_slice(text);
        match self.buffer.len() >= FULL {
            true => self.hand_on(),
            false => Ok(()),
        }
    }

    #[cold]
    fn hand_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    #[cold]
    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }

    #[inline(always)]
    fn number(&mut self, number: impl itoa::Integer) -> io::Result<()> {
        self.push(itoa::Buffer::new().format(number).as_bytes())
    }

    fn show(&mut self, shown: impl fmt::Display) -> io::Result<()> {
        write!(self, "{shown}").map_err(|error| {
            let failed = self.failed.take();
            failed.unwrap_or_else(|| io::Error::other(error))
        })
    }

    #[inline(always)]
    fn blanks(&mut self, mut count: usize) -> io::Result<()> {
        const BLANKS: [u8; 256] = [b' '; 256];
        while let Some(blanks) = BLANKS.get(..count.min(BLANKS.len()))
            && count > 0
        {
            self.push(blanks)?;
            count = count.saturating_sub(blanks.len());
        }
        Ok(())
    }

    /// Writes one row. `column` is where annotations start, if there are to be any.
    #[inline(always)]
    fn line(&mut self, row: &Row<'_>, column: Option<&mut usize>) -> io::Result<Shown> {
        let opcode = row.op.opcode;
        let mut digits = itoa::Buffer::new();
        let offset = digits.format(row.offset);
        self.blanks(OFFSET_WIDTH.saturating_sub(offset.len()))?;
        self.push(offset.as_bytes())?;
        self.push(b": ")?;

        // `dis` counts columns behind the offset.
        self.columns = column.is_some().then_some(0);
        self.code(opcode)?;
        let indentation = self.indentation(row.depth);
        self.blanks(indentation)?;
        let name = opcode.name();
        self.push(name.as_bytes())?;
        let mut shown = Shown::Plainly;
        let has_argument = opcode.shape() != Shape::None;
        if has_argument || row.note.is_some() {
            self.blanks(NAME_WIDTH.saturating_sub(name.len()))?;
        }
        if has_argument {
            self.push(b" ")?;
            shown = self.argument(row)?;
        }
        if let Some(note) = row.note {
            self.push(b" ")?;
            self.note(note)?;
        }
        if let Some(column) = column {
            let length = self.columns.unwrap_or_default();
            self.blanks(column.saturating_sub(length))?;
            *column = match length.max(*column) {
                column if column > ANNOTATE_AT_MOST => ANNOTATE,
                column => column,
            };
            self.push(b" ")?;
            self.push(opcode.doc().as_bytes())?;
        }
        self.push(b"\n")?;
        Ok(shown)
    }

    /// How far a line inside so many marks is indented.
    #[inline(always)]
    fn indentation(&mut self, depth: usize) -> usize {
        let whole = INDENT.saturating_mul(depth);
        if depth <= INDENT_LEVELS {
            return whole;
        }
        self.indentation = self.indentation.and_then(|left| left.checked_sub(whole));
        match self.indentation {
            Some(_) => whole,
            None => INDENT.saturating_mul(INDENT_LEVELS),
        }
    }

    /// The opcode's byte, as `repr` shows the character of that number.
    #[inline(always)]
    fn code(&mut self, opcode: Opcode) -> io::Result<()> {
        let byte = opcode.byte();
        match byte.is_ascii_graphic() {
            true => self.push(&[byte, b' ', b' ', b' ', b' ']),
            false => {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'?');
                self.push(&[b'\\', b'x', digit(byte >> 4), digit(byte & 0xf), b' '])
            }
        }
    }

    #[inline(always)]
    fn argument(&mut self, row: &Row<'_>) -> io::Result<Shown> {
        match (&row.meaning, row.op.argument) {
            (Ok(_), Argument::Int(number)) => self.number(number)?,
            (Ok(_), Argument::Uint(number)) => self.number(number)?,
            (Ok(meaning), _) => return self.meaning(row.op.opcode.shape(), meaning),
            (Err(_), Argument::Line(bytes) | Argument::Bytes(bytes)) => self.show(Bytes(bytes))?,
            (Err(_), Argument::Pair { module, name }) => {
                self.show(format_args!("{} {}", Bytes(module), Bytes(name)))?;
            }
            (Err(_), _) => {}
        }
        Ok(Shown::Plainly)
    }

    fn meaning(&mut self, shape: Shape, meaning: &Meaning<'_>) -> io::Result<Shown> {
        match meaning {
            Meaning::Bool(true) => self.push(b"True")?,
            Meaning::Bool(false) => self.push(b"False")?,
            Meaning::Int(number) => return self.integer(number),
            Meaning::Float(number) => self.show(Float(*number))?,
            Meaning::Str(text) => self.show(Str(text.into()))?,
            Meaning::Names { module, name } => {
                self.show(Joined(&[module.into(), Chars::Utf8(" "), name.into()]))?;
            }
            Meaning::Bytes(bytes) => match shape {
                Shape::Bytearray8 => self.show(ByteArray(bytes))?,
                // `pickletools` reads the str of Python 2 as Latin-1.
                Shape::StringLine | Shape::String1 | Shape::String4 => {
                    self.show(Str(Chars::Latin1(bytes)))?;
                }
                _ => self.show(Bytes(bytes))?,
            },
            _ => {}
        }
        Ok(Shown::Plainly)
    }

    fn integer(&mut self, number: &Integer<'_>) -> io::Result<Shown> {
        if let Some(number) = number.to_i64() {
            self.number(number)?;
        } else if let Some(digits) = number.decimal() {
            self.push(digits.as_bytes())?;
        } else {
            self.push(number.hex().unwrap_or_default().as_bytes())?;
            return Ok(Shown::InHex);
        }
        Ok(Shown::Plainly)
    }

    #[inline(always)]
    fn note(&mut self, note: Note) -> io::Result<()> {
        let (before, number) = match note {
            Note::MarkAt(offset) => (&b"(MARK at "[..], offset),
            Note::As(index) => (&b"(as "[..], index),
            Note::NoMark => return self.show(note),
        };
        self.push(before)?;
        self.number(number)?;
        self.push(b")")
    }
}

impl fmt::Write for Screen<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            fmt::Error
        })
    }
}
