//! The benchmark of refreshes by the whole program. The program listens on loopback.
//! Many cookie jars, each a session of its own, refresh whenever they are due, over
//! connections that stay open. Its rounds alternate with rounds of the bare work by
//! as many callers. `cargo xtask bench refresh` runs it; see docs/performance.md.

mod jar;
mod program;

use std::{process::ExitCode, time::Duration};

use jar::Connection;
use program::Program;
use testkit::{
    bench::{
        bare::Bare,
        compare,
        load::Load,
        options::Options,
        report::{Promises, heading, note, say},
    },
    place::{Kind, Place},
};

/// The number of cookie jars. More than can refresh within one replay window, so that
/// there is always a jar that is due.
const JARS: usize = 12_000;

/// The number of concurrent requests, and of callers of the bare work.
const CONNECTIONS: usize = 16;

const ROUNDS: usize = 7;

/// The fraction of the bare rate that the whole program must reach.
const MIN_RATIO: f64 = 0.5;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(&[]) {
        Ok(options) => options,
        Err(message) => {
            say(message);
            return ExitCode::FAILURE;
        }
    };
    let promises = Promises::default();
    for kind in &options.databases {
        run(*kind, options.is_quick, &promises).await;
    }
    promises.code()
}

async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let (jars, length) = if is_quick {
        (JARS / 100, Duration::from_millis(500))
    } else {
        (JARS, Duration::from_secs(4))
    };
    heading(format!(
        "the whole program on {kind}: {jars} cookie jars, {CONNECTIONS} connections"
    ));
    let bare_place = Place::below(env!("CARGO_TARGET_TMPDIR"), kind).await;
    let mut bare = Load::here(Bare::new(&bare_place, CONNECTIONS, jars).await);

    let place = Place::below(env!("CARGO_TARGET_TMPDIR"), kind).await;
    note(format!("signing in {jars} times"));
    let jars = program::sign_in(&place, jars).await;
    let program = Program::start(&place);
    let connections = Connection::open(program.address, jars, CONNECTIONS).await;
    let mut ours = Load::of(program.id(), connections);

    let seconds = length.as_secs_f64();
    note(format!("{ROUNDS} rounds of {seconds} s each, alternating"));
    let comparison = compare::in_turn(&mut ours, &mut bare, ROUNDS, length).await;
    comparison.print([
        "POST …/token/refresh/, the whole program",
        "bare sign + verify + UPDATE",
    ]);
    comparison.print_processors();
    let ratio = comparison.rates();
    promises.check(
        ratio.median >= MIN_RATIO,
        format!("the whole program runs at {ratio} of the bare rate; the goal is {MIN_RATIO}"),
    );
    drop((ours, program));
    drop(bare);
    place.remove().await;
    bare_place.remove().await;
}
