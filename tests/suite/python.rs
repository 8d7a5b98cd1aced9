//! The Pythons that pyenv has: tests hold the crate to them where they are, and say aloud where they aren't.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Every CPython that pyenv has: its version, as `3.13`, and its program. Says aloud where there is none.
pub fn pythons() -> Vec<(String, PathBuf)> {
    let told = || {
        let output = Command::new("pyenv").arg("root").output().ok()?;
        let root = String::from_utf8(output.stdout).ok()?;
        Some(PathBuf::from(root.trim_end()))
    };
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".pyenv"));
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let versions = root
        .or_else(told)
        .or_else(home)
        .and_then(|root| fs::read_dir(root.join("versions")).ok());
    let mut found: Vec<_> = versions
        .into_iter()
        .flatten()
        .filter_map(|folder| {
            let folder = folder.ok()?;
            let name = folder.file_name().into_string().ok()?;
            let (major, rest) = name.split_once('.')?;
            let (minor, patch) = rest.split_once('.')?;
            let numbers = [major, minor, patch]
                .iter()
                .all(|part| part.parse::<u32>().is_ok());
            let program = folder.path().join("bin/python");
            (numbers && program.exists()).then(|| (format!("{major}.{minor}"), program))
        })
        .collect();
    found.sort();
    if found.is_empty() {
        say("skipped: pyenv has no Python here, so nothing is compared with a living one");
    }
    found
}

/// Runs a script with CPython 3.13, if pyenv has one, and gives what it prints. A script reads all input first.
pub fn ask_python(script: &str, input: &str) -> Option<String> {
    let (_, python) = pythons()
        .into_iter()
        .find(|(version, _)| version == "3.13")?;
    let options = ["-I", "-X", "utf8"];
    Some(run(&python, &options, script, input))
}

/// Runs a script with a Python, and gives what it prints. A script reads all input first.
pub fn run(python: &Path, options: &[&str], script: &str, input: &str) -> String {
    let mut child = Command::new(python)
        .args(options)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a Python that is there runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    let sent = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && sent.is_ok(), "{script} failed");
    String::from_utf8(output.stdout).expect("scripts print UTF-8")
}

/// Runs a script with one of `pythons`, without what is installed for it, and gives what it prints. A script reads all input
/// first; input and output are ASCII.
pub fn ask(python: &Path, script: &str, input: &str) -> String {
    let mut child = Command::new(python)
        .args(["-E", "-s", "-S", "-W", "ignore", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it is a program");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    let sent = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success() && sent.is_ok(),
        "{} fails: {script}",
        python.display()
    );
    String::from_utf8(output.stdout).expect("ASCII")
}

/// Tells something past the test harness, which keeps what passing tests print to itself.
pub fn say(what: &str) {
    writeln!(io::stderr(), "{what}").ok();
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits
        .chars()
        .map(|c| c.to_digit(16).expect("hexadecimal digits"))
        .collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect()
}
