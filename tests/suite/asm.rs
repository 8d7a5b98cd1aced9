//! A small assembler: hand-made streams read as opcodes.
//!
//! Each call appends one opcode; numbers and payloads are given as they are meant, lengths are counted. What a stream
//! must get wrong on purpose (a lying length, a cut line) is written with [`Asm::raw`].

use pickscope::opcode::{Layout, Opcode};

#[derive(Default, Clone)]
pub struct Asm(Vec<u8>);

impl Asm {
    pub fn new() -> Self {
        Self::default()
    }

    /// An opcode without an argument.
    pub fn op(mut self, opcode: Opcode) -> Self {
        assert_eq!(
            opcode.shape().layout(),
            Layout::Empty,
            "{opcode:?} has an argument"
        );
        self.0.push(opcode.byte());
        self
    }

    /// An opcode with a number of fixed width, little-endian.
    pub fn int(mut self, opcode: Opcode, number: i64) -> Self {
        let Layout::Fixed(width) = opcode.shape().layout() else {
            panic!("{opcode:?} has no number of fixed width")
        };
        self.0.push(opcode.byte());
        self.0.extend(&number.to_le_bytes()[..width.into()]);
        self
    }

    /// BINFLOAT.
    pub fn float(mut self, number: f64) -> Self {
        self.0.push(Opcode::BinFloat.byte());
        self.0.extend(number.to_be_bytes());
        self
    }

    /// An opcode with a line of text.
    pub fn line(mut self, opcode: Opcode, line: impl AsRef<[u8]>) -> Self {
        assert_eq!(
            opcode.shape().layout(),
            Layout::Line,
            "{opcode:?} has no line"
        );
        self.0.push(opcode.byte());
        self.0.extend(line.as_ref());
        self.0.push(b'\n');
        self
    }

    /// GLOBAL or INST.
    pub fn pair(
        mut self,
        opcode: Opcode,
        module: impl AsRef<[u8]>,
        name: impl AsRef<[u8]>,
    ) -> Self {
        assert_eq!(
            opcode.shape().layout(),
            Layout::Pair,
            "{opcode:?} has no two lines"
        );
        self.0.push(opcode.byte());
        for line in [module.as_ref(), name.as_ref()] {
            self.0.extend(line);
            self.0.push(b'\n');
        }
        self
    }

    /// An opcode with a payload, whose length is counted.
    pub fn payload(mut self, opcode: Opcode, payload: impl AsRef<[u8]>) -> Self {
        let Layout::Counted { width, .. } = opcode.shape().layout() else {
            panic!("{opcode:?} has no counted payload")
        };
        let payload = payload.as_ref();
        self.0.push(opcode.byte());
        self.0
            .extend(&(payload.len() as u64).to_le_bytes()[..width.into()]);
        self.0.extend(payload);
        self
    }

    /// Bytes as they are.
    pub fn raw(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.0.extend(bytes.as_ref());
        self
    }

    /// The stream.
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }

    /// The stream, with STOP behind it.
    pub fn stop(self) -> Vec<u8> {
        self.op(Opcode::Stop).bytes()
    }
}
