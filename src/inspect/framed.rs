//! Messages of a pipe, as `multiprocessing.connection` frames them: a length before each, then a pickle.
//!
//! `Connection._send_bytes` in `Lib/multiprocessing/connection.py` writes the length as `!i`; since 3.3, -1 and `!Q` where that
//! is too small. What a pool and an executor send is told by its shape.

use std::ops::Range;

use crate::{
    graph::{Graph, View},
    idiom,
    machine::{Kind, Value, glance},
    reader::Reader,
};

/// The length that stands before a message, and where that begins: the next that is to be read from `at` on.
fn message(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?;
    let (head, length) = match i32::from_be_bytes(*rest.first_chunk()?) {
        -1 => {
            let length = u64::from_be_bytes(*rest.get(4..)?.first_chunk()?);
            (12, usize::try_from(length).ok()?)
        }
        length => (4, usize::try_from(length).ok()?),
    };
    let start = at.checked_add(head)?;
    Some(start..start.checked_add(length)?)
}

/// Whether bytes begin as messages of a pipe do, whose end may be missing.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let first = message(bytes, 0).and_then(|range| bytes.get(range.start..));
    matches!(first, Some([0x80, 2..=5, ..]))
}

/// The messages that bytes are, from the first byte to the last, each a pickle and nothing else: where each stands, and what it
/// is called. `None` where they are anything else.
pub(super) fn messages(bytes: &[u8]) -> Option<Vec<(Range<u64>, String)>> {
    if !begins(bytes) {
        return None;
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let range = message(bytes, at)?;
        let own = bytes.get(range.clone())?;
        if !matches!(own, [0x80, 2..=5, ..]) || !glance::is_whole(own) {
            return None;
        }
        let name = format!("{}@{at}", kind(own));
        at = range.end;
        found.push((range.start as u64..range.end as u64, name));
    }
    Some(found)
}

/// What a message is.
fn kind(message: &[u8]) -> &'static str {
    let mut reader = Reader::keeping(message, 0, Graph::of_calls());
    while reader.advance() {
        reader.troubles();
    }
    let (_, graph) = reader.finish_with();
    let view = View::new(&graph, message);
    view.root()
        .and_then(|root| shape(view, root))
        .unwrap_or("message")
}

fn shape(view: View<'_, '_>, root: Value) -> Option<&'static str> {
    let is_number = |value: Value| matches!(value.kind(), Kind::Int | Kind::None);
    match root.kind() {
        // What ends a worker, a task handler and a result handler.
        Kind::None => Some("end"),
        Kind::Tuple => match *view.tuple(root)? {
            // `Pool.map` has mapstar for its function, `apply_async` and `imap` the function itself: `ApplyResult` and
            // `Pool._guarded_task_generation` in Lib/multiprocessing/pool.py.
            [job, number, function, arguments, keywords]
                if is_number(job)
                    && is_number(number)
                    && matches!(function.kind(), Kind::Global | Kind::Object)
                    && arguments.kind() == Kind::Tuple
                    && keywords.kind() == Kind::Dict =>
            {
                Some("task")
            }
            // `worker` in the same file.
            [job, number, outcome] if is_number(job) && is_number(number) => {
                let &[good, _] = view.tuple(outcome)? else {
                    return None;
                };
                Some(match view.boolean(good)? {
                    true => "result",
                    false => "error",
                })
            }
            _ => None,
        },
        Kind::Object => {
            let (module, name) = view.short_name(idiom::class_of(view, root)?, 64)?;
            match (module.as_str()?, name.as_str()?) {
                ("concurrent.futures.process", "_CallItem") => Some("call"),
                ("concurrent.futures.process", "_ResultItem") => Some("outcome"),
                _ => None,
            }
        }
        _ => None,
    }
}
