//! The connections, and how one statement text serves both databases.
//!
//! sqlx checks types per database, so a statement's code is expanded once for
//! each: `read!`, `transact!` and `execute!` take a body and give it a connection of the
//! one or of the other. What differs in SQL is in [`Pools::pick`].

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
    time::Duration,
};

use sqlx::{
    Connection, PgConnection, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::timeout;

use super::writer::Writer;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a statement waits for another process's write (`SQLite`).
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// To what size the log is cut back when it begins anew, in bytes (`SQLite`). It
/// is written back every 4 MB and is larger only after a reader held that up.
const LONGEST_LOG: &str = "8388608";
/// How long a request waits for a connection before it is told to come back. A
/// refresh waits twice at most, and a browser for ten seconds.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may take to answer whether it is there still. Where a
/// network lost it without a word, nothing else would end it, and it would keep its
/// place. Half of the time for a new one, so that one can be made instead.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections that read (`SQLite`).
const READERS: u32 = 4;
/// Connections of each kind (`PostgreSQL`).
const CONNECTIONS: u32 = 8;
/// A connection that was idle for longer is asked whether it still lives before
/// it is used. Asking each time, as sqlx does unless told otherwise, would be a
/// round trip more for every statement (`PostgreSQL`).
const IDLE: Duration = Duration::from_secs(1);

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// A power failure.
    Full,
    /// A crash of the process. For rotation, healing and confirmation, where
    /// `heal` makes good what a power failure takes, and for purging, which is
    /// done again.
    Relaxed,
}

/// The connections to one database.
#[derive(Clone, Debug)]
pub(super) enum Pools {
    /// A file in WAL mode: one connection writes, several read.
    Sqlite { readers: SqlitePool, writer: Writer },
    /// A server. Commits through `relaxed` do not wait for its disk.
    Postgres { full: PgPool, relaxed: PgPool },
}

impl Pools {
    pub(super) async fn open_sqlite(path: &Path) -> Result<Self, MigrateError> {
        // Several processes may start at once, and the migrations do not wait
        // for one another here. Held until this returns.
        let _alone = lock_beside(path).map_err(sqlx::Error::from)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("journal_size_limit", LONGEST_LOG)
            // What needs more sets it for itself: see `Writer`.
            .synchronous(SqliteSynchronous::Normal);
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(ACQUIRE_TIMEOUT)
                // A file does not hang up.
                .test_before_acquire(false)
        };
        let writer = pool()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        SQLITE.run(&writer).await?;
        let reading = options.create_if_missing(false).pragma("query_only", "on");
        let readers = pool()
            .max_connections(READERS)
            .connect_with(reading)
            .await?;
        let writer = Writer::new(writer);
        Ok(Self::Sqlite { readers, writer })
    }

    pub(super) async fn open_postgres(options: PgConnectOptions) -> Result<Self, MigrateError> {
        let pool = || {
            PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move { Ok(meta.idle_for <= IDLE || answers(connection).await?) })
                })
                .after_release(|connection, _| Box::pin(answers(connection)))
        };
        let full = pool().connect_with(options.clone()).await?;
        POSTGRES.run(&full).await?;
        let relaxed = options.options([("synchronous_commit", "off")]);
        let relaxed = pool().connect_with(relaxed).await?;
        Ok(Self::Postgres { full, relaxed })
    }

    /// Waits for what is under way, then closes every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { full, relaxed } => {
                full.close().await;
                relaxed.close().await;
            }
        }
    }

    /// The text for this database, where one text does not serve both.
    pub(super) const fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite { .. } => sqlite,
            Self::Postgres { .. } => postgres,
        }
    }
}

/// Whether a connection can be used: an error where it cannot even be closed in
/// good order. Whoever had it before may have been dropped in the middle of a
/// statement.
async fn answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    match timeout(ANSWER_TIMEOUT, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(sqlx::Error::PoolTimedOut),
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

/// Runs a body that reads, with `$connection` an executor.
macro_rules! read {
    ($store:expr, $connection:ident => $body:expr) => {
        match &$store.pools {
            $crate::store::pools::Pools::Sqlite { readers, .. } => {
                let mut held = readers.acquire().await?;
                let $connection = &mut *held;
                $body
            }
            $crate::store::pools::Pools::Postgres { full, .. } => {
                let mut held = full.acquire().await?;
                let $connection = &mut *held;
                $body
            }
        }
    };
}

/// Runs a body in a transaction and commits it. A `return` or `?` in the body
/// leaves without committing, and all is rolled back. The durability is `Full`,
/// `Relaxed`, or a value.
macro_rules! transact {
    ($store:expr, $durability:expr, $connection:ident => $body:expr) => {{
        #[allow(unused_imports, reason = "for a durability that is named")]
        use $crate::store::pools::Durability::{Full, Relaxed};
        let durability: $crate::store::pools::Durability = $durability;
        match &$store.pools {
            $crate::store::pools::Pools::Sqlite { writer, .. } => {
                let mut held = writer.acquire().await?;
                let begin = writer.begin(durability);
                let mut tx = sqlx::Connection::begin_with(&mut *held, begin).await?;
                let $connection = &mut *tx;
                let value = $body;
                tx.commit().await?;
                value
            }
            $crate::store::pools::Pools::Postgres { full, relaxed } => {
                let pool = match durability {
                    $crate::store::pools::Durability::Full => full,
                    $crate::store::pools::Durability::Relaxed => relaxed,
                };
                let mut tx = pool.begin().await?;
                let $connection = &mut *tx;
                let value = $body;
                tx.commit().await?;
                value
            }
        }
    }};
}

/// Runs a single statement that writes, which commits by itself.
macro_rules! execute {
    ($store:expr, $durability:expr, $connection:ident => $body:expr) => {{
        #[allow(unused_imports, reason = "for a durability that is named")]
        use $crate::store::pools::Durability::{Full, Relaxed};
        let durability: $crate::store::pools::Durability = $durability;
        match &$store.pools {
            $crate::store::pools::Pools::Sqlite { writer, .. } => {
                let mut held = writer.set_to(durability).await?;
                let $connection = &mut *held;
                $body
            }
            $crate::store::pools::Pools::Postgres { full, relaxed } => {
                let pool = match durability {
                    $crate::store::pools::Durability::Full => full,
                    $crate::store::pools::Durability::Relaxed => relaxed,
                };
                let mut held = pool.acquire().await?;
                let $connection = &mut *held;
                $body
            }
        }
    }};
}

pub(super) use {execute, read, transact};
