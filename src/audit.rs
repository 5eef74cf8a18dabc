//! What is worth remembering, by the names of the OWASP logging vocabulary.

use crate::ids::{AccountId, SessionId};

/// An event of the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// An account was created.
    UserCreated,
    /// The application gave an external account another e-mail address or name.
    UserUpdated,
    /// Somebody signed in.
    SignedIn,
    /// Somebody failed to sign in. Logged; not stored, or an attacker could
    /// fill the database.
    SignInFailed,
    /// A session was ended by its owner, or by signing in over it.
    SignedOut,
    /// A session was ended by an operator; without a session, all of the
    /// account's were.
    SessionRevoked,
    /// A superseded refresh token came back, and its session was ended.
    TokenReuse,
    /// An account was switched off, and its sessions were ended.
    Deactivated,
    /// An account was switched on.
    Activated,
}

impl Event {
    /// The name in the vocabulary.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UserCreated => "user_created",
            Self::UserUpdated => "user_updated",
            Self::SignedIn => "authn_login_success",
            Self::SignInFailed => "authn_login_fail",
            Self::SignedOut => "session_ended",
            Self::SessionRevoked => "authn_token_revoked",
            Self::TokenReuse => "authn_token_reuse",
            Self::Deactivated => "user_deactivated",
            Self::Activated => "user_activated",
        }
    }

    /// Writes the event to the log. Ids only: no address, no name, no token.
    pub(crate) fn log(self, account: Option<AccountId>, session: Option<SessionId>) {
        let account = account.map(tracing::field::display);
        let session = session.map(tracing::field::display);
        match self {
            Self::TokenReuse | Self::SignInFailed => {
                tracing::warn!(target: "portcullis::audit", event = self.name(), account, session);
            }
            _ => tracing::info!(target: "portcullis::audit", event = self.name(), account, session),
        }
    }
}
