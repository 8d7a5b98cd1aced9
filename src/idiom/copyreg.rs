//! `copyreg`, in Python 2 `copy_reg`: how instances are written that have no way of their own, and the extension registry.

use super::{Called, Idiom, Known, Part};
use crate::{
    decode::text::Text,
    graph::View,
    machine::{
        Kind, Value,
        effect::{Effect, EffectKind},
    },
};

/// Its callees.
pub(super) const KNOWN: &[Known] = &[
    Known {
        module: "copy_reg",
        name: "_reconstructor",
        versions: "Python 2, and 3 below protocol 3 for it",
        source: "Lib/copy_reg.py, _reconstructor; Objects/typeobject.c, copyreg_reconstruct",
        read: reconstructor,
    },
    Known {
        module: "copyreg",
        name: "_reconstructor",
        versions: "Python 3",
        source: "Lib/copyreg.py, _reconstructor",
        read: reconstructor,
    },
    Known {
        module: "copy_reg",
        name: "__newobj__",
        versions: "Python 2.3 and later, and 3 below protocol 3 for it",
        source: "Lib/copy_reg.py, __newobj__",
        read: newobj,
    },
    Known {
        module: "copyreg",
        name: "__newobj__",
        versions: "Python 3",
        source: "Lib/copyreg.py, __newobj__",
        read: newobj,
    },
    Known {
        module: "copyreg",
        name: "__newobj_ex__",
        versions: "Python 3.4 and later",
        source: "Lib/copyreg.py, __newobj_ex__",
        read: newobj_ex,
    },
    Known {
        module: "copy_reg",
        name: "add_extension",
        versions: "Python 2, and 3 below protocol 3 for it",
        source: "Lib/copy_reg.py, add_extension; no pickler writes it",
        read: add_extension,
    },
    Known {
        module: "copyreg",
        name: "add_extension",
        versions: "Python 3",
        source: "Lib/copyreg.py, add_extension; no pickler writes it",
        read: add_extension,
    },
];

/// Whether a callee makes an instance of its first argument.
pub fn makes_instances(module: &str, name: &str) -> bool {
    matches!(module, "copyreg" | "copy_reg")
        && matches!(name, "_reconstructor" | "__newobj__" | "__newobj_ex__")
}

/// `_reconstructor(class, base, state)`: `object.__new__(class)`, or `base.__new__(class, state)`.
fn reconstructor<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[class, base, state] = called.arguments else {
        return None;
    };
    let made_of = match state.kind() {
        Kind::None if called.is_builtin(base, "object") => None,
        _ => Some(Part::Named("made of", state)),
    };
    Some(called.instance_of(class, made_of))
}

/// `__newobj__(class, *arguments)`: `class.__new__(class, *arguments)`.
fn newobj<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (class, arguments) = called.arguments.split_first()?;
    Some(called.instance_of(*class, arguments.iter().copied().map(Part::Argument)))
}

/// `__newobj_ex__(class, arguments, keywords)`.
fn newobj_ex<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[class, arguments, keywords] = called.arguments else {
        return None;
    };
    let parts = [Part::Items(arguments), Part::Named("keywords", keywords)];
    Some(called.instance_of(class, parts))
}

/// `add_extension(module, name, code)`: makes a code of the registry stand for a name.
fn add_extension<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (module, name, code) = registration(called.view, called.arguments)?;
    let mut idiom = Idiom::new("extension", [format!("extension code {code} for ").into()]);
    idiom.words.extend([module.into(), ".".into(), name.into()]);
    Some(idiom)
}

/// What a stream puts into the extension registry: module, name and code.
fn registration<'a>(view: View<'_, 'a>, arguments: &[Value]) -> Option<(Text<'a>, Text<'a>, i64)> {
    let &[module, name, code] = arguments else {
        return None;
    };
    Some((
        view.string(module)?,
        view.string(name)?,
        view.integer(code)?,
    ))
}

/// What the stream itself has put under an extension code, by calls of `add_extension` before `offset`.
///
/// The registry is the process's: an entry outlives the pickle, and one that another pickle or the program made isn't
/// known here.
pub fn registered<'a>(
    view: View<'_, 'a>,
    effects: &[Effect],
    code: i64,
    offset: u64,
) -> Option<(Text<'a>, Text<'a>)> {
    effects
        .iter()
        .filter(|effect| effect.kind() == EffectKind::Call && effect.offset() < offset)
        .find_map(|effect| {
            let (module, name) = view.name(effect.subject())?;
            let registers = matches!(module.as_str()?, "copyreg" | "copy_reg")
                && name.as_str()? == "add_extension";
            let call = registers.then(|| view.call_at(effect.offset()))??;
            let (module, name, registered) = registration(view, view.arguments(&call)?)?;
            (registered == code).then_some((module, name))
        })
}
