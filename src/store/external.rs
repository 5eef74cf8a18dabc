//! External accounts, which the application authenticates and names by an id of its own.

use super::{
    Store, StoreError, StoredAccount,
    connection::{backend::Durability::Full, either::with_connection},
};
use crate::{
    audit::{AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::AccountId,
};

/// The application's data of an external account.
#[derive(Clone, Copy)]
pub(crate) struct ExternalProfile<'a> {
    pub(crate) external_id: &'a str,
    /// Empty if there is none.
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
}

const FIND: &str = "
    SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
    FROM accounts WHERE external_id = $1";

impl Store {
    /// Returns the account of an external id.
    pub(crate) async fn external_account(
        &self,
        external_id: &str,
    ) -> Result<Option<StoredAccount>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let account = sqlx::query_as(FIND)
                .bind(external_id)
                .fetch_optional(connection)
                .await?;
            Ok(account)
        })
    }

    /// Creates the account of an external id under the id `new`, or updates its e-mail
    /// address and name if it is active. If two callers create it at once, the database
    /// accepts the first, and both get its account.
    pub(crate) async fn put_external_account(
        &self,
        profile: &ExternalProfile<'_>,
        new: AccountId,
        now: Timestamp,
    ) -> Result<StoredAccount, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let inserted = sqlx::query(
                "INSERT INTO accounts
                     (id, external_id, email, name, is_active, is_admin, created_at)
                 VALUES ($1, $2, $3, $4, TRUE, FALSE, $5)
                 ON CONFLICT (external_id) DO NOTHING",
            )
            .bind(new)
            .bind(profile.external_id)
            .bind(profile.email)
            .bind(profile.name)
            .bind(now)
            .execute(&mut *connection)
            .await?;
            let mut event = (inserted.rows_affected() == 1).then_some(AuditEvent::UserCreated);
            if event.is_none() {
                let updated = sqlx::query(
                    "UPDATE accounts SET email = $2, name = $3
                     WHERE external_id = $1 AND (email <> $2 OR name <> $3) AND is_active",
                )
                .bind(profile.external_id)
                .bind(profile.email)
                .bind(profile.name)
                .execute(&mut *connection)
                .await?;
                event = (updated.rows_affected() == 1).then_some(AuditEvent::UserUpdated);
            }
            let account: StoredAccount = sqlx::query_as(FIND)
                .bind(profile.external_id)
                .fetch_one(&mut *connection)
                .await?;
            if let Some(event) = event {
                let entry = AuditEntry::new(event).of(account.id);
                trail.record(connection, now, entry).await?;
            }
            Ok(account)
        })
    }
}
