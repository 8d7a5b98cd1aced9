//! What Python itself makes functions, classes and their parts with.

use super::callee::{Callee, Does, Library, Maker};

/// What a name of the standard library does. (`Lib/types.py`, `Python/bltinmodule.c`; Python 2 has `new` beside.)
pub(super) fn of_name(module: &str, name: &str) -> Option<Callee> {
    let does = match (module, name) {
        ("types", "CodeType") | ("new", "code") => Does::Code,
        ("types", "FunctionType" | "LambdaType") | ("new", "function") => {
            Does::Function(Maker::Python)
        }
        ("types", "CellType") => Does::Cell,
        ("types", "ModuleType") | ("new" | "imp", "module" | "new_module") => Does::Module,
        ("types", "new_class") => Does::NewClass,
        ("types", "ClassType" | "TypeType") | ("new", "classobj") => Does::TypeCall,
        ("marshal", "loads") => Does::Unmarshal,
        ("importlib", "import_module") => Does::Import,
        ("_codecs", "encode") => Does::Encode,
        ("__builtin__" | "builtins", name) => match name {
            "type" => Does::TypeCall,
            "getattr" => Does::GetAttr,
            "setattr" => Does::SetAttr,
            "delattr" => Does::DelAttr,
            "bytes" => Does::Bytes,
            "complex" => Does::Complex,
            "set" => Does::Set,
            "frozenset" => Does::Frozenset,
            "slice" => Does::Slice,
            "staticmethod" => Does::Wrapper("staticmethod"),
            "classmethod" => Does::Wrapper("classmethod"),
            "property" => Does::Wrapper("property"),
            "__import__" => Does::Import,
            _ => return None,
        },
        _ => return None,
    };
    Some(Callee::new(does, Library::Python))
}

/// What a call of a type does that dill's `_load_type` or cloudpickle's `_builtin_type` gave: names of the module `types`,
/// or of dill's own table (`_typemap` in `dill/_dill.py`).
pub(super) fn of_type(name: &str) -> Option<Does> {
    Some(match name {
        "CodeType" => Does::Code,
        "FunctionType" | "LambdaType" => Does::Function(Maker::Python),
        "CellType" => Does::Cell,
        "ModuleType" => Does::Module,
        "ClassType" | "TypeType" | "type" => Does::TypeCall,
        "BytesType" | "bytes" => Does::Bytes,
        "ComplexType" | "complex" => Does::Complex,
        "SetType" | "set" => Does::Set,
        "FrozenSetType" | "frozenset" => Does::Frozenset,
        "SliceType" | "slice" => Does::Slice,
        "StaticMethodType" | "staticmethod" => Does::Wrapper("staticmethod"),
        "ClassMethodType" | "classmethod" => Does::Wrapper("classmethod"),
        "PropertyType" | "property" => Does::Wrapper("property"),
        _ => return None,
    })
}

/// What a type is called that dill has under a name of Python 2's module `types`. (`Lib/types.py`.)
pub(super) fn type_title(name: &str) -> &str {
    match name {
        "ObjectType" => "object",
        "TypeType" => "type",
        "IntType" => "int",
        "LongType" => "long",
        "FloatType" => "float",
        "BooleanType" => "bool",
        "ComplexType" => "complex",
        "StringType" => "str",
        "UnicodeType" => "unicode",
        "TupleType" => "tuple",
        "ListType" => "list",
        "DictType" | "DictionaryType" => "dict",
        "SetType" => "set",
        "FrozenSetType" => "frozenset",
        "BytesType" => "bytes",
        other => other,
    }
}
