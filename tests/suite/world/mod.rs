//! Faults of the world: what becomes of the command where pipes close, disks are full, files change while they are read, and
//! terminals, names, memory and rights aren't as one wishes. Each test runs the program, most of them by a line of `sh`.

mod changing;
mod inputs;
mod large;
mod output;
mod slow;
mod surroundings;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// The program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_pickscope");

/// Each command in each of its formats, with the name of an input to follow.
const COMMANDS: [&str; 14] = [
    "dump",
    "dump --format json",
    "dump --format pickletools",
    "refs",
    "refs --format json",
    "tree",
    "tree --sizes",
    "tree --format json",
    "code",
    "code --disassemble",
    "code --format json",
    "explain --input",
    "explain --format json --input",
    "explain --shim --input",
];

/// A folder that is taken away when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("pickscope-world-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    fn with(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.0.join(name), bytes).expect("a file can be written");
        self
    }

    /// What a line of `sh` does here; `$P` is the program, and nothing is on standard input.
    fn sh(&self, line: &str) -> Output {
        self.command(line).output().expect("sh runs")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .env("P", PROGRAM)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("CLICOLOR")
            // Where it is set, anstream gives colour to terminals of any kind.
            .env_remove("CI")
            .env_remove("RUST_BACKTRACE");
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be taken away now is the system's to clean.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn corpus(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    fs::read(path).expect("corpus/ has it")
}

/// A pickle of a list with so many ones: whatever is printed of it is longer than a pipe holds.
fn ones(count: usize) -> Vec<u8> {
    let mut stream = b"\x80\x02](".to_vec();
    for _ in 0..count {
        stream.extend_from_slice(b"K\x01");
    }
    stream.extend_from_slice(b"e.");
    stream
}

#[track_caller]
fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| {
        panic!(
            "it ended by a signal: {:?}, {}",
            output.status,
            error(output)
        )
    })
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("standard output is UTF-8")
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("standard error is UTF-8")
}

/// Says aloud what isn't tested here, and why.
fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
}

/// Whether a command is there.
fn has(command: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {command}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
