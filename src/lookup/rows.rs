//! Tables that are sorted text: a row a line, its columns parted by tabs. They are searched where they stand.

use std::cmp::Ordering;

use crate::python::Pythons;

/// The rows whose first columns are these. The table is sorted by them.
pub(crate) fn rows<'k, const N: usize>(
    table: &'static str,
    key: [&'k str; N],
) -> impl Iterator<Item = &'static str> + use<'k, N> {
    from(table, &key)
        .lines()
        .take_while(move |row| compare(row, &key) == Ordering::Equal)
}

/// The table from the first row on that doesn't come before the key.
fn from(table: &'static str, key: &[&str]) -> &'static str {
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        // The start of the row that the middle lies in.
        let start = table
            .as_bytes()
            .get(low..middle)
            .and_then(|before| before.iter().rposition(|byte| *byte == b'\n'))
            .map_or(low, |at| low.saturating_add(at).saturating_add(1));
        let Some(row) = table.get(start..).and_then(|rest| rest.lines().next()) else {
            break;
        };
        if compare(row, key) == Ordering::Less {
            low = start.saturating_add(row.len()).saturating_add(1);
        } else {
            high = start;
        }
    }
    table.get(low..).unwrap_or_default()
}

fn compare(row: &str, key: &[&str]) -> Ordering {
    row.split('\t').take(key.len()).cmp(key.iter().copied())
}

/// The columns of a row; what it doesn't have is empty.
pub(crate) fn columns<const N: usize>(row: &'static str) -> [&'static str; N] {
    let mut columns = row.split('\t');
    std::array::from_fn(|_| columns.next().unwrap_or_default())
}

/// The set of a mask in hexadecimal.
pub(crate) fn pythons(mask: &str) -> Pythons {
    Pythons::from_mask(u16::from_str_radix(mask, 16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "a\t*\t1\na\tx\t2\na\tx\t3\nab\tx\t4\nb\té\t5\n";

    #[test]
    fn rows_of_a_key_are_found() {
        let found = |key: [&str; 2]| rows(TABLE, key).collect::<Vec<_>>();
        assert_eq!(found(["a", "x"]), ["a\tx\t2", "a\tx\t3"]);
        assert_eq!(rows(TABLE, ["a"]).count(), 3);
        assert_eq!(found(["ab", "x"]), ["ab\tx\t4"]);
        assert_eq!(found(["b", "é"]), ["b\té\t5"]);
        for none in [
            ["", ""],
            ["a", ""],
            ["a", "y"],
            ["aa", "x"],
            ["b", "f"],
            ["c", "x"],
        ] {
            assert!(found(none).is_empty(), "{none:?}");
        }
        assert!(rows("", ["a"]).next().is_none());
    }
}
