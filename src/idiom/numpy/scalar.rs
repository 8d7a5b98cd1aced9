//! numpy's scalars: one item and its dtype.

use super::super::{
    Called, Idiom, Part, look,
    stdlib::{builtins::complex_words, datetime::moment_words},
};
use super::dtype::{Dtype, Unit};
use crate::repr;

/// `scalar(dtype, bytes)`.
pub(super) fn read<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[own, data] = called.plain()? else {
        return None;
    };
    let dtype = Dtype::of(view, own)?;
    if dtype.is_object() || look::length(view, data, called.place())? != dtype.size {
        return None;
    }
    let bytes = look::bytes(view, data, look::SHORT);
    let told = bytes.and_then(|bytes| words(&dtype, &bytes));
    let idiom = match told {
        Some(value) => Idiom::new("scalar", [format!("{} {value}", dtype.words).into()]),
        None => {
            let words = format!("{} scalar, {} bytes", dtype.words, dtype.size);
            Idiom::new("scalar", [words.into()]).holding([Part::Named("data", data)])
        }
    };
    let parts = dtype.has_parts.then_some(Part::Named("dtype", own));
    Some(idiom.holding(parts))
}

/// The value of an item.
fn words(dtype: &Dtype, bytes: &[u8]) -> Option<String> {
    Some(match dtype.letter {
        b'b' => match bytes {
            [0] => "False".into(),
            [1] => "True".into(),
            _ => return None,
        },
        b'i' => signed(dtype, bytes)?.to_string(),
        b'u' => unsigned(dtype, bytes)?.to_string(),
        b'f' => float_words(dtype, bytes)?,
        b'c' => {
            let (real, imaginary) = bytes.split_at_checked(bytes.len().checked_div(2)?)?;
            complex_words(float(dtype, real)?, float(dtype, imaginary)?)
        }
        b'S' => repr::Bytes(bytes).to_string(),
        b'U' => {
            let text: Option<String> = bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|four| {
                    char::from_u32(if dtype.big_endian {
                        u32::from_be_bytes(*four)
                    } else {
                        u32::from_le_bytes(*four)
                    })
                })
                .collect();
            repr::Str(repr::Chars::Utf8(&text?)).to_string()
        }
        b'M' | b'm' => date_words(dtype, signed(dtype, bytes)?)?,
        _ => return None,
    })
}

/// The bits, the least significant byte last to come in.
fn unsigned(dtype: &Dtype, bytes: &[u8]) -> Option<u64> {
    let mut eight = [0u8; 8];
    let place = eight.get_mut(..bytes.len())?;
    place.copy_from_slice(bytes);
    if dtype.big_endian {
        place.reverse();
    }
    Some(u64::from_le_bytes(eight))
}

fn signed(dtype: &Dtype, bytes: &[u8]) -> Option<i64> {
    let bits = unsigned(dtype, bytes)?;
    Some(match bytes.len() {
        1 => i64::from(bits as u8 as i8),
        2 => i64::from(bits as u16 as i16),
        4 => i64::from(bits as u32 as i32),
        8 => bits as i64,
        _ => return None,
    })
}

/// A float, as the double that has the same shortest decimal digits.
fn float(dtype: &Dtype, bytes: &[u8]) -> Option<f64> {
    let bits = unsigned(dtype, bytes)?;
    match bytes.len() {
        2 => half(bits as u16),
        4 => {
            let single = f32::from_bits(bits as u32);
            single.to_string().parse().ok()
        }
        8 => Some(f64::from_bits(bits)),
        _ => None,
    }
}

/// A float of sixteen bits, which every double can hold.
fn half(bits: u16) -> Option<f64> {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    let size = match exponent {
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        0 => fraction * 2f64.powi(-24),
        _ => (1024.0 + fraction) * 2f64.powi(exponent.checked_sub(25)?),
    };
    Some(if bits & 0x8000 == 0 { size } else { -size })
}

fn float_words(dtype: &Dtype, bytes: &[u8]) -> Option<String> {
    Some(repr::Float(float(dtype, bytes)?).to_string())
}

/// A date or a difference: a moment where the unit is one of fixed length, else a number of units.
fn date_words(dtype: &Dtype, number: i64) -> Option<String> {
    if number == i64::MIN {
        return Some("NaT".into());
    }
    let (Unit(unit), count) = dtype.unit?;
    let total = number.checked_mul(i64::try_from(count).ok()?)?;
    let per_second: i64 = match unit {
        "s" => 1,
        "ms" => 1_000,
        "us" => 1_000_000,
        "ns" => 1_000_000_000,
        _ => 0,
    };
    if dtype.letter == b'M' {
        if per_second > 0 {
            return moment_words(total, per_second);
        }
        if unit == "D" {
            return super::super::stdlib::datetime::day_words(total);
        }
    }
    Some(number.to_string())
}
