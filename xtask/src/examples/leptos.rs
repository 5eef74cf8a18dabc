//! `examples/leptos`: the release of its pages, its server, and its tests in
//! Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::lock;
use crate::failure::Result;
use crate::process::{cargo, command, run};
use crate::workspace::Workspace;
use crate::{chromium, end2end, tools};

/// The name of the package, of its program and of the files that the browser loads.
pub(super) const NAME: &str = "start-axum";

/// `.cargo/config.toml` sets it for the application, and `cargo xtask` inherits that.
const OUTPUT_NAME: &str = "LEPTOS_OUTPUT_NAME";

/// The folder of the files that the browser loads, relative to the package.
pub(super) const PKG: &str = "target/site/pkg";

pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("examples/leptos")
}

/// Builds the pages as for a release, because their size is measured too, and the
/// server without optimisation.
pub(crate) fn build(workspace: &Workspace) -> Result {
    tools::ensure(workspace)?;
    lock::check(workspace)?;
    let folder = folder(workspace);
    // First, because it fails if the lockfile is not complete.
    run(&mut server(workspace, &folder)?)?;
    run(&mut frontend(workspace, &folder)?)
}

/// Builds the pages of a package as for a release. With `--split`, as the pages of Portcullis
/// are built: cargo-leptos compiles with other flags then, and shared dependencies would be
/// compiled twice. There is nothing to split here, and the sizes stay within half a percent.
pub(super) fn frontend(workspace: &Workspace, folder: &Path) -> Result<Command> {
    let mut leptos = command(workspace, tools::cargo_leptos(workspace)?)?;
    leptos
        .args(["leptos", "build", "--release", "--frontend-only", "--split"])
        .current_dir(folder)
        .env(OUTPUT_NAME, NAME);
    Ok(leptos)
}

/// The development profile of Portcullis' workspace. With the same settings the example, a
/// workspace of its own, shares the compiled dependencies.
const PROFILE: [&str; 5] = [
    "profile.dev.debug='line-tables-only'",
    "profile.dev.package.\"*\".debug=false",
    "profile.dev.package.argon2.opt-level=3",
    "profile.dev.package.blake2.opt-level=3",
    "profile.dev.package.libsqlite3-sys.opt-level=2",
];

/// Builds the server with cargo alone. A development build of cargo-leptos has its own compiler
/// flags and would share no compiled dependency with the other steps.
fn server(workspace: &Workspace, folder: &Path) -> Result<Command> {
    let mut cargo = cargo(workspace)?;
    cargo
        .args([
            "build",
            "--locked",
            "--no-default-features",
            "--features",
            "ssr",
        ])
        .current_dir(folder)
        .env(OUTPUT_NAME, NAME);
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    Ok(cargo)
}

/// Runs the tests of `end2end/examples`.
pub(crate) fn drive(workspace: &Workspace) -> Result {
    end2end::install(workspace)?;
    chromium::ensure(workspace)?;
    let mut tests = end2end::playwright(workspace)?;
    tests
        .args(["test", "--config", "examples/playwright.config.ts"])
        .env("EXAMPLE_BIN", workspace.target.join("debug").join(NAME))
        .env("EXAMPLE_SITE_ROOT", folder(workspace).join("target/site"));
    if let Some(browser) = chromium::find(workspace)? {
        tests.env("PORTCULLIS_CHROMIUM", browser);
    }
    run(&mut tests)
}
