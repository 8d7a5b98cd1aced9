//! Bytes that are no opcodes, in the midst of a pickle: what joblib writes behind the state of an array's wrapper.
//!
//! Where they end hangs on what the wrapper's state holds, which the machine forgets. So a reader that nobody keeps a graph
//! for gets a second one beside it that keeps one, from the first state on that is given where joblib's wrapper was looked
//! up: its stream is then read twice, and all others are read as if there were no joblib.

use crate::{
    graph::{Graph, View, Watch},
    idiom::joblib::{self, Behind, Unread},
    machine::{Value, frame::Frames, lookup::Target},
    span::Span,
};

use super::{Reader, Trouble};

/// Bytes of a pickle that are no opcodes, or a pickle inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Raw {
    /// Where they stand; of a pickle, where it begins.
    pub span: Span,
    /// How many of them stand before the data: a count and padding.
    pub padding: u64,
    /// Whether it is a pickle, whose opcodes are read as others are.
    pub is_pickle: bool,
    /// Where the opcode stands that made what they belong to.
    pub of: u64,
    /// What they are, in words: `float64 array (3,), 24 bytes`.
    pub what: String,
}

/// What a reader keeps for it.
#[derive(Debug, Default)]
pub(super) struct Crossing<'a> {
    /// Whether joblib's wrapper was looked up.
    is_on: bool,
    /// The last state that was given, until what stands behind it is known.
    given: Option<Value>,
    /// What was crossed.
    pub(super) raws: Vec<Raw>,
    /// One that keeps what values hold.
    second: Option<Box<Reader<'a, Graph>>>,
    /// Where the pickle began that is read inside another, and what of the other waits.
    inside: Option<Inside>,
}

#[derive(Debug)]
struct Inside {
    start: u64,
    frames: Frames,
    protocol: Option<u8>,
}

impl Crossing<'_> {
    /// Whether the next opcode may not be due right behind the last.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.given.is_some()
    }

    /// Whether the pickle at hand is inside another.
    #[inline]
    pub(super) fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// Where the pickle at hand began, if it is inside another.
    pub(super) fn inner_start(&self) -> Option<u64> {
        self.inside.as_ref().map(|inside| inside.start)
    }

    /// Takes in that something is looked up.
    #[inline]
    pub(super) fn see_lookup(&mut self, target: &Target<'_>) {
        if let Target::Name {
            module: Some(module),
            name: Some(name),
        } = target
        {
            self.is_on |= joblib::is_wrapper(module.bytes(), name.bytes());
        }
    }

    /// Takes in that something is given a state. A pickle inside another is read by `pickle.load`, which crosses nothing.
    #[inline]
    pub(super) fn see_state(&mut self, target: Value) {
        if self.is_on && self.inside.is_none() {
            self.given = Some(target);
        }
    }
}

impl<'a, W: Watch<'a>> Reader<'a, W> {
    /// Crosses what stands at `at`, behind the state that was just given; gives where the next opcode is due.
    #[cold]
    fn cross(&mut self, at: u64) -> u64 {
        let Some(target) = self.crossing.given.take() else {
            return at;
        };
        let raw = match self.watch.whole() {
            Some(graph) => self.behind(View::new(graph, self.input), target, at),
            None => self.behind_by_second(at),
        };
        let raw = match raw {
            None => return at,
            Some(Ok(raw)) => raw,
            Some(Err(why)) => {
                self.parts = true;
                self.differs = true;
                self.troubles.push(Trouble::Uncrossed(at, why));
                return at;
            }
        };
        if self.crossing.raws.is_empty() {
            self.troubles.push(Trouble::Raw(at));
        }
        let end = raw.span.end;
        if raw.is_pickle {
            self.machine.enter(target);
            self.crossing.inside = Some(Inside {
                start: at,
                frames: std::mem::take(&mut self.frames),
                protocol: self.protocol.take(),
            });
        } else {
            self.counter.see_raw(raw.span.length());
        }
        self.crossing.raws.push(raw);
        end
    }

    /// Goes on where the next opcode is due: past raw bytes, or behind a pickle inside this one.
    #[cold]
    pub(super) fn go_over(&mut self) {
        let at = self.ops.offset();
        if self.crossing.is_due() {
            let next = self.cross(at);
            self.ops.skip_to(next);
        } else if self.leave(at) {
            self.ops.skip_to(at);
        }
    }

    /// Goes on with the outer pickle behind the STOP of one inside it, which ends at `at`; whether there is one.
    fn leave(&mut self, at: u64) -> bool {
        let Some(inside) = self.crossing.inside.take() else {
            return false;
        };
        self.frames = inside.frames;
        self.protocol = inside.protocol;
        if let Some(raw) = self.crossing.raws.last_mut() {
            raw.span.end = at;
        }
        true
    }

    /// What stands at `at`, behind the state of `target`.
    fn behind(&self, view: View<'_, 'a>, target: Value, at: u64) -> Option<Result<Raw, Unread>> {
        let (behind, what) = match joblib::behind(view, target)? {
            Ok(behind) => behind,
            Err(why) => return Some(Err(why)),
        };
        if self.frames.is_open(at) {
            return Some(Err(Unread::Frame));
        }
        let raw = |length: u64, padding, is_pickle| {
            let left = (self.input.len() as u64).saturating_sub(at);
            if length > left {
                return Err(Unread::Short {
                    wanted: length,
                    left,
                });
            }
            let span = Span {
                start: at,
                end: at.saturating_add(length),
            };
            Ok(Raw {
                span,
                padding,
                is_pickle,
                of: target.offset(),
                what,
            })
        };
        Some(match behind {
            Behind::Pickle => raw(0, 0, true),
            Behind::Bytes {
                items,
                aligned: false,
            } => raw(items, 0, false),
            Behind::Bytes {
                items,
                aligned: true,
            } => {
                let first = usize::try_from(at).ok().and_then(|at| self.input.get(at));
                let padding = u64::from(first.copied().unwrap_or(0)).saturating_add(1);
                raw(items.saturating_add(padding), padding, false)
            }
        })
    }

    /// The same, by a reader beside this one that keeps what values hold.
    fn behind_by_second(&mut self, at: u64) -> Option<Result<Raw, Unread>> {
        let mut second = self
            .crossing
            .second
            .take()
            .unwrap_or_else(|| Box::new(Reader::keeping(self.input, self.start, Graph::new())));
        let known = second.crossing.raws.len();
        let mut wrong = None;
        while second.offset() < at && second.next().is_some() {
            // What it says of the bytes at `at` is among its troubles, or among what it crossed.
            wrong = second.troubles().find_map(|trouble| match trouble {
                Trouble::Uncrossed(offset, why) if offset == at => Some(Err(why)),
                _ => None,
            });
        }
        let raw = second.crossing.raws.get(known).cloned();
        self.crossing.second = Some(second);
        wrong.or(raw.map(Ok))
    }
}
