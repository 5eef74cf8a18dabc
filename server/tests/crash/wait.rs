//! Waiting for a condition, with a timeout.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The timeout: longer than any condition of these tests takes on a busy machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// Polls the condition until it is met. Panics after [`TIMEOUT`].
#[track_caller]
pub(crate) fn until(condition: &str, mut is_met: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_met() {
        assert!(
            since.elapsed() < TIMEOUT,
            "not met within {TIMEOUT:?}: {condition}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}
