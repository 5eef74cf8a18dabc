//! Tokens: what they claim, how they are signed, and what a token must show
//! before it counts (RFC 7519, RFC 8725, RFC 9068).

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

/// Why a token does not count. Whoever sent it learns the code and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Its time is over, or that of the key it is signed with; everything else
    /// about it is right.
    #[error("the token has expired")]
    Expired,
    /// Not ours, damaged, or of another kind.
    #[error("the token is not valid")]
    Invalid,
    /// Of a key that this process does not know, while it has not been able to
    /// read the keys for some seconds; or signed further in the future than the
    /// clocks of two servers may differ. Says nothing of the token.
    #[error("the token's key is not known yet, or the clocks of the servers differ")]
    UnknownKey,
}

#[cfg(test)]
mod tests;
