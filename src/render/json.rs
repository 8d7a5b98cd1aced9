//! Reports as JSON: the wire types of `dump --format json`, one record a line.

pub mod catalogue;
pub mod code;
pub mod disassembly;
pub mod explain;
mod needs;
mod opcode;
mod parts;
pub mod refs;
mod shim;
pub mod tree;

use std::{
    fmt,
    io::{self, Write},
};

use serde::{Serialize, Serializer};

use crate::{
    decode::text::Integer,
    inspect::parts::Place,
    limits,
    reader::Raw,
    report::{
        dump::{End, Row},
        parts::Summary,
        problem::{Problem, Severity},
        resolving::Resolving,
    },
    repr,
};

use opcode::{Opcodes, is_plain};
use parts::{OnePart, OneStorage, OneTensor, Own};

/// Integers up to here are numbers in JSON: every reader has them exactly. Past it they are strings of digits.
const EXACT: u64 = 1 << 53;

/// Writes `{"kind":"input",…}`, the first record of an input; `bytes` is its length, where it was read whole.
///
/// # Errors
/// Those of `out`.
pub fn input(name: &str, bytes: Option<u64>, out: &mut dyn Write) -> io::Result<()> {
    let mut spill = Spill::new(out);
    spill.record(&Record::Input {
        schema: 1,
        input: name,
        bytes,
    })?;
    spill.flush()
}

/// Writes a record for each row of a part.
///
/// # Errors
/// Those of `out`.
pub fn dump<'a>(
    place: &Place,
    rows: impl Iterator<Item = Row<'a>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut spill = Spill::new(out);
    let own = Own::new(place);
    let mut opcodes = Opcodes::new(own);
    // From within, as in text.
    let mut rows = rows;
    rows.try_for_each(|row| {
        let mut write = |record: &Record<'_>| spill.record(record);
        match row {
            Row::Start { pickle, offset } => write(&Record::Pickle {
                part: own.part,
                base: own.base,
                pickle,
                start: offset,
            }),
            Row::Line(line) => opcodes.record(&line, &mut spill),
            Row::Raw { pickle, raw } => write(&Record::Raw {
                part: own.part,
                base: own.base,
                pickle,
                raw: OneRaw::new(&raw),
            }),
            Row::Fails {
                pickle,
                offset,
                resolving,
            } => write(&Record::Fails {
                part: own.part,
                base: own.base,
                pickle,
                offset,
                resolves: Resolves(&resolving),
            }),
            Row::End(end) => write(&ended(own, &end)),
            Row::Problem(problem) => told(place, &problem, &mut write),
        }
    })?;
    spill.flush()
}

/// Writes the records of what an input holds beside its pickles: containers, parts that are no pickles, and what is wrong
/// with them.
///
/// # Errors
/// Those of `out`.
pub fn summary(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let mut spill = Spill::new(out);
    for part in OnePart::all(summary) {
        spill.record(&Record::Part(part))?;
    }
    for (place, problem) in &summary.problems {
        spill.record(&Record::Problem(OneProblem::new(place, problem)))?;
    }
    spill.flush()
}

/// Writes the records of an input that can't be read.
///
/// # Errors
/// Those of `out`.
pub fn unreadable(name: &str, reason: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut spill = Spill::new(out);
    spill.record(&Record::Input {
        schema: 1,
        input: name,
        bytes: None,
    })?;
    spill.record(&Record::Problem(OneProblem::unreadable(reason)))?;
    spill.flush()
}

/// Gathers records into one write, unless one is so long that holding it would cost. Who is done flushes it.
struct Spill<'a> {
    line: Vec<u8>,
    out: &'a mut dyn Write,
}

impl<'a> Spill<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self {
            line: Vec::new(),
            out,
        }
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.json(record)?;
        self.write_all(b"\n")?;
        self.end_record()
    }

    /// A few records are gathered before they are handed on: `out` takes a lock for each piece.
    #[inline]
    fn end_record(&mut self) -> io::Result<()> {
        match self.line.len() >= GATHERED {
            true => self.flush(),
            false => Ok(()),
        }
    }
}

impl Write for Spill<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > LONG {
            self.flush()?;
            self.out.write_all(bytes)?;
            return Ok(bytes.len());
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > LONG {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    /// Hands the line on; `out` decides when that is written.
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }
}

/// Writes a value, without a line's end.
fn written(value: &(impl Serialize + ?Sized), out: &mut dyn Write) -> io::Result<()> {
    let mut spill = Spill::new(out);
    spill.json(value)?;
    spill.flush()
}

/// Writes what begins the document of an input, up to the list that `list` names; `bytes` is its length, where it is told.
fn begin(name: &str, bytes: Option<u64>, list: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"schema\":1,\"input\":")?;
    written(name, out)?;
    if let Some(bytes) = bytes {
        write!(out, ",\"bytes\":{bytes}")?;
    }
    write!(out, ",\"{list}\":[")
}

/// So many bytes of records are gathered.
const GATHERED: usize = 4 << 10;

/// A record is held up to so many bytes.
const LONG: usize = 1 << 16;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Record<'a> {
    Input {
        schema: u32,
        input: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    Part(OnePart<'a>),
    Pickle {
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        base: Option<u64>,
        pickle: u64,
        start: u64,
    },
    Raw {
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        base: Option<u64>,
        pickle: u64,
        #[serde(flatten)]
        raw: OneRaw<'a>,
    },
    Fails {
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        base: Option<u64>,
        pickle: u64,
        offset: u64,
        resolves: Resolves<'a>,
    },
    End {
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        base: Option<u64>,
        pickle: u64,
        end: u64,
        protocol: u8,
        opcodes: u64,
        reading: &'static str,
    },
    Problem(OneProblem),
    Rest(Rest),
}

/// Bytes behind the last pickle of a part.
#[derive(Clone, Serialize)]
struct Rest {
    #[serde(flatten)]
    place: Place,
    offset: u64,
    length: u64,
}

impl Rest {
    fn of(place: &Place, problem: &Problem<'_>) -> Option<Self> {
        let span = problem.rest()?;
        Some(Self {
            place: place.clone(),
            offset: span.start,
            length: span.length(),
        })
    }
}

/// The problems of a whole input, up to a limit.
#[derive(Default)]
struct Problems {
    /// The first of them.
    told: Vec<OneProblem>,
    /// How many more there are.
    untold: u64,
    /// The first bytes behind a last pickle.
    rest: Option<Rest>,
}

impl Problems {
    /// Takes those of a part.
    fn add<'a>(
        &mut self,
        place: &Place,
        problems: impl IntoIterator<Item = &'a Problem<'a>>,
        untold: u64,
    ) {
        self.untold = self.untold.saturating_add(untold);
        for problem in problems {
            if let (None, Some(rest)) = (&self.rest, Rest::of(place, problem)) {
                // There is one rest of a part at the most, and it comes last.
                self.rest = Some(rest);
            } else if self.told.len() >= limits::TROUBLES {
                self.untold = self.untold.saturating_add(1);
                continue;
            }
            self.told.push(OneProblem::new(place, problem));
        }
    }

    /// Writes the last fields of an input's document: parts that are no pickles, what is wrong, and what is left.
    fn end(mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        for (place, problem) in &summary.problems {
            self.add(place, [problem], 0);
        }
        out.write_all(b"\"problems\":")?;
        written(&self.told, out)?;
        if self.untold > 0 {
            write!(out, ",\"untold\":{}", self.untold)?;
        }
        if let Some(rest) = &self.rest {
            out.write_all(b",\"rest\":")?;
            written(rest, out)?;
        }
        let tables = &summary.tensors;
        if !tables.is_empty() {
            let tensors = tables.iter().flat_map(|table| {
                table.tensors.iter().map(|tensor| OneTensor {
                    place: &table.place,
                    tensor,
                })
            });
            out.write_all(b",\"tensors\":")?;
            written(&tensors.collect::<Vec<_>>(), out)?;
            let storages = tables.iter().flat_map(|table| {
                table.storages.iter().map(|storage| OneStorage {
                    place: &table.place,
                    storage,
                })
            });
            out.write_all(b",\"storages\":")?;
            written(&storages.collect::<Vec<_>>(), out)?;
        }
        if !summary.is_empty() {
            out.write_all(b",\"parts\":")?;
            written(&OnePart::all(summary).collect::<Vec<_>>(), out)?;
        }
        out.write_all(b"}\n")
    }
}

/// Bytes of a pickle that are no opcodes, or a pickle inside it.
#[derive(Serialize)]
struct OneRaw<'a> {
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    padding: Option<u64>,
    /// Whether opcodes of a pickle of its own follow.
    #[serde(skip_serializing_if = "is_false")]
    inner: bool,
    what: &'a str,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl<'a> OneRaw<'a> {
    fn new(raw: &'a Raw) -> Self {
        let length = raw.span.length();
        Self {
            offset: raw.span.start,
            length: (!raw.is_pickle || length > 0).then_some(length),
            padding: (raw.padding > 0).then_some(raw.padding),
            inner: raw.is_pickle,
            what: &raw.what,
        }
    }
}

/// Something that is wrong or odd.
#[derive(Serialize)]
struct OneProblem {
    #[serde(flatten)]
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    pickle: Option<u64>,
    offset: u64,
    code: &'static str,
    severity: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl OneProblem {
    /// That an input can't be read at all.
    fn unreadable(reason: &str) -> Self {
        Self {
            place: Place::default(),
            pickle: None,
            offset: 0,
            code: "unreadable",
            severity: Severity::Fault.name(),
            message: reason.to_owned(),
            format: None,
            advice: None,
        }
    }

    fn new(place: &Place, problem: &Problem<'_>) -> Self {
        Self {
            place: place.clone(),
            pickle: problem.pickle,
            offset: problem.offset,
            code: problem.code(),
            severity: problem.severity().name(),
            message: problem.kind.to_string(),
            format: problem.finding().map(|finding| finding.code()),
            advice: problem.advice(),
        }
    }
}

fn ended<'a>(own: Own<'a>, end: &End<'_>) -> Record<'a> {
    Record::End {
        part: own.part,
        base: own.base,
        pickle: end.pickle,
        end: end.read.span.end,
        protocol: end.read.protocol,
        opcodes: end.read.tally.opcodes(),
        reading: end.read.reading.name(),
    }
}

fn told(
    place: &Place,
    problem: &Problem<'_>,
    write: &mut dyn FnMut(&Record<'_>) -> io::Result<()>,
) -> io::Result<()> {
    write(&Record::Problem(OneProblem::new(place, problem)))?;
    match Rest::of(place, problem) {
        Some(rest) => write(&Record::Rest(rest)),
        None => Ok(()),
    }
}

struct Int<'i, 'a>(&'i Integer<'a>);

impl Serialize for Int<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_i64() {
            Some(number) if number.unsigned_abs() <= EXACT => serializer.serialize_i64(number),
            _ => serializer.serialize_str(&self.0.written()),
        }
    }
}

/// What each Python makes of a reference, as `explain` has it: `found`, or why not.
struct Resolves<'r>(&'r Resolving);

impl Serialize for Resolves<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdicts = self.0.verdicts.iter();
        serializer.collect_map(
            verdicts.map(|(python, verdict)| (python.to_string(), verdict.reason.code())),
        )
    }
}

struct Float(f64);

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.collect_str(&repr::Float(self.0))
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 1024];
        for chunk in self.0.chunks(digits.len() / 2) {
            let digits = digits.get_mut(..chunk.len() * 2).unwrap_or_default();
            // The digits of a chunk fit, two a byte, and are ASCII.
            let _ = hex::encode_to_slice(chunk, digits);
            f.write_str(std::str::from_utf8(digits).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Compact JSON that holds no character which a terminal might obey or hide: those become `\u` escapes.
struct Printable;

impl serde_json::ser::Formatter for Printable {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // What JSON escapes is in no fragment.
        if is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0; 2];
        let mut shown = 0;
        for (at, character) in fragment.char_indices() {
            if repr::is_visible(character) {
                continue;
            }
            writer.write_all(fragment.get(shown..at).unwrap_or_default().as_bytes())?;
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            shown = at + character.len_utf8();
        }
        writer.write_all(fragment.get(shown..).unwrap_or_default().as_bytes())
    }
}
