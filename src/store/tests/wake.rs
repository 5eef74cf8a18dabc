//! The wake-ups of `PostgreSQL`.

use std::time::Duration;

use super::{operator::pool, *};

#[tokio::test]
async fn what_ends_wakes_every_process_up() {
    let bench = Bench::postgres().await;
    let mut wake_ups = bench.store.wake_ups();
    let woken = tokio::spawn(async move { wake_ups.next().await });
    let patience = Duration::from_secs(30);
    let listens = async {
        while !listens(&bench).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(patience, listens)
        .await
        .expect("it listens");
    let ended = bench
        .store
        .end_session(bench.session, EndReason::SignedOut, at(9))
        .await;
    assert!(ended.expect("ended"));
    let woken = tokio::time::timeout(patience, woken).await;
    woken.expect("woken").expect("no panic");
}

/// The channel is listened to: whoever does is idle after that statement.
async fn listens(bench: &Bench) -> bool {
    let mut lent = pool(bench).lend().await.expect("a connection");
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                        WHERE datname = current_database() AND state = 'idle'
                          AND query LIKE 'LISTEN %')",
    )
    .fetch_one(&mut *lent)
    .await
    .expect("read")
}
