//! The folder that is packed: the program, the site, the files of the installation, the
//! documents.

use std::env::consts;
use std::fs;
use std::path::Path;

use crate::failure::{Failure, Result, while_doing};
use crate::workspace::Workspace;

/// The name of the program in the folder.
pub(super) const PROGRAM: &str = "portcullis";

/// The name of the folder with the files that the browser loads.
pub(super) const SITE: &str = "site";

/// The name of the file with the settings.
pub(super) const SETTINGS: &str = "portcullis.env";

/// The files and folders that are copied to the top of the folder.
const COPIED: [&str; 9] = [
    "packaging/portcullis.service",
    "packaging/portcullis.env",
    "packaging/Containerfile",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs",
];

/// Returns the name of the folder and of its archive.
pub(super) fn name() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("portcullis-{version}-{}-{}", consts::ARCH, consts::OS)
}

/// Fills the folder, without what it contained before.
pub(super) fn lay_out(workspace: &Workspace, program: &Path, site: &Path, folder: &Path) -> Result {
    let _ = fs::remove_dir_all(folder);
    while_doing(folder.display(), fs::create_dir_all(folder))?;
    if !site.join("pkg").is_dir() {
        return Err(Failure::new(format!(
            "{} has no pages; build them with `cargo xtask test e2e/build`.",
            site.display()
        )));
    }
    copy(program, &folder.join(PROGRAM))?;
    copy(site, &folder.join(SITE))?;
    for from in COPIED {
        let from = workspace.root.join(from);
        let name = from.file_name().unwrap_or_default();
        copy(&from, &folder.join(name))?;
    }
    Ok(())
}

/// Copies a file, or a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result {
    if !from.is_dir() {
        return while_doing(from.display(), fs::copy(from, to)).map(|_| ());
    }
    while_doing(to.display(), fs::create_dir_all(to))?;
    for entry in while_doing(from.display(), fs::read_dir(from))? {
        let entry = while_doing(from.display(), entry)?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
