//! What the items of an array are.

use super::super::{Called, Idiom, Part, look};
use crate::{
    graph::View,
    machine::{Kind, Value},
    opcode::Opcode,
};

/// A dtype, as far as it is read without looking into its fields.
pub(in super::super) struct Dtype {
    /// numpy's letter: `f`, `i`, `U`, ….
    pub letter: u8,
    /// How many bytes an item takes.
    pub size: u64,
    pub big_endian: bool,
    /// Unit of a date or a difference, and how many of it.
    pub unit: Option<(Unit, u64)>,
    /// What its name says.
    pub words: String,
    /// Whether its fields, its subarray or its metadata are left to tell.
    pub has_parts: bool,
    names: Option<Value>,
    fields: Option<Value>,
    subarray: Option<Value>,
    metadata: Option<Value>,
    /// The class of its scalars.
    scalars: Option<Value>,
    aligned: bool,
    /// Whether the items of an array stand in a list: they are objects, or have some.
    pub lists: bool,
    /// Whether the flags say that items hold references (`NPY_ITEM_REFCOUNT`), `hasobject` of numpy.
    pub has_objects: bool,
}

/// A unit of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Unit(pub &'static str);

const UNITS: [&str; 14] = [
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic",
];

/// The bit of what refers to objects (`NPY_ITEM_REFCOUNT`).
const OBJECTS: i64 = 0x01;
/// The bit of what has objects (`NPY_LIST_PICKLE`).
const LISTS: i64 = 0x02;
/// The bit of an aligned structure among the flags (`NPY_ALIGNED_STRUCT`).
const ALIGNED: i64 = 0x80;

impl Dtype {
    /// Reads a dtype: `dtype(name, align, copy)` and the state `(3, byte order, subarray, names, fields, item size,
    /// alignment, flags)`; 4 in place of 3 where metadata follow.
    pub fn of(view: View<'_, '_>, value: Value) -> Option<Self> {
        let call = view.call(value)?;
        let is_dtype =
            call.how == Opcode::Reduce && look::is_name(view, call.callee, &["numpy"], "dtype");
        is_dtype.then_some(())?;
        Self::read(view, view.arguments(&call)?, look::state(view, value)?)
    }

    fn read(view: View<'_, '_>, arguments: &[Value], state: Value) -> Option<Self> {
        let &[name, align, copy] = arguments else {
            return None;
        };
        look::flag(view, align)?;
        look::flag(view, copy)?;
        let state = view.tuple(state)?;
        let (state, metadata) = match state {
            [state @ .., metadata] if state.len() == 8 => (state, Some(*metadata)),
            _ => (state, None),
        };
        let &[
            version,
            order,
            subarray,
            names,
            fields,
            size,
            alignment,
            flags,
        ] = state
        else {
            return None;
        };
        let expected = if metadata.is_some() { 4 } else { 3 };
        if look::integer(view, version)? != expected {
            return None;
        }
        let some = |value: Value| (value.kind() != Kind::None).then_some(value);
        let (subarray, names, fields) = (some(subarray), some(names), some(fields));
        let of_kind = |value: Option<Value>, kind| value.is_none_or(|value| value.kind() == kind);
        let fits = of_kind(subarray, Kind::Tuple)
            && of_kind(names, Kind::Tuple)
            && of_kind(fields, Kind::Dict)
            && names.is_some() == fields.is_some()
            && (subarray.is_none() || names.is_none());
        fits.then_some(())?;
        look::integer(view, alignment)?;
        let own_size = look::integer(view, size)?;
        let flags = look::integer(view, flags)?;
        let order = look::text(view, order)?;
        let (letter, digits, scalars) = match name.kind() {
            Kind::Global => (b'V', None, Some(name)),
            _ => {
                let name = look::text(view, name)?;
                let (letter, digits) = name.split_at_checked(1)?;
                let digits = (!digits.is_empty()).then(|| digits.parse::<u64>());
                let letter = *letter.as_bytes().first()?;
                (letter, digits.transpose().ok()?, None)
            }
        };
        let (unit, metadata) = match letter {
            b'M' | b'm' => {
                let (unit, metadata) = unit(view, metadata?)?;
                (Some(unit), metadata)
            }
            _ => (None, metadata),
        };
        let flexible = matches!(letter, b'S' | b'U' | b'V');
        if flexible != (own_size >= 0) || (!flexible && (subarray.is_some() || names.is_some())) {
            return None;
        }
        let size = match letter {
            b'S' | b'U' | b'V' => {
                let size = u64::try_from(own_size).ok()?;
                let width = if letter == b'U' { 4 } else { 1 };
                let named = digits.map(|digits| digits.checked_mul(width));
                if named.is_some_and(|named| named != Some(size)) {
                    return None;
                }
                size
            }
            b'O' => digits.unwrap_or(8),
            _ => digits?,
        };
        let widths: &[u64] = match letter {
            b'b' => &[1],
            b'i' | b'u' => &[1, 2, 4, 8],
            b'f' => &[2, 4, 8, 12, 16],
            b'c' => &[8, 16, 24, 32],
            b'M' | b'm' => &[8],
            b'O' => &[4, 8],
            _ => &[],
        };
        if !flexible && !widths.contains(&size) {
            return None;
        }
        let swaps = !matches!(letter, b'b' | b'S' | b'V' | b'O') && size > 1;
        let big_endian = match (order.as_ref(), swaps) {
            ("|", false) => false,
            ("<", true) => false,
            (">", true) => true,
            // What has only one order may be given any.
            ("<" | ">" | "=", false) => false,
            _ => return None,
        };
        let has_lists = flags & LISTS != 0;
        if has_lists && !matches!(letter, b'O' | b'V') || !do_fit(view, fields, size) {
            return None;
        }
        let bits = size.checked_mul(8)?;
        let characters = size.checked_div(4)?;
        let mut words = String::from(if big_endian { "big-endian " } else { "" });
        let structured = match (subarray, names) {
            (Some(_), _) => Some("subarray"),
            (_, Some(_)) => Some("structured"),
            _ => None,
        };
        words += &match letter {
            b'b' => "bool".into(),
            b'i' => format!("int{bits}"),
            b'u' => format!("uint{bits}"),
            b'f' => format!("float{bits}"),
            b'c' => format!("complex{bits}"),
            b'S' => format!("S{size}"),
            b'U' => format!("U{characters}"),
            b'V' => structured.map_or_else(|| format!("V{size}"), str::to_owned),
            b'O' => "object".into(),
            b'M' => format!("datetime64{}", unit_words(unit)),
            b'm' => format!("timedelta64{}", unit_words(unit)),
            _ => return None,
        };
        Some(Self {
            letter,
            size,
            big_endian,
            unit,
            words,
            has_parts: structured.is_some() || metadata.is_some() || scalars.is_some(),
            names,
            fields,
            subarray,
            metadata,
            scalars,
            aligned: flags & ALIGNED != 0,
            lists: letter == b'O' || has_lists,
            has_objects: letter == b'O' || flags & OBJECTS != 0,
        })
    }

    pub fn is_object(&self) -> bool {
        self.letter == b'O'
    }

    pub fn is_structured(&self) -> bool {
        self.names.is_some()
    }
}

/// Whether the fields lie within an item, as far as the names of a few tell.
fn do_fit(view: View<'_, '_>, fields: Option<Value>, size: u64) -> bool {
    const FIELDS: usize = 32;
    let field_fits = |field: Value| {
        let [own, offset, ..] = view.tuple(field)? else {
            return None;
        };
        let own = view.call(*own).and_then(|call| {
            let name = look::text(view, *view.arguments(&call)?.first()?)?;
            let (letter, digits) = name.split_at_checked(1)?;
            let width = if letter == "U" { 4 } else { 1 };
            digits.parse::<u64>().ok()?.checked_mul(width)
        });
        let end = look::count(view, *offset)?.checked_add(own.unwrap_or(0))?;
        (end <= size).then_some(())
    };
    fields
        .and_then(|fields| view.few_pairs(fields, FIELDS))
        .into_iter()
        .flatten()
        .all(|(_, field)| field_fits(field).is_some())
}

fn unit_words(unit: Option<(Unit, u64)>) -> String {
    match unit {
        None | Some((Unit("generic"), _)) => String::new(),
        Some((Unit(name), 1)) => format!("[{name}]"),
        Some((Unit(name), count)) => format!("[{count}{name}]"),
    }
}

/// The unit in a date's metadata, `(dict or None, (unit, number, 1, 1))`, and the dict, unless it is known to be empty.
fn unit(view: View<'_, '_>, metadata: Value) -> Option<((Unit, u64), Option<Value>)> {
    let &[own, unit] = view.tuple(metadata)? else {
        return None;
    };
    let is_empty = match own.kind() {
        Kind::None => true,
        Kind::Dict => view
            .few_pairs(own, 0)
            .is_some_and(|mut pairs| pairs.next().is_none()),
        _ => return None,
    };
    let &[name, number, denominator, event] = view.tuple(unit)? else {
        return None;
    };
    let name = look::bytes(view, name, 8)?;
    let name = UNITS.into_iter().find(|unit| unit.as_bytes() == &*name)?;
    let one = |value| look::integer(view, value) == Some(1);
    let number = look::count(view, number)?;
    (number > 0 && one(denominator) && one(event))
        .then_some(((Unit(name), number), (!is_empty).then_some(own)))
}

/// A dtype by itself.
pub(super) fn read<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (arguments, state) = called.stated()?;
    let dtype = Dtype::read(called.view, arguments, state)?;
    let mut words = format!("dtype {}", dtype.words);
    if dtype.letter == b'V' {
        words.push_str(&format!(", {} bytes an item", dtype.size));
    }
    if dtype.aligned {
        words.push_str(", aligned");
    }
    let named = |name, value: Option<Value>| value.map(|value| Part::Named(name, value));
    Some(
        Idiom::new("dtype", [words.into()])
            .holding(named("scalars", dtype.scalars))
            .holding(named("subarray", dtype.subarray))
            .holding(named("names", dtype.names))
            .holding(named("fields", dtype.fields))
            .holding(named("metadata", dtype.metadata)),
    )
}
