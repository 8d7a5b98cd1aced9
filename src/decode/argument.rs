//! The bytes of an argument, by its shape. The only file of the stream reader that knows nom.

use nom::{
    Err, IResult, Parser,
    bytes::complete::{tag, take_until},
    combinator::{map, map_opt},
    error::ParseError,
    number::complete::{le_i32, le_u8, le_u16, le_u32, le_u64},
    sequence::{pair, terminated},
};

use crate::{
    error::{FaultKind, Piece},
    opcode::{Layout, Opcode, Shape},
};

/// What stands behind an opcode, as it stands there.
///
/// Text is left as bytes: what it means depends on the reader, and [`super::text`] tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument<'a> {
    /// Nothing.
    None,
    /// A number of one, two or four bytes.
    Int(i64),
    /// A number of eight bytes.
    Uint(u64),
    /// A float of eight bytes.
    Float(f64),
    /// A line, without its newline.
    Line(&'a [u8]),
    /// The two lines of GLOBAL and INST, without their newlines.
    Pair {
        /// The first line.
        module: &'a [u8],
        /// The second line.
        name: &'a [u8],
    },
    /// The bytes that a length before them counts, without the length.
    Bytes(&'a [u8]),
}

/// nom's error without a content: [`what_is_wrong`] finds out, on the way that is rarely taken.
type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// The argument of this shape at the start of `input`, and what is left behind it.
#[inline(always)]
pub(super) fn argument(shape: Shape, input: &[u8]) -> Parsed<'_, Argument<'_>> {
    match shape {
        Shape::None => Ok((input, Argument::None)),
        Shape::Uint1 => map(le_u8, |n| Argument::Int(n.into())).parse_complete(input),
        Shape::Uint2 => map(le_u16, |n| Argument::Int(n.into())).parse_complete(input),
        Shape::Int4 => map(le_i32, |n| Argument::Int(n.into())).parse_complete(input),
        Shape::Uint4 => map(le_u32, |n| Argument::Int(n.into())).parse_complete(input),
        Shape::Uint8 => map(le_u64, Argument::Uint).parse_complete(input),
        // nom's be_f64 gathers byte by byte: three times the instructions of a load and a swap.
        Shape::Float8 => {
            map(le_u64, |n| Argument::Float(f64::from_bits(n.swap_bytes()))).parse_complete(input)
        }
        Shape::DecimalShort
        | Shape::DecimalLong
        | Shape::FloatLine
        | Shape::StringLine
        | Shape::PlainLine
        | Shape::UnicodeLine => map(line, Argument::Line).parse_complete(input),
        Shape::PlainPair => map(pair(line, line), |(module, name)| Argument::Pair {
            module,
            name,
        })
        .parse_complete(input),
        Shape::String1 | Shape::Bytes1 | Shape::Unicode1 | Shape::Long1 => counted(le_u8, input),
        Shape::Bytes4 | Shape::Unicode4 => counted(le_u32, input),
        Shape::String4 | Shape::Long4 => counted(le_i32, input),
        Shape::Bytes8 | Shape::Bytearray8 | Shape::Unicode8 => counted(le_u64, input),
    }
}

/// Bytes up to a newline; `\r` is one of them.
fn line(input: &[u8]) -> Parsed<'_, &[u8]> {
    terminated(take_until("\n"), tag("\n")).parse_complete(input)
}

/// A length, then as many bytes as it says. A length below zero, or past what an address can be, is refused.
#[inline(always)]
fn counted<'a, N, P>(length: P, input: &'a [u8]) -> Parsed<'a, Argument<'a>>
where
    N: TryInto<usize>,
    P: Parser<&'a [u8], Output = N, Error = ()>,
    (): ParseError<&'a [u8]>,
{
    let (rest, length) = map_opt(length, |n: N| n.try_into().ok()).parse_complete(input)?;
    // As nom's `take`, which also reckons how much is missing: that is asked only once something is.
    let (payload, rest) = rest.split_at_checked(length).ok_or(Err::Error(()))?;
    Ok((rest, Argument::Bytes(payload)))
}

/// Why [`argument`] gave none for `opcode`, whose bytes start at `input`.
#[cold]
pub(super) fn what_is_wrong(opcode: Opcode, input: &[u8]) -> FaultKind {
    let cut = |piece, wanted, left: usize| FaultKind::Truncated {
        opcode,
        piece,
        wanted,
        left: left as u64,
    };
    match opcode.shape().layout() {
        Layout::Empty => cut(Piece::Number, Some(0), input.len()),
        Layout::Fixed(width) => cut(Piece::Number, Some(width.into()), input.len()),
        Layout::Line => cut(Piece::Line, None, input.len()),
        Layout::Pair => match line(input) {
            Ok((second, _)) => cut(Piece::SecondLine, None, second.len()),
            Err(_) => cut(Piece::Line, None, input.len()),
        },
        Layout::Counted { width, signed } => match input.split_at_checked(width.into()) {
            None => cut(Piece::Length, Some(width.into()), input.len()),
            Some((length, payload)) => {
                let length = little_endian(length);
                // A signed length is one of four bytes: its low half says all.
                match length as u32 as i32 {
                    length if signed && length < 0 => FaultKind::NegativeLength { opcode, length },
                    _ => cut(Piece::Payload, Some(length), payload.len()),
                }
            }
        },
    }
}

/// At most eight bytes as an unsigned number.
pub(crate) fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}
