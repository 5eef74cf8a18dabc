//! Reads versions from `Cargo.lock`, so that none is written twice.

use crate::failure::{Failure, Result, while_doing};
use crate::workspace::Workspace;

pub(super) fn version_of(workspace: &Workspace, package: &str) -> Result<String> {
    let path = workspace.root.join("Cargo.lock");
    let text = while_doing(path.display(), std::fs::read_to_string(&path))?;
    version_in(&text, package).ok_or_else(|| {
        Failure::new(format!(
            "Cargo.lock names no {package}. Restore the committed Cargo.lock."
        ))
    })
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    const LOCK: &str = "\
[[package]]
name = \"wasm-bindgen-futures\"
version = \"0.4.9\"

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"
source = \"registry\"
";

    #[test]
    fn the_whole_name_is_compared() {
        assert_eq!(version_in(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(LOCK, "wasm"), None);
    }
}
