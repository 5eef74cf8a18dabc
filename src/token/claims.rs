//! The JSON claims of both kinds of token.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::RefreshKey;
use crate::ids::{AccountId, SessionId};

/// The claims of a token. serde rejects a claim that occurs twice, has another type, or is
/// not one of these fields.
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
    /// In a refresh token: the generation that was exchanged for this one. Absent at sign-in.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_null"
    )]
    pub(super) parent: Option<u32>,
    /// In a refresh token: the session's `key`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_null"
    )]
    pub(super) key: Option<RefreshKey>,
}

/// Deserializes a claim that is present. Rejects `null`.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
