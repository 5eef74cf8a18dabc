//! Refresh tokens, and the session's `key` that they carry.

use std::fmt;

use aws_lc_rs::{constant_time, digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use zeroize::Zeroize;

use super::{
    Subject, TokenError, Tokens,
    claims::Claims,
    jws::{self, TokenKind},
};
use crate::{clock::Timestamp, ids::SessionId, keys::KeyError, rotation::Presented};

/// A signed refresh token. `Debug` prints only the type name.
pub struct RefreshToken(String);

impl RefreshToken {
    /// Returns the token in JWS compact form (RFC 7515, section 7.1), for a cookie or a
    /// client that is not a browser.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken")
    }
}

/// A verified refresh token: signature, kind, issuer, audience and times are valid, and it
/// carries a `key`. Whether it may be exchanged is decided by
/// [`judge`](crate::rotation::judge).
#[derive(Clone, Debug)]
pub(crate) struct VerifiedRefresh {
    subject: Subject,
    parent: Option<u32>,
    issued_at: Timestamp,
    key: RefreshKey,
}

impl VerifiedRefresh {
    /// Returns the account, the session and the generation of the token.
    pub(crate) fn subject(&self) -> Subject {
        self.subject
    }

    /// Returns the generation and the parent of the token, for `judge`.
    pub(crate) fn presented(&self) -> Presented {
        Presented {
            generation: self.subject.generation,
            parent: self.parent,
        }
    }

    /// Returns when the token was issued, in whole seconds: `iat`.
    pub(crate) fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// Returns the session's `key`, as the token claims it.
    pub(crate) fn key(&self) -> &RefreshKey {
        &self.key
    }
}

/// The `key` of a session: 256 random bits that stay the same until the session ends. The
/// database stores only their hash, so neither a leaked signing key nor a leaked database
/// is enough to refresh a session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshKey([u8; 32]);

impl RefreshKey {
    /// Generates a key. Returns `None` if the machine's random source fails.
    pub(crate) fn generate() -> Option<Self> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Returns the SHA-256 hash that the database stores. It needs no salt, because the key is
    /// random.
    pub(crate) fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }

    /// Returns whether the key has this hash, comparing in constant time.
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
        let encoded = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(encoded)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| D::Error::custom("not 32 bytes in base64url"))
    }
}

impl Tokens {
    /// Mints a refresh token that carries the session's `key`. The token of generation
    /// `parent` was exchanged for it; `None` at sign-in.
    ///
    /// # Errors
    /// [`KeyError::KeyExpiresTooSoon`] if the signing key may be removed before the token
    /// expires.
    pub(crate) fn mint_refresh(
        &self,
        subject: Subject,
        parent: Option<u32>,
        key: &RefreshKey,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<RefreshToken, KeyError> {
        let claims = Claims {
            parent,
            key: Some(key.clone()),
            ..self.claims(TokenKind::Refresh, subject, now, expires_at)
        };
        let keys = self.keys();
        let signing = keys.signing_key(now, expires_at)?;
        jws::sign(TokenKind::Refresh, &claims, signing).map(RefreshToken)
    }

    /// Verifies a refresh token at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] if the token is expired and otherwise valid,
    /// [`TokenError::UnknownKey`] if it cannot be verified yet, and [`TokenError::Invalid`] in
    /// all other cases.
    pub(crate) fn verify_refresh(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<VerifiedRefresh, TokenError> {
        let (mut claims, _) = jws::verify(unverified, TokenKind::Refresh, &self.keys(), now)?;
        let key = claims.key.take().ok_or(TokenError::Invalid)?;
        let (subject, _) = self.check(TokenKind::Refresh, &claims, now)?;
        let issued_at = Timestamp::from_seconds(claims.iat);
        if now >= self.latest_refresh_expiry(issued_at) {
            return Err(TokenError::Expired);
        }
        Ok(VerifiedRefresh {
            subject,
            parent: claims.parent,
            issued_at,
            key,
        })
    }

    /// Returns the session and the `key` of a refresh token, whatever its times are. For
    /// ending the session, and for telling the token from a cookie of another application.
    ///
    /// # Errors
    /// [`TokenError::UnknownKey`] if it cannot be verified yet, and [`TokenError::Invalid`] in
    /// all other cases.
    pub(crate) fn session_of_refresh(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<(SessionId, RefreshKey), TokenError> {
        let (claims, _) = jws::verify(unverified, TokenKind::Refresh, &self.keys(), now)?;
        self.check_origin(TokenKind::Refresh, &claims)?;
        Ok((claims.sid, claims.key.ok_or(TokenError::Invalid)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_hash_is_sha_256() {
        let hash = RefreshKey([0; 32]).hash();
        let of_zeros = "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU";
        assert_eq!(URL_SAFE_NO_PAD.encode(hash), of_zeros);
    }
}
