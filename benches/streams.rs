//! Streams of stated shape, made without Python, for benchmarks that anyone can repeat.

use pickscope::{
    decode::{self, Argument},
    opcode::Opcode,
};

/// Makes a stream of about so many opcodes.
pub type Make = fn(usize) -> Vec<u8>;

/// The shapes, by name.
pub const SHAPES: &[(&str, Make)] = &[
    ("small", small),
    ("memo", memo),
    ("text", text),
    ("blob", blob),
];

/// Numbers, short strings and containers, as a pickle of many small records has them.
pub fn small(opcodes: usize) -> Vec<u8> {
    repeat(opcodes, 10, |out, n| {
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
            Opcode::Pop.byte(),
        ]);
    })
}

/// Every value is put in the memo and got from it.
pub fn memo(opcodes: usize) -> Vec<u8> {
    repeat(opcodes, 5, |out, n| {
        out.push(Opcode::EmptyList.byte());
        out.push(Opcode::LongBinPut.byte());
        out.extend((n as u32).to_le_bytes());
        out.push(Opcode::Pop.byte());
        out.push(Opcode::LongBinGet.byte());
        out.extend((n as u32).to_le_bytes());
        out.push(Opcode::Pop.byte());
    })
}

/// Protocol 0: numbers and strings as lines of text.
pub fn text(opcodes: usize) -> Vec<u8> {
    repeat(opcodes, 6, |out, n| {
        out.extend(format!("I{n}\n0F{}.5\n0S'user-{n:08}'\n0", n % 997).bytes());
    })
}

/// One value of 64 bytes an opcode asked for: few opcodes, much payload.
pub fn blob(opcodes: usize) -> Vec<u8> {
    let mut out = vec![Opcode::Proto.byte(), 4];
    let length = opcodes * 64;
    out.push(Opcode::BinBytes8.byte());
    out.extend((length as u64).to_le_bytes());
    out.resize(out.len() + length, 0xab);
    out.push(Opcode::Stop.byte());
    out
}

fn repeat(opcodes: usize, each: usize, mut record: impl FnMut(&mut Vec<u8>, usize)) -> Vec<u8> {
    let mut out = vec![Opcode::Proto.byte(), 4];
    for n in 0..opcodes / each {
        record(&mut out, n);
    }
    out.extend([Opcode::None.byte(), Opcode::Stop.byte()]);
    out
}

/// How many opcodes a stream has.
pub fn count(stream: &[u8]) -> usize {
    decode::ops(stream).count()
}

/// Decodes a stream to its STOP, and gives a sum that hangs on the place and the argument of each opcode, so that no part
/// of the work can be left out.
pub fn decode(stream: &[u8]) -> u64 {
    let mut sum = 0;
    for op in decode::ops(stream) {
        let op = op.expect("the streams here are whole");
        let argument = match op.argument {
            Argument::None => 0,
            Argument::Int(number) => number as u64,
            Argument::Uint(number) => number,
            Argument::Float(number) => number.to_bits(),
            Argument::Line(bytes) | Argument::Bytes(bytes) => bytes.len() as u64,
            Argument::Pair { module, name } => (module.len() ^ name.len()) as u64,
        };
        sum ^= op.offset ^ argument;
    }
    sum
}

/// Reads a stream's pickles: decoder, machine and reader; gives how many opcodes they have.
pub fn read(stream: &[u8]) -> u64 {
    pickscope::pickles(stream)
        .map(|pickle| pickle.tally.opcodes())
        .sum()
}
