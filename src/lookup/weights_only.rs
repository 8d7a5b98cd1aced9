//! What `torch.load(weights_only=True)` takes, by version of torch.
//!
//! `weights_only.tsv` is written by `tools/weights_only.py`, which asks `torch/_weights_only_unpickler.py` of several torches:
//! each has a bit in the rows' masks, the oldest the lowest. That unpickler looks a name up in a list of its own, by module and
//! name joined by a dot, after renaming it as Python 3 renames Python 2's names, in a stream of any protocol.
//!
//! ```
//! use pickscope::lookup::weights_only::{allowed, newest};
//!
//! assert!(allowed("collections.OrderedDict").has(newest()));
//! assert!(allowed("argparse.Namespace").is_empty());
//! ```

use super::rows::{columns, rows};

static TABLE: &str = include_str!("weights_only.tsv");

/// A torch that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Torch(u8);

/// A set of the torches that were asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Torches(u32);

impl Torch {
    /// Its version: `2.6.0`.
    pub fn version(self) -> &'static str {
        asked().nth(usize::from(self.0)).unwrap_or_default()
    }
}

impl Torches {
    /// Whether a torch is in it.
    pub fn has(self, torch: Torch) -> bool {
        self.0 >> torch.0 & 1 == 1
    }

    /// Whether none is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The torch from which on all are in it; `None` where the newest isn't.
    pub fn since(self) -> Option<Torch> {
        let mut since = None;
        for torch in all().rev() {
            if !self.has(torch) {
                break;
            }
            since = Some(torch);
        }
        since
    }
}

/// The versions, the oldest first.
fn asked() -> impl DoubleEndedIterator<Item = &'static str> {
    let row = rows(TABLE, ["asked"]).next().unwrap_or_default();
    let [_, versions] = columns(row);
    versions.split(' ')
}

/// All that were asked, the oldest first.
pub fn all() -> impl DoubleEndedIterator<Item = Torch> {
    (0..asked().count() as u8).map(Torch)
}

/// The newest that was asked.
pub fn newest() -> Torch {
    all().next_back().unwrap_or(Torch(0))
}

fn those(kind: &str, what: &str) -> Torches {
    let mask = rows(TABLE, [kind, what])
        .next()
        .map(columns)
        .map_or("0", |[_, _, mask]| mask);
    Torches(u32::from_str_radix(mask, 16).unwrap_or_default())
}

/// The torches that allow a name, module and name joined by a dot, if nobody adds to their list.
pub fn allowed(path: &str) -> Torches {
    those("global", path)
}

/// Those that know an opcode, by its name.
pub fn takes(opcode: &str) -> Torches {
    those("opcode", opcode)
}

/// Those that never take anything of a module, whatever is added to their list.
pub fn blocks(module: &str) -> Torches {
    those("blocked", module)
}

/// Those whose items can be set on dicts, `OrderedDict`s and `Counter`s only.
pub fn checks_items() -> Torches {
    those("feature", "setitem-checked")
}

/// Those that have `torch.serialization.add_safe_globals`.
pub fn can_be_told() -> Torches {
    those("feature", "add_safe_globals")
}
