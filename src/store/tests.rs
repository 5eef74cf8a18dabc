//! What the schema and the statements promise, on a file of each test's own.

use super::*;
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    rotation::Record,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

struct Bench {
    store: Store,
    account: AccountId,
    session: SessionId,
    folder: tempfile::TempDir,
}

const KEY: &str = "ada@example.org";
const FIRST: Record = Record {
    generation: 0,
    handed_at: Timestamp::from_seconds(2),
    confirmed_at: None,
};

fn new_account(id: AccountId, email_key: &str) -> NewAccount<'_> {
    NewAccount {
        id,
        email: email_key,
        email_key,
        name: "Ada",
        password_hash: "a hash",
        is_active: true,
        is_admin: false,
        created_at: at(1),
    }
}

fn new_session(account: AccountId) -> NewSession {
    NewSession {
        id: SessionId::new(at(2)),
        account,
        key_hash: vec![7; 32],
        now: at(2),
        expires_at: at(1_000),
    }
}

/// A store with one account and one session.
async fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_sqlite(&folder.path().join("db"))
        .await
        .expect("opened");
    let account = AccountId::new(at(1));
    store
        .insert_account(&new_account(account, KEY))
        .await
        .expect("inserted");
    let new = new_session(account);
    assert!(store.begin_session(&new, None, false).await.expect("begun"));
    Bench {
        store,
        account,
        session: new.id,
        folder,
    }
}

impl Bench {
    async fn count(&self, table: &'static str) -> i64 {
        let query = match table {
            "sessions" => "SELECT count(*) FROM sessions",
            _ => "SELECT count(*) FROM audit_events",
        };
        sqlx::query_scalar(query)
            .fetch_one(&self.store.readers)
            .await
            .expect("counted")
    }

    async fn record(&self) -> Record {
        self.store
            .session(self.session)
            .await
            .expect("read")
            .expect("there")
            .record()
    }
}

#[tokio::test]
async fn an_address_has_one_account() {
    let bench = bench().await;
    let again = bench
        .store
        .insert_account(&new_account(AccountId::new(at(3)), KEY))
        .await;
    assert!(matches!(again, Err(StoreError::EmailTaken)), "{again:?}");
    assert_eq!(bench.store.accounts().await.expect("listed").len(), 1);
}

#[tokio::test]
async fn rotating_takes_the_state_that_was_judged() {
    let bench = bench().await;
    assert!(
        bench
            .store
            .rotate(bench.session, &FIRST, 1, at(50))
            .await
            .expect("done")
    );
    let second = Record {
        generation: 1,
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(bench.record().await, second);

    let stale = [
        FIRST,
        Record {
            handed_at: at(51),
            ..second
        },
        Record {
            generation: 2,
            ..second
        },
    ];
    for judged in stale {
        let moved = bench
            .store
            .rotate(bench.session, &judged, 9, at(60))
            .await
            .expect("done");
        assert!(!moved, "{judged:?}");
    }
    assert_eq!(bench.record().await, second);
    assert_eq!(bench.count("sessions").await, 1, "a refresh adds no row");
}

#[tokio::test]
async fn replaying_moves_the_moment_forward_alone() {
    let bench = bench().await;
    for (now, handed_at) in [(50, 50), (40, 50), (60, 60)] {
        assert!(
            bench
                .store
                .replay(bench.session, &FIRST, at(now))
                .await
                .expect("done")
        );
        assert_eq!(
            bench.record().await,
            Record {
                handed_at: at(handed_at),
                ..FIRST
            }
        );
    }
    let stale = [
        Record {
            generation: 1,
            ..FIRST
        },
        Record {
            confirmed_at: Some(at(3)),
            ..FIRST
        },
    ];
    for judged in stale {
        let moved = bench
            .store
            .replay(bench.session, &judged, at(70))
            .await
            .expect("done");
        assert!(!moved, "{judged:?}");
    }
}

#[tokio::test]
async fn a_session_that_ended_or_whose_account_is_off_is_never_moved() {
    let ended = bench().await;
    ended
        .store
        .end_session(ended.session, EndReason::SignedOut, at(9))
        .await
        .expect("ended");
    assert!(
        !ended
            .store
            .rotate(ended.session, &FIRST, 1, at(10))
            .await
            .expect("done")
    );
    assert!(
        !ended
            .store
            .replay(ended.session, &FIRST, at(10))
            .await
            .expect("done")
    );
    let reused = ended
        .store
        .end_for_reuse(ended.session, ended.account, &FIRST, at(10))
        .await;
    assert!(!reused.expect("done"), "it has ended already");

    let off = bench().await;
    let update = "UPDATE accounts SET is_active = 0";
    sqlx::query(update)
        .execute(&off.store.writer)
        .await
        .expect("switched off");
    assert!(
        !off.store
            .rotate(off.session, &FIRST, 1, at(10))
            .await
            .expect("done")
    );
    assert!(
        !off.store
            .replay(off.session, &FIRST, at(10))
            .await
            .expect("done")
    );
    let begun = off
        .store
        .begin_session(&new_session(off.account), None, false)
        .await;
    assert!(
        !begun.expect("done"),
        "an account that is off begins nothing"
    );
    assert_eq!(off.count("sessions").await, 1);
}

#[tokio::test]
async fn a_reuse_ends_the_session_and_is_recorded() {
    let bench = bench().await;
    let before = bench.count("audit_events").await;
    let ended = bench
        .store
        .end_for_reuse(bench.session, bench.account, &FIRST, at(9))
        .await;
    assert!(ended.expect("done"));
    assert_eq!(bench.count("audit_events").await, before + 1);
    let feed = bench.store.ended_since(at(8)).await.expect("read");
    assert_eq!(feed, [(bench.session, at(9))]);
    assert_eq!(bench.store.ended_since(at(9)).await.expect("read"), []);
}

#[tokio::test]
async fn signing_in_over_a_session_ends_it_and_may_note_the_time() {
    let bench = bench().await;
    let new = NewSession {
        now: at(20),
        ..new_session(bench.account)
    };
    assert!(
        bench
            .store
            .begin_session(&new, Some(bench.session), true)
            .await
            .expect("begun")
    );
    let old = bench
        .store
        .session(bench.session)
        .await
        .expect("read")
        .expect("there");
    assert!(old.is_ended);
    let accounts = bench.store.accounts().await.expect("listed");
    assert_eq!(accounts[0].last_login_at, Some(at(20)));
}

#[tokio::test]
async fn switching_off_ends_every_session_in_one_step() {
    let bench = bench().await;
    let second = new_session(bench.account);
    assert!(
        bench
            .store
            .begin_session(&second, None, false)
            .await
            .expect("begun")
    );
    let change = bench
        .store
        .set_account_active(KEY, false, at(30))
        .await
        .expect("done");
    let mut ended = change.expect("the account").ended;
    ended.sort_unstable();
    let mut both = vec![bench.session, second.id];
    both.sort_unstable();
    assert_eq!(ended, both);

    let again = bench
        .store
        .set_account_active(KEY, false, at(31))
        .await
        .expect("done");
    assert!(!again.expect("the account").changed);
    let unknown = bench
        .store
        .set_account_active("x@example.org", true, at(31))
        .await;
    assert_eq!(unknown.expect("done"), None);
}

#[tokio::test]
async fn confirming_is_of_the_current_generation_and_once() {
    let bench = bench().await;
    let session = bench.session;
    bench
        .store
        .confirm(&[(session, 1, at(4)), (session, 0, at(5))])
        .await
        .expect("done");
    assert_eq!(bench.record().await.confirmed_at, Some(at(5)));
    bench
        .store
        .confirm(&[(session, 0, at(6))])
        .await
        .expect("done");
    assert_eq!(bench.record().await.confirmed_at, Some(at(5)));
}

#[test]
fn several_processes_may_make_the_database_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    let start = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .expect("a runtime")
            .block_on(Store::open_sqlite(&path))
            .map(drop)
    };
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
        for start in starts {
            start.join().expect("no panic").expect("every one starts");
        }
    });
}

#[tokio::test]
#[cfg(unix)]
async fn nobody_else_reads_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let bench = bench().await;
    for file in std::fs::read_dir(bench.folder.path()).expect("the folder") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let Bench { store, folder, .. } = bench().await;
    let newer = "INSERT INTO _sqlx_migrations
                     (version, description, installed_on, success, checksum, execution_time)
                 VALUES (9999, 'later', CURRENT_TIMESTAMP, 1, x'00', 0)";
    sqlx::query(newer)
        .execute(&store.writer)
        .await
        .expect("written");
    store.close().await;
    let error = Store::open_sqlite(&folder.path().join("db"))
        .await
        .expect_err("newer");
    assert!(matches!(error, StoreError::Newer(_, 9999)), "{error}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn a_writer_that_is_away_is_a_transient_failure() {
    let bench = bench().await;
    bench.store.close().await;
    let error = bench
        .store
        .session(bench.session)
        .await
        .expect_err("closed");
    assert!(error.is_transient(), "{error}");
    assert!(!StoreError::EmailTaken.is_transient());
    assert!(!bench.store.is_reachable().await);
}
