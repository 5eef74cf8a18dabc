//! What minting and verifying both kinds of token has in common.

use std::{
    borrow::Cow,
    sync::{Arc, PoisonError, RwLock},
};

use super::{TokenError, claims::Claims};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId, uuid_v7},
    keys::{KeyError, KeyRing},
    origin::PublicOrigin,
    policy::CLOCKS_DIFFER,
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

/// Mints and verifies the tokens of one origin.
#[derive(Debug)]
pub(crate) struct Tokens {
    issuer: String,
    /// Replaced as a whole every few seconds, and held for as long as it takes to
    /// count one more reader.
    keys: RwLock<Arc<KeyRing>>,
}

impl Tokens {
    /// Tokens issued by, and meant for, `origin`.
    pub(crate) fn new(origin: &PublicOrigin, keys: KeyRing) -> Self {
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
    pub(crate) fn jwks(&self, now: Timestamp) -> String {
        self.keys().jwks(now)
    }

    /// The latest end that a token may have which is minted at `now`. Always far
    /// enough ahead, but where the process slept and promised nothing meanwhile.
    pub(crate) fn latest_end(&self, now: Timestamp) -> Result<Timestamp, KeyError> {
        self.keys().promised_until(now)
    }

    /// The claims that both kinds of token share.
    pub(super) fn claims(
        &self,
        subject: Subject,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Claims<'_> {
        Claims {
            iss: Cow::Borrowed(&self.issuer),
            aud: Cow::Borrowed(&self.issuer),
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

    /// Checks the claims that both kinds of token share. Returns whose token it is and
    /// when it expires.
    pub(super) fn check(
        &self,
        claims: &Claims<'_>,
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
