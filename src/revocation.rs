//! The revocation view: which sessions ended within the last access lifetime,
//! in memory, so that a request is checked without the database.
//!
//! This process puts in what it ends itself; what other processes end is
//! followed through the database ([`crate::Portcullis::run_background`]). The
//! view is bounded by what ended within one access lifetime: an access token
//! older than that has expired by itself.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use crate::{clock::Timestamp, ids::SessionId, policy::FEED_OVERLAP};

/// How long the feed may be unreadable before the view refuses to vouch for
/// anybody.
const STALE_AFTER: Duration = Duration::from_secs(10);

/// The sessions that have ended and whose access tokens may still be about.
#[derive(Debug)]
pub struct RevocationView {
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    ended: HashMap<SessionId, Timestamp>,
    /// When the feed was last read, by the machine's monotonic clock: how fresh
    /// the view is has nothing to do with what time it is.
    read_at: Instant,
}

/// What the view says of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
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
            read_at: Instant::now(),
        };
        Self {
            state: RwLock::new(state),
        }
    }

    /// What is known of a session.
    pub fn standing(&self, session: SessionId) -> Standing {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.ended.contains_key(&session) {
            Standing::Ended
        } else if state.read_at.elapsed() > STALE_AFTER {
            Standing::Unknown
        } else {
            Standing::Live
        }
    }

    /// Whether the view is fresh enough to say of anybody that they are in.
    pub fn is_fresh(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.read_at.elapsed() <= STALE_AFTER
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
        state.read_at = Instant::now();
    }
}

/// How often all that is remembered is read again, and not what is new alone:
/// should a server's clock have been further off than allowed, what it ended is
/// felt then.
const WHOLE: Duration = Duration::from_secs(60);

/// From where on the feed is read.
#[derive(Debug)]
pub(crate) struct Feed {
    memory: Duration,
    /// When it was last read, and when the whole of it.
    read_at: Option<(Timestamp, Timestamp)>,
}

impl Feed {
    /// Of which nothing has been read yet.
    pub(crate) fn new(memory: Duration) -> Self {
        Self {
            memory,
            read_at: None,
        }
    }

    /// What ended after this is asked for at `now`. What may have become known late
    /// is asked for again.
    pub(crate) fn since(&self, now: Timestamp) -> Timestamp {
        match self.read_at {
            Some((last, whole)) if !is_due(last, whole, now) => last - FEED_OVERLAP,
            _ => now - self.memory,
        }
    }

    /// Notes that it was read, as asked for at `now`.
    pub(crate) fn was_read(&mut self, now: Timestamp) {
        let whole = match self.read_at {
            Some((last, whole)) if !is_due(last, whole, now) => whole,
            _ => now,
        };
        self.read_at = Some((now, whole));
    }
}

/// Whether the whole is to be read: from time to time, and where the clock went
/// back. It may have been wrong before, and what ended was forgotten too early.
fn is_due(last: Timestamp, whole: Timestamp, now: Timestamp) -> bool {
    now < last || now.since(whole) >= WHOLE
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
        assert_eq!(view.standing(one), Standing::Ended);
        assert_eq!(view.standing(two), Standing::Live);

        view.end([two], at(20));
        assert_eq!(view.standing(two), Standing::Ended);

        view.follow(Vec::new(), at(15));
        assert_eq!(view.standing(one), Standing::Live);
        assert_eq!(view.standing(two), Standing::Ended);
    }

    #[test]
    fn a_view_that_is_too_old_vouches_for_nobody() {
        let (one, two) = (SessionId::new(at(1)), SessionId::new(at(2)));
        let view = RevocationView::new(vec![(one, at(10))]);
        let long_ago = Instant::now().checked_sub(STALE_AFTER + Duration::from_secs(1));
        view.state.write().expect("not poisoned").read_at = long_ago.expect("uptime");
        assert_eq!(view.standing(two), Standing::Unknown);
        assert_eq!(view.standing(one), Standing::Ended);
        assert!(!view.is_fresh());
    }
    #[test]
    fn the_feed_is_read_whole_at_first_each_minute_and_where_the_clock_went_back() {
        let memory = Duration::from_secs(1500);
        let mut feed = Feed::new(memory);
        let mut read = |seconds| {
            let now = at(seconds);
            let since = feed.since(now);
            feed.was_read(now);
            since
        };
        assert_eq!(read(10_000), at(8_500));
        // What was committed late, or by a clock that is behind, is read again.
        assert_eq!(read(10_001), at(9_975));
        assert_eq!(read(10_059), at(9_976));
        assert_eq!(read(10_060), at(8_560));
        assert_eq!(read(10_061), at(10_035));
        // The clock jumped ahead for a moment.
        assert_eq!(read(90_000), at(88_500));
        assert_eq!(read(10_062), at(8_562));
        assert_eq!(read(10_063), at(10_037));
    }
}
