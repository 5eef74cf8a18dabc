//! Purging: what can no longer serve as evidence leaves the database, in small
//! batches, so that nobody waits for it.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Portcullis;
use crate::{
    clock::Timestamp,
    store::{BATCH, Remains, StoreError, patiently},
};

/// How long a round that found everything gone is followed by none.
const ROUND: Duration = Duration::from_secs(60 * 60);

/// The same after a failure.
const RETRY: Duration = Duration::from_secs(60);

/// The least that is left to others between two batches.
const PAUSE: Duration = Duration::from_millis(100);

/// What a purge has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Sessions that had ended or expired.
    pub sessions: u64,
    /// Events of the audit trail.
    pub events: u64,
}

impl Portcullis {
    /// Removes the sessions that ended or expired longer ago than
    /// [`Policy::retention`](crate::policy::Policy::retention), and the events
    /// that are older than its `audit_retention`. Live sessions stay: a clock
    /// would have to be ahead by more than the retention to lose one.
    ///
    /// # Errors
    /// Where the database fails. What was removed by then stays removed.
    pub async fn purge(&self) -> Result<Purged, StoreError> {
        let (now, policy) = (self.0.clock.now(), &self.0.policy);
        let over = now - policy.retention();
        Ok(Purged {
            sessions: self.remove(Remains::Ended, over).await?
                + self.remove(Remains::Expired, over).await?,
            events: self
                .remove(Remains::Events, now - policy.audit_retention())
                .await?,
        })
    }

    /// Purges at once and then every hour: a process that is started anew each
    /// day purges as well.
    pub(super) async fn purge_regularly(&self) {
        loop {
            let round = self.purge().await;
            match &round {
                Ok(Purged {
                    sessions: 0,
                    events: 0,
                }) => {}
                Ok(Purged { sessions, events }) => tracing::info!(sessions, events, "purged"),
                Err(error) => tracing::warn!(%error, "purging was given up for now"),
            }
            sleep(if round.is_ok() { ROUND } else { RETRY }).await;
        }
    }

    async fn remove(&self, what: Remains, before: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let since = Instant::now();
            let rows = patiently(self.0.store.purge(what, before)).await?;
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
    (rows >= u64::from(BATCH)).then(|| PAUSE.max(took * 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_have_their_turn_between_batches() {
        let (full, short) = (u64::from(BATCH), Duration::from_millis(5));
        assert_eq!(pause(full, short), Some(PAUSE));
        let long = Duration::from_millis(700);
        assert_eq!(pause(full, long), Some(Duration::from_millis(2800)));
        for last in [0, full - 1] {
            assert_eq!(pause(last, short), None);
        }
    }
}
