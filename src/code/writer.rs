//! Who wrote a function: which library, and which of its releases.

use super::{
    callee::{Library, Maker},
    cloudpickle, dill,
    object::Layout,
};

/// Who wrote something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Writer {
    /// `dill`, `cloudpickle`, or `Python` where the call is of Python's own types.
    pub library: &'static str,
    /// Its releases that write so: `<=0.2.4`, `0.3.6 or newer`; `None` where that can't be told.
    pub versions: Option<&'static str>,
    /// The package that carries a copy of the library: `joblib.externals`.
    pub inside: Option<String>,
}

/// What tells who wrote a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub(super) library: Library,
    pub(super) maker: Maker,
    /// How many arguments the function was made of.
    pub(super) arguments: usize,
    /// How its code is written.
    pub(super) code: Option<dill::CodeForm>,
    pub(super) layout: Option<Layout>,
    /// How it was told what it has.
    pub(super) state: Option<cloudpickle::State>,
}

impl Evidence {
    pub(super) fn versions(&self) -> Option<&'static str> {
        match self.library {
            Library::DillOld | Library::Dill => dill::versions(self),
            Library::Cloudpickle { .. } => cloudpickle::versions(self),
            Library::Python => None,
        }
    }
}
