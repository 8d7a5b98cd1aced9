#![no_main]

use pickscope_fuzz::bodies::{targets, unpicklers};

// Runs that nobody answers would count as runs.
libfuzzer_sys::fuzz_target!(
    init: assert!(
        unpicklers::ask(b"N.") > 0,
        "PICKSCOPE_UNPICKLERS names the Pythons that are asked"
    ),
    |input: &[u8]| targets::unpickler(input)
);
