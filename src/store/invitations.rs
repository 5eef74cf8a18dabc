//! Invitations: links by which the user of an address may register. They are rows of
//! `one_time_tokens`, which is for all links that are used once.

use super::{
    Store, StoreError,
    administrators::check_administrator,
    audit::Trail,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    ids::{AccountId, InvitationId},
};

/// An invitation to create. It has no `Debug`, because it holds a hash.
pub(crate) struct NewInvitation<'a> {
    pub(crate) id: InvitationId,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) email: &'a str,
    pub(crate) email_key: &'a str,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) actor: Actor,
}

/// An invitation that can still be used.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct InvitationRow {
    pub(crate) id: InvitationId,
    pub(crate) email: String,
    pub(crate) email_key: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The e-mail address of the account that created it; `None` for an operator, and if that
    /// account has been purged.
    pub(crate) created_by_email: Option<String>,
}

/// The invitation that a registration accepts. It has no `Debug`, because it holds a hash.
pub(crate) struct AcceptedInvitation {
    pub(crate) token_hash: Vec<u8>,
}

macro_rules! invitations {
    ($condition:literal) => {
        concat!(
            "SELECT id, email, email_key, created_at, expires_at,
                    (SELECT email FROM accounts a WHERE a.id = created_by) AS created_by_email
             FROM one_time_tokens
             WHERE purpose = 'invitation' AND expires_at > $1",
            $condition
        )
    };
}

pub(super) const BY_TOKEN: &str = invitations!(" AND token_hash = $2");
pub(super) const NEWEST: &str = invitations!(" ORDER BY id DESC LIMIT $2");

impl Store {
    /// Creates an invitation, which replaces another one for the same address. An account that
    /// creates it must be an active administrator.
    pub(crate) async fn put_invitation(&self, new: &NewInvitation<'_>) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            check_administrator(&mut *connection, new.actor).await?;
            sqlx::query(
                "INSERT INTO one_time_tokens
                     (id, purpose, token_hash, email, email_key, created_by, created_at, expires_at)
                 VALUES ($1, 'invitation', $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (email_key) WHERE purpose = 'invitation' DO UPDATE SET
                     id = excluded.id, token_hash = excluded.token_hash, email = excluded.email,
                     created_by = excluded.created_by, created_at = excluded.created_at,
                     expires_at = excluded.expires_at",
            )
            .bind(new.id)
            .bind(&new.token_hash)
            .bind(new.email)
            .bind(new.email_key)
            .bind(new.actor.account())
            .bind(new.created_at)
            .bind(new.expires_at)
            .execute(&mut *connection)
            .await?;
            let entry = AuditEntry::new(AuditEvent::InvitationCreated).by(new.actor);
            trail.record(connection, new.created_at, entry).await
        })
    }

    /// Returns the invitation of a token; `None` if there is none, it was used or withdrawn, or
    /// it has expired.
    pub(crate) async fn invitation(
        &self,
        token_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<InvitationRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let row = sqlx::query_as(BY_TOKEN)
                .bind(now)
                .bind(token_hash)
                .fetch_optional(connection)
                .await?;
            Ok(row)
        })
    }

    /// Returns the invitations that can still be used, newest first, and at most `limit` of
    /// them.
    pub(crate) async fn invitations(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<InvitationRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let rows = sqlx::query_as(NEWEST)
                .bind(now)
                .bind(i64::from(limit))
                .fetch_all(connection)
                .await?;
            Ok(rows)
        })
    }

    /// Withdraws an invitation. Returns whether there was one.
    pub(crate) async fn withdraw_invitation(
        &self,
        id: InvitationId,
        now: Timestamp,
        actor: Actor,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            check_administrator(&mut *connection, actor).await?;
            let withdrawn = sqlx::query(
                "DELETE FROM one_time_tokens
                 WHERE id = $1 AND purpose = 'invitation' AND expires_at > $2",
            )
            .bind(id)
            .bind(now)
            .execute(&mut *connection)
            .await?;
            let is_withdrawn = withdrawn.rows_affected() == 1;
            if is_withdrawn {
                let entry = AuditEntry::new(AuditEvent::InvitationWithdrawn).by(actor);
                trail.record(connection, now, entry).await?;
            }
            Ok(is_withdrawn)
        })
    }
}

/// Uses an invitation up for the account that it creates: of two registrations with it, one
/// waits for the other and finds it gone.
///
/// # Errors
/// [`StoreError::InvalidInvitation`] if it cannot be used any more, or is for another address.
pub(super) async fn accept<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    trail: &mut Trail,
    accepted: &AcceptedInvitation,
    email_key: &str,
    account: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for_either!(connection.into(), |connection| {
        let used = sqlx::query(
            "DELETE FROM one_time_tokens
             WHERE token_hash = $1 AND purpose = 'invitation' AND email_key = $2
               AND expires_at > $3",
        )
        .bind(&accepted.token_hash)
        .bind(email_key)
        .bind(now)
        .execute(&mut *connection)
        .await?;
        if used.rows_affected() == 0 {
            return Err(StoreError::InvalidInvitation);
        }
        let entry = AuditEntry::new(AuditEvent::InvitationAccepted).of(account);
        trail.record(connection, now, entry).await
    })
}
