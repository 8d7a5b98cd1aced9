//! README.md shows only what the program prints today: each `$ pickscope …` is run, and what stands below it compared.
//!
//! `BLESS=1 cargo test readme` writes what is printed into it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

#[test]
fn shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path).expect("README.md is there");
    let mut written = String::new();
    let mut calls = 0;
    let mut lines = readme.lines().peekable();
    while let Some(line) = lines.next() {
        written += line;
        written.push('\n');
        let Some(call) = line.strip_prefix("$ pickscope ") else {
            continue;
        };
        calls += 1;
        written += &printed(root, call);
        while lines.next_if(|line| *line != "```").is_some() {}
    }
    assert!(calls > 0, "README.md shows calls of pickscope");
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, written).expect("README.md can be written");
    } else {
        assert!(
            written == readme,
            "README.md shows other output than the program prints; BLESS=1 cargo test readme writes:\n{written}"
        );
    }
}

/// What a call prints, first on standard output and then on standard error, as a terminal shows it.
fn printed(root: &Path, call: &str) -> String {
    let (arguments, stdin) = match call.split_once(" < ") {
        Some((arguments, file)) => (
            arguments,
            fs::File::open(root.join(file))
                .expect("the file is there")
                .into(),
        ),
        None => (call, Stdio::null()),
    };
    let output = Command::new(env!("CARGO_BIN_EXE_pickscope"))
        .args(arguments.split_whitespace())
        .current_dir(root)
        .stdin(stdin)
        .output()
        .expect("the program runs");
    [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8(bytes).expect("it prints UTF-8"))
        .concat()
}
