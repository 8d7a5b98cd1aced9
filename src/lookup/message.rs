//! From a pasted error message, traceback or log to what it says: which wording it is, and what it names.
//!
//! `message/templates.tsv` has a row for every wording of Python 2.7 and 3.6 to 3.15, checked with real interpreters by
//! `tools/messages.py`. A text is searched for the literal parts of all of them in one pass; only where one stands is a row
//! compared. What Python prints around a message (a traceback's frames, the notes of 3.14, remote tracebacks) tells the rest.

mod clean;
mod decide;
mod pattern;
mod scan;
mod templates;

use std::borrow::Cow;

use crate::python::{Python, Pythons};

pub use clean::{Binary, text};
pub use decide::Decided;
pub(super) use decide::{STAND_INS, decide};
pub use templates::{Ask, Level, Template, templates};

use super::causes::Stage;

/// A pickle error, found in a text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message<'t> {
    /// The wording.
    pub template: Template,
    /// The exception that the text says it is, without its module.
    pub exception: Option<&'t str>,
    /// The message, without the exception.
    pub text: &'t str,
    /// What it names, by the places of the wording.
    pub parts: Vec<(&'static str, Cow<'t, str>)>,
    /// Where it was in what was pickled, the nearest first: the notes that Python 3.14 adds.
    pub notes: Vec<&'t str>,
    /// The line that it begins on, counted from 1.
    pub line: usize,
    /// How many different pickle errors the text has besides.
    pub others: usize,
    /// The error that tells of this one and isn't it: `MaybeEncodingError`.
    pub within: Option<&'t str>,
    /// Whether the traceback says that something was pickled, not loaded.
    pub dumping: bool,
    /// Whether it came back from a worker, or was met there.
    pub worker: bool,
    /// The Python whose files the traceback names, where all are of one.
    pub python: Option<Python>,
}

impl<'t> Message<'t> {
    /// What a place of the wording holds.
    pub fn part(&self, place: &str) -> Option<&str> {
        self.parts
            .iter()
            .find_map(|(own, text)| (*own == place).then_some(text.as_ref()))
    }

    /// The Pythons that say it so: those of the wording, as far as the protocol that it names and the traceback's paths tell no
    /// more.
    pub fn pythons(&self) -> Pythons {
        let number = |place| self.part(place)?.parse().ok();
        let fits = |highest: u8| match self.template.id {
            "load.proto" => number("protocol").is_none_or(|protocol: u8| highest < protocol),
            "dump.proto_range" => number("max").is_none_or(|most: u8| highest == most),
            _ => true,
        };
        let own: Pythons = self
            .template
            .pythons
            .iter()
            .filter(|python| fits(python.highest_protocol()))
            .collect();
        match self.python {
            Some(python) if own.has(python) => [python].into_iter().collect(),
            _ if own.is_empty() => self.template.pythons,
            _ => own,
        }
    }

    /// When it happens: pickling or loading.
    pub fn stage(&self) -> Stage {
        self.template.stage
    }
}

/// Why a text has no error that could be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unknown<'t> {
    /// It is empty.
    Empty,
    /// It has an error that any program can end in, and nothing says that it was a pickle's.
    Anyones(&'t str),
    /// Nothing in it is a message of pickle.
    NoError,
}

impl std::fmt::Display for Unknown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is no text to explain",
            Self::Anyones(_) => {
                "this error can come from any program, and nothing in the text says that a pickle was written or read"
            }
            Self::NoError => {
                "no error of pickle, cPickle or multiprocessing was found, in any wording of Python 2.7 or 3.6 to 3.15"
            }
        })
    }
}

impl std::error::Error for Unknown<'_> {}

/// Finds the pickle error in a text: a message, a traceback, a log.
///
/// Of several it is the first: a chain of exceptions begins with the one that all others come from.
///
/// ```
/// use pickscope::lookup::message::{find, text};
///
/// let text = text(b"TypeError: cannot pickle '_thread.lock' object").unwrap();
/// let message = find(&text).unwrap();
/// assert_eq!(message.template.id, "dump.38.cannot");
/// assert_eq!(message.part("type"), Some("_thread.lock"));
/// ```
///
/// # Errors
/// Why there is none.
pub fn find(text: &str) -> Result<Message<'_>, Unknown<'_>> {
    if text.trim().is_empty() {
        return Err(Unknown::Empty);
    }
    scan::find(text)
}

/// Text of a JSON log, where line ends are written `\n`, as lines. `None` where it has none of these.
pub fn unfolded(text: &str) -> Option<String> {
    let wanted = text.contains("\\n");
    wanted.then(|| {
        text.replace("\\r\\n", "\n")
            .replace("\\n", "\n")
            .replace("\\\"", "\"")
    })
}

/// A name as it is, of how Python shows it between quotes: `os\r` has a carriage return.
fn unescaped<'t>(place: &str, text: &'t str) -> Cow<'t, str> {
    if !matches!(place, "module" | "name") || !text.contains('\\') {
        return text.into();
    }
    text.replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\\\", "\\")
        .into()
}

/// A text as it is shown of what was not understood.
fn shortened(text: &str) -> &str {
    let text = text.trim();
    text.get(..text.floor_char_boundary(crate::limits::SHOWN_OF_A_MESSAGE))
        .unwrap_or(text)
}
