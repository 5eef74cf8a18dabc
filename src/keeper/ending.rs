//! How a session ends on this page.

use std::rc::Rc;

use super::{At, Effect, Keeper, Message, Outcome, Session, active::Work};
use crate::wire::Code;

impl Keeper {
    pub(super) fn signed_out(&mut self) -> Vec<Effect> {
        let told = self.is_over(Code::SessionEnded);
        let mut effects = self.leaves(Session::Nobody);
        effects.extend(told.map(Effect::Tell));
        effects
    }

    /// Another tab found out.
    pub(super) fn hears_of_end(&mut self, code: Code) -> Vec<Effect> {
        self.is_over(code);
        self.ends(code)
    }

    /// The server refused the refresh for good.
    ///
    /// Where no cookie came with it though its time is not over, right after
    /// signing in none was kept, and later somebody took them away.
    pub(super) fn refused(&mut self, code: Code, at: At) -> Vec<Effect> {
        let Some(live) = self.active_mut() else {
            return Vec::new();
        };
        live.work = Work::None;
        let code = match code {
            Code::NotSignedIn if live.expiry.has_passed(at.now) => Code::TokenExpired,
            Code::NotSignedIn if live.is_proven => Code::SessionEnded,
            Code::NotSignedIn => Code::CookiesBlocked,
            code => code,
        };
        let mut effects: Vec<_> = self.is_over(code).map(Effect::Tell).into_iter().collect();
        effects.push(Effect::Unlock);
        effects.extend(self.ends(code));
        effects
    }

    /// Notes that the session is over for everybody; what others are told.
    fn is_over(&mut self, code: Code) -> Option<Message> {
        let session = Rc::clone(&self.live()?.grant.session);
        self.over = Some((Rc::clone(&session), code));
        Some(Message::Over { session, code })
    }

    /// The session is over on this page, for this reason.
    pub(super) fn ends(&mut self, code: Code) -> Vec<Effect> {
        let mut effects = self.leaves(Session::Ended);
        effects.push(Effect::End(code));
        effects
    }

    pub(super) fn reloads(&mut self) -> Vec<Effect> {
        let mut effects = self.leaves(Session::Nobody);
        effects.push(Effect::Reload);
        effects
    }

    fn leaves(&mut self, session: Session) -> Vec<Effect> {
        let mut effects = self.drops(Outcome::GiveUp);
        self.session = session;
        effects.extend([Effect::Sleep, Effect::Settle(Outcome::GiveUp)]);
        effects
    }
}
