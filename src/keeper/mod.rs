//! The session keeper, a state machine per tab. It decides in the browser when to refresh,
//! what a failed refresh means, and what the tabs send to one another.
//!
//! It does no I/O: [`Keeper::step`] takes an event and its conditions and returns effects.
//! `browser::driver` passes events in and carries out the effects. The keeper holds ids and
//! durations, never a token, because no script can read the cookies.
//!
//! An unavailable lock or a lost message costs one more refresh, which the server makes
//! harmless. docs/protocol.md lists the cases in which it costs more, under "Not promised".
//! Every stage has a timeout, so a timer is set or due for as long as a user is signed in.

mod active;
mod deadline;
mod ending;
mod event;
mod grant;
mod message;
mod refresh;
mod schedule;
mod tabs;

pub use deadline::{Deadline, Reading};
pub use event::{At, Effect, Event, Outcome, RefreshResult, Ticket, Trouble};
pub use grant::Grant;
pub use message::{CHANNEL, Message, TimedGrant};

use std::{rc::Rc, time::Duration};

use crate::wire::Code;
use active::{Active, Phase};

/// Minimum time between two refreshes for calls, after one that did not help the call.
const UNHELPFUL_REFRESH_INTERVAL: Duration = Duration::from_secs(30);
/// Number of failures in a row from which the keeper reports [`Trouble::Unreachable`].
const FAILURES_UNTIL_UNREACHABLE: u32 = 2;

/// The state of one page's session.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    state: State,
    grants: u64,
    tickets: u64,
    is_offline: bool,
    /// The session that last ended on this page, and why.
    last_ended: Option<(Rc<str>, Code)>,
    /// The last older session whose tabs were sent the grant of the newer one.
    corrected: Option<Rc<str>>,
    /// The trouble that was last reported to the page.
    reported_trouble: Option<Trouble>,
}

#[derive(Clone, Debug, Default)]
enum State {
    /// No user is signed in, and the page shows that.
    #[default]
    SignedOut,
    /// The page is being replaced, and nothing matters to it any more.
    Leaving,
    Active(Box<Active>),
}

impl Keeper {
    /// Handles an event and returns the effects to carry out, in order.
    pub fn step(&mut self, event: Event, at: At) -> Vec<Effect> {
        let mut effects = self.handle(event, at);
        let trouble = self.trouble();
        if trouble != self.reported_trouble {
            self.reported_trouble = trouble;
            effects.push(Effect::Trouble(trouble));
        }
        effects
    }

    /// Returns how many times this page has received new tokens since it was loaded. A call
    /// records the number when it is sent.
    pub fn grants(&self) -> u64 {
        self.grants
    }

    /// Returns whether the current tokens came from a refresh of this page. Tokens that
    /// another tab reported may be older than they seem, if a clock was set back since.
    pub fn is_own(&self) -> bool {
        self.active().is_some_and(|active| active.is_own)
    }

    /// Returns whether a refresh is under way.
    pub fn is_refreshing(&self) -> bool {
        self.active()
            .is_some_and(|active| active.phase != Phase::Idle)
    }

    /// Returns the time until the access token expires; `None` if no user is signed in.
    pub fn expires_in(&self, now: Reading) -> Option<Duration> {
        self.active().map(|active| active.expiry.remaining(now))
    }

    /// Returns the time until the next refresh is due; `None` if no user is signed in.
    pub fn refresh_in(&self, now: Reading) -> Option<Duration> {
        self.active().map(|active| active.schedule.refresh_in(now))
    }

    fn active(&self) -> Option<&Active> {
        match &self.state {
            State::Active(active) => Some(active),
            _ => None,
        }
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        match &mut self.state {
            State::Active(active) => Some(active),
            _ => None,
        }
    }

    fn handle(&mut self, event: Event, at: At) -> Vec<Effect> {
        match event {
            Event::Loaded(grant) => self.loaded(grant, at),
            Event::SignedIn(grant) => self.signed_in(grant, at),
            Event::SignedOut => self.signed_out(),
            Event::Woke => self.advance(at),
            Event::Frozen => self.frozen(at),
            Event::Restored => self.restored(at),
            Event::Network { is_online } => self.network_changed(is_online, at),
            Event::Unauthorized { seen } => self.unauthorized(seen, at),
            Event::StillUnauthorized { seen, code } => self.still_unauthorized(seen, code, at),
            Event::Accepted { seen } => self.accepted(seen),
            Event::LockGranted(ticket) => self.lock_decided(ticket, LockStatus::Held, at),
            Event::LockUnavailable(ticket) => {
                self.lock_decided(ticket, LockStatus::Unavailable, at)
            }
            Event::RefreshEnded(ticket, result) => self.refresh_ended(ticket, result, at),
            Event::MessageReceived(message) => self.receive(message, at),
        }
    }

    /// The other tabs are sent the grant, because the server may have refreshed the tokens
    /// for this page load.
    fn loaded(&mut self, grant: Grant, at: At) -> Vec<Effect> {
        let mut effects = self.cancel_refresh(Outcome::Repeat);
        let timed = TimedGrant::new(grant.clone(), at.now);
        self.state = State::Active(Box::new(Active::new(grant, at.now, at.chance)));
        effects.push(Effect::Broadcast(Message::Refreshed(timed)));
        effects.extend(self.advance(at));
        effects
    }

    fn signed_in(&mut self, grant: Grant, at: At) -> Vec<Effect> {
        // Calls that wait for a refresh of the previous session are repeated with the new
        // cookies.
        let mut effects = self.cancel_refresh(Outcome::Repeat);
        let timed = TimedGrant::new(grant.clone(), at.now);
        let mut active = Active::new(grant, at.now, at.chance);
        active.cookies_work = false;
        self.state = State::Active(Box::new(active));
        self.grants += 1;
        effects.push(Effect::Broadcast(Message::SignedIn(timed)));
        effects.extend(self.advance(at));
        effects
    }

    /// Releases the lock, because another tab may need it. A refresh that has not been sent
    /// is paused and starts again when the page resumes. The response to one that has been
    /// sent is still accepted.
    fn frozen(&mut self, at: At) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        match active.phase {
            Phase::Idle => Vec::new(),
            Phase::Sending(..) => vec![Effect::Unlock],
            Phase::Locking(..) | Phase::Asking(..) | Phase::StillAsking(..) | Phase::Paused(_) => {
                active.phase = Phase::Paused(Deadline::after(Duration::ZERO, at.now));
                vec![Effect::Unlock, Effect::SetTimer(Duration::ZERO)]
            }
        }
    }

    /// In the back-forward cache the page received no messages, so a user may have signed in
    /// or out since. A page that shows no account is kept if the user has filled in a form.
    fn restored(&mut self, at: At) -> Vec<Effect> {
        match self.state {
            State::Leaving => Vec::new(),
            State::SignedOut if at.has_input => Vec::new(),
            _ => self.leave(Effect::Reload),
        }
    }

    fn network_changed(&mut self, is_online: bool, at: At) -> Vec<Effect> {
        self.is_offline = !is_online;
        let Some(active) = self.active_mut().filter(|_| is_online) else {
            return Vec::new();
        };
        active.schedule.network_restored();
        self.advance(at)
    }

    /// Joins the refresh under way, or starts one. A call that was sent before the current
    /// tokens arrived is repeated without a refresh. During the back-off after a failed
    /// refresh none is started.
    fn unauthorized(&mut self, seen: u64, at: At) -> Vec<Effect> {
        let grants = self.grants;
        let Some(active) = self.active() else {
            return vec![Effect::ResumeCalls(Outcome::KeepResponse)];
        };
        if active.phase != Phase::Idle {
            return Vec::new();
        }
        if seen < grants && !active.expiry.has_passed(at.now) {
            return vec![Effect::ResumeCalls(Outcome::Repeat)];
        }
        if active
            .unhelpful_until
            .is_some_and(|end| !end.has_passed(at.now))
        {
            return vec![Effect::ResumeCalls(Outcome::KeepResponse)];
        }
        if !active.schedule.held_for(at.now).is_zero() {
            return vec![Effect::ResumeCalls(Outcome::TryLater)];
        }
        self.request_lock(at)
    }

    /// A call that was sent before the last sign-in proves nothing about its cookies.
    fn accepted(&mut self, seen: u64) -> Vec<Effect> {
        let grants = self.grants;
        if let Some(active) = self.active_mut().filter(|_| seen == grants) {
            active.cookies_work = true;
        }
        Vec::new()
    }

    /// New tokens did not help. If the request carried no token although this page has just
    /// refreshed, the browser does not keep the cookies, and another refresh would change
    /// nothing.
    fn still_unauthorized(&mut self, seen: u64, code: Code, at: At) -> Vec<Effect> {
        let grants = self.grants;
        let Some(active) = self.active_mut().filter(|_| seen == grants) else {
            return Vec::new();
        };
        let has_expired = active.expiry.has_passed(at.now);
        if code == Code::NotSignedIn && active.is_own && !has_expired {
            return self.end_session(Code::CookiesBlocked);
        }
        active.unhelpful_until = Some(Deadline::after(UNHELPFUL_REFRESH_INTERVAL, at.now));
        Vec::new()
    }

    /// Returns `None` if no user is signed in, because then there is nothing to refresh.
    fn trouble(&self) -> Option<Trouble> {
        let active = self.active()?;
        if self.is_offline {
            Some(Trouble::Offline)
        } else {
            (active.schedule.failures >= FAILURES_UNTIL_UNREACHABLE).then_some(Trouble::Unreachable)
        }
    }
}

/// Whether this tab holds the lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LockStatus {
    Held,
    Unavailable,
}

#[cfg(test)]
mod tests;
