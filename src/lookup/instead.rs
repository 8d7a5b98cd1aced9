//! Where a Python has what it doesn't find under the name that a stream has for it.
//!
//! ```
//! use pickscope::{lookup::{instead::instead, resolve::Wanted}, python::Python};
//!
//! let wanted = Wanted { module: "collections", name: "Mapping", protocol: Some(2) };
//! let place = instead(wanted, "3.12".parse()?).expect("it has moved");
//! assert_eq!((&*place.0, &*place.1), ("collections.abc", "Mapping"));
//! # Ok::<(), pickscope::python::UnknownPython>(())
//! ```

use std::borrow::Cow;

use crate::python::{Python, Pythons};

use super::{
    homeless,
    moves::{self, Change, Move, Side},
    names,
    renames::{self, Place},
    resolve::{Wanted, resolve},
};

/// Where a Python has it, as it is called there: no renaming applies. `None` where it isn't known to have it anywhere.
pub fn instead(wanted: Wanted<'_>, python: Python) -> Option<Place> {
    let Wanted { module, name, .. } = wanted;
    let usable = |place: &Place| resolves_as_written(&place.0, &place.1, python);
    let homeless = homeless::find(module, name)
        .filter(|homeless| homeless.pythons.has(python))
        .and_then(|homeless| homeless.reachable(python))
        .map(|(module, name)| (module.into(), name.into()));
    let as_python2 = |module: &str, name: &str| match python.is_2() {
        true => Python::all()
            .next_back()
            .and_then(|newest| renames::to_python2(newest, module, name)),
        false => None,
    };
    let hole = renames::hole(module, name)
        .filter(|hole| hole.fails.has(python))
        .and_then(|hole| hole.instead?.rsplit_once('.'))
        .map(|(module, name)| (module.into(), name.into()));
    let as_python3 = match python.is_2() {
        true => None,
        false => renames::to_python3(python, module, name),
    };
    let known = homeless
        .into_iter()
        .chain(as_python2(module, name))
        .chain(hole)
        .chain(as_python3)
        .find(usable);
    known
        .or_else(|| elsewhere(module, name, python))
        .or_else(|| {
            renames::homes(module, name)
                .filter_map(|home| as_python2(home.public.0, home.public.1))
                .find(usable)
        })
}

/// Where a Python has what others have under this name.
pub(super) fn elsewhere(module: &str, name: &str, python: Python) -> Option<Place> {
    // What picklers write for the same public name.
    let forms = renames::homes(module, name)
        .filter_map(|home| {
            let own = home.on(python).map(|own| own.written_as);
            own.or(Some(home.public))
        })
        .map(|(module, name)| (module.into(), name.into()));
    // What picklers of Pythons that have it write for it.
    let written = names::find(module, name)
        .into_iter()
        .flat_map(|entry| entry.written())
        .map(|written| (written.module.into(), written.name.into()));
    forms
        .chain(written)
        .find(|place: &Place| resolves_as_written(&place.0, &place.1, python))
}

/// Whether a Python finds a name that isn't renamed.
pub(super) fn resolves_as_written(module: &str, name: &str, python: Python) -> bool {
    let wanted = Wanted {
        module,
        name,
        protocol: Some(if python.is_2() { 2 } else { 4 }),
    };
    resolve(&wanted, python).resolves == Some(true)
}

/// The Pythons that find a name, as a stream has it.
pub fn found_by(wanted: Wanted<'_>) -> Pythons {
    Python::all()
        .filter(|python| resolve(&wanted, *python).resolves == Some(true))
        .collect()
}

/// What is known of a library's name that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moved {
    /// Where it may be instead, in the order to try them, each with the move that tells.
    To(Vec<(Place, Move)>),
    /// It changed, and looking up another name doesn't help.
    Changed(Move),
}

/// So many moves in a row are followed: no library has moved a thing more often.
const STEPS: usize = 4;

/// Where versions of a library have a name that others have here; `None` where all versions that are known find it as it is.
///
/// ```
/// use pickscope::lookup::instead::{Moved, moved};
///
/// let Some(Moved::To(places)) = moved("pandas.indexes.numeric", "Int64Index") else {
///     unreachable!("it moved twice");
/// };
/// let places: Vec<_> = places.iter().map(|((module, _), _)| &**module).collect();
/// assert_eq!(places, ["pandas.core.indexes.numeric", "pandas.core.indexes.base"]);
///
/// let Some(Moved::To(back)) = moved("pandas.core.dtypes.dtypes", "SparseDtype") else {
///     unreachable!("older versions have it elsewhere");
/// };
/// let back: Vec<_> = back.iter().map(|((module, _), _)| &**module).collect();
/// assert_eq!(back, ["pandas.core.arrays.sparse.dtype", "pandas.core.arrays.sparse"]);
/// ```
pub fn moved(module: &str, name: &str) -> Option<Moved> {
    let mut places: Vec<(Place, Move)> = Vec::new();
    let mut before: Option<(Place, Move)> = None;
    let mut at: Place = (module.to_owned().into(), name.to_owned().into());
    for step in 0..STEPS {
        let (module, name) = at.clone();
        let mut candidates = moves::telling(&module, &name).filter(|found| {
            // What newer versions can still look up needs no other name.
            let is_gone = found.of.removed.is_some() || is_final(found.of.change);
            if found.side == Side::New {
                step == 0
            } else {
                is_gone
            }
        });
        let mut next = candidates.next();
        // What came from elsewhere may have moved on: newer versions have it there, and older ones where it came from.
        if let Some(found) = next.filter(|found| found.side == Side::New)
            && let Some((module, name)) = found.mapped()
            && let Some(on) = candidates
                .find(|on| on.side == Side::Old && on.of.old.is_some_and(|old| old.name.is_some()))
        {
            before = Some(((module.into(), Cow::Owned(name.to_owned())), found.of));
            next = Some(on);
        }
        let Some(found) = next else { break };
        let Some((module, name)) = found.mapped() else {
            return (step == 0).then_some(Moved::Changed(found.of));
        };
        let place: Place = (module.into(), Cow::Owned(name.to_owned()));
        if places.iter().any(|(known, _)| *known == place) {
            break;
        }
        places.push((place.clone(), found.of));
        // Back is where it came from.
        if found.side == Side::New {
            and_before(&mut places);
            break;
        }
        at = place;
    }
    if let Some(before) = before
        && places.iter().all(|(place, _)| *place != before.0)
    {
        places.push(before);
    }
    (!places.is_empty()).then_some(Moved::To(places))
}

/// Adds where the last of some places came from in turn: the oldest versions have it only there.
fn and_before(places: &mut Vec<(Place, Move)>) {
    for _ in 1..STEPS {
        let earlier = places.last().and_then(|((module, name), _)| {
            let mut telling = moves::telling(module, name);
            let found = telling.find(|found| found.side == Side::New)?;
            let (module, name) = found.mapped()?;
            Some(((module.into(), Cow::Owned(name.to_owned())), found.of))
        });
        match earlier {
            Some(earlier) if places.iter().all(|(known, _)| *known != earlier.0) => {
                places.push(earlier);
            }
            _ => break,
        }
    }
}

/// Whether a module or a name is made of words that Python code can have, of ASCII alone, with dots between them: what else a
/// stream looks up has not moved, and doesn't get into code.
pub fn is_plain(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !KEYWORDS.contains(&part)
    })
}

/// Words that are no names, in Python 2 or 3 (`keyword.kwlist`).
const KEYWORDS: [&str; 37] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "exec", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "print", "raise", "return",
    "try", "while", "with", "yield",
];

/// Whether it is a change that another name doesn't help with.
fn is_final(change: Change) -> bool {
    !matches!(change, Change::Renamed | Change::RenamedAndMore)
}
