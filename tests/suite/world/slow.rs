//! Pipes that trickle, and reads that signals interrupt.

use std::{
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdin, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Folder, PROGRAM, corpus, error, has, ones, skipped, status, text};

fn start(arguments: &[&str]) -> (Child, ChildStdin) {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let stdin = child.stdin.take().expect("it is piped");
    (child, stdin)
}

/// What the program says of `bytes` where a pause follows each of these many.
fn trickled(arguments: &[&str], bytes: &[u8], pieces: &[usize], pause: Duration) -> Output {
    let (child, mut stdin) = start(arguments);
    let mut rest = bytes;
    for length in pieces {
        let (piece, others) = rest.split_at(*length);
        stdin.write_all(piece).expect("it still reads");
        thread::sleep(pause);
        rest = others;
    }
    stdin.write_all(rest).expect("it still reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_pickle_that_comes_byte_by_byte() {
    let bytes = corpus("squared.pkl");
    let at_once = trickled(&["dump"], &bytes, &[], Duration::ZERO);
    let pieces = vec![1; bytes.len()];
    let output = trickled(&["dump"], &bytes, &pieces, Duration::from_millis(3));
    assert_eq!(status(&output), 0, "{}", error(&output));
    assert_eq!(text(&output), text(&at_once));
}

/// One byte of gzip is no pickle, and the first hundred of a tar are a file's name: both are waited for.
#[test]
fn beginnings_that_could_become_anything() {
    let mut tar = tar::Builder::new(Vec::new());
    let pickle = corpus("everyday-p4.pkl");
    let mut header = tar::Header::new_gnu();
    header.set_size(pickle.len() as u64);
    tar.append_data(&mut header, "everyday.pkl", &pickle[..])
        .expect("it is packed");
    let tar = tar.into_inner().expect("it is packed");
    for (what, bytes) in [
        ("tar", tar),
        ("gzip", corpus("containers/squared.tar.gz")),
        ("zlib", corpus("containers/squared-joblib.z")),
        ("zip", corpus("containers/plain.npz")),
    ] {
        let at_once = trickled(&["refs"], &bytes, &[], Duration::ZERO);
        assert_eq!(status(&at_once), 0, "{what}: {}", error(&at_once));
        let output = trickled(
            &["refs"],
            &bytes,
            &[1, 1, 2, 90],
            Duration::from_millis(300),
        );
        assert_eq!(text(&output), text(&at_once), "{what}: {}", error(&output));
        assert_eq!(status(&output), 0, "{what}");
    }
}

/// What is no pickle, and long enough to tell, isn't waited for: the pipe stays open.
#[test]
fn no_pickle_is_told_while_the_pipe_is_open() {
    let (child, mut stdin) = start(&["refs"]);
    stdin
        .write_all("hello, this is a log\n".repeat(50).as_bytes())
        .expect("it reads");
    let begun = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(8));
    assert_eq!(status(&output), 2);
    assert!(
        error(&output).contains("this is text"),
        "{}",
        error(&output)
    );
    drop(stdin);
}

#[test]
fn a_named_pipe() {
    if !has("mkfifo") {
        skipped("a named pipe", "there is no mkfifo");
        return;
    }
    let folder = Folder::new().with("good", &corpus("squared.pkl"));
    let output = folder.sh(
        "mkfifo pipe; (exec >pipe; head -c 50 good; sleep 0.3; tail -c +51 good) & $P refs pipe; e=$?; wait; exit $e",
    );
    assert_eq!(status(&output), 0, "{}", error(&output));
    assert!(text(&output).contains("dill.dill._create_function"));
}

/// Signals with and without an action, and stops, while it waits for a pipe and while it computes.
#[test]
fn signals_and_stops_change_nothing() {
    let bytes = ones(200_000);
    let at_once = trickled(&["refs"], &bytes, &[], Duration::ZERO);
    let (child, mut stdin) = start(&["refs"]);
    let process = child.id();
    let storm = thread::spawn(move || {
        for _ in 0..30 {
            for signal in ["WINCH", "STOP", "CONT", "URG", "CHLD", "XFSZ"] {
                // The last of them may come when it has ended.
                let _ = Command::new("kill")
                    .args([format!("-{signal}"), process.to_string()])
                    .stderr(Stdio::null())
                    .status();
            }
        }
        // Whatever became of the last stop.
        let _ = Command::new("kill")
            .args(["-CONT".to_owned(), process.to_string()])
            .stderr(Stdio::null())
            .status();
    });
    for piece in bytes.chunks(8 << 10) {
        stdin.write_all(piece).expect("it still reads");
        thread::sleep(Duration::from_millis(5));
    }
    storm.join().expect("the storm ends");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(status(&output), 0, "{}", error(&output));
    assert_eq!(text(&output), text(&at_once));
}

/// Who interrupts it ends it, as everything else at a prompt.
#[test]
fn an_interrupt_ends_it() {
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let (mut child, mut stdin) = start(&["refs"]);
        stdin.write_all(b"\x80\x02]").expect("it reads");
        thread::sleep(Duration::from_millis(100));
        let sent = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
        let ended = child.wait().expect("it ends");
        assert_eq!(ended.signal(), Some(number));
    }
}
