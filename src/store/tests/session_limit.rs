//! The limit of live sessions of an account.

use tokio::task::JoinSet;

use super::{rotation::INITIAL, *};

on_both! { Fixture:
    sign_in_above_the_limit_ends_the_session_refreshed_longest_ago;
    lowered_limit_ends_all_sessions_above_it;
    replaced_session_does_not_count;
    concurrent_sign_ins_keep_the_limit;
}

/// A session of the account, which may have `max` live sessions, begun at a time.
fn session(fixture: &Fixture, max: u32, now: i64) -> NewSession {
    NewSession {
        now: at(now),
        max_sessions: max,
        ..new_session(fixture.account)
    }
}

/// Begins the session, and returns those that ended because of the limit.
async fn begin(fixture: &Fixture, new: &NewSession, replaced: &[SessionId]) -> Vec<SessionId> {
    let begun = fixture.store.begin_session(new, replaced, false).await;
    begun.expect("done").expect("begun")
}

async fn live(fixture: &Fixture) -> usize {
    let listed = fixture
        .store
        .live_sessions(Some(fixture.account), live_at(50), 100)
        .await;
    listed.expect("listed").len()
}

async fn sign_in_above_the_limit_ends_the_session_refreshed_longest_ago(fixture: Fixture) {
    let second = session(&fixture, 2, 10);
    assert_eq!(begin(&fixture, &second, &[]).await, []);
    // The first session is refreshed after the second has begun.
    let refreshed = fixture
        .store
        .rotate(fixture.session, &INITIAL, 0, 1, at(20));
    assert!(refreshed.await.expect("done"));
    let before = fixture.count("audit_events").await;
    let third = session(&fixture, 2, 30);
    assert_eq!(begin(&fixture, &third, &[]).await, [second.id]);
    let row = fixture.store.session(second.id).await.expect("read");
    assert!(row.expect("kept").is_ended_by(EndReason::SessionLimit));
    assert_eq!(live(&fixture).await, 2);
    let events = fixture.count("audit_events").await;
    assert_eq!(events, before + 2, "the sign-in and the end");
    let feed = fixture.store.ended_since(at(29)).await.expect("read");
    assert_eq!(feed, [(second.id, at(30))], "other processes learn of it");
}

async fn lowered_limit_ends_all_sessions_above_it(fixture: Fixture) {
    for now in 10..15 {
        begin(&fixture, &session(&fixture, 100, now), &[]).await;
    }
    let last = session(&fixture, 1, 20);
    assert_eq!(begin(&fixture, &last, &[]).await.len(), 6);
    let row = fixture.store.session(last.id).await.expect("read");
    assert!(!row.expect("begun").is_ended());
    assert_eq!(live(&fixture).await, 1);
}

async fn replaced_session_does_not_count(fixture: Fixture) {
    let second = session(&fixture, 2, 10);
    begin(&fixture, &second, &[]).await;
    let third = session(&fixture, 2, 20);
    assert_eq!(begin(&fixture, &third, &[second.id]).await, []);
    assert_eq!(live(&fixture).await, 2);
}

async fn concurrent_sign_ins_keep_the_limit(fixture: Fixture) {
    let mut tasks = JoinSet::new();
    for now in 10..30 {
        let (store, new) = (fixture.store.clone(), session(&fixture, 3, now));
        tasks.spawn(async move { store.begin_session(&new, &[], now % 2 == 0).await });
    }
    for begun in tasks.join_all().await {
        assert!(begun.expect("no statement fails").is_some());
    }
    assert_eq!(live(&fixture).await, 3);
}
