//! Writing the counts, in the background, and reading them.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    Counters, hour_of,
    periods::{since, statistics},
};
use crate::{
    clock::Clock,
    policy::Policy,
    store::{LiveTimes, Store, StoreError, with_timeout},
    wire::Statistics,
};

/// The time between two writes.
const WRITE_INTERVAL: Duration = Duration::from_secs(60);

/// Writes the counts of this process, and reads those of all.
#[derive(Clone)]
pub(crate) struct StatisticsService {
    pub(crate) store: Store,
    pub(crate) counters: Arc<Counters>,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
}

impl StatisticsService {
    /// Runs the background task. The first write is a minute after the start.
    pub(crate) async fn run(&self) -> Infallible {
        loop {
            sleep(WRITE_INTERVAL).await;
            self.flush().await;
            if let Err(error) = with_timeout(self.sample()).await {
                tracing::warn!(%error, "the live sessions could not be counted");
            }
        }
    }

    /// Adds the counts to those of this hour. Counts that cannot be written are kept. If a
    /// write times out, it is unknown whether they were written, and they may count twice.
    pub(crate) async fn flush(&self) {
        let counts = self.counters.take();
        if counts.is_empty() {
            return;
        }
        let hour = hour_of(self.clock.now());
        if let Err(error) = with_timeout(self.store.add_counts(hour, &counts)).await {
            tracing::warn!(%error, "the statistics could not be written; they stay pending");
            for (counter, count) in counts {
                self.counters.give_back(counter, count);
            }
        }
    }

    /// Returns the statistics of all processes. Writes the counts of this one first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub(crate) async fn read(&self) -> Result<Statistics, StoreError> {
        self.flush().await;
        let now = self.clock.now();
        Ok(statistics(
            &self.store.hourly_counts(since(now)).await?,
            now,
        ))
    }

    /// Counts the live sessions, unless this or another process has done so in this hour.
    pub(crate) async fn sample(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let hour = hour_of(now);
        if self.store.has_sample(hour).await? {
            return Ok(());
        }
        let times = LiveTimes::at(now, &self.policy);
        let count = self.store.count_live_sessions(times).await?;
        self.store.add_sample(hour, count).await
    }
}
