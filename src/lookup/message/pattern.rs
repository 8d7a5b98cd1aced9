//! A wording with places: `Can't get attribute '{name}' on <module '{module}'`.
//!
//! A place takes as little as lets the literal text behind it follow, so comparing takes time linear in the text.

use std::ops::Range;

/// A wording, split.
#[derive(Debug)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    /// Whether the message ends with it.
    whole: bool,
}

/// A text that a wording fits.
#[derive(Debug)]
pub(super) struct Compared {
    /// What the places hold.
    pub(super) places: Vec<(&'static str, Range<usize>)>,
    /// Where it ends.
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Text(&'static str),
    Place(&'static str),
}

impl Pattern {
    pub(super) fn new(text: &'static str) -> Self {
        let (mut rest, whole) = match text.strip_suffix('$') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut pieces = Vec::new();
        while let Some((before, place, after)) = super::super::causes::next_place(rest) {
            if !before.is_empty() {
                pieces.push(Piece::Text(before));
            }
            pieces.push(Piece::Place(place));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest));
        }
        Self { pieces, whole }
    }

    /// What it is looked for by: the longest literal text.
    pub(super) fn anchor(&self) -> &'static str {
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(text) => Some(*text),
                Piece::Place(_) => None,
            })
            .max_by_key(|text| text.len())
            .unwrap_or_default()
    }

    /// What it begins with, where that is literal.
    pub(super) fn beginning(&self) -> Option<&'static str> {
        match self.pieces.first()? {
            Piece::Text(text) => Some(text),
            Piece::Place(_) => None,
        }
    }

    /// The literal text behind the place that it begins with, and whether that place is one word.
    pub(super) fn after_place(&self) -> Option<(&'static str, bool)> {
        match self.pieces.as_slice() {
            [Piece::Place(place), Piece::Text(text), ..] => {
                Some((text, matches!(*place, "f" | "base" | "type")))
            }
            _ => None,
        }
    }

    /// Compares it with a text from its start on.
    pub(super) fn compare(&self, text: &str) -> Option<Compared> {
        let mut places = Vec::new();
        let mut at = 0_usize;
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            let rest = text.get(at..)?;
            match *piece {
                Piece::Text(own) => {
                    rest.strip_prefix(own)?;
                    at = at.saturating_add(own.len());
                }
                Piece::Place(place) => {
                    let length = match pieces.peek() {
                        Some(Piece::Text(next)) => rest.find(next)?,
                        _ if self.whole => rest.len(),
                        _ => last(place, rest),
                    };
                    if !fits(place, rest.get(..length)?) {
                        return None;
                    }
                    let end = at.saturating_add(length);
                    places.push((place, at..end));
                    at = end;
                }
            }
        }
        (!self.whole || at == text.len()).then_some(Compared { places, end: at })
    }
}

/// How much of a text a place takes that nothing stands behind.
fn last(place: &str, text: &str) -> usize {
    let ends = |c: char| match place {
        "module" | "dotted" | "type" => {
            c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ')' | '`' | ';')
        }
        "protocol" | "max" | "code" | "index" | "count" | "given" => {
            !c.is_ascii_digit() && c != '-'
        }
        _ => false,
    };
    let taken = text.find(ends).unwrap_or(text.len());
    let text = text.get(..taken).unwrap_or_default();
    // A sentence around it goes on or ends.
    match place {
        "module" | "dotted" | "type" => text.trim_end_matches(['.', ':', '!', '?']).len(),
        _ => text.trim_end().len(),
    }
}

/// Whether a place can hold a text.
fn fits(place: &str, text: &str) -> bool {
    match place {
        "protocol" | "max" | "code" | "index" | "count" | "given" => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        "member" => is_word(text) && !text.contains('.'),
        "f" | "base" => is_word(text),
        "byte" | "codec" | "address" => !text.is_empty() && !text.contains(char::is_whitespace),
        "type" => !text.is_empty() && text.len() <= LONGEST && !text.contains(['\n', '\'']),
        "key" => text.len() <= LONGEST,
        "name" | "rest" | "other" | "path" => true,
        _ => !text.is_empty(),
    }
}

/// A type has no longer name.
const LONGEST: usize = 300;

/// Whether a text is a name as Python shows it.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(in_word)
}

/// Whether a character can be in a name, as Python shows it: `make.<locals>.f`.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '<' | '>' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(pattern: &'static str, text: &str) -> Option<Vec<String>> {
        let compared = Pattern::new(pattern).compare(text)?;
        compared
            .places
            .into_iter()
            .map(|(place, range)| Some(format!("{place}={}", text.get(range)?)))
            .collect()
    }

    #[test]
    fn places_are_filled() {
        let attribute = "attribute {name} on {module} failed";
        assert_eq!(
            compared(attribute, "attribute <lambda> on __main__ failed."),
            Some(vec!["name=<lambda>".into(), "module=__main__".into()])
        );
        assert_eq!(
            compared("found as {dotted}", "found as a.b\"')"),
            Some(vec!["dotted=a.b".into()])
        );
        assert_eq!(
            compared("key {key}$", "key a b"),
            Some(vec!["key=a b".into()])
        );
    }

    #[test]
    fn what_doesnt_fit_is_refused() {
        assert_eq!(compared("protocol: {protocol}", "protocol: x"), None);
        assert_eq!(compared("error$", "error here"), None);
        assert_eq!(compared("a {obj} b", "a  b"), None);
        assert_eq!(compared("EOFError$", "EOFErro"), None);
    }
}
