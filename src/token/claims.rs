//! The claims of both kinds of token, as they stand in the JSON.

use std::fmt;

use aws_lc_rs::{constant_time, digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use uuid::Uuid;
use zeroize::Zeroize;

use crate::ids::{AccountId, SessionId};

/// What both kinds claim. Every claim is required, and none may stand twice or
/// be of another type: serde refuses both for named fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: AccountId,
    pub(super) sid: SessionId,
    /// The generation of the rotation that the token belongs to.
    #[serde(rename = "gen")]
    pub(super) generation: u32,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: Uuid,
}

/// The claims of a refresh token: the same, the generation's parent, and the
/// session's `key`.
///
/// Not `#[serde(flatten)]`, which would let duplicates and unknown claims pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: AccountId,
    pub(super) sid: SessionId,
    #[serde(rename = "gen")]
    pub(super) generation: u32,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: Uuid,
    /// The generation that was presented for this one; left out at sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<u32>,
    pub(super) key: RefreshKey,
}

impl RefreshClaims {
    /// The claims that both kinds share, for the common checks.
    pub(super) fn common(&self) -> AccessClaims {
        AccessClaims {
            iss: self.iss.clone(),
            aud: self.aud.clone(),
            sub: self.sub,
            sid: self.sid,
            generation: self.generation,
            iat: self.iat,
            exp: self.exp,
            jti: self.jti,
        }
    }
}

/// 256 random bits, fixed for a session's life. The database holds their hash
/// alone, so that neither a leaked signing key nor a leaked database can renew
/// anybody's session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshKey([u8; 32]);

impl RefreshKey {
    /// A new key. `None` where the machine's random source fails.
    pub(crate) fn generate() -> Option<Self> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// What the database keeps: SHA-256. No salt: the input is random.
    pub(crate) fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }

    /// Whether this is the key of that hash, in constant time.
    pub(crate) fn matches(&self, hash: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.hash(), hash).is_ok()
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshKey")
    }
}

impl Drop for RefreshKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Serialize for RefreshKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for RefreshKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| D::Error::custom("not 32 bytes in base64url"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_holds_the_sha_256_of_a_key() {
        let hash = RefreshKey([0; 32]).hash();
        let of_zeros = "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU";
        assert_eq!(URL_SAFE_NO_PAD.encode(hash), of_zeros);
    }
}
