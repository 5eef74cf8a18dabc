//! The tools that build the pages, from package registries alone.
//!
//! Each is found again when its version is the wanted one: first among this
//! project's tools, then on the PATH of the person; else it is installed below
//! `target/tools`.

mod binaryen;
mod crates;
mod lockfile;
mod wasm_target;

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::process::{on_path, version};
use crate::report::note;
use crate::workspace::Workspace;

/// Installs what is missing, and says what is there.
pub(crate) fn ensure(workspace: &Workspace) -> Result {
    wasm_target::ensure(workspace)?;
    binaryen::ensure(workspace)?;
    crates::wasm_bindgen(workspace)?.ensure(workspace)?;
    crates::cargo_leptos().ensure(workspace)
}

/// Where cargo-leptos is. Called by its path, because `cargo leptos` would
/// prefer one of another version in cargo's own folder.
pub(crate) fn cargo_leptos(workspace: &Workspace) -> Result<PathBuf> {
    let tool = crates::cargo_leptos();
    find(workspace, tool.name, &tool.version)
        .ok_or_else(|| Failure::new("cargo-leptos is missing; `cargo xtask setup` installs it."))
}

/// The executable `name` if it is there in exactly this version.
///
/// One of another version among this project's tools hides that on PATH, as it
/// does for the programs that are started with our PATH.
fn find(workspace: &Workspace, name: &str, wanted: &str) -> Option<PathBuf> {
    let own = workspace.tool(name);
    let candidate = if own.exists() { own } else { on_path(name)? };
    is_version(&version(&candidate)?, wanted).then_some(candidate)
}

/// Whether `wanted` is the first number in what a tool says of itself, as in
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
