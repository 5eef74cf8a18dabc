//! The session service of a process, put together once.

mod assembly;
mod background;
mod builder;
mod database;
mod error;

use std::{
    fmt,
    panic::Location,
    sync::{Arc, Mutex, Once},
};

use crate::{
    accounts::Accounts,
    clock::Clock,
    cookies::Cookies,
    http::{ErrorPage, SecurityHeaders},
    keys::SigningKeys,
    origin::PublicOrigin,
    policy::Policy,
    revocation::{RevocationFeed, RevocationView},
    sessions::{ConfirmationWriter, Purge, Purged, SessionError, Sessions},
    store::{Store, StoreError},
    token::{Tokens, VerifiedAccess},
    wire::{ApiError, Code, ProtectedPages},
};
use background::Tasks;

pub use builder::Builder;
pub use error::OpenError;

/// The session service. Cloning is cheap, and clones share everything.
///
/// [`Portcullis::builder`] opens one. When the last clone is dropped, the
/// background tasks stop; [`Portcullis::shutdown`] also writes what is pending.
#[derive(Clone)]
pub struct Portcullis(Arc<Services>);

struct Services {
    origin: PublicOrigin,
    has_passwords: bool,
    policy: Policy,
    cookies: Cookies,
    pages: Arc<ProtectedPages>,
    error_page: ErrorPage,
    security_headers: SecurityHeaders,
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
    tasks: Tasks,
    /// Where `protect` was called.
    protected_at: Mutex<Option<&'static Location<'static>>>,
}

impl Portcullis {
    /// Begins to set up the session service of an application that browsers reach
    /// at `origin`, such as `https://app.example.org`, or `http://127.0.0.1:3000`
    /// while developing.
    pub fn builder(origin: impl Into<String>) -> Builder {
        Builder::new(origin.into())
    }

    /// Stops the background tasks and writes what is pending. Call it when the
    /// server has stopped; requests that come later are refused as `busy` after
    /// ten seconds.
    pub async fn shutdown(&self) {
        self.0.tasks.stop();
        self.flush().await;
    }

    /// Writes the pending confirmations: the first uses of access tokens, which
    /// are otherwise written four times a second.
    pub async fn flush(&self) {
        self.0.confirmations.flush().await;
    }

    /// Removes the sessions that ended or expired longer ago than
    /// [`Policy::retention`], and the events that are older than its
    /// `audit_retention`. The background tasks do it every hour.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails. What was removed by then stays
    /// removed.
    pub async fn purge(&self) -> Result<Purged, StoreError> {
        self.0.purge.purge().await
    }

    /// Whether this process can serve: the background tasks run, the database
    /// answers, and the view of ended sessions is fresh.
    pub async fn is_ready(&self) -> bool {
        self.0.tasks.are_running()
            && self.0.revocations.is_fresh()
            && self.0.store.is_reachable().await
    }

    /// The public signing keys, RFC 7517, as JSON. It may be cached for
    /// [`JWKS_MAX_AGE`](crate::keys::JWKS_MAX_AGE).
    pub fn jwks(&self) -> String {
        self.0.tokens.jwks(self.0.clock.now())
    }

    /// The signing keys, for an operator.
    pub fn signing_keys(&self) -> &SigningKeys {
        &self.0.signing_keys
    }

    /// The origin at which browsers reach the application.
    pub fn origin(&self) -> &PublicOrigin {
        &self.0.origin
    }

    /// The lifetimes.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// The accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// The sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The pages that need a session, and the page to sign in.
    pub fn pages(&self) -> &ProtectedPages {
        &self.0.pages
    }

    /// Says once in the log that registration is open beside the application's own
    /// users.
    pub(crate) fn note_external(&self) {
        static SAID: Once = Once::new();
        if self.has_passwords() {
            SAID.call_once(|| {
                tracing::warn!(
                    "people are signed in by `sign_in_as`, and anybody can register an account of \
                     this library too: close that by `Builder::external_accounts_only`, unless \
                     both are wanted"
                );
            });
        }
    }

    /// Whether people can register and sign in with a password of this library.
    pub(crate) fn has_passwords(&self) -> bool {
        self.0.has_passwords
    }

    pub(crate) fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    pub(crate) fn error_page(&self) -> &ErrorPage {
        &self.0.error_page
    }

    pub(crate) fn security_headers(&self) -> &SecurityHeaders {
        &self.0.security_headers
    }

    #[cfg(feature = "testing")]
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    #[cfg(feature = "testing")]
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn revocations(&self) -> &RevocationView {
        &self.0.revocations
    }

    /// Verifies an access token, without a database query. A process whose
    /// background tasks do not run says so.
    pub(crate) fn authenticate(&self, unverified: &str) -> Result<VerifiedAccess, ApiError> {
        let verified = self.0.sessions.authenticate(unverified);
        if matches!(verified, Err(SessionError::Busy)) && !self.0.tasks.are_running() {
            tracing::error!(
                "the background tasks do not run, so it is not known which sessions have ended: \
                 open the service with `Builder::open`, or call `Portcullis::start_tasks`"
            );
            return Err(Code::TasksMissing.into());
        }
        Ok(verified?)
    }

    /// Notes that a router was protected.
    ///
    /// # Panics
    /// Where one was before.
    #[track_caller]
    pub(crate) fn note_protected(&self) {
        let here = Location::caller();
        let before = self
            .0
            .protected_at
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .replace(here);
        if let Some(before) = before {
            panic!(
                "a router is protected twice, at {before} and at {here}; call `Portcullis::protect` \
                 once, after all routes are added, and clone what it returns"
            );
        }
    }
}

impl fmt::Debug for Portcullis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portcullis")
            .field("origin", &self.0.origin)
            .finish_non_exhaustive()
    }
}
