//! An input is told the same of whether it is a file, which is mapped, or comes through a pipe in pieces.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use serde_json::Value;

fn run(command: &str, input: &Path, piped: Option<&[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pickscope"))
        .args([command, "--format", "json"])
        .args((command == "explain").then_some("--input"))
        .arg(if piped.is_some() {
            Path::new("-")
        } else {
            input
        })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    thread::scope(|scope| {
        scope.spawn(move || {
            // What it doesn't want to read, it may leave.
            for piece in piped.unwrap_or_default().chunks(1000) {
                let _ = stdin.write_all(piece);
            }
        });
        child.wait_with_output().expect("it ends")
    })
}

/// What is told on standard output, without the input's name; and the status.
///
/// A pipe is left where an opcode claims more than is read at the most: that this was done, and so nobody knows how long the
/// input is, is told of the pipe alone.
fn told(output: &Output) -> (Vec<Value>, Option<i32>) {
    let text = str::from_utf8(&output.stdout).expect("it is text");
    let limit = |record: &Value| record["code"] == "limit";
    let documents = text.lines().map(|line| {
        let mut document: Value = serde_json::from_str(line).expect("a line is a JSON document");
        let fields = document.as_object_mut().expect("it has fields");
        fields.remove("input");
        fields.remove("bytes");
        if let Some(problems) = fields.get_mut("problems").and_then(Value::as_array_mut) {
            problems.retain(|problem| !limit(problem));
        }
        document
    });
    let documents = documents.filter(|record| !limit(record));
    (documents.collect(), output.status.code())
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("corpus/ has it");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

#[test]
fn a_pipe_has_the_facts_of_the_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut");
    let mut compared = 0;
    for (folder, nth) in [("", 16), ("broken", 1), ("containers", 2), ("hostile", 2)] {
        let folder = root.join("corpus").join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in files(folder).into_iter().step_by(nth) {
            let bytes = fs::read(&path).expect("it can be read");
            let cut = &bytes[..bytes.len() * 2 / 3];
            fs::write(&scratch, cut).expect("a file can be written");
            for (path, bytes) in [(&path, &bytes[..]), (&scratch, cut)] {
                // A pipe with nothing in it is one, too.
                for command in ["dump", "refs", "explain"] {
                    let file = run(command, path, None);
                    let pipe = run(command, path, Some(bytes));
                    assert_eq!(told(&pipe), told(&file), "{command} {}", path.display());
                    compared += usize::from(!file.stdout.is_empty());
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
}
