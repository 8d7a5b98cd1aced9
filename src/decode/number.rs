//! Numbers as readers of pickles see them: integers of any size, and what the text of INT, LONG and FLOAT is worth.
//!
//! An [`Integer`] past 64 bits stays in the bytes that it was written in. Converting it takes work only when someone
//! asks, and conversion from or to decimal, whose work is quadratic, ends at [`limits::DECIMAL_DIGITS`].

use std::borrow::Cow;

use num_bigint::{BigInt, Sign};

use super::text::{Dialect, Meaning, Unreadable};
use crate::limits;

/// An integer of any size. What it stands in is borrowed where it can be.
///
/// Equal are those of the same value, however they are written. One exception keeps comparing cheap: decimal text of
/// more than [`limits::DECIMAL_DIGITS`] digits only equals the same decimal text.
#[derive(Clone, Debug)]
pub struct Integer<'a>(Repr<'a>);

/// Each form holds only what the ones before it can't: two forms of `Small` are never another's value.
#[derive(Clone, Debug)]
enum Repr<'a> {
    Small(i64),
    /// Past `i64`.
    Unsigned(u64),
    /// Little-endian, without bytes that only repeat the sign: more than eight.
    TwosComplement(Cow<'a, [u8]>),
    /// Digits without leading zeros, `-` before them where it is below zero.
    Decimal(Cow<'a, str>),
    /// Digits of 1, 3 or 4 bits without leading zeros.
    Binary {
        negative: bool,
        digit_bits: u8,
        digits: Cow<'a, [u8]>,
    },
}

impl<'a> Integer<'a> {
    /// From little-endian two's complement of any length, as LONG1 and LONG4 have it; no bytes are 0.
    pub fn from_twos_complement(bytes: &'a [u8]) -> Self {
        let (fill, used) = without_sign_bytes(bytes);
        match small_twos_complement(fill, used) {
            Some(n) => Self(Repr::Small(n)),
            None => Self(Repr::TwosComplement(Cow::Borrowed(used))),
        }
    }

    /// From the digits of 15 bits that marshal has, each a little-endian word of 16, the lowest first.
    ///
    /// `None` where a word has more than 15 bits. (`r_PyLong` in `Python/marshal.c`.)
    pub fn from_digits_of_15_bits(negative: bool, digits: &[u8]) -> Option<Self> {
        let (words, _) = digits.as_chunks::<2>();
        let mut bytes = Vec::with_capacity(digits.len().saturating_add(2));
        let (mut held, mut bits) = (0_u32, 0_u32);
        // Of the complement of what is above zero: all bits turned, and one more.
        let (turn, mut carry) = if negative { (0xff, 1) } else { (0, 0) };
        let mut push = |byte: u32| {
            let sum = ((byte ^ turn) & 0xff).wrapping_add(carry);
            carry = sum >> 8;
            bytes.push(sum as u8);
        };
        for word in words {
            let digit = u32::from(u16::from_le_bytes(*word));
            if digit >> 15 != 0 {
                return None;
            }
            held |= digit << bits;
            bits = bits.wrapping_add(15);
            while bits >= 8 {
                push(held & 0xff);
                held >>= 8;
                bits = bits.wrapping_sub(8);
            }
        }
        push(held & 0xff);
        push(0);
        let (fill, used) = without_sign_bytes(&bytes);
        Some(match small_twos_complement(fill, used) {
            Some(n) => Self(Repr::Small(n)),
            None => {
                let length = used.len();
                bytes.truncate(length);
                Self(Repr::TwosComplement(Cow::Owned(bytes)))
            }
        })
    }

    /// Its value, where 64 bits hold it.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(n) => Some(n),
            _ => None,
        }
    }

    /// Its value, where it is not below zero and 64 bits hold it.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(n) => u64::try_from(*n).ok(),
            Repr::Unsigned(n) => Some(*n),
            // Values up to `u64::MAX` that text or bytes hold are few and rare: the detour is theirs.
            Repr::TwosComplement(bytes) if bytes.len() > 9 => None,
            _ => u64::try_from(self.big()?).ok(),
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(n) => *n < 0,
            Repr::Unsigned(_) => false,
            Repr::TwosComplement(bytes) => bytes.last().is_some_and(|last| last & 0x80 != 0),
            Repr::Decimal(text) => text.starts_with('-'),
            Repr::Binary { negative, .. } => *negative,
        }
    }

    /// It in decimal, canonical: no leading zeros, no `+`.
    ///
    /// `None` where that would take more than [`limits::DECIMAL_DIGITS`] digits and it is not written in decimal
    /// already: then [`bits`](Self::bits) and [`hex`](Self::hex) tell it.
    pub fn decimal(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Repr::Small(n) => Some(n.to_string().into()),
            Repr::Unsigned(n) => Some(n.to_string().into()),
            Repr::Decimal(text) => Some(Cow::Borrowed(text)),
            Repr::TwosComplement(bytes) if bytes.len() > DECIMAL_BYTES => None,
            Repr::Binary { digits, .. } if digits.len() > DECIMAL_BITS => None,
            Repr::TwosComplement(_) | Repr::Binary { .. } => {
                let big = self.big()?;
                if big.bits() > DECIMAL_BITS as u64 {
                    return None;
                }
                let text = big.to_string();
                (digit_count(&text) <= limits::DECIMAL_DIGITS).then_some(text.into())
            }
        }
    }

    /// How many bits its absolute value takes, as Python's `int.bit_length` counts.
    ///
    /// `None` for decimal text of more than [`limits::DECIMAL_DIGITS`] digits.
    pub fn bits(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(n) => Some(bit_length(n.unsigned_abs())),
            Repr::Unsigned(n) => Some(bit_length(*n)),
            Repr::Binary {
                digit_bits, digits, ..
            } => {
                let (first, rest) = digits.split_first()?;
                Some(
                    (rest.len() as u64)
                        .saturating_mul(u64::from(*digit_bits))
                        .saturating_add(bit_length(digit(*first)?.into())),
                )
            }
            Repr::TwosComplement(_) | Repr::Decimal(_) => Some(self.big()?.bits()),
        }
    }

    /// It in hexadecimal, as Python's `hex` writes it: `-0x1f`.
    ///
    /// `None` for decimal text of more than [`limits::DECIMAL_DIGITS`] digits.
    pub fn hex(&self) -> Option<String> {
        let sign = if self.is_negative() { "-" } else { "" };
        Some(match &self.0 {
            Repr::Small(n) => format!("{sign}{:#x}", n.unsigned_abs()),
            Repr::Unsigned(n) => format!("{n:#x}"),
            _ => format!("{sign}0x{}", self.big()?.magnitude().to_str_radix(16)),
        })
    }

    /// It as text that Python reads back: in decimal, and in hexadecimal where decimal would be too much.
    pub fn written(&self) -> Cow<'_, str> {
        let hex = || self.hex().map(Cow::Owned);
        self.decimal().or_else(hex).unwrap_or_default()
    }

    /// Its value as a number to calculate with; `None` for decimal text past the limit.
    ///
    /// Bytes and digits of whole bits convert in time linear in their length.
    fn big(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Small(n) => Some((*n).into()),
            Repr::Unsigned(n) => Some((*n).into()),
            Repr::TwosComplement(bytes) => Some(BigInt::from_signed_bytes_le(bytes)),
            Repr::Decimal(text) if digit_count(text) > limits::DECIMAL_DIGITS => None,
            Repr::Decimal(text) => BigInt::parse_bytes(text.as_bytes(), 10),
            Repr::Binary {
                negative,
                digit_bits,
                digits,
            } => {
                let magnitude = num_bigint::BigUint::parse_bytes(digits, 1 << digit_bits)?;
                let sign = if *negative { Sign::Minus } else { Sign::Plus };
                Some(BigInt::from_biguint(sign, magnitude))
            }
        }
    }

    /// `digits` of `radix` (2, 8, 10 or 16), nothing but them, underscores, and a `-` before them that is part of
    /// `borrowed` where `negative`.
    fn from_digits(negative: bool, radix: u8, digits: &'a [u8], borrowed: &'a [u8]) -> Self {
        let zeros = digits
            .iter()
            .take_while(|&&b| b == b'0' || b == b'_')
            .count();
        let significant = digits.get(zeros..).unwrap_or_default();
        let digits = if significant.contains(&b'_') {
            Cow::Owned(significant.iter().copied().filter(|&b| b != b'_').collect())
        } else {
            Cow::Borrowed(significant)
        };
        if let Some(small) = small(negative, radix, &digits) {
            return Self(Repr::Small(small));
        }
        let digit_bits = match radix {
            2 => 1,
            8 => 3,
            16 => 4,
            _ => {
                let tail = borrowed.len().saturating_sub(digits.len());
                let text = match digits {
                    Cow::Borrowed(digits) if !negative => ascii(digits),
                    // The sign stands right before the first significant digit.
                    Cow::Borrowed(_) if zeros == 0 && tail == 1 => ascii(borrowed),
                    digits => {
                        let sign = if negative { "-" } else { "" };
                        Cow::Owned(format!("{sign}{}", ascii(&digits)))
                    }
                };
                return Self(Repr::Decimal(text));
            }
        };
        Self(Repr::Binary {
            negative,
            digit_bits,
            digits,
        })
    }
}

impl From<i64> for Integer<'_> {
    #[inline]
    fn from(n: i64) -> Self {
        Self(Repr::Small(n))
    }
}

impl From<u64> for Integer<'_> {
    #[inline]
    fn from(n: u64) -> Self {
        Self(i64::try_from(n).map_or(Repr::Unsigned(n), Repr::Small))
    }
}

impl PartialEq for Integer<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a == b,
            (Repr::Small(_), _) | (_, Repr::Small(_)) => false,
            (Repr::Unsigned(a), Repr::Unsigned(b)) => a == b,
            (Repr::TwosComplement(a), Repr::TwosComplement(b)) => a == b,
            (Repr::Decimal(a), Repr::Decimal(b)) => a == b,
            _ => {
                self.is_negative() == other.is_negative()
                    && self.bits() == other.bits()
                    && matches!((self.big(), other.big()), (Some(a), Some(b)) if a == b)
            }
        }
    }
}

impl Eq for Integer<'_> {}

/// No integer of so many bits has fewer than the most decimal digits: 10^4300 takes 14285.
const DECIMAL_BITS: usize = 14285;
const DECIMAL_BYTES: usize = DECIMAL_BITS / 8 + 2;
const _: () = assert!(limits::DECIMAL_DIGITS == 4300);

/// Two's complement without the bytes that only repeat its sign, and what those are.
fn without_sign_bytes(bytes: &[u8]) -> (u8, &[u8]) {
    let fill = match bytes.last() {
        Some(last) if last & 0x80 != 0 => 0xff,
        _ => 0x00,
    };
    let mut used = bytes;
    // A byte can go where it and the bit below it repeat the sign.
    while let [rest @ .., last] = used {
        if *last != fill || rest.last().is_none_or(|below| (below ^ fill) & 0x80 != 0) {
            break;
        }
        used = rest;
    }
    (fill, used)
}

/// The value of two's complement, where 64 bits hold it.
fn small_twos_complement(fill: u8, used: &[u8]) -> Option<i64> {
    let mut small = [fill; 8];
    small.get_mut(..used.len())?.copy_from_slice(used);
    Some(i64::from_le_bytes(small))
}

fn bit_length(n: u64) -> u64 {
    u64::BITS.saturating_sub(n.leading_zeros()).into()
}

/// How many digits decimal text has beside its sign.
fn digit_count(text: &str) -> usize {
    text.len()
        .saturating_sub(usize::from(text.starts_with('-')))
}

/// Text of bytes that are known to be ASCII.
fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// What a digit is worth, up to base 36.
fn digit(byte: u8) -> Option<u8> {
    let worth = char::from(byte).to_digit(36)?;
    u8::try_from(worth).ok()
}

/// The value of digits without leading zeros and underscores, where 64 bits hold it.
fn small(negative: bool, radix: u8, digits: &[u8]) -> Option<i64> {
    // 64 digits are the most that 64 bits can have in base 2.
    if digits.len() > 64 {
        return None;
    }
    let magnitude = digits.iter().try_fold(0u64, |n, &byte| {
        n.checked_mul(radix.into())?
            .checked_add(digit(byte)?.into())
    })?;
    signed(negative, magnitude)
}

fn signed(negative: bool, magnitude: u64) -> Option<i64> {
    if negative {
        0i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

/// What CPython's `Py_ISSPACE` and C's `isspace` take for space, a newline aside: no line has one.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c')
}

fn trim_start(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|&&b| is_space(b)).count();
    text.get(spaces..).unwrap_or_default()
}

fn trim_end(text: &[u8]) -> &[u8] {
    let spaces = text.iter().rev().take_while(|&&b| is_space(b)).count();
    text.get(..text.len().saturating_sub(spaces))
        .unwrap_or_default()
}

/// What a C function that is given no length sees of a text.
fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&b| b == 0).next().unwrap_or_default()
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// Whether every reader takes this text for the integer that it looks like: `0`, or digits without leading zeros,
/// `-` before them. `0` and `1` of two bytes are not among them, C's readers see booleans in `-0`.
#[inline]
pub(super) fn is_canonical(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => {
            digits.len() <= limits::DECIMAL_DIGITS && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// The index that every reader takes this text for: digits without leading zeros, as many as any address has at the most.
#[inline]
pub(super) fn plain_index(text: &[u8]) -> Option<u64> {
    match text {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] if text.len() <= 18 => text.iter().try_fold(0_u64, |index, byte| {
            let digit = byte.is_ascii_digit().then_some(byte & 0x0f)?;
            Some(index.wrapping_mul(10).wrapping_add(u64::from(digit)))
        }),
        _ => None,
    }
}

/// The integer of text that [is canonical](is_canonical).
#[inline]
fn canonical(text: &[u8]) -> Option<Integer<'_>> {
    if !is_canonical(text) {
        return None;
    }
    let (negative, digits) = split_sign(text);
    // 18 digits can't overflow.
    if digits.len() > 18 {
        return Some(Integer::from_digits(negative, 10, digits, text));
    }
    let magnitude = digits.iter().fold(0i64, |n, byte| {
        n.wrapping_mul(10).wrapping_add(i64::from(byte & 0x0f))
    });
    let n = if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    };
    Some(n.into())
}

/// INT: an integer or a boolean.
pub(super) fn int<'a>(line: &'a [u8], dialect: Dialect) -> Result<Meaning<'a>, Unreadable> {
    if let Some(n) = canonical(line) {
        return Ok(Meaning::Int(n));
    }
    match dialect {
        // `load_int` in `Modules/_pickle.c`: `strtol` first, `PyLong_FromString` where that doesn't reach the end.
        Dialect::C | Dialect::C314 | Dialect::C2 => {
            if line.is_empty() {
                return Err(Unreadable::Empty);
            }
            let prefixes = dialect != Dialect::C314;
            let (value, end) = strtol(line, prefixes);
            let at_end = match line.get(end) {
                None => true,
                // cPickle wants the newline itself there, and a NUL is none.
                Some(0) => dialect != Dialect::C2,
                Some(_) => false,
            };
            match value {
                // By the line's length alone: `-0` and ` 1` are booleans too.
                Some(n @ (0 | 1)) if at_end && line.len() == 2 => Ok(Meaning::Bool(n == 1)),
                Some(n) if at_end => Ok(Meaning::Int(n.into())),
                _ => from_string(until_nul(line), prefixes, dialect).map(Meaning::Int),
            }
        }
        // `load_int` in `Lib/pickle.py`, `read_decimalnl_short` in `Lib/pickletools.py`.
        Dialect::Python | Dialect::Python314 | Dialect::Python2 | Dialect::Tools => match line {
            b"00" => Ok(Meaning::Bool(false)),
            b"01" => Ok(Meaning::Bool(true)),
            _ => from_string(line, dialect == Dialect::Python, dialect).map(Meaning::Int),
        },
    }
}

/// LONG: an integer, an `L` behind it or not.
pub(super) fn long<'a>(line: &'a [u8], dialect: Dialect) -> Result<Integer<'a>, Unreadable> {
    let bare = line.strip_suffix(b"L").unwrap_or(line);
    if let Some(n) = canonical(bare) {
        return Ok(n);
    }
    match dialect {
        // `load_long` in `Modules/_pickle.c` and in cPickle.
        Dialect::C | Dialect::C314 | Dialect::C2 if line.is_empty() => Err(Unreadable::Empty),
        Dialect::C => from_string(until_nul(bare), true, dialect),
        Dialect::C314 => from_string(until_nul(bare), false, dialect),
        Dialect::Python => from_string(bare, true, dialect),
        Dialect::Python314 | Dialect::Tools => from_string(bare, false, dialect),
        // 2.7's `PyLong_FromString` takes the `L` itself.
        Dialect::C2 => from_string(until_nul(line), true, dialect),
        Dialect::Python2 => from_string(line, true, dialect),
    }
}

/// GET and PUT, to readers that take their line for a number: an integer in base 10.
pub(super) fn index<'a>(line: &'a [u8], dialect: Dialect) -> Result<Integer<'a>, Unreadable> {
    if let Some(n) = canonical(line) {
        return Ok(n);
    }
    match dialect {
        Dialect::C | Dialect::C314 if line.is_empty() => Err(Unreadable::Empty),
        Dialect::C | Dialect::C314 => from_string(until_nul(line), false, dialect),
        _ => from_string(line, false, dialect),
    }
}

/// C's `strtol` with base 0 (where `prefixes`) or 10: the value, `None` where 64 bits don't hold it, and where it
/// stopped. Without digits that is 0 and the start.
///
/// A C `long` has 64 bits here, as on Linux and macOS. On Windows it has 32, and octal text of more is refused there.
fn strtol(line: &[u8], prefixes: bool) -> (Option<i64>, usize) {
    let (negative, digits) = split_sign(trim_start(line));
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..]
            if prefixes && rest.first().is_some_and(u8::is_ascii_hexdigit) =>
        {
            (16, rest)
        }
        [b'0', ..] if prefixes => (8, digits),
        _ => (10, digits),
    };
    let count = digits
        .iter()
        .take_while(|&&b| digit(b).is_some_and(|n| n < radix))
        .count();
    let (run, rest) = digits.split_at_checked(count).unwrap_or_default();
    if run.is_empty() {
        return (Some(0), 0);
    }
    let zeros = run.iter().take_while(|&&b| b == b'0').count();
    let value = small(negative, radix, run.get(zeros..).unwrap_or_default());
    (value, line.len().saturating_sub(rest.len()))
}

/// `PyLong_FromString` (`Objects/longobject.c`) on all of `text`, with base 0 where `prefixes`, else 10.
fn from_string<'a>(
    text: &'a [u8],
    prefixes: bool,
    dialect: Dialect,
) -> Result<Integer<'a>, Unreadable> {
    let python2 = dialect.is_python2();
    let signed = trim_start(text);
    let (negative, mut body) = split_sign(signed);
    if python2 {
        body = trim_start(body);
    }
    let (radix, digits) = match body {
        [b'0', b'x' | b'X', rest @ ..] if prefixes => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] if prefixes => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] if prefixes => (2, rest),
        // C's octal, which Python 3 gave up.
        [b'0', ..] if prefixes && python2 => (8, body),
        _ => (10, body),
    };
    let prefixed = digits.len() < body.len();
    // One underscore may follow a prefix.
    let digits = match digits {
        [b'_', rest @ ..] if prefixed && !python2 => rest,
        _ => digits,
    };
    let (run, rest) = digit_run(digits, radix, !python2).ok_or(Unreadable::NotANumber)?;
    let count = run.iter().filter(|&&b| b != b'_').count();
    // Only bases that aren't powers of 2 are limited, by digits and not by value: 4301 zeros are too many. 3.6 and
    // releases before September 2022 don't have the limit.
    if !python2 && radix == 10 && count > limits::DECIMAL_DIGITS {
        return Err(Unreadable::TooManyDigits);
    }
    let rest = match rest {
        [b'l' | b'L', rest @ ..] if python2 => rest,
        _ => rest,
    };
    if !trim_start(rest).is_empty() {
        return Err(Unreadable::NotANumber);
    }
    // With base 0, Python 3 refuses the octal of C and Python 2 instead of reading it as decimal; zeros it takes.
    let leading_zero = prefixes && !prefixed && run.first() == Some(&b'0');
    if leading_zero && !python2 && run.iter().any(|b| !matches!(b, b'0' | b'_')) {
        return Err(Unreadable::NotANumber);
    }
    let borrowed = signed
        .get(
            ..signed
                .len()
                .saturating_sub(digits.len())
                .saturating_add(run.len()),
        )
        .unwrap_or_default();
    Ok(Integer::from_digits(negative, radix, run, borrowed))
}

/// The digits at the start of `text` and what follows; `None` where there are none or underscores stand wrong.
fn digit_run(text: &[u8], radix: u8, underscores: bool) -> Option<(&[u8], &[u8])> {
    let mut last = b'_';
    let mut count: usize = 0;
    for &byte in text {
        let is_digit = digit(byte).is_some_and(|n| n < radix);
        let is_underscore = byte == b'_' && underscores;
        if !is_digit && !is_underscore {
            break;
        }
        if byte == b'_' && last == b'_' {
            return None;
        }
        last = byte;
        count = count.saturating_add(1);
    }
    if last == b'_' {
        return None;
    }
    text.split_at_checked(count)
}

/// FLOAT.
pub(super) fn float(line: &[u8], dialect: Dialect) -> Result<f64, Unreadable> {
    match dialect {
        // `load_float`: `PyOS_string_to_double` up to the newline, or on Python 3 to a NUL, which raises where the
        // number is too large.
        Dialect::C | Dialect::C314 | Dialect::C2 => {
            if line.is_empty() {
                return Err(Unreadable::Empty);
            }
            let text = if dialect == Dialect::C2 {
                line
            } else {
                until_nul(line)
            };
            let value = string_to_double(text)?;
            if value.is_infinite() && text.iter().any(u8::is_ascii_digit) {
                return Err(Unreadable::FloatOverflow);
            }
            Ok(value)
        }
        // `PyFloat_FromString` in `Objects/floatobject.c`.
        Dialect::Python | Dialect::Python314 | Dialect::Python2 | Dialect::Tools => {
            let text = trim_end(trim_start(line));
            if dialect == Dialect::Python2 || !text.contains(&b'_') {
                return string_to_double(text);
            }
            // `_Py_string_to_number_with_underscores`: each between two digits.
            let well_placed = (0..text.len()).all(|at| {
                text.get(at) != Some(&b'_')
                    || [at.checked_sub(1), at.checked_add(1)]
                        .into_iter()
                        .all(|beside| {
                            beside
                                .and_then(|at| text.get(at))
                                .is_some_and(u8::is_ascii_digit)
                        })
            });
            if !well_placed {
                return Err(Unreadable::NotAFloat);
            }
            let bare: Vec<u8> = text.iter().copied().filter(|&b| b != b'_').collect();
            string_to_double(&bare)
        }
    }
}

/// A float in the text of marshal versions 0 and 1: `r_float_str` in `Python/marshal.c`, which takes too large ones for
/// infinite.
pub(super) fn marshal_float(text: &[u8]) -> Result<f64, Unreadable> {
    string_to_double(until_nul(text))
}

/// `PyOS_string_to_double` (`Python/pystrtod.c`) on all of `text`: decimal, `inf`, `infinity` or `nan`, as
/// [`f64::from_str`](std::str::FromStr) has them too.
fn string_to_double(text: &[u8]) -> Result<f64, Unreadable> {
    let text = std::str::from_utf8(text).map_err(|_| Unreadable::NotAFloat)?;
    text.parse().map_err(|_| Unreadable::NotAFloat)
}

/// Whether every loader reads this text for the same float without a closer look: what `float.__repr__` writes, and some
/// forms more. None is of one that overflows.
#[inline]
pub(super) fn is_plain_float(text: &[u8]) -> bool {
    let (_, number) = split_sign(text);
    if number.len() >= 300 {
        return false;
    }
    let (mut digits, mut points) = (0_usize, 0_usize);
    for byte in number {
        digits = digits.wrapping_add(usize::from(byte.is_ascii_digit()));
        points = points.wrapping_add(usize::from(*byte == b'.'));
    }
    if digits.wrapping_add(points) != number.len() {
        return is_scientific(number) || matches!(number, b"inf" | b"nan");
    }
    points <= 1 && number.last().is_some_and(u8::is_ascii_digit)
}

/// Whether a number is written as `float.__repr__` writes those that are far from 1, and not with the exponents of the largest.
fn is_scientific(number: &[u8]) -> bool {
    let (digits, sign, exponent) = match *number {
        [ref digits @ .., b'e', sign, tens, ones] => (digits, sign, [b'0', tens, ones]),
        [ref digits @ .., b'e', sign, hundreds, tens, ones] => {
            (digits, sign, [hundreds, tens, ones])
        }
        _ => return false,
    };
    let (first, behind) = match digits {
        [first] => (first, &[][..]),
        [first, b'.', behind @ ..] => (first, behind),
        _ => return false,
    };
    let is_in_range = match sign {
        b'-' => true,
        b'+' => exponent < *b"300",
        _ => false,
    };
    is_in_range
        && [first]
            .into_iter()
            .chain(behind)
            .chain(&exponent)
            .all(u8::is_ascii_digit)
}
