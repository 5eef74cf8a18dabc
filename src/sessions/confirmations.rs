//! Confirmations: the first use of each generation's access token, gathered off
//! the request path and written in batches. A lost one only makes the rotation
//! lenient, so nothing waits for them and too many are dropped.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use crate::{
    clock::{Clock, Timestamp},
    ids::SessionId,
    revocation::RevocationView,
    store::{Store, StoreError, TokenUse, with_timeout},
};

/// The most that is kept between two batches.
const MAX_PENDING: usize = 100_000;

/// How often the pending confirmations are written.
const WRITE_INTERVAL: Duration = Duration::from_millis(250);

/// How many confirmations are written at once: a statement of some milliseconds.
/// A batch that fails is tried again, so it must not grow with what is pending.
const CONFIRM_BATCH: usize = 500;

/// What has been confirmed since the last batch.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<HashMap<(SessionId, u32), Timestamp>>);

impl Confirmations {
    /// Notes that an access token of that generation was used at `at`. The
    /// first note of a generation counts.
    pub(crate) fn note(&self, session: SessionId, generation: u32, at: Timestamp) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() < MAX_PENDING {
            pending.entry((session, generation)).or_insert(at);
        }
    }

    /// Takes so many at most of what is to be written.
    pub(crate) fn take(&self, most: usize) -> Vec<(SessionId, u32, Timestamp)> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<_> = pending.keys().take(most).copied().collect();
        let taken = some.iter().filter_map(|key| pending.remove_entry(key));
        let taken = taken.map(|((session, generation), at)| (session, generation, at));
        taken.collect()
    }
}

/// A batch that is being written. What is not written when this is dropped is pending
/// again: the task may be stopped in the middle.
struct Batch<'p> {
    taken: Vec<TokenUse>,
    pending: &'p Confirmations,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for (session, generation, at) in self.taken.drain(..) {
            self.pending.note(session, generation, at);
        }
    }
}

/// Writes the pending confirmations.
#[derive(Clone)]
pub(crate) struct ConfirmationWriter {
    pub(crate) store: Store,
    pub(crate) pending: Arc<Confirmations>,
    pub(crate) revocations: Arc<RevocationView>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl ConfirmationWriter {
    /// Runs the background task.
    pub(crate) async fn run(&self) -> Infallible {
        let mut writes = interval(WRITE_INTERVAL);
        writes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            writes.tick().await;
            self.flush().await;
        }
    }

    /// Writes all that is pending. What cannot be written stays pending.
    pub(crate) async fn flush(&self) {
        loop {
            let mut batch = Batch {
                taken: self.pending.take(CONFIRM_BATCH),
                pending: &self.pending,
            };
            if batch.taken.is_empty() {
                return;
            }
            if let Err(error) = with_timeout(self.write(&batch.taken)).await {
                tracing::warn!(%error, "confirmations were not written yet");
                return;
            }
            batch.taken.clear();
        }
    }

    async fn write(&self, batch: &[TokenUse]) -> Result<(), StoreError> {
        let others = self.store.confirm(batch).await?;
        if others.is_empty() {
            return Ok(());
        }
        for (session, generation) in self.store.strays(&others).await? {
            // Now, not when it was used: others follow what has just ended.
            let now = self.clock.now();
            if self.store.end_for_stray(session, generation, now).await? {
                self.revocations.end([session], now);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_use_counts() {
        let confirmations = Confirmations::default();
        let session = SessionId::new(Timestamp::from_seconds(1));
        confirmations.note(session, 3, Timestamp::from_seconds(5));
        confirmations.note(session, 3, Timestamp::from_seconds(6));
        assert_eq!(
            confirmations.take(9),
            [(session, 3, Timestamp::from_seconds(5))]
        );
        assert_eq!(confirmations.take(9), []);
    }

    #[test]
    fn a_batch_is_no_larger_than_asked_for_and_nothing_is_lost() {
        let confirmations = Confirmations::default();
        let now = Timestamp::from_seconds(1);
        for _ in 0..5 {
            confirmations.note(SessionId::new(now), 0, now);
        }
        let sizes: Vec<_> = (0..4).map(|_| confirmations.take(2).len()).collect();
        assert_eq!(sizes, [2, 2, 1, 0]);
    }
}
