//! Confirmations and strays.

use std::time::Duration;

use sqlx::Connection;

use super::{
    end::{is_waiting, pool},
    rotation::INITIAL,
    *,
};

on_both! { Fixture:
    confirm_sets_first_use_of_current_generation;
    batch_confirms_all_of_its_sessions;
    only_a_stray_ends_the_session;
}

impl Fixture {
    async fn begin_at(&self, seconds: i64) -> SessionId {
        let new = NewSession {
            id: SessionId::new(at(seconds)),
            ..new_session(self.account)
        };
        let begun = self.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun").is_some());
        new.id
    }
}

async fn confirm_sets_first_use_of_current_generation(fixture: Fixture) {
    let session = fixture.session;
    let uses = [(session, 0, at(5)), (session, 1, at(4))];
    let others = fixture.store.confirm(&uses).await.expect("done");
    assert_eq!(others, [(session, 1, at(4))]);
    assert_eq!(fixture.record().await.confirmed_at, Some(at(5)));
    let others = fixture.store.confirm(&[(session, 0, at(6))]).await;
    assert_eq!(others.expect("done"), [(session, 0, at(6))]);
    assert_eq!(fixture.record().await.confirmed_at, Some(at(5)));
}

async fn batch_confirms_all_of_its_sessions(fixture: Fixture) {
    let mut uses = vec![(fixture.session, 0, at(5))];
    for number in 0..499 {
        uses.push((fixture.begin_at(2).await, 0, at(6 + number)));
    }
    assert_eq!(fixture.store.confirm(&uses).await.expect("done"), []);
    for (session, _, used_at) in &uses {
        let row = fixture.store.session(*session).await.expect("read");
        let confirmed_at = row.expect("the session").record().confirmed_at;
        assert_eq!(confirmed_at, Some(*used_at));
    }
    let others = fixture.store.confirm(&uses).await.expect("done");
    assert_eq!(others, uses, "a second time");
    assert_eq!(fixture.store.strays(&uses).await.expect("read"), []);
}

async fn only_a_stray_ends_the_session(fixture: Fixture) {
    assert!(fixture.rotate(&INITIAL, 0, 1, 50).await);
    let lost = fixture.record().await;
    assert!(fixture.rotate(&lost, 0, 2, 900).await);
    let before = fixture.count("audit_events").await;
    let uses = [0, 1, 2, 3].map(|generation| (fixture.session, generation, at(901)));
    let strays = fixture.store.strays(&uses).await.expect("read");
    assert_eq!(strays, [(fixture.session, 1)]);
    for harmless in [0, 2, 3] {
        let ended = fixture
            .store
            .end_for_stray(fixture.session, harmless, at(901));
        assert!(!ended.await.expect("done"), "{harmless}");
    }
    assert_eq!(fixture.count("audit_events").await, before);

    for is_first in [true, false] {
        let ended = fixture.store.end_for_stray(fixture.session, 1, at(902));
        assert_eq!(ended.await.expect("done"), is_first);
    }
    assert_eq!(fixture.count("audit_events").await, before + 1);
    let feed = fixture.store.ended_since(at(901)).await.expect("read");
    assert_eq!(feed, [(fixture.session, at(902))]);
    let strays = fixture.store.strays(&uses).await.expect("read");
    assert_eq!(strays, [], "the session has ended");
}

const LOCK_SESSION: &str = "SELECT id FROM sessions WHERE id = $1 FOR UPDATE NOWAIT";

/// Otherwise two processes could deadlock.
#[tokio::test]
async fn confirm_on_postgres_locks_in_the_order_of_ids() {
    let fixture = Fixture::on_postgres().await;
    let late = fixture.session;
    let early = fixture.begin_at(0).await;
    assert!(early < late);
    let mut connection = pool(&fixture).acquire().await.expect("a connection");
    let mut holding = connection.begin().await.expect("begun");
    let lock = sqlx::query(LOCK_SESSION).bind(early);
    lock.execute(&mut *holding).await.expect("locked");

    let store = fixture.store.clone();
    let confirming = tokio::spawn(async move {
        let uses = [(late, 0, at(5)), (early, 0, at(5))];
        store.confirm(&uses).await
    });
    let waits = async {
        while !is_waiting(pool(&fixture)).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, waits).await.expect("it waits");
    let lock = sqlx::query(LOCK_SESSION).bind(late);
    let locked = lock.execute(&mut *holding).await;
    locked.expect("the later session is not locked yet");
    holding.commit().await.expect("committed");
    let others = confirming.await.expect("no panic").expect("no deadlock");
    assert_eq!(others, []);
}
