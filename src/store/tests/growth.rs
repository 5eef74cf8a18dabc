//! What a refresh and a purge cost, and that a database grows neither by
//! refreshes nor by sign-ins that are over.

use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;

use super::{rotation::FIRST, *};
use crate::{
    rotation::Record,
    store::{connection::backend::Backend, end::ENDED_SINCE},
};

on_both! { Fixture:
    nothing_that_is_done_again_and_again_reads_a_whole_table;
    no_index_holds_what_a_refresh_changes;
}

impl Fixture {
    /// How the database would go about a statement, as it says itself.
    async fn plan(&self, statement: &str) -> String {
        let explain = self.store.backend.pick("EXPLAIN QUERY PLAN", "EXPLAIN");
        let text = AssertSqlSafe(format!("{explain} {statement}"));
        let has_limit = statement.contains("$2");
        let lines: Vec<String> = match &self.store.backend {
            Backend::Sqlite { readers, .. } => {
                let query = sqlx::query_as(text).bind(at(900));
                let query = if has_limit { query.bind(500) } else { query };
                let mut lent = readers.acquire().await.expect("a connection");
                let rows: Vec<(i64, i64, i64, String)> =
                    query.fetch_all(&mut *lent).await.expect("explained");
                rows.into_iter().map(|row| row.3).collect()
            }
            Backend::Postgres { full, .. } => {
                let query = sqlx::query_scalar(text).bind(at(900));
                let query = if has_limit { query.bind(500) } else { query };
                let mut lent = full.acquire().await.expect("a connection");
                query.fetch_all(&mut *lent).await.expect("explained")
            }
        };
        lines.join("\n")
    }
}

async fn nothing_that_is_done_again_and_again_reads_a_whole_table(fixture: Fixture) {
    fixture.many(10_000, at(5000), None).await;
    fixture.many(10_000, at(5000), Some(at(800))).await;
    fixture
        .run("INSERT INTO audit_events (at, event) SELECT handed_at, 'x' FROM sessions")
        .await;
    fixture.run("ANALYZE").await;
    for (statement, index) in [
        (ENDED_SINCE, "sessions_by_end"),
        (fixture.store.purging(Purgeable::Ended), "sessions_by_end"),
        (
            fixture.store.purging(Purgeable::Expired),
            "sessions_by_expiry",
        ),
        (
            fixture.store.purging(Purgeable::Events),
            "audit_events_by_time",
        ),
    ] {
        let plan = fixture.plan(statement).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
        let scans = fixture.store.backend.pick("SCAN", "Seq Scan");
        assert!(!plan.contains(scans), "{statement}\n{plan}");
    }
}

/// Else a refresh would write to the index too, and `PostgreSQL` could not keep
/// the changed row in its page.
async fn no_index_holds_what_a_refresh_changes(fixture: Fixture) {
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

/// As the server counts them. Its processes hand in their counts when they end.
#[tokio::test]
async fn a_refresh_on_postgres_leaves_every_index_alone() {
    const ROTATIONS: u32 = 20;
    let url = postgres::new_database().await;
    let store = Store::open_postgres(&url, DEFAULT_SCHEMA)
        .await
        .expect("opened");
    let folder = tempfile::tempdir().expect("a folder");
    let fixture = Fixture::filled(store, folder).await;
    let mut record = FIRST;
    for next in 1..=ROTATIONS {
        let now = 100 + i64::from(next);
        assert!(fixture.rotate(&record, next - 1, next, now).await);
        record = fixture.record().await;
    }
    assert!(fixture.replay(&record, 200).await);
    let first_use = [(fixture.session, ROTATIONS, at(201))];
    fixture.store.confirm(&first_use).await.expect("done");
    fixture.store.close().await;

    let store = Store::open_postgres(&url, DEFAULT_SCHEMA)
        .await
        .expect("opened");
    let counted = async {
        loop {
            let counts: (i64, i64) = async {
                let Backend::Postgres { full, .. } = &store.backend else {
                    unreachable!("opened as PostgreSQL");
                };
                let mut lent = full.acquire().await.expect("a connection");
                sqlx::query_as(
                    "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
                     WHERE relname = 'sessions'",
                )
                .fetch_one(&mut *lent)
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
    let (updates, in_place) = tokio::time::timeout(limit, counted)
        .await
        .expect("the server counts updates");
    assert_eq!((updates, in_place), (i64::from(ROTATIONS) + 2, updates));
}

/// The log is written back into the file while others read, so that it stays
/// about as large as what is written between two checkpoints, 4 MB.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_sqlite_stays_small_under_refreshes() {
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
    // Either way to rotate: the log is written back when a statement ends, and not
    // when it is left.
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
    let size = log.metadata().expect("there").len();
    assert!(size < 8 << 20, "{size} bytes");
}

/// What made the log large, a reader or one large write, is over at some time.
#[tokio::test]
async fn the_log_of_sqlite_is_cut_back_when_it_begins_anew() {
    const LIMIT: u64 = 8 << 20;
    let fixture = Fixture::on_sqlite().await;
    let log = fixture.folder.path().join("db-wal");
    let size = || log.metadata().expect("there").len();
    fixture.many(100_000, at(5000), None).await;
    assert!(size() > LIMIT + LIMIT / 4, "{} bytes", size());
    for now in [50, 60] {
        assert!(fixture.replay(&FIRST, now).await);
    }
    assert!(size() <= LIMIT, "{} bytes", size());
}

/// Pages that became free are used again, so the file stays as large as the
/// most that was ever kept at once.
#[tokio::test]
async fn a_file_of_sqlite_does_not_grow_by_sessions_that_are_over() {
    let fixture = Fixture::on_sqlite().await;
    let mut sizes = Vec::new();
    for _ in 0..4 {
        fixture.many(2000, at(10), None).await;
        while fixture.purge(Purgeable::Expired, at(900)).await > 0 {}
        fixture.many(2000, at(10), Some(at(10))).await;
        while fixture.purge(Purgeable::Ended, at(900)).await > 0 {}
        sizes.push(pages(&fixture).await);
    }
    assert!(sizes[3] <= sizes[0] + sizes[0] / 10, "{sizes:?}");
}

async fn pages(fixture: &Fixture) -> i64 {
    let Backend::Sqlite { readers, .. } = &fixture.store.backend else {
        unreachable!("opened as SQLite");
    };
    let mut lent = readers.acquire().await.expect("a connection");
    sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *lent)
        .await
        .expect("read")
}
