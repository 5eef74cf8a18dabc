//! Confirmations: the first use of an access token of each generation, collected in
//! memory and written in batches, off the request path. A lost confirmation only makes
//! the rotation more lenient, so requests do not wait for it, and confirmations beyond a
//! limit are dropped.

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

/// The maximum number of pending confirmations. Further ones are dropped.
const MAX_PENDING: usize = 100_000;

/// How often the pending confirmations are written.
const WRITE_INTERVAL: Duration = Duration::from_millis(250);

/// The maximum number of confirmations in one statement, which takes some milliseconds.
/// A failed batch is retried, so its size must not grow with the number pending.
const CONFIRM_BATCH: usize = 500;

/// The pending confirmations: when each generation of each session was first used.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<HashMap<(SessionId, u32), Timestamp>>);

impl Confirmations {
    /// Records that an access token of `generation` was used at `at`. Only the first
    /// use of a generation is kept.
    pub(crate) fn record(&self, session: SessionId, generation: u32, at: Timestamp) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() < MAX_PENDING {
            pending.entry((session, generation)).or_insert(at);
        }
    }

    /// Removes at most `limit` pending confirmations and returns them.
    pub(crate) fn take(&self, limit: usize) -> Vec<(SessionId, u32, Timestamp)> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<_> = pending.keys().take(limit).copied().collect();
        let taken = keys.iter().filter_map(|key| pending.remove_entry(key));
        let taken = taken.map(|((session, generation), at)| (session, generation, at));
        taken.collect()
    }
}

/// A batch that is being written. Confirmations still in it when it is dropped become
/// pending again: the task may be aborted during the write.
struct Batch<'p> {
    taken: Vec<TokenUse>,
    pending: &'p Confirmations,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for (session, generation, at) in self.taken.drain(..) {
            self.pending.record(session, generation, at);
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
    /// Runs the background task, which writes the pending confirmations periodically.
    pub(crate) async fn run(&self) -> Infallible {
        let mut writes = interval(WRITE_INTERVAL);
        writes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            writes.tick().await;
            self.flush().await;
        }
    }

    /// Writes all pending confirmations. Those that cannot be written stay pending.
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
                tracing::warn!(%error, "confirmations could not be written; they stay pending");
                return;
            }
            batch.taken.clear();
        }
    }

    async fn write(&self, batch: &[TokenUse]) -> Result<(), StoreError> {
        let other_uses = self.store.confirm(batch).await?;
        if other_uses.is_empty() {
            return Ok(());
        }
        for (session, generation) in self.store.strays(&other_uses).await? {
            // The current time, not the time of use: other processes read the sessions
            // that ended recently.
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
    fn first_use_of_a_generation_is_kept() {
        let confirmations = Confirmations::default();
        let session = SessionId::new(Timestamp::from_seconds(1));
        confirmations.record(session, 3, Timestamp::from_seconds(5));
        confirmations.record(session, 3, Timestamp::from_seconds(6));
        assert_eq!(
            confirmations.take(9),
            [(session, 3, Timestamp::from_seconds(5))]
        );
        assert_eq!(confirmations.take(9), []);
    }

    #[test]
    fn batch_size_is_limited_and_the_rest_is_kept() {
        let confirmations = Confirmations::default();
        let now = Timestamp::from_seconds(1);
        for _ in 0..5 {
            confirmations.record(SessionId::new(now), 0, now);
        }
        let sizes: Vec<_> = (0..4).map(|_| confirmations.take(2).len()).collect();
        assert_eq!(sizes, [2, 2, 1, 0]);
    }
}
