//! Audit events, named as in the OWASP logging vocabulary.

use crate::ids::{AccountId, SessionId};

/// An event of the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditEvent {
    /// An account was created.
    UserCreated,
    /// An operator changed the name of an account, or the application the e-mail address or
    /// the name of an external account.
    UserUpdated,
    /// A user signed in.
    SignedIn,
    /// A sign-in failed. It is logged but not stored, or an attacker could fill the
    /// database.
    SignInFailed,
    /// A limit on attempts rejected a sign-in, a registration or a change of a password. It is
    /// logged but not stored.
    TooManyAttempts,
    /// The user ended a session: by signing out, by a new sign-in in the same browser, or
    /// from another session; without a session id, all other sessions of the account.
    SignedOut,
    /// A sign-in above the limit of live sessions of the account ended the session.
    SessionLimit,
    /// An operator ended a session; without a session id, all sessions of the account.
    SessionRevoked,
    /// A superseded refresh token was presented, or a stray was detected, and the session
    /// was ended.
    TokenReuse,
    /// A password was changed, and the other sessions of the account were ended.
    PasswordChanged,
    /// A change of the password failed, because the current one was wrong. It is logged but
    /// not stored.
    PasswordChangeFailed,
    /// An account was deactivated, and its sessions were ended.
    Deactivated,
    /// An account was activated.
    Activated,
    /// An account became an administrator.
    AdminGranted,
    /// An account is no longer an administrator.
    AdminRevoked,
    /// An account was deleted, and its sessions were ended.
    Deleted,
}

impl AuditEvent {
    /// Returns the name of the event in the vocabulary.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UserCreated => "user_created",
            Self::UserUpdated => "user_updated",
            Self::SignedIn => "authn_login_success",
            Self::SignInFailed => "authn_login_fail",
            Self::TooManyAttempts => "excess_rate_limit_exceeded",
            Self::SignedOut => "session_ended",
            Self::SessionLimit => "session_ended:limit",
            Self::SessionRevoked => "authn_token_revoked",
            Self::TokenReuse => "authn_token_reuse",
            Self::PasswordChanged => "authn_password_change",
            Self::PasswordChangeFailed => "authn_password_change_fail",
            Self::Deactivated => "user_deactivated",
            Self::Activated => "user_activated",
            // With the former and the new level, as arguments of the event.
            Self::AdminGranted => "authz_change:user,admin",
            Self::AdminRevoked => "authz_change:admin,user",
            Self::Deleted => "user_deleted",
        }
    }

    /// Logs the event with its ids, and without any address, name or token.
    pub(crate) fn log(self, account: Option<AccountId>, session: Option<SessionId>) {
        self.log_by(account, session, None);
    }

    /// Logs an event that another account caused, `actor`.
    pub(crate) fn log_by(
        self,
        account: Option<AccountId>,
        session: Option<SessionId>,
        actor: Option<AccountId>,
    ) {
        let account = account.map(tracing::field::display);
        let session = session.map(tracing::field::display);
        let actor = actor.map(tracing::field::display);
        match self {
            Self::TokenReuse
            | Self::SignInFailed
            | Self::TooManyAttempts
            | Self::PasswordChangeFailed
            | Self::AdminGranted
            | Self::AdminRevoked => {
                tracing::warn!(target: "portcullis::audit", event = self.name(), account, session, actor);
            }
            _ => {
                tracing::info!(target: "portcullis::audit", event = self.name(), account, session, actor);
            }
        }
    }
}
