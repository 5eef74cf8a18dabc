//! Rotations that come at the same time.

use std::{collections::HashMap, time::Duration};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Postgres};
use tokio::task::JoinSet;

use super::*;
use crate::store::connection::{
    backend::Backend,
    pool::PooledConnection,
    rotation_batcher::{PLANNED_ONCE, ROTATE, WORKERS},
};

on_both! { Fixture:
    each_session_is_rotated_once_and_its_caller_is_told_of_it;
    once_the_database_is_closed_nobody_waits;
}

/// More than go together.
const SESSIONS: usize = 150;

const DATABASE_TIMEOUT: Duration = Duration::from_secs(30);

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
    /// Sessions of which each ends at another moment.
    async fn begin_several(&self) -> HashMap<SessionId, Timestamp> {
        let mut sessions = HashMap::new();
        for n in 0..SESSIONS {
            let new = NewSession {
                expires_at: at(2_000) + Duration::from_secs(n as u64),
                ..new_session(self.account)
            };
            let begun = self.store.begin_session(&new, &[], false).await;
            assert!(begun.expect("begun"));
            sessions.insert(new.id, new.expires_at);
        }
        sessions
    }
}

async fn each_session_is_rotated_once_and_its_caller_is_told_of_it(fixture: Fixture) {
    let sessions = fixture.begin_several().await;
    let mut callers = JoinSet::new();
    // Each of them twice.
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
    assert_eq!(rotated, sessions, "each with its own");
    assert_eq!(fixture.record().await.generation, 0, "nobody asked for it");
}

async fn once_the_database_is_closed_nobody_waits(fixture: Fixture) {
    fixture.store.close().await;
    let rotated = fixture.store.rotate_from_claims(claimed(fixture.session));
    let rotated = tokio::time::timeout(DATABASE_TIMEOUT, rotated).await;
    assert!(!matches!(rotated.expect("in time"), Ok(Some(_))));
}

#[tokio::test]
async fn who_comes_while_others_are_on_their_way_goes_with_the_next() {
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
async fn a_session_that_another_process_is_at_holds_up_no_other() {
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
    let (held, free) = tokio::time::timeout(DATABASE_TIMEOUT, both)
        .await
        .expect("in time");
    assert!(
        held.expect("done").is_none(),
        "it goes by itself, and waits there"
    );
    assert!(free.expect("done").is_some());
    tx.commit().await.expect("committed");
    let rotated = fixture
        .store
        .rotate_from_claims(claimed(fixture.session))
        .await;
    assert!(rotated.expect("done").is_some());
}

#[tokio::test]
async fn for_who_gives_up_while_waiting_nothing_is_done() {
    let fixture = Fixture::on_postgres().await;
    let mut sessions = fixture.begin_several().await.into_keys();
    let (mut elsewhere, mut observer) = (fixture.elsewhere().await, fixture.elsewhere().await);
    let mut tx = elsewhere.begin().await.expect("begun");
    sqlx::query("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *tx)
        .await
        .expect("locked");
    // One in each worker, and none is free.
    let mut under_way = JoinSet::new();
    for worker in 1..=WORKERS {
        let (store, session) = (fixture.store.clone(), sessions.next().expect("one"));
        under_way.spawn(async move { store.rotate_from_claims(claimed(session)).await });
        // Not in the transaction, which would see the first answer again.
        let waiting = async {
            while waiting_for_locks(&mut observer).await < worker {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DATABASE_TIMEOUT, waiting)
            .await
            .expect("it waits");
    }
    let rotated = fixture.store.rotate_from_claims(claimed(fixture.session));
    let rotated = tokio::time::timeout(Duration::from_millis(50), rotated).await;
    assert!(rotated.is_err(), "it waits");
    tx.commit().await.expect("committed");

    let done = under_way.join_all().await;
    assert!(
        done.iter().all(|done| matches!(done, Ok(Some(_)))),
        "{done:?}"
    );
    // Behind it in the queue.
    let next = fixture
        .store
        .rotate_from_claims(claimed(sessions.next().expect("one")));
    assert!(next.await.expect("done").is_some());
    assert_eq!(fixture.record().await.generation, 0);
}

#[tokio::test]
async fn however_many_sessions_there_are_each_is_found_by_its_id() {
    let fixture = Fixture::on_postgres().await;
    // As at the first start. A plan is kept until the table is analysed next, which
    // the server does by itself once fifty rows have come.
    by_id_alone(&fixture.plan_of_rotating().await);
    for many in [50, 10_000] {
        fixture.many(many, at(5_000), None).await;
        fixture.run("ANALYZE").await;
        by_id_alone(&fixture.plan_of_rotating().await);
    }
}

fn by_id_alone(plan: &str) {
    assert_eq!(plan.matches("using sessions_pkey").count(), 2, "{plan}");
    for other in ["Seq Scan", "Bitmap", "Hash Join", "sessions_by"] {
        assert!(!plan.contains(other), "{plan}");
    }
}

impl Fixture {
    async fn plan_of_rotating(&self) -> String {
        let mut elsewhere = self.elsewhere().await;
        for (name, value) in PLANNED_ONCE {
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
        // Not given back: it is set otherwise than the others.
        let plan: Vec<String> = plan.expect("explained");
        plan.join("\n")
    }

    /// A connection that no worker uses.
    async fn elsewhere(&self) -> PooledConnection<Postgres> {
        match &self.store.backend {
            Backend::Postgres { full, .. } => full.acquire().await.expect("a connection"),
            Backend::Sqlite { .. } => unreachable!("it has none"),
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
    usize::try_from(count).expect("no less than none")
}
