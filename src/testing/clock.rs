//! A clock that a test moves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::clock::{Clock, Timestamp};

/// A clock that stands still until a test moves it. Clones share the time, so a test keeps
/// one clone and passes the other to [`Builder::clock`](crate::Builder::clock).
///
/// ```
/// use std::time::Duration;
///
/// use portcullis::testing::TestClock;
///
/// let clock = TestClock::new();
/// let before = clock.now();
/// clock.clone().advance(Duration::from_secs(60));
/// assert_eq!(clock.now().since(before), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Time>);

/// The time and the step, both in microseconds.
#[derive(Debug)]
struct Time {
    now: AtomicI64,
    step: AtomicI64,
}

impl TestClock {
    /// The time of a new clock: 2027-01-15, 08:00 UTC.
    pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// Returns a clock that shows [`TestClock::START`].
    pub fn new() -> Self {
        Self::at(Self::START)
    }

    /// Returns a clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Time {
            now: AtomicI64::new(now.as_micros()),
            step: AtomicI64::new(0),
        }))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.now.fetch_add(micros(by), Ordering::SeqCst);
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.0.now.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Makes the clock move forward by this duration after each reading from now on.
    /// [`Duration::ZERO`] stops that.
    pub fn step(&self, by: Duration) {
        self.0.step.store(micros(by), Ordering::SeqCst);
    }

    /// Returns the time, as the session service reads it.
    pub fn now(&self) -> Timestamp {
        let step = self.0.step.load(Ordering::SeqCst);
        Timestamp::from_micros(self.0.now.fetch_add(step, Ordering::SeqCst))
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.now()
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_clock_moves_after_each_reading() {
        let clock = TestClock::new();
        clock.step(Duration::from_secs(6));
        assert_eq!(clock.now(), TestClock::START);
        assert_eq!(clock.now().since(TestClock::START).as_secs(), 6);
        clock.step(Duration::ZERO);
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn clock_can_be_set_back() {
        let clock = TestClock::new();
        clock.set(Timestamp::from_seconds(5));
        assert_eq!(clock.now(), Timestamp::from_seconds(5));
    }
}
