//! The revocation view: the sessions that ended within the last access lifetime, in
//! memory, so that a request is authenticated without a database query.
//!
//! This process adds the sessions that it ends itself, and [`super::RevocationFeed`]
//! adds those that other processes end. The view only has to keep what ended within one
//! access lifetime: any older access token has expired.

use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use super::{
    ended::EndedSessions,
    freshness::{Age, Freshness},
    streams::Streams,
};
use crate::{clock::Timestamp, ids::SessionId};

/// How long a request waits for the next read of the feed if the process was frozen.
const MAX_READ_WAIT: Duration = Duration::from_secs(2);

/// The ended sessions whose access tokens may not have expired yet.
#[derive(Debug)]
pub(crate) struct RevocationView {
    ended: EndedSessions,
    freshness: Freshness,
    /// Sends a value after each successful read of the feed.
    read: watch::Sender<()>,
    /// Notified if the feed should be read at once.
    wanted: Notify,
    streams: Streams,
}

/// The status of a session according to the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    /// The session has not ended.
    Live,
    /// The session has ended.
    Ended,
    /// The view is stale, or the process was frozen. Callers must fail closed.
    Unknown,
}

impl RevocationView {
    /// Creates an empty and stale view, which keeps an ended session for `memory`.
    pub(crate) fn new(memory: Duration) -> Self {
        Self {
            ended: EndedSessions::new(memory),
            freshness: Freshness::default(),
            read: watch::Sender::default(),
            wanted: Notify::new(),
            streams: Streams::default(),
        }
    }

    /// Returns the status of a session.
    pub(crate) fn status(&self, session: SessionId) -> SessionStatus {
        if self.ended.contains(session) {
            SessionStatus::Ended
        } else if self.age() == Age::Fresh {
            SessionStatus::Live
        } else {
            SessionStatus::Unknown
        }
    }

    /// Returns how fresh the view is.
    fn age(&self) -> Age {
        self.freshness.age(Instant::now())
    }

    /// Returns whether the view is fresh enough to report sessions as live.
    pub(crate) fn is_fresh(&self) -> bool {
        self.age() == Age::Fresh
    }

    /// Returns how long ago the last successful read of the feed began; `None` if there was
    /// none.
    pub(crate) fn last_read(&self) -> Option<Duration> {
        self.freshness.last_read(Instant::now())
    }

    /// Returns the number of ended sessions in the view.
    pub(crate) fn len(&self) -> usize {
        self.ended.len()
    }

    /// Waits until the feed has been read, if the process was frozen: the first requests
    /// after that get a definite response. Waits for at most two seconds.
    pub(crate) async fn catch_up(&self) {
        if self.age() != Age::Frozen {
            return;
        }
        let mut read = self.read.subscribe();
        let caught_up =
            async { while self.age() == Age::Frozen && read.changed().await.is_ok() {} };
        // After a timeout, callers find the view as it is, and fail closed.
        let _ = tokio::time::timeout(MAX_READ_WAIT, caught_up).await;
    }

    /// Makes the view stale until the feed is read again.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn expire(&self) {
        self.freshness.expire();
    }

    /// Returns the open streams of this process.
    pub(super) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Ends every open stream of this process, because its background tasks stop.
    pub(crate) fn close(&self) {
        self.freshness.watchdog_stopped();
        self.streams.end_all();
    }

    /// Adds sessions that this process ended, and ends their streams.
    pub(crate) fn end(&self, sessions: impl IntoIterator<Item = SessionId>, at: Timestamp) {
        let ended: Vec<_> = sessions.into_iter().map(|session| (session, at)).collect();
        self.add(&ended);
    }

    /// Adds the sessions that a read of the feed returned, which began at `began`. Makes the
    /// view fresh.
    pub(crate) fn merge(&self, ended: &[(SessionId, Timestamp)], began: Instant) {
        self.add(ended);
        self.freshness.record_read(began);
        self.read.send_replace(());
    }

    /// Removes the sessions that ended before `horizon`.
    pub(super) fn remove_before(&self, horizon: Timestamp) {
        self.ended.remove_before(horizon);
    }

    /// Waits until a read of the feed is due at once.
    pub(super) async fn read_wanted(&self) {
        self.wanted.notified().await;
    }

    /// Records that the watchdog runs. If the process was frozen, has the feed read at once.
    /// If the view is stale, ends all streams.
    pub(super) fn watchdog_ran(&self) {
        if self.freshness.watchdog_ran(Instant::now()) {
            tracing::warn!(
                "this process did not run for more than a second; no access token is accepted \
                 until the revocation feed is read again"
            );
            self.wanted.notify_one();
        }
        if self.age() == Age::Stale {
            self.streams.end_all();
        }
    }

    /// Adds ended sessions, and ends their streams.
    pub(super) fn add(&self, ended: &[(SessionId, Timestamp)]) {
        for (session, at) in ended {
            self.ended.insert(*session, *at);
        }
        // After they are in the view: a stream that registers in between finds them there.
        self.streams.end(ended.iter().map(|(session, _)| *session));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn ended_sessions_are_reported_even_by_a_stale_view() {
        use SessionStatus::{Ended, Live, Unknown};
        let [one, two, three] = [1, 2, 3].map(|seconds| SessionId::new(at(seconds)));
        let view = RevocationView::new(Duration::from_secs(1500));
        assert_eq!(view.status(one), SessionStatus::Unknown);
        view.merge(&[(one, at(10))], Instant::now());
        view.end([two], at(20));
        let statuses = || [one, two, three].map(|session| view.status(session));
        assert_eq!(statuses(), [Ended, Ended, Live]);
        view.expire();
        assert_eq!(statuses(), [Ended, Ended, Unknown]);
    }

    #[tokio::test]
    async fn request_after_a_freeze_waits_for_the_next_read() {
        let session = SessionId::new(at(1));
        let view = RevocationView::new(Duration::from_secs(1500));
        let frozen_at = Instant::now().checked_sub(Duration::from_secs(3));
        let frozen_at = frozen_at.expect("the machine has run for longer");
        view.freshness.watchdog_ran(frozen_at);
        view.freshness.record_read(frozen_at);
        assert_eq!(view.status(session), SessionStatus::Unknown);
        let request = async {
            view.catch_up().await;
            view.status(session)
        };
        let resume = async {
            view.watchdog_ran();
            view.read_wanted().await;
            view.merge(&[(session, at(10))], Instant::now());
        };
        let (status, ()) = tokio::join!(request, resume);
        assert_eq!(status, SessionStatus::Ended);
    }
}
