//! The session service of a process.

mod assembly;
mod background;
mod backup;
mod builder;
mod database;
mod error;
mod page_headers;
mod registration;
mod token_endpoints;

use std::{
    fmt,
    panic::Location,
    sync::{Arc, Mutex},
};

use tokio::time::timeout;

use crate::{
    accounts::{Accounts, Registration},
    attempts::Attempts,
    clock::{Clock, Timestamp},
    cookies::Cookies,
    http::{ErrorPage, SecurityHeaders, TrustedProxies},
    ids::SessionId,
    keys::SigningKeys,
    metrics::Requests,
    origin::PublicOrigin,
    policy::Policy,
    revocation::{RevocationFeed, RevocationView, StreamRegistration, Watchdog},
    sessions::{ConfirmationWriter, Purge, Purged, SessionError, Sessions},
    statistics::StatisticsService,
    store::{Store, StoreError},
    token::{Tokens, VerifiedAccess},
    wire::{ApiError, Code, ProtectedPages},
};
use background::Tasks;

pub use backup::BackupError;
pub use builder::Builder;
pub use error::OpenError;
pub(crate) use page_headers::HeaderSettings;

/// The session service. Cloning is cheap, and clones share everything.
///
/// [`Portcullis::builder`] returns the builder that configures and opens it. When the last
/// clone is dropped, the background tasks stop; [`Portcullis::shutdown`] also flushes
/// pending writes.
#[derive(Clone)]
pub struct Portcullis(Arc<Services>);

struct Services {
    origin: PublicOrigin,
    has_passwords: bool,
    has_token_endpoints: bool,
    registration: Registration,
    trusted_proxies: TrustedProxies,
    policy: Policy,
    cookies: Cookies,
    pages: Arc<ProtectedPages>,
    error_page: ErrorPage,
    security_headers: SecurityHeaders,
    accounts: Accounts,
    attempts: Attempts,
    sessions: Sessions,
    tokens: Arc<Tokens>,
    signing_keys: Arc<SigningKeys>,
    store: Store,
    revocations: Arc<RevocationView>,
    feed: RevocationFeed,
    watchdog: Watchdog,
    confirmations: ConfirmationWriter,
    purge: Purge,
    /// The paths that accept cross-site requests.
    cross_site_paths: Vec<String>,
    statistics: StatisticsService,
    requests: Requests,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    /// Where [`Portcullis::protect`] was called.
    protected_at: Mutex<Option<&'static Location<'static>>>,
}

impl Portcullis {
    /// Returns a builder for the session service of an application that browsers reach
    /// at `origin`, such as `https://app.example.org`, or `http://127.0.0.1:3000`
    /// during development.
    pub fn builder(origin: impl Into<String>) -> Builder {
        Builder::new(origin.into())
    }

    /// Stops the background tasks, ends every stream that waits for
    /// [`SignedIn::ended`](crate::SignedIn::ended), completes the work of clients that have
    /// disconnected, such as a sign-out, and flushes pending writes. Waits a few seconds for the
    /// database at most. Call it after the server has stopped: without the tasks, access tokens
    /// are rejected with 503 `tasks_missing` after ten seconds.
    pub async fn shutdown(&self) {
        self.0.tasks.stop();
        self.0.revocations.close();
        self.0.store.detached().finish().await;
        self.flush().await;
    }

    /// Writes the pending confirmations (the first uses of access tokens), which the
    /// background tasks write four times a second, and the statistics, which they write once
    /// a minute.
    pub async fn flush(&self) {
        self.0.confirmations.flush().await;
        self.0.statistics.flush().await;
    }

    /// Removes the sessions that ended or expired longer ago than
    /// [`Policy::retention`], and the audit events that are older than
    /// [`Policy::audit_retention`]. The background tasks do this every hour.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. Rows removed before stay removed.
    pub async fn purge(&self) -> Result<Purged, StoreError> {
        self.0.purge.purge().await
    }

    /// Returns whether this process can serve requests: the background tasks are
    /// running, the database responds, and the revocation view is fresh.
    pub async fn is_ready(&self) -> bool {
        self.0.tasks.are_running()
            && self.0.revocations.is_fresh()
            && self.0.store.is_reachable().await
    }

    /// Returns the public signing keys as a JSON Web Key Set (RFC 7517), which may be
    /// cached for [`JWKS_MAX_AGE`](crate::keys::JWKS_MAX_AGE).
    pub fn jwks(&self) -> String {
        self.0.tokens.jwks(self.0.clock.now())
    }

    /// Returns the signing keys, which an operator can list, rotate and revoke.
    pub fn signing_keys(&self) -> &SigningKeys {
        &self.0.signing_keys
    }

    /// Returns the origin at which browsers reach the application.
    pub fn origin(&self) -> &PublicOrigin {
        &self.0.origin
    }

    /// Returns the validated lifetimes and windows.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Returns the accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Returns the sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Returns the protected pages and the sign-in page.
    pub fn pages(&self) -> &ProtectedPages {
        &self.0.pages
    }

    /// Returns whether the path accepts cross-site requests.
    pub(crate) fn accepts_cross_site(&self, path: &str) -> bool {
        self.0.cross_site_paths.iter().any(|exempt| exempt == path)
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    /// Returns the reverse proxies of [`Builder::trusted_proxies`].
    pub fn trusted_proxies(&self) -> &TrustedProxies {
        &self.0.trusted_proxies
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

    pub(crate) fn statistics(&self) -> &StatisticsService {
        &self.0.statistics
    }

    pub(crate) fn requests(&self) -> &Requests {
        &self.0.requests
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    #[cfg(feature = "testing")]
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// Returns the feed, which a test makes panic.
    #[cfg(feature = "testing")]
    pub(crate) fn feed(&self) -> &RevocationFeed {
        &self.0.feed
    }

    pub(crate) fn revocations(&self) -> &RevocationView {
        &self.0.revocations
    }

    /// Verifies an access token without a database query. If the revocation view is
    /// stale because the background tasks are not running, logs that and returns
    /// [`Code::TasksMissing`].
    pub(crate) fn authenticate(&self, unverified: &str) -> Result<VerifiedAccess, ApiError> {
        let verified = self.0.sessions.authenticate(unverified);
        if matches!(verified, Err(SessionError::Busy)) && !self.0.tasks.are_running() {
            self.log_missing_tasks();
            return Err(Code::TasksMissing.into());
        }
        Ok(verified?)
    }

    fn log_missing_tasks(&self) {
        tracing::error!(
            origin = self.0.origin.as_str(),
            "the background tasks are not running, so it is not known which sessions have \
             ended: open the service with `Builder::open`, or call `Portcullis::start_tasks`"
        );
    }

    /// Returns a future that resolves when a session ends. It resolves at once if the
    /// background tasks are not running, because the end would not be noticed.
    pub(crate) fn session_ended(
        &self,
        session: SessionId,
    ) -> impl Future<Output = ()> + Send + 'static {
        let registration = self.0.tasks.are_running().then(|| {
            // Registered now, not when the future is first polled.
            StreamRegistration::new(Arc::clone(&self.0.revocations), session)
        });
        let expires_at = session.created_at() + self.0.policy.session_lifetime();
        let left = expires_at.since(self.0.clock.now());
        // The service is held, and so are its background tasks.
        let service = self.clone();
        async move {
            match registration {
                // Stays pending until the timeout, which ends the stream of an expired session.
                Some(mut registration) => drop(timeout(left, registration.ended()).await),
                None => service.log_missing_tasks(),
            }
        }
    }

    /// Records that a router was protected.
    ///
    /// # Panics
    /// If a router was protected before.
    #[track_caller]
    #[allow(
        clippy::panic,
        reason = "a mistake of the application, before it serves"
    )]
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
                 once, after all routes are added, and clone the router that it returns"
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
