//! An input to its pickles: where each begins, what is no pickle, and what is left over; and a file with parts to those.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod behind;
#[cfg(feature = "containers")]
mod framed;
#[cfg(feature = "containers")]
mod nested;
#[cfg(feature = "containers")]
pub mod parts;

pub(crate) use behind::{Behind, Trail};

use crate::{
    container::detect::{self, Finding},
    decode::ops,
    error::{Fault, FaultKind},
    limits,
    machine::glance::{self, End, Glance},
    opcode::Opcode,
    reader::{Pickle, Reader, Trouble},
    span::Span,
};

/// What stands at some place of an input.
#[derive(Debug)]
#[non_exhaustive]
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
#[non_exhaustive]
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
    let look = Look::new(input, whole);
    if look.pickle {
        return Part::Pickle(0);
    }
    Part::NoPickle(NoPickle {
        opcodes: look.glance.opcodes,
        end: (!input.is_empty()).then_some(look.glance.end),
        finding: look.finding,
    })
}

/// What the beginning of an input looks like.
struct Look<'a> {
    pickle: bool,
    glance: Glance,
    /// What it is beside a pickle, or instead.
    finding: Option<Finding<'a>>,
}

impl<'a> Look<'a> {
    fn new(input: &'a [u8], whole: bool) -> Self {
        let glance = glance::glance(input, 0, GLANCE);
        let finding = detect::detect(input, whole);
        Self {
            pickle: is_pickle(input, &glance, finding.as_ref()) && !input.is_empty(),
            glance,
            finding,
        }
    }

    /// What it is, where that is a container whose parts are read.
    #[cfg(feature = "containers")]
    fn container(&self) -> Option<&Finding<'a>> {
        let finding = self.finding.as_ref()?;
        let sure = finding.strong() || !self.pickle;
        (sure && finding.format.is_opened()).then_some(finding)
    }

    #[cfg(not(feature = "containers"))]
    fn container(&self) -> Option<&Finding<'a>> {
        None
    }
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

/// Whether bytes begin as messages of a pipe do.
#[cfg(feature = "containers")]
fn is_framed(input: &[u8]) -> bool {
    framed::begins(input)
}

#[cfg(not(feature = "containers"))]
fn is_framed(_: &[u8]) -> bool {
    false
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
    let look = Look::new(input, false);
    if look.pickle || look.container().is_some() || is_framed(input) {
        Worth::More
    } else {
        Worth::Nothing
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

/// The pickles of an input, one after the other: what each looks up, does and stores, how far it can be read, and what is
/// wrong with it.
///
/// Empty where the input is no pickle. What is left over behind the last, [`walk`] tells, and [`after`].
///
/// ```
/// let ends: Vec<u64> = pickscope::pickles(b"N.\x80\x04K\x01.").map(|pickle| pickle.span.end).collect();
/// assert_eq!(ends, [2, 7]);
///
/// // Nothing was put in the memo that could be got.
/// let pickle = pickscope::pickles(b"\x80\x02h\x05.").next().unwrap();
/// assert_eq!((pickle.reading.name(), pickle.faults[0].offset()), ("incomplete", 2));
/// ```
pub fn pickles(input: &[u8]) -> Pickles<'_> {
    Pickles(walk(input, true))
}

/// An iterator over the pickles of an input; see [`pickles`].
#[derive(Debug)]
pub struct Pickles<'a>(Walk<'a>);

impl<'a> Iterator for Pickles<'a> {
    type Item = Pickle<'a>;

    fn next(&mut self) -> Option<Pickle<'a>> {
        self.0.find_map(|piece| match piece {
            Piece::Pickle { pickle, .. } => Some(*pickle),
            Piece::Reading(_) | Piece::Other(_) => None,
        })
    }
}

/// What [`walk`] comes by.
#[derive(Debug)]
pub enum Piece<'a> {
    /// So far, an offset from the start of the input, a pickle was read that goes on.
    Reading(u64),
    /// A pickle.
    Pickle {
        /// The pickle.
        pickle: Box<Pickle<'a>>,
        /// Whether its opcodes reach STOP, whatever the machine says of them.
        stopped: bool,
    },
    /// The last piece, if it is no pickle: [`Part::NoPickle`], [`Part::Rest`] or [`Part::Blank`].
    Other(Part<'a>),
}

/// An input from its start to its end; `whole` says whether these are all its bytes.
///
/// No more than one pickle is held at a time.
pub fn walk(input: &[u8], whole: bool) -> Walk<'_> {
    Walk {
        input,
        next: Next::First(whole),
        trail: Trail::default(),
    }
}

/// An iterator over the pieces of an input; see [`walk`].
#[derive(Debug)]
pub struct Walk<'a> {
    input: &'a [u8],
    next: Next<'a>,
    trail: Trail,
}

#[derive(Debug)]
enum Next<'a> {
    First(bool),
    In(Box<Reader<'a>>, Vec<Trouble<'a>>, u64),
    After(u64),
    Nothing,
}

impl<'a> Iterator for Walk<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let part = match &mut self.next {
                Next::First(whole) => first(self.input, *whole),
                Next::After(offset) => after(self.input, *offset),
                Next::In(reader, faults, more) => {
                    let goes_on = reader.advance();
                    for trouble in reader.troubles() {
                        keep(trouble, faults, more);
                    }
                    if goes_on {
                        return Some(Piece::Reading(reader.offset()));
                    }
                    return self.end();
                }
                Next::Nothing => return None,
            };
            match part {
                Part::Pickle(start) => {
                    self.trail.begins(start);
                    let reader = Reader::new(self.input, start);
                    self.next = Next::In(Box::new(reader), Vec::new(), 0);
                }
                Part::End => {
                    self.next = Next::Nothing;
                    return None;
                }
                Part::Rest(..) | Part::Blank(_) | Part::NoPickle(_) => {
                    self.next = Next::Nothing;
                    return Some(Piece::Other(part));
                }
            }
        }
    }
}

impl<'a> Walk<'a> {
    /// Ends the pickle at hand.
    fn end(&mut self) -> Option<Piece<'a>> {
        let Next::In(reader, mut faults, mut more) =
            std::mem::replace(&mut self.next, Next::Nothing)
        else {
            return None;
        };
        if let Some(trouble) = reader.line_ends() {
            keep(trouble, &mut faults, &mut more);
        }
        let stopped = reader.reached_stop();
        let mut pickle = Box::new(reader.finish());
        if stopped {
            let behind = self.trail.behind(self.input, pickle.span.end);
            self.next = Next::After(behind.end(pickle.span.end));
            for trouble in behind.troubles {
                keep(trouble, &mut faults, &mut more);
            }
            pickle.behind = behind.raws;
        }
        pickle.faults = faults;
        pickle.more_faults = more;
        Some(Piece::Pickle { pickle, stopped })
    }
}

/// Keeps what is wrong, up to a limit.
#[cold]
fn keep<'a>(trouble: Trouble<'a>, faults: &mut Vec<Trouble<'a>>, more: &mut u64) {
    if faults.len() < limits::TROUBLES {
        faults.push(trouble);
        return;
    }
    *more = more.saturating_add(1);
    // What ends the pickle is told in any case.
    if let (Trouble::Fault(_), Some(last)) = (&trouble, faults.last_mut()) {
        *last = trouble;
    }
}
