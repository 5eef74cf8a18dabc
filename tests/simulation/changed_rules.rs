//! What the simulation would notice: each of these is a change for the worse,
//! and a run of some steps breaks the promise that the rule is there for.

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

/// Enough for all of them, whatever the seed.
const STEPS: u64 = 10_000_000;

fn assert_falls(name: &str, promise: &str, plan: Plan) {
    let outcome = World::new(plan, 1).run(STEPS);
    let broken = outcome.expect_err("the simulation noticed nothing").0;
    println!("{name}: {broken}");
    assert!(broken.starts_with(promise), "{name}: {broken}");
}

#[test]
fn a_window_shorter_than_twice_the_longest_delay() {
    let lifetimes = Lifetimes {
        access: Duration::from_secs(120),
        replay_window: Duration::from_secs(15),
        ..Lifetimes::default()
    };
    let plan = Plan {
        policy: Policy::new(lifetimes).expect("lifetimes that fit"),
        ..plan(120)
    };
    assert_falls("a window of 15 s", "HONEST", plan);
}

#[test]
fn a_page_load_that_counts_as_a_use() {
    let plan = Plan {
        page_load_confirms: true,
        ..plan(120)
    };
    assert_falls("confirmed before the answer arrived", "HONEST", plan);
}

#[test]
fn a_window_that_runs_from_the_rotation() {
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
    assert_falls("the window of an older design", "HONEST", plan);
}

#[test]
fn no_healing() {
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
    assert_falls("no heal", "HONEST", plan);
}

#[test]
fn a_predecessor_accepted_for_ever() {
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
    assert_falls("replay whatever was used", "THEFT", plan);
}

/// What a patient thief waits for.
#[test]
fn an_answer_that_never_counts_as_lost() {
    fn changed(record: &Record, g: Presented, now: Timestamp, windows: Windows) -> Decision {
        let lost = Duration::MAX;
        judge(record, g, now, Windows { lost, ..windows })
    }
    let plan = Plan {
        judge: changed,
        ..plan(25 * 60)
    };
    assert_falls("replay however late", "THEFT", plan);
}
