//! `corpus/` is what its manifest says, and the decoder holds up on it, on every part of it and on every change of it.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use pickscope::{decode, error::Fault, opcode::Opcode};
use sha2::{Digest, Sha256};

/// A row of `corpus/MANIFEST.tsv`, and the file's bytes.
struct File {
    name: String,
    length: usize,
    sha256: String,
    bytes: Vec<u8>,
}

impl File {
    /// Whether the file is a whole stream: what isn't stands in folders of its own.
    fn is_whole(&self) -> bool {
        !self.name.contains('/')
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn files() -> Vec<File> {
    let manifest = fs::read_to_string(folder().join("MANIFEST.tsv")).expect("corpus/MANIFEST.tsv");
    let mut lines = manifest.lines();
    let header = "file\twritten by\tprotocol\tbytes\tsha256\twhat is in it";
    assert_eq!(lines.next(), Some(header));
    lines
        .map(|line| {
            let [name, by, protocol, length, sha256, what] = line
                .split('\t')
                .collect::<Vec<_>>()
                .try_into()
                .expect("six columns");
            assert!(
                ![by, protocol, what].contains(&""),
                "{name}: a cell is empty"
            );
            File {
                name: name.to_owned(),
                length: length.parse().expect("a number of bytes"),
                sha256: sha256.to_owned(),
                bytes: fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}")),
            }
        })
        .collect()
}

/// How the pickles at the start of some bytes read, one after another.
struct Reading {
    /// Offset after each STOP.
    stops: Vec<u64>,
    opcodes: BTreeSet<Opcode>,
    /// What keeps the reading from the end of the bytes.
    fault: Option<Fault>,
}

/// Reads pickle after pickle. Asserts that opcodes tile the bytes, up to their end or to the fault.
fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading {
        stops: Vec::new(),
        opcodes: BTreeSet::new(),
        fault: None,
    };
    let end = bytes.len() as u64;
    let mut ops = decode::ops(bytes);
    let mut tiled = 0;
    loop {
        for op in ops.by_ref() {
            match op {
                Ok(op) => {
                    assert_eq!(op.span().start, tiled);
                    assert!(op.span().length() > 0);
                    tiled = op.span().end;
                    assert!(tiled <= end);
                    reading.opcodes.insert(op.opcode);
                }
                Err(fault) => {
                    assert_eq!(fault.offset(), tiled);
                    reading.fault = Some(fault);
                }
            }
        }
        assert_eq!(ops.offset(), tiled);
        assert!(ops.next().is_none(), "what has ended stays ended");
        if reading.fault.is_some() {
            return reading;
        }
        reading.stops.push(tiled);
        if tiled == end {
            return reading;
        }
        ops.skip_to(tiled);
    }
}

#[test]
fn manifest_tells_every_file() {
    fn list(folder: &Path, prefix: &str, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            if entry.path().is_dir() {
                list(&entry.path(), &format!("{prefix}{name}/"), names);
            } else if !["MANIFEST.tsv", ".gitattributes"].contains(&name.as_str()) {
                names.insert(format!("{prefix}{name}"));
            }
        }
    }
    let mut there = BTreeSet::new();
    list(&folder(), "", &mut there);
    let files = files();
    assert!(files.is_sorted_by(|a, b| a.name < b.name));
    assert_eq!(
        files
            .iter()
            .map(|f| f.name.clone())
            .collect::<BTreeSet<_>>(),
        there
    );
    for file in files {
        assert_eq!(file.bytes.len(), file.length, "{}", file.name);
        let mut hex = String::new();
        for byte in Sha256::digest(&file.bytes) {
            write!(hex, "{byte:02x}").expect("a String takes all");
        }
        assert_eq!(hex, file.sha256, "{}", file.name);
    }
}

#[test]
fn whole_files_decode_to_their_end() {
    for file in files().iter().filter(|file| file.is_whole()) {
        let reading = read(&file.bytes);
        assert_eq!(reading.fault, None, "{}", file.name);
        let pickles = match file.name.as_str() {
            "methods-py27-p1.pkl" | "several-one-memo-p2.pkl" => 2,
            "several-p0.pkl" | "several-p4.pkl" => 3,
            _ => 1,
        };
        assert_eq!(reading.stops.len(), pickles, "{}", file.name);
    }
}

#[test]
fn every_opcode_is_there() {
    let mut all: BTreeSet<_> = Opcode::all().collect();
    assert_eq!(all.len(), 68);
    let mut written = BTreeSet::new();
    for file in files().iter().filter(|file| file.is_whole()) {
        let opcodes = read(&file.bytes).opcodes;
        if file.name == "every-opcode.pkl" {
            assert_eq!(opcodes, all);
        } else {
            written.extend(opcodes);
        }
    }
    // Also without the file that was made for it.
    all.retain(|opcode| !written.contains(opcode));
    assert_eq!(all, BTreeSet::new(), "no pickler wrote these");
}

#[test]
fn squared_holds_what_dill_wrote() {
    let bytes = fs::read(folder().join("squared.pkl")).expect("corpus/squared.pkl");
    let names: Vec<_> = decode::ops(&bytes)
        .map(|op| op.expect("a whole stream").opcode.name())
        .collect();
    let expected = "PROTO GLOBAL BINPUT MARK GLOBAL BINPUT SHORT_BINSTRING BINPUT TUPLE1 BINPUT REDUCE BINPUT GLOBAL \
        SHORT_BINSTRING BINPUT NONE NONE EMPTY_DICT BINPUT TUPLE BINPUT REDUCE BINPUT STOP";
    assert_eq!(names.join(" "), expected);
    assert_eq!(bytes.len(), 214);
}

#[test]
fn broken_files_end_where_they_break() {
    // The fault's code and offset; `-` for those that split into opcodes to their end, and lie in another way.
    let expected = "
        bom unknown-opcode 0
        crlf-copy-reg -
        crlf-length truncated 2
        crlf-protocol-0 -
        crlf-protocol-2 -
        cut-after-opcode truncated 2
        cut-download truncated 57
        cut-in-first-line truncated 0
        cut-in-float truncated 2
        cut-in-frame-length truncated 2
        cut-in-length truncated 2
        cut-in-line truncated 0
        cut-in-number truncated 2
        cut-in-payload truncated 2
        cut-in-second-line truncated 0
        frame-2-63 -
        frame-crossed -
        frame-hides-name -
        frame-in-frame -
        frame-too-long -
        frame-too-short -
        high-bytes-lost unknown-opcode 0
        length-4-gib truncated 2
        length-over-all truncated 2
        lf-lost-cr truncated 2
        mark-missing -
        memo-missing -
        names-that-hide -
        negative-binstring negative-length 0
        negative-long4 negative-length 2
        no-stop no-stop 7
        not-a-number -
        not-quoted -
        not-utf-8 -
        number-octal -
        only-proto no-stop 2
        proto-6 -
        proto-late -
        read-as-latin-1 unknown-opcode 0
        stop-alone -
        trailing-newline unknown-opcode 5
        trailing-zeros unknown-opcode 5
        two-and-garbage unknown-opcode 10
        unknown-opcode unknown-opcode 4
        unknown-opcode-protocol-6 unknown-opcode 2
";
    let mut found: Vec<_> = files()
        .iter()
        .filter_map(|file| {
            let stem = file.name.strip_prefix("broken/")?.strip_suffix(".pkl")?;
            Some(match read(&file.bytes).fault {
                Some(fault) => format!("{stem} {} {}", fault.code(), fault.offset()),
                None => format!("{stem} -"),
            })
        })
        .collect();
    let expected: Vec<_> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_prefix_ends_cleanly() {
    for file in files() {
        let stops = read(&file.bytes).stops;
        for length in 0..file.bytes.len() {
            let fault = read(&file.bytes[..length]).fault;
            if file.is_whole() {
                let whole = stops.contains(&(length as u64));
                let wants_more = fault.as_ref().is_some_and(Fault::wants_more);
                assert_eq!(
                    wants_more, !whole,
                    "{}, {length} bytes: {fault:?}",
                    file.name
                );
                assert_eq!(
                    fault.is_none(),
                    whole,
                    "{}, {length} bytes: {fault:?}",
                    file.name
                );
            }
        }
    }
}

#[test]
fn every_change_of_a_byte_ends_cleanly() {
    /// Files of up to so many bytes are changed at each of them in all 255 ways, others so many times.
    const ALL: usize = 300;
    const SAMPLE: usize = 500;
    // Numerical Recipes' generator of 64 bits: the same sample every time.
    let mut seed = 2_u64;
    let mut random = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for file in files() {
        let mut bytes = file.bytes;
        let mut change = |at: usize, by: u8| {
            bytes[at] ^= by;
            read(&bytes);
            bytes[at] ^= by;
        };
        if file.length <= ALL {
            for at in 0..file.length {
                (1..=u8::MAX).for_each(|by| change(at, by));
            }
        } else {
            for _ in 0..SAMPLE {
                change(random(file.length), random(255) as u8 + 1);
            }
        }
    }
}
