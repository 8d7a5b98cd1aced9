//! `code --format json`: one document an input, written entry by entry.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::{
    code::{fit::fates::Fate, needs::Need, writer::Writer},
    inspect::parts,
    python::Pythons,
    report::{
        code::{Class, Entry, Facts, Function, Judged, Report, Told, What, marshalled, stored},
        parts::Summary,
        problem::Severity,
        tree::{Grown, Trees},
    },
};

use super::{Hex, OneProblem, Problems, disassembly::instructions, written};

/// Entries stand so many levels deep in each other at the most; what is deeper stands beside. Each level takes two brackets,
/// and readers of JSON stop at 128 of them (serde_json), at 256 (older jq) or 1000 (Python).
const NEST: usize = 40;

/// Said of every code that is stored by value.
const JUDGED: &str =
    "executable code: what it does can't be judged by the names that the pickle imports";

#[derive(Serialize)]
struct One<'t> {
    #[serde(flatten)]
    part: &'t parts::Place,
    pickle: u64,
    offset: u64,
    length: u64,
    kind: &'static str,
    name: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<WriterOf<'t>>,
    #[serde(flatten)]
    function: Option<FunctionOf<'t>>,
    #[serde(flatten)]
    facts: Option<FactsOf<'t>>,
    #[serde(flatten)]
    class: Option<ClassOf<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'t [(String, String)]>,
    references: &'t [String],
    problems: Vec<Odd<'t>>,
}

#[derive(Serialize)]
struct WriterOf<'t> {
    library: &'static str,
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<&'t str>,
}

#[derive(Serialize)]
struct FunctionOf<'t> {
    signature: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_name: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_qualname: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc: Option<&'t str>,
    defaults: &'t [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    kwdefaults: &'t [(String, String)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    annotations: &'t [(String, String)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    function_attributes: &'t [(String, String)],
    closure: &'t [(String, Option<String>)],
    globals: GlobalsOf<'t>,
}

#[derive(Serialize)]
struct GlobalsOf<'t> {
    /// Where they come from that the pickle doesn't have.
    from: &'t [String],
    stored: Vec<&'t str>,
    needed: Option<Vec<NeedOf<'t>>>,
}

#[derive(Serialize)]
struct NeedOf<'t> {
    name: &'t str,
    status: &'static str,
}

#[derive(Serialize)]
struct FactsOf<'t> {
    qualname: Option<&'t str>,
    filename: &'t str,
    firstlineno: i64,
    argcount: i64,
    posonlyargcount: i64,
    kwonlyargcount: i64,
    flags: i64,
    stacksize: i64,
    varnames: &'t [String],
    names: &'t [String],
    freevars: &'t [String],
    cellvars: &'t [String],
    consts: &'t [String],
    code_hex: Hex<'t>,
    pythons: Vec<String>,
    /// What becomes of it on the Pythons that were asked for.
    #[serde(skip_serializing_if = "On::is_empty")]
    on: On<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marshal: Option<Place>,
}

struct On<'t>(&'t [Judged]);

impl On<'_> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for On<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let each = self.0.iter().map(|one| {
            let on = OnOne {
                fits: one.misfit.is_none(),
                reason: one.misfit.as_deref(),
                then: &one.then,
                measured: one.measured.map(Measured::of),
            };
            (one.python.to_string(), on)
        });
        serializer.collect_map(each)
    }
}

#[derive(Serialize)]
struct OnOne<'t> {
    fits: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'t str>,
    then: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<Measured>,
}

#[derive(Serialize)]
struct Measured {
    loads: u8,
    refused: u8,
    failed: u8,
    crashed: u8,
    wrong: u8,
    right: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'static str,
}

impl Measured {
    const fn of(fate: Fate) -> Self {
        Self {
            loads: fate.loads,
            refused: fate.refused,
            failed: fate.failed,
            crashed: fate.crashed,
            wrong: fate.wrong,
            right: fate.right,
            message: fate.message,
        }
    }
}

#[derive(Serialize)]
struct Place {
    offset: u64,
    length: u64,
}

#[derive(Serialize)]
struct ClassOf<'t> {
    #[serde(rename = "qualname")]
    own_qualname: Option<&'t str>,
    module: Option<&'t str>,
    metaclass: Option<&'t str>,
    bases: &'t [String],
    #[serde(rename = "enum", skip_serializing_if = "std::ops::Not::not")]
    is_enum: bool,
    attributes: &'t [(String, String)],
    methods: Vec<MethodOf<'t>>,
}

#[derive(Serialize)]
struct MethodOf<'t> {
    name: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapper: Option<&'static str>,
}

#[derive(Serialize)]
struct Odd<'t> {
    code: &'static str,
    message: &'t str,
}

impl<'t> One<'t> {
    fn of(part: &'t parts::Place, pickle: u64, told: &'t Told<'_>) -> Self {
        let (function, facts, class, attributes) = match &told.what {
            What::Function(function, facts) => (Some(function), facts.as_ref(), None, None),
            What::Code(facts) => (None, Some(facts), None, None),
            What::Class(class) => (None, None, Some(class), None),
            What::Module(attributes) => (None, None, None, Some(attributes.as_slice())),
        };
        let name = facts.map_or(told.name.as_str(), |facts| facts.name.as_str());
        Self {
            part,
            pickle,
            offset: told.offset,
            length: told.length,
            kind: told.what.kind(),
            name,
            writer: told.writer.as_ref().map(WriterOf::of),
            function: function.map(|function| {
                FunctionOf::of(
                    function,
                    Some(told.name.as_str()).filter(|own| *own != name),
                )
            }),
            facts: facts.map(|facts| FactsOf::of(facts)),
            class: class.map(|class| ClassOf::of(class)),
            attributes,
            references: &told.references,
            problems: told
                .problems
                .iter()
                .map(|(code, message)| Odd { code, message })
                .collect(),
        }
    }
}

impl<'t> WriterOf<'t> {
    fn of(writer: &'t Writer) -> Self {
        Self {
            library: writer.library,
            version: writer.versions,
            inside: writer.inside.as_deref(),
        }
    }
}

impl<'t> FunctionOf<'t> {
    fn of(function: &'t Function, name: Option<&'t str>) -> Self {
        let needed = function.needed.as_ref().map(|needed| {
            let need = |need: &'t Need| NeedOf {
                name: &need.name,
                status: need.status.name(),
            };
            needed.iter().map(need).collect()
        });
        Self {
            signature: &function.signature,
            function_name: name,
            function_qualname: function.qualname.as_deref(),
            module: function.module.as_deref(),
            doc: function.doc.as_deref(),
            defaults: &function.defaults,
            kwdefaults: &function.kwdefaults,
            annotations: &function.annotations,
            function_attributes: &function.attributes,
            closure: &function.closure,
            globals: GlobalsOf {
                from: &function.globals,
                stored: function
                    .stored
                    .iter()
                    .map(|(name, _)| name.as_str())
                    .collect(),
                needed,
            },
        }
    }
}

impl<'t> FactsOf<'t> {
    fn of(facts: &'t Facts<'_>) -> Self {
        Self {
            qualname: facts.qualname.as_deref(),
            filename: &facts.filename,
            firstlineno: facts.firstlineno,
            argcount: facts.argcount,
            posonlyargcount: facts.posonlyargcount,
            kwonlyargcount: facts.kwonlyargcount,
            flags: facts.flags,
            stacksize: facts.stacksize,
            varnames: &facts.varnames,
            names: &facts.names,
            freevars: &facts.freevars,
            cellvars: &facts.cellvars,
            consts: &facts.consts,
            code_hex: Hex(facts.bytes),
            pythons: facts.pythons.iter().map(|one| one.to_string()).collect(),
            on: On(&facts.judged),
            marshal: facts
                .marshal
                .map(|(offset, length)| Place { offset, length }),
        }
    }
}

impl<'t> ClassOf<'t> {
    fn of(class: &'t Class) -> Self {
        Self {
            own_qualname: class.qualname.as_deref(),
            module: class.module.as_deref(),
            metaclass: class.metaclass.as_deref(),
            bases: &class.bases,
            is_enum: class.is_enum,
            attributes: &class.attributes,
            methods: class
                .methods
                .iter()
                .map(|(name, wrapper)| MethodOf {
                    name,
                    wrapper: *wrapper,
                })
                .collect(),
        }
    }
}

/// What is asked of code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'n> {
    /// Only what has this name.
    pub only: Option<&'n str>,
    /// The Pythons that it is judged for.
    pub pythons: Option<Pythons>,
}

/// What the answer is.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Whether anything is stored by value, under the name that was asked for.
    pub any: bool,
    /// Whether all of it fits the Pythons that were asked for.
    pub fits: bool,
}

/// The document of an input, written part by part and entry by entry.
pub struct Document<'o> {
    out: &'o mut dyn Write,
    problems: Problems,
    begun: bool,
    /// Whether it has code that is unread.
    unread: bool,
    /// Whether all that was asked for fits.
    fits: bool,
}

impl<'o> Document<'o> {
    /// Begins it; `bytes` is the input's length, where it was read whole.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(name: &str, bytes: Option<u64>, out: &'o mut dyn Write) -> io::Result<Self> {
        super::begin(name, bytes, "functions", out)?;
        Ok(Self {
            out,
            problems: Problems::default(),
            begun: false,
            unread: false,
            fits: true,
        })
    }

    /// Writes what the pickles of a part store by value, as far as it is asked for.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn part(
        &mut self,
        place: &parts::Place,
        trees: &mut Trees<'_>,
        asked: Asked<'_>,
    ) -> io::Result<()> {
        let mut unread = Vec::new();
        for grown in trees.by_ref() {
            let marshalled = marshalled(&grown);
            let stored = stored(&grown, &marshalled);
            let mut report = Report::of(&grown, &stored).on(asked.pythons);
            if let Some(name) = asked.only {
                report.only(name);
            }
            self.fits &= report.fits();
            for entry in report.entries() {
                if std::mem::replace(&mut self.begun, true) {
                    self.out.write_all(b",")?;
                }
                tell(&mut report, entry, place, &grown, self.out)?;
            }
            for call in &stored.unread {
                unread.push(OneProblem {
                    place: place.clone(),
                    pickle: Some(grown.number),
                    offset: call.place,
                    code: "unread-code",
                    severity: Severity::Note.name(),
                    message: format!(
                        "a call of {} isn't as any library writes code: {}; tree shows it as a call",
                        call.callee, call.why
                    ),
                    format: None,
                    advice: None,
                });
            }
        }
        self.problems.add(place, &trees.problems, trees.untold);
        self.unread |= !unread.is_empty();
        self.problems.told.extend(unread);
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// Those of what it is written to.
    pub fn end(self, summary: &Summary) -> io::Result<Answer> {
        self.out.write_all(b"],")?;
        if self.begun || self.unread {
            self.out.write_all(b"\"judged\":")?;
            written(JUDGED, self.out)?;
            self.out.write_all(b",")?;
        }
        self.problems.end(summary, self.out)?;
        Ok(Answer {
            any: self.begun,
            fits: self.fits,
        })
    }
}

/// Writes the document of an input that can't be read.
///
/// # Errors
/// Those of `out`.
pub fn unreadable(name: &str, reason: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut document = Document::begin(name, None, out)?;
    document.problems.told.push(OneProblem::unreadable(reason));
    document.end(&Summary::default()).map(drop)
}

/// Writes an entry with those inside it.
fn tell(
    report: &mut Report<'_, '_>,
    entry: Entry,
    place: &parts::Place,
    grown: &Grown<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut open = vec![vec![entry].into_iter()];
    let mut around = None;
    // Whether an entry was written in each list that is open.
    let mut begun = vec![false];
    while let Some(entries) = open.last_mut() {
        let Some(entry) = entries.next() else {
            open.pop();
            begun.pop();
            if !open.is_empty() {
                out.write_all(b"]}")?;
            }
            continue;
        };
        if let Some(begun) = begun.last_mut()
            && std::mem::replace(begun, true)
        {
            out.write_all(b",")?;
        }
        let told = report.told(entry, around, grown);
        around = Some((told.offset, told.length));
        let mut fields = Vec::new();
        written(&One::of(place, report.pickle, &told), &mut fields)?;
        // The list of those inside is its last field.
        fields.pop();
        out.write_all(&fields)?;
        let code = report.code_of(entry);
        if let Some(bytecode) = code.and_then(|code| report.bytecode(code)) {
            out.write_all(b",\"instructions\":")?;
            instructions(&bytecode, report.budget(), out)?;
        }
        out.write_all(b",\"nested\":[")?;
        let mut inside = report.inside(entry);
        if open.len() >= NEST {
            // Too deep: they stand beside, behind it.
            let rest: Vec<Entry> = open.pop().into_iter().flatten().collect();
            inside.extend(rest);
            open.push(inside.into_iter());
            out.write_all(b"]}")?;
            continue;
        }
        open.push(inside.into_iter());
        begun.push(false);
    }
    Ok(())
}
