//! A separate `PostgreSQL` database for each test, on the server that `cargo xtask test`
//! starts.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

/// The environment variable with the URL of the server.
pub const VARIABLE: &str = "PORTCULLIS_TEST_POSTGRES";

/// Returns the URL of the server, if the variable is set.
pub fn server() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

/// Creates an empty database and returns its URL.
///
/// # Panics
/// If the variable is not set: a skipped test would prove nothing.
pub async fn new_database() -> String {
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    run_on_server(format!("CREATE DATABASE {name}")).await;
    let mut url = Url::parse(&named_server()).expect("a URL");
    url.set_path(&name);
    // The test's own connections need to find the tables of the installation too.
    url.query_pairs_mut()
        .append_pair("options[search_path]", "portcullis,public");
    url.into()
}

/// Removes a database that [`new_database`] created.
///
/// # Panics
/// If the server fails.
pub async fn drop_database(url: &str) {
    let url = Url::parse(url).expect("a URL");
    let name = url.path().trim_start_matches('/');
    run_on_server(format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

/// Returns every row of every table, as text. Bytes are in hexadecimal; a secret that
/// could be used is always text.
///
/// # Panics
/// If the database fails.
pub async fn dump(url: &str) -> Vec<u8> {
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    let tables = "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(&mut connection)
        .await
        .expect("tables");
    let mut dump = Vec::new();
    for table in tables {
        let rows = format!("SELECT t::text FROM {table} t");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_all(&mut connection)
            .await
            .expect("rows");
        dump.extend(rows.concat().into_bytes());
    }
    dump
}

async fn run_on_server(statement: String) {
    let mut connection = PgConnection::connect(&named_server())
        .await
        .expect("a connection");
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("done");
}

fn named_server() -> String {
    server().unwrap_or_else(|| {
        panic!(
            "{VARIABLE} is not set: run `cargo xtask test unit/server`, which starts a server, or \
             `cargo xtask postgres` for a server of your own"
        )
    })
}
