//! A temporary `PostgreSQL` server for the tests, without access for other users.

#[cfg(unix)]
mod account;
#[cfg(unix)]
mod cluster;
#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod cluster;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod programs;

use std::env;
use std::process::Command;

use crate::failure::Result;
use crate::process;
use crate::report::{note, say};
use crate::workspace::Workspace;

use cluster::Cluster;

/// The variable with the URL of the server for the tests.
const VARIABLE: &str = "PORTCULLIS_TEST_POSTGRES";

/// The variable with the server's programs, for tests that stop and start the server.
const PROGRAMS: &str = "PORTCULLIS_TEST_POSTGRES_BIN";

/// Runs the command with `PORTCULLIS_TEST_POSTGRES` in its environment: the user's value, or
/// the URL of a cluster that exists while the command runs.
pub(crate) fn run_beside(workspace: &Workspace, command: &mut Command) -> Result {
    if env::var_os(VARIABLE).is_some_and(|url| !url.is_empty()) {
        note(format!(
            "PostgreSQL: the running server that {VARIABLE} names"
        ));
        return process::run(command);
    }
    run_beside_one_to_kill(workspace, command)
}

/// Runs the command with a temporary cluster that it may stop and start; never with the server
/// that the user named.
pub(crate) fn run_beside_one_to_kill(workspace: &Workspace, command: &mut Command) -> Result {
    let cluster = Cluster::start(workspace)?;
    command
        .env(VARIABLE, cluster.url())
        .env(PROGRAMS, cluster.programs());
    let outcome = process::run(command);
    let stopped = cluster.stop();
    outcome.and(stopped)
}

/// `cargo xtask postgres`: starts a cluster for tests that are run by hand.
pub(crate) fn serve(workspace: &Workspace) -> Result {
    let cluster = Cluster::start(workspace)?;
    note("set this in another shell; Ctrl-C here stops and removes the server:");
    say(format!(
        "\nexport {VARIABLE}='{}' {PROGRAMS}='{}'\n",
        cluster.url(),
        cluster.programs().display()
    ));
    cluster.wait()
}
