//! Audit events, named as in the OWASP logging vocabulary.

mod actor;
mod entry;

pub(crate) use actor::Actor;
pub(crate) use entry::AuditEntry;

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
    /// A sign-in failed. Only a limited number is stored, or an attacker could fill the
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
    /// A change of the password failed, because the current one was wrong. Only a limited number
    /// is stored.
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
    /// An administrator or an operator invited a user to register.
    InvitationCreated,
    /// A user registered by an invitation.
    InvitationAccepted,
    /// An administrator withdrew an invitation.
    InvitationWithdrawn,
    /// A signing key was created and published.
    KeyCreated,
    /// The time until which a signing key must verify was raised. It is logged but not stored,
    /// because it happens every hour.
    KeyExtended,
    /// A signing key was revoked: its access tokens become invalid.
    KeyRevoked,
    /// A signing key was deleted, because all of its tokens have expired.
    KeyRetired,
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
            // The vocabulary has no events of invitations, and none of keys.
            Self::InvitationCreated => "invitation_created",
            Self::InvitationAccepted => "invitation_accepted",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::KeyCreated => "crypt_key_created",
            Self::KeyExtended => "crypt_key_extended",
            Self::KeyRevoked => "crypt_key_revoked",
            Self::KeyRetired => "crypt_key_retired",
        }
    }

    /// Returns whether the event is logged as a warning.
    pub(crate) const fn is_warning(self) -> bool {
        matches!(
            self,
            Self::TokenReuse
                | Self::SignInFailed
                | Self::TooManyAttempts
                | Self::PasswordChangeFailed
                | Self::AdminGranted
                | Self::AdminRevoked
                | Self::KeyRevoked
        )
    }
}
