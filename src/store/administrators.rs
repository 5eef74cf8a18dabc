//! Administrators: making and removing them, and the rule that keeps the last one.

use super::{
    AccountName, Store, StoreError,
    accounts::{FoundAccount, find_for_update},
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::AccountId,
};

impl Store {
    /// Makes an account an administrator, which only an active administrator may, or removes
    /// that right, which is subject to [`check_actor`]. Returns whether that changed anything; `None` if there is no such
    /// account.
    pub(crate) async fn set_account_admin(
        &self,
        account: AccountId,
        is_admin: bool,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Option<bool>, StoreError> {
        let name = AccountName::Id(account);
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            lock_accounts(&mut *connection, name, actor).await?;
            let Some(found) = find_for_update(&mut *connection, name).await? else {
                return Ok(None);
            };
            if is_admin {
                check_administrator(&mut *connection, actor).await?;
            } else {
                check_actor(&mut *connection, found, actor).await?;
            }
            if found.is_admin == is_admin {
                return Ok(Some(false));
            }
            sqlx::query("UPDATE accounts SET is_admin = $2 WHERE id = $1")
                .bind(account)
                .bind(is_admin)
                .execute(&mut *connection)
                .await?;
            let event = if is_admin {
                AuditEvent::AdminGranted
            } else {
                AuditEvent::AdminRevoked
            };
            let entry = AuditEntry::new(event).of(account).by(actor);
            trail.record(connection, now, entry).await?;
            Ok(Some(true))
        })
    }
}

/// Locks an account that is named by its id, and the account that acts on it. `PostgreSQL`
/// locks them in the order of their ids, so that two administrators who act on each other
/// wait for each other and cannot deadlock. `SQLite` has one writer, and nothing to lock.
pub(super) async fn lock_accounts<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    name: AccountName<'_>,
    actor: Actor,
) -> Result<(), StoreError> {
    let (AccountName::Id(account), Some(actor)) = (name, actor.account()) else {
        return Ok(());
    };
    let connection = connection.into();
    let lock = connection.pick(
        "SELECT $1, $2",
        "SELECT id FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE",
    );
    for_either!(connection, |connection| {
        let lock = sqlx::query(lock).bind(account).bind(actor);
        lock.execute(connection).await?;
    });
    Ok(())
}

/// Checks that the account that acts may deactivate or delete this account, or remove its
/// administrator rights. If this account is an administrator, only another active administrator may, so
/// that one always stays, even if two act on each other at the same time. An operator at the
/// command line, who has no account, may always.
///
/// # Errors
/// [`StoreError::OwnAccount`] or [`StoreError::NotAdministrator`].
pub(super) async fn check_actor<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    account: FoundAccount,
    actor: Actor,
) -> Result<(), StoreError> {
    if !account.is_admin {
        return Ok(());
    }
    if actor.account() == Some(account.id) {
        return Err(StoreError::OwnAccount);
    }
    check_administrator(connection, actor).await
}

/// Checks that the account that acts is an active administrator, which it may no longer be when
/// its request has waited for a lock.
///
/// # Errors
/// [`StoreError::NotAdministrator`].
pub(super) async fn check_administrator<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    actor: Actor,
) -> Result<(), StoreError> {
    let Some(actor) = actor.account() else {
        return Ok(());
    };
    let connection = connection.into();
    let find = connection.pick(
        "SELECT id FROM accounts WHERE id = $1 AND is_admin AND is_active",
        "SELECT id FROM accounts WHERE id = $1 AND is_admin AND is_active FOR UPDATE",
    );
    for_either!(connection, |connection| {
        let found: Option<AccountId> = sqlx::query_scalar(find)
            .bind(actor)
            .fetch_optional(connection)
            .await?;
        found.map(drop).ok_or(StoreError::NotAdministrator)
    })
}
