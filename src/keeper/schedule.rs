//! When the browser refreshes: some minutes before the access token expires, and
//! later after a refresh that failed.

use std::time::Duration;

use super::{Deadline, Reading};
use crate::wire::Timing;

/// The delay of the first attempt after a failed refresh; each further one doubles.
pub(super) const FIRST_RETRY: Duration = Duration::from_secs(1);
/// The longest delay between attempts.
pub(super) const LAST_RETRY: Duration = Duration::from_secs(60);
/// The largest part of an access token's lifetime by which chance makes a refresh
/// earlier.
const JITTER: f64 = 0.05;
/// A refresh that is later than this was not waited for: the page was hidden,
/// frozen or asleep, and may not have heard what other tabs did meanwhile.
const LATE: Duration = Duration::from_secs(5);

/// When the next refresh is due, and until when it is held back.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// When the tokens are to be refreshed: the lead and some chance before the
    /// access token expires.
    due: Deadline,
    /// No attempt before this, after a refresh that failed. Being online again
    /// removes it.
    held: Option<Deadline>,
    /// No attempt before this, because the server asked for it.
    asked: Option<Deadline>,
    pub(super) failures: u32,
}

impl Schedule {
    /// The schedule of new tokens, whose durations count from `at`.
    pub(super) fn new(timing: Timing, at: Reading, chance: f64) -> Self {
        let jitter = timing.lifetime.mul_f64(JITTER * chance.clamp(0.0, 1.0));
        let due = timing
            .expires_in
            .saturating_sub(timing.lead)
            .saturating_sub(jitter);
        Self {
            due: Deadline::after(due, at),
            held: None,
            asked: None,
            failures: 0,
        }
    }

    /// The schedule after a refresh, by this tab or another. Where the lifetime
    /// was short from the start, as in the last minutes before the session's own
    /// end, refreshing again gains nothing: the next attempt is at the end, and
    /// learns that it is one. `given` is the lifetime before any of it had passed.
    pub(super) fn after_refresh(timing: Timing, given: Duration, at: Reading, chance: f64) -> Self {
        let mut schedule = Self::new(timing, at, chance);
        if given <= timing.lead + timing.lifetime.mul_f64(JITTER) {
            schedule.due = Deadline::after(timing.expires_in.max(FIRST_RETRY), at);
        }
        schedule
    }

    /// Returns the time until the next refresh is due.
    pub(super) fn refresh_in(&self, now: Reading) -> Duration {
        self.due.remaining(now).max(self.held_for(now))
    }

    /// Returns how long no attempt is made, after a refresh that failed.
    pub(super) fn held_for(&self, now: Reading) -> Duration {
        left(self.held, now).max(left(self.asked, now))
    }

    /// Whether a refresh is due, though it may be held back.
    pub(super) fn is_due(&self, now: Reading) -> bool {
        self.due.has_passed(now)
    }

    /// Whether a refresh is so late that this page cannot have waited for it.
    pub(super) fn is_late(&self, now: Reading) -> bool {
        self.due.overdue(now) > LATE
    }

    /// Delays the next attempt by 1 s, 2 s, 4 s, … 60 s, each up to half longer by
    /// chance, and returns the delay.
    pub(super) fn back_off(&mut self, now: Reading, chance: f64) -> Duration {
        let doubled = FIRST_RETRY.saturating_mul(1_u32 << self.failures.min(6));
        let wait = doubled
            .min(LAST_RETRY)
            .mul_f64(1.0 + 0.5 * chance.clamp(0.0, 1.0));
        self.failures = self.failures.saturating_add(1);
        // A refresh that was tried early is still wanted, as soon as it may be.
        if !self.due.has_passed(now) {
            self.due = Deadline::after(Duration::ZERO, now);
        }
        self.hold_back(wait, now);
        wait
    }

    /// Holds the next attempt back for `wait`, and no shorter than before.
    pub(super) fn hold_back(&mut self, wait: Duration, now: Reading) {
        self.held = Some(Deadline::after(wait.max(left(self.held, now)), now));
    }

    /// Notes that the server asked to wait for `wait`.
    pub(super) fn note_retry_after(&mut self, wait: Duration, now: Reading) {
        self.asked = Some(Deadline::after(wait.max(left(self.asked, now)), now));
    }

    /// Allows an attempt at once, unless the server asked to wait: the browser is
    /// online again.
    pub(super) fn is_online_again(&mut self) {
        self.held = None;
    }
}

fn left(deadline: Option<Deadline>, now: Reading) -> Duration {
    deadline.map_or(Duration::ZERO, |deadline| deadline.remaining(now))
}
