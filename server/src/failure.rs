//! The failure of a command: a one-line message and an exit code.

use std::{fmt, process::ExitCode};

use crate::settings::SettingError;

/// A message for the operator and the exit code of the process.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    exit_code: u8,
}

impl Failure {
    /// Creates a failure with exit code 1.
    pub(crate) fn new(error: impl fmt::Display) -> Self {
        Self {
            message: error.to_string(),
            exit_code: 1,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.exit_code.into()
    }
}

/// Invalid settings have exit code 2, as an unknown argument has.
impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self {
            exit_code: 2,
            ..Self::new(error)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
