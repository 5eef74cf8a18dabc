//! A real installation on a database file of each test's own, with a clock that
//! the test sets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, NewPassword, SignedInAccount},
    clock::{Clock, Timestamp},
    keys::MasterSecret,
    sessions::{Grant, SessionError},
};
use sqlx::{ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

pub mod postgres;

/// Instantiates each test for each database.
macro_rules! on_both {
    ($($test:ident;)+) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $test() { super::$test(super::Installation::on_sqlite().await).await })+
        }

        mod on_postgres {
            $(#[tokio::test] async fn $test() { super::$test(super::Installation::on_postgres().await).await })+
        }
    };
}
pub(crate) use on_both;

pub const EMAIL: &str = "ada@example.org";
pub const PASSWORD: &str = "correct horse battery staple";

/// A clock that stands still until it is moved, or goes on by some microseconds
/// whenever it is read.
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<AtomicI64>,
    step: Arc<AtomicI64>,
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).expect("a short time");
        self.now.fetch_add(micros, Ordering::SeqCst);
    }

    pub fn step(&self, micros: i64) {
        self.step.store(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let step = self.step.load(Ordering::SeqCst);
        Timestamp::from_micros(self.now.fetch_add(step, Ordering::SeqCst))
    }
}

pub struct Installation {
    pub portcullis: Portcullis,
    pub clock: TestClock,
    home: Home,
}

/// Where the data are: the secret in the folder, and beside it the database, or
/// on the server that the URL names.
struct Home {
    folder: TempDir,
    url: Option<String>,
}

impl Installation {
    pub async fn on_sqlite() -> Self {
        Self::new(None).await
    }

    pub async fn on_postgres() -> Self {
        Self::new(Some(postgres::new_database().await)).await
    }

    async fn new(url: Option<String>) -> Self {
        let home = Home {
            folder: tempfile::tempdir().expect("a folder"),
            url,
        };
        let now = Arc::new(AtomicI64::new(1_800_000_000_000_000));
        let clock = TestClock {
            now,
            step: Arc::default(),
        };
        Self {
            portcullis: open(&home, &clock).await,
            clock,
            home,
        }
    }

    /// Another process of the same installation.
    pub async fn second_process(&self) -> Portcullis {
        open(&self.home, &self.clock).await
    }

    /// Lets time pass, in which the process looks after its keys as it does in the
    /// background.
    pub async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        let followed = self.portcullis.signing_keys().follow().await;
        followed.expect("the keys");
    }

    pub async fn register(&self) -> Grant {
        self.register_as(EMAIL).await
    }

    pub async fn register_as(&self, email: &str) -> Grant {
        let account = self.account(email).await;
        let sessions = self.portcullis.sessions();
        sessions.begin(&account, &[]).await.expect("begun")
    }

    pub async fn account(&self, email: &str) -> SignedInAccount {
        let email = Email::parse(email).expect("an address");
        let password = NewPassword::parse(PASSWORD).expect("a password");
        let accounts = self.portcullis.accounts();
        accounts
            .register(&email, &DisplayName::default(), &password)
            .await
            .expect("registered")
    }

    /// Rotates once, and takes the commit back as a power failure does. Returns
    /// what was handed out.
    pub async fn forget_rotations_after(&self, grant: &Grant) -> Grant {
        self.clock.advance(Duration::from_secs(31));
        let sessions = self.portcullis.sessions();
        let ahead = sessions.refresh(refresh_token(grant)).await;
        let undo = "UPDATE sessions SET generation = generation - 1, parent = NULL";
        match &self.home.url {
            None => {
                let path = self.home.folder.path().join("db");
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = options.connect().await.expect("opened");
                let undone = sqlx::query(undo).execute(&mut connection).await;
                undone.expect("undone");
            }
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("opened");
                let undone = sqlx::query(undo).execute(&mut connection).await;
                undone.expect("undone");
            }
        }
        ahead.expect("renewed")
    }

    /// All that the database holds: the bytes of its files, or every row.
    pub async fn dump(&self) -> Vec<u8> {
        match &self.home.url {
            None => self.files(),
            Some(url) => postgres::dump(url).await,
        }
    }

    fn files(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.home.folder.path()).expect("the folder");
        let databases = files
            .map(|file| file.expect("a file").path())
            .filter(|path| path.to_string_lossy().contains("db"));
        databases
            .flat_map(|path| std::fs::read(path).expect("readable"))
            .collect()
    }
}

async fn open(home: &Home, clock: &TestClock) -> Portcullis {
    let secret = home.folder.path().join("secret");
    MasterSecret::load_or_create(&secret).expect("a secret");
    let builder = Portcullis::builder("https://app.example.org")
        .secret_file(secret)
        .clock(clock.clone());
    let builder = match &home.url {
        None => builder.sqlite(home.folder.path().join("db")),
        Some(url) => builder.postgres(url),
    };
    builder.open_without_tasks().await.expect("opened")
}

pub fn refresh_token(grant: &Grant) -> &str {
    grant.refresh.as_ref().expect("a refresh token").0.expose()
}

pub async fn refresh(installation: &Installation, grant: &Grant) -> Result<Grant, SessionError> {
    installation
        .portcullis
        .sessions()
        .refresh(refresh_token(grant))
        .await
}
