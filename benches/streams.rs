//! Streams of stated shape, made without Python, for benchmarks that anyone can repeat.

use pickscope::opcode::Opcode;

/// What a stream is made of.
pub struct Shape {
    pub name: &'static str,
    /// About so many opcodes are made to take times.
    pub opcodes: usize,
    /// Makes a stream of about so many opcodes.
    make: fn(usize) -> Vec<u8>,
}

/// The shapes.
pub const SHAPES: &[Shape] = &[
    shape("small", 200_000, small),
    shape("memo", 200_000, memo),
    shape("deep", 200_000, deep),
    shape("text", 200_000, text),
    shape("blobs", 2_000, blobs),
    shape("pickles", 160_000, pickles),
    shape("names", 50_000, names),
    shape("code", 20_000, code),
];

const fn shape(name: &'static str, opcodes: usize, make: fn(usize) -> Vec<u8>) -> Shape {
    Shape {
        name,
        opcodes,
        make,
    }
}

impl Shape {
    /// The shape of this name.
    pub fn named(name: &str) -> &'static Self {
        SHAPES
            .iter()
            .find(|shape| shape.name == name)
            .expect("it is the name of a shape")
    }

    /// A stream of about so many opcodes.
    pub fn stream(&self, opcodes: usize) -> Vec<u8> {
        (self.make)(opcodes)
    }
}

/// How many opcodes the pickles of a stream have.
pub fn count(stream: &[u8]) -> usize {
    let opcodes: u64 = pickscope::pickles(stream)
        .map(|pickle| {
            assert_eq!(pickle.reading.name(), "complete", "the streams are whole");
            pickle.tally.opcodes()
        })
        .sum();
    opcodes as usize
}

/// Numbers, short strings and containers, as a pickle of many small records has them.
fn small(opcodes: usize) -> Vec<u8> {
    one_pickle(opcodes, 10, |out, n| {
        out.push(Opcode::EmptyDict.byte());
        out.push(Opcode::Mark.byte());
        out.extend([Opcode::ShortBinUnicode.byte(), 2, b'i', b'd']);
        out.push(Opcode::BinInt.byte());
        out.extend((n as u32).to_le_bytes());
        out.extend([Opcode::ShortBinUnicode.byte(), 5]);
        out.extend(b"score");
        out.push(Opcode::BinFloat.byte());
        out.extend((n as f64).to_be_bytes());
        out.extend([Opcode::ShortBinUnicode.byte(), 4]);
        out.extend(b"note");
        out.extend([
            Opcode::None.byte(),
            Opcode::SetItems.byte(),
            Opcode::Append.byte(),
        ]);
    })
}

/// Every value is put in the memo and got from it.
fn memo(opcodes: usize) -> Vec<u8> {
    one_pickle(opcodes, 5, |out, n| {
        out.push(Opcode::EmptyList.byte());
        out.push(Opcode::LongBinPut.byte());
        out.extend((n as u32).to_le_bytes());
        out.push(Opcode::Append.byte());
        out.push(Opcode::LongBinGet.byte());
        out.extend((n as u32).to_le_bytes());
        out.push(Opcode::Append.byte());
    })
}

/// A list in a list in a list: half as deep as there are opcodes.
fn deep(opcodes: usize) -> Vec<u8> {
    let depth = opcodes / 2;
    let mut out = vec![Opcode::Proto.byte(), 4];
    out.resize(out.len() + depth, Opcode::EmptyList.byte());
    out.resize(out.len() + depth - 1, Opcode::Append.byte());
    out.push(Opcode::Stop.byte());
    out
}

/// Protocol 0: numbers and strings as lines of text, one string in a hundred of 4,000 characters.
fn text(opcodes: usize) -> Vec<u8> {
    let mut out = b"(l".to_vec();
    for n in 0..opcodes / 6 {
        out.extend(format!("I{n}\naF{}.5\na", n % 997).bytes());
        match n % 100 {
            99 => out.extend(format!("V{}\na", "caf\\u00e9 ".repeat(400)).bytes()),
            _ => out.extend(format!("S'user-{n:08}'\na").bytes()),
        }
    }
    out.push(Opcode::Stop.byte());
    out
}

/// Values of 16 KiB: few opcodes, much payload.
fn blobs(opcodes: usize) -> Vec<u8> {
    one_pickle(opcodes, 2, |out, n| {
        out.push(Opcode::BinBytes.byte());
        out.extend(16_384_u32.to_le_bytes());
        out.resize(out.len() + 16_384, n as u8 | 0x80);
        out.push(Opcode::Append.byte());
    })
}

/// Pickles of 8 opcodes in a row, as those who dump to one file again and again write them.
fn pickles(opcodes: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for n in 0..opcodes / 8 {
        out.extend([Opcode::Proto.byte(), 4, Opcode::EmptyDict.byte()]);
        out.push(Opcode::Memoize.byte());
        out.extend([Opcode::ShortBinUnicode.byte(), 2, b'i', b'd']);
        out.push(Opcode::Memoize.byte());
        out.push(Opcode::BinInt.byte());
        out.extend((n as u32).to_le_bytes());
        out.extend([Opcode::SetItem.byte(), Opcode::Stop.byte()]);
    }
    out
}

/// Lookups and calls: names that every Python has, that were renamed, that a library has moved, that nobody knows, and one
/// in eight that stands there once only.
fn names(opcodes: usize) -> Vec<u8> {
    const KNOWN: [&str; 7] = [
        "collections\nOrderedDict",
        "__builtin__\nset",
        "copy_reg\n_reconstructor",
        "numpy.core.multiarray\n_reconstruct",
        "datetime\ndatetime",
        "shop.orders\nOrder",
        "__main__\nPoint",
    ];
    one_pickle(opcodes, 4, |out, n| {
        out.push(Opcode::Global.byte());
        match KNOWN.get(n % 8) {
            Some(known) => out.extend(format!("{known}\n").bytes()),
            None => out.extend(format!("shop.models\nModel{n}\n").bytes()),
        }
        out.extend([
            Opcode::EmptyTuple.byte(),
            Opcode::Reduce.byte(),
            Opcode::Append.byte(),
        ]);
    })
}

/// Functions by value: those of two files of the corpus again and again, a code object in Python 2.7's marshal format as
/// dill writes it, and the arguments of Python 3.11's `types.CodeType` as cloudpickle does.
///
/// Both are of protocol 2, whose BINPUT says where in the memo: what they put there again replaces what stood there.
fn code(opcodes: usize) -> Vec<u8> {
    const FILES: [&[u8]; 2] = [
        include_bytes!("../corpus/squared.pkl"),
        include_bytes!("../corpus/cloudpickle-squared-py311-p2.pkl"),
    ];
    let values = FILES.map(|file| {
        file.strip_prefix(&[Opcode::Proto.byte(), 2])
            .and_then(|rest| rest.strip_suffix(&[Opcode::Stop.byte()]))
            .expect("each is one pickle of protocol 2")
    });
    let each: usize = FILES.iter().map(|file| count(file) - 2 + 1).sum();
    one_pickle(opcodes, each, |out, _| {
        for value in values {
            out.extend(value);
            out.push(Opcode::Append.byte());
        }
    })
}

/// A pickle of a list that each record, of so many opcodes, adds values to.
fn one_pickle(opcodes: usize, each: usize, mut record: impl FnMut(&mut Vec<u8>, usize)) -> Vec<u8> {
    let mut out = vec![Opcode::Proto.byte(), 4, Opcode::EmptyList.byte()];
    for n in 0..opcodes / each {
        record(&mut out, n);
    }
    out.push(Opcode::Stop.byte());
    out
}
