//! How far long work has come, told on standard error while it is a terminal and standard output isn't.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

/// What takes less is not worth telling of.
const LONG: Duration = Duration::from_secs(1);

/// How often it is told.
const EVERY: Duration = Duration::from_millis(200);

/// The clock is read once in so many small steps.
const STEPS: u32 = 1 << 16;

/// Tells how much of an input has been read.
pub(super) struct Progress {
    name: String,
    /// Where its part begins.
    base: u64,
    total: u64,
    /// When to tell next; `None` where nobody looks.
    next: Option<Instant>,
    steps: u32,
    told: bool,
}

impl Progress {
    pub(super) fn new(name: &str, total: u64) -> Self {
        let watched = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self {
            name: name.to_owned(),
            base: 0,
            total,
            next: watched.then(|| Instant::now() + LONG),
            steps: 0,
            told: false,
        }
    }

    /// The same for a part of the input, or for what was unpacked from it.
    pub(super) fn within(&self, name: String, base: u64, total: u64) -> Self {
        Self {
            name,
            base,
            total,
            next: self.next,
            steps: 0,
            told: false,
        }
    }

    /// One small step further, at this offset.
    #[inline]
    pub(super) fn step(&mut self, offset: u64) {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(STEPS) {
            self.far(offset);
        }
    }

    /// A large step further, at this offset.
    #[inline(never)]
    pub(super) fn far(&mut self, offset: u64) {
        let Some(next) = self.next else {
            return;
        };
        if Instant::now() >= next {
            let offset = self.base.saturating_add(offset);
            let percent = offset.saturating_mul(100) / self.total.max(1);
            // Where progress can't be told, the work goes on.
            let _ = write!(
                io::stderr(),
                "\r{}: {percent}% of {} bytes read",
                self.name,
                self.total
            );
            self.next = Some(Instant::now() + EVERY);
            self.told = true;
        }
    }
}

/// Takes the line away again.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.told {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
