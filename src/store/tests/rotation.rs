//! The writes of the rotation, and their conditions.

use super::*;
use crate::rotation::{Presented, Record};

on_both! { Fixture:
    mismatched_claims_do_not_rotate;
    claims_of_an_inactive_account_do_not_rotate;
    matching_claims_rotate_once;
    claims_of_an_ended_session_do_not_rotate;
    rotation_requires_the_judged_state;
    lost_generation_is_replaced_only_if_unconfirmed;
    heal_stores_the_presented_token_and_its_parent;
    replay_only_moves_handed_at_forward;
    ended_session_is_never_changed;
    session_of_inactive_account_is_never_changed;
    concurrent_rotations_of_one_state_write_once;
    reuse_ends_the_session_and_is_recorded;
}

/// The record of a session after the sign-in.
pub(super) const INITIAL: Record = Record {
    generation: 0,
    parent: None,
    handed_at: Timestamp::from_seconds(2),
    confirmed_at: None,
};

/// A token that the database has forgotten.
const FORGOTTEN_TOKEN: Presented = Presented {
    generation: 7,
    parent: Some(5),
};

impl Fixture {
    pub(super) async fn record(&self) -> Record {
        let row = self.store.session(self.session).await.expect("read");
        row.expect("the session").record()
    }

    /// The claims of the first refresh token, when it is due.
    fn claimed(&self) -> ClaimedState {
        ClaimedState {
            session: self.session,
            key_hash: vec![7; 32],
            generation: 0,
            handed_at: at(2)..at(3),
            next: 1,
            now: at(50),
        }
    }

    async fn rotate_from_claims(&self, claimed: ClaimedState) -> Option<Holder> {
        let rotated = self.store.rotate_from_claims(claimed).await;
        rotated.expect("done")
    }

    pub(super) async fn rotate(
        &self,
        judged: &Record,
        presented: u32,
        next: u32,
        now: i64,
    ) -> bool {
        let rotated = self
            .store
            .rotate(self.session, judged, presented, next, at(now));
        rotated.await.expect("done")
    }

    async fn heal(&self, judged: &Record, now: i64) -> bool {
        let healed = self
            .store
            .heal(self.session, judged, FORGOTTEN_TOKEN, at(now));
        healed.await.expect("done")
    }

    pub(super) async fn replay(&self, judged: &Record, now: i64) -> bool {
        let replayed = self.store.replay(self.session, judged, at(now));
        replayed.await.expect("done")
    }

    async fn end_for_reuse(&self, judged: &Record, now: i64) -> bool {
        let ended = self.store.end_for_reuse(self.session, judged, at(now));
        ended.await.expect("done")
    }
}

async fn mismatched_claims_do_not_rotate(fixture: Fixture) {
    let mismatch = |change: fn(&mut ClaimedState)| {
        let mut claimed = fixture.claimed();
        change(&mut claimed);
        claimed
    };
    for claimed in [
        mismatch(|claimed| claimed.session = SessionId::new(at(2))),
        mismatch(|claimed| claimed.key_hash = vec![8; 32]),
        mismatch(|claimed| claimed.generation = 1),
        mismatch(|claimed| claimed.handed_at = at(1)..at(2)),
        mismatch(|claimed| claimed.handed_at = at(3)..at(4)),
        // The session has expired.
        mismatch(|claimed| claimed.now = at(1_000)),
    ] {
        assert!(fixture.rotate_from_claims(claimed).await.is_none());
    }
    assert_eq!(fixture.record().await, INITIAL);
}

async fn claims_of_an_inactive_account_do_not_rotate(fixture: Fixture) {
    fixture.run("UPDATE accounts SET is_active = FALSE").await;
    let rotated = fixture.rotate_from_claims(fixture.claimed()).await;
    assert!(rotated.is_none(), "the account is not active");
    fixture.run("UPDATE accounts SET is_active = TRUE").await;
    let rotated = fixture.rotate_from_claims(fixture.claimed()).await;
    assert!(rotated.is_some(), "the claims match");
}

async fn matching_claims_rotate_once(fixture: Fixture) {
    let rotated = fixture.rotate_from_claims(fixture.claimed()).await;
    let holder = rotated.expect("the claims match");
    assert_eq!(holder.account_id, fixture.account);
    assert_eq!((holder.email.as_str(), holder.name.as_str()), (KEY, "Ada"));
    assert_eq!((holder.expires_at, holder.is_admin), (at(1_000), false));
    let rotated = Record {
        generation: 1,
        parent: Some(0),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(fixture.record().await, rotated);
    let again = fixture.rotate_from_claims(fixture.claimed()).await;
    assert!(again.is_none(), "the claims no longer match");
}

async fn claims_of_an_ended_session_do_not_rotate(fixture: Fixture) {
    let rotated = fixture.rotate_from_claims(fixture.claimed()).await;
    assert!(rotated.is_some(), "the claims match");
    let reason = EndReason::SignedOut;
    let ended = fixture
        .store
        .end_session(fixture.session, None, reason, at(60), Actor::Operator)
        .await;
    assert_eq!(ended.expect("ended"), Some(true));
    let next = ClaimedState {
        generation: 1,
        handed_at: at(50)..at(51),
        next: 2,
        now: at(90),
        ..fixture.claimed()
    };
    let rotated = fixture.rotate_from_claims(next).await;
    assert!(rotated.is_none(), "the session has ended");
}

async fn rotation_requires_the_judged_state(fixture: Fixture) {
    assert!(fixture.rotate(&INITIAL, 0, 1, 50).await);
    let second = Record {
        generation: 1,
        parent: Some(0),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(fixture.record().await, second);

    let stale = [
        INITIAL,
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
        let presented = judged.generation;
        assert!(
            !fixture.rotate(&judged, presented, 9, 60).await,
            "{judged:?}"
        );
    }
    assert_eq!(fixture.record().await, second);
    assert_eq!(fixture.count("sessions").await, 1, "a refresh adds no row");
}

async fn lost_generation_is_replaced_only_if_unconfirmed(fixture: Fixture) {
    assert!(fixture.rotate(&INITIAL, 0, 1, 50).await);
    let lost = fixture.record().await;
    assert!(fixture.rotate(&lost, 0, 2, 900).await);
    let second = Record {
        generation: 2,
        parent: Some(0),
        handed_at: at(900),
        confirmed_at: None,
    };
    assert_eq!(fixture.record().await, second);

    let used = [(fixture.session, 2, at(901))];
    fixture.store.confirm(&used).await.expect("done");
    let rotated = fixture.rotate(&second, 0, 3, 1_900).await;
    assert!(!rotated, "the current generation is confirmed");
    let rotated = fixture.rotate(&second, 2, 3, 1_900).await;
    assert!(rotated, "the current generation may rotate");
}

async fn heal_stores_the_presented_token_and_its_parent(fixture: Fixture) {
    assert!(fixture.heal(&INITIAL, 50).await);
    let healed = Record {
        generation: 7,
        parent: Some(5),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(fixture.record().await, healed);
    assert!(!fixture.heal(&INITIAL, 60).await, "the state has changed");
    assert_eq!(fixture.record().await, healed);
}

async fn replay_only_moves_handed_at_forward(fixture: Fixture) {
    for (now, handed_at) in [(50, 50), (40, 50), (60, 60)] {
        assert!(fixture.replay(&INITIAL, now).await);
        let expected = Record {
            handed_at: at(handed_at),
            ..INITIAL
        };
        assert_eq!(fixture.record().await, expected);
    }
    let stale = [
        Record {
            generation: 1,
            ..INITIAL
        },
        Record {
            confirmed_at: Some(at(3)),
            ..INITIAL
        },
    ];
    for judged in stale {
        assert!(!fixture.replay(&judged, 70).await, "{judged:?}");
    }
}

async fn assert_unchanged_by_writes(fixture: &Fixture) {
    assert!(!fixture.rotate(&INITIAL, 0, 1, 10).await);
    assert!(!fixture.heal(&INITIAL, 10).await);
    assert!(!fixture.replay(&INITIAL, 10).await);
    assert_eq!(fixture.record().await, INITIAL);
}

async fn ended_session_is_never_changed(fixture: Fixture) {
    fixture.end(EndReason::SignedOut, Actor::Operator).await;
    assert_unchanged_by_writes(&fixture).await;
    assert!(
        !fixture.end_for_reuse(&INITIAL, 10).await,
        "the session has ended already"
    );
}

async fn session_of_inactive_account_is_never_changed(fixture: Fixture) {
    fixture
        .run("UPDATE accounts SET is_active = NOT is_active")
        .await;
    assert_unchanged_by_writes(&fixture).await;
}

async fn concurrent_rotations_of_one_state_write_once(fixture: Fixture) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (store, session) = (fixture.store.clone(), fixture.session);
        tasks.spawn(async move { store.rotate(session, &INITIAL, 0, 1, at(50)).await });
    }
    let written = tasks.join_all().await.into_iter();
    let written = written.filter(|written| *written.as_ref().expect("done"));
    assert_eq!(written.count(), 1);
}

async fn reuse_ends_the_session_and_is_recorded(fixture: Fixture) {
    let before = fixture.count("audit_events").await;
    assert!(fixture.end_for_reuse(&INITIAL, 9).await);
    assert_eq!(fixture.count("audit_events").await, before + 1);
    let feed = fixture.store.ended_since(at(8)).await.expect("read");
    assert_eq!(feed, [(fixture.session, at(9))]);
    assert_eq!(fixture.store.ended_since(at(9)).await.expect("read"), []);
}
