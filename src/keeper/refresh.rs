//! The way of one refresh: lock, ask where this page may have missed something,
//! send, take in the answer.

use std::{rc::Rc, time::Duration};

use super::{
    At, Deadline, Effect, Grant, Keeper, Lock, Message, Outcome, RefreshResult, Session, Ticket,
    Told,
    active::{Active, Work},
    schedule::LAST_RETRY,
};

/// A lock that comes later than this was another tab's, which may have renewed:
/// what it told is under way still, perhaps.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How long other tabs have to say that they have renewed already.
const TO_ANSWER: Duration = Duration::from_millis(200);
/// A timer that is later than this was held up, and so was what others told.
const HELD_UP: Duration = Duration::from_secs(1);

impl Keeper {
    /// Starts what is due, goes on from what has taken too long, and sets the
    /// timer for what is next.
    pub(super) fn look(&mut self, at: At) -> Vec<Effect> {
        let Some(live) = self.live() else {
            return vec![Effect::Sleep];
        };
        if let Some(end) = live.work.end()
            && !end.has_passed(at.now)
        {
            return vec![Effect::Wake(end.remaining(at.now))];
        }
        match live.work {
            Work::None => {
                let wait = live.schedule.refresh_in(at.now);
                if wait.is_zero() {
                    return self.begins(at);
                }
                vec![Effect::Wake(wait)]
            }
            Work::Paused(_) => self.begins(at),
            // Held by a tab that is frozen, or never to be had.
            Work::Locking(ticket, _) => {
                let mut effects = vec![Effect::Unlock];
                effects.extend(self.goes_on(ticket, Lock::None, at));
                effects
            }
            Work::Asking(ticket, end) if end.overdue(at.now) > HELD_UP => {
                self.hears_first(ticket, at)
            }
            Work::Asking(ticket, _) | Work::Hearing(ticket, _) => self.sends(ticket, at),
            Work::Sending(..) => {
                let mut effects = vec![Effect::Abort];
                effects.extend(self.fails(None, at));
                effects
            }
        }
    }

    /// Asks for the lock. Whoever has it needs no longer than its own timeout,
    /// and half as long again is waited for it.
    pub(super) fn begins(&mut self, at: At) -> Vec<Effect> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        let timeout = live.grant.timing.timeout.mul_f64(1.5);
        live.work = Work::Locking(ticket, Deadline::after(timeout, at.now));
        // Last, for it may be answered at once, and what follows sets the timer.
        vec![Effect::Wake(timeout), Effect::Lock(ticket)]
    }

    /// The lock is held, or will not be. Another tab that renewed while this
    /// one waited has said so, and then nothing is waited for any more; but
    /// that may be under way still, and a page that was frozen or asleep may not
    /// have heard: it asks.
    pub(super) fn goes_on(&mut self, ticket: Ticket, lock: Lock, at: At) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        let Work::Locking(waits, end) = live.work else {
            return Vec::new();
        };
        if waits != ticket {
            return Vec::new();
        }
        let may_have_missed = live.schedule.is_late(at.now) || end.elapsed(at.now) > AT_ONCE;
        if !may_have_missed {
            return self.sends(ticket, at);
        }
        // Without a lock all tabs that woke at once stand here: chance lets one
        // of them be first.
        let spread = match lock {
            Lock::Held => Duration::ZERO,
            Lock::None => TO_ANSWER.mul_f64(4.0 * at.chance.clamp(0.0, 1.0)),
        };
        let timeout = TO_ANSWER + spread;
        live.work = Work::Asking(ticket, Deadline::after(timeout, at.now));
        let session = Rc::clone(&live.grant.session);
        vec![
            Effect::Tell(Message::Ask { session }),
            Effect::Wake(timeout),
        ]
    }

    /// The answer may have come, and lie behind the timer that has just fired.
    fn hears_first(&mut self, ticket: Ticket, at: At) -> Vec<Effect> {
        if let Some(live) = self.active_mut() {
            live.work = Work::Hearing(ticket, Deadline::after(TO_ANSWER, at.now));
        }
        vec![Effect::Wake(TO_ANSWER)]
    }

    fn sends(&mut self, ticket: Ticket, at: At) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        let timeout = live.grant.timing.timeout;
        live.work = Work::Sending(ticket, at.now, Deadline::after(timeout, at.now));
        vec![Effect::Wake(timeout), Effect::Refresh(ticket)]
    }

    pub(super) fn refresh_ended(
        &mut self,
        ticket: Ticket,
        result: RefreshResult,
        at: At,
    ) -> Vec<Effect> {
        let Some(live) = self.live() else {
            return Vec::new();
        };
        let Work::Sending(waits, sent, _) = live.work else {
            return Vec::new();
        };
        if waits != ticket {
            return Vec::new();
        }
        match result {
            RefreshResult::Renewed(grant) => self.renewed(grant, At { now: sent, ..at }, at),
            RefreshResult::Refused(code) => self.refused(code, at),
            RefreshResult::Unanswered => self.fails(None, at),
            RefreshResult::Deferred { retry_after } => self.fails(retry_after, at),
        }
    }

    /// The durations count from when the refresh was sent: the answer may have
    /// lain before a page that was frozen.
    fn renewed(&mut self, grant: Grant, sent: At, at: At) -> Vec<Effect> {
        let is_same = |live: &Active| live.grant.account == grant.account;
        let told = Told::new(grant.clone(), sent.now);
        if !self.live().is_some_and(is_same) {
            // Signed in elsewhere, unheard: the cookies are of somebody else.
            let mut effects = vec![Effect::Tell(Message::SignedIn(told))];
            effects.extend(self.reloads());
            return effects;
        }
        // The account signed in anew, unheard.
        let message = if self.is_of(&grant.session) {
            Message::Renewed(told)
        } else {
            Message::SignedIn(told)
        };
        let given = grant.timing.expires_in;
        let mut live = Active::refreshed(grant.clone(), given, sent.now, at.chance);
        live.is_own = true;
        self.session = Session::Active(Box::new(live));
        self.grants += 1;
        // Told before the next tab has the lock.
        let mut effects = vec![
            Effect::Tell(message),
            Effect::Unlock,
            Effect::Show(grant),
            Effect::Settle(Outcome::Repeat),
        ];
        effects.extend(self.look(at));
        effects
    }

    /// Keeps the session, and tells those who wait for the lock to try later:
    /// ten tabs make one attempt for each back-off, not ten.
    fn fails(&mut self, asked: Option<Duration>, at: At) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        live.work = Work::None;
        let wait = live.schedule.back_off(at.now, at.chance);
        // For a minute it is believed.
        let asked = asked.unwrap_or_default().min(LAST_RETRY);
        live.schedule.note_retry_after(asked, at.now);
        let message = Message::Failing {
            session: Rc::clone(&live.grant.session),
            failures: live.schedule.failures,
            wait,
            asked,
        };
        vec![
            Effect::Tell(message),
            Effect::Unlock,
            Effect::Settle(Outcome::NotNow),
            Effect::Wake(live.schedule.refresh_in(at.now)),
        ]
    }

    /// Gives up whatever is under way, and lets those go on who wait.
    pub(super) fn drops(&mut self, outcome: Outcome) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        let work = std::mem::replace(&mut live.work, Work::None);
        let mut effects = match work {
            Work::None => return Vec::new(),
            Work::Paused(_) | Work::Locking(..) | Work::Asking(..) | Work::Hearing(..) => {
                Vec::new()
            }
            Work::Sending(..) => vec![Effect::Abort],
        };
        effects.extend([Effect::Unlock, Effect::Settle(outcome)]);
        effects
    }
}
