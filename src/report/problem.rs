//! What is wrong or odd in an input, as a report tells it.

use std::fmt;

use crate::{
    container::{detect::Finding, trouble::Trouble as ContainerTrouble},
    count::Counted,
    decode::{Argument, text::Meaning},
    inspect::{NoPickle, Part},
    machine::{Failure, frame::FrameNote, glance::End},
    reader::{Reading, Readings, Storage, Trouble},
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
    /// How far its pickle could be read, once that is known.
    reading: Option<Reading>,
}

/// What is wrong or odd.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProblemKind<'a> {
    /// Something about a pickle.
    Pickle(Trouble<'a>),
    /// The input is no pickle.
    NoPickle(NoPickle<'a>),
    /// Nothing but white space behind the last pickle, as an editor or a shell leaves it.
    Blank(Span),
    /// Bytes behind the last pickle that nothing explains.
    Rest(Span, Option<Finding<'a>>),
    /// Only this many bytes of a pipe or device were read.
    Limit(u64),
    /// Something is wrong with a container, or with one of its members.
    Container(ContainerTrouble),
}

impl<'a> Problem<'a> {
    /// A problem at an offset from the start of the input.
    pub fn new(pickle: Option<u64>, offset: u64, kind: ProblemKind<'a>) -> Self {
        Self {
            pickle,
            offset,
            kind,
            reading: None,
        }
    }

    /// The same, once it is known how far its pickle could be read: its weight follows that.
    pub fn read_as(self, reading: Reading) -> Self {
        Self {
            reading: Some(reading),
            ..self
        }
    }

    /// What keeps readers from reading on, makes them part, or is odd in a pickle.
    pub fn of_trouble(pickle: u64, trouble: Trouble<'a>) -> Self {
        Self::new(Some(pickle), trouble.offset(), ProblemKind::Pickle(trouble))
    }

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
        Some(Self::new(None, offset, kind))
    }

    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            ProblemKind::Pickle(trouble) => match trouble {
                Trouble::Fault(fault) => fault.code(),
                Trouble::Failure(_, failure) => failure.code(),
                Trouble::Unreadable(_, why) => why.code(),
                Trouble::Differs(..) => "loaders-differ",
                Trouble::OtherVersions(..) => "versions-differ",
                Trouble::NothingAdded(_) => "nothing-added",
                Trouble::LateProto(_) => "late-proto",
                Trouble::Frame(_, FrameNote::Overrun { .. }) => "frame-overrun",
                Trouble::Frame(_, FrameNote::Nested { .. }) => "frame-nested",
                Trouble::Frame(_, FrameNote::Straddle { .. }) => "frame-straddle",
                Trouble::Frame(_, FrameNote::Slack { .. }) => "frame-slack",
                Trouble::CrLf(_) => "crlf",
                Trouble::Raw(_) => "raw-bytes",
                Trouble::Uncrossed(..) => "raw-bytes-unread",
                Trouble::Storage(..) => "storage",
                Trouble::Magic(_) => "computed-magic",
            },
            ProblemKind::NoPickle(_) => "not-a-pickle",
            ProblemKind::Blank(_) => "blank",
            ProblemKind::Rest(..) => "rest",
            ProblemKind::Limit(_) => "limit",
            ProblemKind::Container(trouble) => trouble.code(),
        }
    }

    /// How much it weighs.
    ///
    /// What the unpickler in C fails at is a fault where none of the others gets to STOP either. Until that is known, what
    /// C alone refuses is taken for ambiguous.
    pub fn severity(&self) -> Severity {
        self.severity_if(self.reading)
    }

    /// How much it weighs if its pickle can be read so far.
    pub fn severity_if(&self, reading: Option<Reading>) -> Severity {
        match &self.kind {
            ProblemKind::Pickle(trouble) => match trouble {
                Trouble::Failure(_, failure) => match reading {
                    Some(Reading::Incomplete) => Severity::Fault,
                    Some(Reading::Ambiguous | Reading::Complete) => Severity::Ambiguous,
                    None if is_of_c_alone(*failure) => Severity::Ambiguous,
                    None => Severity::Fault,
                },
                Trouble::Fault(_)
                | Trouble::Unreadable(..)
                | Trouble::CrLf(_)
                | Trouble::Uncrossed(..)
                | Trouble::Storage(..) => Severity::Fault,
                Trouble::Differs(..)
                | Trouble::NothingAdded(_)
                | Trouble::Frame(
                    _,
                    FrameNote::Overrun { .. }
                    | FrameNote::Nested { .. }
                    | FrameNote::Straddle { .. },
                ) => Severity::Ambiguous,
                Trouble::OtherVersions(..)
                | Trouble::LateProto(_)
                | Trouble::Raw(_)
                | Trouble::Magic(_)
                | Trouble::Frame(_, FrameNote::Slack { .. }) => Severity::Note,
            },
            ProblemKind::NoPickle(_)
            | ProblemKind::Rest(..)
            | ProblemKind::Limit(_)
            | ProblemKind::Container(_) => Severity::Fault,
            ProblemKind::Blank(_) => Severity::Note,
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
            ProblemKind::Pickle(Trouble::CrLf(damage)) => Some(damage.advice().to_owned()),
            ProblemKind::Limit(_) => {
                Some("save it to a file first: files are mapped and have no limit".to_owned())
            }
            ProblemKind::Container(trouble) => trouble.advice(),
            _ => None,
        }
    }
}

/// Whether other unpicklers than that in C may get past it.
fn is_of_c_alone(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::NotATuple | Failure::NoState | Failure::MemoTooLarge
    )
}

/// What is wrong, without where.
impl fmt::Display for ProblemKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pickle(trouble) => told(trouble, f),
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
            Self::Container(trouble) => write!(f, "{trouble}"),
        }
    }
}

fn told(trouble: &Trouble<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match trouble {
        Trouble::Fault(fault) => write!(f, "{}", fault.kind()),
        Trouble::Failure(op, Failure::Protocol) => match op.argument {
            Argument::Int(protocol) => {
                write!(f, "protocol {protocol} is unknown: loaders stop here")
            }
            _ => write!(f, "{}", Failure::Protocol),
        },
        Trouble::Failure(op, failure) => {
            let of = if is_of_c_alone(*failure) { " in C" } else { "" };
            write!(f, "{} fails{of}: {failure}", op.opcode.name())
        }
        Trouble::Unreadable(op, why) => {
            write!(
                f,
                "no loader of Python 3 takes {}'s argument: {why}",
                op.opcode.name()
            )
        }
        Trouble::Differs(op, differing) => {
            write!(f, "loaders differ in {}'s argument: ", op.opcode.name())?;
            readings(differing, f)
        }
        Trouble::OtherVersions(op, differing) => {
            write!(f, "versions differ in {}'s argument: ", op.opcode.name())?;
            readings(differing, f)
        }
        Trouble::NothingAdded(_) => f.write_str(
            "nothing is added to what can't be added to: the unpickler in C doesn't look, Python's refuses it",
        ),
        Trouble::LateProto(_) => {
            f.write_str("PROTO stands inside the pickle: it holds from here on")
        }
        Trouble::Frame(_, FrameNote::Overrun { claimed, .. }) if *claimed > i64::MAX as u64 => {
            write!(
                f,
                "FRAME claims {}: every loader refuses it",
                Counted(*claimed, "byte")
            )
        }
        Trouble::Frame(_, FrameNote::Overrun { claimed, left }) => write!(
            f,
            "FRAME claims {} where {left} are left: C's unpickler refuses it, Python's reads on",
            Counted(*claimed, "byte")
        ),
        Trouble::Frame(_, FrameNote::Nested { outer }) => write!(
            f,
            "FRAME inside a frame that ends at {outer}: Python's unpickler refuses it, C's reads on"
        ),
        Trouble::Frame(_, FrameNote::Straddle { end }) => write!(
            f,
            "this argument crosses the frame's end at {end}: loaders part here, and one may read other opcodes"
        ),
        Trouble::Frame(_, FrameNote::Slack { left }) => {
            write!(
                f,
                "STOP stands {} before its frame's end",
                Counted(*left, "byte")
            )
        }
        Trouble::CrLf(damage) => write!(f, "{damage}"),
        Trouble::Raw(_) => f.write_str(
            "what joblib.load takes for an array's bytes stands between opcodes, and is read so: pickle.load would take it for opcodes",
        ),
        Trouble::Storage(_, Storage::Unknown) => {
            f.write_str("a torch storage is due, and no persistent id says what is in it")
        }
        Trouble::Storage(_, Storage::Short { wanted, left }) => write!(
            f,
            "a torch storage is due that wants {}, {left} left",
            Counted(*wanted, "byte")
        ),
        Trouble::Storage(_, Storage::Count { stated, found }) => write!(
            f,
            "the torch storage has {} where its persistent id says {stated}",
            Counted(*found, "item")
        ),
        Trouble::Magic(_) => f.write_str(
            "this is the place of torch's magic number, and a call makes the number: torch.save writes it as it is",
        ),
        Trouble::Uncrossed(_, why) => write!(
            f,
            "joblib.load takes what follows for an array's bytes, and how many can't be told ({why}): it is read as opcodes, as pickle.load does"
        ),
    }
}

/// What readers make of an argument: `8 (C), refused (Python)`.
fn readings(readings: &Readings<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, meaning) in readings {
        let reading = match meaning {
            Some(meaning) => reading(meaning),
            None => "refused".to_owned(),
        };
        match told.iter_mut().find(|(known, _)| *known == reading) {
            Some((_, names)) => names.push(name),
            None => told.push((reading, vec![name])),
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
