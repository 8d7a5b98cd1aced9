//! What the header of a `.npy` file says of the array's items, where it is written as numpy writes it: `_write_array_header`
//! and `dtype_to_descr` in numpy/lib/format.py.

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{is_not, tag},
    character::complete::{char, digit1, multispace0, one_of},
    combinator::{all_consuming, map_opt, opt, value},
    multi::{many0, many1},
    sequence::{delimited, preceded, terminated},
};

/// How many dtypes may stand in one another.
const DEPTH: u32 = 16;

/// What is known of an array's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Items {
    /// How many bytes all of them take, if they are no objects.
    pub(super) bytes: u64,
    /// Whether there are objects among them: then all of them stand in a pickle.
    pub(super) objects: bool,
}

type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// Reads a header; `None` where it is written in any other way: numpy evaluates it as a Python literal, whose last of two equal
/// keys counts, and takes names of types (`object`, `i4,O`) that it doesn't write.
pub(super) fn items(header: &[u8]) -> Option<Items> {
    let (_, items) = all_consuming(whole).parse(header).ok()?;
    Some(items)
}

fn whole(input: &[u8]) -> Parsed<'_, Items> {
    let (rest, _) = (multispace0, char('{')).parse(input)?;
    let (rest, own) = preceded(key("descr"), |input| dtype(input, DEPTH)).parse(rest)?;
    let (rest, _) = (comma, key("fortran_order")).parse(rest)?;
    let (rest, _) = alt((tag("True"), tag("False"))).parse(rest)?;
    let (rest, count) = preceded((comma, key("shape")), sides).parse(rest)?;
    let (rest, _) = (opt(comma), multispace0, char('}'), multispace0).parse(rest)?;
    let (rest, bytes) = times(own.bytes, count, rest)?;
    Ok((rest, Items { bytes, ..own }))
}

fn times(size: u64, count: u64, rest: &[u8]) -> Parsed<'_, u64> {
    let bytes = size.checked_mul(count);
    bytes
        .map(|bytes| (rest, bytes))
        .ok_or(nom::Err::Failure(()))
}

fn comma(input: &[u8]) -> Parsed<'_, ()> {
    value((), (multispace0, char(','), multispace0)).parse(input)
}

fn key<'a>(name: &'static str) -> impl Parser<&'a [u8], Output = (), Error = ()> {
    let quoted = (char('\''), tag(name), char('\''));
    value(
        (),
        (multispace0, quoted, multispace0, char(':'), multispace0),
    )
}

/// A literal without escapes.
fn text(input: &[u8]) -> Parsed<'_, &[u8]> {
    let single = delimited(char('\''), opt(is_not("'\\\n")), char('\''));
    let double = delimited(char('"'), opt(is_not("\"\\\n")), char('"'));
    let (rest, text) = preceded(opt(one_of("ub")), alt((single, double))).parse(input)?;
    Ok((rest, text.unwrap_or_default()))
}

fn number(input: &[u8]) -> Parsed<'_, u64> {
    let digits = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse().ok();
    // Python 2 wrote `3L`.
    terminated(map_opt(digit1, digits), opt(char('L'))).parse(input)
}

/// The product of a shape's sides.
fn sides(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, sides) = delimited(
        (char('('), multispace0),
        many0(terminated(number, opt(comma))),
        (multispace0, char(')')),
    )
    .parse(input)?;
    let product = sides
        .iter()
        .try_fold(1u64, |product, side| product.checked_mul(*side));
    times(1, product.ok_or(nom::Err::Failure(()))?, rest)
}

/// A dtype: a type, fields in a list, or an array of another dtype.
fn dtype(input: &[u8], depth: u32) -> Parsed<'_, Items> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(nom::Err::Failure(()));
    };
    let plain = map_opt(text, of_type);
    let fields = delimited(
        (char('['), multispace0),
        many1(terminated(|input| field(input, depth), opt(comma))),
        char(']'),
    );
    let fields = map_opt(fields, |fields| {
        fields.iter().try_fold(
            Items {
                bytes: 0,
                objects: false,
            },
            |sum, field: &Items| {
                Some(Items {
                    bytes: sum.bytes.checked_add(field.bytes)?,
                    objects: sum.objects || field.objects,
                })
            },
        )
    });
    let array = |input| {
        let inner = |input| dtype(input, depth);
        let parts = (char('('), inner, comma, sides, opt(comma), char(')'));
        map_opt(parts, |(_, own, _, count, _, _)| {
            Some(Items {
                bytes: own.bytes.checked_mul(count)?,
                ..own
            })
        })
        .parse(input)
    };
    alt((plain, fields, array)).parse(input)
}

/// A field: its name, which may have a title before it, its dtype, and a shape if it is an array.
fn field(input: &[u8], depth: u32) -> Parsed<'_, Items> {
    let titled = value((), (char('('), text, comma, text, opt(comma), char(')')));
    let name = alt((value((), text), titled));
    let inner = |input| dtype(input, depth);
    let shape = opt(preceded(comma, sides));
    let parts = (char('('), name, comma, inner, shape, opt(comma), char(')'));
    map_opt(parts, |(_, _, _, own, count, _, _)| {
        Some(Items {
            bytes: own.bytes.checked_mul(count.unwrap_or(1))?,
            ..own
        })
    })
    .parse(input)
}

/// A type as `dtype.str` has it: byte order, kind, bytes of an item, and the unit of a time.
fn of_type(text: &[u8]) -> Option<Items> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix(['<', '>', '|', '=']).unwrap_or(text);
    let (kind, size) = text.split_at_checked(1)?;
    let size = match kind {
        "m" | "M" => size.split_once('[').map_or(size, |(size, _)| size),
        _ => size,
    };
    let is_number = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
    let (unit, objects) = match kind {
        "O" if size.is_empty() || is_number => {
            return Some(Items {
                bytes: 8,
                objects: true,
            });
        }
        "U" => (4, false),
        "b" | "i" | "u" | "f" | "c" | "m" | "M" | "S" | "a" | "V" => (1, false),
        _ => return None,
    };
    if !is_number {
        return None;
    }
    Some(Items {
        bytes: size.parse::<u64>().ok()?.checked_mul(unit)?,
        objects,
    })
}
