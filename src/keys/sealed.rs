//! A signing key at rest: Ed25519, sealed under the master secret. The public key is sealed
//! too, so that write access to the database alone does not suffice to add a valid key.

use std::fmt;

use aws_lc_rs::{
    aead, digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use zeroize::Zeroizing;

use super::{KeyError, MasterSecret, lifecycle::KeyLife};

/// A signing key as stored in the database.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct SealedKey {
    /// The key's id: its RFC 7638 thumbprint.
    pub(crate) kid: String,
    /// The PKCS#8 document, sealed: nonce, then AES-256-GCM, with `kid` as the
    /// associated data.
    pub(crate) sealed: Vec<u8>,
    /// Its number and the times of its life cycle.
    #[sqlx(flatten)]
    pub(crate) life: KeyLife,
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKey({})", self.kid)
    }
}

/// An opened signing key.
pub(super) struct OpenKey {
    pub(super) private: Ed25519KeyPair,
    pub(super) verifying: DecodingKey,
    pub(super) public: Vec<u8>,
}

impl SealedKey {
    /// Generates a key and seals it.
    pub(crate) fn generate(secret: &MasterSecret, life: KeyLife) -> Result<Self, KeyError> {
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
        Ok(Self { kid, sealed, life })
    }

    /// Opens the key.
    pub(super) fn open(&self, secret: &MasterSecret) -> Result<OpenKey, KeyError> {
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
        Ok(OpenKey {
            private: pair,
            verifying: DecodingKey::from_ed_der(&public),
            public,
        })
    }
}

/// Returns the RFC 7638 thumbprint of a public key, in the form of RFC 8037, appendix A.3.
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    let hash = digest::digest(&digest::SHA256, canonical.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Timestamp,
        keys::lifecycle::{KeyPolicy, next},
    };

    fn secret() -> MasterSecret {
        let folder = tempfile::tempdir().expect("a folder");
        MasterSecret::load_or_create(&folder.path().join("secret")).expect("created")
    }

    fn sealed(secret: &MasterSecret) -> SealedKey {
        let policy = KeyPolicy {
            key_age: std::time::Duration::from_secs(1),
            max_token_lifetime: std::time::Duration::from_secs(1),
        };
        let life = next(&[], policy.key_age, &policy, Timestamp::from_seconds(1));
        SealedKey::generate(secret, life).expect("generated")
    }

    #[test]
    fn thumbprint_matches_rfc_8037() {
        let public = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .expect("base64");
        assert_eq!(
            thumbprint(&public),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn key_opens_only_with_its_own_secret() {
        let own = secret();
        let sealed = sealed(&own);
        assert!(sealed.open(&own).is_ok());
        assert_eq!(sealed.open(&secret()).err(), Some(KeyError::Unsealing));
    }

    #[test]
    fn renamed_or_damaged_key_does_not_open() {
        let own = secret();
        let sealed = sealed(&own);
        let renamed = SealedKey {
            kid: "another".into(),
            ..sealed.clone()
        };
        assert_eq!(renamed.open(&own).err(), Some(KeyError::Unsealing));
        for length in [0, 5, 12, sealed.sealed.len() - 1] {
            let cut = SealedKey {
                sealed: sealed.sealed[..length].to_vec(),
                ..sealed.clone()
            };
            assert_eq!(cut.open(&own).err(), Some(KeyError::Unsealing), "{length}");
        }
    }
}
