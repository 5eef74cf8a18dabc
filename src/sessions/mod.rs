//! Sessions: begin, refresh, authenticate, end, list and purge them.

mod authenticate;
mod begin;
mod change_password;
mod confirmations;
mod device;
mod end;
mod issue;
mod list;
mod purge;
mod refresh;
mod shown;
mod user_agent;

pub(crate) use confirmations::{ConfirmationWriter, Confirmations};
pub use device::Device;
pub use end::Revoked;
pub use list::LiveSession;
pub(crate) use purge::Purge;
pub use purge::Purged;
pub(crate) use shown::ShownCache;

use std::{fmt, sync::Arc};

use quick_cache::sync::Cache;
use thiserror::Error;

use crate::{
    audit::Actor,
    clock::{Clock, Timestamp},
    ids::AccountId,
    keys::KeyError,
    policy::Policy,
    revocation::RevocationView,
    statistics::Counters,
    store::{Store, StoreError},
    token::{AccessToken, RefreshToken, TokenError, Tokens, VerifiedAccess},
    wire::Snapshot,
};

/// How many verified access tokens are cached: about 10 MB.
const MAX_VERIFIED: usize = 10_000;

/// The sessions of an installation: begins, refreshes, authenticates, ends and lists
/// them.
#[derive(Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
    /// Who acts on the sessions, unless it is their user.
    actor: Actor,
}

struct Inner {
    store: Store,
    tokens: Arc<Tokens>,
    revocations: Arc<RevocationView>,
    confirmations: Arc<Confirmations>,
    /// Access tokens whose signature and claims have been verified. The key is the
    /// whole token: a part of it would accept a token with another signature.
    verified: Cache<String, VerifiedAccess>,
    shown: Arc<ShownCache>,
    policy: Policy,
    sign_in: SignInSettings,
    counters: Arc<Counters>,
    clock: Arc<dyn Clock>,
}

/// The settings of a sign-in.
#[derive(Clone, Copy)]
pub(crate) struct SignInSettings {
    pub(crate) update_last_login: bool,
    /// How many live sessions an account may have.
    pub(crate) max_sessions: u32,
}

/// The tokens and session data issued by a sign-in or a refresh.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedTokens {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token and when it expires; `None` if the browser already has the
    /// current refresh token, whose cookie must stay untouched.
    pub refresh: Option<(RefreshToken, Timestamp)>,
    /// Who is signed in and for how long.
    pub snapshot: Snapshot,
    /// When the tokens were issued; their lifetimes begin here.
    pub issued_at: Timestamp,
}

/// The reason why a session could not begin, be refreshed or be authenticated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The token is invalid, has expired, or cannot be verified yet.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// An administrator ended the session.
    #[error("the session was ended by an administrator")]
    Revoked,
    /// The user ended the session from another one.
    #[error("the session was ended by its user from another session")]
    EndedElsewhere,
    /// A sign-in above the limit of live sessions of the account ended the session.
    #[error("the account was signed in too often at once")]
    SessionLimit,
    /// The password of the account was changed.
    #[error("the password of the account was changed")]
    PasswordChanged,
    /// A superseded refresh token was presented, now or before, or an access token of a
    /// void generation was used; the session has ended.
    #[error("a superseded refresh token was presented")]
    Reuse,
    /// The account is deactivated.
    #[error("the account is not active")]
    Inactive,
    /// The account was deleted.
    #[error("the account was deleted")]
    Deleted,
    /// The session cannot be checked now: the revocation view is stale, the request
    /// waited too long for the database, or too many requests changed the session at
    /// once.
    #[error("the session cannot be checked right now")]
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
        sign_in: SignInSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let inner = Inner {
            store,
            tokens,
            revocations,
            confirmations,
            verified: Cache::new(MAX_VERIFIED),
            shown: Arc::default(),
            policy,
            sign_in,
            counters: Arc::default(),
            clock,
        };
        Self {
            inner: Arc::new(inner),
            actor: Actor::Operator,
        }
    }

    /// Returns the counters of this process.
    pub(crate) fn counters(&self) -> &Arc<Counters> {
        &self.inner.counters
    }

    /// Returns the cache of what is shown, which a change of an account has to be removed from.
    pub(crate) fn shown(&self) -> &Arc<ShownCache> {
        &self.inner.shown
    }

    /// Returns these sessions for an account that acts on those of other accounts, such as
    /// an administrator. The audit trail records it as the actor of each revocation.
    #[must_use]
    pub fn by(&self, actor: AccountId) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            actor: Actor::Account(actor),
        }
    }
}
