//! Where things are: the workspace, the build folder, the tools, the site.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The folders every command works in, all absolute.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// `CARGO_TARGET_DIR` is followed, a relative one from where the person stands.
    pub(crate) fn locate() -> Result<Self> {
        // As cargo says it now: a clone that was moved with its build folder is not
        // built again, and what was compiled in names the place it was moved from.
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

    /// Root of the installed tools; executables are in its `bin`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Where a tool called `name` is when this project installed it.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.tools().join("bin").join(executable(name))
    }

    /// The server that cargo-leptos builds.
    pub(crate) fn server(&self, release: bool) -> PathBuf {
        let profile = if release { "release" } else { "debug" };
        self.target.join(profile).join(executable("portcullis"))
    }

    /// What the browser loads. cargo-leptos counts it from the root, not from
    /// the build folder.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// `PATH` with this project's tools before all others.
    pub(crate) fn path(&self) -> Result<OsString> {
        let others = env::var_os("PATH").unwrap_or_default();
        // On Windows npm puts its commands beside `bin`, not into it.
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
