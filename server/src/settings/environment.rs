//! The environment that settings are read from: variables, the working folder and the folder of
//! the program. It is a value, so that a test can pass its own.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{PREFIX, SettingError};

/// The prefix of the variables that `cargo leptos` sets for a server it starts.
const LEPTOS_PREFIX: &str = "LEPTOS_";

/// The environment variables for this program, and its working folder.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    leptos: BTreeMap<String, String>,
    folder: PathBuf,
    /// `None` if the system does not tell it.
    program_folder: Option<PathBuf>,
}

impl Environment {
    /// Returns the environment of this process.
    ///
    /// # Errors
    /// [`SettingError::Unusable`] if the value of a variable with [`PREFIX`] is not UTF-8.
    pub fn of_this_process() -> Result<Self, SettingError> {
        let mut environment = Self::new(env::vars_os(), Path::new(""))?;
        let program = env::current_exe().ok();
        environment.program_folder = program
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned);
        Ok(environment)
    }

    /// Creates an environment from variables and a working folder.
    ///
    /// # Errors
    /// [`SettingError::Unusable`] if the value of a variable with [`PREFIX`] is not UTF-8.
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
            environment.add(&name.into(), &value.into())?;
        }
        Ok(environment)
    }

    fn add(&mut self, name: &OsStr, value: &OsStr) -> Result<(), SettingError> {
        let Some(name) = name.to_str() else {
            return Ok(());
        };
        if let Some(name) = name.strip_prefix(LEPTOS_PREFIX) {
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
            // Deployment tools turn `VARIABLE=${UNSET:-}` into an empty value.
            if !value.is_empty() {
                self.variables.insert(short.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    /// Returns the variables with [`PREFIX`], by the name without it.
    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Returns the value of a variable of `cargo leptos`, by the name without its prefix.
    pub(super) fn leptos(&self, name: &str) -> Option<&str> {
        self.leptos.get(name).map(String::as_str)
    }

    /// Returns the environment with the program in another folder.
    #[cfg(test)]
    pub(super) fn with_program_in(mut self, folder: &Path) -> Self {
        self.program_folder = Some(folder.to_owned());
        self
    }

    /// Returns the folder of the program, if it is known.
    pub(super) fn program_folder(&self) -> Option<&Path> {
        self.program_folder.as_deref()
    }

    /// Returns the path, relative to this environment's folder.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}
