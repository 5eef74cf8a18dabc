//! What a purge takes and leaves, alone and beside others.

use std::collections::BTreeSet;

use sqlx::Connection;
use tokio::task::JoinSet;

use super::{rotation::FIRST, *};
use crate::store::pools::Pools;

const ALL: [Remains; 3] = [Remains::Ended, Remains::Expired, Remains::Events];

contract! {
    what_is_over_goes_after_its_time_and_nothing_else_does;
    events_go_by_their_own_time;
    a_batch_is_small;
    several_processes_purge_at_once;
    a_purge_races_with_refreshes_and_endings;
}

impl Bench {
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
        let statement = self.store.pools.pick(
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
            pools::transact!(&self.store, Full, connection => {
                sqlx::query(statement)
                    .bind(count)
                    .bind(expires_at)
                    .bind(ended_at)
                    .execute(connection)
                    .await?;
            });
            Ok::<_, StoreError>(())
        };
        fill.await.expect("filled");
    }

    pub(super) async fn purge(&self, what: Remains, before: Timestamp) -> u64 {
        self.store.purge(what, before).await.expect("purged")
    }

    async fn sessions(&self) -> BTreeSet<SessionId> {
        let ids = async {
            Ok::<_, StoreError>(read!(&self.store, connection => {
                sqlx::query_scalar("SELECT id FROM sessions").fetch_all(connection).await?
            }))
        };
        ids.await.expect("read").into_iter().collect()
    }

    /// Another process's view of the same database. On a server, another
    /// connection is as good.
    async fn second_process(&self) -> Store {
        match &self.store.pools {
            Pools::Sqlite { .. } => Store::open_sqlite(&self.folder.path().join("db"))
                .await
                .expect("opened"),
            Pools::Postgres { .. } => self.store.clone(),
        }
    }
}

async fn what_is_over_goes_after_its_time_and_nothing_else_does(bench: Bench) {
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
    let mut kept = BTreeSet::from([bench.session]);
    for (expires_at, ended_at, _) in stays {
        kept.insert(bench.past(expires_at, ended_at).await);
    }
    let mut gone = Vec::new();
    for (expires_at, ended_at, _) in goes {
        gone.push(bench.past(expires_at, ended_at).await);
    }
    let events = bench.count("audit_events").await;
    let feed = bench.store.ended_since(early).await.expect("read");
    assert_eq!(feed.len(), 2);

    assert_eq!(bench.purge(Remains::Ended, cutoff).await, 2);
    assert_eq!(bench.purge(Remains::Expired, cutoff).await, 1);
    assert_eq!(bench.sessions().await, kept, "{stays:?}");
    assert_eq!(bench.count("audit_events").await, events);
    let after = bench.store.ended_since(early).await.expect("read");
    assert_eq!(after, feed, "what a starting process has to know");

    assert_eq!(bench.purge(Remains::Ended, cutoff).await, 0);
    assert_eq!(bench.purge(Remains::Expired, cutoff).await, 0);
    for session in gone {
        let moved = bench.store.rotate(session, &FIRST, 0, 1, cutoff).await;
        assert!(!moved.expect("done"), "it does not come back");
    }
}

/// The account was made at 1 s, the session at 2 s.
async fn events_go_by_their_own_time(bench: Bench) {
    assert_eq!(bench.count("audit_events").await, 2);
    assert_eq!(bench.purge(Remains::Events, at(1)).await, 0);
    assert_eq!(bench.purge(Remains::Events, at(2)).await, 1);
    assert_eq!(bench.count("audit_events").await, 1);
    assert_eq!(bench.count("sessions").await, 1);
}

async fn a_batch_is_small(bench: Bench) {
    bench.many(1201, at(10), None).await;
    bench.many(501, at(10), Some(at(10))).await;
    for (what, batches) in [
        (Remains::Expired, &[500, 500, 201, 0][..]),
        (Remains::Ended, &[500, 1, 0]),
    ] {
        for rows in batches {
            assert_eq!(bench.purge(what, at(900)).await, *rows, "{what:?}");
        }
    }
    assert_eq!(bench.sessions().await, BTreeSet::from([bench.session]));
}

async fn several_processes_purge_at_once(bench: Bench) {
    bench.many(2000, at(10), None).await;
    let mut tasks = JoinSet::new();
    for store in [
        bench.second_process().await,
        bench.second_process().await,
        bench.store.clone(),
    ] {
        tasks.spawn(async move {
            let mut removed = 0;
            loop {
                let rows = store.purge(Remains::Expired, at(900)).await?;
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
    assert_eq!(bench.sessions().await, BTreeSet::from([bench.session]));
}

/// Live sessions are refreshed, and expired ones signed out, while others purge.
async fn a_purge_races_with_refreshes_and_endings(bench: Bench) {
    let (mut live, mut over) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        live.push(bench.past(at(5000), None).await);
        over.push(bench.past(at(10), None).await);
    }
    let other = bench.second_process().await;
    let mut tasks = JoinSet::new();
    for (live, over) in live.iter().copied().zip(over) {
        let (store, other) = (bench.store.clone(), other.clone());
        tasks.spawn(async move { store.rotate(live, &FIRST, 0, 1, at(1500)).await });
        let store = bench.store.clone();
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
        let row = bench.store.session(session).await.expect("read");
        assert_eq!(row.expect("there").record().generation, 1);
    }
    // Whatever is left of the expired ones was ended before it was found.
    for session in bench.store.ended_since(at(1400)).await.expect("read") {
        assert!(bench.sessions().await.contains(&session.0));
    }
    assert_eq!(bench.purge(Remains::Expired, at(900)).await, 0);
}

/// A session that is being ended is passed over; nobody waits.
#[tokio::test]
async fn a_purge_on_postgres_waits_for_nobody() {
    let bench = Bench::postgres().await;
    let held = bench.past(at(10), None).await;
    bench.past(at(10), None).await;
    let Pools::Postgres { full, .. } = &bench.store.pools else {
        unreachable!("opened as PostgreSQL");
    };
    let mut lent = full.lend().await.expect("a connection");
    let mut elsewhere = lent.begin().await.expect("begun");
    sqlx::query("UPDATE sessions SET ended_at = $2, end_reason = 'reuse' WHERE id = $1")
        .bind(held)
        .bind(at(2000))
        .execute(&mut *elsewhere)
        .await
        .expect("updated");
    let patience = std::time::Duration::from_secs(10);
    let removed = tokio::time::timeout(patience, bench.purge(Remains::Expired, at(900)));
    assert_eq!(removed.await.expect("it does not wait"), 1);
    elsewhere.commit().await.expect("committed");
    assert_eq!(bench.purge(Remains::Expired, at(900)).await, 0);
    assert!(bench.sessions().await.contains(&held), "it has ended now");
}
