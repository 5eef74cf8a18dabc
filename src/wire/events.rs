//! The recent events of an account, as shown to its owner.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::codes;

codes! {
    /// The kind of an event of the audit trail, by its name there.
    EventKind, or Other,
    {
        /// The user signed in.
        SignedIn = "authn_login_success", "Signed in";
        /// The user ended a session: by signing out, by signing in again in the same browser,
        /// or from another device.
        SignedOut = "session_ended", "Signed out";
        /// A sign-in above the limit of live sessions ended the one that was refreshed longest ago.
        SessionLimit = "session_ended:limit", "Signed out, because there were too many sessions";
        /// The password was changed, and all sessions of the account were ended.
        PasswordChanged = "authn_password_change", "Password changed; all earlier sessions were ended";
        /// An administrator ended one session, or all.
        SessionRevoked = "authn_token_revoked", "Signed out by an administrator";
        /// A session was used from two places at once, and was ended.
        TokenReuse = "authn_token_reuse", "A session was used from two places at once and was ended";
        /// The account was created.
        UserCreated = "user_created", "Account created";
        /// The name or the e-mail address was changed.
        UserUpdated = "user_updated", "Name or e-mail address changed";
        /// The account was deactivated.
        Deactivated = "user_deactivated", "Account deactivated";
        /// The account was activated.
        Activated = "user_activated", "Account activated";
        /// The account became an administrator.
        AdminGranted = "authz_change:user,admin", "Became an administrator";
        /// The account is no longer an administrator.
        AdminRevoked = "authz_change:admin,user", "No longer an administrator";
        /// The account was deleted.
        Deleted = "user_deleted", "Account deleted";
        /// An invitation to register was created.
        InvitationCreated = "invitation_created", "Invitation created";
        /// A user registered by an invitation.
        InvitationAccepted = "invitation_accepted", "Invitation accepted";
        /// An invitation was withdrawn.
        InvitationWithdrawn = "invitation_withdrawn", "Invitation withdrawn";
        /// A sign-in failed.
        SignInFailed = "authn_login_fail", "Failed to sign in";
        /// A change of the password failed, because the current one was wrong.
        PasswordChangeFailed = "authn_password_change_fail", "Failed to change the password";
        /// A signing key was created.
        KeyCreated = "crypt_key_created", "Signing key created";
        /// A signing key was revoked.
        KeyRevoked = "crypt_key_revoked", "Signing key revoked";
        /// A signing key was deleted.
        KeyRetired = "crypt_key_retired", "Signing key retired";
        /// An event that this version does not know.
        Other = "other", "Another event";
    }
}

/// The recent events of an account, newest first: the response of
/// [`paths::EVENTS`](super::paths::EVENTS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecentEvents {
    /// At most 20 events.
    pub events: Vec<AccountEvent>,
}

/// An event of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountEvent {
    /// What happened.
    pub event: EventKind,
    /// When, in seconds since the Unix epoch.
    pub at: u64,
    /// The IP address from which the owner of the account caused it; `None` if it is not known,
    /// or another caused it.
    pub address: Option<String>,
}
