//! Reading the ended sessions: all of them, and those after a position.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    clock::{Clock as _, SystemClock},
    policy::MAX_FEED_DELAY,
    revocation::{RevocationFeed, RevocationView, SessionStatus},
    store::{
        audit::Trail,
        connection::{backend::Durability, either::ConnectionMut},
        end::{End, EndCondition, end_one},
        feed::{FeedPosition, FeedRead},
    },
};

on_both! { Fixture:
    feed_is_read_while_requests_hold_every_connection;
    position_leaves_out_sessions_that_were_read;
    position_holds_after_ended_sessions_were_purged;
    changed_account_is_read_once;
    sweep_finds_the_end_by_a_server_whose_clock_is_behind;
}

async fn feed_is_read_while_requests_hold_every_connection(fixture: Fixture) {
    let (store, second) = (&fixture.store, Duration::from_secs(1));
    let mut held = Vec::new();
    while let Ok(connection) = tokio::time::timeout(second / 5, store.backend.read()).await {
        held.push(connection.expect("a connection"));
    }
    assert!(held.len() >= 4);
    let read = tokio::time::timeout(second, store.read_feed(at(1), None)).await;
    let read = read.expect("in time").expect("read");
    assert_eq!(read.ended, []);
}

async fn sweep_finds_the_end_by_a_server_whose_clock_is_behind(fixture: Fixture) {
    let (store, session) = (&fixture.store, fixture.session);
    let memory = Duration::from_secs(1500);
    let view = Arc::new(RevocationView::new(memory));
    let feed = RevocationFeed {
        store: store.clone(),
        view: Arc::clone(&view),
        shown: Arc::default(),
        memory,
        clock: Arc::new(SystemClock),
        #[cfg(feature = "testing")]
        panics: Arc::default(),
    };
    let behind = SystemClock.now() - MAX_FEED_DELAY * 2;
    let ended = store.end_session(session, None, EndReason::Revoked, behind, Actor::Operator);
    assert_eq!(ended.await.expect("ended"), Some(true));
    assert_eq!(view.status(session), SessionStatus::Unknown);
    feed.sweep_once().await;
    assert_eq!(view.status(session), SessionStatus::Ended);
}

/// The clocks of two servers differ, so the session that ends last has the earlier time.
async fn position_leaves_out_sessions_that_were_read(fixture: Fixture) {
    let (store, first) = (&fixture.store, fixture.session);
    let second = fixture.begin_another().await;
    let end =
        |session, now| store.end_session(session, None, EndReason::Revoked, now, Actor::Operator);
    assert_eq!(end(first, at(12)).await.expect("ended"), Some(true));
    let read = async |since, position: Option<&FeedPosition>| {
        store.read_feed(at(since), position).await.expect("read")
    };
    let position = loop {
        let FeedRead {
            ended, position, ..
        } = read(1, None).await;
        assert_eq!(ended, [(first, at(12))]);
        // On PostgreSQL, a transaction of another test may be running.
        if read(1, Some(&position)).await.ended.is_empty() {
            break position;
        }
    };
    assert_eq!(end(second, at(11)).await.expect("ended"), Some(true));
    let ended = read(1, Some(&position)).await.ended;
    assert_eq!(ended, [(second, at(11))]);
    let ended = read(11, Some(&position)).await.ended;
    assert!(!ended.contains(&(second, at(11))), "the time counts too");
}

async fn position_holds_after_ended_sessions_were_purged(fixture: Fixture) {
    let (store, first) = (&fixture.store, fixture.session);
    let end =
        |session| store.end_session(session, None, EndReason::Revoked, at(12), Actor::Operator);
    assert_eq!(end(first).await.expect("ended"), Some(true));
    let position = store.read_feed(at(1), None).await.expect("read").position;
    fixture
        .run("DELETE FROM sessions WHERE ended_at IS NOT NULL")
        .await;
    let second = fixture.begin_another().await;
    assert_eq!(end(second).await.expect("ended"), Some(true));
    let read = store.read_feed(at(1), Some(&position)).await;
    assert_eq!(read.expect("read").ended, [(second, at(12))]);
}

async fn changed_account_is_read_once(fixture: Fixture) {
    let (store, account) = (&fixture.store, fixture.account);
    let read = async |position: Option<&FeedPosition>| {
        let read = store.read_feed(at(1), position).await.expect("read");
        (read.changed, read.position)
    };
    let (changed, first) = read(None).await;
    assert_eq!(changed, None, "any may have changed");
    let rename = store.rename_account(AccountName::Email(KEY), "Ada L.", at(5), Actor::Operator);
    assert_eq!(rename.await.expect("renamed"), Some((account, true)));
    let (changed, second) = read(Some(&first)).await;
    assert_eq!(changed, Some(vec![account]));
    for statement in [
        "UPDATE accounts SET last_login_at = 5",
        "UPDATE accounts SET name = name, email = email",
    ] {
        fixture.run(statement).await;
    }
    let mut position = second;
    // On PostgreSQL, a transaction of another test may be running.
    while read(Some(&position)).await.0 != Some(Vec::new()) {
        position = read(Some(&position)).await.1;
    }
    for change in [
        "UPDATE accounts SET email = 'x'",
        "UPDATE accounts SET is_admin = TRUE",
        "UPDATE accounts SET is_active = FALSE",
    ] {
        fixture.run(change).await;
        let (changed, next) = read(Some(&position)).await;
        assert_eq!(changed, Some(vec![account]), "{change}");
        position = next;
    }
}

/// A transaction that was running during a read is read when it has committed.
#[tokio::test]
async fn end_that_is_committed_late_is_read() {
    let fixture = Fixture::on_postgres().await;
    let (store, session) = (&fixture.store, fixture.session);
    let mut late = store.backend.begin(Durability::Full).await.expect("begun");
    let ConnectionMut::Postgres(connection) = late.as_mut() else {
        unreachable!("opened as PostgreSQL")
    };
    let (trail, end) = (&mut Trail::default(), End::replaced(at(9)));
    let ended = end_one(connection, trail, session, end, EndCondition::Any).await;
    assert!(ended.expect("ended"));
    // A later transaction ends before it.
    fixture.begin_another().await;
    let read = store.read_feed(at(1), None).await.expect("read");
    assert_eq!(read.ended, []);
    late.finish(Ok(())).await.expect("committed");
    let read = store.read_feed(at(1), Some(&read.position)).await;
    assert_eq!(read.expect("read").ended, [(session, at(9))]);
}
