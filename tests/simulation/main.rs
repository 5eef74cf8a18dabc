//! A simulation of whole installations in virtual time: browsers whose tabs run the real
//! session keeper, servers that judge by the real rotation, and the failures in between.
//! The same seed gives the same run.
//!
//! # What is simulated
//!
//! - **Browsers** with one cookie jar and up to four tabs. Some browsers have a lock for
//!   their tabs and some have none. In both cases the tabs' messages arrive, arrive late,
//!   or do not arrive: the lock and the messages save work and decide nothing. Users
//!   open, reload and close tabs, work, let the machine sleep (which stops some clocks),
//!   set its clock by days, and sign out and in again, also with another account.
//! - **The network** loses, delays and duplicates messages. A one-way delay is at most
//!   D = 14 s. The clocks of the servers differ by up to 2 s, and 2·D plus this difference
//!   is exactly the window. A refresh is cancelled after 10 s; its late response may or
//!   may not set the cookies.
//! - **Server processes** read, judge, and write under the store's conditions, each at a
//!   different time. They crash, also between commit and response. They keep uses of
//!   access tokens in memory for up to a second and may lose them. Within a second, each
//!   learns which sessions another process ended.
//! - **The database** is unavailable at times, fails after it has committed, and loses its
//!   last commits: in a power loss that stops all servers too, or by itself, while servers
//!   and requests continue.
//! - **Thieves** copy the jar of some sessions and refresh at their own times. Some use
//!   the new tokens at once. Others refresh in the browser's rhythm, and do not use the
//!   new tokens until the browser should have refreshed; these exist only if the jitter
//!   of the refreshes is larger than L.
//!
//! # What is checked
//!
//! - HONEST: no refresh of a browser is rejected for good, except after the browser's own
//!   sign-out, after a theft, or when a lifetime has expired. No retried call is rejected
//!   either. No page wrongly reports an end, by itself or because of another tab's message.
//! - THEFT: of two parties, the one that falls behind is granted nothing from W (plus the
//!   clocks' difference) after the other's first known use. The two parties do not take
//!   more than ten turns, one after the other, except by luck: within L of the other's
//!   refresh, or within W of its first use.
//! - ENDED: an ended session is granted nothing, and no process accepts its access tokens
//!   for longer than a second.
//! - KEEPER: a tab has one refresh at a time, and always a timer while it is signed in. No
//!   call waits when no refresh is under way. Pages do not make each other reload for
//!   ever.
//! - Only sign-ins add rows, and rows are removed again.
//!
//! `cargo test --test simulation -- --nocapture` prints what happened.
//! `PORTCULLIS_SEED` and `PORTCULLIS_STEPS` choose another run. If a promise is broken, the
//! output has the seed, the step, and the last events of the session.
#![allow(clippy::print_stdout, reason = "a run prints what happened")]

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

/// Returns a plan whose access tokens are valid for `access` seconds. The other lifetimes
/// are days instead of weeks, so that they expire in the run too.
fn plan(access: u64) -> Plan {
    const DAY: u64 = 86_400;
    let lifetimes = Lifetimes {
        access: Duration::from_secs(access),
        refresh: Duration::from_secs(DAY),
        session: Duration::from_secs(4 * DAY),
        ..Lifetimes::default()
    };
    Plan {
        policy: Policy::new(lifetimes).expect("valid lifetimes"),
        judge,
        browsers: 60,
        processes: 3,
        stolen_per_mille: 200,
        page_load_confirms: false,
    }
}

fn number_from_env(variable: &str, default: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.map_or(default, |value| value.parse().expect("a number"))
}

fn assert_holds(name: &str, plan: Plan) {
    let (seed, steps) = (
        number_from_env("PORTCULLIS_SEED", SEED),
        number_from_env("PORTCULLIS_STEPS", STEPS),
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
fn millions_of_steps_break_no_promise() {
    assert_holds("25 minutes", plan(25 * 60));
}

/// With refreshes so frequent that the window matters for each of them.
#[test]
fn short_lifetimes_break_no_promise() {
    assert_holds("2 minutes", plan(2 * 60));
}

#[test]
fn same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut world = World::new(plan(120), seed);
        let outcome = world.run(50_000);
        assert!(outcome.is_ok(), "{outcome:?}");
        (world.now, world.watch.tally)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
