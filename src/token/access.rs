//! Access tokens: minted for a cookie, and verified on each request.

use std::fmt;

use super::{
    Subject, TokenError, Tokens,
    claims::Claims,
    jws::{self, TokenKind},
};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    keys::{KeyError, KeyRing},
};

/// A signed access token. `Debug` prints only the type name.
pub struct AccessToken {
    compact: String,
    verified: VerifiedAccess,
}

impl AccessToken {
    /// Returns the token in JWS compact form (RFC 7515, section 7.1), for a cookie or a
    /// client that is not a browser.
    pub fn expose(&self) -> &str {
        &self.compact
    }

    /// Returns the verified form of this token. Unlike authenticating a request with the
    /// token, this does not count as a use: the token may never reach the client.
    pub fn verified(&self) -> VerifiedAccess {
        self.verified
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// A verified access token: signature, kind, issuer, audience and times are valid. It is
/// created only by verifying or minting a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedAccess {
    subject: Subject,
    expires_at: Timestamp,
    /// The number of the key that signed the token.
    key: i64,
}

impl VerifiedAccess {
    /// Returns the account, the session and the generation of the token.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Returns when the token expires.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Tokens {
    /// Mints an access token.
    ///
    /// # Errors
    /// [`KeyError::KeyExpiresTooSoon`] if the signing key may be removed before the token
    /// expires.
    pub(crate) fn mint_access(
        &self,
        subject: Subject,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<AccessToken, KeyError> {
        let claims = self.claims(TokenKind::Access, subject, now, expires_at);
        let keys = self.keys();
        let key = keys.signing_key(now, expires_at)?;
        let compact = jws::sign(TokenKind::Access, &claims, key)?;
        let verified = VerifiedAccess {
            subject,
            // In whole seconds, as in the claim `exp`.
            expires_at: Timestamp::from_seconds(claims.exp),
            key: key.number,
        };
        Ok(AccessToken { compact, verified })
    }

    /// Verifies an access token at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] if the token is otherwise valid but expired, older than today's
    /// access lifetime, or signed by a revoked key: a refresh issues a valid token.
    /// [`TokenError::UnknownKey`] if it cannot be verified yet, and [`TokenError::Invalid`] in
    /// all other cases.
    pub(crate) fn verify_access(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<VerifiedAccess, TokenError> {
        let keys = self.keys();
        let (claims, key) = signed_access(unverified, &keys, now)?;
        let (subject, expires_at) = self.check(TokenKind::Access, &claims, now)?;
        let issued_at = Timestamp::from_seconds(claims.iat);
        let expires_at = expires_at.min(self.latest_access_expiry(issued_at));
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        if !keys.is_trusted(key, now) {
            return Err(TokenError::Expired);
        }
        Ok(VerifiedAccess {
            subject,
            expires_at,
            key,
        })
    }

    /// Returns the session of an access token, whatever its times are. For ending the session,
    /// and for telling the token from a cookie of another application.
    ///
    /// # Errors
    /// [`TokenError::Expired`] if its key is revoked, [`TokenError::UnknownKey`] if it cannot
    /// be verified yet, and [`TokenError::Invalid`] in all other cases.
    pub(crate) fn session_of_access(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<SessionId, TokenError> {
        let keys = self.keys();
        let (claims, key) = signed_access(unverified, &keys, now)?;
        self.check_origin(TokenKind::Access, &claims)?;
        if keys.is_trusted(key, now) {
            Ok(claims.sid)
        } else {
            Err(TokenError::Expired)
        }
    }

    /// Returns whether a token that was verified before is still valid: it has not expired,
    /// and its key has been neither removed nor revoked.
    pub(crate) fn is_still_valid(&self, access: &VerifiedAccess, now: Timestamp) -> bool {
        now < access.expires_at && self.keys().is_trusted(access.key, now)
    }
}

/// Verifies the signature of an access token, and that it has no claim of a refresh token.
/// Returns its claims and the number of its key.
fn signed_access(
    unverified: &str,
    keys: &KeyRing,
    now: Timestamp,
) -> Result<(Claims<'static>, i64), TokenError> {
    let (claims, key) = jws::verify(unverified, TokenKind::Access, keys, now)?;
    if claims.parent.is_some() || claims.key.is_some() {
        return Err(TokenError::Invalid);
    }
    Ok((claims, key))
}
