//! Looking at what a call was given, with a bound on the work.
//!
//! What one call is made of may be shared by a million others. So nothing is read here that is longer than a library
//! writes it, and a long text is only gone through where it stands right beside its use.

use std::borrow::Cow;

use crate::{
    graph::{Since, View},
    machine::{Kind, Value},
    opcode::Opcode,
};

/// How long a text may be that is read for its meaning.
pub(super) const SHORT: usize = 256;
/// How long a number may be written that is read.
const DIGITS: usize = 64;
/// How long a text may be that is gone through wherever it stands.
const ANYWHERE: u64 = 4096;
/// How far apart a longer text and its use may be.
const BESIDE: u64 = 4096;

/// Short text.
pub(super) fn text<'a>(view: View<'_, 'a>, value: Value) -> Option<Cow<'a, str>> {
    if !matches!(value.kind(), Kind::Str | Kind::OldStr) || view.written(value)?.len() > SHORT {
        return None;
    }
    view.text(value)
}

/// Whether a value is this text.
pub(super) fn is_text(view: View<'_, '_>, value: Value, text: &str) -> bool {
    self::text(view, value).is_some_and(|own| own == text)
}

/// An integer of 64 bits; no bool.
pub(super) fn integer(view: View<'_, '_>, value: Value) -> Option<i64> {
    (value.kind() == Kind::Int && is_narrow(view, value))
        .then(|| view.integer(value))
        .flatten()
}

/// Whether a number is written so short that it is read.
pub(super) fn is_narrow(view: View<'_, '_>, value: Value) -> bool {
    view.written(value)
        .is_none_or(|digits| digits.len() <= DIGITS)
}

/// What a length, a count or a size is.
pub(super) fn count(view: View<'_, '_>, value: Value) -> Option<u64> {
    integer(view, value).and_then(|number| u64::try_from(number).ok())
}

/// A bool, or the 0 or 1 that older libraries have in its place.
pub(super) fn flag(view: View<'_, '_>, value: Value) -> Option<bool> {
    match value.kind() {
        Kind::Bool => view.boolean(value),
        Kind::Int => {
            if view
                .written(value)
                .is_some_and(|digits| digits.len() > DIGITS)
            {
                return None;
            }
            match view.integer(value) {
                Some(0) => Some(false),
                Some(1) => Some(true),
                Some(_) => None,
                // INT of `00` and `01` are bools.
                None => view.boolean(value),
            }
        }
        _ => None,
    }
}

/// Module and name of what is looked up.
pub(super) fn is_name(view: View<'_, '_>, value: Value, modules: &[&str], name: &str) -> bool {
    view.short_name(value, SHORT).is_some_and(|(module, own)| {
        own.as_str() == Some(name)
            && module
                .as_str()
                .is_some_and(|module| modules.contains(&module))
    })
}

/// Whether two values are one, or look up the same name: a name that isn't kept in the memo is looked up again.
pub(super) fn is_same(view: View<'_, '_>, one: Value, other: Value) -> bool {
    let name = |value| view.short_name(value, SHORT);
    one == other || name(one).is_some_and(|own| name(other) == Some(own))
}

/// Both modules that the builtins are in.
pub(super) const BUILTINS: &[&str] = &["__builtin__", "builtins"];

/// The one state that a value was given, if that is all; `None` where it was filled after that.
pub(super) fn state(view: View<'_, '_>, value: Value) -> Option<Value> {
    let Since::State(state) = view.since(value) else {
        return None;
    };
    let (moment, _) = view.states_at(value).next()?;
    (!view.is_filled_after(state, moment)).then_some(state)
}

/// The arguments of a REDUCE of a name, of a value that was given nothing since.
pub(super) fn plain_call<'g>(
    view: View<'g, '_>,
    value: Value,
    modules: &[&str],
    name: &str,
) -> Option<&'g [Value]> {
    let call = view.call(value)?;
    let plain = call.how == Opcode::Reduce
        && view.since(value) == Since::Nothing
        && is_name(view, call.callee, modules, name);
    plain.then(|| view.arguments(&call)).flatten()
}

/// Text that stands for bytes: `_codecs.encode(text, 'latin1')`, which Python 3 writes below protocol 3.
pub(super) fn encoded(view: View<'_, '_>, value: Value) -> Option<Value> {
    match plain_call(view, value, &["_codecs"], "encode")? {
        &[text, encoding]
            if text.kind() == Kind::Str
                && ["latin1", "latin-1"]
                    .iter()
                    .any(|name| is_text(view, encoding, name)) =>
        {
            Some(text)
        }
        _ => None,
    }
}

/// How many bytes a value is: bytes, a bytearray, a Python 2 `str`, or a call that makes bytes of text. `user` is where
/// the opcode of what uses them stands.
pub(super) fn length(view: View<'_, '_>, value: Value, user: u64) -> Option<u64> {
    match value.kind() {
        Kind::Bytes | Kind::Bytearray => Some(view.written(value)?.len() as u64),
        Kind::OldStr => {
            let written = view.written(value)?;
            if view.op(value)?.opcode != Opcode::String {
                return Some(written.len() as u64);
            }
            if !is_beside(written, view.place(value), user) {
                return None;
            }
            escaped_length(written)
        }
        Kind::Object => match encoded(view, value) {
            Some(text) => {
                let written = view.written(text)?;
                if !is_beside(written, view.place(text), user) {
                    return None;
                }
                latin1_length(written, view.op(text)?.opcode == Opcode::Unicode)
            }
            None => plain_call(view, value, BUILTINS, "bytes")?
                .is_empty()
                .then_some(0),
        },
        _ => None,
    }
}

/// The bytes, of at most `most`.
pub(super) fn bytes<'a>(view: View<'_, 'a>, value: Value, most: usize) -> Option<Cow<'a, [u8]>> {
    // Each byte takes four characters at most, as an escape, or six in the text that stands for it.
    let fits = |value| {
        view.written(value)
            .is_some_and(|written| written.len() <= most.saturating_mul(6).saturating_add(2))
    };
    let bytes = match value.kind() {
        Kind::Bytes | Kind::Bytearray | Kind::OldStr if fits(value) => view.bytes(value)?,
        Kind::Object => match encoded(view, value) {
            Some(text) if fits(text) => latin1(&view.text(text)?)?.into(),
            Some(_) => return None,
            None if plain_call(view, value, BUILTINS, "bytes")?.is_empty() => {
                Cow::Borrowed(&[][..])
            }
            None => return None,
        },
        _ => return None,
    };
    (bytes.len() <= most).then_some(bytes)
}

/// The bytes that Latin-1 has for a text.
pub(super) fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}

/// Whether going through a text is paid for by its length: nothing else can make that it is gone through often.
fn is_beside(written: &[u8], place: u64, user: u64) -> bool {
    let length = written.len() as u64;
    let end = place.saturating_add(length);
    length <= ANYWHERE
        || (user < place && place.saturating_sub(user) <= BESIDE)
        || (user >= end && user.saturating_sub(end) <= BESIDE)
}

/// How many bytes a STRING's line stands for, as `repr` writes it.
fn escaped_length(line: &[u8]) -> Option<u64> {
    let inner = match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => return None,
    };
    let mut length = 0u64;
    let mut rest = inner;
    while let [first, behind @ ..] = rest {
        rest = match (first, behind) {
            (b'\\', [b'x', high, low, behind @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                behind
            }
            (b'\\', [b'\\' | b'\'' | b'"' | b'n' | b'r' | b't', behind @ ..]) => behind,
            (b'\\', _) => return None,
            _ => behind,
        };
        length = length.saturating_add(1);
    }
    Some(length)
}

/// How many bytes Latin-1 has for a text: in UTF-8, or as the line of a UNICODE.
fn latin1_length(written: &[u8], is_line: bool) -> Option<u64> {
    if is_line {
        // Raw: a byte is a character, but `\u` and four digits, as picklers write backslashes and newlines.
        let escapes = written
            .windows(4)
            .filter(|four| *four == b"\\u00")
            .count()
            .checked_mul(5)?;
        let backslashes = written.iter().filter(|byte| **byte == b'\\').count();
        return (escapes == backslashes.checked_mul(5)?)
            .then(|| written.len().checked_sub(escapes))
            .flatten()
            .map(|length| length as u64);
    }
    if written.iter().any(|byte| *byte >= 0xc4) {
        return None;
    }
    let length = written.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    Some(length as u64)
}

/// The integers of a tuple of at most `most`.
pub(super) fn counts(view: View<'_, '_>, tuple: Value, most: usize) -> Option<Vec<u64>> {
    let items = view.tuple(tuple)?;
    if items.len() > most {
        return None;
    }
    items.iter().map(|item| count(view, *item)).collect()
}

/// The value under a key of a small dict.
///
/// `None` where there is none, where there are two, or where the graph doesn't keep pairs.
pub(super) fn under(view: View<'_, '_>, dict: Value, key: &str) -> Option<Value> {
    // More than the states have that are looked into.
    const MOST: usize = 16;
    if dict.kind() != Kind::Dict {
        return None;
    }
    let mut found = view
        .few_pairs(dict, MOST)?
        .filter(|(own, _)| is_text(view, *own, key));
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}
