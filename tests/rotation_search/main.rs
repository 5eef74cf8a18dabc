//! An exhaustive search of the rotation protocol: can an honest browser ever be
//! signed out, and can a thief and the browser both continue?
//!
//! The server's decision is the real [`portcullis::rotation::judge`]; the rest of the
//! world is a model. From a state just after sign-in, the search tries every order of
//! events, breadth first, until no state is new. Runs have no bound in length. If a
//! promise is broken, the search prints the shortest run that breaks it.
//!
//! # The model
//!
//! - **The browser** is one cookie jar, with a refresh token and an access token. At
//!   any time, any of its tabs may send a refresh with the content of the jar, up to
//!   three at once, and may use the access token.
//! - **The network** delivers requests and responses in any order, at any time up to D
//!   after they were sent, twice, or never. A response sets the cookies when it
//!   arrives; the last response to arrive wins.
//! - **The server** judges by the row and its clock, writes, and responds. It does so
//!   in one step, or in two steps with other requests in between, where the second
//!   step is conditioned like the store's updates. Several processes may have clocks
//!   that differ by a `skew`. The use of an access token arrives at once, is
//!   remembered, and is written within a tick or forgotten. A use that arrived later,
//!   up to D, would confirm later, which only accepts more. And a late use could not be
//!   a stray of the browser: a void token was never in its jar, or was in it so long
//!   ago (L) that no use of it is still under way.
//! - **A power loss** reverts the last one or two commits that were not durable. The
//!   requests, responses and pending uses under way are lost too, because connections
//!   end with their machine. Or they survive: then the database alone fails over.
//! - **The thief** copies the jar once, at any time. From then on it presents any
//!   refresh token that it holds or is issued, and uses any access token, at any time,
//!   without delay.
//!
//! # The promises
//!
//! - **HONEST**: as long as nothing has been stolen, no refresh is judged as reuse,
//!   and no use of an access token is judged as a stray.
//! - **THEFT**: once either party has used a token newer than any that the other
//!   holds, and the server knows of that use, the other party's refreshes are rejected
//!   from W after the use (W plus the skew, if clocks differ). A token counts as held
//!   as long as the response that carries it may arrive. Within W a refresh may still
//!   be granted, by luck, because it may be the retry of a lost response.
//! - **SHARED**: once L has passed since a generation was last issued, the server does
//!   not issue it to a party if the other party holds it, except within W of its
//!   first use (L and W plus the skew, if clocks differ). A thief that keeps its tokens
//!   unused until the browser refreshes therefore shares no generation with the
//!   browser: the browser receives a newer one, and THEFT counts from the first use of
//!   that one.
//!
//! # Why the search is finite, and loses nothing by it
//!
//! - Time passes in ticks, and D is one to five ticks. The rules and the limits of the
//!   network only compare with sums of W, D and the skew, by `≤` or its negation;
//!   finer ticks changed no result.
//! - Ages stop at one past L, the longer of the two windows, because the rules only
//!   ask whether a window has passed.
//! - Generations are renumbered in each state (`normal.rs`), because the rules only ask
//!   whether a generation is the row's, its parent, or newer, and by how much it is
//!   newer (`u32::MAX` and 0 are left to unit tests).
//! - Equal messages under way are interchangeable, so the network is a bag.
//!
//! # What the search does not cover
//!
//! It does not cover more than four messages under way, more than three refreshes,
//! more than two lost commits or two power losses, or times read from a clock that
//! jumps. It does not cover a request that was judged before a database failed over
//! and is written after it, and it does not cover whatever `src/sessions` and the store
//! do that differs from this description.
//!
//! `cargo test --test rotation_search -- --nocapture` prints what was searched, and the
//! traces of the weakened rules. `PORTCULLIS_SEARCH=deep` searches further and takes
//! minutes and some gigabytes; run it with `--release`.
#![allow(clippy::print_stdout, reason = "a search prints how far it went")]

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

/// Returns `deep` if `PORTCULLIS_SEARCH=deep`, and `usual` otherwise.
fn usual_or_deep<T>(usual: T, deep: T) -> T {
    let is_deep = std::env::var("PORTCULLIS_SEARCH").is_ok_and(|value| value == "deep");
    if is_deep { deep } else { usual }
}

/// Asserts that no run breaks a promise. Returns the report, for further assertions.
fn assert_holds(name: &str, rules: Rules, bounds: Bounds) -> engine::Report {
    let report = engine::search(&Model { rules, bounds });
    println!("{name}: {report}\n    {bounds:?}, window: {}", rules.window);
    if let Some(trace) = &report.violation {
        panic!("{name}: {trace}");
    }
    report
}

/// Asserts that some run breaks `promise`, which shows that the search would detect it.
fn assert_breaks(name: &str, promise: &str, rules: Rules, bounds: Bounds) {
    let report = engine::search(&Model { rules, bounds });
    let trace = report.violation.as_deref().unwrap_or("nothing was found");
    println!("{name}: {report}\n{trace}");
    assert!(trace.starts_with(promise), "{name}: {trace}");
}
