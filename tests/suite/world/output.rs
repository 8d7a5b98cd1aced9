//! Standard output and error: closed, full, limited.

use std::path::Path;

use super::{COMMANDS, Folder, corpus, error, ones, skipped, status, text};

#[test]
fn who_reads_only_the_first_line_gets_it_and_no_complaint() {
    let folder = Folder::new().with("ones", &ones(100_000));
    for call in COMMANDS.map(|command| format!("{command} ones")) {
        let output = folder.sh(&format!("{{ $P {call}; echo $? >status; }} | head -n 1"));
        assert_eq!(error(&output), "", "{call}");
        let ended = std::fs::read_to_string(folder.0.join("status")).expect("it was written");
        assert_eq!(ended, "0\n", "{call}");
        if call.starts_with("dump") {
            assert_eq!(text(&output).lines().count(), 1, "{call}");
        }
    }
}

/// What was wrong before the pipe closed is still an error that was told; nobody asked for the rest.
#[test]
fn nobody_reads_at_all() {
    let folder = Folder::new().with("ones", &ones(100_000));
    for call in [
        "--help",
        "dump --help",
        "--version",
        "completions bash",
        "explain --all",
        "dump ones",
    ] {
        let output = folder.sh(&format!(
            "{{ sleep 0.1; $P {call}; echo $? >status; }} | true"
        ));
        assert_eq!(error(&output), "", "{call}");
        let ended = std::fs::read_to_string(folder.0.join("status")).expect("it was written");
        assert_eq!(ended, "0\n", "{call}");
    }
}

/// Rust opens `/dev/null` in the place of a standard stream that is closed when a program starts, so that no file that is
/// opened later takes its number: a closed output goes nowhere, and a closed input is empty.
#[test]
fn standard_streams_that_are_closed_from_the_start() {
    let folder = Folder::new()
        .with("good", &corpus("squared.pkl"))
        .with("cut", &corpus("broken/cut-download.pkl"));
    for (line, due) in [
        ("$P dump good >&-", 0),
        ("$P dump good 2>&-", 0),
        ("$P dump good <&-", 0),
        ("$P --help >&-", 0),
        ("$P refs --format json cut >&-", 2),
        ("$P dump cut >&- 2>&- <&-", 2),
        ("$P dump <&-", 2),
        ("$P explain - <&-", 2),
        ("$P dump good 2>&- >/dev/full", 2),
    ] {
        let output = folder.sh(line);
        assert_eq!(status(&output), due, "{line}: {}", error(&output));
    }
    let output = folder.sh("$P dump cut 2>&-");
    assert!(
        text(&output).contains("fault: the stream ends inside"),
        "{}",
        text(&output)
    );
    let output = folder.sh("$P dump - <&-");
    assert!(error(&output).contains("an empty input"), "{output:?}");
}

#[test]
fn a_full_disk_is_told() {
    if !Path::new("/dev/full").exists() {
        skipped("a full disk", "there is no /dev/full");
        return;
    }
    let folder = Folder::new().with("good", &corpus("dill-needs-py313-p4.pkl"));
    let calls = COMMANDS.iter().map(|command| format!("{command} good"));
    let others = [
        "explain copy_reg._reconstructor",
        "explain --all",
        "completions zsh",
        "--help",
        "--version",
        "tree --help",
    ];
    for call in calls.chain(others.map(str::to_owned)) {
        let output = folder.sh(&format!("$P {call} >/dev/full"));
        let told = error(&output);
        assert_eq!(status(&output), 2, "{call}: {told}");
        assert!(
            told.contains("standard output: No space left"),
            "{call}: {told}"
        );
        let output = folder.sh(&format!("$P {call} >/dev/full 2>/dev/full"));
        assert_eq!(status(&output), 2, "{call}");
    }
    let output = folder.sh("$P --nonsense 2>/dev/full");
    assert_eq!(status(&output), 2);
}

/// A file that may grow no further (RLIMIT_FSIZE): the signal that would end the program becomes an error.
#[test]
fn a_limit_on_the_length_of_files() {
    let folder = Folder::new().with("ones", &ones(100_000));
    let output = folder.sh("ulimit -f 8; $P dump ones >printed");
    assert_eq!(status(&output), 2);
    assert!(
        error(&output).contains("standard output: File too large"),
        "{output:?}"
    );
    let printed = std::fs::read(folder.0.join("printed")).expect("it was begun");
    assert!(!printed.is_empty());
}
