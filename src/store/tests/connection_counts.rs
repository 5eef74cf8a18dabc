//! The number of connections to `PostgreSQL`.

use std::sync::Arc;

use tokio::sync::Notify;

use super::*;
use crate::store::MIN_CONNECTIONS;

/// Counts the connections of a database, except that of the test.
async fn connections(url: &str, done: &Notify) -> i64 {
    use sqlx::Connection as _;
    let mut elsewhere = sqlx::PgConnection::connect(url).await.expect("connected");
    let mut most = 0;
    loop {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND backend_type = 'client backend'",
        )
        .fetch_one(&mut elsewhere)
        .await
        .expect("counted");
        most = most.max(count);
        let pause = std::time::Duration::from_millis(5);
        if tokio::time::timeout(pause, done.notified()).await.is_ok() {
            return most;
        }
    }
}

/// A hosted `PostgreSQL` has few connections.
#[tokio::test]
async fn process_opens_no_more_connections_than_it_may() {
    let url = postgres::new_database().await;
    let counts = ConnectionCounts::of_total(MIN_CONNECTIONS).expect("enough");
    let done = Arc::new(Notify::new());
    let counted = {
        let (url, done) = (url.clone(), Arc::clone(&done));
        tokio::spawn(async move { connections(&url, &done).await })
    };
    let store = Store::open_postgres(&url, DEFAULT_SCHEMA, counts).await;
    let fixture = Fixture::filled(
        store.expect("opened"),
        tempfile::tempdir().expect("a folder"),
    );
    let fixture = fixture.await;
    let mut notifications = fixture.store.notifications();
    let notified = tokio::spawn(async move { notifications.next().await });
    let mut work = tokio::task::JoinSet::new();
    for n in 0..60_u32 {
        let (store, account) = (fixture.store.clone(), fixture.account);
        work.spawn(async move {
            let begun = store.begin_session(&new_session(account), &[], false).await;
            assert!(begun.expect("begun").is_some(), "{n}");
            store.read_feed(at(0), None).await.expect("read");
            let claimed = ClaimedState {
                session: SessionId::new(at(3)),
                key_hash: vec![7; 32],
                generation: 0,
                handed_at: at(2)..at(3),
                next: 1,
                now: at(50),
            };
            store.rotate_from_claims(claimed).await.expect("done");
        });
    }
    while let Some(result) = work.join_next().await {
        result.expect("no panic");
    }
    notified.abort();
    done.notify_one();
    let most = counted.await.expect("no panic");
    let allowed = 4..=i64::from(MIN_CONNECTIONS);
    assert!(allowed.contains(&most), "{most} connections");
}
