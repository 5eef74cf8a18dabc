//! A session that is signed in: its deadlines, and the refresh that is under way.

use std::time::Duration;

use super::{Deadline, Grant, Reading, Ticket, Told, schedule::Schedule};

#[derive(Clone, Debug)]
pub(super) struct Active {
    /// What the cookies hold, and what its durations count from.
    pub(super) grant: Grant,
    pub(super) granted: Reading,
    pub(super) expiry: Deadline,
    pub(super) schedule: Schedule,
    /// Until then another refresh would help no call, as the last one has not.
    pub(super) useless: Option<Deadline>,
    pub(super) work: Work,
    /// Whether the cookies of a sign-in have come back once.
    pub(super) is_proven: bool,
    /// Whether this page was given the tokens by a refresh of its own.
    pub(super) is_own: bool,
}

/// How far a refresh has come. Each stage has an end, by which the keeper goes
/// on without what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    None,
    /// Begun before the page was frozen, and to be begun anew.
    Paused(Deadline),
    /// Waiting for the lock.
    Locking(Ticket, Deadline),
    /// Waiting whether another tab says that it has done it.
    Asking(Ticket, Deadline),
    /// Waiting once more, as this page was held up and may not have heard.
    Hearing(Ticket, Deadline),
    /// Waiting for the answer to what was sent at that reading.
    Sending(Ticket, Reading, Deadline),
}

impl Work {
    /// When the keeper goes on by itself.
    pub(super) fn end(self) -> Option<Deadline> {
        match self {
            Self::None => None,
            Self::Paused(end)
            | Self::Locking(_, end)
            | Self::Asking(_, end)
            | Self::Hearing(_, end)
            | Self::Sending(_, _, end) => Some(end),
        }
    }
}

impl Active {
    /// A session whose tokens have just come; the durations of `grant` count from
    /// `at`.
    pub(super) fn begin(grant: Grant, at: Reading, chance: f64) -> Self {
        let schedule = Schedule::new(grant.timing, at, chance);
        Self::with(schedule, grant, at)
    }

    /// A session after a refresh, by this tab or another. `given` is the lifetime
    /// of the access token before any of it had passed.
    pub(super) fn refreshed(grant: Grant, given: Duration, at: Reading, chance: f64) -> Self {
        let schedule = Schedule::after_refresh(grant.timing, given, at, chance);
        Self::with(schedule, grant, at)
    }

    fn with(schedule: Schedule, grant: Grant, at: Reading) -> Self {
        Self {
            granted: at,
            expiry: Deadline::after(grant.timing.expires_in, at),
            grant,
            schedule,
            useless: None,
            work: Work::None,
            is_proven: true,
            is_own: false,
        }
    }

    /// What other tabs are told of the tokens.
    pub(super) fn told(&self) -> Told {
        Told::new(self.grant.clone(), self.granted)
    }

    /// Whether a refresh is due or under way.
    pub(super) fn is_wanted(&self, now: Reading) -> bool {
        self.work != Work::None || self.schedule.is_due(now)
    }
}
