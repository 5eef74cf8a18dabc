//! The proxies for the tests: the reverse proxies of docs/proxies.md, and the connection pooler
//! `PgBouncer`. Finds them or installs them.

use crate::failure::{Failure, Result};
use crate::packages;
use crate::process::on_path;
use crate::report::note;
use crate::workspace::Workspace;

/// The names of the programs and of their packages. The smallest package of nginx contains
/// `auth_request`.
const PROXIES: [(&str, &str); 3] = [
    ("nginx", "nginx-light"),
    ("caddy", "caddy"),
    ("pgbouncer", "pgbouncer"),
];

/// Where Debian installs nginx and `PgBouncer`; an ordinary user may not have it in PATH.
const SYSTEM_FOLDER: &str = "/usr/sbin";

/// Finds the proxies or installs the system's packages.
pub(crate) fn ensure(workspace: &Workspace) -> Result {
    let missing: Vec<_> = missing().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    if let Some(reason) = packages::obstacle(workspace)? {
        return Err(Failure::new(format!(
            "No {names} for the tests of proxies: {reason}. Install them from your \
             system's packages and run `cargo xtask test proxies` again."
        )));
    }
    note(format!(
        "{names} from the system's packages: installing (about a minute)"
    ));
    packages::install(workspace, &missing)
}

/// Returns the packages of the proxies that are not installed.
fn missing() -> impl Iterator<Item = &'static str> {
    let is_missing = |program: &str| {
        let in_system = std::path::Path::new(SYSTEM_FOLDER).join(program);
        on_path(program).is_none() && !in_system.is_file()
    };
    PROXIES
        .into_iter()
        .filter(move |(program, _)| is_missing(program))
        .map(|(_, package)| package)
}
