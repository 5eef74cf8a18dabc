//! `cargo xtask dist`: one archive with everything that a server needs.
//!
//! | module | holds |
//! |---|---|
//! | `stage` | the folder that is packed |
//! | `archive` | the archive, the same bytes for the same files |
//! | `libraries` | the libraries that the program needs |
//! | `served` | the test: an unpacked archive serves pages |

mod archive;
mod libraries;
mod served;
mod stage;

use std::fs;

use crate::failure::{Failure, Result, while_doing};
use crate::process::{command, run};
use crate::report::{note, say};
use crate::tools;
use crate::workspace::Workspace;

pub(crate) use served::check;

/// The folder of the site, relative to the root as in cargo-leptos. It is not that of other
/// builds, which may have files of an earlier version.
const SITE: &str = "target/dist/site";

/// Makes a release build and packs it.
pub(crate) fn run_command(workspace: &Workspace) -> Result {
    if !cfg!(target_os = "linux") {
        return Err(Failure::new(
            "`cargo xtask dist` packs a program for Linux; run it there.",
        ));
    }
    tools::ensure(workspace)?;
    note("building server and pages (about 8 minutes the first time on two cores)");
    build(workspace)?;
    let program = workspace.server(true);
    libraries::check(workspace, &program)?;
    let folder = workspace.target.join("dist");
    let name = stage::name();
    stage::lay_out(
        workspace,
        &program,
        &workspace.root.join(SITE),
        &folder.join(&name),
    )?;
    let file = archive::pack(workspace, &folder, &name, "-9")?;
    let size = while_doing(file.display(), fs::metadata(&file))?.len();
    say(format!(
        "\n{} ({}.{} MB)\nNext: copy it to the server and follow docs/installing.md.",
        file.display(),
        size / 1_000_000,
        size / 100_000 % 10,
    ));
    Ok(())
}

fn build(workspace: &Workspace) -> Result {
    // Files of an earlier version would be packed too.
    let _ = fs::remove_dir_all(workspace.root.join(SITE));
    let mut leptos = command(workspace, tools::cargo_leptos(workspace)?)?;
    leptos
        .args(["leptos", "build", "--split", "--release", "--precompress"])
        .env("LEPTOS_SITE_ROOT", SITE);
    run(&mut leptos)
}
