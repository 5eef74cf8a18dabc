//! Changing the password of the caller's account.

use secrecy::{ExposeSecret, SecretString};

use super::{Caller, Issued};
use crate::{
    accounts::{AccountError, NewPassword},
    audit::{AuditEntry, AuditEvent},
    request_context,
    sessions::SessionError,
    token::Subject,
    wire::{ApiError, Code, Problem},
};

impl Caller {
    /// Changes the password of the account, ends all sessions of the account, and begins a
    /// new one for this browser. Runs to completion even if the client disconnects.
    ///
    /// If the access token has expired, the refresh token is exchanged first, so that a form
    /// that was open for long is not rejected.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 401 `invalid_credentials` with the field
    /// `current_password` if that is wrong, which ends no session; 422 `invalid_input` with
    /// the fields; 429 `too_many_attempts`; 503 `busy`; 404 `not_found` for an external account, and with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only).
    pub async fn change_password(&self, current: &str, new: &str) -> Result<Issued, ApiError> {
        self.require_passwords()?;
        let subject = self.subject().await?;
        let (current, new) = parse(current, new)?;
        let caller = self.clone();
        let change = async move {
            caller
                .carry_out(subject, current.expose_secret(), &new)
                .await
        };
        let changed = request_context::spawn(change).await;
        changed.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    async fn carry_out(
        &self,
        subject: Subject,
        current: &str,
        new: &NewPassword,
    ) -> Result<Issued, ApiError> {
        let Subject {
            account, session, ..
        } = subject;
        let client = self.device().network();
        let attempt = self.attempts().change_password(session, client).await;
        let attempt = attempt.map_err(|error| self.rejected(error))?;
        let accounts = self.service().accounts().for_client(client);
        let checked = accounts.check_change(account, current, new).await;
        if matches!(checked, Err(AccountError::InvalidCredentials)) {
            let entry = AuditEntry::new(AuditEvent::PasswordChangeFailed).of(account);
            let entry = entry.in_session(session);
            self.attempts().record_failure(entry, client).await;
            return Err(wrong_password());
        }
        attempt.refund().await;
        let change = checked?;
        let replaced = self.sessions_of_tokens().await?;
        let (sessions, device) = (self.service().sessions(), self.device().stored());
        let changed = sessions.change_password(change, session, replaced, device);
        match changed.await {
            // Another change, or a deactivation, was committed first.
            Err(SessionError::Inactive) => Err(wrong_password()),
            changed => Ok(self.issue(changed?, "Your password has been changed.")),
        }
    }

    /// Returns the account and the session of the caller.
    async fn subject(&self) -> Result<Subject, ApiError> {
        match self.authenticated() {
            Err(error) if error.code.is_about_session() && self.has_refresh_token() => {
                // These tokens are not sent, as if the response were lost. The rotation
                // recovers from that if the change fails.
                let refreshed = self.exchange().await?;
                Ok(refreshed.access.verified().subject())
            }
            access => Ok(access?.subject()),
        }
    }
}

/// # Errors
/// 422 `invalid_input` with the fields.
fn parse(current: &str, new: &str) -> Result<(SecretString, NewPassword), ApiError> {
    let missing = current.is_empty().then_some(Problem::Missing);
    match (missing, NewPassword::parse(new)) {
        (None, Ok(new)) => Ok((current.into(), new)),
        (missing, new) => Err(ApiError::fields([
            ("current_password", missing),
            ("new_password", new.err()),
        ])),
    }
}

fn wrong_password() -> ApiError {
    let mut error = ApiError::from(Code::InvalidCredentials);
    error
        .fields
        .push(("current_password".to_owned(), Problem::WrongPassword));
    error
}
