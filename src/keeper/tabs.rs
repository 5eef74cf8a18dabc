//! How a tab handles the messages of other tabs.

use std::{cmp::Ordering, rc::Rc, time::Duration};

use super::{
    At, Effect, Grant, Keeper, Message, Outcome, State, TimedGrant,
    active::{Active, Phase},
    schedule::{MAX_RETRY_DELAY, scaled},
};

/// Tokens whose expiry is later by at most this do not count as newer.
const EXPIRY_TOLERANCE: Duration = Duration::from_secs(1);

impl Keeper {
    pub(super) fn receive(&mut self, message: Message, at: At) -> Vec<Effect> {
        match message {
            Message::SignedIn(timed) => self.signed_in_elsewhere(&timed, at),
            Message::Refreshed(timed) => self.refreshed_elsewhere(&timed, at),
            Message::Ended { session, code } if self.has_session(&session) => {
                self.ended_elsewhere(code)
            }
            Message::Failing {
                session,
                failures,
                wait,
                retry_after,
            } if self.has_session(&session) => {
                self.failed_elsewhere(failures, wait, retry_after, at)
            }
            Message::Ask { session } if self.has_session(&session) => self.reply_to_ask(at),
            Message::Ask { session } => self.correct_stale_tab(&session),
            Message::Ended { .. } | Message::Failing { .. } => Vec::new(),
        }
    }

    pub(super) fn has_session(&self, session: &str) -> bool {
        self.active()
            .is_some_and(|active| *active.grant.session == *session)
    }

    /// The cookies now belong to the session of the message. If it is of another account, the
    /// page reloads, because everything on it belongs to the previous account. A page that shows
    /// no account continues as if the user had signed in on it, unless the user has entered
    /// something.
    fn signed_in_elsewhere(&mut self, timed: &TimedGrant, at: At) -> Vec<Effect> {
        match &self.state {
            State::Leaving => Vec::new(),
            State::SignedOut if at.has_input => Vec::new(),
            State::SignedOut => self.leave(Effect::Continue),
            State::Active(active) if active.grant.account != timed.grant.account => {
                self.leave(Effect::Reload)
            }
            State::Active(active) if active.grant.session == timed.grant.session => {
                self.refreshed_elsewhere(timed, at)
            }
            State::Active(_) => {
                let outcome = if is_fresh(timed, &timed.now(at.now), at) {
                    Outcome::Repeat
                } else {
                    Outcome::TryLater
                };
                // The response to a refresh under way would overwrite the new cookies.
                let mut effects = self.cancel_refresh(outcome);
                effects.extend(self.adopt(timed, at));
                effects
            }
        }
    }

    /// Takes over the grant of the message if it is newer than this tab's. Of two sessions the
    /// later one is newer, and the cookies belong to it. Within one session more rotations are
    /// newer; if the rotations are equal, the later expiry is. A later session is a sign-in
    /// that was not broadcast, by a form that was sent without JavaScript.
    fn refreshed_elsewhere(&mut self, timed: &TimedGrant, at: At) -> Vec<Effect> {
        let received = timed.now(at.now);
        let Some(active) = self.active() else {
            return self.refreshed_while_signed_out(timed, at);
        };
        match received.session.cmp(&active.grant.session) {
            Ordering::Greater => return self.signed_in_elsewhere(timed, at),
            Ordering::Less => return self.correct_stale_tab(&received.session),
            Ordering::Equal => {}
        }
        let is_later =
            received.timing.expires_in > active.expiry.remaining(at.now) + EXPIRY_TOLERANCE;
        let is_newer = received.rotations > active.grant.rotations
            || (received.rotations == active.grant.rotations && is_later);
        if !is_newer || !is_fresh(timed, &received, at) {
            return Vec::new();
        }
        if matches!(active.phase, Phase::Sending(..)) {
            // This tab refreshes without the lock. Its own response is as good, and comes later.
            return Vec::new();
        }
        let mut effects = self.cancel_refresh(Outcome::Repeat);
        effects.extend(self.adopt(timed, at));
        effects
    }

    /// The other page may have been loading while its session ended here, and still show it.
    /// Otherwise a user has signed in elsewhere, by a form that was sent without JavaScript or
    /// while this page could not receive messages.
    fn refreshed_while_signed_out(&mut self, timed: &TimedGrant, at: At) -> Vec<Effect> {
        let session = &timed.grant.session;
        match &self.last_ended {
            Some((ended, _)) if session <= ended => self.correct_stale_tab(session),
            _ => self.signed_in_elsewhere(timed, at),
        }
    }

    /// Replies to a tab that shows `session`, if the cookies no longer belong to that session:
    /// broadcasts the grant of the newer session, or that `session` has ended.
    ///
    /// The newer grant is not broadcast twice in a row for the same session. Otherwise two tabs
    /// could correct each other forever if their session ids are not in the order of the
    /// sign-ins.
    fn correct_stale_tab(&mut self, session: &Rc<str>) -> Vec<Effect> {
        let newer = self
            .active()
            .filter(|active| active.grant.session > *session);
        let message = if let Some(active) = newer {
            let timed = active.timed_grant();
            let before = self.corrected.replace(Rc::clone(session));
            (before.as_ref() != Some(session)).then_some(Message::Refreshed(timed))
        } else {
            let ended = self.last_ended.as_ref();
            let ended = ended.filter(|(ended, _)| ended == session);
            ended.map(|(session, code)| Message::Ended {
                session: Rc::clone(session),
                code: *code,
            })
        };
        message.map(Effect::Broadcast).into_iter().collect()
    }

    /// Takes over the grant of another tab and shows it.
    fn adopt(&mut self, timed: &TimedGrant, at: At) -> Vec<Effect> {
        let (grant, valid_for) = (timed.now(at.now), timed.grant.timing.expires_in);
        let active = Active::after_refresh(grant.clone(), valid_for, at.now, at.chance);
        self.state = State::Active(Box::new(active));
        self.grants += 1;
        let mut effects = vec![Effect::Show(grant)];
        effects.extend(self.advance(at));
        effects
    }

    /// Backs off for a little longer than the tab whose refresh failed, so that this tab does
    /// not retry before it.
    fn failed_elsewhere(
        &mut self,
        failures: u32,
        wait: Duration,
        retry_after: Duration,
        at: At,
    ) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        if matches!(active.phase, Phase::Sending(..)) {
            return Vec::new();
        }
        if active.wants_refresh(at.now) {
            active.schedule.failures = active.schedule.failures.max(failures);
        }
        let later = 1.0 + 0.1 * at.chance.clamp(0.0, 1.0);
        let (wait, retry_after) = (
            wait.min(scaled(MAX_RETRY_DELAY, 1.5)),
            retry_after.min(MAX_RETRY_DELAY),
        );
        active.schedule.hold_back(scaled(wait, later), at.now);
        active
            .schedule
            .note_retry_after(scaled(retry_after, later), at.now);
        let mut effects = self.cancel_refresh(Outcome::TryLater);
        effects.extend(self.advance(at));
        effects
    }

    /// Broadcasts this tab's grant, unless a refresh is due or under way.
    fn reply_to_ask(&self, at: At) -> Vec<Effect> {
        let fresh = self.active().filter(|active| {
            active.phase == Phase::Idle && !active.schedule.refresh_in(at.now).is_zero()
        });
        let timed = fresh.map(|active| Effect::Broadcast(Message::Refreshed(active.timed_grant())));
        timed.into_iter().collect()
    }
}

/// Returns whether a received grant is neither expired nor due for a refresh. The message may
/// have been sent a while ago, and waiting calls are repeated with these tokens.
fn is_fresh(timed: &TimedGrant, received: &Grant, at: At) -> bool {
    let valid_for = timed.grant.timing.expires_in;
    let active = Active::after_refresh(received.clone(), valid_for, at.now, at.chance);
    !received.timing.expires_in.is_zero() && !active.schedule.refresh_in(at.now).is_zero()
}
