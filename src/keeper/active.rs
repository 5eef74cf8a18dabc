//! An active session: its deadlines, and the refresh that is under way.

use std::time::Duration;

use super::{Deadline, Grant, Reading, Ticket, TimedGrant, schedule::Schedule};

/// The state of an active session.
#[derive(Clone, Debug)]
pub(super) struct Active {
    /// What is known of the tokens in the cookies.
    pub(super) grant: Grant,
    /// The time from which the durations of `grant` count.
    pub(super) counted_from: Reading,
    pub(super) expiry: Deadline,
    pub(super) schedule: Schedule,
    /// Until then no refresh is started for a call, because the last one did not help.
    pub(super) unhelpful_until: Option<Deadline>,
    pub(super) phase: Phase,
    /// Whether the browser is known to keep the cookies: they came with a page load, were
    /// refreshed, or a call of this sign-in was authenticated.
    pub(super) cookies_work: bool,
    /// Whether the tokens came from a refresh of this page.
    pub(super) is_own: bool,
}

/// The stage of a refresh. Each but `Idle` has a deadline, after which the keeper no longer
/// waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    /// Interrupted when the page was frozen; to be started again.
    Paused(Deadline),
    /// Waiting for the lock.
    Locking(Ticket, Deadline),
    /// Waiting for another tab to reply that it has refreshed.
    Asking(Ticket, Deadline),
    /// Waiting for replies again, because this page was suspended and they may be late.
    StillAsking(Ticket, Deadline),
    /// Waiting for the response to the request that was sent at that time.
    Sending(Ticket, Reading, Deadline),
}

impl Phase {
    /// Returns the deadline of the stage.
    pub(super) fn deadline(self) -> Option<Deadline> {
        match self {
            Self::Idle => None,
            Self::Paused(end)
            | Self::Locking(_, end)
            | Self::Asking(_, end)
            | Self::StillAsking(_, end)
            | Self::Sending(_, _, end) => Some(end),
        }
    }
}

impl Active {
    /// Returns the state after a page load or a sign-in; the durations of `grant` count from
    /// `at`.
    pub(super) fn new(grant: Grant, at: Reading, chance: f64) -> Self {
        let schedule = Schedule::new(grant.timing, at, chance);
        Self::with(schedule, grant, at)
    }

    /// Returns the state after a refresh, by this tab or another. `valid_for` is how long the
    /// access token was valid when it was issued.
    pub(super) fn after_refresh(
        grant: Grant,
        valid_for: Duration,
        at: Reading,
        chance: f64,
    ) -> Self {
        let schedule = Schedule::after_refresh(grant.timing, valid_for, at, chance);
        Self::with(schedule, grant, at)
    }

    fn with(schedule: Schedule, grant: Grant, at: Reading) -> Self {
        Self {
            counted_from: at,
            expiry: Deadline::after(grant.timing.expires_in, at),
            grant,
            schedule,
            unhelpful_until: None,
            phase: Phase::Idle,
            cookies_work: true,
            is_own: false,
        }
    }

    /// Returns what other tabs are sent.
    pub(super) fn timed_grant(&self) -> TimedGrant {
        TimedGrant::new(self.grant.clone(), self.counted_from)
    }

    /// Returns whether a refresh is due or under way.
    pub(super) fn wants_refresh(&self, now: Reading) -> bool {
        self.phase != Phase::Idle || self.schedule.is_due(now)
    }
}
