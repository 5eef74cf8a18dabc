//! The Firefox for the smoke test: finds it or installs it.

use std::path::PathBuf;

use crate::browser::{announce, first_that_runs, named_by};
use crate::failure::{Failure, Result};
use crate::packages;
use crate::report::note;
use crate::workspace::Workspace;

const NAMES: [&str; 2] = ["firefox-esr", "firefox"];

/// Finds a browser or installs the system's package.
pub(crate) fn ensure(workspace: &Workspace) -> Result {
    if let Some(browser) = find()? {
        announce(&browser);
        return Ok(());
    }
    if let Some(reason) = packages::obstacle(workspace)? {
        return Err(by_hand(reason));
    }
    note("Firefox from the system's packages: installing (about a minute)");
    packages::install(workspace, &["firefox-esr"])?;
    let browser = find()?.ok_or_else(|| by_hand("the installed Firefox does not run"))?;
    announce(&browser);
    Ok(())
}

/// Returns the browser for the test, if one runs: from `FIREFOX`, then PATH.
pub(crate) fn find() -> Result<Option<PathBuf>> {
    match named_by("FIREFOX")? {
        Some(named) => Ok(Some(named)),
        None => Ok(first_that_runs(&NAMES)),
    }
}

fn by_hand(reason: &str) -> Failure {
    Failure::new(format!(
        "No Firefox for the smoke test: {reason}. Install Firefox from your system's packages, \
         or set FIREFOX to the path of one, and run `cargo xtask test e2e` again."
    ))
}
