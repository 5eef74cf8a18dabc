//! What a page knows about the tokens in the cookies, which it cannot read.

use std::rc::Rc;

use crate::wire::{Snapshot, Timing};

/// The account and session that the tokens belong to, and their times; never a token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The account's id.
    pub account: Rc<str>,
    /// The session's id.
    pub session: Rc<str>,
    /// How many times the session has rotated.
    pub rotations: u32,
    /// The durations of the tokens, counted from when they were requested.
    pub timing: Timing,
}

impl From<&Snapshot> for Grant {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            account: snapshot.account.id.as_str().into(),
            session: snapshot.session.id.as_str().into(),
            rotations: snapshot.session.rotations,
            timing: snapshot.timing(),
        }
    }
}
