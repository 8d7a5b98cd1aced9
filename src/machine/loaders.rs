//! What loads a pickle when it is called.
//!
//! What such a call looks up isn't in the stream that calls: it is in a string of bytes, or in a file.

/// Whether what has this name loads a pickle that its argument holds or names.
///
/// A dotted name is reached through attributes: `pandas.io.pickle`, `pickle.loads`, is the `loads` of a `pickle` that
/// another module has imported.
pub(crate) fn loads_a_pickle(module: &[u8], name: &[u8]) -> bool {
    if module.len() > LONGEST || name.len() > LONGEST {
        return false;
    }
    let is = |module: &[u8], name: &[u8]| {
        LOADERS
            .iter()
            .filter(|(known, _)| known.as_bytes() == module)
            .any(|(_, names)| names.iter().any(|known| known.as_bytes() == name))
    };
    let dot = name.iter().rposition(|byte| *byte == b'.');
    is(module, name)
        || dot.is_some_and(|dot| {
            let (through, name) = name.split_at(dot);
            let through = through.rsplit(|byte| *byte == b'.').next();
            is(
                through.unwrap_or_default(),
                name.get(1..).unwrap_or_default(),
            )
        })
}

/// No module below and no name is longer.
const LONGEST: usize = 48;

const _: () = {
    let mut rows = LOADERS;
    while let [(module, names), rest @ ..] = rows {
        let mut names = *names;
        while let [name, rest @ ..] = names {
            assert!(module.len() <= LONGEST && name.len() <= LONGEST);
            names = rest;
        }
        rows = rest;
    }
};

/// Modules, and what of them loads a pickle.
///
/// `marshal` isn't among them: what it reads makes objects of code and looks nothing up.
const LOADERS: &[(&str, &[&str])] = &[
    // Lib/pickle.py: `loads` and `load` are C's where that is there, `_loads` and `_load` are Python's (3.x); 2.7 has two.
    ("pickle", &["loads", "load", "_loads", "_load"]),
    // Modules/_pickle.c, 3.x.
    ("_pickle", &["loads", "load"]),
    // Modules/cPickle.c, 2.x.
    ("cPickle", &["loads", "load"]),
    // six 1.x, six.py, _moved_attributes: cPickle or pickle.
    ("six.moves.cPickle", &["loads", "load"]),
    // Lib/shelve.py: gives a mapping, whose every item is a pickle that is loaded when it is asked for.
    (
        "shelve",
        &["open", "Shelf", "BsdDbShelf", "DbfilenameShelf"],
    ),
    // Lib/multiprocessing/reduction.py, 3.x: `loads = pickle.loads`.
    ("multiprocessing.reduction", &["ForkingPickler.loads"]),
    // Lib/tracemalloc.py, 3.4 and later: a snapshot's file.
    ("tracemalloc", &["Snapshot.load"]),
    // Lib/trace.py: CoverageResults reads the counts of `infile`, a pickle since 2.3 (3.x, 2.7).
    ("trace", &["CoverageResults"]),
    // Lib/lib2to3/pgen2/driver.py, 2.6 to 3.12: a grammar's cache, by Grammar.load in pgen2/grammar.py.
    (
        "lib2to3.pgen2.driver",
        &["load_grammar", "load_packaged_grammar"],
    ),
    // PyPI's pickle5 (for 3.5 to 3.7) and zodbpickle: pickle.py and _pickle.c under other names.
    ("pickle5", &["loads", "load", "_loads", "_load"]),
    ("pickle5.pickle", &["loads", "load", "_loads", "_load"]),
    ("zodbpickle.pickle", &["loads", "load"]),
    ("zodbpickle.fastpickle", &["loads", "load"]),
    ("zodbpickle.slowpickle", &["loads", "load"]),
    // dill: dill/__init__.py has them from dill.py (up to 0.2.8), _dill.py (0.2.9 and later) and session.py (0.3.6 and later);
    // `copy` is loads(dumps(…)).
    (
        "dill",
        &[
            "loads",
            "load",
            "copy",
            "load_session",
            "load_module",
            "load_module_asdict",
        ],
    ),
    ("dill.dill", &["loads", "load", "copy", "load_session"]),
    ("dill._dill", &["loads", "load", "copy", "load_session"]),
    (
        "dill.session",
        &["load_session", "load_module", "load_module_asdict"],
    ),
    // dill/temp.py: a temporary file or a buffer that `dump` wrote.
    ("dill.temp", &["load", "loadIO"]),
    // cloudpickle: `load, loads = pickle.load, pickle.loads` in cloudpickle.py, and in cloudpickle_fast.py of 1.3 to 2.2;
    // also as joblib, pyspark and ray carry it.
    ("cloudpickle", &["loads", "load"]),
    ("cloudpickle.cloudpickle", &["loads", "load"]),
    ("cloudpickle.cloudpickle_fast", &["loads", "load"]),
    ("joblib.externals.cloudpickle", &["loads", "load"]),
    (
        "joblib.externals.cloudpickle.cloudpickle",
        &["loads", "load"],
    ),
    (
        "joblib.externals.cloudpickle.cloudpickle_fast",
        &["loads", "load"],
    ),
    ("pyspark.cloudpickle", &["loads", "load"]),
    ("pyspark.cloudpickle.cloudpickle", &["loads", "load"]),
    ("ray.cloudpickle", &["loads", "load"]),
    ("ray.cloudpickle.cloudpickle", &["loads", "load"]),
    // joblib/numpy_pickle.py; files before 0.10 are read by numpy_pickle_compat.py. scikit-learn carried it up to 0.22.
    ("joblib", &["load"]),
    (
        "joblib.numpy_pickle",
        &["load", "load_temporary_memmap", "_unpickle"],
    ),
    ("joblib.numpy_pickle_compat", &["load_compatibility"]),
    ("sklearn.externals.joblib", &["load"]),
    ("sklearn.externals.joblib.numpy_pickle", &["load"]),
    // numpy: `load` reads a pickle where `allow_pickle` is true, which was the default before 1.16.3. It is in npyio.py up to
    // 1.26, in _npyio_impl.py from 2.0 on; `read_array` in format.py, from 2.3 on in _format_impl.py. `loads` was pickle's,
    // up to 1.22.
    ("numpy", &["load", "loads"]),
    ("numpy.lib.npyio", &["load", "loads"]),
    ("numpy.lib._npyio_impl", &["load"]),
    ("numpy.lib.format", &["read_array"]),
    ("numpy.lib._format_impl", &["read_array"]),
    // numpy/ma/core.py, up to 1.15.
    ("numpy.ma", &["load", "loads"]),
    ("numpy.ma.core", &["load", "loads"]),
    // pandas/io/pickle.py; pandas/compat/pickle_compat.py reads what older versions wrote.
    ("pandas", &["read_pickle"]),
    ("pandas.io.api", &["read_pickle"]),
    ("pandas.io.pickle", &["read_pickle"]),
    ("pandas.compat.pickle_compat", &["load", "loads"]),
    // torch/serialization.py: `weights_only`, the default since 2.6, restricts the names. `_load_from_bytes` in storage.py, 0.4
    // and later, is what a storage is written as outside of torch.save; since 2.6 it asks for no restriction.
    ("torch", &["load"]),
    ("torch.serialization", &["load", "_load", "_legacy_load"]),
    ("torch.storage", &["_load_from_bytes"]),
    // torch/hub.py: downloads what it loads.
    ("torch.hub", &["load_state_dict_from_url"]),
    // distributed/protocol/pickle.py.
    ("distributed.protocol.pickle", &["loads"]),
];
