//! `dump` for people: a line an opcode, and at the end what is stored how and what is wrong.

mod cell;
mod offset;
mod summary;
mod written;

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};

use crate::{
    count::Counted,
    decode::{self, Argument, Op, text},
    limits,
    lookup::resolve::Reason,
    machine::{Value, lookup::Target},
    opcode::{Item, Opcode, Storage},
    reader::{Raw, Reading, Trouble},
    report::{
        dump::{End, Line, More, Row, Said},
        problem::{Problem, ProblemKind, Severity},
        resolving::Resolving,
    },
    repr::{Chars, Visible},
};

use super::{
    Screen,
    disassembly::Below,
    shown::{Shown, Utf8, dotted},
};
use cell::Cells;
use offset::{Offset, push};
use written::{decimal, float, value};
pub(super) use written::{found, kind_name, number, protocol, spoken};

/// Columns from an opcode's name, with its indentation, to its argument.
const NAME: usize = 21;

/// Columns that an argument has at the least, however narrow the screen.
const NARROWEST: usize = 24;

/// Columns that a memo index or a word stands in before what is said of an opcode.
const SAID: usize = 10;

/// So many levels are indented; deeper ones are told by their number, or a nest of marks would print quadratically.
const LEVELS: u64 = 8;

/// So many bytes of lines are gathered.
const GATHERED: usize = 4 << 10;

/// So many names, and so many problems, are listed at a pickle's end.
const LISTED: usize = 12;

const OFFSET: Style = Style::new().dimmed();
const REFERENCE: Style = AnsiColor::Yellow.on_default();
const VALUE: Style = AnsiColor::Green.on_default();
const HEADING: Style = Style::new().bold();
const NOTE: Style = AnsiColor::Cyan.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// Writes the rows of an input of `length` bytes, headed by `heading` if there is one.
///
/// # Errors
/// Those of `out`.
pub fn dump<'a>(
    heading: Option<&str>,
    length: u64,
    rows: impl Iterator<Item = Row<'a>>,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    dump_with(heading, length, rows, &Below::default(), screen, out)
}

/// The same, with bytecode below the opcodes that have it.
///
/// # Errors
/// Those of `out`.
pub fn dump_with<'a>(
    heading: Option<&str>,
    length: u64,
    rows: impl Iterator<Item = Row<'a>>,
    below: &Below,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        begun: false,
        lines: Vec::with_capacity(2 * GATHERED),
        out,
        offset: Offset::new(length),
        cells: Cells::new(screen.color),
        problems: Vec::new(),
        unlisted: 0,
    };
    if let Some(heading) = heading {
        page.styled(HEADING, format_args!("{heading}"));
        page.end_line()?;
    }
    // From within: so a row is made where it is written, and not carried from iterator to iterator.
    let mut rows = rows;
    rows.try_for_each(|row| {
        let below = match &row {
            Row::Line(line) => below.at(line.op.offset),
            _ => None,
        };
        page.row(row)?;
        if let Some(text) = below {
            page.hand_on()?;
            page.out.write_all(text)?;
        }
        io::Result::Ok(())
    })?;
    page.hand_on()
}

struct Page<'o> {
    screen: Screen,
    /// Whether a pickle was shown.
    begun: bool,
    /// The line at hand, behind whole lines that are to be written with it.
    lines: Vec<u8>,
    out: &'o mut dyn Write,
    offset: Offset,
    cells: Cells,
    /// The problems of the pickle at hand, as they are told at its end, with what they weigh where no loader gets to STOP,
    /// and where one does.
    problems: Vec<([Severity; 2], String)>,
    /// How many more there were.
    unlisted: u64,
}

impl Page<'_> {
    #[inline(always)]
    fn row(&mut self, row: Row<'_>) -> io::Result<()> {
        match row {
            Row::Line(line) => self.opcode(line),
            Row::Start { pickle, offset } => self.start(pickle, offset),
            Row::Raw { raw, .. } => self.raw(&raw),
            Row::Fails {
                offset, resolving, ..
            } => self.fails(offset, &resolving),
            Row::End(end) => self.end(&end),
            Row::Problem(problem) => self.problem(&problem),
        }
    }

    fn start(&mut self, pickle: u64, offset: u64) -> io::Result<()> {
        self.problems.clear();
        self.unlisted = 0;
        if self.begun {
            self.end_line()?;
        }
        self.begun = true;
        if pickle > 0 {
            self.begin(HEADING);
            self.lines.extend_from_slice(b"pickle ");
            decimal(pickle, &mut self.lines);
            self.lines.extend_from_slice(b", from offset ");
            decimal(offset, &mut self.lines);
            self.finish(HEADING);
            self.end_line()?;
        }
        self.begin(OFFSET);
        self.pad(self.offset.width().saturating_sub("offset".len()));
        self.lines.extend_from_slice(b"offset  by   opcode");
        self.pad(NAME - "opcode".len());
        self.lines.extend_from_slice(b" argument");
        self.finish(OFFSET);
        self.end_line()
    }

    /// A line for an opcode: the hot path of a report, so nothing is formatted that can be copied.
    ///
    /// What is said is taken apart here, variant by variant and by value: so the others have nothing to drop, for which a
    /// function would be called.
    #[inline(always)]
    fn opcode(&mut self, line: Line<'_>) -> io::Result<()> {
        let Line {
            op,
            depth,
            mark,
            said,
            ..
        } = line;
        self.offset(op.offset);
        let cell = self.cells.of(op.opcode, depth);
        let argument = !matches!(op.argument, Argument::None);
        let silent = matches!(said, Said::Nothing);
        let beyond = depth > LEVELS;
        if !argument && mark.is_none() && silent && !beyond {
            push(&cell.text, cell.bare, &mut self.lines);
            return self.end_line();
        }
        push(&cell.text, cell.whole, &mut self.lines);
        let used = self.offset.width() + cell.columns;
        let room = self.screen.width.saturating_sub(used).max(NARROWEST);
        let room = (!self.screen.full).then_some(room);
        let is_text = cell.is_text;
        self.argument(op.opcode, op.argument, op.offset, is_text, room);
        if let Some(mark) = mark {
            self.marked(mark, argument);
        }
        if !silent && (argument || mark.is_some()) {
            self.lines.extend_from_slice(b"  ");
        }
        match said {
            Said::Nothing => {}
            Said::Memo(index) => {
                self.begin(OFFSET);
                decimal(index, &mut self.lines);
                self.finish(OFFSET);
            }
            Said::AgainRead(bytes) => self.again(bytes, room),
            Said::Again(value) => self.dimmed("", value),
            Said::On(value) => self.dimmed(does(op.opcode), value),
            Said::More(more) => self.more(*more, op.opcode, room),
        }
        if beyond {
            self.level(depth);
        }
        self.end_line()
    }

    /// Where the mark stands that an opcode takes.
    fn marked(&mut self, mark: u64, argument: bool) {
        self.begin(OFFSET);
        let before: &[u8] = if argument {
            b"  from MARK at "
        } else {
            b"from MARK at "
        };
        self.lines.extend_from_slice(before);
        decimal(mark, &mut self.lines);
        self.finish(OFFSET);
    }

    #[cold]
    fn level(&mut self, depth: u64) {
        self.dim(format_args!(" (level {depth})"));
    }

    /// Writes an argument. What nearly all are is dealt with here, all else by [`rare`](Self::rare), which alone needs the
    /// opcode as a whole.
    #[inline(always)]
    fn argument(
        &mut self,
        opcode: Opcode,
        argument: Argument<'_>,
        offset: u64,
        is_text: bool,
        room: Option<usize>,
    ) {
        match argument {
            Argument::None => return,
            _ => self.begin_as(opcode),
        }
        match argument {
            Argument::Int(number) => decimal(number, &mut self.lines),
            // Plain bytes of text are the same to every reader.
            Argument::Bytes(bytes)
                if is_text
                    && Shown::Text(Chars::Latin1(bytes)).write_plain(&mut self.lines, room) => {}
            Argument::Float(number) => float(number, &mut self.lines),
            argument => self.rare(opcode, argument, offset, room),
        }
        self.finish_as(opcode);
    }

    #[inline(never)]
    fn rare(&mut self, opcode: Opcode, argument: Argument<'_>, offset: u64, room: Option<usize>) {
        let out = &mut self.lines;
        match (argument, opcode) {
            (Argument::Uint(number), Opcode::Frame) => {
                let _ = write!(Utf8(out), "{}", Counted(number, "byte"));
            }
            (Argument::Pair { module, name }, _) => {
                dotted(&[Some(module), Some(name)], out, room);
            }
            (argument, opcode) => {
                let op = Op {
                    offset,
                    opcode,
                    argument,
                };
                value(&op, text::usual(&op), room, out);
            }
        }
    }

    /// Turns on the colour of what an opcode stores.
    #[inline(always)]
    fn begin_as(&mut self, opcode: Opcode) {
        if self.screen.color {
            colour(&mut self.lines, style_of(opcode).render());
        }
    }

    #[inline(always)]
    fn finish_as(&mut self, opcode: Opcode) {
        if self.screen.color {
            colour(&mut self.lines, style_of(opcode).render_reset());
        }
    }

    /// Bytes that are no opcodes.
    fn raw(&mut self, raw: &Raw) -> io::Result<()> {
        self.offset(raw.span.start);
        if raw.is_pickle {
            self.lines.extend_from_slice(b"       ");
            self.styled(HEADING, format_args!("a pickle inside: {}", raw.what));
        } else {
            self.word(VALUE, b"  val  ");
            self.lines.extend_from_slice(b"raw bytes            ");
            self.styled(VALUE, format_args!("{}", raw.what));
            if raw.padding > 0 {
                let padding = Counted(raw.padding, "byte");
                self.dim(format_args!(" ({padding} before the data)"));
            }
        }
        self.end_line()
    }

    /// The argument of an opcode, which begins these bytes, where its value is pushed again.
    #[inline(never)]
    fn again(&mut self, bytes: &[u8], room: Option<usize>) {
        if let Some(Ok(op)) = decode::ops(bytes).next() {
            let is_text = op.opcode.stack_after() == [Item::Str];
            let half = room.map(|room| room / 2);
            self.argument(op.opcode, op.argument, op.offset, is_text, half);
        }
    }

    #[inline(never)]
    fn more(&mut self, more: More<'_>, opcode: Opcode, room: Option<usize>) {
        match more {
            More::AgainFound(lookup) | More::Lookup(lookup) => self.target(&lookup.target, room),
            More::OnFound(lookup) => {
                self.word(OFFSET, does(opcode).as_bytes());
                self.target(&lookup.target, room);
            }
            More::StandsFor(words) => {
                if opcode == Opcode::Build {
                    self.word(OFFSET, does(opcode).as_bytes());
                }
                self.begin(REFERENCE);
                spoken(&words, room, &mut self.lines);
                self.finish(REFERENCE);
            }
        }
    }

    /// What a value is and where it was made, behind what is done to it.
    #[inline(never)]
    fn dimmed(&mut self, does: &str, value: Value) {
        self.begin(OFFSET);
        self.lines.extend_from_slice(does.as_bytes());
        self.lines.extend_from_slice(value.kind().name().as_bytes());
        self.lines.extend_from_slice(b" at ");
        decimal(value.offset(), &mut self.lines);
        self.finish(OFFSET);
    }

    fn target(&mut self, target: &Target<'_>, room: Option<usize>) {
        self.begin(REFERENCE);
        // It stands whole where it comes from.
        let room = room.map_or(limits::REPEATED, |room| room.saturating_sub(SAID));
        found(target, Some(room), &mut self.lines);
        self.finish(REFERENCE);
    }

    /// A line under a lookup that fails on Pythons that were asked for.
    fn fails(&mut self, offset: u64, resolving: &Resolving) -> io::Result<()> {
        let (pythons, reason) = (resolving.fails(), resolving.reason());
        let reason = reason.map_or("", Reason::words);
        self.offset(offset);
        self.lines.extend_from_slice(b"  ");
        self.styled(
            WRONG,
            format_args!("!    fails on {pythons}: {reason} (pickscope explain tells more)"),
        );
        self.end_line()
    }

    fn problem(&mut self, problem: &Problem<'_>) -> io::Result<()> {
        if matches!(problem.kind, ProblemKind::NoPickle(_)) {
            // There is no report to be part of: it is told on standard error.
            return Ok(());
        }
        let style = match problem.severity() {
            Severity::Note => NOTE,
            Severity::Ambiguous | Severity::Fault => WRONG,
        };
        if problem.pickle.is_some() {
            if self.problems.len() < LISTED {
                self.problems.push((
                    [Reading::Incomplete, Reading::Ambiguous]
                        .map(|reading| problem.severity_if(Some(reading))),
                    format!("{} (at offset {})", problem.kind, problem.offset),
                ));
            } else {
                self.unlisted += 1;
            }
        }
        if matches!(problem.kind, ProblemKind::Pickle(Trouble::Fault(_))) {
            // No opcode is left to stand beside: the summary comes next.
            return Ok(());
        }
        self.offset(problem.offset);
        self.lines.extend_from_slice(b"  ");
        self.styled(style, format_args!("!    {}", problem.kind));
        self.end_line()
    }

    fn end(&mut self, end: &End<'_>) -> io::Result<()> {
        self.end_line()?;
        let read = match end.read.reading {
            Reading::Complete => "read whole",
            Reading::Ambiguous => "read to STOP, but loaders differ",
            Reading::Incomplete => "not whole",
        };
        self.styled(
            HEADING,
            format_args!(
                "{}, {}, {}, {read}",
                protocol(&end.read),
                Counted(end.read.span.length(), "byte"),
                Counted(end.read.tally.opcodes(), "opcode"),
            ),
        );
        self.end_line()?;
        summary::write(end, self.screen.width, &mut self.lines);
        for ([none, some], problem) in std::mem::take(&mut self.problems) {
            let severity = match end.read.reading {
                Reading::Incomplete => none,
                Reading::Ambiguous | Reading::Complete => some,
            };
            let style = if severity == Severity::Note {
                NOTE
            } else {
                WRONG
            };
            self.lines.extend_from_slice(b"  ");
            self.styled(style, format_args!("{}: {problem}", severity.name()));
            self.end_line()?;
        }
        if self.unlisted > 0 {
            let unlisted = self.unlisted;
            self.styled(
                WRONG,
                format_args!("  and {unlisted} more, each told at its opcode above"),
            );
            self.end_line()?;
        }
        Ok(())
    }

    #[inline(always)]
    fn offset(&mut self, offset: u64) {
        self.begin(OFFSET);
        self.offset.write(offset, &mut self.lines);
        self.finish(OFFSET);
    }

    /// Writes blanks, fewer than there are columns before an argument.
    #[inline(always)]
    fn pad(&mut self, columns: usize) {
        push(&[b' '; NAME + 3], columns, &mut self.lines);
    }

    fn word(&mut self, style: Style, word: &[u8]) {
        self.begin(style);
        self.lines.extend_from_slice(word);
        self.finish(style);
    }

    fn dim(&mut self, text: std::fmt::Arguments<'_>) {
        self.styled(OFFSET, text);
    }

    fn styled(&mut self, style: Style, text: std::fmt::Arguments<'_>) {
        self.begin(style);
        // Writing to memory doesn't fail.
        let _ = Visible(&mut Utf8(&mut self.lines)).write_fmt(text);
        self.finish(style);
    }

    #[inline(always)]
    fn begin(&mut self, style: Style) {
        if self.screen.color {
            colour(&mut self.lines, style.render());
        }
    }

    #[inline(always)]
    fn finish(&mut self, style: Style) {
        if self.screen.color {
            colour(&mut self.lines, style.render_reset());
        }
    }

    /// Ends the line. A few are gathered before they are written: `out` takes a lock for each piece.
    #[inline(always)]
    fn end_line(&mut self) -> io::Result<()> {
        self.lines.push(b'\n');
        match self.lines.len() >= GATHERED {
            true => self.hand_on(),
            false => Ok(()),
        }
    }

    #[inline(never)]
    fn hand_on(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.lines);
        self.lines.clear();
        written
    }
}

/// What an opcode does to a value, before that.
fn does(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Build => "state of ",
        _ => "calls ",
    }
}

/// The colour of what an opcode stores.
fn style_of(opcode: Opcode) -> Style {
    match opcode.stores() {
        Some(Storage::Reference) => REFERENCE,
        Some(Storage::Value) => VALUE,
        None => Style::new(),
    }
}

/// What turns a colour on or off.
#[cold]
#[inline(never)]
fn colour(line: &mut Vec<u8>, code: impl std::fmt::Display) {
    // Writing to memory doesn't fail.
    let _ = write!(Utf8(line), "{code}");
}
