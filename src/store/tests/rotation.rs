//! What the rotation writes, and what keeps it from writing.

use super::*;
use crate::rotation::{Presented, Record};

contract! {
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

impl Bench {
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

async fn what_the_token_tells_is_rotated_where_it_is_so(bench: Bench) {
    let told = || Told {
        session: bench.session,
        key_hash: vec![7; 32],
        generation: 0,
        handed_at: at(2)..at(3),
        next: 1,
        now: at(50),
    };
    let rotate = async |told: Told| {
        let rotated = bench.store.rotate_as_told(told).await;
        rotated.expect("done")
    };
    let not_so = [
        Told {
            session: SessionId::new(at(2)),
            ..told()
        },
        Told {
            key_hash: vec![8; 32],
            ..told()
        },
        Told {
            generation: 1,
            ..told()
        },
        Told {
            handed_at: at(1)..at(2),
            ..told()
        },
        Told {
            handed_at: at(3)..at(4),
            ..told()
        },
        // When it is over.
        Told {
            now: at(1_000),
            ..told()
        },
    ];
    for told in not_so {
        assert!(rotate(told).await.is_none());
    }
    assert_eq!(bench.record().await, FIRST);

    bench.run("UPDATE accounts SET is_active = FALSE").await;
    assert!(rotate(told()).await.is_none(), "the account is off");
    bench.run("UPDATE accounts SET is_active = TRUE").await;

    let holder = rotate(told()).await.expect("it is so");
    assert_eq!(holder.account_id, bench.account);
    assert_eq!((holder.email.as_str(), holder.name.as_str()), (KEY, "Ada"));
    assert_eq!((holder.expires_at, holder.is_admin), (at(1_000), false));
    let rotated = Record {
        generation: 1,
        parent: Some(0),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(bench.record().await, rotated);
    assert!(rotate(told()).await.is_none(), "once");

    let again = Told {
        generation: 1,
        handed_at: at(50)..at(51),
        next: 2,
        now: at(90),
        ..told()
    };
    let reason = EndReason::SignedOut;
    let ended = bench.store.end_session(bench.session, reason, at(60)).await;
    assert!(ended.expect("ended"));
    assert!(rotate(again).await.is_none(), "it has ended");
}

async fn rotating_takes_the_state_that_was_judged(bench: Bench) {
    assert!(bench.rotate(&FIRST, 0, 1, 50).await);
    let second = Record {
        generation: 1,
        parent: Some(0),
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
        let presented = judged.generation;
        assert!(!bench.rotate(&judged, presented, 9, 60).await, "{judged:?}");
    }
    assert_eq!(bench.record().await, second);
    assert_eq!(bench.count("sessions").await, 1, "a refresh adds no row");
}

async fn a_successor_for_a_lost_one_needs_it_unused(bench: Bench) {
    assert!(bench.rotate(&FIRST, 0, 1, 50).await);
    let lost = bench.record().await;
    assert!(bench.rotate(&lost, 0, 2, 900).await);
    let second = Record {
        generation: 2,
        parent: Some(0),
        handed_at: at(900),
        confirmed_at: None,
    };
    assert_eq!(bench.record().await, second);

    let used = [(bench.session, 2, at(901))];
    bench.store.confirm(&used).await.expect("done");
    assert!(!bench.rotate(&second, 0, 3, 1_900).await, "used meanwhile");
    assert!(
        bench.rotate(&second, 2, 3, 1_900).await,
        "the current one may"
    );
}

async fn healing_takes_what_was_presented_with_its_parent(bench: Bench) {
    assert!(bench.heal(&FIRST, 50).await);
    let healed = Record {
        generation: 7,
        parent: Some(5),
        handed_at: at(50),
        confirmed_at: None,
    };
    assert_eq!(bench.record().await, healed);
    assert!(!bench.heal(&FIRST, 60).await, "another was faster");
    assert_eq!(bench.record().await, healed);
}

async fn replaying_moves_the_moment_forward_alone(bench: Bench) {
    for (now, handed_at) in [(50, 50), (40, 50), (60, 60)] {
        assert!(bench.replay(&FIRST, now).await);
        let expected = Record {
            handed_at: at(handed_at),
            ..FIRST
        };
        assert_eq!(bench.record().await, expected);
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
        assert!(!bench.replay(&judged, 70).await, "{judged:?}");
    }
}

async fn moves_nothing(bench: &Bench) {
    assert!(!bench.rotate(&FIRST, 0, 1, 10).await);
    assert!(!bench.heal(&FIRST, 10).await);
    assert!(!bench.replay(&FIRST, 10).await);
    assert_eq!(bench.record().await, FIRST);
}

async fn a_session_that_ended_is_never_moved(bench: Bench) {
    let ended = bench
        .store
        .end_session(bench.session, EndReason::SignedOut, at(9));
    ended.await.expect("ended");
    moves_nothing(&bench).await;
    assert!(
        !bench.ends_for_reuse(&FIRST, 10).await,
        "it has ended already"
    );
}

async fn an_account_that_is_off_moves_nothing(bench: Bench) {
    bench
        .run("UPDATE accounts SET is_active = NOT is_active")
        .await;
    moves_nothing(&bench).await;
}

async fn of_a_hundred_rotations_of_one_state_one_happens(bench: Bench) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (store, session) = (bench.store.clone(), bench.session);
        tasks.spawn(async move { store.rotate(session, &FIRST, 0, 1, at(50)).await });
    }
    let moved = tasks
        .join_all()
        .await
        .into_iter()
        .filter(|moved| *moved.as_ref().expect("done"));
    assert_eq!(moved.count(), 1);
}

async fn a_reuse_ends_the_session_and_is_recorded(bench: Bench) {
    let before = bench.count("audit_events").await;
    assert!(bench.ends_for_reuse(&FIRST, 9).await);
    assert_eq!(bench.count("audit_events").await, before + 1);
    let feed = bench.store.ended_since(at(8)).await.expect("read");
    assert_eq!(feed, [(bench.session, at(9))]);
    assert_eq!(bench.store.ended_since(at(9)).await.expect("read"), []);
}
