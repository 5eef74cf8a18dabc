//! The revocation feed: reads the sessions that other processes have ended, and the accounts that
//! they have changed.
//!
//! It reads the database several times a second, and sooner when the database sends a
//! notification. See docs/protocol.md, "Rejecting ended sessions".

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, interval_at, sleep_until},
};

use super::{RevocationView, cursor::Cursor};
use crate::{
    clock::Clock,
    sessions::ShownCache,
    store::{FeedRead, Store, with_timeout},
};

/// How often the feed is read: well below the second within which every process
/// rejects an ended session.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// The minimum time between two reads, however many notifications arrive.
const MIN_READ_INTERVAL: Duration = Duration::from_millis(50);

/// After a longer gap between two reads the process was frozen, and the next read is a full
/// one: the database may have continued on another server, which has lost commits.
const MAX_READ_GAP: Duration = Duration::from_secs(1);

/// How often all ended sessions are read that the view keeps, not only new ones. This finds
/// sessions that were ended by a server whose clock was behind by more than the allowed
/// difference.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// How often sessions that ended too long ago are removed from the view.
const REMOVE_INTERVAL: Duration = Duration::from_secs(1);

/// Reads the ended sessions from the database into the view.
#[derive(Clone)]
pub(crate) struct RevocationFeed {
    pub(crate) store: Store,
    pub(crate) view: Arc<RevocationView>,
    /// Forgets the accounts that have changed.
    pub(crate) shown: Arc<ShownCache>,
    /// How long an ended session stays in the view.
    pub(crate) memory: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether the next read panics.
    #[cfg(feature = "testing")]
    pub(crate) panics: Arc<std::sync::atomic::AtomicBool>,
}

impl RevocationFeed {
    /// Runs the background task, which keeps the view up to date.
    pub(crate) async fn run(&self) -> Infallible {
        let (notified, lost) = (Notify::new(), Notify::new());
        tokio::select! {
            never = self.listen(&notified, &lost) => never,
            never = self.poll(&notified, &lost) => never,
            never = self.sweep() => never,
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
        let mut polls = interval(POLL_INTERVAL);
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut cursor = Cursor::default();
        let (mut read_at, mut removed_at) = (Instant::now(), Instant::now());
        loop {
            tokio::select! {
                _ = polls.tick() => {}
                () = notified.notified() => {}
                () = self.view.read_wanted() => {}
            }
            let began = Instant::now();
            if began - read_at > MAX_READ_GAP {
                cursor = Cursor::default();
            }
            if !self.read(&mut cursor, began).await {
                // The database may continue on another server, which has lost commits: the
                // next read is a full one.
                cursor = Cursor::default();
                lost.notify_one();
            }
            read_at = Instant::now();
            if removed_at.elapsed() >= REMOVE_INTERVAL {
                self.view.remove_before(self.clock.now() - self.memory);
                removed_at = Instant::now();
            }
            sleep_until(began + MIN_READ_INTERVAL).await;
        }
    }

    /// Reads all ended sessions at each sweep, on another connection: with a million of them
    /// that takes seconds, in which the feed must be read too.
    async fn sweep(&self) -> Infallible {
        let mut sweeps = interval_at(Instant::now() + SWEEP_INTERVAL, SWEEP_INTERVAL);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            sweeps.tick().await;
            self.sweep_once().await;
        }
    }

    pub(crate) async fn sweep_once(&self) {
        let since = self.clock.now() - self.memory;
        match with_timeout(self.store.ended_since(since)).await {
            Ok(ended) => self.view.add(&ended),
            Err(error) => tracing::warn!(
                %error,
                "not all ended sessions could be read again; the next try is in a minute"
            ),
        }
    }

    /// Reads the feed once. Returns false if the database fails.
    async fn read(&self, cursor: &mut Cursor, began: Instant) -> bool {
        #[cfg(feature = "testing")]
        assert!(
            !self.panics.swap(false, std::sync::atomic::Ordering::SeqCst),
            "a test makes the revocation feed panic"
        );
        let now = self.clock.now();
        let read = self
            .store
            .read_feed(now - self.memory, cursor.position(now));
        match with_timeout(read).await {
            Ok(FeedRead {
                ended,
                changed,
                position,
            }) => {
                match changed {
                    Some(accounts) => self.shown.forget(accounts),
                    None => self.shown.forget_all(),
                }
                self.view.merge(&ended, began.into_std());
                cursor.record_read(now, position);
                true
            }
            Err(error) => {
                tracing::error!(
                    %error,
                    "the revocation feed could not be read; access tokens are rejected after \
                     ten seconds without it"
                );
                false
            }
        }
    }
}
