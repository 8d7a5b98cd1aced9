//! An input to its pickles: where each begins, what is no pickle, and what is left over.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use crate::{
    container::detect::{self, Finding},
    decode::ops,
    error::{Fault, FaultKind},
    machine::glance::{self, End, Glance},
    opcode::Opcode,
    reader::{Pickle, Reader},
    span::Span,
};

/// What stands at some place of an input.
#[derive(Debug)]
pub enum Part<'a> {
    /// A pickle, whole or broken, from this offset on.
    Pickle(u64),
    /// Bytes behind the last STOP that are no pickle.
    Rest(Span, Option<Finding<'a>>),
    /// Nothing but white space behind the last STOP.
    Blank(Span),
    /// An input that is no pickle from its first byte on.
    NoPickle(NoPickle<'a>),
    /// The input's end, after a STOP.
    End,
}

/// Why an input is no pickle.
#[derive(Debug)]
pub struct NoPickle<'a> {
    /// How many opcodes at its beginning are in order.
    pub opcodes: u64,
    /// What ends them; `None` for an empty input.
    pub end: Option<End>,
    /// What it is instead, where its content tells.
    pub finding: Option<Finding<'a>>,
}

/// How many opcodes tell whether an input is a pickle at all: what is none fails within a few dozen.
const GLANCE: u64 = 1000;

/// So few opcodes before a byte that is none are chance.
const FEW: u64 = 4;

/// What an input begins with; `whole` says whether its end is there.
///
/// An input is no pickle where its opcodes lead to no STOP in good order, it doesn't begin with PROTO, nothing was
/// imported, loaded by an id or found in the extension registry before they fail, and either another format is recognised or hardly an opcode was read.
pub fn first(input: &[u8], whole: bool) -> Part<'_> {
    let glance = glance::glance(input, 0, GLANCE);
    let finding = detect::detect(input, whole);
    if is_pickle(input, &glance, finding.as_ref()) && !input.is_empty() {
        return Part::Pickle(0);
    }
    Part::NoPickle(NoPickle {
        opcodes: glance.opcodes,
        end: (!input.is_empty()).then_some(glance.end),
        finding,
    })
}

fn is_pickle(input: &[u8], glance: &Glance, finding: Option<&Finding<'_>>) -> bool {
    if finding.is_some_and(Finding::strong) {
        // Files that are a pickle and something else are made on purpose.
        return glance.imports || matches!(glance.end, End::Stop);
    }
    glance.proto
        || glance.imports
        // As files of other formats begin, too.
        || glance.extends && finding.is_none()
        || match &glance.end {
            End::Stop | End::Enough => true,
            End::Cut(_) => glance.opcodes > 0 || finding.is_none(),
            // The first opcode imports, and be it by a name that no module has.
            End::Disorder(0, Opcode::Global | Opcode::Inst) => {
                let behind = glance::glance_behind_a_name(input, 0, GLANCE);
                finding.is_none() || matches!(behind.end, End::Stop | End::Enough)
            }
            End::Disorder(..) => {
                let stops = |end| glance.opcodes > 0 || end == input.len() as u64;
                finding.is_none() && (glance.opcodes >= FEW || end_of(input, 0).is_ok_and(stops))
            }
            End::Fault(_) => finding.is_none() && glance.opcodes >= FEW,
        }
}

/// Whether more bytes of a pipe are worth waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// They may make a pickle, or its rest.
    More,
    /// What came is no pickle, and more of it won't be one.
    Nothing,
    /// An opcode claims more bytes than are read at most.
    TooMuch,
}

/// Whether reading on is worth it after `input`, which may be the beginning of something longer; `most` is how many
/// bytes are read at the most.
pub fn worth(input: &[u8], most: u64) -> Worth {
    if let End::Cut(fault) | End::Fault(fault) = glance::glance(input, 0, GLANCE).end
        && let FaultKind::Truncated {
            wanted: Some(wanted),
            ..
        } = fault.kind()
        && wanted > most
    {
        return Worth::TooMuch;
    }
    match first(input, false) {
        Part::NoPickle(_) => Worth::Nothing,
        Part::Pickle(_) | Part::Blank(_) | Part::Rest(..) | Part::End => Worth::More,
    }
}

/// What stands behind a pickle that ended at `offset`.
///
/// It is a further pickle if its opcodes reach STOP, or if something is looked up before they fail: a loader that reads
/// on would already have imported. Else it is rest, all of it.
pub fn after(input: &[u8], offset: u64) -> Part<'_> {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| input.get(offset..))
        .unwrap_or_default();
    if rest.is_empty() {
        return Part::End;
    }
    let glance = glance::glance_behind_a_name(input, offset, u64::MAX);
    let stops = match glance.end {
        End::Stop => true,
        End::Disorder(..) => end_of(input, offset).is_ok(),
        End::Enough | End::Cut(_) | End::Fault(_) => false,
    };
    if stops || glance.looks_up {
        return Part::Pickle(offset);
    }
    let span = Span {
        start: offset,
        end: input.len() as u64,
    };
    if rest.iter().all(u8::is_ascii_whitespace) {
        return Part::Blank(span);
    }
    Part::Rest(span, detect::detect(rest, true))
}

/// The offset after the STOP of the pickle that starts at `offset`.
///
/// # Errors
/// The fault that keeps its opcodes from getting there.
pub fn end_of(input: &[u8], offset: u64) -> Result<u64, Fault> {
    let mut ops = ops(input);
    ops.skip_to(offset);
    for op in &mut ops {
        op?;
    }
    Ok(ops.offset())
}

/// The pickles of an input, one after the other: what each looks up, does and stores, and how far it can be read.
///
/// Empty where the input is no pickle. What is left over behind the last, [`after`] tells.
///
/// ```
/// let ends: Vec<u64> = pickscope::pickles(b"N.\x80\x04K\x01.").map(|pickle| pickle.span.end).collect();
/// assert_eq!(ends, [2, 7]);
/// ```
pub fn pickles(input: &[u8]) -> Pickles<'_> {
    Pickles {
        input,
        next: Some(first(input, true)),
    }
}

/// An iterator over the pickles of an input; see [`pickles`].
#[derive(Debug)]
pub struct Pickles<'a> {
    input: &'a [u8],
    next: Option<Part<'a>>,
}

impl<'a> Iterator for Pickles<'a> {
    type Item = Pickle<'a>;

    fn next(&mut self) -> Option<Pickle<'a>> {
        let Part::Pickle(start) = self.next.take()? else {
            return None;
        };
        let mut reader = Reader::new(self.input, start);
        while reader.advance() {
            // What is wrong on the way, the pickle's reading sums up.
            reader.troubles().for_each(drop);
        }
        let stopped = reader.reached_stop();
        let pickle = reader.finish();
        self.next = stopped.then(|| after(self.input, pickle.span.end));
        Some(pickle)
    }
}
