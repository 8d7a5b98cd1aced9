//! The nearest of all names of the standard library.

use std::time::Duration;

use pickscope::lookup::{
    names,
    near::{How, nearest, nearest_words, standard},
};

use crate::clock::timed;

#[test]
fn misses_find_what_was_meant() {
    for (module, name, meant, how) in [
        (
            "collections",
            "OrderdDict",
            "collections.OrderedDict",
            How::Spelling,
        ),
        (
            "collections",
            "ordereddict",
            "collections.OrderedDict",
            How::Case,
        ),
        (
            "colections",
            "OrderedDict",
            "collections.OrderedDict",
            How::Spelling,
        ),
        (
            "copy_reg\r",
            "_reconstructor",
            "copy_reg._reconstructor",
            How::Trimmed,
        ),
        (
            "copy_reg",
            "_reconstructor ",
            "copy_reg._reconstructor",
            How::Trimmed,
        ),
        (
            "copyreg",
            "_reconstuctor",
            "copyreg._reconstructor",
            How::Spelling,
        ),
        ("datetime", "datetiem", "datetime.datetime", How::Spelling),
        (
            "concurrent",
            "ThreadPoolExecutor",
            "concurrent.futures.ThreadPoolExecutor",
            How::Submodule,
        ),
        (
            "queue",
            "OrderedDict",
            "collections.OrderedDict",
            How::Elsewhere,
        ),
        (
            "concurrent",
            "futures.ThreadPoolExecutor",
            "concurrent.futures.ThreadPoolExecutor",
            How::Split,
        ),
        ("functools", "Partial", "functools.partial", How::Case),
        ("builtins", "Dict", "builtins.dict", How::Case),
    ] {
        let found = nearest(module, name, standard(), 3);
        let told: Vec<_> = found
            .iter()
            .map(|near| (format!("{}.{}", near.module, near.name), near.how))
            .collect();
        assert_eq!(
            told.first(),
            Some(&(meant.to_owned(), how)),
            "{module}.{name}: {told:?}"
        );
    }
    assert!(nearest("numpy", "zeros_like", standard(), 3).is_empty());
}

#[test]
fn modules_are_found_too() {
    let modules = || names::modules().map(|module| module.name);
    assert_eq!(nearest_words("colections", modules(), 1), ["collections"]);
    assert_eq!(nearest_words("Collections", modules(), 1), ["collections"]);
    assert_eq!(nearest_words("pathlib\r", modules(), 1), ["pathlib"]);
    assert!(nearest_words("numpy.core.multiarray", modules(), 3).is_empty());
}

/// Under 3 ms as released; tests aren't optimised as much, and machines are shared.
#[test]
fn all_names_are_gone_through_fast() {
    let fastest = (0..5)
        .map(|_| {
            let (found, took) = timed(|| nearest("collections", "OrderdDict", standard(), 3));
            assert!(!found.is_empty());
            took
        })
        .min()
        .expect("some runs");
    let most = if cfg!(debug_assertions) { 60 } else { 6 };
    assert!(fastest < Duration::from_millis(most), "{fastest:?}");
}
