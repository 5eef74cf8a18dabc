//! A folder, a `SQLite` or `PostgreSQL` database, and connections that bypass the
//! library, to fill and inspect the database.

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
};

use portcullis::{Builder, Portcullis, keys::MasterSecret};
use sqlx::{
    AssertSqlSafe, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;

use crate::postgres;

/// The maximum number of connections: as many as the library opens.
const MAX_CONNECTIONS: u32 = 8;

/// The maximum number of live sessions of an account: more than a test or a benchmark begins.
const MAX_SESSIONS: u32 = 1_000_000;

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A folder, and a database in the folder or on the server.
pub struct Place {
    pub folder: TempDir,
    pub url: Option<String>,
}

/// Connections that bypass the library, with the settings with which the library
/// rotates: one writer, or a pool; commits do not wait for the disk.
#[derive(Clone)]
pub enum Direct {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Place {
    /// Creates a place in the folder of the system's temporary files, which may be in
    /// memory.
    pub async fn new(kind: Kind) -> Self {
        Self::in_folder(kind, tempfile::tempdir().expect("a folder")).await
    }

    /// Creates a place below `parent`, such as `env!("CARGO_TARGET_TMPDIR")`, which is on
    /// a disk.
    pub async fn below(parent: impl AsRef<Path>, kind: Kind) -> Self {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(parent);
        Self::in_folder(kind, folder.expect("a folder")).await
    }

    async fn in_folder(kind: Kind, folder: TempDir) -> Self {
        let url = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Box::pin(postgres::new_database()).await),
        };
        Self { folder, url }
    }

    /// Returns the file of a `SQLite` database.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    /// Returns the settings of a session service on this database. Its secret is in the
    /// folder, and is created if it does not exist.
    pub fn builder(&self, origin: &str) -> Builder {
        let secret = self.folder.path().join("secret");
        MasterSecret::load_or_create(&secret).expect("a secret");
        let builder = Portcullis::builder(origin)
            .secret_file(secret)
            .max_sessions(MAX_SESSIONS);
        match &self.url {
            None => builder.sqlite(self.file()),
            Some(url) => builder.postgres(url),
        }
    }

    /// Lets the library create its schema.
    pub async fn create_schema(&self) {
        let builder = self.builder("https://app.example.org");
        drop(builder.open_without_tasks().await.expect("opened"));
    }

    /// Restores the dump of a database into this one, which must be empty.
    pub async fn restore(&self, dump: &str) {
        if self.url.is_none() {
            // An empty file is an empty database.
            File::create_new(self.file()).expect("a file");
        }
        let direct = self.direct().await;
        direct.run(dump).await;
        direct.close().await;
    }

    /// Opens connections that bypass the library. The schema must exist.
    pub async fn direct(&self) -> Direct {
        let Some(url) = &self.url else {
            let options = SqliteConnectOptions::new()
                .filename(self.file())
                .journal_mode(SqliteJournalMode::Wal)
                // Benchmarks only insert rows whose references exist.
                .foreign_keys(false)
                .synchronous(SqliteSynchronous::Normal);
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false);
            return Direct::Sqlite(pool.connect_with(options).await.expect("opened"));
        };
        let options: PgConnectOptions = url.parse().expect("a URL");
        let options = options.options([("synchronous_commit", "off")]);
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .test_before_acquire(false);
        Direct::Postgres(pool.connect_with(options).await.expect("opened"))
    }

    /// Removes the database from the server. A `SQLite` file is removed with its folder.
    pub async fn remove(self) {
        if let Some(url) = self.url {
            postgres::drop_database(&url).await;
        }
    }
}

impl Direct {
    /// Runs statements.
    pub async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements);
        let result = match self {
            Self::Sqlite(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
        };
        result.expect("done");
    }

    /// Runs a query that returns one number.
    pub async fn number(&self, query: &str) -> i64 {
        let number = match self {
            Self::Sqlite(pool) => {
                sqlx::query_scalar(AssertSqlSafe(query))
                    .fetch_one(pool)
                    .await
            }
            Self::Postgres(pool) => {
                sqlx::query_scalar(AssertSqlSafe(query))
                    .fetch_one(pool)
                    .await
            }
        };
        number.expect("a number")
    }

    /// Closes the connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
