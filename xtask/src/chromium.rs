//! The Chromium for the end-to-end tests: finds it or installs it.

use std::path::PathBuf;
use std::process::Command;

use crate::browser::{announce, first_that_runs, named_by};
use crate::end2end;
use crate::failure::{Failure, Result};
use crate::packages;
use crate::process::{self, capture, command, version};
use crate::report::note;
use crate::workspace::Workspace;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Without the sandbox package, Chromium may refuse to run for users other than root; without
/// a font, pages show boxes.
const PACKAGES: [&str; 3] = ["chromium", "chromium-sandbox", "fonts-liberation"];

/// Finds a browser or installs one: Playwright's own if it can be downloaded (it stays in the
/// build folder), otherwise the system's package.
pub(crate) fn ensure(workspace: &Workspace) -> Result {
    if let Some(browser) = find(workspace)? {
        announce(&browser);
        return Ok(());
    }
    note(
        "no Chromium found: downloading Playwright's own (about a minute; fails on a closed network)",
    );
    let mut playwright = end2end::playwright(workspace)?;
    playwright
        .args(["install", "--no-shell", "chromium"])
        // Playwright's default is half a minute for each of many attempts.
        .env("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "8000");
    let downloaded = process::run(in_tools(&mut playwright, workspace));
    if downloaded.is_err() || find(workspace)?.is_none() {
        note("Playwright has no Chromium that runs here; trying the system's packages");
        install_package(workspace)?;
    }
    let browser = find(workspace)?.ok_or_else(|| by_hand("the installed Chromium does not run"))?;
    announce(&browser);
    Ok(())
}

/// Returns the browser for the tests, if one runs: from `CHROMIUM`, then PATH, then
/// Playwright's downloads.
pub(crate) fn find(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if let Some(named) = named_by("CHROMIUM")? {
        return Ok(Some(named));
    }
    let own = || playwrights_own(workspace).filter(|browser| version(browser).is_some());
    Ok(first_that_runs(&NAMES).or_else(own))
}

fn playwrights_own(workspace: &Workspace) -> Option<PathBuf> {
    let mut node = command(workspace, "node").ok()?;
    node.current_dir(workspace.end2end()).args([
        "-p",
        "require('@playwright/test').chromium.executablePath()",
    ]);
    let path = capture(in_tools(&mut node, workspace)).ok()?;
    Some(PathBuf::from(path.trim()))
}

fn in_tools<'a>(command: &'a mut Command, workspace: &Workspace) -> &'a mut Command {
    command.env(
        "PLAYWRIGHT_BROWSERS_PATH",
        workspace.tools().join("browsers"),
    )
}

fn install_package(workspace: &Workspace) -> Result {
    if let Some(reason) = packages::obstacle(workspace)? {
        return Err(by_hand(reason));
    }
    note("Chromium from the system's packages: installing (about a minute)");
    packages::install(workspace, &PACKAGES)
}

fn by_hand(reason: &str) -> Failure {
    Failure::new(format!(
        "No Chromium for the end-to-end tests: {reason}. Install Chromium or Chrome from your \
         system's packages, or set CHROMIUM to the path of one, and run `cargo xtask test e2e` \
         again."
    ))
}
