//! Why a lookup fails: one file a cause, whose text the command and the documentation print.
//!
//! A file is Markdown of a fixed form, which [`Cause::read`] documents. Its texts have places to fill in, such as `{module}`; a
//! paragraph whose places can't be filled isn't said. Its code is run by tests, on the Pythons that it claims to be for.

use std::borrow::Cow;

use crate::python::Pythons;

/// The table of files, by the causes' names for programs.
macro_rules! files {
    ($($id:literal,)*) => {
        &[$(($id, include_str!(concat!("causes/", $id, ".md"))),)*]
    };
}

/// The causes, by their names for programs.
static FILES: &[(&str, &str)] = files![
    "api-misuse",
    "attribute-gone",
    "attribute-moved",
    "attribute-not-yet",
    "bootstrap-spawn",
    "bound-method-python-2",
    "broken-pool",
    "c-type-without-recipe",
    "carriage-return",
    "changed-while-pickling",
    "code-of-another-python",
    "constructor-mismatch",
    "corrupted",
    "ctypes-pointer",
    "cython-checksum",
    "decorated-without-wraps",
    "depends-on-build",
    "digits-limit",
    "dill-main",
    "dotted-name",
    "enum-value-gone",
    "exception-cannot-be-rebuilt",
    "extension-code",
    "extension-code-dump",
    "function-module-broken",
    "hidden-function-python-2",
    "inheritance-only",
    "lambda",
    "library-changed",
    "library-moved",
    "local-object",
    "main-module",
    "mapping-hole",
    "memo-missing",
    "module-gone",
    "module-import-fails",
    "module-moved",
    "module-not-yet",
    "module-object",
    "name-not-in-module",
    "nested-class-old-protocol",
    "no-such-module",
    "not-a-module",
    "not-a-name",
    "not-a-pickle",
    "not-a-standard-name",
    "not-found-by-name",
    "not-installed",
    "not-picklable-on-purpose",
    "not-same-object",
    "numpy-bit-generator",
    "out-of-band-buffers",
    "pandas-blocks",
    "persistent-id",
    "persistent-id-dump",
    "picklebuffer-protocol",
    "pickler-not-initialised",
    "pool-object",
    "private-method",
    "protocol-out-of-range",
    "protocol-too-new",
    "python-2-name",
    "python-2-text-encoding",
    "python-3-name",
    "recursion",
    "reduce-broken",
    "resolves",
    "resource-file-or-socket",
    "resource-generator-or-frame",
    "resource-lock",
    "result-cannot-be-sent",
    "singleton-type",
    "sklearn-tree",
    "slots-old-protocol",
    "state-mismatch",
    "thread-or-event-loop",
    "torch-weights-only",
    "truncated",
    "unhashable",
    "unreachable-type",
    "worker-cannot-import",
];

/// A cause, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// Its name for programs, which doesn't change: `bound-method-python-2`.
    pub id: &'static str,
    /// In one line.
    pub title: &'static str,
    /// When it shows.
    pub stage: Stage,
    /// What its places are filled with where no name is at hand: in documentation, and in tests, which run its code so.
    pub example: Parts<'static>,
    /// What was looked up.
    pub looked_up: Vec<Said>,
    /// What it really is and where it lives.
    pub really: Vec<Said>,
    /// Why pickle needs that.
    pub why: Vec<Said>,
    /// What to do, what surprises least first.
    pub fixes: Vec<Item>,
    /// What is advised and doesn't help, with why.
    pub wrong: Vec<Item>,
    /// How to see for oneself.
    pub checks: Vec<Item>,
    /// Where this is known from.
    pub sources: Vec<Item>,
}

/// When something fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// When it is pickled.
    Dump,
    /// When it is loaded.
    Load,
    /// Either.
    #[default]
    Both,
}

impl Stage {
    /// `dump`, `load` or `both`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dump => "dump",
            Self::Load => "load",
            Self::Both => "both",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Dump, Self::Load, Self::Both]
            .into_iter()
            .find(|stage| stage.name() == name)
    }
}

/// A paragraph, of some Pythons.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// Of which.
    pub pythons: Pythons,
    /// What.
    pub text: String,
}

/// An item of a list, with its code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// What it says.
    pub said: Said,
    /// The code, where it has some.
    pub code: Option<Code>,
}

/// Code that is shown, and run by tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// What runs before, and isn't shown.
    pub before: String,
    /// What is shown.
    pub shown: String,
    /// What runs after, and isn't shown.
    pub after: String,
    /// What the last line of its traceback has in it, where it fails.
    pub fails: Option<&'static str>,
}

/// Why a file of causes can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// All causes' names.
pub fn ids() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(id, _)| *id)
}

/// The cause of this name.
///
/// ```
/// let cause = pickscope::lookup::causes::cause("bound-method-python-2").unwrap();
/// assert_eq!(cause.stage.name(), "dump");
/// ```
pub fn cause(id: &str) -> Option<Cause> {
    let (id, text) = FILES.iter().find(|(own, _)| *own == id)?;
    Cause::read(id, text).ok()
}

/// Where paragraphs and items go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    LookedUp,
    Really,
    Why,
    Fixes,
    Wrong,
    Checks,
    Sources,
}

impl Section {
    const ALL: [(Self, &'static str); 7] = [
        (Self::LookedUp, "Looked up"),
        (Self::Really, "What it is"),
        (Self::Why, "Why"),
        (Self::Fixes, "Do"),
        (Self::Wrong, "Doesn't help"),
        (Self::Checks, "Check"),
        (Self::Sources, "Sources"),
    ];
}

impl Cause {
    /// Reads the file of a cause.
    ///
    /// ```text
    /// # Title
    ///
    /// Stage: dump | load | both
    /// Example: module=collections name=Mapping made_by=type(x for x in ())
    ///
    /// ## Looked up
    /// ## What it is
    /// ## Why
    ///
    /// Paragraphs. One that begins with `(2.7)`, `(3.8+)`, `(3.6-3.9)` or `(2.7, 3.6)` is of these Pythons only.
    ///
    /// ## Do
    /// ## Doesn't help
    /// ## Check
    /// ## Sources
    ///
    /// - (3.8+) An item, of these Pythons only; lines that belong to it are indented by two spaces, its code too:
    ///   "```python before" runs first and isn't shown, "```python" is shown, "```python after" runs last and isn't shown;
    ///   "```python fails: TEXT" is shown and ends in a traceback whose last line has TEXT in it.
    /// ```
    ///
    /// # Errors
    /// The line that isn't of this form.
    pub fn read(id: &'static str, text: &'static str) -> Result<Self, Malformed> {
        let mut cause = Self {
            id,
            title: "",
            stage: Stage::Both,
            example: Parts::default(),
            looked_up: Vec::new(),
            really: Vec::new(),
            why: Vec::new(),
            fixes: Vec::new(),
            wrong: Vec::new(),
            checks: Vec::new(),
            sources: Vec::new(),
        };
        let mut section = None;
        let mut fence: Option<Fence> = None;
        // Whether the next line of text goes on with the last paragraph or item.
        let mut open = false;
        for (number, line) in (1..).zip(text.lines()) {
            let malformed = |why| Malformed { line: number, why };
            if let Some(own) = fence {
                if line.trim() == "```" {
                    fence = None;
                    continue;
                }
                let code = cause
                    .last_item(section)
                    .map(|item| item.code.get_or_insert_default())
                    .ok_or_else(|| malformed("code belongs to an item"))?;
                let lines = match own {
                    Fence::Before => &mut code.before,
                    Fence::Shown => &mut code.shown,
                    Fence::After => &mut code.after,
                };
                lines.push_str(line.strip_prefix("  ").unwrap_or(line));
                lines.push('\n');
                continue;
            }
            if let Some(title) = line.strip_prefix("# ") {
                cause.title = title;
            } else if let Some(stage) = line.strip_prefix("Stage: ") {
                cause.stage = Stage::named(stage).ok_or_else(|| malformed("an unknown stage"))?;
            } else if let Some(example) = line.strip_prefix("Example: ") {
                cause
                    .example
                    .read(example)
                    .ok_or_else(|| malformed("an example begins with a place"))?;
            } else if let Some(name) = line.strip_prefix("## ") {
                let known = Section::ALL.iter().find(|(_, own)| *own == name);
                section = Some(known.ok_or_else(|| malformed("an unknown heading"))?.0);
                open = false;
            } else if line.trim().is_empty() {
                open = false;
            } else if let Some(info) = line.trim_start().strip_prefix("```") {
                let (own, fails) = Fence::read(info).ok_or_else(|| malformed("unknown code"))?;
                fence = Some(own);
                let item = cause.last_item(section);
                let code = item
                    .map(|item| item.code.get_or_insert_default())
                    .ok_or_else(|| malformed("code belongs to an item"))?;
                code.fails = code.fails.or(fails);
                open = false;
            } else if open && !line.starts_with("- ") {
                let text = cause
                    .last_text(section)
                    .ok_or_else(|| malformed("text without a heading"))?;
                text.push(' ');
                text.push_str(line.trim());
            } else {
                let section = section.ok_or_else(|| malformed("text without a heading"))?;
                cause.begin(section, line).ok_or_else(|| {
                    malformed("neither a paragraph nor an item, or of unknown Pythons")
                })?;
                open = true;
            }
        }
        Ok(cause)
    }

    /// Begins a paragraph or an item.
    fn begin(&mut self, section: Section, line: &str) -> Option<()> {
        if let Some(paragraphs) = self.paragraphs(section) {
            paragraphs.push(Said::read(line)?);
        } else {
            let said = Said::read(line.strip_prefix("- ")?)?;
            self.items(section)?.push(Item { said, code: None });
        }
        Some(())
    }

    fn paragraphs(&mut self, section: Section) -> Option<&mut Vec<Said>> {
        match section {
            Section::LookedUp => Some(&mut self.looked_up),
            Section::Really => Some(&mut self.really),
            Section::Why => Some(&mut self.why),
            _ => None,
        }
    }

    fn items(&mut self, section: Section) -> Option<&mut Vec<Item>> {
        match section {
            Section::Fixes => Some(&mut self.fixes),
            Section::Wrong => Some(&mut self.wrong),
            Section::Checks => Some(&mut self.checks),
            Section::Sources => Some(&mut self.sources),
            _ => None,
        }
    }

    fn last_item(&mut self, section: Option<Section>) -> Option<&mut Item> {
        self.items(section?)?.last_mut()
    }

    fn last_text(&mut self, section: Option<Section>) -> Option<&mut String> {
        let section = section?;
        if self.paragraphs(section).is_some() {
            return Some(&mut self.paragraphs(section)?.last_mut()?.text);
        }
        Some(&mut self.last_item(Some(section))?.said.text)
    }
}

#[derive(Clone, Copy, Debug)]
enum Fence {
    Before,
    Shown,
    After,
}

impl Fence {
    fn read(info: &'static str) -> Option<(Self, Option<&'static str>)> {
        Some(match info {
            "python" => (Self::Shown, None),
            "python before" => (Self::Before, None),
            "python after" => (Self::After, None),
            _ => (Self::Shown, Some(info.strip_prefix("python fails: ")?)),
        })
    }
}

impl Said {
    /// A text, with the Pythons that it begins with.
    fn read(line: &str) -> Option<Self> {
        let line = line.trim();
        let (pythons, text) = match line
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(") "))
        {
            Some((pythons, text)) if pythons.starts_with(|first: char| first.is_ascii_digit()) => {
                (pythons_of(pythons)?, text)
            }
            _ => (Pythons::ALL, line),
        };
        Some(Self {
            pythons,
            text: text.to_owned(),
        })
    }
}

/// `2.7`, `3.8+`, `3.6-3.9`, or several of these with commas between.
pub(super) fn pythons_of(text: &str) -> Option<Pythons> {
    text.split(", ").try_fold(Pythons::NONE, |all, part| {
        let bounds = match (part.strip_suffix('+'), part.split_once('-')) {
            (Some(first), _) => (first.parse().ok()?, crate::python::Python::all().last()?),
            (None, Some((first, last))) => (first.parse().ok()?, last.parse().ok()?),
            (None, None) => (part.parse().ok()?, part.parse().ok()?),
        };
        let own = crate::python::Python::all()
            .filter(|python| (bounds.0..=bounds.1).contains(python))
            .collect();
        Some(all.or(own))
    })
}

/// What the places of a text are filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Parts<'a> {
    /// Fills a place.
    #[must_use]
    pub fn with(mut self, place: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        self.0.push((place, text.into()));
        self
    }

    /// What a place is filled with.
    pub fn get(&self, place: &str) -> Option<&str> {
        self.iter()
            .find_map(|(own, text)| (own == place).then_some(text))
    }

    /// Reads `module=os name=path made_by=type(x for x in ())`: a word that isn't `place=` goes on with the text before.
    fn read(&mut self, text: &'static str) -> Option<()> {
        for word in text.split(' ') {
            let place = word
                .split_once('=')
                .filter(|(place, _)| is_place(place))
                .filter(|(_, text)| !text.starts_with('='));
            match place {
                Some((place, text)) => self.0.push((place, text.into())),
                None => {
                    let (_, last) = self.0.last_mut()?;
                    last.to_mut().push(' ');
                    last.to_mut().push_str(word);
                }
            }
        }
        Some(())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(place, text)| (*place, text.as_ref()))
    }
}

/// A piece of a text whose places are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'p> {
    /// Ours.
    Ours(&'p str),
    /// From outside: escape it before a terminal sees it.
    Theirs(&'p str),
}

/// A text with its places filled; `None` where one can't be.
///
/// A place is a lower-case word in braces; other braces are braces.
///
/// ```
/// use pickscope::lookup::causes::{Parts, Piece, filled};
///
/// let parts = Parts::default().with("name", "f");
/// assert_eq!(filled("call {name}()", &parts), Some(vec![Piece::Ours("call "), Piece::Theirs("f"), Piece::Ours("()")]));
/// assert_eq!(filled("import {module}", &parts), None);
/// ```
pub fn filled<'p>(text: &'p str, parts: &'p Parts<'_>) -> Option<Vec<Piece<'p>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, place, after)) = next_place(rest) {
        if !before.is_empty() {
            pieces.push(Piece::Ours(before));
        }
        pieces.push(Piece::Theirs(parts.get(place)?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Ours(rest));
    }
    Some(pieces)
}

/// The text before a place, its name, and the text behind it.
pub(super) fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('{').find_map(|(at, _)| {
        let (before, inside) = text.split_at_checked(at)?;
        let (place, after) = inside.strip_prefix('{')?.split_once('}')?;
        is_place(place).then_some((before, place, after))
    })
}

/// Whether a place can be called so.
fn is_place(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    !text.is_empty() && text.bytes().all(fits)
}
