//! The program `portcullis`: settings, router, command line.
//!
//! `cli` defines the commands, `commands` runs them. [`router`] has every route,
//! [`layers`] every layer around the routes, in order.

// A request, a row or a setting must not end a task. Each remaining place says why it cannot.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::panic, clippy::unreachable)
)]

mod cli;
mod commands;
mod compressed;
mod failure;
mod files;
mod invitations;
pub mod layers;
mod listen;
pub mod log;
mod metrics;
mod middleware;
mod notify;
pub mod router;
pub mod settings;
mod site_version;
mod terminal;
mod time;
mod tls;
mod traces;

use std::process::ExitCode;

use failure::Failure;

/// Runs the command of the command line and returns the exit code.
pub fn run() -> ExitCode {
    let command = cli::parse();
    let outcome = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("the program cannot start its threads: {error}")))
        .and_then(|runtime| runtime.block_on(commands::run(command)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::print_error(&failure.to_string());
            failure.exit_code()
        }
    }
}
