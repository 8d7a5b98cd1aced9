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

use pickscope::pickles;

use crate::{
    bodies::unpicklers::{End, Row, Unpicklers, check},
    clock,
    python::{hex, pythons, say},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
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

/// What the fuzz target `unpickler` does: a process answers one stream after the other.
#[test]
fn unpicklers_that_go_on_agree() {
    let programs = pythons().into_iter();
    let ours = programs.filter(|(version, _)| ["3.8", "3.13"].contains(&version.as_str()));
    let mut programs: Vec<String> = ours
        .map(|(_, program)| program.display().to_string())
        .collect();
    // As text, 3.13 stands before 3.8.
    programs.sort();
    if programs.len() < 2 {
        say("skipped: unpicklers of Python 3.8 and 3.13 in processes that go on");
        return;
    }
    let mut unpicklers = Unpicklers::new(programs);
    let facts = facts();
    let answers = Row::all(&facts)
        .step_by(8)
        .map(|row| unpicklers.ask(&row.stream));
    let answers: Vec<usize> = answers.collect();
    assert!(answers.iter().sum::<usize>() > answers.len(), "{answers:?}");
    // The fuzz target found that C loads this, in a gigabyte: LONG_BINPUT of 72,941,567.
    assert_eq!(unpicklers.ask(b"Nr\xff\xff\x58\x04."), 0);
    // And that names which are strings of Python 2 weren't taken for Latin-1 here, as they are there.
    assert_eq!(unpicklers.ask(b"\x80\x04U\x02o\xe6U\x01s\x93."), 2);
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
        // TUPLE, LIST, DICT, OBJ and INST find no mark and take nothing of what lies there.
        repeated(b"ca\nb\n", 40_000, b"Nt", b"."),
        repeated(b"ca\nb\n", 40_000, b"Nl", b"."),
        repeated(b"ca\nb\n", 40_000, b"Nd", b"."),
        repeated(b"ca\nb\n", 40_000, b"No", b"."),
        repeated(b"ca\nb\n", 40_000, b"Nia\nb\n", b"."),
        // A tuple is made of what lies above its mark, and not of all.
        repeated(b"(((0ca\nb\n", 40_000, b"N(Nt", b"."),
        // Persistent ids of persistent ids, and of tuples of them: each may stand in one line with what it holds.
        repeated(b"N", 100_000, b"Q", b"."),
        repeated(b"N", 100_000, b"\x85Q", b"."),
        // Objects as keys of objects' states, one within the other.
        [
            b"cm\nC\n)\x81}".repeat(12_000),
            b"N".to_vec(),
            b"Nsb".repeat(12_000),
            b".".to_vec(),
        ]
        .concat(),
        // Calls that share their arguments, among which are calls that share theirs, and so on: in a tuple, and in a state.
        repeated(
            b"cm\nC\nq\0)",
            12,
            &[b"q\x01(", &b"h\0h\x01\x81".repeat(5)[..], b"t"].concat(),
            b".",
        ),
        repeated(b"cm\nC\nq\0)", 30, b"q\x01(h\0h\x01\x81h\0h\x01\x81t", b"."),
        repeated(
            b"cm\nC\nq\0)",
            30,
            b"q\x01(h\0)\x81N}\x8c\x01ah\x01s\x86q\x02bh\0)\x81h\x02bt",
            b".",
        ),
        [
            &b"(".repeat(3_000)[..],
            &b"t".repeat(3_000),
            b"q\x01(",
            &b"cbuiltins\nException\nh\x01R".repeat(3_000),
            b"t.",
        ]
        .concat(),
        // A long list, and an object of many states, in a tuple that many calls have for their arguments.
        [
            &b"ccollections\nOrderedDict\nq\x020]("[..],
            &b"N".repeat(6_000),
            b"e\x85q\x010(",
            &b"h\x02h\x01R".repeat(6_000),
            b"t.",
        ]
        .concat(),
        [
            &b"cm\nC\n)\x81"[..],
            &b"}b".repeat(8_000),
            b"\x85q\x010(cbuiltins\nException\nq\x02h\x01R",
            &b"h\x02h\x01R".repeat(8_000),
            b"t.",
        ]
        .concat(),
        // An object of many states, met again and again.
        [
            &b"cm\nC\n)\x81"[..],
            &b"}X\x01\0\0\0aNsb".repeat(8_000),
            b"q\x01(",
            &b"h\x01".repeat(8_000),
            b"t.",
        ]
        .concat(),
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
            assert_eq!(pickles.len(), 30);
            assert_eq!(pickles.iter().sum::<usize>(), 20_029);
            clock::now()
        })
        .expect("a thread starts")
        .join()
        .expect("it ends");
    // They take a fraction of a second; anything that grows with the square takes minutes.
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// What is written grows with the input, and no faster, however often a stream repeats what it has once; and it is written
/// without calls within each other that go as deep as the input.
#[cfg(feature = "cli")]
#[test]
fn what_is_written_is_linear_in_the_input() {
    thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(write_bombs)
        .expect("a thread starts")
        .join()
        .expect("it ends");
}

#[cfg(feature = "cli")]
fn write_bombs() {
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
            out.extend(crate::bodies::trees::text(&bomb, 100, full, full).bytes());
            out.extend(crate::bodies::trees::json_text(&bomb, full));
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
