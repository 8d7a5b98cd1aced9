//! What stands between an offset and an argument: how something is stored, and the opcode's name at its indentation.
//!
//! It is made once for each opcode at each depth and then copied in one go: to put it together for every line took some 110
//! instructions, a third of what a line cost beside its argument.

use crate::opcode::{Item, Opcode, Storage};

use super::{LEVELS, NAME, REFERENCE, VALUE, colour};

/// Columns beside the opcode's name: of how something is stored, and a blank before the argument.
const BESIDE: usize = 8;

/// Room for the longest: a name behind the most blanks, and what turns colours on and off.
const MOST: usize = 64;

/// The text of one opcode at one depth.
pub(super) struct Cell {
    /// It, and blanks.
    pub(super) text: [u8; MOST],
    /// Where it ends if nothing follows.
    pub(super) bare: usize,
    /// Where it ends if something follows.
    pub(super) whole: usize,
    /// How many columns it has then.
    pub(super) columns: usize,
    /// Whether the opcode's payload is text.
    pub(super) is_text: bool,
}

/// What stands for a cell that isn't there, as none is that was made.
static NOTHING: Cell = Cell {
    text: [b' '; MOST],
    bare: 0,
    whole: 0,
    columns: 0,
    is_text: false,
};

/// The cells that were asked for so far.
pub(super) struct Cells {
    color: bool,
    /// Where each is: an index past all of them where it isn't made yet.
    places: [[u16; LEVELS as usize + 1]; 256],
    cells: Vec<Cell>,
}

impl Cells {
    pub(super) fn new(color: bool) -> Self {
        Self {
            color,
            places: [[u16::MAX; _]; _],
            cells: Vec::new(),
        }
    }

    /// That of an opcode at a depth; past [`LEVELS`], that of the last that is indented for.
    #[inline(always)]
    pub(super) fn of(&mut self, opcode: Opcode, depth: u64) -> &Cell {
        let level = depth.min(LEVELS) as usize;
        let levels = self.places.get(usize::from(opcode.byte()));
        let place = levels.and_then(|levels| levels.get(level));
        let place = match place.map(|place| usize::from(*place)) {
            Some(place) if place < self.cells.len() => place,
            _ => self.make(opcode, level),
        };
        self.cells.get(place).unwrap_or(&NOTHING)
    }

    #[cold]
    #[inline(never)]
    fn make(&mut self, opcode: Opcode, level: usize) -> usize {
        let mut text = Vec::with_capacity(MOST);
        let (style, word): (_, &[u8]) = match opcode.stores() {
            Some(Storage::Reference) => (Some(REFERENCE), b"  ref  "),
            Some(Storage::Value) => (Some(VALUE), b"  val  "),
            None => (None, b"       "),
        };
        let style = style.filter(|_| self.color);
        if let Some(style) = style {
            colour(&mut text, style.render());
        }
        text.extend_from_slice(word);
        if let Some(style) = style {
            colour(&mut text, style.render_reset());
        }
        let start = text.len();
        text.resize(start + 2 * level, b' ');
        text.extend_from_slice(opcode.name().as_bytes());
        let bare = text.len();
        let named = bare - start;
        let whole = start + named.max(NAME) + 1;
        text.resize(MOST.max(whole), b' ');
        let place = self.cells.len();
        self.cells.push(Cell {
            text: *text.first_chunk().unwrap_or(&[b' '; MOST]),
            bare,
            whole,
            columns: named.max(NAME) + BESIDE,
            is_text: opcode.stack_after() == [Item::Str],
        });
        let levels = self.places.get_mut(usize::from(opcode.byte()));
        if let Some(known) = levels.and_then(|levels| levels.get_mut(level)) {
            *known = place as u16;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opcode_has_room_at_every_depth() {
        for color in [false, true] {
            let mut cells = Cells::new(color);
            for opcode in Opcode::all() {
                for depth in 0..=LEVELS + 1 {
                    let cell = cells.of(opcode, depth);
                    assert!(cell.bare < cell.whole && cell.whole <= MOST, "{opcode:?}");
                    let text =
                        String::from_utf8_lossy(cell.text.get(..cell.bare).unwrap_or_default());
                    let indented = format!(
                        "{}{}",
                        "  ".repeat(depth.min(LEVELS) as usize),
                        opcode.name()
                    );
                    assert!(text.ends_with(&indented), "{text:?}");
                    // Asked for again, it is the same.
                    let bare = cell.bare;
                    assert_eq!(cells.of(opcode, depth).bare, bare);
                }
            }
            assert_eq!(
                cells.cells.len(),
                Opcode::all().count() * (LEVELS as usize + 1)
            );
        }
    }
}
