//! The library on a database of a test's own, with a clock that the test moves.

use std::time::Duration;

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, NewPassword, SignedInAccount},
    sessions::{Grant, SessionError},
    testing::TestClock,
};

use crate::{
    EMAIL, PASSWORD,
    place::{Kind, Place},
    postgres,
};

const ORIGIN: &str = "https://app.example.org";

/// An installation, as one process sees it.
pub struct Installation {
    /// The process.
    pub portcullis: Portcullis,
    /// The clock of all its processes.
    pub clock: TestClock,
    /// Where the data are.
    pub place: Place,
}

impl Installation {
    /// On a `SQLite` file of its own.
    pub async fn on_sqlite() -> Self {
        Self::at(Place::new(Kind::Sqlite).await).await
    }

    /// On a `PostgreSQL` database of its own.
    pub async fn on_postgres() -> Self {
        Self::at(Place::new(Kind::Postgres).await).await
    }

    /// On that database.
    pub async fn at(place: Place) -> Self {
        let clock = TestClock::new();
        Self {
            portcullis: open(&place, &clock).await,
            clock,
            place,
        }
    }

    /// Another process of the same installation.
    pub async fn second_process(&self) -> Portcullis {
        open(&self.place, &self.clock).await
    }

    /// Lets time pass, in which the process looks after its keys as it does in the
    /// background.
    pub async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        let followed = self.portcullis.signing_keys().follow().await;
        followed.expect("the keys");
    }

    /// Opens an account for [`EMAIL`] and begins a session.
    pub async fn register(&self) -> Grant {
        self.register_as(EMAIL).await
    }

    /// Opens an account and begins a session.
    pub async fn register_as(&self, email: &str) -> Grant {
        let account = self.account(email).await;
        let sessions = self.portcullis.sessions();
        sessions.begin(&account, &[]).await.expect("begun")
    }

    /// Opens an account with [`PASSWORD`].
    pub async fn account(&self, email: &str) -> SignedInAccount {
        open_account(&self.portcullis, email).await
    }

    /// Begins so many sessions and returns their refresh tokens.
    pub async fn begin(&self, account: &SignedInAccount, sessions: usize) -> Vec<String> {
        let mut tokens = Vec::with_capacity(sessions);
        for _ in 0..sessions {
            let begun = self.portcullis.sessions().begin(account, &[]).await;
            tokens.push(refresh_token(&begun.expect("begun")).to_owned());
        }
        tokens
    }

    /// Refreshes by the refresh token of a grant.
    ///
    /// # Errors
    /// As the library does.
    pub async fn refresh(&self, grant: &Grant) -> Result<Grant, SessionError> {
        let sessions = self.portcullis.sessions();
        sessions.refresh(refresh_token(grant)).await
    }

    /// Rotates once, and takes the commit back as a power failure does. Returns
    /// what was handed out.
    pub async fn forget_rotations_after(&self, grant: &Grant) -> Grant {
        self.clock.advance(Duration::from_secs(31));
        let ahead = self.refresh(grant).await;
        let direct = self.place.direct().await;
        direct
            .run("UPDATE sessions SET generation = generation - 1, parent = NULL")
            .await;
        direct.close().await;
        ahead.expect("refreshed")
    }

    /// All that the database holds: the bytes of its files, or every row.
    pub async fn dump(&self) -> Vec<u8> {
        match &self.place.url {
            None => self.files(),
            Some(url) => postgres::dump(url).await,
        }
    }

    fn files(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.place.folder.path()).expect("the folder");
        let databases = files
            .map(|file| file.expect("a file").path())
            .filter(|path| path.to_string_lossy().contains("db"));
        databases
            .flat_map(|path| std::fs::read(path).expect("readable"))
            .collect()
    }
}

/// Opens an account with [`PASSWORD`].
pub async fn open_account(portcullis: &Portcullis, email: &str) -> SignedInAccount {
    let email = Email::parse(email).expect("an address");
    let password = NewPassword::parse(PASSWORD).expect("a password");
    let accounts = portcullis.accounts();
    accounts
        .register(&email, &DisplayName::default(), &password)
        .await
        .expect("registered")
}

/// The refresh token of a grant that has one.
pub fn refresh_token(grant: &Grant) -> &str {
    grant.refresh.as_ref().expect("a refresh token").0.expose()
}

async fn open(place: &Place, clock: &TestClock) -> Portcullis {
    let builder = place.builder(ORIGIN).clock(clock.clone());
    let opened = Box::pin(builder.open_without_tasks()).await;
    opened.expect("opened")
}
