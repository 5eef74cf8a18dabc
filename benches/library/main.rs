//! Benchmarks of the library: `cargo bench -p portcullis --features testing`, or
//! `cargo xtask bench`, which brings a `PostgreSQL`. See docs/performance.md.
//!
//! Ratios within one run are what counts, so ours and the bare work are measured
//! in turn, round by round. That is why no benchmarking crate is used: those that
//! are kept up measure one thing after the other.

mod functions;
mod installation;
mod refresher;
mod scale;
mod size;
mod writes;

use std::process::ExitCode;

use testkit::bench::{
    options::Options,
    report::{Promises, say},
};

/// In the order of how long they take.
const PARTS: [&str; 4] = ["functions", "writes", "size", "scale"];

/// What a bare `cargo bench` runs: what is done within a minute or two.
const SHORT: [&str; 2] = ["functions", "writes"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut options = match Options::read(&PARTS) {
        Ok(options) => options,
        Err(sentence) => {
            say(sentence);
            return ExitCode::FAILURE;
        }
    };
    if options.parts.is_empty() {
        options.parts = SHORT.map(str::to_owned).to_vec();
    }
    let promises = Promises::default();
    if options.has("functions") {
        functions::run(&options).await;
    }
    for kind in &options.databases {
        if options.has("writes") {
            writes::run(*kind, &promises).await;
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
