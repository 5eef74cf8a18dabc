//! A session that is signed in: its deadlines, and the refresh that is under way.

use std::time::Duration;

use super::{Deadline, Grant, Reading, Ticket, Told};

/// Attempts after a failed refresh start at this distance and double.
pub(super) const FIRST_RETRY: Duration = Duration::from_secs(1);
/// The longest distance between attempts.
pub(super) const LAST_RETRY: Duration = Duration::from_secs(60);
/// The part of a lifetime by which chance makes a renewal earlier, at most.
const JITTER: f64 = 0.05;
/// A refresh that is later than this was not waited for: the page was hidden,
/// frozen or asleep, and may not have heard what others did meanwhile.
const LATE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(super) struct Active {
    /// What the cookies hold, and what its durations count from.
    pub(super) grant: Grant,
    pub(super) granted: Reading,
    pub(super) expiry: Deadline,
    /// When the tokens are to be renewed: the lead and some chance before the
    /// end.
    due: Deadline,
    /// After a refresh that failed: not before this, nor before what the server
    /// asked for. Being online again is a reason to come back before the former.
    held: Option<Deadline>,
    asked: Option<Deadline>,
    /// Until then another refresh would help no call, as the last one has not.
    pub(super) useless: Option<Deadline>,
    pub(super) failures: u32,
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
    /// The durations of `grant` count from `at`.
    pub(super) fn begin(grant: Grant, at: Reading, chance: f64) -> Self {
        let timing = grant.timing;
        let jitter = timing.lifetime.mul_f64(JITTER * chance.clamp(0.0, 1.0));
        let due = timing
            .expires_in
            .saturating_sub(timing.lead)
            .saturating_sub(jitter);
        Self {
            grant,
            granted: at,
            expiry: Deadline::after(timing.expires_in, at),
            due: Deadline::after(due, at),
            held: None,
            asked: None,
            useless: None,
            failures: 0,
            work: Work::None,
            is_proven: true,
            is_own: false,
        }
    }

    /// After a renewal, by this tab or another. Where what came was short from
    /// the start, as in the last minutes before the session's own end, renewing
    /// again gains nothing: the next attempt is at the end, and learns that it
    /// is one. `given` is what came, before any of it had passed.
    pub(super) fn renewed(grant: Grant, given: Duration, at: Reading, chance: f64) -> Self {
        let timing = grant.timing;
        let mut live = Self::begin(grant, at, chance);
        if given <= timing.lead + timing.lifetime.mul_f64(JITTER) {
            live.due = Deadline::after(timing.expires_in.max(FIRST_RETRY), at);
        }
        live
    }

    /// What other tabs are told of the tokens.
    pub(super) fn told(&self) -> Told {
        Told::new(self.grant.clone(), self.granted)
    }

    /// Until the next refresh is due.
    pub(super) fn refresh_in(&self, now: Reading) -> Duration {
        self.due.remaining(now).max(self.held_for(now))
    }

    /// For how long nothing is tried, after a refresh that failed.
    pub(super) fn held_for(&self, now: Reading) -> Duration {
        left(self.held, now).max(left(self.asked, now))
    }

    /// Whether a refresh is wanted, if it may be or not.
    pub(super) fn is_wanted(&self, now: Reading) -> bool {
        self.work != Work::None || self.due.has_passed(now)
    }

    pub(super) fn is_late(&self, now: Reading) -> bool {
        self.due.overdue(now) > LATE
    }

    /// Moves the next attempt: 1 s, 2 s, 4 s, … 60 s, each up to half longer by
    /// chance; says for how long.
    pub(super) fn back_off(&mut self, now: Reading, chance: f64) -> Duration {
        let doubled = FIRST_RETRY.saturating_mul(1_u32 << self.failures.min(6));
        let wait = doubled
            .min(LAST_RETRY)
            .mul_f64(1.0 + 0.5 * chance.clamp(0.0, 1.0));
        self.work = Work::None;
        self.failures = self.failures.saturating_add(1);
        // What was tried early is wanted still, as soon as it may be.
        if !self.due.has_passed(now) {
            self.due = Deadline::after(Duration::ZERO, now);
        }
        self.hold_back(wait, now);
        wait
    }

    /// Not before `wait` has passed, nor what it was held back for already.
    pub(super) fn hold_back(&mut self, wait: Duration, now: Reading) {
        self.held = Some(Deadline::after(wait.max(left(self.held, now)), now));
    }

    /// The server asked to wait for so long.
    pub(super) fn is_asked(&mut self, wait: Duration, now: Reading) {
        self.asked = Some(Deadline::after(wait.max(left(self.asked, now)), now));
    }

    /// Being online again is worth an attempt, unless the server asked to wait.
    pub(super) fn is_online_again(&mut self) {
        self.held = None;
    }
}

fn left(deadline: Option<Deadline>, now: Reading) -> Duration {
    deadline.map_or(Duration::ZERO, |deadline| deadline.remaining(now))
}
