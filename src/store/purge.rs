//! Deleting old rows in batches: sessions that ended or expired long ago, old events, deleted
//! accounts that have no sessions left, attempts that no longer count, known networks that
//! have expired, links that have expired, and old statistics.
//!
//! Each statement finds its rows by an index, oldest first, so that the cost of a batch
//! depends only on the rows that it deletes. Several processes may purge at once.

use super::{
    Store, StoreError,
    connection::{backend::Durability::Relaxed, either::with_connection},
};
use crate::clock::Timestamp;

/// The maximum number of rows that one transaction deletes. It takes some milliseconds,
/// during which other writers wait for the single writer of `SQLite`.
pub(crate) const PURGE_BATCH: u32 = 500;

/// A kind of rows that a purge deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purgeable {
    /// Sessions that were ended.
    Ended,
    /// Sessions that expired without being ended.
    Expired,
    /// Events of the audit trail.
    Events,
    /// Deleted accounts without sessions.
    Accounts,
    /// Keys of attempts that no longer count.
    Attempts,
    /// Networks that are no longer known to their accounts.
    KnownNetworks,
    /// Links that have expired.
    OneTimeTokens,
    /// Counts of the statistics.
    Statistics,
}

impl Store {
    /// Deletes at most [`PURGE_BATCH`] rows that are older than `before`, and returns how
    /// many. If a power failure restores them, the next purge deletes them again.
    pub(crate) async fn purge(
        &self,
        what: Purgeable,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let statement = self.purge_statement(what);
        with_connection!(self.backend.write(Relaxed), async |connection| {
            let deleted = sqlx::query(statement)
                .bind(before)
                .bind(PURGE_BATCH.cast_signed())
                .execute(connection)
                .await?;
            Ok(deleted.rows_affected())
        })
    }

    /// Returns the statement that deletes a batch of that kind.
    ///
    /// On `PostgreSQL` it skips rows that another transaction has locked: another purge,
    /// or the end of a session. The subquery is an array there, because `PostgreSQL` may
    /// evaluate `IN (SELECT … LIMIT …)` more than once.
    pub(super) const fn purge_statement(&self, what: Purgeable) -> &'static str {
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
            Purgeable::Accounts => (
                "DELETE FROM accounts WHERE id IN
                     (SELECT id FROM accounts a WHERE deleted_at < $1
                        AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.id)
                      ORDER BY deleted_at LIMIT $2)",
                "DELETE FROM accounts WHERE id = ANY (ARRAY
                     (SELECT id FROM accounts a WHERE deleted_at < $1
                        AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.id)
                      ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
            ),
            Purgeable::Attempts => (
                "DELETE FROM attempts WHERE key IN
                     (SELECT key FROM attempts WHERE free_at < $1 ORDER BY free_at LIMIT $2)",
                "DELETE FROM attempts WHERE key = ANY (ARRAY
                     (SELECT key FROM attempts WHERE free_at < $1 ORDER BY free_at LIMIT $2
                      FOR UPDATE SKIP LOCKED))",
            ),
            Purgeable::KnownNetworks => (
                "DELETE FROM known_networks WHERE key IN
                     (SELECT key FROM known_networks WHERE expires_at < $1
                      ORDER BY expires_at LIMIT $2)",
                "DELETE FROM known_networks WHERE key = ANY (ARRAY
                     (SELECT key FROM known_networks WHERE expires_at < $1
                      ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
            ),
            Purgeable::OneTimeTokens => (
                "DELETE FROM one_time_tokens WHERE id IN
                     (SELECT id FROM one_time_tokens WHERE expires_at < $1
                      ORDER BY expires_at LIMIT $2)",
                "DELETE FROM one_time_tokens WHERE id = ANY (ARRAY
                     (SELECT id FROM one_time_tokens WHERE expires_at < $1
                      ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
            ),
            Purgeable::Statistics => (
                "DELETE FROM statistics WHERE (hour, kind) IN
                     (SELECT hour, kind FROM statistics WHERE hour < $1 ORDER BY hour LIMIT $2)",
                "WITH old AS MATERIALIZED
                     (SELECT hour, kind FROM statistics WHERE hour < $1 ORDER BY hour LIMIT $2
                      FOR UPDATE SKIP LOCKED)
                 DELETE FROM statistics s USING old WHERE s.hour = old.hour AND s.kind = old.kind",
            ),
        };
        self.backend.pick(sqlite, postgres)
    }
}
