//! The cost of refreshes and purges, and the size of a database: neither refreshes nor past
//! sign-ins make it grow.

use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;

use super::{rotation::INITIAL, *};
use crate::{
    rotation::Record,
    store::{
        connection::backend::Backend,
        feed::{CHANGED_SINCE_NUMBER, ENDED_SINCE, ENDED_SINCE_NUMBER},
    },
};

on_both! { Fixture:
    frequent_statements_use_an_index;
    no_index_contains_a_column_of_a_refresh;
}

impl Fixture {
    /// Returns the query plan of a statement.
    async fn plan(&self, statement: &str) -> String {
        let explain = self.store.backend.pick("EXPLAIN QUERY PLAN", "EXPLAIN");
        let explain = AssertSqlSafe(format!("{explain} {statement}"));
        let has_limit = statement.contains("$2");
        let lines: Vec<String> = match &self.store.backend {
            Backend::Sqlite { readers, .. } => {
                let query = sqlx::query_as(explain).bind(at(900));
                let query = if has_limit { query.bind(500) } else { query };
                let mut connection = readers.acquire().await.expect("a connection");
                let rows: Vec<(i64, i64, i64, String)> =
                    query.fetch_all(&mut *connection).await.expect("explained");
                rows.into_iter().map(|row| row.3).collect()
            }
            Backend::Postgres { full, .. } => {
                let query = sqlx::query_scalar(explain).bind(at(900));
                let query = if has_limit { query.bind(500) } else { query };
                let mut connection = full.acquire().await.expect("a connection");
                query.fetch_all(&mut *connection).await.expect("explained")
            }
        };
        lines.join("\n")
    }
}

async fn frequent_statements_use_an_index(fixture: Fixture) {
    fixture.add_sessions(10_000, at(5000), None).await;
    fixture.add_sessions(10_000, at(5000), Some(at(800))).await;
    fixture
        .run("INSERT INTO audit_events (at, event) SELECT handed_at, 'x' FROM sessions")
        .await;
    // Among one account, SQLite needs no index.
    fixture.add_external_accounts().await;
    fixture.run("ANALYZE").await;
    let later_reads = [
        (ENDED_SINCE_NUMBER, "sessions_by_ended_number"),
        (CHANGED_SINCE_NUMBER, "accounts_by_changed_number"),
    ];
    let is_sqlite = matches!(fixture.store.backend, Backend::Sqlite { .. });
    let on_sqlite = later_reads.into_iter().filter(|_| is_sqlite);
    let on_both = [
        (ENDED_SINCE, "sessions_by_end"),
        (
            fixture.store.purge_statement(Purgeable::Ended),
            "sessions_by_end",
        ),
        (
            fixture.store.purge_statement(Purgeable::Expired),
            "sessions_by_expiry",
        ),
        (
            fixture.store.purge_statement(Purgeable::Events),
            "audit_events_by_time",
        ),
    ];
    for (statement, index) in on_both.into_iter().chain(on_sqlite) {
        let plan = fixture.plan(statement).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
        let scans = fixture.store.backend.pick("SCAN", "Seq Scan");
        assert!(!plan.contains(scans), "{statement}\n{plan}");
    }
}

/// Otherwise a refresh would write to the index too, and `PostgreSQL` could not keep the
/// changed row in its page.
async fn no_index_contains_a_column_of_a_refresh(fixture: Fixture) {
    let catalogue = fixture.store.backend.pick(
        "SELECT coalesce(sql, name) FROM sqlite_schema
         WHERE type = 'index' AND tbl_name = 'sessions'",
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'sessions'",
    );
    let indexes = async {
        with_connection!(fixture.store.backend.read(), async |connection| {
            Ok(sqlx::query_scalar(catalogue).fetch_all(connection).await?)
        })
    };
    let indexes: Vec<String> = indexes.await.expect("read");
    assert!(indexes.len() >= 4, "{indexes:?}");
    for index in indexes {
        for column in ["generation", "parent", "handed_at", "confirmed_at"] {
            assert!(!index.contains(column), "{index}");
        }
    }
}

/// Compares the server's counts of all updates and of those that write no index (HOT). The
/// server processes report their counts when they end.
#[tokio::test]
async fn refresh_on_postgres_writes_no_index() {
    const ROTATIONS: u32 = 20;
    let url = postgres::new_database().await;
    let store = Store::open_postgres(&url, DEFAULT_SCHEMA, ConnectionCounts::default())
        .await
        .expect("opened");
    let folder = tempfile::tempdir().expect("a folder");
    let fixture = Fixture::filled(store, folder).await;
    let mut record = INITIAL;
    for next in 1..=ROTATIONS {
        let now = 100 + i64::from(next);
        assert!(fixture.rotate(&record, next - 1, next, now).await);
        record = fixture.record().await;
    }
    assert!(fixture.replay(&record, 200).await);
    let first_use = [(fixture.session, ROTATIONS, at(201))];
    fixture.store.confirm(&first_use).await.expect("done");
    fixture.store.close().await;

    let store = Store::open_postgres(&url, DEFAULT_SCHEMA, ConnectionCounts::default())
        .await
        .expect("opened");
    let counted = async {
        loop {
            let counts: (i64, i64) = async {
                let Backend::Postgres { full, .. } = &store.backend else {
                    unreachable!("opened as PostgreSQL");
                };
                let mut connection = full.acquire().await.expect("a connection");
                sqlx::query_as(
                    "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
                     WHERE relname = 'sessions'",
                )
                .fetch_one(&mut *connection)
                .await
                .expect("read")
            }
            .await;
            if counts.0 >= i64::from(ROTATIONS) + 2 {
                return counts;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let limit = std::time::Duration::from_secs(30);
    let (updates, hot_updates) = tokio::time::timeout(limit, counted)
        .await
        .expect("the server counts updates");
    assert_eq!((updates, hot_updates), (i64::from(ROTATIONS) + 2, updates));
}

/// Checkpoints are made while others read, so the log stays about as large as what is written
/// between two checkpoints, 4 MB.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_log_stays_small_under_refreshes() {
    const REFRESHES: u32 = 4_000;
    let fixture = Fixture::on_sqlite().await;
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let (store, session) = (fixture.store.clone(), fixture.session);
        readers.spawn(async move {
            loop {
                store.session(session).await.expect("read");
            }
        });
    }
    // With both ways to rotate, because SQLite makes a checkpoint only after a statement whose
    // rows were read to the end.
    for next in 1..=REFRESHES {
        let claimed = ClaimedState {
            session: fixture.session,
            key_hash: vec![7; 32],
            generation: next - 1,
            handed_at: at(0)..at(1_000),
            next,
            now: at(900),
        };
        let rotated = fixture.store.rotate_from_claims(claimed).await;
        assert!(rotated.expect("done").is_some());
    }
    let mut record = fixture.record().await;
    for next in REFRESHES + 1..=2 * REFRESHES {
        assert!(fixture.rotate(&record, next - 1, next, 900).await);
        record = Record {
            generation: next,
            parent: Some(next - 1),
            ..record
        };
    }
    readers.abort_all();
    let log = fixture.folder.path().join("db-wal");
    let size = log.metadata().expect("the log exists").len();
    assert!(size < 8 << 20, "{size} bytes");
}

/// A reader or one large write can make the log large, but not for ever.
#[tokio::test]
async fn sqlite_log_is_truncated_when_it_restarts() {
    const LIMIT: u64 = 8 << 20;
    let fixture = Fixture::on_sqlite().await;
    let log = fixture.folder.path().join("db-wal");
    let size = || log.metadata().expect("the log exists").len();
    fixture.add_sessions(100_000, at(5000), None).await;
    assert!(size() > LIMIT + LIMIT / 4, "{} bytes", size());
    for now in [50, 60] {
        assert!(fixture.replay(&INITIAL, now).await);
    }
    assert!(size() <= LIMIT, "{} bytes", size());
}

/// Free pages are used again, so the size of the file depends on the largest number of rows
/// that it ever held.
#[tokio::test]
async fn sqlite_file_does_not_grow_by_purged_sessions() {
    let fixture = Fixture::on_sqlite().await;
    let mut sizes = Vec::new();
    for _ in 0..4 {
        fixture.add_sessions(2000, at(10), None).await;
        while fixture.purge(Purgeable::Expired, at(900)).await > 0 {}
        fixture.add_sessions(2000, at(10), Some(at(10))).await;
        while fixture.purge(Purgeable::Ended, at(900)).await > 0 {}
        sizes.push(pages(&fixture).await);
    }
    assert!(sizes[3] <= sizes[0] + sizes[0] / 10, "{sizes:?}");
}

async fn pages(fixture: &Fixture) -> i64 {
    let Backend::Sqlite { readers, .. } = &fixture.store.backend else {
        unreachable!("opened as SQLite");
    };
    let mut connection = readers.acquire().await.expect("a connection");
    sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *connection)
        .await
        .expect("read")
}
