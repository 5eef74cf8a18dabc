//! `cargo xtask fuzz`: searches for input that a parser does not bear, for as long as wanted.

use crate::failure::Result;
use crate::process;
use crate::workspace::Workspace;

/// The same packages as in `steps.rs`. Built separately, `fuzz` would compile the dependencies
/// again with slightly different features.
const LINE: &str = "test -p portcullis -p app -p server -p fuzz \
                    --features portcullis/testing,app/ssr --test long --";

/// Runs the search with these arguments: the names of targets, and `--minutes N`.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let mut cargo = process::cargo(workspace)?;
    process::run(cargo.args(LINE.split_whitespace()).args(arguments))
}
