//! When the browser refreshes: some minutes before the access token expires, and after a
//! back-off when a refresh has failed.

use std::time::Duration;

use super::{Deadline, Reading};
use crate::wire::Timing;

/// The delay of the first attempt after a failed refresh; each further one doubles.
pub(super) const MIN_RETRY_DELAY: Duration = Duration::from_secs(1);
/// The longest delay between attempts.
pub(super) const MAX_RETRY_DELAY: Duration = Duration::from_secs(60);
/// The largest part of an access token's lifetime by which a refresh is randomly made earlier.
const MAX_JITTER: f64 = 0.05;
/// If a refresh is later than this, the page was hidden, frozen or asleep, and may have missed
/// messages of other tabs.
const MAX_REFRESH_DELAY: Duration = Duration::from_secs(5);

/// When the next refresh is due, and until when it is held back.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// When the tokens are to be refreshed: before the access token expires, by the lead and a
    /// random jitter.
    due: Deadline,
    /// No attempt before this, because a refresh failed. Cleared when the browser is online
    /// again.
    held: Option<Deadline>,
    /// No attempt before this, because the server asked for it.
    retry_after: Option<Deadline>,
    pub(super) failures: u32,
}

impl Schedule {
    /// Returns the schedule of new tokens, whose durations count from `at`.
    pub(super) fn new(timing: Timing, at: Reading, chance: f64) -> Self {
        let jitter = scaled(timing.lifetime, MAX_JITTER * chance.clamp(0.0, 1.0));
        let due = timing
            .expires_in
            .saturating_sub(timing.lead)
            .saturating_sub(jitter);
        Self {
            due: Deadline::after(due, at),
            held: None,
            retry_after: None,
            failures: 0,
        }
    }

    /// Returns the schedule after a refresh, by this tab or another. `valid_for` is how long the
    /// access token was valid when it was issued.
    ///
    /// If that was short, as in the last minutes of a session, another refresh gains nothing:
    /// the next attempt is when the access token expires, and finds that the session has
    /// expired.
    pub(super) fn after_refresh(
        timing: Timing,
        valid_for: Duration,
        at: Reading,
        chance: f64,
    ) -> Self {
        let mut schedule = Self::new(timing, at, chance);
        if valid_for <= timing.lead + scaled(timing.lifetime, MAX_JITTER) {
            schedule.due = Deadline::after(timing.expires_in.max(MIN_RETRY_DELAY), at);
        }
        schedule
    }

    /// Returns the time until the next refresh is due.
    pub(super) fn refresh_in(&self, now: Reading) -> Duration {
        self.due.remaining(now).max(self.held_for(now))
    }

    /// Returns the remaining back-off after a refresh that failed.
    pub(super) fn held_for(&self, now: Reading) -> Duration {
        remaining(self.held, now).max(remaining(self.retry_after, now))
    }

    /// Returns whether a refresh is due, even if it is held back.
    pub(super) fn is_due(&self, now: Reading) -> bool {
        self.due.has_passed(now)
    }

    /// Returns whether a refresh is so late that this page may have missed messages.
    pub(super) fn is_late(&self, now: Reading) -> bool {
        self.due.overdue(now) > MAX_REFRESH_DELAY
    }

    /// Delays the next attempt by 1 s, 2 s, 4 s, … 60 s, each randomly up to half longer, and
    /// returns the delay.
    pub(super) fn back_off(&mut self, now: Reading, chance: f64) -> Duration {
        let doubled = MIN_RETRY_DELAY.saturating_mul(1_u32 << self.failures.min(6));
        let later = 1.0 + 0.5 * chance.clamp(0.0, 1.0);
        let wait = scaled(doubled.min(MAX_RETRY_DELAY), later);
        self.failures = self.failures.saturating_add(1);
        // A refresh that was tried before it was due stays wanted.
        if !self.due.has_passed(now) {
            self.due = Deadline::after(Duration::ZERO, now);
        }
        self.hold_back(wait, now);
        wait
    }

    /// Holds the next attempt back for `wait`, or longer if it already was held back longer.
    pub(super) fn hold_back(&mut self, wait: Duration, now: Reading) {
        self.held = Some(Deadline::after(wait.max(remaining(self.held, now)), now));
    }

    /// Records that the server asked to wait for `wait`.
    pub(super) fn note_retry_after(&mut self, wait: Duration, now: Reading) {
        self.retry_after = Some(Deadline::after(
            wait.max(remaining(self.retry_after, now)),
            now,
        ));
    }

    /// Allows an attempt at once, unless the server asked to wait. Called when the browser is
    /// online again.
    pub(super) fn network_restored(&mut self) {
        self.held = None;
    }
}

fn remaining(deadline: Option<Deadline>, now: Reading) -> Duration {
    deadline.map_or(Duration::ZERO, |deadline| deadline.remaining(now))
}

/// Returns the duration multiplied by `factor`, in whole milliseconds. [`Duration::mul_f64`], which
/// does not round, is larger in the WASM.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates"
)]
pub(super) fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::from_millis((duration.as_secs_f64() * 1_000.0 * factor) as u64)
}
