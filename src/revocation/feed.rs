//! The revocation feed: reads the sessions that other processes have ended.
//!
//! It reads the database several times a second, and at once when the database sends a
//! notification. See docs/protocol.md, "Rejecting ended sessions".

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

/// How often the feed is read: well below the second within which every process
/// rejects an ended session.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Reads the ended sessions from the database into the view.
#[derive(Clone)]
pub(crate) struct RevocationFeed {
    pub(crate) store: Store,
    pub(crate) view: Arc<RevocationView>,
    /// How long an ended session stays in the view.
    pub(crate) memory: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl RevocationFeed {
    /// Runs the background task, which keeps the view up to date.
    pub(crate) async fn run(&self) -> Infallible {
        let (notified, lost) = (Notify::new(), Notify::new());
        tokio::select! {
            never = self.listen(&notified, &lost) => never,
            never = self.poll(&notified, &lost) => never,
        }
    }

    /// Forwards the notifications of the database. Several at once are forwarded as
    /// one.
    async fn listen(&self, notified: &Notify, lost: &Notify) -> Infallible {
        loop {
            let mut notifications = self.store.notifications();
            let forward_all = async {
                loop {
                    notifications.next().await;
                    notified.notify_one();
                }
            };
            tokio::select! {
                never = forward_all => match never {},
                // A listener may never notice that its connection was lost.
                () = lost.notified() => {}
            }
        }
    }

    /// Reads the feed at each interval and at each notification.
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
                    self.view.merge(&ended, now - self.memory);
                    cursor.was_read(now);
                }
                Err(error) => {
                    tracing::error!(
                        %error,
                        "the revocation feed could not be read; access tokens are rejected after \
                         ten seconds without it"
                    );
                    lost.notify_one();
                }
            }
        }
    }
}

/// How often the feed is read in full: all ended sessions that the view keeps, not only
/// new ones. A full read finds sessions that were ended by a server whose clock was behind
/// by more than the allowed difference.
const FULL_READ_INTERVAL: Duration = Duration::from_secs(60);

/// The position in the feed, from which the next read continues.
#[derive(Debug)]
struct Cursor {
    memory: Duration,
    /// When the feed was last read, and when it was last read in full.
    read_at: Option<(Timestamp, Timestamp)>,
}

impl Cursor {
    /// Creates the cursor of a feed that has not been read yet.
    fn new(memory: Duration) -> Self {
        Self {
            memory,
            read_at: None,
        }
    }

    /// Returns the time from which on ended sessions have to be read at `now`. The read
    /// overlaps with the last one, for sessions whose end was committed late.
    fn since(&self, now: Timestamp) -> Timestamp {
        match self.read_at {
            Some((last, full)) if !is_full_read_due(last, full, now) => last - FEED_OVERLAP,
            _ => now - self.memory,
        }
    }

    /// Records that the feed was read from the time that [`Cursor::since`] returned for
    /// `now`.
    fn was_read(&mut self, now: Timestamp) {
        let full = match self.read_at {
            Some((last, full)) if !is_full_read_due(last, full, now) => full,
            _ => now,
        };
        self.read_at = Some((now, full));
    }
}

/// Returns whether a full read is due: after [`FULL_READ_INTERVAL`], and after the clock
/// was set back. It may have been ahead before, and ended sessions may have been removed
/// from the view too early.
fn is_full_read_due(last: Timestamp, full: Timestamp, now: Timestamp) -> bool {
    now < last || now.since(full) >= FULL_READ_INTERVAL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn full_read_at_start_each_minute_and_clock_reset() {
        let memory = Duration::from_secs(1500);
        let mut cursor = Cursor::new(memory);
        let mut read = |seconds| {
            let now = at(seconds);
            let since = cursor.since(now);
            cursor.was_read(now);
            since
        };
        assert_eq!(read(10_000), at(8_500));
        // The overlap has what was committed late, or by a clock that is behind.
        assert_eq!(read(10_001), at(9_975));
        assert_eq!(read(10_059), at(9_976));
        assert_eq!(read(10_060), at(8_560));
        assert_eq!(read(10_061), at(10_035));
        // The clock was ahead for a short time.
        assert_eq!(read(90_000), at(88_500));
        assert_eq!(read(10_062), at(8_562));
        assert_eq!(read(10_063), at(10_037));
    }
}
