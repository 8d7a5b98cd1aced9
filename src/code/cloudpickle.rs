//! cloudpickle 0.2 to 3.1, under whatever path it is copied to: what its functions do, and which of its releases write what.

use super::{
    callee::{Callee, Does, Library, Maker},
    writer::Evidence,
};

/// What a function of cloudpickle's does. Copies stand in joblib and loky (`joblib.externals.cloudpickle`), PySpark
/// (`pyspark.cloudpickle`) and Ray (`ray.cloudpickle`). (`cloudpickle.py`, `cloudpickle_fast.py`.)
pub(super) fn of_name(module: &str, name: &str) -> Option<Callee> {
    let mut parts = module.split('.');
    parts.find(|part| matches!(*part, "cloudpickle" | "cloudpickle_fast"))?;
    let fast = module.ends_with("cloudpickle_fast");
    let does = match name {
        "_make_skel_func" => Does::Function(Maker::Skeleton),
        "_fill_function" => Does::Fill,
        "_make_function" => Does::Function(Maker::Cloudpickle),
        "_function_setstate" => Does::FunctionState,
        "_make_skeleton_class" => Does::Skeleton,
        "_make_skeleton_enum" => Does::SkeletonEnum,
        "_class_setstate" => Does::ClassState { old: false },
        "_rehydrate_skeleton_class" => Does::ClassState { old: true },
        "_make_cell" => Does::Cell,
        "_make_empty_cell" => Does::EmptyCell,
        "_builtin_type" => Does::TypeNamed,
        "subimport" => Does::Import,
        "dynamic_subimport" => Does::FilledModule,
        _ => return None,
    };
    Some(Callee::new(does, Library::Cloudpickle { fast }))
}

/// The package that a copy stands in: `joblib.externals` of `joblib.externals.cloudpickle.cloudpickle`.
pub(super) fn copied_in(module: &str) -> Option<&str> {
    let at = module.find("cloudpickle")?;
    module
        .get(..at)?
        .strip_suffix('.')
        .filter(|package| !package.is_empty())
}

/// How cloudpickle tells what a function has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// `_fill_function`, with so many arguments.
    Filled(usize),
    /// `cloudpickle_fast._function_setstate`.
    Fast,
    /// `cloudpickle._function_setstate`.
    Set,
}

/// Which releases write what: who makes the function, and how it is told what it has. Measured with the releases named in
/// `tools/corpus.py` and others between; the arguments of `_fill_function` are those that it says it takes.
const RELEASES: &[(Maker, State, &str)] = &[
    (Maker::Skeleton, State::Filled(4), "0.2"),
    (Maker::Skeleton, State::Filled(5), "0.3 to 0.4.0"),
    (Maker::Skeleton, State::Filled(6), "0.4.1 to 0.4.3"),
    (Maker::Skeleton, State::Filled(2), "0.4.4 to 1.3"),
    (Maker::Python, State::Fast, "1.3 to 2.1"),
    (Maker::Cloudpickle, State::Fast, "2.2"),
    (Maker::Cloudpickle, State::Set, "3.0 or newer"),
];

/// The releases that write a function so.
pub(super) fn versions(evidence: &Evidence) -> Option<&'static str> {
    RELEASES
        .iter()
        .find(|(maker, state, _)| *maker == evidence.maker && Some(*state) == evidence.state)
        .map(|(_, _, versions)| *versions)
}

/// The releases that give a class its dict so: `_class_setstate` in the module that it is in, or, `old`, what was before.
pub(super) const fn class_versions(library: Library, old: bool) -> Option<&'static str> {
    match (library, old) {
        (_, true) => Some("<=1.3"),
        (Library::Cloudpickle { fast: true }, false) => Some("1.3 to 2.2"),
        (_, false) => Some("3.0 or newer"),
    }
}
