//! The opcodes of a stream as a loader gets them that reads frame by frame.

use crate::{
    decode::{self, Argument, Op},
    opcode::{Layout, Opcode},
};

/// How a loader reads a stream that has frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `_pickle.c` reading from bytes: a frame is only as long as it says.
    Bytes,
    /// `_pickle.c` reading from a file: what isn't whole in the frame is read behind it, and the frame's rest is lost
    /// (`_Unpickler_ReadImpl`, gh-154848; so up to 3.13). Not so the payload of BINBYTES, its kin and BYTEARRAY8, which
    /// goes on behind the frame (`_Unpickler_ReadInto`, since 3.8; 3.6 and 3.7 lose bytes there too).
    File,
    /// `_Unframer` of `pickle.py`: what isn't whole in the frame is an error.
    Python,
}

/// Why a loader that reads frame by frame can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stuck;

/// Opcodes as such a loader gets them.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    input: &'a [u8],
    framing: Framing,
    /// Where the next byte is read.
    at: usize,
    /// Where the frame ends that `at` lies in; `at` and less where there is none.
    frame_end: usize,
    /// Whether the input ended in a line, which the loader took for whole.
    partial: bool,
}

impl<'a> Source<'a> {
    pub(crate) fn new(input: &'a [u8], start: usize, framing: Framing) -> Self {
        Self {
            input,
            framing,
            at: start,
            frame_end: 0,
            partial: false,
        }
    }

    /// The next opcode, and whether its bytes stand in one line, so that its offset tells them.
    pub(crate) fn next_op(&mut self) -> Result<(Op<'a>, bool), Stuck> {
        let offset = self.at as u64;
        let &[byte] = self.read(1)? else {
            return Err(Stuck);
        };
        let opcode = Opcode::from_byte(byte).ok_or(Stuck)?;
        let argument = match opcode.shape().layout() {
            Layout::Empty => Argument::None,
            Layout::Fixed(width) => {
                let bytes = self.read(width.into())?;
                decode::argument(opcode.shape(), bytes).ok_or(Stuck)?
            }
            Layout::Line => Argument::Line(self.line()?),
            Layout::Pair => Argument::Pair {
                module: self.line()?,
                name: self.line()?,
            },
            Layout::Counted { width, signed } => {
                let length = decode::little_endian(self.read(width.into())?);
                if signed && (length as u32 as i32) < 0 {
                    return Err(Stuck);
                }
                let length = usize::try_from(length).map_err(|_| Stuck)?;
                Argument::Bytes(match opcode {
                    Opcode::BinBytes
                    | Opcode::ShortBinBytes
                    | Opcode::BinBytes8
                    | Opcode::Bytearray8
                        if self.framing == Framing::File =>
                    {
                        self.read_on(length)?
                    }
                    _ => self.read(length)?,
                })
            }
        };
        let op = Op {
            offset,
            opcode,
            argument,
        };
        let in_line = op.span().end == self.at as u64 && !self.partial;
        if let (Opcode::Frame, Argument::Uint(length)) = (opcode, argument) {
            self.open_frame(length)?;
        }
        Ok((op, in_line))
    }

    /// Where the next byte is read.
    pub(crate) fn offset(&self) -> u64 {
        self.at as u64
    }

    /// Goes on at `offset`, past bytes that whoever reads opcodes takes for himself.
    pub(crate) fn skip_to(&mut self, offset: u64) {
        self.at = usize::try_from(offset).unwrap_or(usize::MAX);
    }

    fn in_frame(&self) -> bool {
        self.at < self.frame_end
    }

    fn read(&mut self, length: usize) -> Result<&'a [u8], Stuck> {
        let end = self.at.checked_add(length).ok_or(Stuck)?;
        if self.in_frame() && end > self.frame_end {
            match self.framing {
                Framing::File | Framing::Bytes => self.at = self.frame_end,
                Framing::Python => return Err(Stuck),
            }
        }
        self.read_on(length)
    }

    /// Reads on, across the frame's end if it comes to that.
    fn read_on(&mut self, length: usize) -> Result<&'a [u8], Stuck> {
        let end = self.at.checked_add(length).ok_or(Stuck)?;
        let bytes = self.input.get(self.at..end).ok_or(Stuck)?;
        self.at = end;
        Ok(bytes)
    }

    /// A line without its newline. At the input's end `pickle.py` takes what is there for a line, less its last byte.
    fn line(&mut self) -> Result<&'a [u8], Stuck> {
        let newline = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
        if self.in_frame() {
            let frame = self.input.get(self.at..self.frame_end).ok_or(Stuck)?;
            if let Some(end) = newline(frame) {
                self.at = self.at.saturating_add(end).saturating_add(1);
                return frame.get(..end).ok_or(Stuck);
            }
            match self.framing {
                Framing::File | Framing::Bytes => self.at = self.frame_end,
                Framing::Python => return Err(Stuck),
            }
        }
        let rest = self.input.get(self.at..).ok_or(Stuck)?;
        match newline(rest) {
            Some(end) => {
                self.at = self.at.saturating_add(end).saturating_add(1);
                rest.get(..end).ok_or(Stuck)
            }
            None if self.framing == Framing::Python => {
                self.partial = true;
                self.at = self.input.len();
                Ok(rest.get(..rest.len().saturating_sub(1)).unwrap_or_default())
            }
            None => Err(Stuck),
        }
    }

    fn open_frame(&mut self, length: u64) -> Result<(), Stuck> {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= isize::MAX as usize);
        let length = length.ok_or(Stuck)?;
        let end = self.at.saturating_add(length);
        match self.framing {
            Framing::Bytes if end > self.input.len() => return Err(Stuck),
            Framing::Bytes => {}
            // `load_frame` reads the frame and goes back to its start: a frame that lies within the buffer changes nothing.
            Framing::File if self.in_frame() && end <= self.frame_end => {}
            Framing::File => {
                if self.in_frame() {
                    self.at = self.frame_end;
                }
                self.frame_end = self.at.saturating_add(length);
                if self.frame_end > self.input.len() {
                    return Err(Stuck);
                }
            }
            Framing::Python if self.in_frame() => return Err(Stuck),
            Framing::Python => self.frame_end = end.min(self.input.len()),
        }
        Ok(())
    }
}
