//! What a file could do with a name that its loader has been told to allow.
//!
//! An unpickler that looks up no more than a list, such as `torch.load(weights_only=True)`, still calls what is on the list, with
//! any arguments that the file has. Once a name of those here is allowed, the file can run anything, or read and write files.
//! Of the standard library only what holds data is taken to be harmless; of other packages it can't be known: those named here
//! are sure to be harmful, and others aren't sure to be harmless.
//!
//! ```
//! use pickscope::lookup::allowing::{Harm, harm};
//!
//! assert_eq!(harm("builtins", "getattr"), Some(Harm::Reaches));
//! assert_eq!(harm("torch.storage", "_load_from_bytes"), Some(Harm::Loads));
//! assert_eq!(harm("argparse", "Namespace"), None);
//! assert_eq!(harm("mymodel", "Net"), None);
//! ```

use crate::machine::loaders::loads_a_pickle;

use super::names::{self, Kind};

/// What it does when a file calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Harm {
    /// It loads a pickle, and looks up whatever that names.
    Loads,
    /// It is a function of Python's own that leads to any other, or to files.
    Reaches,
    /// It is a function of the standard library, and none with which picklers rebuild data.
    Function,
    /// It is a class or a value of the standard library that doesn't hold data alone.
    Acts,
    /// It makes functions, compiles code, or runs it.
    Runs,
}

impl Harm {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Loads => "loads a pickle",
            Self::Reaches => "reaches",
            Self::Function => "function",
            Self::Acts => "acts",
            Self::Runs => "runs code",
        }
    }

    /// In words, of what the name stands for.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Loads => "it loads another pickle, without any list",
            Self::Reaches => "with it the file gets at any function, or at files",
            Self::Function => "a function of the standard library, and none that rebuilds data",
            Self::Acts => "it is of the standard library, and does more than hold data",
            Self::Runs => "it makes or runs code that the file brings",
        }
    }
}

/// What harm a name does that is allowed; `None` where none is known. Names are those of Python 3.
pub fn harm(module: &str, name: &str) -> Option<Harm> {
    let first = module.split('.').next().unwrap_or(module);
    if loads_a_pickle(module.as_bytes(), name.as_bytes()) {
        return Some(Harm::Loads);
    }
    // What that has is the program's own.
    if matches!(first, "__main__" | "__mp_main__") {
        return None;
    }
    if names::module(module).is_some() || names::module(first).is_some() {
        return of_standard(module, name);
    }
    if RUNS.iter().any(|own| own.has(module, name)) {
        return Some(Harm::Runs);
    }
    of_another(module, name)
}

/// A module with all below it, or some names of it.
struct Names {
    module: &'static str,
    /// All, if there are none.
    names: &'static [&'static str],
}

impl Names {
    fn has(&self, module: &str, name: &str) -> bool {
        if !self.names.is_empty() {
            return self.module == module && self.names.contains(&name);
        }
        module
            .strip_prefix(self.module)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

const fn all(module: &'static str) -> Names {
    Names { module, names: &[] }
}

const fn some(module: &'static str, names: &'static [&'static str]) -> Names {
    Names { module, names }
}

fn of_standard(module: &str, name: &str) -> Option<Harm> {
    if DATA
        .iter()
        .any(|own| own.module == module && own.has(module, name))
    {
        return None;
    }
    let kind = names::find(module, name).map(|entry| entry.kind);
    match kind {
        Some(Kind::Exception) => None,
        Some(Kind::Class) if DATA_CLASSES.contains(&module) => None,
        _ if module == "builtins" && RUN_ANYTHING.contains(&name) => Some(Harm::Reaches),
        Some(Kind::Function | Kind::Builtin | Kind::Callable) => Some(Harm::Function),
        _ => Some(Harm::Acts),
    }
}

/// What another package shows under a name of its own: `numpy.testing.os.system`, `six.moves.builtins.eval`.
fn of_another(module: &str, name: &str) -> Option<Harm> {
    let path = format!("{module}.{name}");
    let (outer, last) = path.rsplit_once('.')?;
    if RUN_ANYTHING.contains(&last) {
        return Some(Harm::Reaches);
    }
    // The last part of what stands before it may be a module that was imported there.
    let through = outer.rsplit('.').next()?;
    match names::find(through, last)?.kind {
        Kind::Function | Kind::Builtin if PROCESS.contains(&through) => Some(Harm::Function),
        Kind::Class if PROCESS.contains(&through) => Some(Harm::Acts),
        _ => None,
    }
}

/// Functions of `builtins` that lead to any other, or to files: whoever shows them.
const RUN_ANYTHING: &[&str] = &[
    "__import__",
    "apply",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "getattr",
    "globals",
    "input",
    "locals",
    "open",
    "setattr",
    "vars",
];

/// Modules that other packages have imported under their own names, and through which anything can be run.
const PROCESS: &[&str] = &[
    "builtins",
    "code",
    "ctypes",
    "functools",
    "importlib",
    "marshal",
    "nt",
    "operator",
    "os",
    "posix",
    "pty",
    "runpy",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "types",
];

/// Classes of these modules hold data.
const DATA_CLASSES: &[&str] = &[
    "collections",
    "datetime",
    "decimal",
    "fractions",
    "ipaddress",
    "numbers",
    "pathlib",
    "pathlib._local",
    "uuid",
];

/// And so do these. `_reconstructor` and its kind (Lib/copyreg.py) make instances of classes that have to be allowed too;
/// `_compile` is what a pattern is rebuilt with (Lib/re.py, `_pickle`).
const DATA: &[Names] = &[
    some("_codecs", &["encode"]),
    some("argparse", &["Namespace"]),
    some("array", &["_array_reconstructor", "array"]),
    some(
        "builtins",
        &[
            "Ellipsis",
            "NotImplemented",
            "bool",
            "bytearray",
            "bytes",
            "complex",
            "dict",
            "float",
            "frozenset",
            "int",
            "list",
            "object",
            "range",
            "set",
            "slice",
            "str",
            "tuple",
        ],
    ),
    some(
        "copyreg",
        &["__newobj__", "__newobj_ex__", "_reconstructor"],
    ),
    some("enum", &["Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"]),
    some("random", &["Random"]),
    some("re", &["_compile"]),
    some("time", &["struct_time"]),
    some("types", &["SimpleNamespace"]),
];

/// What of other packages makes functions from what it is given, or compiles and runs text. What a package
/// isn't listed for may do the same.
const RUNS: &[Names] = &[
    // Both rebuild functions, classes, modules and code from the stream, in any of their modules, and in the copies of them.
    all("cloudpickle"),
    all("dill"),
    all("joblib.externals"),
    all("pyspark.cloudpickle"),
    all("ray.cloudpickle"),
    // Evaluates text.
    some("pandas", &["eval"]),
    all("pandas.core.computation"),
    // `runstring` executes its argument; numpy.testing also has `rundocs`.
    all("numpy.testing"),
    all("numpy.f2py"),
    all("numpy.distutils"),
    // `reduce_graph_module` executes the `_code` of its argument.
    all("torch.fx"),
    all("torch._dynamo"),
    all("torch._inductor"),
    // Downloads a repository and imports its `hubconf.py`.
    all("torch.hub"),
    all("torch.jit"),
    all("torch.package"),
    // Compile and load C++.
    all("torch.utils.cpp_extension"),
    // `PythonUDF`, and pickles from other processes.
    all("torch.distributed.rpc"),
    // Parse and evaluate text.
    some("sympy", &["sympify", "parse_expr", "lambdify"]),
    some("sympy.core.sympify", &["sympify"]),
    all("sympy.parsing"),
    all("IPython"),
    all("pip"),
    all("pkg_resources"),
    all("setuptools"),
];
