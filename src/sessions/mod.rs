//! Sessions: begin, refresh, authenticate, end, list, purge.

mod authenticate;
mod begin;
mod confirmations;
mod end;
mod issue;
mod list;
mod purge;
mod refresh;

pub(crate) use confirmations::{ConfirmationWriter, Confirmations};
pub use end::Revoked;
pub use list::LiveSession;
pub(crate) use purge::Purge;
pub use purge::Purged;

use std::{fmt, sync::Arc};

use quick_cache::sync::Cache;
use thiserror::Error;
use tokio::task;

use crate::{
    clock::{Clock, Timestamp},
    keys::KeyError,
    policy::Policy,
    revocation::RevocationView,
    store::{Store, StoreError, with_timeout},
    token::{AccessToken, RefreshToken, TokenError, Tokens, VerifiedAccess},
    wire::Snapshot,
};

/// How many verified access tokens are remembered: some 10 MB.
const MAX_VERIFIED: usize = 10_000;

/// Begins, renews and ends sessions.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    store: Store,
    tokens: Arc<Tokens>,
    revocations: Arc<RevocationView>,
    confirmations: Arc<Confirmations>,
    /// Access tokens whose signature and claims have passed. Keyed by the whole
    /// token: a part of it would let another signature through.
    verified: Cache<String, VerifiedAccess>,
    policy: Policy,
    update_last_login: bool,
    clock: Arc<dyn Clock>,
}

/// What signing in or refreshing hands out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Grant {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token with its end; `None` where the browser's is the right
    /// one already and must stay untouched.
    pub refresh: Option<(RefreshToken, Timestamp)>,
    /// Who is signed in now.
    pub snapshot: Snapshot,
    /// When it was granted; lifetimes count from here.
    pub granted_at: Timestamp,
}

/// Why a session was not begun, renewed or vouched for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The token does not count.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// The session was ended by an administrator.
    #[error("the session was ended by an administrator")]
    Revoked,
    /// A superseded refresh token came back, now or before; the session has
    /// been ended.
    #[error("a superseded refresh token was presented")]
    Reuse,
    /// The account is switched off.
    #[error("the account is not active")]
    Inactive,
    /// Too many requests for one session at once, or a view too old to vouch
    /// for anybody.
    #[error("the session cannot be judged right now")]
    Busy,
    /// No token could be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    pub(crate) fn new(
        store: Store,
        tokens: Arc<Tokens>,
        revocations: Arc<RevocationView>,
        confirmations: Arc<Confirmations>,
        policy: Policy,
        update_last_login: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            tokens,
            revocations,
            confirmations,
            verified: Cache::new(MAX_VERIFIED),
            policy,
            update_last_login,
            clock,
        }))
    }
}

/// Runs work to its end though the caller is dropped, but no longer than any call waits
/// for the database.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, SessionError>> + Send + 'static,
) -> Result<T, SessionError> {
    // On the heap at once: it is some kilobytes, which would be moved on each step.
    let work = Box::pin(work);
    task::spawn(with_timeout(work))
        .await
        .map_err(|_| SessionError::Busy)?
}
