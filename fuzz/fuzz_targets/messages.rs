#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pickscope_fuzz::bodies::targets::messages(input));
