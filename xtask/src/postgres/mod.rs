//! A `PostgreSQL` for the tests: made for them, reached by nobody else, and
//! removed after them.

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

/// Where the tests find their server, as a URL.
const VARIABLE: &str = "PORTCULLIS_TEST_POSTGRES";

/// Where tests that stop the server and start it again find its programs.
const PROGRAMS: &str = "PORTCULLIS_TEST_POSTGRES_BIN";

/// Runs the command with `PORTCULLIS_TEST_POSTGRES` in its environment: the
/// person's own, or else that of a cluster that lives as long as the command.
pub(crate) fn run_beside(workspace: &Workspace, command: &mut Command) -> Result {
    if env::var_os(VARIABLE).is_some_and(|url| !url.is_empty()) {
        note(format!(
            "PostgreSQL: the one that {VARIABLE} names, started by somebody else"
        ));
        return process::run(command);
    }
    run_beside_one_to_kill(workspace, command)
}

/// Runs the command beside a cluster that it may stop and start as it likes: never
/// one of the person's own.
pub(crate) fn run_beside_one_to_kill(workspace: &Workspace, command: &mut Command) -> Result {
    let cluster = Cluster::start(workspace)?;
    command
        .env(VARIABLE, cluster.url())
        .env(PROGRAMS, cluster.programs());
    let outcome = process::run(command);
    let stopped = cluster.stop();
    outcome.and(stopped)
}

/// `cargo xtask postgres`: a cluster for tests that are started by hand.
pub(crate) fn serve(workspace: &Workspace) -> Result {
    let cluster = Cluster::start(workspace)?;
    note("for another shell; Ctrl-C here stops it and removes it:");
    say(format!(
        "\nexport {VARIABLE}='{}' {PROGRAMS}='{}'\n",
        cluster.url(),
        cluster.programs().display()
    ));
    cluster.wait()
}
