//! Access tokens: minted for a request's cookie, verified on each request.

use std::fmt;

use super::{
    Subject, TokenError, Tokens,
    jws::{self, Kind},
};
use crate::{clock::Timestamp, keys::KeyError};

/// A signed access token. `Debug` prints its type alone.
pub struct AccessToken {
    text: String,
    verified: VerifiedAccess,
}

impl AccessToken {
    /// The compact form. For a cookie, or a client that is no browser.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What verifying it would show. Unlike a token that came in, it has not
    /// been used yet: nobody knows whether it will arrive.
    pub fn verified(&self) -> VerifiedAccess {
        self.verified
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// An access token that passed: signature, kind, issuer, audience, times. Made
/// of a token that was verified or minted, and in no other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedAccess {
    subject: Subject,
    expires_at: Timestamp,
    /// The number of the key that it is signed with.
    key: i64,
}

impl VerifiedAccess {
    /// Whose token it is.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// When it ends.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Tokens {
    /// Mints an access token.
    ///
    /// # Errors
    /// [`KeyError::KeyExpiresTooSoon`] if the key may be gone before the token expires.
    pub(crate) fn mint_access(
        &self,
        subject: Subject,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<AccessToken, KeyError> {
        let claims = self.claims(subject, now, expires_at);
        let keys = self.keys();
        let key = keys.signing_key(now, expires_at)?;
        let text = jws::sign(Kind::Access, &claims, key)?;
        let verified = VerifiedAccess {
            subject,
            // As the claim says it: in whole seconds.
            expires_at: Timestamp::from_seconds(claims.exp),
            key: key.number,
        };
        Ok(AccessToken { text, verified })
    }

    /// Verifies an access token at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] if the token is valid but expired, or its key is revoked:
    /// a refresh helps against both.
    pub(crate) fn verify_access(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<VerifiedAccess, TokenError> {
        let keys = self.keys();
        let (claims, key) = jws::verify(unverified, Kind::Access, &keys, now)?;
        if claims.parent.is_some() || claims.key.is_some() {
            return Err(TokenError::Invalid);
        }
        let (subject, expires_at) = self.check(&claims, now)?;
        if !keys.vouches(key, now) {
            return Err(TokenError::Expired);
        }
        Ok(VerifiedAccess {
            subject,
            expires_at,
            key,
        })
    }

    /// Whether a token that passed before still does: it has not expired, and its key
    /// is neither gone nor revoked.
    pub(crate) fn still_vouches(&self, access: &VerifiedAccess, now: Timestamp) -> bool {
        now < access.expires_at && self.keys().vouches(access.key, now)
    }
}
