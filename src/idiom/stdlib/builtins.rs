//! What Python 3 calls `builtins` and Python 2 `__builtin__`, and bytes as text.

use super::super::{
    Called, Idiom, Known, Part, Word, class, class_of, dotted, find, function, look, object,
};
use crate::{
    decode::text::{Meaning, Text},
    graph::View,
    machine::{Kind, Value},
    repr,
};

const BELOW_3: &str = "Python 3 below protocol 3";
const BELOW_4: &str = "Python 3, protocol 3";
const ANY_BELOW_3: &str = "Python 2, and 3 below protocol 3";
const PY3: &str = "Python 3, protocol 3 and later";

/// What is known.
pub(in super::super) const KNOWN: &[Known] = &[
    object(
        "__builtin__",
        "Ellipsis",
        BELOW_3,
        "Objects/sliceobject.c, ellipsis_reduce",
        constant,
    ),
    object(
        "__builtin__",
        "NotImplemented",
        BELOW_3,
        "Objects/object.c, NotImplemented_reduce",
        constant,
    ),
    class(
        "__builtin__",
        "bytearray",
        ANY_BELOW_3,
        "Objects/bytearrayobject.c, bytearray_reduce; Lib/pickle.py, save_bytearray",
        bytearray,
    ),
    class(
        "__builtin__",
        "bytes",
        BELOW_3,
        "Lib/pickle.py, save_bytes: the empty bytes; 3.0 and 3.1 of a list",
        bytes,
    ),
    class(
        "__builtin__",
        "complex",
        ANY_BELOW_3,
        "Lib/copyreg.py, pickle_complex",
        complex,
    ),
    class(
        "__builtin__",
        "frozenset",
        ANY_BELOW_3,
        "Objects/setobject.c, set_reduce; Lib/pickle.py, save_frozenset",
        set,
    ),
    function(
        "__builtin__",
        "getattr",
        BELOW_3,
        "Objects/classobject.c, method_reduce; Lib/pickle.py, save_global",
        getattr,
    ),
    function(
        "__builtin__",
        "reduce",
        "Python 3.10 to 3.13 below protocol 3",
        "Lib/copyreg.py, pickle_union",
        union,
    ),
    class(
        "__builtin__",
        "set",
        ANY_BELOW_3,
        "Objects/setobject.c, set_reduce; Lib/pickle.py, save_set",
        set,
    ),
    class(
        "__builtin__",
        "slice",
        BELOW_3,
        "Objects/sliceobject.c, slice_reduce",
        slice,
    ),
    class(
        "__builtin__",
        "type",
        BELOW_3,
        "Lib/pickle.py, save_type",
        type_of,
    ),
    class(
        "__builtin__",
        "xrange",
        ANY_BELOW_3,
        "Objects/rangeobject.c, range_reduce",
        range,
    ),
    function(
        "_codecs",
        "encode",
        BELOW_3,
        "Lib/pickle.py, save_bytes",
        encode,
    ),
    function(
        "_functools",
        "reduce",
        "Python 3.10 to 3.13, protocol 3 and later",
        "Lib/copyreg.py, pickle_union",
        union,
    ),
    object(
        "builtins",
        "Ellipsis",
        PY3,
        "Objects/sliceobject.c, ellipsis_reduce",
        constant,
    ),
    object(
        "builtins",
        "NotImplemented",
        PY3,
        "Objects/object.c, NotImplemented_reduce",
        constant,
    ),
    class(
        "builtins",
        "bytearray",
        "Python 3, protocols 3 and 4",
        "Objects/bytearrayobject.c, bytearray_reduce; Lib/pickle.py, save_bytearray",
        bytearray,
    ),
    class(
        "builtins",
        "bytes",
        "Python 3.0 and 3.1 below protocol 3",
        "Lib/pickle.py, save_bytes: of a list",
        bytes,
    ),
    class(
        "builtins",
        "complex",
        PY3,
        "Lib/copyreg.py, pickle_complex",
        complex,
    ),
    class(
        "builtins",
        "frozenset",
        BELOW_4,
        "Lib/pickle.py, save_frozenset",
        set,
    ),
    function(
        "builtins",
        "getattr",
        PY3,
        "Objects/classobject.c, method_reduce; Lib/pickle.py, save_global",
        getattr,
    ),
    class(
        "builtins",
        "range",
        PY3,
        "Objects/rangeobject.c, range_reduce",
        range,
    ),
    class("builtins", "set", BELOW_4, "Lib/pickle.py, save_set", set),
    class(
        "builtins",
        "slice",
        PY3,
        "Objects/sliceobject.c, slice_reduce",
        slice,
    ),
    class("builtins", "type", PY3, "Lib/pickle.py, save_type", type_of),
];

/// A name that says it all: `Ellipsis`.
fn constant<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (_, name) = called.view.short_name(called.callee, look::SHORT)?;
    Some(Idiom::new("constant", [name.into()]))
}

/// `_codecs.encode(text, 'latin1')`: bytes. Short ones are told whole.
fn encode<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    called.plain()?;
    if let Some(bytes) = look::bytes(view, called.value, look::SHORT) {
        return Some(Idiom::new(
            "bytes",
            [repr::Bytes(&bytes).to_string().into()],
        ));
    }
    let text = look::encoded(view, called.value)?;
    let length = look::length(view, called.value, called.place())?;
    let words = format!("{length} bytes, as text in Latin-1");
    Some(Idiom::new("bytes", [words.into()]).holding([Part::Named("text", text)]))
}

/// `bytes()`; of a list of numbers in the first Pythons 3.
fn bytes<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    match *called.plain()? {
        [] => Some(Idiom::new("bytes", [repr::Bytes(b"").to_string().into()])),
        [list] if list.kind() == Kind::List => {
            Some(Idiom::new("bytes", ["bytes of numbers".into()]).holding([Part::Items(list)]))
        }
        _ => None,
    }
}

/// `bytearray()`, `bytearray(bytes)`, or `bytearray(text, 'latin-1')` as Python 2 and 3 to 3.7 have it for protocol 2.
fn bytearray<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let told = |bytes: &[u8]| {
        let words = repr::ByteArray(bytes).to_string();
        Some(Idiom::new("bytearray", [words.into()]))
    };
    match *called.plain()? {
        [] => told(b""),
        [bytes] => {
            if bytes.kind() == Kind::Bytearray {
                return None;
            }
            if let Some(bytes) = look::bytes(view, bytes, look::SHORT) {
                return told(&bytes);
            }
            let length = look::length(view, bytes, called.place())?;
            let words = format!("bytearray of {length} bytes");
            Some(Idiom::new("bytearray", [words.into()]).holding([Part::Named("bytes", bytes)]))
        }
        [text, encoding] => {
            if text.kind() != Kind::Str || !look::is_text(view, encoding, "latin-1") {
                return None;
            }
            if let Some(short) = look::text(view, text) {
                return told(&look::latin1(&short)?);
            }
            let words = "bytearray of text in Latin-1";
            Some(Idiom::new("bytearray", [words.into()]).holding([Part::Named("text", text)]))
        }
        _ => None,
    }
}

/// `complex(real, imaginary)`.
fn complex<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[real, imaginary] = called.plain()? else {
        return None;
    };
    let float = |value: Value| match (value.kind(), called.view.atom(value)?) {
        (Kind::Float, Meaning::Float(float)) => Some(float),
        _ => None,
    };
    let words = complex_words(float(real)?, float(imaginary)?);
    Some(Idiom::new("complex", [words.into()]))
}

/// A complex number as Python's `repr` has it.
pub(in super::super) fn complex_words(real: f64, imaginary: f64) -> String {
    let part = |float: f64| {
        let mut text = repr::Float(float).to_string();
        if let Some(whole) = text.strip_suffix(".0") {
            text.truncate(whole.len());
        }
        text
    };
    let imaginary_words = part(imaginary);
    if real == 0.0 && real.is_sign_positive() {
        return format!("{imaginary_words}j");
    }
    let sign = if imaginary_words.starts_with('-') {
        ""
    } else {
        "+"
    };
    format!("({}{sign}{imaginary_words}j)", part(real))
}

/// `set(list)`.
fn set<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[list] = called.plain()? else {
        return None;
    };
    let (_, name) = called.view.short_name(called.callee, look::SHORT)?;
    let kind = match name.as_str()? {
        "set" => "set",
        _ => "frozenset",
    };
    (list.kind() == Kind::List)
        .then(|| Idiom::new(kind, [kind.into()]).holding([Part::Items(list)]))
}

/// `range(start, stop, step)`, `xrange` in Python 2's names.
fn range<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let arguments @ &[_, _, step] = called.plain()? else {
        return None;
    };
    let are_ints = arguments.iter().all(|value| value.kind() == Kind::Int);
    // Wide numbers are not 0 as a library writes them: as few bytes as hold them.
    let steps = look::is_narrow(called.view, step) && look::integer(called.view, step) != Some(0);
    (are_ints && steps).then(|| Idiom::new("range", listed("range(", arguments)))
}

/// `slice(start, stop, step)`.
fn slice<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let arguments @ &[_, _, _] = called.plain()? else {
        return None;
    };
    let plain = arguments
        .iter()
        .all(|value| matches!(value.kind(), Kind::Int | Kind::None));
    Some(if plain {
        Idiom::new("slice", listed("slice(", arguments))
    } else {
        Idiom::new("slice", ["slice".into()]).holding(called.argument_parts())
    })
}

/// Values with commas between them, up to a closing parenthesis.
fn listed<'a>(opening: &'static str, values: &[Value]) -> Vec<Word<'a>> {
    let mut words = vec![opening.into()];
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            words.push(", ".into());
        }
        words.push((*value).into());
    }
    words.push(")".into());
    words
}

/// `type(None)`, `type(NotImplemented)`, `type(...)`: types that have no name of their own.
fn type_of<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[of] = called.plain()? else {
        return None;
    };
    let name = |name| look::is_name(called.view, of, look::BUILTINS, name);
    let words = match of.kind() {
        Kind::None => "the type of None",
        _ if name("NotImplemented") => "the type of NotImplemented",
        _ if name("Ellipsis") => "the type of Ellipsis",
        _ => return None,
    };
    Some(Idiom::new("type", [words.into()]))
}

/// `reduce(operator.or_, types)`: a union of types.
fn union<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[or, types] = called.plain()? else {
        return None;
    };
    let is_or = look::is_name(called.view, or, &["_operator", "operator"], "or_");
    let is_type = |value: &Value| {
        matches!(
            value.kind(),
            Kind::Global | Kind::Object | Kind::Extension | Kind::Persistent
        )
    };
    // Of numbers, it is a number.
    let all = called.view.tuple(types)?;
    let are_types = !all.is_empty() && all.iter().take(look::SHORT).all(is_type);
    (is_or && are_types)
        .then(|| Idiom::new("union", ["union of types".into()]).holding([Part::Items(types)]))
}

/// How many attributes of attributes are followed.
const DEEP: usize = 8;

/// What `getattr` is called with to give a value: an object and a name.
fn attribute<'a>(view: View<'_, 'a>, value: Value) -> Option<(Value, Text<'a>)> {
    named(
        view,
        look::plain_call(view, value, look::BUILTINS, "getattr")?,
    )
}

fn named<'a>(view: View<'_, 'a>, arguments: &[Value]) -> Option<(Value, Text<'a>)> {
    let &[of, name] = arguments else {
        return None;
    };
    let name = look::text(view, name)?;
    // A dot would be part of the name: nothing that a pickler writes.
    (!name.is_empty() && !name.contains('.')).then_some((of, Text::Str(name)))
}

/// The reference that a value is an attribute of, and the names on the way: `getattr(getattr(a, 'b'), 'c')` is `a.b.c`.
pub(in super::super) fn attributes<'a>(
    view: View<'_, 'a>,
    value: Value,
) -> Option<(Value, Vec<Text<'a>>)> {
    let mut names = Vec::new();
    let mut of = value;
    while names.len() < DEEP {
        if matches!(of.kind(), Kind::Global | Kind::Extension) {
            names.reverse();
            return (!names.is_empty()).then_some((of, names));
        }
        let (next, name) = attribute(view, of)?;
        of = next;
        names.push(name);
    }
    None
}

/// `getattr(object, name)`: a class in a class, or a method of a class or an object.
fn getattr<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (of, name) = named(view, called.plain()?)?;
    if attributes(view, called.value).is_some() {
        return Some(Idiom::new("attribute", dotted(view, called.value)));
    }
    let is_attribute = matches!(
        of.kind(),
        Kind::Global | Kind::Extension | Kind::Persistent | Kind::Buffer
    ) || attribute(view, of).is_some();
    if is_attribute {
        let words = ["attribute ".into(), name.into(), " of ".into(), of.into()];
        return Some(Idiom::new("attribute", words));
    }
    let class = match of.kind() {
        Kind::Object => class_of(view, of).map(|class| class_words(view, class)),
        Kind::OldStr => Some(vec!["str".into()]),
        Kind::None => Some(vec!["NoneType".into()]),
        kind => Some(vec![kind.name().into()]),
    };
    let is_method = is_method(view, of, name.as_str()?);
    let what = if is_method {
        "bound method "
    } else {
        "attribute "
    };
    let mut words = vec![what.into()];
    if let Some(class) = class {
        words.extend(class);
        words.push(".".into());
    }
    words.extend([name.into(), " of ".into(), of.into()]);
    let kind = if is_method {
        "bound-method"
    } else {
        "attribute"
    };
    Some(Idiom::new(kind, words))
}

/// Whether an attribute of a value is one of its methods, as far as the stream tells. Picklers write `getattr` with an object
/// for bound methods only; a stream may have it for anything.
///
/// Of data and of `collections`, all attributes are methods but for a few; of an instance of another class that is named and
/// isn't of a library that is known here, those count as methods that aren't Python's own (`__class__`).
fn is_method(view: View<'_, '_>, of: Value, name: &str) -> bool {
    const NUMBERS: [&str; 4] = ["numerator", "denominator", "real", "imag"];
    const COLLECTIONS: [&str; 2] = ["maxlen", "default_factory"];
    if name.starts_with("__") && name.ends_with("__") {
        return false;
    }
    match of.kind() {
        Kind::Object => class_of(view, of).is_some_and(|class| {
            let is_reference = class.kind() == Kind::Global || attributes(view, class).is_some();
            is_reference
                && find(view, class).is_none_or(|known| {
                    known.module == "collections" && !COLLECTIONS.contains(&name)
                })
        }),
        Kind::Int | Kind::Float | Kind::Bool => !NUMBERS.contains(&name),
        _ => true,
    }
}

/// What a class is called without its module.
fn class_words<'a>(view: View<'_, 'a>, class: Value) -> Vec<Word<'a>> {
    let name = |value| match view.short_name(value, look::SHORT) {
        Some((_, name)) => name.into(),
        None => Word::Value(value),
    };
    match attributes(view, class) {
        Some((of, names)) => {
            let mut words = vec![name(of)];
            for name in names {
                words.extend([".".into(), name.into()]);
            }
            words
        }
        None => vec![name(class)],
    }
}
