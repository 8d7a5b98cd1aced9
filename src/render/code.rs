//! `code` for people: each function, class and module, what it has and what it needs.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};

use crate::{
    code::{needs::Status, writer::Writer},
    count::Counted,
    python::Pythons,
    reader::Reading,
    report::{
        code::{Class, Entry, Facts, Function, Report, Told, What, told},
        tree::Grown,
    },
    repr::Visible,
};

use super::{Screen, disassembly, shown::Utf8};

const HEADING: Style = Style::new().bold();
const FRAME: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default();
const REFERENCE: Style = AnsiColor::Yellow.on_default();
const PLAIN: Style = Style::new();

/// Text is no wider than is read with ease.
const WIDEST: usize = 100;

/// Columns of what a row is called.
const LABEL: usize = 14;

/// So many items of a list are shown, and so many columns of one, unless all is asked for.
const ITEMS: usize = 24;
const COLUMNS: usize = 60;

/// So many entries inside another are shown unless all are asked for.
const INSIDE: usize = 40;

/// What stands deeper than so many levels is indented no further.
const INDENTED: usize = 12;

/// Writes what inputs store by value.
#[derive(Debug)]
pub struct Page {
    screen: Screen,
    disassemble: bool,
    text: Vec<u8>,
    indent: usize,
    entries: u64,
    pickles: u64,
    /// Whether a pickle isn't read to its end.
    broken: bool,
    /// What holds for many entries, and is told once for all.
    once: Vec<String>,
    /// What the code fits that was judged last.
    judged: Option<Pythons>,
}

impl Page {
    /// A page on a screen, with the instructions of code if it is to be disassembled.
    pub fn new(screen: Screen, disassemble: bool) -> Self {
        Self {
            screen,
            disassemble,
            text: Vec::new(),
            indent: 0,
            entries: 0,
            pickles: 0,
            broken: false,
            once: Vec::new(),
            judged: None,
        }
    }

    /// Writes what a pickle stores by value; `several` says whether it is one of several.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn pickle(
        &mut self,
        grown: &Grown<'_>,
        report: &mut Report<'_, '_>,
        several: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.pickles += 1;
        self.broken |= grown.pickle.reading == Reading::Incomplete;
        let entries = report.entries();
        if several && !(entries.is_empty() && report.stored.unread.is_empty()) {
            self.gap();
            let start = grown.pickle.span.start;
            let title = format!("pickle {}, from offset {start}", grown.number);
            self.wrapped(HEADING, &title, 0, 2);
        }
        for entry in entries {
            self.entry(report, entry, grown, out)?;
        }
        for call in &report.stored.unread {
            self.gap();
            self.entries += 1;
            let note = format!(
                "note: at offset {}, a call of {} isn't as any library writes code ({}): tree shows it as the call that it is",
                call.place, call.callee, call.why
            );
            self.wrapped(BAD, &note, 0, 2);
        }
        self.flush(out)
    }

    /// Writes what is to be said of them all; with a name, `only` what has that name was asked for.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(&mut self, only: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        if self.entries > 0 {
            for note in std::mem::take(&mut self.once) {
                self.gap();
                self.wrapped(PLAIN, &note, 0, 0);
            }
            self.gap();
            let judged = "This is executable code. What it does can't be judged by the names that the pickle imports: \
                          read it.";
            self.wrapped(PLAIN, judged, 0, 0);
        } else if self.pickles > 0 {
            let what = match only {
                None => "o function, class or module".to_owned(),
                Some(name) => format!("o function, class or code {name}"),
            };
            let none = match self.broken {
                true => format!("As far as it can be read, n{what} is stored by value."),
                false => format!("N{what} is stored by value."),
            };
            self.wrapped(PLAIN, &none, 0, 0);
        }
        self.flush(out)
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    /// An empty line, but at the beginning.
    fn gap(&mut self) {
        if self.entries > 0 || !self.text.is_empty() {
            self.text.push(b'\n');
        }
    }

    /// Writes an entry with those inside it.
    fn entry(
        &mut self,
        report: &mut Report<'_, '_>,
        entry: Entry,
        grown: &Grown<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut open = vec![vec![entry].into_iter()];
        let mut around = None;
        while let Some(entries) = open.last_mut() {
            let Some(entry) = entries.next() else {
                open.pop();
                continue;
            };
            let told = report.told(entry, around, grown);
            around = Some((told.offset, told.length));
            self.gap();
            self.entries += 1;
            self.indent = open.len().saturating_sub(1).min(INDENTED) * 2;
            self.told(&told);
            if self.disassemble
                && let Some(facts) = told.what.facts()
            {
                self.bytecode(report, facts, out)?;
            }
            let mut inside = report.inside(entry);
            if inside.len() > INSIDE && !self.screen.full {
                let more = Counted((inside.len() - INSIDE) as u64, "entry");
                let more = more.to_string().replace("entrys", "entries");
                self.row(
                    "inside",
                    FRAME,
                    &format!("… {more} more are left out: --full has all"),
                );
                inside.truncate(INSIDE);
            }
            open.push(inside.into_iter());
            self.flush(out)?;
        }
        self.indent = 0;
        Ok(())
    }

    fn told(&mut self, told: &Told<'_>) {
        match &told.what {
            What::Function(function, facts) => {
                self.judged = None;
                self.heading(&format!(
                    "{} {}",
                    kind_of(facts.as_deref()),
                    function.signature
                ));
                self.stored(told);
                if let Some(facts) = facts {
                    self.facts(facts, function.qualname.as_deref(), &told.name);
                }
                self.function(function, facts.as_deref());
            }
            What::Code(facts) => {
                let title = match told.writer {
                    Some(_) => format!("code object {}", told.name),
                    None => format!("code {}, inside", told.name),
                };
                self.heading(&title);
                if told.writer.is_some() {
                    self.stored(told);
                }
                if told.writer.is_some() {
                    self.judged = None;
                }
                self.facts(facts, None, &told.name);
            }
            What::Class(class) => {
                let bases = class.bases.join(", ");
                let what = if class.is_enum { "enum" } else { "class" };
                self.heading(&format!("{what} {}({bases})", told.name));
                self.stored(told);
                self.class(class, &told.name);
            }
            What::Module(attributes) => {
                self.heading(&format!("module {}", told.name));
                self.stored(told);
                self.pairs("holds", attributes);
            }
        }
        if !told.references.is_empty() {
            self.list("by reference", REFERENCE, &told.references);
        }
        for (code, problem) in &told.problems {
            if *code != "dill-only-name" {
                self.row("note", PLAIN, problem);
            } else {
                self.once(format!("{problem}."));
            }
        }
    }

    /// Takes down what is to be told once for all.
    fn once(&mut self, note: String) {
        if !self.once.contains(&note) {
            self.once.push(note);
        }
    }

    /// Writes the instructions of code.
    fn bytecode(
        &mut self,
        report: &mut Report<'_, '_>,
        facts: &Facts<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let python = facts.pythons.iter().next();
        match (report.bytecode(facts.code), python) {
            (None, _) => {
                let why = "left out: too many share this code";
                self.row("instructions", PLAIN, why);
            }
            (Some(bytecode), Some(python)) => {
                self.row(
                    "instructions",
                    PLAIN,
                    &format!("as Python {python} reads them"),
                );
                self.flush(out)?;
                let indent = self.indent + 2;
                disassembly::write(&bytecode, indent, self.screen, report.budget(), out)?;
            }
            (Some(bytecode), None) => {
                let why = "of no Python that is known: these are its bytes";
                self.row("instructions", BAD, why);
                self.flush(out)?;
                let indent = self.indent + 2;
                disassembly::write(&bytecode, indent, self.screen, report.budget(), out)?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, title: &str) {
        let indent = self.indent;
        self.wrapped(HEADING, title, indent, indent + 4);
    }

    fn stored(&mut self, told: &Told<'_>) {
        let length = Counted(told.length, "byte");
        let by = told.writer.as_ref().map_or(String::new(), by);
        let offset = told.offset;
        self.row(
            "stored",
            PLAIN,
            &format!("by value{by}: {length} from offset {offset} on"),
        );
    }

    fn facts(&mut self, facts: &Facts<'_>, qualname: Option<&str>, name: &str) {
        let mut code = Counted(facts.bytes.len() as u64, "byte").to_string();
        let for_whom = match facts.pythons.is_empty() {
            true => ", bytecode of no Python that is known".to_owned(),
            false => format!(" of bytecode for Python {}", facts.pythons),
        };
        code += &for_whom;
        if let Some((offset, length)) = facts.marshal {
            let length = Counted(length, "byte");
            let _ = write!(code, "; {length} of marshal data at offset {offset}");
        }
        self.row("code", PLAIN, &code);
        // What stands inside mostly fits what it stands in.
        if !facts.judged.is_empty() && self.judged.replace(facts.pythons) != Some(facts.pythons) {
            let fails = facts.judged.iter().any(|one| one.misfit.is_some());
            let style = if fails { BAD } else { PLAIN };
            self.row("judged", style, &told(&facts.judged));
        }
        if let Some(elsewhere) = &facts.elsewhere {
            let pythons = facts.pythons;
            self.once(format!(
                "Bytecode for Python {pythons} elsewhere, as measured: {elsewhere}."
            ));
        }
        let mut defined = format!("{}, line {}", facts.filename, facts.firstlineno);
        let qualname = qualname.or(facts.qualname.as_deref());
        if let Some(qualname) = qualname.filter(|qualname| *qualname != name) {
            let _ = write!(defined, ", as {qualname}");
        }
        if facts.name != name {
            let _ = write!(defined, ", under the name {}", facts.name);
        }
        self.row("defined", PLAIN, &defined);
        let arguments = usize::try_from(facts.argcount.saturating_add(facts.kwonlyargcount));
        let locals = facts.varnames.get(arguments.unwrap_or(0)..);
        let variables: Vec<String> = locals.unwrap_or_default().to_vec();
        if !variables.is_empty() {
            self.list("variables", PLAIN, &variables);
        }
        if !facts.consts.is_empty() {
            self.list("constants", PLAIN, &facts.consts);
        }
    }

    fn function(&mut self, function: &Function, facts: Option<&Facts<'_>>) {
        // A docstring is among the constants mostly.
        if let Some(doc) = &function.doc
            && facts.is_none_or(|facts| facts.consts.first() != Some(doc))
        {
            let doc = self.cut(doc);
            self.row("docstring", PLAIN, &doc);
        }
        if let Some(module) = &function.module {
            self.row("module", PLAIN, module);
        }
        if !function.closure.is_empty() {
            let cells: Vec<(String, String)> = function
                .closure
                .iter()
                .map(|(name, value)| {
                    let value = value.as_deref().unwrap_or("nothing yet");
                    (name.clone(), value.to_owned())
                })
                .collect();
            self.pairs("closure", &cells);
        }
        self.pairs("attributes", &function.attributes);
        self.needs(function);
    }

    fn needs(&mut self, function: &Function) {
        let main = |name: &String| name == "__main__.__dict__" || name.ends_with("__.__main__");
        let from: Vec<String> = function.globals.clone();
        let Some(needed) = &function.needed else {
            return;
        };
        let of = |status: Status| -> Vec<String> {
            needed
                .iter()
                .filter(|need| need.status == status)
                .map(|need| need.name.clone())
                .collect()
        };
        if needed.is_empty() {
            self.row("needs", PLAIN, "no names but its own");
        }
        let missing = of(Status::Missing);
        if !missing.is_empty() {
            let names = self.joined(&missing);
            let unless = if from.iter().any(main) {
                ": a call ends in NameError unless the __main__ of the program that loads has them"
            } else {
                ": a call ends in NameError"
            };
            self.row("missing", BAD, &format!("{names}{unless}"));
        }
        let stored: Vec<String> = of(Status::Stored)
            .into_iter()
            .map(|name| {
                // They are sorted.
                let at = function.stored.binary_search_by(|(own, _)| own.cmp(&name));
                match at.ok().and_then(|at| function.stored.get(at)) {
                    Some((_, value)) => format!("{name} ({value})"),
                    None => name,
                }
            })
            .collect();
        if !stored.is_empty() {
            self.list("brings", PLAIN, &stored);
        }
        let module = of(Status::Module);
        if !module.is_empty() {
            let names = self.joined(&module);
            let from = from.join(", ");
            self.row("from module", REFERENCE, &format!("{names}: of {from}"));
        }
        let builtins = of(Status::Builtin);
        if !builtins.is_empty() {
            self.list("builtins", PLAIN, &builtins);
        }
    }

    fn class(&mut self, class: &Class, name: &str) {
        if let Some(qualname) = class.qualname.as_deref().filter(|own| *own != name) {
            self.row("defined", PLAIN, &format!("as {qualname}"));
        }
        if let Some(module) = &class.module {
            self.row("module", PLAIN, module);
        }
        if let Some(metaclass) = class.metaclass.as_deref() {
            let usual = matches!(metaclass, "type" | "types.TypeType");
            if !usual {
                self.row("metaclass", REFERENCE, metaclass);
            }
        }
        let is_usual = |key: &str| {
            matches!(
                key,
                "__module__" | "__qualname__" | "__dict__" | "__weakref__"
            )
        };
        let own: Vec<(String, String)> = class
            .attributes
            .iter()
            .filter(|(key, _)| self.screen.full || !is_usual(key))
            .cloned()
            .collect();
        self.pairs("attributes", &own);
        if !class.methods.is_empty() {
            let methods: Vec<String> = class
                .methods
                .iter()
                .map(|(name, wrapper)| match wrapper {
                    Some(wrapper) => format!("{name} ({wrapper})"),
                    None => name.clone(),
                })
                .collect();
            self.list("methods", PLAIN, &methods);
        }
    }

    fn pairs(&mut self, label: &str, pairs: &[(String, String)]) {
        if pairs.is_empty() {
            return;
        }
        let items: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        self.list(label, PLAIN, &items);
    }

    fn list(&mut self, label: &str, style: Style, items: &[String]) {
        let text = self.joined(items);
        self.row(label, style, &text);
    }

    fn joined(&self, items: &[String]) -> String {
        let most = if self.screen.full { usize::MAX } else { ITEMS };
        let mut text: Vec<String> = items.iter().take(most).map(|item| self.cut(item)).collect();
        if items.len() > most {
            text.push(format!("… {} more", items.len() - most));
        }
        text.join(", ")
    }

    /// A value in few columns, unless all is asked for.
    fn cut(&self, value: &str) -> String {
        if self.screen.full || value.chars().count() <= COLUMNS {
            return value.to_owned();
        }
        let length = Counted(value.len() as u64, "byte");
        let beginning: String = value.chars().take(COLUMNS - 15).collect();
        format!("{beginning}… {length}")
    }

    fn row(&mut self, label: &str, style: Style, text: &str) {
        let indent = self.indent + 2;
        let first = format!("{:indent$}{label:<LABEL$}", "");
        let room = indent + LABEL.max(label.len() + 1);
        let lines = self.lines(text, room);
        for (number, line) in lines.iter().enumerate() {
            if number == 0 {
                let first = format!("{first:<room$}");
                self.styled(FRAME, &first);
            } else {
                let _ = write!(Utf8(&mut self.text), "{:room$}", "");
            }
            self.styled(style, line);
            self.text.push(b'\n');
        }
    }

    /// Text in lines, the first behind `first` columns and the others behind `others`.
    fn wrapped(&mut self, style: Style, text: &str, first: usize, others: usize) {
        let lines = self.lines(text, first.max(others));
        for (number, line) in lines.iter().enumerate() {
            let indent = if number == 0 { first } else { others };
            let _ = write!(Utf8(&mut self.text), "{:indent$}", "");
            self.styled(style, line);
            self.text.push(b'\n');
        }
    }

    fn lines(&self, text: &str, room: usize) -> Vec<String> {
        let mut shown = String::new();
        let mut visible = Visible(&mut shown);
        for character in text.chars() {
            // Writing to memory doesn't fail. What isn't of a repr may hold anything.
            let _ = match character {
                control if control.is_ascii_control() => {
                    write!(visible, "\\x{:02x}", u32::from(control))
                }
                other => visible.write_char(other),
            };
        }
        let width = self
            .screen
            .width
            .clamp(40, WIDEST)
            .saturating_sub(room)
            .max(24);
        let options = textwrap::Options::new(width)
            .break_words(true)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let lines = textwrap::wrap(&shown, options);
        lines.into_iter().map(|line| line.into_owned()).collect()
    }

    fn styled(&mut self, style: Style, text: &str) {
        let mut out = Utf8(&mut self.text);
        // Writing to memory doesn't fail.
        let _ = if self.screen.color && style != PLAIN {
            write!(out, "{}{text}{}", style.render(), style.render_reset())
        } else {
            write!(out, "{text}")
        };
    }
}

/// What a function is when it is called. (`co_flags`, `Include/cpython/code.h`.)
fn kind_of(facts: Option<&Facts<'_>>) -> &'static str {
    const GENERATOR: i64 = 0x20;
    const COROUTINE: i64 = 0x80;
    const ASYNC_GENERATOR: i64 = 0x200;
    match facts.map_or(0, |facts| facts.flags) {
        flags if flags & ASYNC_GENERATOR != 0 => "asynchronous generator function",
        flags if flags & COROUTINE != 0 => "coroutine function",
        flags if flags & GENERATOR != 0 => "generator function",
        _ => "function",
    }
}

/// Who wrote something: `, written by dill <=0.2.4`.
fn by(writer: &Writer) -> String {
    if writer.library == "Python" {
        return String::new();
    }
    let versions = writer
        .versions
        .map_or(String::new(), |versions| format!(" {versions}"));
    let inside = writer
        .inside
        .as_deref()
        .map_or(String::new(), |inside| format!(" (the copy in {inside})"));
    format!(", written by {}{versions}{inside}", writer.library)
}
