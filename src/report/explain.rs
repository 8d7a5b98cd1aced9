//! `explain`: why a lookup fails, and what to do, for the Pythons that were asked for.

use crate::{
    limits,
    lookup::{
        causes::{Code, Item, Piece, Said, filled},
        explain::{Explained, explain},
        names,
        resolve::{Verdict, Wanted},
    },
    python::Pythons,
    repr::{self, Chars},
};

/// Why a text is no name that could be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoName {
    /// It is empty.
    Empty,
    /// It has no place where a module could end and a name begin.
    Undivided,
    /// It has more bytes than any name.
    TooLong(usize),
}

impl std::fmt::Display for NoName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::Undivided => f.write_str("a NAME is a module and a name in it: module.name"),
            Self::TooLong(length) => write!(
                f,
                "a name of {length} bytes is no name: {} are the most that is looked at",
                limits::NAME_BYTES
            ),
        }
    }
}

impl std::error::Error for NoName {}

/// Module and name of `module.name`, `module:name` or `module name`.
///
/// A colon or a space parts them as they are, at the first. Without, they are parted at the last dot, if not a standard
/// module is known that has the beginning of what is left as a class.
///
/// ```
/// use pickscope::report::explain::parted;
///
/// assert_eq!(parted("os.path.join"), Ok(("os.path", "join")));
/// assert_eq!(parted("collections:OrderedDict.fromkeys"), Ok(("collections", "OrderedDict.fromkeys")));
/// assert_eq!(parted("collections.OrderedDict.fromkeys"), Ok(("collections", "OrderedDict.fromkeys")));
/// ```
///
/// # Errors
/// Why it is no name.
pub fn parted(text: &str) -> Result<(&str, &str), NoName> {
    if text.is_empty() {
        return Err(NoName::Empty);
    }
    if text.len() > limits::NAME_BYTES {
        return Err(NoName::TooLong(text.len()));
    }
    if let Some(parted) = text.split_once(':').or_else(|| text.split_once(' ')) {
        return match parted {
            ("", _) | (_, "") => Err(NoName::Undivided),
            parted => Ok(parted),
        };
    }
    let last = text
        .rsplit_once('.')
        .filter(|(module, name)| !module.is_empty() && !name.is_empty())
        .ok_or(NoName::Undivided)?;
    let is_there = |module: names::Module| !module.has.or(module.unknown).is_empty();
    if names::module(last.0).is_some_and(is_there) {
        return Ok(last);
    }
    let class = text.match_indices('.').find_map(|(at, _)| {
        let (module, rest) = text.split_at_checked(at)?;
        let name = rest.strip_prefix('.')?;
        let walk = names::walk(module, name)?;
        let is_class = !walk.resolves.or(walk.past_record).is_empty() && walk.parts > 0;
        (is_class && name.contains('.')).then_some((module, name))
    });
    Ok(class.unwrap_or(last))
}

/// What `explain` says of a name.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// Its parts, whole.
    pub explained: Explained<'a>,
    /// The Pythons that were asked for.
    pub asked: Pythons,
}

/// Explains a name for some Pythons.
pub fn of_name<'a>(module: &'a str, name: &'a str, asked: Pythons) -> Explanation<'a> {
    let wanted = Wanted {
        module,
        name,
        protocol: None,
    };
    Explanation {
        explained: explain(wanted, asked),
        asked,
    }
}

/// Pythons that make the same of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike<'e> {
    /// Which.
    pub pythons: Pythons,
    /// What.
    pub verdict: &'e Verdict,
}

/// An item with its places filled.
#[derive(Clone, Debug)]
pub struct Told<'e> {
    /// The Pythons that it is for, of those that were asked for.
    pub pythons: Pythons,
    /// What it says.
    pub text: Vec<Piece<'e>>,
    /// Its code.
    pub code: Option<&'e Code>,
}

impl Explanation<'_> {
    /// Whether a Python that was asked for fails to find the name.
    pub fn fails(&self) -> bool {
        !self.explained.who(Some(false)).is_empty()
    }

    /// What the Pythons make of it, those that agree together.
    pub fn alike(&self) -> Vec<Alike<'_>> {
        let mut groups: Vec<Alike<'_>> = Vec::new();
        for (python, verdict) in &self.explained.verdicts {
            let own: Pythons = [*python].into_iter().collect();
            match groups.iter_mut().find(|group| group.verdict == verdict) {
                Some(group) => group.pythons = group.pythons.or(own),
                None => groups.push(Alike {
                    pythons: own,
                    verdict,
                }),
            }
        }
        groups
    }

    /// What is said of the Pythons that were asked for, as far as its places can be filled.
    pub fn paragraphs<'e>(&'e self, of: &'e [Said]) -> impl Iterator<Item = Vec<Piece<'e>>> {
        of.iter()
            .filter(|said| !said.pythons.and(self.asked).is_empty())
            .filter_map(|said| filled(&said.text, &self.explained.parts))
    }

    /// Items, likewise.
    pub fn items<'e>(&'e self, of: &'e [Item]) -> impl Iterator<Item = Told<'e>> {
        of.iter().filter_map(|item| {
            let pythons = item.said.pythons.and(self.asked);
            if pythons.is_empty() {
                return None;
            }
            Some(Told {
                pythons,
                text: filled(&item.said.text, &self.explained.parts)?,
                code: item.code.as_ref(),
            })
        })
    }

    /// Lines of code with their places filled, as stands between a Python string's quotes; what has no filling stays as it
    /// is.
    pub fn code<'e>(&'e self, shown: &'e str) -> impl Iterator<Item = String> {
        shown.lines().map(|line| {
            let pieces = filled(line, &self.explained.parts);
            pieces.map_or_else(
                || line.to_owned(),
                |pieces| pieces.into_iter().map(in_code).collect(),
            )
        })
    }
}

/// A piece as it stands in code.
fn in_code(piece: Piece<'_>) -> String {
    match piece {
        Piece::Ours(text) => text.to_owned(),
        Piece::Theirs(text) => {
            let quoted = repr::Str(Chars::Utf8(text)).to_string();
            let inside = quoted.get(1..quoted.len().saturating_sub(1));
            let inside = inside.unwrap_or_default();
            if quoted.starts_with('"') {
                inside.replace('\'', "\\'")
            } else {
                inside.to_owned()
            }
        }
    }
}
