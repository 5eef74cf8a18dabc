//! `deny.toml`: licences, sources and bans of all dependencies, checked by cargo-deny.

use crate::failure::Result;
use crate::process;
use crate::tools;
use crate::workspace::Workspace;

/// Runs cargo-deny without network access. Advisories are not checked here: their database is on
/// GitHub, which closed networks block.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let mut deny = process::command(workspace, tools::cargo_deny(workspace)?)?;
    process::run(deny.args("--offline --workspace check licenses bans sources".split(' ')))
}
