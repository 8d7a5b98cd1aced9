//! The rows of `pickletools.dis`: each opcode of one pickle beside what `dis` knows of the stack.
//!
//! `dis` emulates the stack by the kinds of its items, remembers where marks were pushed, and raises at the first thing
//! that no sane pickle does. [`Rows`] does the same, to the letter of `Lib/pickletools.py` of CPython 3.13, but says
//! what is wrong as a [`Complaint`] of the row and goes on, with what the stack still has.
//!
//! This is not the pickle machine: `dis` lets an opcode take a mark for an object, pushes two unknowns for DUP, and
//! refuses what every loader takes, such as a memo key that is used twice. Its habits stay in this file.

use std::{collections::HashMap, fmt};

use crate::{
    decode::{
        Op, Ops, ops,
        text::{Dialect, Meaning, Unreadable, meaning},
    },
    error::Fault,
    opcode::{Item, Opcode},
};

/// The rows of the pickle that starts at the first of `bytes`. Offsets told are counted from `base`, the place of
/// that byte in its file.
///
/// ```
/// use pickscope::report::pickletools::{Note, rows};
///
/// let mut rows = rows(b"(t.", 100);
/// let notes: Vec<_> = rows.by_ref().map(|row| row.unwrap().note).collect();
/// assert_eq!(notes, [None, Some(Note::MarkAt(100)), None]);
/// assert_eq!(rows.highest_protocol(), Some(0));
/// ```
pub fn rows(bytes: &[u8], base: u64) -> Rows<'_> {
    Rows {
        ops: ops(bytes),
        base,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Memo::default(),
        highest: None,
    }
}

/// An iterator over the [`Row`]s of one pickle; see [`rows`]. It ends after STOP, or after the fault that keeps the
/// bytes from being split into opcodes.
#[derive(Debug)]
pub struct Rows<'a> {
    ops: Ops<'a>,
    base: u64,
    stack: Vec<Item>,
    marks: Vec<u64>,
    memo: Memo,
    highest: Option<u8>,
}

/// One opcode as `dis` shows it.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// Where the opcode's first byte stands in the file.
    pub offset: u64,
    /// The opcode with its argument. Its own offset is counted from the pickle's first byte.
    pub op: Op<'a>,
    /// What the argument means to `pickletools`, or why its reader refuses it.
    pub meaning: Result<Meaning<'a>, Unreadable>,
    /// How many marks lie open where the opcode stands.
    pub depth: usize,
    /// What `dis` writes behind the argument.
    pub note: Option<Note>,
    /// Why `dis` raises at this row.
    pub complaint: Option<Complaint<'a>>,
}

/// What `dis` writes behind an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The opcode takes everything above the mark that was pushed at this offset.
    MarkAt(u64),
    /// The opcode wants a mark, and none lies open.
    NoMark,
    /// MEMOIZE uses this index.
    As(u64),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkAt(offset) => write!(f, "(MARK at {offset})"),
            Self::NoMark => f.write_str(NO_MARK),
            Self::As(index) => write!(f, "(as {index})"),
        }
    }
}

/// `dis` uses one text for the note and for the error.
const NO_MARK: &str = "no MARK exists on stack";

/// Why `dis` raises. The text is that of its exception, where it has one of its own.
///
/// That text can be as long as the stream: `{:.100}` names the first hundred of the items left over, and how many
/// there are.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Complaint<'a> {
    /// The reader of the argument refuses it: `dis` raises before it shows the row.
    Unreadable(Unreadable),
    /// The integer has more digits than CPython converts: `dis` raises in the middle of the row.
    Digits,
    /// The opcode wants a mark, and none lies open.
    NoMark,
    /// The opcode wants a mark, and an opcode that wanted an object has taken it: `dis` fails with an IndexError in
    /// the middle of the row.
    MarkTaken,
    /// The memo has something under this key already.
    Defined(Key),
    /// Something is to be kept in the memo, and the stack is empty.
    NothingToKeep,
    /// A mark is to be kept in the memo.
    MarkToKeep,
    /// The memo has nothing under this key.
    NeverStored(Key),
    /// The opcode wants more objects than lie on the stack.
    TooFew {
        /// How many it wants.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// These items are left on the stack after STOP.
    Leftover(&'a [Item]),
    /// Deep lines have used up their indentation. No complaint of `dis`, which indents all the same.
    Indentation,
}

impl fmt::Display for Complaint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => why.fmt(f),
            // `_MAX_STR_DIGITS_ERROR_FMT_TO_STR` in `Objects/longobject.c`.
            Self::Digits => write!(
                f,
                "Exceeds the limit ({} digits) for integer string conversion; \
                 use sys.set_int_max_str_digits() to increase the limit",
                crate::limits::DECIMAL_DIGITS
            ),
            Self::NoMark => f.write_str(NO_MARK),
            Self::MarkTaken => f.write_str("list index out of range"),
            Self::Defined(key) => write!(f, "memo key {key} already defined"),
            Self::NothingToKeep => f.write_str("stack is empty -- can't store into memo"),
            Self::MarkToKeep => f.write_str("can't store markobject in the memo"),
            Self::NeverStored(key) => write!(f, "memo key {key} has never been stored into"),
            Self::TooFew { wanted, found } => write!(
                f,
                "tries to pop {wanted} items from stack with only {found} items"
            ),
            Self::Leftover(items) => {
                f.write_str("stack not empty after STOP: [")?;
                let shown = f.precision().unwrap_or(items.len());
                let mut separator = "";
                for item in items.iter().take(shown) {
                    f.write_str(separator)?;
                    f.write_str(item.name())?;
                    separator = ", ";
                }
                if shown < items.len() {
                    write!(f, "{separator}… {} in all", items.len())?;
                }
                f.write_str("]")
            }
            Self::Indentation => write!(
                f,
                "marks nest so deep that from here on lines are indented by {} levels at most",
                crate::limits::INDENT_LEVELS
            ),
        }
    }
}

/// A memo key as `dis` writes it in an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// MEMOIZE names no key.
    None,
    /// PUT and GET read `00` and `01` as booleans, which are the keys 0 and 1.
    Bool(bool),
    /// Any other.
    Int(i64),
    /// A key past 64 bits, in decimal digits.
    Big(Box<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(key) => key.fmt(f),
            Self::Big(digits) => f.write_str(digits),
        }
    }
}

impl<'a> Rows<'a> {
    /// The highest protocol that any opcode so far came with; `None` before the first.
    pub fn highest_protocol(&self) -> Option<u8> {
        self.highest
    }

    /// What lies on the stack, the top last. After STOP, this is what `dis` wants empty.
    pub fn stack(&self) -> &[Item] {
        &self.stack
    }

    /// Where the next opcode is due in the file; after STOP, the offset after it.
    pub fn offset(&self) -> u64 {
        self.base.saturating_add(self.ops.offset())
    }

    #[inline(always)]
    fn row(&mut self, op: Op<'a>) -> Row<'a> {
        let offset = self.base.saturating_add(op.offset);
        self.highest = self.highest.max(Some(op.opcode.protocol()));
        let mut row = Row {
            offset,
            op,
            meaning: meaning(&op, Dialect::Tools),
            depth: self.marks.len(),
            note: None,
            complaint: None,
        };
        if let Err(why) = row.meaning {
            row.complaint = Some(Complaint::Unreadable(why));
        }

        let before = op.opcode.stack_before();
        let mut takes = before.len();
        let mark = before.iter().position(|&item| item == Item::Mark);
        // A POP may take a mark: nothing else tells where the nesting of protocol 0 ends.
        let pops_mark = op.opcode == Opcode::Pop && self.stack.last() == Some(&Item::Mark);
        if mark.is_some() || pops_mark {
            takes = mark.unwrap_or(0);
            self.take_mark(&mut row);
        }
        let fetched = self.memo(&mut row);

        let kept = self.stack.len().checked_sub(takes);
        if kept.is_none() && row.complaint.is_none() {
            row.complaint = Some(Complaint::TooFew {
                wanted: takes,
                found: self.stack.len(),
            });
        }
        self.stack.truncate(kept.unwrap_or(0));
        match (fetched, op.opcode) {
            (Some(item), _) => self.stack.push(item),
            (None, Opcode::Mark) => {
                self.marks.push(offset);
                self.stack.push(Item::Mark);
            }
            (None, opcode) => self.stack.extend(opcode.stack_after()),
        }
        row
    }

    /// Drops the topmost mark and what lies above it.
    fn take_mark(&mut self, row: &mut Row<'a>) {
        let Some(offset) = self.marks.pop() else {
            row.note = Some(Note::NoMark);
            row.complaint.get_or_insert(Complaint::NoMark);
            return;
        };
        row.note = Some(Note::MarkAt(offset));
        let topmost = self.stack.iter().rposition(|&item| item == Item::Mark);
        // `dis` has emptied the stack by the time it finds no mark there.
        self.stack.truncate(topmost.unwrap_or(0));
        if topmost.is_none() {
            row.complaint.get_or_insert(Complaint::MarkTaken);
        }
    }

    /// Stores into the memo, or tells what it has for an opcode that fetches.
    #[inline(always)]
    fn memo(&mut self, row: &mut Row<'a>) -> Option<Item> {
        match row.op.opcode {
            Opcode::Memoize => {
                let index = self.memo.len();
                row.note = Some(Note::As(index));
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                self.keep(Key::Int(index), row);
            }
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => {
                if let Some(key) = key(&row.meaning) {
                    self.keep(key, row);
                }
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                let key = key(&row.meaning)?;
                let item = self.memo.get(&key);
                if item.is_none() {
                    row.complaint.get_or_insert(Complaint::NeverStored(key));
                }
                return item;
            }
            _ => {}
        }
        None
    }

    #[inline(always)]
    fn keep(&mut self, key: Key, row: &mut Row<'a>) {
        let complaint = if self.memo.get(&key).is_some() {
            Complaint::Defined(match row.op.opcode {
                Opcode::Memoize => Key::None,
                _ => key,
            })
        } else {
            match self.stack.last() {
                None => Complaint::NothingToKeep,
                Some(Item::Mark) => Complaint::MarkToKeep,
                Some(&item) => return self.memo.insert(key, item),
            }
        };
        row.complaint.get_or_insert(complaint);
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, Fault>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.ops.next()? {
            Ok(op) => Ok(self.row(op)),
            Err(fault) => Err(Fault::new(
                self.base.saturating_add(fault.offset()),
                fault.kind(),
            )),
        })
    }
}

impl std::iter::FusedIterator for Rows<'_> {}

/// The memo key that an argument stands for.
#[inline(always)]
fn key(meaning: &Result<Meaning<'_>, Unreadable>) -> Option<Key> {
    match meaning {
        Ok(Meaning::Bool(key)) => Some(Key::Bool(*key)),
        Ok(Meaning::Int(key)) => Some(match key.to_i64() {
            Some(key) => Key::Int(key),
            None => Key::Big(key.decimal()?.into_owned().into()),
        }),
        _ => None,
    }
}

/// What the memo has under each key: only the kind of it.
///
/// Picklers count keys up from 0; those lie in a row. Any other key costs what it costs, whatever its size.
#[derive(Debug, Default)]
struct Memo {
    row: Vec<Item>,
    apart: HashMap<i64, Item>,
    big: HashMap<Box<str>, Item>,
}

impl Memo {
    /// How many keys are stored.
    fn len(&self) -> u64 {
        let all = self.row.len().saturating_add(self.apart.len());
        all.saturating_add(self.big.len()) as u64
    }

    #[inline(always)]
    fn get(&self, key: &Key) -> Option<Item> {
        let key = match key {
            Key::None => return None,
            Key::Bool(key) => i64::from(*key),
            Key::Int(key) => *key,
            Key::Big(digits) => return self.big.get(digits).copied(),
        };
        let in_row = usize::try_from(key).ok().and_then(|key| self.row.get(key));
        match in_row {
            None if self.apart.is_empty() => None,
            None => self.apart.get(&key).copied(),
            item => item.copied(),
        }
    }

    /// Stores under a key that is free.
    #[inline(always)]
    fn insert(&mut self, key: Key, item: Item) {
        let key = match key {
            Key::None => return,
            Key::Bool(key) => i64::from(key),
            Key::Int(key) => key,
            Key::Big(digits) => {
                self.big.insert(digits, item);
                return;
            }
        };
        if usize::try_from(key) != Ok(self.row.len()) {
            self.apart.insert(key, item);
            return;
        }
        self.row.push(item);
        // Keys that came too early join the row.
        while !self.apart.is_empty()
            && let Ok(next) = i64::try_from(self.row.len())
            && let Some(item) = self.apart.remove(&next)
        {
            self.row.push(item);
        }
    }
}
