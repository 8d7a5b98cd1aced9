//! Every cause's file is of its form, and its code does what it says on the Pythons that it is for.

use std::fs;

use pickscope::{
    lookup::causes::{Cause, Code, Parts, Piece, Said, cause, filled, ids},
    python::{Python, Pythons},
};

use crate::python;

#[test]
fn every_file_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lookup/causes");
    let mut files: Vec<String> = fs::read_dir(folder)
        .expect("the causes are there")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    files.sort();
    let mut known: Vec<String> = ids().map(|id| format!("{id}.md")).collect();
    known.sort();
    assert_eq!(files, known);
    for id in ids() {
        let path = format!("{folder}/{id}.md");
        let text: &'static str = fs::read_to_string(path).expect("text").leak();
        let read = Cause::read(id, text).unwrap_or_else(|why| panic!("{id}.md: {why:?}"));
        assert!(!read.title.is_empty() && !read.title.ends_with('.'), "{id}");
        assert!(!read.looked_up.is_empty(), "{id}: what was looked up");
        assert!(!read.why.is_empty(), "{id}: why");
        for python in Python::all() {
            let here = |said: &Said| said.pythons.has(python);
            let fixes = read.fixes.iter().any(|item| here(&item.said));
            assert!(fixes, "{id}: nothing to do on {python}");
            assert!(read.why.iter().any(here), "{id}: no why on {python}");
        }
        assert!(!read.sources.is_empty(), "{id}: where it is known from");
        assert_eq!(cause(id), Some(read));
    }
}

/// A text with its places filled, as one piece.
fn plain(text: &str, example: &Parts<'_>) -> Option<String> {
    let pieces = filled(text, example)?;
    let text = |piece| match piece {
        Piece::Ours(text) | Piece::Theirs(text) => text,
    };
    Some(pieces.into_iter().map(text).collect())
}

/// Every text can be shown with the cause's own example, and an example fills nothing but places that are there.
#[test]
fn examples_fill_every_place() {
    for id in ids() {
        let cause = cause(id).expect("every file is read");
        let paragraphs = [&cause.looked_up, &cause.really, &cause.why];
        let lists = [&cause.fixes, &cause.wrong, &cause.checks, &cause.sources];
        let items = || lists.into_iter().flatten();
        let texts: Vec<&str> = paragraphs
            .into_iter()
            .flatten()
            .chain(items().map(|item| &item.said))
            .map(|said| said.text.as_str())
            .chain([cause.title])
            .chain(
                items()
                    .filter_map(|item| item.code.as_ref())
                    .flat_map(|code| [code.before.as_str(), &code.shown, &code.after]),
            )
            .collect();
        for text in &texts {
            assert!(plain(text, &cause.example).is_some(), "{id}: {text}");
        }
        for (place, _) in cause.example.iter() {
            let place = format!("{{{place}}}");
            assert!(
                texts.iter().any(|text| text.contains(&place)),
                "{id}: {place} is nowhere"
            );
        }
    }
}

/// A program of a cause: what it is called, its lines, and what it fails with.
struct Trial {
    name: String,
    program: String,
    fails: Option<&'static str>,
    pythons: Pythons,
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for id in ids() {
        let cause = cause(id).expect("every file is read");
        let lists = [
            ("do", &cause.fixes),
            ("wrong", &cause.wrong),
            ("check", &cause.checks),
        ];
        for (list, items) in lists {
            for (number, item) in (1..).zip(items) {
                let Some(Code {
                    before,
                    shown,
                    after,
                    fails,
                }) = &item.code
                else {
                    continue;
                };
                assert_eq!(
                    fails.is_some(),
                    list == "wrong",
                    "{id}, {list} {number}: what doesn't help fails, all else doesn't"
                );
                trials.push(Trial {
                    name: format!("{id}, {list} {number}"),
                    program: plain(&format!("{before}\n{shown}\n{after}"), &cause.example)
                        .unwrap_or_else(|| panic!("{id}, {list} {number}: its example fills it")),
                    fails: *fails,
                    pythons: item.said.pythons,
                });
            }
        }
    }
    trials
}

/// Runs each program in a process of its own, forked from one that has imported little; answers with a line for each:
/// nothing, or the last line of its traceback.
const RUN: &str = r#"
import json, os, shutil, signal, sys, tempfile, traceback, types
if sys.version_info[0] == 2:
    programs = json.loads(sys.stdin.read().decode("utf-8"))
else:
    programs = json.loads(sys.stdin.buffer.read().decode("utf-8"))
folder = tempfile.mkdtemp()
answers = []
for number, program in enumerate(programs):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = ""
        try:
            signal.alarm(60)
            own = os.path.join(folder, str(number))
            os.mkdir(own)
            os.chdir(own)
            path = os.path.join(own, "trial.py")
            with open(path, "wb") as f:
                f.write(program.encode("utf-8"))
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            main = types.ModuleType("__main__")
            main.__file__ = path
            main.__builtins__ = __builtins__
            # Python 2 empties a module that nobody holds.
            sys.first_main = sys.modules["__main__"]
            sys.modules["__main__"] = main
            sys.argv = [path]
            sys.path[0] = own
            exec(compile(program, path, "exec"), main.__dict__)
        except BaseException:
            lines = traceback.format_exception_only(*sys.exc_info()[:2])
            said = lines[0] if len(lines) == 1 else "".join(lines)
        os.write(write, said.encode("utf-8", "replace") if not isinstance(said, bytes) else said)
        os._exit(0)
    os.close(write)
    got = b""
    while True:
        more = os.read(read, 65536)
        if not more:
            break
        got += more
    os.close(read)
    status = os.waitpid(pid, 0)[1]
    answers.append(got.decode("utf-8", "replace") if status == 0 else "ended by signal %d" % (status & 127))
shutil.rmtree(folder, ignore_errors=True)
out = json.dumps(answers)
sys.stdout.write(out)
"#;

#[test]
fn code_does_what_it_says() {
    let trials = trials();
    let mut run = 0;
    let mut wrong = Vec::new();
    for (version, program) in python::pythons() {
        let Ok(python) = version.parse::<pickscope::python::Python>() else {
            continue;
        };
        let own: Vec<&Trial> = trials
            .iter()
            .filter(|trial| trial.pythons.has(python))
            .collect();
        let sources: Vec<&str> = own.iter().map(|trial| trial.program.as_str()).collect();
        let answers = python::run(
            &program,
            &["-s"],
            RUN,
            &serde_json::to_string(&sources).expect("text"),
        );
        let answers: Vec<String> = serde_json::from_str(&answers).expect("a list of text");
        for (trial, answer) in own.iter().zip(answers) {
            run += 1;
            let as_said = match trial.fails {
                None => answer.is_empty(),
                Some(with) => answer.contains(with),
            };
            if !as_said {
                wrong.push(format!(
                    "{} on {version}: {:?} instead of {:?}",
                    trial.name, answer, trial.fails
                ));
            }
        }
    }
    python::say(&format!(
        "{run} runs of {} programs of causes",
        trials.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
