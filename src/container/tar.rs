//! tar archives. Headers are read by the crate `tar`, which knows the long names of GNU and pax; bytes stay where they are.

use std::io::{Cursor, Read};

use tar::{Archive, Entry, EntryType};

use super::{
    member::{Contents, Member},
    trouble::Trouble,
};

/// Headers and contents begin at multiples of this.
const BLOCK: u64 = 512;

/// The files of an archive, at most so many.
pub(super) fn contents(bytes: &[u8], most: u64) -> Contents {
    let mut contents = Contents::default();
    let mut archive = Archive::new(Cursor::new(bytes));
    let mut end = 0u64;
    // With a seek: what is in members isn't touched.
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => {
            contents.troubles.push((0, why(&error)));
            return contents;
        }
    };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let rest = Member::unexplained(end..bytes.len() as u64, why(&error));
                contents.members.push(rest);
                return contents;
            }
        };
        let start = entry.raw_file_position();
        // A sparse file's size is that which it has when its holes are filled.
        let sparse = entry.header().entry_type() == EntryType::GNUSparse;
        let length = match sparse {
            true => entry.header().entry_size().unwrap_or(0),
            false => entry.size(),
        };
        end = start
            .saturating_add(length)
            .checked_next_multiple_of(BLOCK)
            .unwrap_or(u64::MAX);
        if length == 0 {
            continue;
        }
        if contents.members.len() as u64 >= most {
            // One more than may be read: who reads them tells.
            contents.members.push(Member::stored(b"", start..start));
            return contents;
        }
        let mut member = Member::stored(&entry.path_bytes(), start..start.saturating_add(length));
        if sparse || is_sparse_by_pax(&mut entry) {
            member.troubles.push(Trouble::Sparse);
        }
        contents.members.push(member);
    }
    after(bytes, end, &mut contents);
    contents
}

/// Whether records of pax tell that a file has holes: those of GNU, which in format 1.0 put the list of its pieces before
/// them (the manual of GNU tar, "Sparse Formats"; `_proc_gnusparse_10` in Lib/tarfile.py).
fn is_sparse_by_pax<R: Read>(entry: &mut Entry<'_, R>) -> bool {
    let Ok(Some(records)) = entry.pax_extensions() else {
        return false;
    };
    records
        .flatten()
        .any(|record| record.key_bytes().starts_with(b"GNU.sparse."))
}

fn why(error: &std::io::Error) -> Trouble {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Trouble::Cut,
        _ => Trouble::corrupt(error),
    }
}

/// Two blocks of zeros end an archive, and fill it up to a multiple of twenty.
fn after(bytes: &[u8], end: u64, contents: &mut Contents) {
    let rest = usize::try_from(end)
        .ok()
        .and_then(|end| bytes.get(end..))
        .unwrap_or_default();
    if (rest.len() as u64) < BLOCK {
        contents.troubles.push((bytes.len() as u64, Trouble::Cut));
        return;
    }
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    let left = rest.len().saturating_sub(zeros);
    if left > 0 {
        let start = (bytes.len().saturating_sub(left)) as u64;
        let rest = Member::unexplained(start..bytes.len() as u64, Trouble::Trailing(left as u64));
        contents.members.push(rest);
    }
}
