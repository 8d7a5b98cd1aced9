//! The tensors of a pickle that torch wrote: what each is called, its dtype and shape, and the storage that it lies in.

use std::collections::{HashMap, HashSet};

use crate::{
    graph::{Cursor, Role, View},
    idiom::tensors::{storage, tensor},
    inspect::parts::{Place, shortened},
    limits::{PATH_BYTES, REPEATED},
    machine::{Kind, Value, lookup::Target},
    reader::Pickle,
};

use super::tree::trees;

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// The keys and attributes that lead to it, with dots between them, as the keys of a state_dict are.
    pub name: String,
    /// What it holds, where that is known.
    pub dtype: Option<String>,
    /// How many items each dimension has.
    pub shape: Vec<u64>,
    /// How many items of the storage lie between two of each dimension.
    pub strides: Vec<u64>,
    /// Its first item in the storage.
    pub offset: u64,
    /// The key of its storage.
    pub storage: Option<String>,
}

/// A storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Its key.
    pub key: String,
    /// What it holds; `untyped` where each tensor says that.
    pub dtype: &'static str,
    /// Where it was: `cpu`, `cuda:0`.
    pub location: String,
    /// How many items it has.
    pub items: u64,
    /// How many bytes it has, where an item's are known.
    pub bytes: Option<u64>,
    /// The part that has its bytes, and how many those are.
    pub member: Option<(String, u64)>,
}

/// The tensors and storages of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The part.
    pub place: Place,
    /// Tensors, in the order of the pickle.
    pub tensors: Vec<Tensor>,
    /// Storages, in the order of their first use.
    pub storages: Vec<Storage>,
}

/// Whether a pickle has persistent ids, which is how torch names storages.
pub fn takes_ids(pickle: &Pickle<'_>) -> bool {
    let is_id = |target: &Target<'_>| matches!(target, Target::Persistent(_));
    pickle
        .lookups
        .iter()
        .any(|(lookup, _)| is_id(&lookup.target))
}

/// The table of a part's pickles, read for it; `None` where they have no tensors.
///
/// A list of them takes no more memory than the pickles' own graph does.
pub fn table(place: &Place, bytes: &[u8]) -> Option<Table> {
    let mut gathered = Gathered {
        table: Table {
            place: place.clone(),
            ..Table::default()
        },
        keys: HashSet::new(),
    };
    for grown in trees(bytes, true) {
        for root in grown.roots() {
            gathered.walk(grown.view(), root);
        }
    }
    let found = !gathered.table.tensors.is_empty() || !gathered.table.storages.is_empty();
    found.then_some(gathered.table)
}

impl Table {
    /// Looks up each storage's bytes among `members`, the parts that are no pickles with their lengths: in `data` beside
    /// `data.pkl`, and in `constants` beside TorchScript's `constants.pkl`. Gives back the storages whose members have another
    /// size.
    pub fn find_members(&mut self, members: &HashMap<&str, u64>) -> Vec<Storage> {
        let Some(part) = self.place.part.as_deref() else {
            return Vec::new();
        };
        let Some(stem) = part.strip_suffix(".pkl") else {
            return Vec::new();
        };
        let mut wrong = Vec::new();
        for own in &mut self.storages {
            let member = format!("{stem}/{}", own.key);
            let Some(found) = members.get(member.as_str()) else {
                continue;
            };
            own.member = Some((member, *found));
            if own.bytes.is_some_and(|bytes| bytes != *found) {
                wrong.push(own.clone());
            }
        }
        wrong
    }
}

struct Gathered {
    table: Table,
    keys: HashSet<String>,
}

/// A value that is being walked.
struct Open {
    cursor: Cursor,
    /// How much of the path leads to it.
    path: usize,
    /// The key of the value that comes next.
    key: Option<Value>,
    /// The number of the item that comes next; `None` for arguments of a call, which don't lead anywhere.
    index: Option<u64>,
}

impl Gathered {
    /// Goes over all that a value holds, each thing once.
    fn walk(&mut self, view: View<'_, '_>, root: Value) {
        let mut path = String::new();
        let mut known: HashSet<u64> = HashSet::new();
        let mut open: Vec<Open> = Vec::new();
        open.extend(self.visit(view, root, &path));
        while let Some(top) = open.last_mut() {
            path.truncate(top.path);
            let Some(held) = view.next_held(&mut top.cursor) else {
                open.pop();
                continue;
            };
            match held.role {
                Role::Key => {
                    top.key = Some(held.value);
                    continue;
                }
                Role::Value => {
                    if let Some(key) = top.key.take() {
                        lead(view, key, &mut path);
                    }
                }
                Role::Item => {
                    if let Some(index) = &mut top.index
                        && path.len() < PATH_BYTES
                    {
                        path.push_str(&format!("[{index}]"));
                        *index = index.saturating_add(1);
                    }
                }
                _ => {}
            }
            let holds = !matches!(
                held.value.kind(),
                Kind::None | Kind::Bool | Kind::Int | Kind::Float | Kind::Global
            );
            if holds && known.insert(view.place(held.value)) {
                let mut below = self.visit(view, held.value, &path);
                if let (Role::Arguments, Some(below)) = (held.role, &mut below) {
                    below.index = None;
                }
                open.extend(below);
            }
        }
    }

    fn visit(&mut self, view: View<'_, '_>, value: Value, path: &str) -> Option<Open> {
        if let Some(own) = tensor(view, value) {
            let key = own.storage.as_ref().map(|storage| storage.key.to_string());
            self.table.tensors.push(Tensor {
                name: shortened(path),
                dtype: own.dtype.map(|dtype| dtype.into_owned()),
                shape: own.shape,
                strides: own.strides,
                offset: own.offset,
                storage: key,
            });
        }
        if let Some(own) = storage(view, value)
            && self.keys.insert(own.key.to_string())
        {
            self.table.storages.push(Storage {
                bytes: own.bytes(),
                key: own.key.into_owned(),
                dtype: own.dtype,
                location: own.location.into_owned(),
                items: own.items,
                member: None,
            });
        }
        let cursor = view.cursor(value);
        (!cursor.is_empty()).then_some(Open {
            cursor,
            path: path.len(),
            key: None,
            index: Some(0),
        })
    }
}

/// Adds a key to a path. Of a module, names of its own dicts are left out, as state_dict does.
fn lead(view: View<'_, '_>, key: Value, path: &mut String) {
    if path.len() >= PATH_BYTES {
        return;
    }
    let is_long = view
        .written(key)
        .is_some_and(|written| written.len() > REPEATED);
    let word = match is_long {
        true => "…".to_owned(),
        false => match (view.text(key), view.integer(key)) {
            (Some(text), _) => text.into_owned(),
            (None, Some(number)) => number.to_string(),
            (None, None) => return,
        },
    };
    if matches!(word.as_str(), "_modules" | "_parameters" | "_buffers") {
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&word);
}
