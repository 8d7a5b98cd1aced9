//! Readings and lookups, against what CPython 3.13's unpicklers made of the same streams: a checked-in list, and the
//! unpicklers themselves on streams of the moment where pyenv has them.

use std::{
    collections::HashSet,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, SystemTime},
};

use pickscope::{
    machine::lookup::{Name, Target},
    pickles,
    reader::{Pickle, Reader, Reading, Trouble},
};

use crate::{
    clock,
    python::{hex, pythons, say, unhex},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A stream, and what `tools/machine_facts.py` has of its readers: C from bytes, C from a file, Python.
struct Row<'t> {
    stream: Vec<u8>,
    readers: [Answer<'t>; 3],
    expected: Option<&'t str>,
}

#[derive(Debug)]
struct Answer<'t> {
    end: End,
    consumed: Option<u64>,
    persistent: usize,
    imports: Vec<&'t str>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Ok,
    Fail,
    /// It failed with what the stream's bytes don't tell.
    Soft,
}

impl<'t> Row<'t> {
    fn all(text: &'t str) -> impl Iterator<Item = Self> {
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

    fn any(&self, end: End) -> bool {
        self.readers.iter().any(|reader| reader.end == end)
    }

    /// Whether all of them look up the same.
    fn alike(&self) -> bool {
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

/// A name as `escaped` of `tools/machine_facts.py` writes it.
fn escaped(name: &Name<'_>) -> String {
    name.bytes()
        .iter()
        .map(|&byte| match byte {
            b'.' | b'_' | b'-' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// What a pickle looks up by name, and how many persistent ids it loads; only what all readers do, or everything.
fn looked_up(pickle: &Pickle<'_>, by_all: bool) -> (Vec<String>, usize) {
    let mut persistent = 0;
    let mut names = Vec::new();
    for (lookup, readers) in &pickle.lookups {
        if by_all && !readers.are_all() {
            continue;
        }
        match &lookup.target {
            Target::Name { module, name } => {
                let part = |part: &Option<Name<'_>>| part.as_ref().map_or("?".into(), escaped);
                names.push(format!("{}:{}", part(module), part(name)));
            }
            Target::Persistent(_) => persistent += 1,
            Target::Extension(_) | Target::Nested => {}
        }
    }
    (names, persistent)
}

/// Whether a part's items are among the whole's, in their order.
fn within(part: &[String], whole: &[&str]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|item| whole.any(|other| other == item))
}

/// What doesn't hold of a row.
fn check(row: &Row<'_>) -> Result<(), String> {
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
    let undecided = by_any.iter().any(|name| name.contains('?'));
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
        if by_all != first.imports || persistent_by_all != first.persistent {
            return Err(format!("looked up: {by_all:?} and {persistent_by_all} ids"));
        }
    } else {
        for reader in &row.readers {
            if let Some(missing) = reader
                .imports
                .iter()
                .find(|import| !by_any.iter().any(|name| name == *import))
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

fn check_all(text: &str) -> usize {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in Row::all(text) {
        rows += 1;
        if let Err(why) = check(&row) {
            let [bytes, file, python] = &row.readers;
            wrong.push(format!(
                "{}: {why}\n  {bytes:?}\n  {file:?}\n  {python:?}",
                hex(&row.stream)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {rows}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    rows
}

fn facts() -> String {
    fs::read_to_string(root().join("tests/facts/machine.tsv")).expect("the facts can be read")
}

#[test]
fn recorded_unpicklers_agree() {
    let facts = facts();
    assert!(check_all(&facts) > 450);
    // The list holds some of everything that it is for.
    let mut ends = HashSet::new();
    let mut parted = 0;
    for row in Row::all(&facts) {
        ends.insert(row.readers.each_ref().map(|reader| reader.end as u8));
        parted += usize::from(!row.any(End::Soft) && !row.alike());
    }
    assert!(ends.len() > 7 && parted > 100, "{ends:?} {parted}");
}

#[test]
fn living_unpicklers_agree() {
    let Some((_, python)) = pythons().into_iter().find(|(version, _)| version == "3.13") else {
        say("skipped: unpicklers of Python 3.13 on streams of the moment");
        return;
    };
    let seed = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("the clock is set")
        .as_secs()
        .to_string();
    // Told only where the test fails.
    println!("tools/machine_facts.py --seed {seed} --count 600");
    let output = Command::new(python)
        .args(["-W", "ignore", "tools/machine_facts.py"])
        .args(["--seed", &seed, "--count", "600"])
        .current_dir(root())
        .output()
        .expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert!(check_all(str::from_utf8(&output.stdout).expect("ASCII")) > 500);
}

/// A float of many zeros, and what follows.
fn long_zero(end: &[u8]) -> Vec<u8> {
    [b"F0.", &b"0".repeat(300_000)[..], b"\n", end].concat()
}

/// Streams that a machine which recurses, copies or allocates by what they claim doesn't get through.
fn bombs() -> Vec<Vec<u8>> {
    let repeated = |start: &[u8], times: usize, part: &[u8], end: &[u8]| {
        [start, &part.repeat(times), end].concat()
    };
    let line = [&b"V\\u0041"[..], &[b'a'; 200_000], b"\np0\n0"].concat();
    let name = [&b"c"[..], &[b'a'; 200_000], b"\nb\np0\n0"].concat();
    let module_and = |number: u16| {
        [
            &b"h\0X\x05\0\0\0"[..],
            format!("{number:05}").as_bytes(),
            b"\x930",
        ]
        .concat()
    };
    let arguments = [&b"ca\nb\nq\0(g0\n"[..], &b"2".repeat(20_000), b"tq\x01"].concat();
    vec![
        // A dict whose key is nested deeply, which something that hashes or compares keys goes into.
        repeated(b"\x80\x02})", 600_000, b"\x85", b"Ns."),
        repeated(b"", 100_000, b"(", b"."),
        b"Nr\xff\xff\xff\xff.".to_vec(),
        repeated(b"", 20_000, b"\x80\x02N.", b""),
        // It has 2^64 items, if they are counted one by one.
        repeated(b"\x80\x02N", 64, b"2\x86", b"."),
        // A long text that has escapes, for a persistent id and for a name, time and again.
        repeated(&line, 50_000, b"h\0Q0", b"N."),
        repeated(&line, 50_000, b"h\0h\0\x930", b"N."),
        // A long name, called time and again.
        repeated(&name, 50_000, b"h\0)R0", b"N."),
        // Many names that have a long module in common.
        [
            line.clone(),
            (0..20_000u16).flat_map(module_and).collect(),
            b"N.".to_vec(),
        ]
        .concat(),
        // A tuple of references that many calls are given.
        repeated(&arguments, 50_000, b"h\0h\x01R0", b"N."),
        // A long number, which is a state, an index and a pair's half over and over.
        repeated(&long_zero(b"p0\n0]p1\n0"), 60_000, b"h\x01h\0b0", b"N."),
        repeated(&long_zero(b"p0\n0]Nap1\n0"), 60_000, b"h\x01h\0Ns0", b"N."),
        repeated(
            &long_zero(b"p0\n0]p1\n0"),
            60_000,
            b"h\x01h\0N\x86b0",
            b"N.",
        ),
        // Python 2 looks for the marks among the values.
        repeated(b"N", 100_000, b"(N", b"N1h\0."),
    ]
}

#[test]
fn a_small_stack_and_little_time_do() {
    const STACK: usize = 128 << 10;
    let took = thread::Builder::new()
        .stack_size(STACK)
        .spawn(|| {
            for row in Row::all(&facts()) {
                pickles(&row.stream).for_each(drop);
            }
            let pickles: Vec<usize> = bombs().iter().map(|bomb| pickles(bomb).count()).collect();
            assert_eq!(pickles, [1, 1, 1, 20_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
            clock::now()
        })
        .expect("a thread starts")
        .join()
        .expect("it ends");
    // They take a fraction of a second; anything that grows with the square takes minutes.
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// What is written grows with the input, and no faster, however often a stream repeats what it has once.
#[cfg(feature = "cli")]
#[test]
fn what_is_written_is_linear_in_the_input() {
    use crate::bodies::printers;
    use pickscope::{
        inspect::parts::Place,
        render::{self, Screen},
        report,
    };
    for bomb in bombs() {
        for full in [false, true] {
            let screen = Screen {
                color: false,
                width: 100,
                full,
            };
            let rows = || report::refs::rows(&bomb, true);
            let mut out = Vec::new();
            render::refs::refs(None, rows(), screen, &mut out).expect("memory takes it");
            printers::refs_document(rows(), &mut out).expect("memory takes it");
            let rows = || report::dump::rows(&bomb, true);
            render::json::dump(&Place::default(), rows(), &mut out).expect("memory takes it");
            render::text::dump(None, 0, rows(), screen, &mut out).expect("memory takes it");
            // An opcode of a byte makes a line of a hundred and a record of two hundred, and names are cut at a thousand.
            assert!(
                out.len() < 1_200 * bomb.len(),
                "{} bytes of {}: {:?}",
                out.len(),
                bomb.len(),
                &bomb[..20.min(bomb.len())]
            );
        }
    }
}
