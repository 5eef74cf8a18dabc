//! Invitations: what an administrator may do with them.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};

use super::{Administrator, seconds};
use crate::{
    accounts::{Email, Invitation},
    http::routes::Form,
    wire::{ApiError, Code, CreatedInvitation, Done, InvitationList, ListedInvitation},
};

/// The maximum number of invitations that are returned.
const MAX_LISTED: u32 = 1_000;

impl Administrator {
    /// Invites the user of an e-mail address to register. Another invitation for this address
    /// becomes invalid. The response has the token of the link, which is not shown again.
    ///
    /// # Errors
    /// 422 `invalid_input` with the field `email`; 409 `email_taken` if an account has the
    /// address; 403 `registration_closed` with
    /// [`Registration::Closed`](crate::Registration::Closed); 403 `forbidden` if this account has
    /// meanwhile lost its rights; 404 `not_found` with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only); 503 `busy` if
    /// the database does not respond.
    pub async fn invite(&self, email: &str) -> Result<CreatedInvitation, ApiError> {
        self.portcullis.require_invitations()?;
        let email = Email::parse(email).map_err(|problem| ApiError::field("email", problem))?;
        let accounts = self.portcullis.accounts().by(self.account);
        let created = accounts.invite(&email).await?;
        let invitation = created.invitation();
        Ok(CreatedInvitation {
            detail: "The invitation has been created.".to_owned(),
            token: created.token(),
            email: invitation.email.clone(),
            expires_at: seconds(invitation.expires_at),
        })
    }

    /// Returns the invitations that can still be used, newest first and at most 1,000.
    ///
    /// # Errors
    /// 503 `busy` if the database does not respond.
    pub async fn invitations(&self) -> Result<InvitationList, ApiError> {
        let invitations = self.portcullis.accounts().invitations(MAX_LISTED).await?;
        Ok(InvitationList {
            invitations: invitations.into_iter().map(listed).collect(),
        })
    }

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// 404 `not_found` if there is no such invitation, or it cannot be used any more; 403
    /// `forbidden` if this account has meanwhile lost its rights; 503 `busy` if the database does
    /// not respond.
    pub async fn withdraw_invitation(&self, id: &str) -> Result<Done, ApiError> {
        let id = id.parse().map_err(|_| Code::NotFound)?;
        let accounts = self.portcullis.accounts().by(self.account);
        if accounts.withdraw_invitation(id).await? {
            Ok(Done::invitation_withdrawn())
        } else {
            Err(Code::NotFound.into())
        }
    }
}

fn listed(invitation: Invitation) -> ListedInvitation {
    ListedInvitation {
        id: invitation.id.to_string(),
        email: invitation.email,
        created_at: seconds(invitation.created_at),
        expires_at: seconds(invitation.expires_at),
        created_by: invitation.created_by.unwrap_or_default(),
    }
}

pub(in crate::http) async fn list(
    administrator: Administrator,
) -> Result<Json<InvitationList>, ApiError> {
    Ok(Json(administrator.invitations().await?))
}

/// Responds with JSON to a form too: a redirect could not show the token.
pub(in crate::http) async fn invite(
    administrator: Administrator,
    body: Bytes,
) -> Result<Json<CreatedInvitation>, ApiError> {
    let email = Form::read(&body).get("email").unwrap_or_default();
    Ok(Json(administrator.invite(&email).await?))
}

pub(in crate::http) async fn withdraw(
    administrator: Administrator,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    // An id that is not UTF-8 is unknown, as any other string that is not an id.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let done = Json(administrator.withdraw_invitation(&id).await?);
    Ok(Form::read(&body).respond(&headers, "/", done))
}
