//! The limits on attempts: the statement decides as `Limit::judge` does, concurrent attempts
//! do not pass it, and the purge removes what no longer counts.

use std::time::Duration;

use testkit::rng::Rng;
use tokio::task::JoinSet;

use super::*;
use crate::attempts::{AttemptKey, Charge, Limit};

on_both! { Fixture:
    statement_decides_as_the_model_does;
    rejected_attempt_is_charged_to_no_key;
    concurrent_attempts_do_not_exceed_the_limit;
    refund_restores_the_budget;
    network_is_known_until_it_expires;
    purge_deletes_keys_that_no_longer_count;
}

fn limit(burst: u32, seconds: u64) -> Limit {
    Limit::new(burst, Duration::from_secs(seconds)).expect("valid")
}

fn charge(key: u8, limit: Limit) -> Charge {
    Charge {
        key: AttemptKey::from_bytes([key; 16]),
        limit,
    }
}

impl Fixture {
    /// Makes an attempt. Returns the time to wait if it is rejected.
    async fn attempt(&self, charges: &[Charge], now: Timestamp) -> Result<(), Duration> {
        match self.store.admit_attempt(charges, now).await {
            Err(StoreError::TooManyAttempts(wait)) => Err(wait),
            admitted => {
                admitted.expect("done");
                Ok(())
            }
        }
    }

    async fn free_at(&self, key: u8) -> Option<Timestamp> {
        let free_at = async {
            with_connection!(self.store.backend.read(), async |connection| {
                let query = sqlx::query_scalar("SELECT free_at FROM attempts WHERE key = $1");
                Ok(query
                    .bind(&[key; 16][..])
                    .fetch_optional(connection)
                    .await?)
            })
        };
        free_at.await.expect("read")
    }
}

/// With clocks that go forward, back, and far back.
async fn statement_decides_as_the_model_does(fixture: Fixture) {
    let mut rng = Rng::new(11);
    for key in 0..6 {
        let limit = limit(1 + u32::from(key) * 2, 10);
        let (mut state, mut now) = (None, at(1_000_000));
        for _ in 0..40 {
            now = match rng.between(0, 11) {
                0 => now - Duration::from_secs(3_600),
                1 => now + Duration::from_secs(3_600),
                2 => now - Duration::from_millis(rng.between(0, 20_000)),
                _ => now + Duration::from_millis(rng.between(0, 12_000)),
            };
            let judged = limit.judge(state, now);
            let decided = fixture.attempt(&[charge(key, limit)], now).await;
            assert_eq!(decided, judged.map(drop), "{state:?} {now:?} {limit:?}");
            state = judged.ok().or(state);
            assert_eq!(fixture.free_at(key).await, state);
        }
    }
}

async fn rejected_attempt_is_charged_to_no_key(fixture: Fixture) {
    let charges = [
        charge(1, limit(5, 60)),
        charge(2, limit(1, 600)),
        charge(3, limit(1, 60)),
    ];
    assert_eq!(fixture.attempt(&charges, at(100)).await, Ok(()));
    let before = fixture.free_at(1).await;
    let rejected = fixture.attempt(&charges, at(110)).await;
    assert_eq!(rejected, Err(Duration::from_secs(590)), "the longest wait");
    assert_eq!(fixture.free_at(1).await, before);
    assert_eq!(fixture.attempt(&charges, at(700)).await, Ok(()));
}

async fn concurrent_attempts_do_not_exceed_the_limit(fixture: Fixture) {
    let mut tasks = JoinSet::new();
    for n in 0..30 {
        let store = fixture.store.clone();
        // Some are charged to another key too.
        let charges = [charge(1, limit(7, 60)), charge(2 + n % 3, limit(100, 1))];
        tasks.spawn(async move { store.admit_attempt(&charges, at(100)).await });
    }
    let outcomes = tasks.join_all().await;
    let is_rejected = |outcome: &Result<(), _>| match outcome {
        Err(StoreError::TooManyAttempts(_)) => true,
        outcome => {
            assert!(outcome.is_ok(), "{outcome:?}");
            false
        }
    };
    assert_eq!(outcomes.iter().filter(|o| !is_rejected(o)).count(), 7);
}

async fn refund_restores_the_budget(fixture: Fixture) {
    let charges = [charge(1, limit(2, 60)), charge(2, limit(3, 60))];
    for second in 100..140 {
        let admitted = fixture.attempt(&charges, at(second)).await;
        assert_eq!(admitted, Ok(()), "all earlier ones were refunded");
        let refunded = fixture.store.refund_attempt(&charges, None).await;
        refunded.expect("done");
    }
    for _ in 0..2 {
        assert_eq!(fixture.attempt(&charges, at(140)).await, Ok(()));
    }
    assert!(fixture.attempt(&charges, at(140)).await.is_err());
}

async fn network_is_known_until_it_expires(fixture: Fixture) {
    let key = AttemptKey::from_bytes([9; 16]);
    let is_known = async |now| {
        let known = fixture.store.is_known_network(&key, now).await;
        known.expect("read")
    };
    assert!(!is_known(at(1)).await);
    for expires_at in [at(50), at(90)] {
        let stored = fixture.store.refund_attempt(&[], Some((key, expires_at)));
        stored.await.expect("done");
    }
    assert!(is_known(at(89)).await && !is_known(at(90)).await);
    assert_eq!(fixture.purge(Purgeable::KnownNetworks, at(90)).await, 0);
    assert_eq!(fixture.purge(Purgeable::KnownNetworks, at(91)).await, 1);
}

async fn purge_deletes_keys_that_no_longer_count(fixture: Fixture) {
    for (key, now) in [(1, at(100)), (2, at(101))] {
        let admitted = fixture.attempt(&[charge(key, limit(2, 10))], now).await;
        assert_eq!(admitted, Ok(()));
    }
    assert_eq!(fixture.purge(Purgeable::Attempts, at(110)).await, 0);
    assert_eq!(fixture.purge(Purgeable::Attempts, at(111)).await, 1);
    assert_eq!(
        (fixture.free_at(1).await, fixture.free_at(2).await),
        (None, Some(at(111)))
    );
    // The purge of a key does not change what is admitted.
    assert_eq!(
        limit(2, 10).judge(Some(at(110)), at(111)),
        limit(2, 10).judge(None, at(111))
    );
}
