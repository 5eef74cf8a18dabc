//! What the rotation writes, and what keeps it from writing.

use super::*;
use crate::rotation::{Presented, Record};

on_both! { Fixture:
    what_the_token_tells_is_rotated_where_it_is_so;
    rotating_takes_the_state_that_was_judged;
    a_successor_for_a_lost_one_needs_it_unused;
    healing_takes_what_was_presented_with_its_parent;
    replaying_moves_the_moment_forward_alone;
    a_session_that_ended_is_never_moved;
    an_account_that_is_off_moves_nothing;
    of_a_hundred_rotations_of_one_state_one_happens;
    a_reuse_ends_the_session_and_is_recorded;
}

/// As it is after signing in.
pub(super) const FIRST: Record = Record {
    generation: 0,
    parent: None,
    handed_at: Timestamp::from_seconds(2),
    confirmed_at: None,
};

/// A token that the database has forgotten.
const FORGOTTEN: Presented = Presented {
    generation: 7,
    parent: Some(5),
};

impl Fixture {
    pub(super) async fn record(&self) -> Record {
        let row = self.store.session(self.session).await.expect("read");
        row.expect("there").record()
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
        let healed = self.store.heal(self.session, judged, FORGOTTEN, at(now));
        healed.await.expect("done")
    }

    pub(super) async fn replay(&self, judged: &Record, now: i64) -> bool {
        let replayed = self.store.replay(self.session, judged, at(now));
        replayed.await.expect("done")
    }

    async fn ends_for_reuse(&self, judged: &Record, now: i64) -> bool {
        let ended = self.store.end_for_reuse(self.session, judged, at(now));
        ended.await.expect("done")
    }
}

async fn what_the_token_tells_is_rotated_where_it_is_so(fixture: Fixture) {
    let claimed = || ClaimedState {
        session: fixture.session,
        key_hash: vec![7; 32],
        generation: 0,
        handed_at: at(2)..at(3),
        next: 1,
        now: at(50),
    };
    let rotate = async |claimed: ClaimedState| {
        let rotated = fixture.store.rotate_from_claims(claimed).await;
        rotated.expect("done")
    };
    let not_so = [
        ClaimedState {
            session: SessionId::new(at(2)),
            ..claimed()
        },
        ClaimedState {
            key_hash: vec![8; 32],
            ..claimed()
        },
        ClaimedState {
            generation: 1,
            ..claimed()
        },
        ClaimedState {
            handed_at: at(1)..at(2),
            ..claimed()
        },
        ClaimedState {
            handed_at: at(3)..at(4),
            ..claimed()
        },
        // When it is over.
        ClaimedState {
            now: at(1_000),
            ..claimed()
        },
    ];
    for claimed in not_so {
        assert!(rotate(claimed).await.is_none());
    }
    assert_eq!(fixture.record().await, FIRST);

    fixture.run("UPDATE accounts SET is_active = FALSE").await;
    assert!(rotate(claimed()).await.is_none(), "the account is off");
    fixture.run("UPDATE accounts SET is_active = TRUE").await;

    let holder = rotate(claimed()).await.expect("it is so");
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
    assert!(rotate(claimed()).await.is_none(), "once");

    let again = ClaimedState {
        generation: 1,
        handed_at: at(50)..at(51),
        next: 2,
        now: at(90),
        ..claimed()
    };
    let reason = EndReason::SignedOut;
    let ended = fixture
        .store
        .end_session(fixture.session, reason, at(60))
        .await;
    assert!(ended.expect("ended"));
    assert!(rotate(again).await.is_none(), "it has ended");
}

async fn rotating_takes_the_state_that_was_judged(fixture: Fixture) {
    assert!(fixture.rotate(&FIRST, 0, 1, 50).await);
    let second = Record {
        generation: 1,
        parent: Some(0),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(fixture.record().await, second);

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
        let presented = judged.generation;
        assert!(
            !fixture.rotate(&judged, presented, 9, 60).await,
            "{judged:?}"
        );
    }
    assert_eq!(fixture.record().await, second);
    assert_eq!(fixture.count("sessions").await, 1, "a refresh adds no row");
}

async fn a_successor_for_a_lost_one_needs_it_unused(fixture: Fixture) {
    assert!(fixture.rotate(&FIRST, 0, 1, 50).await);
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
    assert!(
        !fixture.rotate(&second, 0, 3, 1_900).await,
        "used meanwhile"
    );
    assert!(
        fixture.rotate(&second, 2, 3, 1_900).await,
        "the current one may"
    );
}

async fn healing_takes_what_was_presented_with_its_parent(fixture: Fixture) {
    assert!(fixture.heal(&FIRST, 50).await);
    let healed = Record {
        generation: 7,
        parent: Some(5),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(fixture.record().await, healed);
    assert!(!fixture.heal(&FIRST, 60).await, "another was faster");
    assert_eq!(fixture.record().await, healed);
}

async fn replaying_moves_the_moment_forward_alone(fixture: Fixture) {
    for (now, handed_at) in [(50, 50), (40, 50), (60, 60)] {
        assert!(fixture.replay(&FIRST, now).await);
        let expected = Record {
            handed_at: at(handed_at),
            ..FIRST
        };
        assert_eq!(fixture.record().await, expected);
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
        assert!(!fixture.replay(&judged, 70).await, "{judged:?}");
    }
}

async fn moves_nothing(fixture: &Fixture) {
    assert!(!fixture.rotate(&FIRST, 0, 1, 10).await);
    assert!(!fixture.heal(&FIRST, 10).await);
    assert!(!fixture.replay(&FIRST, 10).await);
    assert_eq!(fixture.record().await, FIRST);
}

async fn a_session_that_ended_is_never_moved(fixture: Fixture) {
    let ended = fixture
        .store
        .end_session(fixture.session, EndReason::SignedOut, at(9));
    ended.await.expect("ended");
    moves_nothing(&fixture).await;
    assert!(
        !fixture.ends_for_reuse(&FIRST, 10).await,
        "it has ended already"
    );
}

async fn an_account_that_is_off_moves_nothing(fixture: Fixture) {
    fixture
        .run("UPDATE accounts SET is_active = NOT is_active")
        .await;
    moves_nothing(&fixture).await;
}

async fn of_a_hundred_rotations_of_one_state_one_happens(fixture: Fixture) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (store, session) = (fixture.store.clone(), fixture.session);
        tasks.spawn(async move { store.rotate(session, &FIRST, 0, 1, at(50)).await });
    }
    let moved = tasks
        .join_all()
        .await
        .into_iter()
        .filter(|moved| *moved.as_ref().expect("done"));
    assert_eq!(moved.count(), 1);
}

async fn a_reuse_ends_the_session_and_is_recorded(fixture: Fixture) {
    let before = fixture.count("audit_events").await;
    assert!(fixture.ends_for_reuse(&FIRST, 9).await);
    assert_eq!(fixture.count("audit_events").await, before + 1);
    let feed = fixture.store.ended_since(at(8)).await.expect("read");
    assert_eq!(feed, [(fixture.session, at(9))]);
    assert_eq!(fixture.store.ended_since(at(9)).await.expect("read"), []);
}
