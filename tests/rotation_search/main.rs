//! An exhaustive search of the rotation protocol: can an honest browser ever be
//! signed out, can a thief and the browser both go on?
//!
//! The server's decision is the real [`portcullis::rotation::judge`]; the rest
//! of the world is a model. From just after signing in, every order of events
//! is tried, breadth first, until no state is new: runs have no bound in
//! length. A broken promise is told as the shortest run that breaks it.
//!
//! # The model
//!
//! - **The browser** is one cookie jar, with a refresh and an access token.
//!   Any of its tabs may send a refresh with what the jar holds, at any moment,
//!   up to three at once, and use the access token at any moment.
//! - **The network** delivers requests and answers in any order, at any moment
//!   up to D after they were sent, twice, or never. An answer sets the cookies
//!   when it arrives, and the last one to arrive wins.
//! - **The server** judges by the row and its clock, writes, and answers. In
//!   one step, or in two with other requests in between, the second conditioned
//!   like the store's updates. Several processes may have clocks that differ by
//!   a `skew`. A use arrives at once, is remembered, and written within a tick
//!   or forgotten. Later, up to D, would confirm later, which only accepts more,
//!   and could be no stray: what is void was never in the jar, or L before.
//! - **A power loss** takes the last one or two commits back, as far as they were
//!   not asked to be durable. Requests, answers and notes under way go with it:
//!   connections die with a machine. Or they survive, where the database alone
//!   fails over.
//! - **The thief** copies the jar once, at any moment. From then on it presents
//!   any refresh token that it has or is given, and uses any access token, at
//!   any moment, without delay.
//!
//! # What is promised
//!
//! - **HONEST**: while nothing has been stolen, no refresh is judged a reuse, and
//!   no access token is taken for a stray.
//! - **THEFT**: once either party has used a token newer than any that the other
//!   holds, and the server knows of that use, the other's refreshes are refused
//!   from W after it on (W and the skew, where clocks differ). A token counts as
//!   held as long as the answer that carries it may arrive. The clause *more
//!   than W* is the luck of the protocol: within W, it may be the retry of a
//!   lost answer.
//! - **SHARED**: nobody is handed a generation that the other party holds, from L
//!   after it was last handed out on, but within W of its first use. So a thief
//!   that keeps what it got unused until the browser comes shares nothing with
//!   it: what the browser gets is newer, and THEFT counts from its first use.
//!
//! # Why the search is finite, and loses nothing by it
//!
//! - Time passes in ticks, D being one to five of them. All of the rules and of
//!   the network's limits compare with sums of W, D and the skew, either `≤` or
//!   its contrary; finer ticks moved no verdict.
//! - Ages stop at one past L, the longer of the two windows: the rules ask for no
//!   more than whether it is past.
//! - Generations are numbered anew in each state (`normal.rs`): the rules ask which
//!   is the row's, its parent, or newer, and by how much it is newer (`u32::MAX`
//!   and 0 are left to unit tests).
//! - Equal messages under way are interchangeable, so the network is a bag.
//!
//! # What it says nothing about
//!
//! More than four messages under way; more than three refreshes; more than two
//! lost commits or two power losses; times read from a clock that jumps; what was
//! judged before a database failed over and is written after it; and whatever `sessions.rs` and the store do otherwise than told here.
//!
//! `cargo test --test rotation_search -- --nocapture` prints what was searched,
//! and the traces of the changed rules. `PORTCULLIS_SEARCH=deep` goes further
//! and takes minutes and some gigabytes; run it with `--release`.
#![allow(clippy::print_stdout, reason = "a search says how far it went")]

mod engine;
mod event;
mod model;
mod network;
mod normal;
mod rules;
mod server;
mod state;
mod thief;
mod uses;

mod changed_rules;
mod honest;
mod theft;

use model::{Bounds, Model};
use rules::Rules;

/// What a search goes to: the first, or the second where
/// `PORTCULLIS_SEARCH=deep`.
fn to_depth<T>(usual: T, deep: T) -> T {
    let is_deep = std::env::var("PORTCULLIS_SEARCH").is_ok_and(|value| value == "deep");
    if is_deep { deep } else { usual }
}

/// No run breaks a promise. Returns what was seen, for further questions.
fn assert_holds(name: &str, rules: Rules, bounds: Bounds) -> engine::Report {
    let report = engine::search(&Model { rules, bounds });
    println!("{name}: {report}\n    {bounds:?}, window: {}", rules.window);
    if let Some(trace) = &report.violation {
        panic!("{name}: {trace}");
    }
    report
}

/// Some run breaks `promise`, or the search would not notice that either.
fn assert_falls(name: &str, promise: &str, rules: Rules, bounds: Bounds) {
    let report = engine::search(&Model { rules, bounds });
    let trace = report.violation.as_deref().unwrap_or("nothing was found");
    println!("{name}: {report}\n{trace}");
    assert!(trace.starts_with(promise), "{name}: {trace}");
}
