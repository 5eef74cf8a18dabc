//! The tools that build the pages, from package registries alone.
//!
//! A tool is used if it has the wanted version: first this project's own, then the one on the
//! user's PATH. Otherwise it is installed below `target/tools`.

mod binaryen;
mod crates;
mod lockfile;
mod wasm_target;
mod wheel;

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::process::{on_path, version};
use crate::report::note;
use crate::workspace::Workspace;

/// Installs missing tools and prints which ones are used.
pub(crate) fn ensure(workspace: &Workspace) -> Result {
    wasm_target::ensure(workspace)?;
    binaryen::ensure(workspace)?;
    crates::wasm_bindgen(workspace)?.ensure(workspace)?;
    crates::cargo_leptos().ensure(workspace)
}

/// Returns the path of cargo-leptos. It is called by its path, because `cargo leptos` would
/// prefer another version in cargo's own folder.
pub(crate) fn cargo_leptos(workspace: &Workspace) -> Result<PathBuf> {
    let tool = crates::cargo_leptos();
    find(workspace, tool.name, &tool.version)
        .ok_or_else(|| Failure::new("cargo-leptos is missing; `cargo xtask setup` installs it."))
}

/// Returns the path of cargo-deny; installs it if it is missing.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    crates::cargo_deny().path(workspace)
}

/// Returns the path of typos; installs it if it is missing.
pub(crate) fn typos(workspace: &Workspace) -> Result<PathBuf> {
    crates::typos().path(workspace)
}

/// Returns the executable `name` if it exists in exactly this version.
///
/// Another version among this project's tools hides the one on PATH, as it does for the programs
/// that are started with our PATH.
fn find(workspace: &Workspace, name: &str, wanted: &str) -> Option<PathBuf> {
    let own = workspace.tool(name);
    let candidate = if own.exists() { own } else { on_path(name)? };
    is_version(&version(&candidate)?, wanted).then_some(candidate)
}

/// Returns whether `wanted` is the first number that a tool prints, as in
/// `wasm-opt version 132 (version_132)`.
fn is_version(said: &str, wanted: &str) -> bool {
    said.split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        == Some(wanted)
}

fn found(name: &str, version: &str, place: &Path) {
    note(format!("{name} {version}: {}", place.display()));
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn the_first_number_is_the_version() {
        assert!(is_version("cargo-leptos 0.3.10", "0.3.10"));
        assert!(is_version("wasm-opt version 132 (version_132)", "132"));
    }

    #[test]
    fn another_version_or_none_is_not_taken() {
        assert!(!is_version("cargo-leptos 0.3.1", "0.3.10"));
        assert!(!is_version("wasm-bindgen 0.2.130-pre", "0.2.130"));
        assert!(!is_version("not found", "0.3.10"));
    }
}
