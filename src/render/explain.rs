//! `explain` for people: what was looked up or said, what it really is, why, and what to do.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::{
    count::Counted,
    lookup::{
        causes::{Code, Item, Piece, Said, Stage},
        explain::{Explained, Looked},
        message::Message,
        near::Searches,
    },
    python::Pythons,
    report::{
        explain::{Explanation, Told, of_reference},
        needs::{Needs, readers},
    },
};

use super::{
    Screen,
    shown::{Shown, Utf8},
};

mod besides;

/// Writes why a lookup fails and what to do. What takes more than a screen is told with [`Screen::full`] only: how to check,
/// where it is known from, and the code of what doesn't help.
///
/// # Errors
/// Those of `out`.
pub fn explain(
    explanation: &Explanation<'_>,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        text: Vec::new(),
    };
    page.all(explanation);
    out.write_all(&page.text)
}

/// Writes what becomes of all that a pickle looks up: on which Pythons it loads as far as names go, what it needs besides, and
/// each lookup that fails or that a library moved, with what to do. `searches` are those of the whole input.
///
/// # Errors
/// Those of `out`.
pub fn pickle(
    needs: &Needs<'_, '_>,
    searches: &mut Searches,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page {
        screen,
        text: Vec::new(),
    };
    let style = if needs.found == needs.asked && !needs.found.is_empty() {
        GOOD
    } else {
        BAD
    };
    let verdict = if needs.references.is_empty() && !needs.found.is_empty() {
        match needs.encoding {
            None => "it needs nothing: no name is looked up".to_owned(),
            Some(_) => "no name is looked up".to_owned(),
        }
    } else if needs.asked.without(readers(&needs.read.pickle)) == needs.asked {
        "none of these Pythons can read it".to_owned()
    } else if needs.found == Pythons::NONE {
        "no Python finds all its names".to_owned()
    } else {
        format!("as far as names go, it loads on {}", needs.found)
    };
    let verdict = match besides::unreadable(needs) {
        Some(unreadable) if !needs.references.is_empty() || needs.found == Pythons::NONE => {
            format!("{verdict} ({unreadable})")
        }
        _ => verdict,
    };
    page.styled(style, &verdict);
    page.text.push(b'\n');
    if !needs.packages.is_empty() {
        let packages: Vec<String> = needs
            .packages
            .iter()
            .map(|package| plain(&[Piece::Theirs(package)]))
            .collect();
        let what = format!(
            "it needs what isn't of the standard library: {}",
            packages.join(", ")
        );
        page.paragraph(&[Piece::Ours(&what)], "", "  ");
    }
    if needs.unjudged > 0 {
        let names = Counted(needs.unjudged, "name");
        let unjudged =
            format!("not judged: {names} that a call makes or that no Python could have");
        page.styled(OPEN, &unjudged);
        page.text.push(b'\n');
    }
    for given in &needs.given {
        page.paragraph(&[Piece::Ours("it needs "), Piece::Ours(given)], "", "  ");
    }
    page.encoding(needs);
    page.writers(needs);
    out.write_all(&page.text)?;
    page.text.clear();
    let mut protocol_told = false;
    let (mut told, mut untold) = (0_usize, 0_u64);
    let forgone = searches.forgone;
    for (reference, judged) in needs.names() {
        if judged.fails.is_empty() && !judged.moved {
            continue;
        }
        // The protocol is the same for all of them.
        let is_protocol = !judged.fails.is_empty() && judged.fails == judged.unreadable;
        if is_protocol && std::mem::replace(&mut protocol_told, true) {
            continue;
        }
        if told >= EXPLAINED && !screen.full {
            untold = untold.saturating_add(1);
            continue;
        }
        told = told.saturating_add(1);
        of_reference(needs.read, reference, searches, |explanation| {
            page.text.push(b'\n');
            let times = Counted(reference.count, "time");
            let place = format!("at offset {}, {times}: ", reference.first);
            page.styled(HEADING, &place);
            if screen.full {
                page.all(explanation);
            } else {
                page.short(explanation);
            }
        });
        out.write_all(&page.text)?;
        page.text.clear();
    }
    if untold > 0 {
        let more = format!("\n{}: --full\n", Counted(untold, "more name"));
        page.text.extend_from_slice(more.as_bytes());
    }
    let forgone = searches.forgone.saturating_sub(forgone);
    if forgone > 0 {
        let names = Counted(forgone, "name");
        let says = format!(
            "\nnothing near was looked for in {names} that no Python has: pickscope explain NAME does so\n"
        );
        page.text.extend_from_slice(says.as_bytes());
    }
    page.weights(needs);
    out.write_all(&page.text)
}

struct Page {
    screen: Screen,
    text: Vec<u8>,
}

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const OPEN: Style = AnsiColor::Yellow.on_default();
const CODE: Style = AnsiColor::Cyan.on_default();

/// Text is no wider than is read with ease.
const WIDEST: usize = 100;

/// So many names of a pickle are explained without [`Screen::full`]: nobody reads more, and hostile streams have millions.
const EXPLAINED: usize = 200;

/// So many bytes of a message are shown.
const LONGEST: usize = 400;

/// So many lines of code are shown of what is to be done, without [`Screen::full`]; the first code is always.
const CODE_LINES: usize = 8;

impl Page {
    fn all(&mut self, explanation: &Explanation<'_>) {
        let explained = &explanation.explained;
        let cause = &explained.cause;
        match explained.message {
            Some(message) => self.message(message),
            None => self.name(explained),
        }
        if explained
            .message
            .is_none_or(|message| message.stage() == Stage::Load)
        {
            self.verdicts(explanation);
        }
        self.text.push(b'\n');
        self.styled(HEADING, cause.title);
        self.text.push(b'\n');
        let brief = !self.screen.full;
        self.section("What is looked up", explanation, &cause.looked_up, false);
        self.section("What it is", explanation, &cause.really, false);
        self.section("Why", explanation, &cause.why, brief);
        self.list("What to do", explanation, &cause.fixes, true);
        self.list(
            "What doesn't help",
            explanation,
            &cause.wrong,
            self.screen.full,
        );
        if self.screen.full {
            self.list("How to see it", explanation, &cause.checks, true);
            self.list("Sources", explanation, &cause.sources, true);
        }
    }

    fn name(&mut self, explained: &Explained<'_>) {
        let Some(Looked {
            module: Some(module),
            name: Some(looked),
        }) = &explained.wanted
        else {
            return;
        };
        let mut name = Vec::new();
        Shown::Name(module.as_bytes()).write(&mut name, Some(60));
        name.push(if looked.contains('.') { b':' } else { b'.' });
        Shown::Name(looked.as_bytes()).write(&mut name, Some(60));
        self.styled(HEADING, &String::from_utf8_lossy(&name));
        self.text.push(b'\n');
    }

    /// The message, and what only its wording tells.
    fn message(&mut self, message: &Message<'_>) {
        let mut said = String::new();
        if let Some(exception) = message.exception {
            said.push_str(exception);
            if !message.text.is_empty() {
                said.push_str(": ");
            }
        }
        said.push_str(message.text);
        let mut shown = Vec::new();
        Shown::Path(said.as_bytes()).write(&mut shown, Some(LONGEST));
        self.styled(HEADING, &String::from_utf8_lossy(&shown));
        self.text.push(b'\n');
        let mut lines = Vec::new();
        let pythons = match message.pythons() {
            Pythons::ALL => "every Python".to_owned(),
            pythons => format!("Python {pythons}"),
        };
        let who = message.template.who().map(|who| format!(", {who}"));
        let note = message.template.note.replace('`', "");
        let note = if note.is_empty() {
            note
        } else {
            format!("; {note}")
        };
        lines.push(format!(
            "This wording: {pythons}{}{note}",
            who.unwrap_or_default()
        ));
        if !message.notes.is_empty() {
            lines.push(format!("Where it is: {}", message.notes.join(", in ")));
        }
        if let Some(within) = message.within {
            lines.push(format!(
                "It is the reason of the {within}: a worker could not send back its result"
            ));
        }
        if message.line > 1 || message.others > 0 {
            let others = match message.others {
                0 => String::new(),
                1 => "; one more pickle error is in the text".to_owned(),
                others => format!("; {others} more pickle errors are in the text"),
            };
            lines.push(format!("Found on line {}{others}", message.line));
        }
        for line in lines {
            self.paragraph(&[Piece::Theirs(&line)], "  ", "    ");
        }
    }

    fn styled(&mut self, style: Style, text: &str) {
        // Writing to memory doesn't fail.
        if self.screen.color {
            let _ = write!(
                Utf8(&mut self.text),
                "{}{text}{}",
                style.render(),
                style.render_reset()
            );
        } else {
            self.text.extend_from_slice(text.as_bytes());
        }
    }

    /// A name's answer in short: what becomes of it, and what to do first.
    fn short(&mut self, explanation: &Explanation<'_>) {
        self.name(&explanation.explained);
        self.verdicts(explanation);
        let cause = &explanation.explained.cause;
        self.text.extend_from_slice(cause.title.as_bytes());
        self.text.push(b'\n');
        let first = explanation.items(&cause.fixes).find(|told| !told.aside);
        if let Some(first) = first {
            self.paragraph(&first.text, "  ", "  ");
            if let Some(code) = first.code {
                self.code(explanation, code, 4);
            }
        }
    }

    /// A line for the Pythons that make the same of it.
    fn verdicts(&mut self, explanation: &Explanation<'_>) {
        let groups = explanation.alike();
        let names: Vec<String> = groups
            .iter()
            .map(|group| group.pythons.to_string())
            .collect();
        let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
        for (group, name) in groups.iter().zip(&names) {
            let (style, mark) = match group.verdict.resolves {
                Some(true) => (GOOD, "yes"),
                Some(false) => (BAD, "no "),
                None => (OPEN, "?  "),
            };
            let _ = write!(Utf8(&mut self.text), "  {name:width$}  ");
            self.styled(style, mark);
            let words = group.verdict.reason.words();
            let _ = write!(Utf8(&mut self.text), "  ");
            if let Some((module, name)) = &group.verdict.renamed {
                // A module's renaming keeps the name, which is the stream's.
                self.text.extend_from_slice(b"as ");
                Shown::Name(module.as_bytes()).write(&mut self.text, Some(60));
                self.text.push(b'.');
                Shown::Name(name.as_bytes()).write(&mut self.text, Some(60));
                self.text.extend_from_slice(b": ");
            }
            let _ = writeln!(Utf8(&mut self.text), "{words}");
        }
    }

    fn section(
        &mut self,
        heading: &str,
        explanation: &Explanation<'_>,
        said: &[Said],
        brief: bool,
    ) {
        let mut of_some = false;
        for (number, told) in explanation.paragraphs(said).enumerate() {
            // The first says it; the others are what it looks like on the way.
            if number > 0 && brief && explanation.whose(&told).is_none() {
                continue;
            }
            // What some Pythons say and what others say stands together.
            let before = std::mem::replace(&mut of_some, explanation.whose(&told).is_some());
            if !(before && of_some) {
                self.text.push(b'\n');
            }
            if number == 0 {
                self.styled(HEADING, heading);
                self.text.push(b'\n');
            }
            self.told(explanation, &told, "");
        }
    }

    fn list(&mut self, heading: &str, explanation: &Explanation<'_>, items: &[Item], code: bool) {
        let (items, others): (Vec<Told<'_>>, Vec<Told<'_>>) = explanation
            .items(items)
            .partition(|item| self.screen.full || !item.aside);
        if items.is_empty() {
            return;
        }
        self.text.push(b'\n');
        self.styled(HEADING, heading);
        self.text.push(b'\n');
        let mut shown = 0;
        let mut unshown = Vec::new();
        for (number, item) in (1..).zip(&items) {
            let mark = if items.len() > 1 {
                format!("{number}. ")
            } else {
                String::new()
            };
            self.told(explanation, item, &mark);
            let Some(own) = item.code.filter(|_| code) else {
                continue;
            };
            let lines = own.shown.lines().count();
            // An Unpickler of one's own is the long way round, unless nothing else is shown.
            let fits = shown + lines <= CODE_LINES && !own.shown.contains("class Unpickler(");
            if self.screen.full || shown == 0 || fits {
                shown += lines;
                self.code(explanation, own, mark.len() + 2);
            } else {
                unshown.push(number.to_string());
            }
        }
        if !unshown.is_empty() {
            let more = format!("The code of {}: --full", unshown.join(", "));
            self.paragraph(&[Piece::Ours(&more)], "", "");
        }
        let pythons = others
            .iter()
            .fold(Pythons::NONE, |all, item| all.or(item.pythons));
        if !pythons.is_empty() {
            let more = format!("For Python {pythons}: --full, or --python");
            self.paragraph(&[Piece::Ours(&more)], "", "");
        }
    }

    /// A paragraph or an item behind its mark, with the Pythons that it is for.
    fn told(&mut self, explanation: &Explanation<'_>, told: &Told<'_>, mark: &str) {
        let whose = explanation.whose(told);
        let pieces: Vec<Piece<'_>> = whose
            .as_deref()
            .map(Piece::Ours)
            .into_iter()
            .chain(told.text.iter().copied())
            .collect();
        self.paragraph(&pieces, mark, &" ".repeat(mark.len()));
    }

    fn code(&mut self, explanation: &Explanation<'_>, code: &Code, indent: usize) {
        for line in explanation.code(&code.shown) {
            let line = line.trim_end();
            if !line.is_empty() {
                let _ = write!(Utf8(&mut self.text), "{:indent$}", "");
                self.styled(CODE, line);
            }
            self.text.push(b'\n');
        }
        if let Some(fails) = code.fails {
            let _ = writeln!(Utf8(&mut self.text), "{:indent$}…{fails}…", "");
        }
    }

    fn paragraph(&mut self, pieces: &[Piece<'_>], first: &str, others: &str) {
        let text = plain(pieces);
        let options = textwrap::Options::new(self.screen.width.clamp(20, WIDEST))
            .initial_indent(first)
            .subsequent_indent(others)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text.trim_end_matches(':'), options) {
            self.text.extend_from_slice(line.as_bytes());
            self.text.push(b'\n');
        }
    }
}

/// The pieces as text that can be shown.
fn plain(pieces: &[Piece<'_>]) -> String {
    let mut text = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Ours(ours) => text.extend_from_slice(ours.as_bytes()),
            // Reprs and advice have spaces: only what can't be shown is escaped.
            Piece::Theirs(theirs) => Shown::Path(theirs.as_bytes()).write(&mut text, Some(200)),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}
