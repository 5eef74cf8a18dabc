//! The connections of both databases, and what a commit through each survives.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use sqlx::{
    Database, Postgres, Sqlite,
    migrate::{Migrate, MigrateError, Migrator},
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    either::EitherConnection,
    notify::ListenOptions,
    pool::Pool,
    rotation_batcher::{RotationBatcher, WORKERS},
    schema::Schema,
    timeout::{BUSY_TIMEOUT, SERVER_TIMEOUTS},
    writer::Writer,
};

pub(in crate::store) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(in crate::store) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// To what size the log is cut back when it begins anew, in bytes (`SQLite`). It
/// is written back every 4 MB and is larger only after a reader held that up.
const MAX_WAL_LEN: &str = "8388608";
/// Connections that read (`SQLite`).
const READERS: usize = 4;
/// Connections of each kind, by what their commits survive (`PostgreSQL`).
const CONNECTIONS: usize = 8;

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Durability {
    /// A power failure.
    Full,
    /// A crash of the process. For rotation, healing and confirmation, where
    /// `heal` makes good what a power failure takes, and for purging, which is
    /// done again.
    Relaxed,
}

impl Durability {
    /// Of two, the one whose commits survive that.
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
    /// Its schema could not be brought up to date, or a statement failed.
    Migrate(MigrateError),
    /// This schema does not exist, and the schema `public` holds an installation.
    OlderInPublic(Schema),
}

impl<E: Into<MigrateError>> From<E> for BackendError {
    fn from(error: E) -> Self {
        Self::Migrate(error.into())
    }
}

/// The connections to one database.
#[derive(Clone, Debug)]
pub(in crate::store) enum Backend {
    /// A file in WAL mode: one connection writes, several read.
    Sqlite {
        readers: Pool<Sqlite>,
        writer: Writer,
    },
    /// A server. Commits through `relaxed` do not wait for its disk, nor do those of
    /// the rotations that go `together`; through `listen_options` it tells of what has ended.
    Postgres {
        full: Pool<Postgres>,
        relaxed: Pool<Postgres>,
        together: RotationBatcher,
        listen_options: ListenOptions,
    },
}

impl Backend {
    pub(in crate::store) async fn open_sqlite(path: &Path) -> Result<Self, BackendError> {
        // Several processes may start at once, and the migrations do not wait
        // for one another here. Held until this returns.
        let _alone = lock_beside(path).map_err(sqlx::Error::from)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("journal_size_limit", MAX_WAL_LEN)
            // What needs more sets it for itself: see `Writer`.
            .synchronous(SqliteSynchronous::Normal);
        // A migration may rebuild a table, which must not delete the rows that refer
        // to it: see migrations/sqlite/0005_external_accounts.sql.
        let migrating: Pool<Sqlite> = Pool::open(options.clone().foreign_keys(false), 1).await?;
        migrate(&SQLITE, &migrating).await?;
        migrating.close().await;
        let writer = Pool::open(options.clone(), 1).await?;
        let reading = options.create_if_missing(false).pragma("query_only", "on");
        let readers = Pool::open(reading, READERS).await?;
        let writer = Writer::new(writer);
        Ok(Self::Sqlite { readers, writer })
    }

    pub(in crate::store) async fn open_postgres(
        options: PgConnectOptions,
        schema: Schema,
    ) -> Result<Self, BackendError> {
        let options = schema.search(options);
        // Without the limits: a migration takes as long as it takes.
        let unlimited: Pool<Postgres> = Pool::open(options.clone(), 1).await?;
        let mut connection = unlimited.acquire().await?;
        let migrator = schema.migrator(&mut connection).await?;
        connection.release();
        migrate(&migrator, &unlimited).await?;
        unlimited.close().await;
        let listen_options = ListenOptions::new(options.clone(), schema);
        let options = |commits| {
            let limited = options.clone().options(SERVER_TIMEOUTS);
            limited.options([("synchronous_commit", commits)])
        };
        let full = Pool::open(options("on"), CONNECTIONS).await?;
        let relaxed = Pool::open(options("off"), CONNECTIONS - WORKERS).await?;
        let together = RotationBatcher::open(options("off")).await?;
        Ok(Self::Postgres {
            full,
            relaxed,
            together,
            listen_options,
        })
    }

    /// Waits for what is under way, then closes every connection.
    pub(in crate::store) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres {
                full,
                relaxed,
                together,
                ..
            } => {
                full.close().await;
                relaxed.close().await;
                together.close().await;
            }
        }
    }

    /// Takes a connection for statements that read.
    pub(in crate::store) async fn read(&self) -> Result<EitherConnection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => readers.acquire().await?.into(),
            Self::Postgres { full, .. } => full.acquire().await?.into(),
        })
    }

    /// Takes a connection for a single statement that writes and commits by itself.
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

    /// Takes a connection and begins a transaction that writes.
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

    /// The text for this database, where one text does not serve both.
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

async fn migrate<DB: Database<Connection: Migrate>>(
    migrator: &Migrator,
    pool: &Pool<DB>,
) -> Result<(), MigrateError> {
    let mut lent = pool.acquire().await?;
    migrator.run_direct(None, &mut *lent, false).await?;
    lent.release();
    Ok(())
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
