//! Minting and verifying access and refresh tokens.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    TokenError,
    claims::{AccessClaims, RefreshClaims, RefreshKey},
    jws::{self, Kind},
};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId, uuid_v7},
    keys::{KeyError, KeyRing},
    origin::PublicOrigin,
    policy::CLOCKS_DIFFER,
    rotation::Presented,
};

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

/// A refresh token that passed the same checks. What it is worth the rotation
/// decides.
#[derive(Clone, Debug)]
pub struct VerifiedRefresh {
    subject: Subject,
    parent: Option<u32>,
    issued_at: Timestamp,
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

    /// When it was handed out, in whole seconds: `iat`.
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    pub(crate) fn key(&self) -> &RefreshKey {
        &self.key
    }
}

/// Mints and verifies the tokens of one origin.
#[derive(Debug)]
pub struct Tokens {
    issuer: String,
    /// Replaced as a whole every few seconds, and held for as long as it takes to
    /// count one more reader.
    keys: RwLock<Arc<KeyRing>>,
}

impl Tokens {
    /// Tokens issued by, and meant for, `origin`.
    pub fn new(origin: &PublicOrigin, keys: KeyRing) -> Self {
        Self {
            issuer: origin.as_str().to_owned(),
            keys: RwLock::new(Arc::new(keys)),
        }
    }

    /// The keys, as they were last read.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes over to keys that were read anew.
    pub(crate) fn follow(&self, keys: KeyRing) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// The public keys, RFC 7517, as JSON.
    pub fn jwks(&self, now: Timestamp) -> String {
        self.keys().jwks(now)
    }

    /// The latest end that a token may have which is minted at `now`. Always far
    /// enough ahead, but where the process slept and promised nothing meanwhile.
    pub(crate) fn latest_end(&self, now: Timestamp) -> Result<Timestamp, KeyError> {
        self.keys().promised_until(now)
    }

    /// Mints an access token.
    ///
    /// # Errors
    /// [`KeyError::KeyExpiresTooSoon`] where the key may be gone before the token's end.
    pub fn mint_access(
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
        let keys = self.keys();
        let signing = keys.signing_key(now, expires_at)?;
        jws::sign(Kind::Refresh, &claims, signing).map(RefreshToken)
    }

    /// Verifies an access token at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] where time alone is against it, or the time of its
    /// key: renewing helps against both.
    pub fn verify_access(
        &self,
        unverified: &str,
        now: Timestamp,
    ) -> Result<VerifiedAccess, TokenError> {
        let keys = self.keys();
        let (claims, key): (AccessClaims, _) = jws::verify(unverified, Kind::Access, &keys, now)?;
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

    /// Whether a token that passed before still does: its time is not over, and
    /// its key is neither gone nor revoked.
    pub fn still_vouches(&self, access: &VerifiedAccess, now: Timestamp) -> bool {
        now < access.expires_at && self.keys().vouches(access.key, now)
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
        let (claims, _): (RefreshClaims, _) =
            jws::verify(unverified, Kind::Refresh, &self.keys(), now)?;
        let (subject, _) = self.check(&claims.common(), now)?;
        Ok(VerifiedRefresh {
            subject,
            parent: claims.parent,
            issued_at: Timestamp::from_seconds(claims.iat),
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

    fn check(
        &self,
        claims: &AccessClaims,
        now: Timestamp,
    ) -> Result<(Subject, Timestamp), TokenError> {
        let is_ours = claims.iss == self.issuer && claims.aud == self.issuer;
        if !is_ours || claims.iat < 0 || claims.exp <= claims.iat {
            return Err(TokenError::Invalid);
        }
        // One of our servers has signed it: its clock is ahead, or this one was set
        // back. `exp` has no leeway; one would keep ended tokens alive.
        if Timestamp::from_seconds(claims.iat) > now + CLOCKS_DIFFER {
            return Err(TokenError::UnknownKey);
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
