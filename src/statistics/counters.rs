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

/// The counts of this process that have not been written.
#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; Counter::ALL.len()]);

impl Counters {
    /// Counts one.
    pub(crate) fn count(&self, counter: Counter) {
        self.add(counter, 1);
    }

    /// Adds counts that could not be written.
    pub(super) fn add(&self, counter: Counter, count: u64) {
        self.of(counter).fetch_add(count, Relaxed);
    }

    /// Takes the counts that are not zero, in a fixed order.
    pub(super) fn take(&self) -> Vec<(Counter, u64)> {
        let counts = Counter::ALL.into_iter().map(|counter| {
            let count = self.of(counter).swap(0, Relaxed);
            (counter, count)
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn of(&self, counter: Counter) -> &AtomicU64 {
        let [
            signed_in,
            sign_in_failed,
            rotated,
            repeated,
            rejected,
            failed,
            reuse,
        ] = &self.0;
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
        counters.add(Counter::Rotated, 4);
        let taken = counters.take();
        let expected = Counter::ALL.map(|counter| match counter {
            Counter::Rotated => (counter, 5),
            _ => (counter, 1),
        });
        assert_eq!(taken, expected);
        assert_eq!(counters.take(), []);
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
