//! The connections themselves: what is left by those who are cut off in the
//! middle, by a server that hangs up, and at the end.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, Postgres, Sqlite, postgres::PgConnectOptions};

use super::postgres;
use crate::store::connection::pool::Pool;

const DATABASE_TIMEOUT: Duration = Duration::from_secs(30);

/// One connection to a `PostgreSQL` database of its own, and its address.
async fn one_connection() -> (Pool<Postgres>, PgConnectOptions) {
    let url = postgres::new_database().await;
    let options: PgConnectOptions = url.parse().expect("an address");
    let pool = Pool::open(options.clone(), 1).await.expect("opened");
    (pool, options)
}

async fn is_free(elsewhere: &Pool<Postgres>) -> bool {
    let mut lent = elsewhere.acquire().await.expect("a connection");
    sqlx::query_scalar("SELECT pg_try_advisory_lock(1)")
        .fetch_one(&mut *lent)
        .await
        .expect("asked")
}

#[tokio::test]
async fn whoever_is_dropped_in_a_transaction_leaves_no_lock() {
    let (pool, options) = one_connection().await;
    let elsewhere = Pool::open(options, 1).await.expect("opened");
    let mut lent = pool.acquire().await.expect("a connection");
    let mut tx = lent.begin().await.expect("begun");
    tx.execute("SELECT pg_advisory_xact_lock(1)")
        .await
        .expect("locked");
    assert!(!is_free(&elsewhere).await);
    drop(tx);
    drop(lent);
    // Nobody uses the pool: it comes to rest by itself.
    let freed = async {
        while !is_free(&elsewhere).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DATABASE_TIMEOUT, freed)
        .await
        .expect("freed");
}

#[tokio::test]
async fn whoever_is_dropped_in_a_statement_is_followed_by_a_connection_that_works() {
    let (pool, _) = one_connection().await;
    let mut lent = pool.acquire().await.expect("a connection");
    let begun = tokio::time::timeout(
        Duration::from_millis(50),
        lent.execute("SELECT 1 FROM pg_sleep(0.3)"),
    );
    assert!(begun.await.is_err(), "it is under way");
    drop(lent);
    let mut lent = pool.acquire().await.expect("another");
    let answer: i32 = sqlx::query_scalar("SELECT 2")
        .fetch_one(&mut *lent)
        .await
        .expect("asked");
    assert_eq!(answer, 2);
}

/// sqlx notes that a transaction has begun when the server says so, and rolls back
/// nothing before.
#[tokio::test]
async fn whoever_is_dropped_while_beginning_leaves_nobody_in_a_transaction() {
    let (pool, _) = one_connection().await;
    let mut lent = pool.acquire().await.expect("a connection");
    let begun = tokio::time::timeout(
        Duration::from_millis(50),
        lent.begin_with("BEGIN; SELECT pg_sleep(0.3)"),
    );
    assert!(begun.await.is_err(), "it is sent and not answered");
    drop(lent);
    let mut lent = pool.acquire().await.expect("a connection");
    let inside = lent.execute("SAVEPOINT only_inside_of_one").await;
    assert!(inside.is_err(), "it is in a transaction");
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_lent_once_more_at_most() {
    let (pool, options) = one_connection().await;
    let mut elsewhere = PgConnection::connect_with(&options)
        .await
        .expect("connected");
    elsewhere
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await
        .expect("ended");
    let ask = async || {
        let mut lent = pool.acquire().await?;
        lent.execute("SELECT 1").await?;
        lent.release();
        Ok::<_, sqlx::Error>(())
    };
    let _ = ask().await;
    ask().await.expect("on a new one");
}

#[tokio::test]
async fn whoever_waits_too_long_is_told_to_come_back() {
    let pool = Pool::<Sqlite>::open("sqlite::memory:".parse().expect("an address"), 1).await;
    let pool = pool.expect("opened");
    let _lent = pool.acquire().await.expect("the only one");
    let late = tokio::time::timeout(DATABASE_TIMEOUT, pool.acquire()).await;
    let error = late.expect("told").err();
    assert!(
        matches!(error, Some(sqlx::Error::PoolTimedOut)),
        "{error:?}"
    );
}

#[tokio::test]
async fn closing_waits_for_what_is_under_way() {
    let pool = Pool::<Sqlite>::open("sqlite::memory:".parse().expect("an address"), 2).await;
    let pool = pool.expect("opened");
    let mut lent = pool.acquire().await.expect("a connection");
    let closing = pool.close();
    tokio::pin!(closing);
    tokio::select! {
        () = &mut closing => panic!("it did not wait"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
    lent.execute("SELECT 1").await.expect("it goes on");
    lent.release();
    closing.await;
    let error = pool.acquire().await.err();
    assert!(matches!(error, Some(sqlx::Error::PoolClosed)), "{error:?}");
}
