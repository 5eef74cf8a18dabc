//! Converts errors of the services to [`ApiError`]: the caller gets a code and no details.
//! Internal errors are logged here.

use std::time::Duration;

use crate::{
    accounts::{AccountError, ExternalAccountError, PasswordError},
    keys::KeyError,
    sessions::SessionError,
    store::StoreError,
    token::TokenError,
    wire::{ApiError, Code, Problem},
};

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Token(TokenError::Expired) => Code::TokenExpired.into(),
            SessionError::Token(TokenError::Invalid) => Code::TokenInvalid.into(),
            SessionError::Ended => Code::SessionEnded.into(),
            SessionError::Revoked => Code::SessionRevoked.into(),
            SessionError::EndedElsewhere => Code::EndedElsewhere.into(),
            SessionError::SessionLimit => Code::SessionLimit.into(),
            SessionError::PasswordChanged => Code::PasswordChanged.into(),
            SessionError::Reuse => Code::ReuseDetected.into(),
            SessionError::Inactive => Code::AccountInactive.into(),
            SessionError::Deleted => Code::AccountDeleted.into(),
            SessionError::Busy
            | SessionError::Token(TokenError::UnknownKey)
            | SessionError::Key(KeyError::KeyExpiresTooSoon) => Code::Busy.into(),
            SessionError::Key(error) => {
                tracing::error!(%error, "could not sign a token");
                Code::Internal.into()
            }
            SessionError::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::EmailTaken => Code::EmailTaken.into(),
            AccountError::NoSuchAccount
            | AccountError::NoSuchExternalAccount
            | AccountError::NoPassword => Code::NotFound.into(),
            AccountError::OwnAccount => Code::OwnAccount.into(),
            AccountError::NotAdministrator => Code::Forbidden.into(),
            AccountError::Inactive => Code::AccountInactive.into(),
            AccountError::InvalidCredentials => Code::InvalidCredentials.into(),
            AccountError::PersonalPassword => {
                Self::field("new_password", Problem::PasswordPersonal)
            }
            AccountError::SamePassword => Self::field("new_password", Problem::SamePassword),
            AccountError::Password(PasswordError::Busy) => Code::Busy.into(),
            AccountError::Password(PasswordError::Failed) | AccountError::NoRandomness => {
                Code::Internal.into()
            }
            AccountError::Store(error) => error.into(),
        }
    }
}

impl From<ExternalAccountError> for ApiError {
    /// An invalid external account is an error of the application, not of the user.
    fn from(error: ExternalAccountError) -> Self {
        tracing::error!(%error, "cannot sign in an external account");
        Code::Internal.into()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if let StoreError::TooManyAttempts(wait) = error {
            return too_many_attempts(wait);
        }
        if matches!(error, StoreError::InvalidInvitation) {
            return Code::InvitationInvalid.into();
        }
        tracing::error!(%error, "the database failed");
        if error.is_transient() {
            Code::Busy.into()
        } else {
            Code::Internal.into()
        }
    }
}

/// Returns the error for an attempt beyond a limit, with the time to wait in whole seconds,
/// rounded up.
fn too_many_attempts(wait: Duration) -> ApiError {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let mut error = ApiError::from(Code::TooManyAttempts);
    error.retry_after = Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1));
    error
}
