//! The session keeper: decides in the browser when to renew, what a failed
//! renewal means, and what tabs do for one another.
//!
//! A state machine without I/O: [`Keeper::step`] takes an event and the time
//! and returns what is to be done. `browser::driver` feeds it and carries out
//! its effects. It holds ids and durations, never a token: no script can see
//! one.
//!
//! A lock that is not to be had and a message that is lost cost a refresh more,
//! and nothing else: the server makes a second refresh harmless. No stage waits
//! without end, so a timer is set or due for as long as somebody is signed in.

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
pub use event::{Effect, Event, Outcome, RefreshResult, Ticket, Trouble};
pub use grant::Grant;
pub use message::{CHANNEL, Message, Told};

use std::{rc::Rc, time::Duration};

use crate::wire::Code;
use active::{Active, Work};

/// Refreshes of calls that help nobody are this far apart at least.
const USELESS: Duration = Duration::from_secs(30);
/// From so many failures in a row on, the page says that nothing gets through.
const MANY: u32 = 2;

/// The state of one page's session.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    session: Session,
    grants: u64,
    tickets: u64,
    is_offline: bool,
    /// The last session that ended here, and why.
    over: Option<(Rc<str>, Code)>,
    /// The last older session whose pages were told that there is a newer one.
    corrected: Option<Rc<str>>,
    /// What the page says of the connection.
    said: Option<Trouble>,
}

#[derive(Clone, Debug, Default)]
enum Session {
    /// Nobody is signed in, or the user signed out here.
    #[default]
    Nobody,
    /// It ended without this page's doing.
    Ended,
    Active(Box<Active>),
}

/// What a step has at hand: the time, and a fresh random number in `0.0..1.0`.
#[derive(Clone, Copy)]
struct At {
    now: Reading,
    chance: f64,
}

impl Keeper {
    /// Takes in what happened at `now` and says what is to be done. `chance` is
    /// a fresh random number in `0.0..1.0`, for jitter.
    pub fn step(&mut self, event: Event, now: Reading, chance: f64) -> Vec<Effect> {
        let mut effects = self.take_in(event, At { now, chance });
        let trouble = self.trouble();
        if trouble != self.said {
            self.said = trouble;
            effects.push(Effect::Trouble(trouble));
        }
        effects
    }

    /// How often this page has learned of new tokens; a call notes it when it
    /// is sent.
    pub fn grants(&self) -> u64 {
        self.grants
    }

    /// Whether the last tokens came by a refresh of this page. What another tab
    /// told may be older than it looks, where a clock was set back meanwhile.
    pub fn is_own(&self) -> bool {
        self.live().is_some_and(|live| live.is_own)
    }

    /// Whether a refresh is under way.
    pub fn is_refreshing(&self) -> bool {
        self.live().is_some_and(|live| live.work != Work::None)
    }

    /// Until the access token ends, where somebody is signed in.
    pub fn expires_in(&self, now: Reading) -> Option<Duration> {
        self.live().map(|live| live.expiry.remaining(now))
    }

    /// Until the next refresh is due, where somebody is signed in.
    pub fn refresh_in(&self, now: Reading) -> Option<Duration> {
        self.live().map(|live| live.schedule.refresh_in(now))
    }

    fn live(&self) -> Option<&Active> {
        match &self.session {
            Session::Active(live) => Some(live),
            Session::Nobody | Session::Ended => None,
        }
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        match &mut self.session {
            Session::Active(live) => Some(live),
            Session::Nobody | Session::Ended => None,
        }
    }

    fn take_in(&mut self, event: Event, at: At) -> Vec<Effect> {
        match event {
            Event::Loaded(grant) => self.loaded(grant, at),
            Event::SignedIn(grant) => self.signed_in(grant, at),
            Event::SignedOut => self.signed_out(),
            Event::Woke => self.look(at),
            Event::Frozen => self.freezes(at),
            Event::Restored => self.restored(),
            Event::Network { is_online } => self.network(is_online, at),
            Event::Unauthorized { seen } => self.unauthorized(seen, at),
            Event::StillUnauthorized { seen, code } => self.still_unauthorized(seen, code, at),
            Event::Accepted { seen } => self.accepted(seen),
            Event::LockGranted(ticket) => self.goes_on(ticket, Lock::Held, at),
            Event::LockUnavailable(ticket) => self.goes_on(ticket, Lock::None, at),
            Event::RefreshEnded(ticket, result) => self.refresh_ended(ticket, result, at),
            Event::Heard(message) => self.hears(message, at),
        }
    }

    /// The server may have renewed the tokens for this page load.
    fn loaded(&mut self, grant: Grant, at: At) -> Vec<Effect> {
        let mut effects = self.drops(Outcome::Repeat);
        let told = Told::new(grant.clone(), at.now);
        self.session = Session::Active(Box::new(Active::begin(grant, at.now, at.chance)));
        effects.push(Effect::Tell(Message::Renewed(told)));
        effects.extend(self.look(at));
        effects
    }

    fn signed_in(&mut self, grant: Grant, at: At) -> Vec<Effect> {
        // Calls that wait for a refresh of the former session have new cookies.
        let mut effects = self.drops(Outcome::Repeat);
        let told = Told::new(grant.clone(), at.now);
        let mut live = Active::begin(grant, at.now, at.chance);
        live.is_proven = false;
        self.session = Session::Active(Box::new(live));
        self.grants += 1;
        effects.push(Effect::Tell(Message::SignedIn(told)));
        effects.extend(self.look(at));
        effects
    }

    /// What is waited for is given up, for another tab may need the lock, and
    /// begun anew when the page goes on. The answer to what was sent is still
    /// taken where it comes.
    fn freezes(&mut self, at: At) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        match live.work {
            Work::None => Vec::new(),
            Work::Sending(..) => vec![Effect::Unlock],
            Work::Locking(..) | Work::Asking(..) | Work::Hearing(..) | Work::Paused(_) => {
                live.work = Work::Paused(Deadline::after(Duration::ZERO, at.now));
                vec![Effect::Unlock, Effect::Wake(Duration::ZERO)]
            }
        }
    }

    /// A page that could not hear may be of somebody who has signed out since.
    fn restored(&mut self) -> Vec<Effect> {
        if self.live().is_none() {
            return Vec::new();
        }
        self.reloads()
    }

    fn network(&mut self, is_online: bool, at: At) -> Vec<Effect> {
        self.is_offline = !is_online;
        let Some(live) = self.active_mut().filter(|_| is_online) else {
            return Vec::new();
        };
        live.schedule.is_online_again();
        self.look(at)
    }

    /// Joins the refresh under way, or starts one; a call that was sent before
    /// the last tokens came needs none, and one that comes while failed
    /// refreshes back off gets none now.
    fn unauthorized(&mut self, seen: u64, at: At) -> Vec<Effect> {
        let grants = self.grants;
        let Some(live) = self.live() else {
            return vec![Effect::Settle(Outcome::GiveUp)];
        };
        if live.work != Work::None {
            return Vec::new();
        }
        if seen < grants && !live.expiry.has_passed(at.now) {
            return vec![Effect::Settle(Outcome::Repeat)];
        }
        if live.useless.is_some_and(|end| !end.has_passed(at.now)) {
            return vec![Effect::Settle(Outcome::GiveUp)];
        }
        if !live.schedule.held_for(at.now).is_zero() {
            return vec![Effect::Settle(Outcome::NotNow)];
        }
        self.begins(at)
    }

    /// A call from before the last sign-in says nothing of its cookies.
    fn accepted(&mut self, seen: u64) -> Vec<Effect> {
        let grants = self.grants;
        if let Some(live) = self.active_mut().filter(|_| seen == grants) {
            live.is_proven = true;
        }
        Vec::new()
    }

    /// New tokens did not help. Where none came with the request though a
    /// refresh has just been answered with cookies, they do not stick, and
    /// another refresh would change nothing.
    fn still_unauthorized(&mut self, seen: u64, code: Code, at: At) -> Vec<Effect> {
        let grants = self.grants;
        let Some(live) = self.active_mut().filter(|_| seen == grants) else {
            return Vec::new();
        };
        let is_over = live.expiry.has_passed(at.now);
        if code == Code::NotSignedIn && live.is_own && !is_over {
            return self.ends(Code::CookiesBlocked);
        }
        live.useless = Some(Deadline::after(USELESS, at.now));
        Vec::new()
    }

    /// It concerns who is signed in: nothing is renewed for anybody else.
    fn trouble(&self) -> Option<Trouble> {
        let live = self.live()?;
        if self.is_offline {
            Some(Trouble::Offline)
        } else {
            (live.schedule.failures >= MANY).then_some(Trouble::Unreachable)
        }
    }
}

/// Whether the lock was to be had.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Held,
    None,
}

#[cfg(test)]
mod tests;
