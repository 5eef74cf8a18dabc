//! Identifiers: `UUIDv7` (RFC 9562), which sort by creation time.

use std::{fmt, str::FromStr, time::Duration};

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use uuid::{Uuid, fmt::Hyphenated};

use crate::clock::Timestamp;

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident; )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates an id with the time `now`.
            pub fn new(now: Timestamp) -> Self {
                Self(uuid_v7(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+ };
}

ids! {
    /// The id of an account: the `sub` claim of a token.
    AccountId;
    /// The id of a session: the `sid` claim of a token.
    SessionId;
    /// The id of an invitation.
    InvitationId;
}

impl AccountId {
    /// Before the id of any account.
    pub(crate) const MIN: Self = Self(Uuid::nil());
    /// After the id of any account.
    pub(crate) const MAX: Self = Self(Uuid::max());

    /// Returns the value of a header.
    pub(crate) fn to_header(self) -> HeaderValue {
        header(self.0)
    }
}

impl SessionId {
    /// Returns the value of a header.
    pub(crate) fn to_header(self) -> HeaderValue {
        header(self.0)
    }

    /// Returns the last byte, which is random.
    pub(crate) fn last_byte(self) -> u8 {
        self.0.as_bytes()[15]
    }

    /// Returns when the session began, to the millisecond.
    pub(crate) fn created_at(self) -> Timestamp {
        time_of(&self.0).unwrap_or(Timestamp::from_seconds(0))
    }
}

fn header(id: Uuid) -> HeaderValue {
    let mut text = [0; Hyphenated::LENGTH];
    let text = id.hyphenated().encode_lower(&mut text);
    // It is ASCII.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// Creates a `UUIDv7` with the time `now`.
pub(crate) fn uuid_v7(now: Timestamp) -> Uuid {
    let micros = now.as_micros().max(0).unsigned_abs();
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        micros / 1_000_000,
        nanos,
    ))
}

/// Returns the time of a `UUIDv7`, to the millisecond; `None` for another UUID.
pub(crate) fn time_of(id: &Uuid) -> Option<Timestamp> {
    if id.get_version_num() != 7 {
        return None;
    }
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Some(Timestamp::from_seconds(seconds) + Duration::from_nanos(nanos.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_id_holds_when_the_session_began() {
        let now = Timestamp::from_micros(1_800_000_000_123_000);
        assert_eq!(SessionId::new(now).created_at(), now);
    }
}
