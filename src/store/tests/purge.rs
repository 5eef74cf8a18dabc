//! What a purge takes and leaves, alone and beside others.

use std::collections::BTreeSet;

use sqlx::Connection;
use tokio::task::JoinSet;

use super::{rotation::FIRST, *};
use crate::store::connection::backend::Backend;

const ALL: [Purgeable; 3] = [Purgeable::Ended, Purgeable::Expired, Purgeable::Events];

on_both! { Fixture:
    what_is_over_goes_after_its_time_and_nothing_else_does;
    events_go_by_their_own_time;
    a_batch_is_small;
    several_processes_purge_at_once;
    a_purge_races_with_refreshes_and_endings;
}

impl Fixture {
    /// Puts a session into the table, as it would be after a life.
    async fn past(&self, expires_at: Timestamp, ended_at: Option<Timestamp>) -> SessionId {
        let new = NewSession {
            id: SessionId::new(at(0)),
            expires_at,
            ..new_session(self.account)
        };
        let begun = self.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun"));
        if let Some(ended_at) = ended_at {
            let ended = self
                .store
                .end_session(new.id, EndReason::SignedOut, ended_at);
            assert!(ended.await.expect("ended"));
        }
        new.id
    }

    /// Many at once.
    pub(super) async fn many(
        &self,
        count: i64,
        expires_at: Timestamp,
        ended_at: Option<Timestamp>,
    ) {
        let statement = self.store.backend.pick(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             INSERT INTO sessions (id, account_id, key_hash, generation, handed_at, created_at,
                                   expires_at, ended_at, end_reason)
             SELECT randomblob(16), (SELECT id FROM accounts), zeroblob(32), 0, 0, 0,
                    $2, $3, CASE WHEN $3 IS NOT NULL THEN 'signed_out' END FROM n",
            "INSERT INTO sessions (id, account_id, key_hash, generation, handed_at, created_at,
                                   expires_at, ended_at, end_reason)
             SELECT gen_random_uuid(), (SELECT id FROM accounts), decode(repeat('00', 32), 'hex'),
                    0, 0, 0, $2, $3, CASE WHEN $3 IS NOT NULL THEN 'signed_out' END
             FROM generate_series(1, $1)",
        );
        let fill = async {
            with_connection!(self.store.backend.begin(Full), async |connection| {
                sqlx::query(statement)
                    .bind(count)
                    .bind(expires_at)
                    .bind(ended_at)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        };
        fill.await.expect("filled");
    }

    pub(super) async fn purge(&self, what: Purgeable, before: Timestamp) -> u64 {
        self.store.purge(what, before).await.expect("purged")
    }

    async fn sessions(&self) -> BTreeSet<SessionId> {
        let ids = async {
            with_connection!(self.store.backend.read(), async |connection| {
                let ids = sqlx::query_scalar("SELECT id FROM sessions");
                Ok(ids.fetch_all(connection).await?)
            })
        };
        let ids: Vec<SessionId> = ids.await.expect("read");
        ids.into_iter().collect()
    }

    /// Another process's view of the same database. On a server, another
    /// connection is as good.
    async fn second_process(&self) -> Store {
        match &self.store.backend {
            Backend::Sqlite { .. } => Store::open_sqlite(&self.folder.path().join("db"))
                .await
                .expect("opened"),
            Backend::Postgres { .. } => self.store.clone(),
        }
    }
}

async fn what_is_over_goes_after_its_time_and_nothing_else_does(fixture: Fixture) {
    let (early, cutoff, late) = (at(999), at(1000), at(5000));
    let stays = [
        (late, None, "live"),
        (cutoff, None, "expired at the last moment that is kept"),
        (late, Some(cutoff), "ended at that moment"),
        (at(10), Some(cutoff), "ended long after it expired"),
    ];
    let goes = [
        (early, None, "expired before"),
        (late, Some(early), "ended before"),
        (early, Some(at(10)), "ended and expired before"),
    ];
    let mut kept = BTreeSet::from([fixture.session]);
    for (expires_at, ended_at, _) in stays {
        kept.insert(fixture.past(expires_at, ended_at).await);
    }
    let mut gone = Vec::new();
    for (expires_at, ended_at, _) in goes {
        gone.push(fixture.past(expires_at, ended_at).await);
    }
    let events = fixture.count("audit_events").await;
    let feed = fixture.store.ended_since(early).await.expect("read");
    assert_eq!(feed.len(), 2);

    assert_eq!(fixture.purge(Purgeable::Ended, cutoff).await, 2);
    assert_eq!(fixture.purge(Purgeable::Expired, cutoff).await, 1);
    assert_eq!(fixture.sessions().await, kept, "{stays:?}");
    assert_eq!(fixture.count("audit_events").await, events);
    let after = fixture.store.ended_since(early).await.expect("read");
    assert_eq!(after, feed, "what a starting process has to know");

    assert_eq!(fixture.purge(Purgeable::Ended, cutoff).await, 0);
    assert_eq!(fixture.purge(Purgeable::Expired, cutoff).await, 0);
    for session in gone {
        let moved = fixture.store.rotate(session, &FIRST, 0, 1, cutoff).await;
        assert!(!moved.expect("done"), "it does not come back");
    }
}

/// The account was made at 1 s, the session at 2 s.
async fn events_go_by_their_own_time(fixture: Fixture) {
    assert_eq!(fixture.count("audit_events").await, 2);
    assert_eq!(fixture.purge(Purgeable::Events, at(1)).await, 0);
    assert_eq!(fixture.purge(Purgeable::Events, at(2)).await, 1);
    assert_eq!(fixture.count("audit_events").await, 1);
    assert_eq!(fixture.count("sessions").await, 1);
}

async fn a_batch_is_small(fixture: Fixture) {
    fixture.many(1201, at(10), None).await;
    fixture.many(501, at(10), Some(at(10))).await;
    for (what, batches) in [
        (Purgeable::Expired, &[500, 500, 201, 0][..]),
        (Purgeable::Ended, &[500, 1, 0]),
    ] {
        for rows in batches {
            assert_eq!(fixture.purge(what, at(900)).await, *rows, "{what:?}");
        }
    }
    assert_eq!(fixture.sessions().await, BTreeSet::from([fixture.session]));
}

async fn several_processes_purge_at_once(fixture: Fixture) {
    fixture.many(2000, at(10), None).await;
    let mut tasks = JoinSet::new();
    for store in [
        fixture.second_process().await,
        fixture.second_process().await,
        fixture.store.clone(),
    ] {
        tasks.spawn(async move {
            let mut removed = 0;
            loop {
                let rows = store.purge(Purgeable::Expired, at(900)).await?;
                removed += rows;
                if rows == 0 {
                    return Ok::<_, StoreError>(removed);
                }
            }
        });
    }
    let removed = tasks.join_all().await.into_iter();
    let removed: u64 = removed.map(|rows| rows.expect("purged")).sum();
    assert_eq!(removed, 2000, "each row once");
    assert_eq!(fixture.sessions().await, BTreeSet::from([fixture.session]));
}

/// Live sessions are refreshed, and expired ones signed out, while others purge.
async fn a_purge_races_with_refreshes_and_endings(fixture: Fixture) {
    let (mut live, mut over) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        live.push(fixture.past(at(5000), None).await);
        over.push(fixture.past(at(10), None).await);
    }
    let other = fixture.second_process().await;
    let mut tasks = JoinSet::new();
    for (live, over) in live.iter().copied().zip(over) {
        let (store, other) = (fixture.store.clone(), other.clone());
        tasks.spawn(async move { store.rotate(live, &FIRST, 0, 1, at(1500)).await });
        let store = fixture.store.clone();
        tasks.spawn(async move {
            store
                .end_session(over, EndReason::SignedOut, at(1500))
                .await
        });
        tasks.spawn(async move {
            for what in ALL {
                other.purge(what, at(900)).await?;
            }
            Ok(true)
        });
    }
    for outcome in tasks.join_all().await {
        outcome.expect("nobody is in the way");
    }
    for session in live {
        let row = fixture.store.session(session).await.expect("read");
        assert_eq!(row.expect("there").record().generation, 1);
    }
    // Whatever is left of the expired ones was ended before it was found.
    for session in fixture.store.ended_since(at(1400)).await.expect("read") {
        assert!(fixture.sessions().await.contains(&session.0));
    }
    assert_eq!(fixture.purge(Purgeable::Expired, at(900)).await, 0);
}

/// A session that is being ended is passed over; nobody waits.
#[tokio::test]
async fn a_purge_on_postgres_waits_for_nobody() {
    let fixture = Fixture::on_postgres().await;
    let held = fixture.past(at(10), None).await;
    fixture.past(at(10), None).await;
    let Backend::Postgres { full, .. } = &fixture.store.backend else {
        unreachable!("opened as PostgreSQL");
    };
    let mut lent = full.acquire().await.expect("a connection");
    let mut elsewhere = lent.begin().await.expect("begun");
    sqlx::query("UPDATE sessions SET ended_at = $2, end_reason = 'reuse' WHERE id = $1")
        .bind(held)
        .bind(at(2000))
        .execute(&mut *elsewhere)
        .await
        .expect("updated");
    let limit = std::time::Duration::from_secs(10);
    let removed = tokio::time::timeout(limit, fixture.purge(Purgeable::Expired, at(900)));
    assert_eq!(removed.await.expect("it does not wait"), 1);
    elsewhere.commit().await.expect("committed");
    assert_eq!(fixture.purge(Purgeable::Expired, at(900)).await, 0);
    assert!(fixture.sessions().await.contains(&held), "it has ended now");
}
