//! Weakened rules, which the simulation detects: for each of them, a run breaks the promise
//! that the rule protects.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    policy::{Lifetimes, Policy},
    rotation::{Decision, Presented, Record, Windows, judge},
};

use crate::{
    plan,
    world::{Plan, World},
};

/// Enough steps to detect all of them, with any seed.
const STEPS: u64 = 10_000_000;

fn assert_breaks(name: &str, promise: &str, plan: Plan) {
    let outcome = World::new(plan, 1).run(STEPS);
    let broken = outcome.expect_err("the simulation detected nothing").0;
    println!("{name}: {broken}");
    assert!(broken.starts_with(promise), "{name}: {broken}");
}

#[test]
fn window_shorter_than_two_delays_breaks_honest() {
    let lifetimes = Lifetimes {
        access: Duration::from_secs(120),
        replay_window: Duration::from_secs(15),
        ..Lifetimes::default()
    };
    let plan = Plan {
        policy: Policy::new(lifetimes).expect("valid lifetimes"),
        ..plan(120)
    };
    assert_breaks("a window of 15 s", "HONEST", plan);
}

#[test]
fn page_load_that_confirms_breaks_honest() {
    let plan = Plan {
        page_load_confirms: true,
        ..plan(120)
    };
    assert_breaks("confirmed before the response arrived", "HONEST", plan);
}

#[test]
fn window_from_the_rotation_breaks_honest() {
    fn changed(record: &Record, g: Presented, now: Timestamp, windows: Windows) -> Decision {
        let in_window = now.since(record.handed_at) <= windows.replay;
        if record.parent == Some(g.generation) && !in_window {
            return Decision::Reuse;
        }
        judge(record, g, now, windows)
    }
    let plan = Plan {
        judge: changed,
        ..plan(120)
    };
    assert_breaks("the window of an older design", "HONEST", plan);
}

#[test]
fn missing_heal_breaks_honest() {
    fn changed(record: &Record, g: Presented, now: Timestamp, windows: Windows) -> Decision {
        match judge(record, g, now, windows) {
            Decision::Heal => Decision::Reuse,
            decision => decision,
        }
    }
    let plan = Plan {
        judge: changed,
        ..plan(120)
    };
    assert_breaks("no heal", "HONEST", plan);
}

#[test]
fn parent_accepted_for_ever_breaks_theft() {
    fn changed(record: &Record, g: Presented, now: Timestamp, windows: Windows) -> Decision {
        let unconfirmed = Record {
            confirmed_at: None,
            ..*record
        };
        let lost = Duration::MAX;
        judge(&unconfirmed, g, now, Windows { lost, ..windows })
    }
    let plan = Plan {
        judge: changed,
        ..plan(25 * 60)
    };
    assert_breaks("replay regardless of the first use", "THEFT", plan);
}

/// The weakness that a thief exploits who refreshes and does not use the new tokens.
#[test]
fn response_never_lost_breaks_theft() {
    fn changed(record: &Record, g: Presented, now: Timestamp, windows: Windows) -> Decision {
        let lost = Duration::MAX;
        judge(record, g, now, Windows { lost, ..windows })
    }
    let plan = Plan {
        judge: changed,
        ..plan(25 * 60)
    };
    assert_breaks("replay regardless of the delay", "THEFT", plan);
}
