//! The tools that are built once from their crates.

use std::path::PathBuf;

use crate::failure::{Result, while_doing};
use crate::process;
use crate::report::note;
use crate::tools::{find, found, lockfile, wheel};
use crate::workspace::Workspace;

/// A tool that `cargo install` builds.
pub(super) struct Tool {
    /// The name of the executable.
    pub(super) name: &'static str,
    package: &'static str,
    pub(super) version: String,
    /// The Python package that has the executable, if there is one for this version.
    wheel: Option<&'static str>,
    /// The duration of the build on two cores.
    takes: &'static str,
    optimisation: &'static str,
    arguments: &'static str,
}

/// Returns cargo-leptos, in the newest version that the pinned toolchain compiles. With
/// `no_downloads` a missing program is an error, not a download from a host that closed
/// networks block.
pub(super) fn cargo_leptos() -> Tool {
    Tool {
        name: "cargo-leptos",
        package: "cargo-leptos",
        version: "0.3.10".to_owned(),
        wheel: None,
        takes: "about 5 minutes",
        optimisation: "0",
        arguments: "--locked --no-default-features --features no_downloads",
    }
}

/// Returns wasm-bindgen, in exactly the version of the library that the pages link. Not
/// `--locked`: its own lockfile has a version that some mirrors of the registry lack.
pub(super) fn wasm_bindgen(workspace: &Workspace) -> Result<Tool> {
    Ok(Tool {
        name: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version: lockfile::version_of(workspace, "wasm-bindgen")?,
        wheel: None,
        takes: "about a minute",
        // It processes the whole module at every build. With some optimisation it needs half
        // the time, for half a minute more once.
        optimisation: "1",
        arguments: "--no-default-features --bin wasm-bindgen",
    })
}

/// Returns cargo-deny, which checks licences and sources of the dependencies.
pub(super) fn cargo_deny() -> Tool {
    Tool {
        name: "cargo-deny",
        package: "cargo-deny",
        version: "0.20.2".to_owned(),
        wheel: None,
        takes: "about 4 minutes",
        optimisation: "0",
        arguments: "--locked --no-default-features",
    }
}

/// Returns typos, which finds misspelled words.
pub(super) fn typos() -> Tool {
    Tool {
        name: "typos",
        package: "typos-cli",
        version: "1.52.0".to_owned(),
        wheel: Some("typos"),
        takes: "about 2 minutes",
        optimisation: "0",
        arguments: "--locked",
    }
}

impl Tool {
    pub(super) fn ensure(&self, workspace: &Workspace) -> Result {
        if let Some(place) = find(workspace, self.name, &self.version) {
            found(self.name, &self.version, &place);
            return Ok(());
        }
        if let Some(wheel) = self.wheel
            && wheel::install(workspace, wheel, &self.version)
        {
            return Ok(());
        }
        note(format!(
            "{} {}: building it once ({} on two cores)",
            self.name, self.version, self.takes
        ));
        self.install(workspace)
    }

    /// Returns the path of the executable; installs it if it is missing.
    pub(super) fn path(&self, workspace: &Workspace) -> Result<PathBuf> {
        self.ensure(workspace)?;
        Ok(find(workspace, self.name, &self.version).unwrap_or_else(|| workspace.tool(self.name)))
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
        // cargo-leptos' own profile has link-time optimisation: 23 minutes instead of five,
        // for a tool that mostly waits for the compiler.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.optimisation);
        process::run(&mut install)?;
        // Gigabytes that are not needed after the build.
        while_doing(build.display(), std::fs::remove_dir_all(&build))
    }
}
