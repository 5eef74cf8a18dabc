//! The connections to either database, and the durability of commits through each.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use sqlx::{
    PgConnection, Postgres, Sqlite,
    migrate::{Migrate, MigrateError, Migrator},
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    counts::ConnectionCounts,
    either::EitherConnection,
    notify::ListenOptions,
    pool::Pool,
    pooler,
    rotation_batcher::RotationBatcher,
    schema::Schema,
    source::{PooledDatabase, PostgresSource},
    timeout::{BUSY_TIMEOUT, SERVER_TIMEOUTS},
    writer::Writer,
};

pub(in crate::store) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(in crate::store) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The size in bytes to which the write-ahead log is truncated when it restarts
/// (`SQLite`). A checkpoint is made every 4 MB; the log grows beyond that only while a
/// reader delays the checkpoint.
const MAX_WAL_LEN: &str = "8388608";
/// The number of connections that read (`SQLite`).
const SQLITE_READERS: usize = 4;

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Durability {
    /// A power failure.
    Full,
    /// A crash of the process, but not a power failure. For rotation, healing and
    /// confirmation: if a power failure loses them, *heal* recovers. Also for purging, which
    /// is repeated.
    Relaxed,
}

impl Durability {
    /// Returns the argument for this durability.
    pub(in crate::store) fn choose<T>(self, full: T, relaxed: T) -> T {
        match self {
            Self::Full => full,
            Self::Relaxed => relaxed,
        }
    }
}

/// Why a database could not be opened.
#[derive(Debug)]
pub(in crate::store) enum BackendError {
    /// The migrations or another statement failed.
    Migrate(MigrateError),
    /// This schema does not exist, but the schema `public` holds an installation.
    OlderInPublic(Schema),
    /// A connection pooler gives a client another connection for each transaction.
    TransactionPooling,
}

impl<E: Into<MigrateError>> From<E> for BackendError {
    fn from(error: E) -> Self {
        Self::Migrate(error.into())
    }
}

/// The connections to one database.
#[derive(Clone, Debug)]
pub(in crate::store) enum Backend {
    /// A file in WAL mode: one connection writes, several read, one of them only the
    /// revocation feed.
    Sqlite {
        readers: Pool<Sqlite>,
        writer: Writer,
        feed: Pool<Sqlite>,
    },
    /// A server. The revocation feed has a connection of its own. Commits through `relaxed` and
    /// `batcher` do not wait for its disk. With `listen_options`, a process is notified of ended
    /// sessions.
    Postgres {
        full: Pool<Postgres>,
        relaxed: Pool<Postgres>,
        feed: Pool<Postgres>,
        batcher: RotationBatcher,
        listen_options: ListenOptions,
    },
}

impl Backend {
    /// Opens the database file, creates it if there is none, and runs the migrations.
    pub(in crate::store) async fn open_sqlite(path: &Path) -> Result<Self, BackendError> {
        // Several processes may start at once, and on SQLite sqlx does not lock the
        // database against concurrent migrations. Held until this function returns.
        let _lock = lock_beside(path).map_err(sqlx::Error::from)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("journal_size_limit", MAX_WAL_LEN)
            // `Writer` raises it for commits that need more.
            .synchronous(SqliteSynchronous::Normal);
        // A migration may rebuild a table, and dropping the old table must not delete the
        // rows that refer to it: see migrations/sqlite/0005_external_accounts.sql.
        let migrating: Pool<Sqlite> = Pool::open(options.clone().foreign_keys(false), 1).await?;
        migrate(&SQLITE, &migrating).await?;
        migrating.close().await;
        let writer = Pool::open(options.clone(), 1).await?;
        let reading = options.create_if_missing(false).pragma("query_only", "on");
        let readers = Pool::open(reading.clone(), SQLITE_READERS).await?;
        let feed = Pool::open(reading, 1).await?;
        let writer = Writer::new(writer);
        Ok(Self::Sqlite {
            readers,
            writer,
            feed,
        })
    }

    /// Connects to the server and runs the migrations.
    pub(in crate::store) async fn open_postgres(
        options: PgConnectOptions,
        schema: Schema,
        counts: ConnectionCounts,
    ) -> Result<Self, BackendError> {
        let source = schema.search(PostgresSource::new(options));
        // Without `SERVER_TIMEOUTS`: a migration may take longer.
        let migrating: Pool<Postgres> = Pool::open(source.clone(), 2).await?;
        let mut connection = migrating.acquire().await?;
        require_session_pooling(&migrating, &mut connection).await?;
        let migrator = schema.migrator(&mut connection).await?;
        connection.release();
        migrate(&migrator, &migrating).await?;
        migrating.close().await;
        let listen_options = ListenOptions::new(source.clone(), schema);
        let source = |synchronous_commit| {
            let limited = source.clone().with(SERVER_TIMEOUTS);
            limited.with([("synchronous_commit", synchronous_commit)])
        };
        let full = Pool::open(source("on"), counts.full).await?;
        let relaxed = Pool::open(source("off"), counts.relaxed).await?;
        let feed = Pool::open(source("on"), 1).await?;
        let batcher = RotationBatcher::open(source("off"), counts.workers).await?;
        Ok(Self::Postgres {
            full,
            relaxed,
            feed,
            batcher,
            listen_options,
        })
    }

    /// Waits for the connections in use, then closes every connection.
    pub(in crate::store) async fn close(&self) {
        match self {
            Self::Sqlite {
                readers,
                writer,
                feed,
            } => {
                readers.close().await;
                writer.close().await;
                feed.close().await;
            }
            Self::Postgres {
                full,
                relaxed,
                feed,
                batcher,
                ..
            } => {
                full.close().await;
                feed.close().await;
                relaxed.close().await;
                batcher.close().await;
            }
        }
    }

    /// Acquires a connection for statements that read.
    pub(in crate::store) async fn read(&self) -> Result<EitherConnection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => readers.acquire().await?.into(),
            Self::Postgres { full, .. } => full.acquire().await?.into(),
        })
    }

    /// Acquires the connection of the revocation feed, which nothing else uses.
    pub(in crate::store) async fn feed(&self) -> Result<EitherConnection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { feed, .. } => feed.acquire().await?.into(),
            Self::Postgres { feed, .. } => feed.acquire().await?.into(),
        })
    }

    /// Acquires a connection for a single statement that writes and commits by itself.
    pub(in crate::store) async fn write(
        &self,
        durability: Durability,
    ) -> Result<EitherConnection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => writer.set_to(durability).await?.into(),
            Self::Postgres { full, relaxed, .. } => {
                durability.choose(full, relaxed).acquire().await?.into()
            }
        })
    }

    /// Acquires a connection and begins a transaction that writes.
    pub(in crate::store) async fn begin(
        &self,
        durability: Durability,
    ) -> Result<EitherConnection, sqlx::Error> {
        let (connection, begin) = match self {
            Self::Sqlite { writer, .. } => {
                (writer.acquire().await?.into(), writer.begin(durability))
            }
            Self::Postgres { full, relaxed, .. } => {
                let pool = durability.choose(full, relaxed);
                (pool.acquire().await?.into(), "BEGIN")
            }
        };
        EitherConnection::begin(connection, begin).await
    }

    /// Returns the SQL for this database, where the two need different SQL.
    pub(in crate::store) const fn pick(
        &self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> &'static str {
        match self {
            Self::Sqlite { .. } => sqlite,
            Self::Postgres { .. } => postgres,
        }
    }
}

/// # Errors
/// [`BackendError::TransactionPooling`] if a connection pooler mixes up connections.
async fn require_session_pooling(
    pool: &Pool<Postgres>,
    connection: &mut PgConnection,
) -> Result<(), BackendError> {
    let mut other = pool.acquire().await?;
    if !pooler::keep_settings(connection, &mut other).await? {
        return Err(BackendError::TransactionPooling);
    }
    other.release();
    Ok(())
}

async fn migrate<DB: PooledDatabase<Connection: Migrate>>(
    migrator: &Migrator,
    pool: &Pool<DB>,
) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?;
    migrator.run_direct(None, &mut *connection, false).await?;
    connection.release();
    Ok(())
}

/// Locks a file beside the database file. Waits if another process holds the lock.
///
/// Also creates the database file, if there is none, with access for this user alone. The
/// files that `SQLite` creates beside it get the same mode.
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
