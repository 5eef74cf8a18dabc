//! Ending sessions.

use super::{
    EndReason, Store, StoreError,
    audit::Trail,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
};
use crate::{
    audit::{Actor, AuditEntry},
    clock::Timestamp,
    ids::{AccountId, SessionId},
    rotation::Record,
};

/// A condition for ending a session, in addition to that it has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum EndCondition<'r> {
    /// No further condition.
    Any,
    /// The session still has the judged generation and confirmation.
    Judged(&'r Record),
    /// It is a session of this account.
    Of(AccountId),
    /// The use of this generation is a stray
    /// ([`is_stray`](crate::rotation::is_stray)).
    Stray(u32),
}

/// The end of a session: why, when, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) reason: EndReason,
    pub(super) now: Timestamp,
    pub(super) actor: Actor,
}

impl End {
    /// A sign-in in the same browser replaces the session.
    pub(super) const fn replaced(now: Timestamp) -> Self {
        Self {
            reason: EndReason::Replaced,
            now,
            actor: Actor::Owner,
        }
    }

    /// A reuse of its refresh token was detected. It is not known who caused that.
    pub(super) const fn reused(now: Timestamp) -> Self {
        Self {
            reason: EndReason::Reuse,
            now,
            actor: Actor::System,
        }
    }
}

/// Ends one session and records the event. Returns `false` if the session had ended
/// before, or the condition does not hold.
pub(super) async fn end_one<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    trail: &mut Trail,
    id: SessionId,
    end: End,
    condition: EndCondition<'_>,
) -> Result<bool, StoreError> {
    let End { reason, now, actor } = end;
    let statement = match condition {
        EndCondition::Any => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL
             RETURNING account_id"
        }
        EndCondition::Judged(_) => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL
               AND generation = $4 AND confirmed_at IS NOT DISTINCT FROM $5
             RETURNING account_id"
        }
        EndCondition::Of(_) => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL AND account_id = $4
             RETURNING account_id"
        }
        EndCondition::Stray(_) => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL AND parent < $4 AND generation > $4
             RETURNING account_id"
        }
    };
    for_either!(connection.into(), |connection| {
        let query = sqlx::query_scalar(statement)
            .bind(id)
            .bind(now)
            .bind(reason.as_str());
        let query = match condition {
            EndCondition::Any => query,
            EndCondition::Judged(record) => query
                .bind(i64::from(record.generation))
                .bind(record.confirmed_at),
            EndCondition::Of(account) => query.bind(account),
            EndCondition::Stray(generation) => query.bind(i64::from(generation)),
        };
        let account: Option<AccountId> = query.fetch_optional(&mut *connection).await?;
        if let Some(account) = account {
            let entry = AuditEntry::new(reason.event()).of(account).by(actor);
            trail.record(connection, now, entry.in_session(id)).await?;
        }
        Ok(account.is_some())
    })
}

/// Ends all sessions of an account, except possibly one, and returns them.
pub(super) async fn end_all<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    account: AccountId,
    except: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    for_either!(connection.into(), |connection| {
        lock_live_sessions(&mut *connection, account).await?;
        let ended = sqlx::query_scalar(
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE account_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $4
             RETURNING id",
        )
        .bind(account)
        .bind(now)
        .bind(reason.as_str())
        .bind(except)
        .fetch_all(connection)
        .await?;
        Ok(ended)
    })
}

/// Locks the sessions of an account that have not ended. `PostgreSQL` locks them in the
/// order of their ids, as `Store::confirm` does, so that the two cannot deadlock. `SQLite`
/// has one writer, and nothing to lock.
pub(super) async fn lock_live_sessions<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    account: AccountId,
) -> Result<(), StoreError> {
    let connection = connection.into();
    let lock = connection.pick(
        "SELECT $1",
        "SELECT id FROM sessions WHERE account_id = $1 AND ended_at IS NULL
         ORDER BY id FOR UPDATE",
    );
    for_either!(connection, |connection| {
        sqlx::query(lock).bind(account).execute(connection).await?;
    });
    Ok(())
}

impl Store {
    /// Ends a session, of any account or only of the account `of`. Returns whether it ended
    /// now; `None` if there is no such session.
    pub(crate) async fn end_session(
        &self,
        id: SessionId,
        of: Option<AccountId>,
        reason: EndReason,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Option<bool>, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let end = End { reason, now, actor };
            let condition = of.map_or(EndCondition::Any, EndCondition::Of);
            if end_one(&mut *connection, trail, id, end, condition).await? {
                return Ok(Some(true));
            }
            let found: Option<SessionId> = sqlx::query_scalar(
                "SELECT id FROM sessions WHERE id = $1 AND account_id = COALESCE($2, account_id)",
            )
            .bind(id)
            .bind(of)
            .fetch_optional(connection)
            .await?;
            Ok(found.map(|_| false))
        })
    }

    /// Ends all sessions of an account, except possibly one, and returns them. Records one
    /// event for all.
    pub(crate) async fn end_sessions_of(
        &self,
        account: AccountId,
        except: Option<SessionId>,
        reason: EndReason,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Vec<SessionId>, StoreError> {
        // Waits for sign-ins that have begun, so that their sessions end too.
        let lock = self.backend.pick(
            "SELECT id FROM accounts WHERE id = $1",
            "SELECT id FROM accounts WHERE id = $1 FOR UPDATE",
        );
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            sqlx::query(lock)
                .bind(account)
                .execute(&mut *connection)
                .await?;
            let ended = end_all(&mut *connection, account, except, reason, now).await?;
            if !ended.is_empty() {
                let entry = AuditEntry::new(reason.event()).of(account).by(actor);
                trail.record(connection, now, entry).await?;
            }
            Ok(ended)
        })
    }
}
