//! The lockfile of `examples/leptos`: the versions of the workspace of Portcullis.

use std::collections::HashSet;
use std::fs;

use super::leptos;
use crate::failure::{Failure, Result, while_doing};
use crate::workspace::Workspace;

/// Fails if the example has other versions than the workspace. Its wasm-bindgen would not match
/// the tool, and it would share no compiled dependency.
pub(super) fn check(workspace: &Workspace) -> Result {
    let read = |path: std::path::PathBuf| while_doing(path.display(), fs::read_to_string(&path));
    let root = read(workspace.root.join("Cargo.lock"))?;
    let example = read(leptos::folder(workspace).join("Cargo.lock"))?;
    let others = others(&example, &root);
    if others.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "examples/leptos/Cargo.lock has other versions than Cargo.lock: {}. Copy Cargo.lock into \
         examples/leptos and run `cargo metadata` there, which removes what the example does not \
         need.",
        others.join(", ")
    )))
}

/// Returns the packages of `example` that are not in `root`, except its own.
fn others(example: &str, root: &str) -> Vec<String> {
    let known: HashSet<String> = packages(root).collect();
    let own = format!("{} ", leptos::NAME);
    packages(example)
        .filter(|package| !known.contains(package) && !package.starts_with(&own))
        .collect()
}

fn packages(lock: &str) -> impl Iterator<Item = String> {
    let value = |line: &str, key: &str| {
        let quoted = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        Some(quoted.strip_suffix('"')?.to_owned())
    };
    let mut name = None;
    lock.lines().filter_map(move |line| {
        name = value(line, "name").or(name.take());
        let version = value(line, "version")?;
        Some(format!("{} {version}", name.take()?))
    })
}

#[cfg(test)]
mod tests {
    use super::others;

    #[test]
    fn other_version_is_named_and_own_package_is_not() {
        let root = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        let example = root.replace("2.0.0", "2.0.1")
            + "\n[[package]]\nname = \"start-axum\"\nversion = \"0.1.0\"\n";
        assert_eq!(others(&example, root), ["b 2.0.1"]);
        assert!(others(root, root).is_empty());
    }
}
