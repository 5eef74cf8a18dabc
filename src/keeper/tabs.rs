//! What a tab makes of what others tell.

use std::{cmp::Ordering, rc::Rc, time::Duration};

use super::{
    At, Effect, Grant, Keeper, Message, Outcome, Session, Told,
    active::{Active, Work},
    schedule::LAST_RETRY,
};

/// Tokens that end later by no more than this are no newer.
const SLACK: Duration = Duration::from_secs(1);

impl Keeper {
    pub(super) fn hears(&mut self, message: Message, at: At) -> Vec<Effect> {
        match message {
            Message::SignedIn(told) => self.hears_of_sign_in(&told, at),
            Message::Renewed(told) => self.hears_of_renewal(&told, at),
            Message::Over { session, code } if self.is_of(&session) => self.hears_of_end(code),
            Message::Failing {
                session,
                failures,
                wait,
                asked,
            } if self.is_of(&session) => self.hears_of_failure(failures, wait, asked, at),
            Message::Ask { session } if self.is_of(&session) => self.replies(at),
            Message::Ask { session } => self.corrects(&session),
            Message::Over { .. } | Message::Failing { .. } => Vec::new(),
        }
    }

    pub(super) fn is_of(&self, session: &str) -> bool {
        self.live()
            .is_some_and(|live| *live.grant.session == *session)
    }

    /// The cookies are of another session now. Of another account: everything
    /// on this page is somebody else's. A page whose session ended without its
    /// doing comes back too; one on which nobody signed in is left alone, for a
    /// form may be being filled in.
    fn hears_of_sign_in(&mut self, told: &Told, at: At) -> Vec<Effect> {
        match &self.session {
            Session::Nobody => Vec::new(),
            Session::Ended => self.reloads(),
            Session::Active(live) if live.grant.account != told.grant.account => self.reloads(),
            Session::Active(live) if live.grant.session == told.grant.session => {
                self.hears_of_renewal(told, at)
            }
            Session::Active(_) => {
                let outcome = if is_worth_taking(told, &told.now(at.now), at) {
                    Outcome::Repeat
                } else {
                    Outcome::NotNow
                };
                // Its answer would overwrite the new cookies.
                let mut effects = self.drops(outcome);
                effects.extend(self.adopts(told, at));
                effects
            }
        }
    }

    /// The newest wins: of two sessions the later one, which the cookies are of;
    /// of one, more renewals, or as many and a later end. A later session is a
    /// sign-in that was not told, of a form without scripts.
    fn hears_of_renewal(&mut self, told: &Told, at: At) -> Vec<Effect> {
        let heard = told.now(at.now);
        let Some(live) = self.live() else {
            return self.hears_while_signed_out(told, at);
        };
        match heard.session.cmp(&live.grant.session) {
            Ordering::Greater => return self.hears_of_sign_in(told, at),
            Ordering::Less => return self.corrects(&heard.session),
            Ordering::Equal => {}
        }
        let is_later = heard.timing.expires_in > live.expiry.remaining(at.now) + SLACK;
        let is_newer = heard.renewals > live.grant.renewals
            || (heard.renewals == live.grant.renewals && is_later);
        if !is_newer || !is_worth_taking(told, &heard, at) {
            return Vec::new();
        }
        if matches!(live.work, Work::Sending(..)) {
            // It went without a lock; its answer is as good, and comes later.
            return Vec::new();
        }
        let mut effects = self.drops(Outcome::Repeat);
        effects.extend(self.adopts(told, at));
        effects
    }

    /// A page that was loading while its session ended here does not know.
    fn hears_while_signed_out(&mut self, told: &Told, at: At) -> Vec<Effect> {
        let session = &told.grant.session;
        match &self.over {
            Some((over, _)) if session > over => self.hears_of_sign_in(told, at),
            _ => self.corrects(session),
        }
    }

    /// Tells a page whose session is not the cookies' any more that it is over,
    /// or which one has taken its place. The latter once for each, for nothing
    /// may go to and fro should the ids be in another order.
    fn corrects(&mut self, session: &Rc<str>) -> Vec<Effect> {
        let newer = self.live().filter(|live| live.grant.session > *session);
        let message = if let Some(live) = newer {
            let told = live.told();
            let before = self.corrected.replace(Rc::clone(session));
            (before.as_ref() != Some(session)).then_some(Message::Renewed(told))
        } else {
            let over = self.over.as_ref().filter(|(over, _)| over == session);
            over.map(|(session, code)| Message::Over {
                session: Rc::clone(session),
                code: *code,
            })
        };
        message.map(Effect::Tell).into_iter().collect()
    }

    /// Takes what another tab was given for this one's own.
    fn adopts(&mut self, told: &Told, at: At) -> Vec<Effect> {
        let (grant, given) = (told.now(at.now), told.grant.timing.expires_in);
        let live = Active::refreshed(grant.clone(), given, at.now, at.chance);
        self.session = Session::Active(Box::new(live));
        self.grants += 1;
        let mut effects = vec![Effect::Show(grant)];
        effects.extend(self.look(at));
        effects
    }

    /// Does not try before the one that failed does.
    fn hears_of_failure(
        &mut self,
        failures: u32,
        wait: Duration,
        asked: Duration,
        at: At,
    ) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        if matches!(live.work, Work::Sending(..)) {
            return Vec::new();
        }
        if live.is_wanted(at.now) {
            live.schedule.failures = live.schedule.failures.max(failures);
        }
        let later = 1.0 + 0.1 * at.chance.clamp(0.0, 1.0);
        let (wait, asked) = (wait.min(LAST_RETRY.mul_f64(1.5)), asked.min(LAST_RETRY));
        live.schedule.hold_back(wait.mul_f64(later), at.now);
        live.schedule.note_retry_after(asked.mul_f64(later), at.now);
        let mut effects = self.drops(Outcome::NotNow);
        effects.extend(self.look(at));
        effects
    }

    /// Says what it has, where that is fresh.
    fn replies(&self, at: At) -> Vec<Effect> {
        let fresh = self
            .live()
            .filter(|live| live.work == Work::None && !live.schedule.refresh_in(at.now).is_zero());
        let told = fresh.map(|live| Effect::Tell(Message::Renewed(live.told())));
        told.into_iter().collect()
    }
}

/// Whether what was told, a while ago perhaps, is not due for renewal already:
/// calls that wait are repeated with it.
fn is_worth_taking(told: &Told, heard: &Grant, at: At) -> bool {
    let given = told.grant.timing.expires_in;
    let live = Active::refreshed(heard.clone(), given, at.now, at.chance);
    !heard.timing.expires_in.is_zero() && !live.schedule.refresh_in(at.now).is_zero()
}
