//! The notifications of `PostgreSQL`.

use std::time::Duration;

use super::{end::pool, *};

#[tokio::test]
async fn ended_session_notifies_every_process() {
    let fixture = Fixture::on_postgres().await;
    let mut notifications = fixture.store.notifications();
    let notified = tokio::spawn(async move { notifications.next().await });
    let limit = Duration::from_secs(30);
    let listens = async {
        while !listens(&fixture).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(limit, listens)
        .await
        .expect("it listens");
    let ended = fixture
        .store
        .end_session(
            fixture.session,
            None,
            EndReason::SignedOut,
            at(9),
            Actor::Operator,
        )
        .await;
    assert_eq!(ended.expect("ended"), Some(true));
    let notified = tokio::time::timeout(limit, notified).await;
    notified.expect("notified").expect("no panic");
}

/// Whether a connection listens: it is idle after its `LISTEN` statement.
pub(super) async fn listens(fixture: &Fixture) -> bool {
    let mut connection = pool(fixture).acquire().await.expect("a connection");
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                        WHERE datname = current_database() AND state = 'idle'
                          AND query LIKE 'LISTEN %')",
    )
    .fetch_one(&mut *connection)
    .await
    .expect("read")
}
