//! The size of what the browser loads, against its budget.

use std::path::Path;

use crate::end2end::require_node;
use crate::failure::{Failure, Result};
use crate::process::{capture, command, run};
use crate::report::note;
use crate::tools;
use crate::workspace::Workspace;

/// Where the build goes; counted from the root, as cargo-leptos does. Not the
/// site that the end-to-end tests load.
const SITE: &str = "target/size";

/// The WASM and the glue of the empty template, `leptos-rs/start-axum-workspace`,
/// in bytes. How it was measured, to do it again when a version changes:
/// `docs/performance.md`, "What the browser loads".
const EMPTY: u32 = 96_949;

/// What ours may be, in hundredths of the empty one.
const ALLOWED: u32 = 150;

/// Prints the size in bytes of each file named, compressed as a server would
/// that has the time; Node.js has the encoder, and the tests need it anyway.
const BROTLI: &str = "
    const { readFileSync } = require('node:fs');
    const { brotliCompressSync, constants } = require('node:zlib');
    for (const name of process.argv.slice(1)) {
        const file = readFileSync(name);
        const params = {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: file.length,
        };
        console.log(brotliCompressSync(file, { params }).length);
    }
";

/// Builds the pages as for a release, without the server, and weighs them.
pub(crate) fn check(workspace: &Workspace) -> Result {
    require_node(workspace)?;
    tools::ensure(workspace)?;
    let mut leptos = command(workspace, tools::cargo_leptos(workspace)?)?;
    leptos
        .args(["leptos", "build", "--release", "--frontend-only"])
        .env("LEPTOS_SITE_ROOT", SITE);
    run(&mut leptos)?;
    let [wasm, glue] = weigh(workspace)?;
    judge(wasm, glue)
}

fn weigh(workspace: &Workspace) -> Result<[u32; 2]> {
    compressed(
        workspace,
        &workspace.root.join(SITE).join("pkg"),
        "portcullis",
    )
}

/// Returns the compressed sizes in bytes of the WASM and the glue `name` in
/// `folder`.
pub(crate) fn compressed(workspace: &Workspace, folder: &Path, name: &str) -> Result<[u32; 2]> {
    let mut node = command(workspace, "node")?;
    node.args(["-e", BROTLI])
        .arg(folder.join(format!("{name}.wasm")))
        .arg(folder.join(format!("{name}.js")));
    let said = capture(&mut node)?;
    let sizes: Vec<u32> = said.lines().filter_map(|line| line.parse().ok()).collect();
    sizes.try_into().map_err(|_| {
        Failure::new(format!(
            "The sizes of two files were expected, and this came: {said}"
        ))
    })
}

fn judge(wasm: u32, glue: u32) -> Result {
    let total = wasm + glue;
    let ratio = f64::from(total) / f64::from(EMPTY);
    let figure = format!(
        "{} KB compressed (WASM {}, glue {}): {ratio:.2} times the empty template",
        kilobytes(total),
        kilobytes(wasm),
        kilobytes(glue),
    );
    note(&figure);
    let budget = EMPTY * ALLOWED / 100;
    if total <= budget {
        return Ok(());
    }
    Err(Failure::new(format!(
        "What the browser loads is {figure}; the budget is {} KB. docs/performance.md tells what \
         takes room and how to find out.",
        kilobytes(budget)
    )))
}

pub(crate) fn kilobytes(bytes: u32) -> String {
    format!("{:.1}", f64::from(bytes) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::{ALLOWED, EMPTY, judge};

    #[test]
    fn the_glue_counts_and_the_budget_is_the_last_size_that_passes() {
        let budget = EMPTY * ALLOWED / 100;
        assert!(judge(budget - 5_000, 5_000).is_ok());
        assert!(judge(budget - 5_000, 5_001).is_err());
    }
}
