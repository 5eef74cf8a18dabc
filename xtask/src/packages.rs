//! The system's packages on systems with apt-get: Debian, Ubuntu and their derivatives.

use std::process::Command;

use crate::failure::Result;
use crate::process::{self, capture, command, on_path};
use crate::workspace::Workspace;

/// Returns the reason if packages cannot be installed on this system.
pub(crate) fn obstacle(workspace: &Workspace) -> Result<Option<&'static str>> {
    if on_path("apt-get").is_none() {
        return Ok(Some("this system has no apt-get"));
    }
    if capture(&mut as_root(workspace, "true")?).is_err() {
        return Ok(Some(
            "installing packages needs root, or sudo without a password",
        ));
    }
    Ok(None)
}

/// Installs packages with their required dependencies.
pub(crate) fn install(workspace: &Workspace, names: &[&str]) -> Result {
    process::run(apt(workspace)?.arg("update"))?;
    let mut install = apt(workspace)?;
    install.args(["install", "--yes", "--no-install-recommends"]);
    process::run(install.args(names))
}

fn apt(workspace: &Workspace) -> Result<Command> {
    let mut apt = as_root(workspace, "env")?;
    // Waits while another package manager runs, instead of failing.
    apt.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]);
    Ok(apt)
}

/// Returns a command that runs as root: directly, or by sudo without a password.
pub(crate) fn as_root(workspace: &Workspace, program: &str) -> Result<Command> {
    if is_root(workspace) {
        return command(workspace, program);
    }
    let mut sudo = command(workspace, "sudo")?;
    sudo.args(["-n", program]);
    Ok(sudo)
}

pub(crate) fn is_root(workspace: &Workspace) -> bool {
    command(workspace, "id")
        .and_then(|mut id| capture(id.arg("-u")))
        .is_ok_and(|user| user.trim() == "0")
}
