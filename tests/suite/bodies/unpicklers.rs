//! Lookups, held to what real unpicklers look up.

use std::{
    cell::RefCell,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
};

use pickscope::{
    machine::{
        Failure,
        lookup::{Name, Target},
    },
    pickles,
    reader::{Pickle, Reader, Reading, Trouble},
};

use crate::python::{hex, unhex};

/// A stream, and what `tools/machine_facts.py` has of its readers: C from bytes, C from a file, Python.
pub struct Row<'t> {
    pub stream: Vec<u8>,
    pub readers: [Answer<'t>; 3],
    expected: Option<&'t str>,
}

#[derive(Debug)]
pub struct Answer<'t> {
    pub end: End,
    consumed: Option<u64>,
    persistent: usize,
    imports: Vec<&'t str>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Ok,
    Fail,
    /// It failed with what the stream's bytes don't tell.
    Soft,
}

impl<'t> Row<'t> {
    pub fn all(text: &'t str) -> impl Iterator<Item = Self> {
        text.lines().map(|line| {
            let mut cells = line.split('\t');
            let mut next = || cells.next().expect("a stream and three readers");
            Self {
                stream: unhex(next()),
                readers: [next(), next(), next()].map(Answer::read),
                expected: cells.next(),
            }
        })
    }

    pub fn any(&self, end: End) -> bool {
        self.readers.iter().any(|reader| reader.end == end)
    }

    /// Whether all of them look up the same.
    pub fn alike(&self) -> bool {
        let [first, others @ ..] = &self.readers;
        others
            .iter()
            .all(|other| (&other.imports, other.persistent) == (&first.imports, first.persistent))
    }
}

impl<'t> Answer<'t> {
    fn read(cell: &'t str) -> Self {
        let mut words = cell.split(' ');
        let mut next = || words.next().expect("how it ended, and two numbers");
        Self {
            end: match next() {
                "ok" => End::Ok,
                "fail" => End::Fail,
                "soft" => End::Soft,
                other => panic!("no end: {other}"),
            },
            consumed: next().parse().ok(),
            persistent: next().parse().expect("a number"),
            imports: words.collect(),
        }
    }
}

/// What was looked up, as `escaped` of `tools/machine_facts.py` writes it: where the stream has it as text, and where it has it
/// as strings of Python 2, which that program reads as Latin-1.
#[derive(Debug)]
struct LookedUp(Vec<String>);

impl LookedUp {
    fn new(module: Option<&Name<'_>>, name: Option<&Name<'_>>) -> Self {
        let [modules, names] = [module, name].map(|part| match part {
            None => vec!["?".to_owned()],
            Some(part) => {
                let latin1: String = part.bytes().iter().copied().map(char::from).collect();
                vec![escaped(part.bytes()), escaped(latin1.as_bytes())]
            }
        });
        let pairs = modules
            .iter()
            .flat_map(|module| names.iter().map(move |name| format!("{module}:{name}")));
        Self(pairs.collect())
    }

    fn is(&self, import: &str) -> bool {
        self.0.iter().any(|written| written == import)
    }
}

fn escaped(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'.' | b'_' | b'-' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// What a pickle looks up by name, and how many persistent ids it loads; only what all readers do, or everything.
fn looked_up(pickle: &Pickle<'_>, by_all: bool) -> (Vec<LookedUp>, usize) {
    let mut persistent = 0;
    let mut names = Vec::new();
    for (lookup, readers) in &pickle.lookups {
        if by_all && !readers.are_all() {
            continue;
        }
        match &lookup.target {
            Target::Name { module, name } => {
                names.push(LookedUp::new(module.as_ref(), name.as_ref()));
            }
            Target::Persistent(_) => persistent += 1,
            Target::Extension(_) | Target::Nested => {}
        }
    }
    (names, persistent)
}

/// Whether a part's items are among the whole's, in their order.
fn within(part: &[LookedUp], whole: &[&str]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|item| whole.any(|other| item.is(other)))
}

/// What doesn't hold of a row.
pub fn check(row: &Row<'_>) -> Result<(), String> {
    let mut reader = Reader::new(&row.stream, 0);
    let mut values_differ = false;
    while reader.advance() {
        // The facts don't have the values. That loaders read an argument differently is told, and tests of arguments hold
        // that to facts of their own.
        values_differ |= reader
            .troubles()
            .any(|trouble| matches!(trouble, Trouble::Differs(..)));
    }
    // Whether an input is a pickle at all is for other tests: the machine is asked of all that the unpicklers were.
    let direct = reader.finish();
    let pickle = pickles(&row.stream).next().unwrap_or(direct);
    let pickle = &pickle;
    let (by_all, persistent_by_all) = looked_up(pickle, true);
    let (by_any, _) = looked_up(pickle, false);
    // A name that a call makes: to STACK_GLOBAL of the readers asked, an inert object is no string.
    let undecided = by_any.iter().any(|name| name.0[0].contains('?'));
    let soft = undecided || row.any(End::Soft);
    let reading = pickle.reading.name();
    let wanted = match row.expected {
        Some(expected) => [expected; 2],
        // One that loads, and one that fails for what stands in the stream, rule out what they do all the same.
        None if soft => match (row.any(End::Ok), row.any(End::Fail)) {
            (false, false) => [reading; 2],
            (true, false) => ["complete", "ambiguous"],
            (false, true) => ["incomplete", "ambiguous"],
            (true, true) => ["ambiguous"; 2],
        },
        None if !row.any(End::Ok) => ["incomplete"; 2],
        None if !row.any(End::Fail) && row.alike() && !values_differ => ["complete"; 2],
        None => ["ambiguous"; 2],
    };
    if !undecided && !wanted.contains(&reading) {
        return Err(format!("it is {reading}"));
    }

    let [first, ..] = &row.readers;
    if !soft && row.alike() {
        let same = by_all.len() == first.imports.len() && within(&by_all, &first.imports);
        if !same || persistent_by_all != first.persistent {
            let names: Vec<&String> = by_all.iter().map(|name| &name.0[0]).collect();
            return Err(format!("looked up: {names:?} and {persistent_by_all} ids"));
        }
    } else {
        for reader in &row.readers {
            if let Some(missing) = reader
                .imports
                .iter()
                .find(|import| !by_any.iter().any(|name| name.is(import)))
            {
                return Err(format!("{missing} isn't listed"));
            }
            // A reader that fails softly stops, where the machine reads on.
            if !soft && !within(&by_all, &reader.imports) {
                return Err(format!("not looked up by all: {by_all:?}"));
            }
        }
    }

    let end = pickle.span.end;
    if pickle.reading == Reading::Complete && first.consumed.is_some_and(|consumed| consumed != end)
    {
        return Err(format!("it ends at {end}"));
    }
    Ok(())
}

/// A Python that is asked for one stream after the other: `tools/machine_facts.py --serve`.
struct Child {
    process: process::Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Child {
    fn start(python: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root
            .ancestors()
            .find(|path| path.join("tools/machine_facts.py").exists());
        let mut process = Command::new(python)
            .args(["-I", "-W", "ignore", "tools/machine_facts.py", "--serve"])
            .current_dir(root.expect("tools/ is above"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{python}: {error}"));
        let to = process.stdin.take().expect("it is piped");
        let from = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut child = Self { process, to, from };
        assert!(
            child.ask(b"N.").is_some(),
            "{python} runs no tools/machine_facts.py"
        );
        child
    }

    /// Its row of a stream; `None` where it died of it.
    fn ask(&mut self, stream: &[u8]) -> Option<String> {
        let mut row = String::new();
        writeln!(self.to, "{}", hex(stream)).ok()?;
        self.from.read_line(&mut row).ok()?;
        row.ends_with('\n').then(|| row.trim_end().to_owned())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Pythons that are asked, each in a process that goes on.
pub struct Unpicklers(Vec<(String, Option<Child>)>);

impl Unpicklers {
    /// Those programs. The first decides over how a stream is read, and should be 3.13. Of others only the lookups are compared:
    /// their messages don't tell what an inert object made fail.
    pub fn new(pythons: impl IntoIterator<Item = String>) -> Self {
        Self(pythons.into_iter().map(|python| (python, None)).collect())
    }

    /// What is looked up in a stream, in which order, and how it ends, is what they say. Tells how many answered.
    ///
    /// Bytes behind an opcode that are no opcodes (an array of joblib's) are for a loader of their own: of streams that have
    /// them, or where that can't be told, nobody is asked, nor of those with a memo index past `limits::MEMO_INDEX`, which C takes if it has a gigabyte for it.
    pub fn ask(&mut self, stream: &[u8]) -> usize {
        let apart = |trouble: &Trouble<'_>| {
            matches!(
                trouble,
                Trouble::Uncrossed(..) | Trouble::Failure(_, Failure::MemoTooLarge)
            )
        };
        if pickles(stream)
            .next()
            .is_some_and(|pickle| !pickle.raws.is_empty() || pickle.faults.iter().any(apart))
        {
            return 0;
        }
        let mut answered = 0;
        for (nth, (python, child)) in self.0.iter_mut().enumerate() {
            let asked = child
                .get_or_insert_with(|| Child::start(python))
                .ask(stream);
            let Some(answer) = asked else {
                // It ran out of its memory or its stack; the next stream has a new one.
                *child = None;
                continue;
            };
            let mut row = Row::all(&answer).next().expect("a line is a row");
            assert_eq!(row.stream, stream, "{python} answers what it was asked");
            let failed = row
                .readers
                .iter_mut()
                .filter(|reader| nth > 0 && reader.end == End::Fail);
            failed.for_each(|reader| reader.end = End::Soft);
            if let Err(why) = check(&row) {
                panic!("{python} of {}: {why}\n{answer}", hex(stream));
            }
            answered += 1;
        }
        answered
    }
}

thread_local! {
    static UNPICKLERS: RefCell<Unpicklers> = RefCell::new(Unpicklers::new(
        env::var("PICKSCOPE_UNPICKLERS").iter().flat_map(|list| list.split(':').map(str::to_owned)),
    ));
}

/// Asks the Pythons whose programs `PICKSCOPE_UNPICKLERS` names, parted by colons.
pub fn ask(stream: &[u8]) -> usize {
    UNPICKLERS.with_borrow_mut(|unpicklers| unpicklers.ask(stream))
}
