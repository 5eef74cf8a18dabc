//! The one error of this tool: a sentence that says what to do.

use std::fmt;

/// Why a command stopped, in words for the person who ran it.
#[derive(Debug)]
pub(crate) struct Failure(String);

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names the file or folder in an I/O error, which by itself does not.
pub(crate) fn while_doing<T>(what: impl fmt::Display, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| Failure::new(format!("{what}: {error}.")))
}
