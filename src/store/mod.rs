//! The database: all SQL of the project is in this folder, each transaction
//! inside one method.
//!
//! `SQLite`: a file in WAL mode, one connection that writes and several that
//! read. Where two writers would race, a condition in the `UPDATE` decides;
//! nothing reads first and writes later.

mod accounts;
mod keys;
mod sessions;

pub use accounts::AccountRow;
pub(crate) use accounts::NewAccount;
pub(crate) use sessions::{EndReason, NewSession, SessionRow};

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    Sqlite, SqlitePool,
    migrate::{MigrateError, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use thiserror::Error;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that read.
const READERS: u32 = 4;

/// The database of an installation.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    writer: SqlitePool,
}

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A power failure.
    Full,
    /// A crash of the process. For rotation and confirmation alone: `heal`
    /// makes good what a power failure takes.
    Relaxed,
}

/// Why the database did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("the database {0} cannot be opened: {1}")]
    Open(PathBuf, #[source] sqlx::Error),
    /// A newer version of this program has been at it.
    #[error(
        "the database {0} belongs to a newer version of portcullis (schema {1}); start that version, or restore an older backup"
    )]
    Newer(PathBuf, i64),
    /// The schema could not be brought up to date.
    #[error("the database {0} could not be brought up to date: {1}")]
    Migrate(PathBuf, #[source] MigrateError),
    /// Another account has this e-mail address.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// A query failed.
    #[error("the database failed: {0}")]
    Query(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether it is worth trying again soon: the database is away or busy.
    pub fn is_transient(&self) -> bool {
        let Self::Query(error) = self else {
            return false;
        };
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
            // SQLITE_BUSY 5, SQLITE_LOCKED 6, SQLITE_IOERR 10, SQLITE_FULL 13,
            // with extended codes in the higher bytes.
            sqlx::Error::Database(error) => error
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13)),
            _ => false,
        }
    }
}

impl Store {
    /// Opens the database file, makes it where there is none, and brings its
    /// schema up to date.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .synchronous(SqliteSynchronous::Full);
        let pool = || SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        let failed = |error| StoreError::Open(path.to_owned(), error);
        // Several processes may start at once, and the migrations do not wait
        // for one another. Held until this returns.
        let _alone = lock_beside(path).map_err(|error| failed(error.into()))?;

        let writer = pool()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        SQLITE.run(&writer).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => StoreError::Newer(path.to_owned(), version),
            MigrateError::Execute(error) => StoreError::Open(path.to_owned(), error),
            other => StoreError::Migrate(path.to_owned(), other),
        })?;
        let readers = pool()
            .max_connections(READERS)
            .connect_with(options.create_if_missing(false).pragma("query_only", "on"))
            .await
            .map_err(failed)?;
        Ok(Self { readers, writer })
    }

    /// Whether the database answers.
    pub async fn is_reachable(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.readers).await.is_ok()
    }

    /// Waits for what is under way, then closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The connection that writes, set to the durability that is asked for. It
    /// is set each time: whoever had the connection before may have been
    /// dropped half-way.
    async fn writer(&self, durability: Durability) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut connection = self.writer.acquire().await?;
        let statement = match durability {
            Durability::Full => "PRAGMA synchronous = FULL",
            Durability::Relaxed => "PRAGMA synchronous = NORMAL",
        };
        sqlx::query(statement).execute(&mut *connection).await?;
        Ok(connection)
    }
}

/// Makes the database file where there is none, for this user alone (the files
/// that `SQLite` puts beside it take their mode from it), and waits for the lock
/// beside it.
fn lock_beside(path: &Path) -> io::Result<File> {
    let private = |path: &Path| {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    };
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = private(Path::new(&name))?;
    lock.lock()?;
    private(path)?;
    Ok(lock)
}

/// Begins a transaction that takes the write lock at once. A deferred one that
/// reads first fails where another process wrote in between.
const BEGIN: &str = "BEGIN IMMEDIATE";

#[cfg(test)]
mod tests;
