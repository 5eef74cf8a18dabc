//! Purging: removes sessions and events that are no longer kept as evidence, in small
//! batches, so that requests do not wait for it.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{
    clock::{Clock, Timestamp},
    policy::Policy,
    statistics,
    store::{PURGE_BATCH, Purgeable, Store, StoreError, with_timeout},
};

/// The time between two purges.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// The time until a failed purge is retried.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// The minimum pause between two batches.
const MIN_PAUSE: Duration = Duration::from_millis(100);

/// The numbers of rows that a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Sessions that had ended or expired.
    pub sessions: u64,
    /// Events of the audit trail.
    pub events: u64,
    /// Deleted accounts whose last session was removed.
    pub accounts: u64,
    /// Keys of attempts that no longer count, and known networks that have expired.
    pub attempts: u64,
}

/// Removes sessions and audit events that are older than their retention.
#[derive(Clone)]
pub(crate) struct Purge {
    pub(crate) store: Store,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Purge {
    /// Removes the sessions that ended or expired longer ago than
    /// [`Policy::retention`](crate::policy::Policy::retention), and the events
    /// that are older than its `audit_retention`, what the limits on attempts no longer need,
    /// the links that have expired, and the statistics of more than 35 days ago. Removes a deleted account after its last
    /// session. A live session could only be removed if a clock were ahead by more than the
    /// retention.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. Rows removed before stay removed.
    pub(crate) async fn purge(&self) -> Result<Purged, StoreError> {
        let (now, policy) = (self.clock.now(), &self.policy);
        let before = now - policy.retention();
        self.remove(Purgeable::Statistics, now - statistics::RETENTION)
            .await?;
        self.remove(Purgeable::OneTimeTokens, now).await?;
        Ok(Purged {
            sessions: self.remove(Purgeable::Ended, before).await?
                + self.remove(Purgeable::Expired, before).await?,
            events: self
                .remove(Purgeable::Events, now - policy.audit_retention())
                .await?,
            accounts: self.remove(Purgeable::Accounts, now).await?,
            attempts: self.remove(Purgeable::Attempts, now).await?
                + self.remove(Purgeable::KnownNetworks, now).await?,
        })
    }

    /// Runs the background task: purges at once and then every hour, so that a process
    /// that is restarted often also purges.
    pub(crate) async fn run(&self) -> Infallible {
        loop {
            let result = self.purge().await;
            match &result {
                Ok(purged) if *purged == Purged::default() => {}
                Ok(Purged {
                    sessions,
                    events,
                    accounts,
                    attempts,
                }) => {
                    tracing::info!(sessions, events, accounts, attempts, "purged");
                }
                Err(error) => {
                    tracing::warn!(%error, "purging failed; retrying in a minute");
                }
            }
            sleep(if result.is_ok() {
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
            let start = Instant::now();
            let rows = with_timeout(self.store.purge(what, before)).await?;
            removed += rows;
            let Some(pause) = pause(rows, start.elapsed()) else {
                return Ok(removed);
            };
            sleep(pause).await;
        }
    }
}

/// Returns the pause after a batch, in which other work has the database; `None` after
/// the last batch. The pause is four times as long as the batch took, which includes
/// waiting for other work, so that other work gets four fifths of the time.
fn pause(rows: u64, took: Duration) -> Option<Duration> {
    (rows >= u64::from(PURGE_BATCH)).then(|| MIN_PAUSE.max(took * 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_is_four_times_the_length_of_a_batch() {
        let (full, short) = (u64::from(PURGE_BATCH), Duration::from_millis(5));
        assert_eq!(pause(full, short), Some(MIN_PAUSE));
        let long = Duration::from_millis(700);
        assert_eq!(pause(full, long), Some(Duration::from_millis(2800)));
        for last in [0, full - 1] {
            assert_eq!(pause(last, short), None);
        }
    }
}
