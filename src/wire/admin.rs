//! The administration: accounts and the audit trail, as shown to an administrator. Times are
//! seconds since the Unix epoch.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{EventKind, error::codes};

/// The query of [`paths::ADMIN_ACCOUNTS`](super::paths::ADMIN_ACCOUNTS). A field that is empty
/// is as one that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountQuery {
    /// The beginning of an e-mail address, whatever the case of its ASCII letters; or an
    /// external id or the id of an account, exactly. The accounts that it finds are in the
    /// order `email`.
    pub search: Option<String>,
    /// The order: `newest` first, which is the default, or by `email`.
    pub order: Option<String>,
    /// The field `next` of the page before.
    pub after: Option<String>,
    /// The field `previous` of the page after, instead of `after`.
    pub before: Option<String>,
}

/// A page of accounts, without those that were deleted: the response of
/// [`paths::ADMIN_ACCOUNTS`](super::paths::ADMIN_ACCOUNTS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountPage {
    /// At most 50 accounts.
    pub accounts: Vec<ListedAccount>,
    /// The field `before` of the query of the previous page; `None` if this is the first one.
    pub previous: Option<String>,
    /// The field `after` of the query of the next page; `None` if this is the last one.
    pub next: Option<String>,
}

/// An account, as shown to an administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedAccount {
    /// The account's id, a UUID.
    pub id: String,
    /// The application's id of an external account; `None` for an account with a password.
    pub external_id: Option<String>,
    /// The e-mail address as entered; empty for an external account without one.
    pub email: String,
    /// The display name; may be empty.
    pub name: String,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// Whether the account may use the administration.
    pub is_admin: bool,
    /// When the account was created.
    pub created_at: u64,
    /// When its user last signed in, if the installation records that.
    pub last_login_at: Option<u64>,
    /// How many sessions are live. At most 1,000 are counted.
    pub live_sessions: u32,
}

/// What an administrator can do to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountAct {
    /// Activates it.
    Activate,
    /// Deactivates it, and ends all of its sessions.
    Deactivate,
    /// Ends all of its sessions.
    EndSessions,
    /// Makes it an administrator.
    GrantAdmin,
    /// Removes its administrator rights.
    RevokeAdmin,
}

impl AccountAct {
    /// Every act.
    pub const ALL: &'static [Self] = &[
        Self::Activate,
        Self::Deactivate,
        Self::EndSessions,
        Self::GrantAdmin,
        Self::RevokeAdmin,
    ];

    /// Returns the name of the act in its path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::EndSessions => "end-sessions",
            Self::GrantAdmin => "grant-admin",
            Self::RevokeAdmin => "revoke-admin",
        }
    }

    /// Returns the act with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.as_str() == name)
    }

    /// Returns the message after the act. It is also true if the act changed nothing.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Activate => "The account is active.",
            Self::Deactivate => "The account is not active, and all of its sessions have ended.",
            Self::EndSessions => "All sessions of the account have ended.",
            Self::GrantAdmin => "The account is an administrator.",
            Self::RevokeAdmin => "The account is not an administrator.",
        }
    }
}

/// The query of [`paths::ADMIN_EVENTS`](super::paths::ADMIN_EVENTS) and of
/// [`paths::ADMIN_EVENTS_CSV`](super::paths::ADMIN_EVENTS_CSV). A field that is empty is as
/// one that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventQuery {
    /// The name of an [`EventKind`].
    pub kind: Option<String>,
    /// The id of an account, or its e-mail address.
    pub account: Option<String>,
    /// The time of the earliest event; or a day such as `2026-11-28`, in UTC.
    pub from: Option<String>,
    /// The time before which the latest event is; or the last day, in UTC.
    pub to: Option<String>,
    /// The id of a request that this program has created: a UUID that contains the time.
    pub request: Option<String>,
    /// The field `next` of the page before.
    pub after: Option<String>,
    /// The field `previous` of the page after, instead of `after`.
    pub before: Option<String>,
}

/// A page of the audit trail, newest first: the response of
/// [`paths::ADMIN_EVENTS`](super::paths::ADMIN_EVENTS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventPage {
    /// At most 50 events.
    pub events: Vec<ListedEvent>,
    /// The field `before` of the query of the previous page; `None` if this is the first one.
    pub previous: Option<String>,
    /// The field `after` of the query of the next page; `None` if this is the last one.
    pub next: Option<String>,
}

/// An event of the audit trail, as shown to an administrator. An e-mail address is empty if
/// the account has none, or was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedEvent {
    /// The event's id, a number.
    pub id: String,
    /// What happened.
    pub event: EventKind,
    /// When.
    pub at: u64,
    /// The id of the account to which it happened.
    pub account_id: Option<String>,
    /// Its e-mail address.
    pub account_email: String,
    /// The id of the session to which it happened.
    pub session_id: Option<String>,
    /// Who caused it.
    pub actor: ActorKind,
    /// The id of the account that acted, if it is not the account of the event; `None` also
    /// for an operator at the command line.
    pub actor_id: Option<String>,
    /// Its e-mail address.
    pub actor_email: String,
    /// The id of the request that caused it.
    pub request_id: Option<String>,
    /// The IP address from which the request came.
    pub address: Option<String>,
    /// The id of the signing key to which it happened.
    pub key_id: Option<String>,
}

codes! {
    /// Who caused an event.
    ActorKind, or Unknown,
    {
        /// The user of the account; for a failed sign-in, a client that claims to be that user.
        Owner = "owner", "the user";
        /// The user of another account, such as an administrator.
        Account = "account", "another account";
        /// An operator at the command line, or the application.
        Operator = "operator", "an operator";
        /// A rule of the program.
        System = "system", "the system";
        /// It is not known: an event of an older version.
        Unknown = "unknown", "unknown";
    }
}
