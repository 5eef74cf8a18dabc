//! Executables from packages of the Python package index, which take seconds to install. Their
//! crates take minutes to build.

use crate::process;
use crate::report::note;
use crate::workspace::Workspace;

/// Installs the executable of a Python package. Returns `false` if this machine has no pip, or
/// the index no executable for this machine.
pub(super) fn install(workspace: &Workspace, package: &str, version: &str) -> bool {
    note(format!(
        "{package} {version}: installing it with pip (a few seconds)"
    ));
    let Ok(mut pip) = process::command(workspace, "python3") else {
        return false;
    };
    // `--prefix`: the executable is in `bin` below it, and nothing else of the machine changes.
    pip.args("-m pip install --quiet --disable-pip-version-check --no-deps".split(' '))
        .args("--ignore-installed --only-binary :all: --prefix".split(' '))
        .arg(workspace.tools())
        .arg(format!("{package}=={version}"));
    match process::run(&mut pip) {
        Ok(()) => true,
        Err(failure) => {
            note(format!("pip did not install it: {failure}"));
            false
        }
    }
}
