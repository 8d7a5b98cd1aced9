//! `explain`: why a lookup or a pickle fails, and what to do, for the Pythons that were asked for.

use crate::{
    limits,
    lookup::{
        causes::{Code, Item, Parts, Piece, Said, filled},
        explain::{Explained, explain, explain_message, explain_within, with_stand_ins},
        message::{Message, Unknown, find, unfolded},
        names,
        near::Searches,
        resolve::{Verdict, Wanted},
    },
    python::Pythons,
    repr::{self, Chars},
};

use super::{
    needs::readers,
    refs::{Read, Reference},
    resolving::names as names_of,
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

/// Whether a text looks like a name, and not like a sentence: `module.name`, `module:name` or `module name`.
///
/// ```
/// use pickscope::report::explain::is_name;
///
/// assert!(is_name("os.path.join") && is_name("os path") && is_name("os:path"));
/// assert!(!is_name("TypeError: cannot pickle") && !is_name("Ran out of input") && !is_name("EOFError"));
/// ```
pub fn is_name(text: &str) -> bool {
    let word = |text: &str| !text.is_empty() && !text.contains([' ', '\'', '"', '(', '\t', '\n']);
    match text.split_once(':').or_else(|| text.split_once(' ')) {
        Some((module, name)) => word(module) && word(name),
        None => word(text) && text.contains('.') && !text.ends_with('.'),
    }
}

/// What `explain` says of a name or a message.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// Its parts, whole.
    pub explained: Explained<'a>,
    /// The Pythons that were asked for.
    pub asked: Pythons,
    /// Those of them that it is about: a message's wording tells, where no Python was asked for.
    pub about: Pythons,
    /// What fills the places of code.
    stand_ins: Parts<'a>,
}

/// Explains a name for some Pythons.
pub fn of_name<'a>(module: &'a str, name: &'a str, asked: Pythons) -> Explanation<'a> {
    let wanted = Wanted {
        module,
        name,
        protocol: None,
    };
    let explained = explain(wanted, asked);
    Explanation {
        stand_ins: explained.parts.clone(),
        explained,
        asked,
        about: asked,
    }
}

/// Explains a reference of a pickle, by the pickle's own protocol, for those Pythons that were asked for and can read it; `None`
/// for what isn't a name of the stream. `searches` are those of the whole input.
pub fn of_reference<T>(
    read: &Read<'_>,
    reference: &Reference<'_, '_>,
    searches: &mut Searches,
    with: impl FnOnce(&Explanation<'_>) -> T,
) -> Option<T> {
    let (module, name) = names_of(reference.target?)?;
    let wanted = Wanted {
        module: &module,
        name: &name,
        protocol: Some(read.pickle.declared),
    };
    let asked = read.asked.unwrap_or(readers(&read.pickle));
    let explained = explain_within(wanted, asked, searches);
    Some(with(&Explanation {
        stand_ins: explained.parts.clone(),
        explained,
        asked,
        about: asked,
    }))
}

/// Explains a message, for some Pythons or, with `None`, for those that say it so.
pub fn of_message<'a>(message: &'a Message<'a>, asked: Option<Pythons>) -> Explanation<'a> {
    let about = asked.unwrap_or(message.pythons());
    let asked = asked.unwrap_or(Pythons::ALL);
    let explained = explain_message(message, asked);
    Explanation {
        stand_ins: with_stand_ins(&explained.parts),
        explained,
        asked,
        about,
    }
}

/// Calls `with` with the error in a text, whether its lines are ended by newlines or, as in JSON logs, by a written `\n`.
pub fn with_message<T>(text: &str, with: impl FnOnce(Result<Message<'_>, Unknown<'_>>) -> T) -> T {
    let found = find(text);
    if matches!(found, Err(Unknown::NoError | Unknown::Anyones(_)))
        && let Some(unfolded) = unfolded(text)
        && let Ok(message) = find(&unfolded)
    {
        return with(Ok(message));
    }
    with(found)
}

/// Pythons that make the same of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike<'e> {
    /// Which.
    pub pythons: Pythons,
    /// What.
    pub verdict: &'e Verdict,
}

/// A paragraph or an item with its places filled.
#[derive(Clone, Debug)]
pub struct Told<'e> {
    /// The Pythons that it is for, of those that were asked for.
    pub pythons: Pythons,
    /// Whether it is for none of those that the explanation is about.
    pub aside: bool,
    /// What it says.
    pub text: Vec<Piece<'e>>,
    /// Its code.
    pub code: Option<&'e Code>,
}

impl Explanation<'_> {
    /// Whether a Python that was asked for fails to find the name, or something failed and said so.
    pub fn fails(&self) -> bool {
        self.explained.message.is_some() || !self.explained.who(Some(false)).is_empty()
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

    /// What is said of the Pythons that it is about, as far as its places can be filled.
    pub fn paragraphs<'e>(&'e self, of: &'e [Said]) -> impl Iterator<Item = Told<'e>> {
        of.iter()
            .filter(|said| !said.pythons.and(self.about).is_empty())
            .filter_map(|said| {
                Some(Told {
                    pythons: said.pythons.and(self.asked),
                    aside: false,
                    text: filled(&said.text, &self.explained.parts)?,
                    code: None,
                })
            })
    }

    /// The Pythons that something is for, in words, where it isn't for all that the explanation is about.
    pub fn whose(&self, told: &Told<'_>) -> Option<String> {
        let partial = !self.about.without(told.pythons).is_empty();
        partial.then(|| format!("({}) ", told.pythons))
    }

    /// Items, likewise: those for the Pythons that it is about first.
    pub fn items<'e>(&'e self, of: &'e [Item]) -> impl Iterator<Item = Told<'e>> {
        let told = move |aside: bool| {
            of.iter().filter_map(move |item| {
                let pythons = item.said.pythons.and(self.asked);
                let own = item.said.pythons.and(self.about).is_empty();
                if pythons.is_empty() || own != aside {
                    return None;
                }
                Some(Told {
                    pythons,
                    aside,
                    text: filled(&item.said.text, &self.stand_ins)?,
                    code: item.code.as_ref(),
                })
            })
        };
        told(false).chain(told(true))
    }

    /// Lines of code with their places filled, as stands between a Python string's quotes; what has no filling stays as it
    /// is.
    pub fn code<'e>(&'e self, shown: &'e str) -> impl Iterator<Item = String> {
        shown.lines().map(|line| {
            let pieces = filled(line, &self.stand_ins);
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
