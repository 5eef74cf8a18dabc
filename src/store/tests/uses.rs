//! What is written of the use of access tokens.

use std::time::Duration;

use sqlx::Connection;

use super::{
    operator::{is_waiting, pool},
    rotation::FIRST,
    *,
};

contract! {
    confirming_is_of_the_current_generation_and_once;
    a_batch_confirms_all_of_its_sessions;
    a_stray_ends_the_session_and_nothing_else_does;
}

impl Bench {
    async fn begin_at(&self, seconds: i64) -> SessionId {
        let new = NewSession {
            id: SessionId::new(at(seconds)),
            ..new_session(self.account)
        };
        let begun = self.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun"));
        new.id
    }
}

async fn confirming_is_of_the_current_generation_and_once(bench: Bench) {
    let session = bench.session;
    let uses = [(session, 0, at(5)), (session, 1, at(4))];
    let others = bench.store.confirm(&uses).await.expect("done");
    assert_eq!(others, [(session, 1, at(4))]);
    assert_eq!(bench.record().await.confirmed_at, Some(at(5)));
    let others = bench.store.confirm(&[(session, 0, at(6))]).await;
    assert_eq!(others.expect("done"), [(session, 0, at(6))]);
    assert_eq!(bench.record().await.confirmed_at, Some(at(5)));
}

async fn a_batch_confirms_all_of_its_sessions(bench: Bench) {
    let mut uses = vec![(bench.session, 0, at(5))];
    for number in 0..499 {
        uses.push((bench.begin_at(2).await, 0, at(6 + number)));
    }
    assert_eq!(bench.store.confirm(&uses).await.expect("done"), []);
    for (session, _, used_at) in &uses {
        let row = bench.store.session(*session).await.expect("read");
        let confirmed_at = row.expect("there").record().confirmed_at;
        assert_eq!(confirmed_at, Some(*used_at));
    }
    let others = bench.store.confirm(&uses).await.expect("done");
    assert_eq!(others, uses, "a second time");
    assert_eq!(bench.store.strays(&uses).await.expect("read"), []);
}

async fn a_stray_ends_the_session_and_nothing_else_does(bench: Bench) {
    assert!(bench.rotate(&FIRST, 0, 1, 50).await);
    let lost = bench.record().await;
    assert!(bench.rotate(&lost, 0, 2, 900).await);
    let before = bench.count("audit_events").await;
    let uses = [0, 1, 2, 3].map(|generation| (bench.session, generation, at(901)));
    let strays = bench.store.strays(&uses).await.expect("read");
    assert_eq!(strays, [(bench.session, 1)]);
    for harmless in [0, 2, 3] {
        let ended = bench.store.end_for_stray(bench.session, harmless, at(901));
        assert!(!ended.await.expect("done"), "{harmless}");
    }
    assert_eq!(bench.count("audit_events").await, before);

    for is_first in [true, false] {
        let ended = bench.store.end_for_stray(bench.session, 1, at(902));
        assert_eq!(ended.await.expect("done"), is_first);
    }
    assert_eq!(bench.count("audit_events").await, before + 1);
    let feed = bench.store.ended_since(at(901)).await.expect("read");
    assert_eq!(feed, [(bench.session, at(902))]);
    let strays = bench.store.strays(&uses).await.expect("read");
    assert_eq!(strays, [], "it has ended");
}

const LOCK: &str = "SELECT id FROM sessions WHERE id = $1 FOR UPDATE NOWAIT";

/// Or two processes would wait for each other for ever.
#[tokio::test]
async fn a_batch_on_postgres_locks_in_the_order_of_its_sessions() {
    let bench = Bench::postgres().await;
    let late = bench.session;
    let early = bench.begin_at(0).await;
    assert!(early < late);
    let mut lent = pool(&bench).lend().await.expect("a connection");
    let mut holding = lent.begin().await.expect("begun");
    let held = sqlx::query(LOCK).bind(early).execute(&mut *holding).await;
    held.expect("held");

    let store = bench.store.clone();
    let confirming = tokio::spawn(async move {
        let uses = [(late, 0, at(5)), (early, 0, at(5))];
        store.confirm(&uses).await
    });
    let waits = async {
        while !is_waiting(pool(&bench)).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, waits)
        .await
        .expect("it waits");
    let free = sqlx::query(LOCK).bind(late).execute(&mut *holding).await;
    free.expect("the later one is not locked yet");
    holding.commit().await.expect("committed");
    let others = confirming.await.expect("no panic").expect("no deadlock");
    assert_eq!(others, []);
}
