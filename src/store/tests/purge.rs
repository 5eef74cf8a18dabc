//! Purging: the rows that it deletes and keeps, and concurrent purges and writes.

use std::collections::BTreeSet;

use sqlx::Connection;
use tokio::task::JoinSet;

use super::{rotation::INITIAL, *};
use crate::store::connection::backend::Backend;

const ALL_KINDS: [Purgeable; 7] = [
    Purgeable::Ended,
    Purgeable::Expired,
    Purgeable::Events,
    Purgeable::Accounts,
    Purgeable::Attempts,
    Purgeable::KnownNetworks,
    Purgeable::OneTimeTokens,
];

on_both! { Fixture:
    purge_deletes_only_sessions_before_the_cutoff;
    purge_deletes_events_before_the_cutoff;
    purge_batch_has_at_most_500_rows;
    concurrent_purges_delete_each_row_once;
    purge_races_with_refreshes_and_sign_outs;
}

impl Fixture {
    /// Adds a session that expires, and possibly ended, at the given times.
    async fn add_session(&self, expires_at: Timestamp, ended_at: Option<Timestamp>) -> SessionId {
        let new = NewSession {
            id: SessionId::new(at(0)),
            expires_at,
            ..new_session(self.account)
        };
        let begun = self.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun").is_some());
        if let Some(ended_at) = ended_at {
            let ended = self.store.end_session(
                new.id,
                None,
                EndReason::SignedOut,
                ended_at,
                Actor::Operator,
            );
            assert_eq!(ended.await.expect("ended"), Some(true));
        }
        new.id
    }

    /// Adds many such sessions with one statement.
    pub(super) async fn add_sessions(
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

    /// Opens the same database as another process would. On a server, another connection is
    /// enough.
    async fn second_process(&self) -> Store {
        match &self.store.backend {
            Backend::Sqlite { .. } => Store::open_sqlite(&self.folder.path().join("db"))
                .await
                .expect("opened"),
            Backend::Postgres { .. } => self.store.clone(),
        }
    }
}

async fn purge_deletes_only_sessions_before_the_cutoff(fixture: Fixture) {
    let (early, cutoff, late) = (at(999), at(1000), at(5000));
    let kept = [
        (late, None, "live"),
        (cutoff, None, "expired at the cutoff"),
        (late, Some(cutoff), "ended at the cutoff"),
        (at(10), Some(cutoff), "ended long after it expired"),
    ];
    let deleted = [
        (early, None, "expired before"),
        (late, Some(early), "ended before"),
        (early, Some(at(10)), "ended and expired before"),
    ];
    let mut kept_ids = BTreeSet::from([fixture.session]);
    for (expires_at, ended_at, _) in kept {
        kept_ids.insert(fixture.add_session(expires_at, ended_at).await);
    }
    let mut deleted_ids = Vec::new();
    for (expires_at, ended_at, _) in deleted {
        deleted_ids.push(fixture.add_session(expires_at, ended_at).await);
    }
    let events = fixture.count("audit_events").await;
    let feed = fixture.store.ended_since(early).await.expect("read");
    assert_eq!(feed.len(), 2);

    assert_eq!(fixture.purge(Purgeable::Ended, cutoff).await, 2);
    assert_eq!(fixture.purge(Purgeable::Expired, cutoff).await, 1);
    assert_eq!(fixture.sessions().await, kept_ids, "{kept:?}");
    assert_eq!(fixture.count("audit_events").await, events);
    let after = fixture.store.ended_since(early).await.expect("read");
    assert_eq!(after, feed, "a starting process needs these");

    assert_eq!(fixture.purge(Purgeable::Ended, cutoff).await, 0);
    assert_eq!(fixture.purge(Purgeable::Expired, cutoff).await, 0);
    for session in deleted_ids {
        let rotated = fixture.store.rotate(session, &INITIAL, 0, 1, cutoff).await;
        assert!(!rotated.expect("done"), "a deleted session does not return");
    }
}

/// The account was created at 1 s, the session at 2 s.
async fn purge_deletes_events_before_the_cutoff(fixture: Fixture) {
    assert_eq!(fixture.count("audit_events").await, 2);
    assert_eq!(fixture.purge(Purgeable::Events, at(1)).await, 0);
    assert_eq!(fixture.purge(Purgeable::Events, at(2)).await, 1);
    assert_eq!(fixture.count("audit_events").await, 1);
    assert_eq!(fixture.count("sessions").await, 1);
}

async fn purge_batch_has_at_most_500_rows(fixture: Fixture) {
    fixture.add_sessions(1201, at(10), None).await;
    fixture.add_sessions(501, at(10), Some(at(10))).await;
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

async fn concurrent_purges_delete_each_row_once(fixture: Fixture) {
    fixture.add_sessions(2000, at(10), None).await;
    let mut tasks = JoinSet::new();
    for store in [
        fixture.second_process().await,
        fixture.second_process().await,
        fixture.store.clone(),
    ] {
        tasks.spawn(async move {
            let mut deleted = 0;
            loop {
                let rows = store.purge(Purgeable::Expired, at(900)).await?;
                deleted += rows;
                if rows == 0 {
                    return Ok::<_, StoreError>(deleted);
                }
            }
        });
    }
    let deleted = tasks.join_all().await.into_iter();
    let deleted: u64 = deleted.map(|rows| rows.expect("purged")).sum();
    assert_eq!(deleted, 2000, "each row once");
    assert_eq!(fixture.sessions().await, BTreeSet::from([fixture.session]));
}

/// Live sessions are refreshed and expired sessions are signed out, while another process
/// purges.
async fn purge_races_with_refreshes_and_sign_outs(fixture: Fixture) {
    let (mut live, mut expired) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        live.push(fixture.add_session(at(5000), None).await);
        expired.push(fixture.add_session(at(10), None).await);
    }
    let other = fixture.second_process().await;
    let mut tasks = JoinSet::new();
    for (live, expired) in live.iter().copied().zip(expired) {
        let (store, other) = (fixture.store.clone(), other.clone());
        tasks.spawn(async move { store.rotate(live, &INITIAL, 0, 1, at(1500)).await });
        let store = fixture.store.clone();
        tasks.spawn(async move {
            let ended = store.end_session(
                expired,
                None,
                EndReason::SignedOut,
                at(1500),
                Actor::Operator,
            );
            ended.await.map(|ended| ended.is_some())
        });
        tasks.spawn(async move {
            for what in ALL_KINDS {
                other.purge(what, at(900)).await?;
            }
            Ok(true)
        });
    }
    for outcome in tasks.join_all().await {
        outcome.expect("no statement fails");
    }
    for session in live {
        let row = fixture.store.session(session).await.expect("read");
        assert_eq!(row.expect("the session").record().generation, 1);
    }
    // An expired session is left only if it was ended before the purge found it.
    for session in fixture.store.ended_since(at(1400)).await.expect("read") {
        assert!(fixture.sessions().await.contains(&session.0));
    }
    assert_eq!(fixture.purge(Purgeable::Expired, at(900)).await, 0);
}

/// A purge skips a session that is being ended, and does not wait for it.
#[tokio::test]
async fn purge_on_postgres_skips_locked_rows() {
    let fixture = Fixture::on_postgres().await;
    let held = fixture.add_session(at(10), None).await;
    fixture.add_session(at(10), None).await;
    let Backend::Postgres { full, .. } = &fixture.store.backend else {
        unreachable!("opened as PostgreSQL");
    };
    let mut connection = full.acquire().await.expect("a connection");
    let mut elsewhere = connection.begin().await.expect("begun");
    sqlx::query("UPDATE sessions SET ended_at = $2, end_reason = 'reuse' WHERE id = $1")
        .bind(held)
        .bind(at(2000))
        .execute(&mut *elsewhere)
        .await
        .expect("updated");
    let limit = std::time::Duration::from_secs(10);
    let purged = tokio::time::timeout(limit, fixture.purge(Purgeable::Expired, at(900)));
    assert_eq!(purged.await.expect("it does not wait"), 1);
    elsewhere.commit().await.expect("committed");
    assert_eq!(fixture.purge(Purgeable::Expired, at(900)).await, 0);
    assert!(fixture.sessions().await.contains(&held), "it has ended now");
}
