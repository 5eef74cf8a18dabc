//! Paths: the workspace, the build folder, the tools, the site.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The folders of every command, as absolute paths.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace. A relative `CARGO_TARGET_DIR` is relative to the current folder.
    pub(crate) fn locate() -> Result<Self> {
        // From the environment, because a clone that was moved with its build folder is not
        // compiled again, and the compiled-in path is the old one.
        let xtask = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = xtask.parent().map(Path::to_path_buf).ok_or_else(|| {
            Failure::new("The xtask crate lies outside a workspace; run it from a full clone.")
        })?;
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => std::path::absolute(dir).map_err(|error| {
                Failure::new(format!("CARGO_TARGET_DIR is not a usable path: {error}."))
            })?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// Returns the root of the installed tools; executables are in its `bin`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Returns the path of a tool that this project installs.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.tools().join("bin").join(executable(name))
    }

    /// Returns the path of the server that cargo-leptos builds.
    pub(crate) fn server(&self, release: bool) -> PathBuf {
        let profile = if release { "release" } else { "debug" };
        self.target.join(profile).join(executable("portcullis"))
    }

    /// Returns the folder of the files that the browser loads. In cargo-leptos it is relative
    /// to the root, not to the build folder.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// Returns `PATH` with this project's tools first.
    pub(crate) fn path(&self) -> Result<OsString> {
        let others = env::var_os("PATH").unwrap_or_default();
        // On Windows npm installs commands beside `bin`, not in it.
        let own = [self.tools().join("bin"), self.tools()];
        env::join_paths(own.into_iter().chain(env::split_paths(&others))).map_err(|error| {
            Failure::new(format!(
                "The tools cannot be put on PATH: {error}. Move the clone to a folder without \
                 that character, or set CARGO_TARGET_DIR to such a folder."
            ))
        })
    }
}

fn executable(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}
