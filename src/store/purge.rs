//! What leaves the database, a batch at a time: sessions that ended or expired
//! long ago, and old events.
//!
//! Each statement finds its rows by an index, oldest first, so that a batch costs
//! what it removes. Several processes may do this at once.

use super::{
    Store, StoreError,
    connection::{backend::Durability::Relaxed, either::with_connection},
};
use crate::clock::Timestamp;

/// The most rows that one transaction removes: some milliseconds, for which the
/// one writer of `SQLite` keeps others waiting.
pub(crate) const PURGE_BATCH: u32 = 500;

/// What is left of something that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purgeable {
    /// Sessions that ended.
    Ended,
    /// Sessions that nobody ended and that expired.
    Expired,
    /// Events of the audit trail.
    Events,
}

impl Store {
    /// Removes what is older than `before`, at most [`PURGE_BATCH`] rows, and says how
    /// many. Where a power failure brings them back, they go the next time.
    pub(crate) async fn purge(
        &self,
        what: Purgeable,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let statement = self.purging(what);
        with_connection!(self.backend.write(Relaxed), async |connection| {
            let removed = sqlx::query(statement)
                .bind(before)
                .bind(PURGE_BATCH.cast_signed())
                .execute(connection)
                .await?;
            Ok(removed.rows_affected())
        })
    }

    /// `PostgreSQL` passes over rows that somebody else holds: another process
    /// that purges, or a session that is being ended. It gets an array, because
    /// it may evaluate `IN (SELECT … LIMIT …)` more than once.
    pub(super) const fn purging(&self, what: Purgeable) -> &'static str {
        let (sqlite, postgres) = match what {
            Purgeable::Ended => (
                "DELETE FROM sessions WHERE id IN
                     (SELECT id FROM sessions WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)",
                "DELETE FROM sessions WHERE id = ANY (ARRAY
                     (SELECT id FROM sessions WHERE ended_at < $1 ORDER BY ended_at LIMIT $2
                      FOR UPDATE SKIP LOCKED))",
            ),
            Purgeable::Expired => (
                "DELETE FROM sessions WHERE id IN
                     (SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at < $1
                      ORDER BY expires_at LIMIT $2)",
                "DELETE FROM sessions WHERE id = ANY (ARRAY
                     (SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at < $1
                      ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
            ),
            Purgeable::Events => (
                "DELETE FROM audit_events WHERE id IN
                     (SELECT id FROM audit_events WHERE at < $1 ORDER BY at LIMIT $2)",
                "DELETE FROM audit_events WHERE id = ANY (ARRAY
                     (SELECT id FROM audit_events WHERE at < $1 ORDER BY at LIMIT $2
                      FOR UPDATE SKIP LOCKED))",
            ),
        };
        self.backend.pick(sqlite, postgres)
    }
}
