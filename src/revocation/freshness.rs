//! How fresh the view is: when the feed was last read, and whether the process has been
//! running since.
//!
//! By the monotonic clock, because the age of the view must not depend on the system time.
//! That clock goes on while the process is frozen, for example by SIGSTOP.

use std::{
    sync::{PoisonError, RwLock, RwLockWriteGuard},
    time::{Duration, Instant},
};

/// The maximum age of the view. If the feed has not been read for longer, no access token is
/// accepted.
const STALE_AFTER: Duration = Duration::from_secs(10);

/// The process counts as frozen if the watchdog, which runs four times a second, has not run
/// for longer.
const FROZEN_AFTER: Duration = Duration::from_secs(1);

/// The age of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// The view is fresh.
    Fresh,
    /// The process was frozen, and the feed has not been read since. A read is due at once.
    Frozen,
    /// The feed could not be read for too long.
    Stale,
}

/// When the feed was last read, and when the watchdog last ran.
#[derive(Debug, Default)]
pub(super) struct Freshness(RwLock<State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// When the last successful read began. `None` means too long ago.
    read_began: Option<Instant>,
    /// When the watchdog last ran. `None` if it is not running.
    watched_at: Option<Instant>,
    /// When the watchdog noticed that the process had been frozen. A session may have ended
    /// before, so a read that began before does not count.
    resumed_at: Option<Instant>,
}

impl Freshness {
    /// Returns the age of the view at `now`.
    pub(super) fn age(&self, now: Instant) -> Age {
        let state = *self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(read_began) = state.read_began else {
            return Age::Stale;
        };
        let is_old = |at| now.saturating_duration_since(at) > STALE_AFTER;
        match state.resumed_at {
            _ if state.is_late(now) => Age::Frozen,
            Some(at) if read_began < at && !is_old(at) => Age::Frozen,
            _ if is_old(read_began) => Age::Stale,
            Some(at) if read_began < at => Age::Stale,
            _ => Age::Fresh,
        }
    }

    /// Returns how long before `now` the last successful read began.
    pub(super) fn last_read(&self, now: Instant) -> Option<Duration> {
        let state = *self.0.read().unwrap_or_else(PoisonError::into_inner);
        let began = state.read_began?;
        Some(now.saturating_duration_since(began))
    }

    /// Records that the feed was read, by a read that began at `began`.
    pub(super) fn record_read(&self, began: Instant) {
        self.lock().read_began = Some(began);
    }

    /// Records that the watchdog ran at `now`. Returns true if the process was frozen before.
    pub(super) fn watchdog_ran(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let was_frozen = state.is_late(now);
        if was_frozen {
            state.resumed_at = Some(now);
        }
        state.watched_at = Some(now);
        was_frozen
    }

    /// Records that the watchdog has stopped.
    pub(super) fn watchdog_stopped(&self) {
        self.lock().watched_at = None;
    }

    /// Makes the view stale until the feed is read again.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn expire(&self) {
        self.lock().read_began = None;
    }

    fn lock(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_late(&self, now: Instant) -> bool {
        self.watched_at
            .is_some_and(|at| now.saturating_duration_since(at) > FROZEN_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn view_is_stale_ten_seconds_after_a_read_began() {
        let (freshness, now) = (Freshness::default(), Instant::now());
        assert_eq!(freshness.age(now), Age::Stale);
        freshness.record_read(now);
        assert_eq!(freshness.age(now + STALE_AFTER), Age::Fresh);
        assert_eq!(freshness.age(now + STALE_AFTER + SECOND), Age::Stale);
        freshness.record_read(now + 10 * SECOND);
        assert_eq!(freshness.age(now + STALE_AFTER + SECOND), Age::Fresh);
        freshness.expire();
        assert_eq!(freshness.age(now), Age::Stale);
    }

    #[test]
    fn frozen_process_needs_a_read_that_began_afterwards() {
        let (freshness, begin) = (Freshness::default(), Instant::now());
        let at = |seconds| begin + seconds * SECOND;
        freshness.record_read(begin);
        assert!(!freshness.watchdog_ran(begin));
        // Frozen for three seconds: a request comes first, and then the watchdog.
        assert_eq!(freshness.age(at(3)), Age::Frozen);
        assert!(freshness.watchdog_ran(at(3)));
        assert_eq!(freshness.age(at(3)), Age::Frozen);
        // The response to a read from before arrives.
        freshness.record_read(at(0));
        assert_eq!(freshness.age(at(3)), Age::Frozen);
        freshness.record_read(at(3));
        assert_eq!(freshness.age(at(3)), Age::Fresh);
    }

    #[test]
    fn long_frozen_process_becomes_stale_without_a_read() {
        let (freshness, begin) = (Freshness::default(), Instant::now());
        let at = |seconds| begin + seconds * SECOND;
        freshness.record_read(begin);
        freshness.watchdog_ran(begin);
        assert_eq!(freshness.age(at(60)), Age::Frozen);
        freshness.watchdog_ran(at(60));
        assert_eq!(freshness.age(at(60)), Age::Frozen);
        for second in 61..=71 {
            freshness.watchdog_ran(at(second));
        }
        assert_eq!(freshness.age(at(71)), Age::Stale);
    }

    #[test]
    fn stopped_watchdog_does_not_count_as_frozen() {
        let (freshness, begin) = (Freshness::default(), Instant::now());
        freshness.record_read(begin);
        freshness.watchdog_ran(begin);
        freshness.watchdog_stopped();
        assert_eq!(freshness.age(begin + 3 * SECOND), Age::Fresh);
    }
}
