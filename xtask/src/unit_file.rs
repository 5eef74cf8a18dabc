//! The systemd unit of the archive: `systemd-analyze` finds no fault in it, and rates it OK.

use std::fs;
use std::process::Stdio;

use crate::failure::{Failure, Result, while_doing};
use crate::process::{command, on_path, run};
use crate::report::note;
use crate::workspace::Workspace;

/// The unit, relative to the root.
const UNIT: &str = "packaging/portcullis.service";

/// The highest exposure that passes, in tenths of `systemd-analyze security`: 10 to 49 are OK.
/// The server needs the network, which alone counts 11.
const MAX_EXPOSURE: u32 = 12;

/// The command of the unit. It does not exist on this machine.
const COMMAND: &str = "/opt/portcullis/portcullis serve";

/// Checks the unit, if this system has `systemd-analyze`.
pub(crate) fn check(workspace: &Workspace) -> Result {
    if on_path("systemd-analyze").is_none() {
        note("NOT CHECKED: this system has no systemd-analyze (Debian: apt-get install systemd)");
        return Ok(());
    }
    verify(workspace)?;
    let mut security = command(workspace, "systemd-analyze")?;
    security.args(["--no-pager", "security", "--offline=true"]);
    security.arg(format!("--threshold={MAX_EXPOSURE}"));
    run(security.arg(UNIT))
}

/// Fails for a setting that systemd does not know, or an invalid value. systemd only warns about
/// them.
fn verify(workspace: &Workspace) -> Result {
    let unit = while_doing(UNIT, fs::read_to_string(workspace.root.join(UNIT)))?;
    if !unit.contains(COMMAND) {
        return Err(Failure::new(format!("{UNIT} does not run `{COMMAND}`.")));
    }
    let folder = workspace.target.join("unit-file");
    while_doing(folder.display(), fs::create_dir_all(&folder))?;
    let copy = folder.join("portcullis.service");
    let text = unit.replace(COMMAND, "/bin/true");
    while_doing(copy.display(), fs::write(&copy, text))?;
    let mut analyze = command(workspace, "systemd-analyze")?;
    analyze.args(["--man=no", "verify"]).arg(&copy);
    let output = while_doing("systemd-analyze", analyze.stderr(Stdio::piped()).output())?;
    let said = String::from_utf8_lossy(&output.stderr);
    // It may also complain about units of this machine.
    let faults: Vec<_> = said
        .lines()
        .filter(|line| line.contains("portcullis.service"))
        .collect();
    if output.status.success() && faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "systemd-analyze found faults in {UNIT}: {said}"
    )))
}
