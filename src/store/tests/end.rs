//! Ending sessions: the recorded events, and concurrent writes on `PostgreSQL`.

use std::time::Duration;

use sqlx::{Connection, Executor, Postgres};
use tokio::task::JoinHandle;

use super::*;
use crate::store::connection::{backend::Backend, pool::Pool};

on_both! { Fixture:
    revocation_is_recorded_once;
}

async fn revocations(fixture: &Fixture) -> Vec<(Option<AccountId>, Option<SessionId>)> {
    let events = async {
        with_connection!(fixture.store.backend.read(), async |connection| {
            let events = sqlx::query_as(
                "SELECT account_id, session_id FROM audit_events
                 WHERE event = 'authn_token_revoked' ORDER BY id",
            )
            .fetch_all(connection)
            .await?;
            Ok(events)
        })
    };
    events.await.expect("read")
}

async fn revocation_is_recorded_once(fixture: Fixture) {
    let (store, account) = (&fixture.store, fixture.account);
    for is_first in [true, false] {
        let ended = store.end_session(
            fixture.session,
            None,
            EndReason::Revoked,
            at(9),
            Actor::Operator,
        );
        assert_eq!(ended.await.expect("done"), Some(is_first));
    }
    let one = (Some(account), Some(fixture.session));
    assert_eq!(revocations(&fixture).await, [one]);

    let second = fixture.begin_another().await;
    for ended in [vec![second], Vec::new()] {
        let all = store.end_sessions_of(account, None, EndReason::Revoked, at(9), Actor::Operator);
        assert_eq!(all.await.expect("done"), ended);
    }
    assert_eq!(revocations(&fixture).await, [one, (Some(account), None)]);
}

pub(super) fn pool(fixture: &Fixture) -> &Pool<Postgres> {
    match &fixture.store.backend {
        Backend::Postgres { full, .. } => full,
        Backend::Sqlite { .. } => unreachable!("opened as PostgreSQL"),
    }
}

/// Ends all sessions in a task, and returns as soon as that waits for a lock.
async fn begin_end_all(fixture: &Fixture) -> JoinHandle<Result<Vec<SessionId>, StoreError>> {
    let (store, account) = (fixture.store.clone(), fixture.account);
    let ending = tokio::spawn(async move {
        store
            .end_sessions_of(account, None, EndReason::Revoked, at(30), Actor::Operator)
            .await
    });
    let waits = async {
        while !is_waiting(pool(fixture)).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waits)
        .await
        .expect("it waits");
    ending
}

pub(super) async fn is_waiting(pool: &Pool<Postgres>) -> bool {
    let mut connection = pool.acquire().await.expect("a connection");
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock')",
    )
    .fetch_one(&mut *connection)
    .await
    .expect("read")
}

/// Confirmations lock several sessions in one transaction, in the order of their ids. If
/// ending all sessions locked them in the order of the table, the two could deadlock.
#[tokio::test]
async fn end_all_and_confirm_do_not_deadlock() {
    let fixture = Fixture::on_postgres().await;
    let late = fixture.session;
    let early = NewSession {
        id: SessionId::new(at(0)),
        ..new_session(fixture.account)
    };
    assert!(early.id < late);
    let begun = fixture.store.begin_session(&early, &[], false).await;
    assert!(begun.expect("done").is_some());

    let confirm = "UPDATE sessions SET confirmed_at = 5 WHERE id = $1";
    let mut connection = pool(&fixture).acquire().await.expect("a connection");
    let mut confirming = connection.begin().await.expect("begun");
    let first = sqlx::query(confirm).bind(early.id);
    first.execute(&mut *confirming).await.expect("done");
    let ending = begin_end_all(&fixture).await;
    let second = sqlx::query(confirm).bind(late);
    second.execute(&mut *confirming).await.expect("no deadlock");
    confirming.commit().await.expect("committed");

    let mut ended = ending.await.expect("no panic").expect("no deadlock");
    ended.sort_unstable();
    assert_eq!(ended, [early.id, late]);
}

#[tokio::test]
async fn end_all_ends_a_sign_in_under_way() {
    let fixture = Fixture::on_postgres().await;
    let mut connection = pool(&fixture).acquire().await.expect("a connection");
    let mut signing_in = connection.begin().await.expect("begun");
    let hold = "SELECT id FROM accounts WHERE is_active FOR SHARE";
    let held = sqlx::query(hold).execute(&mut *signing_in).await;
    held.expect("held");
    let ending = begin_end_all(&fixture).await;
    sqlx::query(
        "INSERT INTO sessions (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
         SELECT gen_random_uuid(), account_id, key_hash, 0, 0, 0, expires_at FROM sessions",
    )
    .execute(&mut *signing_in)
    .await
    .expect("begun");
    signing_in.commit().await.expect("committed");
    let ended = ending.await.expect("no panic").expect("done");
    assert_eq!(ended.len(), 2);
}

/// A process that froze keeps its locks, and other processes cannot end its connection.
#[tokio::test]
async fn lock_that_is_never_released_is_a_transient_error() {
    let fixture = Fixture::on_postgres().await;
    // Without the timeout that the connections of an installation have.
    let source = pool(&fixture).source().clone();
    let mut frozen = source.connect().await.expect("connected");
    frozen
        .execute(
            "SET idle_in_transaction_session_timeout = 0; BEGIN; UPDATE sessions SET handed_at = 5",
        )
        .await
        .expect("held");
    let ended = fixture.store.end_session(
        fixture.session,
        None,
        EndReason::Revoked,
        at(30),
        Actor::Operator,
    );
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
    let error = ended.expect("it returns").expect_err("not ended");
    assert!(error.is_transient(), "{error}");

    frozen
        .execute("ROLLBACK; SET idle_in_transaction_session_timeout = '5s'; BEGIN; UPDATE sessions SET handed_at = 5")
        .await
        .expect("held");
    let freed = async {
        while fixture
            .store
            .end_session(
                fixture.session,
                None,
                EndReason::Revoked,
                at(30),
                Actor::Operator,
            )
            .await
            .is_err()
        {}
    };
    let freed = tokio::time::timeout(Duration::from_secs(30), freed).await;
    freed.expect("the timeout releases the lock");
}
