//! pandas: frames, series, indexes, moments. What holds them has changed with each release; the sizes are told where the
//! layout is one that is known, and all that was stored is told in every case.

use super::{
    By, Called, Idiom, Known, Part, Word, class, function, look, maker,
    numpy::{Array, shape_words},
    object,
    stdlib::datetime::{delta_words, moment_words},
};
use crate::{
    graph::View,
    machine::{Kind, Value},
    opcode::Opcode,
};

const ALL: &str = "pandas 0.20 to 3.0";
const TO_2: &str = "pandas 0.20 to 2.3";
const SINCE_3: &str = "pandas 3.0";
const FRAME: &str = "pandas/core/generic.py, NDFrame.__getstate__";
const INDEX: &str = "pandas/core/indexes/base.py, Index.__reduce__";

/// What is known.
pub(super) const KNOWN: &[Known] = &[
    class("pandas", "DataFrame", SINCE_3, FRAME, frame),
    class(
        "pandas",
        "Interval",
        SINCE_3,
        "pandas/_libs/interval.pyx, Interval.__reduce__",
        interval,
    ),
    object(
        "pandas",
        "NA",
        SINCE_3,
        "pandas/_libs/missing.pyx, NAType.__reduce__",
        missing,
    ),
    class(
        "pandas",
        "Period",
        SINCE_3,
        "pandas/_libs/tslibs/period.pyx, _Period.__reduce__",
        period,
    ),
    class(
        "pandas",
        "PeriodDtype",
        SINCE_3,
        "pandas/core/dtypes/dtypes.py, PeriodDtype.__reduce__",
        dtype,
    ),
    class("pandas", "Series", SINCE_3, FRAME, series),
    class(
        "pandas",
        "StringDtype",
        SINCE_3,
        "pandas/core/arrays/string_.py, StringDtype.__reduce__",
        dtype,
    ),
    maker(
        "pandas._libs.arrays",
        "__pyx_unpickle_NDArrayBacked",
        "pandas 1.3 and later",
        "pandas/_libs/arrays.pyx, NDArrayBacked, as Cython has it",
        backed,
    ),
    function(
        "pandas._libs.internals",
        "_unpickle_block",
        "pandas 1.3 and later",
        "pandas/_libs/internals.pyx, Block.__reduce__",
        block,
    ),
    class(
        "pandas._libs.interval",
        "Interval",
        TO_2,
        "pandas/_libs/interval.pyx, Interval.__reduce__",
        interval,
    ),
    maker(
        "pandas._libs.interval",
        "__pyx_unpickle_IntervalMixin",
        "pandas 0.24 to 2.3",
        "pandas/_libs/interval.pyx, IntervalMixin, as Cython has it",
        backed,
    ),
    object(
        "pandas._libs.missing",
        "NA",
        "pandas 1.0 to 2.3",
        "pandas/_libs/missing.pyx, NAType.__reduce__",
        missing,
    ),
    class(
        "pandas._libs.period",
        "Period",
        "pandas 0.20",
        "pandas/_libs/period.pyx, _Period.__reduce__",
        period,
    ),
    class(
        "pandas._libs.tslib",
        "Timedelta",
        "pandas 0.20",
        "pandas/_libs/tslib.pyx, Timedelta.__reduce__",
        timedelta,
    ),
    class(
        "pandas._libs.tslib",
        "Timestamp",
        "pandas 0.20",
        "pandas/_libs/tslib.pyx, Timestamp.__reduce__",
        timestamp,
    ),
    function(
        "pandas._libs.tslib",
        "__nat_unpickle",
        "pandas 0.20",
        "pandas/_libs/tslib.pyx, NaTType.__reduce__",
        nat,
    ),
    function(
        "pandas._libs.tslibs.nattype",
        "__nat_unpickle",
        "pandas 0.24 to 2.3",
        "pandas/_libs/tslibs/nattype.pyx, NaTType.__reduce__",
        nat,
    ),
    function(
        "pandas._libs.tslibs.nattype",
        "_nat_unpickle",
        SINCE_3,
        "pandas/_libs/tslibs/nattype.pyx, NaTType.__reduce__",
        nat,
    ),
    class(
        "pandas._libs.tslibs.period",
        "Period",
        "pandas 0.24 to 2.3",
        "pandas/_libs/tslibs/period.pyx, _Period.__reduce__",
        period,
    ),
    class(
        "pandas._libs.tslibs.timedeltas",
        "Timedelta",
        "pandas 0.24 to 1.4",
        "pandas/_libs/tslibs/timedeltas.pyx, Timedelta.__reduce__",
        timedelta,
    ),
    function(
        "pandas._libs.tslibs.timedeltas",
        "_timedelta_unpickle",
        "pandas 1.5 and later",
        "pandas/_libs/tslibs/timedeltas.pyx, _Timedelta.__reduce__",
        timedelta,
    ),
    class(
        "pandas._libs.tslibs.timestamps",
        "Timestamp",
        "pandas 0.24 to 1.4",
        "pandas/_libs/tslibs/timestamps.pyx, Timestamp.__reduce__",
        timestamp,
    ),
    function(
        "pandas._libs.tslibs.timestamps",
        "_unpickle_timestamp",
        "pandas 1.5 and later",
        "pandas/_libs/tslibs/timestamps.pyx, _Timestamp.__reduce__",
        timestamp,
    ),
    class(
        "pandas._libs.sparse",
        "IntIndex",
        "pandas 0.24 and later",
        "pandas/_libs/sparse.pyx, IntIndex.__reduce__",
        super::stdlib::instance,
    ),
    class(
        "pandas._libs.tslibs.offsets",
        "Day",
        "pandas 1.1 and later",
        "pandas/_libs/tslibs/offsets.pyx, Tick.__reduce__",
        super::stdlib::instance,
    ),
    class(
        "pandas._libs.tslibs.offsets",
        "MonthEnd",
        "pandas 1.1 and later",
        "pandas/_libs/tslibs/offsets.pyx, SingleConstructorOffset.__reduce__",
        super::stdlib::instance,
    ),
    maker(
        "pandas._libs.tslibs.period",
        "__pyx_unpickle_PeriodMixin",
        "pandas 1.1",
        "pandas/_libs/tslibs/period.pyx, PeriodMixin, as Cython has it",
        backed,
    ),
    class(
        "pandas.core.arrays.string_",
        "StringDtype",
        "pandas 2.3",
        "pandas/core/arrays/string_.py, StringDtype.__reduce__",
        dtype,
    ),
    class(
        "pandas.core.dtypes.dtypes",
        "PeriodDtype",
        "pandas 1.1 to 2.3",
        "pandas/core/dtypes/dtypes.py, PeriodDtype.__reduce__",
        dtype,
    ),
    class("pandas.core.frame", "DataFrame", TO_2, FRAME, frame),
    maker("pandas.core.indexes.base", "_new_Index", ALL, INDEX, index),
    maker(
        "pandas.core.indexes.datetimes",
        "_new_DatetimeIndex",
        ALL,
        "pandas/core/indexes/datetimes.py, DatetimeIndex.__reduce__",
        index,
    ),
    maker(
        "pandas.core.indexes.interval",
        "_new_IntervalIndex",
        ALL,
        "pandas/core/indexes/interval.py, IntervalIndex.__reduce__",
        index,
    ),
    maker(
        "pandas.core.indexes.timedeltas",
        "_new_TimedeltaIndex",
        "pandas 3.1",
        "pandas/core/indexes/timedeltas.py, TimedeltaIndex.__reduce__",
        index,
    ),
    class(
        "pandas.core.internals.managers",
        "BlockManager",
        "pandas 1.3 and later, as a call",
        "pandas/_libs/internals.pyx, BlockManager.__reduce__",
        manager,
    ),
    class("pandas.core.series", "Series", TO_2, FRAME, series),
];

/// How deep indexes of indexes are followed.
const DEEP: usize = 2;

/// A function with a class and a dict: an index.
fn index_arguments(view: View<'_, '_>, value: Value) -> Option<(Value, Value)> {
    let call = view.call(value)?;
    let makes = |module: &str, name: &str| look::is_name(view, call.callee, &[module], name);
    let is_index = call.how == Opcode::Reduce
        && view.since(value) == crate::graph::Since::Nothing
        && (makes("pandas.core.indexes.base", "_new_Index")
            || makes("pandas.core.indexes.datetimes", "_new_DatetimeIndex")
            || makes("pandas.core.indexes.interval", "_new_IntervalIndex")
            || makes("pandas.core.indexes.timedeltas", "_new_TimedeltaIndex"));
    match view.arguments(&call)? {
        &[class, dict] if is_index && class.kind() == Kind::Global && dict.kind() == Kind::Dict => {
            Some((class, dict))
        }
        _ => None,
    }
}

/// How many labels an index has, where its layout is known.
fn labels(view: View<'_, '_>, value: Value, depth: usize) -> Option<u64> {
    let (class, dict) = index_arguments(view, value)?;
    let (_, name) = view.short_name(class, look::SHORT)?;
    match name.as_str()? {
        "RangeIndex" => {
            let number = |key| look::integer(view, look::under(view, dict, key)?);
            steps(number("start")?, number("stop")?, number("step")?)
        }
        "MultiIndex" => {
            let codes = look::under(view, dict, "codes").or(look::under(view, dict, "labels"))?;
            // As many levels as anyone has.
            let mut codes = view.few_items(codes, 32)?;
            length(view, codes.next()?)
        }
        "IntervalIndex" if depth < DEEP => labels(
            view,
            look::under(view, dict, "left")?,
            depth.saturating_add(1),
        ),
        _ => length(view, look::under(view, dict, "data")?),
    }
}

/// How many numbers a range has.
fn steps(start: i64, stop: i64, step: i64) -> Option<u64> {
    let distance = match step {
        0 => return None,
        1.. => i128::from(stop).checked_sub(i128::from(start))?,
        _ => i128::from(start).checked_sub(i128::from(stop))?,
    };
    let step = i128::from(step).checked_abs()?;
    let count = distance
        .max(0)
        .checked_add(step.checked_sub(1)?)?
        .checked_div(step)?;
    u64::try_from(count).ok()
}

/// The length of an array of one dimension: numpy's or one that is backed by numpy's.
fn length(view: View<'_, '_>, value: Value) -> Option<u64> {
    let array = Array::of(view, value).or_else(|| {
        let state = look::state(view, value)?;
        let inner = match view.tuple(state) {
            Some([_, array] | [_, array, _]) => *array,
            Some(_) => return None,
            None => ["_codes", "_data", "_ndarray"]
                .iter()
                .find_map(|key| look::under(view, state, key))?,
        };
        Array::of(view, inner)
    })?;
    match array.shape.as_slice() {
        [length] => Some(*length),
        _ => None,
    }
}

/// The axes of what holds a frame's data: in a call `BlockManager(blocks, axes)`, or first in the state of one.
fn axes<'g>(view: View<'g, '_>, manager: Value) -> Option<impl Iterator<Item = Value> + use<'g>> {
    let call = view.call(manager)?;
    let is_call = call.how == Opcode::Reduce
        && look::is_name(
            view,
            call.callee,
            &["pandas.core.internals.managers"],
            "BlockManager",
        );
    let list = if is_call {
        match view.arguments(&call)? {
            [_, axes] => *axes,
            _ => return None,
        }
    } else {
        let class = super::class_of(view, manager)?;
        const MODULES: &[&str] = &["pandas.core.internals", "pandas.core.internals.managers"];
        let is_manager = look::is_name(view, class, MODULES, "BlockManager")
            || look::is_name(view, class, MODULES, "SingleBlockManager");
        is_manager.then_some(())?;
        *view.tuple(look::state(view, manager)?)?.first()?
    };
    view.few_items(list, 2)
}

/// How many labels each axis has, in the order that the manager has them.
fn sides(view: View<'_, '_>, value: Value) -> Option<Vec<u64>> {
    let state = look::state(view, value)?;
    let manager = look::under(view, state, "_mgr").or(look::under(view, state, "_data"))?;
    axes(view, manager)?
        .map(|axis| labels(view, axis, 0))
        .collect()
}

/// A frame or a series: an instance with its manager among its attributes.
fn held<'a>(called: &Called<'_, 'a>, kind: &'static str, words: String) -> Option<Idiom<'a>> {
    (called.by == By::New && called.arguments.is_empty())
        .then(|| Idiom::new(kind, [words.into()]).holding(called.given()))
}

/// A `DataFrame`.
fn frame<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let words = match sides(called.view, called.value).as_deref() {
        // The manager has the columns first.
        Some(&[columns, rows]) => format!("pandas DataFrame {}", shape_words(&[rows, columns])),
        _ => "pandas DataFrame".into(),
    };
    held(called, "frame", words)
}

/// A `Series`.
fn series<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let words = match sides(called.view, called.value).as_deref() {
        Some(&[rows]) => format!("pandas Series {}", shape_words(&[rows])),
        _ => "pandas Series".into(),
    };
    held(called, "series", words)
}

/// An index of any kind.
fn index<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    called.plain()?;
    let view = called.view;
    let (class, dict) = index_arguments(view, called.value)?;
    let (_, name) = view.short_name(class, look::SHORT)?;
    let mut words: Vec<Word<'a>> = vec!["pandas ".into(), name.into()];
    match labels(view, called.value, 0) {
        Some(1) => words.push(", 1 label".into()),
        Some(count) => words.push(format!(", {count} labels").into()),
        None => {}
    }
    Some(Idiom::new("index", words).holding([Part::Pairs(dict)]))
}

/// `BlockManager(blocks, axes)`.
fn manager<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[blocks, axes] = called.plain()? else {
        return None;
    };
    let count = called.view.tuple(blocks)?.len();
    let words = match count {
        1 => "pandas BlockManager, 1 block".into(),
        _ => format!("pandas BlockManager, {count} blocks"),
    };
    (axes.kind() == Kind::List).then(|| {
        Idiom::new("blocks", [words.into()])
            .holding([Part::Named("blocks", blocks), Part::Named("axes", axes)])
    })
}

/// `_unpickle_block(values, placement, dimensions)`.
fn block<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[values, placement, dimensions] = called.plain()? else {
        return None;
    };
    let dimensions = look::count(called.view, dimensions)?;
    let words = format!("pandas block, {dimensions} dimensions");
    Some(Idiom::new("block", [words.into()]).holding([
        Part::Named("values", values),
        Part::Named("placement", placement),
    ]))
}

/// `__pyx_unpickle_NDArrayBacked(class, checksum, state or None)`, and a state `(dtype, array, attributes)`.
fn backed<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let &[class, checksum, state] = called.called()? else {
        return None;
    };
    look::integer(view, checksum)?;
    let (_, name) = view.short_name(class, look::SHORT)?;
    let mut words: Vec<Word<'a>> = vec!["pandas ".into(), name.into()];
    if let Some(count) = length(view, called.value) {
        words.push(format!(" ({count},)").into());
    }
    let own = (state.kind() != Kind::None).then_some(Part::Named("state", state));
    Some(
        Idiom::new("array", words)
            .holding(own)
            .holding(called.given()),
    )
}

/// How many parts a second has, by numpy's number of a unit (`NPY_DATETIMEUNIT`).
fn per_second(unit: i64) -> Option<i64> {
    Some(match unit {
        7 => 1,
        8 => 1_000,
        9 => 1_000_000,
        10 => 1_000_000_000,
        _ => return None,
    })
}

/// `Timestamp(number, freq, zone)`, since pandas 1.5 `_unpickle_timestamp(number, freq, zone, unit)`.
fn timestamp<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (number, freq, zone, unit) = match *called.plain()? {
        [number, freq, zone] => (number, freq, zone, 10),
        [number, freq, zone, unit] => (number, freq, zone, look::integer(view, unit)?),
        _ => return None,
    };
    let moment = moment_words(look::integer(view, number)?, per_second(unit)?)?;
    let mut words = format!("pandas Timestamp {moment}");
    let some =
        |name, value: Value| (value.kind() != Kind::None).then_some(Part::Named(name, value));
    let zone = some("tz", zone);
    if zone.is_some() {
        words.push_str(" UTC");
    }
    Some(
        Idiom::new("datetime", [words.into()])
            .holding(some("freq", freq))
            .holding(zone),
    )
}

/// `Timedelta(nanoseconds)`, since pandas 1.5 `_timedelta_unpickle(number, unit)`.
fn timedelta<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (number, unit) = match *called.plain()? {
        [number] => (number, 10),
        [number, unit] => (number, look::integer(view, unit)?),
        _ => return None,
    };
    let number = look::integer(view, number)?;
    let per_second = per_second(unit)?;
    let seconds = number.checked_div_euclid(per_second)?;
    let part = number.checked_rem_euclid(per_second)?;
    // As NaT has it.
    if number == i64::MIN {
        return None;
    }
    let mut words = delta_words(seconds.div_euclid(86_400), seconds.rem_euclid(86_400), 0);
    if part != 0 {
        let nanoseconds = part.checked_mul(1_000_000_000i64.checked_div(per_second)?)?;
        words.push_str(&format!(".{nanoseconds:09}"));
    }
    Some(Idiom::new(
        "timedelta",
        [format!("pandas Timedelta {words}").into()],
    ))
}

/// `_nat_unpickle(None)`.
fn nat<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    match called.plain()? {
        [none] if none.kind() == Kind::None => Some(Idiom::new("constant", ["pandas NaT".into()])),
        _ => None,
    }
}

/// `NA`.
fn missing<'a>(_: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    Some(Idiom::new("constant", ["pandas NA".into()]))
}

/// `Interval(left, right, closed)`.
fn interval<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[left, right, closed] = called.plain()? else {
        return None;
    };
    let (opening, closing) = match look::text(called.view, closed)?.as_ref() {
        "right" => ("pandas Interval (", "]"),
        "left" => ("pandas Interval [", ")"),
        "both" => ("pandas Interval [", "]"),
        "neither" => ("pandas Interval (", ")"),
        _ => return None,
    };
    let words = [
        opening.into(),
        left.into(),
        ", ".into(),
        right.into(),
        closing.into(),
    ];
    Some(Idiom::new("interval", words))
}

/// `Period(None, freq, ordinal)`.
fn period<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[none, freq, ordinal] = called.plain()? else {
        return None;
    };
    look::integer(called.view, ordinal)?;
    (none.kind() == Kind::None).then(|| {
        let words = ["pandas Period number ".into(), ordinal.into()];
        Idiom::new("period", words).holding([Part::Named("freq", freq)])
    })
}

/// `PeriodDtype('period[M]')` or of an offset, `StringDtype(storage, missing value)`.
fn dtype<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let arguments = called.plain()?;
    let (_, name) = view.short_name(called.callee, look::SHORT)?;
    arguments.first()?;
    Some(Idiom::new("dtype", ["pandas ".into(), name.into()]).holding(called.argument_parts()))
}
