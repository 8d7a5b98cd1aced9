//! What became of functions that one Python stored and another loaded: measured, five functions a pair.
//!
//! The table is text that `tools/fates.py` distils from those loads. It tells of CPython 2.7 and 3.6 to 3.13.

use crate::{
    lookup::rows::{columns, rows},
    python::{Python, Pythons},
};

static FATES: &str = include_str!("fates.tsv");

/// What of a stream makes the code object, which decides what becomes of arguments that another Python has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Maker {
    /// `_unmarshal` of dill up to 0.2.4.
    Unmarshal,
    /// `types.CodeType` itself: cloudpickle, and dill 0.2.5 to 0.3.1. It takes as many arguments as it has on that Python.
    CodeType,
    /// `_create_code` of dill 0.3.2 and later, which from 0.3.6 on turns arguments of one Python into those of another.
    CreateCode,
}

impl Maker {
    const fn name(self) -> &'static str {
        match self {
            Self::Unmarshal => "_unmarshal",
            Self::CodeType => "CodeType",
            Self::CreateCode => "_create_code",
        }
    }
}

/// How often what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fate {
    /// How many functions were loaded.
    pub loads: u8,
    /// Loading failed.
    pub refused: u8,
    /// The call raised what it doesn't raise where it was stored.
    pub failed: u8,
    /// The call ended the interpreter.
    pub crashed: u8,
    /// The call gave another result, and nobody was told.
    pub wrong: u8,
    /// The call gave the right result.
    pub right: u8,
    /// What a failed load said; empty where none failed.
    pub message: &'static str,
}

/// What became of functions that `written` stored and `on` loaded; none where that wasn't measured.
///
/// ```
/// use pickscope::code::fit::fates::{Maker, of};
///
/// let fate = of(Maker::CodeType, "3.12".parse()?, "3.13".parse()?).expect("it was measured");
/// assert_eq!((fate.loads, fate.failed, fate.crashed, fate.right), (5, 1, 4, 0));
/// let fate = of(Maker::CodeType, "3.10".parse()?, "3.11".parse()?).expect("it was measured");
/// assert_eq!((fate.refused, fate.message), (5, "TypeError: code() argument 13 must be str, not int"));
/// # Ok::<(), pickscope::python::UnknownPython>(())
/// ```
pub fn of(maker: Maker, written: Python, on: Python) -> Option<Fate> {
    let (written, on) = (written.to_string(), on.to_string());
    let row = rows(FATES, [maker.name(), &written, &on]).next()?;
    let [
        _,
        _,
        _,
        loads,
        refused,
        failed,
        crashed,
        wrong,
        right,
        message,
    ] = columns(row);
    let number = |text: &str| text.parse().ok();
    Some(Fate {
        loads: number(loads)?,
        refused: number(refused)?,
        failed: number(failed)?,
        crashed: number(crashed)?,
        wrong: number(wrong)?,
        right: number(right)?,
        message,
    })
}

/// What became of functions that one of these Pythons stored and `on` loaded, all together.
///
/// Bytecode that fits several Pythons may have been written by any of them; the message is that of the oldest.
pub fn of_any(maker: Maker, written: Pythons, on: Python) -> Option<Fate> {
    written
        .iter()
        .filter_map(|written| of(maker, written, on))
        .reduce(|all, one| Fate {
            loads: all.loads.saturating_add(one.loads),
            refused: all.refused.saturating_add(one.refused),
            failed: all.failed.saturating_add(one.failed),
            crashed: all.crashed.saturating_add(one.crashed),
            wrong: all.wrong.saturating_add(one.wrong),
            right: all.right.saturating_add(one.right),
            message: if all.message.is_empty() {
                one.message
            } else {
                all.message
            },
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up() {
        let mut loads = 0;
        for row in FATES.lines() {
            let [maker, written, on, ..] = columns::<10>(row);
            let maker = [Maker::Unmarshal, Maker::CodeType, Maker::CreateCode]
                .into_iter()
                .find(|one| one.name() == maker)
                .expect("one of these");
            let python = |text: &str| text.parse().expect("a Python");
            let fate = of(maker, python(written), python(on)).expect(row);
            let parts = [
                fate.refused,
                fate.failed,
                fate.crashed,
                fate.wrong,
                fate.right,
            ];
            assert_eq!(parts.into_iter().sum::<u8>(), fate.loads, "{row}");
            assert_eq!(fate.message.is_empty(), fate.refused == 0, "{row}");
            loads += u32::from(fate.loads);
        }
        assert!(loads > 700, "{loads}");
    }
}
