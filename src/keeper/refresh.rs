//! The stages of one refresh: take the lock; ask the other tabs, if this page may have missed
//! a message; send the request; handle the response.

use std::{rc::Rc, time::Duration};

use super::{
    At, Deadline, Effect, Grant, Keeper, LockStatus, Message, Outcome, RefreshResult, State,
    Ticket, TimedGrant,
    active::{Active, Phase},
    schedule::{MAX_RETRY_DELAY, scaled},
};

/// If the lock is granted later than this, another tab held it and may have refreshed; its
/// message may not have arrived yet.
const MAX_IMMEDIATE_LOCK_WAIT: Duration = Duration::from_millis(100);
/// How long other tabs have to reply that they have already refreshed.
const REPLY_TIMEOUT: Duration = Duration::from_millis(200);
/// If a timer fires later than this, the page was suspended, and messages of other tabs may
/// be delayed too.
const MAX_TIMER_DELAY: Duration = Duration::from_secs(1);

impl Keeper {
    /// Starts a refresh if one is due, moves on from a stage that has timed out, and sets the
    /// timer for the next deadline.
    pub(super) fn advance(&mut self, at: At) -> Vec<Effect> {
        let Some(active) = self.active() else {
            return vec![Effect::ClearTimer];
        };
        if let Some(end) = active.phase.deadline()
            && !end.has_passed(at.now)
        {
            return vec![Effect::SetTimer(end.remaining(at.now))];
        }
        match active.phase {
            Phase::Idle => {
                let wait = active.schedule.refresh_in(at.now);
                if wait.is_zero() {
                    return self.request_lock(at);
                }
                vec![Effect::SetTimer(wait)]
            }
            Phase::Paused(_) => self.request_lock(at),
            // A frozen tab holds the lock, or it will never be granted.
            Phase::Locking(ticket, _) => {
                let mut effects = vec![Effect::Unlock];
                effects.extend(self.lock_decided(ticket, LockStatus::Unavailable, at));
                effects
            }
            Phase::Asking(ticket, end) if end.overdue(at.now) > MAX_TIMER_DELAY => {
                self.extend_asking(ticket, at)
            }
            Phase::Asking(ticket, _) | Phase::StillAsking(ticket, _) => {
                self.send_refresh(ticket, at)
            }
            Phase::Sending(..) => {
                let mut effects = vec![Effect::Abort];
                effects.extend(self.refresh_failed(None, at));
                effects
            }
        }
    }

    /// Requests the lock. The tab that holds it refreshes within the timeout of a refresh, so
    /// this tab waits for one and a half times that timeout.
    pub(super) fn request_lock(&mut self, at: At) -> Vec<Effect> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        let timeout = scaled(active.grant.timing.timeout, 1.5);
        active.phase = Phase::Locking(ticket, Deadline::after(timeout, at.now));
        // The lock comes last: it may be granted at once, and the next stage sets the timer.
        vec![Effect::SetTimer(timeout), Effect::Lock(ticket)]
    }

    /// The lock is held, or will not be granted.
    ///
    /// If another tab refreshed while this one waited, it sent a message, and this tab stopped
    /// waiting when it received the message. But the message may not have arrived yet, and a
    /// page that was frozen or asleep may have missed it. In both cases this tab asks the
    /// others before it refreshes.
    pub(super) fn lock_decided(&mut self, ticket: Ticket, lock: LockStatus, at: At) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        let Phase::Locking(current, end) = active.phase else {
            return Vec::new();
        };
        if current != ticket {
            return Vec::new();
        }
        let may_have_missed =
            active.schedule.is_late(at.now) || end.elapsed(at.now) > MAX_IMMEDIATE_LOCK_WAIT;
        if !may_have_missed {
            return self.send_refresh(ticket, at);
        }
        // Without a lock all tabs that woke together get here at the same time. A random delay
        // lets one of them refresh first.
        let spread = match lock {
            LockStatus::Held => Duration::ZERO,
            LockStatus::Unavailable => scaled(REPLY_TIMEOUT, 4.0 * at.chance.clamp(0.0, 1.0)),
        };
        let timeout = REPLY_TIMEOUT + spread;
        active.phase = Phase::Asking(ticket, Deadline::after(timeout, at.now));
        let session = Rc::clone(&active.grant.session);
        vec![
            Effect::Broadcast(Message::Ask { session }),
            Effect::SetTimer(timeout),
        ]
    }

    /// Waits for replies again: one may be queued behind the timer that has just fired.
    fn extend_asking(&mut self, ticket: Ticket, at: At) -> Vec<Effect> {
        if let Some(active) = self.active_mut() {
            active.phase = Phase::StillAsking(ticket, Deadline::after(REPLY_TIMEOUT, at.now));
        }
        vec![Effect::SetTimer(REPLY_TIMEOUT)]
    }

    fn send_refresh(&mut self, ticket: Ticket, at: At) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        let timeout = active.grant.timing.timeout;
        active.phase = Phase::Sending(ticket, at.now, Deadline::after(timeout, at.now));
        vec![Effect::SetTimer(timeout), Effect::Refresh(ticket)]
    }

    pub(super) fn refresh_ended(
        &mut self,
        ticket: Ticket,
        result: RefreshResult,
        at: At,
    ) -> Vec<Effect> {
        let Some(active) = self.active() else {
            return Vec::new();
        };
        let Phase::Sending(current, sent, _) = active.phase else {
            return Vec::new();
        };
        if current != ticket {
            return Vec::new();
        }
        match result {
            RefreshResult::Refreshed(grant) => {
                self.refresh_succeeded(grant, At { now: sent, ..at }, at)
            }
            RefreshResult::Rejected(code) => self.refresh_rejected(code, at),
            RefreshResult::NoResponse => self.refresh_failed(None, at),
            RefreshResult::Deferred { retry_after } => self.refresh_failed(retry_after, at),
        }
    }

    /// The durations count from when the refresh was sent, because a page that was frozen may
    /// handle the response late.
    fn refresh_succeeded(&mut self, grant: Grant, sent: At, at: At) -> Vec<Effect> {
        let is_same_account = |active: &Active| active.grant.account == grant.account;
        let timed = TimedGrant::new(grant.clone(), sent.now);
        if !self.active().is_some_and(is_same_account) {
            // A sign-in elsewhere whose message was missed: the cookies belong to another
            // account.
            let mut effects = vec![Effect::Broadcast(Message::SignedIn(timed))];
            effects.extend(self.leave(Effect::Reload));
            return effects;
        }
        // If the session is another one, the account signed in again and the message was missed.
        let message = if self.has_session(&grant.session) {
            Message::Refreshed(timed)
        } else {
            Message::SignedIn(timed)
        };
        let valid_for = grant.timing.expires_in;
        let mut active = Active::after_refresh(grant.clone(), valid_for, sent.now, at.chance);
        active.is_own = true;
        self.state = State::Active(Box::new(active));
        self.grants += 1;
        // The message is sent before the next tab gets the lock.
        let mut effects = vec![
            Effect::Broadcast(message),
            Effect::Unlock,
            Effect::Show(grant),
            Effect::ResumeCalls(Outcome::Repeat),
        ];
        effects.extend(self.advance(at));
        effects
    }

    /// Keeps the session, and broadcasts the failure, so that the tabs that wait for the lock
    /// retry later: ten tabs make one attempt in each back-off, not ten.
    fn refresh_failed(&mut self, retry_after: Option<Duration>, at: At) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        active.phase = Phase::Idle;
        let wait = active.schedule.back_off(at.now, at.chance);
        // At most a minute, however long the server asked to wait.
        let retry_after = retry_after.unwrap_or_default().min(MAX_RETRY_DELAY);
        active.schedule.note_retry_after(retry_after, at.now);
        let message = Message::Failing {
            session: Rc::clone(&active.grant.session),
            failures: active.schedule.failures,
            wait,
            retry_after,
        };
        vec![
            Effect::Broadcast(message),
            Effect::Unlock,
            Effect::ResumeCalls(Outcome::TryLater),
            Effect::SetTimer(active.schedule.refresh_in(at.now)),
        ]
    }

    /// Cancels the refresh under way, if there is one, and lets waiting calls go on.
    pub(super) fn cancel_refresh(&mut self, outcome: Outcome) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        let phase = std::mem::replace(&mut active.phase, Phase::Idle);
        let mut effects = match phase {
            Phase::Idle => return Vec::new(),
            Phase::Paused(_) | Phase::Locking(..) | Phase::Asking(..) | Phase::StillAsking(..) => {
                Vec::new()
            }
            Phase::Sending(..) => vec![Effect::Abort],
        };
        effects.extend([Effect::Unlock, Effect::ResumeCalls(outcome)]);
        effects
    }
}
