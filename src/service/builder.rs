//! The builder of the session service.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{HeaderSettings, OpenError, Portcullis, assembly::Checked, database::DatabaseSettings};
use crate::{
    accounts::{DEFAULT_INVITATION_LIFETIME, Registration},
    attempts::Limits,
    clock::{Clock, SystemClock},
    cookies::Cookies,
    http::{ErrorPage, SecurityHeaders, TrustedProxies},
    origin::PublicOrigin,
    policy::{Lifetimes, Policy},
    wire::{LocalPath, ProtectedPages, paths},
};

/// The settings of a session service, created by [`Portcullis::builder`]. All settings
/// except the database have a default. [`Builder::open`] checks them.
#[derive(Clone, Debug)]
#[must_use = "`.open().await` opens the session service"]
pub struct Builder {
    origin: String,
    database: DatabaseSettings,
    lifetimes: Lifetimes,
    cookie_names: Option<(String, String)>,
    sign_in_page: String,
    protected: Vec<String>,
    record_last_sign_in: bool,
    has_passwords: bool,
    pub(super) has_token_endpoints: bool,
    registration: Registration,
    invitation_lifetime: Duration,
    max_sessions: u32,
    limits: Limits,
    trusted_proxies: Vec<String>,
    error_page: ErrorPage,
    pub(super) headers: HeaderSettings,
    cross_site_paths: Vec<String>,
    clock: Arc<dyn Clock>,
}

impl Builder {
    pub(super) fn new(origin: String) -> Self {
        Self {
            origin,
            database: DatabaseSettings::default(),
            lifetimes: Lifetimes::default(),
            cookie_names: None,
            sign_in_page: "/login".to_owned(),
            protected: Vec::new(),
            record_last_sign_in: false,
            has_passwords: true,
            has_token_endpoints: false,
            registration: Registration::default(),
            invitation_lifetime: DEFAULT_INVITATION_LIFETIME,
            max_sessions: 100,
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            error_page: ErrorPage::default(),
            headers: HeaderSettings::default(),
            cross_site_paths: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Stores accounts and sessions in a separate `SQLite` file, which is created if it
    /// does not exist. The secret that encrypts the signing keys is in a file beside
    /// it with the extension `.secret`, unless [`secret_file`](Builder::secret_file)
    /// sets another.
    pub fn sqlite(mut self, path: impl Into<PathBuf>) -> Self {
        self.database.is_set_twice |= self.database.sqlite.replace(path.into()).is_some();
        self
    }

    /// Stores accounts and sessions in a `PostgreSQL` database, such as
    /// `postgres://user:password@host/name?sslmode=verify-full`. It needs a
    /// [`secret_file`](Builder::secret_file). A server on another machine needs an `sslmode`:
    /// `verify-full`, or `disable` if the network itself is protected.
    pub fn postgres(mut self, url: impl Into<String>) -> Self {
        self.database.is_set_twice |= self.database.postgres.replace(url.into()).is_some();
        self
    }

    /// Sets the schema of the `PostgreSQL` database that holds all tables of this
    /// library, so that they do not collide with the application's own tables. Default
    /// `portcullis`.
    pub fn postgres_schema(mut self, schema: impl Into<String>) -> Self {
        self.database.schema = Some(schema.into());
        self
    }

    /// Sets how many connections to `PostgreSQL` a process opens at most, at least 6. They are
    /// opened when they are needed, and stay open. Default 18.
    pub fn postgres_connections(mut self, connections: u32) -> Self {
        self.database.connections = Some(connections);
        self
    }

    /// Sets the file with the secret that encrypts the signing keys in the database: 32
    /// bytes or more in base64url. All processes that share a database need the same
    /// secret. With `SQLite`, the file is created if it does not exist; with `PostgreSQL`,
    /// it must exist.
    pub fn secret_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.database.secret_file = Some(path.into());
        self
    }

    /// Protects pages, each with all paths below it: a page load without a session is
    /// redirected to the sign-in page, and any other request without a session is rejected
    /// with 401. Further calls add pages.
    pub fn protected(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.protected.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Sets the path of the sign-in page. Default `/login`.
    pub fn sign_in_page(mut self, path: impl Into<String>) -> Self {
        self.sign_in_page = path.into();
        self
    }

    /// Sets how long an access token is valid. Default 25 minutes.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.access = lifetime;
        self
    }

    /// Sets how long a refresh token is valid from each rotation: the time after which
    /// a user who does not return has to sign in again. Default 7 days.
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.refresh = lifetime;
        self
    }

    /// Sets the maximum lifetime of a session, however often it is refreshed. Default 30
    /// days.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.session = lifetime;
        self
    }

    /// Sets all lifetimes and windows, and replaces those that were set before.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Sets the names of the two cookies, for two installations on one host. With https
    /// they get the prefix `__Host-`. Default `access_token` and `refresh_token`.
    pub fn cookie_names(mut self, access: impl Into<String>, refresh: impl Into<String>) -> Self {
        self.cookie_names = Some((access.into(), refresh.into()));
        self
    }

    /// Sets whether a sign-in updates `last_login_at` of the account. Default false.
    pub fn record_last_sign_in(mut self, is_recorded: bool) -> Self {
        self.record_last_sign_in = is_recorded;
        self
    }

    /// Leaves passwords to the application: only
    /// [`Caller::sign_in_as`](crate::http::Caller::sign_in_as) signs users in.
    /// Registration, sign-in with a password and the change of the password return 404, as
    /// routes and as server functions. Without this setting, everyone can register an
    /// account of this library beside the application's own users.
    pub fn external_accounts_only(mut self) -> Self {
        self.has_passwords = false;
        self
    }

    /// Sets whether visitors can register. Default: [`Registration::Open`]. With
    /// [`Registration::Invited`], they need an invitation, and with [`Registration::Closed`] an
    /// operator creates the accounts; otherwise registration returns 403 `registration_closed`.
    pub fn registration(mut self, registration: Registration) -> Self {
        self.registration = registration;
        self
    }

    /// Sets how long an invitation to register can be used
    /// ([`Accounts::invite`](crate::accounts::Accounts::invite)). Default 7 days.
    pub fn invitation_lifetime(mut self, lifetime: Duration) -> Self {
        self.invitation_lifetime = lifetime;
        self
    }

    /// Sets how many live sessions an account may have. A sign-in above that ends the sessions
    /// that were refreshed longest ago. Default 100.
    pub fn max_sessions(mut self, max: u32) -> Self {
        self.max_sessions = max;
        self
    }

    /// Sets the limits on attempts to sign in, to register and to change a password. They hold
    /// for all processes on the database together. Default: [`Limits::default`].
    ///
    /// The limits of one address need the addresses of clients, which `axum::serve` with the
    /// protected router provides. Behind a proxy call
    /// [`trusted_proxies`](Builder::trusted_proxies).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Trusts reverse proxies at these addresses or ranges of addresses, such as `10.0.0.0/8`:
    /// the address of a client is read from their `X-Forwarded-For`. Further calls add
    /// addresses. Default: none, so that the address of a client is that of its connection.
    pub fn trusted_proxies(mut self, ranges: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.trusted_proxies
            .extend(ranges.into_iter().map(Into::into));
        self
    }

    /// Sets the HTML page for errors of page loads and forms. Default: a page without
    /// styles.
    pub fn error_page(mut self, page: ErrorPage) -> Self {
        self.error_page = page;
        self
    }

    /// Accepts cross-site requests for a path, which is compared exactly: for the page to
    /// which a payment provider returns with a POST. Such a request has no session, whatever
    /// cookies it carries: redirect it to a page that has. Further calls add paths.
    pub fn accept_cross_site(mut self, path: impl Into<String>) -> Self {
        self.cross_site_paths.push(path.into());
        self
    }

    /// Sets the clock by which tokens are issued and verified, for tests. Default: the
    /// system clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the database and starts the background tasks. The first start creates the
    /// tables (with `SQLite` the file too) and a signing key.
    ///
    /// # Errors
    /// [`OpenError`] if a setting is not valid, or if the database, the secret or the
    /// signing keys cannot be opened. The message is for the operator.
    pub async fn open(self) -> Result<Portcullis, OpenError> {
        let portcullis = self.open_without_tasks().await?;
        // Before the first token is signed.
        portcullis.signing_keys().reload().await?;
        portcullis.start_tasks();
        portcullis.warn_of_a_short_window();
        Ok(portcullis)
    }

    /// Opens the database as [`Builder::open`] does, without the background tasks: for a
    /// command-line tool that manages accounts and sessions and serves no requests. It neither
    /// creates a successor of a signing key nor deletes one.
    ///
    /// # Errors
    /// As [`Builder::open`].
    pub async fn open_without_tasks(self) -> Result<Portcullis, OpenError> {
        let checked = self.check()?;
        // Boxed: the future has some kilobytes, and would be part of the future of each caller.
        Box::pin(async move {
            let (secret, store) = self.database.open().await?;
            checked.assemble(secret, store).await
        })
        .await
    }

    /// Validates the settings before anything is opened.
    fn check(&self) -> Result<Checked, OpenError> {
        let origin = PublicOrigin::parse(&self.origin)?;
        if self.max_sessions == 0 {
            return Err(OpenError::NoSessions);
        }
        if self.invitation_lifetime.as_micros() == 0 {
            return Err(OpenError::NoInvitationLifetime);
        }
        if let Some(source) = self.headers.sources.invalid() {
            return Err(OpenError::InvalidSource(source.to_owned()));
        }
        let mut sources = self.headers.sources.all();
        if let Some(source) = sources.next().filter(|_| self.headers.has_own_page_policy) {
            return Err(OpenError::SourceWithOwnPolicy(source.to_owned()));
        }
        let pages = ProtectedPages::new(&self.sign_in_page, &self.protected)?;
        let mut paths = self.cross_site_paths.iter();
        if let Some(path) = paths.find(|path| !may_be_cross_site(path, &pages)) {
            return Err(OpenError::InvalidCrossSitePath(path.clone()));
        }
        Ok(Checked {
            policy: Policy::new(self.lifetimes)?,
            cookies: match &self.cookie_names {
                Some((access, refresh)) => Cookies::named(&origin, access, refresh)?,
                None => Cookies::new(&origin),
            },
            pages,
            security_headers: SecurityHeaders::new(&origin, &self.headers),
            error_page: self.error_page.clone(),
            record_last_sign_in: self.record_last_sign_in,
            has_passwords: self.has_passwords,
            has_token_endpoints: self.has_token_endpoints,
            cross_site_paths: self.cross_site_paths.clone(),
            registration: self.registration,
            invitation_lifetime: self.invitation_lifetime,
            max_sessions: self.max_sessions,
            limits: self.limits,
            trusted_proxies: TrustedProxies::parse(&self.trusted_proxies)?,
            clock: Arc::clone(&self.clock),
            origin,
        })
    }
}

/// Returns whether a path may accept cross-site requests. A path of this library may not, and
/// for a protected one the request would need a session.
fn may_be_cross_site(path: &str, pages: &ProtectedPages) -> bool {
    LocalPath::parse(path).is_some()
        && !path.contains(['?', '#'])
        && !paths::is_own(path)
        && !path.starts_with("/api/accounts/")
        && !pages.is_protected(path)
}
