//! Finds wordings in a text, in one pass over it.
//!
//! Every wording has a literal part that it is looked for by. All of them stand in one table by their first four bytes, and so
//! do the words that tell what a traceback is about. Where one is met, its wording is compared with the line; how often that
//! happens for a line is bounded, so the time is linear in the text.

use std::{collections::HashSet, ops::Range};

use crate::{limits, python::Python};

use super::{
    Level, Message, Template, Unknown,
    pattern::{Compared, Pattern, in_word},
    shortened, templates, unescaped,
};

pub(super) fn find(text: &str) -> Result<Message<'_>, Unknown<'_>> {
    let templates: Vec<Template> = templates().collect();
    let mut scan = Scan::new(text, &templates);
    scan.run();
    scan.chosen()
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The literal part of this row of the table.
    Row(usize),
    /// A traceback's first line.
    Traceback,
    /// A word that says that something is pickled or loaded.
    Pickling,
    /// A word that says that something is pickled.
    Dumping,
    /// A word that says that a result came back from a worker, and pickling.
    Worker,
    /// What a version of Python stands behind, in a path.
    Python,
}

/// What says that something is pickled or loaded, in a frame of a traceback.
const PICKLING: &[&str] = &[
    "ickle", // pickle, Unpickler, cPickle, cloudpickle, to_pickle
    "ickling",
    "in recv",
    "_handle_tasks",
    "torch.load",
    "joblib",
    "shelve",
    "dill.",
    "copyreg",
    "copy_reg",
    "__reduce",
    "__setstate__",
    "__getstate__",
    "npyio",
];

/// What says which of the two it is.
const DUMPING: &[&str] = &["dumps(", ".dump(", "in dump", "in save", "__reduce_ex__("];

const WORKER: &[&str] = &["_handle_results", "result_reader", "result_item"];

const PYTHON: &[&str] = &["python2.", "python3.", "Python2", "Python3"];

/// A wording that fits.
#[derive(Debug)]
struct Candidate<'t> {
    row: usize,
    /// Where the message is.
    range: Range<usize>,
    line: usize,
    exception: Option<&'t str>,
    parts: Vec<(&'static str, &'t str)>,
    /// Whether what is before says that it happened on pickling or loading.
    pickling: bool,
    dumping: bool,
    worker: bool,
    python: Option<Python>,
}

struct Scan<'t, 's> {
    text: &'t str,
    templates: &'s [Template],
    patterns: Vec<Pattern>,
    entries: Vec<(&'static str, Kind)>,
    /// The entries by the hash of their first four bytes.
    table: Vec<Vec<usize>>,
    found: Vec<Candidate<'t>>,
    /// What was met last, and where.
    traceback: Option<usize>,
    pickling: Option<usize>,
    dumping: Option<usize>,
    worker: Option<usize>,
    /// The Python of the paths in this traceback; `None` inside where they differ.
    python: Option<Option<Python>>,
    line: Range<usize>,
    tries: usize,
    looks_back: usize,
}

const HASHES: usize = 1 << 12;

fn hash(four: [u8; 4]) -> usize {
    let mixed = u32::from_le_bytes(four).wrapping_mul(0x9e37_79b1);
    usize::try_from(mixed >> 20).unwrap_or_default()
}

impl<'t, 's> Scan<'t, 's> {
    fn new(text: &'t str, templates: &'s [Template]) -> Self {
        let patterns: Vec<Pattern> = templates
            .iter()
            .map(|template| Pattern::new(template.pattern))
            .collect();
        let words = [
            (PICKLING, Kind::Pickling),
            (DUMPING, Kind::Dumping),
            (WORKER, Kind::Worker),
            (PYTHON, Kind::Python),
            (&["Traceback (most recent call last)"][..], Kind::Traceback),
        ];
        let entries: Vec<(&'static str, Kind)> = patterns
            .iter()
            .map(Pattern::anchor)
            .zip((0..).map(Kind::Row))
            .chain(
                words
                    .into_iter()
                    .flat_map(|(words, kind)| words.iter().map(move |word| (*word, kind))),
            )
            .collect();
        let mut table = vec![Vec::new(); HASHES];
        for (number, (word, _)) in entries.iter().enumerate() {
            if let Some(four) = word.as_bytes().first_chunk()
                && let Some(row) = table.get_mut(hash(*four))
            {
                row.push(number);
            }
        }
        Self {
            text,
            templates,
            patterns,
            entries,
            table,
            found: Vec::new(),
            traceback: None,
            pickling: None,
            dumping: None,
            worker: None,
            python: None,
            line: 0..0,
            tries: 0,
            looks_back: 0,
        }
    }

    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        for (at, four) in bytes.windows(4).enumerate() {
            let Ok(four) = four.try_into() else { break };
            let numbers = match self.table.get(hash(four)) {
                Some(numbers) if !numbers.is_empty() => numbers.clone(),
                _ => continue,
            };
            for number in numbers {
                let Some((word, kind)) = self.entries.get(number).copied() else {
                    continue;
                };
                let here = bytes.get(at..).unwrap_or_default();
                if here.starts_with(word.as_bytes()) {
                    self.meet(at, word, kind);
                }
            }
        }
    }

    fn meet(&mut self, at: usize, word: &'static str, kind: Kind) {
        match kind {
            Kind::Traceback => {
                self.traceback = Some(at);
                self.python = None;
            }
            Kind::Pickling => self.pickling = Some(at),
            Kind::Dumping => {
                self.dumping = Some(at);
                self.pickling = Some(at);
            }
            Kind::Worker => {
                self.worker = Some(at);
                self.pickling = Some(at);
            }
            Kind::Python => {
                let behind = self.text.get(at.saturating_add(word.len())..);
                if let Some(python) = behind.and_then(|behind| version(word, behind)) {
                    self.python = match self.python {
                        None => Some(Some(python)),
                        Some(Some(own)) if own == python => self.python,
                        Some(_) => Some(None),
                    };
                }
            }
            Kind::Row(row) => self.attempt(at, row),
        }
    }

    /// Compares a row with the line that its literal part was met in.
    fn attempt(&mut self, at: usize, row: usize) {
        if !self.line.contains(&at) {
            self.line = line(self.text, at);
            self.tries = 0;
        }
        if self.tries >= limits::TRIES_A_LINE {
            return;
        }
        self.tries = self.tries.saturating_add(1);
        let Some(candidate) = self.compare(at, row) else {
            return;
        };
        // Of what may not count in the end, the first tell enough.
        let own = self.is_level(row, Level::Own);
        let most = if own || candidate.pickling {
            limits::ERRORS_OF_A_TEXT.saturating_mul(2)
        } else {
            limits::ERRORS_OF_A_TEXT
        };
        if self.found.len() >= most {
            return;
        }
        let is_outer = self.is_outer(row);
        let recent = self.found.len().saturating_sub(limits::TRIES_A_LINE);
        let rival = self.found.iter().skip(recent).position(|own| {
            own.range.start < candidate.range.end
                && candidate.range.start < own.range.end
                && self.is_outer(own.row) == is_outer
        });
        match rival.and_then(|at| self.found.get_mut(recent.saturating_add(at))) {
            Some(own) if own.row <= row => {}
            Some(own) => *own = candidate,
            None => self.found.push(candidate),
        }
    }

    fn is_level(&self, row: usize, level: Level) -> bool {
        self.templates
            .get(row)
            .is_some_and(|template| template.level == level)
    }

    /// Whether a row tells of another error.
    fn is_outer(&self, row: usize) -> bool {
        self.templates
            .get(row)
            .is_some_and(|template| template.id == "mp.maybeencoding")
    }

    fn compare(&mut self, at: usize, row: usize) -> Option<Candidate<'t>> {
        let template = *self.templates.get(row)?;
        let text = self.text;
        let start = self.start(at, row)?;
        let before = text.get(self.line.start.min(start)..start)?;
        let (exception, quote, message) = match own_exception(&template) {
            Some(exception) => {
                if !can_say(before) {
                    return None;
                }
                let behind = start.saturating_add(exception.len());
                let colon = text.get(behind..)?.starts_with(": ");
                let message = behind.saturating_add(if colon { 2 } else { 0 });
                (Some(exception), None, message)
            }
            None => {
                let (exception, quote) = exception(before, &template).unzip();
                (exception, quote.flatten(), start)
            }
        };
        // A log of JSON: its lines are found when it is unfolded.
        if exception.is_some() && is_folded(text.get(self.line.start.min(message)..message)?) {
            return None;
        }
        if template.level != Level::Own {
            match exception {
                Some(exception) if template.comes_with(exception) => {}
                None if template.level == Level::Any && is_decoration(before) => {}
                _ => return None,
            }
        }
        let rest = text.get(start..self.line.end.max(start))?;
        let end = match quote.and_then(|quote| rest.rfind(quote)) {
            Some(end) => end,
            None => rest.trim_end().len(),
        };
        let Compared { places, end } = self.patterns.get(row)?.compare(rest.get(..end)?)?;
        let parts = places
            .into_iter()
            .map(|(place, range)| Some((place, rest.get(range)?)))
            .collect::<Option<Vec<(&'static str, &'t str)>>>()?;
        if parts.iter().any(|(_, text)| is_filled_in(text)) || self.is_source(start) {
            return None;
        }
        let near = |other: Option<usize>, most| {
            other.is_some_and(|other| {
                at.saturating_sub(other) < most
                    && self.traceback.is_none_or(|traceback| traceback <= other)
            })
        };
        Some(Candidate {
            row,
            range: message..start.saturating_add(end),
            line: start,
            exception,
            parts,
            pickling: near(self.pickling, limits::TRACEBACK_BYTES),
            dumping: near(self.dumping, limits::TRACEBACK_BYTES),
            worker: near(self.worker, limits::TRACEBACK_BYTES),
            python: self.python.flatten(),
        })
    }

    /// Whether a place is on a line of source that a traceback shows: one that is indented deeper than its frame's `File`.
    fn is_source(&self, at: usize) -> bool {
        let own = self.text.get(self.line.start.min(at)..at);
        let Some(own) = own.filter(|own| own.contains("    ")) else {
            return false;
        };
        let from = self.line.start.saturating_sub(limits::REPR_BYTES);
        let from = self.text.ceil_char_boundary(from);
        let before = self.text.get(from..self.line.start).unwrap_or_default();
        let mut lines = vec![own];
        for line in before.lines().rev().take(LINES_OF_SOURCE) {
            if let Some(file) = line.find("File \"")
                && line.contains("\", line ")
            {
                let deeper = file..file.saturating_add(2);
                return lines
                    .iter()
                    .all(|line| line.get(deeper.clone()) == Some("  "));
            }
            lines.push(line);
        }
        false
    }

    /// Where the message of a row begins whose literal part was met.
    fn start(&mut self, at: usize, row: usize) -> Option<usize> {
        let pattern = self.patterns.get(row)?;
        let before = self.text.get(self.line.start..at)?;
        if let Some(beginning) = pattern.beginning() {
            if beginning == pattern.anchor() {
                return Some(at);
            }
            if let Some(found) = before.rfind(beginning) {
                return Some(self.line.start.saturating_add(found));
            }
            // An object's repr has lines of its own.
            self.looks_back = self.looks_back.saturating_add(1);
            if beginning.len() < LONG_ENOUGH || self.looks_back > limits::LOOKS_BACK {
                return None;
            }
            let from = self.line.start.saturating_sub(limits::REPR_BYTES);
            let from = self.text.ceil_char_boundary(from);
            let found = self.text.get(from..at)?.rfind(beginning)?;
            return Some(from.saturating_add(found));
        }
        let (literal, word) = pattern.after_place()?;
        let end = if literal == pattern.anchor() {
            before.len()
        } else {
            before.rfind(literal)?
        };
        let before = before.get(..end)?;
        let start = if word {
            before.trim_end_matches(in_word).len()
        } else {
            message_start(before)
        };
        Some(self.line.start.saturating_add(start))
    }

    /// The error that counts.
    fn chosen(self) -> Result<Message<'t>, Unknown<'t>> {
        let bare = self.traceback.is_none()
            && self
                .text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .count()
                <= BARE_LINES;
        let template = |candidate: &Candidate<'_>| self.templates.get(candidate.row);
        let counts = |candidate: &&Candidate<'_>| {
            template(candidate).is_some_and(|template| match template.level {
                Level::Own => true,
                Level::Any => candidate.pickling || bare || names_tell(&candidate.parts),
                Level::Near => candidate.pickling,
            })
        };
        let mut good: Vec<&Candidate<'t>> = self.found.iter().filter(counts).collect();
        good.sort_by_key(|candidate| candidate.range.start);
        let outer = |candidate: &&&Candidate<'_>| self.is_outer(candidate.row);
        let Some(mut chosen) = good
            .iter()
            .find(|candidate| !outer(candidate))
            .or(good.first())
            .copied()
        else {
            return Err(match self.found.first() {
                Some(candidate) => {
                    let line = line(self.text, candidate.line);
                    Unknown::Anyones(shortened(self.text.get(line).unwrap_or_default()))
                }
                None => Unknown::NoError,
            });
        };
        if let Some(says_more) = good.iter().find(|other| self.says_more(other, chosen)) {
            chosen = says_more;
        }
        let Some(template) = template(chosen).copied() else {
            return Err(Unknown::NoError);
        };
        let said = |candidate: &Candidate<'t>| self.text.get(candidate.range.clone());
        let others: HashSet<_> = good
            .iter()
            .filter(|other| !outer(other) && other.range.start > chosen.range.start)
            .filter_map(|other| said(other))
            .filter(|other| Some(*other) != said(chosen))
            .collect();
        let within = good
            .iter()
            .filter(outer)
            .find(|outer| outer.range.start <= chosen.range.start && outer.row != chosen.row)
            .and_then(|outer| outer.exception);
        let before = self.text.get(..chosen.line).unwrap_or_default();
        let newlines = before.bytes().filter(|byte| *byte == b'\n').count();
        Ok(Message {
            template,
            exception: chosen.exception,
            text: said(chosen).unwrap_or_default(),
            parts: chosen
                .parts
                .iter()
                .map(|(place, text)| (*place, unescaped(place, text)))
                .collect(),
            notes: notes(self.text.get(chosen.range.end..).unwrap_or_default()),
            line: newlines.saturating_add(1),
            others: others.len(),
            within,
            dumping: chosen.dumping,
            worker: chosen.worker,
            python: chosen.python,
        })
    }

    /// Whether an error is the same and names more, or is pickle's own and was raised from one that anybody can say: pickle
    /// tries, and says what it was about.
    fn says_more(&self, other: &Candidate<'_>, than: &Candidate<'_>) -> bool {
        let id = |candidate: &Candidate<'_>| {
            let template = self.templates.get(candidate.row);
            template.map(|template| template.id)
        };
        if than.parts.is_empty() && !other.parts.is_empty() && id(than) == id(other) {
            return true;
        }
        let own = |candidate: &Candidate<'_>| {
            self.templates.get(candidate.row).is_some_and(|template| {
                // A pool that broke says less than what broke it.
                template.level == Level::Own && template.implementation != "mp"
            })
        };
        let between = self.text.get(than.range.end..other.range.start);
        !self.is_level(than.row, Level::Own) && own(other) && between.is_some_and(is_chain)
    }
}

/// A text of no more lines that aren't empty is nothing but the message.
const BARE_LINES: usize = 3;

/// Whether a module is one that only a pickle asks for.
fn names_tell(parts: &[(&'static str, &str)]) -> bool {
    let odd = |name: &str| name.ends_with("\\r") || name == "__mp_main__";
    parts
        .iter()
        .any(|(place, name)| *place == "module" && odd(name))
}

/// A beginning of so many bytes is looked for before the line, too.
const LONG_ENOUGH: usize = 10;

/// Whether the errors before and behind a text are of one chain: each traceback in it goes on from the last.
fn is_chain(between: &str) -> bool {
    let links = between.matches("direct cause of the following exception");
    let links = links.chain(between.matches("During handling of the above exception"));
    let links = match between.len() < limits::TRACEBACK_BYTES {
        true => links.count(),
        false => 0,
    };
    links > 0 && between.matches("Traceback (most recent call last)").count() <= links
}

/// So many lines of a frame's source are looked at.
const LINES_OF_SOURCE: usize = 8;

/// Whether what stands in a message's place is what source code has there, to be filled in: `%s`, `{obj!r}`.
fn is_filled_in(text: &str) -> bool {
    let bare = |rest: &str| !rest.starts_with(in_word);
    match text.strip_prefix(['%', '{']) {
        Some(rest) if text.starts_with('%') => rest.strip_prefix(['s', 'r', 'd']).is_some_and(bare),
        Some(rest) => rest.split_once("!r}").is_some_and(|(name, _)| {
            name.chars()
                .all(|c| c.is_alphanumeric() || "_.()[]".contains(c))
        }),
        None => false,
    }
}

/// The line around a place, as far as it is looked at.
fn line(text: &str, at: usize) -> Range<usize> {
    let from = text.ceil_char_boundary(at.saturating_sub(limits::LINE_BYTES));
    let to = text.floor_char_boundary(at.saturating_add(limits::LINE_BYTES));
    let before = text.get(from..at).unwrap_or_default();
    let behind = text.get(at..to).unwrap_or_default();
    let start = before.rfind('\n').map_or(from, |newline| {
        from.saturating_add(newline).saturating_add(1)
    });
    let end = behind
        .find('\n')
        .map_or(to, |newline| at.saturating_add(newline));
    start..end
}

/// The version that stands behind the beginning of a path: `3.` of `python3.10/`, `3` of `Python310\`.
fn version(word: &str, behind: &str) -> Option<Python> {
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let minor = behind.get(..digits).filter(|minor| minor.len() <= 2)?;
    let major = word.trim_end_matches('.').get(6..)?;
    format!("{major}.{minor}").parse().ok()
}

/// The exception that a row's pattern itself begins with.
fn own_exception(template: &Template) -> Option<&'static str> {
    let pattern = template.pattern;
    template.exceptions.split(' ').find(|exception| {
        pattern
            .strip_prefix(exception)
            .is_some_and(|rest| rest.starts_with([':', '$']))
    })
}

/// Whether an exception that stands behind this is one that was raised, not a word of a line of code.
fn can_say(before: &str) -> bool {
    let module = before.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let rest = before.get(module.len()..).unwrap_or_default();
    let words = [
        "raise", "except", "import", "raises", "or", "and", "in", "as", "class",
    ];
    let last = module
        .trim_end()
        .rsplit(|c: char| !c.is_alphanumeric())
        .next();
    (rest.is_empty() || rest.ends_with('.'))
        && !module.ends_with(['(', ',', '[', '"', '\''])
        && !last.is_some_and(|last| words.contains(&last))
}

/// The exception that stands before a message, and the quote that the message stands in, if any:
/// `TypeError: `, `TypeError("`.
fn exception<'t>(before: &'t str, template: &Template) -> Option<(&'t str, Option<char>)> {
    let (name, quote) = match before.strip_suffix(['"', '\'']) {
        Some(opened) => {
            let quote = before.chars().next_back();
            let opened = opened.strip_suffix(['u', 'b']).unwrap_or(opened);
            (opened.strip_suffix('(')?, quote)
        }
        None => (before.trim_end().strip_suffix(':')?, None),
    };
    let word = name.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    let name = name.get(word.len()..)?;
    let known = ["Error", "Exception", "error"]
        .iter()
        .any(|end| name.ends_with(end));
    (known || template.comes_with(name)).then_some((name, quote))
}

/// Whether a written `\n` stands before an exception and its message: `…\n_pickle.PicklingError: `.
fn is_folded(before: &str) -> bool {
    let before = before.trim_end_matches([':', ' ', '(', '"', '\'']);
    let name = before.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
    name.ends_with('\\')
        && before
            .get(name.len()..)
            .is_some_and(|name| name.starts_with('n'))
}

/// Where a message begins of which nothing is known but that it ends here.
fn message_start(before: &str) -> usize {
    let behind_exception = before.rmatch_indices(": ").take(8).find_map(|(at, _)| {
        let name = before.get(..at)?;
        let word = name.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        let name = name.get(word.len()..)?;
        (name.ends_with("Error") || name.ends_with("Exception")).then_some(at.saturating_add(2))
    });
    behind_exception.unwrap_or_else(|| {
        let trimmed = before.trim_start_matches(|c: char| c.is_whitespace() || "|>+".contains(c));
        before.len().saturating_sub(trimmed.len())
    })
}

/// Whether nothing but a log's or a mail's own stands before a message.
fn is_decoration(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with([':', ']', '|', '>', '-', '"', '\'', '`', '│'])
        || !before.contains(char::is_alphabetic)
}

/// The notes behind an error, in words that follow "when serializing".
fn notes(behind: &str) -> Vec<&str> {
    behind
        .lines()
        .skip(1)
        .map_while(|line| Some(line.split_once("when serializing ")?.1.trim_end()))
        .take(limits::NOTES)
        .collect()
}
