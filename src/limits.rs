//! Every limit, with its reason. Hitting one makes a reading incomplete, and is said.

/// How many bytes of a pipe or a device are looked at before deciding whether more is worth reading.
///
/// What is no pickle shows it within a few opcodes; `/dev/urandom` and a gigabyte of zeros end here.
pub const PIPE_HEAD: usize = 64 << 10;

/// How many bytes of a pipe or a device are read at most.
///
/// A pipe can't be mapped, so all of it is held in memory; a file has no such limit.
pub const PIPE_BYTES: u64 = 4 << 30;

/// The most decimal digits that a binary integer is written out with.
///
/// CPython itself refuses to convert more since 3.11 (`sys.int_info.default_max_str_digits`, CVE-2020-10735),
/// because conversion takes time quadratic in the digits. Past it, an integer is told by its bits and in hexadecimal.
pub const DECIMAL_DIGITS: usize = 4300;
