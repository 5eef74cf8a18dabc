//! The signing keys of an installation: how they are stored, which of them signs, and when
//! one is created, revoked or retired.

mod jwks;
pub(crate) mod lifecycle;
mod ring;
mod sealed;
mod secret;
mod service;
#[cfg(test)]
mod tests;

pub use lifecycle::{JWKS_MAX_AGE, KeyState};
pub(crate) use ring::{KeyRing, RingKey};
pub(crate) use sealed::SealedKey;
pub use secret::{MasterSecret, SecretError};
pub use service::{KeyRotation, ListedKey, SigningKeyError, SigningKeys};

use thiserror::Error;

/// An error of the signing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key was sealed under another master secret, or is damaged.
    #[error(
        "the signing keys in the database cannot be decrypted with this secret file; restore the secret file that belongs to the database"
    )]
    Unsealing,
    /// A random key could not be generated.
    #[error("no key could be generated on this machine")]
    Generation,
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing,
    /// There is no key.
    #[error("there is no signing key")]
    None,
    /// The token would expire later than the signing key has to verify. A transient error:
    /// the key is extended within seconds, once the database accepts the write.
    #[error("the signing key may be removed before the token expires")]
    KeyExpiresTooSoon,
}
