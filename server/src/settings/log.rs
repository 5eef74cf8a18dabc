//! What is logged.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{SettingError, Values, table};

/// What is logged: directives of `tracing`, checked.
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

    /// Starts writing the log, to standard error.
    pub fn start(&self) {
        // It fails where a log was started before, which then goes on.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(&self.directives))
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .try_init();
    }
}

/// `tracing` reads a bare word that is no level as the name of a module, so that
/// `inof` would silence everything without a word.
fn is_level_or_rule(directive: &str) -> bool {
    directive.contains('=') || directive.parse::<LevelFilter>().is_ok()
}
