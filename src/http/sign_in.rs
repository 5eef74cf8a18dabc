//! Registering and signing in with a password.

use super::{Caller, Issued};
use crate::{
    accounts::{AccountError, DisplayName, Email, NewPassword, SignedInAccount},
    audit::{AuditEntry, AuditEvent},
    ids::AccountId,
    sessions::{IssuedTokens, SessionError},
    statistics::Counter,
    store::StoreError,
    wire::{ApiError, Code, Problem},
};

impl Caller {
    /// Creates an account and signs in. Ends the session that the browser had before. If the
    /// address has an account with the same password, signs in to that account: the response to
    /// the same registration may have been lost.
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
        self.register_with(None, email, name, password).await
    }

    /// Registers as [`Caller::register`] does, by an invitation
    /// ([`Accounts::invite`](crate::accounts::Accounts::invite)) for this e-mail address, also
    /// with [`Registration::Invited`](crate::Registration::Invited). The invitation is used up
    /// together with the creation of the account.
    ///
    /// # Errors
    /// 403 `invitation_invalid` if the invitation was used or withdrawn, has expired, never
    /// existed, or is for another address; otherwise as [`Caller::register`].
    pub async fn register_invited(
        &self,
        invitation: &str,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<Issued, ApiError> {
        self.service().require_invitations()?;
        let invitation = Some(invitation);
        self.register_with(invitation, email, name, password).await
    }

    async fn register_with(
        &self,
        invitation: Option<&str>,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<Issued, ApiError> {
        let form = (
            Email::parse(email),
            DisplayName::parse(name),
            NewPassword::parse(password),
        );
        let (Ok(address), Ok(name), Ok(new)) = &form else {
            return Err(ApiError::fields([
                ("email", form.0.err()),
                ("name", form.1.err()),
                ("password", form.2.err()),
            ]));
        };
        let client = self.device().network();
        let accounts = self.service().accounts().for_client(client);
        // Like any other invalid field, before the attempt counts.
        if accounts
            .check_context(new, address.key(), name.as_str())
            .is_err()
        {
            return Err(ApiError::field("password", Problem::PasswordPersonal));
        }
        let admitted = self.attempts().register(client).await;
        admitted.map_err(|error| self.rejected(error))?;
        let repeat = |code| self.repeat_registration(email, password, code);
        // Before the password is hashed, which a made-up invitation should not cost.
        let accepted = match invitation {
            None => None,
            Some(invitation) => match self.accepted(invitation, address).await? {
                None => return repeat(Code::InvitationInvalid).await,
                accepted => accepted,
            },
        };
        let account = match accounts.prepare_own(address, name, new).await {
            Err(AccountError::EmailTaken) => return repeat(Code::EmailTaken).await,
            account => account?,
        };
        let replaced = self.sessions_of_tokens().await?;
        let (sessions, device) = (self.service().sessions(), self.device().stored());
        let begun = sessions.begin_registered(device, &account, accepted.as_ref(), &replaced);
        match begun.await {
            Ok(tokens) => Ok(self.issue(tokens, "Your account has been created.")),
            Err(SessionError::Store(StoreError::EmailTaken)) => repeat(Code::EmailTaken).await,
            Err(SessionError::Store(StoreError::InvalidInvitation)) => {
                repeat(Code::InvitationInvalid).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Signs in to the account that has the address already, if the password is right: the
    /// response to the registration was lost, and its user has sent the form again. The password
    /// is checked as at any sign-in, with its limits.
    ///
    /// # Errors
    /// The code with any other password; otherwise as [`Caller::sign_in`].
    async fn repeat_registration(
        &self,
        email: &str,
        password: &str,
        code: Code,
    ) -> Result<Issued, ApiError> {
        match self.sign_in(email, password).await {
            Err(error) if error.code == Code::InvalidCredentials => Err(code.into()),
            signed_in => signed_in,
        }
    }

    /// Signs in by e-mail address and password. Ends the session that the browser had before.
    ///
    /// # Errors
    /// 401 `invalid_credentials`, whatever was wrong; 422 `invalid_input` with the empty fields;
    /// 429 `too_many_attempts`; 503 `busy`; 404 `not_found` with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only).
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Issued, ApiError> {
        let account = self.check_password(email, password).await?;
        let begun = self.begin(&account, "Signed in.").await;
        begun.map_err(hide_inactive)
    }

    /// Signs in a client that is not a browser, and returns its tokens. Ends no other session.
    ///
    /// # Errors
    /// As [`Caller::sign_in`].
    pub(super) async fn sign_in_client(
        &self,
        email: &str,
        password: &str,
    ) -> Result<IssuedTokens, ApiError> {
        let account = self.check_password(email, password).await?;
        let (sessions, device) = (self.service().sessions(), self.device().stored());
        let begun = sessions.begin_on(device, &account, &[]).await;
        begun.map_err(hide_inactive)
    }

    /// Verifies a password, if the limits admit the attempt.
    async fn check_password(
        &self,
        email: &str,
        password: &str,
    ) -> Result<SignedInAccount, ApiError> {
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
        let client = self.device().network();
        let attempt = self.attempts().sign_in(email, client).await;
        let attempt = attempt.map_err(|error| self.rejected(error))?;
        let accounts = self.service().accounts().for_client(client);
        let account = match accounts.check_or_name(email, password).await {
            Ok(Ok(account)) => account,
            Ok(Err(account)) => {
                self.sign_in_failed(account).await;
                return Err(Code::InvalidCredentials.into());
            }
            Err(error) => {
                attempt.refund().await;
                return Err(error.into());
            }
        };
        attempt.succeed().await;
        Ok(account)
    }

    /// Counts and records a failed sign-in: to an account, or with an e-mail address that has
    /// none.
    async fn sign_in_failed(&self, account: Option<AccountId>) {
        let counters = self.service().sessions().counters();
        counters.count(Counter::SignInFailed);
        let mut entry = AuditEntry::new(AuditEvent::SignInFailed);
        if let Some(account) = account {
            entry = entry.of(account);
        }
        let attempts = self.attempts();
        attempts
            .record_failure(entry, self.device().network())
            .await;
    }

    /// Converts the error of an attempt that was not admitted. Counts and logs it if a limit
    /// rejected the attempt.
    pub(super) fn rejected(&self, error: StoreError) -> ApiError {
        if matches!(error, StoreError::TooManyAttempts(_)) {
            AuditEntry::new(AuditEvent::TooManyAttempts).log();
            self.service()
                .sessions()
                .counters()
                .count_rejected_attempt();
        }
        error.into()
    }
}

/// Hides that an account was deactivated after its password was checked: the error is that of a
/// wrong password, because the caller has presented only a password.
fn hide_inactive(error: SessionError) -> ApiError {
    match error {
        SessionError::Inactive => Code::InvalidCredentials.into(),
        other => other.into(),
    }
}
