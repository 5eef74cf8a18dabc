//! The connection pool: callers that are cancelled, connections that the server terminates,
//! and closing.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use sqlx::{Connection, Executor, Postgres, Sqlite};

use super::postgres;
use crate::store::connection::{pool::Pool, source::PostgresSource};

const TEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A pool of one connection to a new `PostgreSQL` database, and its source.
async fn one_connection() -> (Pool<Postgres>, PostgresSource) {
    let url = postgres::new_database().await;
    let source = PostgresSource::new(url.parse().expect("a URL"));
    let pool = Pool::open(source.clone(), 1).await.expect("opened");
    (pool, source)
}

/// Whether the advisory lock 1 is free, seen from another pool.
async fn is_free(elsewhere: &Pool<Postgres>) -> bool {
    let mut connection = elsewhere.acquire().await.expect("a connection");
    sqlx::query_scalar("SELECT pg_try_advisory_lock(1)")
        .fetch_one(&mut *connection)
        .await
        .expect("queried")
}

#[tokio::test]
async fn dropped_transaction_releases_its_locks() {
    let (pool, source) = one_connection().await;
    let elsewhere = Pool::open(source, 1).await.expect("opened");
    let mut connection = pool.acquire().await.expect("a connection");
    let mut tx = connection.begin().await.expect("begun");
    tx.execute("SELECT pg_advisory_xact_lock(1)")
        .await
        .expect("locked");
    assert!(!is_free(&elsewhere).await);
    drop(tx);
    drop(connection);
    // The lock is released although the pool is not used again.
    let freed = async {
        while !is_free(&elsewhere).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, freed)
        .await
        .expect("freed");
}

#[tokio::test]
async fn acquire_after_dropped_statement_works() {
    let (pool, _) = one_connection().await;
    let mut connection = pool.acquire().await.expect("a connection");
    let begun = tokio::time::timeout(
        Duration::from_millis(50),
        connection.execute("SELECT 1 FROM pg_sleep(0.3)"),
    );
    assert!(begun.await.is_err(), "the statement is running");
    drop(connection);
    let mut connection = pool.acquire().await.expect("another connection");
    let value: i32 = sqlx::query_scalar("SELECT 2")
        .fetch_one(&mut *connection)
        .await
        .expect("queried");
    assert_eq!(value, 2);
}

/// sqlx rolls back only transactions whose `BEGIN` the server has acknowledged.
#[tokio::test]
async fn acquire_after_dropped_begin_is_not_in_transaction() {
    let (pool, _) = one_connection().await;
    let mut connection = pool.acquire().await.expect("a connection");
    let begun = tokio::time::timeout(
        Duration::from_millis(50),
        connection.begin_with("BEGIN; SELECT pg_sleep(0.3)"),
    );
    assert!(begun.await.is_err(), "it is sent and not acknowledged");
    drop(connection);
    let mut connection = pool.acquire().await.expect("a connection");
    let inside = connection.execute("SAVEPOINT only_inside_of_one").await;
    assert!(inside.is_err(), "the connection is in a transaction");
}

#[tokio::test]
async fn terminated_connection_is_acquired_at_most_once() {
    let (pool, source) = one_connection().await;
    let mut elsewhere = source.connect().await.expect("connected");
    elsewhere
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await
        .expect("terminated");
    let query = async || {
        let mut connection = pool.acquire().await?;
        connection.execute("SELECT 1").await?;
        connection.release();
        Ok::<_, sqlx::Error>(())
    };
    let _ = query().await;
    query().await.expect("it runs on a new connection");
}

#[tokio::test]
async fn acquire_from_exhausted_pool_times_out() {
    let pool = Pool::<Sqlite>::open("sqlite::memory:".parse().expect("a URL"), 1).await;
    let pool = pool.expect("opened");
    let _connection = pool.acquire().await.expect("the only connection");
    let acquired = tokio::time::timeout(TEST_TIMEOUT, pool.acquire()).await;
    let error = acquired.expect("it returns").err();
    assert!(
        matches!(error, Some(sqlx::Error::PoolTimedOut)),
        "{error:?}"
    );
}

#[tokio::test]
async fn close_waits_for_connections_in_use() {
    let pool = Pool::<Sqlite>::open("sqlite::memory:".parse().expect("a URL"), 2).await;
    let pool = pool.expect("opened");
    let mut connection = pool.acquire().await.expect("a connection");
    let closing = pool.close();
    tokio::pin!(closing);
    tokio::select! {
        () = &mut closing => panic!("it did not wait"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
    connection
        .execute("SELECT 1")
        .await
        .expect("it still works");
    connection.release();
    closing.await;
    let error = pool.acquire().await.err();
    assert!(matches!(error, Some(sqlx::Error::PoolClosed)), "{error:?}");
}

#[tokio::test]
async fn metrics_of_a_pool_show_how_it_is_used() {
    let (pool, _) = one_connection().await;
    let state = || {
        let metrics = pool.metrics();
        let usage = metrics.usage;
        let failures = [&usage.unavailable, &usage.closed].map(|count| count.load(Relaxed));
        (metrics.idle, metrics.in_use, failures)
    };
    assert_eq!(state(), (1, 0, [0, 0]));
    let connection = pool.acquire().await.expect("a connection");
    assert_eq!(state(), (0, 1, [0, 0]));
    assert!(pool.acquire().await.is_err(), "there is one connection");
    assert_eq!(state(), (0, 1, [1, 0]));
    drop(connection);
    assert_eq!(state(), (0, 0, [1, 1]));
    pool.acquire().await.expect("a connection").release();
    assert_eq!(state(), (1, 0, [1, 1]));
}
