//! How a session ends on this page.

use std::rc::Rc;

use super::{At, Effect, Keeper, Message, Outcome, State, active::Phase};
use crate::wire::Code;

impl Keeper {
    pub(super) fn signed_out(&mut self) -> Vec<Effect> {
        let message = self.record_end(Code::SessionEnded);
        let mut effects = self.deactivate(State::SignedOut);
        effects.extend(message.map(Effect::Broadcast));
        effects
    }

    /// Another tab reported that the session has ended.
    pub(super) fn ended_elsewhere(&mut self, code: Code) -> Vec<Effect> {
        self.record_end(code);
        self.end_session(code)
    }

    /// The server rejected the refresh, and the session has ended.
    ///
    /// [`Code::NotSignedIn`] means that the request carried no cookie. If the access token has
    /// expired, the cookie is taken to have expired too. Otherwise the cookies were removed or,
    /// if they have not worked since the sign-in, the browser does not keep them.
    pub(super) fn refresh_rejected(&mut self, code: Code, at: At) -> Vec<Effect> {
        let Some(active) = self.active_mut() else {
            return Vec::new();
        };
        active.phase = Phase::Idle;
        let code = match code {
            Code::NotSignedIn if active.expiry.has_passed(at.now) => Code::TokenExpired,
            Code::NotSignedIn if active.cookies_work => Code::SessionEnded,
            Code::NotSignedIn => Code::CookiesBlocked,
            code => code,
        };
        let mut effects: Vec<_> = self
            .record_end(code)
            .map(Effect::Broadcast)
            .into_iter()
            .collect();
        effects.push(Effect::Unlock);
        effects.extend(self.end_session(code));
        effects
    }

    /// Records that the session has ended in all tabs, and returns the message for the others.
    fn record_end(&mut self, code: Code) -> Option<Message> {
        let session = Rc::clone(&self.active()?.grant.session);
        self.last_ended = Some((Rc::clone(&session), code));
        Some(Message::Ended { session, code })
    }

    /// Ends the session on this page, for this reason.
    pub(super) fn end_session(&mut self, code: Code) -> Vec<Effect> {
        let mut effects = self.deactivate(State::SignedOut);
        effects.push(Effect::End(code));
        effects
    }

    /// Replaces the page by `effect`: [`Effect::Reload`] or [`Effect::Continue`].
    pub(super) fn leave(&mut self, effect: Effect) -> Vec<Effect> {
        let mut effects = self.deactivate(State::Leaving);
        effects.push(effect);
        effects
    }

    /// Cancels the refresh under way, clears the timer and lets waiting calls go on.
    fn deactivate(&mut self, state: State) -> Vec<Effect> {
        let mut effects = self.cancel_refresh(Outcome::KeepResponse);
        self.state = state;
        effects.extend([
            Effect::ClearTimer,
            Effect::ResumeCalls(Outcome::KeepResponse),
        ]);
        effects
    }
}
