//! The setting of the log.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{SettingError, Values, table};

/// The log filter: valid directives of `tracing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    directives: String,
}

impl Log {
    pub(super) fn read(values: &Values) -> Result<Self, SettingError> {
        values.parse(&table::LOG, |text| {
            let is_usable =
                text.split(',').all(is_level_or_rule) && EnvFilter::try_new(text).is_ok();
            is_usable
                .then(|| Self {
                    directives: text.to_owned(),
                })
                .ok_or_else(|| {
                    format!("`{text}` is not a log filter; write it like info or info,sqlx=warn")
                })
        })
    }

    /// Starts the log, which is written to standard error.
    pub fn start(&self) {
        // The call fails if a log was started before; that log goes on.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(&self.directives))
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .try_init();
    }
}

/// Whether a directive is a level or has the form `target=level`. `tracing` reads a
/// single word that is not a level as the name of a module, so that `inof` would
/// disable the log silently.
fn is_level_or_rule(directive: &str) -> bool {
    directive.contains('=') || directive.parse::<LevelFilter>().is_ok()
}
