//! The proof that a stream is plain data, and that serde-pickle reads it as CPython does.
//!
//! It goes along with the machine and keeps, beside each value on the stack, what serde-pickle would have to do with it.
//! What isn't known to be harmless is refused: there is no way past [`Proof::see`] but through a case of it.
//!
//! What serde-pickle 1.2 does, from its source: its memo holds a value with a count of its uses, and a value taken from
//! the memo as often as it was counted is gone. A copy of what holds such values takes them once more, and is then
//! "recursive". A place in the memo that is taken again changes what earlier uses of it find. MARK makes room for 128
//! values, which TUPLE, LIST and FROZENSET then keep. It goes down a level of recursion for each level of nesting.

use std::collections::{HashMap, HashSet};

use crate::{
    decode::{
        Argument, Op,
        text::{self, Dialect, Meaning},
    },
    limits,
    machine::{Event, Kind, Machine, Step, Value, lookup::Target},
    opcode::Opcode,
    reader::{Reader, Trouble},
    report::problem::{Problem, Severity},
};

use super::{Encoding, Error, Obstacle};

/// Which integers can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integers {
    /// Those of `i64`, which serde-pickle gives to serde.
    OfI64,
    All,
}

/// What serde-pickle's room for the 128 values above a mark takes.
const BUFFER: u64 = 128 * VALUE;

/// What one of its values takes.
const VALUE: u64 = 32;

/// From here on, not every integer has a float of its own.
const EXACT: i64 = 1 << 53;

/// A value on the stack.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Where it was made.
    offset: u64,
    /// How many bytes a copy takes.
    weight: u64,
    /// How many levels of values it has.
    depth: u32,
    kind: Kind,
    opcode: Opcode,
    is: Is,
}

const _: () = assert!(size_of::<Held>() == 24);

/// What a value is, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Is(u8);

impl Is {
    /// It can be a key or member.
    const HASHABLE: Self = Self(1);
    /// It stands in the memo.
    const MEMO: Self = Self(2);
    /// Something in it stands in the memo.
    const HOLDS_MEMO: Self = Self(4);
    /// It is an integer past 2^53, or has one as an item, key or member.
    const LARGE_INTEGER: Self = Self(8);
    /// It is a float past 2^53, or has one as an item, key or member.
    const LARGE_FLOAT: Self = Self(16);
    /// It is NaN.
    const NAN: Self = Self(32);

    const LARGE: Self = Self(Self::LARGE_INTEGER.0 | Self::LARGE_FLOAT.0);

    fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Steps through `input` until something stands in the way.
pub(super) fn prove(input: &[u8], encoding: Encoding, integers: Integers) -> Result<(), Error> {
    let mut reader = Reader::new(input, 0);
    let mut proof = Proof {
        encoding,
        integers,
        stack: Vec::new(),
        memo: Places::default(),
        again: HashMap::new(),
        bytes: 0,
    };
    let mut end = 0;
    while let Some((op, step)) = reader.next() {
        untroubled(reader.troubles())?;
        proof.see(&op, &step, reader.machine())?;
        end = op.span().end;
    }
    untroubled(reader.troubles())?;
    let bytes = (input.len() as u64).saturating_sub(end);
    match bytes {
        0 => Ok(()),
        bytes => Err(Error::Trailing { offset: end, bytes }),
    }
}

/// No trouble is there but what all unpicklers of Python 3 go through alike: then the reading is complete.
fn untroubled<'a>(troubles: impl Iterator<Item = Trouble<'a>>) -> Result<(), Error> {
    for trouble in troubles {
        let problem = Problem::of_trouble(0, trouble);
        if problem.severity() > Severity::Note {
            return Err(Error::Unreadable {
                offset: problem.offset,
                why: problem.kind.to_string(),
            });
        }
    }
    Ok(())
}

/// What is known so far.
struct Proof {
    encoding: Encoding,
    integers: Integers,
    /// As the machine's.
    stack: Vec<Held>,
    memo: Places,
    /// Tuples and frozensets that may be taken from the memo again, by where they were made.
    again: HashMap<u64, Held>,
    /// How many bytes serde-pickle takes for copies and for room above marks.
    bytes: u64,
}

impl Proof {
    fn see(&mut self, op: &Op<'_>, step: &Step, machine: &Machine<'_>) -> Result<(), Error> {
        let height = machine.stack().len();
        match op.opcode {
            Opcode::Proto | Opcode::Frame | Opcode::Stop => {}
            Opcode::None
            | Opcode::NewTrue
            | Opcode::NewFalse
            | Opcode::Int
            | Opcode::BinInt
            | Opcode::BinInt1
            | Opcode::BinInt2
            | Opcode::Long
            | Opcode::Long1
            | Opcode::Long4
            | Opcode::Float
            | Opcode::BinFloat
            | Opcode::String
            | Opcode::BinString
            | Opcode::ShortBinString
            | Opcode::Unicode
            | Opcode::ShortBinUnicode
            | Opcode::BinUnicode
            | Opcode::BinUnicode8
            | Opcode::ShortBinBytes
            | Opcode::BinBytes
            | Opcode::BinBytes8
            | Opcode::Bytearray8 => {
                let atom = self.atom(op)?;
                self.stack.push(atom);
            }
            Opcode::Mark => {
                if machine.marks() > limits::VALUE_DEPTH.into() {
                    return refuse(op, Obstacle::Deep);
                }
            }
            Opcode::EmptyTuple
            | Opcode::EmptyList
            | Opcode::EmptyDict
            | Opcode::EmptySet
            | Opcode::Tuple1
            | Opcode::Tuple2
            | Opcode::Tuple3
            | Opcode::Tuple
            | Opcode::List
            | Opcode::Dict
            | Opcode::FrozenSet => self.collect(op, step, height)?,
            Opcode::Append
            | Opcode::Appends
            | Opcode::SetItem
            | Opcode::SetItems
            | Opcode::AddItems => self.fill(op, machine, height)?,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                self.put(op, step)?;
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => self.get(op, step, machine)?,
            Opcode::Dup => self.duplicate(op)?,
            Opcode::Pop | Opcode::PopMark => self.stack.truncate(height),
            _ => return refuse(op, foreign(op.opcode, machine)),
        }
        debug_assert!(op.opcode == Opcode::Stop || self.stack.len() == height);
        Ok(())
    }

    /// What an opcode makes by itself.
    fn atom(&self, op: &Op<'_>) -> Result<Held, Error> {
        let kind = Kind::made_by(op.opcode).unwrap_or(Kind::Object);
        let is = match op.argument {
            Argument::Int(number) => integer(Some(number)),
            Argument::Float(number) => float(number),
            Argument::Line(line) => self.line(op, line)?,
            Argument::Bytes(bytes) => match kind {
                Kind::Str if std::str::from_utf8(bytes).is_err() => {
                    return refuse(op, Obstacle::Surrogates);
                }
                Kind::OldStr => self.old_string(op, bytes)?,
                Kind::Int => {
                    self.integer(op, text::Integer::from_twos_complement(bytes).to_i64())?
                }
                _ => Is::default(),
            },
            _ => Is::default(),
        };
        let hashable = match kind {
            Kind::Bytearray => Is::default(),
            _ => Is::HASHABLE,
        };
        Ok(Held {
            offset: op.offset,
            weight: op.span().length().saturating_add(VALUE),
            depth: 0,
            kind,
            opcode: op.opcode,
            is: is.and(hashable),
        })
    }

    /// An argument that is a line.
    fn line(&self, op: &Op<'_>, line: &[u8]) -> Result<Is, Error> {
        let Ok(meaning) = text::meaning(op, Dialect::C) else {
            return refuse(op, Obstacle::Form);
        };
        let (reads, is) = match (op.opcode, &meaning) {
            (Opcode::Int, Meaning::Bool(value)) => {
                (super::text::boolean(line, *value), Is::default())
            }
            (Opcode::Int, Meaning::Int(value)) => {
                (super::text::int(line, value), integer(value.to_i64()))
            }
            (Opcode::Long, Meaning::Int(value)) if super::text::long(line) => {
                (true, self.integer(op, value.to_i64())?)
            }
            (Opcode::Float, Meaning::Float(value)) => {
                (super::text::float(line, *value), float(*value))
            }
            (Opcode::String, Meaning::Bytes(value)) => {
                (super::text::string(line), self.old_string(op, value)?)
            }
            (Opcode::Unicode, Meaning::Str(text::Text::Wtf8(_))) => {
                return refuse(op, Obstacle::Surrogates);
            }
            (Opcode::Unicode, Meaning::Str(_)) => (super::text::unicode(line), Is::default()),
            _ => (false, Is::default()),
        };
        match reads {
            true => Ok(is),
            false => refuse(op, Obstacle::Form),
        }
    }

    fn integer(&self, op: &Op<'_>, value: Option<i64>) -> Result<Is, Error> {
        if value.is_none() && self.integers == Integers::OfI64 {
            return refuse(op, Obstacle::Integer);
        }
        Ok(integer(value))
    }

    /// A Python 2 `str`.
    fn old_string(&self, op: &Op<'_>, bytes: &[u8]) -> Result<Is, Error> {
        let fits = match self.encoding {
            Encoding::Ascii => bytes.is_ascii(),
            Encoding::Utf8 => std::str::from_utf8(bytes).is_ok(),
            Encoding::Bytes => true,
        };
        match fits {
            true => Ok(Is::default()),
            false => refuse(op, Obstacle::Encoding(self.encoding)),
        }
    }

    /// What an opcode makes of the values that it takes: all from `height` less one on.
    fn collect(&mut self, op: &Op<'_>, step: &Step, height: usize) -> Result<(), Error> {
        let kind = step.made.map_or(Kind::Object, Value::kind);
        let from = height.saturating_sub(1);
        let mut made = Held {
            offset: op.offset,
            weight: VALUE,
            depth: 1,
            kind,
            opcode: op.opcode,
            is: Is::default(),
        };
        if matches!(op.opcode, Opcode::Tuple | Opcode::List | Opcode::FrozenSet) {
            made.weight = BUFFER;
            self.take(op, BUFFER)?;
        }
        let parts = self.stack.get(from..).unwrap_or_default();
        made.hold(op, parts)?;
        if kind == Kind::Tuple && parts.iter().all(|part| part.is.has(Is::HASHABLE))
            || kind == Kind::Frozenset
        {
            made.is = made.is.and(Is::HASHABLE);
        }
        self.stack.truncate(from);
        self.stack.push(made);
        Ok(())
    }

    /// What an opcode gives to the topmost of `height` values: all above that.
    fn fill(&mut self, op: &Op<'_>, machine: &Machine<'_>, height: usize) -> Result<(), Error> {
        let due = match op.opcode {
            Opcode::Append | Opcode::Appends => Kind::List,
            Opcode::SetItem | Opcode::SetItems => Kind::Dict,
            _ => Kind::Set,
        };
        let target = machine
            .stack()
            .last()
            .map_or(Kind::Object, |top| top.kind());
        if target != due {
            return refuse(op, Obstacle::Fills(target));
        }
        let (below, parts) = self.stack.split_at_checked(height).unwrap_or_default();
        if let Some(mut filled) = below.last().copied() {
            filled.hold(op, parts)?;
            self.stack.truncate(height.saturating_sub(1));
            self.stack.push(filled);
        }
        Ok(())
    }

    fn put(&mut self, op: &Op<'_>, step: &Step) -> Result<(), Error> {
        self.index(op)?;
        if let Event::Put(index) = step.event
            && !self.memo.take(index)
        {
            return refuse(op, Obstacle::MemoTaken);
        }
        if let Some(top) = self.stack.last_mut() {
            if top.is.has(Is::MEMO) {
                return refuse(op, Obstacle::MemoTwice);
            }
            top.is = top.is.and(Is::MEMO);
            if matches!(top.kind, Kind::Tuple | Kind::Frozenset) {
                self.again.insert(top.offset, *top);
            }
        }
        Ok(())
    }

    fn get(&mut self, op: &Op<'_>, step: &Step, machine: &Machine<'_>) -> Result<(), Error> {
        self.index(op)?;
        let Event::Get(value) = step.event else {
            return refuse(op, Obstacle::Form);
        };
        let (kind, made) = (value.kind(), value.offset());
        let held = match (self.again.get(&made), kind) {
            (Some(held), _) => *held,
            (None, Kind::List | Kind::Dict | Kind::Set) => {
                return refuse(op, Obstacle::Shared { kind, made });
            }
            (None, _) => match machine.made_by(value) {
                Some(maker) => self.atom(&maker)?,
                None => return refuse(op, Obstacle::Form),
            },
        };
        self.copy(op, held, Is::MEMO)
    }

    fn duplicate(&mut self, op: &Op<'_>) -> Result<(), Error> {
        match self.stack.last() {
            Some(top) => self.copy(op, *top, Is::default()),
            None => refuse(op, Obstacle::Form),
        }
    }

    /// Holds a value a second time.
    fn copy(&mut self, op: &Op<'_>, held: Held, memo: Is) -> Result<(), Error> {
        let (kind, made) = (held.kind, held.offset);
        if !held.is.has(Is::HASHABLE) {
            return refuse(op, Obstacle::Shared { kind, made });
        }
        if held.is.has(Is::HOLDS_MEMO) {
            return refuse(op, Obstacle::SharedMemo { kind, made });
        }
        self.take(op, held.weight)?;
        self.stack.push(Held {
            is: held.is.without(Is::MEMO).and(memo),
            ..held
        });
        Ok(())
    }

    /// Whether serde-pickle reads the index of GET and PUT.
    fn index(&self, op: &Op<'_>) -> Result<(), Error> {
        let reads = match op.argument {
            Argument::Line(line) => matches!(
                text::key(op, Dialect::C),
                Ok(Some(key)) if super::text::index(line, &key)
            ),
            _ => true,
        };
        match reads {
            true => Ok(()),
            false => refuse(op, Obstacle::Form),
        }
    }

    fn take(&mut self, op: &Op<'_>, bytes: u64) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        match self.bytes > limits::VALUE_BYTES {
            true => refuse(op, Obstacle::Memory),
            false => Ok(()),
        }
    }
}

impl Held {
    /// Takes in what `op` gives to it.
    fn hold(&mut self, op: &Op<'_>, parts: &[Held]) -> Result<(), Error> {
        let keys = match self.kind {
            Kind::Dict => 2,
            _ => 1,
        };
        for (at, part) in parts.iter().enumerate() {
            self.depth = self.depth.max(part.depth.saturating_add(1));
            self.weight = self.weight.saturating_add(part.weight);
            if part.is.has(Is::MEMO) || part.is.has(Is::HOLDS_MEMO) {
                self.is = self.is.and(Is::HOLDS_MEMO);
            }
            match self.kind {
                Kind::Dict | Kind::Set | Kind::Frozenset if at.is_multiple_of(keys) => {
                    part.be_key()?
                }
                Kind::Tuple => self.is = self.is.and(part.is.only(Is::NAN)),
                _ => continue,
            }
            self.is = self.is.and(part.is.only(Is::LARGE));
            if self.kind != Kind::Tuple && self.is.has(Is::LARGE) {
                return part.refuse(Obstacle::Confused);
            }
        }
        match self.depth > limits::VALUE_DEPTH {
            true => refuse(op, Obstacle::Deep),
            false => Ok(()),
        }
    }

    /// Whether it can be a key or member.
    fn be_key(&self) -> Result<(), Error> {
        if !self.is.has(Is::HASHABLE) {
            return self.refuse(Obstacle::Unhashable(self.kind));
        }
        if self.is.has(Is::NAN) {
            return self.refuse(Obstacle::Nan);
        }
        Ok(())
    }

    fn refuse<T>(&self, obstacle: Obstacle) -> Result<T, Error> {
        Err(Error::InTheWay {
            offset: self.offset,
            opcode: self.opcode,
            obstacle,
        })
    }
}

#[cold]
fn refuse<T>(op: &Op<'_>, obstacle: Obstacle) -> Result<T, Error> {
    Err(Error::InTheWay {
        offset: op.offset,
        opcode: op.opcode,
        obstacle,
    })
}

fn integer(value: Option<i64>) -> Is {
    match value {
        Some(value) if (-EXACT..=EXACT).contains(&value) => Is::default(),
        _ => Is::LARGE_INTEGER,
    }
}

fn float(value: f64) -> Is {
    if value.is_nan() {
        Is::NAN
    } else if value.abs() < EXACT as f64 {
        Is::default()
    } else {
        Is::LARGE_FLOAT
    }
}

/// What is no plain data about an opcode.
fn foreign(opcode: Opcode, machine: &Machine<'_>) -> Obstacle {
    match opcode {
        Opcode::Global | Opcode::StackGlobal | Opcode::Inst => {
            let names = machine.lookups().last().map(|lookup| &lookup.target);
            let (module, name) = match names {
                Some(Target::Name { module, name }) => (module.as_ref(), name.as_ref()),
                _ => (None, None),
            };
            Obstacle::Name {
                module: module.map(|module| module.text().into_owned()),
                name: name.map(|name| name.text().into_owned()),
            }
        }
        Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => Obstacle::Extension,
        Opcode::PersId | Opcode::BinPersId => Obstacle::Persistent,
        Opcode::NextBuffer | Opcode::ReadonlyBuffer => Obstacle::Buffer,
        Opcode::Build => Obstacle::State,
        _ => Obstacle::Call,
    }
}

/// The places of the memo that are taken. Picklers count up, which costs nothing.
#[derive(Debug, Default)]
struct Places {
    row: std::ops::Range<u64>,
    others: HashSet<u64>,
}

impl Places {
    /// Takes a place; whether it was free.
    fn take(&mut self, index: u64) -> bool {
        if self.row.contains(&index) || self.others.contains(&index) {
            return false;
        }
        if self.row.is_empty() {
            self.row = index..index.saturating_add(1);
        } else if index == self.row.end {
            self.row.end = index.saturating_add(1);
        } else {
            self.others.insert(index);
        }
        true
    }
}
