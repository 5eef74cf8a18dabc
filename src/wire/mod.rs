//! What crosses the wire between the server and the browser: answers, errors
//! and paths. No token is in any of it; tokens travel in cookies alone.

mod error;
mod next;
mod pages;
pub mod paths;

pub use error::{ApiError, CODE_HEADER, Code, Problem, REASON, SIGNED_IN_HEADER};
pub use next::LocalPath;
#[cfg(feature = "axum")]
pub(crate) use next::wanders;
pub use pages::{PagesError, ProtectedPages};

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who is signed in, and until when: the answer of `GET …/auth/session/`, a part
/// of every answer that writes cookies, and what a page is rendered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Whose session it is.
    pub account: Account,
    /// The session itself.
    pub session: Session,
    /// Seconds until the access token ends.
    pub expires_in: u64,
    /// Seconds that a fresh access token lives.
    pub access_lifetime: u64,
    /// Seconds before the end at which the browser is to renew.
    pub refresh_lead: u64,
    /// Milliseconds after which the browser gives a refresh up: a third of the
    /// replay window, so that the next attempt still finds it open.
    pub refresh_timeout_ms: u64,
}

impl Snapshot {
    /// The part that the session keeper goes by.
    pub fn timing(&self) -> Timing {
        Timing {
            expires_in: Duration::from_secs(self.expires_in),
            lifetime: Duration::from_secs(self.access_lifetime),
            lead: Duration::from_secs(self.refresh_lead),
            timeout: Duration::from_millis(self.refresh_timeout_ms),
        }
    }
}

/// An account, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The account's id, a UUID.
    pub id: String,
    /// The e-mail address, as it was entered.
    pub email: String,
    /// The name to greet by; may be empty.
    pub name: String,
    /// Whether the account may use the administration.
    pub is_admin: bool,
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// The session's id, a UUID.
    pub id: String,
    /// How often the session has been renewed.
    pub renewals: u32,
    /// Seconds until the session ends, however often it is renewed.
    pub ends_in: u64,
}

/// The durations that a [`Snapshot`] carries, for the session keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Until the access token ends.
    pub expires_in: Duration,
    /// How long a fresh access token lives.
    pub lifetime: Duration,
    /// How long before its end the token is to be renewed.
    pub lead: Duration,
    /// After how long a refresh is given up.
    pub timeout: Duration,
}

/// An answer that wrote cookies: a sentence for people, and the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// A sentence, such as `Token refreshed successfully`.
    pub detail: String,
    /// Who is signed in now; its fields stand beside `detail`.
    #[serde(flatten)]
    pub snapshot: Snapshot,
}

/// An answer that has nothing to tell but that it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Done {
    /// A sentence, such as `Signed out.`
    pub detail: String,
}

impl Done {
    /// The answer to signing out.
    #[cfg(feature = "axum")]
    pub(crate) fn signed_out() -> Self {
        Self {
            detail: "Signed out.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_answers_as_the_clients_in_the_field_expect() {
        let answer = Answer {
            detail: "Token refreshed successfully".into(),
            snapshot: Snapshot {
                account: Account {
                    id: "a".into(),
                    email: "e@example.org".into(),
                    name: String::new(),
                    is_admin: false,
                },
                session: Session {
                    id: "s".into(),
                    renewals: 3,
                    ends_in: 60,
                },
                expires_in: 1500,
                access_lifetime: 1500,
                refresh_lead: 300,
                refresh_timeout_ms: 10_000,
            },
        };
        let json = serde_json::to_value(&answer).expect("plain data");
        assert_eq!(json["detail"], "Token refreshed successfully");
        assert_eq!(json["expires_in"], 1500);
        assert_eq!(
            serde_json::from_value::<Answer>(json).expect("its own form"),
            answer
        );
    }
}
