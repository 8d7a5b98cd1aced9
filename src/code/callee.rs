//! What is called, where a call of it makes a function, a class or a part of one.
//!
//! The names are those of dill, cloudpickle and Python itself; each library's file has its table. A callee that is
//! computed is told, too, in the few forms that the libraries write: `_load_type('CodeType')`,
//! `getattr(_dill, '_setattr', setattr)`.

use crate::{
    graph::{Call, View},
    machine::{Kind, Value},
    opcode::Opcode,
};

use super::{cloudpickle, dill, python};

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Does {
    /// Makes a code object of its fields.
    Code,
    /// Makes what marshal data has.
    Unmarshal,
    /// Makes a function.
    Function(Maker),
    /// Gives a function of [`Maker::Skeleton`] what it has; it is that function.
    Fill,
    /// Gives a function a dict and slots.
    FunctionState,
    /// Makes a class: metaclass, name, bases, dict.
    Class,
    /// Makes a class: name, bases, dict.
    TypeCall,
    /// Makes a class: name, bases, keywords, the function that fills its dict.
    NewClass,
    /// Makes a class without its dict: metaclass, name, bases, keywords, a number, what else.
    Skeleton,
    /// Makes an enum: bases, name, qualified name, members, module, a number, what else.
    SkeletonEnum,
    /// Gives a class its dict, and slots; of an older library it is that class.
    ClassState {
        /// Whether the dict stands alone, and the call gives the class.
        old: bool,
    },
    /// Makes a cell of what it holds.
    Cell,
    /// Makes a cell that holds nothing.
    EmptyCell,
    /// Makes a module, whose dict may come later.
    Module,
    /// Makes a module of its name and its dict.
    FilledModule,
    /// Imports a module.
    Import,
    /// Gives the type of this name.
    TypeNamed,
    /// Gives an attribute.
    GetAttr,
    /// Sets an attribute.
    SetAttr,
    /// Deletes an attribute.
    DelAttr,
    /// Makes bytes of text.
    Encode,
    /// Makes bytes, here only of nothing.
    Bytes,
    /// Makes a complex number.
    Complex,
    /// Makes a set of a list.
    Set,
    /// Makes a frozenset of a list.
    Frozenset,
    /// Makes a slice.
    Slice,
    /// Wraps functions: `staticmethod`, `classmethod`, `property`.
    Wrapper(&'static str),
    /// Puts the pairs of a dict in another.
    SetItems,
}

/// How a function is made of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Maker {
    /// `types.FunctionType(code, globals, name, defaults, closure, kwdefaults)`.
    Python,
    /// dill: code, globals, name, defaults, closure, then a dict and keyword-only defaults.
    Dill,
    /// cloudpickle: code, globals, name, defaults, closure; all but code and globals is told later.
    Cloudpickle,
    /// cloudpickle before: code, what tells the closure, globals; all else is told later.
    Skeleton,
}

/// Whose function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Library {
    /// dill, up to 0.2.7.1 in the module `dill.dill`.
    DillOld,
    /// dill, from 0.2.8 on in the module `dill._dill`.
    Dill,
    /// cloudpickle; `fast`: its module `cloudpickle_fast`.
    Cloudpickle {
        /// Whether it is of that module.
        fast: bool,
    },
    /// Python's own.
    Python,
}

impl Library {
    /// `dill`, `cloudpickle` or `Python`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DillOld | Self::Dill => "dill",
            Self::Cloudpickle { .. } => "cloudpickle",
            Self::Python => "Python",
        }
    }
}

/// A callee that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Callee {
    pub(super) does: Does,
    pub(super) library: Library,
    /// Whether `dill._dill._load_type` or its like gave it.
    pub(super) by_type: bool,
}

impl Callee {
    pub(super) const fn new(does: Does, library: Library) -> Self {
        Self {
            does,
            library,
            by_type: false,
        }
    }
}

/// How long a name may be that is read.
pub(super) const SHORT: usize = 256;

/// A call with what it calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'g> {
    pub(super) callee: Callee,
    pub(super) call: Call<'g>,
    pub(super) arguments: &'g [Value],
}

/// The call that the opcode at an offset makes, where its callee is known.
pub(super) fn known<'g>(view: View<'g, '_>, place: u64) -> Option<Known<'g>> {
    known_call(view, view.call_at(place)?)
}

/// The call that gave a value.
pub(super) fn known_value<'g>(view: View<'g, '_>, value: Value) -> Option<Known<'g>> {
    known_call(view, view.call(value)?)
}

fn known_call<'g>(view: View<'g, '_>, call: Call<'g>) -> Option<Known<'g>> {
    let arguments = view.arguments(&call)?;
    if let Some(callee) = callee(view, call.callee) {
        return Some(Known {
            callee,
            call,
            arguments,
        });
    }
    // `copyreg.__newobj__(class, …)` is what NEWOBJ is from protocol 2 on.
    let (module, name) = short(view, call.callee)?;
    if call.how == Opcode::Reduce
        && matches!(module.as_ref(), "copyreg" | "copy_reg")
        && name == "__newobj__"
    {
        let (class, arguments) = arguments.split_first()?;
        return Some(Known {
            callee: callee(view, *class)?,
            call,
            arguments,
        });
    }
    None
}

/// Module and name of a lookup, where they are short.
pub(super) fn short<'a>(
    view: View<'_, 'a>,
    value: Value,
) -> Option<(std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)> {
    use crate::decode::text::Text;
    match view.short_name(value, SHORT)? {
        (Text::Str(module), Text::Str(name)) => Some((module, name)),
        _ => None,
    }
}

/// Short text.
pub(super) fn text<'a>(view: View<'_, 'a>, value: Value) -> Option<std::borrow::Cow<'a, str>> {
    if !matches!(value.kind(), Kind::Str | Kind::OldStr) || view.written(value)?.len() > SHORT {
        return None;
    }
    view.text(value)
}

/// What is known of a callee.
pub(super) fn callee(view: View<'_, '_>, value: Value) -> Option<Callee> {
    if value.kind() == Kind::Global {
        return named(view, value);
    }
    let call = view.call(value).filter(|call| call.how == Opcode::Reduce)?;
    let arguments = view.arguments(&call)?;
    let by = named(view, call.callee)?;
    match (by.does, arguments) {
        (Does::TypeNamed, &[name]) => {
            let does = python::of_type(&text(view, name)?)?;
            Some(Callee {
                does,
                library: by.library,
                by_type: true,
            })
        }
        // `getattr(dill._dill, '_setattr', setattr)`: dill has such a name of its own on Python 2 only.
        (Does::GetAttr, &[module, name] | &[module, name, _]) => {
            let name = text(view, name)?;
            let module = module_named(view, module)?;
            of_name(&module, &name)
        }
        _ => None,
    }
}

fn named(view: View<'_, '_>, value: Value) -> Option<Callee> {
    let (module, name) = short(view, value)?;
    of_name(&module, &name)
}

/// The name of a module that a value is.
pub(super) fn module_named(view: View<'_, '_>, value: Value) -> Option<String> {
    if let Some((module, name)) = short(view, value) {
        return Some(format!("{module}.{name}"));
    }
    let call = view.call(value)?;
    let &[name, ..] = view.arguments(&call)? else {
        return None;
    };
    (named(view, call.callee)?.does == Does::Import)
        .then(|| text(view, name))
        .flatten()
        .map(|name| name.into_owned())
}

/// What is known of a name.
pub(super) fn of_name(module: &str, name: &str) -> Option<Callee> {
    dill::of_name(module, name)
        .or_else(|| cloudpickle::of_name(module, name))
        .or_else(|| python::of_name(module, name))
}
