//! The error of this tool: a message that says what to do.

use std::fmt;

/// A message for the developer: why a command stopped.
#[derive(Debug)]
pub(crate) struct Failure(String);

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds the file or folder to an I/O error, which does not name it.
pub(crate) fn while_doing<T>(what: impl fmt::Display, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| Failure::new(format!("{what}: {error}.")))
}
