//! One limit, and the decision whether an attempt is within it.
//!
//! The decision is the generic cell rate algorithm (ITU-T I.371): the state of a key is one
//! time, `free_at`. `store/attempts.rs` makes the same decision in SQL, where concurrent
//! attempts cannot pass it; a test compares the two.

use std::time::Duration;

use thiserror::Error;

use crate::clock::Timestamp;

/// The difference between the clocks of two processes for which a limit allows.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(60);

/// A limit on attempts: a number at once, the *burst*, and then one more in each interval.
///
/// ```
/// use std::time::Duration;
///
/// use portcullis::attempts::Limit;
///
/// let limit = Limit::new(10, Duration::from_secs(300))?;
/// assert_eq!((limit.burst(), limit.interval().as_secs()), (10, 300));
/// # Ok::<_, portcullis::attempts::LimitError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    burst: u32,
    interval: Duration,
}

/// The reason why a limit is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The burst is zero or more than a million.
    #[error("the number of attempts at once must be between 1 and 1000000")]
    Burst,
    /// The interval is too short or too long.
    #[error("the time for one more attempt must be between a millisecond and a day")]
    Interval,
}

impl Limit {
    /// Creates a limit of `burst` attempts at once, and then one more in each `interval`.
    ///
    /// # Errors
    /// [`LimitError`] unless the burst is between 1 and 1000000, and the interval between a
    /// millisecond and a day.
    pub const fn new(burst: u32, interval: Duration) -> Result<Self, LimitError> {
        if burst == 0 || burst > 1_000_000 {
            return Err(LimitError::Burst);
        }
        if interval.as_millis() == 0 || interval.as_secs() > 24 * 60 * 60 {
            return Err(LimitError::Interval);
        }
        Ok(Self { burst, interval })
    }

    /// Returns a limit of the defaults, which are valid.
    pub(super) const fn of_seconds(burst: u32, interval: u64) -> Self {
        Self {
            burst,
            interval: Duration::from_secs(interval),
        }
    }

    /// Returns how many attempts are allowed at once.
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// Returns the interval in which one more attempt is allowed.
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// Returns the last `free_at` with which an attempt at `now` is admitted.
    pub(crate) fn last_admitted(&self, now: Timestamp) -> Timestamp {
        now + self.interval * (self.burst - 1)
    }

    /// Returns the last `free_at` that attempts until `now` can have led to. A later one was
    /// written by a process whose clock was wrong, or under a larger limit. It is ignored, or
    /// it would reject every attempt until it has passed.
    pub(crate) fn last_possible(&self, now: Timestamp) -> Timestamp {
        self.last_admitted(now) + self.interval + MAX_CLOCK_DIFFERENCE
    }

    /// Decides whether an attempt at `now` is admitted. `free_at` is the state of the key;
    /// `None` if there is none. Returns the next state, or how long to wait.
    #[cfg(test)]
    pub(crate) fn judge(
        &self,
        free_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, Duration> {
        match free_at {
            Some(free_at) if free_at > self.last_possible(now) || free_at < now => {
                Ok(now + self.interval)
            }
            Some(free_at) if free_at <= self.last_admitted(now) => Ok(free_at + self.interval),
            Some(free_at) => Err(free_at.since(self.last_admitted(now))),
            None => Ok(now + self.interval),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000);

    fn limits() -> impl Strategy<Value = Limit> {
        (1_u32..20, 1_u64..100).prop_map(|(burst, interval)| Limit::of_seconds(burst, interval))
    }

    /// Makes attempts at these times after the start, and returns those that were admitted.
    fn admitted(limit: Limit, pauses: &[u64]) -> Vec<Timestamp> {
        let (mut free_at, mut now, mut admitted) = (None, START, Vec::new());
        for pause in pauses {
            now = now + Duration::from_secs(*pause);
            if let Ok(next) = limit.judge(free_at, now) {
                free_at = Some(next);
                admitted.push(now);
            }
        }
        admitted
    }

    proptest! {
        /// In any span of time, the burst and one more for each whole interval.
        #[test]
        fn no_span_has_more_attempts_than_the_limit(
            limit in limits(),
            pauses in prop::collection::vec(0_u64..50, 1..100),
        ) {
            let admitted = admitted(limit, &pauses);
            for (i, first) in admitted.iter().enumerate() {
                for (n, last) in admitted[i..].iter().enumerate() {
                    let intervals = last.since(*first).as_secs() / limit.interval.as_secs();
                    let earlier = n as u64;
                    prop_assert!(earlier < u64::from(limit.burst) + intervals);
                }
            }
        }

        #[test]
        fn rejected_attempt_changes_nothing_and_is_admitted_after_the_wait(
            limit in limits(),
            made in 0_u32..30,
        ) {
            let free_at = START + limit.interval * made.min(limit.burst);
            match limit.judge(Some(free_at), START) {
                Ok(next) => prop_assert_eq!(next, free_at + limit.interval),
                Err(wait) => {
                    prop_assert!(!wait.is_zero() && wait <= limit.interval);
                    let just_before = wait.saturating_sub(Duration::from_micros(1));
                    prop_assert!(limit.judge(Some(free_at), START + just_before).is_err());
                    prop_assert!(limit.judge(Some(free_at), START + wait).is_ok());
                }
            }
        }

        /// However wrong the clock was that wrote the state.
        #[test]
        fn wait_is_bounded(limit in limits(), free_at in any::<i64>(), now in any::<i64>()) {
            let (free_at, now) = (Timestamp::from_micros(free_at), Timestamp::from_micros(now));
            if let Err(wait) = limit.judge(Some(free_at), now) {
                prop_assert!(wait <= limit.interval + MAX_CLOCK_DIFFERENCE);
            }
        }

        #[test]
        fn pause_of_all_intervals_restores_the_burst(limit in limits()) {
            let burst = limit.burst as usize;
            let pause = (limit.interval * limit.burst).as_secs();
            let mut pauses = vec![0; 2 * burst];
            prop_assert_eq!(admitted(limit, &pauses).len(), burst);
            pauses.push(pause);
            pauses.extend(vec![0; 2 * burst]);
            prop_assert_eq!(admitted(limit, &pauses).len(), 2 * burst);
        }
    }

    #[test]
    fn limit_without_attempts_or_time_is_rejected() {
        let hour = Duration::from_secs(3600);
        assert!(Limit::new(1, hour).is_ok());
        assert_eq!(Limit::new(0, hour), Err(LimitError::Burst));
        assert_eq!(Limit::new(1_000_001, hour), Err(LimitError::Burst));
        let zero = Duration::from_micros(999);
        assert_eq!(Limit::new(1, zero), Err(LimitError::Interval));
        assert_eq!(Limit::new(1, hour * 25), Err(LimitError::Interval));
    }
}
