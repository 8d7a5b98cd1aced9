//! Paths to a value within a tree: `a[3].b`.
//!
//! | part | leads to |
//! |---|---|
//! | `a`, `.a` | the attribute, keyword or string key `a`; `state`, `callee` and the like where a row is called so |
//! | `[3]` | the item or argument 3, counted from 0, or the key 3 |
//! | `['a b']` | the string key or attribute `a b`; escapes stand for what they do in Python |
//! | `[None]`, `[1.5]`, `[b'x']`, `[(1, 'a')]` | the key that Python writes so |
//! | `{2}` | the row 2, counted from 0, whatever it is called |

use std::fmt::Write as _;

use crate::{
    decode::text::Meaning,
    graph::View,
    machine::{Kind, Value},
    repr,
};

use super::{
    form::{Label, Row, form},
    marks::Marks,
};

/// A path to a value within a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    steps: Vec<(String, Step)>,
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(u64),
    Text(String),
    Key(String),
    Row(u64),
}

/// Where a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The path as far as it leads somewhere.
    pub walked: String,
    /// The part that leads nowhere.
    pub wanted: String,
    /// What is there.
    pub value: Value,
}

/// A key longer than this is compared with no path.
const KEY: u64 = 4096;

impl std::str::FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, after) = if let Some(inside) = rest.strip_prefix('[') {
                bracket(inside)?
            } else if let Some(inside) = rest.strip_prefix('{') {
                let (number, after) = inside.split_once('}').ok_or("a `{` has no `}`")?;
                let number = number
                    .parse()
                    .map_err(|_| "between `{` and `}` stands a row's number")?;
                (Step::Row(number), after)
            } else {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let end = name.find(['.', '[', '{']).unwrap_or(name.len());
                let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
                if name.is_empty() {
                    return Err("a name is missing: `a[3].b` is a path".to_owned());
                }
                (Step::Name(name.to_owned()), after)
            };
            let length = rest.len().saturating_sub(after.len());
            let written = rest.get(..length).unwrap_or_default();
            steps.push((written.to_owned(), step));
            rest = after;
        }
        Ok(Self { steps })
    }
}

/// What stands after a `[`, to its `]`.
fn bracket(inside: &str) -> Result<(Step, &str), String> {
    let mut quote = None;
    let mut depth = 0u32;
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        match (character, quote) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(character),
            ('[' | '(' | '{', None) => depth = depth.saturating_add(1),
            (']', None) if depth == 0 => {
                let (key, after) = inside.split_at_checked(at).unwrap_or((inside, ""));
                return Ok((key_step(key), after.strip_prefix(']').unwrap_or(after)));
            }
            (']' | ')' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Err("a `[` has no `]`".to_owned())
}

fn key_step(key: &str) -> Step {
    if let Ok(number) = key.parse() {
        return Step::Index(number);
    }
    for quote in ['\'', '"'] {
        let inside = key
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote));
        if let Some(inside) = inside {
            // What no text can have is compared as Python writes it.
            return match unescaped(inside) {
                Some(text) => Step::Text(text),
                None => Step::Key(closed_up(key)),
            };
        }
    }
    Step::Key(closed_up(key))
}

/// Text as Python reads it between quotes, where that is text: without lone surrogates.
fn unescaped(inside: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = inside.chars();
    while let Some(character) = chars.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        let digits = match chars.next() {
            None => {
                text.push('\\');
                break;
            }
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(other) => {
                text.push(match other {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                });
                continue;
            }
        };
        let number = chars.as_str().get(..digits)?;
        text.push(char::from_u32(u32::from_str_radix(number, 16).ok()?)?);
        chars.nth(digits.saturating_sub(1));
    }
    Some(text)
}

/// Without blanks, so that `(1,2)` finds what Python writes `(1, 2)`; and in single quotes where that changes nothing else.
fn closed_up(text: &str) -> String {
    let quoted = if text.contains('\'') { '"' } else { '\'' };
    text.chars()
        .filter(|c| *c != ' ')
        .map(|c| if c == '"' { quoted } else { c })
        .collect()
}

impl Path {
    /// The value that the path leads to from `root`.
    ///
    /// # Errors
    /// Where it leads nowhere.
    pub fn follow(&self, view: View<'_, '_>, marks: &Marks, root: Value) -> Result<Value, Lost> {
        let mut value = root;
        let mut walked = String::new();
        for (written, step) in &self.steps {
            match find(view, marks, value, step) {
                Some(next) => value = next,
                None => {
                    return Err(Lost {
                        walked,
                        wanted: written.clone(),
                        value,
                    });
                }
            }
            walked += written;
        }
        Ok(value)
    }
}

fn find(view: View<'_, '_>, marks: &Marks, value: Value, step: &Step) -> Option<Value> {
    let mut rows = form(view, marks, value).rows;
    let found = match step {
        Step::Row(number) => rows.nth(usize::try_from(*number).ok()?),
        Step::Name(name) => {
            let by_name = |row: &Row| match row.label {
                Label::Attribute(key) | Label::Keyword(key) | Label::Key(key) => {
                    is_text(view, key, name)
                }
                _ => false,
            };
            let by_word = |row: &Row| matches!(row.label, Label::Word(word) if word == name);
            rows.clone().find(by_name).or_else(|| rows.find(by_word))
        }
        Step::Index(number) => rows.find(|row| match row.label {
            Label::Index(index) | Label::Argument(index) | Label::State(index) => index == *number,
            Label::Key(key) => is_integer(view, key, *number),
            _ => false,
        }),
        Step::Text(text) => rows.find(|row| match row.label {
            Label::Key(key) | Label::Attribute(key) | Label::Keyword(key) => {
                is_text(view, key, text)
            }
            _ => false,
        }),
        Step::Key(key) => rows.find(|row| {
            matches!(row.label, Label::Key(own) if written(view, own).is_some_and(|own| own == *key))
        }),
    };
    found.map(|row| row.value)
}

fn is_text(view: View<'_, '_>, key: Value, text: &str) -> bool {
    // Escapes make a text longer in the stream, not shorter.
    matches!(key.kind(), Kind::Str | Kind::OldStr)
        && view
            .op(key)
            .is_some_and(|op| op.length() >= text.len() as u64 && is_short(op.length(), text))
        && view.text(key).is_some_and(|own| own == text)
}

/// Whether what is so long in the stream may be this text: an escape takes ten bytes at the most.
fn is_short(length: u64, text: &str) -> bool {
    length <= (text.len() as u64).saturating_mul(10).saturating_add(16)
}

fn is_integer(view: View<'_, '_>, key: Value, number: u64) -> bool {
    view.integer(key).and_then(|own| u64::try_from(own).ok()) == Some(number)
}

/// How Python writes a key, without blanks: an atom, or a tuple of atoms.
fn written(view: View<'_, '_>, key: Value) -> Option<String> {
    let mut text = String::new();
    if key.kind() == Kind::Tuple {
        let items = view.tuple(key)?;
        text.push('(');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            atom(view, *item, &mut text)?;
            if text.len() as u64 > KEY {
                return None;
            }
        }
        if items.len() == 1 {
            text.push(',');
        }
        text.push(')');
    } else {
        atom(view, key, &mut text)?;
    }
    Some(closed_up(&text))
}

fn atom(view: View<'_, '_>, value: Value, text: &mut String) -> Option<()> {
    match value.kind() {
        Kind::None => text.push_str("None"),
        _ if view.op(value)?.length() > KEY => return None,
        _ => match view.atom(value)? {
            Meaning::Bool(is) => text.push_str(if is { "True" } else { "False" }),
            Meaning::Int(number) => text.push_str(&number.written()),
            Meaning::Float(number) => write!(text, "{}", repr::Float(number)).ok()?,
            Meaning::Str(own) => write!(text, "{}", repr::Str((&own).into())).ok()?,
            Meaning::Bytes(bytes) if value.kind() == Kind::OldStr => {
                let own = repr::Bytes(&bytes).to_string();
                text.push_str(own.strip_prefix('b')?);
            }
            Meaning::Bytes(bytes) => write!(text, "{}", repr::Bytes(&bytes)).ok()?,
            _ => return None,
        },
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn parts_of_paths() {
        let steps = |text: &str| -> Vec<Step> {
            let path: Path = text.parse().expect("it is a path");
            path.steps.into_iter().map(|(_, step)| step).collect()
        };
        assert_eq!(
            steps("a[3].b{2}"),
            [
                Step::Name("a".into()),
                Step::Index(3),
                Step::Name("b".into()),
                Step::Row(2)
            ]
        );
        assert_eq!(
            steps(r"['it\'s [x]'][(1, ']')]"),
            [Step::Text("it's [x]".into()), Step::Key("(1,']')".into())]
        );
        assert_eq!(
            steps(r"['\n\x07é\u202e\\n']['\U0001f600']"),
            [
                Step::Text("\n\u{7}é\u{202e}\\n".into()),
                Step::Text("\u{1f600}".into())
            ]
        );
        assert_eq!(steps(r"['\ud800']"), [Step::Key(r"'\ud800'".into())]);
        assert_eq!(steps(""), []);
        for wrong in ["a[", "{x}", "a..b", "a.", "{1"] {
            assert!(wrong.parse::<Path>().is_err(), "{wrong}");
        }
    }
}
