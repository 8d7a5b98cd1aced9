//! Inputs as they come: odd names, things that are no files, many at once, what may not be read.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, net::UnixListener},
    path::Path,
    process::{Command, Stdio},
};

use super::{COMMANDS, Folder, PROGRAM, corpus, error, has, skipped, status, text};

/// Names that aren't plain text stand as Python's `repr` would write them, in text, in errors and in JSON.
#[test]
fn names_of_files() {
    let folder = Folder::new();
    let long = "n".repeat(255);
    let names: [(&[u8], &str); 9] = [
        (b"plain.pkl", "plain.pkl"),
        (b"a b'c.pkl", "a b'c.pkl"),
        (b"line\nfeed", "'line\\nfeed'"),
        (b"\x1b[31mred", "'\\x1b[31mred'"),
        (b"bad\xff\xfe", "b'bad\\xff\\xfe'"),
        ("right\u{202e}to left".as_bytes(), "'right\\u202eto left'"),
        (b"--help", "--help"),
        ("zo\u{eb}".as_bytes(), "zo\u{eb}"),
        (long.as_bytes(), &long),
    ];
    for (name, shown) in names {
        let path = folder.0.join(OsStr::from_bytes(name));
        if let Err(refused) = fs::write(&path, corpus("squared.pkl")) {
            skipped(
                shown,
                &format!("the file system has no such names: {refused}"),
            );
            continue;
        }
        for locale in ["C", "POSIX", "C.UTF-8"] {
            let run = |arguments: &[&OsStr]| {
                Command::new(PROGRAM)
                    .args(arguments)
                    .env("LC_ALL", locale)
                    .current_dir(&folder.0)
                    .output()
                    .expect("the program runs")
            };
            let (refs, name) = (OsStr::new("refs"), OsStr::from_bytes(name));
            let two = run(&[refs, "--".as_ref(), name, "missing".as_ref()]);
            assert_eq!(status(&two), 2);
            assert_eq!(text(&two).lines().next(), Some(shown));
            let json = run(&[refs, "--format=json".as_ref(), "--".as_ref(), name]);
            assert_eq!(status(&json), 0);
            let document: serde_json::Value =
                serde_json::from_slice(&json.stdout).expect("it is JSON");
            assert_eq!(document["input"], shown);
        }
        fs::remove_file(&path).expect("it was written");
        for command in COMMANDS {
            let output = Command::new(PROGRAM)
                .args(command.split(' '))
                .arg(&path)
                .output()
                .expect("the program runs");
            assert_eq!(status(&output), 2, "{command}");
            assert!(error(&output).contains(": no such file\n"), "{command}");
            assert!(
                !error(&output).trim_end().contains(char::is_control),
                "{command}: {:?}",
                error(&output)
            );
        }
    }
}

#[test]
fn what_is_no_file() {
    let folder = Folder::new();
    let _listener = UnixListener::bind(folder.0.join("socket")).expect("a socket can be made");
    fs::create_dir(folder.0.join("folder")).expect("a folder can be made");
    std::os::unix::fs::symlink("round", folder.0.join("round")).expect("a link can be made");
    for (input, told) in [
        ("''", "pickscope: '': no such file"),
        ("folder", "is a directory: name the files in it"),
        ("socket", "socket: is a socket"),
        ("round", "pickscope: round: "),
        ("plain/file", "no such file"),
        ("/dev/null", "this is an empty input"),
        ("/dev/zero", "this is nothing but zero bytes"),
    ] {
        for command in ["dump", "refs --format json", "explain --input"] {
            let output = folder.sh(&format!("$P {command} {input}"));
            assert_eq!(status(&output), 2, "{command} {input}");
            assert!(error(&output).contains(told), "{}", error(&output));
        }
    }
    let output = folder.sh("$P dump $(printf %05000d 0)");
    assert_eq!(status(&output), 2);
    assert!(
        error(&output).contains("File name too long"),
        "{}",
        error(&output)
    );
}

/// Standard input by all its names; files whose length the system gives as 0 or not at all.
#[test]
fn files_of_the_system() {
    let folder = Folder::new().with("good", &corpus("squared.pkl"));
    let due = text(&folder.sh("$P refs good"));
    for line in [
        "$P refs <good",
        "$P refs - <good",
        "cat good | $P refs",
        "cat good | $P refs -",
    ] {
        let output = folder.sh(line);
        assert_eq!(status(&output), 0, "{line}: {}", error(&output));
        assert_eq!(text(&output), due, "{line}");
    }
    // A file is mapped from its beginning, so it can be read twice; a pipe is empty by then.
    assert_eq!(status(&folder.sh("$P refs - - <good")), 0);
    let output = folder.sh("cat good | $P refs - -");
    assert_eq!(status(&output), 2);
    assert!(error(&output).contains("an empty input"));
    // What was read from before is read from there on.
    let output = folder.sh("{ dd bs=1 count=1 2>/dev/null >/dev/null; $P refs; } <good");
    assert_eq!(status(&output), 2, "without its first byte it is no pickle");
    if !Path::new("/proc/self/fd/0").exists() {
        skipped("/proc", "this system has none");
        return;
    }
    for line in [
        "$P refs /dev/stdin <good",
        "cat good | $P refs /dev/stdin",
        "cat good | $P refs /proc/self/fd/0",
    ] {
        let output = folder.sh(line);
        assert_eq!(status(&output), 0, "{line}: {}", error(&output));
        assert_eq!(text(&output), due, "{line}");
    }
    let output = folder.sh("$P refs /proc/self/status");
    assert_eq!(status(&output), 2);
    assert!(
        error(&output).contains("this is text"),
        "{}",
        error(&output)
    );
    let output = folder.sh("$P refs /proc/self/mem");
    assert_eq!(status(&output), 2);
    assert!(
        error(&output).contains("Input/output error"),
        "{}",
        error(&output)
    );
}

#[test]
fn a_thousand_files_in_one_call() {
    let folder = Folder::new();
    let bytes = corpus("squared.pkl");
    for number in 0..1000 {
        fs::write(folder.0.join(format!("{number:03}.pkl")), &bytes).expect("it can be written");
    }
    let output = folder.sh("ulimit -n 32; $P refs --format json *.pkl");
    assert_eq!(status(&output), 0, "{}", error(&output));
    let printed = text(&output);
    assert_eq!(printed.lines().count(), 1000);
    for (number, line) in printed.lines().enumerate() {
        let document: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
        assert_eq!(document["input"], format!("{number:03}.pkl"));
        assert_eq!(document["pickles"][0]["reading"], "complete");
    }
    fs::write(folder.0.join("100.pkl"), &bytes[..40]).expect("it can be written");
    fs::remove_file(folder.0.join("200.pkl")).expect("it is there");
    let output = folder.sh("ulimit -n 32; $P refs --format json missing *.pkl 200.pkl | wc -l");
    assert_eq!(text(&output).trim(), "1001", "one document an input");
    let output = folder.sh("ulimit -n 32; $P refs missing *.pkl 200.pkl");
    assert_eq!(status(&output), 2);
    assert_eq!(
        text(&output).matches("read whole").count(),
        998,
        "those that can be read are"
    );
    assert_eq!(error(&output).matches("no such file").count(), 2);
}

#[test]
fn what_may_not_be_read() {
    let folder = Folder::new().with("secret", &corpus("squared.pkl"));
    fs::create_dir(folder.0.join("closed")).expect("a folder can be made");
    for name in ["secret", "closed"] {
        fs::set_permissions(folder.0.join(name), fs::Permissions::from_mode(0o000))
            .expect("its mode can be set");
    }
    // Root may read everything, so it is asked as somebody else.
    let (mut call, who) = match fs::read(folder.0.join("secret")) {
        Err(_) => (Command::new(PROGRAM), "who runs the tests"),
        Ok(_) if has("setpriv") => {
            let program = folder.0.join("program");
            // By another process: a test beside this one that forks while we write would keep the program from starting.
            assert_eq!(status(&folder.sh("cp \"$P\" program")), 0);
            fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755))
                .expect("its mode can be set");
            let mut call = Command::new("setpriv");
            call.args(["--reuid=65534", "--regid=65534", "--clear-groups"])
                .arg(program);
            (call, "nobody")
        }
        Ok(_) => {
            skipped(
                "an unreadable file",
                "root reads everything, and there is no setpriv",
            );
            return;
        }
    };
    let output = call
        .args(["refs", "secret", "closed/file"])
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    fs::set_permissions(folder.0.join("closed"), fs::Permissions::from_mode(0o755))
        .expect("its mode can be set");
    assert_eq!(
        error(&output),
        "pickscope: secret: no permission to read it\npickscope: closed/file: no permission to read it\n",
        "{who}"
    );
    assert_eq!(status(&output), 2);
}
