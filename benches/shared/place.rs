//! A database of one benchmark's own, and connections that go around the
//! library, to fill it and to look at it.

use std::{fmt, path::PathBuf};

use portcullis::{Builder, Portcullis, keys::MasterSecret};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;
use url::Url;

/// Where the server is, as for the tests.
pub(crate) const VARIABLE: &str = "PORTCULLIS_TEST_POSTGRES";

/// As many as the library opens.
const CONNECTIONS: u32 = 8;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
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

/// The server of which a benchmark may use databases of its own.
pub(crate) fn server() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

/// A folder, and a database in it or on the server.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) url: Option<String>,
}

/// Connections of the kind through which the library rotates, without the
/// library: one writer, or a pool; commits do not wait for the disk.
#[derive(Clone)]
pub(crate) enum Direct {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Place {
    pub(crate) async fn new(kind: Kind) -> Self {
        // Below `target`, on the disk of the clone: what the system has for
        // temporary files may be memory.
        let parent = env!("CARGO_TARGET_TMPDIR");
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(parent);
        let url = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(new_database().await),
        };
        Self {
            folder: folder.expect("a folder"),
            url,
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    /// Names it in a builder of the library.
    pub(crate) fn named_in(&self, builder: Builder) -> Builder {
        match &self.url {
            None => builder.sqlite(self.file()),
            Some(url) => builder.postgres(url),
        }
    }

    /// Has the library make its schema.
    pub(crate) async fn make_schema(&self) {
        let secret = self.folder.path().join("secret");
        MasterSecret::load_or_create(&secret).expect("a secret");
        let builder = Portcullis::builder("https://app.example.org").secret_file(secret);
        let opened = self.named_in(builder).open_without_tasks().await;
        drop(opened.expect("opened"));
    }

    /// Goes around the library. The schema is there already.
    pub(crate) async fn direct(&self) -> Direct {
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
    pub(crate) async fn remove(self) {
        let Some(url) = self.url else {
            return;
        };
        let name = url.parse::<Url>().expect("a URL");
        let name = name.path().trim_start_matches('/').to_owned();
        run_on_server(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

impl Direct {
    /// Runs statements.
    pub(crate) async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements);
        let ran = match self {
            Self::Sqlite(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
        };
        ran.expect("done");
    }

    /// Asks for one number.
    pub(crate) async fn number(&self, query: &str) -> i64 {
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

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn new_database() -> String {
    let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
    run_on_server(format!("CREATE DATABASE {name}")).await;
    let mut url: Url = server().expect("checked before").parse().expect("a URL");
    url.set_path(&name);
    // Connections of its own find the tables of the installation too.
    url.query_pairs_mut()
        .append_pair("options[search_path]", "portcullis,public");
    url.into()
}

async fn run_on_server(statement: String) {
    let server = server().expect("checked before");
    let mut connection = PgConnection::connect(&server).await.expect("it answers");
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("done");
}
