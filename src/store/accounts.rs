//! Accounts.

use super::{
    EndReason, PasswordHash, Store, StoreError,
    administrators::{check_actor, lock_accounts},
    audit::Trail,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
    end::end_all,
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// An account as stored in the database, without the hash of its password.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
#[non_exhaustive]
pub struct StoredAccount {
    /// The id.
    pub id: AccountId,
    /// The application's id of an external account; `None` for an account with a
    /// password.
    pub external_id: Option<String>,
    /// The e-mail address as entered; empty for an external account without one.
    pub email: String,
    /// The display name; may be empty.
    pub name: String,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// Whether the account may use the administration.
    pub is_admin: bool,
    /// When the account was created.
    pub created_at: Timestamp,
    /// The time of the last sign-in, if the installation records it.
    pub last_login_at: Option<Timestamp>,
}

/// An account to create.
pub(crate) struct NewAccount<'a> {
    pub(crate) id: AccountId,
    pub(crate) email: &'a str,
    pub(crate) email_key: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password_hash: PasswordHash,
    pub(crate) is_active: bool,
    pub(crate) is_admin: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) actor: Actor,
}

/// The key by which an account is found.
#[derive(Clone, Copy)]
pub(crate) enum AccountName<'a> {
    /// The e-mail address of an account with a password, normalised (`email_key`).
    Email(&'a str),
    /// The application's id of an external account.
    External(&'a str),
    /// The id.
    Id(AccountId),
}

/// An account that was found to change it.
#[derive(Clone, Copy, sqlx::FromRow)]
pub(super) struct FoundAccount {
    pub(super) id: AccountId,
    pub(super) is_active: bool,
    pub(super) is_admin: bool,
}

/// The outcome of activating or deactivating an account.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountChange {
    pub(crate) changed: bool,
    pub(crate) ended: Vec<SessionId>,
}

impl Store {
    /// Creates an account.
    pub(crate) async fn insert_account(&self, new: &NewAccount<'_>) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            insert_account(connection, trail, new).await
        })
    }

    /// Returns the account of a normalised e-mail address, with its password hash.
    pub(crate) async fn account_by_email(
        &self,
        email_key: &str,
    ) -> Result<Option<(StoredAccount, PasswordHash)>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            account: StoredAccount,
            password_hash: String,
        }
        with_connection!(self.backend.read(), async |connection| {
            let row: Option<Row> = sqlx::query_as(
                "SELECT id, external_id, email, name, is_active, is_admin, created_at,
                        last_login_at, password_hash
                 FROM accounts WHERE email_key = $1",
            )
            .bind(email_key)
            .fetch_optional(connection)
            .await?;
            Ok(row.map(|row| (row.account, row.password_hash.into())))
        })
    }

    /// Returns the account of an id.
    pub(crate) async fn account(&self, id: AccountId) -> Result<Option<StoredAccount>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let account = sqlx::query_as(
                "SELECT id, external_id, email, name, is_active, is_admin, created_at,
                        last_login_at
                 FROM accounts WHERE id = $1 AND deleted_at IS NULL",
            )
            .bind(id)
            .fetch_optional(connection)
            .await?;
            Ok(account)
        })
    }

    /// Returns all accounts, oldest first.
    pub(crate) async fn accounts(&self) -> Result<Vec<StoredAccount>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let accounts = sqlx::query_as(
                "SELECT id, external_id, email, name, is_active, is_admin, created_at,
                        last_login_at
                 FROM accounts WHERE deleted_at IS NULL ORDER BY created_at, id",
            )
            .fetch_all(connection)
            .await?;
            Ok(accounts)
        })
    }

    /// Activates or deactivates an account. Deactivating ends its sessions in the same
    /// transaction, and is subject to [`check_actor`]. Returns `None` if there is no such
    /// account.
    pub(crate) async fn set_account_active(
        &self,
        name: AccountName<'_>,
        is_active: bool,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Option<AccountChange>, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            lock_accounts(&mut *connection, name, actor).await?;
            let Some(found) = find_for_update(&mut *connection, name).await? else {
                return Ok(None);
            };
            if !is_active {
                check_actor(&mut *connection, found, actor).await?;
            }
            if found.is_active == is_active {
                return Ok(Some(AccountChange::default()));
            }
            let id = found.id;
            sqlx::query("UPDATE accounts SET is_active = $2 WHERE id = $1")
                .bind(id)
                .bind(is_active)
                .execute(&mut *connection)
                .await?;
            let (event, ended) = if is_active {
                (AuditEvent::Activated, Vec::new())
            } else {
                let reason = EndReason::Deactivated;
                let ended = end_all(&mut *connection, id, None, reason, now).await?;
                (AuditEvent::Deactivated, ended)
            };
            let entry = AuditEntry::new(event).of(id).by(actor);
            trail.record(connection, now, entry).await?;
            Ok(Some(AccountChange {
                changed: true,
                ended,
            }))
        })
    }

    /// Changes the display name of an account. Returns its id, and whether that changed
    /// anything; `None` if there is no such account.
    pub(crate) async fn rename_account(
        &self,
        name: AccountName<'_>,
        new_name: &str,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Option<(AccountId, bool)>, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let Some(found) = find_for_update(&mut *connection, name).await? else {
                return Ok(None);
            };
            let id = found.id;
            let renamed = sqlx::query("UPDATE accounts SET name = $2 WHERE id = $1 AND name <> $2")
                .bind(id)
                .bind(new_name)
                .execute(&mut *connection)
                .await?;
            let is_changed = renamed.rows_affected() == 1;
            if is_changed {
                let entry = AuditEntry::new(AuditEvent::UserUpdated).of(id).by(actor);
                trail.record(connection, now, entry).await?;
            }
            Ok(Some((id, is_changed)))
        })
    }
}

/// Writes the row of a new account, and the event. Returns [`StoreError::EmailTaken`] if another
/// account has the address.
pub(super) async fn insert_account<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    trail: &mut Trail,
    new: &NewAccount<'_>,
) -> Result<(), StoreError> {
    for_either!(connection.into(), |connection| {
        let inserted = sqlx::query(
            "INSERT INTO accounts
                 (id, email, email_key, name, password_hash, is_active, is_admin, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (email_key) DO NOTHING",
        )
        .bind(new.id)
        .bind(new.email)
        .bind(new.email_key)
        .bind(new.name)
        .bind(new.password_hash.as_str())
        .bind(new.is_active)
        .bind(new.is_admin)
        .bind(new.created_at)
        .execute(&mut *connection)
        .await?;
        if inserted.rows_affected() == 0 {
            return Err(StoreError::EmailTaken);
        }
        let entry = AuditEntry::new(AuditEvent::UserCreated).of(new.id);
        let entry = entry.by(new.actor);
        trail.record(connection, new.created_at, entry).await
    })
}

/// Finds an account. `PostgreSQL` locks its row, which makes sign-ins wait, or this
/// transaction wait for those that have begun.
pub(super) async fn find_for_update<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    name: AccountName<'_>,
) -> Result<Option<FoundAccount>, StoreError> {
    let connection = connection.into();
    let find = match name {
        AccountName::Email(_) => connection.pick(
            "SELECT id, is_active, is_admin FROM accounts WHERE email_key = $1",
            "SELECT id, is_active, is_admin FROM accounts WHERE email_key = $1 FOR UPDATE",
        ),
        AccountName::External(_) => connection.pick(
            "SELECT id, is_active, is_admin FROM accounts WHERE external_id = $1",
            "SELECT id, is_active, is_admin FROM accounts WHERE external_id = $1 FOR UPDATE",
        ),
        AccountName::Id(_) => connection.pick(
            "SELECT id, is_active, is_admin FROM accounts WHERE id = $1 AND deleted_at IS NULL",
            "SELECT id, is_active, is_admin FROM accounts WHERE id = $1 AND deleted_at IS NULL
             FOR UPDATE",
        ),
    };
    for_either!(connection, |connection| {
        let query = sqlx::query_as(find);
        let query = match name {
            AccountName::Email(name) | AccountName::External(name) => query.bind(name),
            AccountName::Id(id) => query.bind(id),
        };
        Ok(query.fetch_optional(connection).await?)
    })
}
