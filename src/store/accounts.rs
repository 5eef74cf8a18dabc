//! Accounts.

use super::{
    EndReason, Store, StoreError,
    audit::record,
    connection::{backend::Durability::Full, either::with_connection},
    end::end_all,
};
use crate::{
    audit::Event,
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// An account as the database has it, without what its owner keeps secret.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
#[non_exhaustive]
pub struct AccountRow {
    /// The id.
    pub id: AccountId,
    /// The application's id of an external account; `None` for an account with a
    /// password.
    pub external_id: Option<String>,
    /// The e-mail address, as it was entered; empty for an external account without
    /// one.
    pub email: String,
    /// The name to greet by; may be empty.
    pub name: String,
    /// Whether it may sign in.
    pub is_active: bool,
    /// Whether it may use the administration.
    pub is_admin: bool,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When somebody last signed in, where the installation keeps that.
    pub last_login_at: Option<Timestamp>,
}

/// An account that is to be opened. Not to be shown: it holds the hash.
pub(crate) struct NewAccount<'a> {
    pub(crate) id: AccountId,
    pub(crate) email: &'a str,
    pub(crate) email_key: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password_hash: &'a str,
    pub(crate) is_active: bool,
    pub(crate) is_admin: bool,
    pub(crate) created_at: Timestamp,
}

/// By what an account is found.
#[derive(Clone, Copy)]
pub(crate) enum AccountName<'a> {
    /// The e-mail address of an account with a password, in the form that is compared.
    Email(&'a str),
    /// The application's id of an external account.
    External(&'a str),
}

/// What switching an account on or off did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountChange {
    pub(crate) changed: bool,
    pub(crate) ended: Vec<SessionId>,
}

impl Store {
    /// Opens an account.
    pub(crate) async fn insert_account(&self, new: &NewAccount<'_>) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Full), async |connection| {
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
            .bind(new.password_hash)
            .bind(new.is_active)
            .bind(new.is_admin)
            .bind(new.created_at)
            .execute(&mut *connection)
            .await?;
            if inserted.rows_affected() == 0 {
                return Err(StoreError::EmailTaken);
            }
            record(connection, new.created_at, Event::UserCreated, new.id, None).await
        })
    }

    /// The account of that address, with its password hash.
    pub(crate) async fn account_by_email(
        &self,
        email_key: &str,
    ) -> Result<Option<(AccountRow, String)>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            account: AccountRow,
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
            Ok(row.map(|row| (row.account, row.password_hash)))
        })
    }

    /// The account of an id.
    pub(crate) async fn account(&self, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let account = sqlx::query_as(
                "SELECT id, external_id, email, name, is_active, is_admin, created_at,
                        last_login_at
                 FROM accounts WHERE id = $1",
            )
            .bind(id)
            .fetch_optional(connection)
            .await?;
            Ok(account)
        })
    }

    /// All accounts, oldest first.
    pub(crate) async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let accounts = sqlx::query_as(
                "SELECT id, external_id, email, name, is_active, is_admin, created_at,
                        last_login_at
                 FROM accounts ORDER BY created_at, id",
            )
            .fetch_all(connection)
            .await?;
            Ok(accounts)
        })
    }

    /// Switches an account on or off; switching off ends its sessions in the
    /// same transaction. `None` where there is no such account.
    pub(crate) async fn set_account_active(
        &self,
        name: AccountName<'_>,
        is_active: bool,
        now: Timestamp,
    ) -> Result<Option<AccountChange>, StoreError> {
        let (find, name) = match name {
            AccountName::Email(key) => (
                self.backend.pick(
                    "SELECT id, is_active FROM accounts WHERE email_key = $1",
                    "SELECT id, is_active FROM accounts WHERE email_key = $1 FOR UPDATE",
                ),
                key,
            ),
            AccountName::External(id) => (
                self.backend.pick(
                    "SELECT id, is_active FROM accounts WHERE external_id = $1",
                    "SELECT id, is_active FROM accounts WHERE external_id = $1 FOR UPDATE",
                ),
                id,
            ),
        };
        with_connection!(self.backend.begin(Full), async |connection| {
            let found: Option<(AccountId, bool)> = sqlx::query_as(find)
                .bind(name)
                .fetch_optional(&mut *connection)
                .await?;
            let Some((id, was_active)) = found else {
                return Ok(None);
            };
            if was_active == is_active {
                return Ok(Some(AccountChange::default()));
            }
            sqlx::query("UPDATE accounts SET is_active = $2 WHERE id = $1")
                .bind(id)
                .bind(is_active)
                .execute(&mut *connection)
                .await?;
            let (event, ended) = if is_active {
                (Event::Activated, Vec::new())
            } else {
                let reason = EndReason::Deactivated;
                let ended = end_all(&mut *connection, id, reason, now).await?;
                (Event::Deactivated, ended)
            };
            record(connection, now, event, id, None).await?;
            Ok(Some(AccountChange {
                changed: true,
                ended,
            }))
        })
    }
}
