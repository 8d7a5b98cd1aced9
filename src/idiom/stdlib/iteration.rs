//! Iterators, which Python 3 to 3.13 writes with what they have left, and `operator`'s callables.

use super::super::{Called, Idiom, Known, class, function, look};

const PY3: &str = "Python 3, protocol 3 and later";
const BELOW_3: &str = "Python 3 below protocol 3";
const ITERTOOLS: &str = "Python 2.7, and 3 to 3.13";
const OPERATOR: &str = "Python 3.5 and later";

/// What is known.
pub(in super::super) const KNOWN: &[Known] = &[
    class(
        "__builtin__",
        "enumerate",
        BELOW_3,
        "Objects/enumobject.c, enum_reduce",
        iterator,
    ),
    function(
        "__builtin__",
        "iter",
        BELOW_3,
        "Objects/iterobject.c, iter_reduce; each container's own",
        iterator,
    ),
    class(
        "__builtin__",
        "reversed",
        BELOW_3,
        "Objects/enumobject.c, reversed_reduce",
        iterator,
    ),
    class(
        "builtins",
        "enumerate",
        PY3,
        "Objects/enumobject.c, enum_reduce",
        iterator,
    ),
    class(
        "builtins",
        "filter",
        "Python 3 to 3.13, protocol 3 and later",
        "Python/bltinmodule.c, filter_reduce",
        iterator,
    ),
    function(
        "builtins",
        "iter",
        PY3,
        "Objects/iterobject.c, iter_reduce; each container's own",
        iterator,
    ),
    class(
        "builtins",
        "map",
        "Python 3 to 3.13, protocol 3 and later",
        "Python/bltinmodule.c, map_reduce",
        iterator,
    ),
    class(
        "builtins",
        "reversed",
        PY3,
        "Objects/enumobject.c, reversed_reduce",
        iterator,
    ),
    class(
        "builtins",
        "zip",
        "Python 3 to 3.13, protocol 3 and later",
        "Python/bltinmodule.c, zip_reduce",
        iterator,
    ),
    class(
        "itertools",
        "accumulate",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, accumulate_reduce",
        iterator,
    ),
    class(
        "itertools",
        "chain",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, chain_reduce",
        iterator,
    ),
    class(
        "itertools",
        "combinations",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, combinations_reduce",
        iterator,
    ),
    class(
        "itertools",
        "cycle",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, cycle_reduce",
        iterator,
    ),
    class(
        "itertools",
        "islice",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, islice_reduce",
        iterator,
    ),
    class(
        "itertools",
        "permutations",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, permutations_reduce",
        iterator,
    ),
    class(
        "itertools",
        "product",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, product_reduce",
        iterator,
    ),
    class(
        "itertools",
        "count",
        ITERTOOLS,
        "Modules/itertoolsmodule.c, count_reduce",
        iterator,
    ),
    class(
        "itertools",
        "ifilter",
        BELOW_3,
        "Python/bltinmodule.c, filter_reduce",
        iterator,
    ),
    class(
        "itertools",
        "imap",
        BELOW_3,
        "Python/bltinmodule.c, map_reduce",
        iterator,
    ),
    class(
        "itertools",
        "izip",
        BELOW_3,
        "Python/bltinmodule.c, zip_reduce",
        iterator,
    ),
    class(
        "itertools",
        "repeat",
        "Python 3 to 3.13",
        "Modules/itertoolsmodule.c, repeat_reduce",
        iterator,
    ),
    class(
        "operator",
        "attrgetter",
        OPERATOR,
        "Modules/_operator.c, attrgetter_reduce",
        callable,
    ),
    class(
        "operator",
        "itemgetter",
        OPERATOR,
        "Modules/_operator.c, itemgetter_reduce",
        callable,
    ),
    class(
        "operator",
        "methodcaller",
        OPERATOR,
        "Modules/_operator.c, methodcaller_reduce",
        callable,
    ),
];

/// The callee's name, its arguments, and as state how far it has come.
fn iterator<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    called.called()?;
    let (_, name) = called.view.short_name(called.callee, look::SHORT)?;
    // A chain of nothing has no arguments.
    let fits = !called.arguments.is_empty() || name.as_str() == Some("chain");
    fits.then(|| {
        Idiom::new("iterator", ["iterator: ".into(), name.into()])
            .holding(called.argument_parts())
            .holding(called.given())
    })
}

/// The callee's name and its arguments.
fn callable<'a>(called: &Called<'_, 'a>) -> Option<Idiom<'a>> {
    let arguments = called.plain()?;
    (!arguments.is_empty())
        .then(|| Idiom::new("function", [called.callee.into()]).holding(called.argument_parts()))
}
