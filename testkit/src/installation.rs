//! An installation of the library for one test, with its own database and a clock that
//! the test moves.

use std::{
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use portcullis::{
    Portcullis, SessionId,
    accounts::{DisplayName, Email, NewPassword, SignedInAccount},
    sessions::{IssuedTokens, SessionError},
    testing::TestClock,
};
use tokio::time::{sleep, timeout};

use crate::{
    EMAIL, PASSWORD,
    place::{Kind, Place},
    postgres,
};

const ORIGIN: &str = "https://app.example.org";

/// The timeout of [`until_rejected`]. The end of a session reaches every process within a
/// second, but the machine of a test may be busy.
const REJECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// An installation with one process.
pub struct Installation {
    /// The session service of the process.
    pub portcullis: Portcullis,
    /// The clock of all processes of the installation.
    pub clock: TestClock,
    /// The database and its folder.
    pub place: Place,
}

impl Installation {
    /// Creates an installation with its own `SQLite` file.
    pub async fn on_sqlite() -> Self {
        Self::at(Place::new(Kind::Sqlite).await).await
    }

    /// Creates an installation with its own `PostgreSQL` database.
    pub async fn on_postgres() -> Self {
        Self::at(Place::new(Kind::Postgres).await).await
    }

    /// Creates an installation on a database.
    pub async fn at(place: Place) -> Self {
        Self::at_time(place, TestClock::new()).await
    }

    /// Opens the installation on a database, or creates it, with a clock.
    pub async fn at_time(place: Place, clock: TestClock) -> Self {
        Self {
            portcullis: open(&place, &clock).await,
            clock,
            place,
        }
    }

    /// Opens the session service of another process of the same installation.
    pub async fn second_process(&self) -> Portcullis {
        open(&self.place, &self.clock).await
    }

    /// Advances the clock, then reloads the signing keys as the background task does.
    pub async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        let reloaded = self.portcullis.signing_keys().reload().await;
        reloaded.expect("reloaded");
    }

    /// Registers an account for [`EMAIL`] and begins a session.
    pub async fn register(&self) -> IssuedTokens {
        self.register_as(EMAIL).await
    }

    /// Registers an account for an e-mail address and begins a session.
    pub async fn register_as(&self, email: &str) -> IssuedTokens {
        let account = self.account(email).await;
        let sessions = self.portcullis.sessions();
        sessions.begin(&account, &[]).await.expect("begun")
    }

    /// Begins another session for [`EMAIL`], with the check of [`PASSWORD`].
    pub async fn sign_in(&self) -> IssuedTokens {
        let account = self.portcullis.accounts().check(EMAIL, PASSWORD).await;
        let sessions = self.portcullis.sessions();
        let begun = sessions.begin(&account.expect("valid"), &[]).await;
        begun.expect("begun")
    }

    /// Registers an account with [`PASSWORD`].
    pub async fn account(&self, email: &str) -> SignedInAccount {
        register_account(&self.portcullis, email).await
    }

    /// Begins `count` sessions and returns their refresh tokens.
    pub async fn begin(&self, account: &SignedInAccount, count: usize) -> Vec<String> {
        let mut tokens = Vec::with_capacity(count);
        for _ in 0..count {
            let begun = self.portcullis.sessions().begin(account, &[]).await;
            tokens.push(refresh_token(&begun.expect("begun")).to_owned());
        }
        tokens
    }

    /// Refreshes with an issued refresh token.
    ///
    /// # Errors
    /// As `Sessions::refresh`.
    pub async fn refresh(&self, issued: &IssuedTokens) -> Result<IssuedTokens, SessionError> {
        let sessions = self.portcullis.sessions();
        sessions.refresh(refresh_token(issued)).await
    }

    /// Rotates once, and undoes the commit as a power failure does. Returns the tokens
    /// that were issued.
    pub async fn rotate_and_lose_commit(&self, issued: &IssuedTokens) -> IssuedTokens {
        self.clock.advance(Duration::from_secs(31));
        let rotated = self.refresh(issued).await;
        let direct = self.place.direct().await;
        direct
            .run("UPDATE sessions SET generation = generation - 1, parent = NULL")
            .await;
        direct.close().await;
        rotated.expect("refreshed")
    }

    /// Polls work once and then drops it, as when a client hangs up. On `SQLite` the database is
    /// locked meanwhile, because one poll may otherwise carry out all of it.
    pub async fn poll_once_and_drop(&self, work: impl Future) {
        let direct = self.place.direct().await;
        if self.place.url.is_none() {
            direct.run("BEGIN IMMEDIATE").await;
        }
        {
            let mut work = pin!(work);
            let is_pending =
                poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_pending()));
            assert!(is_pending.await, "still at work");
        }
        if self.place.url.is_none() {
            direct.run("ROLLBACK").await;
        }
        direct.close().await;
    }

    /// Returns everything that the database stores: the bytes of its files, or every row.
    pub async fn dump(&self) -> Vec<u8> {
        match &self.place.url {
            None => self.files(),
            Some(url) => postgres::dump(url).await,
        }
    }

    fn files(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.place.folder.path()).expect("the folder");
        let databases = files
            .map(|file| file.expect("an entry").path())
            .filter(|path| path.to_string_lossy().contains("db"));
        databases
            .flat_map(|path| std::fs::read(path).expect("readable"))
            .collect()
    }
}

/// Registers an account with [`PASSWORD`].
pub async fn register_account(portcullis: &Portcullis, email: &str) -> SignedInAccount {
    let email = Email::parse(email).expect("an address");
    let password = NewPassword::parse(PASSWORD).expect("a password");
    let accounts = portcullis.accounts();
    accounts
        .register(&email, &DisplayName::default(), &password)
        .await
        .expect("registered")
}

/// Returns the refresh token of `issued`, which must have one.
pub fn refresh_token(issued: &IssuedTokens) -> &str {
    issued.refresh.as_ref().expect("a refresh token").0.expose()
}

/// Returns the id of the session of `issued`.
pub fn session_id(issued: &IssuedTokens) -> SessionId {
    issued.access.verified().subject().session
}

/// Waits until a process rejects the access token of `issued` because its session has ended,
/// and returns how long that took. Another error, such as that of a stale view, does not end
/// the wait.
pub async fn until_rejected(portcullis: &Portcullis, issued: &IssuedTokens) -> Duration {
    let since = Instant::now();
    let rejected = async {
        let authenticate = || portcullis.sessions().authenticate(issued.access.expose());
        while !matches!(authenticate(), Err(SessionError::Ended)) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let rejected = timeout(REJECTION_TIMEOUT, rejected).await;
    rejected.expect("the access token is rejected because its session has ended");
    since.elapsed()
}

async fn open(place: &Place, clock: &TestClock) -> Portcullis {
    let builder = place.builder(ORIGIN).clock(clock.clone());
    let opened = Box::pin(builder.open_without_tasks()).await;
    opened.expect("opened")
}
