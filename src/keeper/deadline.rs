//! Deadlines by two clocks, neither of which can be trusted alone.

use std::time::Duration;

/// The time by both clocks of a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The monotonic clock (`performance.now()`); sleep may stop it.
    pub monotonic: Duration,
    /// The wall clock (`Date.now()`), since the epoch; the user may change it.
    pub wall: Duration,
}

impl Reading {
    /// Returns the time that has passed since `earlier`, by the clock that shows more, so that
    /// a clock that is wrong makes a refresh early and never late.
    pub fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        let wall = self.wall.saturating_sub(earlier.wall);
        monotonic.max(wall)
    }
}

/// A time in the future, stored as a duration from a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    set: Reading,
    after: Duration,
}

impl Deadline {
    /// Returns the deadline that is `after` from `now`.
    pub const fn after(after: Duration, now: Reading) -> Self {
        Self { set: now, after }
    }

    /// Returns the time until the deadline; zero once it has passed.
    pub fn remaining(&self, now: Reading) -> Duration {
        self.after.saturating_sub(now.since(self.set))
    }

    /// Returns whether the deadline has passed.
    pub fn has_passed(&self, now: Reading) -> bool {
        self.remaining(now).is_zero()
    }

    /// Returns the time since the deadline was set.
    pub fn elapsed(&self, now: Reading) -> Duration {
        now.since(self.set)
    }

    /// Returns the time since the deadline passed; zero before.
    pub fn overdue(&self, now: Reading) -> Duration {
        now.since(self.set).saturating_sub(self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn reading(monotonic: u64, wall: u64) -> Reading {
        Reading {
            monotonic: Duration::from_secs(monotonic),
            wall: Duration::from_secs(wall),
        }
    }

    #[test]
    fn the_clock_that_shows_more_time_counts() {
        let deadline = Deadline::after(Duration::from_secs(100), reading(0, 1_000));
        let cases = [
            ("both agree", reading(40, 1_040), 60),
            ("asleep, monotonic clock stopped", reading(5, 1_090), 10),
            ("wall clock set back an hour", reading(70, 0), 30),
            ("wall clock set forward an hour", reading(1, 4_601), 0),
            ("long past", reading(500, 1_500), 0),
        ];
        for (name, now, seconds) in cases {
            assert_eq!(
                deadline.remaining(now),
                Duration::from_secs(seconds),
                "{name}"
            );
        }
    }
}
