//! Access and refresh tokens: their claims, their signature, and how they are verified
//! (RFC 7519, RFC 8725, RFC 9068).

mod access;
mod claims;
mod jws;
mod refresh;
mod tokens;

pub use access::{AccessToken, VerifiedAccess};
pub use refresh::RefreshToken;
pub(crate) use refresh::{RefreshKey, VerifiedRefresh};
pub use tokens::Subject;
pub(crate) use tokens::Tokens;

use thiserror::Error;

/// The reason why a presented token is rejected. The client gets only the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is valid except that it has expired, or, for an access token, that its key
    /// has been revoked.
    #[error("the token has expired")]
    Expired,
    /// The token was not issued by this installation, is damaged, or is of another kind.
    #[error("the token is not valid")]
    Invalid,
    /// The token is signed by a key that this process does not know, and the process has not
    /// been able to read the keys for some seconds. Or its time of issue is less than a
    /// minute ahead, but further than the clocks of two servers may differ. The token may be
    /// valid or not.
    #[error("the token's key is not known yet, or the clocks of the servers differ")]
    UnknownKey,
}

#[cfg(test)]
mod tests;
