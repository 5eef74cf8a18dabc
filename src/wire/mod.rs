//! The types that are sent between the server and the browser: responses, errors and
//! paths. None of them contains a token of a session; those are only in cookies.

mod admin;
mod error;
mod events;
mod headers;
mod invitations;
mod next;
mod pages;
pub mod paths;
mod sessions;
mod statistics;

pub use admin::{
    AccountAct, AccountPage, AccountQuery, ActorKind, EventPage, EventQuery, ListedAccount,
    ListedEvent,
};
pub use error::{ApiError, CODE_HEADER, Code, Problem, REASON_PARAMETER};
pub use events::{AccountEvent, EventKind, RecentEvents};
pub use headers::{SESSION_HEADER, SIGNED_IN_HEADER, USER_HEADER};
pub use invitations::{
    CreatedInvitation, INVITATION_PARAMETER, InvitationList, Invited, ListedInvitation,
};
pub use next::LocalPath;
#[cfg(feature = "axum")]
pub(crate) use next::has_empty_or_dot_segment;
pub use pages::{PagesError, ProtectedPages};
pub use sessions::{ListedSession, SessionList};
pub use statistics::{PeriodStatistics, Statistics};

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who is signed in and for how long. It is the response of `GET …/auth/session/`, a
/// part of every response that issues tokens, and the session that a page is rendered
/// with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The account that is signed in.
    pub account: Account,
    /// The session.
    pub session: SessionInfo,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    /// Seconds for which a new access token is valid.
    pub access_lifetime: u64,
    /// Seconds before the expiry at which the browser refreshes.
    pub refresh_lead: u64,
    /// Milliseconds after which the browser cancels a refresh: a third of the replay
    /// window, so that the next attempt is still within the window.
    pub refresh_timeout_ms: u64,
}

impl Snapshot {
    /// Returns the durations that the session keeper uses.
    pub fn timing(&self) -> Timing {
        Timing {
            expires_in: Duration::from_secs(self.expires_in),
            lifetime: Duration::from_secs(self.access_lifetime),
            lead: Duration::from_secs(self.refresh_lead),
            timeout: Duration::from_millis(self.refresh_timeout_ms),
        }
    }
}

/// An account, as shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The account's id, a UUID.
    pub id: String,
    /// The e-mail address as entered.
    pub email: String,
    /// The display name; may be empty.
    pub name: String,
    /// Whether the account may use the administration.
    pub is_admin: bool,
}

/// A session, as shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The session's id, a UUID.
    pub id: String,
    /// How many times the session had rotated when its access token was issued.
    pub rotations: u32,
    /// Seconds until the session ends, however often its tokens are refreshed.
    pub ends_in: u64,
}

/// The durations of a [`Snapshot`], for the session keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The time until the access token expires.
    pub expires_in: Duration,
    /// How long a new access token is valid.
    pub lifetime: Duration,
    /// How long before the expiry the browser refreshes.
    pub lead: Duration,
    /// The time after which a refresh is cancelled.
    pub timeout: Duration,
}

/// The body of a response that issues tokens: a message and the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignedInResponse {
    /// A message, such as `Token refreshed successfully`.
    pub detail: String,
    /// Who is signed in now. Its fields are on the same level as `detail`.
    #[serde(flatten)]
    pub snapshot: Snapshot,
}

/// The body of a response without data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Done {
    /// A message, such as `Signed out.`
    pub detail: String,
}

impl Done {
    /// Creates the response to a sign-out.
    #[cfg(feature = "axum")]
    pub(crate) fn signed_out() -> Self {
        Self {
            detail: "Signed out.".to_owned(),
        }
    }

    /// Creates the response to the end of another session.
    #[cfg(feature = "axum")]
    pub(crate) fn session_ended() -> Self {
        Self {
            detail: "The session has ended.".to_owned(),
        }
    }

    /// Creates the response to what an administrator did to an account.
    #[cfg(feature = "axum")]
    pub(crate) fn of_act(act: AccountAct) -> Self {
        Self {
            detail: act.message().to_owned(),
        }
    }

    /// Creates the response to the withdrawal of an invitation.
    #[cfg(feature = "axum")]
    pub(crate) fn invitation_withdrawn() -> Self {
        Self {
            detail: "The invitation has been withdrawn.".to_owned(),
        }
    }

    /// Creates the response to the end of all other sessions.
    #[cfg(feature = "axum")]
    pub(crate) fn others_ended() -> Self {
        Self {
            detail: "All other sessions have ended.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refresh_response_has_the_expected_fields() {
        let answer = SignedInResponse {
            detail: "Token refreshed successfully".into(),
            snapshot: Snapshot {
                account: Account {
                    id: "a".into(),
                    email: "e@example.org".into(),
                    name: String::new(),
                    is_admin: false,
                },
                session: SessionInfo {
                    id: "s".into(),
                    rotations: 3,
                    ends_in: 60,
                },
                expires_in: 1500,
                access_lifetime: 1500,
                refresh_lead: 300,
                refresh_timeout_ms: 10_000,
            },
        };
        let json = serde_json::to_value(&answer).expect("serializable");
        assert_eq!(json["detail"], "Token refreshed successfully");
        assert_eq!(json["expires_in"], 1500);
        assert_eq!(
            serde_json::from_value::<SignedInResponse>(json).expect("its own JSON"),
            answer
        );
    }
}
