//! Deleting accounts.

use super::{
    AccountName, EndReason, Store, StoreError,
    accounts::find_for_update,
    administrators::check_actor,
    connection::{backend::Durability::Full, either::with_connection},
    end::end_all,
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// What an account that was deleted has instead of its e-mail address or external id. Those
/// contain no control character, so no other account can have this value.
fn tombstone(id: AccountId) -> String {
    format!("\u{7f}{id}")
}

impl Store {
    /// Deletes an account: ends its sessions, and removes its personal data, including the
    /// devices of its sessions and the addresses of its events. The row itself is removed by the purge, after its last
    /// session. Is subject to [`check_actor`]. Returns the ended sessions; `None` if there is no
    /// such account.
    pub(crate) async fn delete_account(
        &self,
        name: AccountName<'_>,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let Some(found) = find_for_update(&mut *connection, name).await? else {
                return Ok(None);
            };
            check_actor(&mut *connection, found, actor).await?;
            let id = found.id;
            let ended = end_all(&mut *connection, id, None, EndReason::Deleted, now).await?;
            sqlx::query(
                "DELETE FROM session_devices WHERE session_id IN
                     (SELECT id FROM sessions WHERE account_id = $1)",
            )
            .bind(id)
            .execute(&mut *connection)
            .await?;
            // No password matches a hash that is not a PHC string.
            sqlx::query(
                "UPDATE accounts
                 SET deleted_at = $2, is_active = FALSE, is_admin = FALSE, email = '', name = '',
                     email_key = CASE WHEN email_key IS NOT NULL THEN $3 END,
                     external_id = CASE WHEN external_id IS NOT NULL THEN $3 END,
                     password_hash = CASE WHEN password_hash IS NOT NULL THEN '!' END,
                     last_login_at = NULL
                 WHERE id = $1",
            )
            .bind(id)
            .bind(now)
            .bind(tombstone(id))
            .execute(&mut *connection)
            .await?;
            sqlx::query("UPDATE audit_events SET address = NULL WHERE account_id = $1")
                .bind(id)
                .execute(&mut *connection)
                .await?;
            let entry = AuditEntry::new(AuditEvent::Deleted).of(id).by(actor);
            trail.record(connection, now, entry).await?;
            Ok(Some(ended))
        })
    }
}
