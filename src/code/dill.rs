//! dill 0.2 to 0.4: what its functions do, and which of its releases write what.

use super::{
    callee::{Callee, Does, Library, Maker},
    object::Layout,
    writer::Evidence,
};

/// What a function of dill's does. dill was one module, `dill.dill`, up to 0.2.7.1; `dill._dill` followed, which loads the
/// names of the old one. (`_dill.py`; when each came: `CodeTypes` in its history.)
pub(super) fn of_name(module: &str, name: &str) -> Option<Callee> {
    let library = match module {
        "dill.dill" => Library::DillOld,
        "dill._dill" | "dill._shims._dill" | "dill" | "dill._shims" => Library::Dill,
        _ if module.ends_with(".dill.dill") => Library::DillOld,
        _ if module.ends_with(".dill._dill") => Library::Dill,
        _ => return None,
    };
    let does = match name {
        "_create_function" => Does::Function(Maker::Dill),
        "_create_code" => Does::Code,
        "_unmarshal" => Does::Unmarshal,
        "_create_type" => Does::Class,
        "_create_cell" => Does::Cell,
        "_load_type" => Does::TypeNamed,
        "_import_module" => Does::Import,
        "_get_attr" => Does::GetAttr,
        "_setattr" => Does::SetAttr,
        "_delattr" => Does::DelAttr,
        "_setitems" => Does::SetItems,
        // What `_get_attr(_import_module('_codecs'), 'encode')` gives is no name of dill's.
        _ => return None,
    };
    Some(Callee::new(does, library))
}

/// How dill writes the code of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeForm {
    /// `_unmarshal`.
    Marshal,
    /// `_load_type('CodeType')`.
    Type,
    /// `_create_code`.
    Create,
    /// `_create_code`, with `co_lnotab` before the fields.
    CreateLed,
}

/// A row of what is known of releases.
struct Release {
    module: Library,
    code: CodeForm,
    /// How many arguments `_create_function` gets.
    arguments: &'static [usize],
    /// Whether on Python 2; `None` for either.
    python2: Option<bool>,
    versions: &'static str,
}

/// Which releases write what. Measured with the releases named in `tools/corpus.py` and others between, each on the Pythons
/// that it runs on; the functions are `save_code` and `save_function` of `dill/_dill.py`.
const RELEASES: &[Release] = &[
    row(Library::DillOld, CodeForm::Marshal, &[6], None, "<=0.2.4"),
    row(
        Library::DillOld,
        CodeForm::Type,
        &[6],
        None,
        "0.2.5 to 0.2.7.1",
    ),
    row(
        Library::Dill,
        CodeForm::Type,
        &[6],
        Some(true),
        "0.2.8 to 0.3.1.1",
    ),
    row(
        Library::Dill,
        CodeForm::Type,
        &[6],
        Some(false),
        "0.2.8 to 0.3.0",
    ),
    row(
        Library::Dill,
        CodeForm::Type,
        &[7],
        Some(false),
        "0.3.1 to 0.3.1.1",
    ),
    row(
        Library::Dill,
        CodeForm::Create,
        &[6],
        Some(true),
        "0.3.2 to 0.3.4",
    ),
    row(
        Library::Dill,
        CodeForm::Create,
        &[7],
        Some(false),
        "0.3.2 to 0.3.4",
    ),
    row(
        Library::Dill,
        CodeForm::Create,
        &[5],
        Some(true),
        "0.3.5 to 0.3.5.1",
    ),
    row(
        Library::Dill,
        CodeForm::Create,
        &[5],
        Some(false),
        "0.3.5 or newer",
    ),
    row(
        Library::Dill,
        CodeForm::CreateLed,
        &[5],
        Some(false),
        "0.3.6 or newer",
    ),
];

const fn row(
    module: Library,
    code: CodeForm,
    arguments: &'static [usize],
    python2: Option<bool>,
    versions: &'static str,
) -> Release {
    Release {
        module,
        code,
        arguments,
        python2,
        versions,
    }
}

/// The releases that write a function so.
pub(super) fn versions(evidence: &Evidence) -> Option<&'static str> {
    let is_old = evidence.layout.map(|layout| layout == Layout::A);
    RELEASES
        .iter()
        .find(|release| {
            release.module == evidence.library
                && Some(release.code) == evidence.code
                && release.arguments.contains(&evidence.arguments)
                && (release.python2.is_none() || release.python2 == is_old)
        })
        .map(|release| release.versions)
        .or_else(|| module_versions(evidence.library))
}

/// The releases that have a module.
pub(super) const fn module_versions(library: Library) -> Option<&'static str> {
    match library {
        Library::DillOld => Some("<=0.2.7.1"),
        Library::Dill => Some("0.2.8 or newer"),
        _ => None,
    }
}

/// The releases that make classes of `typing.Generic` by `types.new_class`. (`save_type`.)
pub(super) const GENERICS: &str = "0.3.7 or newer";
