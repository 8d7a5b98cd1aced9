//! What an argument means, which for text depends on the reader.
//!
//! The decoder leaves text as the bytes that it is; [`meaning`] reads it as one [`Dialect`] does, when someone asks,
//! and [`agreement`] says whether Python 3's unpicklers read it alike. What they make of an argument was asked of
//! each of them; the answers stand in `tests/facts/text.tsv`, which tests hold this module to.
//!
//! From 3.6 to 3.13 the readers of CPython differ in one point: 3.6, and releases of 3.7 to 3.10 from before
//! September 2022, read decimal numbers of any length where later ones stop at [`limits::DECIMAL_DIGITS`] digits.
//! The dialects follow 3.13.
//!
//! ```
//! use pickscope::decode::{ops, text::{Agreement, Dialect, Integer, Meaning, Unreadable, agreement, meaning}};
//!
//! let op = ops(b"I010\n.").next().unwrap().unwrap();
//! assert_eq!(meaning(&op, Dialect::C), Ok(Meaning::Int(Integer::from(8i64))));
//! assert_eq!(meaning(&op, Dialect::Python), Err(Unreadable::NotANumber));
//! assert_eq!(meaning(&op, Dialect::Tools), Ok(Meaning::Int(Integer::from(10i64))));
//! assert_eq!(agreement(&op), Agreement::Some);
//! ```
//!
//! [`limits::DECIMAL_DIGITS`]: crate::limits::DECIMAL_DIGITS

mod escape;

use std::{borrow::Cow, fmt};

use crate::{
    opcode::{Opcode, Shape},
    repr::{self, Chars},
};

use super::{Argument, Op, number};
use escape::{escape_decode, raw_unicode_escape, utf8_surrogatepass};

pub use super::number::Integer;

/// A reader of pickles whose understanding of arguments differs from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// `_pickle.c` of CPython 3.6 to 3.13.
    C,
    /// `pickle.py` of CPython 3.6 to 3.13.
    Python,
    /// `_pickle.c` of CPython 3.14, where INT and LONG are in base 10 only (gh-126992).
    C314,
    /// `pickle.py` of CPython 3.14, where INT and LONG are in base 10 only.
    Python314,
    /// `cPickle.c` of CPython 2.7.
    C2,
    /// `pickle.py` of CPython 2.7.
    Python2,
    /// `pickletools.py` of CPython 3.13, which reads but doesn't load.
    Tools,
}

impl Dialect {
    /// Every dialect, the newest loaders after those of 3.13, [`Tools`](Self::Tools) last.
    pub const ALL: [Self; 7] = [
        Self::C,
        Self::Python,
        Self::C314,
        Self::Python314,
        Self::C2,
        Self::Python2,
        Self::Tools,
    ];

    /// The unpicklers: all but [`Tools`](Self::Tools).
    pub const LOADERS: [Self; 6] = [
        Self::C,
        Self::Python,
        Self::C314,
        Self::Python314,
        Self::C2,
        Self::Python2,
    ];

    /// A stable name for programs: `c`, `python`, `c-3.14`, `python-3.14`, `c-2.7`, `python-2.7`, `pickletools`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Python => "python",
            Self::C314 => "c-3.14",
            Self::Python314 => "python-3.14",
            Self::C2 => "c-2.7",
            Self::Python2 => "python-2.7",
            Self::Tools => "pickletools",
        }
    }

    /// A name for people: `C`, `pickle.py`, `C of 3.14`, `pickle.py of 3.14`, `cPickle`, `pickle.py of 2.7`, `pickletools`.
    pub const fn title(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Python => "pickle.py",
            Self::C314 => "C of 3.14",
            Self::Python314 => "pickle.py of 3.14",
            Self::C2 => "cPickle",
            Self::Python2 => "pickle.py of 2.7",
            Self::Tools => "pickletools",
        }
    }

    /// Whether it is an unpickler of Python 2.
    pub const fn is_python2(self) -> bool {
        matches!(self, Self::C2 | Self::Python2)
    }

    /// Whether it is written in C: it reads a NUL or an empty line differently.
    const fn is_c(self) -> bool {
        matches!(self, Self::C | Self::C314 | Self::C2)
    }
}

/// What an opcode's argument means.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Meaning<'a> {
    /// The opcode has no argument.
    None,
    /// INT of `00` or `01`, and what a reader takes for one.
    Bool(bool),
    /// A number.
    Int(Integer<'a>),
    /// A float.
    Float(f64),
    /// Text.
    Str(Text<'a>),
    /// Bytes; for STRING, BINSTRING and SHORT_BINSTRING a Python 2 `str`, before any encoding that the caller of a
    /// loader gives; for GET and PUT the text that Python 2 takes for a memo key as it is.
    Bytes(Cow<'a, [u8]>),
    /// The two lines of GLOBAL or INST.
    Names {
        /// The module's name.
        module: Text<'a>,
        /// The name in it.
        name: Text<'a>,
    },
}

/// Text as a reader gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// Text that UTF-8 can hold.
    Str(Cow<'a, str>),
    /// Text with surrogates, in generalised UTF-8: three bytes for each, as Python's `surrogatepass` has it. Two that
    /// would make a pair stay two, as they do in Python 3.
    ///
    /// Python 2 alone has names and persistent ids that are no text at all: these are the bytes that they are.
    Wtf8(Cow<'a, [u8]>),
}

impl Text<'_> {
    /// The text, where UTF-8 can hold it.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Wtf8(_) => None,
        }
    }

    /// Its bytes: UTF-8, generalised where it has surrogates.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Str(text) => text.as_bytes(),
            Self::Wtf8(bytes) => bytes,
        }
    }
}

impl<'t> From<&'t Text<'_>> for Chars<'t> {
    fn from(text: &'t Text<'_>) -> Self {
        match text {
            Text::Str(text) => Self::Utf8(text),
            Text::Wtf8(bytes) => Self::Wtf8(bytes),
        }
    }
}

/// Why a reader refuses an argument. Positions count bytes from the start of the argument's payload or line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// A line of nothing, where readers in C want at least a byte.
    Empty,
    /// The text is no integer.
    NotANumber,
    /// The text is no float.
    NotAFloat,
    /// The number has more than [`limits::DECIMAL_DIGITS`](crate::limits::DECIMAL_DIGITS) decimal digits.
    TooManyDigits,
    /// The float is past what 64 bits hold, which readers in C refuse and others take for infinite.
    FloatOverflow,
    /// The string has no quotes, or not the same at both ends.
    UnquotedString,
    /// An escape is cut, has no hexadecimal digits or stands for no character.
    BadEscape {
        /// Where its backslash stands.
        at: usize,
    },
    /// Not UTF-8, or where surrogates pass, not even that.
    NotUtf8 {
        /// The first byte that can't be read.
        at: usize,
    },
    /// Not ASCII, where it has to be.
    NotAscii {
        /// The first byte that isn't.
        at: usize,
    },
    /// A memo index below zero: nothing can be kept or found there.
    NegativeIndex,
    /// A memo index past what an address can be.
    IndexTooLarge,
}

impl Unreadable {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-line",
            Self::NotANumber => "not-a-number",
            Self::NotAFloat => "not-a-float",
            Self::TooManyDigits => "too-many-digits",
            Self::FloatOverflow => "float-overflow",
            Self::UnquotedString => "unquoted-string",
            Self::BadEscape { .. } => "bad-escape",
            Self::NotUtf8 { .. } => "not-utf-8",
            Self::NotAscii { .. } => "not-ascii",
            Self::NegativeIndex => "negative-index",
            Self::IndexTooLarge => "index-too-large",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the line is empty"),
            Self::NotANumber => f.write_str("the text should be an integer"),
            Self::NotAFloat => f.write_str("the text should be a float"),
            Self::TooManyDigits => {
                let most = crate::limits::DECIMAL_DIGITS;
                write!(
                    f,
                    "the number has more than {most} digits, the most that Python reads"
                )
            }
            Self::FloatOverflow => f.write_str("the number is too large for a float"),
            Self::UnquotedString => {
                f.write_str("the string should stand in quotes, the same at both ends")
            }
            Self::BadEscape { at } => write!(
                f,
                "the escape at byte {at} is cut or stands for no character"
            ),
            Self::NotUtf8 { at } => write!(f, "the text should be UTF-8, which byte {at} is not"),
            Self::NotAscii { at } => write!(f, "the text should be ASCII, which byte {at} is not"),
            Self::NegativeIndex => f.write_str("the memo index is below zero"),
            Self::IndexTooLarge => f.write_str("the memo index has no place in memory"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// What the argument of `op` means to readers of `dialect`, before they act on it.
///
/// Nothing is copied where the argument can be borrowed, and the work is linear in its length.
///
/// # Errors
/// Why such a reader raises instead. What it raises for the sake of more than the argument isn't told here: a memo
/// that has nothing at an index, an extension code that isn't registered, an unknown protocol.
#[inline]
pub fn meaning<'a>(op: &Op<'a>, dialect: Dialect) -> Result<Meaning<'a>, Unreadable> {
    Ok(match op.argument {
        Argument::None => Meaning::None,
        Argument::Int(n) => match op.opcode {
            // 2.7's pickle.py reads all four-byte numbers as signed ones (`mloads('i' + …)`).
            Opcode::LongBinGet | Opcode::LongBinPut if dialect == Dialect::Python2 => {
                Meaning::Int(i64::from(n as u32 as i32).into())
            }
            _ => Meaning::Int(n.into()),
        },
        Argument::Uint(n) => Meaning::Int(n.into()),
        Argument::Float(n) => Meaning::Float(n),
        Argument::Line(line) => return line_meaning(op.opcode, line, dialect),
        Argument::Pair { module, name } => {
            let ascii = op.opcode == Opcode::Inst;
            Meaning::Names {
                module: name_text(module, ascii, dialect)?,
                name: name_text(name, ascii, dialect)?,
            }
        }
        Argument::Bytes(bytes) => match op.opcode.shape() {
            Shape::Unicode1 | Shape::Unicode4 | Shape::Unicode8 => {
                Meaning::Str(utf8_surrogatepass(bytes)?)
            }
            Shape::Long1 | Shape::Long4 => Meaning::Int(Integer::from_twos_complement(bytes)),
            _ => Meaning::Bytes(Cow::Borrowed(bytes)),
        },
    })
}

fn line_meaning<'a>(
    opcode: Opcode,
    line: &'a [u8],
    dialect: Dialect,
) -> Result<Meaning<'a>, Unreadable> {
    match opcode {
        Opcode::Int => number::int(line, dialect),
        Opcode::Long => number::long(line, dialect).map(Meaning::Int),
        Opcode::Float => number::float(line, dialect).map(Meaning::Float),
        Opcode::String => string(line, dialect).map(Meaning::Bytes),
        Opcode::Unicode => raw_unicode_escape(line).map(Meaning::Str),
        Opcode::PersId => persistent_id(line, dialect).map(Meaning::Str),
        Opcode::Get | Opcode::Put => index_line(opcode, line, dialect),
        // No other opcode has a line.
        _ => Ok(Meaning::Bytes(Cow::Borrowed(line))),
    }
}

/// A place in the memo, as a dialect tells places apart.
///
/// Keys are of use within one dialect only; equal keys are the same place there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// The place of this number.
    Index(u64),
    /// A number that 64 bits don't hold, in canonical decimal: to Python's unpicklers one like any other.
    Decimal(Cow<'a, str>),
    /// Python 2: the place under this text. cPickle never finds it by number, so that GET and PUT don't meet BINGET
    /// and BINPUT there; pickle.py numbers its places in decimal text, so that for it text which a number could have
    /// is an [`Index`](Self::Index).
    Text(Cow<'a, [u8]>),
}

/// The place in the memo that GET, PUT and their binary forms mean to readers of `dialect`; `None` for another opcode
/// (MEMOIZE too, whose place is how many there are).
///
/// # Errors
/// As [`meaning`]; and an index below zero, which readers refuse to fill, and so never find.
#[inline]
pub fn key<'a>(op: &Op<'a>, dialect: Dialect) -> Result<Option<Key<'a>>, Unreadable> {
    match (op.opcode, op.argument) {
        (Opcode::BinGet | Opcode::BinPut, Argument::Int(n)) => {
            Ok(u64::try_from(n).ok().map(Key::Index))
        }
        (Opcode::LongBinGet | Opcode::LongBinPut, Argument::Int(n)) => {
            Ok(Some(match u64::try_from(n) {
                Ok(n) if dialect != Dialect::Python2 || n <= i32::MAX as u64 => Key::Index(n),
                // What `repr` makes of a negative number.
                _ => Key::Text(Cow::Owned((n as u32 as i32).to_string().into_bytes())),
            }))
        }
        (Opcode::Get | Opcode::Put, Argument::Line(line)) => {
            line_key(op.opcode, line, dialect).map(Some)
        }
        _ => Ok(None),
    }
}

/// The place in the memo that all readers take a line of GET or PUT for, where it is as picklers write it.
#[inline]
pub(crate) fn plain_index(line: &[u8]) -> Option<u64> {
    number::plain_index(line)
}

fn line_key<'a>(opcode: Opcode, line: &'a [u8], dialect: Dialect) -> Result<Key<'a>, Unreadable> {
    Ok(match index_line(opcode, line, dialect)? {
        Meaning::Bool(n) => Key::Index(n.into()),
        Meaning::Int(n) => match n.to_u64() {
            Some(index) => Key::Index(index),
            None if n.is_negative() && dialect != Dialect::Tools => {
                return Err(Unreadable::NegativeIndex);
            }
            None => Key::Decimal(n.decimal().unwrap_or_default().into_owned().into()),
        },
        Meaning::Bytes(text) if dialect == Dialect::Python2 && number::is_canonical(&text) => {
            match std::str::from_utf8(&text)
                .ok()
                .and_then(|text| text.parse::<u32>().ok())
            {
                Some(index) if index <= i32::MAX as u32 => Key::Index(index.into()),
                _ => Key::Text(text),
            }
        }
        Meaning::Bytes(text) => Key::Text(text),
        _ => Key::Text(Cow::Borrowed(line)),
    })
}

/// GET and PUT.
fn index_line<'a>(
    opcode: Opcode,
    line: &'a [u8],
    dialect: Dialect,
) -> Result<Meaning<'a>, Unreadable> {
    match dialect {
        // `load_put` in cPickle.c keeps the line itself; so does 2.7's pickle.py.
        Dialect::C2 if line.is_empty() => Err(Unreadable::Empty),
        Dialect::C2 | Dialect::Python2 => Ok(Meaning::Bytes(Cow::Borrowed(line))),
        // `read_decimalnl_short`, as for INT.
        Dialect::Tools => number::int(line, dialect),
        Dialect::C | Dialect::C314 | Dialect::Python | Dialect::Python314 => {
            let index = number::index(line, dialect)?;
            // `load_get` and `load_put` in `_pickle.c` end in `PyLong_AsSsize_t`.
            if dialect.is_c() && index.to_i64().is_none() {
                return Err(Unreadable::IndexTooLarge);
            }
            if opcode == Opcode::Put && index.is_negative() {
                return Err(Unreadable::NegativeIndex);
            }
            Ok(Meaning::Int(index))
        }
    }
}

/// Text in UTF-8 with surrogates (`surrogatepass`): of the UNICODE opcodes in binary, and of marshal.
///
/// # Errors
/// Where it isn't that.
pub fn utf8(bytes: &[u8]) -> Result<Text<'_>, Unreadable> {
    utf8_surrogatepass(bytes)
}

/// A float in text as marshal versions 0 and 1 have it.
///
/// # Errors
/// Where it is none.
pub fn marshal_float(text: &[u8]) -> Result<f64, Unreadable> {
    number::marshal_float(text)
}

/// One of the two lines of GLOBAL and INST.
fn name_text<'a>(line: &'a [u8], ascii: bool, dialect: Dialect) -> Result<Text<'a>, Unreadable> {
    match dialect {
        Dialect::Tools => return tools_text(line),
        _ if dialect.is_c() && line.is_empty() => return Err(Unreadable::Empty),
        Dialect::C2 | Dialect::Python2 => return Ok(python2_text(line)),
        _ => {}
    }
    // `load_inst` wants ASCII, `load_global` UTF-8, in C and in Python.
    if ascii {
        return ascii_text(line);
    }
    match std::str::from_utf8(line) {
        Ok(text) => Ok(Text::Str(Cow::Borrowed(text))),
        Err(error) => Err(Unreadable::NotUtf8 {
            at: error.valid_up_to(),
        }),
    }
}

/// PERSID.
fn persistent_id(line: &[u8], dialect: Dialect) -> Result<Text<'_>, Unreadable> {
    match dialect {
        Dialect::Tools => tools_text(line),
        Dialect::C2 if line.is_empty() => Err(Unreadable::Empty),
        Dialect::C2 | Dialect::Python2 => Ok(python2_text(line)),
        _ => ascii_text(line),
    }
}

fn python2_text(line: &[u8]) -> Text<'_> {
    match std::str::from_utf8(line) {
        Ok(text) => Text::Str(Cow::Borrowed(text)),
        Err(_) => Text::Wtf8(Cow::Borrowed(line)),
    }
}

fn ascii_text(line: &[u8]) -> Result<Text<'_>, Unreadable> {
    match line.iter().position(|byte| !byte.is_ascii()) {
        Some(at) => Err(Unreadable::NotAscii { at }),
        None => Ok(Text::Str(String::from_utf8_lossy(line))),
    }
}

/// `read_stringnl` in `Lib/pickletools.py`: `stringnl_noescape` undoes escapes all the same, and wants ASCII (UTF-8
/// since 3.14).
fn tools_text(line: &[u8]) -> Result<Text<'_>, Unreadable> {
    match escape_decode(line, 0)? {
        Cow::Borrowed(line) => ascii_text(line),
        Cow::Owned(decoded) => match decoded.iter().position(|byte| !byte.is_ascii()) {
            Some(at) => Err(Unreadable::NotAscii { at }),
            None => Ok(Text::Str(Cow::Owned(
                String::from_utf8_lossy(&decoded).into_owned(),
            ))),
        },
    }
}

/// STRING: the bytes between the quotes, escapes undone.
fn string<'a>(line: &'a [u8], dialect: Dialect) -> Result<Cow<'a, [u8]>, Unreadable> {
    let quoted = match dialect {
        Dialect::C2 if line.is_empty() => return Err(Unreadable::Empty),
        // `load_string` in cPickle.c drops what compares to `' '` as not greater; its `char` is signed on x86, where
        // bytes from 0x80 on go too. (Not on ARM, whose `char` is unsigned.)
        Dialect::C2 => {
            let dropped = line
                .iter()
                .rev()
                .take_while(|&&b| b <= b' ' || b >= 0x80)
                .count();
            line.get(..line.len().saturating_sub(dropped))
                .unwrap_or_default()
        }
        _ => line,
    };
    let inner = match quoted {
        // `read_stringnl` looks at both ends and not at the length: one quote is an empty string.
        [b'"' | b'\''] if dialect == Dialect::Tools => b"",
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => return Err(Unreadable::UnquotedString),
    };
    let bytes = escape_decode(inner, 1)?;
    // ASCII until 3.13, latin-1 since 3.14.
    if dialect == Dialect::Tools
        && let Some(at) = bytes.iter().position(|byte| !byte.is_ascii())
    {
        return Err(Unreadable::NotAscii { at });
    }
    Ok(bytes)
}

/// Whether readers take an argument for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// All read the same.
    All,
    /// They read different things, or some refuse it.
    Some,
    /// All refuse it, each for a reason of its own; this is the first one's.
    None(Unreadable),
}

/// Whether the unpicklers of Python 3.6 to 3.13, in C and in Python, take the argument of `op` for the same.
///
/// That takes next to no time for arguments in the form that picklers write.
///
/// ```
/// use pickscope::decode::{ops, text::{Agreement, agreement}};
///
/// let of = |stream: &'static [u8]| agreement(&ops(stream).next().unwrap().unwrap());
/// assert_eq!(of(b"I10\n."), Agreement::All);
/// assert_eq!(of(b"I-0\n."), Agreement::Some); // False in C, 0 in Python
/// assert!(matches!(of(b"Sabc\n."), Agreement::None(_)));
/// ```
#[inline]
pub fn agreement(op: &Op<'_>) -> Agreement {
    match glance(op) {
        Glance::Alike => Agreement::All,
        Glance::OneReading => agreement_among(op, &[Dialect::C]),
        Glance::Nothing => agreement_among(op, &[Dialect::C, Dialect::Python]),
    }
}

/// Whether the unpicklers of all versions of Python, 2.7 to 3.14, in C and in Python, take the argument of `op` for the
/// same. As fast as [`agreement`] for arguments in the form that picklers write.
pub fn agreement_everywhere(op: &Op<'_>) -> Agreement {
    match glance(op) {
        Glance::Alike => Agreement::All,
        Glance::OneReading | Glance::Nothing => agreement_among(op, &Dialect::LOADERS),
    }
}

/// Whether readers of `dialects` take the argument of `op` for the same. Of no dialects, all do.
///
/// Text that Python 2 has as bytes and Python 3 as text counts as the same for names and persistent ids.
pub fn agreement_among(op: &Op<'_>, dialects: &[Dialect]) -> Agreement {
    let Some((&first, others)) = dialects.split_first() else {
        return Agreement::All;
    };
    let first = meaning(op, first);
    let same = |other: &Dialect| match (&first, meaning(op, *other)) {
        (Ok(first), Ok(other)) => same_meaning(first, &other),
        (Err(_), Err(_)) => true,
        _ => false,
    };
    match (others.iter().all(same), first) {
        (false, _) => Agreement::Some,
        (true, Ok(_)) => Agreement::All,
        (true, Err(why)) => Agreement::None(why),
    }
}

/// What each dialect makes of the argument of `op`.
pub fn readings<'a>(
    op: Op<'a>,
) -> impl Iterator<Item = (Dialect, Result<Meaning<'a>, Unreadable>)> {
    Dialect::ALL
        .into_iter()
        .map(move |dialect| (dialect, meaning(&op, dialect)))
}

/// Whether all readers of Python take the argument of `op` for the same, by a look at its form: [`Agreement::Some`] says
/// that they may not.
#[inline]
pub fn check_alike(op: &Op<'_>) -> Agreement {
    match glance(op) {
        Glance::Alike | Glance::OneReading => Agreement::All,
        Glance::Nothing => Agreement::Some,
    }
}

/// Whether all readers take the argument of `op`, and for the same, by a look at its form: nearly all that picklers write.
#[inline]
pub fn is_plain(op: &Op<'_>) -> bool {
    matches!(glance(op), Glance::Alike)
}

/// Whether readers of `dialect` take the argument of `op`, without building what it means where that isn't needed.
///
/// # Errors
/// Why such a reader raises instead.
#[inline]
pub fn check(op: &Op<'_>, dialect: Dialect) -> Result<(), Unreadable> {
    match glance(op) {
        Glance::Alike => Ok(()),
        Glance::OneReading | Glance::Nothing => meaning(op, dialect).map(|_| ()),
    }
}

/// What the argument of `op` means to the first reader that takes it: C's of Python 3, then Python's, then those of
/// Python 2, then the others. What a report shows where it shows one reading only.
///
/// # Errors
/// Why C's unpickler of Python 3 refuses it, where all do.
pub fn usual<'a>(op: &Op<'a>) -> Result<Meaning<'a>, Unreadable> {
    meaning(op, Dialect::C).or_else(|why| {
        Dialect::ALL
            .into_iter()
            .find_map(|dialect| meaning(op, dialect).ok())
            .ok_or(why)
    })
}

/// What can be seen of an argument without reading it as each unpickler of Python 3 does.
enum Glance {
    /// They read it, and alike.
    Alike,
    /// They read it alike or refuse it alike.
    OneReading,
    Nothing,
}

#[inline]
fn glance(op: &Op<'_>) -> Glance {
    let plain = match (op.argument, op.opcode) {
        (Argument::None | Argument::Int(_) | Argument::Uint(_) | Argument::Float(_), _) => true,
        (Argument::Bytes(bytes), opcode) => match opcode.shape() {
            Shape::Unicode1 | Shape::Unicode4 | Shape::Unicode8
                if !bytes.is_ascii() && std::str::from_utf8(bytes).is_err() =>
            {
                return Glance::OneReading;
            }
            _ => true,
        },
        (Argument::Line(line), Opcode::Int) => {
            number::is_canonical(line) || matches!(line, b"00" | b"01")
        }
        (Argument::Line(line), Opcode::Long) => {
            number::is_canonical(line.strip_suffix(b"L").unwrap_or(line))
        }
        (Argument::Line(line), Opcode::Get | Opcode::Put) => plain_index(line).is_some(),
        (Argument::Line(line), Opcode::Float) => number::is_plain_float(line),
        (Argument::Line(line), Opcode::String) if is_plain_string(line) => true,
        // No escape is in it.
        (Argument::Line(line), Opcode::Unicode) if repr::is_plain(line, b'\\') => true,
        (Argument::Line(_), _) => return Glance::OneReading,
        // C alone refuses empty lines.
        (Argument::Pair { module, name }, _) if module.is_empty() || name.is_empty() => false,
        (Argument::Pair { module, name }, _) if module.is_ascii() && name.is_ascii() => true,
        (Argument::Pair { .. }, _) => return Glance::OneReading,
    };
    if plain {
        Glance::Alike
    } else {
        Glance::Nothing
    }
}

/// Whether a line of STRING is quoted text without an escape, of ASCII that can be seen.
fn is_plain_string(line: &[u8]) -> bool {
    match line {
        [quote @ (b'\'' | b'"'), inner @ .., last] => {
            quote == last && repr::is_plain(inner, *quote)
        }
        _ => false,
    }
}

fn same_meaning(one: &Meaning<'_>, other: &Meaning<'_>) -> bool {
    match (one, other) {
        (Meaning::Float(one), Meaning::Float(other)) => {
            one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
        }
        _ => one == other,
    }
}
