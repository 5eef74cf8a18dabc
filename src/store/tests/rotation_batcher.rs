//! Concurrent rotations.

use std::{collections::HashMap, time::Duration};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Postgres};
use tokio::task::JoinSet;

use super::*;
use crate::store::connection::{
    backend::Backend,
    pool::PooledConnection,
    rotation_batcher::{PLANNER_SETTINGS, ROTATE},
};

on_both! { Fixture:
    concurrent_rotations_rotate_each_session_once;
    rotation_after_close_does_not_hang;
}

/// More than fit in one batch.
const SESSIONS: usize = 150;

const TEST_TIMEOUT: Duration = Duration::from_secs(30);

fn claimed(session: SessionId) -> ClaimedState {
    ClaimedState {
        session,
        key_hash: vec![7; 32],
        generation: 0,
        handed_at: at(2)..at(3),
        next: 1,
        now: at(50),
    }
}

impl Fixture {
    /// Begins several sessions, which expire at different times.
    async fn begin_several(&self) -> HashMap<SessionId, Timestamp> {
        let mut sessions = HashMap::new();
        for n in 0..SESSIONS {
            let new = NewSession {
                expires_at: at(2_000) + Duration::from_secs(n as u64),
                ..new_session(self.account)
            };
            let begun = self.store.begin_session(&new, &[], false).await;
            assert!(begun.expect("begun").is_some());
            sessions.insert(new.id, new.expires_at);
        }
        sessions
    }
}

async fn concurrent_rotations_rotate_each_session_once(fixture: Fixture) {
    let sessions = fixture.begin_several().await;
    let mut callers = JoinSet::new();
    // Two callers for each session.
    for session in sessions.keys().chain(sessions.keys()) {
        let (store, session) = (fixture.store.clone(), *session);
        callers.spawn(async move {
            let rotated = store.rotate_from_claims(claimed(session)).await;
            (session, rotated.expect("done"))
        });
    }
    let mut rotated = HashMap::new();
    for (session, holder) in callers.join_all().await {
        let Some(holder) = holder else { continue };
        let before = rotated.insert(session, holder.expires_at);
        assert_eq!(before, None, "rotated twice");
    }
    assert_eq!(rotated, sessions, "each caller gets its own session");
    assert_eq!(fixture.record().await.generation, 0, "no caller rotated it");
}

async fn rotation_after_close_does_not_hang(fixture: Fixture) {
    fixture.store.close().await;
    let rotated = fixture.store.rotate_from_claims(claimed(fixture.session));
    let rotated = tokio::time::timeout(TEST_TIMEOUT, rotated).await;
    assert!(!matches!(rotated.expect("it returns"), Ok(Some(_))));
}

#[tokio::test]
async fn concurrent_rotations_share_statements() {
    let fixture = Fixture::on_postgres().await;
    let sessions = fixture.begin_several().await;
    let mut callers = JoinSet::new();
    for session in sessions.into_keys() {
        let store = fixture.store.clone();
        callers.spawn(async move { store.rotate_from_claims(claimed(session)).await });
    }
    callers.join_all().await;
    let transactions = async {
        with_connection!(fixture.store.backend.read(), async |connection| {
            let count = "SELECT count(DISTINCT xmin::text) FROM sessions WHERE generation = 1";
            Ok(sqlx::query_scalar(count).fetch_one(connection).await?)
        })
    };
    let transactions: i64 = transactions.await.expect("counted");
    assert!((3..20).contains(&transactions), "{transactions}");
}

#[tokio::test]
async fn locked_session_does_not_delay_others() {
    let fixture = Fixture::on_postgres().await;
    let other = fixture
        .begin_several()
        .await
        .into_keys()
        .next()
        .expect("one");
    let mut elsewhere = fixture.elsewhere().await;
    let mut tx = elsewhere.begin().await.expect("begun");
    sqlx::query("SELECT FROM sessions WHERE id = $1 FOR UPDATE")
        .bind(fixture.session)
        .execute(&mut *tx)
        .await
        .expect("locked");

    let both = async {
        tokio::join!(
            fixture.store.rotate_from_claims(claimed(fixture.session)),
            fixture.store.rotate_from_claims(claimed(other)),
        )
    };
    let (held, free) = tokio::time::timeout(TEST_TIMEOUT, both)
        .await
        .expect("they return");
    assert!(held.expect("done").is_none(), "the batch skips it");
    assert!(free.expect("done").is_some());
    tx.commit().await.expect("committed");
    let rotated = fixture
        .store
        .rotate_from_claims(claimed(fixture.session))
        .await;
    assert!(rotated.expect("done").is_some());
}

#[tokio::test]
async fn cancelled_rotation_is_not_written() {
    let fixture = Fixture::on_postgres().await;
    let mut sessions = fixture.begin_several().await.into_keys();
    let (mut elsewhere, mut observer) = (fixture.elsewhere().await, fixture.elsewhere().await);
    let mut tx = elsewhere.begin().await.expect("begun");
    sqlx::query("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *tx)
        .await
        .expect("locked");
    // Every worker runs a statement that waits.
    let mut running = JoinSet::new();
    for worker in 1..=ConnectionCounts::default().workers {
        let (store, session) = (fixture.store.clone(), sessions.next().expect("one"));
        running.spawn(async move { store.rotate_from_claims(claimed(session)).await });
        // Outside of the transaction, which would see the same statistics each time.
        let waiting = async {
            while waiting_for_locks(&mut observer).await < worker {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(TEST_TIMEOUT, waiting)
            .await
            .expect("it waits");
    }
    let rotated = fixture.store.rotate_from_claims(claimed(fixture.session));
    let rotated = tokio::time::timeout(Duration::from_millis(50), rotated).await;
    assert!(rotated.is_err(), "it waits");
    tx.commit().await.expect("committed");

    let rotated = running.join_all().await;
    assert!(
        rotated.iter().all(|rotated| matches!(rotated, Ok(Some(_)))),
        "{rotated:?}"
    );
    // The next rotation in the queue.
    let next = fixture
        .store
        .rotate_from_claims(claimed(sessions.next().expect("one")));
    assert!(next.await.expect("done").is_some());
    assert_eq!(fixture.record().await.generation, 0);
}

#[tokio::test]
async fn plan_finds_sessions_by_id_at_any_table_size() {
    let fixture = Fixture::on_postgres().await;
    // The plan of the first start is kept until the next `ANALYZE`, which the server runs by
    // itself after fifty rows were added.
    assert_finds_by_id(&fixture.rotation_plan().await);
    for count in [50, 10_000] {
        fixture.add_sessions(count, at(5_000), None).await;
        fixture.run("ANALYZE").await;
        assert_finds_by_id(&fixture.rotation_plan().await);
    }
}

fn assert_finds_by_id(plan: &str) {
    assert_eq!(plan.matches("using sessions_pkey").count(), 2, "{plan}");
    for other in ["Seq Scan", "Bitmap", "Hash Join", "sessions_by"] {
        assert!(!plan.contains(other), "{plan}");
    }
}

impl Fixture {
    async fn rotation_plan(&self) -> String {
        let mut elsewhere = self.elsewhere().await;
        for (name, value) in PLANNER_SETTINGS {
            let set = AssertSqlSafe(format!("SET {name} = {value}"));
            sqlx::query(set)
                .execute(&mut *elsewhere)
                .await
                .expect("set");
        }
        let prepare = AssertSqlSafe(format!(
            "PREPARE rotate (uuid[], bytea[], bigint[], bigint[], bigint[], bigint[], bigint[])
             AS {ROTATE}"
        ));
        let prepared = sqlx::raw_sql(prepare).execute(&mut *elsewhere).await;
        prepared.expect("prepared");
        let explain = "EXPLAIN EXECUTE rotate('{}', '{}', '{}', '{}', '{}', '{}', '{}')";
        let plan = sqlx::query_scalar(explain).fetch_all(&mut *elsewhere).await;
        // The connection is not released, because its settings were changed.
        let plan: Vec<String> = plan.expect("explained");
        plan.join("\n")
    }

    /// A connection that no worker uses.
    async fn elsewhere(&self) -> PooledConnection<Postgres> {
        match &self.store.backend {
            Backend::Postgres { full, .. } => full.acquire().await.expect("a connection"),
            Backend::Sqlite { .. } => unreachable!("opened as PostgreSQL"),
        }
    }
}

async fn waiting_for_locks(connection: &mut PgConnection) -> usize {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    .fetch_one(connection)
    .await
    .expect("counted");
    usize::try_from(count).expect("not negative")
}
