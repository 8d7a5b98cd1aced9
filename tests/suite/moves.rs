//! What libraries moved: the table's form, and what it answers.

use pickscope::lookup::moves::{Change, Side, all, find, install, installs};

const MOVES: &str = include_str!("../../src/lookup/moves.tsv");
const INSTALLS: &str = include_str!("../../src/lookup/installs.tsv");

#[test]
fn each_row_is_well_formed() {
    let rows: Vec<Vec<&str>> = MOVES.lines().map(|row| row.split('\t').collect()).collect();
    assert!(rows.is_sorted());
    assert!(rows.len() > 100, "{}", rows.len());
    for (row, of) in rows.iter().zip(all()) {
        assert_eq!(row.len(), 11, "{row:?}");
        assert!(of.old.is_some() || of.new.is_some(), "{row:?}");
        assert!(!of.library.is_empty() && !of.fix.is_empty(), "{row:?}");
        assert!(of.measured || of.evidence().next().is_some(), "{row:?}");
        assert!(
            of.evidence().all(|link| link.starts_with("https://")),
            "{row:?}"
        );
        let (old, new) = (of.old.is_some(), of.new.is_some());
        match of.change {
            Change::Renamed | Change::RenamedAndMore => assert!(old && new, "{row:?}"),
            Change::Removed => assert!(old && !new && of.removed.is_some(), "{row:?}"),
            Change::Added => assert!(!old && new && of.changed.is_some(), "{row:?}"),
            Change::Changed | Change::Marker => assert!(old && !new, "{row:?}"),
        }
        // Each pattern finds its own row, on its own side.
        for (pattern, side) in [(of.old, Side::Old), (of.new, Side::New)] {
            let Some(pattern) = pattern else { continue };
            let name = pattern.name.unwrap_or("anything");
            assert!(
                find(pattern.module, name)
                    .any(|found| found.of == of && (found.side == side || of.old == of.new)),
                "{row:?}"
            );
        }
    }
}

#[test]
fn names_are_mapped_in_both_directions() {
    let mapped = |module, name| {
        find(module, name).find_map(|found| {
            found
                .mapped()
                .map(|(module, name)| format!("{module}.{name}"))
        })
    };
    for (module, name, other) in [
        (
            "numpy._core.multiarray",
            "_reconstruct",
            "numpy.core.multiarray._reconstruct",
        ),
        (
            "numpy.core.multiarray",
            "scalar",
            "numpy._core.multiarray.scalar",
        ),
        (
            "numpy._core.numeric",
            "_frombuffer",
            "numpy.core.numeric._frombuffer",
        ),
        (
            "numpy.random._bit_generator",
            "SeedSequence",
            "numpy.random.bit_generator.SeedSequence",
        ),
        (
            "pandas.core.indexes.numeric",
            "Int64Index",
            "pandas.core.indexes.base.Index",
        ),
        (
            "scipy.sparse.csr",
            "csr_matrix",
            "scipy.sparse._csr.csr_matrix",
        ),
        (
            "scipy.sparse._csr",
            "csr_matrix",
            "scipy.sparse.csr.csr_matrix",
        ),
        (
            "dill.dill",
            "_create_function",
            "dill._dill._create_function",
        ),
        (
            "sklearn.externals.joblib.numpy_pickle",
            "NumpyArrayWrapper",
            "joblib.numpy_pickle.NumpyArrayWrapper",
        ),
    ] {
        assert_eq!(
            mapped(module, name).as_deref(),
            Some(other),
            "{module}.{name}"
        );
    }
    // A mapping alone doesn't make these load.
    for (module, name) in [
        ("sklearn.ensemble.forest", "RandomForestClassifier"),
        ("sklearn.tree._tree", "Tree"),
        ("pandas._libs.internals", "_unpickle_block"),
        ("__builtin__", "__main__"),
    ] {
        assert!(find(module, name).next().is_some(), "{module}.{name}");
        assert_eq!(mapped(module, name), None, "{module}.{name}");
    }
    for (module, name) in [
        ("numpy.corelike", "x"),
        ("numpy", "ndarray"),
        ("", ""),
        ("sklearn", "x"),
    ] {
        assert!(find(module, name).next().is_none(), "{module}.{name}");
    }
    let forest = find("sklearn.ensemble.forest", "ExtraTree")
        .next()
        .expect("it is known");
    assert_eq!((forest.side, forest.of.removed), (Side::Old, Some("0.24")));
    assert_eq!(
        forest.other(),
        Some(("sklearn.ensemble._forest".to_owned(), "ExtraTree"))
    );
}

#[test]
fn a_module_tells_what_to_install() {
    let rows: Vec<&str> = INSTALLS.lines().collect();
    assert!(rows.is_sorted() && rows.len() > 150);
    assert_eq!(installs().count(), rows.len());
    for (module, distribution) in installs() {
        assert_eq!(install(module), Some(distribution));
        assert_eq!(install(&format!("{module}.below")), Some(distribution));
        assert!(!distribution.is_empty() && !distribution.contains(' '));
    }
    assert_eq!(install("cv2"), Some("opencv-python"));
    assert_eq!(install("PIL.Image"), Some("Pillow"));
    assert_eq!(
        install("google.cloud.storage.client"),
        Some("google-cloud-storage")
    );
    assert_eq!(install("google.auth"), None);
    assert_eq!(install("mymodule"), None);
}
