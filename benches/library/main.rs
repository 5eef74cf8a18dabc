//! Benchmarks of the library: `cargo bench -p portcullis --features testing`, or
//! `cargo xtask bench`, which starts a `PostgreSQL` server. See docs/performance.md.
//!
//! Only ratios within one run are meaningful, so the library and the bare work are
//! measured in alternating rounds. No benchmarking crate is used for that reason: the
//! maintained ones measure one thing after the other.

mod functions;
mod installation;
mod listing;
mod refresher;
mod revocations;
mod scale;
mod size;
mod writes;

use std::process::ExitCode;

use testkit::bench::{
    options::Options,
    report::{Promises, say},
};

/// All parts, the fastest first.
const PARTS: [&str; 6] = [
    "functions",
    "writes",
    "listing",
    "revocations",
    "size",
    "scale",
];

/// The parts that run by default: they take a minute or two.
const DEFAULT_PARTS: [&str; 2] = ["functions", "writes"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut options = match Options::read(&PARTS) {
        Ok(options) => options,
        Err(message) => {
            say(message);
            return ExitCode::FAILURE;
        }
    };
    if options.parts.is_empty() {
        options.parts = DEFAULT_PARTS.map(str::to_owned).to_vec();
    }
    let promises = Promises::default();
    if options.has("functions") {
        functions::run(&options, &promises).await;
    }
    for kind in &options.databases {
        if options.has("writes") {
            writes::run(*kind, &promises).await;
        }
        if options.has("listing") {
            listing::run(*kind, options.is_quick, &promises).await;
        }
        if options.has("revocations") {
            revocations::run(*kind, options.is_quick, &promises).await;
        }
        if options.has("size") {
            size::run(*kind, options.is_quick, &promises).await;
        }
        if options.has("scale") {
            scale::run(*kind, options.is_quick, &promises).await;
        }
    }
    promises.code()
}
