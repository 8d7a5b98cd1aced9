//! Files that change while they are read. The program is held up by a pipe that nobody empties, the file is changed, and
//! then the pipe is read.

use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Folder, PROGRAM, error, ones, status, text};

/// What `dump --format json` prints of `name` where `change` happens once it waits for a reader.
fn held_up(folder: &Folder, name: &str, change: impl FnOnce(&Path)) -> Output {
    let path = folder.0.join(name);
    let mut child = Command::new(PROGRAM)
        .args(["dump", "--format", "json", name])
        .current_dir(&folder.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut pipe = child.stdout.take().expect("it is piped");
    let mut printed = vec![0];
    pipe.read_exact(&mut printed).expect("it prints");
    // The first byte came with a block that fills the pipe; what is read ahead of it can't be much.
    thread::sleep(Duration::from_millis(100));
    change(&path);
    pipe.read_to_end(&mut printed).expect("it goes on");
    let mut output = child.wait_with_output().expect("it ends");
    output.stdout = printed;
    output
}

fn cut_to(path: &Path, length: u64) {
    let file = OpenOptions::new()
        .write(true)
        .open(path)
        .expect("it is there");
    file.set_len(length).expect("it can be cut");
}

#[test]
fn a_file_that_shrinks_by_pages() {
    let folder = Folder::new().with("a\u{1b}b", &ones(1_000_000));
    let output = held_up(&folder, "a\u{1b}b", |path| cut_to(path, 0));
    assert_eq!(status(&output), 2);
    assert_eq!(
        error(&output),
        "pickscope: 'a\\x1bb': the file shrank while it was read\n"
    );
    let printed = text(&output);
    assert!(printed.ends_with("}\n"), "what was printed are whole lines");
    assert!(printed.lines().count() > 100);
}

/// Within its last page a file that was cut reads as zeros, and no signal comes.
#[test]
fn a_file_that_shrinks_within_a_page() {
    let folder = Folder::new().with("file", &ones(2000));
    let output = held_up(&folder, "file", |path| cut_to(path, 3500));
    assert_eq!(status(&output), 2, "{}", error(&output));
    assert!(
        error(&output).ends_with("pickscope: file: the file shrank while it was read\n"),
        "{}",
        error(&output)
    );
}

/// What is long is written from where it lies: the system refuses to read what isn't there any more, and raises no signal.
#[test]
fn a_file_that_shrinks_under_a_long_text() {
    let length = 8_000_000_u32;
    let head = [b"\x80\x02X", length.to_le_bytes().as_slice()].concat();
    let stream = [head, vec![b'a'; length as usize], b".".into()].concat();
    let folder = Folder::new().with("file", &stream);
    let output = held_up(&folder, "file", |path| cut_to(path, 4096));
    assert_eq!(status(&output), 2);
    assert_eq!(
        error(&output),
        "pickscope: file: the file shrank while it was read\n"
    );
}

#[test]
fn a_file_that_grows_is_read_as_it_was() {
    let folder = Folder::new().with("file", &ones(100_000));
    let before = folder.sh("$P dump --format json file");
    let output = held_up(&folder, "file", |path| {
        let mut file = OpenOptions::new()
            .append(true)
            .open(path)
            .expect("it is there");
        file.write_all(&[b'N'; 100_000]).expect("it can grow");
    });
    assert_eq!(status(&output), 0);
    assert!(output.stdout == before.stdout, "it is read as it was");
}

#[test]
fn a_file_that_is_replaced_or_removed_is_read_as_it_was() {
    let folder = Folder::new().with("file", &ones(100_000));
    let before = folder.sh("$P dump --format json file");
    let output = held_up(&folder, "file", |path| {
        let other = path.with_extension("new");
        fs::write(&other, b"N.").expect("it can be written");
        fs::rename(other, path).expect("it can be replaced");
    });
    assert_eq!(status(&output), 0);
    assert!(output.stdout == before.stdout, "it is read as it was");
    let folder = folder.with("file", &ones(100_000));
    let output = held_up(&folder, "file", |path| {
        fs::remove_file(path).expect("it can be removed");
    });
    assert_eq!(status(&output), 0);
    assert!(output.stdout == before.stdout, "it is read as it was");
}

/// A file that another process cuts and writes again, over and over: every call ends with a status of its own.
#[test]
fn a_file_that_never_rests() {
    let folder = Folder::new().with("file", &ones(300_000));
    let path = folder.0.join("file");
    let whole = ones(300_000);
    let until = Instant::now() + Duration::from_secs(2);
    let writer = thread::spawn(move || {
        while Instant::now() < until {
            fs::write(&path, &whole).expect("it can be written");
            cut_to(&path, 1000);
        }
    });
    while Instant::now() < until {
        for command in ["dump", "refs --format json", "tree"] {
            let output = folder.sh(&format!("$P {command} file >/dev/null"));
            let told = error(&output);
            match status(&output) {
                0 => assert_eq!(told, ""),
                2 => assert!(!told.is_empty()),
                other => panic!("{command}: status {other}: {told}"),
            }
        }
    }
    writer.join().expect("the writer ends");
}
