//! Limits on what is read, kept and written out, each with its reason. Hitting one is said.

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
/// CPython itself refuses to convert more since 3.11, and in later releases of 3.7 to 3.10 (`sys.int_info.default_max_str_digits`, CVE-2020-10735),
/// because conversion takes time quadratic in the digits. Past it, an integer is told by its bits and in hexadecimal.
pub const DECIMAL_DIGITS: usize = 4300;

/// How many levels of MARK indent a line of `dump --format pickletools` whatever the rest of the text.
///
/// Four blanks a level on every line make that text quadratic in a nest of marks: 100 kB of them would print 40 GB.
/// Files of everyday nest a few dozen levels.
pub const INDENT_LEVELS: usize = 200;

/// How many bytes of indentation lines deeper than [`INDENT_LEVELS`] get together.
///
/// Python's default recursion limit stops picklers at 1000 levels; so deep, this is enough for 30,000 lines.
pub const INDENT_BYTES: usize = 128 << 20;

/// From this memo index on, PUT counts as a failure of the unpickler in C.
///
/// `_Unpickler_ResizeMemoList` in `_pickle.c` allocates twice as many pointers: a gigabyte.
pub const MEMO_INDEX: u64 = 1 << 26;

/// How many bytes of a character device are read at most.
///
/// No device holds a pickle, and most never end.
pub const DEVICE_BYTES: u64 = 1 << 20;

/// How many troubles of a pickle, and how many problems of an input, are kept; the others are counted.
///
/// A stream can have one at each byte, and nobody reads so many.
pub const TROUBLES: usize = 1000;

/// The longest name that is written wherever it is looked up, and the longest value that is shown wherever the memo gives
/// it again, in bytes.
///
/// An opcode of two bytes repeats what another has in a million: written out each time, 400 kB of input would make 40 GB.
/// No name that Python code has comes near.
pub const REPEATED: usize = 1024;

/// A number that is judged as an index, a byte or a state is read again at each use, and so only if it is written in so
/// many bytes: no picklers write longer ones there, and a stream of nothing but uses would cost its length squared.
pub const OPERAND_BYTES: usize = 1024;

/// How deep values may be nested, and marks, that `value` gives to serde-pickle.
///
/// serde-pickle goes down a level of recursion a level. Measured with its 1.2: up to 11 kB of stack each in a debug build,
/// 2.3 kB in a release build. So deep takes 700 kB of the 2 MiB that Rust gives a thread, and leaves the rest to the types.
#[cfg(feature = "value")]
pub const VALUE_DEPTH: u32 = 64;

/// How much memory serde-pickle may take for what the stream has no bytes for: copies of shared values, and room for 128
/// values in each tuple of more than three, list and frozenset made from a mark.
///
/// That room is 4 kB for two bytes of input. A quarter of a million records fit.
#[cfg(feature = "value")]
pub const VALUE_BYTES: u64 = 1 << 30;

/// How many names of an input near names are looked for.
///
/// Each is compared with all names of the standard library, which takes milliseconds; who reads more suggestions than this asks
/// for one name alone.
pub const NEAR_SEARCHES: u32 = 200;

/// Bytes of a name that `explain` looks at: the longest name of the standard library has about 100.
pub const NAME_BYTES: usize = 10_000;

/// Bytes of a log or a traceback that `explain` reads from standard input.
///
/// What it looks for is a line: who has more cuts it out.
pub const MESSAGE_BYTES: u64 = 1 << 30;

/// How much of a line is looked at before and behind a place where an error may stand. Reprs of arrays are some kilobytes.
pub const LINE_BYTES: usize = 32 << 10;

/// How often a line is compared with wordings of errors, so that hostile ones take no quadratic time. Honest lines need five.
pub const TRIES_A_LINE: usize = 64;

/// So many errors of a text are kept; one of them is explained, the rest is counted.
pub const ERRORS_OF_A_TEXT: usize = 1000;

/// How far behind a traceback's word for pickling its error may stand.
pub const TRACEBACK_BYTES: usize = 32 << 10;

/// How far before its line a message with a repr of many lines may begin.
pub const REPR_BYTES: usize = 8 << 10;

/// How often that is tried in a text.
pub const LOOKS_BACK: usize = 1000;

/// How many quotes of a text are tried as the beginning of a literal: each has the detection look at [`PIPE_HEAD`] bytes.
pub const QUOTES: usize = 256;

/// So many notes of Python 3.14 are kept: one a level of nesting.
pub const NOTES: usize = 100;

/// So many bytes of what was not understood are shown.
pub const SHOWN_OF_A_MESSAGE: usize = 120;

/// How deep objects of marshal data may be nested: `MAX_MARSHAL_STACK_DEPTH` in `Python/marshal.c`, where CPython itself stops.
/// (Builds for Windows and WebAssembly stop earlier.)
pub const MARSHAL_DEPTH: usize = 2000;

/// How many bytes of text one value of a code object is written with: a constant, a default, what a cell holds.
///
/// The longest constants of the standard library, tables as docstrings, have 30 kB.
pub const VALUE_TEXT: usize = 64 << 10;

/// How many times the bytes of an input all values of its code objects may be written with. A byte can take four characters
/// (`\x00`); what is shared is written wherever it stands, and two references in each of twenty tuples would make a million.
pub const VALUE_TEXT_TIMES: usize = 8;

/// How long a name may be that is written wherever it stands. A longer one takes of [`VALUE_TEXT_TIMES`]: a name of a megabyte
/// is loaded by two bytes of bytecode.
///
/// The longest identifier of the standard library has 79 characters, and few paths have more.
pub const NAME_TEXT: usize = 256;

/// How many times the bytes of an input the bytecode of its code objects, together, is looked at for the Pythons that it fits.
///
/// Each code object of honest inputs has bytecode of its own: that is once. Code objects that share a megabyte take fifty bytes each.
pub const FIT_TIMES: usize = 16;

/// And so many bytes more, which take no time.
pub const FIT_BYTES: usize = 1 << 20;

/// How often each byte of an input, and how much besides, is written of code that functions share. Honest code is written
/// twice, as hexadecimal digits; a hundred thousand functions of one code object would write it as often.
pub const CODE_TIMES: usize = 8;
/// See [`CODE_TIMES`].
pub const CODE_BYTES: usize = 1 << 20;

/// How often each byte of an input, and how much besides, is gone through for the names that functions need. Honest code is
/// gone through once for each function that it is in or around.
pub const NEEDS_TIMES: usize = 16;
/// See [`NEEDS_TIMES`].
pub const NEEDS_BYTES: usize = 1 << 20;

/// How much is read of what is packed, at the most; each can be set (`--limit NAME=N`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    values: [u64; 5],
}

/// Which of the [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// How many bytes are unpacked of one member.
    ///
    /// It is held in memory while it is read, as a pipe is: see [`PIPE_BYTES`].
    Part,
    /// How many bytes are unpacked of an input in all, those of every level counted.
    ///
    /// At a gigabyte a second or less this is a minute.
    Unpacked,
    /// How many times as long as the input all that is unpacked may be, past the first [`RATIO_FREE`] bytes.
    ///
    /// What is worth unpacking seldom gets a tenth of its size; 42 kB that unpack to gigabytes end here.
    Ratio,
    /// How many containers stand in one another.
    ///
    /// Pickles come a few deep: an array in a `.npz` in a tar in a gzip. ClamAV goes to 17.
    Depth,
    /// How many members of containers are looked at in an input.
    ///
    /// A zip that isn't zip64 has no more.
    Members,
}

/// So many bytes are unpacked whatever [`Limit::Ratio`] says: an array of zeros packs a thousandfold.
pub const RATIO_FREE: u64 = 32 << 20;

/// Bytes of a part's name that are shown and written; longer names are cut.
///
/// A record of JSON repeats it for each opcode.
pub const PART_NAME: usize = 256;

/// How long the path of keys to a tensor may get; what stands deeper is called by as much of it.
///
/// Each dict in another adds its key in two bytes of input, and names are cut at [`PART_NAME`] in any case.
pub const PATH_BYTES: usize = 1 << 20;

/// The longest stored member that a CRC-32 is taken of.
///
/// What is stored is mapped and only touched where it is read: taking the CRC of gigabytes of weights would read them all,
/// and take longer than everything else. Stated values are compared in any case.
pub const CRC_BYTES: u64 = 16 << 20;

/// KiB of the dictionary that an xz or lzma stream may ask for: `xz -9` asks for 64 MiB.
pub const DICTIONARY_KIB: u32 = 160 << 10;

impl Limit {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Part,
        Self::Unpacked,
        Self::Ratio,
        Self::Depth,
        Self::Members,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Unpacked => "unpacked",
            Self::Ratio => "ratio",
            Self::Depth => "depth",
            Self::Members => "members",
        }
    }

    /// What it is where nobody sets it.
    pub const fn usual(self) -> u64 {
        match self {
            Self::Part => PIPE_BYTES,
            Self::Unpacked => 64 << 30,
            Self::Ratio => 100,
            Self::Depth => 16,
            Self::Members => 65_536,
        }
    }

    /// That it was reached, in words.
    pub(crate) fn reached(self, value: u64) -> String {
        match self {
            Self::Part => format!("only its first {value} bytes were unpacked"),
            Self::Unpacked => {
                format!("what is packed here was not read: {value} bytes of the input are unpacked")
            }
            Self::Ratio => format!(
                "what is packed was not read to its end: it unpacks to more than {value} times the input"
            ),
            Self::Depth => {
                format!("what is in it was not read: containers stand {value} deep in one another")
            }
            Self::Members => format!("members after the first {value} were not read"),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            values: Limit::ALL.map(Limit::usual),
        }
    }
}

impl Limits {
    /// What a limit is set to.
    pub fn get(&self, limit: Limit) -> u64 {
        let [part, unpacked, ratio, depth, members] = self.values;
        match limit {
            Limit::Part => part,
            Limit::Unpacked => unpacked,
            Limit::Ratio => ratio,
            Limit::Depth => depth,
            Limit::Members => members,
        }
    }

    /// Sets a limit.
    ///
    /// ```
    /// use pickscope::limits::{Limit, Limits};
    ///
    /// let mut limits = Limits::default();
    /// limits.set(Limit::Depth, 3);
    /// assert_eq!((limits.get(Limit::Depth), limits.get(Limit::Ratio)), (3, 100));
    /// ```
    pub fn set(&mut self, limit: Limit, value: u64) {
        let [part, unpacked, ratio, depth, members] = &mut self.values;
        *match limit {
            Limit::Part => part,
            Limit::Unpacked => unpacked,
            Limit::Ratio => ratio,
            Limit::Depth => depth,
            Limit::Members => members,
        } = value;
    }
}
