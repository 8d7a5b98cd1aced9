//! What stands behind pickles and belongs to them: the storages of PyTorch's format before 1.6.
//!
//! `_legacy_save` in `torch/serialization.py` writes five pickles, one after the other: a magic number, a version, what the
//! machine is like, the object, and the keys of its storages. Then come the storages, in the order of the keys: how many items
//! each has, in eight bytes, and their bytes. How long an item is, the object's persistent ids tell.

use std::collections::HashMap;

use crate::{
    decode::text::Meaning,
    graph::{Graph, View, Watch},
    idiom::torch::{
        storage_key,
        tensors::{self, StorageId},
    },
    machine::{Kind, Value, lookup::Target},
    reader::{Pickle, Raw, Reader, Storage, Trouble},
    repr,
    span::Span,
};

/// Where the last pickles of an input begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    starts: [u64; 5],
    count: u64,
}

/// What stands behind a pickle.
#[derive(Debug, Default)]
pub(crate) struct Behind<'a> {
    /// It, in order.
    pub(crate) raws: Vec<Raw>,
    /// What is wrong with it or with the pickles before it.
    pub(crate) troubles: Vec<Trouble<'a>>,
}

impl Behind<'_> {
    /// Where it ends, if it begins at `start`.
    pub(crate) fn end(&self, start: u64) -> u64 {
        self.raws.last().map_or(start, |raw| raw.span.end)
    }
}

/// `torch.serialization.MAGIC_NUMBER`, 0x1950a86a20f9469cfc6c.
const MAGIC: &str = "119547037146038801333356";

/// How the pickle of `torch.serialization.PROTOCOL_VERSION`, 1001, ends: in protocol 0, and in all others.
const VERSION: [&[u8]; 2] = [b"I1001\n.", b"M\xe9\x03."];

/// The longest pickle that is read for a magic number.
const LONGEST: u64 = 1024;

impl Trail {
    /// Takes in that a pickle begins.
    pub(crate) fn begins(&mut self, start: u64) {
        self.starts.rotate_left(1);
        if let Some(last) = self.starts.last_mut() {
            *last = start;
        }
        self.count = self.count.saturating_add(1);
    }

    /// What stands behind the last pickle, which ends at `end`.
    pub(crate) fn behind<'a>(&self, input: &'a [u8], end: u64) -> Behind<'a> {
        let [magic, version, machine, object, keys] = self.starts;
        let mut behind = Behind::default();
        if self.count < 5 || !is_version(input, version, machine) {
            return behind;
        }
        if version.saturating_sub(magic) > LONGEST {
            return behind;
        }
        match read(input, magic, Graph::of_calls()) {
            (_, graph) if is_magic(View::new(&graph, input)) => {}
            (_, graph) if is_computed(&graph) => behind.troubles.push(Trouble::Magic(magic)),
            _ => return behind,
        }
        behind.storages(input, object, keys, end);
        behind
    }
}

fn is_version(input: &[u8], start: u64, end: u64) -> bool {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let bytes = input.get(place(start)..place(end)).unwrap_or_default();
    VERSION.iter().any(|version| bytes.ends_with(version))
}

/// Reads a pickle again, with a graph.
fn read<'a>(input: &'a [u8], start: u64, graph: Graph) -> (Pickle<'a>, Graph)
where
    Graph: Watch<'a>,
{
    let mut reader = Reader::keeping(input, start, graph);
    while reader.advance() {
        reader.troubles();
    }
    reader.finish_with()
}

fn is_magic(view: View<'_, '_>) -> bool {
    let root = view.root().filter(|root| root.kind() == Kind::Int);
    match root.and_then(|root| view.atom(root)) {
        Some(Meaning::Int(number)) => number.decimal().is_some_and(|own| own == MAGIC),
        _ => false,
    }
}

fn is_computed(graph: &Graph) -> bool {
    graph
        .root()
        .is_some_and(|root| matches!(root.kind(), Kind::Object | Kind::Global))
}

impl<'a> Behind<'a> {
    fn storages(&mut self, input: &'a [u8], object: u64, keys: u64, end: u64) {
        let (pickle, graph) = read(input, object, Graph::of_calls());
        let view = View::new(&graph, input);
        let known: HashMap<_, StorageId<'_>> = pickle
            .lookups
            .iter()
            .filter(|(lookup, _)| matches!(lookup.target, Target::Persistent(_)))
            .filter_map(|(lookup, _)| {
                tensors::storage(view, Value::new(Kind::Persistent, 0, lookup.offset))
            })
            .map(|stored| (stored.key.clone(), stored))
            .collect();
        let (_, graph) = read(input, keys, Graph::new());
        let view = View::new(&graph, input);
        let Some(list) = view.root().filter(|root| root.kind() == Kind::List) else {
            return;
        };
        let mut at = end;
        for key in view.items(list).into_iter().flatten() {
            let stored = storage_key(view, key).and_then(|key| known.get(&key));
            let Some(stored) = stored else {
                let trouble = Trouble::Storage(at, Storage::Unknown);
                self.troubles.push(trouble);
                return;
            };
            match storage(input, at, stored) {
                Ok((raw, trouble)) => {
                    at = raw.span.end;
                    self.troubles.extend(trouble);
                    self.raws.push(raw);
                }
                Err(why) => {
                    self.troubles.push(Trouble::Storage(at, why));
                    return;
                }
            }
        }
    }
}

/// A storage that begins at an offset: how many items it has, and their bytes.
fn storage<'a>(
    input: &[u8],
    at: u64,
    stored: &StorageId<'_>,
) -> Result<(Raw, Option<Trouble<'a>>), Storage> {
    const HEAD: u64 = 8;
    let rest = usize::try_from(at)
        .ok()
        .and_then(|at| input.get(at..))
        .unwrap_or_default();
    let short = |wanted: u64| Storage::Short {
        wanted,
        left: rest.len() as u64,
    };
    let Some(head) = rest.first_chunk::<8>() else {
        return Err(short(HEAD));
    };
    let count = u64::from_le_bytes(*head);
    let size = tensors::item_bytes(stored.dtype).ok_or(Storage::Unknown)?;
    let bytes = count.checked_mul(size);
    let Some(whole) = bytes
        .and_then(|bytes| bytes.checked_add(HEAD))
        .filter(|whole| *whole <= rest.len() as u64)
    else {
        return Err(short(bytes.unwrap_or(u64::MAX).saturating_add(HEAD)));
    };
    let differs = (count != stored.items).then_some(Trouble::Storage(
        at,
        Storage::Count {
            stated: stored.items,
            found: count,
        },
    ));
    let raw = Raw {
        span: Span {
            start: at,
            end: at.saturating_add(whole),
        },
        padding: HEAD,
        is_pickle: false,
        of: at,
        what: format!(
            "storage {}: {count} {}, {} bytes",
            visible(&stored.key),
            stored.dtype,
            whole.saturating_sub(HEAD)
        ),
    };
    Ok((raw, differs))
}

/// A key in words: what can't be seen of it is escaped.
fn visible(key: &str) -> String {
    let mut shown = String::new();
    for character in key.chars() {
        match repr::is_visible(character) {
            true => shown.push(character),
            false => shown.extend(character.escape_default()),
        }
    }
    shown
}
