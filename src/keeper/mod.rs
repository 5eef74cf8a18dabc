//! The session keeper: decides in the browser when to renew, and what a failed
//! renewal means.
//!
//! A state machine without I/O: [`Keeper::step`] takes an event and the time
//! and returns what is to be done. `browser::driver` feeds it and carries out
//! its effects. It holds durations, never a token: no script can see one.

mod deadline;

pub use deadline::{Deadline, Reading};

use std::time::Duration;

use crate::wire::{Code, Timing};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody is signed in: the page came with a snapshot, or signing in
    /// answered with one.
    SignedIn(Timing),
    /// The user signed out.
    SignedOut,
    /// A timer fired, or the page came back to life (shown, focused, resumed,
    /// online): look at the deadlines again.
    Woke,
    /// A call met a 401 that a refresh may help. `seen` is
    /// [`Keeper::refreshes`] at the time the call was sent.
    Unauthorized {
        /// How many refreshes had succeeded when the call was sent.
        seen: u64,
    },
    /// The refresh with this ticket ended.
    RefreshEnded(Ticket, RefreshResult),
}

/// How a refresh ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshResult {
    /// The tokens were renewed.
    Renewed(Timing),
    /// The server refused for good ([`Code::is_about_session`]).
    Refused(Code),
    /// No answer, or one that says nothing about the session: offline, a
    /// time-out, 429, 5xx. `retry_after` is what the server asked for.
    Failed {
        /// How long the server asked to wait.
        retry_after: Option<Duration>,
    },
}

/// Tells one refresh from another, so that a late answer to an earlier one is
/// recognised and brings nothing back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send one refresh, and report its end with the ticket.
    Refresh(Ticket),
    /// Set the timer, in place of one that is set: [`Event::Woke`] after this.
    Wake(Duration),
    /// Put the timer out.
    Sleep,
    /// Let the calls that wait for a refresh go on.
    Settle(Outcome),
    /// Give up the refresh that is under way: its answer would overwrite the
    /// cookies of a newer sign-in.
    Abort,
    /// The session is over: show the page as signed out, with the reason.
    End(Code),
}

/// What a waiting call learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Repeat the request: the tokens are new.
    Repeat,
    /// Do not: there is no session, or the refresh did not get through.
    GiveUp,
}

/// Attempts after a failed refresh start at this distance and double.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// The longest distance between attempts.
const LAST_RETRY: Duration = Duration::from_secs(60);

/// The state of one page's session.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    session: Option<Live>,
    refreshes: u64,
    tickets: u64,
}

/// A session that is signed in.
#[derive(Clone, Copy, Debug)]
struct Live {
    expiry: Deadline,
    /// When to send the next refresh: the lead before expiry, or a back-off.
    due: Deadline,
    in_flight: Option<Ticket>,
    failures: u32,
}

impl Keeper {
    /// Takes in what happened at `now` and says what is to be done. `chance` is
    /// a fresh random number in `0.0..1.0`, for jitter.
    pub fn step(&mut self, event: Event, now: Reading, chance: f64) -> Vec<Effect> {
        match event {
            Event::SignedIn(timing) => {
                // Calls that wait for a refresh of the former session have new
                // cookies now.
                let mut effects = self.abort(Outcome::Repeat);
                self.session = Some(Live::begin(timing, now, chance));
                effects.extend(self.look(now));
                effects
            }
            Event::SignedOut => self.end(None),
            Event::Woke => self.look(now),
            Event::Unauthorized { seen } => self.unauthorized(seen, now),
            Event::RefreshEnded(ticket, result) => self.refresh_ended(ticket, result, now, chance),
        }
    }

    /// How many refreshes have succeeded on this page.
    pub fn refreshes(&self) -> u64 {
        self.refreshes
    }

    /// Whether a refresh is under way.
    pub fn is_refreshing(&self) -> bool {
        self.session.is_some_and(|live| live.in_flight.is_some())
    }

    /// Until the access token ends, where somebody is signed in.
    pub fn expires_in(&self, now: Reading) -> Option<Duration> {
        self.session.map(|live| live.expiry.remaining(now))
    }

    /// Until the next refresh is due, where somebody is signed in.
    pub fn refresh_in(&self, now: Reading) -> Option<Duration> {
        self.session.map(|live| live.due.remaining(now))
    }

    /// Refreshes where it is due, and sets the timer otherwise.
    fn look(&mut self, now: Reading) -> Vec<Effect> {
        let Some(live) = self.session else {
            return vec![Effect::Sleep];
        };
        if live.in_flight.is_some() {
            return Vec::new();
        }
        if live.due.has_passed(now) {
            return self.refresh();
        }
        vec![Effect::Wake(live.due.remaining(now))]
    }

    /// Joins the refresh in flight, or starts one; a call that was sent before
    /// the last refresh succeeded needs none, and one that comes while failed
    /// refreshes back off gets none.
    fn unauthorized(&mut self, seen: u64, now: Reading) -> Vec<Effect> {
        let Some(live) = self.session else {
            return vec![Effect::Settle(Outcome::GiveUp)];
        };
        if live.in_flight.is_some() {
            return Vec::new();
        }
        if seen < self.refreshes {
            return vec![Effect::Settle(Outcome::Repeat)];
        }
        if live.failures > 0 && !live.due.has_passed(now) {
            return vec![Effect::Settle(Outcome::GiveUp)];
        }
        self.refresh()
    }

    /// Gives up a refresh that is under way, and lets those go on who wait.
    fn abort(&self, outcome: Outcome) -> Vec<Effect> {
        if self.is_refreshing() {
            vec![Effect::Abort, Effect::Settle(outcome)]
        } else {
            Vec::new()
        }
    }

    fn refresh(&mut self) -> Vec<Effect> {
        let Some(live) = &mut self.session else {
            return Vec::new();
        };
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        live.in_flight = Some(ticket);
        vec![Effect::Refresh(ticket)]
    }

    fn refresh_ended(
        &mut self,
        ticket: Ticket,
        result: RefreshResult,
        now: Reading,
        chance: f64,
    ) -> Vec<Effect> {
        let Some(live) = &mut self.session else {
            return Vec::new();
        };
        if live.in_flight != Some(ticket) {
            return Vec::new();
        }
        match result {
            RefreshResult::Renewed(timing) => {
                self.refreshes += 1;
                *live = Live::begin(timing, now, chance).without_haste(timing, now);
                vec![
                    Effect::Settle(Outcome::Repeat),
                    Effect::Wake(live.due.remaining(now)),
                ]
            }
            RefreshResult::Refused(code) => self.end(Some(code)),
            RefreshResult::Failed { retry_after } => {
                let wait = live.back_off(retry_after, now, chance);
                vec![Effect::Settle(Outcome::GiveUp), Effect::Wake(wait)]
            }
        }
    }

    fn end(&mut self, reason: Option<Code>) -> Vec<Effect> {
        let mut effects = if reason.is_none() {
            self.abort(Outcome::GiveUp)
        } else {
            Vec::new()
        };
        self.session = None;
        effects.extend([Effect::Sleep, Effect::Settle(Outcome::GiveUp)]);
        effects.extend(reason.map(Effect::End));
        effects
    }
}

impl Live {
    fn begin(timing: Timing, now: Reading, chance: f64) -> Self {
        let jitter = timing.lifetime.mul_f64(0.05 * chance.clamp(0.0, 1.0));
        let due = timing
            .expires_in
            .saturating_sub(timing.lead)
            .saturating_sub(jitter);
        Self {
            expiry: Deadline::after(timing.expires_in, now),
            due: Deadline::after(due, now),
            in_flight: None,
            failures: 0,
        }
    }

    /// After a renewal: where what was renewed is due again already, as in the
    /// last minutes before the session's own end, renewing more gains nothing.
    /// The next attempt is at the end, and learns that it is one.
    fn without_haste(mut self, timing: Timing, now: Reading) -> Self {
        if self.due.has_passed(now) {
            self.due = Deadline::after(timing.expires_in.max(FIRST_RETRY), now);
        }
        self
    }

    /// Moves the next attempt: 1 s, 2 s, 4 s, … 60 s, each up to half longer by
    /// chance, and never before what the server asked for.
    fn back_off(&mut self, asked: Option<Duration>, now: Reading, chance: f64) -> Duration {
        let doubled = FIRST_RETRY.saturating_mul(1_u32 << self.failures.min(6));
        let wait = doubled
            .min(LAST_RETRY)
            .mul_f64(1.0 + 0.5 * chance.clamp(0.0, 1.0));
        let wait = wait.max(asked.unwrap_or_default().min(LAST_RETRY));
        self.in_flight = None;
        self.failures = self.failures.saturating_add(1);
        self.due = Deadline::after(wait, now);
        wait
    }
}

#[cfg(test)]
mod tests;
