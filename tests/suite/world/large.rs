//! Offsets past 2^32, in sparse files: 4.1 GB that take no room on the disk.

use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt,
};

use super::{Folder, error, skipped, status, text};

/// Bytes of the payload: more than 2^32.
const PAYLOAD: u64 = (1 << 32) + (100 << 20);

/// Where GLOBAL stands behind PROTO, the payload and its POP.
const GLOBAL: u64 = 2 + 9 + PAYLOAD + 1;

const TAIL: &[u8] = b"0cos\nsystem\n0N.";

const END: u64 = GLOBAL - 1 + TAIL.len() as u64;

/// Kilobytes that may be allocated: a mapped file takes none of them.
const MEMORY: &str = "ulimit -d 60000";

/// For the tree, which marks opcodes in a bit a byte of the input: asked for, but taken only where one is marked.
const MEMORY_OF_A_TREE: &str = "ulimit -d 700000";

fn head() -> Vec<u8> {
    [b"\x80\x04\x8e".as_slice(), &PAYLOAD.to_le_bytes()].concat()
}

/// A file with `before`, a pickle of 4.1 GB of zeros and one lookup, and `after`; nothing where it would fill the disk.
fn sparse(before: &[u8], after: &[u8]) -> Option<Folder> {
    let folder = Folder::new();
    let path = folder.0.join("large");
    let mut file = File::create(&path).expect("a file can be made");
    let written = file
        .write_all(&[before, &head()].concat())
        .and_then(|()| file.seek(SeekFrom::Current(PAYLOAD.cast_signed())))
        .and_then(|_| file.write_all(&[TAIL, after].concat()))
        .and_then(|()| file.sync_all());
    if let Err(refused) = written {
        skipped(
            "4.1 GB",
            &format!("the file system has no such files: {refused}"),
        );
        return None;
    }
    let room = fs::metadata(&path).expect("it is there").blocks() * 512;
    if room > 16 << 20 {
        skipped("4.1 GB", "the file system has no sparse files");
        return None;
    }
    Some(folder)
}

#[test]
fn offsets_past_4_gb() {
    let Some(folder) = sparse(b"", b"") else {
        return;
    };
    let run = |call: &str| {
        let memory = match call {
            "tree" => MEMORY_OF_A_TREE,
            _ => MEMORY,
        };
        let output = folder.sh(&format!("{memory}; $P {call} large"));
        assert_eq!(status(&output), 0, "{call}: {}", error(&output));
        text(&output)
    };
    let dump = run("dump");
    assert!(dump.contains(&format!("\n{GLOBAL}  ref  GLOBAL")), "{dump}");
    assert!(
        dump.contains("4,399,824,922 bytes, 7 opcodes, read whole"),
        "{dump}"
    );
    assert!(dump.contains("by value      4,399,824,906 bytes"), "{dump}");
    let refs: serde_json::Value =
        serde_json::from_str(&run("refs --format json")).expect("it is JSON");
    assert_eq!(refs["bytes"], END);
    assert_eq!(refs["pickles"][0]["end"], END);
    assert_eq!(refs["pickles"][0]["lookups"][0]["offset"], GLOBAL);
    assert_eq!(refs["pickles"][0]["bytes_by_value"], END - 11 - 5);
    assert!(run("refs").contains(&GLOBAL.to_string()));
    assert!(run("tree").contains(&format!("at {GLOBAL}: → os.system")));
    let json = run(&format!("dump --format json --range {GLOBAL}.."));
    let records: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    assert!(records.iter().any(|record| {
        record["opcode"] == "GLOBAL" && record["offset"] == GLOBAL && record["length"] == 11
    }));
    let explained: serde_json::Value =
        serde_json::from_str(&run("explain --format json --input")).expect("it is JSON");
    assert_eq!(explained["lookups"][0]["offset"], GLOBAL);
}

/// All of a pipe is held in memory, so what claims more than 4 GiB ends at once, and that is told.
#[test]
fn more_than_4_gb_from_a_pipe() {
    let Some(folder) = sparse(b"", b"") else {
        return;
    };
    let output = folder.sh(&format!("{MEMORY}; cat large | $P refs"));
    assert_eq!(status(&output), 2);
    assert!(!error(&output).is_empty());
    // What ends before is read, whatever follows.
    let output = folder.sh(&format!(
        "{MEMORY}; {{ printf 'cos\\nsystem\\n.'; head -c 3000000 /dev/zero; }} | $P refs"
    ));
    assert!(text(&output).contains("os.system"), "{}", text(&output));
}

/// A stored member of a zip64 archive, which is read where it stands.
#[test]
fn a_stored_member_past_4_gb() {
    let name = b"archive/data.pkl";
    let le16 = u16::to_le_bytes;
    let le32 = u32::to_le_bytes;
    let name_length = le16(name.len() as u16);
    let sizes = [END.to_le_bytes(), END.to_le_bytes()].concat();
    let extra = [&le16(1)[..], &le16(16), &sizes].concat();
    // The CRC isn't compared past `limits::CRC_BYTES`, but its two places must agree.
    let common = [
        &le16(45)[..],
        &le16(0),
        &le16(0),
        &[0; 4],
        &le32(0x1234_5678),
        &le32(u32::MAX),
        &le32(u32::MAX),
        &name_length,
        &le16(extra.len() as u16),
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name, &extra].concat();
    let directory = [
        b"PK\x01\x02",
        &le16(45)[..],
        &common,
        &[0; 14],
        name,
        &extra,
    ]
    .concat();
    let start = local.len() as u64 + END;
    let end = start + directory.len() as u64;
    let after = [
        &directory[..],
        b"PK\x06\x06",
        &44u64.to_le_bytes(),
        &le16(45),
        &le16(45),
        &[0; 8],
        &1u64.to_le_bytes(),
        &1u64.to_le_bytes(),
        &(directory.len() as u64).to_le_bytes(),
        &start.to_le_bytes(),
        b"PK\x06\x07",
        &[0; 4],
        &end.to_le_bytes(),
        &le32(1),
        b"PK\x05\x06",
        &[0; 4],
        &[0xff; 12],
        &[0; 2],
    ]
    .concat();
    let Some(folder) = sparse(&local, &after) else {
        return;
    };
    let output = folder.sh(&format!("{MEMORY}; $P refs --format json large"));
    assert_eq!(status(&output), 0, "{}", error(&output));
    let refs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let pickle = &refs["pickles"][0];
    assert_eq!(pickle["part"], "archive/data.pkl");
    assert_eq!(pickle["base"], local.len());
    assert_eq!(pickle["lookups"][0]["offset"], GLOBAL);
}
