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

/// Writes an event that its own account caused to the audit trail, in the transaction of
/// the change that it records, and to the log.
pub(super) async fn record(
    connection: impl Into<ConnectionMut<'_>>,
    at: Timestamp,
    event: AuditEvent,
    account: AccountId,
    session: Option<SessionId>,
) -> Result<(), StoreError> {
    record_by(connection, at, event, account, session, None).await
}

/// Writes an event to the audit trail as [`record`] does. `actor` is the account that caused
/// it. The column is NULL if that is the account of the event, and for an operator at the
/// command line, who has no account.
pub(super) async fn record_by(
    connection: impl Into<ConnectionMut<'_>>,
    at: Timestamp,
    event: AuditEvent,
    account: AccountId,
    session: Option<SessionId>,
    actor: Option<AccountId>,
) -> Result<(), StoreError> {
    let actor = actor.filter(|actor| *actor != account);
    for_either!(connection.into(), |connection| {
        sqlx::query(
            "INSERT INTO audit_events (at, event, account_id, session_id, actor_id)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(at)
        .bind(event.name())
        .bind(account)
        .bind(session)
        .bind(actor)
        .execute(connection)
        .await?;
    });
    event.log_by(Some(account), session, actor);
    Ok(())
}

/// Writes the same event for several sessions, in one statement, as [`record_by`] does for
/// one.
pub(super) async fn record_all(
    connection: impl Into<ConnectionMut<'_>>,
    at: Timestamp,
    event: AuditEvent,
    sessions: &[(SessionId, AccountId)],
    actor: Option<AccountId>,
) -> Result<(), StoreError> {
    if sessions.is_empty() {
        return Ok(());
    }
    let actor_of = |account| actor.filter(|actor| *actor != account);
    for_either!(connection.into(), |connection| {
        let mut insert = sqlx::QueryBuilder::new(
            "INSERT INTO audit_events (at, event, account_id, session_id, actor_id) ",
        );
        insert.push_values(sessions, |mut row, (session, account)| {
            row.push_bind(at).push_bind(event.name());
            row.push_bind(*account).push_bind(*session);
            row.push_bind(actor_of(*account));
        });
        insert.build().execute(connection).await?;
    });
    for (session, account) in sessions {
        event.log_by(Some(*account), Some(*session), actor_of(*account));
    }
    Ok(())
}
