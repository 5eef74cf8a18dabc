//! Registering by an invitation.

use super::{Caller, Issued};
use crate::{
    accounts::{Email, OneTimeToken},
    store::{AcceptedInvitation, InvitationRow},
    wire::{ApiError, Code, Invited},
};

impl Caller {
    /// Returns the user of an invitation, for the registration page. The page is read without
    /// a limit: an invitation has 256 random bits, and is found by an index.
    ///
    /// # Errors
    /// 403 `invitation_invalid` if the invitation was used or withdrawn, has expired, or never
    /// existed; 403 `registration_closed` with
    /// [`Registration::Closed`](crate::Registration::Closed); 404 `not_found` with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only); 503 `busy` if
    /// the database does not respond.
    pub async fn invited(&self, invitation: &str) -> Result<Invited, ApiError> {
        self.service().require_invitations()?;
        match self.invitation(invitation).await? {
            Some((row, _)) => Ok(Invited::new(row.email)),
            None => Err(Code::InvitationInvalid.into()),
        }
    }

    /// Registers by the fields of a form: e-mail address, name and password, with or without an
    /// invitation.
    pub(crate) async fn register_by_form(
        &self,
        invitation: Option<&str>,
        [email, name, password]: [&str; 3],
    ) -> Result<Issued, ApiError> {
        match invitation.filter(|invitation| !invitation.trim().is_empty()) {
            None => self.register(email, name, password).await,
            Some(invitation) => {
                let registered = self.register_invited(invitation, email, name, password);
                registered.await
            }
        }
    }

    /// Returns the invitation if it can be used, and is for this address.
    pub(super) async fn accepted(
        &self,
        invitation: &str,
        email: &Email,
    ) -> Result<Option<AcceptedInvitation>, ApiError> {
        let found = self.invitation(invitation).await?;
        let found = found.filter(|(row, _)| row.email_key == email.key());
        Ok(found.map(|(_, token)| AcceptedInvitation {
            token_hash: token.hash(),
        }))
    }

    async fn invitation(
        &self,
        invitation: &str,
    ) -> Result<Option<(InvitationRow, OneTimeToken)>, ApiError> {
        let Some(token) = OneTimeToken::parse(invitation) else {
            return Ok(None);
        };
        let row = self.service().accounts().invitation(&token).await?;
        Ok(row.map(|row| (row, token)))
    }
}
