//! What a pickle stores by reference and what by value, and what is neither, at its end.

use std::borrow::Cow;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::{
    count::Counted,
    opcode::Storage,
    report::{dump::End, refs::references as references_of},
};

use super::{LISTED, found, kind_name};

/// Columns that each of the first two has at the least, blanks around it included.
const NARROWEST: u16 = 14;

/// On fewer columns comfy-table breaks cells that there would be room for: a column that needs more than its third.
const NARROW: usize = 48;

/// A row: its label, how many bytes, and what they are.
type Row<'r> = [Cow<'r, str>; 3];

/// Writes the table in lines of `width` columns.
pub(super) fn write(end: &End<'_>, width: usize, out: &mut Vec<u8>) {
    let tally = &end.read.tally;
    let row = |label, bytes, what: String| -> Row<'static> {
        let bytes = Counted(bytes, "byte").to_string();
        [Cow::Borrowed(label), bytes.into(), what.into()]
    };
    let by = |storage| tally.bytes(Some(storage));
    let rows = [
        row(" by reference", by(Storage::Reference), references(end)),
        row(" by value", by(Storage::Value), values(end)),
        row(" neither", tally.bytes(None), others(end)),
    ];
    if !lay_out(&rows, width, out) {
        for line in table(rows, width).lines() {
            out.extend_from_slice(line.trim_end().as_bytes());
            out.push(b'\n');
        }
    }
}

/// Writes rows as [`table`] does, if a line takes each and nobody needs to reckon how wide it is; whether that was so.
///
/// The table takes some 33,000 instructions. Inputs may have millions of pickles, with such a table each.
fn lay_out(rows: &[Row<'_>], width: usize, out: &mut Vec<u8>) -> bool {
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.len()).max().unwrap_or(0)
    };
    // A blank stands on each side of a cell.
    let least = usize::from(NARROWEST) - 2;
    let widths = [widest(0).max(least), widest(1).max(least), widest(2).max(1)];
    let plain = rows.iter().flatten().all(|cell| cell.is_ascii());
    let whole: usize = widths.iter().map(|width| width + 2).sum();
    if !plain || width < whole.max(NARROW) {
        return false;
    }
    let [label, bytes, _] = widths;
    for [first, second, third] in rows {
        out.push(b' ');
        out.extend_from_slice(first.as_bytes());
        out.resize(
            out.len() + label - first.len() + 2 + bytes - second.len(),
            b' ',
        );
        out.extend_from_slice(second.as_bytes());
        out.extend_from_slice(b"  ");
        out.extend_from_slice(third.as_bytes());
        out.truncate(out.trim_ascii_end().len());
        out.push(b'\n');
    }
    true
}

/// Rows as a table, cells broken into lines where they don't fit.
fn table<'r>(rows: impl IntoIterator<Item = Row<'r>>, width: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    for row in rows {
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for column in 0..2 {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(NARROWEST)));
        }
    }
    table
}

fn references(end: &End<'_>) -> String {
    let references = references_of(&end.read);
    let mut parts: Vec<String> = references
        .iter()
        .take(LISTED)
        .map(|reference| {
            let Some(target) = reference.target else {
                return Counted(reference.count, "out-of-band buffer").to_string();
            };
            let mut text = Vec::new();
            found(target, Some(100), &mut text);
            let text = String::from_utf8_lossy(&text);
            match reference.count {
                1 => text.into_owned(),
                count => format!("{text} ×{count}"),
            }
        })
        .collect();
    let more = references.len().saturating_sub(LISTED);
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    or_nothing(&parts)
}

fn values(end: &End<'_>) -> String {
    let values = end.read.tally.values().into_iter();
    most_first(
        values
            .filter(|(kind, _)| kind.storage() == Some(Storage::Value))
            .map(|(kind, count)| (count, kind_name(kind))),
    )
}

/// The opcodes that store nothing.
fn others(end: &End<'_>) -> String {
    let counts = end.read.tally.counts();
    most_first(
        counts
            .filter(|(opcode, _)| opcode.stores().is_none())
            .map(|(opcode, count)| (count, opcode.name())),
    )
}

/// What occurs, with its count.
fn most_first(counts: impl Iterator<Item = (u64, &'static str)>) -> String {
    let mut counts: Vec<_> = counts.filter(|(count, _)| *count > 0).collect();
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let counts: Vec<_> = counts
        .iter()
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    or_nothing(&counts)
}

fn or_nothing(parts: &[String]) -> String {
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::{lay_out, table};

    /// What is laid out by hand is what the table would be.
    #[test]
    fn rows_that_fit_are_laid_out_as_the_table_does() {
        let mut fitting = 0;
        for (width, bytes) in (0..120).flat_map(|width| (0..33).map(move |bytes| (width, bytes))) {
            for what in [0, 1, 7, 15, 16, 23, 40, 60] {
                let rows = [" by reference", " by value", " neither"].map(|label| {
                    let what = "w w ".repeat(what);
                    let what = what.get(..what.len() / 4).unwrap_or_default().trim_end();
                    [
                        label.into(),
                        "b".repeat(bytes).into(),
                        what.to_owned().into(),
                    ]
                });
                let mut ours = Vec::new();
                if !lay_out(&rows, width, &mut ours) {
                    assert_eq!(ours, b"");
                    continue;
                }
                fitting += 1;
                let theirs: Vec<_> = table(rows, width)
                    .lines()
                    .map(|line| format!("{}\n", line.trim_end()))
                    .collect();
                let ours = String::from_utf8_lossy(&ours);
                assert_eq!(ours, theirs.concat(), "{width} columns");
            }
        }
        assert!(fitting > 1000);
    }
}
