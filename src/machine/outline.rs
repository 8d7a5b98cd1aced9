//! The stack's outline: how deep it is, and where its marks are.

use crate::opcode::{Item, Opcode};

/// How deep the stack is and where its marks are, whatever lies on it.
///
/// Follows `pickletools.dis`, which needs as much to indent: POP takes a mark as readily as an object.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Objects on the stack, marks not among them.
    depth: u64,
    marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Where its MARK stands.
    offset: u64,
    /// Objects below it.
    depth: u64,
}

/// What an opcode did to the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Where the MARK stands whose mark the opcode took.
    pub mark: Option<u64>,
    /// Whether the opcode wanted objects, or a mark, that aren't there.
    pub short: bool,
}

impl Outline {
    /// How many marks are open.
    pub fn marks(&self) -> u64 {
        self.marks.len() as u64
    }

    /// How many objects lie above the topmost mark.
    pub fn above_mark(&self) -> u64 {
        let below = self.marks.last().map_or(0, |mark| mark.depth);
        self.depth.saturating_sub(below)
    }

    /// Takes in the next opcode. Where objects are missing, it takes what there is.
    #[inline]
    pub fn step(&mut self, offset: u64, opcode: Opcode) -> Moved {
        let before = opcode.stack_before();
        let below = before.iter().position(|item| *item == Item::Mark);
        let pops_mark = opcode == Opcode::Pop && self.above_mark() == 0;
        let mark = if below.is_some() || pops_mark {
            self.marks.pop()
        } else {
            None
        };
        let mut short = false;
        let mut wanted = below.unwrap_or(before.len()) as u64;
        match mark {
            Some(mark) => {
                // OBJ's class lies above the mark.
                let above = before.iter().skip_while(|item| **item != Item::Mark);
                let needed = above.filter(|item| **item == Item::Any).count() as u64;
                short = needed > self.depth.saturating_sub(mark.depth);
                self.depth = mark.depth;
                if pops_mark {
                    wanted = 0;
                }
            }
            None => short |= below.is_some(),
        }
        short |= wanted.max(looks_at(opcode)) > self.above_mark();
        self.depth = self.depth.saturating_sub(wanted.min(self.above_mark()));
        for item in opcode.stack_after() {
            match item {
                Item::Mark => self.marks.push(Mark {
                    offset,
                    depth: self.depth,
                }),
                _ => self.depth = self.depth.saturating_add(1),
            }
        }
        Moved {
            mark: mark.map(|mark| mark.offset),
            short,
        }
    }
}

/// How many objects an opcode looks at without taking them: PUT keeps the top, which must be there.
fn looks_at(opcode: Opcode) -> u64 {
    matches!(opcode, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut).into()
}
