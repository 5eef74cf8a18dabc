//! The Python packages for the tests of clients that are not browsers: djangorestframework-
//! simplejwt, and what it needs.

use std::fs;

use crate::failure::{Failure, Result, while_doing};
use crate::packages;
use crate::process::{self, capture, command};
use crate::report::note;
use crate::workspace::Workspace;

/// The list of the packages, with their versions.
const REQUIREMENTS: &str = "server/tests/clients/requirements.txt";

/// Installs the packages into the build folder, unless they are there in these versions.
pub(crate) fn ensure(workspace: &Workspace) -> Result {
    let wanted = fs::read(workspace.root.join(REQUIREMENTS));
    let wanted = while_doing(REQUIREMENTS, wanted)?;
    let folder = workspace.target.join("python");
    // Written last, so that an interrupted installation is repeated.
    let installed = folder.join("installed.txt");
    if fs::read(&installed).is_ok_and(|list| list == wanted) {
        return Ok(());
    }
    ensure_pip(workspace)?;
    note("djangorestframework-simplejwt: installing it with pip (a few seconds)");
    if folder.exists() {
        while_doing(folder.display(), fs::remove_dir_all(&folder))?;
    }
    let mut pip = command(workspace, "python3")?;
    // `--target`: nothing else of the machine changes.
    pip.args("-m pip install --quiet --disable-pip-version-check --no-deps".split(' '))
        .args("--root-user-action ignore --only-binary :all: --target".split(' '))
        .arg(&folder)
        .args(["--requirement", REQUIREMENTS]);
    process::run(&mut pip)?;
    while_doing(installed.display(), fs::write(&installed, wanted))
}

/// Finds Python and pip, or installs the system's packages.
fn ensure_pip(workspace: &Workspace) -> Result {
    let mut version = command(workspace, "python3")?;
    if capture(version.args(["-m", "pip", "--version"])).is_ok() {
        return Ok(());
    }
    if let Some(reason) = packages::obstacle(workspace)? {
        return Err(Failure::new(format!(
            "No Python 3.10 or newer with pip for the tests of clients: {reason}. Install it from \
             your system's packages and run `cargo xtask test clients` again."
        )));
    }
    packages::install(workspace, &["python3", "python3-pip"])
}
