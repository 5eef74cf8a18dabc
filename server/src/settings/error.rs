//! Why the settings do not work: one sentence, naming the setting.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why the settings do not work.
#[derive(Debug, Error)]
pub enum SettingError {
    /// A name that is none of ours, and perhaps the one that was meant.
    #[error("{name} is not a setting; {}`portcullis --help` lists them all", did_you_mean(.guess.as_deref()))]
    Unknown {
        /// The name, as it was given.
        name: String,
        /// The known name that looks most like it.
        guess: Option<String>,
    },
    /// A value that cannot be used.
    #[error("{name}: {problem}")]
    Unusable {
        /// The name, as it was given.
        name: String,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// Values that do not go together.
    #[error("{0}")]
    Contradiction(String),
    /// The settings file cannot be read.
    #[error("the settings file {0} cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    /// The settings file is no TOML.
    #[error("the settings file {path}, line {line}: {problem}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where in it.
        line: usize,
        /// What the parser says.
        problem: String,
    },
}

fn did_you_mean(guess: Option<&str>) -> String {
    guess
        .map(|name| format!("did you mean {name}? "))
        .unwrap_or_default()
}
