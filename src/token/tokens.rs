//! The common part of minting and verifying both kinds of token.

use std::{
    borrow::Cow,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use super::{TokenError, claims::Claims, jws::TokenKind};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId, uuid_v7},
    keys::{KeyError, KeyRing},
    origin::PublicOrigin,
    policy::{MAX_CLOCK_SKEW, Policy},
    wire::paths,
};

/// How far in the future the time of issue of a token may be, so that the token may become
/// valid soon. A token of a clock that was further ahead is invalid: otherwise its browser
/// would be locked out for as long.
const MAX_AHEAD: Duration = Duration::from_secs(60);

/// The resolution of the time in the id of a session, which is rounded down.
const ID_RESOLUTION: Duration = Duration::from_millis(1);

/// The account, the session and the generation of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The account: `sub`.
    pub account: AccountId,
    /// The session: `sid`.
    pub session: SessionId,
    /// The generation of the rotation: `gen`.
    pub generation: u32,
}

/// Mints and verifies the tokens of one origin.
#[derive(Debug)]
pub(crate) struct Tokens {
    issuer: String,
    refresh_audience: String,
    policy: Policy,
    /// Replaced as a whole every few seconds. The lock is held only while the `Arc` is cloned
    /// or replaced.
    keys: RwLock<Arc<KeyRing>>,
}

impl Tokens {
    /// Creates the service that mints and verifies the tokens of `origin`, which is their
    /// issuer, and the audience of access tokens. `policy` has the lifetimes of today.
    pub(crate) fn new(origin: &PublicOrigin, keys: KeyRing, policy: Policy) -> Self {
        Self {
            issuer: origin.as_str().to_owned(),
            refresh_audience: origin.as_str().to_owned() + paths::REFRESH,
            policy,
            keys: RwLock::new(Arc::new(keys)),
        }
    }

    /// Returns the keys, as they were last read.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the keys with keys that were read again from the database.
    pub(crate) fn replace_keys(&self, keys: KeyRing) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// Returns the public keys as JSON (RFC 7517).
    pub(crate) fn jwks(&self, now: Timestamp) -> String {
        self.keys().jwks(now)
    }

    /// Returns the latest time at which a token that is minted at `now` may expire: the time
    /// until which the signing key verifies. The lifetimes of tokens end before it, unless the
    /// process could not extend it for an hour, for example because it was suspended.
    pub(crate) fn latest_expiry(&self, now: Timestamp) -> Result<Timestamp, KeyError> {
        self.keys().signer_verifies_until(now)
    }

    /// Returns until when an access token is accepted that was issued at `issued_at`, whatever
    /// its `exp`. The access lifetime may have been longer then; an ended session is only
    /// remembered for today's. The issuer's clock may have been behind.
    pub(super) fn latest_access_expiry(&self, issued_at: Timestamp) -> Timestamp {
        issued_at + self.policy.access_lifetime() + MAX_CLOCK_SKEW
    }

    /// Returns until when a refresh token may be exchanged that was issued at `issued_at`,
    /// whatever its `exp`: the refresh lifetime may have been longer then.
    pub(super) fn latest_refresh_expiry(&self, issued_at: Timestamp) -> Timestamp {
        issued_at + self.policy.refresh_lifetime()
    }

    /// Returns when a session expires at the latest: the session lifetime may have been longer
    /// when it began.
    pub(crate) fn latest_session_end(&self, session: SessionId) -> Timestamp {
        session.created_at() + ID_RESOLUTION + self.policy.session_lifetime()
    }

    /// Returns the claims that both kinds of token have in common.
    pub(super) fn claims(
        &self,
        kind: TokenKind,
        subject: Subject,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Claims<'_> {
        Claims {
            iss: Cow::Borrowed(&self.issuer),
            aud: Cow::Borrowed(self.audience(kind)),
            sub: subject.account,
            sid: subject.session,
            generation: subject.generation,
            iat: now.as_seconds(),
            exp: expires_at.as_seconds(),
            jti: uuid_v7(now),
            parent: None,
            key: None,
        }
    }

    /// Returns the audience of a kind of token. Only this server takes refresh tokens. A
    /// service that verifies access tokens by the published keys checks the audience, but
    /// libraries for that rarely check `typ`, and would accept a refresh token.
    fn audience(&self, kind: TokenKind) -> &str {
        match kind {
            TokenKind::Access => &self.issuer,
            TokenKind::Refresh => &self.refresh_audience,
        }
    }

    /// Checks that a token is for this installation, and that its times are possible.
    pub(super) fn check_origin(
        &self,
        kind: TokenKind,
        claims: &Claims<'_>,
    ) -> Result<(), TokenError> {
        let is_ours = claims.iss == self.issuer && claims.aud == self.audience(kind);
        if is_ours && claims.iat >= 0 && claims.exp > claims.iat {
            Ok(())
        } else {
            Err(TokenError::Invalid)
        }
    }

    /// Checks the claims that both kinds of token have in common. Returns the subject and when
    /// the token expires.
    pub(super) fn check(
        &self,
        kind: TokenKind,
        claims: &Claims<'_>,
        now: Timestamp,
    ) -> Result<(Subject, Timestamp), TokenError> {
        self.check_origin(kind, claims)?;
        // The token is signed by one of our servers, so the clock of that server is ahead, or
        // the clock of this one was set back. `exp` has no leeway, because a leeway would keep
        // expired tokens valid.
        let issued_at = Timestamp::from_seconds(claims.iat);
        if issued_at > now + MAX_AHEAD {
            return Err(TokenError::Invalid);
        }
        if issued_at > now + MAX_CLOCK_SKEW {
            return Err(TokenError::UnknownKey);
        }
        let expires_at = Timestamp::from_seconds(claims.exp);
        let expires_at = expires_at.min(self.latest_session_end(claims.sid));
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
