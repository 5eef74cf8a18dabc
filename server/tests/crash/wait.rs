//! Waiting for a state, within a bound.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Longer than anything here takes on a machine that is busy with other things.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// Looks again and again until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < LONGEST, "in vain for {LONGEST:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
