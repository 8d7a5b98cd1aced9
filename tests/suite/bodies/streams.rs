//! Streams of opcodes with arguments, made of any bytes.
//!
//! A byte chooses an opcode: its own byte does, where it is one's. Where the stack doesn't hold what that takes, the next
//! in the table that fits comes instead, so that most streams are read to their end. Few bytes of the input decide over one
//! opcode each, so that a fuzzer which changes, cuts and joins inputs changes, cuts and joins streams; and [`choices`] turns a
//! stream back into an input that makes it, as far as it is of this kind.

use std::sync::LazyLock;

use pickscope::{
    decode::{Argument, ops},
    opcode::{Layout, Opcode, Shape},
};

/// What lies on the stack, as far as it decides what fits.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Mark,
    Str,
    Atom,
    Tuple,
    List,
    Dict,
    Set,
    Bytearray,
    Buffer,
    /// What was looked up, or a call gave.
    Object,
}

impl Kind {
    fn is_hashable(self) -> bool {
        matches!(self, Self::Str | Self::Atom | Self::Object | Self::Tuple)
    }
}

/// All opcodes, in the order of protocols.
static ALL: LazyLock<Vec<Opcode>> = LazyLock::new(|| Opcode::all().collect());

/// Modules and names that mean something to some Python, library or rule of the crate, and some that are odd.
pub const WORDS: &[&str] = &[
    "os",
    "system",
    "builtins",
    "__builtin__",
    "getattr",
    "eval",
    "object",
    "list",
    "dict",
    "set",
    "tuple",
    "bytearray",
    "complex",
    "slice",
    "copy_reg",
    "copyreg",
    "_reconstructor",
    "__newobj__",
    "add_extension",
    "collections",
    "OrderedDict",
    "defaultdict",
    "deque",
    "Counter",
    "OrderedDict.fromkeys",
    "datetime",
    "date",
    "time",
    "timedelta",
    "timezone",
    "decimal",
    "Decimal",
    "fractions",
    "Fraction",
    "uuid",
    "UUID",
    "pathlib",
    "PosixPath",
    "_codecs",
    "encode",
    "latin1",
    "utf-8",
    "functools",
    "partial",
    "operator",
    "itemgetter",
    "attrgetter",
    "itertools",
    "count",
    "izip",
    "re",
    "_compile",
    "enum",
    "types",
    "FunctionType",
    "CodeType",
    "SimpleNamespace",
    "ModuleType",
    "marshal",
    "loads",
    "pickle",
    "_pickle",
    "numpy",
    "ndarray",
    "dtype",
    "numpy.core.multiarray",
    "numpy._core.multiarray",
    "_reconstruct",
    "scalar",
    "_frombuffer",
    "numpy.core.numeric",
    "f8",
    "O8",
    "<",
    "|",
    "C",
    "b",
    "pandas.core.frame",
    "DataFrame",
    "pandas.core.internals.managers",
    "BlockManager",
    "pandas._libs.internals",
    "_unpickle_block",
    "torch",
    "FloatStorage",
    "torch._utils",
    "_rebuild_tensor_v2",
    "_rebuild_parameter",
    "storage",
    "cpu",
    "0",
    "joblib.numpy_pickle",
    "NumpyArrayWrapper",
    "dill._dill",
    "_create_function",
    "_create_type",
    "_create_cell",
    "_create_code",
    "_unmarshal",
    "_load_type",
    "cloudpickle.cloudpickle",
    "_make_function",
    "_make_cell",
    "_make_empty_cell",
    "_builtin_type",
    "_function_setstate",
    "_make_skeleton_class",
    "__main__",
    "Point",
    "C.D",
    "a.b",
    "<lambda>",
    "a b",
    "\u{e4}",
    "x\r",
    "\u{202e}x",
    "\u{1b}[31m",
    "\u{feff}",
    "__dict__",
    "cell_contents",
    "shape",
    "state",
    "",
];

/// An input of the generator, taken from the front.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// So many bytes, or those that there are.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (some, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        some
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// A number: a byte below [`WIDE`], or so many bytes behind a larger one.
    fn number(&mut self, width: u8) -> u64 {
        match self.byte().unwrap_or(0) {
            WIDE.. => {
                let mut number = [0; 8];
                let some = self.bytes(width.into());
                number[..some.len()].copy_from_slice(some);
                u64::from_le_bytes(number)
            }
            small => small.into(),
        }
    }

    /// A text: a byte below [`OWN`] chooses a word, a larger one counts bytes.
    fn text(&mut self) -> &'a [u8] {
        match self.byte().unwrap_or(0) {
            count @ OWN.. => self.bytes((count - OWN).into()),
            word => WORDS[usize::from(word) % WORDS.len()].as_bytes(),
        }
    }
}

const WIDE: u8 = 0xf0;
const OWN: u8 = 0x80;
/// The next opcode is taken whether it fits or not.
const ANYWAY: u8 = 0xff;
/// The stream begins without PROTO and is left as it was made.
const BARE: u8 = 6;

/// A stream that is being made.
#[derive(Default)]
struct Maker {
    stream: Vec<u8>,
    stack: Vec<Kind>,
    /// Indexes of the memo, in the order in which they were set first, and what is there.
    memo: Vec<(u64, Kind)>,
    /// Where the length of a frame stands, and how many opcodes it still holds.
    frame: Option<(usize, u8)>,
}

/// The stream that `input` chooses.
pub fn stream(input: &[u8]) -> Vec<u8> {
    let mut choices = Choices::new(input);
    let flags = choices.byte().unwrap_or(0);
    let mut maker = Maker::default();
    let protocol = flags % 7;
    if protocol < BARE {
        maker.stream.extend([Opcode::Proto.byte(), protocol]);
    }
    while let Some(choice) = choices.byte() {
        let (choice, anyway) = match choice {
            ANYWAY => (choices.byte().unwrap_or(0), true),
            choice => (choice, false),
        };
        let wanted = usize::from(choice) % ALL.len();
        let wanted = match Opcode::from_byte(choice) {
            Some(opcode) => ALL.iter().position(|one| *one == opcode).unwrap_or(wanted),
            None => wanted,
        };
        let mut from_there = ALL[wanted..].iter().chain(&ALL[..wanted]).copied();
        let opcode = from_there
            .find(|opcode| anyway || maker.fits(*opcode))
            .expect("what pushes fits anywhere");
        maker.write(opcode, anyway, &mut choices);
    }
    if flags & 0x80 == 0 {
        maker.end(&mut choices);
    }
    maker.stream
}

impl Maker {
    /// What lies above the topmost mark, if there is one.
    fn above_mark(&self) -> Option<&[Kind]> {
        let mark = self.stack.iter().rposition(|kind| *kind == Kind::Mark)?;
        self.stack.get(mark + 1..)
    }

    /// What lies below the topmost mark.
    fn below_mark(&self) -> Option<Kind> {
        let above = self.above_mark()?.len();
        self.stack.iter().rev().nth(above + 1).copied()
    }

    /// Whether the stack holds what an opcode takes.
    fn fits(&self, opcode: Opcode) -> bool {
        use Kind::{Buffer, Bytearray, Dict, List, Mark, Object, Set, Str, Tuple};
        let top = |nth: usize| {
            let kind = self.stack.iter().rev().nth(nth);
            kind.copied().filter(|_| {
                !self
                    .stack
                    .iter()
                    .rev()
                    .take(nth + 1)
                    .any(|kind| *kind == Mark)
            })
        };
        let pairs = |items: &[Kind]| {
            items.len().is_multiple_of(2) && items.iter().step_by(2).all(|key| key.is_hashable())
        };
        match opcode {
            // A pickle of its own follows.
            Opcode::Stop => self.stack.len() == 1 && top(0).is_some(),
            Opcode::Pop => !self.stack.is_empty(),
            Opcode::Dup | Opcode::BinPersId | Opcode::Tuple1 => top(0).is_some(),
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => top(0).is_some(),
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => !self.memo.is_empty(),
            Opcode::Tuple2 => top(1).is_some(),
            Opcode::Tuple3 => top(2).is_some(),
            Opcode::Append => matches!(top(1), Some(List | Object | Bytearray)),
            Opcode::SetItem => {
                matches!(top(2), Some(Dict | Object)) && top(1).is_some_and(Kind::is_hashable)
            }
            Opcode::Build => {
                top(1) == Some(Object) && matches!(top(0), Some(Dict | Tuple | Object))
            }
            Opcode::Reduce | Opcode::NewObj => top(1) == Some(Object) && top(0) == Some(Tuple),
            Opcode::NewObjEx => [top(2), top(1), top(0)] == [Some(Object), Some(Tuple), Some(Dict)],
            Opcode::StackGlobal => [top(1), top(0)] == [Some(Str), Some(Str)],
            Opcode::ReadonlyBuffer => matches!(top(0), Some(Buffer | Bytearray)),
            Opcode::Tuple | Opcode::List | Opcode::PopMark | Opcode::Inst => {
                self.above_mark().is_some()
            }
            Opcode::Dict => self.above_mark().is_some_and(pairs),
            Opcode::FrozenSet => self
                .above_mark()
                .is_some_and(|items| items.iter().all(|item| item.is_hashable())),
            Opcode::Obj => self
                .above_mark()
                .is_some_and(|items| items.first() == Some(&Object)),
            Opcode::Appends => matches!(self.below_mark(), Some(List | Object | Bytearray)),
            Opcode::SetItems => {
                matches!(self.below_mark(), Some(Dict | Object))
                    && self.above_mark().is_some_and(pairs)
            }
            Opcode::AddItems => {
                matches!(self.below_mark(), Some(Set | Object))
                    && self
                        .above_mark()
                        .is_some_and(|items| items.iter().all(|item| item.is_hashable()))
            }
            Opcode::Frame => self.frame.is_none(),
            Opcode::Mark => self.stack.iter().filter(|kind| **kind == Mark).count() < 40,
            _ => true,
        }
    }

    /// Writes an opcode with an argument of its shape, and keeps account of the stack.
    fn write(&mut self, opcode: Opcode, anyway: bool, choices: &mut Choices<'_>) {
        self.stream.push(opcode.byte());
        let kept = self.argument(opcode, anyway, choices);
        self.step(opcode, kept);
        if opcode != Opcode::Frame
            && let Some((_, left)) = &mut self.frame
        {
            if *left == 0 || opcode == Opcode::Stop {
                self.close_frame();
            } else {
                *left -= 1;
            }
        }
    }

    fn close_frame(&mut self) {
        let Some((at, _)) = self.frame.take() else {
            return;
        };
        let length = (self.stream.len() - at - 8) as u64;
        self.stream[at..at + 8].copy_from_slice(&length.to_le_bytes());
    }

    /// Writes an argument; gives the index of the memo that it is.
    fn argument(&mut self, opcode: Opcode, anyway: bool, choices: &mut Choices<'_>) -> u64 {
        match opcode {
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet if !anyway => {
                let number = choices.number(4);
                let fitting = self
                    .memo
                    .iter()
                    .filter(|(index, _)| opcode != Opcode::BinGet || *index < 256);
                let fitting: Vec<u64> = fitting.map(|(index, _)| *index).collect();
                let index = fitting.iter().find(|index| **index == number).copied();
                let any = || fitting.get(number as usize % fitting.len().max(1)).copied();
                let index = index.or_else(any).unwrap_or(number);
                self.index(opcode, index);
                index
            }
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut if !anyway => {
                let index = choices.number(4);
                // C makes room for all indexes below.
                let index = if opcode == Opcode::BinPut {
                    index & 0xff
                } else {
                    index & 0xff_ffff
                };
                self.index(opcode, index);
                index
            }
            Opcode::Proto if !anyway => {
                self.stream.push((choices.number(1) % 6) as u8);
                0
            }
            Opcode::Frame if !anyway => {
                let left = choices.number(8);
                self.frame = Some((self.stream.len(), left.min(200) as u8));
                self.stream.extend([0; 8]);
                0
            }
            _ => {
                self.plain(opcode, choices);
                0
            }
        }
    }

    fn index(&mut self, opcode: Opcode, index: u64) {
        match opcode.shape().layout() {
            Layout::Fixed(width) => {
                self.stream.extend(&index.to_le_bytes()[..width.into()]);
            }
            _ => self.stream.extend(format!("{index}\n").as_bytes()),
        }
    }

    fn plain(&mut self, opcode: Opcode, choices: &mut Choices<'_>) {
        match opcode.shape().layout() {
            Layout::Empty => {}
            Layout::Fixed(width) => {
                let number = choices.number(width);
                self.stream.extend(&number.to_le_bytes()[..width.into()]);
            }
            Layout::Line => self.line(opcode.shape(), choices),
            Layout::Pair => {
                for _ in 0..2 {
                    let text = choices.text();
                    self.stream
                        .extend(text.iter().filter(|byte| **byte != b'\n'));
                    self.stream.push(b'\n');
                }
            }
            Layout::Counted { width, .. } => {
                let text = choices.text();
                self.stream
                    .extend(&(text.len() as u64).to_le_bytes()[..width.into()]);
                self.stream.extend(text);
            }
        }
    }

    /// A line: a number or a word with what its opcode wants around it, or bytes as they are.
    fn line(&mut self, shape: Shape, choices: &mut Choices<'_>) {
        let choice = choices.byte().unwrap_or(0);
        let number = i16::from(choice) - 20;
        let word = WORDS[usize::from(choice) % WORDS.len()];
        match (choice, shape) {
            (OWN.., _) => {
                let own = choices.bytes((choice - OWN).into());
                self.stream
                    .extend(own.iter().filter(|byte| **byte != b'\n'));
            }
            (0, Shape::DecimalShort) => self.stream.extend(b"00"),
            (1, Shape::DecimalShort) => self.stream.extend(b"01"),
            (_, Shape::DecimalShort) => self.stream.extend(number.to_string().as_bytes()),
            (_, Shape::DecimalLong) => self.stream.extend(format!("{number}L").as_bytes()),
            (_, Shape::FloatLine) => self.stream.extend(format!("{number}.5").as_bytes()),
            (_, Shape::StringLine) => self.stream.extend(format!("'{word}'").as_bytes()),
            _ => self.stream.extend(word.as_bytes()),
        }
        self.stream.push(b'\n');
    }

    fn pop(&mut self, count: usize) {
        self.stack.truncate(self.stack.len().saturating_sub(count));
    }

    fn pop_to_mark(&mut self) {
        let mark = self.stack.iter().rposition(|kind| *kind == Kind::Mark);
        self.stack.truncate(mark.unwrap_or(0));
    }

    /// What an opcode does to the stack.
    fn step(&mut self, opcode: Opcode, index: u64) {
        use pickscope::opcode::Item;
        match opcode {
            Opcode::Stop => {
                self.stack.clear();
                self.memo.clear();
            }
            Opcode::Dup => self.stack.extend(self.stack.last().copied()),
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                let index = match opcode {
                    Opcode::Memoize => self.memo.len() as u64,
                    _ => index,
                };
                let Some(kind) = self.stack.last().copied() else {
                    return;
                };
                self.memo.retain(|(other, _)| *other != index);
                self.memo.push((index, kind));
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                let kind = self.memo.iter().find(|(other, _)| *other == index);
                self.stack.push(kind.map_or(Kind::Atom, |(_, kind)| *kind));
            }
            // They leave what they fill.
            Opcode::Append | Opcode::Build => self.pop(1),
            Opcode::SetItem => self.pop(2),
            Opcode::Appends | Opcode::SetItems | Opcode::AddItems => self.pop_to_mark(),
            Opcode::ReadonlyBuffer => {}
            _ => {
                let before = opcode.stack_before();
                if before.contains(&Item::Mark) {
                    self.pop_to_mark();
                } else {
                    self.pop(before.len());
                }
                self.stack
                    .extend(opcode.stack_after().iter().map(|item| match item {
                        Item::Mark => Kind::Mark,
                        Item::Str => Kind::Str,
                        Item::Tuple => Kind::Tuple,
                        Item::List => Kind::List,
                        Item::Dict => Kind::Dict,
                        Item::Set => Kind::Set,
                        Item::Bytearray => Kind::Bytearray,
                        Item::Buffer => Kind::Buffer,
                        Item::Any => Kind::Object,
                        _ => Kind::Atom,
                    }));
            }
        }
    }

    /// Closes what is open, and stops.
    fn end(&mut self, choices: &mut Choices<'_>) {
        while self.stack.contains(&Kind::Mark) {
            self.write(Opcode::Tuple, true, choices);
        }
        if self.stack.is_empty() {
            self.write(Opcode::None, true, choices);
        }
        self.write(Opcode::Stop, true, choices);
        self.close_frame();
    }
}

/// An input that makes this stream, as far as opcodes fit and texts are short.
pub fn choices(stream: &[u8]) -> Vec<u8> {
    // STOP stands in the stream; nothing is to come behind it.
    let mut choices = vec![0x80 + 4];
    assert_eq!(choices[0] % 7, BARE);
    for op in ops(stream).flatten() {
        choices.push(op.opcode.byte());
        let number = |choices: &mut Vec<u8>, number: u64, width: u8| match u8::try_from(number) {
            Ok(small @ ..WIDE) => choices.push(small),
            _ => {
                choices.push(WIDE);
                choices.extend(&number.to_le_bytes()[..width.into()]);
            }
        };
        let text = |choices: &mut Vec<u8>, text: &[u8]| {
            let word = WORDS.iter().position(|word| word.as_bytes() == text);
            match word.and_then(|word| u8::try_from(word).ok()) {
                Some(word @ ..OWN) => choices.push(word),
                _ => {
                    let text = &text[..text.len().min(127)];
                    choices.push(OWN | text.len() as u8);
                    choices.extend(text);
                }
            }
        };
        let width = match (op.opcode, op.opcode.shape().layout()) {
            (Opcode::Frame, _) => 8,
            (Opcode::Proto, _) => 1,
            (Opcode::BinGet | Opcode::BinPut | Opcode::Get | Opcode::Put, _) => 4,
            (_, Layout::Fixed(width)) => width,
            _ => 0,
        };
        match op.argument {
            Argument::None => {}
            // How many opcodes it holds is not worth finding out.
            _ if op.opcode == Opcode::Frame => choices.push(200),
            Argument::Uint(value) => number(&mut choices, value, width),
            Argument::Int(value) => number(&mut choices, value as u64, width),
            Argument::Float(value) => {
                choices.push(WIDE);
                choices.extend(value.to_be_bytes());
            }
            Argument::Line(line) if matches!(op.opcode, Opcode::Get | Opcode::Put) => {
                let index = str::from_utf8(line).ok().and_then(|line| line.parse().ok());
                number(&mut choices, index.unwrap_or(0), width);
            }
            Argument::Line(line) => {
                let line = &line[..line.len().min(127)];
                choices.push(OWN | line.len() as u8);
                choices.extend(line);
            }
            Argument::Pair { module, name } => {
                text(&mut choices, module);
                text(&mut choices, name);
            }
            Argument::Bytes(bytes) => text(&mut choices, bytes),
        }
    }
    choices
}
