//! The revocation view: the sessions that ended within the last access lifetime, in
//! memory, so that a request is authenticated without a database query.
//!
//! This process adds the sessions that it ends itself, and [`super::RevocationFeed`]
//! adds those that other processes end. The view only has to keep what ended within one
//! access lifetime: any older access token has expired.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::streams::Streams;
use crate::{clock::Timestamp, ids::SessionId};

/// The maximum age of the view. If the feed has not been read for longer, the view
/// reports every session that it does not hold as [`SessionStatus::Unknown`].
const STALE_AFTER: Duration = Duration::from_secs(10);

/// The ended sessions whose access tokens may not have expired yet.
#[derive(Debug)]
pub(crate) struct RevocationView {
    state: RwLock<State>,
    streams: Streams,
}

#[derive(Debug)]
struct State {
    ended: HashMap<SessionId, Timestamp>,
    /// When the feed was last read, by the monotonic clock: the age of the view must not
    /// depend on the system time. `None` means too long ago.
    read_at: Option<Instant>,
}

/// The status of a session according to the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    /// The session has not ended.
    Live,
    /// The session has ended.
    Ended,
    /// The view is stale. Callers must fail closed.
    Unknown,
}

impl RevocationView {
    /// Creates a fresh view with the sessions `ended`.
    pub(crate) fn new(ended: Vec<(SessionId, Timestamp)>) -> Self {
        let state = State {
            ended: ended.into_iter().collect(),
            read_at: Some(Instant::now()),
        };
        Self {
            state: RwLock::new(state),
            streams: Streams::default(),
        }
    }

    /// Returns the status of a session.
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

    /// Returns whether the view is fresh enough to report sessions as live.
    pub(crate) fn is_fresh(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.is_fresh()
    }

    /// Makes the view stale until the feed is read again.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn expire(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.read_at = None;
    }

    /// Returns the open streams of this process.
    pub(super) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Ends every open stream of this process.
    pub(crate) fn end_streams(&self) {
        self.streams.end_all();
    }

    /// Adds sessions that this process ended, and ends their streams.
    pub(crate) fn end(&self, sessions: impl IntoIterator<Item = SessionId>, at: Timestamp) {
        let ended: Vec<_> = sessions.into_iter().map(|session| (session, at)).collect();
        self.add(&ended);
    }

    fn add(&self, ended: &[(SessionId, Timestamp)]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.ended.extend(ended.iter().copied());
        drop(state);
        // After they are in the view: a stream that registers in between finds them there.
        self.streams.end(ended.iter().map(|(session, _)| *session));
    }

    /// Adds the sessions that were read from the feed, removes the sessions that ended at
    /// or before `horizon`, and makes the view fresh.
    pub(crate) fn merge(&self, ended: &[(SessionId, Timestamp)], horizon: Timestamp) {
        self.add(ended);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
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
    fn ended_sessions_are_kept_until_the_horizon() {
        let (one, two) = (SessionId::new(at(1)), SessionId::new(at(2)));
        let view = RevocationView::new(vec![(one, at(10))]);
        assert_eq!(view.status(one), SessionStatus::Ended);
        assert_eq!(view.status(two), SessionStatus::Live);

        view.end([two], at(20));
        assert_eq!(view.status(two), SessionStatus::Ended);

        view.merge(&[], at(15));
        assert_eq!(view.status(one), SessionStatus::Live);
        assert_eq!(view.status(two), SessionStatus::Ended);
    }

    #[test]
    fn stale_view_reports_unknown() {
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
        view.merge(&[], at(5));
        assert!(view.is_fresh());
    }
}
