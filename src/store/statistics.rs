//! The counts of each hour.

use super::{
    LiveTimes, Store, StoreError,
    connection::{backend::Durability::Relaxed, either::with_connection},
};
use crate::{
    clock::Timestamp,
    statistics::{Counter, LIVE_SESSIONS},
};

/// The maximum number of sessions that a sample reads. It bounds the work of an installation
/// with millions of sessions to a second in each hour.
pub(super) const MAX_SAMPLED: i64 = 1_000_000;

/// Counts the live sessions, as [`Store::live_sessions`] lists them, among the newest. The
/// index is in the order of the expiry, which is nearly that of the rows.
pub(super) const COUNT_LIVE: &str = "SELECT count(*) FROM
         (SELECT handed_at, created_at FROM sessions WHERE ended_at IS NULL AND expires_at > $1
          ORDER BY expires_at DESC LIMIT $3) AS newest
     WHERE handed_at > $2 AND created_at > $4";

/// The count of one kind in one hour.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct HourlyCount {
    pub(crate) hour: Timestamp,
    pub(crate) kind: String,
    pub(crate) count: i64,
}

impl Store {
    /// Adds counts to those of an hour, in one statement. All processes write the kinds in the
    /// same order, so that two cannot deadlock.
    pub(crate) async fn add_counts(
        &self,
        hour: Timestamp,
        counts: &[(Counter, u64)],
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.write(Relaxed), async |connection| {
            let mut insert = sqlx::QueryBuilder::new("INSERT INTO statistics (hour, kind, count) ");
            insert.push_values(counts, |mut row, (counter, count)| {
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                row.push_bind(hour)
                    .push_bind(counter.name())
                    .push_bind(count);
            });
            insert.push(
                " ON CONFLICT (hour, kind)
                  DO UPDATE SET count = statistics.count + excluded.count",
            );
            // Not cached: the statement differs with the number of counts.
            let insert = insert.build().persistent(false);
            insert.execute(connection).await?;
            Ok(())
        })
    }

    /// Returns whether the live sessions of an hour have been counted.
    pub(crate) async fn has_sample(&self, hour: Timestamp) -> Result<bool, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let count: Option<i64> =
                sqlx::query_scalar("SELECT count FROM statistics WHERE hour = $1 AND kind = $2")
                    .bind(hour)
                    .bind(LIVE_SESSIONS)
                    .fetch_optional(connection)
                    .await?;
            Ok(count.is_some())
        })
    }

    /// Counts the live sessions among the newest [`MAX_SAMPLED`].
    pub(crate) async fn count_live_sessions(&self, times: LiveTimes) -> Result<i64, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let count = sqlx::query_scalar(COUNT_LIVE)
                .bind(times.now)
                .bind(times.issued_after)
                .bind(MAX_SAMPLED)
                .bind(times.began_after)
                .fetch_one(connection)
                .await?;
            Ok(count)
        })
    }

    /// Writes the number of live sessions of an hour, unless another process has.
    pub(crate) async fn add_sample(&self, hour: Timestamp, count: i64) -> Result<(), StoreError> {
        with_connection!(self.backend.write(Relaxed), async |connection| {
            sqlx::query(
                "INSERT INTO statistics (hour, kind, count) VALUES ($1, $2, $3)
                 ON CONFLICT (hour, kind) DO NOTHING",
            )
            .bind(hour)
            .bind(LIVE_SESSIONS)
            .bind(count)
            .execute(connection)
            .await?;
            Ok(())
        })
    }

    /// Returns the counts of all hours from `since` on.
    pub(crate) async fn hourly_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<HourlyCount>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let counts =
                sqlx::query_as("SELECT hour, kind, count FROM statistics WHERE hour >= $1")
                    .bind(since)
                    .fetch_all(connection)
                    .await?;
            Ok(counts)
        })
    }
}
