//! Why a command did not do what it was asked: one sentence and an exit code.

use std::{fmt, process::ExitCode};

use crate::settings::SettingError;

/// A sentence for the operator, and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    exit_code: u8,
}

impl Failure {
    /// Something went wrong: exit code 1.
    pub(crate) fn new(error: impl fmt::Display) -> Self {
        Self {
            sentence: error.to_string(),
            exit_code: 1,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.exit_code.into()
    }
}

/// The program was called wrongly: exit code 2, as for an unknown argument.
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
        f.write_str(&self.sentence)
    }
}
