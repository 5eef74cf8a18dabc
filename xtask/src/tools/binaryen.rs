//! wasm-opt, which makes release builds small, from the npm package `binaryen`.
//!
//! Debian's version is too old for the current compiler's output, and cargo-leptos would download
//! its own from a host that closed networks block.

use crate::end2end::require_node;
use crate::failure::Result;
use crate::process;
use crate::report::note;
use crate::tools::{find, found};
use crate::workspace::Workspace;

/// The version that wasm-opt prints; the package's version adds `.0.0`.
const VERSION: &str = "132";

pub(super) fn ensure(workspace: &Workspace) -> Result {
    if let Some(place) = find(workspace, "wasm-opt", VERSION) {
        found("wasm-opt", VERSION, &place);
        return Ok(());
    }
    require_node(workspace)?;
    note(format!(
        "wasm-opt {VERSION}: installing it with npm (a few seconds)"
    ));
    let mut npm = process::npm(workspace)?;
    // `--global` below a prefix of our own: npm links the command into `bin`.
    npm.args("install --global --ignore-scripts --no-audit --no-fund".split(' '))
        .arg("--prefix")
        .arg(workspace.tools())
        .arg(format!("binaryen@{VERSION}.0.0"));
    process::run(&mut npm)
}
