//! A simulation of whole installations: browsers whose tabs run the real session
//! keeper, servers that judge by the real rotation, and everything that goes
//! wrong in between, in virtual time. The same seed is the same run.
//!
//! # What is simulated
//!
//! - **Browsers** with one cookie jar and up to four tabs. Some have a lock for
//!   their tabs and some have not, and with or without it tabs hear each other,
//!   late or not at all: it saves work and decides nothing. People open, reload
//!   and close tabs, work, let the machine sleep (which stops some clocks), set
//!   its clock by days, sign out and in again, also as somebody else.
//! - **The network** loses, delays and doubles messages. A one-way delay is at
//!   most D = 14 s; with clocks of the servers up to 2 s apart, 2·D and that is
//!   the window, and not a millisecond less. A refresh is given up after 10 s,
//!   and its late answer may set the cookies or not.
//! - **Server processes** read, judge, and write under the store's conditions, at
//!   different moments; crash, also between commit and answer; remember uses for
//!   up to a second and forget them; hear within a second what another one ended.
//! - **The database** is away at times, fails after it has committed, and loses
//!   its last commits: in a power loss that takes all servers with it, or by
//!   itself, while servers and requests go on.
//! - **Thieves** copy the jar of some sessions and refresh in their own time. Some
//!   use at once what they got; some refresh in the browser's rhythm and wait until
//!   it should have come, where the jitter of renewals is wider than L.
//!
//! # What is watched
//!
//! - HONEST: no browser is told that its session is over, but after its own
//!   sign-out, after a theft, or when a lifetime is over. No repeated call is
//!   refused either. No page says so by itself, or for what another one told.
//! - THEFT: of two parties, the one that falls behind is granted nothing from W
//!   (and the clocks' difference) after the other's first known use; and the two
//!   do not take turns but by luck, which is to come within L of the other, or
//!   within W of its first use.
//! - ENDED: a session that ended is granted nothing, and no process accepts its
//!   access tokens for longer than a second.
//! - KEEPER: one refresh at a time for each tab, and while it is signed in
//!   always a timer; no call that waits for nothing; no pages that load each other anew for ever.
//! - Rows come by signing in alone, and go.
//!
//! `cargo test --test simulation -- --nocapture` prints what happened.
//! `PORTCULLIS_SEED` and `PORTCULLIS_STEPS` choose another run; a broken promise
//! names the seed, the step, and the last events of its session.
#![allow(clippy::print_stdout, reason = "a run says what happened in it")]

mod answers;
mod browser;
mod changed_rules;
mod line;
mod network;
mod people;
mod refresh;
mod server;
mod store;
mod tabs;
mod tally;
mod thief;
mod trouble;
mod watch;
mod world;

use std::time::{Duration, Instant};

use portcullis::{
    policy::{Lifetimes, Policy},
    rotation::judge,
};

use world::{Plan, World};

const STEPS: u64 = 2_000_000;
const SEED: u64 = 1;

/// Access tokens of that many seconds; days instead of weeks for the rest, so
/// that their ends come up too.
fn plan(access: u64) -> Plan {
    const DAY: u64 = 86_400;
    let lifetimes = Lifetimes {
        access: Duration::from_secs(access),
        refresh: Duration::from_secs(DAY),
        session: Duration::from_secs(4 * DAY),
        ..Lifetimes::default()
    };
    Plan {
        policy: Policy::new(lifetimes).expect("lifetimes that fit"),
        judge,
        browsers: 60,
        processes: 3,
        stolen: 200,
        page_load_confirms: false,
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.map_or(usual, |value| value.parse().expect("a number"))
}

fn assert_holds(name: &str, plan: Plan) {
    let (seed, steps) = (
        number("PORTCULLIS_SEED", SEED),
        number("PORTCULLIS_STEPS", STEPS),
    );
    let started = Instant::now();
    let mut world = World::new(plan, seed);
    let outcome = world.run(steps);
    println!(
        "{name}, PORTCULLIS_SEED={seed}: {steps} steps in {:.1?}, {} days, {} sessions, {} rows left; {}",
        started.elapsed(),
        world.now / 86_400_000,
        world.store.begun(),
        world.store.count(),
        world.watch.tally
    );
    if let Err(broken) = outcome {
        panic!("{name}, PORTCULLIS_SEED={seed}: {}", broken.0);
    }
    let missing = world.watch.tally.missing().filter(|_| steps >= STEPS);
    assert_eq!(missing, None, "never happened");
}

#[test]
fn millions_of_steps() {
    assert_holds("25 minutes", plan(25 * 60));
}

/// Refreshes so close upon each other that the window matters every time.
#[test]
fn millions_of_steps_with_short_lifetimes() {
    assert_holds("2 minutes", plan(2 * 60));
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| {
        let mut world = World::new(plan(120), seed);
        let outcome = world.run(50_000);
        assert!(outcome.is_ok(), "{outcome:?}");
        (world.now, world.watch.tally)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
