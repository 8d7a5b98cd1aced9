//! Containers: what is packed is read, what is wrong with them is told, and hostile ones cost little.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use pickscope::{
    inspect::parts::{Event, Place, parts},
    limits::{Limit, Limits},
    machine::lookup::Target,
    report::{parts::Summary, problem::Severity, refs, tensors::table},
};

use crate::{
    bodies::{
        packed::{Entry, end, gzip, zip},
        printers,
    },
    clock::timed,
};

/// What an input holds, as `refs` comes by it.
#[derive(Debug, Default)]
struct Read {
    /// The names that are looked up, each with its part.
    names: BTreeSet<(Option<String>, String)>,
    /// The codes of what is wrong, each with its part.
    wrong: Vec<(Option<String>, &'static str)>,
    parts: u64,
    bases: Vec<Option<u64>>,
}

impl Read {
    fn codes(&self) -> Vec<&'static str> {
        self.wrong.iter().map(|(_, code)| *code).collect()
    }

    fn parts_with(&self, name: &str) -> Vec<&str> {
        let own = |(part, found): &'_ (Option<String>, String)| found == name && part.is_some();
        self.names
            .iter()
            .filter(|found| own(found))
            .filter_map(|(part, _)| part.as_deref())
            .collect()
    }
}

fn read_within(bytes: &[u8], limits: &Limits) -> Read {
    let mut read = Read::default();
    let mut summary = Summary::default();
    for event in parts(bytes, true, limits) {
        let Some(part) = summary.add(event) else {
            continue;
        };
        read.parts += 1;
        read.bases.push(part.place.base);
        let place = part.place.part.clone();
        for row in refs::rows(&part.data, part.whole) {
            let problems = match row {
                refs::Row::Reading(_) => Vec::new(),
                refs::Row::Problem(problem) => vec![*problem],
                refs::Row::Pickle(one) => {
                    for (lookup, _) in &one.pickle.lookups {
                        if let Target::Name {
                            name: Some(name), ..
                        } = &lookup.target
                        {
                            read.names.insert((place.clone(), name.text().into_owned()));
                        }
                    }
                    one.problems
                }
            };
            let bad = problems
                .iter()
                .filter(|problem| problem.severity() > Severity::Note);
            read.wrong
                .extend(bad.map(|problem| (place.clone(), problem.code())));
        }
    }
    let problems = summary.problems.iter();
    read.wrong
        .extend(problems.map(|(place, problem)| (place.part.clone(), problem.code())));
    read
}

fn read(bytes: &[u8]) -> Read {
    read_within(bytes, &Limits::default())
}

/// It looks `len` up and calls it.
const PICKLE: &[u8] = b"\x80\x02c__builtin__\nlen\nU\x03abc\x85R.";

#[test]
fn what_is_packed_is_read() {
    let plain = read(PICKLE);
    assert_eq!(plain.wrong, []);
    assert_eq!(plain.names.len(), 1);

    let both = zip(&[
        Entry::stored(b"a", PICKLE),
        Entry::deflated(b"b/c", PICKLE),
        Entry::stored(b"empty", b""),
    ]);
    let own = read(&both);
    assert_eq!(own.parts_with("len"), ["a", "b/c"]);
    assert_eq!(own.wrong, []);
    // Where it is stored as it is, that can be told.
    assert_eq!(own.bases, [Some(31), None]);

    let nested = gzip(&zip(&[Entry::stored(b"in.gz", &gzip(PICKLE))]));
    assert_eq!(read(&nested).parts_with("len"), ["gzip:in.gz:gzip"]);
    assert_eq!(read(&nested).wrong, []);
}

#[test]
fn every_way_of_packing_is_read() {
    let names = ["_create_function", "_unmarshal", "__main__"];
    let packed: Vec<(String, Vec<u8>)> = containers()
        .into_iter()
        .filter(|(name, _)| {
            name.starts_with("squared.pkl.") || name == "squared.tar" || name == "squared-joblib.z"
        })
        .collect();
    assert_eq!(
        packed.len(),
        9,
        "gzip, zlib, bzip2, xz, lzma, lz4, zstd, tar, joblib"
    );
    for (name, bytes) in packed {
        let own = read(&bytes);
        assert_eq!(own.wrong, [], "{name}");
        assert!(
            names.iter().all(|wanted| own.parts_with(wanted).len() == 1),
            "{name}: {own:?}"
        );
    }
}

#[test]
fn both_accounts_of_a_zip_are_read() {
    // Another name, and other sizes, in the header before the member.
    let mut named = zip(&[Entry::stored(b"data.pkl", PICKLE)]);
    named[30..38].copy_from_slice(b"data.txt");
    assert_eq!(read(&named).codes(), ["headers-differ"]);
    assert_eq!(read(&named).parts_with("len"), ["data.pkl"]);

    let mut wide = zip(&[Entry::stored(b"data.pkl", PICKLE)]);
    wide[18] = 5;
    let own = read(&wide);
    assert_eq!(own.parts_with("len"), ["data.pkl"]);
    assert!(own.codes().contains(&"headers-differ"), "{own:?}");

    // A member that the directory doesn't list, and one that only the directory knows the place of.
    let (hidden, listed) = (
        Entry::stored(b"hidden", PICKLE),
        Entry::stored(b"listed", b"N."),
    );
    let front = hidden.local();
    let directory = listed.central(front.len() as u32);
    let archive = [front, listed.local()].concat();
    let end = end(1, directory.len(), archive.len());
    let own = read(&[archive, directory, end].concat());
    assert_eq!(own.parts_with("len"), ["hidden"]);
    assert_eq!(own.wrong, [(Some("hidden".to_owned()), "unlisted")]);

    let mut unsigned = zip(&[Entry::stored(b"x", b"N."), Entry::stored(b"y", PICKLE)]);
    unsigned[35] = b'?';
    let own = read(&unsigned);
    assert_eq!(own.parts_with("len"), ["y"]);
    assert_eq!(own.codes(), ["no-local-header"]);

    // No directory at all.
    let cut = Entry::deflated(b"a", PICKLE).local();
    let own = read(&cut);
    assert_eq!(own.parts_with("len"), ["a"]);
    assert_eq!(own.codes(), ["no-directory"]);
}

#[test]
fn wrong_checksums_and_names_are_told() {
    let mut entry = Entry::deflated(b"a", PICKLE);
    entry.crc ^= 1;
    assert_eq!(read(&zip(&[entry])).codes(), ["crc"]);
    let mut entry = Entry::stored(b"a", PICKLE);
    entry.crc ^= 1;
    let own = read(&zip(&[entry]));
    assert_eq!((own.codes(), own.names.len()), (vec!["crc"], 1));

    let twice = [Entry::stored(b"a", b"N."), Entry::stored(b"a", PICKLE)];
    let own = read(&zip(&twice));
    assert_eq!((own.codes(), own.names.len()), (vec!["duplicate-name"], 1));

    let mut entry = Entry::stored(b"a", PICKLE);
    entry.method = 97;
    assert!(read(&zip(&[entry])).codes().contains(&"method"));
}

#[test]
fn what_stands_before_and_behind_is_read() {
    let archive = zip(&[Entry::stored(b"a", PICKLE)]);
    let own = read(&[PICKLE, &archive].concat());
    assert_eq!(own.names.len(), 2);
    assert_eq!(own.codes(), ["rest", "prefixed"]);

    let own = read(&[&archive, PICKLE].concat());
    assert_eq!(own.parts_with("len"), ["a", "rest"]);
    assert_eq!(own.codes(), ["trailing"]);

    let own = read(&[gzip(b"N."), PICKLE.to_vec()].concat());
    assert_eq!(own.parts_with("len"), ["rest"]);
    assert_eq!(own.codes(), ["trailing"]);

    // A program with an archive behind it.
    let own = read(&[b"\x7fELF\x02\x01\x01", [0; 99].as_slice(), &archive].concat());
    assert_eq!(own.parts_with("len"), ["a"]);
    assert_eq!(own.codes(), ["not-a-pickle", "prefixed"]);

    // An archive in a value of a pickle is none behind it.
    let length = (archive.len() as u32).to_le_bytes();
    let own = read(&[b"\x80\x03B", length.as_slice(), &archive, b"."].concat());
    assert_eq!(own.wrong, []);
    assert_eq!(own.parts_with("len"), ["a"]);
}

#[test]
fn what_has_no_pickle_says_nothing_wrong() {
    let files = [
        Entry::stored(b"config.json", b"{\"a\": [1, 2]}"),
        Entry::deflated(b"weights", &[7; 1000]),
        Entry::stored(b"readme", b"Words, and more words.\n"),
    ];
    let own = read(&zip(&files));
    assert_eq!((own.wrong, own.parts), (vec![], 0));

    // What may hold pickles and isn't read is another matter.
    let hides = zip(&[Entry::stored(b"a.7z", b"7z\xbc\xaf\x27\x1c\0\x04")]);
    assert_eq!(read(&hides).codes(), ["not-read"]);
}

#[test]
fn limits_end_the_reading_and_are_told() {
    let mut limits = Limits::default();
    limits.set(Limit::Members, 2);
    let three = zip(&[b"a", b"b", b"c"].map(|name| Entry::stored(name, PICKLE)));
    let own = read_within(&three, &limits);
    assert_eq!((own.parts, own.codes()), (2, vec!["limit"]));

    for limit in [Limit::Part, Limit::Unpacked] {
        let mut limits = Limits::default();
        limits.set(limit, 10);
        assert!(
            read_within(&gzip(PICKLE), &limits)
                .codes()
                .contains(&"limit")
        );
        limits.set(limit, PICKLE.len() as u64);
        assert_eq!(read_within(&gzip(PICKLE), &limits).wrong, []);
    }
    let mut limits = Limits::default();
    limits.set(Limit::Depth, 2);
    let deep = gzip(&gzip(PICKLE));
    assert_eq!(read_within(&deep, &limits).wrong, []);
    let own = read_within(&gzip(&deep), &limits);
    assert_eq!((own.parts, own.codes()), (0, vec!["limit"]));
}

#[test]
fn the_help_tells_the_limits() {
    let help = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help-refs.stdout");
    let help = fs::read_to_string(help).expect("it is a golden file");
    for limit in Limit::ALL {
        let usual = format!("[{}]", limit.usual());
        assert!(
            help.contains(&usual) && help.contains(limit.name()),
            "{limit:?}"
        );
    }
}

/// So long may reading a bomb take in a debug build on a busy machine.
const SECONDS: Duration = Duration::from_secs(20);

#[test]
fn bombs_end_early() {
    let zeros = vec![0; 40 << 20];
    let packed = Entry::deflated(b"a", &zeros);
    // Each entry of the directory names the one member.
    let (mut directory, local) = (Vec::new(), packed.local());
    for _ in 0..5000 {
        directory.extend(packed.central(0));
    }
    let tail = end(5000, directory.len(), local.len());
    let overlapping = [local, directory, tail].concat();
    let once = Entry::stored(b"a", &[7; 60_000]);
    let mut directory = Vec::new();
    for _ in 0..20_000 {
        directory.extend(once.central(0));
    }
    let local = once.local();
    let tail = end(20_000, directory.len(), local.len());
    let repeated = [local, directory, tail].concat();
    let deep = (0..100).fold(PICKLE.to_vec(), |inner, _| gzip(&inner));
    let many = zip(&vec![Entry::stored(b"a", b"N."); 65_535]);
    for (what, bytes, codes) in [
        ("zeros", gzip(&zeros), &["limit"][..]),
        ("overlapping", overlapping, &["limit", "overlap"]),
        ("repeated", repeated, &["overlap"]),
        ("deep", deep, &["limit"]),
        ("many", many, &["duplicate-name"]),
    ] {
        let (own, took) = timed(|| read(&bytes));
        assert!(took < SECONDS, "{what}: {took:?}");
        for code in codes {
            assert!(own.codes().contains(code), "{what}: no {code}");
        }
    }
}

#[test]
fn a_large_member_is_not_copied() {
    let large = vec![0x5a; 20 << 20];
    let pickle = [
        b"\x80\x04\x8e".as_slice(),
        &(20u64 << 20).to_le_bytes(),
        &large,
        b".",
    ]
    .concat();
    let archive = zip(&[Entry::stored(b"a", &pickle)]);
    let mut found = parts(&archive, true, &Limits::default()).filter_map(|event| match event {
        Event::Part(part) => Some(part),
        _ => None,
    });
    let part = found.next().expect("it has a part");
    assert_eq!(part.data.as_ptr(), archive[31..].as_ptr());
    assert_eq!(
        part.place,
        Place {
            part: Some("a".to_owned()),
            base: Some(31),
            nested: false,
        }
    );
}

fn containers() -> Vec<(String, Vec<u8>)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files = Vec::new();
    for folder in ["containers", "other"] {
        for entry in fs::read_dir(corpus.join(folder)).expect("corpus/ has it") {
            let path = entry.expect("it can be read").path();
            let name = path
                .file_name()
                .expect("it has a name")
                .to_string_lossy()
                .into_owned();
            files.push((name, fs::read(path).expect("it can be read")));
        }
    }
    files.sort();
    files
}

#[test]
fn what_is_cut_is_never_taken_for_whole() {
    let mut looked = 0;
    for (name, bytes) in containers() {
        // Pickles in a row end well after each of them.
        if name.starts_with("legacy") || name == "pool.pipe" {
            continue;
        }
        let whole = read(&bytes);
        if !whole.wrong.is_empty() {
            continue;
        }
        looked += 1;
        for end in 0..bytes.len() {
            let cut = read(&bytes[..end]);
            assert!(
                !cut.wrong.is_empty() || (cut.parts, &cut.names) == (whole.parts, &whole.names),
                "{name}, cut at {end}: {cut:?}"
            );
        }
    }
    assert!(looked > 10, "{looked}");
}

#[test]
fn any_changed_byte_is_survived() {
    for (_, mut bytes) in containers() {
        for at in 0..bytes.len().min(600) {
            let was = bytes[at];
            for changed in [was ^ 0xff, was ^ 1, 0xff] {
                bytes[at] = changed;
                printers::parts_texts(&bytes);
            }
            bytes[at] = was;
        }
    }
}

#[test]
fn what_stands_around_a_directory_is_read() {
    let entry = Entry::stored(b"a", b"Words.");
    let (local, central) = (entry.local(), entry.central(0));
    let narrow = end(1, central.len(), local.len());
    let own = read(&[local.as_slice(), &central, PICKLE, &narrow].concat());
    assert_eq!(own.parts_with("len"), ["rest"]);
    assert_eq!(own.codes(), ["unexplained"]);

    // Behind the larger record, before what tells where that is.
    let at = (local.len() + central.len()) as u64;
    let mut wide = b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    for number in [1, 1, central.len() as u64, local.len() as u64] {
        wide.extend(number.to_le_bytes());
    }
    let locator = [
        b"PK\x06\x07\0\0\0\0",
        at.to_le_bytes().as_slice(),
        b"\x01\0\0\0",
    ]
    .concat();
    let honest = [local.as_slice(), &central, &wide, &locator, &narrow].concat();
    assert_eq!(read(&honest).wrong, []);
    let own = read(&[local.as_slice(), &central, &wide, PICKLE, &locator, &narrow].concat());
    assert_eq!(own.parts_with("len"), ["rest"]);
    assert_eq!(own.codes(), ["unexplained"]);

    // The archive's comment: its length ends the end record.
    let mut end = narrow;
    end.truncate(end.len() - 2);
    end.extend((PICKLE.len() as u16).to_le_bytes());
    let own = read(&[local.as_slice(), &central, &end, PICKLE].concat());
    assert_eq!(own.parts_with("len"), ["comment"]);
    assert_eq!(own.wrong, []);
}

#[test]
fn blocks_that_hold_nothing_are_read_so_often() {
    // Each entry names the one member: half a million stored blocks of no bytes.
    let mut packed = b"\0\0\0\xff\xff".repeat(500_000);
    packed.extend(b"\x01\0\0\xff\xff");
    let entry = Entry {
        method: 8,
        packed,
        ..Entry::stored(b"a", b"")
    };
    let local = entry.local();
    let directory = entry.central(0).repeat(20_000);
    let tail = end(20_000, directory.len(), local.len());
    let (own, took) = timed(|| read(&[local, directory, tail].concat()));
    assert!(took < SECONDS, "{took:?}");
    assert!(own.codes().contains(&"overlap"));
}

#[test]
fn pieces_of_a_file_with_holes_are_told_in_any_format() {
    let mut archive = tar::Builder::new(Vec::new());
    let records = [
        ("GNU.sparse.major", b"1".as_slice()),
        ("GNU.sparse.minor", b"0"),
    ];
    archive
        .append_pax_extensions(records)
        .expect("memory takes it");
    let mut list = b"1\n0\n14\n".to_vec();
    list.resize(512, 0);
    list.extend(PICKLE);
    let mut header = tar::Header::new_ustar();
    header.set_size(list.len() as u64);
    archive
        .append_data(&mut header, "a", list.as_slice())
        .expect("memory takes it");
    let own = read(&archive.into_inner().expect("memory takes it"));
    assert_eq!(own.codes(), ["sparse"]);
}

#[test]
fn arrays_of_objects_are_read_however_their_dtype_is_written() {
    let array = |descr: &str, items: &[u8]| {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [
            b"\x93NUMPY\x01\0",
            length.as_slice(),
            header.as_bytes(),
            items,
        ]
        .concat()
    };
    for (descr, part) in [
        ("'|O'", "pickle"),
        ("[('a', '<i4'), ('b', [('c', '|O')])]", "pickle"),
        ("'object'", "items"),
        ("'i4,O'", "items"),
        (r"'\x4f'", "items"),
        ("[('a', 'object')]", "items"),
        ("'<i4', 'fortran_order': False, 'descr': '|' 'O'", "items"),
    ] {
        let own = read(&array(descr, PICKLE));
        assert_eq!(own.parts_with("len"), [part], "{descr}");
        assert_eq!(own.wrong, [], "{descr}");
    }
    // Names of fields, and dtypes whose items have a length.
    for (descr, size) in [
        ("[('Open', '<f8'), ('b', '<i4', (3,))]", 20),
        ("[(('O', 'b'), '|u1')]", 1),
        ("('<i2', (2, 3))", 12),
        ("'<U3'", 12),
        ("'<M8[25s]'", 8),
        ("[('a', '|S3'), ('', '|V5')]", 8),
    ] {
        let items = vec![7; 2 * size];
        assert_eq!(read(&array(descr, &items)).wrong, [], "{descr}");
        let own = read(&array(descr, &[&items, PICKLE].concat()));
        assert_eq!(own.parts_with("len"), ["rest"], "{descr}");
        assert_eq!(own.codes(), ["trailing"], "{descr}");
    }
}

#[test]
fn no_key_of_a_storage_is_shown_raw() {
    // What torch.save wrote before 1.6, whose storage has no items and an escape in its key.
    let key = b"X\x05\0\0\x00\x1b[1m\n";
    let object = [
        b"\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\n".as_slice(),
        key,
        b"X\x03\0\0\0cpuK\0NtQ.",
    ]
    .concat();
    let file = [
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.".as_slice(),
        &object,
        &[b"\x80\x02]", key.as_slice(), b"a."].concat(),
        &[0; 8],
    ]
    .concat();
    let words: Vec<String> = pickscope::pickles(&file)
        .flat_map(|pickle| pickle.behind)
        .map(|raw| raw.what)
        .collect();
    assert_eq!(words, [r"storage \u{1b}[1m\n: 0 float32, 0 bytes"]);
}

#[test]
fn long_keys_make_no_long_paths() {
    // Dicts in one another, each under the same key: two bytes a level say it again.
    const LEVELS: usize = 20_000;
    let mut key = b"\x80\x02X\0\0\x02\0".to_vec();
    key.resize(key.len() + (2 << 16), b'k');
    let id =
        b"q\x000(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x001X\x03\0\0\0cpuK\0NtQq\x010";
    let file = [
        key.as_slice(),
        id,
        &b"}h\0".repeat(LEVELS),
        b"h\x01",
        &b"s".repeat(LEVELS),
        b".",
    ]
    .concat();
    let (found, took) = timed(|| table(&Place::default(), &file));
    assert!(took < SECONDS, "{took:?}");
    let found = found.expect("it has a storage");
    assert_eq!(found.storages.len(), 1);
}
