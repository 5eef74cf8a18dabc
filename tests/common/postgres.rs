//! A `PostgreSQL` database of each test's own, on the server that
//! `cargo xtask test` starts.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

/// Makes an empty database and returns its URL.
///
/// # Panics
/// Where no server is named: a test that were skipped would prove nothing.
pub async fn new_database() -> String {
    let server = std::env::var("PORTCULLIS_TEST_POSTGRES").expect(
        "PORTCULLIS_TEST_POSTGRES names no server: run `cargo xtask test unit/server`, which \
         starts one, or `cargo xtask postgres` for one of your own",
    );
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&server)
        .await
        .expect("the server answers");
    let create = format!("CREATE DATABASE {name}");
    sqlx::query(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .expect("made");
    let mut url = Url::parse(&server).expect("a URL");
    url.set_path(&name);
    // Connections of its own find the tables of the installation too.
    url.query_pairs_mut()
        .append_pair("options[search_path]", "portcullis,public");
    url.into()
}

/// Every row of every table, as text. Bytes are in hexadecimal there; what is a
/// secret is text wherever it could be used.
pub async fn dump(url: &str) -> Vec<u8> {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the server answers");
    let tables = "SELECT relname::text FROM pg_stat_user_tables";
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
