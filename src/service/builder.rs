//! The builder of the session service.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{OpenError, Portcullis, assembly::Checked, database::DatabaseSettings};
use crate::{
    clock::{Clock, SystemClock},
    cookies::Cookies,
    http::{ErrorPage, SecurityHeaders},
    origin::PublicOrigin,
    policy::{Lifetimes, Policy},
    wire::ProtectedPages,
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
    error_page: ErrorPage,
    connect_src: Vec<String>,
    has_own_page_policy: bool,
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
            error_page: ErrorPage::default(),
            connect_src: Vec::new(),
            has_own_page_policy: false,
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
    /// `postgres://user:password@host/name`. It needs a
    /// [`secret_file`](Builder::secret_file).
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

    /// Sets the HTML page for errors of page loads and forms. Default: a page without
    /// styles.
    pub fn error_page(mut self, page: ErrorPage) -> Self {
        self.error_page = page;
        self
    }

    /// Allows pages to connect to a source besides their own origin, such as
    /// `wss://live.example.org`: `connect-src` of the Content-Security-Policy. Further calls
    /// add sources.
    pub fn connect_src(mut self, source: impl Into<String>) -> Self {
        self.connect_src.push(source.into());
        self
    }

    /// Leaves the Content-Security-Policy of pages to the application.
    pub fn own_content_security_policy(mut self) -> Self {
        self.has_own_page_policy = true;
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
        portcullis.start_tasks();
        Ok(portcullis)
    }

    /// Opens the database as [`Builder::open`] does, without the background tasks: for a
    /// command-line tool that manages accounts and sessions and serves no requests.
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
        if self.has_own_page_policy && !self.connect_src.is_empty() {
            return Err(OpenError::ConnectSourceWithOwnPolicy);
        }
        if let Some(source) = self.connect_src.iter().find(|source| !is_source(source)) {
            return Err(OpenError::InvalidConnectSource(source.clone()));
        }
        Ok(Checked {
            policy: Policy::new(self.lifetimes)?,
            cookies: match &self.cookie_names {
                Some((access, refresh)) => Cookies::named(&origin, access, refresh)?,
                None => Cookies::new(&origin),
            },
            pages: ProtectedPages::new(&self.sign_in_page, &self.protected)?,
            security_headers: SecurityHeaders::new(
                &origin,
                &self.connect_src,
                self.has_own_page_policy,
            ),
            error_page: self.error_page.clone(),
            record_last_sign_in: self.record_last_sign_in,
            has_passwords: self.has_passwords,
            clock: Arc::clone(&self.clock),
            origin,
        })
    }
}

/// Returns whether a string is a single source of a Content-Security-Policy (CSP Level
/// 3, section 2.3.1) that cannot begin another directive.
fn is_source(source: &str) -> bool {
    !source.is_empty()
        && source
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'\''))
}
