//! Disassembly, against what the `dis` of each Python says.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use pickscope::{
    code::{
        bytecode::Disassembly,
        marshal,
        object::{Code, Objects},
        repr::Budget,
    },
    limits::{DECIMAL_DIGITS, VALUE_TEXT},
    python::Python,
    report::disassembly::rows,
};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

#[cfg(feature = "cli")]
use pickscope::{
    render::{Screen, disassembly},
    report::disassembly::Bytecode,
};

use crate::{
    bodies::codes::{code_of, hostile},
    python::{pythons, say, unhex},
};

/// How much was compared, and the first differences.
#[derive(Default)]
struct Score {
    codes: usize,
    instructions: usize,
    differ: Vec<String>,
    differing: usize,
}

impl Score {
    fn differ(&mut self, what: String) {
        self.differing += 1;
        if self.differ.len() < 20 {
            self.differ.push(what);
        }
    }

    fn said(&self, python: Python) -> String {
        format!(
            "{python}: {} code objects, {} instructions, {} differ",
            self.codes, self.instructions, self.differing
        )
    }
}

/// Compares what `tools/bytecode_probe.py` says.
fn compare(python: Python, said: &str) -> Score {
    let mut score = Score::default();
    let mut lines = said.lines().peekable();
    while let Some(line) = lines.next() {
        let (module, data) = line
            .strip_prefix("M\t")
            .and_then(|rest| rest.split_once('\t'))
            .expect("a module begins");
        let data = unhex(data);
        let readings = marshal::read(&data).unwrap_or_else(|fault| panic!("{module}: {fault:?}"));
        let reading = readings
            .iter()
            .find(|reading| reading.pythons.has(python))
            .unwrap_or_else(|| panic!("{module} is no code of {python}"));
        let objects = &reading.objects;
        let mut budget = Budget::of(data.len().saturating_mul(100));
        for code in objects.codes() {
            let name = objects.text(code.name).unwrap_or_default();
            let head = lines.next().expect("a code object is told");
            assert_eq!(head, format!("C\t{name}"), "{module}: in the same order");
            score.codes += 1;
            let ours = ours(python, objects, code, &mut budget);
            let mut ours = ours.iter();
            let mut same = true;
            while let Some(theirs) = lines.next_if(|line| !line.starts_with(['C', 'M'])) {
                score.instructions += usize::from(theirs.starts_with('I'));
                let ours = ours.next().map_or("", String::as_str);
                if same && !alike(python, ours, theirs) {
                    let cut = |line: &str| line.chars().take(200).collect::<String>();
                    score.differ(format!(
                        "{module} {name}\n  {:?}\n  {:?}",
                        cut(ours),
                        cut(theirs)
                    ));
                    same = false;
                }
            }
            if same && let Some(more) = ours.next() {
                score.differ(format!("{module} {name}: more {more}"));
            }
        }
    }
    score
}

/// Whether two lines say the same, but for what the bytes don't tell.
fn alike(python: Python, ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    let [ours_cells, theirs_cells] =
        [ours, theirs].map(|line| line.split('\t').collect::<Vec<_>>());
    let differ: Vec<(&str, &str)> = ours_cells
        .iter()
        .zip(&theirs_cells)
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| (*ours, *theirs))
        .collect();
    let [(ours, theirs)] = differ.as_slice() else {
        return false;
    };
    let last = theirs_cells.len() > 6 && theirs_cells.last() == Some(theirs);
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    // The order of a set is that in which it was written.
    theirs.contains("frozenset(") && sorted(ours) == sorted(theirs)
        // An older Unicode escapes letters that it doesn't know.
        || unescaped(ours) == unescaped(theirs)
        // A long value is cut.
        || theirs.len() > VALUE_TEXT && ours.strip_suffix('…').is_some_and(|ours| theirs.starts_with(ours))
        // An int of so many digits is told in hexadecimal.
        || ours.starts_with("0x") && theirs.len() > DECIMAL_DIGITS
        // The `findlabels` of 2.7 forgets EXTENDED_ARG, and its marshal makes one character of two surrogates.
        || python.is_2() && (last || ours.contains("\\U000") && theirs.contains("\\ud8"))
}

fn ours(python: Python, objects: &Objects<'_>, code: &Code, budget: &mut Budget) -> Vec<String> {
    let disassembly = Disassembly::new(objects, code, python);
    let handlers = disassembly.handlers().map(|row| {
        let lasti = u8::from(row.lasti);
        format!(
            "X\t{}\t{}\t{}\t{}\t{lasti}",
            row.start, row.end, row.target, row.depth
        )
    });
    let or = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
    handlers
        .chain(disassembly.instructions().map(|instruction| {
            let step = &instruction.step;
            let text = match disassembly.argument(step) {
                Ok(argument) => disassembly.argrepr(&argument, budget),
                Err(trouble) => panic!("{} at {}: {trouble}", step.name(), step.offset),
            };
            let label = match python.version() >= (3, 13) {
                true => instruction.label.unwrap_or(0),
                false => usize::from(instruction.label.is_some()),
            };
            let line = format!(
                "I\t{}\t{}\t{}\t{text}\t{}",
                step.offset,
                step.name(),
                or(step.argument),
                or(instruction.line),
            );
            match (instruction.starts_line, label) {
                (false, 0) => line,
                (starts, _) => format!("{line}\t{}\t{label}", u8::from(starts)),
            }
        }))
        .collect()
}

/// Every function of the standard library, disassembled as its Python does. A sample; all with PICKSCOPE_ALL=1.
#[test]
fn the_standard_library_is_disassembled_as_dis_does() {
    let nth = match env::var_os("PICKSCOPE_ALL") {
        Some(_) => "0",
        None => "40",
    };
    let mut wrong = Vec::new();
    for (version, program) in pythons() {
        let Ok(python) = version.parse::<Python>() else {
            continue;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/bytecode_probe.py");
        let output = Command::new(program)
            .args(["-E", "-s", "-S", "-W", "ignore", script, "library", nth])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .expect("a Python that is there runs");
        assert!(output.status.success(), "{version}");
        let score = compare(python, &String::from_utf8_lossy(&output.stdout));
        if nth == "0" {
            say(&score.said(python));
        }
        assert!(score.instructions > 1000, "{}", score.said(python));
        if score.differing > 0 {
            wrong.push(format!(
                "{}\n{}",
                score.said(python),
                score.differ.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `tools/bytecode_facts.py` recorded, of 3.14 and 3.15 too; and what it put into the folder PICKSCOPE_BYTECODE.
#[test]
fn code_is_disassembled_as_was_recorded() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/facts/bytecode");
    let more = env::var_os("PICKSCOPE_BYTECODE").map(PathBuf::from);
    let mut pythons = 0;
    for folder in [Some(recorded), more].into_iter().flatten() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            let version = path.file_stem().expect("it has a name").to_string_lossy();
            let python: Python = version.parse().expect("a known version");
            let said = fs::read(&path).expect("a file");
            let score = compare(python, &String::from_utf8_lossy(&said));
            say(&score.said(python));
            assert!(
                score.instructions > 100 && score.differing == 0,
                "{}",
                score.differ.join("\n")
            );
            pythons += 1;
        }
    }
    assert!(pythons >= 9);
}

/// Any bytes are read by each Python, and each byte stands in an instruction once or in the rest.
#[test]
fn any_bytes_are_disassembled() {
    let mut runner = TestRunner::new(Config::with_cases(300));
    let bytes = || proptest::collection::vec(any::<u8>(), 0..200);
    // Opcodes that reach for something are among the lower and the middle numbers; EXTENDED_ARG is repeated.
    let code = proptest::collection::vec(
        prop_oneof![
            any::<u8>(),
            60_u8..150,
            Just(144),
            Just(145),
            Just(67),
            Just(69),
            Just(71)
        ],
        0..300,
    );
    runner
        .run(
            &(code, bytes(), bytes(), any::<i32>()),
            |(code, lines, exceptions, first)| {
                for python in Python::all() {
                    hostile(python, &code, &lines, &exceptions, first.into());
                }
                Ok(())
            },
        )
        .unwrap_or_else(|wrong| panic!("{wrong}"));
}

/// The same text with characters in place of `\\u` escapes.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let digits = match rest.get(1..2) {
            Some("u") => 4,
            Some("U") => 8,
            _ => 0,
        };
        let character = rest
            .get(2..2 + digits)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        match character {
            Some(character) => {
                plain.push(character);
                rest = &rest[2 + digits..];
            }
            None => {
                // Two backslashes are one character.
                let length = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
                plain.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    plain + rest
}

/// How long this thread has run; a wall clock would time what else the machine does.
fn ran() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = told.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Ten times the code takes some ten times as long, whatever it is.
#[test]
fn time_is_linear() {
    // A chain of EXTENDED_ARG, jumps to everywhere, and names.
    for (number, python) in [
        (144, "3.9"),
        (110, "3.10"),
        (71, "3.13"),
        (79, "3.13"),
        (91, "3.13"),
    ] {
        let python: Python = python.parse().expect("a known version");
        let time = |length: usize| {
            let bytes: Vec<u8> = (0..length).flat_map(|at| [number, at as u8]).collect();
            let (objects, code) = code_of(python, &bytes, &bytes, &bytes, 1);
            let began = ran()?;
            let disassembly = Disassembly::new(&objects, &code, python).with_handlers();
            let mut budget = Budget::of(bytes.len());
            let last = rows(&disassembly, &mut budget).map(|row| row.offset).last();
            assert!(last > Some(length / 2));
            Some(ran()? - began)
        };
        let (Some(one), Some(ten)) = (time(200_000), time(2_000_000)) else {
            say("skipped: this system doesn't tell how long a thread has run");
            return;
        };
        // Where the clock has ticks, a short run may take none.
        let tick = Duration::from_millis(40);
        assert!(
            ten < one * 25 + tick,
            "{python} {number}: {one:?}, then {ten:?}"
        );
    }
}

#[cfg(feature = "cli")]
fn text(python: Option<&str>, bytes: &[u8]) -> String {
    let python: Option<Python> = python.map(|python| python.parse().expect("a known version"));
    let (objects, code) = code_of(python.unwrap_or(Python::V2_7), bytes, b"", b"", 1);
    let screen = Screen {
        color: false,
        width: 80,
        full: false,
    };
    let mut out = Vec::new();
    let bytecode = Bytecode::of(&objects, &code, python);
    disassembly::write(&bytecode, 2, screen, &mut Budget::of(100), &mut out)
        .expect("memory takes it");
    String::from_utf8(out).expect("text is UTF-8")
}

/// What is wrong is told where it stands, and what is no Python's is shown as it is.
#[cfg(feature = "cli")]
#[test]
fn what_is_wrong_is_told_in_place() {
    let shown = text(
        Some("3.8"),
        b"\x64\x07\x00\x00\x71\x64\x6b\x63\x90\x01\x64\x00\x64\x01\x53",
    );
    let expected = [
        "      1           0  LOAD_CONST               7  place 7 among 3 constants",
        "                  2  <0>                         no opcode has the number 0",
        "                  4  JUMP_ABSOLUTE          100  jumps out of the code, to 100",
        "                  6  COMPARE_OP              99  99 means nothing here",
        "                  8  EXTENDED_ARG             1",
        "                 10  LOAD_CONST             256  place 256 among 3 constants",
        "                 12  LOAD_CONST               1  'x'",
        "                 14  53",
    ];
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    let raw = text(None, &[0xff; 20]);
    assert_eq!(
        raw,
        format!(
            "  {:>17}  {}\n  {:>17}  ff ff ff ff\n",
            0,
            "ff ".repeat(16).trim_end(),
            16
        )
    );
}
