//! How long work takes of the thread that does it, so that what else a machine does fails no test.

use std::time::Duration;

/// What `work` gives, and the CPU time that its thread took for it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = now();
    let made = work();
    (made, now() - begun)
}

/// The CPU time of this thread so far.
#[cfg(unix)]
pub fn now() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let now = clock_gettime(ClockId::ThreadCPUTime);
    let of = |part: i64| u64::try_from(part).expect("no clock here is below zero");
    Duration::from_secs(of(now.tv_sec)) + Duration::from_nanos(of(now.tv_nsec))
}

/// Elsewhere the time of day.
#[cfg(not(unix))]
pub fn now() -> Duration {
    std::time::UNIX_EPOCH.elapsed().expect("it is past 1970")
}
