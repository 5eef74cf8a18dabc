//! The keys that a process signs and verifies with, several at once by `kid`.

use std::{fmt, sync::Arc};

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::DecodingKey;

use super::{
    KeyError, MasterSecret, SealedKey, jwks,
    lifecycle::{self, KNOWN_FOR, KeyLife},
    sealed::OpenKey,
};
use crate::{clock::Timestamp, token::TokenError};

/// The keys of a process, as they were read at one moment. Which of them signs
/// `lifecycle` tells.
#[derive(Clone, Default)]
pub(crate) struct KeyRing {
    /// In the order of their numbers, and beside each its moments.
    keys: Vec<RingKey>,
    lives: Vec<KeyLife>,
    /// When the database was asked for them.
    read_at: Option<Timestamp>,
}

/// A key that was opened.
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
    /// Opens the keys that the database was asked for at `read_at`. What `known`
    /// holds already is not opened again.
    ///
    /// # Errors
    /// Where one does not open.
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

    /// The moments of all keys.
    pub(crate) fn lives(&self) -> &[KeyLife] {
        &self.lives
    }

    /// Every key's id and the moments of its life, the oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &KeyLife)> {
        let kids = self.keys.iter().map(|key| key.kid.as_str());
        kids.zip(&self.lives)
    }

    /// Until when the key has to verify that signs at `now`. Nothing is signed that
    /// ends later.
    pub(crate) fn promised_until(&self, now: Timestamp) -> Result<Timestamp, KeyError> {
        let life = lifecycle::signer(&self.lives, now).ok_or(KeyError::None)?;
        Ok(life.verifies_until)
    }

    /// The key that signs at `now` what ends at `ends`.
    pub(crate) fn signing_key(
        &self,
        now: Timestamp,
        ends: Timestamp,
    ) -> Result<&RingKey, KeyError> {
        let life = lifecycle::signer(&self.lives, now).ok_or(KeyError::None)?;
        if ends > life.verifies_until {
            return Err(KeyError::KeyExpiresTooSoon);
        }
        let mut keys = self.keys.iter();
        keys.find(|key| key.number == life.number)
            .ok_or(KeyError::None)
    }

    /// The key of that id.
    ///
    /// # Errors
    /// Where there is none: it is forged, or a token of it is long dead, if this
    /// ring was read a moment ago. Otherwise it may be newer than the ring.
    pub(crate) fn verifying_key(&self, kid: &str, now: Timestamp) -> Result<&RingKey, TokenError> {
        let is_fresh = self.read_at.is_some_and(|read_at| {
            // A clock that was set back says nothing of how old the ring is.
            now.since(read_at).max(read_at.since(now)) <= KNOWN_FOR
        });
        let unknown = if is_fresh {
            TokenError::Invalid
        } else {
            TokenError::UnknownKey
        };
        self.key(kid).ok_or(unknown)
    }

    /// Whether access tokens of that key count at `now`.
    pub(crate) fn vouches(&self, number: i64, now: Timestamp) -> bool {
        let life = self.lives.iter().find(|life| life.number == number);
        life.is_some_and(|life| !life.is_revoked(now))
    }

    /// The public keys, without those whose access tokens count no more.
    pub(crate) fn jwks(&self, now: Timestamp) -> String {
        let published = self.keys.iter().filter(|key| self.vouches(key.number, now));
        let published = published.map(|key| (key.kid.as_str(), key.opened.public.as_slice()));
        jwks::set(&published.collect::<Vec<_>>())
    }

    fn key(&self, kid: &str) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}
