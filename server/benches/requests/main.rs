//! The benchmark of small requests: what the layers and the access log cost a request, and
//! what authenticating costs it. `cargo xtask bench requests` runs it; see
//! docs/performance.md.
//!
//! The same process serves both sides of each comparison, on loopback, with the program's own
//! layers and log. It is this executable, started again (`served.rs`).

mod client;
mod served;

use std::{process::ExitCode, time::Duration};

use testkit::bench::{
    compare::{self, Ratio},
    load::Load,
    options::Options,
    report::{Promises, heading, note, say},
};

use client::Connection;
use served::Served;

/// The number of concurrent requests.
const CONNECTIONS: usize = 16;

const ROUNDS: usize = 9;

/// The fraction of the rate of a bare route that a route with all layers must reach.
const MIN_WITH_LAYERS: f64 = 0.85;

/// The fraction of the rate of requests without authentication that the rate of authenticated
/// requests must reach.
const MIN_AUTHENTICATED: f64 = 0.95;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == served::ARGUMENT) {
        served::serve();
        return ExitCode::SUCCESS;
    }
    let options = match Options::read(&[]) {
        Ok(options) => options,
        Err(message) => {
            say(message);
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(options.is_quick))
}

async fn run(is_quick: bool) -> ExitCode {
    let length = Duration::from_millis(if is_quick { 100 } else { 2_000 });
    let served = Served::start();
    let cookie = format!("Cookie: access_token={}\r\n", served.access_token);
    let promises = Promises::default();

    heading("an anonymous GET through all layers, access log included");
    let (all, bare) = (served.wrapped, served.bare);
    let ratio = compare(
        &served,
        [
            ("all layers", all, "/small", ""),
            ("a bare axum route", bare, "/small", ""),
        ],
        length,
    )
    .await;
    promises.check(
        ratio.median >= MIN_WITH_LAYERS,
        format!("with all layers at {ratio} of the bare rate; the goal is {MIN_WITH_LAYERS}"),
    );

    heading("an authenticated GET of a small response");
    let ratio = compare(
        &served,
        [
            ("verify/", all, portcullis::wire::paths::VERIFY, &cookie),
            ("the same, not authenticated", all, served::SAME, &cookie),
        ],
        length,
    )
    .await;
    promises.check(
        ratio.median >= MIN_AUTHENTICATED,
        format!("authenticated at {ratio} of the other rate; the goal is {MIN_AUTHENTICATED}"),
    );

    heading("the session of an account that was shown before");
    let ratio = compare(
        &served,
        [
            ("session/", all, portcullis::wire::paths::SESSION, &cookie),
            (
                "the same, not authenticated",
                all,
                served::SAME_SESSION,
                &cookie,
            ),
        ],
        length,
    )
    .await;
    note(format!("at {ratio} of the other rate"));
    promises.code()
}

/// The name of a load, and its requests: the address, the path and the headers.
type Side<'a> = (&'a str, std::net::SocketAddr, &'a str, &'a str);

async fn compare(served: &Served, sides: [Side<'_>; 2], length: Duration) -> Ratio {
    let mut loads = Vec::with_capacity(2);
    for (_, address, path, headers) in sides {
        let connections = Connection::open(address, path, headers, CONNECTIONS).await;
        loads.push(Load::of(served.id(), connections));
    }
    let [ours, other] = &mut loads[..] else {
        unreachable!("two sides")
    };
    note(format!("{ROUNDS} rounds of {length:?} each, alternating"));
    let comparison = compare::in_turn(ours, other, ROUNDS, length).await;
    comparison.print(sides.map(|(name, ..)| name));
    comparison.print_processors();
    comparison.rates()
}
