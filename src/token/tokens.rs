//! Minting and verifying access and refresh tokens.

use std::fmt;

use serde::Serialize;

use super::{
    KeyError, KeyRing, TokenError,
    claims::{AccessClaims, RefreshClaims, RefreshKey},
    jws::{self, Kind},
};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId, uuid_v7},
    origin::PublicOrigin,
    rotation::Presented,
};

/// How far ahead of ours the clock of another of our servers may be: `iat` is
/// checked with it. `exp` has no leeway; a wider one would keep ended tokens
/// alive.
const CLOCK_SKEW_SECONDS: i64 = 5;

/// Whose token, of which session and generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The account: `sub`.
    pub account: AccountId,
    /// The session: `sid`.
    pub session: SessionId,
    /// The generation of the rotation: `gen`.
    pub generation: u32,
}

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

/// A signed refresh token. `Debug` prints its type alone.
pub struct RefreshToken(String);

impl RefreshToken {
    /// The compact form. For a cookie, or a client that is no browser.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken")
    }
}

/// An access token that passed: signature, kind, issuer, audience, times. Made
/// by [`Tokens`] alone, of a token that it verified or minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedAccess {
    subject: Subject,
    expires_at: Timestamp,
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

/// A refresh token that passed the same checks. What it is worth the rotation
/// decides.
#[derive(Clone, Debug)]
pub struct VerifiedRefresh {
    subject: Subject,
    parent: Option<u32>,
    key: RefreshKey,
}

impl VerifiedRefresh {
    /// Whose token it is.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Its place in the rotation.
    pub fn presented(&self) -> Presented {
        Presented {
            generation: self.subject.generation,
            parent: self.parent,
        }
    }

    pub(crate) fn key(&self) -> &RefreshKey {
        &self.key
    }
}

/// Mints and verifies the tokens of one origin.
#[derive(Debug)]
pub struct Tokens {
    issuer: String,
    keys: KeyRing,
}

impl Tokens {
    /// Tokens issued by, and meant for, `origin`.
    pub fn new(origin: &PublicOrigin, keys: KeyRing) -> Self {
        Self {
            issuer: origin.as_str().to_owned(),
            keys,
        }
    }

    /// The public keys, RFC 7517, as JSON.
    pub fn jwks(&self) -> String {
        self.keys.jwks()
    }

    /// Mints an access token.
    ///
    /// # Errors
    /// Where signing fails, which a loaded key does not.
    pub fn mint_access(
        &self,
        subject: Subject,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<AccessToken, KeyError> {
        let claims = self.claims(subject, now, expires_at);
        let text = self.sign(Kind::Access, &claims)?;
        // As the claim says it: in whole seconds.
        let expires_at = Timestamp::from_seconds(claims.exp);
        let verified = VerifiedAccess {
            subject,
            expires_at,
        };
        Ok(AccessToken { text, verified })
    }

    /// Mints a refresh token that carries the session's key, for a generation that
    /// came of `parent`.
    pub(crate) fn mint_refresh(
        &self,
        subject: Subject,
        parent: Option<u32>,
        key: &RefreshKey,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<RefreshToken, KeyError> {
        let AccessClaims {
            iss,
            aud,
            sub,
            sid,
            generation,
            iat,
            exp,
            jti,
        } = self.claims(subject, now, expires_at);
        let key = key.clone();
        let claims = RefreshClaims {
            iss,
            aud,
            sub,
            sid,
            generation,
            iat,
            exp,
            jti,
            parent,
            key,
        };
        self.sign(Kind::Refresh, &claims).map(RefreshToken)
    }

    /// Verifies an access token at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] where time alone is against it.
    pub fn verify_access(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<VerifiedAccess, TokenError> {
        let claims: AccessClaims = jws::verify(unverified, Kind::Access, &self.keys)?;
        let (subject, expires_at) = self.check(&claims, now)?;
        Ok(VerifiedAccess {
            subject,
            expires_at,
        })
    }

    /// Verifies a refresh token at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] where time alone is against it.
    pub fn verify_refresh(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<VerifiedRefresh, TokenError> {
        let claims: RefreshClaims = jws::verify(unverified, Kind::Refresh, &self.keys)?;
        let (subject, _) = self.check(&claims.common(), now)?;
        Ok(VerifiedRefresh {
            subject,
            parent: claims.parent,
            key: claims.key,
        })
    }

    fn claims(&self, subject: Subject, now: Timestamp, expires_at: Timestamp) -> AccessClaims {
        AccessClaims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: subject.account,
            sid: subject.session,
            generation: subject.generation,
            iat: now.as_seconds(),
            exp: expires_at.as_seconds(),
            jti: uuid_v7(now),
        }
    }

    fn sign<C: Serialize>(&self, kind: Kind, claims: &C) -> Result<String, KeyError> {
        jws::sign(kind, claims, &self.keys).map_err(|_| KeyError::Signing)
    }

    fn check(
        &self,
        claims: &AccessClaims,
        now: Timestamp,
    ) -> Result<(Subject, Timestamp), TokenError> {
        let is_ours = claims.iss == self.issuer && claims.aud == self.issuer;
        let is_begun = claims.iat <= now.as_seconds().saturating_add(CLOCK_SKEW_SECONDS);
        if !is_ours || !is_begun || claims.iat < 0 || claims.exp <= claims.iat {
            return Err(TokenError::Invalid);
        }
        let expires_at = Timestamp::from_seconds(claims.exp);
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        let subject = Subject {
            account: claims.sub,
            session: claims.sid,
            generation: claims.generation,
        };
        Ok((subject, expires_at))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
