//! The tensors of a pickle, for people.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    io::{self, Write},
};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table as Grid, presets};

use crate::{
    count::Counted,
    report::tensors::{Storage, Table},
};

use super::{
    Screen,
    parts::named,
    shown::{Shown, Utf8},
};

/// So many are listed unless all are asked for.
const LISTED: usize = 60;

/// Writes the tensors of a part of the input `name`, then the storages that no tensor lies in.
///
/// # Errors
/// Those of `out`.
pub fn tensors(name: &str, table: &Table, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let bytes = table
        .storages
        .iter()
        .filter_map(|storage| storage.bytes)
        .fold(0u64, u64::saturating_add);
    let mut line = Vec::new();
    let _ = write!(
        Utf8(&mut line),
        "{}: {} in {}, {}",
        named(name, &table.place),
        Counted(table.tensors.len() as u64, "tensor"),
        Counted(table.storages.len() as u64, "storage"),
        Counted(bytes, "byte")
    );
    line.push(b'\n');
    out.write_all(&line)?;
    let storages: HashMap<&str, &Storage> = table
        .storages
        .iter()
        .map(|storage| (storage.key.as_str(), storage))
        .collect();
    let used: HashSet<&str> = table
        .tensors
        .iter()
        .filter_map(|tensor| tensor.storage.as_deref())
        .collect();
    let tensors = table.tensors.iter().map(|tensor| {
        let key = tensor.storage.as_deref().unwrap_or_default();
        [
            shown(&tensor.name),
            tensor.dtype.as_deref().map(shown).unwrap_or_default(),
            shape(&tensor.shape),
            storages
                .get(key)
                .map(|own| described(own))
                .unwrap_or_default(),
        ]
    });
    let lone = table
        .storages
        .iter()
        .filter(|storage| !used.contains(storage.key.as_str()))
        .map(|storage| {
            let items = storage.items.to_string();
            [
                "(storage)".to_owned(),
                storage.dtype.to_owned(),
                items,
                described(storage),
            ]
        });
    let listed = if screen.full { usize::MAX } else { LISTED };
    let mut rows = tensors.chain(lone);
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(screen.width).unwrap_or(u16::MAX))
        .set_header(["name", "dtype", "shape", "storage"].map(Cell::new));
    for row in rows.by_ref().take(listed) {
        grid.add_row(row);
    }
    if let Some(column) = grid.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    for line in grid.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    match rows.count() {
        0 => Ok(()),
        more => writeln!(out, " and {more} more: --full lists all"),
    }
}

fn shown(text: &str) -> String {
    let mut shown = Vec::new();
    Shown::Path(text.as_bytes()).write(&mut shown, None);
    String::from_utf8_lossy(&shown).into_owned()
}

/// `3×4`; a tensor of one item that has no dimension is a scalar.
fn shape(sides: &[u64]) -> String {
    if sides.is_empty() {
        return "scalar".to_owned();
    }
    let sides: Vec<String> = sides.iter().map(u64::to_string).collect();
    sides.join("×")
}

/// `0, 48 bytes on cpu`.
fn described(storage: &Storage) -> String {
    let mut text = shown(&storage.key);
    if let Some(bytes) = storage.bytes {
        text.push_str(&format!(", {}", Counted(bytes, "byte")));
    }
    text.push_str(&format!(" on {}", shown(&storage.location)));
    match (&storage.member, storage.bytes) {
        (Some((_, found)), Some(bytes)) if *found != bytes => {
            text.push_str(&format!(", but its member has {found}"));
        }
        _ => {}
    }
    text
}
