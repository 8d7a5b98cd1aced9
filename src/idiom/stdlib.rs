//! Python's own library.

pub(super) mod builtins;
pub(super) mod collections;
pub(super) mod datetime;
pub(super) mod exceptions;
pub(super) mod iteration;
pub(super) mod others;

use super::{By, Called, Idiom, Part, find_by_name, look};

/// A call of what a call gave.
///
/// Below protocol 4, what must be called with keywords is: `functools.partial(callee, *arguments, **keywords)()`
/// (`save_reduce` in `pickle.py`). A method of a class is `getattr(class, name)`.
pub(super) fn made_callee<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let view = called.view;
    if let Some((class, names)) = builtins::attributes(view, called.callee) {
        let [method] = names.as_slice() else {
            return None;
        };
        let (module, class) = view.short_name(class, look::SHORT)?;
        let name = format!("{}.{}", class.as_str()?, method.as_str()?);
        return called.read_as(find_by_name(module.as_str()?, &name)?);
    }
    let partial = others::Partial::of(view, called.callee)?;
    let keywords = partial.keywords.map(|all| Part::Named("keywords", all));
    if let Some((class, names)) = builtins::attributes(view, partial.callee) {
        let (first, arguments) = partial.arguments.split_first()?;
        let is_new = matches!(names.as_slice(), [name] if name.as_str() == Some("__new__"));
        if !is_new || !look::is_same(view, *first, class) || !called.arguments.is_empty() {
            return None;
        }
        let own = Called {
            arguments,
            tuple: Some(partial.tuple),
            ..*called
        };
        let mut idiom = called.instance_of(class, own.argument_parts().chain(keywords));
        idiom.known = Some(others::Partial::known());
        return Some(idiom);
    }
    if !look::is_name(view, partial.callee, &["operator"], "methodcaller") {
        return None;
    }
    let before = Called {
        arguments: partial.arguments,
        tuple: Some(partial.tuple),
        by: By::Call,
        ..*called
    };
    let idiom = Idiom::new("function", [partial.callee.into()])
        .holding(before.argument_parts())
        .holding(called.argument_parts())
        .holding(keywords)
        .holding(called.given());
    Some(Idiom {
        known: Some(others::Partial::known()),
        ..idiom
    })
}

/// What a class is called with and what it was given since, where that is all that can be told: an instance.
pub(super) fn instance<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    (called.by == By::Call).then(|| called.instance_of(called.callee, called.argument_parts()))
}
