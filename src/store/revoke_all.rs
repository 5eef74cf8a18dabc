//! Revoking every session of the installation, in batches.

use super::{
    EndReason, Store, StoreError,
    connection::{backend::Durability::Full, either::with_connection},
};
use crate::{
    audit::{Actor, AuditEntry},
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// The maximum number of sessions that one transaction revokes, so that other writers do
/// not wait for long.
const REVOKE_BATCH: i64 = 500;

impl Store {
    /// Revokes a batch of the sessions that have neither ended nor expired, and returns
    /// them; none if there is no such session, or if another process has just ended the
    /// whole batch. Records an event for each.
    pub(crate) async fn revoke_some_sessions(
        &self,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Vec<SessionId>, StoreError> {
        // PostgreSQL locks them in the order of their ids, as `Store::confirm` does, so that
        // the two cannot deadlock. The subqueries are arrays there, because it may evaluate
        // `IN (SELECT … LIMIT …)` more than once.
        let revoke = self.backend.pick(
            "UPDATE sessions SET ended_at = $1, end_reason = $2
             WHERE id IN (SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at > $1
                          ORDER BY expires_at LIMIT $3)
             RETURNING id, account_id",
            "UPDATE sessions SET ended_at = $1, end_reason = $2
             WHERE id = ANY (ARRAY
                 (SELECT id FROM sessions
                  WHERE ended_at IS NULL AND id = ANY (ARRAY
                      (SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at > $1
                       ORDER BY expires_at LIMIT $3))
                  ORDER BY id FOR UPDATE))
             RETURNING id, account_id",
        );
        let reason = EndReason::Revoked;
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let revoked: Vec<(SessionId, AccountId)> = sqlx::query_as(revoke)
                .bind(now)
                .bind(reason.as_str())
                .bind(REVOKE_BATCH)
                .fetch_all(&mut *connection)
                .await?;
            let entries = revoked.iter().map(|(session, account)| {
                let entry = AuditEntry::new(reason.event()).of(*account).by(actor);
                entry.in_session(*session)
            });
            trail.record_all(connection, now, entries.collect()).await?;
            Ok(revoked.into_iter().map(|(session, _)| session).collect())
        })
    }

    /// Returns whether there is a session that has neither ended nor expired.
    pub(crate) async fn has_live_sessions(&self, now: Timestamp) -> Result<bool, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let live: Option<SessionId> = sqlx::query_scalar(
                "SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at > $1 LIMIT 1",
            )
            .bind(now)
            .fetch_optional(connection)
            .await?;
            Ok(live.is_some())
        })
    }
}
