//! The keys with which a process signs and verifies tokens, found by their `kid`.

use std::{fmt, sync::Arc};

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::DecodingKey;

use super::{
    KeyError, MasterSecret, SealedKey, jwks,
    lifecycle::{self, KeyLife, MAX_RING_AGE},
    sealed::OpenKey,
};
use crate::{clock::Timestamp, token::TokenError};

/// The keys of a process, as read from the database at one time. `lifecycle` decides which
/// of them signs.
#[derive(Clone, Default)]
pub(crate) struct KeyRing {
    /// In the order of their numbers.
    keys: Vec<RingKey>,
    /// The life of each key, in the same order.
    lives: Vec<KeyLife>,
    /// The time immediately before the read.
    read_at: Option<Timestamp>,
}

/// An opened key.
#[derive(Clone)]
pub(crate) struct RingKey {
    pub(crate) kid: String,
    pub(crate) number: i64,
    opened: Arc<OpenKey>,
}

impl RingKey {
    pub(crate) fn private(&self) -> &Ed25519KeyPair {
        &self.opened.private
    }

    pub(crate) fn verifying(&self) -> &DecodingKey {
        &self.opened.verifying
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.keys.iter().map(|key| &key.kid))
            .finish()
    }
}

impl KeyRing {
    /// Opens the keys that were read from the database at `read_at`. Does not open keys again
    /// that `known` holds already.
    ///
    /// # Errors
    /// [`KeyError::Unsealing`] if a key cannot be opened.
    pub(crate) fn open(
        mut sealed: Vec<SealedKey>,
        secret: &MasterSecret,
        known: &Self,
        read_at: Timestamp,
    ) -> Result<Self, KeyError> {
        sealed.sort_unstable_by_key(|key| key.life.number);
        let open = |key: &SealedKey| {
            let opened = match known.key(&key.kid) {
                Some(key) => Arc::clone(&key.opened),
                None => Arc::new(key.open(secret)?),
            };
            Ok(RingKey {
                kid: key.kid.clone(),
                number: key.life.number,
                opened,
            })
        };
        Ok(Self {
            keys: sealed.iter().map(open).collect::<Result<_, _>>()?,
            lives: sealed.iter().map(|key| key.life).collect(),
            read_at: Some(read_at),
        })
    }

    /// Returns the lives of all keys.
    pub(crate) fn lives(&self) -> &[KeyLife] {
        &self.lives
    }

    /// Returns the id and the life of each key, the oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &KeyLife)> {
        let kids = self.keys.iter().map(|key| key.kid.as_str());
        kids.zip(&self.lives)
    }

    /// Returns until when the key that signs at `now` has to verify. A token that expires
    /// later is not signed.
    ///
    /// # Errors
    /// [`KeyError::None`] if there is no key.
    pub(crate) fn signer_verifies_until(&self, now: Timestamp) -> Result<Timestamp, KeyError> {
        let life = lifecycle::signer(&self.lives, now).ok_or(KeyError::None)?;
        Ok(life.verifies_until)
    }

    /// Returns the key that signs at `now`, for a token that expires at `expires_at`.
    ///
    /// # Errors
    /// [`KeyError::None`] if there is no key, [`KeyError::KeyExpiresTooSoon`] if the token
    /// would expire later than the key has to verify.
    pub(crate) fn signing_key(
        &self,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<&RingKey, KeyError> {
        let life = lifecycle::signer(&self.lives, now).ok_or(KeyError::None)?;
        if expires_at > life.verifies_until {
            return Err(KeyError::KeyExpiresTooSoon);
        }
        let mut keys = self.keys.iter();
        keys.find(|key| key.number == life.number)
            .ok_or(KeyError::None)
    }

    /// Returns the key with that id.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] if a fresh ring has no such key: the key is forged, or its last
    /// token has expired. [`TokenError::UnknownKey`] if an older ring has no such key: the key
    /// may be newer than the ring.
    pub(crate) fn verifying_key(&self, kid: &str, now: Timestamp) -> Result<&RingKey, TokenError> {
        let is_fresh = self.read_at.is_some_and(|read_at| {
            // If the clock was set back by more than the maximum age, the age is unknown.
            now.since(read_at).max(read_at.since(now)) <= MAX_RING_AGE
        });
        let unknown = if is_fresh {
            TokenError::Invalid
        } else {
            TokenError::UnknownKey
        };
        self.key(kid).ok_or(unknown)
    }

    /// Returns whether access tokens of that key are valid at `now`: the key is in the ring
    /// and is not revoked.
    pub(crate) fn is_trusted(&self, number: i64, now: Timestamp) -> bool {
        let life = self.lives.iter().find(|life| life.number == number);
        life.is_some_and(|life| !life.is_revoked(now))
    }

    /// Returns the public keys as a JSON Web Key Set, without revoked keys.
    pub(crate) fn jwks(&self, now: Timestamp) -> String {
        let keys = self.keys.iter();
        let published = keys.filter(|key| self.is_trusted(key.number, now));
        let published = published.map(|key| (key.kid.as_str(), key.opened.public.as_slice()));
        jwks::set(&published.collect::<Vec<_>>())
    }

    fn key(&self, kid: &str) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}
