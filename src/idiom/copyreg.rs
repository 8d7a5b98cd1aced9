//! `copyreg`, in Python 2 `copy_reg`: how instances are written that have no way of their own, and the extension registry.

use super::{Called, Idiom, Known, Part, function, look, maker};
use crate::{
    decode::text::Text,
    graph::View,
    machine::{Kind, Value, lookup::Target},
};

/// Its callees.
pub(super) const KNOWN: &[Known] = &[
    maker(
        "copy_reg",
        "__newobj__",
        "Python 2.3 and later, and 3 below protocol 3; picklers write NEWOBJ in its place",
        "Lib/copy_reg.py, __newobj__",
        newobj,
    ),
    maker(
        "copy_reg",
        "_reconstructor",
        "Python 2.2 and later, and 3, below protocol 2",
        "Lib/copy_reg.py, _reconstructor",
        reconstructor,
    ),
    function(
        "copy_reg",
        "add_extension",
        "no pickler; Python 2, and 3 below protocol 3 for it",
        "Lib/copy_reg.py, add_extension",
        add_extension,
    ),
    maker(
        "copyreg",
        "__newobj__",
        "Python 3; picklers write NEWOBJ in its place",
        "Lib/copyreg.py, __newobj__",
        newobj,
    ),
    maker(
        "copyreg",
        "__newobj_ex__",
        "Python 3.4 and later; picklers write NEWOBJ_EX in its place",
        "Lib/copyreg.py, __newobj_ex__",
        newobj_ex,
    ),
    maker(
        "copyreg",
        "_reconstructor",
        "Python 3, where names aren't mapped to Python 2's",
        "Lib/copyreg.py, _reconstructor",
        reconstructor,
    ),
    function(
        "copyreg",
        "add_extension",
        "no pickler; Python 3",
        "Lib/copyreg.py, add_extension",
        add_extension,
    ),
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
        Kind::None if look::is_name(called.view, base, look::BUILTINS, "object") => None,
        _ => Some(Part::Named("made of", state)),
    };
    if made_of.is_none()
        && let Some(idiom) = called.new_of(class, &[])
    {
        return Some(idiom);
    }
    // The base stands in the sentence where it isn't `object`: its `__new__` decides.
    let mut idiom = called.instance_of(class, made_of);
    if made_of.is_some() {
        idiom.words.extend([" by way of ".into(), base.into()]);
    }
    Some(idiom)
}

/// `__newobj__(class, *arguments)`: `class.__new__(class, *arguments)`.
fn newobj<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (class, arguments) = called.arguments.split_first()?;
    if let Some(idiom) = called.new_of(*class, arguments) {
        return Some(idiom);
    }
    let without_class = Called {
        arguments,
        ..*called
    };
    Some(called.instance_of(*class, without_class.argument_parts()))
}

/// `__newobj_ex__(class, arguments, keywords)`.
fn newobj_ex<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let &[class, arguments, keywords] = called.arguments else {
        return None;
    };
    if arguments.kind() != Kind::Tuple {
        return None;
    }
    let parts = [Part::Items(arguments), Part::Named("keywords", keywords)];
    Some(called.instance_of(class, parts))
}

/// `add_extension(module, name, code)`: makes a code of the registry stand for a name.
fn add_extension<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let (module, name, code) = registration(called.view, called.plain()?)?;
    let mut idiom = Idiom::new("extension", [format!("extension code {code} for ").into()]);
    idiom.words.extend([module.into(), ".".into(), name.into()]);
    Some(idiom)
}

/// What a stream puts into the extension registry: module, name and code.
fn registration<'a>(view: View<'_, 'a>, arguments: &[Value]) -> Option<(Text<'a>, Text<'a>, i64)> {
    let &[module, name, code] = arguments else {
        return None;
    };
    let text = |value| {
        let short = view.written(value)?.len() <= look::SHORT;
        short.then(|| view.string(value)).flatten()
    };
    Some((text(module)?, text(name)?, look::integer(view, code)?))
}

/// What a stream itself has put under extension codes, by calls of `add_extension`.
///
/// The registry is the process's: an entry outlives the pickle, and one that another pickle or the program made isn't
/// known here.
#[derive(Clone, Debug, Default)]
pub struct Registry<'a> {
    /// By code and by where the call stands.
    entries: Vec<Entry<'a>>,
}

#[derive(Clone, Debug)]
struct Entry<'a> {
    code: i64,
    offset: u64,
    module: Text<'a>,
    name: Text<'a>,
}

impl<'a> Registry<'a> {
    /// What the calls at these offsets put there.
    pub fn of(view: View<'_, 'a>, calls: impl IntoIterator<Item = u64>) -> Self {
        let calls = calls.into_iter().filter(|offset| {
            let is_registration =
                |value| look::is_name(view, value, &["copyreg", "copy_reg"], "add_extension");
            view.call_at(*offset)
                .is_some_and(|call| is_registration(call.callee))
        });
        let entry = |offset| {
            let call = view.call_at(offset)?;
            let (module, name, code) = registration(view, view.arguments(&call)?)?;
            Some(Entry {
                code,
                offset,
                module,
                name,
            })
        };
        // One that isn't understood may be of any code.
        let entries: Option<Vec<_>> = calls.map(entry).collect();
        let mut entries = entries.unwrap_or_default();
        entries.sort_by_key(|entry| (entry.code, entry.offset));
        Self { entries }
    }

    /// Module and name under a code for an opcode at `offset`, where one call before it put them there. `add_extension` refuses
    /// a second for a code, and loading ends; where the stream has one all the same, none is told.
    pub fn get(&self, code: i64, offset: u64) -> Option<(&Text<'a>, &Text<'a>)> {
        let at = self.entries.partition_point(|entry| entry.code < code);
        let mut own = self
            .entries
            .iter()
            .skip(at)
            .take_while(|entry| entry.code == code);
        let entry = own.next()?;
        (own.next().is_none() && entry.offset < offset).then_some((&entry.module, &entry.name))
    }
}

/// Whether the extension registry can be changed through a name otherwise than by `add_extension`.
pub fn may_change_registry(target: &Target<'_>) -> bool {
    const USUAL: [&[u8]; 4] = [
        b"_reconstructor",
        b"__newobj__",
        b"__newobj_ex__",
        b"add_extension",
    ];
    // No longer name has anything to do with it, but for one with dots on the way to it.
    const LONGEST: usize = 256;
    let Target::Name { module, name } = target else {
        return false;
    };
    let (Some(module), Some(name)) = (module, name) else {
        return true;
    };
    if matches!(module.bytes(), b"copyreg" | b"copy_reg") {
        return !USUAL.contains(&name.bytes());
    }
    // Others have the module or what is in it under the same names: `pickle._inverted_registry`.
    name.bytes().len() > LONGEST
        || ["copyreg", "copy_reg", "extension"]
            .iter()
            .chain(&["_inverted_registry"])
            .any(|part| name.text().contains(part))
}
