//! The revocation view: which sessions ended within the last access lifetime,
//! in memory, so that a request is checked without the database.
//!
//! This process puts in what it ends itself; what other processes end is
//! followed through the database ([`super::RevocationFeed`]). The
//! view is bounded by what ended within one access lifetime: an access token
//! older than that has expired by itself.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use crate::{clock::Timestamp, ids::SessionId};

/// How long the feed may be unreadable before the view refuses to vouch for
/// anybody.
const STALE_AFTER: Duration = Duration::from_secs(10);

/// The sessions that have ended and whose access tokens may still be about.
#[derive(Debug)]
pub(crate) struct RevocationView {
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    ended: HashMap<SessionId, Timestamp>,
    /// When the feed was last read, by the machine's monotonic clock: how fresh
    /// the view is has nothing to do with what time it is. `None` is longer ago
    /// than any.
    read_at: Option<Instant>,
}

/// What the view says of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    /// It has not ended.
    Live,
    /// It has.
    Ended,
    /// The view is too old to say: fail closed.
    Unknown,
}

impl RevocationView {
    /// A view that has just been filled with `ended`.
    pub(crate) fn new(ended: Vec<(SessionId, Timestamp)>) -> Self {
        let state = State {
            ended: ended.into_iter().collect(),
            read_at: Some(Instant::now()),
        };
        Self {
            state: RwLock::new(state),
        }
    }

    /// What is known of a session.
    pub(crate) fn status(&self, session: SessionId) -> SessionStatus {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.ended.contains_key(&session) {
            SessionStatus::Ended
        } else if state.is_fresh() {
            SessionStatus::Live
        } else {
            SessionStatus::Unknown
        }
    }

    /// Whether the view is fresh enough to say of anybody that they are in.
    pub(crate) fn is_fresh(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.is_fresh()
    }

    /// Makes the view too old, until the feed is read again.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn expire(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.read_at = None;
    }

    /// Takes in sessions that this process ended.
    pub(crate) fn end(&self, sessions: impl IntoIterator<Item = SessionId>, at: Timestamp) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state
            .ended
            .extend(sessions.into_iter().map(|session| (session, at)));
    }

    /// Takes in what was read from the feed, and forgets what ended before
    /// `horizon`.
    pub(crate) fn follow(&self, ended: Vec<(SessionId, Timestamp)>, horizon: Timestamp) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.ended.extend(ended);
        state.ended.retain(|_, at| *at > horizon);
        state.read_at = Some(Instant::now());
    }
}

impl State {
    fn is_fresh(&self) -> bool {
        self.read_at
            .is_some_and(|read_at| read_at.elapsed() <= STALE_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn what_ended_is_known_until_its_tokens_are_dead() {
        let (one, two) = (SessionId::new(at(1)), SessionId::new(at(2)));
        let view = RevocationView::new(vec![(one, at(10))]);
        assert_eq!(view.status(one), SessionStatus::Ended);
        assert_eq!(view.status(two), SessionStatus::Live);

        view.end([two], at(20));
        assert_eq!(view.status(two), SessionStatus::Ended);

        view.follow(Vec::new(), at(15));
        assert_eq!(view.status(one), SessionStatus::Live);
        assert_eq!(view.status(two), SessionStatus::Ended);
    }

    #[test]
    fn a_view_that_is_too_old_vouches_for_nobody() {
        let (one, two) = (SessionId::new(at(1)), SessionId::new(at(2)));
        let view = RevocationView::new(vec![(one, at(10))]);
        let set = |read_at| view.state.write().expect("not poisoned").read_at = read_at;
        let ago = |time| Instant::now().checked_sub(time).expect("uptime");
        set(Some(ago(STALE_AFTER + Duration::from_secs(1))));
        assert_eq!(view.status(two), SessionStatus::Unknown);
        assert_eq!(view.status(one), SessionStatus::Ended);
        assert!(!view.is_fresh());

        set(Some(ago(STALE_AFTER / 2)));
        assert_eq!(view.status(two), SessionStatus::Live);
        view.expire();
        assert_eq!(view.status(two), SessionStatus::Unknown);
        view.follow(Vec::new(), at(5));
        assert!(view.is_fresh());
    }
}
