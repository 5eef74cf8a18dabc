//! Revoking every session, in batches.

use super::*;

on_both! { Fixture:
    every_live_session_is_revoked_in_batches;
    concurrent_batches_revoke_each_session_once;
}

async fn every_live_session_is_revoked_in_batches(fixture: Fixture) {
    fixture.add_sessions(600, at(1_000), None).await;
    fixture.add_sessions(3, at(20), None).await;
    let before = fixture.count("audit_events").await;
    let revoke = async || {
        let revoked = fixture
            .store
            .revoke_some_sessions(at(30), Actor::Operator)
            .await;
        revoked.expect("done").len()
    };
    let is_live = async || {
        let live = fixture.store.has_live_sessions(at(30)).await;
        live.expect("read")
    };
    assert!(is_live().await);
    let batches = [revoke().await, revoke().await, revoke().await];
    assert_eq!(batches, [500, 101, 0], "and no expired session");
    assert!(!is_live().await, "the expired ones are not live");
    let recorded = fixture.count("audit_events").await - before;
    assert_eq!(recorded, 601, "one event for each");
    let row = fixture.store.session(fixture.session).await.expect("read");
    assert!(row.expect("kept").is_ended_by(EndReason::Revoked));
}

async fn concurrent_batches_revoke_each_session_once(fixture: Fixture) {
    fixture.add_sessions(900, at(1_000), None).await;
    let revoke = async || {
        let mut revoked = Vec::new();
        loop {
            let batch = fixture
                .store
                .revoke_some_sessions(at(30), Actor::Operator)
                .await;
            match batch.expect("done") {
                batch if batch.is_empty() => return revoked,
                batch => revoked.extend(batch),
            }
        }
    };
    let (one, two) = tokio::join!(revoke(), revoke());
    let mut all = [one, two].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 901);
    assert_eq!(fixture.count("audit_events").await, 2 + 901);
}
