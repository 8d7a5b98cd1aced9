//! Writes what runs begin with, of corpus/ and tests/facts/: `seeds FOLDER`, where each target has a folder then.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use pickscope_fuzz::bodies::streams::choices;

/// Longer files are cut: a fuzzer does more with many short inputs.
const MOST: usize = 4096;

struct Seeds {
    folder: PathBuf,
    written: usize,
}

impl Seeds {
    fn put(&mut self, target: &str, name: &str, parts: &[&[u8]]) {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let mut bytes = parts.concat();
        bytes.truncate(MOST);
        fs::write(folder.join(name), bytes).expect("a file can be written");
        self.written += 1;
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be read") {
            let path = entry.expect("so can its entries").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn main() {
    let folder = env::args_os().nth(1).expect("usage: seeds FOLDER");
    let mut seeds = Seeds {
        folder: folder.into(),
        written: 0,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (number, path) in files(&root.join("corpus")).iter().enumerate() {
        let bytes = fs::read(path).expect("a file of corpus/ can be read");
        let name = format!("corpus-{number}");
        seeds.put("containers", &name, &[&[0], &bytes]);
        if bytes.len() > MOST {
            continue;
        }
        let choices = choices(&bytes);
        seeds.put("bytes", &name, &[&bytes]);
        seeds.put("opcodes", &name, &[&choices]);
        seeds.put(
            "containers",
            &format!("{name}-packed"),
            &[&[1, 1, 0, 0, 0, 0, 0, 0], &choices],
        );
        for (way, input) in [&bytes, &choices].into_iter().enumerate() {
            let way = way as u8;
            seeds.put("printers", &format!("{name}-{way}"), &[&[way], input]);
            seeds.put("unpickler", &format!("{name}-{way}"), &[&[way], input]);
        }
    }
    let facts = |name: &str| {
        let path = root.join("tests/facts").join(name);
        fs::read_to_string(path).expect("facts are checked in")
    };
    for (number, line) in facts("machine.tsv").lines().enumerate() {
        let stream = line.split('\t').next().expect("a stream");
        let stream = hex::decode(stream).expect("hexadecimal digits");
        for target in ["bytes", "decode"] {
            seeds.put(target, &format!("machine-{number}"), &[&stream]);
        }
        seeds.put("unpickler", &format!("machine-{number}"), &[&[0], &stream]);
        if let Some((head, piece)) = stream.split_at_checked(stream.len() / 3) {
            let head = &head[..head.len().min(31)];
            let piece = &piece[..piece.len().min(100)];
            seeds.put(
                "growth",
                &format!("machine-{number}"),
                &[&[8, head.len() as u8], head, &[0], piece],
            );
        }
        seeds.put(
            "opcodes",
            &format!("machine-{number}"),
            &[&choices(&stream)],
        );
    }
    for (number, line) in facts("marshal.tsv").lines().enumerate() {
        let data = hex::decode(line.split('\t').next().expect("data")).expect("hexadecimal digits");
        seeds.put("marshal", &format!("data-{number}"), &[&[0], &data]);
    }
    for (number, line) in facts("code.jsonl").lines().enumerate() {
        let sample: serde_json::Value = serde_json::from_str(line).expect("JSON");
        for (version, data) in sample["marshal"].as_object().expect("by version") {
            let data = hex::decode(data.as_str().expect("text")).expect("hexadecimal digits");
            seeds.put(
                "marshal",
                &format!("code-{number}-{version}"),
                &[&[0], &data],
            );
            if data.len() < 600 {
                let way = (number % 3) as u8;
                seeds.put(
                    "printers",
                    &format!("code-{number}-{version}"),
                    &[&[2, way], &data],
                );
            }
        }
        for code in sample["facts"].as_array().expect("a list") {
            let bytes = |field: &str| {
                hex::decode(code[field].as_str().unwrap_or_default()).expect("hexadecimal digits")
            };
            let (lines, exceptions) = (bytes("lines"), bytes("exceptions"));
            let (lines, exceptions) = (
                &lines[..lines.len().min(31)],
                &exceptions[..exceptions.len().min(31)],
            );
            let counts = [[lines.len() as u8], [exceptions.len() as u8]];
            let code = bytes("code");
            seeds.put(
                "marshal",
                &format!("bytecode-{number}"),
                &[
                    &[0x80],
                    &counts[0],
                    lines,
                    &counts[1],
                    exceptions,
                    &[0, 101],
                    &code,
                ],
            );
        }
    }
    for (number, line) in facts("messages.tsv").lines().enumerate() {
        let cells: Vec<&str> = line.split('\t').collect();
        let message = format!("{}: {}", cells[6], cells[7].replace("\\n", "\n"));
        seeds.put(
            "messages",
            &format!("message-{number}"),
            &[message.as_bytes()],
        );
        seeds.put(
            "printers",
            &format!("message-{number}"),
            &[&[3], message.as_bytes()],
        );
    }
    for (number, text) in facts("messages.txt").split("\n\n").enumerate() {
        seeds.put("messages", &format!("text-{number}"), &[text.as_bytes()]);
    }
    println!("{} seeds", seeds.written);
}
