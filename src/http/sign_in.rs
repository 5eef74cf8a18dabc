//! Registering and signing in with a password.

use super::{Caller, Issued};
use crate::{
    accounts::{AccountError, DisplayName, Email, NewPassword},
    audit::AuditEvent,
    sessions::SessionError,
    statistics::Counter,
    store::StoreError,
    wire::{ApiError, Code, Problem},
};

impl Caller {
    /// Creates an account and signs in. Ends the session that the browser had before.
    ///
    /// # Errors
    /// 403 `registration_closed` with [`Registration::Closed`](crate::Registration::Closed), 422
    /// `invalid_input` with the fields, 409 `email_taken`, 429 `too_many_attempts`, 503
    /// `busy`; 404 `not_found` with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only).
    pub async fn register(
        &self,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<Issued, ApiError> {
        self.require_passwords()?;
        if !self.service().can_register() {
            return Err(Code::RegistrationClosed.into());
        }
        let form = (
            Email::parse(email),
            DisplayName::parse(name),
            NewPassword::parse(password),
        );
        let (Ok(email), Ok(name), Ok(password)) = &form else {
            return Err(ApiError::fields([
                ("email", form.0.err()),
                ("name", form.1.err()),
                ("password", form.2.err()),
            ]));
        };
        let client = self.device.network();
        let accounts = self.service().accounts().for_client(client);
        // Like any other invalid field, before the attempt counts.
        if accounts
            .check_context(password, email.key(), name.as_str())
            .is_err()
        {
            return Err(ApiError::field("password", Problem::PasswordPersonal));
        }
        let admitted = self.attempts().register(client).await;
        admitted.map_err(rejected)?;
        let account = accounts.register(email, name, password).await?;
        let begun = self.begin(&account, "Your account has been created.").await;
        begun.map_err(hide_inactive)
    }

    /// Signs in by e-mail address and password. Ends the session that the browser had before.
    ///
    /// # Errors
    /// 401 `invalid_credentials`, whatever was wrong; 422 `invalid_input` with the empty fields;
    /// 429 `too_many_attempts`; 503 `busy`; 404 `not_found` with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only).
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Issued, ApiError> {
        self.require_passwords()?;
        let missing = |is_empty: bool| is_empty.then_some(Problem::Missing);
        let (no_email, no_password) = (email.trim().is_empty(), password.is_empty());
        if no_email || no_password {
            let problems = [
                ("email", missing(no_email)),
                ("password", missing(no_password)),
            ];
            return Err(ApiError::fields(problems));
        }
        let client = self.device.network();
        let attempt = self.attempts().sign_in(email, client).await;
        let attempt = attempt.map_err(rejected)?;
        let accounts = self.service().accounts().for_client(client);
        let account = accounts.check(email, password).await;
        match &account {
            Ok(_) => attempt.succeed().await,
            Err(AccountError::InvalidCredentials) => {
                AuditEvent::SignInFailed.log(None, None);
                let counters = self.service().sessions().counters();
                counters.count(Counter::SignInFailed);
            }
            Err(_) => attempt.refund().await,
        }
        let begun = self.begin(&account?, "Signed in.").await;
        begun.map_err(hide_inactive)
    }
}

/// Converts the error of an attempt that was not admitted, and logs it.
pub(super) fn rejected(error: StoreError) -> ApiError {
    if matches!(error, StoreError::TooManyAttempts(_)) {
        AuditEvent::TooManyAttempts.log(None, None);
    }
    error.into()
}

/// Hides that an account was deactivated after its password was checked: the error is that of a
/// wrong password, because the caller has presented only a password.
fn hide_inactive(error: SessionError) -> ApiError {
    match error {
        SessionError::Inactive => Code::InvalidCredentials.into(),
        other => other.into(),
    }
}
