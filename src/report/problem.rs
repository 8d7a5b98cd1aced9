//! What is wrong or odd in an input, as a report tells it.

use std::fmt;

use crate::{
    container::detect::{Damage, Finding},
    count::Counted,
    decode::{
        Op,
        text::{self, Dialect, Meaning, Unreadable},
    },
    error::Fault,
    inspect::{NoPickle, Part},
    machine::{frame::FrameNote, glance::End},
    opcode::Opcode,
    repr,
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
    /// The loaders of Python 3.6 to 3.13, in C and in Python, read this argument differently.
    Differs(Op<'a>),
    /// They read it alike, but those of Python 2 or of 3.14 don't.
    OtherVersions(Op<'a>),
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
    /// Nothing but white space behind the last pickle, as an editor or a shell leaves it.
    Blank(Span),
    /// Bytes behind the last pickle that nothing explains.
    Rest(Span, Option<Finding<'a>>),
    /// Only this many bytes of a pipe or device were read.
    Limit(u64),
}

impl<'a> Problem<'a> {
    /// What is wrong with a part of an input that is no pickle; `None` for those that are, and for the input's end.
    pub fn of_part(part: Part<'a>) -> Option<Self> {
        let (offset, kind) = match part {
            Part::Blank(span) => (span.start, ProblemKind::Blank(span)),
            Part::Rest(span, finding) => (span.start, ProblemKind::Rest(span, finding)),
            Part::NoPickle(why) => {
                let offset = match &why.end {
                    _ if why.finding.is_some() => 0,
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
            ProblemKind::OtherVersions(_) => "versions-differ",
            ProblemKind::Underflow(_) => "stack-underflow",
            ProblemKind::Protocol(_) => "unknown-protocol",
            ProblemKind::LateProto => "late-proto",
            ProblemKind::Frame(FrameNote::Overrun { .. }) => "frame-overrun",
            ProblemKind::Frame(FrameNote::Nested { .. }) => "frame-nested",
            ProblemKind::Frame(FrameNote::Straddle { .. }) => "frame-straddle",
            ProblemKind::Frame(FrameNote::Slack { .. }) => "frame-slack",
            ProblemKind::CrLf(_) => "crlf",
            ProblemKind::NoPickle(_) => "not-a-pickle",
            ProblemKind::Blank(_) => "blank",
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
            ProblemKind::OtherVersions(_)
            | ProblemKind::LateProto
            | ProblemKind::Frame(_)
            | ProblemKind::Blank(_) => Severity::Note,
        }
    }

    /// What the bytes are instead, where that is the problem and their content tells.
    pub fn finding(&self) -> Option<&Finding<'_>> {
        match &self.kind {
            ProblemKind::NoPickle(NoPickle { finding, .. }) | ProblemKind::Rest(_, finding) => {
                finding.as_ref()
            }
            _ => None,
        }
    }

    /// The bytes behind the last pickle, where they are the problem.
    pub fn rest(&self) -> Option<Span> {
        match self.kind {
            ProblemKind::Rest(span, _) | ProblemKind::Blank(span) => Some(span),
            _ => None,
        }
    }

    /// What to do about it, where something can be done.
    pub fn advice(&self) -> Option<String> {
        match &self.kind {
            ProblemKind::NoPickle(_) | ProblemKind::Rest(..) => {
                Some(self.finding()?.advice().into_owned())
            }
            ProblemKind::CrLf(damage) => Some(damage.advice().to_owned()),
            ProblemKind::Limit(_) => {
                Some("save it to a file first: files are mapped and have no limit".to_owned())
            }
            _ => None,
        }
    }
}

/// What is wrong, without where.
impl fmt::Display for ProblemKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.kind().fmt(f),
            Self::Unreadable(opcode, why) => {
                write!(f, "no loader takes {}'s argument: {why}", opcode.name())
            }
            Self::Differs(op) => {
                write!(f, "loaders differ in {}'s argument: ", op.opcode.name())?;
                readings(op, &[Dialect::C, Dialect::Python], f)
            }
            Self::OtherVersions(op) => {
                write!(f, "versions differ in {}'s argument: ", op.opcode.name())?;
                readings(op, &Dialect::LOADERS, f)
            }
            Self::Underflow(opcode) => {
                write!(
                    f,
                    "{} takes more from the stack than there is",
                    opcode.name()
                )
            }
            Self::Protocol(protocol) => {
                write!(f, "protocol {protocol} is unknown: loaders stop here")
            }
            Self::LateProto => f.write_str("PROTO stands inside the pickle: it holds from here on"),
            Self::Frame(FrameNote::Overrun { claimed, left }) => write!(
                f,
                "FRAME claims {} where {left} are left: C's unpickler refuses it, Python's reads on",
                Counted(*claimed, "byte")
            ),
            Self::Frame(FrameNote::Nested { outer }) => {
                write!(
                    f,
                    "FRAME inside a frame that ends at {outer}: Python's unpickler refuses it, C's reads on"
                )
            }
            Self::Frame(FrameNote::Straddle { end }) => write!(
                f,
                "this argument crosses the frame's end at {end}: loaders part here, and one may read other opcodes"
            ),
            Self::Frame(FrameNote::Slack { left }) => {
                write!(
                    f,
                    "STOP stands {} before its frame's end",
                    Counted(*left, "byte")
                )
            }
            Self::CrLf(damage) => damage.fmt(f),
            Self::NoPickle(NoPickle {
                finding: Some(finding),
                ..
            }) => write!(f, "not a pickle as it stands: this is {finding}"),
            Self::NoPickle(NoPickle { end, .. }) => {
                f.write_str("not a pickle")?;
                match end {
                    Some(End::Cut(fault) | End::Fault(fault)) => write!(f, ": {}", fault.kind()),
                    Some(End::Disorder(_, opcode)) => {
                        write!(f, ": nothing of what {} wants is there", opcode.name())
                    }
                    Some(End::Stop | End::Enough) | None => Ok(()),
                }
            }
            Self::Blank(span) => {
                write!(
                    f,
                    "{} of white space after the last pickle",
                    Counted(span.length(), "byte")
                )
            }
            Self::Rest(span, finding) => {
                let bytes = Counted(span.length(), "byte");
                write!(f, "{bytes} after the last pickle that nothing explains")?;
                match finding {
                    Some(finding) => write!(f, ": {finding}"),
                    None => Ok(()),
                }
            }
            Self::Limit(bytes) => write!(f, "only the first {bytes} bytes were read"),
        }
    }
}

/// What readers make of an argument: `8 (C), refused (Python)`.
fn readings(op: &Op<'_>, dialects: &[Dialect], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for dialect in dialects {
        let reading = match text::meaning(op, *dialect) {
            Ok(meaning) => reading(&meaning),
            Err(_) => "refused".to_owned(),
        };
        match told.iter_mut().find(|(known, _)| *known == reading) {
            Some((_, names)) => names.push(dialect.title()),
            None => told.push((reading, vec![dialect.title()])),
        }
    }
    for (index, (reading, names)) in told.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{reading} ({})", names.join(", "))?;
    }
    Ok(())
}

/// One reading, as Python would write it; a long one is cut.
fn reading(meaning: &Meaning<'_>) -> String {
    const CHARACTERS: usize = 40;
    let text = match meaning {
        Meaning::Bool(true) => "True".to_owned(),
        Meaning::Bool(false) => "False".to_owned(),
        Meaning::Int(integer) => integer.written().into_owned(),
        Meaning::Float(number) => repr::Float(*number).to_string(),
        Meaning::Str(text) => repr::Str(text.into()).to_string(),
        Meaning::Bytes(bytes) => repr::Bytes(bytes).to_string(),
        Meaning::Names { module, name } => {
            format!("{} {}", repr::Str(module.into()), repr::Str(name.into()))
        }
        Meaning::None => "nothing".to_owned(),
    };
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
