//! A folder, a database of either kind, and connections that go around the
//! library, to fill it and to look at it.

use std::{
    fmt,
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

/// As many as the library opens.
const CONNECTIONS: u32 = 8;

/// Which database.
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

/// A folder, and a database in it or on the server.
pub struct Place {
    pub folder: TempDir,
    pub url: Option<String>,
}

/// Connections of the kind through which the library rotates, without the
/// library: one writer, or a pool; commits do not wait for the disk.
#[derive(Clone)]
pub enum Direct {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Place {
    /// Creates one where the system has its temporary files, which may be memory.
    pub async fn new(kind: Kind) -> Self {
        Self::in_folder(kind, tempfile::tempdir().expect("a folder")).await
    }

    /// Creates one below `parent`, such as `env!("CARGO_TARGET_TMPDIR")`, which is
    /// on a disk.
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

    /// The file of the database, where it is a file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    /// Returns settings of a session service on this database, whose secret is in
    /// the folder, and made where there is none.
    pub fn builder(&self, origin: &str) -> Builder {
        let secret = self.folder.path().join("secret");
        MasterSecret::load_or_create(&secret).expect("a secret");
        let builder = Portcullis::builder(origin).secret_file(secret);
        match &self.url {
            None => builder.sqlite(self.file()),
            Some(url) => builder.postgres(url),
        }
    }

    /// Has the library make its schema.
    pub async fn make_schema(&self) {
        let builder = self.builder("https://app.example.org");
        drop(builder.open_without_tasks().await.expect("opened"));
    }

    /// Goes around the library. The schema is there already.
    pub async fn direct(&self) -> Direct {
        let Some(url) = &self.url else {
            let options = SqliteConnectOptions::new()
                .filename(self.file())
                .journal_mode(SqliteJournalMode::Wal)
                // What is filled in refers to what is there.
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
            .max_connections(CONNECTIONS)
            .test_before_acquire(false);
        Direct::Postgres(pool.connect_with(options).await.expect("opened"))
    }

    /// Removes it. A database on a server does not go by itself.
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
        let ran = match self {
            Self::Sqlite(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
        };
        ran.expect("done");
    }

    /// Asks for one number.
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
