//! Sessions. Each session is one row; a refresh changes the row and adds none.

use std::fmt;

use super::{
    PasswordHash, Store, StoreError,
    audit::Trail,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
    end::{End, EndCondition, end_one},
    end_reason::EndReason,
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::{AccountId, SessionId},
    rotation::Record,
    sessions::Device,
};

/// A session to begin. It has no `Debug`, because it holds hashes.
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) account: AccountId,
    /// The hash with which the password was verified; `None` for an external account.
    pub(crate) password_hash: Option<PasswordHash>,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) now: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) device: Device,
    /// How many live sessions the account may have, with this one.
    pub(crate) max_sessions: u32,
}

/// The account of a session, and when the session expires.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Holder {
    pub(crate) account_id: AccountId,
    pub(crate) expires_at: Timestamp,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) is_admin: bool,
}

/// A session with its account, with the columns that a refresh needs. `Debug` prints only the
/// type name, because it holds a hash.
#[derive(Clone, sqlx::FromRow)]
pub(crate) struct SessionRow {
    #[sqlx(flatten)]
    pub(crate) holder: Holder,
    pub(crate) key_hash: Vec<u8>,
    generation: i64,
    parent: Option<i64>,
    handed_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    end_reason: Option<String>,
    pub(crate) is_active: bool,
}

impl fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionRow")
    }
}

impl SessionRow {
    pub(crate) fn is_ended(&self) -> bool {
        self.end_reason.is_some()
    }

    pub(crate) fn is_ended_by(&self, reason: EndReason) -> bool {
        self.end_reason.as_deref() == Some(reason.as_str())
    }

    /// Returns the part of the row that [`judge`](crate::rotation::judge) needs.
    pub(crate) fn record(&self) -> Record {
        // The schema limits generations to 32 bits.
        let generation = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Record {
            generation: generation(self.generation),
            parent: self.parent.map(generation),
            handed_at: self.handed_at,
            confirmed_at: self.confirmed_at,
        }
    }
}

impl Store {
    /// Begins a session and ends the sessions that it replaces, and those above the limit of
    /// live sessions, which it returns. Returns `None`, and does nothing, if the account is not
    /// active or its password has been changed since it was verified.
    pub(crate) async fn begin_session(
        &self,
        new: &NewSession,
        replaced: &[SessionId],
        update_last_login: bool,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        // The lock makes a deactivation or a change of the password wait for this
        // transaction, or this transaction wait for it and see it. Two sign-ins to one account
        // wait for each other, so that they count each other's session.
        let find = self.backend.pick(
            "SELECT id FROM accounts WHERE id = $1 AND is_active
               AND password_hash IS NOT DISTINCT FROM $2",
            "SELECT id FROM accounts WHERE id = $1 AND is_active
               AND password_hash IS NOT DISTINCT FROM $2 FOR NO KEY UPDATE",
        );
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let found: Option<AccountId> = sqlx::query_scalar(find)
                .bind(new.account)
                .bind(new.password_hash.as_ref().map(PasswordHash::as_str))
                .fetch_optional(&mut *connection)
                .await?;
            if found.is_none() {
                return Ok(None);
            }
            begin(&mut *connection, trail, new, replaced, update_last_login).await?;
            Ok(Some(end_excess(connection, trail, new).await?))
        })
    }

    /// Returns a session with its account.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let session = sqlx::query_as(
                "SELECT s.account_id, s.key_hash, s.generation, s.parent, s.handed_at,
                        s.confirmed_at, s.expires_at, s.end_reason,
                        a.email, a.name, a.is_active, a.is_admin
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                 WHERE s.id = $1",
            )
            .bind(id)
            .fetch_optional(connection)
            .await?;
            Ok(session)
        })
    }
}

/// Writes a new session and the event, and ends the sessions that it replaces.
pub(super) async fn begin<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    trail: &mut Trail,
    new: &NewSession,
    replaced: &[SessionId],
    update_last_login: bool,
) -> Result<(), StoreError> {
    for_either!(connection.into(), |connection| {
        insert_session(&mut *connection, new).await?;
        if update_last_login {
            sqlx::query("UPDATE accounts SET last_login_at = $2 WHERE id = $1")
                .bind(new.account)
                .bind(new.now)
                .execute(&mut *connection)
                .await?;
        }
        for id in replaced {
            let any = EndCondition::Any;
            end_one(&mut *connection, trail, *id, End::replaced(new.now), any).await?;
        }
        let entry = AuditEntry::new(AuditEvent::SignedIn).of(new.account);
        let entry = entry.in_session(new.id);
        trail.record(connection, new.now, entry).await
    })
}

/// Ends the live sessions of the account beyond the limit: those that were refreshed longest
/// ago, and never the new one. Returns them.
async fn end_excess<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    trail: &mut Trail,
    new: &NewSession,
) -> Result<Vec<SessionId>, StoreError> {
    let reason = EndReason::SessionLimit;
    for_either!(connection.into(), |connection| {
        let ended: Vec<SessionId> = sqlx::query_scalar(
            "UPDATE sessions SET ended_at = $3, end_reason = $4
             WHERE ended_at IS NULL AND id IN
                 (SELECT id FROM sessions
                  WHERE account_id = $1 AND ended_at IS NULL AND id <> $2
                  ORDER BY handed_at DESC, id DESC LIMIT 1000000 OFFSET $5)
             RETURNING id",
        )
        .bind(new.account)
        .bind(new.id)
        .bind(new.now)
        .bind(reason.as_str())
        .bind(i64::from(new.max_sessions) - 1)
        .fetch_all(&mut *connection)
        .await?;
        let entry = AuditEntry::new(reason.event()).of(new.account);
        let entry = entry.by(Actor::System);
        let entries = ended.iter().map(|id| entry.clone().in_session(*id));
        let recorded = trail.record_all(connection, new.now, entries.collect());
        recorded.await?;
        Ok(ended)
    })
}

/// Writes the rows of a new session and of its device.
pub(super) async fn insert_session<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    new: &NewSession,
) -> Result<(), StoreError> {
    let address = new.device.address();
    let address = address.map(|address| address.to_string());
    for_either!(connection.into(), |connection| {
        sqlx::query(
            "INSERT INTO sessions
                 (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
             VALUES ($1, $2, $3, 0, $4, $4, $5)",
        )
        .bind(new.id)
        .bind(new.account)
        .bind(&new.key_hash)
        .bind(new.now)
        .bind(new.expires_at)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "INSERT INTO session_devices (session_id, user_agent, address)
             VALUES ($1, $2, $3)",
        )
        .bind(new.id)
        .bind(new.device.user_agent())
        .bind(address.unwrap_or_default())
        .execute(connection)
        .await?;
    });
    Ok(())
}
