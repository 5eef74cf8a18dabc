//! The moments of a key's life, one by one.

mod histories;

use super::*;

const START: i64 = 1_800_000_000;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What is due is done in one round, and the next sees it done.
const MOST_ROUNDS: usize = 3;

const TERMS: Terms = Terms {
    key_age: Duration::from_secs(90 * DAY),
    longest_token: Duration::from_secs(7 * DAY),
};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(START) + Duration::from_secs(seconds)
}

/// The database, as its statements treat the keys.
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

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Make(key) => drop(self.add(key)),
            Step::Promise { number, until } => {
                let key = self.0.iter_mut().find(|key| key.number == number);
                if let Some(key) = key {
                    key.verifies_until = key.verifies_until.max(until);
                }
            }
            Step::Retire { number, dead_since } => {
                let last = self.0.iter().map(|key| key.number).max();
                self.0.retain(|key| {
                    key.number != number || key.verifies_until > dead_since || Some(number) == last
                });
            }
        }
    }

    fn follow(&mut self, terms: &Terms, now: Timestamp) {
        for _ in 0..MOST_ROUNDS {
            let steps = judge(&self.0, terms, now);
            if steps.is_empty() {
                return;
            }
            for step in steps {
                self.carry_out(step);
            }
        }
        panic!("there is always something left to do: {self:?}");
    }

    fn state(&self, number: i64, now: Timestamp) -> Option<KeyState> {
        let key = self.0.iter().find(|key| key.number == number)?;
        Some(state(&self.0, key, &TERMS, now))
    }
}

#[test]
fn a_key_is_published_then_signs_then_verifies_and_is_gone() {
    let mut database = Database::default();
    database.follow(&TERMS, at(0));
    let first = KeyState::Signing {
        since: at(0),
        until: at(90 * DAY),
    };
    assert_eq!(
        database.state(1, at(0)),
        Some(first),
        "nobody has to be waited for"
    );

    // Every hour, as nothing but the moments counts.
    let published = 90 * DAY - 10 * MINUTE;
    for hour in 0..90 * 24 {
        database.follow(&TERMS, at(hour * HOUR));
    }
    assert_eq!(database.0.len(), 1);
    database.follow(&TERMS, at(published));
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

    database.follow(&TERMS, until);
    assert_eq!(database.0.len(), 2, "another clock may be behind");
    database.follow(&TERMS, until + CLOCKS_DIFFER);
    assert_eq!(database.state(1, until + CLOCKS_DIFFER), None);
}

#[test]
fn a_lowered_lifetime_takes_no_promise_back_and_a_longer_one_is_promised_first() {
    let mut database = Database::default();
    database.follow(&TERMS, at(0));
    let promised = database.0[0].verifies_until;
    let shorter = Terms {
        longest_token: seconds(HOUR),
        ..TERMS
    };
    database.follow(&shorter, at(HOUR));
    assert_eq!(database.0[0].verifies_until, promised);
    let longer = Terms {
        longest_token: seconds(30 * DAY),
        ..TERMS
    };
    database.add(next(&database.0, PREPUBLISH, &shorter, at(HOUR)));
    database.follow(&longer, at(HOUR));
    assert!(database.0[0].verifies_until >= at(HOUR + 30 * DAY));
    let takes_over = at(HOUR) + PREPUBLISH;
    let promised = database.0[1].verifies_until;
    assert!(
        promised >= takes_over + longer.longest_token,
        "before it signs"
    );
}

#[test]
fn an_installation_that_slept_goes_on_with_its_key_until_the_next_is_known() {
    let mut database = Database::default();
    database.follow(&TERMS, at(0));
    let year = at(365 * DAY);
    database.follow(&TERMS, year);
    assert_eq!(signer(&database.0, year).map(|key| key.number), Some(1));
    assert!(database.0[0].verifies_until > year + TERMS.longest_token);
    assert_eq!(
        successor(&database.0, year).map(|key| key.signs_from),
        Some(year + PREPUBLISH)
    );
}

#[test]
fn keys_that_a_wrong_clock_made_are_not_waited_for() {
    let mut database = Database::default();
    database.follow(&TERMS, at(0));
    database.follow(&TERMS, at(300 * DAY));
    assert_eq!(database.0.len(), 2);
    // Back again, and 90 days later by the right clock.
    assert_eq!(signer(&database.0, at(60)).map(|key| key.number), Some(1));
    database.follow(&TERMS, at(90 * DAY));
    assert_eq!(database.0.len(), 3);
    assert_eq!(
        signer(&database.0, at(91 * DAY)).map(|key| key.number),
        Some(3)
    );
    assert_eq!(
        signer(&database.0, at(301 * DAY)).map(|key| key.number),
        Some(3)
    );

    let ahead = Database(vec![next(&[], PREPUBLISH, &TERMS, at(DAY))]);
    assert!(
        signer(&ahead.0, at(0)).is_some(),
        "the only key signs, whatever the clock says"
    );
}

#[test]
fn keys_that_are_revoked_stop_vouching_when_the_next_one_signs() {
    let mut database = Database::default();
    database.follow(&TERMS, at(0));
    database.carry_out(Step::Make(next(&database.0, PREPUBLISH, &TERMS, at(DAY))));
    database.replace(next(&database.0, EMERGENCY_PREPUBLISH, &TERMS, at(DAY)));
    let moment = at(DAY + 60);
    let before = moment - Duration::from_micros(1);
    assert_eq!(signer(&database.0, before).map(|key| key.number), Some(1));
    let never_signs = database.state(2, before);
    assert!(
        matches!(never_signs, Some(KeyState::Revoked { .. })),
        "{never_signs:?}"
    );
    for now in [moment, moment + PREPUBLISH] {
        assert_eq!(signer(&database.0, now).map(|key| key.number), Some(3));
        for number in [1, 2] {
            let state = database.state(number, now);
            let is_revoked =
                matches!(state, Some(KeyState::Revoked { since, .. }) if since == moment);
            assert!(is_revoked, "{number}: {state:?}");
        }
    }
    database.replace(next(&database.0, EMERGENCY_PREPUBLISH, &TERMS, at(2 * DAY)));
    assert_eq!(
        database.0[0].revoked_at,
        Some(moment),
        "it stays revoked from where it was"
    );
}
