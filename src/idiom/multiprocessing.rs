//! multiprocessing: the key that its processes know one another by.

use super::{Called, Idiom, Known, Part, class};
use crate::machine::Kind;

/// What is known.
pub(super) const KNOWN: &[Known] = &[class(
    "multiprocessing.process",
    "AuthenticationString",
    "Python 2.6 and later, to a process that is being spawned",
    "Lib/multiprocessing/process.py, AuthenticationString.__reduce__",
    key,
)];

/// `AuthenticationString(bytes)`.
fn key<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[key] = called.plain()? else {
        return None;
    };
    let is_bytes = matches!(key.kind(), Kind::Bytes | Kind::OldStr | Kind::Object);
    is_bytes.then(|| {
        let words = ["authkey of multiprocessing, in clear".into()];
        Idiom::new("secret", words).holding([Part::Named("key", key)])
    })
}
