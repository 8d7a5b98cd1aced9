//! The Pythons that answers are given for, and sets of them.

use std::{fmt, str::FromStr};

/// A version of CPython: 2.7 or 3.6 to 3.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Python(u8);

/// Major and minor, the oldest first. A set is a mask over their places here, which tables are written with: new ones go
/// to the end.
const VERSIONS: [(u8, u8); 11] = [
    (2, 7),
    (3, 6),
    (3, 7),
    (3, 8),
    (3, 9),
    (3, 10),
    (3, 11),
    (3, 12),
    (3, 13),
    (3, 14),
    (3, 15),
];

impl Python {
    /// Python 2.7, the only one of Python 2.
    pub const V2_7: Self = Self(0);

    /// All that are known, the oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..VERSIONS.len() as u8).map(Self)
    }

    /// Major and minor version.
    pub fn version(self) -> (u8, u8) {
        VERSIONS
            .get(usize::from(self.0))
            .copied()
            .unwrap_or_default()
    }

    /// Whether it is a Python 2.
    pub fn is_2(self) -> bool {
        self.version().0 == 2
    }

    /// The highest protocol that it reads and writes.
    pub fn highest_protocol(self) -> u8 {
        match self.version() {
            (2, _) => 2,
            (3, ..=7) => 4,
            _ => 5,
        }
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version();
        write!(f, "{major}.{minor}")
    }
}

/// The text is no version that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPython(String);

impl fmt::Display for UnknownPython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no Python {:?} is known: known are 2.7 and 3.6 to 3.15",
            self.0
        )
    }
}

impl std::error::Error for UnknownPython {}

impl FromStr for Python {
    type Err = UnknownPython;

    /// ```
    /// use pickscope::python::Python;
    ///
    /// let python: Python = "3.10".parse()?;
    /// assert_eq!(python.version(), (3, 10));
    /// assert!("3.10.1".parse::<Python>().is_err());
    /// # Ok::<(), pickscope::python::UnknownPython>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|python| python.to_string() == text)
            .ok_or_else(|| UnknownPython(text.to_owned()))
    }
}

/// A set of Pythons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pythons(u16);

impl Pythons {
    /// None.
    pub const NONE: Self = Self(0);
    /// All that are known.
    pub const ALL: Self = Self((1 << VERSIONS.len()) - 1);

    /// Python 2.
    pub const PY2: Self = Self(1);
    /// All of Python 3 that are known.
    pub const PY3: Self = Self(Self::ALL.0 & !Self::PY2.0);

    /// Python 3 from a minor version on; `since(6)` and below are all.
    pub const fn since(minor: u8) -> Self {
        Self(Self::PY3.0 & !Self::until(minor.saturating_sub(1)).0)
    }

    /// Python 3 up to a minor version, with it.
    pub const fn until(minor: u8) -> Self {
        let mut mask = 0;
        let mut place = 1;
        while place < VERSIONS.len() {
            if VERSIONS[place].1 <= minor {
                mask |= 1 << place;
            }
            place += 1;
        }
        Self(mask)
    }

    /// The set of a mask as tables have it: the lowest bit for the oldest. Bits past the last are dropped.
    pub const fn from_mask(mask: u16) -> Self {
        Self(mask & Self::ALL.0)
    }

    /// Its mask.
    pub const fn mask(self) -> u16 {
        self.0
    }

    /// Whether a Python is in it.
    pub const fn has(self, python: Python) -> bool {
        self.0 >> python.0 & 1 == 1
    }

    /// Whether none is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that another hasn't.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its Pythons, the oldest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Python> {
        Python::all().filter(move |python| self.has(*python))
    }
}

impl From<Python> for Pythons {
    fn from(python: Python) -> Self {
        Self(1 << python.0)
    }
}

impl FromIterator<Python> for Pythons {
    fn from_iter<I: IntoIterator<Item = Python>>(pythons: I) -> Self {
        Self(
            pythons
                .into_iter()
                .fold(0, |mask, python| mask | 1 << python.0),
        )
    }
}

/// In words: `2.7 and 3.6 to 3.9`, `3.12`, `none`, `all`.
impl fmt::Display for Pythons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("all");
        }
        let mut runs: Vec<(Python, Python)> = Vec::new();
        for python in self.iter() {
            match runs.last_mut() {
                // Python 2 and 3 are no neighbours.
                Some((first, last)) if last.0 + 1 == python.0 && !first.is_2() => *last = python,
                _ => runs.push((python, python)),
            }
        }
        let words: Vec<String> = runs
            .into_iter()
            .flat_map(|(first, last)| match last.0 - first.0 {
                0 => [Some(first.to_string()), None],
                1 => [Some(first.to_string()), Some(last.to_string())],
                _ => [Some(format!("{first} to {last}")), None],
            })
            .flatten()
            .collect();
        match words.split_last() {
            None => f.write_str("none"),
            Some((last, [])) => f.write_str(last),
            Some((last, others)) => write!(f, "{} and {last}", others.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Pythons {
        text.split(' ')
            .map(|one| one.parse::<Python>().expect("a known version"))
            .collect()
    }

    #[test]
    fn a_version_bounds_a_set() {
        assert_eq!(Pythons::since(12), set("3.12 3.13 3.14 3.15"));
        assert_eq!(Pythons::until(7), set("3.6 3.7"));
        assert_eq!(Pythons::since(0), Pythons::PY3);
    }

    #[test]
    fn a_set_is_told_in_runs() {
        assert_eq!(
            set("2.7 3.6 3.7 3.8 3.12").to_string(),
            "2.7, 3.6 to 3.8 and 3.12"
        );
        assert_eq!(set("3.14 3.15").to_string(), "3.14 and 3.15");
        assert_eq!(set("2.7 3.6 3.7").to_string(), "2.7, 3.6 and 3.7");
        assert_eq!(Pythons::NONE.to_string(), "none");
        assert_eq!(Pythons::ALL.to_string(), "all");
    }
}
