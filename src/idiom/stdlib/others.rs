//! Modules of which a call or two are known: `array`, `decimal`, `fractions`, `functools`, `ipaddress`, `pathlib`, `re`,
//! `types`, `uuid`.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::{By, Called, Idiom, Known, Part, Word, class, function, look, maker};
use super::builtins;
use crate::{
    decode::text::{Integer, Meaning, Text},
    graph::View,
    machine::{Kind, Value},
};

const PATHS: &str = "Python 3.4 and later; 3.13 has them in pathlib._local";
const PATHS_313: &str = "Python 3.13";
const PARTS: &str = "Lib/pathlib.py, PurePath.__reduce__: its parts";
const WHOLE: &str = "Lib/pathlib/_local.py, PurePath.__reduce__: the path";
const ADDRESSES: &str = "Python 3.3 and later";

/// What is known.
pub(in super::super) const KNOWN: &[Known] = &[
    maker(
        "array",
        "_array_reconstructor",
        "Python 3.2 and later, protocol 3 and later",
        "Modules/arraymodule.c, array__array_reconstructor",
        array_of_bytes,
    ),
    class(
        "array",
        "array",
        "Python 2, and 3 below protocol 3",
        "Modules/arraymodule.c, array_reduce_ex",
        array_of_list,
    ),
    class(
        "decimal",
        "Decimal",
        "Python 2.4 and later",
        "Lib/_pydecimal.py, Decimal.__reduce__",
        decimal,
    ),
    class(
        "fractions",
        "Fraction",
        "Python 2.6 and later; since 3.11 of two numbers",
        "Lib/fractions.py, Fraction.__reduce__",
        fraction,
    ),
    class(
        "functools",
        "partial",
        "Python 2.7 and later",
        "Modules/_functoolsmodule.c, partial_reduce",
        partial,
    ),
    class(
        "http",
        "HTTPStatus",
        "Python 3.5 and later",
        "Lib/enum.py, Enum.__reduce_ex__",
        member,
    ),
    class(
        "ipaddress",
        "IPv4Address",
        ADDRESSES,
        "Lib/ipaddress.py, IPv4Address.__reduce__",
        address,
    ),
    class(
        "ipaddress",
        "IPv4Interface",
        ADDRESSES,
        "Lib/ipaddress.py, _IPAddressBase.__reduce__",
        network,
    ),
    class(
        "ipaddress",
        "IPv4Network",
        ADDRESSES,
        "Lib/ipaddress.py, _IPAddressBase.__reduce__",
        network,
    ),
    class(
        "ipaddress",
        "IPv6Address",
        "Python 3.3 and later; of text since 3.11",
        "Lib/ipaddress.py, IPv6Address.__reduce__",
        address,
    ),
    class(
        "ipaddress",
        "IPv6Interface",
        ADDRESSES,
        "Lib/ipaddress.py, _IPAddressBase.__reduce__",
        network,
    ),
    class(
        "ipaddress",
        "IPv6Network",
        ADDRESSES,
        "Lib/ipaddress.py, _IPAddressBase.__reduce__",
        network,
    ),
    class("pathlib", "PosixPath", PATHS, PARTS, path),
    class("pathlib", "PurePosixPath", PATHS, PARTS, path),
    class("pathlib", "PureWindowsPath", PATHS, PARTS, path),
    class("pathlib._local", "PosixPath", PATHS_313, WHOLE, path),
    class("pathlib._local", "PurePosixPath", PATHS_313, WHOLE, path),
    class("pathlib._local", "PureWindowsPath", PATHS_313, WHOLE, path),
    class(
        "pytz",
        "_UTC",
        "pytz",
        "pytz/__init__.py, UTC.__reduce__",
        super::instance,
    ),
    class(
        "re",
        "RegexFlag",
        "Python 3.6 and later",
        "Lib/enum.py, Enum.__reduce_ex__",
        member,
    ),
    function(
        "re",
        "_compile",
        "Python 2.5 and later",
        "Lib/re/__init__.py, _pickle",
        pattern,
    ),
    class(
        "signal",
        "Signals",
        "Python 3.5 and later",
        "Lib/enum.py, Enum.__reduce_ex__",
        member,
    ),
    class(
        "types",
        "GenericAlias",
        "Python 3.9 and later",
        "Objects/genericaliasobject.c, ga_reduce",
        generic_alias,
    ),
    class(
        "types",
        "SimpleNamespace",
        "Python 3.4 and later",
        "Objects/namespaceobject.c, namespace_reduce",
        super::instance,
    ),
    class(
        "uuid",
        "UUID",
        "Python 2.5 and later",
        "Lib/uuid.py, UUID.__getstate__; before 3.7 its attributes",
        uuid,
    ),
];

/// What `functools.partial` holds back.
pub(super) struct Partial<'g> {
    pub callee: Value,
    pub arguments: &'g [Value],
    /// The tuple of them.
    pub tuple: Value,
    /// The dict of keyword arguments, unless it is known to be empty.
    pub keywords: Option<Value>,
    /// Its attributes.
    attributes: Option<Value>,
}

impl<'g> Partial<'g> {
    /// `partial(callee)` and the state `(callee, arguments, keywords, attributes or None)`.
    fn read(view: View<'g, '_>, arguments: &[Value], state: Value) -> Option<Self> {
        let &[named] = arguments else {
            return None;
        };
        let &[callee, tuple, keywords, attributes] = view.tuple(state)? else {
            return None;
        };
        // Below protocol 4 an attribute isn't kept in the memo: it is written again each time.
        let attributes_of = |value| builtins::attributes(view, value);
        let is_same = named == callee
            || attributes_of(named).zip(attributes_of(callee)).is_some_and(
                |((one, names), (other, others))| {
                    look::is_same(view, one, other) && names == others
                },
            );
        let fits = is_same
            && keywords.kind() == Kind::Dict
            && matches!(attributes.kind(), Kind::None | Kind::Dict);
        let is_empty = view
            .few_pairs(keywords, 0)
            .is_some_and(|mut pairs| pairs.next().is_none());
        fits.then_some(())?;
        Some(Self {
            callee,
            arguments: view.tuple(tuple)?,
            tuple,
            keywords: (!is_empty).then_some(keywords),
            attributes: (attributes.kind() == Kind::Dict).then_some(attributes),
        })
    }

    /// What a value holds back, if it is a partial without attributes.
    pub fn of(view: View<'g, '_>, value: Value) -> Option<Self> {
        let call = view.call(value)?;
        let is_partial = call.how == crate::opcode::Opcode::Reduce
            && look::is_name(view, call.callee, &["functools"], "partial");
        is_partial.then_some(())?;
        let own = Self::read(view, view.arguments(&call)?, look::state(view, value)?)?;
        own.attributes.is_none().then_some(own)
    }

    /// Its row.
    pub fn known() -> &'static Known {
        const ROW: &Known = &class(
            "functools",
            "partial",
            "Python 2.7 and later",
            "Modules/_functoolsmodule.c, partial_reduce",
            partial,
        );
        super::super::find_by_name("functools", "partial").unwrap_or(ROW)
    }
}

/// `partial(callee)` and its state.
fn partial<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (arguments, state) = called.stated()?;
    let own = Partial::read(called.view, arguments, state)?;
    let before = Called {
        arguments: own.arguments,
        tuple: Some(own.tuple),
        ..*called
    };
    let idiom = Idiom::new("partial", ["partial of ".into(), own.callee.into()])
        .holding(before.argument_parts())
        .holding(own.keywords.map(|all| Part::Named("keywords", all)))
        .holding(own.attributes.map(Part::Attributes));
    Some(idiom)
}

/// Whether a text is a number as `Decimal`'s `str` writes it.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    if text == "Infinity" {
        return true;
    }
    if let Some(payload) = text.strip_prefix("sNaN").or(text.strip_prefix("NaN")) {
        return digits(payload);
    }
    let (number, exponent) = match text.split_once(['E', 'e']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let exponent = exponent.is_none_or(|exponent| {
        let own = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        // More than `MAX_EMAX` has raises an error.
        !own.is_empty() && digits(own) && own.len() <= if number.len() == 1 { 18 } else { 17 }
    });
    !whole.is_empty() && digits(whole) && !fraction.is_empty() && digits(fraction) && exponent
}

/// `Decimal(text)`.
fn decimal<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[text] = called.plain()? else {
        return None;
    };
    let text = look::text(called.view, text)?;
    is_decimal(&text).then(|| Idiom::new("decimal", ["Decimal ".into(), text.into()]))
}

/// A short integer of any width.
fn wide<'a>(view: View<'_, 'a>, value: Value) -> Option<Integer<'a>> {
    let short = view
        .written(value)
        .is_none_or(|digits| digits.len() <= look::SHORT);
    match (value.kind(), short) {
        (Kind::Int, true) => match view.atom(value)? {
            Meaning::Int(number) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// `Fraction('-3/4')`, since 3.11 `Fraction(-3, 4)`.
fn fraction<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    match *called.plain()? {
        [text] => {
            let text = look::text(view, text)?;
            let (number, denominator) = text.split_once('/').unwrap_or((&text, "1"));
            let digits =
                |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let fits = digits(number.strip_prefix('-').unwrap_or(number))
                && digits(denominator)
                && denominator.bytes().any(|digit| digit != b'0');
            fits.then(|| Idiom::new("fraction", ["Fraction ".into(), text.into()]))
        }
        [number, denominator] => {
            wide(view, number)?;
            let below = wide(view, denominator)?;
            if below.is_negative() || below.to_u64() == Some(0) {
                return None;
            }
            let words = [
                "Fraction ".into(),
                number.into(),
                "/".into(),
                denominator.into(),
            ];
            Some(Idiom::new("fraction", words))
        }
        _ => None,
    }
}

/// A `UUID`, and the state `{'int': number}`, which may have `is_safe`.
fn uuid<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    if called.by != By::New || !called.arguments.is_empty() {
        return None;
    }
    let state = look::state(view, called.value)?;
    let number = wide(view, look::under(view, state, "int")?)?;
    let number: u128 = number.decimal()?.parse().ok()?;
    let safe = look::under(view, state, "is_safe");
    let pairs = if safe.is_some() { 2 } else { 1 };
    if view.few_pairs(state, 2)?.count() != pairs {
        return None;
    }
    let text = format!("{number:032x}");
    let mut words = String::from("UUID ");
    for (at, digit) in text.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            words.push('-');
        }
        words.push(digit);
    }
    Some(Idiom::new("uuid", [words.into()]).holding(safe.map(|safe| Part::Named("is_safe", safe))))
}

/// Whether a part of a path only adds to those before it.
fn is_part(text: &str, is_windows: bool) -> bool {
    let starts_over = text.starts_with('/') || is_windows && text.contains(['\\', '/', ':']);
    !starts_over && !matches!(text, "" | ".")
}

/// A path: its parts, or itself.
fn path<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let arguments = called.plain()?;
    let (_, class) = view.short_name(called.callee, look::SHORT)?;
    let is_windows = class.as_str()?.contains("Windows");
    let slash = if is_windows { "\\" } else { "/" };
    let mut words: Vec<Word<'a>> = vec![class.into(), " ".into()];
    if arguments.len() > super::super::ARGUMENTS {
        return None;
    }
    let mut ends_open = true;
    for (number, part) in arguments.iter().enumerate() {
        // What isn't text, or is long, stays a call.
        let text = look::text(view, *part)?;
        // So does what isn't simply put behind what comes before it.
        let is_plain = match (number, arguments.len()) {
            (0, 1) => true,
            (0, _) => !matches!(&*text, "" | "."),
            _ => is_part(&text, is_windows),
        };
        is_plain.then_some(())?;
        if !ends_open {
            words.push(slash.into());
        }
        ends_open = text.ends_with('/') || is_windows && text.ends_with(['\\', ':']);
        words.push(match &*text {
            "" => ".".into(),
            _ => Word::Name(Text::Str(text)),
        });
    }
    if arguments.is_empty() {
        words.push(".".into());
    }
    Some(Idiom::new("path", words))
}

/// `IPv4Address(number)`, `IPv6Address(number)`, since 3.9 `IPv6Address(text)`.
fn address<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[argument] = called.plain()? else {
        return None;
    };
    let (_, class) = view.short_name(called.callee, look::SHORT)?;
    let is_v4 = class.as_str()? == "IPv4Address";
    if let Some(text) = look::text(view, argument) {
        return (!is_v4 && v6(&text).is_some())
            .then(|| Idiom::new("address", [class.into(), " ".into(), text.into()]));
    }
    let number = wide(view, argument)?;
    let words = if is_v4 {
        Ipv4Addr::from(u32::try_from(number.to_u64()?).ok()?).to_string()
    } else {
        let number: u128 = number.decimal()?.parse().ok()?;
        Ipv6Addr::from(number).to_string()
    };
    Some(Idiom::new(
        "address",
        [class.into(), " ".into(), words.into()],
    ))
}

/// An address, behind which one scope may stand.
fn v6(text: &str) -> Option<Ipv6Addr> {
    let plain = match text.split_once('%') {
        Some((_, scope)) if scope.is_empty() || scope.contains('%') => return None,
        Some((plain, _)) => plain,
        None => text,
    };
    plain.parse().ok()
}

/// `IPv4Network('192.0.2.0/24')` and its likes.
fn network<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[text] = called.plain()? else {
        return None;
    };
    let (_, class) = called.view.short_name(called.callee, look::SHORT)?;
    let text = look::text(called.view, text)?;
    let (address, written) = text.split_once('/')?;
    let bits: u8 = written.parse().ok()?;
    // As it is written: without a sign or zeros before it.
    (bits.to_string() == written).then_some(())?;
    // What the mask leaves to the hosts is zero in a network.
    let is_host = class.as_str()?.ends_with("Interface");
    let fits = if class.as_str()?.starts_with("IPv4") {
        let hosts = u32::MAX.checked_shr(bits.into()).unwrap_or(0);
        let address = address.parse::<Ipv4Addr>().ok()?;
        bits <= 32 && (is_host || u32::from(address) & hosts == 0)
    } else {
        let hosts = u128::MAX.checked_shr(bits.into()).unwrap_or(0);
        let address = v6(address)?;
        bits <= 128 && (is_host || u128::from(address) & hosts == 0)
    };
    fits.then(|| Idiom::new("address", [class.into(), " ".into(), text.into()]))
}

/// Flags of regular expressions and what they are called (`RegexFlag` in `Lib/re/__init__.py`).
const FLAGS: [(i64, &str); 9] = [
    (2, "IGNORECASE"),
    (4, "LOCALE"),
    (8, "MULTILINE"),
    (16, "DOTALL"),
    (32, "UNICODE"),
    (64, "VERBOSE"),
    (128, "DEBUG"),
    (256, "ASCII"),
    (1, "TEMPLATE"),
];

/// `re._compile(pattern, flags)`.
fn pattern<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[pattern, flags] = called.plain()? else {
        return None;
    };
    let is_pattern = match pattern.kind() {
        Kind::Str | Kind::OldStr | Kind::Bytes => true,
        _ => look::encoded(view, pattern).is_some(),
    };
    let mut left = look::integer(view, flags)?;
    let mut words = vec!["regular expression ".into(), pattern.into()];
    for (flag, name) in FLAGS {
        if left & flag != 0 {
            left &= !flag;
            words.extend([", ".into(), name.into()]);
        }
    }
    (is_pattern && left == 0).then(|| Idiom::new("pattern", words))
}

/// A member of an enumeration, by its value: of those that Python itself has.
fn member<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[value] = called.plain()? else {
        return None;
    };
    let number = look::integer(called.view, value)?;
    let (module, _) = called.view.short_name(called.callee, look::SHORT)?;
    let is_member = match module.as_str()? {
        // The smallest and the largest that any system has.
        "signal" => matches!(number, 1..=64),
        "http" => matches!(
            number,
            100..=103
                | 200..=208
                | 226
                | 300..=305
                | 307
                | 308
                | 400..=418
                | 421..=426
                | 428
                | 429
                | 431
                | 451
                | 500..=508
                | 510
                | 511
        ),
        _ => number >= 0,
    };
    let words = [
        "enum ".into(),
        called.callee.into(),
        "(".into(),
        value.into(),
        ")".into(),
    ];
    is_member.then(|| Idiom::new("enum", words))
}

/// `GenericAlias(origin, arguments)`: `list[int]`.
fn generic_alias<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[origin, arguments] = called.plain()? else {
        return None;
    };
    (arguments.kind() == Kind::Tuple).then(|| {
        let words = ["generic ".into(), origin.into()];
        Idiom::new("generic", words).holding([Part::Items(arguments)])
    })
}

/// What the items of an array are, by type code.
fn item(code: &str) -> Option<&'static str> {
    Some(match code {
        "b" => "signed char",
        "B" => "unsigned char",
        "c" => "char",
        "u" | "w" => "text",
        "h" => "short",
        "H" => "unsigned short",
        "i" => "int",
        "I" => "unsigned int",
        "l" => "long",
        "L" => "unsigned long",
        "q" => "long long",
        "Q" => "unsigned long long",
        "f" => "float",
        "d" => "double",
        _ => return None,
    })
}

/// `array(code, list)`.
fn array_of_list<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[code, list] = called.plain()? else {
        return None;
    };
    let item = item(&look::text(called.view, code)?)?;
    (list.kind() == Kind::List).then(|| {
        Idiom::new("array", [format!("array of {item}").into()]).holding([Part::Items(list)])
    })
}

/// Bytes of an item and what they are, by `_array_reconstructor`'s number of a machine's format
/// (`enum machine_format_code` in `Modules/arraymodule.c`).
fn machine_format(code: i64) -> Option<(u64, &'static str)> {
    Some(match code {
        0 => (1, "uint8"),
        1 => (1, "int8"),
        2 => (2, "uint16"),
        3 => (2, "big-endian uint16"),
        4 => (2, "int16"),
        5 => (2, "big-endian int16"),
        6 => (4, "uint32"),
        7 => (4, "big-endian uint32"),
        8 => (4, "int32"),
        9 => (4, "big-endian int32"),
        10 => (8, "uint64"),
        11 => (8, "big-endian uint64"),
        12 => (8, "int64"),
        13 => (8, "big-endian int64"),
        14 => (4, "float32"),
        15 => (4, "big-endian float32"),
        16 => (8, "float64"),
        17 => (8, "big-endian float64"),
        18 => (2, "UTF-16"),
        19 => (2, "big-endian UTF-16"),
        20 => (4, "UTF-32"),
        21 => (4, "big-endian UTF-32"),
        _ => return None,
    })
}

/// `_array_reconstructor(class, code, machine format, bytes)`.
fn array_of_bytes<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[class, code, format, bytes] = called.plain()? else {
        return None;
    };
    let item = item(&look::text(view, code)?)?;
    let (size, what) = machine_format(look::integer(view, format)?)?;
    let length = look::length(view, bytes, called.place())?;
    if class.kind() != Kind::Global || !length.is_multiple_of(size) {
        return None;
    }
    let count = length.checked_div(size)?;
    let words = format!("array of {item}, {count} items of {what}, {length} bytes");
    let mut idiom = Idiom::new("array", [words.into()]).holding([Part::Named("data", bytes)]);
    if !look::is_name(view, class, &["array"], "array") {
        idiom.parts.push(Part::Named("class", class));
    }
    Some(idiom)
}
