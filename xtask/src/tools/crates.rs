//! cargo-leptos and wasm-bindgen, built once from their crates.

use crate::failure::{Result, while_doing};
use crate::process;
use crate::report::note;
use crate::tools::{find, found, lockfile};
use crate::workspace::Workspace;

/// A tool that `cargo install` builds.
pub(super) struct Tool {
    /// Of the executable.
    pub(super) name: &'static str,
    package: &'static str,
    pub(super) version: String,
    /// On two cores.
    takes: &'static str,
    optimisation: &'static str,
    arguments: &'static str,
}

/// The newest one that the pinned toolchain compiles. With `no_downloads` a
/// missing program is an error at once instead of a download from a place that
/// closed networks refuse.
pub(super) fn cargo_leptos() -> Tool {
    Tool {
        name: "cargo-leptos",
        package: "cargo-leptos",
        version: "0.3.10".to_owned(),
        takes: "about 5 minutes",
        optimisation: "0",
        arguments: "--locked --no-default-features --features no_downloads",
    }
}

/// Must be of the very version of the library that the pages link, so that is
/// where the version comes from. Not `--locked`: its own lockfile names a
/// version that some mirrors of the registry lack.
pub(super) fn wasm_bindgen(workspace: &Workspace) -> Result<Tool> {
    Ok(Tool {
        name: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version: lockfile::version_of(workspace, "wasm-bindgen")?,
        takes: "about a minute",
        // It works through the whole module at every build, in half the time
        // when optimised a little; that is worth half a minute once.
        optimisation: "1",
        arguments: "--no-default-features --bin wasm-bindgen",
    })
}

impl Tool {
    pub(super) fn ensure(&self, workspace: &Workspace) -> Result {
        if let Some(place) = find(workspace, self.name, &self.version) {
            found(self.name, &self.version, &place);
            return Ok(());
        }
        note(format!(
            "{} {}: building it once ({} on two cores)",
            self.name, self.version, self.takes
        ));
        self.install(workspace)
    }

    fn install(&self, workspace: &Workspace) -> Result {
        let build = workspace.tools().join("build");
        let mut install = process::cargo(workspace)?;
        install
            .args([
                "install",
                self.package,
                "--version",
                &format!("={}", self.version),
            ])
            .args(self.arguments.split(' '))
            .arg("--force")
            .arg("--root")
            .arg(workspace.tools())
            .arg("--target-dir")
            .arg(&build);
        // As released, cargo-leptos asks for whole-program optimisation: 23
        // minutes instead of five, for a tool that mostly waits for the compiler.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.optimisation);
        process::run(&mut install)?;
        // Gigabytes that are of no use once the executable is there.
        while_doing(build.display(), std::fs::remove_dir_all(&build))
    }
}
