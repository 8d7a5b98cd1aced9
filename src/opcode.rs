//! The opcodes of the pickle machine, protocols 0 to 5: one table.
//!
//! Bytes, names, protocols, argument shapes and stack effects follow `Lib/pickletools.py` of CPython 3.13, which tests
//! hold them to. Whatever else the crate needs to know of an opcode is derived from this table.

/// The shape of an opcode's argument: what `pickletools` calls its argument descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Shape {
    /// No argument.
    None,
    /// `uint1`: an unsigned byte.
    Uint1,
    /// `uint2`: two bytes, unsigned, little-endian.
    Uint2,
    /// `int4`: four bytes, signed, little-endian.
    Int4,
    /// `uint4`: four bytes, unsigned, little-endian.
    Uint4,
    /// `uint8`: eight bytes, unsigned, little-endian.
    Uint8,
    /// `float8`: an IEEE 754 double, big-endian.
    Float8,
    /// `decimalnl_short`: a line holding a decimal integer, or `00` and `01` for the booleans of protocols 0 and 1.
    DecimalShort,
    /// `decimalnl_long`: a line holding a decimal integer, often with an `L` after it.
    DecimalLong,
    /// `floatnl`: a line holding a float.
    FloatLine,
    /// `stringnl`: a line holding a quoted and escaped Python 2 `str`.
    StringLine,
    /// `stringnl_noescape`: a line taken as it is.
    PlainLine,
    /// `stringnl_noescape_pair`: two lines taken as they are.
    PlainPair,
    /// `unicodestringnl`: a line in raw-unicode-escape.
    UnicodeLine,
    /// `string1`: a length of one byte, then a Python 2 `str`.
    String1,
    /// `string4`: a length of four bytes, signed, then a Python 2 `str`.
    String4,
    /// `bytes1`: a length of one byte, then bytes.
    Bytes1,
    /// `bytes4`: a length of four bytes, then bytes.
    Bytes4,
    /// `bytes8`: a length of eight bytes, then bytes.
    Bytes8,
    /// `bytearray8`: a length of eight bytes, then the bytes of a bytearray.
    Bytearray8,
    /// `unicodestring1`: a length of one byte, then UTF-8 that may hold surrogates.
    Unicode1,
    /// `unicodestring4`: a length of four bytes, then UTF-8 that may hold surrogates.
    Unicode4,
    /// `unicodestring8`: a length of eight bytes, then UTF-8 that may hold surrogates.
    Unicode8,
    /// `long1`: a length of one byte, then an integer in little-endian two's complement.
    Long1,
    /// `long4`: a length of four bytes, signed, then an integer in little-endian two's complement.
    Long4,
}

/// How the bytes of a [`Shape`] are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// No bytes.
    Empty,
    /// This many bytes.
    Fixed(u8),
    /// Bytes up to a newline.
    Line,
    /// Two times bytes up to a newline.
    Pair,
    /// A little-endian length of `width` bytes, then as many bytes as it says.
    Counted {
        /// Bytes of the length.
        width: u8,
        /// Whether the length is a signed number, and so may be below zero.
        signed: bool,
    },
}

impl Shape {
    /// The name that `pickletools` has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Uint1 => "uint1",
            Self::Uint2 => "uint2",
            Self::Int4 => "int4",
            Self::Uint4 => "uint4",
            Self::Uint8 => "uint8",
            Self::Float8 => "float8",
            Self::DecimalShort => "decimalnl_short",
            Self::DecimalLong => "decimalnl_long",
            Self::FloatLine => "floatnl",
            Self::StringLine => "stringnl",
            Self::PlainLine => "stringnl_noescape",
            Self::PlainPair => "stringnl_noescape_pair",
            Self::UnicodeLine => "unicodestringnl",
            Self::String1 => "string1",
            Self::String4 => "string4",
            Self::Bytes1 => "bytes1",
            Self::Bytes4 => "bytes4",
            Self::Bytes8 => "bytes8",
            Self::Bytearray8 => "bytearray8",
            Self::Unicode1 => "unicodestring1",
            Self::Unicode4 => "unicodestring4",
            Self::Unicode8 => "unicodestring8",
            Self::Long1 => "long1",
            Self::Long4 => "long4",
        }
    }

    /// How its bytes are laid out.
    pub const fn layout(self) -> Layout {
        match self {
            Self::None => Layout::Empty,
            Self::Uint1 => Layout::Fixed(1),
            Self::Uint2 => Layout::Fixed(2),
            Self::Int4 | Self::Uint4 => Layout::Fixed(4),
            Self::Uint8 | Self::Float8 => Layout::Fixed(8),
            Self::DecimalShort
            | Self::DecimalLong
            | Self::FloatLine
            | Self::StringLine
            | Self::PlainLine
            | Self::UnicodeLine => Layout::Line,
            Self::PlainPair => Layout::Pair,
            Self::String1 | Self::Bytes1 | Self::Unicode1 | Self::Long1 => counted(1, false),
            Self::Bytes4 | Self::Unicode4 => counted(4, false),
            Self::String4 | Self::Long4 => counted(4, true),
            Self::Bytes8 | Self::Bytearray8 | Self::Unicode8 => counted(8, false),
        }
    }
}

const fn counted(width: u8, signed: bool) -> Layout {
    Layout::Counted { width, signed }
}

/// What an opcode takes from the stack or leaves there, at the level of `pickletools`' stack objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// `any`: any object.
    Any,
    /// `int`.
    Int,
    /// `int_or_bool`: an integer, or one of the booleans that protocols 0 and 1 write as integers.
    IntOrBool,
    /// `bool`.
    Bool,
    /// `float`.
    Float,
    /// `bytes_or_str`: a Python 2 `str`; which of the two it becomes is the loader's choice.
    BytesOrStr,
    /// `bytes`.
    Bytes,
    /// `bytearray`.
    Bytearray,
    /// `str`: text.
    Str,
    /// `None`.
    None,
    /// `tuple`.
    Tuple,
    /// `list`.
    List,
    /// `dict`.
    Dict,
    /// `set`.
    Set,
    /// `frozenset`.
    Frozenset,
    /// `buffer`: an out-of-band buffer.
    Buffer,
    /// `mark`: the mark that MARK pushes.
    Mark,
    /// `stackslice`: everything above the topmost mark.
    Slice,
}

impl Item {
    /// The name that `pickletools` has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Int => "int",
            Self::IntOrBool => "int_or_bool",
            Self::Bool => "bool",
            Self::Float => "float",
            Self::BytesOrStr => "bytes_or_str",
            Self::Bytes => "bytes",
            Self::Bytearray => "bytearray",
            Self::Str => "str",
            Self::None => "None",
            Self::Tuple => "tuple",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::Frozenset => "frozenset",
            Self::Buffer => "buffer",
            Self::Mark => "mark",
            Self::Slice => "stackslice",
        }
    }
}

/// Whether something stands in the stream itself, or the stream only names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storage {
    /// The stream names it, and it must exist where the stream is loaded: an import, an extension code, a persistent
    /// id, an out-of-band buffer.
    Reference,
    /// The stream holds it: data, or a container of data.
    Value,
}

impl Storage {
    /// `reference` or `value`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Value => "value",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
struct Row {
    opcode: Opcode,
    name: &'static str,
    protocol: u8,
    shape: Shape,
    before: &'static [Item],
    after: &'static [Item],
    stores: Option<Storage>,
    doc: &'static str,
}

macro_rules! storage {
    (-) => {
        None
    };
    ($storage:ident) => {
        Some(Storage::$storage)
    };
}

macro_rules! opcodes {
    ($($byte:literal $variant:ident $name:literal $protocol:literal $shape:ident
       [$($before:ident)*] [$($after:ident)*] $stores:tt $doc:literal)*) => {
        /// An opcode. Its discriminant is its byte.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Opcode {
            $(#[doc = concat!($name, ": ", $doc)] $variant = $byte,)*
        }

        /// The table, in the order of protocols.
        const TABLE: &[Row] = &[
            $(Row {
                opcode: Opcode::$variant,
                name: $name,
                protocol: $protocol,
                shape: Shape::$shape,
                before: &[$(Item::$before),*],
                after: &[$(Item::$after),*],
                stores: storage!($stores),
                doc: $doc,
            },)*
        ];
    };
}

opcodes! {
    // byte variant name protocol shape [stack before] [stack after] stores doc
    b'(' Mark "MARK" 0 None [] [Mark] - "Push a mark; a later opcode takes everything above it."
    b'.' Stop "STOP" 0 None [Any] [] - "End of the pickle: the top of the stack is its value."
    b'0' Pop "POP" 0 None [Any] [] - "Drop the top of the stack, be it an object or a mark."
    b'2' Dup "DUP" 0 None [Any] [Any Any] - "Push the top of the stack a second time."
    b'F' Float "FLOAT" 0 FloatLine [] [Float] Value "Push a float, written as text."
    b'I' Int "INT" 0 DecimalShort [] [IntOrBool] Value "Push an integer written as text; 00 is False and 01 is True."
    b'L' Long "LONG" 0 DecimalLong [] [Int] Value "Push an integer of any size, written as text."
    b'N' None "NONE" 0 None [] [None] Value "Push None."
    b'P' PersId "PERSID" 0 PlainLine [] [Any] Reference "Push what the loader's persistent_load makes of this line."
    b'R' Reduce "REDUCE" 0 None [Any Any] [Any] - "Call the callable below the top with the tuple on top; push the result."
    b'S' String "STRING" 0 StringLine [] [BytesOrStr] Value "Push a Python 2 str, written quoted and escaped."
    b'V' Unicode "UNICODE" 0 UnicodeLine [] [Str] Value "Push text, written with \\u escapes."
    b'a' Append "APPEND" 0 None [List Any] [List] - "Append the top to the list below it."
    b'b' Build "BUILD" 0 None [Any Any] [Any] - "Give the object below the top its state, the top: __setstate__, else its attributes."
    b'c' Global "GLOBAL" 0 PlainPair [] [Any] Reference "Import a module and push what it has under a name."
    b'd' Dict "DICT" 0 None [Mark Slice] [Dict] Value "Make a dict of the keys and values above the mark."
    b'g' Get "GET" 0 DecimalShort [] [Any] - "Push what the memo has at this index."
    b'i' Inst "INST" 0 PlainPair [Mark Slice] [Any] Reference "Import a class and call it with everything above the mark."
    b'l' List "LIST" 0 None [Mark Slice] [List] Value "Make a list of everything above the mark."
    b'p' Put "PUT" 0 DecimalShort [] [] - "Keep the top of the stack in the memo at this index."
    b's' SetItem "SETITEM" 0 None [Dict Any Any] [Dict] - "Store a key and its value, the two on top, in the dict below."
    b't' Tuple "TUPLE" 0 None [Mark Slice] [Tuple] Value "Make a tuple of everything above the mark."

    b')' EmptyTuple "EMPTY_TUPLE" 1 None [] [Tuple] Value "Push a tuple with nothing in it."
    b'1' PopMark "POP_MARK" 1 None [Mark Slice] [] - "Drop everything above the mark, and the mark."
    b'G' BinFloat "BINFLOAT" 1 Float8 [] [Float] Value "Push a float of eight bytes."
    b'J' BinInt "BININT" 1 Int4 [] [Int] Value "Push an integer of four bytes."
    b'K' BinInt1 "BININT1" 1 Uint1 [] [Int] Value "Push an integer of one byte."
    b'M' BinInt2 "BININT2" 1 Uint2 [] [Int] Value "Push an integer of two bytes."
    b'Q' BinPersId "BINPERSID" 1 None [Any] [Any] Reference "Replace the id on top by what the loader's persistent_load makes of it."
    b'T' BinString "BINSTRING" 1 String4 [] [BytesOrStr] Value "Push a Python 2 str of up to 2 GiB."
    b'U' ShortBinString "SHORT_BINSTRING" 1 String1 [] [BytesOrStr] Value "Push a Python 2 str of up to 255 bytes."
    b'X' BinUnicode "BINUNICODE" 1 Unicode4 [] [Str] Value "Push text of up to 4 GiB of UTF-8."
    b']' EmptyList "EMPTY_LIST" 1 None [] [List] Value "Push a list with nothing in it."
    b'e' Appends "APPENDS" 1 None [List Mark Slice] [List] - "Append everything above the mark to the list below it."
    b'h' BinGet "BINGET" 1 Uint1 [] [Any] - "Push what the memo has at this index of one byte."
    b'j' LongBinGet "LONG_BINGET" 1 Uint4 [] [Any] - "Push what the memo has at this index of four bytes."
    b'o' Obj "OBJ" 1 None [Mark Any Slice] [Any] - "Call the class just above the mark with everything above it."
    b'q' BinPut "BINPUT" 1 Uint1 [] [] - "Keep the top of the stack in the memo at this index of one byte."
    b'r' LongBinPut "LONG_BINPUT" 1 Uint4 [] [] - "Keep the top of the stack in the memo at this index of four bytes."
    b'u' SetItems "SETITEMS" 1 None [Dict Mark Slice] [Dict] - "Store the keys and values above the mark in the dict below it."
    b'}' EmptyDict "EMPTY_DICT" 1 None [] [Dict] Value "Push a dict with nothing in it."

    0x80 Proto "PROTO" 2 Uint1 [] [] - "State the protocol from here on."
    0x81 NewObj "NEWOBJ" 2 None [Any Any] [Any] - "Make an instance: __new__ of the class below the top, with the tuple on top."
    0x82 Ext1 "EXT1" 2 Uint1 [] [Any] Reference "Push what the extension registry has under this code of one byte."
    0x83 Ext2 "EXT2" 2 Uint2 [] [Any] Reference "Push what the extension registry has under this code of two bytes."
    0x84 Ext4 "EXT4" 2 Int4 [] [Any] Reference "Push what the extension registry has under this code of four bytes."
    0x85 Tuple1 "TUPLE1" 2 None [Any] [Tuple] Value "Make a tuple of the top."
    0x86 Tuple2 "TUPLE2" 2 None [Any Any] [Tuple] Value "Make a tuple of the two on top."
    0x87 Tuple3 "TUPLE3" 2 None [Any Any Any] [Tuple] Value "Make a tuple of the three on top."
    0x88 NewTrue "NEWTRUE" 2 None [] [Bool] Value "Push True."
    0x89 NewFalse "NEWFALSE" 2 None [] [Bool] Value "Push False."
    0x8a Long1 "LONG1" 2 Long1 [] [Int] Value "Push an integer of up to 255 bytes."
    0x8b Long4 "LONG4" 2 Long4 [] [Int] Value "Push an integer of up to 2 GiB."

    b'B' BinBytes "BINBYTES" 3 Bytes4 [] [Bytes] Value "Push bytes, up to 4 GiB of them."
    b'C' ShortBinBytes "SHORT_BINBYTES" 3 Bytes1 [] [Bytes] Value "Push bytes, up to 255 of them."

    0x8c ShortBinUnicode "SHORT_BINUNICODE" 4 Unicode1 [] [Str] Value "Push text of up to 255 bytes of UTF-8."
    0x8d BinUnicode8 "BINUNICODE8" 4 Unicode8 [] [Str] Value "Push text whose length takes eight bytes."
    0x8e BinBytes8 "BINBYTES8" 4 Bytes8 [] [Bytes] Value "Push bytes whose length takes eight bytes."
    0x8f EmptySet "EMPTY_SET" 4 None [] [Set] Value "Push a set with nothing in it."
    0x90 AddItems "ADDITEMS" 4 None [Set Mark Slice] [Set] - "Add everything above the mark to the set below it."
    0x91 FrozenSet "FROZENSET" 4 None [Mark Slice] [Frozenset] Value "Make a frozenset of everything above the mark."
    0x92 NewObjEx "NEWOBJ_EX" 4 None [Any Any Any] [Any] - "Make an instance: __new__ of a class with a tuple and a dict of keywords."
    0x93 StackGlobal "STACK_GLOBAL" 4 None [Str Str] [Any] Reference "Import: the module's name is below the top, the name in it on top."
    0x94 Memoize "MEMOIZE" 4 None [Any] [Any] - "Keep the top of the stack in the memo, at the next free index."
    0x95 Frame "FRAME" 4 Uint8 [] [] - "State that this many bytes follow as one block."

    0x96 Bytearray8 "BYTEARRAY8" 5 Bytearray8 [] [Bytearray] Value "Push a bytearray."
    0x97 NextBuffer "NEXT_BUFFER" 5 None [] [Buffer] Reference "Push the next of the buffers that the loader is given beside the stream."
    0x98 ReadonlyBuffer "READONLY_BUFFER" 5 None [Buffer] [Buffer] - "Make the buffer on top read-only."
}

/// The table's row of each byte.
static BY_BYTE: [Option<&Row>; 256] = {
    let mut rows = [None; 256];
    let mut i = 0;
    while i < TABLE.len() {
        rows[TABLE[i].opcode as usize] = Some(&TABLE[i]);
        i += 1;
    }
    rows
};

/// The opcode of each byte, and its argument's shape: what decoding needs, in two bytes.
static DECODING: [Option<(Opcode, Shape)>; 256] = {
    let mut pairs = [None; 256];
    let mut i = 0;
    while i < TABLE.len() {
        pairs[TABLE[i].opcode as usize] = Some((TABLE[i].opcode, TABLE[i].shape));
        i += 1;
    }
    pairs
};

impl Opcode {
    /// The highest protocol that any opcode is of.
    pub const HIGHEST_PROTOCOL: u8 = {
        let mut highest = 0;
        let mut i = 0;
        while i < TABLE.len() {
            if TABLE[i].protocol > highest {
                highest = TABLE[i].protocol;
            }
            i += 1;
        }
        highest
    };

    /// Every opcode, in the order of protocols.
    ///
    /// ```
    /// assert_eq!(pickscope::opcode::Opcode::all().count(), 68);
    /// ```
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|row| row.opcode)
    }

    /// The opcode of a byte, or `None` where no protocol up to 5 has one.
    ///
    /// ```
    /// use pickscope::opcode::Opcode;
    /// assert_eq!(Opcode::from_byte(b'R'), Some(Opcode::Reduce));
    /// assert_eq!(Opcode::from_byte(0x00), None);
    /// ```
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::with_shape(byte).map(|(opcode, _)| opcode)
    }

    /// What [`all`](Self::all) gives and the first item of [`stack_after`](Self::stack_after), for tables that are made when
    /// the crate is compiled.
    pub(crate) const fn nth(number: usize) -> Option<(Self, Option<Item>)> {
        if number >= TABLE.len() {
            return None;
        }
        let row = &TABLE[number];
        let first = if row.after.is_empty() {
            None
        } else {
            Some(row.after[0])
        };
        Some((row.opcode, first))
    }

    #[inline(always)]
    pub(crate) fn with_shape(byte: u8) -> Option<(Self, Shape)> {
        DECODING[usize::from(byte)]
    }

    fn row(self) -> &'static Row {
        BY_BYTE[usize::from(self.byte())].expect("every opcode has a row: both come from one macro")
    }

    /// Its byte in a stream.
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// Its name in `pickletools`: `SHORT_BINUNICODE`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The first protocol that has it.
    pub fn protocol(self) -> u8 {
        self.row().protocol
    }

    /// The shape of its argument.
    pub fn shape(self) -> Shape {
        self.row().shape
    }

    /// What it takes from the stack, the top last.
    pub fn stack_before(self) -> &'static [Item] {
        self.row().before
    }

    /// What it leaves on the stack in place of that, the top last.
    pub fn stack_after(self) -> &'static [Item] {
        self.row().after
    }

    /// Whether it stores something, and if so by reference or by value.
    ///
    /// Opcodes that move, keep, call or fill what others stored store nothing themselves.
    pub fn stores(self) -> Option<Storage> {
        self.row().stores
    }

    /// What it does, in one line.
    pub fn doc(self) -> &'static str {
        self.row().doc
    }
}
