//! `explain` for people: what was looked up, what it really is, why, and what to do.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::{
    lookup::causes::{Code, Item, Piece, Said},
    python::Pythons,
    report::explain::{Explanation, Told},
};

use super::{
    Screen,
    shown::{Shown, Utf8},
};

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

impl Page {
    fn all(&mut self, explanation: &Explanation<'_>) {
        let explained = &explanation.explained;
        let cause = &explained.cause;
        let mut name = Vec::new();
        Shown::Name(explained.wanted.module.as_bytes()).write(&mut name, Some(60));
        name.push(if explained.wanted.name.contains('.') {
            b':'
        } else {
            b'.'
        });
        Shown::Name(explained.wanted.name.as_bytes()).write(&mut name, Some(60));
        self.styled(HEADING, &String::from_utf8_lossy(&name));
        self.text.push(b'\n');
        self.verdicts(explanation);
        self.text.push(b'\n');
        self.styled(HEADING, cause.title);
        self.text.push(b'\n');
        self.section(None, explanation, &cause.looked_up);
        self.section(None, explanation, &cause.really);
        self.section(Some("Why"), explanation, &cause.why);
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
                let _ = write!(Utf8(&mut self.text), "as {module}.{name}: ");
            }
            let _ = writeln!(Utf8(&mut self.text), "{words}");
        }
    }

    fn section(&mut self, heading: Option<&str>, explanation: &Explanation<'_>, said: &[Said]) {
        let mut begun = false;
        for pieces in explanation.paragraphs(said) {
            self.text.push(b'\n');
            if let (false, Some(heading)) = (begun, heading) {
                self.styled(HEADING, heading);
                self.text.push(b'\n');
            }
            begun = true;
            self.paragraph(&pieces, "", "");
        }
    }

    fn list(&mut self, heading: &str, explanation: &Explanation<'_>, items: &[Item], code: bool) {
        let items: Vec<Told<'_>> = explanation.items(items).collect();
        if items.is_empty() {
            return;
        }
        self.text.push(b'\n');
        self.styled(HEADING, heading);
        self.text.push(b'\n');
        for (number, item) in (1..).zip(&items) {
            let mark = if items.len() > 1 {
                format!("{number}. ")
            } else {
                String::new()
            };
            let mut pieces = Vec::new();
            let whose = whose(item.pythons, explanation.asked);
            if let Some(whose) = &whose {
                pieces.push(Piece::Ours(whose));
            }
            pieces.extend(item.text.iter().copied());
            self.paragraph(&pieces, &mark, &" ".repeat(mark.len()));
            if let Some(own) = item.code.filter(|_| code) {
                self.code(explanation, own, mark.len() + 2);
            }
        }
    }

    fn code(&mut self, explanation: &Explanation<'_>, code: &Code, indent: usize) {
        for line in explanation.code(&code.shown) {
            let _ = write!(Utf8(&mut self.text), "{:indent$}", "");
            self.styled(CODE, line.trim_end());
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
            Piece::Theirs(theirs) => Shown::Path(theirs.as_bytes()).write(&mut text, Some(200)),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The Pythons that an item is for, where it isn't for all that were asked for.
fn whose(own: Pythons, asked: Pythons) -> Option<String> {
    (own != asked).then(|| format!("({own}) "))
}
