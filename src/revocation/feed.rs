//! The revocation feed: which sessions other processes have ended.
//!
//! The database is read several times a second, and at once where it notifies;
//! docs/protocol.md, "Ended means ended".

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::RevocationView;
use crate::{
    clock::{Clock, Timestamp},
    policy::FEED_OVERLAP,
    store::{Store, with_timeout},
};

/// How often the feed is read: well below the second within which an ended
/// session is refused everywhere.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Reads the ended sessions from the database into the view.
#[derive(Clone)]
pub(crate) struct RevocationFeed {
    pub(crate) store: Store,
    pub(crate) view: Arc<RevocationView>,
    /// How long an ended session is remembered.
    pub(crate) memory: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl RevocationFeed {
    /// Runs the background task.
    pub(crate) async fn run(&self) -> Infallible {
        let (notified, lost) = (Notify::new(), Notify::new());
        tokio::select! {
            never = self.listen(&notified, &lost) => never,
            never = self.poll(&notified, &lost) => never,
        }
    }

    /// Passes on each notification of the database, and several that come at
    /// once as one.
    async fn listen(&self, notified: &Notify, lost: &Notify) -> Infallible {
        loop {
            let mut notifications = self.store.notifications();
            let all = async {
                loop {
                    notifications.next().await;
                    notified.notify_one();
                }
            };
            tokio::select! {
                never = all => match never {},
                // A listener may never learn that its connection is gone.
                () = lost.notified() => {}
            }
        }
    }

    async fn poll(&self, notified: &Notify, lost: &Notify) -> Infallible {
        let mut poll = interval(POLL_INTERVAL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut cursor = Cursor::new(self.memory);
        loop {
            tokio::select! {
                _ = poll.tick() => {}
                () = notified.notified() => {}
            }
            let now = self.clock.now();
            match with_timeout(self.store.ended_since(cursor.since(now))).await {
                Ok(ended) => {
                    self.view.follow(ended, now - self.memory);
                    cursor.was_read(now);
                }
                Err(error) => {
                    tracing::error!(%error, "the revocation feed could not be read");
                    lost.notify_one();
                }
            }
        }
    }
}

/// How often all that is remembered is read again, and not what is new alone:
/// should a server's clock have been further off than allowed, what it ended is
/// felt then.
const FULL_READ_INTERVAL: Duration = Duration::from_secs(60);

/// From where on the feed is read.
#[derive(Debug)]
struct Cursor {
    memory: Duration,
    /// When it was last read, and when the whole of it.
    read_at: Option<(Timestamp, Timestamp)>,
}

impl Cursor {
    /// Of which nothing has been read yet.
    fn new(memory: Duration) -> Self {
        Self {
            memory,
            read_at: None,
        }
    }

    /// What ended after this is asked for at `now`. What may have become known late
    /// is asked for again.
    fn since(&self, now: Timestamp) -> Timestamp {
        match self.read_at {
            Some((last, whole)) if !is_due(last, whole, now) => last - FEED_OVERLAP,
            _ => now - self.memory,
        }
    }

    /// Notes that it was read, as asked for at `now`.
    fn was_read(&mut self, now: Timestamp) {
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
    now < last || now.since(whole) >= FULL_READ_INTERVAL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_feed_is_read_whole_at_first_each_minute_and_where_the_clock_went_back() {
        let memory = Duration::from_secs(1500);
        let mut feed = Cursor::new(memory);
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
