//! Setting the session service up.

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

/// The settings of a session service; [`Portcullis::builder`] begins one. All have
/// a default but the database. They are checked by [`Builder::open`].
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
    connect_to: Vec<String>,
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
            connect_to: Vec::new(),
            has_own_page_policy: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// Keeps accounts and sessions in a `SQLite` file of their own, which is made
    /// where there is none. Beside it, with the extension `.secret`, stands the
    /// secret that encrypts the signing keys, unless
    /// [`secret_file`](Builder::secret_file) names another.
    pub fn sqlite(mut self, path: impl Into<PathBuf>) -> Self {
        self.database.is_named_twice |= self.database.sqlite.replace(path.into()).is_some();
        self
    }

    /// Keeps accounts and sessions in a `PostgreSQL` database, such as
    /// `postgres://user:password@host/name`. It needs a
    /// [`secret_file`](Builder::secret_file).
    pub fn postgres(mut self, url: impl Into<String>) -> Self {
        self.database.is_named_twice |= self.database.postgres.replace(url.into()).is_some();
        self
    }

    /// The schema of the `PostgreSQL` database that holds everything of this
    /// library, so that it stands beside an application's own tables. Default
    /// `portcullis`.
    pub fn postgres_schema(mut self, schema: impl Into<String>) -> Self {
        self.database.schema = Some(schema.into());
        self
    }

    /// The file with the secret that encrypts the signing keys in the database: 32
    /// bytes or more in base64url. All processes that share a database need the
    /// same. With `SQLite` it is made where there is none.
    pub fn secret_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.database.secret_file = Some(path.into());
        self
    }

    /// The pages that need a session, each with all below it: a page load that is
    /// not signed in is redirected to the sign-in page. Called again, it adds to
    /// them.
    pub fn protected(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.protected.extend(paths.into_iter().map(Into::into));
        self
    }

    /// The path of the page to sign in. Default `/login`.
    pub fn sign_in_page(mut self, path: impl Into<String>) -> Self {
        self.sign_in_page = path.into();
        self
    }

    /// How long an access token lives. Default 25 minutes.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.access = lifetime;
        self
    }

    /// How long a refresh token lives from each rotation: the time after which a
    /// person who does not come back has to sign in again. Default 7 days.
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.refresh = lifetime;
        self
    }

    /// How long a session lives at most, however often it is refreshed. Default 30
    /// days.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.session = lifetime;
        self
    }

    /// All lifetimes and windows at once, in place of what was set before.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// The names of the two cookies, for two installations on one host. On https
    /// they get the prefix `__Host-`. Default `access_token` and `refresh_token`.
    pub fn cookie_names(mut self, access: impl Into<String>, refresh: impl Into<String>) -> Self {
        self.cookie_names = Some((access.into(), refresh.into()));
        self
    }

    /// Whether signing in writes the time into the account. Default false.
    pub fn record_last_sign_in(mut self, is_recorded: bool) -> Self {
        self.record_last_sign_in = is_recorded;
        self
    }

    /// Leaves passwords to the application: people are signed in by
    /// [`Caller::sign_in_as`](crate::http::Caller::sign_in_as) alone. Without this,
    /// anybody can register an account of this library beside the application's own
    /// users: registering and signing in with a password are answered with 404 then,
    /// as routes and as server functions.
    pub fn external_accounts_only(mut self) -> Self {
        self.has_passwords = false;
        self
    }

    /// The page that a person gets for an error. Default a page without style.
    pub fn error_page(mut self, page: ErrorPage) -> Self {
        self.error_page = page;
        self
    }

    /// Lets pages connect to a source besides their own origin, such as
    /// `wss://live.example.org`: `connect-src` of the Content-Security-Policy.
    pub fn connect_to(mut self, source: impl Into<String>) -> Self {
        self.connect_to.push(source.into());
        self
    }

    /// Leaves the Content-Security-Policy of pages to the application.
    pub fn own_content_security_policy(mut self) -> Self {
        self.has_own_page_policy = true;
        self
    }

    /// The clock by which tokens are issued and judged, for tests. Default the
    /// machine's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the database (the first start creates it, and a signing key), and
    /// starts the background tasks.
    ///
    /// # Errors
    /// [`OpenError`], a sentence for the operator: a setting that cannot be, or a
    /// database that does not open.
    pub async fn open(self) -> Result<Portcullis, OpenError> {
        let portcullis = self.open_without_tasks().await?;
        portcullis.start_tasks();
        Ok(portcullis)
    }

    /// As [`Builder::open`], without background tasks: for a command-line tool
    /// that looks at accounts and sessions, and serves no requests.
    ///
    /// # Errors
    /// As [`Builder::open`].
    pub async fn open_without_tasks(self) -> Result<Portcullis, OpenError> {
        let checked = self.check()?;
        // On the heap: it is some kilobytes, which each caller would carry along.
        Box::pin(async move {
            let (secret, store) = self.database.open().await?;
            checked.assemble(secret, store).await
        })
        .await
    }

    /// Checks the settings before anything is opened.
    fn check(&self) -> Result<Checked, OpenError> {
        let origin = PublicOrigin::parse(&self.origin)?;
        if self.has_own_page_policy && !self.connect_to.is_empty() {
            return Err(OpenError::OwnPolicy);
        }
        if let Some(source) = self.connect_to.iter().find(|source| !is_source(source)) {
            return Err(OpenError::Source(source.clone()));
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
                &self.connect_to,
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

/// Whether a string is one source of a Content-Security-Policy (CSP Level 3,
/// section 2.3.1), and does not begin another directive.
fn is_source(source: &str) -> bool {
    !source.is_empty()
        && source
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'\''))
}
