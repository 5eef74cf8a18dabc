//! What a page knows of the tokens in the cookies, which it cannot see.

use std::rc::Rc;

use crate::wire::{Snapshot, Timing};

/// Whose tokens they are, and for how long: never a token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The account's id.
    pub account: Rc<str>,
    /// The session's id.
    pub session: Rc<str>,
    /// How often the session has been renewed.
    pub renewals: u32,
    /// Until when, counted from when the grant was asked for.
    pub timing: Timing,
}

impl From<&Snapshot> for Grant {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            account: snapshot.account.id.as_str().into(),
            session: snapshot.session.id.as_str().into(),
            renewals: snapshot.session.renewals,
            timing: snapshot.timing(),
        }
    }
}
