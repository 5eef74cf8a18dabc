//! Where settings come from: the process's environment and its folder. Taken in
//! as a value, so that a test brings its own.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{PREFIX, SettingError};

/// What `cargo leptos` tells a server it starts.
const LEPTOS: &str = "LEPTOS_";

/// The environment variables that concern this program, and its folder.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    leptos: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Environment {
    /// That of this process.
    ///
    /// # Errors
    /// A variable of ours that is not UTF-8.
    pub fn of_this_process() -> Result<Self, SettingError> {
        Self::new(env::vars_os(), Path::new(""))
    }

    /// One of these variables, in that folder.
    ///
    /// # Errors
    /// A variable of ours that is not UTF-8.
    pub fn new<K, V>(
        variables: impl IntoIterator<Item = (K, V)>,
        folder: &Path,
    ) -> Result<Self, SettingError>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut environment = Self {
            folder: folder.to_owned(),
            ..Self::default()
        };
        for (name, value) in variables {
            environment.take(&name.into(), &value.into())?;
        }
        Ok(environment)
    }

    fn take(&mut self, name: &OsStr, value: &OsStr) -> Result<(), SettingError> {
        let Some(name) = name.to_str() else {
            return Ok(());
        };
        if let Some(name) = name.strip_prefix(LEPTOS) {
            if let Some(value) = value.to_str() {
                self.leptos.insert(name.to_owned(), value.to_owned());
            }
        } else if let Some(short) = name.strip_prefix(PREFIX) {
            let Some(value) = value.to_str() else {
                return Err(SettingError::Unusable {
                    name: name.to_owned(),
                    problem: "its value is not UTF-8".to_owned(),
                });
            };
            // What deployment tools make of `VARIABLE=${UNSET:-}`.
            if !value.is_empty() {
                self.variables.insert(short.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    /// The variables of ours, without their prefix.
    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// What `cargo leptos` says, by the name without its prefix.
    pub(super) fn leptos(&self, name: &str) -> Option<&str> {
        self.leptos.get(name).map(String::as_str)
    }

    /// A path as seen from this environment's folder.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}
