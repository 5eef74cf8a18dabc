//! What finding any browser has in common.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::process::{on_path, version};
use crate::report::note;

/// The browser that the person named by an environment variable, if any.
pub(crate) fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    let Some(named) = env::var_os(variable) else {
        return Ok(None);
    };
    // What drives it wants a path where a person may give a name.
    let named = named
        .to_str()
        .and_then(on_path)
        .unwrap_or_else(|| PathBuf::from(&named));
    match version(&named) {
        Some(_) => Ok(Some(named)),
        None => Err(Failure::new(format!(
            "{variable} names {}, which does not answer to --version.",
            named.display()
        ))),
    }
}

/// The first on PATH that runs. On some systems the name there is a script that
/// tells how to install a browser; asking for the version tells them apart.
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
