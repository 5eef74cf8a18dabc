//! Purging: what can no longer serve as evidence leaves the database, in small
//! batches, so that nobody waits for it.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{
    clock::{Clock, Timestamp},
    policy::Policy,
    store::{PURGE_BATCH, Purgeable, Store, StoreError, with_timeout},
};

/// The time between two purges.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// The time to the next purge after one that failed.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// The shortest pause between two batches.
const MIN_PAUSE: Duration = Duration::from_millis(100);

/// How many rows a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Sessions that had ended or expired.
    pub sessions: u64,
    /// Events of the audit trail.
    pub events: u64,
}

/// Removes what is older than its retention.
#[derive(Clone)]
pub(crate) struct Purge {
    pub(crate) store: Store,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Purge {
    /// Removes the sessions that ended or expired longer ago than
    /// [`Policy::retention`](crate::policy::Policy::retention), and the events
    /// that are older than its `audit_retention`. Live sessions stay: a clock
    /// would have to be ahead by more than the retention to lose one.
    ///
    /// # Errors
    /// Where the database fails. What was removed by then stays removed.
    pub(crate) async fn purge(&self) -> Result<Purged, StoreError> {
        let (now, policy) = (self.clock.now(), &self.policy);
        let over = now - policy.retention();
        Ok(Purged {
            sessions: self.remove(Purgeable::Ended, over).await?
                + self.remove(Purgeable::Expired, over).await?,
            events: self
                .remove(Purgeable::Events, now - policy.audit_retention())
                .await?,
        })
    }

    /// Runs the background task: purges at once and then every hour, so that a
    /// process that is restarted each day purges too.
    pub(crate) async fn run(&self) -> Infallible {
        loop {
            let round = self.purge().await;
            match &round {
                Ok(Purged {
                    sessions: 0,
                    events: 0,
                }) => {}
                Ok(Purged { sessions, events }) => {
                    tracing::info!(sessions, events, "purged");
                }
                Err(error) => {
                    tracing::warn!(%error, "purging failed; it is tried again in a minute");
                }
            }
            sleep(if round.is_ok() {
                PURGE_INTERVAL
            } else {
                RETRY_INTERVAL
            })
            .await;
        }
    }

    async fn remove(&self, what: Purgeable, before: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let since = Instant::now();
            let rows = with_timeout(self.store.purge(what, before)).await?;
            removed += rows;
            let Some(pause) = pause(rows, since.elapsed()) else {
                return Ok(removed);
            };
            sleep(pause).await;
        }
    }
}

/// How long others have the database to themselves after a batch; `None` after
/// the last one. The longer a batch took, by its own work or by waiting for
/// others, the longer the pause: four fifths of the time are theirs.
fn pause(rows: u64, took: Duration) -> Option<Duration> {
    (rows >= u64::from(PURGE_BATCH)).then(|| MIN_PAUSE.max(took * 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_have_their_turn_between_batches() {
        let (full, short) = (u64::from(PURGE_BATCH), Duration::from_millis(5));
        assert_eq!(pause(full, short), Some(MIN_PAUSE));
        let long = Duration::from_millis(700);
        assert_eq!(pause(full, long), Some(Duration::from_millis(2800)));
        for last in [0, full - 1] {
            assert_eq!(pause(last, short), None);
        }
    }
}
