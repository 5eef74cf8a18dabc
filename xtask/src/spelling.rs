//! Misspelled words in all texts and names, found by typos.

use crate::failure::Result;
use crate::process;
use crate::tools;
use crate::workspace::Workspace;

/// Runs typos with the settings of `typos.toml`.
pub(crate) fn check(workspace: &Workspace) -> Result {
    process::run(&mut process::command(workspace, tools::typos(workspace)?)?)
}
