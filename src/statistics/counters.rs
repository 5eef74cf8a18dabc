//! The counters of a process.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::sessions::SessionError;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    /// A user signed in.
    SignedIn,
    /// A sign-in failed, because the e-mail address or the password was wrong.
    SignInFailed,
    /// A refresh rotated the session.
    Rotated,
    /// A refresh returned tokens of the current generation again, or of the one before:
    /// another tab was faster, or a response was lost.
    Repeated,
    /// A refresh was rejected.
    RefreshRejected,
    /// A refresh could not be decided, for example because the database was not available.
    RefreshFailed,
    /// A superseded refresh token ended its session. The refresh counts as rejected too.
    TokenReuse,
}

impl Counter {
    /// Every counter.
    pub(crate) const ALL: [Self; 7] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::Rotated,
        Self::Repeated,
        Self::RefreshRejected,
        Self::RefreshFailed,
        Self::TokenReuse,
    ];

    /// Returns the name of the counter in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::Rotated => "rotated",
            Self::Repeated => "repeated",
            Self::RefreshRejected => "refresh_rejected",
            Self::RefreshFailed => "refresh_failed",
            Self::TokenReuse => "token_reuse",
        }
    }

    /// Returns the counter of a refresh that returned an error.
    pub(crate) fn of_failed_refresh(error: &SessionError) -> Self {
        match error {
            SessionError::Store(_) | SessionError::Key(_) | SessionError::Busy => {
                Self::RefreshFailed
            }
            _ => Self::RefreshRejected,
        }
    }
}

/// The counts of this process since its start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    counts: [Count; Counter::ALL.len()],
    rejected_attempts: AtomicU64,
}

#[derive(Debug, Default)]
struct Count {
    total: AtomicU64,
    /// The part of the total that was taken to be written to the database.
    taken: AtomicU64,
}

impl Counters {
    /// Counts one.
    pub(crate) fn count(&self, counter: Counter) {
        self.of(counter).total.fetch_add(1, Relaxed);
    }

    /// Counts an attempt that a limit rejected. The database has no such count.
    pub(crate) fn count_rejected_attempt(&self) {
        self.rejected_attempts.fetch_add(1, Relaxed);
    }

    /// Returns the count since the start.
    pub(crate) fn total(&self, counter: Counter) -> u64 {
        self.of(counter).total.load(Relaxed)
    }

    /// Returns how many attempts a limit rejected since the start.
    pub(crate) fn rejected_attempts(&self) -> u64 {
        self.rejected_attempts.load(Relaxed)
    }

    /// Takes the counts that have not been taken, except zeros, in a fixed order.
    pub(super) fn take(&self) -> Vec<(Counter, u64)> {
        let counts = Counter::ALL.into_iter().map(|counter| {
            let Count { total, taken } = self.of(counter);
            let total = total.load(Relaxed);
            // Of two calls at once, the other may have taken more.
            let before = taken.fetch_max(total, Relaxed);
            (counter, total.saturating_sub(before))
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Returns counts that were taken and could not be written.
    pub(super) fn give_back(&self, counter: Counter, count: u64) {
        self.of(counter).taken.fetch_sub(count, Relaxed);
    }

    fn of(&self, counter: Counter) -> &Count {
        let [
            signed_in,
            sign_in_failed,
            rotated,
            repeated,
            rejected,
            failed,
            reuse,
        ] = &self.counts;
        match counter {
            Counter::SignedIn => signed_in,
            Counter::SignInFailed => sign_in_failed,
            Counter::Rotated => rotated,
            Counter::Repeated => repeated,
            Counter::RefreshRejected => rejected,
            Counter::RefreshFailed => failed,
            Counter::TokenReuse => reuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenError;

    #[test]
    fn counts_are_taken_once() {
        let counters = Counters::default();
        assert_eq!(counters.take(), []);
        for counter in Counter::ALL {
            counters.count(counter);
        }
        let once = Counter::ALL.map(|counter| (counter, 1));
        assert_eq!(counters.take(), once);
        assert_eq!(counters.take(), []);
        counters.count(Counter::Rotated);
        counters.give_back(Counter::Rotated, 1);
        assert_eq!(counters.take(), [(Counter::Rotated, 2)]);
        assert_eq!(counters.total(Counter::Rotated), 2);
        assert_eq!(counters.total(Counter::SignedIn), 1);
    }

    #[test]
    fn failed_refresh_is_rejected_or_not_decided() {
        for (error, counter) in [
            (SessionError::Busy, Counter::RefreshFailed),
            (SessionError::Reuse, Counter::RefreshRejected),
            (SessionError::Ended, Counter::RefreshRejected),
            (TokenError::Expired.into(), Counter::RefreshRejected),
        ] {
            assert_eq!(Counter::of_failed_refresh(&error), counter, "{error:?}");
        }
    }
}
