//! The names nearest to one that isn't there: another case, a letter too many or too few or in another's place, white space at
//! an end, the right name in the wrong module.
//!
//! All known names are gone through, one after the other: most differ in length or come from a module far away, and are passed
//! over without a look at their letters.
//!
//! ```
//! use pickscope::lookup::near::{How, Known, nearest, standard, trimmed};
//!
//! let known = [("collections", "OrderedDict"), ("collections", "deque"), ("os", "path")];
//! let known = || known.iter().map(|(module, name)| Known { module, name, home: |_, _| true });
//!
//! let found = nearest("collections", "OrderdDict", known(), 3);
//! assert_eq!((found[0].module, found[0].name, found[0].how), ("collections", "OrderedDict", How::Spelling));
//! let found = nearest("queue", "deque", known(), 3);
//! assert_eq!((found[0].module, found[0].how), ("collections", How::Elsewhere));
//!
//! let found = nearest("os", "gewtcd", standard(), 1);
//! assert_eq!(found[0].name, "getcwd");
//! assert_eq!(trimmed("numpy.core.multiarray\r"), Some("numpy.core.multiarray"));
//! ```

use crate::limits;

use super::names::{self, Kind};

/// Longer names than this are near to none: the longest of the standard library has half as many bytes.
pub const LONGEST: usize = 150;

/// How often near names are still looked for: a stream can have any number of names that are nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searches {
    left: u32,
    /// How many names it was asked for too late.
    pub forgone: u64,
}

impl Default for Searches {
    /// Those of an input: [`limits::NEAR_SEARCHES`].
    fn default() -> Self {
        Self {
            left: limits::NEAR_SEARCHES,
            forgone: 0,
        }
    }
}

impl Searches {
    /// Takes one; false if none is left.
    pub fn take(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => {
                self.forgone = self.forgone.saturating_add(1);
                return false;
            }
        }
        true
    }
}

/// A name that is there.
#[derive(Clone, Copy, Debug)]
pub struct Known<'n> {
    /// Its module.
    pub module: &'n str,
    /// The name in it.
    pub name: &'n str,
    /// Whether picklers write a module's name so, and not as another module's: what is at home comes first. Asked only of those
    /// that are near.
    pub home: fn(module: &str, name: &str) -> bool,
}

/// A name near to the one that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near<'n> {
    /// Its module.
    pub module: &'n str,
    /// The name in it.
    pub name: &'n str,
    /// How it differs.
    pub how: How,
    cost: u8,
}

/// How a near name differs from the one that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum How {
    /// By white space or control characters at an end, such as the carriage return of a file that went through a conversion of
    /// its line ends.
    Trimmed,
    /// By where the module ends and the name begins: `xml` `etree.ElementTree`.
    Split,
    /// By upper and lower case.
    Case,
    /// By a letter or two.
    Spelling,
    /// By the module, of which it names a part, or a whole: `concurrent` for `concurrent.futures`.
    Submodule,
    /// By the module.
    Elsewhere,
}

/// All names of the standard library, of whatever Python.
pub fn standard() -> impl Iterator<Item = Known<'static>> {
    names::names().map(|entry| Known {
        module: entry.module,
        name: entry.name,
        home: is_home,
    })
}

fn is_home(module: &str, name: &str) -> bool {
    names::find(module, name).is_some_and(|entry| {
        matches!(
            entry.kind,
            Kind::Class | Kind::Exception | Kind::Function | Kind::Builtin
        ) && entry.written().next().is_none()
    })
}

/// The text without what can't end a name; `None` where it is the same.
pub fn trimmed(text: &str) -> Option<&str> {
    let invisible = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}')
    };
    let trimmed = text.trim_matches(invisible);
    (trimmed.len() < text.len() && !trimmed.is_empty()).then_some(trimmed)
}

/// In how many letters two words differ, if in so few that one may be a misspelling of the other: 1 for short words, 2 for
/// longer ones. Two letters in each other's place count once, and so does another case of any number of letters.
pub fn misspelt(one: &str, other: &str) -> Option<u8> {
    let most = allowed(one.len().min(other.len()));
    if one == other {
        return Some(0);
    }
    if one.len().abs_diff(other.len()) > usize::from(most) {
        return None;
    }
    if one.eq_ignore_ascii_case(other) {
        return Some(1);
    }
    // An edit takes a letter out of the set, or puts one in, or both.
    let differing = (letters(one) ^ letters(other)).count_ones();
    if differing > u32::from(most.saturating_mul(2)) {
        return None;
    }
    let distance = strsim::osa_distance(one, other);
    u8::try_from(distance)
        .ok()
        .filter(|distance| *distance <= most)
}

/// How many letters may differ in a word of this length.
fn allowed(length: usize) -> u8 {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

/// The set of a word's bytes, where some share a place.
fn letters(word: &str) -> u64 {
    word.bytes()
        .fold(0, |set, byte| set | 1u64.wrapping_shl(u32::from(byte)))
}

/// The names nearest to one that isn't there, the nearest first, no more than `most`. Those of one module are best given one
/// after the other.
pub fn nearest<'n>(
    module: &str,
    name: &str,
    known: impl IntoIterator<Item = Known<'n>>,
    most: usize,
) -> Vec<Near<'n>> {
    if module.len() > LONGEST || name.len() > LONGEST {
        return Vec::new();
    }
    let wanted = Wanted::new(module, name);
    let mut found: Vec<Near<'n>> = Vec::new();
    let mut last: Option<(&str, Nearness)> = None;
    for one in known {
        let nearness = match last {
            Some((before, nearness)) if before == one.module => nearness,
            _ => wanted.module(one.module),
        };
        last = Some((one.module, nearness));
        let Some((how, cost)) = wanted.compare(one, nearness) else {
            continue;
        };
        let private = |text: &str| text.starts_with('_') || text.contains("._");
        let hidden = private(one.module) && !private(wanted.module)
            || private(one.name) && !private(wanted.name);
        let cost = cost
            .saturating_mul(4)
            .saturating_add(u8::from(!(one.home)(one.module, one.name)))
            .saturating_add(u8::from(hidden).saturating_mul(2));
        found.push(Near {
            module: one.module,
            name: one.name,
            how,
            cost,
        });
    }
    // What is longer is rather one of many that take the name over.
    found.sort_by_key(|near| (near.cost, near.module.len(), near.module, near.name));
    found.truncate(most);
    found
}

/// The words nearest to one that isn't there, such as names of modules: the nearest first, no more than `most`.
pub fn nearest_words<'n>(
    word: &str,
    known: impl IntoIterator<Item = &'n str>,
    most: usize,
) -> Vec<&'n str> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let word = trimmed(word).unwrap_or(word);
    let mut found: Vec<(u8, &str)> = known
        .into_iter()
        .filter_map(|one| Some((misspelt(word, one)?, one)))
        .collect();
    found.sort();
    found.truncate(most);
    found.into_iter().map(|(_, one)| one).collect()
}

/// What is looked for, without what can't end a name.
struct Wanted<'a> {
    module: &'a str,
    name: &'a str,
    /// Whether anything was taken off.
    trimmed: bool,
}

/// How near a module is to the one that is looked for.
#[derive(Clone, Copy)]
enum Nearness {
    /// The same, or misspelt by so many letters.
    By(u8),
    /// One holds the other, so many levels below it.
    Related(u8),
    /// Another.
    Far,
}

impl How {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Trimmed => "white space",
            Self::Split => "another dot",
            Self::Case => "case",
            Self::Spelling => "spelling",
            Self::Submodule => "submodule",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl<'a> Wanted<'a> {
    fn new(module: &'a str, name: &'a str) -> Self {
        let (clean_module, clean_name) = (trimmed(module), trimmed(name));
        Self {
            module: clean_module.unwrap_or(module),
            name: clean_name.unwrap_or(name),
            trimmed: clean_module.or(clean_name).is_some(),
        }
    }

    fn module(&self, other: &str) -> Nearness {
        if let Some(letters) = misspelt(self.module, other) {
            return Nearness::By(letters);
        }
        let levels = |whole: &str, part: &str| {
            let rest = whole.strip_prefix(part)?;
            let dots = rest.bytes().filter(|byte| *byte == b'.').count();
            rest.starts_with('.')
                .then(|| u8::try_from(dots).unwrap_or(u8::MAX))
        };
        levels(other, self.module)
            .or_else(|| levels(self.module, other))
            .map_or(Nearness::Far, Nearness::Related)
    }

    /// How a name differs from this one, and how much that is.
    fn compare(&self, one: Known<'_>, nearness: Nearness) -> Option<(How, u8)> {
        let same = one.name == self.name;
        match nearness {
            Nearness::By(0) if same => self.trimmed.then_some((How::Trimmed, 0)),
            Nearness::By(module) => {
                let name = misspelt(self.name, one.name)?;
                let case = one.name.eq_ignore_ascii_case(self.name)
                    && one.module.eq_ignore_ascii_case(self.module);
                Some(if case {
                    (How::Case, 1)
                } else {
                    // Wrong twice is less likely than twice as wrong.
                    let twice = u8::from(module > 0 && name > 0);
                    let letters = module.saturating_add(name).saturating_add(twice);
                    (How::Spelling, letters.saturating_add(1))
                })
            }
            Nearness::Related(_) if self.splits_as(one) => Some((How::Split, 1)),
            Nearness::Related(levels) if same => Some((How::Submodule, levels.saturating_add(2))),
            Nearness::Far if same && self.name.len() > 2 => Some((How::Elsewhere, 5)),
            _ => None,
        }
    }

    /// Whether the two are the same path, parted at another dot.
    fn splits_as(&self, one: Known<'_>) -> bool {
        let length = self.module.len().saturating_add(self.name.len());
        length == one.module.len().saturating_add(one.name.len())
            && self
                .module
                .split('.')
                .chain(self.name.split('.'))
                .eq(one.module.split('.').chain(one.name.split('.')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_letters_are_a_misspelling() {
        assert_eq!(misspelt("deque", "deque"), Some(0));
        assert_eq!(misspelt("DEQUE", "deque"), Some(1));
        assert_eq!(misspelt("deuqe", "deque"), Some(1));
        assert_eq!(misspelt("OrderdDcit", "OrderedDict"), Some(2));
        assert_eq!(misspelt("dict", "list"), None);
        assert_eq!(misspelt("os", "io"), None);
        assert_eq!(misspelt("", "io"), None);
        assert_eq!(misspelt("collections", "collection.abc"), None);
    }

    #[test]
    fn what_is_too_long_is_near_to_none() {
        let known = [Known {
            module: "os",
            name: "path",
            home: |_, _| true,
        }];
        let long = "a".repeat(1 << 20);
        assert!(nearest(&long, "path", known, 3).is_empty());
        assert!(nearest("os", &long, known, 3).is_empty());
        assert!(nearest_words(&long, ["os"], 3).is_empty());
    }

    #[test]
    fn paths_may_be_parted_elsewhere() {
        let known = [Known {
            module: "xml.etree",
            name: "ElementTree",
            home: |_, _| true,
        }];
        let found = nearest("xml", "etree.ElementTree", known, 3);
        assert_eq!(found.first().map(|near| near.how), Some(How::Split));
    }
}
