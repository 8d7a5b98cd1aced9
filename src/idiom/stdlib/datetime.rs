//! `datetime` and `zoneinfo`.

use std::fmt::Write;

use super::super::{Called, Idiom, Known, Part, Word, class, function, look};
use crate::{
    graph::View,
    machine::{Kind, Value},
};

const ALL: &str = "Python 2.3 and later";

/// What is known.
pub(in super::super) const KNOWN: &[Known] = &[
    class(
        "datetime",
        "date",
        ALL,
        "Modules/_datetimemodule.c, date_reduce",
        date,
    ),
    class(
        "datetime",
        "datetime",
        ALL,
        "Modules/_datetimemodule.c, datetime_reduce_ex; fold since Python 3.6, protocol 4",
        datetime,
    ),
    class(
        "datetime",
        "time",
        ALL,
        "Modules/_datetimemodule.c, time_reduce_ex; fold since Python 3.6, protocol 4",
        time,
    ),
    class(
        "datetime",
        "timedelta",
        ALL,
        "Modules/_datetimemodule.c, delta_reduce",
        timedelta,
    ),
    class(
        "datetime",
        "timezone",
        "Python 3.2 and later",
        "Modules/_datetimemodule.c, timezone_getinitargs",
        timezone,
    ),
    function(
        "zoneinfo",
        "ZoneInfo._unpickle",
        "Python 3.9 and later",
        "Modules/_zoneinfo.c, zoneinfo_reduce",
        zone_info,
    ),
];

/// The days of a month of the years 1 to 9999.
fn days(year: u32, month: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    })
}

/// Two bytes of a year, a month and a day.
fn date_words([high, low, month, day]: [u8; 4]) -> Option<String> {
    let year = u32::from(u16::from_be_bytes([high, low]));
    let (month, day) = (u32::from(month), u32::from(day));
    let fits = (1..=9999).contains(&year) && (1..=days(year, month)?).contains(&day);
    fits.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Hour, minute, second, and three bytes of microseconds.
fn time_words([hour, minute, second, high, middle, low]: [u8; 6]) -> Option<String> {
    let micro = u32::from_be_bytes([0, high, middle, low]);
    if hour > 23 || minute > 59 || second > 59 || micro > 999_999 {
        return None;
    }
    let mut words = format!("{hour:02}:{minute:02}:{second:02}");
    if micro != 0 {
        // Writing to a string can't fail.
        let _ = write!(words, ".{micro:06}");
    }
    Some(words)
}

/// `date(bytes)`.
fn date<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[state] = called.plain()? else {
        return None;
    };
    let bytes: [u8; 4] = look::bytes(called.view, state, 4)?
        .as_ref()
        .try_into()
        .ok()?;
    let words = format!("date {}", date_words(bytes)?);
    Some(Idiom::new("date", [words.into()]))
}

/// Set in a month or an hour where the time is the second of two that a clock shows.
const FOLD: u8 = 0x80;

/// `datetime(bytes)` or `datetime(bytes, tzinfo)`.
fn datetime<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (state, zone) = with_zone(called)?;
    let bytes: [u8; 10] = look::bytes(called.view, state, 10)?
        .as_ref()
        .try_into()
        .ok()?;
    let [y, year, month, day, time @ ..] = bytes;
    let date = date_words([y, year, month & !FOLD, day])?;
    let words = format!("datetime {date} {}", time_words(time)?);
    Some(zoned(called, "datetime", words, zone, month & FOLD != 0))
}

/// `time(bytes)` or `time(bytes, tzinfo)`.
fn time<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (state, zone) = with_zone(called)?;
    let bytes: [u8; 6] = look::bytes(called.view, state, 6)?
        .as_ref()
        .try_into()
        .ok()?;
    let [hour, rest @ ..] = bytes;
    let [minute, second, high, middle, low] = rest;
    let words = time_words([hour & !FOLD, minute, second, high, middle, low])?;
    let words = format!("time {words}");
    Some(zoned(called, "time", words, zone, hour & FOLD != 0))
}

/// The arguments of a `datetime` or `time`.
fn with_zone(called: &Called<'_, '_>) -> Option<(Value, Option<Value>)> {
    match *called.plain()? {
        [state] => Some((state, None)),
        [state, zone] => Some((state, Some(zone))),
        _ => None,
    }
}

/// With the zone: whole in the words, where it is an offset without a name.
fn zoned<'a>(
    called: &Called<'_, 'a>,
    kind: &'static str,
    mut words: String,
    zone: Option<Value>,
    fold: bool,
) -> Idiom<'a> {
    let offset = zone.and_then(|zone| {
        let (offset, name) = offset(called.view, zone)?;
        name.is_none().then_some(offset)
    });
    let told = offset.is_some();
    words.extend(offset);
    if fold {
        words.push_str(", fold 1");
    }
    let idiom = Idiom::new(kind, [words.into()]);
    match zone {
        Some(zone) if !told => idiom.holding([Part::Named("tzinfo", zone)]),
        _ => idiom,
    }
}

/// What `timedelta`s are counted in.
const DAY: i64 = 86_400;

/// Days, seconds and microseconds of a `timedelta`, as its own normal form has them.
fn delta(view: View<'_, '_>, arguments: &[Value]) -> Option<(i64, i64, i64)> {
    let &[days, seconds, micro] = arguments else {
        return None;
    };
    let number = |value| look::integer(view, value);
    let (days, seconds, micro) = (number(days)?, number(seconds)?, number(micro)?);
    let fits = (-999_999_999..=999_999_999).contains(&days)
        && (0..DAY).contains(&seconds)
        && (0..1_000_000).contains(&micro);
    fits.then_some((days, seconds, micro))
}

/// A duration as Python's `str` has it.
pub(in super::super) fn delta_words(days: i64, seconds: i64, micro: i64) -> String {
    let mut words = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    let (hours, minutes) = (
        seconds.div_euclid(3600),
        seconds.rem_euclid(3600).div_euclid(60),
    );
    // Writing to a string can't fail.
    let _ = write!(words, "{hours}:{minutes:02}:{:02}", seconds.rem_euclid(60));
    if micro != 0 {
        let _ = write!(words, ".{micro:06}");
    }
    words
}

/// `timedelta(days, seconds, microseconds)`.
fn timedelta<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (days, seconds, micro) = delta(called.view, called.plain()?)?;
    let words = format!("timedelta {}", delta_words(days, seconds, micro));
    Some(Idiom::new("timedelta", [words.into()]))
}

/// A `timezone`'s offset, and its name where it has one.
fn offset(view: View<'_, '_>, zone: Value) -> Option<(String, Option<Value>)> {
    offset_of(
        view,
        look::plain_call(view, zone, &["datetime"], "timezone")?,
    )
}

fn offset_of(view: View<'_, '_>, arguments: &[Value]) -> Option<(String, Option<Value>)> {
    let (by, name) = match *arguments {
        [by] => (by, None),
        [by, name] if matches!(name.kind(), Kind::Str | Kind::OldStr) => (by, Some(name)),
        _ => return None,
    };
    let arguments = look::plain_call(view, by, &["datetime"], "timedelta")?;
    let (days, seconds, micro) = delta(view, arguments)?;
    let (sign, seconds, micro) = match (days, seconds, micro) {
        (0, seconds, micro) => ('+', seconds, micro),
        // Backwards from midnight.
        (-1, seconds, 0) if seconds > 0 => ('-', DAY.checked_sub(seconds)?, 0),
        (-1, seconds, micro) if micro > 0 => (
            '-',
            DAY.checked_sub(seconds)?.checked_sub(1)?,
            1_000_000i64.checked_sub(micro)?,
        ),
        _ => return None,
    };
    let (hours, minutes) = (
        seconds.div_euclid(3600),
        seconds.rem_euclid(3600).div_euclid(60),
    );
    let mut words = format!("{sign}{hours:02}:{minutes:02}");
    let seconds = seconds.rem_euclid(60);
    // Writing to a string can't fail.
    if seconds != 0 || micro != 0 {
        let _ = write!(words, ":{seconds:02}");
    }
    if micro != 0 {
        let _ = write!(words, ".{micro:06}");
    }
    Some((words, name))
}

/// `timezone(timedelta)` or `timezone(timedelta, name)`.
fn timezone<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (offset, name) = offset_of(called.view, called.plain()?)?;
    let mut words: Vec<Word<'_>> = vec![format!("timezone {offset}").into()];
    if let Some(name) = name {
        words.extend([", ".into(), name.into()]);
    }
    Some(Idiom::new("timezone", words))
}

/// `ZoneInfo._unpickle(key, from_cache)`.
fn zone_info<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[key, cached] = called.plain()? else {
        return None;
    };
    let is_key = key.kind() == Kind::Str;
    let words = if look::flag(called.view, cached)? {
        ["time zone ".into(), key.into()]
    } else {
        ["time zone, not cached, ".into(), key.into()]
    };
    is_key.then(|| Idiom::new("zone", words))
}

/// The date that is so many days after 1970-01-01, of the years 1 to 9999.
pub(in super::super) fn day_words(days: i64) -> Option<String> {
    // Counted from 0000-03-01, so that a leap day ends a year, in eras of 400 years: the year, then the month, as in
    // Howard Hinnant's `civil_from_days`.
    let days = days.checked_add(719_468)?;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let leaps = |days: i64, every: i64| days.div_euclid(every);
    let year = day
        .checked_sub(leaps(day, 1_460))?
        .checked_add(leaps(day, 36_524))?
        .checked_sub(leaps(day, 146_096))?
        .div_euclid(365);
    let before = year
        .checked_mul(365)?
        .checked_add(year.div_euclid(4))?
        .checked_sub(year.div_euclid(100))?;
    let day = day.checked_sub(before)?;
    let march = day.checked_mul(5)?.checked_add(2)?.div_euclid(153);
    let first = march.checked_mul(153)?.checked_add(2)?.div_euclid(5);
    let day = day.checked_sub(first)?.checked_add(1)?;
    let (month, next) = if march < 10 {
        (march.checked_add(3)?, 0)
    } else {
        (march.checked_sub(9)?, 1)
    };
    let year = era.checked_mul(400)?.checked_add(year)?.checked_add(next)?;
    (1..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The moment that is so many parts of a second after 1970-01-01.
pub(in super::super) fn moment_words(number: i64, per_second: i64) -> Option<String> {
    let seconds = number.checked_div_euclid(per_second)?;
    let part = number.checked_rem_euclid(per_second)?;
    let (days, seconds) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (hours, minutes) = (
        seconds.div_euclid(3600),
        seconds.rem_euclid(3600).div_euclid(60),
    );
    let mut words = day_words(days)?;
    // Writing to a string can't fail.
    let _ = write!(
        words,
        " {hours:02}:{minutes:02}:{:02}",
        seconds.rem_euclid(60)
    );
    if part != 0 {
        let digits = match per_second {
            1_000 => 3,
            1_000_000 => 6,
            _ => 9,
        };
        let _ = write!(words, ".{part:0digits$}");
    }
    Some(words)
}
