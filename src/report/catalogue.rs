//! `explain --all`: the kinds of object that were asked for, and what became of them on the Pythons that were asked for.

use crate::{
    lookup::catalogue::{Kind, Outcome, Way, all},
    python::Pythons,
};

/// A kind of object, for some Pythons.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind.
    pub kind: Kind,
    /// The Pythons that were asked for and have it.
    pub pythons: Pythons,
    /// Why pickle fails on the newest of them where it fails: a cause's name for programs.
    pub cause: Option<&'static str>,
}

/// The kinds that some of `asked` have and whose name, group or cause has every one of `words`, in upper or lower case; sorted by
/// group and name.
///
/// ```
/// use pickscope::{python::Pythons, report::catalogue::rows};
///
/// let locks: Vec<_> = rows(&["RLock"], Pythons::PY3).collect();
/// assert!(locks.iter().any(|row| row.kind.name == "threading.RLock"));
/// assert!(locks.iter().all(|row| row.kind.name.contains("RLock")));
/// ```
pub fn rows<S: AsRef<str>>(words: &[S], asked: Pythons) -> impl Iterator<Item = Row> {
    let words: Vec<String> = words
        .iter()
        .map(|word| word.as_ref().to_lowercase())
        .collect();
    all().filter_map(move |kind| {
        let pythons = kind.pythons.and(asked);
        if pythons.is_empty() {
            return None;
        }
        let cause = kind.cause(pythons);
        let places = [kind.name, kind.group, cause.unwrap_or_default()].map(str::to_lowercase);
        words
            .iter()
            .all(|word| places.iter().any(|place| place.contains(word)))
            .then_some(Row {
                kind,
                pythons,
                cause,
            })
    })
}

impl Row {
    /// What became of it by a way: each outcome once with its Pythons, that of the most Pythons last, and of as many that of the
    /// newest.
    pub fn outcomes(&self, way: Way) -> Vec<(Outcome, Pythons)> {
        let mut outcomes: Vec<(Outcome, Pythons)> = Vec::new();
        for found in self.kind.found(way) {
            let pythons = found.pythons.and(self.pythons);
            if pythons.is_empty() {
                continue;
            }
            match outcomes
                .iter_mut()
                .find(|(outcome, _)| *outcome == found.outcome)
            {
                Some((_, own)) => *own = own.or(pythons),
                None => outcomes.push((found.outcome, pythons)),
            }
        }
        outcomes.sort_by_key(|(_, pythons)| (pythons.iter().count(), pythons.mask()));
        outcomes
    }

    /// Whether pickle's lower protocols have other outcomes than the highest.
    pub fn depends_on_protocol(&self) -> bool {
        [Way::Protocol2, Way::Protocol0].into_iter().any(|way| {
            self.pythons.iter().any(|python| {
                let outcome = |way| self.kind.at(way, python).map(|found| found.outcome);
                outcome(way) != outcome(Way::Pickle)
            })
        })
    }

    /// What pickle says on the newest Python where this is the outcome.
    pub fn said(&self, way: Way, outcome: Outcome) -> Option<(Pythons, &'static str)> {
        let found = self
            .kind
            .found(way)
            .filter(|found| found.outcome == outcome && !found.pythons.and(self.pythons).is_empty())
            .max_by_key(|found| found.pythons.and(self.pythons).mask())?;
        let all = self
            .outcomes(way)
            .into_iter()
            .find(|(own, _)| *own == outcome);
        Some((all?.1, found.said?))
    }
}
