//! The claims of both kinds of token, as they stand in the JSON.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::RefreshKey;
use crate::ids::{AccountId, SessionId};

/// The claims. None may stand twice or be of another type, and no other may be there:
/// serde refuses that for named fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims<'a> {
    pub(super) iss: Cow<'a, str>,
    pub(super) aud: Cow<'a, str>,
    pub(super) sub: AccountId,
    pub(super) sid: SessionId,
    /// The generation of the rotation that the token belongs to.
    #[serde(rename = "gen")]
    pub(super) generation: u32,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: Uuid,
    /// Of a refresh token, the generation that was presented for this one; left out at
    /// sign-in.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub(super) parent: Option<u32>,
    /// Of a refresh token, the session's `key`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub(super) key: Option<RefreshKey>,
}

/// A claim that is there has a value: `null` is refused.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
