//! All services of a process, put together once.

mod background;

use std::{fmt, sync::Arc};

use thiserror::Error;

use crate::{
    accounts::{Accounts, PasswordError, Passwords},
    clock::Clock,
    cookies::Cookies,
    keys::{KeyRing, MasterSecret, SigningKeyError, SigningKeys},
    origin::PublicOrigin,
    policy::Policy,
    revocation::{RevocationFeed, RevocationView},
    sessions::{ConfirmationWriter, Confirmations, Purge, Purged, Sessions},
    store::{Store, StoreError},
    token::Tokens,
};

/// What an installation is made of.
#[derive(Debug)]
pub struct Setup {
    /// Where browsers reach it.
    pub origin: PublicOrigin,
    /// How long things live.
    pub policy: Policy,
    /// The database.
    pub store: Store,
    /// What the signing keys are sealed under.
    pub secret: MasterSecret,
    /// Whether signing in notes the time in the account.
    pub update_last_login: bool,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

/// Why the services could not be put together; a sentence for the operator.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys cannot be used.
    #[error(transparent)]
    SigningKeys(#[from] SigningKeyError),
    /// This machine cannot hash passwords.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// All services of a process. Cloning is cheap, and clones share everything.
#[derive(Clone)]
pub struct Portcullis(Arc<Services>);

struct Services {
    origin: PublicOrigin,
    policy: Policy,
    cookies: Cookies,
    accounts: Accounts,
    sessions: Sessions,
    tokens: Arc<Tokens>,
    signing_keys: Arc<SigningKeys>,
    store: Store,
    revocations: Arc<RevocationView>,
    feed: RevocationFeed,
    confirmations: ConfirmationWriter,
    purge: Purge,
    clock: Arc<dyn Clock>,
}

impl Portcullis {
    /// Opens the signing keys (the first start makes one), fills the revocation
    /// view, and puts the services together.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(setup: Setup) -> Result<Self, OpenError> {
        let Setup {
            origin,
            policy,
            store,
            secret,
            update_last_login,
            clock,
        } = setup;
        let now = clock.now();
        let tokens = Arc::new(Tokens::new(&origin, KeyRing::default()));
        let signing_keys = Arc::new(SigningKeys::new(
            store.clone(),
            secret,
            Arc::clone(&tokens),
            &policy,
            Arc::clone(&clock),
        ));
        signing_keys.follow().await?;
        let ended = store.ended_since(now - policy.revocation_memory()).await?;
        let revocations = Arc::new(RevocationView::new(ended));
        let confirmations = Arc::new(Confirmations::default());
        let accounts = Accounts::new(
            store.clone(),
            Passwords::new()?,
            Arc::clone(&revocations),
            Arc::clone(&clock),
        );
        let sessions = Sessions::new(
            store.clone(),
            Arc::clone(&tokens),
            Arc::clone(&revocations),
            Arc::clone(&confirmations),
            policy,
            update_last_login,
            Arc::clone(&clock),
        );
        let cookies = Cookies::new(&origin);
        Ok(Self(Arc::new(Services {
            origin,
            policy,
            cookies,
            accounts,
            sessions,
            tokens,
            signing_keys,
            feed: RevocationFeed {
                store: store.clone(),
                view: Arc::clone(&revocations),
                memory: policy.revocation_memory(),
                clock: Arc::clone(&clock),
            },
            confirmations: ConfirmationWriter {
                store: store.clone(),
                pending: confirmations,
                revocations: Arc::clone(&revocations),
                clock: Arc::clone(&clock),
            },
            purge: Purge {
                store: store.clone(),
                policy,
                clock: Arc::clone(&clock),
            },
            store,
            revocations,
            clock,
        })))
    }

    /// Removes the sessions that ended or expired longer ago than
    /// [`Policy::retention`], and the events that are older than its
    /// `audit_retention`. The background tasks do it every hour.
    ///
    /// # Errors
    /// Where the database fails. What was removed by then stays removed.
    pub async fn purge(&self) -> Result<Purged, StoreError> {
        self.0.purge.purge().await
    }

    /// Writes the pending confirmations of access tokens.
    pub async fn flush(&self) {
        self.0.confirmations.flush().await;
    }

    /// Whether this process can serve: the database answers, and the view of
    /// ended sessions is fresh.
    pub async fn is_ready(&self) -> bool {
        self.0.revocations.is_fresh() && self.0.store.is_reachable().await
    }

    /// The public signing keys, RFC 7517, as JSON. Whoever fetches them may keep
    /// them for [`JWKS_MAX_AGE`](crate::token::JWKS_MAX_AGE).
    pub fn jwks(&self) -> String {
        self.0.tokens.jwks(self.0.clock.now())
    }

    /// The signing keys, for an operator.
    pub fn signing_keys(&self) -> &SigningKeys {
        &self.0.signing_keys
    }

    /// Where browsers reach the application.
    pub fn origin(&self) -> &PublicOrigin {
        &self.0.origin
    }

    /// How long things live.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Names and attributes of the cookies.
    pub fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    /// The accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// The sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }
}

impl fmt::Debug for Portcullis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portcullis")
            .field("origin", &self.0.origin)
            .finish_non_exhaustive()
    }
}
