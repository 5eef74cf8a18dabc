//! The signing keys of an installation: how they are kept, which of them signs,
//! and when one is made, revoked or removed.

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

/// Why a key cannot be used; a sentence for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
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
    /// The token would outlive what the key is promised for. It passes: what is
    /// needed is promised within seconds, once the database takes it.
    #[error("the signing key is not promised for as long as the token would live")]
    KeyExpiresTooSoon,
}
