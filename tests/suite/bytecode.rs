//! Disassembly, against what the `dis` of each Python says.

use std::{
    env,
    process::{Command, Stdio},
};

use pickscope::{
    code::{
        bytecode::Disassembly,
        marshal,
        object::{Code, Objects},
        repr::Budget,
    },
    limits::DECIMAL_DIGITS,
    python::Python,
};

use crate::python::{pythons, say, unhex};

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
    let last = theirs_cells.last() == Some(theirs);
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    // The order of a set is that in which it was written.
    theirs.contains("frozenset(") && sorted(ours) == sorted(theirs)
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
            format!(
                "I\t{}\t{}\t{}\t{text}\t{}\t{}\t{label}",
                step.offset,
                step.name(),
                or(step.argument),
                or(instruction.line),
                u8::from(instruction.starts_line),
            )
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
