//! Terminals or none, locales, little memory.

use std::process::Stdio;

use super::{COMMANDS, Folder, corpus, error, has, ones, skipped, status, text};

/// Neither the locale nor the terminal's kind changes a byte where nobody looks.
#[test]
fn no_terminal_and_other_locales() {
    let folder = Folder::new().with("good", &corpus("everyday-p4.pkl"));
    let mut surroundings = vec![
        "LANG=C",
        "LC_ALL=POSIX",
        "LC_ALL=nowhere.UTF-9 LANG=",
        "TERM=dumb",
        "TERM=",
        "TERM=none-such COLUMNS=garbage LINES=-1",
        "COLUMNS=0",
        "env -i",
        "env -u TERM -u HOME -u PATH",
    ];
    if has("setsid") {
        surroundings.push("setsid -w");
    } else {
        skipped("no controlling terminal", "there is no setsid");
    }
    for command in COMMANDS {
        let due = folder.sh(&format!("$P {command} good"));
        for around in &surroundings {
            let output = folder.sh(&format!("{around} $P {command} good"));
            assert_eq!(output.status, due.status, "{around} {command}");
            assert_eq!(text(&output), text(&due), "{around} {command}");
            assert_eq!(error(&output), error(&due), "{around} {command}");
        }
    }
}

/// `script` gives a terminal; whatever its width, all is printed, and nothing that was asked for is missing.
#[test]
fn terminals() {
    if !has("script") || !folder_of_a_terminal() {
        skipped("terminals", "there is no script(1) of util-linux");
        return;
    }
    let folder = Folder::new().with("good", &corpus("everyday-p4.pkl"));
    for width in [1, 3, 8, 20] {
        for call in COMMANDS
            .map(|command| format!("{command} good"))
            .into_iter()
            .chain(
                [
                    "explain copy_reg._reconstructor",
                    "explain --all lock",
                    "--help",
                ]
                .map(str::to_owned),
            )
        {
            let output = folder.sh(&format!(
                "script -qec 'stty rows 24 cols {width}; $P {call}' /dev/null"
            ));
            let due = folder.sh(&format!("$P {call}"));
            assert_eq!(
                output.status,
                due.status,
                "{width}: {call}: {}",
                text(&output)
            );
            assert!(!output.stdout.is_empty(), "{width}: {call}");
            assert!(!text(&output).contains("panicked"), "{width}: {call}");
        }
    }
    let output = folder.sh("script -qec 'TERM=xterm $P dump good' /dev/null");
    assert!(text(&output).contains('\u{1b}'), "a terminal gets colour");
    for plain in [
        "TERM=dumb $P dump good",
        "NO_COLOR=1 $P dump good",
        "TERM=xterm $P dump --color never good",
    ] {
        let output = folder.sh(&format!("script -qec '{plain}' /dev/null"));
        assert!(!text(&output).contains('\u{1b}'), "{plain}");
    }
    let output = folder.sh("TERM=none-such $P dump --color always good");
    assert!(
        text(&output).contains('\u{1b}'),
        "colour that was asked for"
    );
    // Nothing is waited for where nobody would know that it is.
    let output = folder.sh("script -qec '$P dump' /dev/null");
    assert_eq!(status(&output), 2);
    assert!(
        text(&output).contains("standard input is a terminal"),
        "{}",
        text(&output)
    );
}

/// Whether `script -qec` runs a command on a terminal and gives its status, as util-linux's does.
fn folder_of_a_terminal() -> bool {
    let output =
        Folder::new().sh("script -qec 'stty rows 24 cols 7 && stty size; exit 3' /dev/null");
    output.status.code() == Some(3) && text(&output).contains("24 7")
}

/// Memory that can't be had ends the program with status 2 and a word, and no signal: from a file, and from a pipe.
#[test]
fn little_memory() {
    if !cfg!(target_os = "linux") {
        skipped("little memory", "what ulimit -v bounds is Linux's");
        return;
    }
    let folder = Folder::new().with("ones", &ones(1_000_000));
    let mut told = 0;
    for kib in (12_000..=72_000).step_by(6000) {
        for line in ["$P tree ones", "cat ones | $P tree --format json"] {
            let output = folder
                .command(&format!(
                    "( ulimit -v {kib}; ulimit -c 0; {line} >/dev/null )"
                ))
                .stdin(Stdio::null())
                .output()
                .expect("sh runs");
            let words = error(&output);
            match status(&output) {
                0 => assert_eq!(words, "", "{kib} KiB: {line}"),
                2 if words.contains("not enough memory") => told += 1,
                2 if words.contains("no thread to read it with") => {}
                // So little that the program or cat doesn't start.
                status => assert!(
                    words.contains("error while loading") || words.contains("annot allocate"),
                    "{kib} KiB: {line}: status {status}: {words}"
                ),
            }
        }
    }
    assert!(told > 0, "in one of them memory ends");
}
