//! Invitations: links by which the user of an e-mail address may register.

use std::time::Duration;

use super::{AccountError, Accounts, Email, OneTimeToken};
use crate::{
    clock::Timestamp,
    ids::InvitationId,
    store::{InvitationRow, NewInvitation},
};

/// How long an invitation can be used, unless
/// [`Builder::invitation_lifetime`](crate::Builder::invitation_lifetime) sets another time.
pub(crate) const DEFAULT_INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An invitation that can still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The e-mail address that may register.
    pub email: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The e-mail address of the administrator who created it; `None` for an operator.
    pub created_by: Option<String>,
}

/// A new invitation, with the token of its link.
#[derive(Clone, Debug)]
pub struct NewlyInvited {
    invitation: Invitation,
    token: OneTimeToken,
}

impl NewlyInvited {
    /// Returns the invitation.
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// Returns the token: 43 characters of base64url. The database has only its hash, so it
    /// cannot be shown again. Send it to the invited user in a link to the registration page, and
    /// from there to [`Caller::register_invited`](crate::http::Caller::register_invited).
    pub fn token(&self) -> String {
        self.token.expose()
    }
}

impl Accounts {
    /// Invites the user of an e-mail address to register. Another invitation for this address
    /// becomes invalid.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`] if an account has the address,
    /// [`AccountError::NotAdministrator`] if an account acts ([`Accounts::by`]) that is no active
    /// administrator, [`AccountError::NoRandomness`] if the machine has no random bits, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn invite(&self, email: &Email) -> Result<NewlyInvited, AccountError> {
        let key = self.stored_key(email).await?;
        if self.store.account_by_email(key).await?.is_some() {
            return Err(AccountError::EmailTaken);
        }
        let token = OneTimeToken::generate().ok_or(AccountError::NoRandomness)?;
        let created_at = self.clock.now();
        let new = NewInvitation {
            id: InvitationId::new(created_at),
            token_hash: token.hash(),
            email: email.as_str(),
            email_key: email.key(),
            created_at,
            expires_at: created_at + self.invitation_lifetime,
            actor: self.actor,
        };
        self.store.put_invitation(&new).await?;
        Ok(NewlyInvited {
            invitation: Invitation {
                id: new.id,
                email: new.email.to_owned(),
                created_at,
                expires_at: new.expires_at,
                created_by: None,
            },
            token,
        })
    }

    /// Returns the invitations that can still be used, newest first, and at most `limit` of
    /// them.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the database fails.
    pub async fn invitations(&self, limit: u32) -> Result<Vec<Invitation>, AccountError> {
        let rows = self.store.invitations(self.clock.now(), limit).await?;
        Ok(rows.into_iter().map(Invitation::of).collect())
    }

    /// Withdraws an invitation. Returns whether it could still be used.
    ///
    /// # Errors
    /// [`AccountError::NotAdministrator`] if an account acts that is no active administrator, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn withdraw_invitation(&self, id: InvitationId) -> Result<bool, AccountError> {
        let (now, actor) = (self.clock.now(), self.actor);
        Ok(self.store.withdraw_invitation(id, now, actor).await?)
    }

    /// Returns the invitation of a token; `None` if it was used or withdrawn, has expired, or
    /// never existed.
    pub(crate) async fn invitation(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<InvitationRow>, AccountError> {
        let now = self.clock.now();
        Ok(self.store.invitation(&token.hash(), now).await?)
    }
}

impl Invitation {
    fn of(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            created_at: row.created_at,
            expires_at: row.expires_at,
            created_by: row.created_by_email.filter(|email| !email.is_empty()),
        }
    }
}
