//! `PostgreSQL`'s programs: finds them or installs them.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Result, while_doing};
use crate::packages;
use crate::process::{capture, on_path};
use crate::report::note;
use crate::workspace::Workspace;

/// The variable that names a folder with the programs.
const VARIABLE: &str = "PORTCULLIS_POSTGRES_BIN";

const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Folders with one folder per version: the path, and the prefix before the version.
const VERSIONED: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@"),
];

/// Debian's package creates and starts a cluster for the system, unless a file like this one
/// disables it.
const NO_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/portcullis-xtask.conf";

/// Returns the folder of the programs; installs them if none is found.
pub(super) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(programs) = find()? {
        return Ok(programs);
    }
    install(workspace)?;
    find()?.ok_or_else(|| by_hand("the installed package contains no server"))
}

fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let named = while_doing(VARIABLE, std::path::absolute(named))?;
        return match missing(&named) {
            None => Ok(Some(named)),
            Some(program) => Err(Failure::new(format!(
                "{VARIABLE} names {}, which has no `{program}`.",
                named.display()
            ))),
        };
    }
    let known = VERSIONED
        .iter()
        .flat_map(|(parent, prefix)| newest_first(Path::new(parent), prefix));
    Ok(beside_initdb()
        .into_iter()
        .chain(told_by_pg_config())
        .chain(known)
        .find(|folder| missing(folder).is_none()))
}

fn missing(folder: &Path) -> Option<&'static str> {
    NEEDED
        .into_iter()
        .find(|program| !folder.join(program).is_file())
}

/// Returns the folder that links on PATH lead to: PATH may have only some of the programs.
fn beside_initdb() -> Option<PathBuf> {
    let initdb = fs::canonicalize(on_path("initdb")?).ok()?;
    initdb.parent().map(Path::to_path_buf)
}

/// Returns the folder that `pg_config` prints. It may not exist, because `pg_config` is also part
/// of the headers' package.
fn told_by_pg_config() -> Option<PathBuf> {
    let folder = capture(Command::new(on_path("pg_config")?).arg("--bindir")).ok()?;
    Some(PathBuf::from(folder.trim()))
}

fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = version(name.to_str()?.strip_prefix(prefix)?)?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(version.clone()));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// Returns a version as numbers: `9.6` is older than `15`, but not as a string.
fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

fn install(workspace: &Workspace) -> Result {
    if let Some(reason) = packages::obstacle(workspace)? {
        return Err(by_hand(reason));
    }
    note(
        "PostgreSQL from the system's packages: installing (about a minute), without the cluster \
         that the package would start (`pg_createcluster` makes one)",
    );
    as_root_sh(
        workspace,
        "mkdir -p \"${1%/*}\" && echo 'create_main_cluster = false' >\"$1\"",
    )?;
    let installed = packages::install(workspace, &["postgresql"]);
    as_root_sh(workspace, "rm -f \"$1\"")?;
    installed
}

fn as_root_sh(workspace: &Workspace, script: &str) -> Result {
    let mut sh = packages::as_root(workspace, "sh")?;
    capture(sh.args(["-c", script, "sh", NO_CLUSTER])).map(drop)
}

fn by_hand(reason: &str) -> Failure {
    Failure::new(format!(
        "No PostgreSQL for the tests: {reason}. Install the server from your system's packages, or \
         set {VARIABLE} to the folder of its programs, or PORTCULLIS_TEST_POSTGRES to the URL of a \
         server that the tests may write to, and run this again."
    ))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("9.6") < version("15"));
        assert!(version("15") < version("17"));
        assert_eq!(version("15-old"), None);
        assert_eq!(version(""), None);
    }
}
