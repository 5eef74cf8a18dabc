//! Signing keys: Ed25519, several at once by `kid`, sealed in the database.

use std::{collections::HashMap, fmt};

use aws_lc_rs::{
    aead, digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{MasterSecret, jwks};
use crate::clock::Timestamp;

/// Why a key cannot be used; a sentence for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Sealed under another master secret, or damaged.
    #[error(
        "the signing keys in the database do not open with this secret file; restore the file that belongs to the database"
    )]
    Unsealing,
    /// The machine could not make a key.
    #[error("no signing key could be made on this machine")]
    Generation,
    /// The machine could not sign.
    #[error("a token could not be signed")]
    Signing,
    /// The ring holds no key.
    #[error("there is no signing key")]
    None,
}

/// A signing key as the database keeps it.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct SealedKey {
    /// The key's id: its RFC 7638 thumbprint.
    pub(crate) kid: String,
    /// The PKCS#8 document, sealed: nonce, then AES-256-GCM, with `kid` as the
    /// associated data.
    pub(crate) sealed: Vec<u8>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKey({})", self.kid)
    }
}

impl SealedKey {
    /// Makes a new key and seals it.
    pub(crate) fn generate(secret: &MasterSecret, now: Timestamp) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?;
        let kid = thumbprint(pair.public_key().as_ref());
        let document = pair.to_pkcs8v1().map_err(|_| KeyError::Generation)?;
        let mut body = document.as_ref().to_vec();
        let nonce = secret
            .sealing_key()
            .and_then(|key| {
                key.seal_in_place_append_tag(aead::Aad::from(kid.as_bytes()), &mut body)
                    .ok()
            })
            .ok_or(KeyError::Generation)?;
        let sealed = [nonce.as_ref().as_slice(), &body].concat();
        Ok(Self {
            kid,
            sealed,
            created_at: now,
        })
    }

    fn open(&self, secret: &MasterSecret) -> Result<SigningKey, KeyError> {
        let (nonce, body) = self
            .sealed
            .split_at_checked(aead::NONCE_LEN)
            .ok_or(KeyError::Unsealing)?;
        let nonce =
            aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Unsealing)?;
        let mut body = Zeroizing::new(body.to_vec());
        let key = secret.sealing_key().ok_or(KeyError::Unsealing)?;
        let document = key
            .open_in_place(nonce, aead::Aad::from(self.kid.as_bytes()), &mut body)
            .map_err(|_| KeyError::Unsealing)?;
        let pair = Ed25519KeyPair::from_pkcs8(document).map_err(|_| KeyError::Unsealing)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(SigningKey {
            private: EncodingKey::from_ed_der(document),
            verifying: DecodingKey::from_ed_der(&public),
            public,
        })
    }
}

struct SigningKey {
    private: EncodingKey,
    verifying: DecodingKey,
    public: Vec<u8>,
}

/// The keys of a process: the newest signs, all verify.
pub struct KeyRing {
    current: String,
    keys: HashMap<String, SigningKey>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Opens sealed keys.
    ///
    /// # Errors
    /// Where one does not open, or there is none.
    pub(crate) fn open(sealed: &[SealedKey], secret: &MasterSecret) -> Result<Self, KeyError> {
        let newest = sealed.iter().max_by_key(|key| (key.created_at, &key.kid));
        let current = newest.ok_or(KeyError::None)?.kid.clone();
        let open = |key: &SealedKey| Ok((key.kid.clone(), key.open(secret)?));
        let keys = sealed.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { current, keys })
    }

    pub(super) fn signing_key(&self) -> (&str, &EncodingKey) {
        (&self.current, &self.keys[&self.current].private)
    }

    pub(super) fn verifying_key(&self, kid: &str) -> Option<&DecodingKey> {
        self.keys.get(kid).map(|key| &key.verifying)
    }

    pub(super) fn jwks(&self) -> String {
        let mut keys: Vec<_> = self
            .keys
            .iter()
            .map(|(kid, key)| (kid.as_str(), key.public.as_slice()))
            .collect();
        keys.sort_unstable();
        jwks::set(&keys)
    }
}

/// The key's RFC 7638 thumbprint, as RFC 8037, appendix A.3, has it.
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    let hash = digest::digest(&digest::SHA256, canonical.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> MasterSecret {
        let folder = tempfile::tempdir().expect("a folder");
        MasterSecret::load_or_create(&folder.path().join("secret")).expect("made")
    }

    #[test]
    fn the_thumbprint_of_rfc_8037() {
        let public = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .expect("base64");
        assert_eq!(
            thumbprint(&public),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn keys_open_with_their_own_secret_alone() {
        let own = secret();
        let sealed = SealedKey::generate(&own, Timestamp::from_seconds(1)).expect("made");
        assert!(KeyRing::open(std::slice::from_ref(&sealed), &own).is_ok());
        assert_eq!(
            KeyRing::open(&[sealed], &secret()).err(),
            Some(KeyError::Unsealing)
        );
        assert_eq!(KeyRing::open(&[], &own).err(), Some(KeyError::None));
    }

    #[test]
    fn a_sealed_key_does_not_open_under_another_name_or_damaged() {
        let own = secret();
        let sealed = SealedKey::generate(&own, Timestamp::from_seconds(1)).expect("made");
        let renamed = SealedKey {
            kid: "another".into(),
            ..sealed.clone()
        };
        assert_eq!(
            KeyRing::open(&[renamed], &own).err(),
            Some(KeyError::Unsealing)
        );
        for length in [0, 5, 12, sealed.sealed.len() - 1] {
            let cut = SealedKey {
                sealed: sealed.sealed[..length].to_vec(),
                ..sealed.clone()
            };
            assert_eq!(
                KeyRing::open(&[cut], &own).err(),
                Some(KeyError::Unsealing),
                "{length}"
            );
        }
    }

    #[test]
    fn the_newest_key_signs_and_nothing_shows_in_debug() {
        let own = secret();
        let make = |at| SealedKey::generate(&own, Timestamp::from_seconds(at)).expect("made");
        let (old, new) = (make(1), make(2));
        let ring = KeyRing::open(&[new.clone(), old], &own).expect("opened");
        assert_eq!(ring.signing_key().0, new.kid);
        assert_eq!(
            format!("{ring:?}"),
            format!("KeyRing {{ current: {:?}, .. }}", new.kid)
        );
    }
}
