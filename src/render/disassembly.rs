//! Bytecode for people: a line an instruction, as `dis` has them.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};

use crate::{
    code::{bytecode::tables::Shows, repr::Budget},
    report::{
        code::Report,
        disassembly::{Bytecode, Row, handler, rows},
    },
    repr::Visible,
};

use super::{Screen, shown::Utf8};

const FRAME: Style = Style::new().dimmed();
const OPCODE: Style = AnsiColor::Cyan.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Columns of line, label, offset, opcode and argument.
const LINE: usize = 5;
const LABEL: usize = 5;
const OFFSET: usize = 5;
const OPNAME: usize = 20;
const ARG: usize = 5;

/// So many bytes that are no instructions stand in a line.
const RAW: usize = 16;

/// Writes bytecode, each line behind `indent` columns. Jumps are told as that Python's `dis` does, and where it tells nothing, by
/// offset; constants as far as the budget goes.
///
/// # Errors
/// Those of `out`.
pub fn write(
    bytecode: &Bytecode<'_, '_>,
    indent: usize,
    screen: Screen,
    budget: &mut Budget,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut text = Page {
        screen,
        indent,
        text: Vec::new(),
    };
    match bytecode {
        Bytecode::Raw(bytes) => {
            for (number, line) in bytes.chunks(RAW).enumerate() {
                text.raw(number.saturating_mul(RAW), line);
                text.flush(out)?;
            }
        }
        Bytecode::Instructions(disassembly) => {
            let disassembly = disassembly.clone().with_handlers();
            let labels = disassembly.table().shows() == Shows::Labels;
            for row in rows(&disassembly, budget) {
                text.row(&row, labels);
                text.flush(out)?;
            }
            let rest = disassembly.rest();
            if let Some(rest) = disassembly
                .bytes()
                .len()
                .checked_sub(rest)
                .and_then(|start| Some((start, disassembly.bytes().get(start..)?)))
                .filter(|(_, rest)| !rest.is_empty())
            {
                text.raw(rest.0, rest.1);
                text.flush(out)?;
            }
            for row in disassembly.handlers() {
                let place = |offset: i64| match disassembly.label(offset) {
                    Some(label) if labels => format!("L{label}"),
                    _ => offset.to_string(),
                };
                text.start();
                text.styled(FRAME, "except ");
                text.cut(None, &handler(&row, place), 7);
                text.text.push(b'\n');
                text.flush(out)?;
            }
        }
    }
    Ok(())
}

/// Bytecode that stands in pickles, by the offset of the opcode whose value it is: what `dump --disassemble` shows below that.
#[derive(Debug, Default)]
pub struct Below(HashMap<u64, Vec<u8>>);

impl Below {
    /// All that is written below the opcode at an offset.
    pub fn at(&self, offset: u64) -> Option<&[u8]> {
        self.0.get(&offset).map(Vec::as_slice)
    }

    /// Takes in what a pickle stores by value. Each line is to stand behind `indent` columns.
    ///
    /// # Errors
    /// None: memory takes all that is written.
    pub fn take(
        &mut self,
        report: &mut Report<'_, '_>,
        indent: usize,
        screen: Screen,
    ) -> io::Result<()> {
        for (place, code) in report.places() {
            let Some(bytecode) = report.bytecode(code) else {
                continue;
            };
            let mut page = Page {
                screen,
                indent,
                text: Vec::new(),
            };
            let name = report.name(code);
            let reads = match &bytecode {
                Bytecode::Instructions(disassembly) => {
                    format!("as Python {} reads it:", disassembly.python())
                }
                Bytecode::Raw(_) => "of no Python that is known:".to_owned(),
            };
            page.start();
            page.cut(Some(FRAME), &format!("code {name}, {reads}"), 0);
            page.text.push(b'\n');
            let text = self.0.entry(place).or_default();
            text.append(&mut page.text);
            write(&bytecode, indent, screen, report.budget(), text)?;
        }
        Ok(())
    }
}

struct Page {
    screen: Screen,
    indent: usize,
    text: Vec<u8>,
}

impl Page {
    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    fn start(&mut self) {
        let indent = self.indent;
        let _ = write!(Utf8(&mut self.text), "{:indent$}", "");
    }

    fn row(&mut self, row: &Row<'_>, labels: bool) {
        let line = match (row.starts_line, row.line) {
            (true, Some(line)) => line.to_string(),
            (true, None) => "--".to_owned(),
            (false, _) => String::new(),
        };
        let label = match row.label {
            Some(label) if labels => format!("L{label}:"),
            Some(_) => ">>".to_owned(),
            None => String::new(),
        };
        let arg = row.arg.map_or(String::new(), |arg| arg.to_string());
        let head = format!("{line:>LINE$} {label:>LABEL$} {:>OFFSET$}  ", row.offset);
        let offset = head.len();
        self.start();
        self.styled(FRAME, &head);
        let told = row.trouble.is_some() || !row.argrepr.is_empty() || row.target.is_some();
        if arg.is_empty() && !told {
            self.styled(OPCODE, &row.opname);
            self.text.push(b'\n');
            return;
        }
        self.styled(OPCODE, &format!("{:<OPNAME$}", row.opname));
        // A long name takes of the argument's columns.
        let room = ARG.saturating_sub(row.opname.len().saturating_sub(OPNAME));
        let arg = format!(" {arg:>room$}");
        let _ = Utf8(&mut self.text).write_str(&arg);
        let before = offset + row.opname.len().max(OPNAME) + arg.len();
        if let Some(trouble) = &row.trouble {
            self.text.extend_from_slice(b"  ");
            self.cut(Some(BAD), &trouble.to_string(), before + 2);
        } else if !row.argrepr.is_empty() {
            self.text.extend_from_slice(b"  ");
            self.cut(None, &row.argrepr, before + 2);
        } else if let Some(target) = row.target {
            self.text.extend_from_slice(b"  ");
            self.cut(None, &format!("to {target}"), before + 2);
        }
        self.text.push(b'\n');
    }

    fn raw(&mut self, offset: usize, bytes: &[u8]) {
        let head = format!("{:>width$}  ", offset, width = LINE + LABEL + OFFSET + 2);
        self.start();
        self.styled(FRAME, &head);
        let words: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let _ = Utf8(&mut self.text).write_str(&words.join(" "));
        self.text.push(b'\n');
    }

    /// Writes text that may be of the input, no further than the screen goes.
    fn cut(&mut self, style: Option<Style>, text: &str, before: usize) {
        let room = match self.screen.full {
            true => usize::MAX,
            false => self
                .screen
                .width
                .saturating_sub(self.indent.saturating_add(before))
                .max(12),
        };
        let mut shown = String::new();
        let mut visible = Visible(&mut shown);
        // What isn't of a repr may hold anything. More than fits is not looked at.
        for character in text.chars().take(room.saturating_add(1)) {
            let _ = match character {
                control if control.is_ascii_control() => {
                    write!(visible, "\\x{:02x}", u32::from(control))
                }
                other => visible.write_char(other),
            };
        }
        if shown.chars().count() > room {
            let end = shown
                .char_indices()
                .nth(room.saturating_sub(1))
                .map_or(shown.len(), |(at, _)| at);
            shown.truncate(end);
            shown.push('…');
        }
        self.styled(style.unwrap_or_default(), &shown);
    }

    fn styled(&mut self, style: Style, text: &str) {
        let mut out = Utf8(&mut self.text);
        // Writing to memory doesn't fail.
        let _ = if self.screen.color && style != Style::new() {
            write!(out, "{}{text}{}", style.render(), style.render_reset())
        } else {
            write!(out, "{text}")
        };
    }
}
