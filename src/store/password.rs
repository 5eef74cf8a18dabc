//! The passwords of accounts: reading the hash, and changing it.

use std::fmt;

use super::{
    AccountName, EndReason, NewSession, Store, StoreError, StoredAccount,
    accounts::find_for_update,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
    end::{End, EndCondition, end_all, end_one, lock_live_sessions},
    sessions::insert_session,
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// The hash of a password as a PHC string. Its `Debug` output is only the type name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordHash(String);

impl PasswordHash {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for PasswordHash {
    fn from(hash: String) -> Self {
        Self(hash)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// The outcome of changing a password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PasswordOutcome {
    /// The password was changed, and these sessions have ended.
    Changed(Vec<SessionId>),
    /// The account is not active, or its password is no longer the one that was verified.
    AccountChanged,
    /// The session from which the password was to be changed has ended.
    SessionEnded,
}

impl Store {
    /// Returns an account with the hash of its password, which external accounts do not
    /// have.
    pub(crate) async fn account_with_password(
        &self,
        id: AccountId,
    ) -> Result<Option<(StoredAccount, Option<PasswordHash>)>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            account: StoredAccount,
            password_hash: Option<String>,
        }
        with_connection!(self.backend.read(), async |connection| {
            let row: Option<Row> = sqlx::query_as(
                "SELECT id, external_id, email, name, is_active, is_admin, created_at,
                        last_login_at, password_hash
                 FROM accounts WHERE id = $1 AND deleted_at IS NULL",
            )
            .bind(id)
            .fetch_optional(connection)
            .await?;
            Ok(row.map(|row| (row.account, row.password_hash.map(PasswordHash))))
        })
    }

    /// Changes a password from `verified` to that of the session `new`, ends all sessions
    /// of the account, and begins `new` in place of the session `from`. Also ends the
    /// sessions `replaced`, which may belong to another account. Does nothing if the
    /// account or the session has changed since the password was verified.
    pub(crate) async fn change_password(
        &self,
        new: &NewSession,
        verified: &PasswordHash,
        from: SessionId,
        replaced: &[SessionId],
    ) -> Result<PasswordOutcome, StoreError> {
        // Of two changes at once, the second waits here and then finds another hash. A
        // sign-in takes the same lock and compares the hash too.
        let find = self.backend.pick(
            "SELECT id FROM accounts WHERE id = $1 AND is_active AND password_hash = $2",
            "SELECT id FROM accounts WHERE id = $1 AND is_active AND password_hash = $2
             FOR NO KEY UPDATE",
        );
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let found: Option<AccountId> = sqlx::query_scalar(find)
                .bind(new.account)
                .bind(verified.as_str())
                .fetch_optional(&mut *connection)
                .await?;
            if found.is_none() {
                return Ok(PasswordOutcome::AccountChanged);
            }
            lock_live_sessions(&mut *connection, new.account).await?;
            let is_live: Option<SessionId> = sqlx::query_scalar(
                "SELECT id FROM sessions WHERE id = $1 AND account_id = $2 AND ended_at IS NULL",
            )
            .bind(from)
            .bind(new.account)
            .fetch_optional(&mut *connection)
            .await?;
            if is_live.is_none() {
                return Ok(PasswordOutcome::SessionEnded);
            }
            set_password(&mut *connection, new.account, new.password_hash.as_ref()).await?;
            let reason = EndReason::PasswordChanged;
            let mut ended = end_all(&mut *connection, new.account, None, reason, new.now).await?;
            for id in replaced {
                let (end, any) = (End::replaced(new.now), EndCondition::Any);
                if end_one(&mut *connection, trail, *id, end, any).await? {
                    ended.push(*id);
                }
            }
            insert_session(&mut *connection, new).await?;
            let entry = AuditEntry::new(AuditEvent::PasswordChanged).of(new.account);
            let recorded = trail.record(connection, new.now, entry.in_session(from));
            recorded.await?;
            Ok(PasswordOutcome::Changed(ended))
        })
    }

    /// Replaces the hash of a password by another hash of the same password. Returns `false` if
    /// it is no longer the hash of the account.
    pub(crate) async fn upgrade_hash(
        &self,
        account: AccountId,
        from: &PasswordHash,
        to: &PasswordHash,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.write(Full), async |connection| {
            let upgraded = sqlx::query(
                "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
            )
            .bind(account)
            .bind(from.as_str())
            .bind(to.as_str())
            .execute(connection)
            .await?;
            Ok(upgraded.rows_affected() == 1)
        })
    }

    /// Sets a password as an operator, and ends all sessions of the account. Returns them;
    /// `None` if there is no account with this normalised e-mail address.
    pub(crate) async fn reset_password(
        &self,
        email_key: &str,
        hash: &PasswordHash,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let name = AccountName::Email(email_key);
            let Some(found) = find_for_update(&mut *connection, name).await? else {
                return Ok(None);
            };
            let id = found.id;
            set_password(&mut *connection, id, Some(hash)).await?;
            let ended =
                end_all(&mut *connection, id, None, EndReason::PasswordChanged, now).await?;
            let entry = AuditEntry::new(AuditEvent::PasswordChanged)
                .of(id)
                .by(actor);
            trail.record(connection, now, entry).await?;
            Ok(Some(ended))
        })
    }
}

/// Stores the hash of a password.
async fn set_password<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    account: AccountId,
    hash: Option<&PasswordHash>,
) -> Result<(), StoreError> {
    for_either!(connection.into(), |connection| {
        sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1")
            .bind(account)
            .bind(hash.map(PasswordHash::as_str))
            .execute(connection)
            .await?;
    });
    Ok(())
}
