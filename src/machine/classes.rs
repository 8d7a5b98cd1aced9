//! What makes classes when it is called, and where among its arguments the bases are.

/// The place among a callee's arguments of the tuple of bases, if what it makes is a class.
///
/// A metaclass of the user's own can't be told from any other class, and isn't known here.
pub(super) fn bases(module: &str, name: &str) -> Option<usize> {
    let own = module.rsplit('.').next().unwrap_or(module);
    Some(match (module, own, name) {
        // type(name, bases, dict), Objects/typeobject.c, type_new.
        ("builtins" | "__builtin__", _, "type") => 1,
        // Its other names in Lib/types.py of Python 2, and that of its classes without a metaclass (Objects/classobject.c).
        ("types", _, "TypeType" | "ClassType") | ("__builtin__", _, "classobj") => 1,
        // new_class(name, bases, kwds, exec_body), Lib/types.py, 3.3 and later.
        ("types", _, "new_class") => 1,
        // Metaclasses of the standard library, as `type`: Lib/abc.py, Lib/enum.py (EnumType since 3.11).
        ("abc", _, "ABCMeta") | ("enum", _, "EnumMeta" | "EnumType") => 1,
        // _create_type(metaclass, name, bases, dict), dill/dill.py up to 0.2.8 and dill/_dill.py since.
        ("dill.dill" | "dill._dill", _, "_create_type") => 2,
        // _make_skeleton_class(metaclass, name, bases, …) and _make_skeleton_enum(bases, …), cloudpickle/cloudpickle.py, 1.2
        // and later; also as joblib, pyspark and ray carry it.
        (_, "cloudpickle", "_make_skeleton_class") => 2,
        (_, "cloudpickle", "_make_skeleton_enum") => 0,
        _ => return None,
    })
}
