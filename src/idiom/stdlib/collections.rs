//! `collections`.

use super::super::{Called, Idiom, Known, Part, class, look};
use crate::machine::Kind;

/// What is known.
pub(in super::super) const KNOWN: &[Known] = &[
    class(
        "collections",
        "Counter",
        "Python 2.7 and 3",
        "Lib/collections/__init__.py, Counter.__reduce__",
        counter,
    ),
    class(
        "collections",
        "OrderedDict",
        "Python 2.7 and 3",
        "Objects/odictobject.c, odict_reduce; 2.7: Lib/collections.py, OrderedDict.__reduce__",
        ordered_dict,
    ),
    class(
        "collections",
        "defaultdict",
        "Python 2.5 and later",
        "Modules/_collectionsmodule.c, defdict_reduce",
        defaultdict,
    ),
    class(
        "collections",
        "deque",
        "Python 2.4 and later",
        "Modules/_collectionsmodule.c, deque_reduce",
        deque,
    ),
];

/// `Counter(dict)`.
fn counter<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[counts] = called.plain()? else {
        return None;
    };
    (counts.kind() == Kind::Dict)
        .then(|| Idiom::new("counter", ["Counter".into()]).holding([Part::Pairs(counts)]))
}

/// `OrderedDict()` and what is set on it; in Python 2 `OrderedDict(list of lists of two)`.
fn ordered_dict<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let list = match *called.called()? {
        [] => None,
        [list] if list.kind() == Kind::List => Some(Part::Items(list)),
        _ => return None,
    };
    let idiom = Idiom::new("ordered-dict", ["OrderedDict".into()]);
    Some(idiom.holding(list).holding(called.given()))
}

/// `defaultdict()` or `defaultdict(factory)`, and what is set on it.
fn defaultdict<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let words = match *called.called()? {
        [] => vec!["defaultdict".into()],
        [factory] if factory.kind().storage() != Some(crate::opcode::Storage::Value) => {
            vec!["defaultdict of ".into(), factory.into()]
        }
        _ => return None,
    };
    Some(Idiom::new("defaultdict", words).holding(called.given()))
}

/// `deque()`, `deque((), maxlen)`, and what is appended; in Python 2 `deque(list)` and `deque(list, maxlen)`.
fn deque<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    let (items, most) = match *called.called()? {
        [] => (None, None),
        [items] => (Some(items), None),
        [items, most] => (Some(items), Some(look::count(view, most)?)),
        _ => return None,
    };
    let items = match items {
        Some(items) if items.kind() == Kind::List => Some(Part::Items(items)),
        Some(items) if !view.tuple(items)?.is_empty() => return None,
        _ => None,
    };
    if let Some(most) = most {
        // Those that come first are pushed out again.
        const FEW: usize = 64;
        let given = match items {
            Some(Part::Items(list)) if view.items(list).is_some() => {
                view.few_items(list, FEW).map(|items| items.count() as u64)
            }
            _ => Some(0),
        };
        // Of a longer list, that it is longer is all that is seen at a glance.
        let given = given.unwrap_or((FEW as u64).saturating_add(1));
        if given.saturating_add(view.lengths(called.value).0) > most {
            return None;
        }
    }
    let words = match most {
        Some(most) => format!("deque of at most {most}").into(),
        None => "deque".into(),
    };
    let idiom = Idiom::new("deque", [words]);
    Some(idiom.holding(items).holding(called.given()))
}
