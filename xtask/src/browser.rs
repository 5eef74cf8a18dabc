//! Finding a browser: what Chromium and Firefox share.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::process::{on_path, version};
use crate::report::note;

/// Returns the browser that an environment variable names, if it is set.
pub(crate) fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    let Some(named) = env::var_os(variable) else {
        return Ok(None);
    };
    // The test driver needs a path; the variable may hold a plain name.
    let named = named
        .to_str()
        .and_then(on_path)
        .unwrap_or_else(|| PathBuf::from(&named));
    match version(&named) {
        Some(_) => Ok(Some(named)),
        None => Err(Failure::new(format!(
            "{variable} names {}, which does not run with --version.",
            named.display()
        ))),
    }
}

/// Returns the first browser on PATH that runs. On some systems the name on PATH is a script
/// that explains how to install a browser; running it with `--version` detects that.
pub(crate) fn first_that_runs(names: &[&str]) -> Option<PathBuf> {
    let found = names.iter().filter_map(|name| on_path(name));
    found.into_iter().find(|browser| version(browser).is_some())
}

pub(crate) fn announce(browser: &Path) {
    note(format!(
        "{}: {}",
        browser.display(),
        version(browser).unwrap_or_default()
    ));
}
