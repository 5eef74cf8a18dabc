//! What a process does besides answering requests.

use std::time::Duration;

use tokio::{
    sync::Notify,
    time::{Interval, MissedTickBehavior, interval},
};

use super::Portcullis;
use crate::{
    revocation::Feed,
    store::{StoreError, Use, patiently},
};

/// How often ended sessions are followed and confirmations written: well below
/// the second within which an ended session is to be felt everywhere.
const BEAT: Duration = Duration::from_millis(250);

/// How many confirmations are written at once: a statement of some milliseconds.
/// What fails is tried again, so it must not grow with what has piled up.
const BATCH: usize = 500;

impl Portcullis {
    /// Does what has to be done besides answering requests: follows what other
    /// processes end, writes confirmations, changes the signing keys, and purges.
    /// Runs until it is dropped; an application spawns it once. Without it,
    /// requests are refused as `busy` after some seconds: nobody knows what has
    /// ended.
    pub async fn run_background(&self) {
        // Side by side: what cannot be written must not keep from reading.
        tokio::join!(
            Box::pin(self.follow_endings()),
            Box::pin(self.write_confirmations()),
            Box::pin(self.follow_signing_keys()),
            Box::pin(self.purge_regularly())
        );
    }

    async fn follow_endings(&self) {
        let (woken, lost) = (Notify::new(), Notify::new());
        tokio::join!(
            self.wake_up(&woken, &lost),
            self.read_endings(&woken, &lost)
        );
    }

    /// Tells of every wake-up, and of several that come at once as one.
    async fn wake_up(&self, woken: &Notify, lost: &Notify) {
        loop {
            let mut wake_ups = self.0.store.wake_ups();
            let all = async {
                loop {
                    wake_ups.next().await;
                    woken.notify_one();
                }
            };
            tokio::select! {
                never = all => match never {},
                // What waits may never hear that its connection is gone.
                () = lost.notified() => {}
            }
        }
    }

    async fn read_endings(&self, woken: &Notify, lost: &Notify) {
        let mut beat = beat();
        let memory = self.0.policy.revocation_memory();
        let mut feed = Feed::new(memory);
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = woken.notified() => {}
            }
            let now = self.0.clock.now();
            match patiently(self.0.store.ended_since(feed.since(now))).await {
                Ok(ended) => {
                    self.0.revocations.follow(ended, now - memory);
                    feed.was_read(now);
                }
                Err(error) => {
                    tracing::error!(%error, "ended sessions could not be followed");
                    lost.notify_one();
                }
            }
        }
    }

    async fn write_confirmations(&self) {
        let mut beat = beat();
        loop {
            beat.tick().await;
            self.flush().await;
        }
    }

    /// Writes what is pending; for the end of a process.
    pub async fn flush(&self) {
        loop {
            let batch = self.0.confirmations.take(BATCH);
            if batch.is_empty() {
                return;
            }
            if let Err(error) = patiently(self.write(&batch)).await {
                tracing::warn!(%error, "confirmations were not written yet");
                for (session, generation, at) in batch {
                    self.0.confirmations.note(session, generation, at);
                }
                return;
            }
        }
    }

    async fn write(&self, batch: &[Use]) -> Result<(), StoreError> {
        let others = self.0.store.confirm(batch).await?;
        if others.is_empty() {
            return Ok(());
        }
        for (session, generation) in self.0.store.strays(&others).await? {
            // Now, not when it was used: others follow what has just ended.
            let now = self.0.clock.now();
            if self.0.store.end_for_stray(session, generation, now).await? {
                self.0.revocations.end([session], now);
            }
        }
        Ok(())
    }
}

fn beat() -> Interval {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}
