//! Where frames lie, and what crosses them.
//!
//! FRAME is a promise about blocks of bytes, and readers keep it differently: `_pickle.c` reading from bytes ignores
//! it but for its length, reading from a file it loses the rest of a frame that an argument crosses (gh-154848; not for the payload of BINBYTES and
//! its kin, since 3.8), and `pickle.py` (`_Unframer`) refuses such an argument. Here is only told what lies where.

use crate::{
    opcode::{Layout, Opcode},
    span::Span,
};

use crate::decode::{Argument, Op};

/// What is odd about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameNote {
    /// FRAME claims more bytes than the input has left. C refuses, Python reads on.
    Overrun {
        /// The claimed length in bytes.
        claimed: u64,
        /// How many bytes the input has after FRAME.
        left: u64,
    },
    /// FRAME stands inside another frame. C reads on, Python refuses.
    Nested {
        /// Where the frame around it ends.
        outer: u64,
    },
    /// An argument begins in the frame and ends behind it: readers part here.
    Straddle {
        /// Where the frame ends.
        end: u64,
    },
    /// STOP stands before the frame's end.
    Slack {
        /// How many bytes of the frame are left.
        left: u64,
    },
}

/// Follows the frames of one pickle.
#[derive(Clone, Debug)]
pub struct Frames {
    /// Where the open frame ends; 0 before the first.
    end: u64,
    /// What ends up to here crosses no frame.
    clear: u64,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            end: 0,
            clear: u64::MAX,
        }
    }
}

impl Frames {
    /// Whether an opcode other than FRAME and STOP that ends at `end`, behind its argument, crosses no frame: then there is
    /// nothing to take in.
    #[inline(always)]
    pub fn are_clear(&self, end: u64) -> bool {
        end <= self.clear
    }

    /// Whether a frame goes on at `offset`.
    pub fn is_open(&self, offset: u64) -> bool {
        offset < self.end
    }

    /// Takes in the next opcode of a pickle whose input has `length` bytes, and says what is odd about its frame.
    pub fn see(&mut self, op: &Op<'_>, length: u64) -> Option<FrameNote> {
        let note = self.see_framed(op, length);
        let end = op.span().end;
        self.clear = if end < self.end { self.end } else { u64::MAX };
        note
    }

    fn see_framed(&mut self, op: &Op<'_>, length: u64) -> Option<FrameNote> {
        let span = op.span();
        let open = op.offset < self.end;
        let crosses = |read: Span| read.start < self.end && self.end < read.end;
        let straddle = (open && self.end < span.end && reads(op).any(crosses))
            .then_some(FrameNote::Straddle { end: self.end });
        match op.argument {
            Argument::Uint(claimed) if op.opcode == Opcode::Frame => {
                let left = length.saturating_sub(span.end);
                let outer = std::mem::replace(&mut self.end, span.end.saturating_add(claimed));
                if claimed > left {
                    // Whoever reads on does so without this frame.
                    self.end = 0;
                    Some(FrameNote::Overrun { claimed, left })
                } else if open && outer > span.end {
                    Some(FrameNote::Nested { outer })
                } else {
                    straddle
                }
            }
            _ if op.opcode == Opcode::Stop && span.end < self.end => Some(FrameNote::Slack {
                left: self.end.saturating_sub(span.end),
            }),
            _ => straddle,
        }
    }
}

/// The pieces that a loader reads one by one: a frame may end between them.
fn reads(op: &Op<'_>) -> impl Iterator<Item = Span> {
    let lengths = match (op.opcode.shape().layout(), op.argument) {
        (Layout::Fixed(width), _) => [u64::from(width), 0],
        (Layout::Counted { width, .. }, Argument::Bytes(payload)) => {
            [width.into(), payload.len() as u64]
        }
        (_, Argument::Line(line)) => [(line.len() as u64).saturating_add(1), 0],
        (_, Argument::Pair { module, name }) => {
            [module, name].map(|line| (line.len() as u64).saturating_add(1))
        }
        _ => [0, 0],
    };
    let mut start = op.offset.saturating_add(1);
    lengths.into_iter().map(move |length| {
        let read = Span {
            start,
            end: start.saturating_add(length),
        };
        start = read.end;
        read
    })
}
