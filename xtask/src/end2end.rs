//! The end-to-end tests: npm packages and Playwright.

use std::fs;
use std::path::Path;

use crate::failure::{Failure, Result, while_doing};
use crate::process::{self, capture, command, npm};
use crate::report::note;
use crate::workspace::Workspace;
use crate::{chromium, firefox};

const OLDEST_NODE: u32 = 20;

/// Installs the packages of the lockfile, unless exactly this lockfile is installed already.
pub(crate) fn install(workspace: &Workspace) -> Result {
    require_node(workspace)?;
    let folder = workspace.end2end();
    let lock = folder.join("package-lock.json");
    let wanted = while_doing(lock.display(), fs::read(&lock))?;
    let mark = folder.join("node_modules/.installed-lock.json");
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        note("installed already, in the versions of the lockfile");
        return Ok(());
    }
    let mut npm = npm(workspace)?;
    npm.current_dir(&folder)
        .args("ci --ignore-scripts --no-audit --no-fund".split(' '));
    process::run(&mut npm)?;
    while_doing(mark.display(), fs::write(&mark, wanted))
}

/// Runs Playwright in Chromium; `arguments` come from the command line.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let mut tests = tests(workspace)?;
    if let Some(browser) = chromium::find(workspace)? {
        tests.env("PORTCULLIS_CHROMIUM", browser);
    }
    process::run(tests.args(arguments))
}

/// Runs the smoke test in Firefox.
pub(crate) fn run_firefox(workspace: &Workspace) -> Result {
    let mut tests = tests(workspace)?;
    if let Some(browser) = firefox::find()? {
        tests.env("PORTCULLIS_FIREFOX", browser);
    }
    process::run(tests.args(["--config", "firefox.config.ts"]))
}

fn tests(workspace: &Workspace) -> Result<std::process::Command> {
    let server = workspace.server(false);
    require(&server, "cargo xtask test e2e/build")?;
    let mut tests = playwright(workspace)?;
    tests
        .arg("test")
        .env("PORTCULLIS_BIN", server)
        .env("PORTCULLIS_SITE_ROOT", workspace.site());
    Ok(tests)
}

/// Returns the command for Playwright. Node.js runs its script directly, which works the same
/// on every system.
pub(crate) fn playwright(workspace: &Workspace) -> Result<std::process::Command> {
    let folder = workspace.end2end();
    let script = folder.join("node_modules/@playwright/test/cli.js");
    require(&script, "cargo xtask test e2e/packages")?;
    let mut node = command(workspace, "node")?;
    node.current_dir(folder)
        .arg("node_modules/@playwright/test/cli.js");
    Ok(node)
}

fn require(file: &Path, made_by: &str) -> Result {
    if file.is_file() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} is missing; `{made_by}` creates it.",
        file.display()
    )))
}

/// Fails with a clear message if Node.js is absent or too old.
pub(crate) fn require_node(workspace: &Workspace) -> Result {
    let said = capture(command(workspace, "node")?.arg("--version"))?;
    let major = said
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(Failure::new(format!(
            "Node.js {OLDEST_NODE} or newer is needed; this is {}.",
            said.trim()
        ))),
    }
}
