//! The life cycle of keys, one rule at a time.

mod histories;

use super::*;

const START: i64 = 1_800_000_000;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The maximum number of rounds until no step is due.
const MAX_ROUNDS: usize = 3;

const POLICY: KeyPolicy = KeyPolicy {
    key_age: Duration::from_secs(90 * DAY),
    max_token_lifetime: Duration::from_secs(7 * DAY),
};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(START) + Duration::from_secs(seconds)
}

/// A model of the database: its methods do the same as the statements of the store.
#[derive(Debug, Default)]
struct Database(Vec<KeyLife>);

impl Database {
    fn add(&mut self, key: KeyLife) -> bool {
        let is_free = self.0.iter().all(|other| other.number != key.number);
        if is_free {
            self.0.push(key);
        }
        is_free
    }

    fn replace(&mut self, key: KeyLife) {
        if self.add(key) {
            let before = self.0.iter_mut().filter(|other| other.number < key.number);
            for other in before {
                let earlier = other.revoked_at.filter(|at| *at <= key.signs_from);
                other.revoked_at = earlier.or(Some(key.signs_from));
            }
        }
    }

    fn perform(&mut self, step: Step) {
        match step {
            Step::Create(key) => drop(self.add(key)),
            Step::Extend { number, until } => {
                let key = self.0.iter_mut().find(|key| key.number == number);
                if let Some(key) = key {
                    key.verifies_until = key.verifies_until.max(until);
                }
            }
            Step::Retire { number, cutoff } => {
                let last = self.0.iter().map(|key| key.number).max();
                self.0.retain(|key| {
                    key.number != number || key.verifies_until > cutoff || Some(number) == last
                });
            }
        }
    }

    fn apply_due_steps(&mut self, policy: &KeyPolicy, now: Timestamp) {
        for _ in 0..MAX_ROUNDS {
            let steps = due_steps(&self.0, policy, now);
            if steps.is_empty() {
                return;
            }
            for step in steps {
                self.perform(step);
            }
        }
        panic!("steps are still due after {MAX_ROUNDS} rounds: {self:?}");
    }

    fn state(&self, number: i64, now: Timestamp) -> Option<KeyState> {
        let key = self.0.iter().find(|key| key.number == number)?;
        Some(state(&self.0, key, &POLICY, now))
    }
}

#[test]
fn key_is_published_signs_verifies_and_is_retired() {
    let mut database = Database::default();
    database.apply_due_steps(&POLICY, at(0));
    let first = KeyState::Signing {
        since: at(0),
        until: at(90 * DAY),
    };
    assert_eq!(
        database.state(1, at(0)),
        Some(first),
        "the first key signs at once"
    );

    // Every hour, because only the times in the database may matter.
    let published = 90 * DAY - 10 * MINUTE;
    for hour in 0..90 * 24 {
        database.apply_due_steps(&POLICY, at(hour * HOUR));
    }
    assert_eq!(database.0.len(), 1);
    database.apply_due_steps(&POLICY, at(published));
    let next = KeyState::Published {
        since: at(published),
        until: at(90 * DAY),
    };
    assert_eq!(database.state(2, at(90 * DAY - 1)), Some(next));
    assert_eq!(database.state(1, at(90 * DAY - 1)), Some(first));

    let next = KeyState::Signing {
        since: at(90 * DAY),
        until: at(180 * DAY),
    };
    assert_eq!(database.state(2, at(90 * DAY)), Some(next));
    let Some(KeyState::Verifying { since, until }) = database.state(1, at(90 * DAY)) else {
        panic!("{database:?}");
    };
    assert_eq!(since, at(90 * DAY));
    let last_token = at(97 * DAY);
    assert!(
        until >= last_token && until <= last_token + seconds(2 * HOUR),
        "{until:?}"
    );

    database.apply_due_steps(&POLICY, until);
    assert_eq!(database.0.len(), 2, "the clock of a process may be behind");
    database.apply_due_steps(&POLICY, until + MAX_CLOCK_SKEW);
    assert_eq!(database.state(1, until + MAX_CLOCK_SKEW), None);
}

#[test]
fn changed_lifetime_never_lowers_verifies_until() {
    let mut database = Database::default();
    database.apply_due_steps(&POLICY, at(0));
    let verifies_until = database.0[0].verifies_until;
    let shorter = KeyPolicy {
        max_token_lifetime: seconds(HOUR),
        ..POLICY
    };
    database.apply_due_steps(&shorter, at(HOUR));
    assert_eq!(database.0[0].verifies_until, verifies_until);
    let longer = KeyPolicy {
        max_token_lifetime: seconds(30 * DAY),
        ..POLICY
    };
    database.add(next(&database.0, PREPUBLISH, &shorter, at(HOUR)));
    database.apply_due_steps(&longer, at(HOUR));
    assert!(database.0[0].verifies_until >= at(HOUR + 30 * DAY));
    let signs_from = at(HOUR) + PREPUBLISH;
    let verifies_until = database.0[1].verifies_until;
    assert!(
        verifies_until >= signs_from + longer.max_token_lifetime,
        "extended before it signs"
    );
}

#[test]
fn overdue_key_signs_until_its_successor_is_known() {
    let mut database = Database::default();
    database.apply_due_steps(&POLICY, at(0));
    let year = at(365 * DAY);
    database.apply_due_steps(&POLICY, year);
    assert_eq!(signer(&database.0, year).map(|key| key.number), Some(1));
    assert!(database.0[0].verifies_until > year + POLICY.max_token_lifetime);
    assert_eq!(
        successor(&database.0, year).map(|key| key.signs_from),
        Some(year + PREPUBLISH)
    );
}

#[test]
fn keys_from_a_wrong_clock_are_ignored() {
    let mut database = Database::default();
    database.apply_due_steps(&POLICY, at(0));
    database.apply_due_steps(&POLICY, at(300 * DAY));
    assert_eq!(database.0.len(), 2);
    // The clock is set right, and 90 days pass.
    assert_eq!(signer(&database.0, at(60)).map(|key| key.number), Some(1));
    database.apply_due_steps(&POLICY, at(90 * DAY));
    assert_eq!(database.0.len(), 3);
    assert_eq!(
        signer(&database.0, at(91 * DAY)).map(|key| key.number),
        Some(3)
    );
    assert_eq!(
        signer(&database.0, at(301 * DAY)).map(|key| key.number),
        Some(3)
    );

    let ahead = Database(vec![next(&[], PREPUBLISH, &POLICY, at(DAY))]);
    assert!(
        signer(&ahead.0, at(0)).is_some(),
        "the only key signs, whatever the clock says"
    );
}

#[test]
fn revocation_takes_effect_when_the_next_key_signs() {
    let mut database = Database::default();
    database.apply_due_steps(&POLICY, at(0));
    database.add(next(&database.0, PREPUBLISH, &POLICY, at(DAY)));
    database.replace(next(&database.0, EMERGENCY_PREPUBLISH, &POLICY, at(DAY)));
    let revoked_at = at(DAY + 60);
    let before = revoked_at - Duration::from_micros(1);
    assert_eq!(signer(&database.0, before).map(|key| key.number), Some(1));
    let never_signs = database.state(2, before);
    assert!(
        matches!(never_signs, Some(KeyState::Revoked { .. })),
        "{never_signs:?}"
    );
    for now in [revoked_at, revoked_at + PREPUBLISH] {
        assert_eq!(signer(&database.0, now).map(|key| key.number), Some(3));
        for number in [1, 2] {
            let state = database.state(number, now);
            let is_revoked =
                matches!(state, Some(KeyState::Revoked { since, .. }) if since == revoked_at);
            assert!(is_revoked, "{number}: {state:?}");
        }
    }
    database.replace(next(
        &database.0,
        EMERGENCY_PREPUBLISH,
        &POLICY,
        at(2 * DAY),
    ));
    assert_eq!(
        database.0[0].revoked_at,
        Some(revoked_at),
        "an earlier revocation stays"
    );
}
