//! The audit trail.

use super::{
    StoreError,
    connection::either::{ConnectionMut, for_either},
};
use crate::{
    audit::AuditEvent,
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// Writes an event to the audit trail, in the transaction of the change that it records,
/// and to the log.
pub(super) async fn record(
    connection: impl Into<ConnectionMut<'_>>,
    at: Timestamp,
    event: AuditEvent,
    account: AccountId,
    session: Option<SessionId>,
) -> Result<(), StoreError> {
    for_either!(connection.into(), |connection| {
        sqlx::query(
            "INSERT INTO audit_events (at, event, account_id, session_id) VALUES ($1, $2, $3, $4)",
        )
        .bind(at)
        .bind(event.name())
        .bind(account)
        .bind(session)
        .execute(connection)
        .await?;
    });
    event.log(Some(account), session);
    Ok(())
}
