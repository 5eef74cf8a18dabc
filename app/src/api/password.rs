//! A password on its way from a form.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password as it was entered. Server functions derive `Debug` for their
/// arguments; this one tells its type and nothing else.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnteredPassword(String);

impl EnteredPassword {
    /// The password, for the function that checks or hashes it.
    #[cfg(feature = "ssr")]
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnteredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnteredPassword")
    }
}
