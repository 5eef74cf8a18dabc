//! The errors of settings. Each message is one line and names the setting.

use std::{io, path::PathBuf};

use thiserror::Error;

/// The error of invalid settings.
#[derive(Debug, Error)]
pub enum SettingError {
    /// An unknown name.
    #[error("{name} is not a setting; {}`portcullis --help` lists all settings", did_you_mean(.guess.as_deref()))]
    Unknown {
        /// The name as the operator wrote it.
        name: String,
        /// The most similar known name, if any is similar enough.
        guess: Option<String>,
    },
    /// An invalid value.
    #[error("{name}: {problem}")]
    Unusable {
        /// The name as the operator wrote it.
        name: String,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// Values that contradict one another.
    #[error("{0}")]
    Contradiction(String),
    /// The settings file cannot be read.
    #[error(
        "the settings file {0} cannot be read: {1}; make it readable, or set PORTCULLIS_CONFIG to another file"
    )]
    File(PathBuf, #[source] io::Error),
    /// The settings file is not valid TOML.
    #[error("the settings file {path}, line {line}: {problem}")]
    Toml {
        /// The path of the file.
        path: PathBuf,
        /// The line of the error.
        line: usize,
        /// The message of the parser.
        problem: String,
    },
}

fn did_you_mean(guess: Option<&str>) -> String {
    guess
        .map(|name| format!("did you mean {name}? "))
        .unwrap_or_default()
}
