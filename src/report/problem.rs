//! What is wrong or odd in an input, as a report tells it.

use std::fmt;

use crate::{
    container::detect::{Damage, Finding},
    decode::text::Unreadable,
    error::Fault,
    inspect::{NoPickle, Part},
    machine::{frame::FrameNote, glance::End},
    opcode::Opcode,
    span::Span,
};

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Odd, and worth knowing; loaders read on alike.
    Note,
    /// Loaders part here: one stops or sees another value.
    Ambiguous,
    /// No loader gets past it, or it leaves bytes unexplained.
    Fault,
}

impl Severity {
    /// `note`, `ambiguous` or `fault`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Ambiguous => "ambiguous",
            Self::Fault => "fault",
        }
    }
}

/// One thing that is wrong or odd.
#[derive(Debug)]
pub struct Problem<'a> {
    /// The pickle that it is in, counted from 0; `None` where it is in none.
    pub pickle: Option<u64>,
    /// Where, from the start of the input.
    pub offset: u64,
    /// What it is.
    pub kind: ProblemKind<'a>,
}

/// What is wrong or odd.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProblemKind<'a> {
    /// The bytes can't be split into opcodes any further.
    Fault(Fault),
    /// No loader takes this argument.
    Unreadable(Opcode, Unreadable),
    /// Loaders read this argument differently.
    Differs(Opcode),
    /// The opcode takes more from the stack than lies there, or a mark that isn't there.
    Underflow(Opcode),
    /// PROTO above 5: loaders refuse it, and everything before it has run.
    Protocol(i64),
    /// PROTO that isn't a pickle's first opcode.
    LateProto,
    /// Something about a frame.
    Frame(FrameNote),
    /// The stream's text went through a translation of newlines to CR LF.
    CrLf(Damage),
    /// The input is no pickle.
    NoPickle(NoPickle<'a>),
    /// Bytes behind the last pickle that nothing explains.
    Rest(Span, Option<Finding<'a>>),
    /// Only this many bytes of a pipe or device were read.
    Limit(u64),
}

impl<'a> Problem<'a> {
    /// What is wrong with a part of an input that is no pickle; `None` for those that are, and for the input's end.
    pub fn of_part(part: Part<'a>) -> Option<Self> {
        let (offset, kind) = match part {
            Part::Rest(span, finding) => (span.start, ProblemKind::Rest(span, finding)),
            Part::NoPickle(why) => {
                let offset = match &why.end {
                    Some(End::Cut(fault) | End::Fault(fault)) => fault.offset(),
                    Some(End::Disorder(offset, _)) => *offset,
                    Some(End::Stop | End::Enough) | None => 0,
                };
                (offset, ProblemKind::NoPickle(why))
            }
            Part::Pickle(_) | Part::End => return None,
        };
        Some(Self {
            pickle: None,
            offset,
            kind,
        })
    }

    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            ProblemKind::Fault(fault) => fault.code(),
            ProblemKind::Unreadable(_, why) => why.code(),
            ProblemKind::Differs(_) => "loaders-differ",
            ProblemKind::Underflow(_) => "stack-underflow",
            ProblemKind::Protocol(_) => "unknown-protocol",
            ProblemKind::LateProto => "late-proto",
            ProblemKind::Frame(FrameNote::Overrun { .. }) => "frame-overrun",
            ProblemKind::Frame(FrameNote::Nested { .. }) => "frame-nested",
            ProblemKind::Frame(FrameNote::Straddle { .. }) => "frame-straddle",
            ProblemKind::Frame(FrameNote::Slack { .. }) => "frame-slack",
            ProblemKind::CrLf(_) => "crlf",
            ProblemKind::NoPickle(_) => "not-a-pickle",
            ProblemKind::Rest(..) => "rest",
            ProblemKind::Limit(_) => "limit",
        }
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match &self.kind {
            ProblemKind::Fault(_)
            | ProblemKind::Unreadable(..)
            | ProblemKind::Underflow(_)
            | ProblemKind::Protocol(_)
            | ProblemKind::CrLf(_)
            | ProblemKind::NoPickle(_)
            | ProblemKind::Rest(..)
            | ProblemKind::Limit(_) => Severity::Fault,
            ProblemKind::Differs(_) => Severity::Ambiguous,
            ProblemKind::LateProto | ProblemKind::Frame(_) => Severity::Note,
        }
    }

    /// What the bytes are instead, where that is the problem and their content tells.
    pub fn finding(&self) -> Option<&Finding<'_>> {
        match &self.kind {
            ProblemKind::NoPickle(NoPickle { finding, .. }) | ProblemKind::Rest(_, finding) => finding.as_ref(),
            _ => None,
        }
    }

    /// The bytes behind the last pickle, where they are the problem.
    pub fn rest(&self) -> Option<Span> {
        match self.kind {
            ProblemKind::Rest(span, _) => Some(span),
            _ => None,
        }
    }

    /// What to do about it, where something can be done.
    pub fn advice(&self) -> Option<String> {
        match &self.kind {
            ProblemKind::NoPickle(_) | ProblemKind::Rest(..) => Some(self.finding()?.advice().into_owned()),
            ProblemKind::CrLf(damage) => Some(damage.advice().to_owned()),
            ProblemKind::Limit(_) => Some("save it to a file first: files are mapped and have no limit".to_owned()),
            _ => None,
        }
    }
}

/// What is wrong, without where.
impl fmt::Display for ProblemKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.kind().fmt(f),
            Self::Unreadable(opcode, why) => write!(f, "no loader takes {}'s argument: {why}", opcode.name()),
            Self::Differs(opcode) => write!(f, "loaders differ in what {}'s argument means", opcode.name()),
            Self::Underflow(opcode) => {
                write!(f, "{} takes more from the stack than there is", opcode.name())
            }
            Self::Protocol(protocol) => write!(
                f,
                "protocol {protocol} is unknown: loaders refuse it here, and what stands before has run"
            ),
            Self::LateProto => f.write_str("PROTO stands inside the pickle: it holds from here on"),
            Self::Frame(FrameNote::Overrun { claimed, left }) => write!(
                f,
                "FRAME claims {claimed} bytes where {left} are left: C's unpickler refuses it, Python's reads on"
            ),
            Self::Frame(FrameNote::Nested { outer }) => {
                write!(f, "FRAME inside a frame that ends at {outer}: Python's unpickler refuses it, C's reads on")
            }
            Self::Frame(FrameNote::Straddle { end }) => write!(
                f,
                "this argument crosses the frame's end at {end}: loaders part here, and one may read other opcodes"
            ),
            Self::Frame(FrameNote::Slack { left }) => {
                write!(f, "STOP stands {left} bytes before its frame's end")
            }
            Self::CrLf(damage) => damage.fmt(f),
            Self::NoPickle(NoPickle {
                finding: Some(finding),
                ..
            }) => write!(f, "not a pickle but {finding}"),
            Self::NoPickle(NoPickle { end, .. }) => {
                f.write_str("not a pickle")?;
                match end {
                    Some(End::Cut(fault) | End::Fault(fault)) => write!(f, ": {}", fault.kind()),
                    Some(End::Disorder(_, opcode)) => write!(f, ": nothing of what {} wants is there", opcode.name()),
                    Some(End::Stop | End::Enough) | None => Ok(()),
                }
            }
            Self::Rest(span, finding) => {
                write!(f, "{} bytes after the last pickle are no pickle", span.length())?;
                match finding {
                    Some(finding) => write!(f, " but {finding}"),
                    None => Ok(()),
                }
            }
            Self::Limit(bytes) => write!(f, "only the first {bytes} bytes were read"),
        }
    }
}
